"""Parses named statements in sql/<folder>/<topic>.sql, and writes the C for them.

    -- name: facts
    -- Any other comment is free.
    -- bind: site_id int, item_id int          parameters: name and type; may go on in further lines
    -- row: microcosm_id int, is_open bool     columns of the result, in order; or the type of record that
    SELECT i.microcosm_id, i.is_open           its rows decode into (conversation); absent: neither
      FROM microcosm.items i
     WHERE i.site_id = :site_id AND i.item_id = :item_id;

Parameters are written as :name. Each must be bound, and each bound one must be used.
The block above defines the enumerator MC_Q_ITEMS_FACTS, and in statements.h

    struct mc__items_facts_in  and  mc__add_items_facts(batch, &in)       to add it to a batch
    struct mc__items_facts_row and  mc__read_items_facts(rows, row)       to read one of its rows

so that C code refers to parameters and columns by name only.

Statements can share text as a fragment, in any of the files:

    -- fragment: counted(rows, n)
    stats AS (INSERT INTO t (site_id, n) SELECT :site_id, {n} FROM {rows})

which a statement includes by `@counted(made, 1)`. Its parameters are those of the statement.

A statement that writes puts its changes into the change feed and returns them, and caches are invalidated by these. So it
must include the fragment `change` and return a column of that type, which mc__write() reads after each run; or it gives
the reason why there is no change:

    -- row: change change
    -- silent: items.edit, which comes before it, has the change of the item

In a transaction the counters of items wait for the next statement that may read them, or for the commit (microcosm.settle()
in schema/definitions/10_functions.sql). A statement that doesn't read them, and comes with each of many comments, says so:

    -- unsettled: no counters

Statements are planned once, mostly while their tables are small. One that joins many rows of its own to them, for which such a
plan takes time by their product, is planned each time:

    -- replanned: for ten thousand users
"""
import re
from collections import namedtuple

from c_text import NOTE, quoted, text_in_c

NAME_LINE = re.compile(r"--\s*(name|fragment)\s*:\s*(.*?)\s*$", re.I)
HEAD_LINE = re.compile(r"--\s*(row|bind|silent|unsettled|replanned)\s*:\s*(.*?)\s*$")
PAIR = re.compile(r"([a-z][a-z0-9_]*) ([a-z_]+)")
RECORD = re.compile(r"[a-z][a-z0-9_]*")
USE = re.compile(r"@([a-z_]+)\(")
# Words that write, but not "FOR UPDATE" and "DO UPDATE".
WRITE = re.compile(r"\b(INSERT|DELETE|MERGE|TRUNCATE|(?<!FOR )(?<!KEY )(?<!DO )UPDATE)\s", re.I)
# The fragment that puts a change into the feed, and the type of the column that gives it back.
CHANGE = "change"

TOKEN = re.compile(
    r"""(?P<space> \s+)
      | (?P<comment> --[^\n]* )
      | (?P<open> /\* )
      | (?P<text> (?<!\w)[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
                | (?<![\w$])\$(?P<tag>[A-Za-z_]\w*|)\$.*?\$(?P=tag)\$ )
      | (?P<unended> ['"] )
      | (?P<number> (?<![\w$])\$\d+ )
      | (?P<cast> :: )
      | (?P<param> (?<!\w):[a-z_][a-z0-9_]* )
      | (?P<semicolon> ; )
      | (?P<other> . )""",
    re.X | re.S)

# Type of a parameter -> member of the C struct, and the kind by which db/ binds it.
BIND = {
    "int": ("int64_t {}", "MC_BIND_INT"),
    "id": ("int64_t {}", "MC_BIND_ID"),
    "maybe_int": ("mc_maybe_int64 {}", "MC_BIND_MAYBE_INT"),
    "bool": ("bool {}", "MC_BIND_BOOL"),
    "choice": ("mc_choice {}", "MC_BIND_CHOICE"),
    "text": ("const char *{}", "MC_BIND_TEXT"),
    "time": ("mc_time {}", "MC_BIND_TIME"),
    "double": ("double {}", "MC_BIND_DOUBLE"),
    "maybe_double": ("mc_maybe_double {}", "MC_BIND_MAYBE_DOUBLE"),
    "ints": ("mc_int64s {}", "MC_BIND_INTS"),
    "maybe_ints": ("mc_int64s {}", "MC_BIND_MAYBE_INTS"),
    "texts": ("mc_strings {}", "MC_BIND_TEXTS"),
    "bytes": ("mc__bytes {}", "MC_BIND_BYTES"),
}

