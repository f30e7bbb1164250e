"""Holds the instructions of pages, warm and cold, and of a post against those on record.

    check_counts.py WITH_POSTGRES COUNT_CALLS RECORD [--record]

Times are no test on a machine that others use; instructions are the same on every run, or nearly so. Callgrind
counts those of one call in our code and the libraries it calls, on the calling thread. The kernel's and
PostgreSQL's are not among them. A count that has moved by more than a tenth is a failure, downwards too, so that
what was gained is kept: look why, and if it is meant, write the new ones down with

    meson test -C build instruction-counts --test-args=--record
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOLERANCE = 0.10
KINDS = ("guest_page", "member_page", "cold_page", "post")


def count(with_postgres, program, kind, folder):
    """Instructions of the cheapest of the calls that are counted, and the file that says where they went."""
    out = os.path.join(folder, f"callgrind.{kind}")
    function = f"counted_{kind}"
    environment = {name: value for name, value in os.environ.items() if name != "MALLOC_PERTURB_"}  # of meson test
    subprocess.run([with_postgres, "valgrind", "--quiet", "--tool=callgrind", "--collect-atstart=no",
                    f"--toggle-collect={function}", f"--dump-after={function}", f"--callgrind-out-file={out}",
                    program, kind], check=True, env=environment)
    counts = {}
    for path in glob.glob(glob.escape(out) + ".*"):
        with open(path, encoding="utf-8") as dump:
            totals = re.search(r"^totals: (\d+)", dump.read(), re.M)
        if totals and int(totals.group(1)):
            counts[path] = int(totals.group(1))
    if len(counts) < 10:
        raise SystemExit(f"check_counts: {len(counts)} calls of {function} were counted, not 10")
    cheapest = min(counts, key=counts.get)
    return counts[cheapest], cheapest


def read_record(path):
    with open(path, encoding="utf-8") as lines:
        return {name: int(number) for name, number in
                (line.split() for line in lines if line.strip() and not line.startswith("#"))}


def write_record(path, counts):
    with open(path, encoding="utf-8") as old:
        comments = [line for line in old if line.startswith("#")]
    with open(path, "w", encoding="utf-8") as new:
        new.writelines([*comments, *(f"{name} {number}\n" for name, number in counts.items())])


def judge(counts, recorded, files):
    """Number of counts that are out of bounds."""
    bad = 0
    for kind, number in counts.items():
        moved = number / recorded[kind] - 1
        print(f"{kind}: {number:,} instructions, {moved:+.1%} against {recorded[kind]:,} on record")
        if abs(moved) > TOLERANCE:
            bad += 1
            print(f"  more than {TOLERANCE:.0%} off. Where they went: callgrind_annotate {files[kind]}\n"
                  f"  If that is meant: meson test -C BUILD instruction-counts --test-args=--record")
    return bad


def main():
    with_postgres, program, record, *options = sys.argv[1:]
    folder = tempfile.mkdtemp(prefix="microcosm-counts.")
    counts, files = {}, {}
    for kind in KINDS:
        counts[kind], files[kind] = count(with_postgres, program, kind, folder)
    if options == ["--record"]:
        write_record(record, counts)
        print(f"recorded in {record}: {counts}")
        shutil.rmtree(folder)
        return 0
    if judge(counts, read_record(record), files):
        return 1  # the folder stays, for callgrind_annotate
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
