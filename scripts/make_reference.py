#!/usr/bin/python3
"""Makes docs/reference/ from the public headers: a page for each, with every function, type, member and constant.

    make_reference.py           writes the pages
    make_reference.py --check   fails if one is out of date, or if anything public has no comment
    make_reference.py --self-test

libclang (Debian's python3-clang) parses the headers, so the pages match what compilers see. A comment is `/** ... */`
before or `/**< ... */` after; all members of one declaration share it. This script adds what comments need not
repeat: threads and ownership, from the types of the parameters.
"""
import argparse
import re
import sys
import tempfile
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from clang import cindex
from clang.cindex import CursorKind, TokenKind

ROOT = Path(__file__).resolve().parent.parent
NOTE = "<!-- Made by scripts/make_reference.py from include/; not to be edited. -->\n\n"
HANDLES = {"mc_identity": "the one that identify() was called on, before it returns", "mc_session": "one thread at a time for each session", "mc_buffer": "one thread at a time for each buffer",
           "mc_app": "any thread"}


# Text between a name and the comment that it shares with the others of its declaration.
BEHIND = re.compile(rb"[\w\s,*]*;?[ \t]*(/\*\*<.*?\*/)", re.S)
BETWEEN = re.compile(rb"[ \t]*\n[ \t]*(?:#[ \t]*define[ \t]+|[\w\s,*]*)", re.S)


class Mistake(Exception):
    pass


@dataclass
class Entry:
    """A function, type or macro with its comment; or a member or constant of one."""
    kind: str
    name: str
    declaration: str
    comment: str
    line: int
    parts: list = field(default_factory=list)
    function: object = None


@dataclass
class Header:
    name: str
    about: str
    entries: list


# reading

def plain(comment):
    """A comment without its frame."""
    first, *more = re.sub(r"^/\*\*<?|\*/$", "", comment.strip()).split("\n")
    rest = textwrap.dedent("\n".join(re.sub(r"^[ \t]*\*( |$)", "", line).rstrip() for line in more))
    return f"{first.strip()}\n{rest}".strip("\n")


def text_between(source, start, end):
    return source[start:end].decode("utf-8")


