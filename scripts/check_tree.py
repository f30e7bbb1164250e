#!/usr/bin/env python3
"""Checks the project's rules that no compiler checks.

  layers    includes and calls point down only; programs, bindings and examples include <microcosm...> only
  cycles    no two files of the library or the daemon include each other, and none of the library call each other,
            directly or through others
  lengths   no file has more than 600 lines, unless a comment in it gives the reason
  files     the files of the tree that a document names are there
  homes     each outside library is included in its own folder only
  calls     the library never prints, exits or aborts
  headers   each public header compiles alone, as strict C99 and as C++11
  versions  libmicrocosm/microcosm.map names what include/ marks MC_API, each once
  exports   the shared library exports what include/ marks MC_API, and nothing else

Usage: check_tree.py [--root FOLDER] [BUILD_FOLDER]     the last check needs a build
       check_tree.py --add-versions                     adds new names to the newest version in the map
       check_tree.py --self-test

CC and CXX name the compilers. The exit status is 1 if anything was found.
"""
import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

# Layer of libmicrocosm -> layers that it may include and call, besides itself. The folders of domain/ are layers
# too; its own files are on top of all.
BELOW_DOMAIN = {"core", "db", "record", "jose", "cache", "markup", "remote", "files", "mail", "archive"}
SHARED = BELOW_DOMAIN | {"base", "access"}
TOPICS = SHARED | {"content", "sites", "people", "feed"}
LAYERS = {
    "core": set(),
    "db": {"core"},
    "record": {"core", "db", "markup"},
    "jose": {"core", "record"},
    "cache": {"core"},
    "markup": {"core"},
    "remote": {"core"},
    "mail": {"core"},
    "archive": {"core"},
    "image": {"files"},
    "files": {"core", "remote"},
    "base": BELOW_DOMAIN,
    "access": BELOW_DOMAIN | {"base"},
    "content": SHARED,
    "federation": SHARED,
    "feed": SHARED,
    "sites": SHARED | {"content"},
    "people": SHARED | {"content"},
    "find": TOPICS,
    "work": TOPICS,
    "transfer": TOPICS | {"find"},
    "app": TOPICS | {"federation", "find", "work", "transfer"},
}

# The same of microcosmd. Files on top (".") may include all.
DAEMON_LAYERS = {
    "base": set(),
    "ops": {"base"},
    "http": {"base", "ops"},
    "api": {"base", "ops", "http"},
    "demo": {"base", "ops"},
    ".": {"base", "ops", "http", "api", "demo"},
}

# Files that the build writes -> the layer they belong to.
GENERATED = {"config.h": "core", "entity_names.h": "markup", "statements.h": "base", "queries.h": "db",
             "migrations.h": "db", "queries.c": "db", "migrations.c": "db", "item_calls.c": "content",
             "legal_texts.c": "sites", "mail_texts.c": "mail"}

LONGEST = 600
NAMED_FILE = re.compile(r"`([\w./-]+/[\w.-]+\.(?:c|h|sql|py|rb|toml|txt))`")
LONG_BECAUSE = re.compile(r"longer than 600 lines because \w", re.I)

# Outside library -> its headers, and the folders that may include them.
HOMES = {
    "libpq": (r"libpq-fe\.h|libpq-events\.h|libpq/.*|postgres_ext\.h|pg_config.*\.h|catalog/.*",
              {"db", "record"}),
    "json-c": (r"json\.h|json-c/.*", {"record"}),
    "libgcrypt": (r"gcrypt\.h|gpg-error\.h", {"core"}),
    "libidn2": (r"idn2\.h", {"core"}),
    "md4c": (r"md4c.*\.h", {"markup"}),
    "gumbo": (r"gumbo\.h", {"markup"}),
    "utf8proc": (r"utf8proc\.h", {"core"}),
    "libmagic": (r"magic\.h", {"files"}),
    "libarchive": (r"archive(_entry)?\.h", {"archive"}),
    "libvips": (r"vips/.*", {"image"}),
    "libseccomp": (r"seccomp\.h", {"image"}),
    "libcurl": (r"curl/.*", {"remote"}),
    "libmemcached": (r"libmemcached.*", {"cache"}),
    "civetweb": (r"civetweb\.h", {"microcosmd"}),
    "wslay": (r"wslay/.*", {"microcosmd"}),
}

