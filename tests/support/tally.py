#!/usr/bin/env python3
"""Adds up the results of tests: tally.py [--failed N] LOG.json...

Reads meson's logs of test runs (meson-logs/*.json). A program that prints its number of cases counts as that many,
any other as one. Prints the slowest tests and then, alone on the last line, "N passed, N failed". --failed adds
failures that no log has, such as a build's.
"""

import argparse
import json
import re
import sys
from pathlib import Path

SLOWEST = 10

# Final output of test programs -> how many cases passed, how many failed.
COUNTS = (
    # Criterion
    (re.compile(r"Tested: \d+ \| Passing: (\d+) \| Failing: (\d+) \| Crashing: (\d+)"),
     lambda found: (int(found[1]), int(found[2]) + int(found[3]))),
    # pytest
    (re.compile(r"^=*\s*((?:\d+ \w+(?:, )?)+) in [\d.]+s", re.MULTILINE),
     lambda found: (named(found[1], "passed"), named(found[1], "failed", "error", "errors"))),
    # minitest
    (re.compile(r"^(\d+) runs, \d+ assertions, (\d+) failures, (\d+) errors, (\d+) skips", re.MULTILINE),
     lambda found: (int(found[1]) - int(found[2]) - int(found[3]) - int(found[4]), int(found[2]) + int(found[3]))),
    # our own
    (re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE),
     lambda found: (int(found[1]), int(found[2]))),
)


def named(text, *names):
    """The numbers before some words: 7 for "failed" of "3 passed, 7 failed"."""
    return sum(int(number) for number, name in re.findall(r"(\d+) (\w+)", text) if name in names)


def count(test):
    """(passed, failed) of one test in a log."""
    if test["result"] == "SKIP":
        return 0, 0
    output = re.sub(r"\x1b\[[0-9;]*m", "", test.get("stdout", "") + "\n" + test.get("stderr", ""))
    passed, failed = 0, 0
    for pattern, numbers in COUNTS:
        for found in pattern.finditer(output):
            more = numbers(found)
            passed, failed = passed + more[0], failed + more[1]
    is_good = test["result"] in ("OK", "EXPECTEDFAIL")
    if is_good:
        return max(passed, 1), failed
    return passed, max(failed, 1)


def read(path):
    """Tests of a log; none if the run ended before it was written."""
    if not Path(path).exists():
        return []
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def self_test():
    def is_counted(output, result, wanted):
        got = count({"result": result, "stdout": output})
        assert got == wanted, f"{output!r}, {result}: {got}, not {wanted}"

    is_counted("", "OK", (1, 0))
    is_counted("", "FAIL", (0, 1))
    is_counted("", "TIMEOUT", (0, 1))
    is_counted("", "SKIP", (0, 0))
    is_counted("...\n53 passed in 14.75s\n", "OK", (53, 0))
    is_counted("== 2 failed, 51 passed, 1 skipped, 1 error in 123.45s (0:02:03) ==\n", "FAIL", (51, 3))
    is_counted("[\x1b[0;34m====\x1b[0m] Synthesis: Tested: 8 | Passing: 5 | Failing: 2 | Crashing: 1 \n", "FAIL", (5, 3))
    is_counted("12 runs, 40 assertions, 1 failures, 1 errors, 2 skips\n", "FAIL", (8, 2))
    is_counted("7 passed, 0 failed\n", "OK", (7, 0))
    is_counted("7 passed, 0 failed\n", "ERROR", (7, 1))
    print("tally: counts as it should")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", nargs="*")
    parser.add_argument("--failed", type=int, default=0)
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        self_test()
        return 0

    passed, failed, tests = 0, options.failed, []
    for path in options.logs:
        for test in read(path):
            more = count(test)
            passed, failed = passed + more[0], failed + more[1]
            tests.append((test["duration"], test["name"].rpartition(" / ")[2], Path(path).stem))
    for seconds, name, log in sorted(tests, reverse=True)[:SLOWEST]:
        print(f"{seconds:6.0f} s  {name} ({log})")
    print(f"\n{passed} passed, {failed} failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
