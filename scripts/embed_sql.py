#!/usr/bin/env python3
"""Turns the library's SQL into C: named statements and schema migrations.

A file sql/<folder>/<topic>.sql holds blocks such as

    -- name: get
    -- row: conversation          (type of record that its rows decode into; '-' or absent: none)
    -- $1 site_id, $2 item_id     (any other comment is free)
    SELECT ...;

each of which becomes an enumerator MC_Q_<TOPIC>_<NAME> and an entry of mc__queries. The files
sql/schema become mc__newest_schema, word for word: tables/NN_<name>.sql, steps/NNNN_<name>.sql from 0002 on,
definitions/NN_<name>.sql (see libmicrocosm/db/migrate.h).

Usage: embed_sql.py [--depfile FILE] SQL_FOLDER OUTPUT_FOLDER
       embed_sql.py --self-test
"""
import argparse
import hashlib
import re
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

# What C99 promises a compiler can take (-Woverlength-strings); longer text becomes an array.
LONGEST_LITERAL = 4095

NOTE = "/* Made from libmicrocosm/sql by scripts/embed_sql.py; change those instead. */\n"

NAME_LINE = re.compile(r"--\s*name\s*:\s*(.*?)\s*$", re.I)
ROW_LINE = re.compile(r"--\s*row\s*:\s*(\S*)")
FILE_NAME = re.compile(r"(\d\d)_[a-z0-9_]+\.sql")
STEP_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")

TOKEN = re.compile(
    r"""(?P<space> \s+)
      | (?P<comment> --[^\n]* )
      | (?P<open> /\* )
      | (?P<text> (?<!\w)[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
                | (?<![\w$])\$(?P<tag>[A-Za-z_]\w*|)\$.*?\$(?P=tag)\$ )
      | (?P<unended> ['"] )
      | (?P<param> (?<![\w$])\$\d+ )
      | (?P<semicolon> ; )
      | (?P<other> . )""",
    re.X | re.S)

Query = namedtuple("Query", "topic name row text n_params")
File = namedtuple("File", "name version text")
Schema = namedtuple("Schema", "version digest tables steps definitions")


class Mistake(Exception):
    """Something to mend in an SQL file; says where."""

    def __init__(self, path, line, message):
        super().__init__(f"{path}:{line}: {message}")


# ---- reading ----------------------------------------------------------------------------------

def end_of_comment(sql, at):
    """Place behind a comment whose opening is at `at`; in SQL such comments nest. None if it never ends."""
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(sql, at):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return None


def tokens(sql):
    """(kind, text, place) of each token; comments count as space."""
    at = 0
    while at < len(sql):
        match = TOKEN.match(sql, at)
        kind, end = match.lastgroup, match.end()
        if kind == "open":
            end = end_of_comment(sql, at)
            kind = "comment" if end else "unended"
            end = end or at + 2
        yield kind, sql[at:end], at
        at = end


def squeeze(gap):
    """What is left of space and comments between tokens: a line's end keeps the next one's indent."""
    return "\n" + gap.rpartition("\n")[2] if "\n" in gap else gap or " "


def clean(sql, complain):
    """A statement without comments, blank lines and final semicolon, and its highest parameter."""
    out, gap, n_params, ended = [], None, 0, False
    for kind, text, place in tokens(sql):
        if kind in ("space", "comment"):
            gap = (gap or "") + (text if kind == "space" else "")
            continue
        if kind == "unended":
            complain(place, "quote or comment without end")
        if ended:
            complain(place, "more than one statement in a block")
        if kind == "semicolon":
            ended = True
            continue
        if kind == "param":
            n_params = max(n_params, int(text[1:]))
        if out and gap is not None:
            out.append(squeeze(gap))
        out.append(text)
        gap = None
    return "".join(out), n_params


def read_row(path, lines, first):
    """Type named by the block's "-- row:" line, or None."""
    rows = [(number, match.group(1)) for number, line in enumerate(lines, first)
            if (match := ROW_LINE.match(line))]
    if len(rows) > 1:
        raise Mistake(path, rows[1][0], "second row in a block")
    if not rows or rows[0][1] == "-":
        return None
    number, row = rows[0]
    if not re.fullmatch(r"[a-z][a-z0-9_]*", row):
        raise Mistake(path, number, f"'{row}' is no name of a record type")
    return row


def read_block(path, name, lines, first):
    """One Query from the lines below its name."""
    if not re.fullmatch(r"[a-z_]+", name):
        raise Mistake(path, first - 1, f"'{name}': a name has only a-z and _")

    sql = "\n".join(lines)

    def complain(place, message):
        raise Mistake(path, first + sql.count("\n", 0, place), message)

    text, n_params = clean(sql, complain)
    if not text:
        raise Mistake(path, first - 1, f"'{name}' has no SQL")
    return Query(path.stem, name, read_row(path, lines, first), text, n_params)


