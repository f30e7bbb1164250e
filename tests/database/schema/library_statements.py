"""The library's statements, as the build makes them of libmicrocosm/sql."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts"))

import sql_statements  # noqa: E402


class Text(str):
    """The text of a statement, which knows the numbers of its parameters site_id or site_ids."""

    sites = ()


def read_statements():
    """{name: text}, such as {"items.facts": …}."""
    statements = {}
    for query in sql_statements.read_statements(ROOT / "libmicrocosm" / "sql"):
        text = statements[f"{query.topic}.{query.name}"] = Text(query.text)
        text.sites = [str(number) for number, (name, _) in enumerate(query.params, 1)
                      if name in ("site_id", "site_ids")]
    return statements
