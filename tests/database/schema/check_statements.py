#!/usr/bin/env python3
"""Check the library's statements and its schema against each other, as PostgreSQL understands them.

    check_statements.py CONNECTION

CONNECTION is a database with the current schema, whose role may make a schema in it. Looks at:

  * sites: each table of a site, wherever a statement reads or writes it, is tied to the parameter that the
    statement binds as site_id (or site_ids); a self-test takes each such condition away in turn.
  * use: each table, column and function of the schema is used by something.

The last line is always 'N passed, N failed'.
"""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from check_schema import Database, Failure, expect  # noqa: E402
from library_statements import read_statements  # noqa: E402
from parse_tree import Statement  # noqa: E402

CONDITION = re.compile(r"\b\w+\.site_id = (?:\$\d+|\w+\.site_id)")

# Statements that touch tables on all sites: which ones, and why they may.
ON_ALL_SITES = {
    "auth.revoke_token": ("changes audit", "a token is good on all sites; without one it acts on the platform's own"),
    "changes.since": ("changes changes_trimmed", "caches follow all sites"),
    "changes.snapshot": ("changes_trimmed", "the same"),
    "changes.trim": ("changes changes_trimmed", "in the background, for all sites"),
    "counters.fold_microcosms": ("microcosm_counters microcosm_deltas", "in the background, for all sites"),
    "counters.fold_sites": ("site_deltas site_stats", "in the background, for all sites"),
    "counters.fold_profiles": ("profile_deltas profiles", "in the background, for all sites"),
    "comments.next_rendered": ("comments sites", "in the background, for all sites"),
    "counters.recount_people": ("comments items microcosms profile_deltas profiles site_stats",
                                "in the background, one site at a time"),
    "counters.refresh_site": ("comments microcosm_stats microcosms profiles site_stats",
                              "in the background: finds the site that is due"),
    "profiles.without_key": ("profiles", "in the background, for all sites"),
    "sites.create": ("audit changes microcosm_counters microcosms profile_options profiles roles site_stats sites",
                     "makes the site"),
    "auth.revoke_token_id": ("changes audit", "the same"),
    "sites.find": ("sites", "finds the site"),
    "sites.list": ("sites", "lists all sites, for operators"),
    "sites.host": ("sites", "finds the site"),
    "sites.key": ("sites", "looks whether a key is in use on the platform"),
    "sites.public": ("profiles sites", "lists all sites"),
    "sites.public_menus": ("menu_links profiles sites", "lists all sites"),
    "sites.public_stats": ("profiles site_deltas site_stats sites", "lists all sites"),
    "sites.public_total": ("profiles sites", "counts all sites"),
}

# The same for views.
VIEWS_ON_ALL_SITES = {
    "microcosm_stats": ("microcosm_deltas", "groups all deltas by site: they are few, and the wall keeps other sites' out"),
}

# What nothing uses goes until something does, but for these.
UNUSED = {
    "table audit column audit_id": "the key",
    "table site_bans column admin_reason": "operators write and read it in SQL",
    "table site_bans column display_reason": "the same",
}

class Trees:
    """Statements as functions of a schema of ours, so that the catalogue knows what they are about."""

    def __init__(self, db, statements):
        self.db, self.statements = db, statements
        db.query("CREATE SCHEMA lint")
        prepared = "".join(f"PREPARE \"{name}\" AS {text};\n" for name, text in statements.items())
        types = db.query(prepared + "SELECT json_object_agg(name, parameter_types::text[]) FROM pg_prepared_statements")
        self.types = {name: ", ".join(found) for name, found in json.loads(types).items()}
        self.site_columns = dict(line.split("|") for line in db.query("""
            SELECT a.attrelid, a.attnum FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'microcosm'::regnamespace AND c.relkind IN ('r', 'p', 'v')
              AND a.attname = 'site_id'""").split())
        self.names = dict(line.split("|") for line in db.query("""
            SELECT oid, relname FROM pg_class WHERE relnamespace = 'microcosm'::regnamespace""").split())

    def make(self, texts):
        """Makes a function lint."key" of each (key, name of the statement, text)."""
        self.db.query("".join(f"CREATE FUNCTION lint.\"{key}\"({self.types[name]}) RETURNS void LANGUAGE sql"
                              f" BEGIN ATOMIC {text}; END;\n" for key, name, text in texts))
        found = self.db.query("SELECT json_object_agg(proname, prosqlbody::text) FROM pg_proc"
                              " WHERE pronamespace = 'lint'::regnamespace")
        return json.loads(found)

    def loose(self, name, tree):
        """Names of the tables that a statement may touch on any site."""
        sites = self.statements[name].sites
        return {self.names[oid] for oid in Statement(tree, self.site_columns, sites).loose()}


