#!/usr/bin/env python3
"""Installs the library into a prefix, and builds and runs programs against it that know nothing of this tree:
in C and in C++, with the shared and with the static library, and for Markdown alone.

    with_postgres run_installed.py BUILD_FOLDER SOURCE_FOLDER

with_postgres provides the PostgreSQL and says where in MICROCOSM_TEST_DATABASE.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import installed  # noqa: E402

build, source = Path(sys.argv[1]), Path(sys.argv[2])
server = os.environ["MICROCOSM_TEST_DATABASE"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
COMPILERS = {".c": shlex.split(os.environ.get("CC", "cc")) + ["-std=c99"],
             ".cc": shlex.split(os.environ.get("CXX", "c++")) + ["-std=c++11"]}
passed = 0


def check(what, ok, seen=""):
    global passed
    if not ok:
        sys.exit(f"failed: {what}\n{seen}")
    passed += 1
    print("ok:", what)


def run(*command, env=None, stdin=None):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=600, env=env,
                          input=stdin)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(map(str, command))}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Prefix:
    """An installed library, and a folder outside of it to build in."""

    def __init__(self, prefix, work):
        self.folder, self.work = prefix, work
        self.env = {**os.environ, **installed.environment(prefix)}

    def pkg_config(self, *words):
        return shlex.split(run("pkg-config", *words, env=self.env))

    def build(self, path, name, *description):
        """As a person would: cc file.c -o file $(pkg-config --cflags --libs microcosm)"""
        program = self.work / name
        copied = path if path.parent == self.work else shutil.copy(path, self.work)
        run(*COMPILERS[path.suffix], *WARNINGS, copied, "-o", program,
            *self.pkg_config("--cflags", "--libs", *description), env=self.env)
        return program


def needed(program):
    """Libraries that a program names itself."""
    return set(re.findall(r"NEEDED.*\[(.*?)\.so", run("readelf", "-d", program)))


def undefined(program):
    return {line.split()[-1] for line in run("nm", "-u", program).splitlines()}


def new_database(name):
    conninfo = re.sub(r"dbname=\S+", "", server)
    run("psql", "-Xq", server, "-c", f"CREATE DATABASE {name} OWNER microcosm")
    return re.sub(r"user=\S+", "", conninfo) + f" dbname={name} user=microcosm"


def check_files(prefix):
    headers = sorted(path.relative_to(source / "include") for path in (source / "include").rglob("*.h"))
    missing = [str(name) for name in headers if not (prefix.folder / "include" / name).is_file()]
    check("every public header is installed", not missing, missing)
    internal = [str(path) for path in (prefix.folder / "include").rglob("*") if path.suffix == ".h"
                and path.relative_to(prefix.folder / "include") not in headers]
    check("and no other", not internal, internal)
    version = run("pkg-config", "--modversion", "microcosm", env=prefix.env).strip()
    check("the daemon and pkg-config are of one version",
          run("microcosmd", "version", env=prefix.env).split()[1] == version, version)
    described = [set(run("pkg-config", "--print-requires-private", "microcosm", env=prefix.env).split("\n")),
                 set(run("pkg-config", "--print-requires", "microcosm-static", env=prefix.env).split("\n"))]
    check("pkg-config --static knows what the library needs", described[0] == described[1], described)
    return version


def check_programs(prefix, version, kind, description):
    """With the shared or the static library, as pkg-config describes it."""
    programs = {"C": prefix.build(source / "examples/list_conversations.c", f"list_{kind}", *description),
                "C++": prefix.build(source / "tests/installed/outside.cc", f"outside_{kind}", *description)}
    for language, program in programs.items():
        check(f"{language}, {kind}: builds", True)
        check(f"{language}, {kind}: needs libmicrocosm.so if shared only",
              ("libmicrocosm" in needed(program)) == (kind == "shared"), needed(program))
    database = new_database(f"installed_{kind}_{os.getpid()}")
    printed = run(programs["C++"], database, env=prefix.env)
    check(f"C++, {kind}: runs, with the version it was built with",
          printed == f"site: Outside\nbuilt with {version}, runs with {version}\n", printed)
    run(programs["C"], "--database", database, "outside", env=prefix.env)
    check(f"C, {kind}: runs", True)
    if kind == "shared":
        check("names the version of the symbols it uses", "MICROCOSM_0.1" in run("readelf", "-V", programs["C"]))


def check_beside_others(prefix):
    """In one program with other libraries, whichever header comes first."""
    source_file = source / "tests/installed/with_others.c"
    for language, suffix in (("C", ".c"), ("C++", ".cc")):
        for order in ("MICROCOSM_FIRST", "MICROCOSM_LAST"):
            copied = prefix.work / f"with_others{suffix}"
            copied.write_text(f"#define {order}\n{source_file.read_text()}")
            program = prefix.build(copied, f"with_{order}_{suffix[1:]}", "microcosm", "json-c", "libpq", "libgcrypt")
            run(program, env=prefix.env)
    check("the headers compile beside json-c's, libpq's and libgcrypt's, in C and C++", True)


def check_exits(prefix):
    """What a process leaves behind that ends without freeing its app, on a PostgreSQL of its own."""
    program = prefix.build(source / "tests/installed/exits.c", "exits", "microcosm")
    with tempfile.TemporaryDirectory(prefix="mc-exits-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)  # PostgreSQL may run as another account
        for way in ("exit", "return"):
            database = run(program, Path(folder) / "forum", way, env=prefix.env).strip()
            gone = subprocess.run(["pg_isready", "-q", "-d", database], timeout=60).returncode
            left = subprocess.run(["pgrep", "-f", f"postgres -D {folder}"], capture_output=True, text=True).stdout
            check(f"a process that ends by {way} leaves no PostgreSQL", gone == 2 and not left, f"{database} {gone} {left}")


def check_loader(prefix):
    """Programs find the library without being told where it is."""
    env = {name: value for name, value in prefix.env.items() if name != "LD_LIBRARY_PATH"}
    done = subprocess.run([prefix.folder / "bin/microcosmd", "version"], capture_output=True, text=True, env=env)
    check("the installed daemon finds the library", done.returncode == 0, done.stderr)


def check_render(prefix):
    """What <microcosm/render.h> needs, and nothing that a database would."""
    program = prefix.build(source / "tests/installed/render.c", "render", "microcosm-render")
    check("Markdown alone: needs no database, no JSON and no cryptography",
          needed(program) <= {"libmd4c", "libgumbo", "libutf8proc", "libc"}, needed(program))
    pulled = {name for name in undefined(program) if name.startswith(("PQ", "json_", "gcry"))}
    check("Markdown alone: calls none of them", not pulled, pulled)
    html = run(program, env={}, stdin="*Hello* <script>alert(1)</script>")
    check("Markdown alone: renders", html.startswith("<p><em>Hello</em>") and "script" not in html, html)


def main():
    with tempfile.TemporaryDirectory(prefix="mc-installed-", dir="/tmp") as name:
        top = Path(name)
        (top / "work").mkdir()
        prefix = Prefix(installed.install(build, top / "prefix"), top / "work")
        version = check_files(prefix)
        check_programs(prefix, version, "shared", ["microcosm"])
        check_beside_others(prefix)
        check_loader(prefix)
        check_exits(prefix)
        check_render(prefix)
        # As where nothing but the static library has been installed.
        for path in installed.library_folder(prefix.folder).glob("libmicrocosm.so*"):
            path.unlink()
        check_programs(prefix, version, "static", ["microcosm-static"])
    print(f"{passed} passed, 0 failed")


main()
