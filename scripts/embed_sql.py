#!/usr/bin/env python3
"""Turns the library's SQL into C: named statements (sql_statements.py) and schema migrations.

The files sql/schema become mc__newest_schema, word for word: tables/NN_<name>.sql, steps/NNNN_<name>.sql from 0002
on, definitions/NN_<name>.sql (see libmicrocosm/db/migrate.h).

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

from c_text import NOTE, array, literal, text_in_c
from sql_statements import Fragment, Mistake, queries_c, queries_h, read_statement, read_statements, statements_h, tokens

FILE_NAME = re.compile(r"(\d\d)_[a-z0-9_]+\.sql")
STEP_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")

File = namedtuple("File", "name version text")
Schema = namedtuple("Schema", "version digest tables steps definitions")


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
    sources = [sql, *sorted(path for path in sql.rglob("*") if path.is_dir() or path.suffix == ".sql")]
    names = " ".join(str(path).replace(" ", "\\ ") for path in sources)
    depfile.write_text(f"{output / 'queries.h'}: {names}\n", encoding="utf-8")


def embed(sql, output, depfile=None):
    queries, schema = read_statements(sql), read_schema(sql / "schema")
    write_if_changed(output / "queries.h", queries_h(queries))
    write_if_changed(output / "queries.c", queries_c(queries))
    write_if_changed(output / "statements.h", statements_h(queries))
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

# SQL below a name, what is left of it, parameters in order
CLEANED = [
    ("SELECT 1;", "SELECT 1", []),
    ("-- bind: a int, b id\nSELECT :b -- the second\n  FROM t\n\n WHERE a = :a\n;\n",
     "SELECT $2\n  FROM t\n WHERE a = $1", ["a", "b"]),
    ("-- bind: a int,\n-- bind: b ints\nSELECT :a, :b::bigint[], x::text, y[1:2]",
     "SELECT $1, $2::bigint[], x::text, y[1:2]", ["a", "b"]),
    ("-- bind: from_n int, to_n int\nSELECT x[:from_n : :to_n]", "SELECT x[$1 : $2]", ["from_n", "to_n"]),
    ("SELECT '-- :a; ''/*' -- :b\n", "SELECT '-- :a; ''/*'", []),
    ("-- bind: a text\nSELECT /* a /* b; */ :c */ :a", "SELECT  $1", ["a"]),
    ("SELECT a/* no space */FROM t", "SELECT a FROM t", []),
    ("-- bind: a text\nSELECT E'it\\'s; :b', :a", "SELECT E'it\\'s; :b', $1", ["a"]),
    ("-- bind: a text\nSELECT '\\', :a", "SELECT '\\', $1", ["a"]),
    ('SELECT "a;""b"', 'SELECT "a;""b"', []),
    ("SELECT $$ a; -- b\n\n :a $$, $x$ $$; $x$", "SELECT $$ a; -- b\n\n :a $$, $x$ $$; $x$", []),
    ("-- bind: a int\nWITH @two(x, f(1, 2)) SELECT", "WITH x AS (SELECT $1, f(1, 2)) SELECT", ["a"]),
]

FRAGMENTS = {"two": Fragment(["rows", "n"], "{rows} AS (SELECT :a, {n})", "here")}

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
    ({"a.sql": "-- name: x\n-- row: A-b\nSELECT 1"}, "a.sql:2: row: 'A-b': not a name and one of"),
    ({"a.sql": "-- name: x\n-- row: a\n-- row: b\nSELECT 1"}, "a.sql:3: second row"),
    ({"a.sql": "-- name: x\n-- row: a int, a text\nSELECT 1"}, "a.sql:2: row: 'a' twice"),
    ({"a.sql": "-- name: x\n-- bind: a number\nSELECT :a"}, "a.sql:2: bind: 'a number': not a name"),
    ({"a.sql": "-- name: x\nSELECT 1,\n :a"}, "a.sql:3: :a is not bound"),
    ({"a.sql": "-- name: x\n-- bind: a int\nSELECT 1"}, "a.sql:2: a is bound, but nothing uses it"),
    ({"a.sql": "-- name: x\nSELECT $1"}, "a.sql:2: $1: parameters have names"),
    ({"a.sql": "-- name: x\nSELECT @f(1)"}, "a.sql:2: @f(): no such fragment"),
    ({"a.sql": "-- fragment: f(a)\nx {a}\n-- name: x\nSELECT @f(1, 2)"}, "a.sql:4: @f() takes a"),
    ({"a.sql": "-- fragment: f(a)\nx\n-- fragment: f()\ny"}, "a.sql:3: 'f' is already in"),
    ({"a.sql": "-- name: x\nDELETE FROM t"}, "a.sql:2: writes, but neither gives a change"),
    ({"a.sql": "-- name: x\nWITH a AS (INSERT INTO t SELECT 1) SELECT 1"}, "a.sql:2: writes, but neither"),
    ({"a.sql": "-- name: x\nUPDATE t SET a = 'silent: '"}, "a.sql:2: writes, but neither"),
    ({"a.sql": "-- name: x\n-- silent:\nUPDATE t SET a = 1"}, "a.sql:2: writes, but neither"),
    ({"a.sql": "-- name: x\n-- silent: why\nSELECT 1 -- INSERT INTO t\nFOR UPDATE"}, "a.sql:2: is not silent: it writes"),
    ({"a.sql": "-- name: x\n-- silent: why\n-- row: a change\nUPDATE t SET a = 1"}, "a.sql:2: is not silent: it gives"),
    ({"a.sql": "-- name: x\n-- row: a change\nUPDATE t SET a = 1"}, "a.sql:2: puts nothing into the feed"),
    ({"a.sql": "-- fragment: f\nx"}, "a.sql:1: 'f' is not as in name(argument, argument)"),
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

    for sql, text, params in CLEANED:
        query = read_statement(Path("a.sql"), "x", sql.split("\n"), 2, FRAGMENTS)
        check((query.text, [name for name, _ in query.params]), (text, params), sql)
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
