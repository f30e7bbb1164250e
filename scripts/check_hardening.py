#!/usr/bin/env python3
"""Checks that the installed daemon and library have the hardening that meson.build requests.

Usage: check_hardening.py BUILD_FOLDER
       check_hardening.py --self-test

Installs into a temporary folder and checks the files themselves, since flags can be lost (a later -fno-..., a linker
that ignores an option). Checks the compile commands for options that leave no trace in a file. The exit status is 1
if something is missing.
"""
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# Required in the command that compiles each file of the installed programs.
COMPILE_FLAGS = ("-fstack-protector-strong", "-fstack-clash-protection", "-D_FORTIFY_SOURCE=")
INSTALLED_PARTS = ("libmicrocosm", "microcosmd")
ENDBR64 = "f3 0f 1e fa"


def run(*command):
    return subprocess.run(command, check=True, text=True, capture_output=True).stdout


def missing_in_file(path, is_program):
    """Messages about protections that an ELF file lacks."""
    header, segments = run("readelf", "-hW", path), run("readelf", "-lW", path)
    dynamic = run("readelf", "-dW", path)
    symbols = set(re.findall(r" UND (\w+)", run("readelf", "--dyn-syms", "-W", path)))
    missing = []
    if not re.search(r"Type:\s+DYN", header) or (is_program and not re.search(r"\(FLAGS_1\).*\bPIE\b", dynamic)):
        missing.append("position-independent code (-pie)")
    if "GNU_RELRO" not in segments:
        missing.append("a read-only relocation table (-z relro)")
    if not re.search(r"\(FLAGS\).*\bBIND_NOW\b|\(FLAGS_1\).*\bNOW\b", dynamic):
        missing.append("binding at the start (-z now)")
    if not re.search(r"GNU_STACK\s.*\bRW \s", segments):
        missing.append("a stack that can't be executed (-z noexecstack)")
    if "TEXTREL" in dynamic:
        missing.append("code without relocations in it")
    if "__stack_chk_fail" not in symbols:
        missing.append("stack protectors (-fstack-protector-strong)")
    if not any(name.endswith("_chk") for name in symbols):
        missing.append("checked calls of the C library (_FORTIFY_SOURCE)")
    return missing


def missing_landing_pad(path, function):
    """Whether an exported function doesn't begin with ENDBR64, as targets of indirect jumps must (x86-64 only)."""
    if platform.machine() != "x86_64":
        return []
    code = run("objdump", "-d", f"--disassemble={function}", path)
    first = re.search(rf"<{function}(@@\w[\w.]*)?>:\n[^\t]*\t([0-9a-f ]+?)\s*\t", code)
    return [] if first and first.group(2) == ENDBR64 else [f"marked jump targets (-fcf-protection) at {function}"]


def missing_in_commands(commands):
    """A line for each flag that is missing in the command for a file of an installed part."""
    commands = [entry for entry in commands if {*INSTALLED_PARTS} & {*Path(entry["file"]).parts}]
    for flag in COMPILE_FLAGS:
        without = [entry["file"] for entry in commands if flag not in entry["command"]]
        if without:
            yield f"{len(without)} files are compiled without {flag}, such as {without[0]}"
    if not commands:
        yield "no file of what is installed is compiled"


def check(build):
    findings = [*missing_in_commands(json.loads((build / "compile_commands.json").read_text(encoding="utf-8")))]
    with tempfile.TemporaryDirectory() as folder:
        run("meson", "install", "-C", str(build), "--no-rebuild", "--quiet", "--destdir", folder)
        files = {path for path in Path(folder).rglob("*") if path.is_file() and not path.is_symlink()}
        programs = [path for path in files if path.parent.name in ("bin", "libexec") and os.access(path, os.X_OK)]
        libraries = [path for path in files if ".so" in path.suffixes]
        if not programs or not libraries:
            findings.append(f"{build}: nothing was installed: {sorted(map(str, files))}")
        for path in programs + libraries:
            for what in missing_in_file(path, path in programs):
                findings.append(f"{path.name}: lacks {what}")
        for path in libraries:
            findings += [f"{path.name}: lacks {what}" for what in missing_landing_pad(path, "mc_version")]
    return findings


def self_test():
    """Compiles a program without each protection, and checks that this is detected."""
    source = ('#include <stdio.h>\n#include <string.h>\nint main(int argc, char **argv)\n{\n    char text[64];\n'
              '    strcpy(text, argv[argc - 1]);\n    return puts(text) < 0;\n}\n'
              '__attribute__((visibility("default"))) int exported(void)\n{\n    return 1;\n}\n')
    sound = ["-O2", "-fPIE", "-pie", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2", "-fstack-protector-strong",
             "-Wl,-z,relro,-z,now,-z,noexecstack"]
    cases = [([], None), (["-no-pie", "-fno-pie"], "-pie"), (["-Wl,-z,norelro"], "-z relro"),
             (["-Wl,-z,lazy"], "-z now"), (["-Wl,-z,execstack"], "-z noexecstack"),
             (["-fno-stack-protector"], "-fstack-protector-strong"), (["-U_FORTIFY_SOURCE"], "_FORTIFY_SOURCE")]
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "program"
        for flags, wanted in cases:
            subprocess.run(["cc", "-x", "c", "-", "-w", "-o", program, *sound, *flags], input=source, text=True,
                           check=True)
            found = missing_in_file(program, True)
            if len(found) != (wanted is not None) or (wanted and wanted not in found[0]):
                failures.append(f"{flags}: wanted {wanted}, got {found}")
        for flags, wanted in ((["-fcf-protection"], 0), (["-fcf-protection=none"], 1)):
            subprocess.run(["cc", "-x", "c", "-", "-w", "-o", program, "-rdynamic", *sound, *flags], input=source,
                           text=True, check=True)
            if len(missing_landing_pad(program, "exported")) != (wanted and platform.machine() == "x86_64"):
                failures.append(f"{flags}: wanted {wanted} findings")
    command = "cc " + " ".join(flag + "2" * flag.endswith("=") for flag in COMPILE_FLAGS)
    commands = [{"file": "../libmicrocosm/a.c", "command": command},
                {"file": "../microcosmd/b.c", "command": command.replace(COMPILE_FLAGS[1], "")},
                {"file": "../tests/c.c", "command": "cc"}]
    found = list(missing_in_commands(commands))
    if len(found) != 1 or "../microcosmd/b.c" not in found[0] or COMPILE_FLAGS[1] not in found[0]:
        failures.append("a command without a flag is not noticed")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    findings = check(Path(sys.argv[1]).resolve())
    for finding in findings:
        print(finding, file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