def read_topic(path):
    """(Query, line) for each block of a file."""
    if not re.fullmatch(r"[a-z_]+", path.stem):
        raise Mistake(path, 1, "the file's name has only a-z and _")

    lines = path.read_text(encoding="utf-8").split("\n")
    starts = [(i, match.group(1)) for i, line in enumerate(lines) if (match := NAME_LINE.match(line))]
    head = lines[:starts[0][0]] if starts else lines
    for i, line in enumerate(head):
        if line.strip() and not line.startswith("--"):
            raise Mistake(path, i + 1, "SQL before the first '-- name:'")

    ends = [i for i, _ in starts[1:]] + [len(lines)]
    for (i, name), end in zip(starts, ends):
        yield read_block(path, name, lines[i + 1:end], i + 2), i + 1


def statement_files(folder):
    """All files of statements, in whatever folder; the schema has its own."""
    return sorted(path for path in folder.rglob("*.sql")
                  if path.relative_to(folder).parts[0] != "schema")


def read_queries(folder):
    """All queries by topic. Two whose enumerators would be the same are refused."""
    queries, seen = [], {}
    for path in statement_files(folder):
        for query, line in read_topic(path):
            other = seen.setdefault(enumerator(query), f"{path}:{line}")
            if other != f"{path}:{line}":
                raise Mistake(path, line, f"'{query.name}' is already in {other}")
            queries.append(query)
    return queries


def read_files(folder):
    """A folder's files in the order of their numbers, each used once."""
    files, seen = [], {}
    for path in sorted(folder.glob("*.sql")):
        match = FILE_NAME.fullmatch(path.name)
        if not match:
            raise Mistake(path, 1, "the file's name is not NN_name.sql")
        other = seen.setdefault(match.group(1), path)
        if other != path:
            raise Mistake(path, 1, f"number used twice: also by {other.name}")
        files.append(File(f"{folder.name}/{path.name}", 0, path.read_text(encoding="utf-8")))
    return files


def read_steps(folder):
    """All steps in order: 2, 3, ... Version 1 is what the first release makes."""
    steps = []
    for path in sorted(folder.glob("*.sql")):
        match = STEP_NAME.fullmatch(path.name)
        if not match:
            raise Mistake(path, 1, "the file's name is not NNNN_name.sql")
        version, due = int(match.group(1)), len(steps) + 2
        if version != due:
            what = "number used twice" if 1 < version < due else "gap in the numbers"
            raise Mistake(path, 1, f"{what}: {due:04} is next")
        steps.append(File(f"{folder.name}/{path.name}", version, path.read_text(encoding="utf-8")))
    return steps


def digest(files):
    """SHA-256 of what the files say, whatever their comments."""
    total = hashlib.sha256()
    for file in files:
        said = []
        for kind, text, _ in tokens(file.text):
            text = " " if kind in ("space", "comment") else text
            if text != " " or (said and said[-1] != " "):
                said.append(text)
        total.update(("".join(said).rstrip() + "\n").encode("utf-8"))
    return total.hexdigest()


def read_schema(folder):
    tables, steps = read_files(folder / "tables"), read_steps(folder / "steps")
    definitions = read_files(folder / "definitions")
    return Schema(steps[-1].version if steps else 1, digest(definitions), tables, steps, definitions)


# ---- writing ----------------------------------------------------------------------------------

def enumerator(query):
    return f"MC_Q_{query.topic}_{query.name}".upper()


def escape(byte):
    """A byte inside quotes. '?' too, which could begin a trigraph."""
    special = {10: r"\n", 9: r"\t", 13: r"\r", 34: r"\"", 39: r"\'", 63: r"\?", 92: r"\\"}
    return special.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}")


def literal(data):
    """A string literal, a line of C for each line of text."""
    lines = data.splitlines(keepends=True) or [b""]
    return "\n".join('        "' + "".join(map(escape, line)) + '"' for line in lines)


def array(name, data):
    """Text that is too long for a literal, as characters."""
    marks = [f"'{escape(byte)}'" for byte in data] + ["0"]
    rows = [",".join(marks[i:i + 20]) for i in range(0, len(marks), 20)]
    return f"static const char {name}[] = {{\n" + ",\n".join(rows) + "};\n\n"


def text_in_c(name, text):
    """(definition that must come first, expression)"""
    data = text.encode("utf-8")
    if len(data) > LONGEST_LITERAL:
        return array(name, data), "        " + name
    return "", literal(data)


def quoted(text):
    return f'"{text}"' if text else "NULL"