# Type of a column -> member of the C struct, and the kind by which db/ reads it.
COLUMN = {
    "int": ("int64_t {}", "MC_COLUMN_INT"),
    "bool": ("bool {}", "MC_COLUMN_BOOL"),
    "choice": ("mc_choice {}", "MC_COLUMN_CHOICE"),
    "text": ("const char *{}", "MC_COLUMN_TEXT"),
    "maybe_text": ("const char *{}", "MC_COLUMN_MAYBE_TEXT"),
    "time": ("mc_time {}", "MC_COLUMN_TIME"),
    "double": ("double {}", "MC_COLUMN_DOUBLE"),
    CHANGE: ("mc__change {}", "MC_COLUMN_CHANGE"),
}

Query = namedtuple("Query", "topic name record columns params unsettled replanned text")
Fragment = namedtuple("Fragment", "arguments text where")
Head = namedtuple("Head", "record columns params silent unsettled replanned")


class Mistake(Exception):
    """An error in an SQL file, with its position."""

    def __init__(self, path, line, message):
        super().__init__(f"{path}:{line}: {message}")


# Reading files.

def end_of_comment(sql, at):
    """Position after the comment that opens at `at`; in SQL these comments nest. None if it doesn't end."""
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(sql, at):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return None


def tokens(sql):
    """(kind, text, position) of each token; comments count as space."""
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
    """Reduces space and comments between tokens to one space, or a line's end with the next line's indent."""
    return "\n" + gap.rpartition("\n")[2] if "\n" in gap else gap or " "


def clean(sql, names, complain):
    """A statement without comments, blank lines and final semicolon, its parameters as $1, $2, ..."""
    out, gap, used, ended = [], None, set(), False
    for kind, text, place in tokens(sql):
        if kind in ("space", "comment"):
            gap = (gap or "") + (text if kind == "space" else "")
            continue
        if kind == "unended":
            complain(place, "quote or comment without end")
        if kind == "number":
            complain(place, f"{text}: parameters have names, as in :site_id")
        if ended:
            complain(place, "more than one statement in a block")
        if kind == "semicolon":
            ended = True
            continue
        if kind == "param":
            if text[1:] not in names:
                complain(place, f"{text} is not bound")
            used.add(text[1:])
            text = f"${names.index(text[1:]) + 1}"
        if out and gap is not None:
            out.append(squeeze(gap))
        out.append(text)
        gap = None
    for name in names:
        if name not in used:
            complain(0, f"{name} is bound, but nothing uses it")
    return "".join(out)


def read_pairs(text, types, complain):
    """[(name, type), ...] of "name type, name type"."""
    pairs = []
    for pair in text.split(","):
        match = PAIR.fullmatch(pair.strip())
        if not match or match.group(2) not in types:
            complain(f"'{pair.strip()}': not a name and one of {', '.join(types)}")
        if match.group(1) in (name for name, _ in pairs):
            complain(f"'{match.group(1)}' twice")
        pairs.append(match.groups())
    return pairs


def read_head(path, lines, first):
    """What a block's "-- row:", "-- bind:", "-- silent:", "-- unsettled:" and "-- replanned:" lines say."""
    found = {"row": [], "bind": [], "silent": [], "unsettled": [], "replanned": []}
    for number, line in enumerate(lines, first):
        if match := HEAD_LINE.match(line):
            found[match.group(1)].append((number, match.group(2)))

    def pairs(what, types):
        if not found[what]:
            return []

        def complain(message):
            raise Mistake(path, found[what][0][0], f"{what}: {message}")
        return read_pairs(", ".join(text.rstrip(", ") for _, text in found[what]), types, complain)

    params = pairs("bind", BIND)
    reasons = [" ".join(text for _, text in found[what]) for what in ("silent", "unsettled", "replanned")]
    if found["row"] and RECORD.fullmatch(found["row"][0][1]):
        if len(found["row"]) > 1:
            raise Mistake(path, found["row"][1][0], "second row in a block")
        return Head(found["row"][0][1], [], params, *reasons)
    return Head(None, pairs("row", COLUMN), params, *reasons)


def split_arguments(text):
    """Arguments of a fragment: separated by commas outside of parentheses."""
    arguments, depth, start = [], 0, 0
    for at, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            arguments.append(text[start:at].strip())
            start = at + 1
    last = text[start:].strip()
    return [*arguments, last] if arguments or last else []


def end_of_arguments(sql, at):
    """Position of the closing parenthesis for the one before `at`; None if there is none."""
    depth = 1
    for end in range(at, len(sql)):
        depth += (sql[end] == "(") - (sql[end] == ")")
        if depth == 0:
            return end
    return None


