#!/usr/bin/env python3
"""Puts known faults into the code, one by one, and looks whether the tests catch them.

    scripts/try_faults.py               all of tests/faults/faults.toml
    scripts/try_faults.py NAME...       some of them, by a part of their names
    scripts/try_faults.py --check       only whether each can still be put in

Works on a copy of the tree, in build-faults/, which stays there: the next time only what has changed is built. First
the tests that are named must pass on the copy as it is. A fault is caught when its test fails; it is an error when its
old text isn't in the file, or is there more than once, and when it doesn't compile.
"""

import argparse
import fcntl
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "tests/faults/faults.toml"
TREE = ROOT / "build-faults/tree"
BUILD = ROOT / "build-faults/build"
KEYS = {"name", "file", "old", "new", "caught_by"}
MAY_HAVE = {"only", "also"}
# A test that a fault makes hang is stopped, and has caught it. The slowest takes half a minute.
MOST_SECONDS = 300
BASELINE_SECONDS = 1800
NO_BUILD = 125  # what meson test exits with


def read_table(names):
    """The faults of those names, or all; and what is wrong with the table."""
    with open(TABLE, "rb") as file:
        faults = tomllib.load(file)["fault"]
    wrong = []
    known = [fault.get("name", "") for fault in faults]
    for fault in faults:
        if set(fault) - MAY_HAVE != KEYS:
            wrong.append(f"{fault.get('name')}: has the keys {', '.join(sorted(fault))}")
    wrong += [f"{name}: is there twice" for name in sorted({name for name in known if known.count(name) > 1})]
    wrong += [f"{name}: is in no name in {TABLE.relative_to(ROOT)}" for name in names
              if not any(name in other for other in known)]
    return [fault for fault in faults if not names or any(name in fault["name"] for name in names)], wrong


def places(fault):
    """Where a fault is put in: what two places guard, one after the other, is broken by a fault in both."""
    return [fault, *fault.get("also", [])]


def check(fault, tree):
    """Why the fault can't be put in; None if it can."""
    for place in places(fault):
        path = tree / place["file"]
        if not path.is_file():
            return f"there is no {place['file']}"
        times = path.read_text().count(place["old"])
        if times != 1:
            return f"its old text is {times} times in {place['file']}"
        if place["old"] == place["new"]:
            return "it changes nothing"
    return None


def copy_tree():
    """Copies what git knows or would add; files that are the same keep their times, for ninja."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            check=True, capture_output=True, text=True).stdout
    wanted = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for name in wanted:
        source, target = ROOT / name, TREE / name
        content = source.read_bytes()
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        target.chmod(source.stat().st_mode)
    for path in list(TREE.rglob("*")):
        if path.is_file() and str(path.relative_to(TREE)) not in wanted and path.suffix != ".pyc":
            path.unlink()


def run(command, seconds, log):
    """Exit status of a command that is stopped, with all it has started, after so many seconds."""
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            return None
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            raise


def results():
    """Name of a test -> what became of it, of the last run."""
    path = BUILD / "meson-logs/faults.json"
    tests = map(json.loads, path.read_text().splitlines()) if path.is_file() else []
    return {test["name"].split(" / ")[-1]: test["result"] for test in tests}


def tail(log, lines=15):
    return "\n".join("    " + line for line in log.read_text(errors="replace").splitlines()[-lines:])


def run_tests(names, only, seconds):
    """Result of each test. None for one that had to be stopped; SystemExit where there is nothing to run."""
    log = BUILD / "meson-logs/faults.out"
    (BUILD / "meson-logs/faults.json").unlink(missing_ok=True)
    command = ["meson", "test", "-C", str(BUILD), "--logbase", "faults", "--print-errorlogs", *names]
    if only:
        command.append(f"--test-args={only}")
    status = run(command, seconds, log)
    if status is None:
        return {name: None for name in names}, log
    if status == NO_BUILD:
        return {}, log
    found = results()
    missing = [name for name in names if name not in found]
    if missing:
        sys.exit(f"no such test: {', '.join(missing)}\n{tail(log)}")
    return {name: found[name] for name in names}, log


def prepare():
    """The copy, built or not. Returns a file that keeps others out for as long as it is open."""
    BUILD.parent.mkdir(exist_ok=True)
    lock = open(BUILD.parent / "lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"somebody else is using {BUILD.parent}")
    copy_tree()
    if not (BUILD / "build.ninja").is_file():
        BUILD.mkdir(parents=True, exist_ok=True)
        log = BUILD.parent / "setup.out"
        # A fault may leave something unused; and what is built once needs no optimising.
        if run(["meson", "setup", str(BUILD), str(TREE), "--buildtype=debug", "-Dwerror=false"], 300, log) != 0:
            sys.exit(f"meson setup fails\n{tail(log)}")
    return lock


def try_baseline(faults):
    runs = {}
    for fault in faults:
        runs.setdefault(fault.get("only"), set()).add(fault["caught_by"])
    for only, names in sorted(runs.items(), key=lambda pair: pair[0] or ""):
        print(f"without a fault: {', '.join(sorted(names))} {only or ''}", flush=True)
        found, log = run_tests(sorted(names), only, BASELINE_SECONDS)
        if not found:
            sys.exit(f"the tree does not build\n{tail(log)}")
        bad = [f"{name}: {result}" for name, result in found.items() if result != "OK"]
        if bad:
            sys.exit(f"these don't pass without any fault: {', '.join(bad)}\n{tail(log, 40)}")


def try_fault(fault):
    """Puts one in, runs its test, takes it out. What became of it: caught, MISSED, or what is wrong."""
    wrong = check(fault, TREE)
    if wrong:
        return wrong
    before = {TREE / place["file"]: (TREE / place["file"]).read_text() for place in places(fault)}
    try:
        for place in places(fault):
            path = TREE / place["file"]
            path.write_text(path.read_text().replace(place["old"], place["new"]))
        found, log = run_tests([fault["caught_by"]], fault.get("only"), MOST_SECONDS)
    finally:
        for path, text in before.items():
            path.write_text(text)
    if not found:
        return f"does not build\n{tail(log)}"
    result = found[fault["caught_by"]]
    if result is None:
        return "caught, as it hangs"
    return "MISSED" if result == "OK" else "caught"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--check", action="store_true", help="build and run nothing")
    arguments = parser.parse_args()

    faults, wrong = read_table(arguments.names)
    wrong += [f"{fault['name']}: {why}" for fault in faults if (why := check(fault, ROOT))]
    if wrong:
        sys.exit("\n".join(wrong))
    if arguments.check:
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    lock = prepare()
    try_baseline(faults)
    caught = 0
    for fault in faults:
        began = time.monotonic()
        result = try_fault(fault)
        caught += result.startswith("caught")
        print(f"{time.monotonic() - began:5.0f} s  {result.split(chr(10))[0]:7} {fault['name']}, by {fault['caught_by']}",
              *result.split("\n")[1:], sep="\n", flush=True)
    lock.close()
    print(f"{caught} of {len(faults)} faults are caught")
    sys.exit(caught != len(faults))


if __name__ == "__main__":
    main()
