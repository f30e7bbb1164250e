#!/usr/bin/env python3
"""scripts/progress: what a script that takes minutes shows, and that it fails when what it runs does. What scripts say of themselves."""
import subprocess
import sys
from pathlib import Path

PROGRESS = Path(__file__).resolve().parents[2] / "scripts" / "progress"

# what is run by follow or quietly: (the script, its status, what is shown)
CASES = [
    (r'follow printf "[1/4] a\n[2/4] b\n[4/4] c\n"', 0, "   compiling: 20 %\n   compiling: 50 %\n   compiling: 100 %\n"),
    (r'follow printf "Reading lists\ndlstatus:1:0:x\ndlstatus:2:99.9:y\npmstatus:gcc:41.5:Installing\n"', 0,
     "   downloading: 0 %\n   downloading: 90 %\n   installing: 40 %\n"),
    (r'follow bash -c "echo [1/1] a; echo what was wrong; exit 3"', 3, "   compiling: 100 %\nwhat was wrong\n"),
    (r'follow bash -c "echo what was wrong >&2; exit 4"', 4, "what was wrong\n"),
    (r'follow bash -c "echo nothing to show"', 0, ""),
    (r'quietly bash -c "echo nothing to show"', 0, ""),
    (r'quietly bash -c "echo what was wrong; exit 5"', 5, "what was wrong\n"),
    ("say one of two", 0, "== one of two\n"),
]


HELPFUL = ("run", "test", "bench", "install", "install-deps")


def check_help(name, flag):
    """Whoever asks for help gets it, and nothing is begun."""
    done = subprocess.run([str(PROGRESS.parent / name), flag], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == 0 and f"scripts/{name}" in done.stdout and done.stderr == "":
        return []
    return [f"scripts/{name} {flag}: {done.returncode} {done.stdout[:200]!r} {done.stderr[:200]!r}"]


def main():
    wrong = [fault for name in HELPFUL for flag in ("--help", "-h") for fault in check_help(name, flag)]
    for script, status, shown in CASES:
        done = subprocess.run(["bash", "-c", f'set -euo pipefail; . "$0"; {script}; echo went on', str(PROGRESS)],
                              capture_output=True, text=True)
        if (done.returncode, done.stderr, done.stdout) != (status, shown, "" if status else "went on\n"):
            wrong.append(f"{script}\n  expected {status} {shown!r}\n  but {done.returncode} {done.stderr!r} {done.stdout!r}")
    print(*wrong, f"{len(CASES) + 2 * len(HELPFUL) - len(wrong)} passed, {len(wrong)} failed", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