def check_sites(db, trees):
    bodies = trees.make([(name, name, text) for name, text in trees.statements.items()])
    expect(len(bodies), len(trees.statements), "statements looked at")
    for name in bodies:
        allowed, why = ON_ALL_SITES.get(name, ("", ""))
        loose = trees.loose(name, bodies[name])
        if not loose <= set(allowed.split()):
            raise Failure(f"{name}: {', '.join(sorted(loose))} not tied to the parameter site_id")
        expect(sorted(loose), sorted(allowed.split()), f"{name}, which may because it {why}: tables of all sites")
    expect(sorted(set(ON_ALL_SITES) - set(bodies)), [], "statements that are gone")


def check_sites_of_views(db, trees):
    views = json.loads(db.query("""
        SELECT json_agg(json_build_array(c.relname, r.ev_action::text, a.attnum))
        FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'site_id'
        WHERE c.relnamespace = 'microcosm'::regnamespace AND c.relkind = 'v'"""))
    expect(len(views) > 2, True, "views found")
    for name, tree, column in views:
        loose = Statement(tree, trees.site_columns, site_output=column).loose()
        allowed, why = VIEWS_ON_ALL_SITES.get(name, ("", ""))
        expect(sorted(trees.names[oid] for oid in loose), allowed.split(), f"{name}: tables not tied to its site_id")


def without_each_condition(text):
    """The statement once for each condition on a site, without it."""
    for match in CONDITION.finditer(text):
        line = text[text.rfind("\n", 0, match.start()) + 1:match.start()]
        if "--" not in line:
            yield text[:match.start()] + "true" + text[match.end():]


def check_that_it_would_be_seen(db, trees):
    """Takes away each condition on a site in turn: it must be missed."""
    changed = [(f"{name} {number}", name, text) for name, whole in trees.statements.items() if name not in ON_ALL_SITES
               for number, text in enumerate(without_each_condition(whole))]
    expect(len(changed) > 100, True, "conditions to take away")
    bodies = trees.make(changed)
    unseen = [f"{key}: {' '.join(text.split())}" for key, name, text in changed if not trees.loose(name, bodies[key])]
    expect(unseen, [], "conditions that nobody would miss")


def check_used(db, trees):
    """What statements and views depend on, by PostgreSQL's own account; triggers and functions by their words."""
    unused = db.query("""
        WITH used AS (
            SELECT DISTINCT d.refobjid, d.refobjsubid
              FROM pg_depend d
             WHERE d.refclassid = 'pg_class'::regclass
               AND (d.classid = 'pg_proc'::regclass AND d.objid IN
                        (SELECT oid FROM pg_proc WHERE pronamespace = 'lint'::regnamespace)
                    OR d.classid = 'pg_rewrite'::regclass AND d.objid IN (SELECT oid FROM pg_rewrite))
        ), words AS (
            SELECT DISTINCT word
              FROM (SELECT pg_get_functiondef(f.oid) AS text FROM pg_proc f WHERE f.pronamespace = 'microcosm'::regnamespace
                    UNION ALL
                    SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE NOT t.tgisinternal
                    UNION ALL
                    SELECT pg_get_expr(p.polqual, p.polrelid) FROM pg_policy p) texts
             CROSS JOIN LATERAL regexp_split_to_table(texts.text, '[^a-z_]+') word
        )
        SELECT format('table %s column %s', c.relname, a.attname)
          FROM pg_class c
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relnamespace = 'microcosm'::regnamespace AND c.relkind = 'r' AND c.relname <> 'migrations'
           AND NOT EXISTS (SELECT FROM used u WHERE u.refobjid = c.oid AND u.refobjsubid = a.attnum)
           AND a.attname NOT IN (SELECT word FROM words)
        UNION ALL
        SELECT format('table %s', c.relname)
          FROM pg_class c
         WHERE c.relnamespace = 'microcosm'::regnamespace AND c.relkind = 'r' AND c.relname <> 'migrations'
           AND NOT EXISTS (SELECT FROM used u WHERE u.refobjid = c.oid)
        UNION ALL
        SELECT format('function %s', f.proname)
          FROM pg_proc f
         WHERE f.pronamespace = 'microcosm'::regnamespace
           AND NOT EXISTS (SELECT FROM pg_depend d
                            WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid)
           AND NOT EXISTS (SELECT FROM pg_proc o
                            WHERE o.pronamespace = 'microcosm'::regnamespace AND o.oid <> f.oid
                              AND o.prosrc ~ ('\\m' || f.proname || '\\M'))""").split("\n")
    expect(sorted(unused), sorted(UNUSED), "what nothing uses (and the list of exceptions)")


CHECKS = [
    ("statements are tied to their site", check_sites),
    ("views are tied to one site", check_sites_of_views),
    ("each condition on a site would be missed", check_that_it_would_be_seen),
    ("all of the schema is used", check_used),
]


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    db = Database(sys.argv[1])
    statements, failed = read_statements(), 0
    expect(len(statements) > 50, True, "statements found")
    trees = Trees(db, statements)
    for what, check in CHECKS:
        try:
            check(db, trees)
            print(f"ok   {what}", flush=True)
        except Failure as failure:
            print(f"FAIL {what}\n  {failure}", flush=True)
            failed += 1
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
