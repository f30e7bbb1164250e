#!/usr/bin/env python3
"""Rendering takes time in proportion to the length of a text, whatever is in it.

    check_linear.py LINEAR_TEXTS [--render-only | --thorough | --count-all]

LINEAR_TEXTS is the program built from linear_texts.c. Times only say which texts to look at: caches and neighbours
distort them. What is judged are instructions, which callgrind counts alike on every machine.

    --render-only    no text is judged: under sanitizers, whose allocators are slower the more memory was in use, and
                     where valgrind isn't installed
    --thorough       texts up to a megabyte, and what 64 KiB may take; minutes
    --count-all      count for every text, whatever its time
"""

import collections
import glob
import os
import re
import subprocess
import sys
import tempfile

KIB = 1 << 10
RATIO_MAX = 2.5 ** 2             # a text against one four times as long: 2.5 for each doubling
SECONDS_FREE = 0.002             # what is shorter says nothing
SECONDS_MAX = 0.25               # of 64 KiB
INSTRUCTIONS_MAX = 750_000_000   # the same on a processor that does 3 of them a nanosecond
SECONDS_COUNTED = 3              # what takes longer is counted for texts of an eighth: callgrind takes 50 times as long

Text = collections.namedtuple("Text", "index name small large seconds_small seconds_large")


def run(program, *arguments, wrapper=()):
    done = subprocess.run([*wrapper, program, *map(str, arguments)], capture_output=True, text=True, check=False,
                          env={name: value for name, value in os.environ.items() if name != "MALLOC_PERTURB_"})
    if done.returncode:
        sys.exit(f"check_linear: {' '.join(map(str, arguments))} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def times(program, length):
    for line in run(program, "times", length).splitlines():
        index, name, *numbers = line.split(" ")
        yield Text(int(index), name, int(numbers[0]), int(numbers[1]), float(numbers[2]), float(numbers[3]))


def count(program, text, length):
    """Instructions of the short and of the long text."""
    with tempfile.TemporaryDirectory(prefix="microcosm-linear.") as folder:
        out = os.path.join(folder, "out")
        run(program, "render", text.index, length,
            wrapper=["valgrind", "--quiet", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=mc__render",
                     "--dump-after=mc__render", f"--callgrind-out-file={out}"])
        totals = []
        for path in glob.glob(glob.escape(out) + ".*"):
            with open(path, encoding="utf-8") as dump:
                totals.append(int(re.search(r"^totals: (\d+)", dump.read(), re.M).group(1)))
    small, large = sorted(total for total in totals if total)
    return small, large


def check(program, length, counts_all=False):
    """How many texts are not linear."""
    bad = looked = seen = 0
    for text in times(program, length):
        seen += 1
        if not counts_all and text.seconds_large <= text.seconds_small * RATIO_MAX + SECONDS_FREE:
            continue
        looked += 1
        counted = length // 8 if text.seconds_large > SECONDS_COUNTED else length
        small, large = count(program, text, counted)
        if large > small * RATIO_MAX:
            bad += 1
            print(f"not linear: {text.name}: {counted} bytes take {small:,} instructions, {counted * 4} take {large:,}")
    print(f"{seen} texts of {length // KIB} and {length * 4 // KIB} KiB, {looked} counted, {bad} not linear")
    return bad if seen > 500 else sys.exit(f"check_linear: {seen} texts, not more than 500")


def check_short(program):
    """How many texts of 64 KiB take too long."""
    bad = 0
    for text in times(program, 16 * KIB):
        if text.seconds_large > SECONDS_MAX and count(program, text, 16 * KIB)[1] > INSTRUCTIONS_MAX:
            bad += 1
            print(f"slow: {text.name}: {text.large} bytes take {text.seconds_large} s")
    return bad


def main():
    program, *options = sys.argv[1:]
    if options == ["--render-only"]:
        run(program, "times", 8 * KIB)
        return 0
    if options == ["--thorough"]:
        return 1 if check_short(program) + check(program, 256 * KIB) else 0
    return 1 if check(program, 32 * KIB, counts_all=options == ["--count-all"]) else 0


if __name__ == "__main__":
    sys.exit(main())