# Headers of C, POSIX and Linux. Any header that is neither here nor above is refused.
SYSTEM = re.compile(r"""
    (assert|complex|ctype|errno|fenv|float|inttypes|iso646|limits|locale|math|setjmp|signal
    |stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|tgmath
    |threads|time|uchar|wchar|wctype
    |dirent|dlfcn|endian|byteswap|err|fcntl|fnmatch|ftw|getopt|glob|grp|iconv|ifaddrs|langinfo
    |libgen|malloc|netdb|poll|pthread|pwd|regex|resolv|sched|search|semaphore|spawn|strings|syslog|termios
    |ucontext|unistd|wordexp
    |(arpa|asm|bits|linux|net|netinet|sanitizer|sys)/[a-z0-9_/-]+)\.h""", re.X)

FORBIDDEN_CALL = re.compile(
    r"(?<![\w.>])(exit|quick_exit|abort|assert|printf|vprintf|puts|putchar|perror|psignal)\s*\(")
FORBIDDEN_STREAM = re.compile(r"(?<![\w.>])(stdout|stderr)\b")
FORBIDDEN_SYMBOL = re.compile(
    r"(exit|quick_exit|abort|__assert_fail|(__)?v?printf(_chk)?|puts|putchar|perror|stdout|stderr)$")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)
COMMENT_OR_TEXT = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.X | re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
DECLARATION = re.compile(r"\bMC_API\b([^;{]*)")


class Findings:
    """Findings, printed at once in the form that editors understand."""

    def __init__(self, root, out=sys.stderr):
        self.root, self.out, self.messages = root, out, []

    def add(self, path, line, message):
        try:
            path = Path(path).relative_to(self.root)
        except ValueError:
            pass
        text = f"{path}:{line}: {message}" if line else f"{path}: {message}"
        self.messages.append(text)
        if self.out:
            print(text, file=self.out)


# reading C

def blank(match, keep_text):
    """A comment (or string) as blanks of the same shape, so that positions in the file stay the same."""
    found = match.group()
    if keep_text and found[0] in "\"'":
        return found
    return re.sub(r"[^\n]", " ", found)


def without_comments(source):
    return COMMENT_OR_TEXT.sub(lambda match: blank(match, True), source)


def without_comments_and_texts(source):
    return COMMENT_OR_TEXT.sub(lambda match: blank(match, False), source)


def line_of(source, place):
    return source.count("\n", 0, place) + 1


def c_files(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in (".c", ".h") and path.is_file())


# layers and homes

def layer_of(parts):
    """Layer of a file of the library by its path below libmicrocosm/."""
    if parts[0] == "domain":
        return parts[1] if len(parts) > 2 else "app"
    return parts[0] if len(parts) > 1 else "."


class Place:
    """The part of the project that a file belongs to, and its layer within the library."""

    def __init__(self, root, path):
        parts = path.relative_to(root).parts
        self.part = parts[0]
        self.layer = None
        if self.part == "libmicrocosm":
            self.layer = layer_of(parts[1:])
        # a library's home is a layer or, outside of libmicrocosm, a part
        self.home = self.layer or self.part


def resolve(root, path, name):
    """The project's file for an include with quotes, or None."""
    for folder in (path.parent, root / "libmicrocosm", root / "include"):
        if (folder / name).is_file():
            return (folder / name).resolve()
    return None