def expand(sql, fragments, complain, used, depth=0):
    """The text with its fragments expanded; adds their names to used."""
    out, at = [], 0
    for match in USE.finditer(sql):
        if match.start() < at:
            continue
        fragment, end = fragments.get(match.group(1)), end_of_arguments(sql, match.end())
        if not fragment or end is None or depth > 4:
            complain(match.start(), f"@{match.group(1)}(): no such fragment, or no end of it")
        used.add(match.group(1))
        given = split_arguments(sql[match.end():end])
        if len(given) != len(fragment.arguments):
            complain(match.start(), f"@{match.group(1)}() takes {', '.join(fragment.arguments)}")
        text = re.sub(r"\{(\w+)\}", lambda m: given[fragment.arguments.index(m.group(1))]
                      if m.group(1) in fragment.arguments else m.group(), fragment.text)
        out += [sql[at:match.start()], expand(text, fragments, complain, used, depth + 1)]
        at = end + 1
    return "".join([*out, sql[at:]])


def blocks(path):
    """(what, name, lines, number of the first) of each block of a file."""
    if not re.fullmatch(r"[a-z_]+", path.stem):
        raise Mistake(path, 1, "the file's name has only a-z and _")
    lines = path.read_text(encoding="utf-8").split("\n")
    starts = [(i, *match.groups()) for i, line in enumerate(lines) if (match := NAME_LINE.match(line))]
    head = lines[:starts[0][0]] if starts else lines
    for i, line in enumerate(head):
        if line.strip() and not line.startswith("--"):
            raise Mistake(path, i + 1, "SQL before the first '-- name:'")
    ends = [start[0] for start in starts[1:]] + [len(lines)]
    for (i, what, name), end in zip(starts, ends):
        yield what.lower(), name, lines[i + 1:end], i + 2


def read_fragment(path, signature, lines, first):
    match = re.fullmatch(r"([a-z_]+)\(([a-z_, ]*)\)", signature)
    if not match:
        raise Mistake(path, first - 1, f"'{signature}' is not as in name(argument, argument)")
    text = "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";")
    arguments = [argument.strip() for argument in match.group(2).split(",") if argument.strip()]
    return match.group(1), Fragment(arguments, text, f"{path}:{first - 1}")


def check_change(text, head, takes_in, complain):
    """What is written is told of: by the row that was put into the feed, or there is a reason why not."""
    words = "".join(" " if kind in ("text", "comment") else text for kind, text, _ in tokens(text))
    writes, tells = WRITE.search(words) is not None, CHANGE in (kind for _, kind in head.columns)
    if writes and not tells and not head.silent:
        complain(0, "writes, but neither gives a change nor says '-- silent:' and why")
    if head.silent and (tells or not writes):
        complain(0, "is not silent: it " + ("gives a change" if tells else "writes nothing"))
    if writes and tells and not takes_in:
        complain(0, f"puts nothing into the feed: @{CHANGE}() is missing")


def read_statement(path, name, lines, first, fragments=None):
    """One Query from the lines below its name."""
    if not re.fullmatch(r"[a-z_]+", name):
        raise Mistake(path, first - 1, f"'{name}': a name has only a-z and _")
    sql = "\n".join(lines)

    def complain(place, message):
        raise Mistake(path, first + sql.count("\n", 0, place), message)

    head = read_head(path, lines, first)
    used = set()
    text = clean(expand(sql, fragments or {}, complain, used), [param for param, _ in head.params], complain)
    if not text:
        raise Mistake(path, first - 1, f"'{name}' has no SQL")
    check_change(text, head, CHANGE in used, complain)
    return Query(path.stem, name, head.record, head.columns, head.params, bool(head.unsettled),
                 bool(head.replanned), text)


def statement_files(folder):
    """All files of statements in all folders but that of the schema."""
    return sorted(path for path in folder.rglob("*.sql")
                  if path.relative_to(folder).parts[0] != "schema")


def read_statements(folder):
    """All statements by topic. Refuses two with the same enumerator."""
    found = [(path, *block) for path in statement_files(folder) for block in blocks(path)]
    fragments, queries, seen = {}, [], {}
    for path, what, name, lines, first in found:
        if what == "fragment":
            name, fragment = read_fragment(path, name, lines, first)
            if name in fragments:
                raise Mistake(path, first - 1, f"'{name}' is already in {fragments[name].where}")
            fragments[name] = fragment
    for path, what, name, lines, first in found:
        if what == "fragment":
            continue
        query = read_statement(path, name, lines, first, fragments)
        other = seen.setdefault(enumerator(query), f"{path}:{first - 1}")
        if other != f"{path}:{first - 1}":
            raise Mistake(path, first - 1, f"'{query.name}' is already in {other}")
        queries.append(query)
    return queries