class Reader:
    def __init__(self, include):
        self.include = include

    def read(self, path):
        index = cindex.Index.create()
        unit = index.parse(str(path), args=["-x", "c", "-std=c99", "-I", str(self.include)],
                           options=cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
        problems = [str(problem) for problem in unit.diagnostics if problem.severity >= 2]
        if problems:
            raise Mistake("\n".join(problems))
        self.path, self.source = path, path.read_bytes()
        self.comments = [token for token in unit.get_tokens(extent=unit.cursor.extent)
                         if token.kind == TokenKind.COMMENT]
        about = self.comments[0].spelling if self.comments else ""
        if not about.startswith("/**") or self.comments[0].extent.start.line != 1:
            about = ""
        entries = []
        for cursor in unit.cursor.get_children():
            if cursor.location.file and Path(cursor.location.file.name) == path:
                entries.extend(self.entries_of(cursor))
        entries = self.merge(entries)
        return Header(str(path.relative_to(self.include)), plain(about) if about else "", entries)

    def entries_of(self, cursor):
        line = cursor.extent.start.line
        if cursor.kind == CursorKind.FUNCTION_DECL:
            yield Entry("function", cursor.spelling, self.declaration(cursor), self.comment(cursor), line,
                        function=cursor)
        elif cursor.kind in (CursorKind.STRUCT_DECL, CursorKind.UNION_DECL, CursorKind.ENUM_DECL):
            if cursor.is_definition():
                what = "enum" if cursor.kind == CursorKind.ENUM_DECL else "struct"
                yield Entry(what, cursor.spelling, self.declaration(cursor), self.comment(cursor), line,
                            list(self.parts(cursor)))
        elif cursor.kind == CursorKind.TYPEDEF_DECL:
            what = "callback" if "(" in cursor.underlying_typedef_type.spelling else "handle"
            yield Entry(what, cursor.spelling, self.declaration(cursor), self.own_or_shared(cursor), line)
        elif cursor.kind == CursorKind.MACRO_DEFINITION and cursor.spelling.startswith("MC_"):
            yield Entry("macro", cursor.spelling, self.macro(cursor), self.comment_near(cursor.extent), line)

    def parts(self, cursor):
        for child in cursor.get_children():
            if child.kind == CursorKind.FIELD_DECL:
                yield Entry("member", child.spelling, self.member(child), self.own_or_shared(child),
                            child.extent.start.line)
            elif child.kind == CursorKind.ENUM_CONSTANT_DECL:
                yield Entry("constant", child.spelling, f"{child.spelling} = {child.enum_value}",
                            self.comment(child) or self.meaning_in_map(child.spelling), child.extent.start.line)

    def member(self, cursor):
        """A declaration as in the header, without the others of its line: `const char *title`."""
        spelled = re.sub(r"\b_Bool\b", "bool", cursor.type.spelling)
        if "(*)" in spelled:
            return spelled.replace("(*)", f"(*{cursor.spelling})")
        if cursor.type.get_declaration().is_anonymous():
            spelled = "union { " + " ".join(f"{self.member(inner)};" for inner in cursor.type.get_fields()) + " }"
        return f"{spelled}{'' if spelled.endswith('*') else ' '}{cursor.spelling}"

    def comment(self, cursor):
        return plain(cursor.raw_comment) if (cursor.raw_comment or "").startswith("/**") else ""

    def own_or_shared(self, cursor):
        """Its own comment, or that of the declaration that it shares with others."""
        return self.comment(cursor) or self.comment_near(cursor.extent)

    def comment_near(self, extent):
        """`/** */` right before, or `/**< */` after on the same line; other names may be between."""
        start, end = extent.start.offset, extent.end.offset
        behind = BEHIND.match(self.source, end)
        if behind:
            return plain(behind.group(1).decode("utf-8"))
        close = self.source.rfind(b"*/", 0, start)
        open_ = self.source.rfind(b"/*", 0, max(close, 0))
        if close >= 0 and BETWEEN.fullmatch(self.source, close + 2, start) and \
                re.match(rb"/\*\*(?!<)", self.source[open_:close]):
            return plain(self.source[open_:close + 2].decode("utf-8"))
        return ""

    def meaning_in_map(self, name):
        """Errors are declared by a list of XX(name, number, slug, meaning)."""
        found = re.search(rf'XX\({name.removeprefix("MC_")}, -?\d+, "(\w+)",\s*(?:\\\s*)?"([^"]*)"\)',
                          self.source.decode("utf-8"))
        return f"`{found.group(1)}`: {found.group(2)}." if found else ""

    def declaration(self, cursor):
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        text = re.sub(r"^MC_API\s+", "", text_between(self.source, start, end))
        first, *more = re.sub(r"/\*.*?\*/", "", text, flags=re.S).split("\n")
        return "\n".join([first, *(re.sub(r"^ {1,7}", "", line) for line in more)]).strip() + ";"

    def macro(self, cursor):
        text = text_between(self.source, cursor.extent.start.offset, cursor.extent.end.offset)
        if re.match(r"\w+\(", text):  # a list for other macros: its comment describes the contents
            return "#define " + text[:text.index(")") + 1] + " ..."
        return "#define " + " ".join(re.sub(r"\s*\\\n\s*", " ", text).split())

    @staticmethod
    def merge(entries):
        """One entry for a struct and its typedef; in the order of the header."""
        merged = {}
        for entry in sorted(entries, key=lambda entry: entry.line):
            known = merged.get(entry.name)
            if known is None:
                merged[entry.name] = entry
            elif known.kind in ("struct", "enum"):
                known.comment = known.comment or entry.comment
                if entry.declaration.startswith("typedef"):
                    known.declaration = entry.declaration
            elif entry.kind in ("struct", "enum"):
                entry.comment = entry.comment or known.comment
                merged[entry.name] = entry
        return list(merged.values())


# Macros that aren't documented.
INTERNAL = re.compile(r"MICROCOSM_\w+_H|MC_API")


def read_all(include):
    """Pages in the order in which <microcosm.h> includes them."""
    umbrella = (include / "microcosm.h").read_text(encoding="utf-8")
    names = re.findall(r"#include <(microcosm/\w+\.h)>", umbrella)
    rest = sorted(str(path.relative_to(include)) for path in (include / "microcosm").glob("*.h"))
    reader = Reader(include)
    headers = [reader.read(include / name) for name in [*names, *(name for name in rest if name not in names)]]
    declared_elsewhere = {entry.name for header in headers for entry in header.entries
                          if entry.kind in ("struct", "enum") and entry.parts}
    for header in headers:
        header.entries = [entry for entry in header.entries if not INTERNAL.fullmatch(entry.name)
                          and not (entry.kind == "handle" and entry.name in declared_elsewhere)]
    return headers


# judging

def undocumented(headers, include):
    missing = []
    for header in headers:
        place = include.name + "/" + header.name
        if not header.about:
            missing.append(f"{place}:1: the header doesn't say what it is about")
        for entry in header.entries:
            if not entry.comment and entry.kind != "macro" or entry.kind == "macro" and needs_words(entry):
                missing.append(f"{place}:{entry.line}: {entry.name} has no comment")
            elif entry.kind == "function" and returns_code(entry) and "@return" not in entry.comment:
                missing.append(f"{place}:{entry.line}: {entry.name} doesn't say what it returns")
            missing.extend(f"{place}:{part.line}: {entry.name}.{part.name} has no comment"
                           for part in entry.parts if not part.comment and not is_plain(part))
    return missing


def needs_words(entry):
    """All macros but the initialisers of structs, which are described with them, and parts of the version."""
    return not entry.comment and not re.fullmatch(r"MC_\w+_INIT|MC_VERSION_\w+", entry.name)


def is_plain(part):
    """The first member of records and of structs with a size, which is documented once."""
    return part.declaration in ("const mc_type *type", "size_t size")


def returns_code(entry):
    return entry.function.result_type.spelling == "int"


# writing

def paragraphs(text):
    """Text of a comment as Markdown; keeps indented parts unchanged."""
    out, fixed = [], False
    for line in text.split("\n"):
        indented = line.startswith("    ")
        if indented != fixed and (indented or line.strip()):
            out.append("```text" if indented else "```\n")
            fixed = indented
            if not indented and not line.strip():
                continue
        out.append(line[4:] if fixed and indented else line)
    if fixed:
        while out and not out[-1].strip():
            out.pop()
        out.append("```")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip()


def split_comment(comment):
    """(text, [(parameter, text)...], what it returns)"""
    marks = list(re.finditer(r"(?:^|(?<=[\s]))@(param(?:\[\w+\])?\s+(\w+)|return)\b[ \t]*", comment))
    text = comment[:marks[0].start()] if marks else comment
    parameters, returned = [], ""
    for mark, following in zip(marks, [*marks[1:], None]):
        body = comment[mark.end():following.start() if following else len(comment)]
        if mark.group(1).startswith("param"):
            parameters.append((mark.group(2), " ".join(body.split())))
        else:
            returned = body
    return text.strip(), parameters, returned


def returned_lines(text):
    """What a function returns: a list of codes as a table, else a sentence."""
    lines = text.rstrip().split("\n")
    codes = [re.match(r"\s+(MC_\w+|0)(?:\s{2,})(.*)", line) for line in lines[1:]]
    if not any(codes):
        return [f"Returns {' '.join(text.split())}", ""]
    out = [f"Returns {lines[0].strip()}", "", "| Code | When |", "| --- | --- |"]
    row = None
    for line, code in zip(lines[1:], codes):
        if code:
            out.append(f"| `{code.group(1)}` | {code.group(2).strip()} |")
            row = len(out) - 1
        elif row is not None and line.startswith("                "):
            out[row] = out[row][:-2] + f" {line.strip()} |"
        else:
            out.extend(["", line.strip()] if row is not None else [line.strip()])
            row = None
    return [*out, ""]


def thread_rule(entry):
    kinds = [re.sub(r"\bconst\s", "", argument.type.spelling) for argument in entry.function.get_arguments()]
    for handle, rule in HANDLES.items():
        if f"{handle} *" in kinds:
            return rule
    return "any thread"


def freed_with(entry):
    """The function that frees the value of an out parameter."""
    for argument in entry.function.get_arguments():
        spelled = argument.type.spelling
        made = re.fullmatch(r"(mc_\w+) \*\*", spelled)
        if not made:
            continue
        kind = made.group(1)
        if kind in ("mc_app", "mc_session", "mc_buffer", "mc_failure"):
            return f"`{argument.spelling}` is the caller's; free it with `{kind}_free()`."
        return f"`{argument.spelling}` is the caller's; free it with `mc_record_free()`."
    return ""


def write_function(entry):
    text, parameters, returned = split_comment(entry.comment)
    out = [f"### {entry.name}", "", "```c", entry.declaration, "```", "", paragraphs(text), ""]
    out.extend(f"- `{name}`: {about}" for name, about in parameters)
    if parameters:
        out.append("")
    if returned:
        out.extend(returned_lines(returned))
    facts = [f"Threads: {thread_rule(entry)}."]
    if freed_with(entry):
        facts.append(f"Ownership: {freed_with(entry)}")
    return [*out, " ".join(facts), ""]


def cell(text):
    return " ".join(text.split()).replace("|", "\\|")


def write_type(entry):
    out = [f"### {entry.name}", ""]
    if entry.kind in ("callback", "handle"):
        out.extend(["```c", entry.declaration, "```", ""])
    text, parameters, returned = split_comment(entry.comment)
    out.extend([paragraphs(text), ""])
    out.extend(f"- `{name}`: {about}" for name, about in parameters)
    if parameters:
        out.append("")
    if returned:
        out.extend(returned_lines(returned))
    if entry.parts:
        out.extend([f"| {'Constant' if entry.kind == 'enum' else 'Member'} | |", "| --- | --- |"])
        for part in entry.parts:
            about = part.comment or ("Kind of record." if part.name == "type" else "Bytes of this struct.")
            out.append(f"| `{cell(part.declaration)}` | {cell(about)} |")
        out.append("")
    return out


def write_macro(entry, version):
    if re.fullmatch(r"MC_VERSION_\w+", entry.name) and not entry.comment:
        return []
    about = entry.comment or f"Initialiser of `{entry.name.lower().removesuffix('_init')}` with its defaults."
    return [f"### {entry.name}", "", "```c", entry.declaration, "```", "", paragraphs(about), ""]


def page_of(header):
    out = [f"# <{header.name}>", "", paragraphs(header.about), ""]
    groups = [("Functions", ("function",)), ("Types", ("struct", "enum", "handle", "callback")), ("Macros", ("macro",))]
    for title, kinds in groups:
        entries = [entry for entry in header.entries if entry.kind in kinds]
        if not entries:
            continue
        out.extend([f"## {title}", ""])
        for entry in entries:
            if entry.kind == "function":
                out.extend(write_function(entry))
            elif entry.kind == "macro":
                out.extend(write_macro(entry, None))
            else:
                out.extend(write_type(entry))
    return NOTE + "\n".join(out).rstrip() + "\n"


def index_of(headers):
    out = ["# Reference of the C API", "",
           "A page for each header. `#include <microcosm.h>` brings all of them.", "",
           "What holds everywhere:", "",
           "- Functions that can fail return 0 or one of the negative codes of [base.h](base.md). Any of them may also return",
           "  `MC_ENOMEM`, and those with a session `MC_ESTATE` (it can't be used this way now), `MC_EUNAVAILABLE`, `MC_EBUSY`,",
           "  `MC_EDATABASE` or `MC_ESCHEMA`, which the pages don't repeat. `mc_session_error()` tells more.",
           "- Out parameters come first and are written on success only.",
           "- Text is UTF-8 and ends with NUL; the library copies what it keeps of its inputs.",
           "- A record is freed as a whole with `mc_record_free()`, and depends on nothing else.",
           "- An app may be used by any number of threads at once, a session by one at a time, a record by any.", "",
           "| Header | |", "| --- | --- |"]
    for header in headers:
        first = re.split(r"\n\n|(?<=\.)\s", header.about, maxsplit=1)[0].rstrip(".") + "."
        out.append(f"| [{header.name}]({page_name(header)}) | {cell(first)} |")
    out.extend(["", "## All functions", ""])
    for header in headers:
        functions = [entry.name for entry in header.entries if entry.kind == "function"]
        if functions:
            links = ", ".join(f"[{name}]({page_name(header)}#{name})" for name in functions)
            out.extend(textwrap.wrap(f"{header.name}: {links}", 118, break_long_words=False, break_on_hyphens=False))
            out.append("")
    return NOTE + "\n".join(out).rstrip() + "\n"


def page_name(header):
    return Path(header.name).stem + ".md"


def pages_of(headers):
    return {"README.md": index_of(headers), **{page_name(header): page_of(header) for header in headers}}


# all of it

def out_of_date(pages, folder):
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in pages.keys() | found.keys() if pages.get(name) != found.get(name))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    include, folder = options.root / "include", options.root / "docs" / "reference"
    headers = read_all(include)
    pages = pages_of(headers)
    if not options.check:
        folder.mkdir(parents=True, exist_ok=True)
        for name in out_of_date(pages, folder):
            if name in pages:
                (folder / name).write_text(pages[name], encoding="utf-8")
            else:
                (folder / name).unlink()
        return 0
    messages = undocumented(headers, include)
    messages.extend(f"docs/reference/{name}: out of date; scripts/make_reference.py writes it"
                    for name in out_of_date(pages, folder))
    for message in messages:
        print(message, file=sys.stderr)
    return 1 if messages else 0