def target_layer(root, path, name):
    """(layer, problem) of an include with quotes in libmicrocosm; no layer for a public header."""
    target = resolve(root, path, name)
    if target is None:
        layer = GENERATED.get(name)
        return (layer, None) if layer else (None, "there is no such file")
    if root.resolve() not in target.parents:
        return None, "is outside of the project"
    place = Place(root.resolve(), target)
    if place.part == "include":
        return None, None
    if place.part != "libmicrocosm":
        return None, f"libmicrocosm may not include {place.part}/"
    return place.layer, None


def check_library_include(findings, root, path, line, name):
    """Checks an include with quotes in libmicrocosm: of the same layer or one below it."""
    own = Place(root, path).layer
    if own not in LAYERS:
        findings.add(path, line, f"{own} is no layer; see LAYERS in check_tree.py")
        return
    layer, problem = target_layer(root, path, name)
    if problem:
        findings.add(path, line, f'"{name}": {problem}')
    elif layer is not None and layer != own and layer not in LAYERS[own]:
        findings.add(path, line, f'"{name}": {own} may not include {layer}')


def resolve_in_daemon(root, path, name):
    """The daemon's file for an include with quotes, or None."""
    for folder in (path.parent, root / "microcosmd"):
        if (folder / name).is_file():
            return (folder / name).resolve()
    return None


def check_daemon_include(findings, root, path, line, name):
    """Checks an include with quotes in microcosmd: of the same folder, or of a lower layer by its path."""
    top = (root / "microcosmd").resolve()
    own = path.resolve().parent
    target = resolve_in_daemon(root, path, name)
    if target is None or top not in target.parents:
        findings.add(path, line, f'"{name}": microcosmd has only its own headers and <microcosm.h>')
        return
    own, layer = (folder.relative_to(top).as_posix() for folder in (own, target.parent))
    if own not in DAEMON_LAYERS:
        findings.add(path, line, f"microcosmd/{own} is no layer; see DAEMON_LAYERS in check_tree.py")
    elif layer != own and layer not in DAEMON_LAYERS[own]:
        findings.add(path, line, f'"{name}": microcosmd/{own} may not include microcosmd/{layer}')


def check_outsider_include(findings, root, path, line, name):
    """Checks an include with quotes elsewhere: only the part's own headers."""
    part = Place(root, path).part
    target = (path.parent / name).resolve()
    if not target.is_file() or (root / part).resolve() not in target.parents:
        findings.add(path, line, f'"{name}": {part} has only its own headers and <microcosm.h>')


def check_outside_header(findings, root, path, line, name):
    """Checks an include with angle brackets: public headers, system headers, or a library in its home."""
    place = Place(root, path)
    if re.fullmatch(r"microcosm\.h|microcosm/[a-z_]+\.h", name):
        if not (root / "include" / name).is_file():
            findings.add(path, line, f"<{name}>: there is no such public header")
        return
    if place.part in ("examples", "bindings") or SYSTEM.fullmatch(name):
        return  # an example may use any other library
    for library, (pattern, homes) in HOMES.items():
        if re.fullmatch(pattern, name):
            if place.home not in homes:
                findings.add(path, line,
                             f"<{name}>: {library} is for {' and '.join(sorted(homes))} only")
            return
    findings.add(path, line, f"<{name}>: this library has no home; see HOMES in check_tree.py")


def check_public_include(findings, root, path, line, name, angled):
    """Checks an include in a public header: only other public headers and the C library."""
    if not angled:
        findings.add(path, line, f'"{name}": public headers include each other as <microcosm/...>')
    elif not name.startswith("microcosm/") and name not in ("stdbool.h", "stddef.h", "stdint.h"):
        findings.add(path, line, f"<{name}>: no public header needs that")
    else:
        check_outside_header(findings, root, path, line, name)