# Writing C.

def enumerator(query):
    return f"MC_Q_{query.topic}_{query.name}".upper()


def stem(query):
    return f"{query.topic}_{query.name}"


def queries_h(queries):
    names = "".join(f"    {enumerator(query)},\n" for query in queries)
    # C has no empty arrays; without statements there is one entry without an enumerator.
    size = "MC_Q_COUNT" if queries else "1"
    return f"""{NOTE}#ifndef MC_QUERIES_H
#define MC_QUERIES_H

#include <stdint.h>

typedef enum mc__query {{
{names}    MC_Q_COUNT
}} mc__query;

/* A parameter or a column: its name, and where in the statement's struct its value is. */
typedef struct mc__query_member {{
    const char *name;
    uint16_t offset;
    uint8_t kind; /* mc__bind_kind or mc__column_kind */
}} mc__query_member;

typedef struct mc__query_info {{
    const char *name;   /* such as "conversations.get" */
    const char *record; /* type of record that rows decode into, or NULL */
    const char *text;
    const mc__query_member *params, *columns;
    uint8_t n_params, n_columns;
    uint8_t change; /* number of the column, from 1, that gives what was changed; 0: there is none */
    uint8_t is_unsettled; /* counters of items may wait beyond it */
    uint8_t is_replanned; /* it is never prepared */
}} mc__query_info;

extern const mc__query_info mc__queries[{size}];

/* The largest number of parameters. */
#define MC_PARAMS_MAX {max([len(query.params) for query in queries] + [1])}

#endif
"""


def members(query, what, pairs, types):
    if not pairs:
        return ""
    struct = f"mc__{stem(query)}_{what}"
    rows = "".join(f'    {{"{name}", offsetof({struct}, {name}), {types[kind][1]}}},\n'
                   for name, kind in pairs)
    return f"static const mc__query_member {what}_of_{stem(query)}[] = {{\n{rows}}};\n\n"


def queries_c(queries):
    before, entries = "", ""
    for query in queries:
        name = f"{query.topic}.{query.name}"
        definition, text = text_in_c(f"text_of_{stem(query)}", f"/* {name} */\n{query.text}")
        before += definition + members(query, "in", query.params, BIND)
        before += members(query, "row", query.columns, COLUMN)
        kinds = [kind for _, kind in query.columns]
        change = kinds.index(CHANGE) + 1 if CHANGE in kinds else 0
        params = f"in_of_{stem(query)}" if query.params else "NULL"
        columns = f"row_of_{stem(query)}" if query.columns else "NULL"
        entries += (f"    [{enumerator(query)}] = {{\n        \"{name}\", {quoted(query.record)},\n{text},\n"
                    f"        {params}, {columns}, {len(query.params)}, {len(query.columns)},"
                    f" {change}, {int(query.unsettled)}, {int(query.replanned)}}},\n")
    size = "MC_Q_COUNT" if queries else "1"
    return (f'{NOTE}#include "statements.h"\n\n{before}'
            f"const mc__query_info mc__queries[{size}] = {{\n{entries or '    {0},'}}};\n")


def struct(query, what, pairs, types):
    rows = "".join(f"    {types[kind][0].format(name)};\n" for name, kind in pairs)
    return f"typedef struct mc__{stem(query)}_{what} {{\n{rows}}} mc__{stem(query)}_{what};\n\n"


def calls_of(query):
    """Struct and function to add a statement to a batch, and to read its rows."""
    name, out = stem(query), ""
    if query.params:
        out += struct(query, "in", query.params, BIND)
    argument = f", const mc__{name}_in *in" if query.params else ""
    out += (f"static inline size_t mc__add_{name}(mc__batch *batch{argument})\n{{\n"
            f"    return mc__batch_add(batch, {enumerator(query)}, {'in' if query.params else 'NULL'});\n}}\n\n")
    if query.columns:
        out += struct(query, "row", query.columns, COLUMN)
        out += (f"static inline mc__{name}_row mc__read_{name}(const PGresult *rows, int row)\n{{\n"
                f"    mc__{name}_row out;\n\n"
                f"    mc__row_read(&out, {enumerator(query)}, rows, row);\n    return out;\n}}\n\n")
    return out


def statements_h(queries):
    return f"""{NOTE}#ifndef MC_STATEMENTS_H
#define MC_STATEMENTS_H

#include "db/db.h"

/* Each statement: add it to a batch, and read a row of its result. Texts of a row point into the
 * result. */

{"".join(map(calls_of, queries))}#endif
"""