def queries_h(queries):
    names = "".join(f"    {enumerator(query)},\n" for query in queries)
    # An array of nothing is no C; then it has one entry that no enumerator reaches.
    size = "MC_Q_COUNT" if queries else "1"
    return f"""{NOTE}#ifndef MC_QUERIES_H
#define MC_QUERIES_H

typedef enum mc__query {{
{names}    MC_Q_COUNT
}} mc__query;

typedef struct mc__query_info {{
    const char *name; /* such as "conversations.get" */
    const char *row;  /* type of record that rows decode into, or NULL */
    const char *text;
    int n_params;
}} mc__query_info;

extern const mc__query_info mc__queries[{size}];

#endif
"""


def queries_c(queries):
    before, entries = "", ""
    for query in queries:
        name = f"{query.topic}.{query.name}"
        definition, text = text_in_c(f"text_of_{query.topic}_{query.name}",
                                     f"/* {name} */\n{query.text}")
        before += definition
        entries += (f"    [{enumerator(query)}] = {{\n        \"{name}\", {quoted(query.row)},\n"
                    f"{text},\n        {query.n_params}}},\n")
    size = "MC_Q_COUNT" if queries else "1"
    return (f'{NOTE}#include "queries.h"\n\n#include <stddef.h>\n\n{before}'
            f"const mc__query_info mc__queries[{size}] = {{\n{entries or '    {NULL, NULL, NULL, 0},'}"
            "};\n")


def migrations_h():
    return f"""{NOTE}#ifndef MC_MIGRATIONS_H
#define MC_MIGRATIONS_H

typedef struct mc__schema_file {{
    const char *name; /* such as "tables/10_kinds.sql" */
    const char *text;
    int version; /* what a step brings the tables to; 0 for other files */
}} mc__schema_file;

typedef struct mc__schema {{
    int version;        /* of the tables: the last step's, or 1 */
    const char *digest; /* of the definitions, 64 hexadecimal digits */
    /* In order; the one behind the last has no name. */
    const mc__schema_file *tables, *steps, *definitions;
}} mc__schema;

extern const mc__schema mc__newest_schema;

#endif
"""


def files_c(name, files):
    """Definition of an array of files."""
    before, entries = "", ""
    for file in files:
        definition, text = text_in_c("text_of_" + re.sub(r"\W", "_", file.name), file.text)
        before += definition
        entries += f"    {{\"{file.name}\",\n{text}, {file.version}}},\n"
    return f"{before}static const mc__schema_file {name}[] = {{\n{entries}    {{NULL, NULL, 0}},\n}};\n\n"


def migrations_c(schema):
    lists = "".join(files_c(name, getattr(schema, name)) for name in ("tables", "steps", "definitions"))
    return (f'{NOTE}#include "migrations.h"\n\n#include <stddef.h>\n\n{lists}'
            f"const mc__schema mc__newest_schema = {{\n    {schema.version}, \"{schema.digest}\", "
            "tables, steps, definitions};\n")


def write_if_changed(path, content):
    """Leaves an unchanged file alone, so that nothing is compiled again for it."""
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.write_text(content, encoding="utf-8")


def write_depfile(depfile, output, sql):
    """Names the folders too: their time changes when a file comes or goes."""
    folders = sorted(path for path in sql.rglob("*") if path.is_dir())
    sources = [sql, *folders, *sorted(sql.rglob("*.sql"))]
    names = " ".join(str(path).replace(" ", "\\ ") for path in sources)
    depfile.write_text(f"{output / 'queries.h'}: {names}\n", encoding="utf-8")


def embed(sql, output, depfile=None):
    queries, schema = read_queries(sql), read_schema(sql / "schema")
    write_if_changed(output / "queries.h", queries_h(queries))
    write_if_changed(output / "queries.c", queries_c(queries))
    write_if_changed(output / "migrations.h", migrations_h())
    write_if_changed(output / "migrations.c", migrations_c(schema))
    if depfile:
        write_depfile(depfile, output, sql)


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--depfile", type=Path)
    parser.add_argument("sql", type=Path)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    try:
        embed(options.sql, options.output, options.depfile)
    except (Mistake, OSError, UnicodeDecodeError) as mistake:
        print(mistake, file=sys.stderr)
        return 1
    return 0


# ---- self-test --------------------------------------------------------------------------------

