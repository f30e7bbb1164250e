"""The library's statements, as they stand in libmicrocosm/sql."""

import re
from pathlib import Path

SQL = Path(__file__).resolve().parents[3] / "libmicrocosm" / "sql"
NAME = re.compile(r"^--\s*name\s*:\s*(\w+)\s*$", re.M)
SITE = re.compile(r"\$(\d+) site_ids?\b")


def read_statements():
    """{name: text with its comments}, such as {"items.get": …}."""
    statements = {}
    for path in sorted(SQL.rglob("*.sql")):
        if "schema" in path.relative_to(SQL).parts:
            continue
        _, *parts = NAME.split(path.read_text(encoding="utf-8"))
        statements.update((f"{path.stem}.{name}", text) for name, text in zip(parts[::2], parts[1::2]))
    return statements


def bare(text):
    """A statement without the comments around it and its semicolon."""
    return re.sub(r"(\s*^--.*$)+\s*\Z", "", text, flags=re.M).strip().rstrip(";")


def site_parameters(text):
    """Numbers of the parameters that the comment above a statement calls site_id or site_ids."""
    comment = re.match(r"(\s*--.*\n)*", text).group()
    return SITE.findall(comment)
