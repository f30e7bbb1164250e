#!/usr/bin/env python3
"""Does what a document tells its reader to do, and looks whether it happens.

    run_tutorial.py [--install BUILD_FOLDER] [--env NAME=VALUE]... DOCUMENT.md
    run_tutorial.py --self-test

All code blocks of the document are done from top to bottom, in one shell, in an empty folder that is
also $HOME, so that a private PostgreSQL has its data there. What the first words behind the fence say:

    ```c file=first.c         the block is written to that file (any language)
    ```sh                     the block is run by bash; each command must succeed
    ```text output            what the block before printed, on either stream. "..." stands for anything
                              in a line and, alone in a line, for any number of lines (any language)
    ```sh skip=why            for the reader alone, such as what needs root
    ```sh hidden=why          in an HTML comment: run, but not shown

A block that says none of these is a mistake: nothing in a tutorial goes unproven.

--install puts a build into a prefix in the temporary folder, as `meson install` does, and shows it to
pkg-config, to the loader and in $PATH. --env sets a variable for the shell; {prefix}, {build} and
{work} in it are the folders. The exit status is 1 when something isn't as the document says.
"""
import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import installed  # noqa: E402

FENCE = re.compile(r"^(?P<indent> {0,3})(?P<marks>`{3,}|~{3,})(?P<info>[^`\n]*)$")
SHELLS = ("sh", "bash", "shell", "console")
TIMEOUT = 600  # seconds for a whole document


class Mistake(Exception):
    pass


@dataclass
class Block:
    line: int
    language: str
    what: str  # "file", "run", "output" or "skip"
    argument: str
    text: str


# Reading

def read_info(info, line):
    """(language, what, argument) of the words behind a fence."""
    words = info.split()
    language, rest = (words[0] if words else ""), words[1:]
    if len(rest) > 1:
        raise Mistake(f"line {line}: one instruction for a block, not {' '.join(rest)!r}")
    key, _, value = (rest[0] if rest else "").partition("=")
    if key == "file" and value and not Path(value).is_absolute() and ".." not in Path(value).parts:
        return language, "file", value
    if key in ("skip", "hidden") and value:
        return language, "skip" if key == "skip" else "run", value
    if key == "output" and not value:
        return language, "output", ""
    if not rest and language in SHELLS:
        return language, "run", ""
    raise Mistake(f"line {line}: a code block that nobody would run: '{info.strip()}'")


def read_blocks(text):
    blocks, lines, i = [], text.split("\n"), 0
    while i < len(lines):
        fence = FENCE.match(lines[i])
        i += 1
        if not fence:
            continue
        start, indent, marks = i, len(fence["indent"]), fence["marks"]
        end = re.compile(rf" {{0,3}}{re.escape(marks[0])}{{{len(marks)},}}\s*")
        while i < len(lines) and not end.fullmatch(lines[i]):
            i += 1
        if i == len(lines):
            raise Mistake(f"line {start}: a code block without an end")
        body = "".join(re.sub(rf"^ {{0,{indent}}}", "", line) + "\n" for line in lines[start:i])
        blocks.append(Block(start, *read_info(fence["info"], start), body))
        i += 1
    return blocks


# Running

def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def script_of(blocks, notes):
    """One script for all of them; what block n prints goes to a file, and `done` tells how far it got."""
    parts = ["set -euo pipefail\n"]
    for n, block in enumerate(blocks):
        if block.what == "file":
            parts.append(f"mkdir -p -- {quoted(str(Path(block.argument).parent))}\n"
                         f"printf %s {quoted(block.text)} > {quoted(block.argument)}\n")
        elif block.what == "run":
            parts.append(f"{{\n{block.text}\n}} </dev/null >{quoted(f'{notes}/{n}')} 2>&1\n")
        parts.append(f"echo {n} >{quoted(f'{notes}/done')}\n")
    return "".join(parts)