# self-test

HEADER = """/**
 * About this header:  a list of
 * things.
 *
 *     x = mc_make();
 */
#ifndef MICROCOSM_A_H
#define MICROCOSM_A_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#define MC_API
typedef struct mc_session mc_session; /**< Who acts. */
typedef struct mc_type mc_type;       /**< A kind. */
/** Most of them. */
#define MC_MOST 7
#define MC_EDIT_INIT {sizeof(mc_edit), 0}
/** All errors. */
#define MC_ERRORS(XX) XX(EBUSY, -2, "busy", "too much \\
to do")
enum mc_code {
    MC_WAIT = -2 /**< Wait. */
};
/** A thing. */
typedef struct mc_thing {
    const mc_type *type;
    int64_t id, number; /**< Of it. */
    /** One of | two. */
    union {
        bool b;
        const char *t;
    } as;
    int (*call)(void *data); /**< Calls. */
} mc_thing;
/** An edit. */
typedef struct mc_edit {
    size_t size;
    bool on; /**< Whether. */
} mc_edit;
/**
 * Make one.
 *
 * @param[out] out  set
 * @param id        which, of
 *                  many
 * @return 0, or
 *         MC_EBUSY   not now,
 *                    but later
 */
MC_API int mc_make(mc_thing **out, mc_session *session,
                   int64_t id);
/** How many. */
MC_API int64_t mc_count(void);
#ifdef __cplusplus
}
#endif
#endif
"""