# SQL below a name, what is left of it, number of parameters
CLEANED = [
    ("SELECT 1;", "SELECT 1", 0),
    ("SELECT $2 -- the second\n  FROM t\n\n WHERE a = $1\n;\n", "SELECT $2\n  FROM t\n WHERE a = $1", 2),
    ("SELECT '-- $9; ''/*' -- $8\n", "SELECT '-- $9; ''/*'", 0),
    ("SELECT /* a /* b; */ $7 */ $1", "SELECT  $1", 1),
    ("SELECT a/* no space */FROM t", "SELECT a FROM t", 0),
    (r"SELECT E'it\'s; $3', $10", r"SELECT E'it\'s; $3', $10", 10),
    (r"SELECT '\', $1", r"SELECT '\', $1", 1),
    ('SELECT "a;""b"', 'SELECT "a;""b"', 0),
    ("SELECT $$ a; -- b\n\n $5 $$, $x$ $$; $x$", "SELECT $$ a; -- b\n\n $5 $$, $x$ $$; $x$", 0),
    ("SELECT a$1 FROM t", "SELECT a$1 FROM t", 0),
]

# file by file: what is wrong, and where
REFUSED = [
    ({"a.sql": "-- name: x\nSELECT 1;\n-- name: x\nSELECT 2;"}, "a.sql:3: 'x' is already in"),
    ({"x/a.sql": "-- name: x\nSELECT 1;", "y/a.sql": "-- name: x\nSELECT 2;"}, "y/a.sql:1: 'x' is already in"),
    ({"a.sql": "-- name: b_c\nSELECT 1", "a_b.sql": "-- name: c\nSELECT 1"}, "a_b.sql:1: 'c' is already"),
    ({"a.sql": "-- name: getOne\nSELECT 1"}, "a.sql:1: 'getOne': a name has"),
    ({"a.sql": "-- name:\nSELECT 1"}, "a.sql:1: '': a name has"),
    ({"a2.sql": "-- name: x\nSELECT 1"}, "a2.sql:1: the file's name"),
    ({"a.sql": "-- a\n-- name: x\n-- just talk\n;\n"}, "a.sql:2: 'x' has no SQL"),
    ({"a.sql": "-- a\nSELECT 1;\n-- name: x\nSELECT 1"}, "a.sql:2: SQL before"),
    ({"a.sql": "-- name: x\nSELECT 1;\nSELECT 2;"}, "a.sql:3: more than one"),
    ({"a.sql": "-- name: x\nSELECT 'a;\n"}, "a.sql:2: quote or comment without end"),
    ({"a.sql": "-- name: x\nSELECT 1\n/* a"}, "a.sql:3: quote or comment without end"),
    ({"a.sql": "-- name: x\n-- row: A-b\nSELECT 1"}, "a.sql:2: 'A-b' is no name"),
    ({"a.sql": "-- name: x\n-- row: a\n-- row: b\nSELECT 1"}, "a.sql:3: second row"),
    ({"schema/steps/0001_a.sql": ""}, "0001_a.sql:1: gap in the numbers: 0002"),
    ({"schema/steps/0002_a.sql": "", "schema/steps/0004_b.sql": ""}, "0004_b.sql:1: gap in the numbers: 0003"),
    ({"schema/steps/0002_a.sql": "", "schema/steps/0002_b.sql": ""}, "0002_b.sql:1: number used twice: 0003"),
    ({"schema/steps/2_a.sql": ""}, "2_a.sql:1: the file's name"),
    ({"schema/tables/1_a.sql": ""}, "1_a.sql:1: the file's name"),
    ({"schema/tables/10_a.sql": "", "schema/tables/10_b.sql": ""}, "10_b.sql:1: number used twice: also by 10_a.sql"),
    ({"schema/definitions/a.sql": ""}, "a.sql:1: the file's name"),
]


def attempt(folder, files):
    """Message of the mistake found in those files, or None."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    try:
        embed(folder, folder)
    except Mistake as mistake:
        return str(mistake)
    return None


def self_test():
    failures = []

    def check(got, wanted, about):
        if got != wanted:
            failures.append(f"{about!r}\n  wanted {wanted!r}\n  got    {got!r}")

    for sql, text, n_params in CLEANED:
        query = read_block(Path("a.sql"), "x", sql.split("\n"), 2)
        check((query.text, query.n_params), (text, n_params), sql)
    check(literal('a "b"\n??=é'.encode()), '        "a \\"b\\"\\n"\n        "\\?\\?=\\303\\251"', "literal")
    one, same, other = (digest([File("a", 0, text)]) for text in
                        ("SELECT 1 -- one\n;", "-- a\nSELECT\n1 ;\n", "SELECT 2 ;"))
    check((one == same, one == other), (True, False), "digest")
    check(array("t", b"\n'\xc3"), "static const char t[] = {\n'\\n','\\'','\\303',0};\n\n", "array")
    with tempfile.TemporaryDirectory() as folder:
        for i, (files, message) in enumerate(REFUSED):
            got = attempt(Path(folder) / str(i), files)
            check(message in (got or ""), True, (files, message, got))
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
