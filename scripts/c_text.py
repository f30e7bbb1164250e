"""Text as C: string literals, or arrays of characters where a literal would be too long."""

# The longest literal that C99 compilers must accept (-Woverlength-strings); longer text becomes an array.
LONGEST_LITERAL = 4095

NOTE = "/* Made from libmicrocosm/sql by scripts/embed_sql.py; change those instead. */\n"


def escape(byte):
    """A byte inside quotes. Escapes '?' too, which could begin a trigraph."""
    special = {10: r"\n", 9: r"\t", 13: r"\r", 34: r"\"", 39: r"\'", 63: r"\?", 92: r"\\"}
    return special.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}")


def literal(data):
    """A string literal, with one line of C for each line of text."""
    lines = data.splitlines(keepends=True) or [b""]
    return "\n".join('        "' + "".join(map(escape, line)) + '"' for line in lines)


def array(name, data):
    """An array of characters, for text that is too long for a literal."""
    marks = [f"'{escape(byte)}'" for byte in data] + ["0"]
    rows = [",".join(marks[i:i + 20]) for i in range(0, len(marks), 20)]
    return f"static const char {name}[] = {{\n" + ",\n".join(rows) + "};\n\n"


def text_in_c(name, text):
    """(definition to put before the use, expression)"""
    data = text.encode("utf-8")
    if len(data) > LONGEST_LITERAL:
        return array(name, data), "        " + name
    return "", literal(data)


def quoted(text):
    return f'"{text}"' if text else "NULL"
