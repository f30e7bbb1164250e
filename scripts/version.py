#!/usr/bin/env python3
"""The version stands in meson.build. What can't read it there has a copy, which this program holds against it.

Usage: version.py               says which copies differ; the exit status is 1 if any does
       version.py --write       puts the version of meson.build into all copies
       version.py --self-test

A copy is needed where a file is used without a build: headers, what package tools read of the bindings, documents
whose examples show the version. Names of symbol versions and the heading in docs/api-changes.md are checked but not
written: a new one is for whoever makes the release to fill in.
"""
import re
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = r"\d+\.\d+\.\d+"
SOURCE = ("meson.build", rf"^  version: '({VERSION})',$")

# File, pattern whose group is the copy, and which parts of the version it has.
COPIES = [
    ("include/microcosm/base.h", r"^#define MC_VERSION_MAJOR (\d+)$", 0),
    ("include/microcosm/base.h", r"^#define MC_VERSION_MINOR (\d+)$", 1),
    ("include/microcosm/base.h", r"^#define MC_VERSION_PATCH (\d+)$", 2),
    ("bindings/ruby/lib/microcosm/declarations.rb", rf'^    VERSION = "({VERSION})"$', None),
    ("docs/tutorial-c.md", rf"--modversion microcosm\n```\n\n```text output\n({VERSION})\n", None),
    ("docs/tutorial-python.md", rf"print\(microcosm\.version\)'\n```\n\n```text output\n({VERSION})\n", None),
]

# File, pattern of which some match must be this version (or its first two parts).
MENTIONS = [
    ("docs/api-changes.md", rf"^## ({VERSION})\b", 3),
    ("libmicrocosm/microcosm.map", r"^MICROCOSM_(\d+\.\d+) \{$", 2),
]


def project_version(root):
    return re.search(SOURCE[1], (root / SOURCE[0]).read_text(encoding="utf-8"), re.M).group(1)


def wanted_text(version, part):
    return version if part is None else version.split(".")[part]


def check(root):
    """What differs, one line each."""
    version, findings = project_version(root), []
    for name, pattern, part in COPIES:
        found = re.search(pattern, (root / name).read_text(encoding="utf-8"), re.M)
        if not found:
            findings.append(f"{name}: no version where it should be: {pattern}")
        elif found.group(1) != wanted_text(version, part):
            findings.append(f"{name}: {found.group(1)}, but meson.build has {version}: scripts/version.py --write")
    for name, pattern, parts in MENTIONS:
        wanted = ".".join(version.split(".")[:parts])
        if wanted not in re.findall(pattern, (root / name).read_text(encoding="utf-8"), re.M):
            findings.append(f"{name}: has nothing for {wanted}")
    return findings


def write(root):
    version = project_version(root)
    for name, pattern, part in COPIES:
        path = root / name
        text = path.read_text(encoding="utf-8")
        found = re.search(pattern, text, re.M)
        if found:
            path.write_text(text[:found.start(1)] + wanted_text(version, part) + text[found.end(1):], encoding="utf-8")


def copy_tree(folder):
    root = Path(folder)
    for name in {SOURCE[0], *(name for name, *_ in COPIES + MENTIONS)}:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    return root


def self_test():
    """Each copy must be missed when it alone is old, and written with the others."""
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        root = copy_tree(folder)
        source = root / SOURCE[0]
        source.write_text(re.sub(SOURCE[1], "  version: '97.98.99',", source.read_text(encoding="utf-8"), flags=re.M),
                          encoding="utf-8")
        found = check(root)
        if len(found) != len(COPIES) + len(MENTIONS):
            failures.append(f"another version: {len(found)} findings, not one for each copy and mention: {found}")
        write(root)
        found = check(root)
        if len(found) != len(MENTIONS):
            failures.append(f"after writing: {found}")
    print("\n".join(failures), file=sys.stderr)
    return 1 if failures else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if sys.argv[1:] == ["--write"]:
        write(ROOT)
    elif sys.argv[1:]:
        raise SystemExit(__doc__)
    findings = check(ROOT)
    print("\n".join(findings), end="\n" if findings else "", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
