#!/usr/bin/env python3
"""Static checks of the C code.

  lint.py format                  clang-format over all C files in git
  lint.py tidy BUILD_FOLDER       clang-tidy without clang's analyzer; .clang-tidy has the checks
  lint.py analyzer BUILD_FOLDER   clang's analyzer, which takes about ten times as long
  lint.py cppcheck BUILD_FOLDER   cppcheck, which caches its results in BUILD_FOLDER/cppcheck
  lint.py --self-test

All but the first read BUILD_FOLDER/compile_commands.json. The exit status is 1 if anything was found, and 77 (which
meson takes for "skipped") if the tool is missing.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = 77

# Tests are checked only by the compilers' warnings and by running them.
LINTED = ("libmicrocosm", "microcosmd", "examples")

CPPCHECK = [
    "--enable=warning,performance,portability", "--inline-suppr", "--quiet", "--error-exitcode=1",
    "--template={file}:{line}: {message} [{id}]",
    "--suppress=missingIncludeSystem",
    # field tables reach members by their offset
    "--suppress=invalidPointerCast",
    # it doesn't see that what a function fills is only read if it has succeeded; gcc and valgrind do
    "--suppress=uninitvar", "--suppress=legacyUninitvar", "--suppress=ctuuninitvar",
    # files are checked as compiled, not for each combination of their #if conditions
    "--max-configs=1",
]


def need(tool):
    if not shutil.which(tool):
        print(f"lint: there is no {tool}", file=sys.stderr)
        raise SystemExit(SKIPPED)
    return tool


def cores():
    return str(len(os.sched_getaffinity(0)))


def c_files(root):
    """All C files of the tree: those in git, or in an unpacked archive those outside of build folders."""
    if shutil.which("git"):
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--", "*.c", "*.h"], capture_output=True, text=True)
        if listed.returncode == 0 and listed.stdout:
            names = listed.stdout.split("\0")[:-1]
            return [root / name for name in names if (root / name).is_file()]
    builds = {path.parent for path in root.glob("*/build.ninja")}
    return sorted(path for path in root.rglob("*.[ch]") if not builds & {*path.parents})


def check_format(root):
    files = c_files(root)
    if not files:
        print(f"lint: there is no C file in {root}", file=sys.stderr)
        return 1
    return subprocess.run([need("clang-format"), "--dry-run", "-Werror", "--style=file", *files]).returncode


def linted_files(root, build):
    """The compile commands of the linted folders, without generated files."""
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    files = {(Path(entry["directory"]) / entry["file"]).resolve() for entry in commands}
    wanted = [root / name for name in LINTED]
    return sorted(file for file in files if any(folder in file.parents for folder in wanted))


def check_tidy(root, build, checks):
    """clang-tidy with the checks of .clang-tidy and these: a process per file, since clang 14 mixes up several."""
    need("clang-tidy")
    files = linted_files(root, build)
    if not files:
        print(f"lint: nothing of {LINTED} is compiled in {build}", file=sys.stderr)
        return 1
    # with --quiet it still prints the numbers of warnings in system headers, on stderr
    command = ["clang-tidy", "--quiet", "-p", build, f"--checks={checks}"]
    result = subprocess.run(["xargs", "-0", "-n", "1", "-P", cores(), *command], text=True,
                            input="\0".join(map(str, files)), stderr=subprocess.PIPE)
    if result.returncode:
        lines = result.stderr.splitlines()
        print("\n".join(line for line in lines if not line.endswith(" generated.")), file=sys.stderr)
    return 1 if result.returncode else 0


def check_cppcheck(root, build):
    need("cppcheck")
    kept = build / "cppcheck"
    kept.mkdir(exist_ok=True)
    files = {str(file) for file in linted_files(root, build)}
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    chosen = {}
    for entry in commands:  # each file once, though several targets compile some
        file = str((Path(entry["directory"]) / entry["file"]).resolve())
        if file in files:
            chosen.setdefault(file, {**entry, "file": file})
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "compile_commands.json"
        project.write_text(json.dumps([*chosen.values()]), encoding="utf-8")
        return subprocess.run(["cppcheck", f"--project={project}", f"--cppcheck-build-dir={kept}", "-j", cores(),
                               *CPPCHECK]).returncode


# For each tool a file with a fault that only this tool finds.
FAULTS = {
    "format": "int  f( void );\n",
    "tidy": "#include <string.h>\nint f(const char *t);\nint f(const char *t)\n{\n    if (strcmp(t, \"a\"))\n        return 1;\n    return 0;\n}\n",
    "analyzer": "int f(int n);\nint f(int n)\n{\n    int *p = 0;\n\n    if (n > 3)\n        return *p;\n    return 0;\n}\n",
    "cppcheck": "int f(void);\nint f(void)\n{\n    int a[3] = {0};\n\n    return a[3];\n}\n",
}
SOUND = "int f(void);\nint f(void)\n{\n    return 0;\n}\n"


def self_test():
    """Each tool must find its fault, and nothing in a correct file."""
    failures = []
    for kind, fault in FAULTS.items():
        for source, wanted in ((fault, 1), (SOUND, 0)):
            with tempfile.TemporaryDirectory() as folder:
                root = Path(folder).resolve()
                (root / "microcosmd").mkdir()
                (root / "build").mkdir()
                for name in (".clang-format", ".clang-tidy"):
                    shutil.copy(ROOT / name, root / name)
                (root / "microcosmd/a.c").write_text(source, encoding="utf-8")
                (root / "build/compile_commands.json").write_text(json.dumps(
                    [{"directory": str(root / "build"), "file": "../microcosmd/a.c",
                      "command": "cc -std=gnu17 -c ../microcosmd/a.c"}]), encoding="utf-8")
                found = subprocess.run([sys.executable, __file__, "--root", root, kind, root / "build"],
                                       capture_output=True, text=True)
                if found.returncode == SKIPPED:
                    continue
                if found.returncode != wanted:
                    failures.append(f"{kind}: wanted {wanted}, got {found.returncode} for\n{source}\n"
                                    f"{found.stdout}{found.stderr}")
    print("\n".join(failures), file=sys.stderr)
    return 1 if failures else 0


def main():
    arguments = sys.argv[1:]
    root = ROOT
    if arguments == ["--self-test"]:
        return self_test()
    if arguments[:1] == ["--root"]:
        root, arguments = Path(arguments[1]), arguments[2:]
    kind, build = (arguments + [None, None])[:2]
    if kind == "format":
        return check_format(root)
    if build is None or kind not in ("tidy", "analyzer", "cppcheck"):
        raise SystemExit(__doc__)
    build = Path(build).resolve()
    if kind == "cppcheck":
        return check_cppcheck(root, build)
    return check_tidy(root, build, "-clang-analyzer-*" if kind == "tidy" else "-bugprone-*,-cert-*,-performance-*")


if __name__ == "__main__":
    sys.exit(main())