IN_PAGE = [
    "# <microcosm/a.h>\n\nAbout this header:  a list of\nthings.\n\n```text\nx = mc_make();\n```",
    "```c\nint mc_make(mc_thing **out, mc_session *session,\n            int64_t id);\n```\n\nMake one.",
    "- `id`: which, of many",
    "| `MC_EBUSY` | not now, but later |",
    "Threads: one thread at a time for each session. Ownership: `out` is the caller's; free it with `mc_record_free()`.",
    "Threads: any thread.",
    "| `const mc_type *type` | Kind of record. |",
    "| `int64_t id` | Of it. |\n| `int64_t number` | Of it. |",
    "| `union { bool b; const char *t; } as` | One of \\| two. |",
    "| `int (*call)(void *)` | Calls. |",
    "| `MC_WAIT = -2` | Wait. |",
    "#define MC_MOST 7\n```\n\nMost of them.",
    "#define MC_ERRORS(XX) ...",
]

# Text removed from the header, and the expected message.
COMMENTS = [
    ("/** A thing. */", "mc_thing has no comment"),
    (" /**< Of it. */", "mc_thing.number has no comment"),
    (" /**< Whether. */", "mc_edit.on has no comment"),
    (" /**< Wait. */", "mc_code.MC_WAIT has no comment"),
    (" /**< Who acts. */", "mc_session has no comment"),
    ("/** Most of them. */\n", "MC_MOST has no comment"),
    ("/** How many. */", "mc_count has no comment"),
    (" * @return 0, or\n", "mc_make doesn't say what it returns"),
]