def run_script(script, folder, env):
    """In a process group of its own, which is ended with all that is still running in it."""
    shell = subprocess.Popen(["bash", "-c", script], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        output, _ = shell.communicate(timeout=TIMEOUT)
        return shell.returncode, output
    except subprocess.TimeoutExpired:
        return None, f"not done within {TIMEOUT} s"
    finally:
        end_group(shell.pid)


def end_group(group):
    """Asks, waits a little, then doesn't ask."""
    for number, tries in ((signal.SIGTERM, 50), (signal.SIGKILL, 1)):
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            return
        for _ in range(tries):
            time.sleep(0.1)
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                return


def end_servers(folder):
    """A PostgreSQL that a program left behind in the folder: its first line of notes is its number."""
    for notes in folder.rglob("postmaster.pid"):
        try:
            os.kill(int(notes.read_text().split("\n")[0]), signal.SIGINT)
        except (OSError, ValueError):
            pass


# Judging

def pattern_of(expected):
    """Regular expression for an output block."""
    lines = []
    for line in expected.rstrip("\n").split("\n"):
        if line.strip() == "...":
            lines.append(r"(?:[^\n]*\n)*?")
        else:
            lines.append("[^\n]*".join(re.escape(part) for part in line.rstrip().split("...")) + r"[ \t]*\n")
    return "".join(lines)


def matches(expected, printed):
    printed = printed.rstrip("\n") + "\n" if printed.strip() else ""
    return re.fullmatch(pattern_of(expected), printed) is not None


def judge(document, blocks, notes, status, output):
    """What isn't as the document says, in words; None if all is."""
    done = (notes / "done").read_text().strip() if (notes / "done").exists() else "-1"
    last_run = None
    for n, block in enumerate(blocks):
        place = f"{document}:{block.line}"
        note = notes / str(n)
        printed = note.read_text(errors="replace") if note.exists() else ""
        if n > int(done):
            return f"{place}: failed with status {status}\n{block.text}---- it printed\n{printed}{output}"
        if block.what == "run":
            last_run = printed
        elif block.what == "output":
            if last_run is None:
                return f"{place}: an output block with no command before it"
            if not matches(block.text, last_run):
                return f"{place}: expected\n{block.text}---- printed\n{last_run}"
            last_run = None
    return None if status == 0 else f"{document}: the shell ended with status {status}\n{output}"


# A document

def check(document, build=None, settings=(), say=print):
    """None, or what is wrong."""
    # Not $TMPDIR, which may be deep: a socket's path has 107 bytes.
    with tempfile.TemporaryDirectory(prefix="mc-docs-", dir="/tmp") as name:
        top = Path(name)
        top.chmod(0o755)  # root's PostgreSQL runs under another account
        work, notes = top / "home", top / "notes"
        work.mkdir()
        notes.mkdir()
        env = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "MICROCOSM_", "PG"))}
        env.update(HOME=str(work), LC_ALL="C.UTF-8")
        folders = {"work": work, "build": build, "prefix": None}
        try:
            blocks = read_blocks(document.read_text(encoding="utf-8"))
            if build:
                folders["prefix"] = installed.install(build, top / "installed")
                env.update(installed.environment(folders["prefix"]))
            for setting in settings:
                key, _, value = setting.partition("=")
                env[key] = value.format(**folders)
            status, output = run_script(script_of(blocks, notes), work, env)
            wrong = judge(document, blocks, notes, status, output)
        except Mistake as mistake:
            wrong = f"{document}: {mistake}"
        finally:
            end_servers(top)
    if not wrong:
        counts = {what: sum(block.what == what for block in blocks) for what in ("file", "run", "output", "skip")}
        say(f"{document.name}: {counts['file']} files, {counts['run']} runs, {counts['output']} outputs as said, "
            f"{counts['skip']} for the reader alone")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--install", type=Path, metavar="BUILD_FOLDER")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("documents", type=Path, nargs="*")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    if not options.documents:
        parser.error("which document?")
    if not shutil.which("meson") and options.install:
        parser.error("meson is needed to install")
    wrong = [check(document, options.install, options.env) for document in options.documents]
    for message in filter(None, wrong):
        print(message, file=sys.stderr)
    return 1 if any(wrong) else 0


# Self-test

# A document, and what must be said of it; None: all is well.
CASES = [
    ("Nothing to do.\n", None),
    ("```c file=sub/a.c\nint a = '\\n'; // it's\n```\n```sh\ncat sub/a.c\n```\n"
     "```c output\nint a = '\\n'; // it's\n```\n", None),
    ("```sh\nx=$(echo 4)\ncd /\n```\n~~~sh\necho $x; pwd >&2\n~~~\n```text output\n4\n/\n```\n", None),
    ("```sh\nprintf 'a\\nb 17 c\\nd\\ne\\n'\n```\n```text output\n...\nb ... c\n...\n```\n", None),
    ("```sh\necho a\n```\n```text output\na\nb\n```\n", ":4: expected\na\nb\n---- printed\na\n"),
    ("```sh\necho ab\n```\n```text output\na\n```\n", ":4: expected"),
    ("```sh\necho a\nfalse\necho b\n```\n```sh\necho c\n```\n", ":1: failed with status 1"),
    ("```sh\nfalse | true\n```\n", ":1: failed with status 1"),
    ("```sh\necho $nothing\n```\n", "unbound variable"),
    ("```sh\nexit 0\n```\n", ":1: failed with status 0"),
    ("```sh\nsleep 100 &\n```\n", None),
    ("```sh skip=root\nfalse\n```\n", None),
    ("<!--\n```sh hidden=setup\nfalse\n```\n-->\n", ":2: failed"),
    ("```c\nint a;\n```\n", "line 1: a code block that nobody would run"),
    ("```\nx\n```\n", "nobody would run"),
    ("```sh skip=\nx\n```\n", "nobody would run"),
    ("```c file=/etc/x\nx\n```\n", "nobody would run"),
    ("```c file=../x\nx\n```\n", "nobody would run"),
    ("```sh\necho\n", "line 1: a code block without an end"),
    ("```text output\na\n```\n", "no command before it"),
    ("````sh\necho '```'\n````\n````text output\n```\n````\n", None),
    ("- item\n   ```sh\n   echo '  a'\n   ```\n   ```text output\n     a\n   ```\n", None),
    ("```sh\n[ \"$GREETING\" = hello ] && [ \"$HOME\" = \"$PWD\" ]\n```\n", None),
]


def self_test():
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "a.md"
        for text, wanted in CASES:
            document.write_text(text, encoding="utf-8")
            got = check(document, settings=["GREETING=hello"], say=lambda _: None)
            if (wanted is None) != (got is None) or (wanted and wanted not in got):
                print(f"{text}\n  wanted {wanted!r}\n  got    {got!r}", file=sys.stderr)
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