def check_includes(findings, root):
    for part in ("include", "libmicrocosm", "microcosmd", "examples", "bindings"):
        for path in c_files(root / part):
            source = without_comments(path.read_text(encoding="utf-8"))
            for match in INCLUDE.finditer(source):
                line, name = line_of(source, match.start()), match.group(2)
                if part == "include":
                    check_public_include(findings, root, path, line, name, match.group(1) == "<")
                elif match.group(1) == "<":
                    check_outside_header(findings, root, path, line, name)
                elif part == "libmicrocosm":
                    check_library_include(findings, root, path, line, name)
                elif part == "microcosmd":
                    check_daemon_include(findings, root, path, line, name)
                else:
                    check_outsider_include(findings, root, path, line, name)


# cycles

def find_cycles(edges):
    """Groups of nodes that reach each other (Tarjan's strongly connected components of more than one)."""
    number, low, stack, cycles = {}, {}, [], []

    def visit(node):
        number[node] = low[node] = len(number)
        stack.append(node)
        for target in sorted(edges.get(node, ())):
            if target not in number:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], number[target])
        if low[node] == number[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                cycles.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(edges):
        if node not in number:
            visit(node)
    return cycles


def report_cycles(findings, edges, verb):
    """edges: file -> files that it includes or calls -> the reasons."""
    for cycle in find_cycles(edges):
        for path in cycle:
            for target in sorted(edges[path].keys() & set(cycle)):
                reasons = ", ".join(sorted(edges[path][target])[:3])
                findings.add(path, 0, f"{verb} {target.name} ({reasons}) in a circle of {len(cycle)} files")


def check_include_cycles(findings, root):
    for part, find in (("libmicrocosm", resolve), ("microcosmd", resolve_in_daemon)):
        edges = {}
        for path in c_files(root / part):
            for match in INCLUDE.finditer(without_comments(path.read_text(encoding="utf-8"))):
                target = find(root, path, match.group(2)) if match.group(1) == '"' else None
                if target and target != path:
                    edges.setdefault(path, {}).setdefault(target, set()).add(match.group(2))
        report_cycles(findings, edges, "includes")


def read_objects(root, library):
    """Source file of the library -> (symbols that it defines, symbols that it uses from others)."""
    sources = {"_".join(path.relative_to(root / "libmicrocosm").parts) + ".o": path
               for path in c_files(root / "libmicrocosm")}
    result = subprocess.run(["nm", "-A", "--format=posix", library], text=True, capture_output=True, check=True)
    objects = {}
    for line in result.stdout.splitlines():
        match = re.match(r".*\[(.*?)\]: (\S+) (\S)", line)
        if not match:
            continue
        member, symbol, kind = match.groups()
        path = sources.get(member)
        if path is None:  # generated by the build
            path = Path(re.sub(r".*_((?:queries|migrations|item_calls|legal_texts|mail_texts)\.c)\.o$", r"\1", member))
        defined, used = objects.setdefault(path, (set(), set()))
        if kind == "U":
            used.add(symbol)
        elif kind in "TDBRC":  # not weak symbols, which are hooks for others
            defined.add(symbol)
    return objects


def layer_of_object(root, path):
    if not path.is_absolute():
        return GENERATED.get(path.name)
    return layer_of(path.relative_to(root / "libmicrocosm").parts)


def check_calls_between_files(findings, root, build):
    """Calls between files, by the symbols of the static library's objects."""
    library = build / "libmicrocosm" / "libmicrocosm.a"
    if not library.is_file():
        findings.add(build, 0, "there is no libmicrocosm.a; build it first")
        return
    objects = read_objects(root, library)
    home = {symbol: path for path, (defined, _) in objects.items() for symbol in defined}
    edges = {}
    for path, (_, used) in objects.items():
        for symbol in used:
            target = home.get(symbol)
            if target is not None and target != path:
                edges.setdefault(path, {}).setdefault(target, set()).add(symbol)
    report_cycles(findings, edges, "calls")
    for path, targets in edges.items():
        own = layer_of_object(root, path)
        for target, symbols in sorted(targets.items()):
            layer = layer_of_object(root, target)
            if layer != own and layer not in LAYERS.get(own, ()):
                findings.add(path, 0, f"uses {sorted(symbols)[0]} of {target.name}: {own} may not call {layer}")


# lengths

def check_lengths(findings, root):
    for part in ("include", "libmicrocosm", "microcosmd", "examples", "bindings", "scripts"):
        for path in sorted((root / part).rglob("*")):
            parts = path.relative_to(root).parts
            if path.suffix not in (".c", ".h", ".py", ".rb", ".sql") or "tests" in parts or "schema" in parts:
                continue
            source = path.read_text(encoding="utf-8")
            if source.count("\n") > LONGEST and not LONG_BECAUSE.search(source):
                findings.add(path, 0, f"has more than {LONGEST} lines; split it along its topics, or say in a comment "
                                      f"that it is longer than {LONGEST} lines because of what")


# files that documents name

def check_named_files(findings, root):
    """A name such as `db/pool.c` may leave out the first folders; NNNN stands for a number."""
    parts = ("include", "libmicrocosm", "microcosmd", "examples", "bindings", "scripts", "tests", "docs")
    files = [path.relative_to(root).as_posix() for part in parts for path in (root / part).rglob("*") if path.is_file()]
    ends = {"/".join(name.split("/")[start:]) for name in files for start in range(name.count("/") + 1)}
    for path in [root / "README.md", *sorted((root / "docs").rglob("*.md"))]:
        source = path.read_text(encoding="utf-8") if path.exists() else ""
        for match in NAMED_FILE.finditer(source):
            if match.group(1) not in ends and "NNNN" not in match.group(1):
                findings.add(path, line_of(source, match.start()), f"there is no file {match.group(1)}")


# calls

def check_calls(findings, root):
    for path in c_files(root / "libmicrocosm"):
        source = without_comments_and_texts(path.read_text(encoding="utf-8"))
        for match in FORBIDDEN_CALL.finditer(source):
            findings.add(path, line_of(source, match.start()),
                         f"{match.group(1)}(): the library never prints, exits or aborts")
        for match in FORBIDDEN_STREAM.finditer(source):
            findings.add(path, line_of(source, match.start()),
                         f"{match.group(1)} belongs to the host; log through mc__log_write()")


# public headers

LANGUAGES = [
    ("C99", "CC", "cc", ["-x", "c", "-std=c99"]),
    ("C++11", "CXX", "c++", ["-x", "c++", "-std=c++11"]),
]


def compiles_alone(root, name, compiler, language):
    """The compiler's messages for a file that includes one header twice."""
    flags = ["-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", root / "include"]
    result = subprocess.run([*compiler, *language, *flags, "-"], text=True, capture_output=True,
                            input=f"#include <{name}>\n#include <{name}>\nextern int x;\n")
    return result.stderr if result.returncode else ""


def check_headers(findings, root):
    for path in c_files(root / "include"):
        name = path.relative_to(root / "include")
        for title, variable, fallback, language in LANGUAGES:
            compiler = shlex.split(os.environ.get(variable) or fallback)
            complaint = compiles_alone(root, name, compiler, language)
            if complaint:
                findings.add(path, 0, f"does not compile alone as {title}:\n{complaint.rstrip()}")


# symbol versions

VERSION_NODE = re.compile(r"^(MICROCOSM_\d+\.\d+) \{\nglobal:\n(.*?)(?:local:\n    \*;\n)?\}(?: MICROCOSM_\d+\.\d+)?;\n",
                          re.M | re.S)


def check_versions(findings, root):
    path = root / "libmicrocosm" / "microcosm.map"
    source = without_comments(path.read_text(encoding="utf-8")) if path.is_file() else ""
    named = {}
    for node in VERSION_NODE.finditer(source):
        names = re.findall(r"^    (\w+);$", node.group(2), re.M)
        if len(names) != len(node.group(2).splitlines()):
            findings.add(path, line_of(source, node.start()), f"{node.group(1)}: each line has one plain name")
        if names != sorted(names):
            findings.add(path, line_of(source, node.start()), f"{node.group(1)}: the names are not in order")
        for name in names:
            if name in named:
                findings.add(path, 0, f"{name} is in two versions")
            named[name] = node.group(1)
    declared = declared_symbols(root)
    for name in sorted(declared.keys() - named.keys()):
        place, line = declared[name]
        findings.add(place, line, f"{name} is marked MC_API, but microcosm.map has no version for it")
    for name in sorted(named.keys() - declared.keys()):
        findings.add(path, 0, f"{name} has a version, but no public header marks it MC_API")


def add_versions(root):
    """Adds functions without a version to the last node, which is that of the next release."""
    path = root / "libmicrocosm" / "microcosm.map"
    source = path.read_text(encoding="utf-8")
    named = set(re.findall(r"^    (mc_\w+);$", source, re.M))
    node = list(VERSION_NODE.finditer(source))[-1]
    names = re.findall(r"^    (\w+);$", node.group(2), re.M)
    names = sorted({*names, *(declared_symbols(root).keys() - named)})
    lines = "".join(f"    {name};\n" for name in names)
    path.write_text(source[:node.start(2)] + lines + source[node.end(2):], encoding="utf-8")


# exports

def declared_symbols(root):
    """Name -> position of each declaration that is marked MC_API."""
    symbols = {}
    for path in c_files(root / "include"):
        source = without_comments_and_texts(path.read_text(encoding="utf-8"))
        source = DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), source)
        for match in DECLARATION.finditer(source):
            name = re.search(r"(\w+)\s*(?:\(|\[|$)", match.group(1).strip())
            if name:
                symbols[name.group(1)] = (path, line_of(source, match.start()))
    return symbols