def write_tree(root, header):
    (root / "include/microcosm").mkdir(parents=True, exist_ok=True)
    (root / "include/microcosm.h").write_text("#include <microcosm/a.h>\n", encoding="utf-8")
    (root / "include/microcosm/a.h").write_text(header, encoding="utf-8")
    return read_all(root / "include")


def self_test():
    failures = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        sound = HEADER.replace("enum mc_code", "/** Codes. */\nenum mc_code")
        headers = write_tree(root, sound)
        failures.extend(undocumented(headers, root / "include"))
        page = pages_of(headers)["a.md"]
        failures.extend(f"not in the page: {wanted}" for wanted in IN_PAGE if wanted not in page)
        if "About this header: a list of things." not in pages_of(headers)["README.md"]:
            failures.append("the index doesn't say what the header is about")
        for gone, wanted in COMMENTS:
            if gone not in sound:
                failures.append(f"not in the header: {gone}")
            got = undocumented(write_tree(root, sound.replace(gone, "")), root / "include")
            if not any(wanted in message for message in got):
                failures.append(f"without {gone!r}\n  wanted {wanted!r}\n  got {got}")
        try:
            write_tree(root, sound + "MC_API wrong mc_wrong(void);\n")
            failures.append("a header that isn't C was accepted")
        except Mistake:
            pass
    for failure in failures:
        print(failure, file=sys.stderr)
    if failures:
        print(page, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