def nm(library, which):
    result = subprocess.run(["nm", "-D", which, "--format=posix", library], text=True,
                            capture_output=True, check=True)
    symbols = [line.split() for line in result.stdout.splitlines() if line.strip()]
    # absolute symbols are the names of the versions
    return {name.split("@")[0] for name, kind, *_ in symbols if kind != "A"}


def find_library(build):
    found = sorted((build / "libmicrocosm").glob("libmicrocosm.so*"))
    return next((path for path in found if path.is_file()), None)  # meson keeps folders beside it


def check_exports(findings, root, build):
    library = find_library(build)
    if library is None:
        findings.add(build, 0, "there is no libmicrocosm.so; build it first")
        return
    compare_exports(findings, declared_symbols(root), nm(library, "--defined-only"), library)
    for symbol in sorted(nm(library, "--undefined-only")):
        if FORBIDDEN_SYMBOL.match(symbol):
            findings.add(library, 0, f"uses {symbol}; the library never prints, exits or aborts")


def compare_exports(findings, declared, exported, library):
    for name in sorted(declared.keys() - exported):
        path, line = declared[name]
        findings.add(path, line, f"{name} is marked MC_API, but the library does not have it")
    for name in sorted(exported - declared.keys()):
        findings.add(library, 0, f"exports {name}, which no public header marks MC_API")


# all of it

def check(root, build=None, out=sys.stderr):
    findings = Findings(root, out)
    check_includes(findings, root)
    check_include_cycles(findings, root)
    check_lengths(findings, root)
    check_named_files(findings, root)
    check_calls(findings, root)
    check_headers(findings, root)
    check_versions(findings, root)
    if build:
        check_exports(findings, root, build)
        check_calls_between_files(findings, root, build)
    return findings.messages


def main():
    if sys.argv[1:] == ["--self-test"]:
        from check_tree_self_test import self_test
        return self_test()

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--add-versions", action="store_true")
    parser.add_argument("build", type=Path, nargs="?")
    options = parser.parse_args()
    if options.add_versions:
        add_versions(options.root.resolve())
        return 0
    messages = check(options.root.resolve(), options.build)
    if messages:
        print(f"{len(messages)} finding{'s' * (len(messages) > 1)}", file=sys.stderr)
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main())
