#!/usr/bin/env python3
"""Check the database schema against a real PostgreSQL.

    check_schema.py CONNECTION

CONNECTION is what psql takes (postgresql://… or "host=… dbname=…"). The database must be empty and owned by
the role that connects, which must not be a superuser: superusers are let through row-level security, so the
checks would say nothing. The database is left filled with rows, for looking around.

Stops at the first failure with exit status 1. The last line is always 'N passed, N failed'.
"""

import json
import pathlib
import re
import subprocess
import sys
import time

from library_statements import read_statements

ROOT = pathlib.Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "libmicrocosm" / "sql" / "schema"

# Site ids and where the ids of their rows begin, so that a row's site shows in its id.
OAK, ELM = 2, 3
BASE = {OAK: 2_000_000, ELM: 3_000_000}


# Between the answers of statements that share a session.
MARK = "@@@@"


class Failure(Exception):
    pass


class Database:
    def __init__(self, connection):
        self.connection = connection

    def run(self, sql, site=None, *, one_transaction=False):
        """The finished psql process. site sets who asks; None leaves the setting out altogether."""
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose"]
        if one_transaction:
            command.append("-1")
        command += ["-d", self.connection]
        if site is not None:
            sql = f"SET microcosm.site_id = '{site}';\n{sql}"
        return subprocess.run(command, input=sql, capture_output=True, text=True, check=False)

    def query(self, sql, site=None, **options):
        done = self.run(sql, site, **options)
        if done.returncode != 0:
            raise Failure(f"{done.stderr.strip()}\n  in: {shorten(sql)}")
        return done.stdout.strip()

    def ask(self, statements, site=None):
        """What each statement answers and its SQLSTATE, all in one session and each in its own transaction."""
        sql = "\\set ON_ERROR_STOP off\n" + "".join(f"{one};\n\\echo {MARK} :SQLSTATE\n" for one in statements)
        done = self.run(sql, site)
        answers, rest = [], done.stdout
        for _ in statements:
            answer, found, rest = rest.partition(MARK + " ")
            if not found:
                raise Failure(f"psql stopped early: {done.stderr.strip()}")
            state, _, rest = rest.partition("\n")
            answers.append((answer.strip(), state))
        return answers

    def refuse(self, refusals, site=0):
        """refusals: what it is, the SQLSTATE it must be refused with, the statement."""
        for (what, wanted, sql), (_, state) in zip(refusals, self.ask([r[2] for r in refusals], site)):
            if state != wanted:
                how = "was accepted" if state == "00000" else f"failed with {state}"
                raise Failure(f"{what}: {how}, expected {wanted}\n  in: {shorten(sql)}")


def shorten(sql):
    text = " ".join(sql.split())
    return text if len(text) <= 400 else text[:400] + " …"


def expect(actual, wanted, what):
    if actual != wanted:
        raise Failure(f"{what}: expected {wanted!r}, got {actual!r}")


# Rows

def fill(site, key):
    """Rows in every table that belongs to a site. b is the id from which this site counts."""
    b = BASE[site]
    return f"""
INSERT INTO microcosm.users (user_id, email, canonical_email)
SELECT {b} + i, 'u' || i || '@{key}.example', 'u' || i || '@{key}.example' FROM generate_series(1, 200) i;

BEGIN;
INSERT INTO microcosm.sites (site_id, subdomain_key, title, owned_by, created_by)
VALUES ({site}, '{key}', '{key}', {b} + 1, {b} + 1);
INSERT INTO microcosm.profiles (site_id, profile_id, user_id, profile_name, name_key, name_order, comment_count, last_active)
SELECT {site}, {b} + i, {b} + i, 'Name' || i, 'name' || i, 'name' || i, (i * 37) % 100,
       now() - i * interval '1 hour'
FROM generate_series(1, 200) i;
COMMIT;

INSERT INTO microcosm.profile_options (site_id, profile_id)
SELECT site_id, profile_id FROM microcosm.profiles WHERE site_id = {site};
INSERT INTO microcosm.menu_links (site_id, position, href, text)
SELECT {site}, i, '/help', 'Help' FROM generate_series(0, 3) i;
INSERT INTO microcosm.site_stats (site_id) VALUES ({site});
INSERT INTO microcosm.site_bans (site_id, user_id) SELECT {site}, {b} + i FROM generate_series(190, 195) i;

INSERT INTO microcosm.microcosms (site_id, microcosm_id, parent_id, path, title, owned_by, created_by)
VALUES ({site}, {b} + 1, NULL, ARRAY[{b} + 1], 'Root', {b} + 1, {b} + 1);
INSERT INTO microcosm.microcosms (site_id, microcosm_id, parent_id, path, title, owned_by, created_by)
SELECT {site}, {b} + i, {b} + 1, ARRAY[{b} + 1, {b} + i], 'M' || i, {b} + 1, {b} + 1 FROM generate_series(2, 15) i;
INSERT INTO microcosm.microcosms (site_id, microcosm_id, parent_id, path, title, owned_by, created_by)
SELECT {site}, {b} + i, {b} + 2, ARRAY[{b} + 1, {b} + 2, {b} + i], 'M' || i, {b} + 1, {b} + 1
FROM generate_series(16, 20) i;
INSERT INTO microcosm.microcosm_counters (site_id, microcosm_id)
SELECT site_id, microcosm_id FROM microcosm.microcosms WHERE site_id = {site};
INSERT INTO microcosm.profile_counters (site_id, profile_id, microcosm_id, item_count, comment_count)
SELECT {site}, {b} + i, {b} + j, i, j FROM generate_series(1, 50) i, generate_series(1, 10) j;
INSERT INTO microcosm.profile_deltas (site_id, profile_id, microcosm_id, item_count, comment_count)
SELECT {site}, {b} + i, {b} + 1, i, i FROM generate_series(1, 3) i;
INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, comment_count, last_activity)
SELECT site_id, microcosm_id, i, now() FROM microcosm.microcosms, generate_series(1, 3) i WHERE site_id = {site};
INSERT INTO microcosm.roles (site_id, role_id, microcosm_id, title, include_users, can_read)
SELECT {site}, {b} + i, {b} + 1 + i % 5, 'R' || i, true, true FROM generate_series(1, 30) i;
INSERT INTO microcosm.role_profiles (site_id, role_id, profile_id)
SELECT {site}, {b} + r, {b} + p FROM generate_series(1, 30) r, generate_series(1, 50) p;
INSERT INTO microcosm.role_criteria (site_id, role_id, or_group, profile_column, predicate, value_number)
SELECT {site}, {b} + r, g, 'commentCount', 'ge', 10 FROM generate_series(1, 30) r, generate_series(0, 5) g;

INSERT INTO microcosm.items (site_id, item_id, item_type, microcosm_id, title, created_by, is_sticky, is_deleted,
                             created, last_activity)
SELECT {site}, {b} + i, CASE i % 10 WHEN 0 THEN 7 WHEN 1 THEN 9 ELSE 6 END, {b} + 1 + i % 20, 'Title ' || i,
       {b} + 1 + i % 200, i % 97 = 0, i % 50 = 0, now() - i * interval '1 hour', now() - i * interval '7 minutes'
FROM generate_series(1, 3000) i;
-- Without its trigger, which takes them away again.
ALTER TABLE microcosm.unsettled_items DISABLE TRIGGER USER;
INSERT INTO microcosm.unsettled_items (site_id, item_id) SELECT {site}, {b} + i FROM generate_series(1, 3) i;
ALTER TABLE microcosm.unsettled_items ENABLE TRIGGER USER;
INSERT INTO microcosm.events (site_id, item_id, starts_local, starts, tz, status)
SELECT site_id, item_id, created::timestamp, created, 'UTC', 'upcoming'
FROM microcosm.items WHERE site_id = {site} AND item_type = 9;
INSERT INTO microcosm.attendees (site_id, item_id, profile_id, rsvp, rsvpd_on, created_by)
SELECT site_id, item_id, {b} + p, (ARRAY['yes', 'maybe', 'invited', 'no'])[1 + p % 4], now() - p * interval '1 minute',
       {b} + p
FROM microcosm.events, generate_series(1, 20) p WHERE site_id = {site};
INSERT INTO microcosm.polls (site_id, item_id, question)
SELECT site_id, item_id, 'Which?' FROM microcosm.items WHERE site_id = {site} AND item_type = 7;
INSERT INTO microcosm.poll_choices (site_id, choice_id, item_id, choice, position)
SELECT site_id, item_id * 10 + c, item_id, 'C' || c, c FROM microcosm.polls, generate_series(1, 3) c
WHERE site_id = {site};
INSERT INTO microcosm.poll_votes (site_id, item_id, profile_id, choice_id)
SELECT site_id, item_id, {b} + p, choice_id FROM microcosm.poll_choices, generate_series(1, 5) p WHERE site_id = {site};

INSERT INTO microcosm.huddles (site_id, huddle_id, title, created_by, last_activity)
SELECT {site}, {b} + h, 'H' || h, {b} + 1 + h % 200, now() - h * interval '3 minutes' FROM generate_series(1, 600) h;
ALTER TABLE microcosm.unsettled_huddles DISABLE TRIGGER USER;
INSERT INTO microcosm.unsettled_huddles (site_id, huddle_id) SELECT {site}, {b} + i FROM generate_series(1, 3) i;
ALTER TABLE microcosm.unsettled_huddles ENABLE TRIGGER USER;
ALTER TABLE microcosm.unsettled_polls DISABLE TRIGGER USER;
INSERT INTO microcosm.unsettled_polls (site_id, item_id, votes) SELECT {site}, {b} + i, 1 FROM generate_series(1, 3) i;
ALTER TABLE microcosm.unsettled_polls ENABLE TRIGGER USER;
ALTER TABLE microcosm.unsettled_events DISABLE TRIGGER USER;
INSERT INTO microcosm.unsettled_events (site_id, item_id, attending, attendees)
SELECT {site}, {b} + i, 1, 1 FROM generate_series(1, 3) i;
ALTER TABLE microcosm.unsettled_events ENABLE TRIGGER USER;
INSERT INTO microcosm.huddle_participants (site_id, huddle_id, profile_id)
SELECT {site}, {b} + h, {b} + 1 + (h + k * k) % 200 FROM generate_series(1, 600) h, generate_series(0, 3) k;

INSERT INTO microcosm.comments (site_id, comment_id, item_id, item_type, position, in_reply_to, created, created_by,
                                is_deleted, markdown, html)
SELECT {site}, {b} + k, i.item_id, i.item_type, (k - 1) / 3000,
       CASE WHEN k > 3000 AND k % 7 = 0 THEN {b} + k - 3000 END,
       now() - (30001 - k) * interval '10 seconds', {b} + 1 + (k * 13) % 200, k % 41 = 0, 'text', '<p>text</p>'
FROM generate_series(1, 30000) k
JOIN microcosm.items i ON i.site_id = {site} AND i.item_id = {b} + 1 + (k - 1) % 3000;
INSERT INTO microcosm.comments (site_id, comment_id, huddle_id, item_type, position, created_by, markdown, html)
SELECT {site}, {b} + 50000 + k, {b} + 1 + k % 600, 5, k / 600, {b} + 1 + k % 200, 'text', '<p>text</p>'
FROM generate_series(0, 2999) k;
INSERT INTO microcosm.comments (site_id, comment_id, on_profile_id, item_type, position, created_by, markdown, html)
SELECT {site}, {b} + 60000 + k, {b} + 1 + k % 200, 3, k / 200, {b} + 1 + k % 200, 'text', '<p>text</p>'
FROM generate_series(0, 399) k;
INSERT INTO microcosm.comment_revisions (site_id, comment_id, revision, markdown, html, created, created_by)
SELECT {site}, {b} + k, 1, 'old', '<p>old</p>', now(), {b} + 1 FROM generate_series(1, 500) k;

INSERT INTO microcosm.read_marks (site_id, profile_id, item_type, item_id, read_at)
SELECT {site}, {b} + p, 6, {b} + i, now() FROM generate_series(1, 100) p, generate_series(1, 50) i;
INSERT INTO microcosm.ignores (site_id, profile_id, item_type, item_id)
SELECT {site}, {b} + p, 3, {b} + i FROM generate_series(1, 100) p, generate_series(101, 110) i;
INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, value_boolean)
SELECT {site}, 3, {b} + p, k, true FROM generate_series(1, 200) p, unnest(ARRAY['is_member', 'a', 'b']) k;
INSERT INTO microcosm.files (file_id, sha256, sha1, byte_count, mime_type, is_stored)
SELECT {b} + i, lpad(({b} + i)::text, 64, '0'), lpad(({b} + i)::text, 40, '0'), 100, 'text/plain', true
  FROM generate_series(1, 200) i;
INSERT INTO microcosm.file_uploads (site_id, profile_id, file_id, file_name, file_ext, byte_count)
SELECT {site}, {b} + i, {b} + i, 'a.txt', 'txt', 100 FROM generate_series(1, 200) i;
INSERT INTO microcosm.attachments (site_id, item_type, item_id, file_id, profile_id, file_name, file_ext)
SELECT {site}, 3, {b} + i, {b} + i, {b} + i, 'a.txt', 'txt' FROM generate_series(1, 200) i;
INSERT INTO microcosm.changes (site_id, item_type, item_id, action)
SELECT {site}, 6, {b} + i, 'create' FROM generate_series(1, 2000) i;
INSERT INTO microcosm.updates (site_id, profile_id, update_type_id, about_type, about_id, item_type, item_id, created, created_by)
SELECT {site}, {b} + p, 1, 6, {b} + i, 4, {b} + i, now(), {b} + 1 FROM generate_series(1, 100) p, generate_series(1, 20) i;
INSERT INTO microcosm.queue (site_id, kind, item_type, item_id)
SELECT {site}, 'updates', 6, {b} + i FROM generate_series(1, 2000) i;
INSERT INTO microcosm.mail_codes (purpose, site_id, email, canonical_email, link_hash, typed_hash, expires)
SELECT 1, {site}, {b} + i || '@example.org', {b} + i || '@example.org', sha256(({b} + i)::text::bytea), sha256(({b} - i)::text::bytea), now()
FROM generate_series(1, 200) i;
INSERT INTO microcosm.mails (site_id, profile_id, kind, item_type, item_id, about_type, about_id, actor_id, caused, queue_id)
SELECT {site}, {b} + i, 1, 4, {b} + i, 6, {b} + i, {b} + 1, now(), {b} + i FROM generate_series(1, 200) i;
INSERT INTO microcosm.changes_trimmed (site_id, transaction, change_id) VALUES ({site}, '3', 1);
INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
SELECT {site}, 6, {b} + i, {b} + 1, 'C', '192.0.2.1' FROM generate_series(1, 100) i;

INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id)
SELECT {site}, {b} + p, 6, {b} + i FROM generate_series(1, 100) p, generate_series(1, 40) i;
INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id)
SELECT {site}, {b} + p, 3, {b} + i FROM generate_series(1, 100) p, generate_series(101, 105) i;
INSERT INTO microcosm.sign_in_codes (code_hash, site_id, user_id, ends)
SELECT sha256(({site} * 10000 + i)::text::bytea), {site}, 2000001, now() + i * interval '1 minute' FROM generate_series(1, 500) i;
INSERT INTO microcosm.sign_in_providers (site_id, name, kind, title, issuer, client_id, client_secret, scopes, authorize_url, token_url
                                        ,user_url, emails_url, subject_key, email_key, verified_key, name_key, links, registers)
SELECT {site}, 'p' || i, 'oidc', 'P', 'https://id.example', 'c', 's', '', '', '', '', '', '', '', '', '', true, true FROM generate_series(1, 200) i;
INSERT INTO microcosm.calendar_links (site_id, profile_id, token_hash)
SELECT site_id, profile_id, sha256(profile_id::text::bytea) FROM microcosm.profiles WHERE site_id = {site};
INSERT INTO microcosm.search_documents (site_id, item_type, item_id, created_by, created, title, words)
SELECT site_id, item_type, item_id, created_by, created, lower(title),
       microcosm.search_words('english', microcosm.search_mark(site_id, item_type), title, '')
FROM microcosm.items WHERE site_id = {site};
INSERT INTO microcosm.search_documents (site_id, item_type, item_id, parent_type, parent_id, created_by, created, title, words)
SELECT site_id, 4, comment_id, item_type, item_id, created_by, created, '',
       microcosm.search_words('english', microcosm.search_mark(site_id, 4, item_type), '', markdown)
FROM microcosm.comments WHERE site_id = {site} AND item_id IS NOT NULL AND position = 0;
INSERT INTO microcosm.search_pending (site_id, item_type, item_id) SELECT {site}, 6, {b} + i FROM generate_series(1, 3) i;
INSERT INTO microcosm.import_origins (site_id, origin_id, product, title) SELECT {site}, {b} + i, 'phpbb', 'Old ' || i FROM generate_series(1, 2) i;
INSERT INTO microcosm.imported_items (site_id, origin_id, item_type, old_id, new_id)
SELECT {site}, {b} + 1, 6, i, {b} + i FROM generate_series(1, 2000) i;
INSERT INTO microcosm.update_preferences (site_id, profile_id, update_type_id, send_email, send_sms)
SELECT {site}, {b} + p, u, true, false FROM generate_series(1, 50) p, generate_series(1, 9) u;
"""


FILL_PLATFORM = """
INSERT INTO microcosm.access_tokens (token_hash, user_id, expires)
SELECT sha256((u || '-' || t)::bytea), 2000000 + u, now() + t * interval '1 day'
FROM generate_series(1, 200) u, generate_series(1, 5) t;
INSERT INTO microcosm.passwords (user_id, hash)
SELECT 2000000 + u, '$argon2id$v=19$m=8,t=1,p=1$x$x' FROM generate_series(1, 200) u;
INSERT INTO microcosm.totp_secrets (user_id, secret) SELECT 2000000 + u, substr(sha256(u::text::bytea), 1, 20) FROM generate_series(1, 200) u;
INSERT INTO microcosm.recovery_codes (user_id, code_hash)
SELECT 2000000 + u, sha256((u || '-' || n)::bytea) FROM generate_series(1, 200) u, generate_series(1, 10) n;
INSERT INTO microcosm.sign_in_attempts (subject, count, resets, ends)
SELECT sha256(i::text::bytea), 1, now(), now() + i * interval '1 minute' FROM generate_series(1, 1000) i;
INSERT INTO microcosm.identities (issuer, subject, user_id)
SELECT 'https://id.example', i::text, 2000001 FROM generate_series(1, 1000) i;
INSERT INTO microcosm.clients (name, secret_hash)
SELECT 'c', sha256(i::text::bytea) FROM generate_series(1, 1000) i;
INSERT INTO microcosm.short_links (code, url)
SELECT translate(i::text, '01', 'xy'), 'https://example.org/' || i FROM generate_series(1, 1000) i;
"""


# Checks

def check_applies(db):
    role = db.query("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    expect(role, "f", "the connecting role is a superuser or bypasses row-level security")
    expect(db.query("SELECT count(*) FROM pg_namespace WHERE nspname = 'microcosm'"), "0", "database isn't empty")
    files = [*sorted(SCHEMA.glob("tables/*.sql")), *sorted(SCHEMA.glob("definitions/*.sql"))]
    expect(len(files) > 10, True, f"files found in {SCHEMA}")
    db.query("CREATE SCHEMA microcosm")
    # A search_path without the schema shows every name that was left unqualified.
    db.query("SET LOCAL search_path = pg_catalog;\n" + "\n".join(file.read_text(encoding="utf-8") for file in files),
             one_transaction=True)
    expect(db.query("SELECT extname FROM pg_extension WHERE extname NOT IN ('plpgsql', 'pg_trgm')"), "", "extensions needed")
    expect(db.query("SELECT to_regclass('microcosm.migrations') IS NULL"), "t", "the runner's own table is left to it")


def check_comments(db):
    missing = db.query("""
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = 'microcosm'::regnamespace AND c.relkind IN ('r', 'p')
          AND coalesce(obj_description(c.oid, 'pg_class'), '') = ''""")
    expect(missing, "", "tables without a comment")


def check_shipped_rows(db):
    expect(db.query("SELECT count(*), min(item_type), max(item_type) FROM microcosm.item_types"), "22|1|22", "item types")
    expect(db.query("SELECT site_id || subdomain_key FROM microcosm.sites"), "1root", "root site")
    expect(db.query("SELECT theme_id FROM microcosm.themes"), "1", "theme")
    next_ids = db.query("""SELECT nextval(pg_get_serial_sequence('microcosm.sites', 'site_id')),
                                  nextval(pg_get_serial_sequence('microcosm.themes', 'theme_id'))""")
    expect(next_ids, "2|2", "ids go on after the shipped rows")


def check_references_carry_site(db):
    bad = db.query("""
        SELECT k.conrelid::regclass || '.' || k.conname
        FROM pg_constraint k
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attname = 'site_id'
        JOIN pg_attribute r ON r.attrelid = k.confrelid AND r.attname = 'site_id'
        WHERE k.contype = 'f' AND k.connamespace = 'microcosm'::regnamespace
          AND NOT EXISTS (SELECT FROM generate_subscripts(k.conkey, 1) n
                          WHERE k.conkey[n] = a.attnum AND k.confkey[n] = r.attnum)""")
    expect(bad, "", "foreign keys between tables of a site that leave the site out")


# A table and the columns that a constraint is on, without the site where others follow, make its name.
NAMED_BY_RULE = """
    SELECT k.conname, c.relname, k.contype,
           array_to_string(CASE WHEN cardinality(names) > 1 THEN array_remove(names, 'site_id') ELSE names END, '_'),
           cardinality(names)
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid
     CROSS JOIN LATERAL (SELECT array_agg(a.attname::text ORDER BY n) AS names
                           FROM unnest(k.conkey) WITH ORDINALITY u (attnum, n)
                           JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum) columns
     WHERE k.connamespace = 'microcosm'::regnamespace AND k.contype IN ('p', 'u', 'f', 'c', 'x')"""
KINDS = {"p": "pk", "u": "uq", "f": "fk", "c": "ck"}


def check_constraint_names(db):
    rows = [line.split("|") for line in db.query(NAMED_BY_RULE).split("\n")]
    expect(len(rows) > 100, True, "constraints found")
    bad = [name for name, table, kind, columns, count in rows if name != f"{table}_{columns}_{KINDS.get(kind)}"
           # a check on several columns is named for what it says
           and not (kind == "c" and int(count) > 1 and re.fullmatch(f"{table}_[a-z_]+_ck", name))]
    expect(bad, [], "constraints that aren't named <table>_<columns>_<kind>")
    bad = db.query("""
        SELECT k.conname FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid
        WHERE k.connamespace = 'microcosm'::regnamespace AND k.conname <> t.typname || '_ck'""")
    expect(bad, "", "constraints that aren't named <domain>_ck")
    bad = db.query("""
        SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = 'microcosm'::regnamespace AND c.relname ~ '_(idx|key|pkey|excl)[0-9]*$'""")
    expect(bad, "", "indexes that PostgreSQL has named")


def check_filled(db):
    for site, key in ((OAK, "oak"), (ELM, "elm")):
        db.query(fill(site, key), site=0)
    db.query(FILL_PLATFORM, site=0)
    db.query("VACUUM (ANALYZE)", site=0)
    for table in site_tables(db):
        rows = db.query(f"SELECT count(DISTINCT site_id) FROM microcosm.{table} WHERE site_id IN ({OAK}, {ELM})", site=0)
        expect(rows, "2", f"{table} has rows of both sites, so that the checks below mean something")


def site_tables(db):
    return db.query("""
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'site_id'
        WHERE c.relnamespace = 'microcosm'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1""").split()


# Statements of site Oak that refer to rows of Elm; each is valid except for the site.
O, E = BASE[OAK], BASE[ELM]
CROSS_SITE = {
    "a site's owner": f"UPDATE microcosm.sites SET owned_by = {E} + 1 WHERE site_id = {OAK}",
    "a microcosm's parent":
        f"INSERT INTO microcosm.microcosms (site_id, microcosm_id, parent_id, path, title, owned_by, created_by)"
        f" VALUES ({OAK}, 99, {E} + 1, ARRAY[{E} + 1, 99], 'x', {O} + 1, {O} + 1)",
    "a microcosm's author":
        f"INSERT INTO microcosm.microcosms (site_id, microcosm_id, parent_id, path, title, owned_by, created_by)"
        f" VALUES ({OAK}, 99, {O} + 1, ARRAY[{O} + 1, 99], 'x', {O} + 1, {E} + 1)",
    "a role's microcosm": f"UPDATE microcosm.roles SET microcosm_id = {E} + 2 WHERE site_id = {OAK}",
    "a role's member": f"INSERT INTO microcosm.role_profiles VALUES ({OAK}, {O} + 1, {E} + 1)",
    "a criterion's role": f"UPDATE microcosm.role_criteria SET role_id = {E} + 1 WHERE site_id = {OAK}",
    "an item's microcosm": f"UPDATE microcosm.items SET microcosm_id = {E} + 2 WHERE site_id = {OAK}",
    "an item's author": f"UPDATE microcosm.items SET created_by = {E} + 2 WHERE site_id = {OAK}",
    "an event's item": f"INSERT INTO microcosm.events (site_id, item_id) VALUES ({OAK}, {E} + 1)",
    "an attendee": f"INSERT INTO microcosm.attendees (site_id, item_id, profile_id, created_by)"
                   f" VALUES ({OAK}, {O} + 1, {E} + 1, {O} + 1)",
    "a choice's poll": f"INSERT INTO microcosm.poll_choices (site_id, item_id, choice, position)"
                       f" VALUES ({OAK}, {E} + 10, 'x', 9)",
    "a vote's choice": f"INSERT INTO microcosm.poll_votes (site_id, item_id, profile_id, choice_id)"
                       f" VALUES ({OAK}, {O} + 10, {O} + 9, ({E} + 10) * 10 + 1)",
    "a voter": f"INSERT INTO microcosm.poll_votes (site_id, item_id, profile_id, choice_id)"
               f" VALUES ({OAK}, {O} + 10, {E} + 9, ({O} + 10) * 10 + 1)",
    "a participant": f"INSERT INTO microcosm.huddle_participants (site_id, huddle_id, profile_id)"
                     f" VALUES ({OAK}, {O} + 1, {E} + 1)",
    "a participant's huddle": f"INSERT INTO microcosm.huddle_participants (site_id, huddle_id, profile_id)"
                              f" VALUES ({OAK}, {E} + 1, {O} + 1)",
    "a comment's item": f"INSERT INTO microcosm.comments (site_id, item_id, item_type, position, created_by, markdown, html)"
                        f" VALUES ({OAK}, {E} + 2, 6, 99, {O} + 1, 'x', 'x')",
    "a comment's huddle":
        f"INSERT INTO microcosm.comments (site_id, huddle_id, item_type, position, created_by, markdown, html)"
        f" VALUES ({OAK}, {E} + 2, 5, 99, {O} + 1, 'x', 'x')",
    "a comment's profile":
        f"INSERT INTO microcosm.comments (site_id, on_profile_id, item_type, position, created_by, markdown, html)"
        f" VALUES ({OAK}, {E} + 2, 3, 99, {O} + 1, 'x', 'x')",
    "a reply": f"UPDATE microcosm.comments SET in_reply_to = {E} + 1 WHERE site_id = {OAK} AND comment_id = {O} + 5",
    "a comment's author": f"UPDATE microcosm.comments SET created_by = {E} + 1 WHERE site_id = {OAK}",
    "a revision": f"INSERT INTO microcosm.comment_revisions VALUES ({OAK}, {E} + 1, 7, 'x', 'x', now(), {O} + 1)",
    "a read mark": f"INSERT INTO microcosm.read_marks VALUES ({OAK}, {E} + 1, 6, 1, now())",
    "an ignore": f"INSERT INTO microcosm.ignores VALUES ({OAK}, {E} + 1, 6, 1)",
    "a watcher": f"INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id) VALUES ({OAK}, {E} + 1, 6, 1)",
}

# The rest of what the database refuses.
REFUSED = [
    ("a site without owner", "23502",
     "INSERT INTO microcosm.sites (subdomain_key, title) VALUES ('new', 'New')"),
    ("a key that is no host name", "23514", f"UPDATE microcosm.sites SET subdomain_key = 'a-b' WHERE site_id = {OAK}"),
    ("a domain twice", "23505", f"UPDATE microcosm.sites SET domain = 'x.example' WHERE site_id IN ({OAK}, {ELM})"),
    ("a key twice", "23505", f"UPDATE microcosm.sites SET subdomain_key = 'x' WHERE site_id IN ({OAK}, {ELM})"),
    ("a key that an import has", "23505",
     f"UPDATE microcosm.sites SET subdomain_key = 'x', is_deleted = site_id = {OAK}, is_being_imported = site_id = {OAK}"
     f" WHERE site_id IN ({OAK}, {ELM})"),
    ("a key of a name twice", "23505",
     f"UPDATE microcosm.profiles SET name_key = 'name2' WHERE site_id = {OAK} AND profile_id = {O} + 1"),
    ("two profiles of a user on a site", "23505",
     f"INSERT INTO microcosm.profiles (site_id, user_id, profile_name) VALUES ({OAK}, {O} + 1, 'other')"),
    ("an address twice", "23505",
     "INSERT INTO microcosm.users (email, canonical_email) VALUES ('U1@oak.example', 'u1@oak.example')"),
    ("a token kept in the clear", "23514",
     f"INSERT INTO microcosm.access_tokens (token_hash, user_id, expires) VALUES ('clear', {O} + 1, now())"),
    ("a token of no known scope", "23514", "UPDATE microcosm.access_tokens SET scope = 5"),
    ("an endless name of a token", "23514", "UPDATE microcosm.access_tokens SET name = repeat('x', 501)"),
    ("a second root microcosm", "23505",
     f"INSERT INTO microcosm.microcosms (site_id, microcosm_id, path, title, owned_by, created_by)"
     f" VALUES ({OAK}, 99, '{{99}}', 'x', {O} + 1, {O} + 1)"),
    ("a path that ends elsewhere", "23514",
     f"UPDATE microcosm.microcosms SET path = ARRAY[{O} + 1, {O} + 4] WHERE site_id = {OAK} AND microcosm_id = {O} + 3"),
    ("a path that disagrees with the parent", "23514",
     f"UPDATE microcosm.microcosms SET parent_id = {O} + 4 WHERE site_id = {OAK} AND microcosm_id = {O} + 3"),
    ("a microcosm below itself", "23514",
     f"UPDATE microcosm.microcosms SET parent_id = microcosm_id, path = path || microcosm_id WHERE site_id = {OAK}"
     f" AND microcosm_id = {O} + 3"),
    ("a role that moderates and bans", "23514",
     f"UPDATE microcosm.roles SET is_moderator = true, is_banned = true WHERE site_id = {OAK}"),
    ("a conversation's row among the events", "23503",
     f"INSERT INTO microcosm.events (site_id, item_id) VALUES ({OAK}, {O} + 2)"),
    ("a conversation's row among the polls", "23503",
     f"INSERT INTO microcosm.polls (site_id, item_id, question) VALUES ({OAK}, {O} + 2, 'x')"),
    ("a comment that mistakes its item's type", "23503",
     f"INSERT INTO microcosm.comments (site_id, item_id, item_type, position, created_by, markdown, html)"
     f" VALUES ({OAK}, {O} + 2, 9, 99, {O} + 1, 'x', 'x')"),
    ("a comment on two parents", "23514",
     f"INSERT INTO microcosm.comments (site_id, item_id, huddle_id, item_type, position, created_by, markdown, html)"
     f" VALUES ({OAK}, {O} + 2, {O} + 1, 6, 99, {O} + 1, 'x', 'x')"),
    ("a comment on nothing", "23514",
     f"INSERT INTO microcosm.comments (site_id, item_type, position, created_by, markdown, html)"
     f" VALUES ({OAK}, 6, 99, {O} + 1, 'x', 'x')"),
    ("a comment that answers itself", "23514",
     f"UPDATE microcosm.comments SET in_reply_to = comment_id WHERE site_id = {OAK}"),
    ("a comment edited by nobody", "23514", f"UPDATE microcosm.comments SET edited = now() WHERE site_id = {OAK}"),
    ("a comment whose kind is not what it is on", "23514",
     f"UPDATE microcosm.comments SET item_type = 6 WHERE site_id = {OAK} AND huddle_id IS NOT NULL"),
    ("a comment before the first", "23514",
     f"UPDATE microcosm.comments SET position = -1 WHERE site_id = {OAK} AND comment_id = {O} + 1"),
    ("a comment without a text", "23514", f"UPDATE microcosm.comments SET revisions = 0 WHERE site_id = {OAK}"),
    ("an item without a title", "23514", f"UPDATE microcosm.items SET title = '' WHERE site_id = {OAK}"),
    ("a new item without a title", "23514",
     f"INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)"
     f" VALUES ({OAK}, 6, {O} + 1, '', {O} + 1)"),
    ("an item of a kind that is no item", "23514",
     f"INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)"
     f" VALUES ({OAK}, 4, {O} + 1, 'x', {O} + 1)"),
    ("an endless reason", "23514", f"UPDATE microcosm.items SET edit_reason = repeat('x', 751) WHERE site_id = {OAK}"),
    ("an item edited by nobody", "23514", f"UPDATE microcosm.items SET edited = now() WHERE site_id = {OAK}"),
    ("half of a newest comment", "23514",
     f"UPDATE microcosm.items SET last_comment_id = NULL, last_comment_by = 1 WHERE site_id = {OAK}"),
    ("an empty name", "23514", f"UPDATE microcosm.profiles SET profile_name = '' WHERE site_id = {OAK} AND profile_id = {O} + 1"),
    ("a new profile with an endless name", "23514",
     f"INSERT INTO microcosm.profiles (site_id, user_id, profile_name) VALUES ({OAK}, 1, repeat('x', 151))"),
    ("an endless avatar", "23514", f"UPDATE microcosm.profiles SET avatar = repeat('x', 2001) WHERE site_id = {OAK}"),
    ("an endless gender", "23514", f"UPDATE microcosm.profiles SET gender = repeat('x', 251) WHERE site_id = {OAK}"),
    ("a style below the first", "23514", f"UPDATE microcosm.profiles SET style_id = -1 WHERE site_id = {OAK}"),
    ("a change of nothing that is known", "23514",
     f"INSERT INTO microcosm.changes (site_id, item_type, item_id, action) VALUES ({OAK}, 23, 1, 'create')"),
    ("a change below nothing that is known", "23514",
     f"INSERT INTO microcosm.changes (site_id, item_type, item_id, parent_type, action) VALUES ({OAK}, 6, 1, 0, 'create')"),
    ("a change that does something else", "23514", f"UPDATE microcosm.changes SET action = 'burn' WHERE site_id = {OAK}"),
    ("something else in the audit", "23514",
     f"INSERT INTO microcosm.audit (site_id, item_type, item_id, action) VALUES ({OAK}, 6, 1, 'X')"),
    ("nothing that is known in the audit", "23514",
     f"INSERT INTO microcosm.audit (site_id, item_type, item_id, action) VALUES ({OAK}, 0, 1, 'C')"),
    ("following nothing that is known", "23514", f"UPDATE microcosm.watchers SET item_type = 23 WHERE site_id = {OAK}"),
    ("a position twice", "23505",
     f"INSERT INTO microcosm.comments (site_id, item_id, item_type, position, created_by, markdown, html)"
     f" VALUES ({OAK}, {O} + 2, 6, 0, {O} + 1, 'x', 'x')"),
    ("an attribute with two values", "23514",
     f"UPDATE microcosm.attributes SET value_text = 'x' WHERE site_id = {OAK}"),
    ("an attribute key that no address can name", "23514",
     f"INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, value_text) VALUES ({OAK}, 3, 1, 'a b', 'x')"),
]


def check_cross_site(db):
    db.refuse([(f"{what} on another site", "23503", sql) for what, sql in CROSS_SITE.items()])


def check_refused(db):
    db.refuse(REFUSED)


# Searches look in it by indexes that aren't used behind a wall, and look up all that they find in other tables.
UNWALLED = ("search_documents",)


def check_walls_stand(db):
    bad = db.query("""
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'site_id'
        WHERE c.relnamespace = 'microcosm'::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                   AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'site_only'
                               AND p.polcmd = '*'))""").split()
    expect(bad, list(UNWALLED), "tables of a site without the wall")


def check_wall_reading(db):
    walled = [t for t in site_tables(db) if t != "sites" and t not in UNWALLED]
    for site, wanted in ((None, ""), ("", ""), (OAK, f"{OAK}"), (ELM, f"{ELM}"), (0, f"{OAK},{ELM}")):
        for table, answer in zip(walled, db.ask([sites_in(t) for t in walled], site)):
            expect(answer, (wanted, "00000"), f"sites seen in {table} with setting {site!r}")
    expect(db.query(sites_in("sites")), f"{OAK},{ELM}", "sites seen without a setting")


def sites_in(table):
    # Rows for everybody and the root site are left out: they say nothing about the wall between two sites.
    return (f"SELECT coalesce(string_agg(DISTINCT site_id::text, ','), '') FROM microcosm.{table}"
            f" WHERE site_id IN ({OAK}, {ELM})")


def check_wall_writing(db):
    walled = [t for t in site_tables(db) if t not in UNWALLED]
    deletes = [f"WITH t AS (DELETE FROM microcosm.{t} WHERE site_id = {ELM} RETURNING 1) SELECT count(*) FROM t"
               for t in walled]
    renames = f"WITH t AS (UPDATE microcosm.sites SET title = 'x' WHERE site_id = {ELM} RETURNING 1) SELECT count(*) FROM t"
    for site in (None, OAK):
        for sql, answer in zip(deletes + [renames], db.ask(deletes + [renames], site)):
            expect(answer, ("0", "00000"), f"with setting {site!r}: {sql}")
    moves = [(f"rows of {t} given to another site", "42501",
              f"UPDATE microcosm.{t} SET site_id = {ELM} WHERE site_id = {OAK}") for t in walled]
    db.refuse(moves, site=OAK)
    db.refuse([
        ("a row for another site", "42501",
         f"INSERT INTO microcosm.menu_links (site_id, position, href, text) VALUES ({ELM}, 9, '/', 'x')"),
        ("a change on another site", "42501",
         f"INSERT INTO microcosm.changes (site_id, item_type, item_id, action) VALUES ({ELM}, 6, 1, 'create')"),
    ], site=OAK)
    db.query("UPDATE microcosm.sites SET title = title", site=OAK)


# What is asked for, by what name the index goes that must serve it (or several that serve it as well as each
# other), and the question. Asked by site Oak.
S = f"site_id = {OAK}"
LISTS = [
    ("sites, oldest first", "sites_site_id_pk", "SELECT * FROM microcosm.sites WHERE site_id > 1 AND NOT is_deleted"
     " ORDER BY site_id LIMIT 25"),
    ("site of a host", "sites_subdomain", "SELECT * FROM microcosm.sites WHERE subdomain_key = 'oak' AND NOT is_deleted"),
    ("site of a key", "sites_subdomain", "SELECT * FROM microcosm.sites WHERE subdomain_key = 'oak' AND (NOT is_deleted OR is_being_imported)"),
    ("site of a domain", "sites_domain",
     "SELECT * FROM microcosm.sites WHERE domain = 'x.example' AND domain <> '' AND NOT is_deleted"),
    ("menu", "menu_links_position_pk", f"SELECT * FROM microcosm.menu_links WHERE {S} ORDER BY position"),
    ("token", "access_tokens_token_hash_pk", "SELECT * FROM microcosm.access_tokens WHERE token_hash = sha256('x')"),
    ("tokens of a user", "access_tokens_user",
     f"SELECT * FROM microcosm.access_tokens WHERE user_id = {O} + 1 ORDER BY token_id DESC LIMIT 25"),
    ("user of an address", "users_canonical_email_uq", "SELECT * FROM microcosm.users WHERE canonical_email = 'x'"),
    ("profile of a user", "profiles_user_id_uq", f"SELECT * FROM microcosm.profiles WHERE {S} AND user_id = {O} + 1"),
    ("profiles by name", "profiles_by_name", f"SELECT * FROM microcosm.profiles WHERE {S} ORDER BY name_order LIMIT 25"),
    ("profile of a name", "profiles_name", f"SELECT * FROM microcosm.profiles WHERE {S} AND name_key = 'name7'"),
    ("profiles by beginning of name", "profiles_name",
     f"SELECT * FROM microcosm.profiles WHERE {S} AND name_key >= 'name1' AND name_key < 'name1' || chr(1114111)"
     f" ORDER BY name_key LIMIT 25"),
    ("profiles, most comments first", "profiles_top",
     f"SELECT * FROM microcosm.profiles WHERE {S} ORDER BY comment_count DESC, name_order LIMIT 25"),
    ("profiles online", "profiles_active",
     f"SELECT * FROM microcosm.profiles WHERE {S} AND last_active > now() - interval '90 minutes'"),
    ("profiles one follows", "watchers_profile_id_item_type_item_id_uq",
     f"SELECT item_id FROM microcosm.watchers WHERE {S} AND profile_id = {O} + 1 AND item_type = 3"),
    ("tree, depth first", "microcosms_path", f"SELECT * FROM microcosm.microcosms WHERE {S} ORDER BY path"),
    ("root", "microcosms_root", f"SELECT * FROM microcosm.microcosms WHERE {S} AND parent_id IS NULL"),
    ("profiles of a role", "role_profiles_role_id_profile_id_pk",
     f"SELECT * FROM microcosm.role_profiles WHERE {S} AND role_id = {O} + 1 ORDER BY profile_id LIMIT 25"),
    ("roles of a profile", "role_profiles_profile",
     f"SELECT role_id FROM microcosm.role_profiles WHERE {S} AND profile_id = {O} + 1"),
    ("sticky items of a microcosm", "items_microcosm",
     f"SELECT * FROM microcosm.items WHERE {S} AND microcosm_id = {O} + 2 AND is_visible AND is_listed"
     f" AND is_sticky ORDER BY last_activity DESC, item_id DESC"),
    ("items of a microcosm", "items_microcosm",
     f"SELECT * FROM microcosm.items WHERE {S} AND microcosm_id = {O} + 2 AND is_visible AND is_listed"
     f" ORDER BY is_sticky DESC, last_activity DESC, item_id DESC LIMIT 25"),
    ("newest item of a microcosm", "items_newest",
     f"SELECT * FROM microcosm.items WHERE {S} AND microcosm_id = {O} + 2 AND is_visible AND is_listed"
     f" ORDER BY last_activity DESC LIMIT 1"),
    ("conversations", "items_collection",
     f"SELECT * FROM microcosm.items WHERE {S} AND microcosm_id = {O} + 2 AND item_type = 6 AND is_visible"
     f" ORDER BY is_sticky DESC, last_activity DESC, item_id DESC LIMIT 25"),
    ("events", "items_collection",
     f"SELECT * FROM microcosm.items WHERE {S} AND microcosm_id = {O} + 2 AND item_type = 9 AND is_visible"
     f" ORDER BY is_sticky DESC, last_activity DESC, item_id DESC LIMIT 25"),
    ("events of a calendar", "events_calendar",
     f"SELECT * FROM microcosm.events WHERE {S} AND microcosm_id = {O} + 2 AND starts >= now() - interval '1 day'"
     f" ORDER BY starts, item_id LIMIT 1000"),
    ("what somebody attends", "attendees_profile",
     f"SELECT item_id FROM microcosm.attendees WHERE {S} AND profile_id = {O} + 2 AND rsvp = 'yes'"),
    ("trending candidates", "items_collection",
     f"SELECT * FROM microcosm.items WHERE {S} AND microcosm_id IN ({O} + 2, {O} + 3) AND item_type IN (6, 7, 9)"
     f" AND is_sticky IN (true, false) AND is_visible"
     f" AND last_activity > now() - interval '1 month'"),
    ("a repeated item", "items_author",
     f"SELECT * FROM microcosm.items WHERE {S} AND created_by = {O} + 2 AND created > now() - interval '5 minutes'"
     f" ORDER BY created DESC"),
    ("attendees", "attendees_list",
     f"SELECT * FROM microcosm.attendees WHERE {S} AND item_id = {O} + 5 ORDER BY rsvp_order, rsvpd_on, profile_id LIMIT 25"),
    ("oldest polls", "items_collection_oldest",
     f"SELECT * FROM microcosm.items WHERE {S} AND microcosm_id = {O} + 2 AND item_type = 7 AND is_visible"
     f" ORDER BY created, item_id LIMIT 25"),
    ("choices", "poll_choices_item_id_position_uq",
     f"SELECT * FROM microcosm.poll_choices WHERE {S} AND item_id = {O} + 10 ORDER BY position"),
    ("page of comments", "comments_shown",
     f"SELECT comment_id, created_by FROM microcosm.comments WHERE {S} AND item_id = {O} + 2 AND position >= 5 AND is_visible"
     f" ORDER BY position LIMIT 25"),
    ("last comment", "comments_shown",
     f"SELECT comment_id, created_by, created FROM microcosm.comments WHERE {S} AND item_id = {O} + 2 AND is_visible"
     f" ORDER BY position DESC LIMIT 1"),
    ("hidden comments before", "comments_hidden",
     f"SELECT count(*) FROM microcosm.comments WHERE {S} AND item_id = {O} + 2 AND position < 9 AND NOT is_visible"),
    ("blocks of hidden comments", "hidden_comments_parent_parent_id_block_pk",
     f"SELECT hidden FROM microcosm.hidden_comments WHERE {S} AND parent = 'item_id' AND parent_id = {O} + 2 ORDER BY block"),
    ("ignored comments before", "comments_item_author",
     f"SELECT count(*) FROM microcosm.comments WHERE {S} AND item_id = {O} + 2 AND created_by = {O} + 14"
     f" AND position < 9"),
    ("ignored comments in a huddle", "comments_huddle_author",
     f"SELECT count(*) FROM microcosm.comments WHERE {S} AND huddle_id = {O} + 2 AND created_by = {O} + 2"
     f" AND position < 9"),
    ("page of a huddle", "comments_huddle",
     f"SELECT * FROM microcosm.comments WHERE {S} AND huddle_id = {O} + 2 AND position >= 0 ORDER BY position LIMIT 25"),
    ("page of a profile's comments", "comments_profile_shown|comments_profile",
     f"SELECT comment_id, created_by FROM microcosm.comments WHERE {S} AND on_profile_id = {O} + 2 AND position >= 5"
     f" AND is_visible ORDER BY position LIMIT 25"),
    ("hidden comments on a profile", "comments_profile_hidden",
     f"SELECT count(*) FROM microcosm.comments WHERE {S} AND on_profile_id = {O} + 2 AND position < 9 AND NOT is_visible"),
    ("ignored comments on a profile", "comments_profile_shown|comments_profile",
     f"SELECT count(*) FROM microcosm.comments WHERE {S} AND on_profile_id = {O} + 2 AND created_by = {O} + 14"
     f" AND position < 9"),
    ("profile comment", "comments_profile_shown|comments_profile",
     f"SELECT * FROM microcosm.comments WHERE {S} AND on_profile_id = {O} + 2 AND is_visible ORDER BY position DESC LIMIT 1"),
    ("replies", "comments_replies",
     f"SELECT * FROM microcosm.comments WHERE {S} AND in_reply_to = {O} + 4 AND is_visible ORDER BY position"),
    ("revisions", "comment_revisions_comment_id_revision_pk",
     f"SELECT * FROM microcosm.comment_revisions WHERE {S} AND comment_id = {O} + 4 ORDER BY revision"),
    ("huddles of a profile", "huddle_participants_list",
     f"SELECT huddle_id FROM microcosm.huddle_participants WHERE {S} AND profile_id = {O} + 4"
     f" ORDER BY last_activity DESC, huddle_id DESC LIMIT 25"),
    ("unread huddles", "huddle_participants_list",
     f"SELECT huddle_id FROM microcosm.huddle_participants WHERE {S} AND profile_id = {O} + 4"
     f" AND last_activity > now() - interval '1 day' ORDER BY last_activity DESC, huddle_id DESC LIMIT 25"),
    ("participants", "huddle_participants_huddle_id_profile_id_pk",
     f"SELECT profile_id FROM microcosm.huddle_participants WHERE {S} AND huddle_id = {O} + 4 ORDER BY profile_id LIMIT 25"),
    ("read mark", "read_marks_profile_id_item_type_item_id_pk",
     f"SELECT * FROM microcosm.read_marks WHERE {S} AND profile_id = {O} + 1 AND item_type = 6 AND item_id = {O} + 1"),
    ("ignored resources", "ignores_profile_id_item_type_item_id_pk",
     f"SELECT * FROM microcosm.ignores WHERE {S} AND profile_id = {O} + 1 ORDER BY item_type LIMIT 25"),
    ("attributes", "attributes_item_type_item_id_key_pk",
     f"SELECT * FROM microcosm.attributes WHERE {S} AND item_type = 3 AND item_id = {O} + 1 ORDER BY key LIMIT 25"),
    ("preferences", "update_preferences_profile_id_update_type_id_pk",
     f"SELECT * FROM microcosm.update_preferences WHERE {S} AND profile_id = {O} + 3 ORDER BY update_type_id"),
    ("watcher on a resource", "watchers_profile_id_item_type_item_id_uq|watchers_thing",
     f"SELECT * FROM microcosm.watchers WHERE {S} AND profile_id = {O} + 3 AND item_type = 6 AND item_id = {O} + 3"),
    ("what somebody is told of", "updates_list",
     f"SELECT * FROM microcosm.updates WHERE {S} AND profile_id = {O} + 3 ORDER BY created DESC, update_id DESC LIMIT 25"),
    ("mails of a digest", "mails_queue", f"SELECT * FROM microcosm.mails WHERE {S} AND queue_id = {O} + 3 ORDER BY mail_id LIMIT 250"),
    ("mails about a thing", "mails_about",
     f"SELECT * FROM microcosm.mails WHERE {S} AND profile_id = {O} + 3 AND about_type = 6 AND about_id = {O} + 3 AND caused > now()"),
    ("who follows a thing", "watchers_thing",
     f"SELECT * FROM microcosm.watchers WHERE {S} AND item_type = 6 AND item_id = {O} + 3"),
    ("what somebody follows", "watchers_list",
     f"SELECT * FROM microcosm.watchers WHERE {S} AND profile_id = {O} + 3"
     " ORDER BY last_notified DESC NULLS FIRST, item_type, item_id DESC LIMIT 25"),
    ("changes of a site", "changes_site",
     f"SELECT * FROM microcosm.changes WHERE {S} AND (transaction, change_id) > ('3'::xid8, 5)"
     " ORDER BY transaction, change_id LIMIT 100"),
]

# The platform's own questions.
PLATFORM_LISTS = [
    ("change feed", "changes_feed",
     "SELECT * FROM microcosm.changes WHERE (transaction, change_id) > ('3'::xid8, 5)"
     " AND transaction < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY transaction, change_id LIMIT 100"),
    ("what is new since a snapshot", "changes_feed",
     "SELECT * FROM microcosm.changes WHERE transaction >= pg_snapshot_xmax('90000:90010:90003'::pg_snapshot)"),
    ("what running transactions of a snapshot have written", "changes_feed",
     "SELECT * FROM microcosm.changes WHERE transaction = ANY"
     " (ARRAY(SELECT pg_snapshot_xip('90000:90010:90003,90005'::pg_snapshot)))"),
    ("the beginning of the feed", "changes_feed",
     "SELECT * FROM microcosm.changes WHERE transaction < pg_snapshot_xmin(pg_current_snapshot())"
     " ORDER BY transaction, change_id LIMIT 2000"),
]


def plan_nodes(node):
    yield node
    for child in node.get("Plans", ()):
        yield from plan_nodes(child)


def check_lists(db):
    # The tables are small here. These switches take away the ways that only pay because of it, and a sort
    # that remains is one that no index can spare.
    switches = ["SET enable_seqscan = off", "SET enable_sort = off", "SET enable_bitmapscan = off"]
    for site, lists in ((OAK, LISTS), (0, PLATFORM_LISTS)):
        answers = db.ask(switches + [f"EXPLAIN (FORMAT JSON) {sql}" for _, _, sql in lists], site)
        for (what, index, sql), (text, state) in zip(lists, answers[len(switches):]):
            expect(state, "00000", f"{what}: {sql}")
            check_plan(what, index, sql, list(plan_nodes(json.loads(text)[0]["Plan"])))


def check_plan(what, index, sql, nodes):
    scans = [n for n in nodes if "Index Name" in n]
    used = [n["Index Name"] for n in scans]
    index = next((name for name in index.split("|") if name in used), None)
    if index is None:
        raise Failure(f"{what}: served by {used or 'no index'}\n  in: {sql}")
    if any("Sort" in n["Node Type"] for n in nodes):
        raise Failure(f"{what}: {index} doesn't give the order\n  in: {sql}")
    if "WHERE" in sql and "Index Cond" not in scans[used.index(index)]:
        raise Failure(f"{what}: {index} is read from end to end\n  in: {sql}")


def check_huddle_order(db):
    newest = (f"SELECT huddle_id - {O} FROM microcosm.huddle_participants WHERE {S} AND profile_id = {O} + 5"
              f" ORDER BY last_activity DESC, huddle_id DESC LIMIT 1")
    db.query(f"UPDATE microcosm.huddles SET last_activity = now() WHERE {S} AND huddle_id = {O} + 404", site=OAK)
    expect(db.query(newest, site=OAK), "404", "a comment moves the huddle up for its participants")
    db.query(f"UPDATE microcosm.huddles SET last_activity = now() WHERE {S} AND huddle_id = {O} + 303;"
             f" INSERT INTO microcosm.huddle_participants (site_id, huddle_id, profile_id)"
             f" VALUES ({OAK}, {O} + 303, {O} + 5)", site=OAK)
    expect(db.query(newest, site=OAK), "303", "a new participant has the huddle's activity")
    apart = db.query(f"SELECT count(*) FROM microcosm.huddle_participants p JOIN microcosm.huddles h"
                     f" USING (site_id, huddle_id) WHERE p.last_activity <> h.last_activity", site=0)
    expect(apart, "0", "participants that are behind their huddle")
    db.query(f"DELETE FROM microcosm.huddles WHERE {S} AND huddle_id = {O} + 303", site=OAK)
    expect(db.query(f"SELECT count(*) FROM microcosm.comments WHERE {S} AND huddle_id = {O} + 303", site=OAK), "0",
           "comments of an erased huddle")


def check_names(db):
    order = db.query("""
        SELECT string_agg(collname, ' ') FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation
        WHERE attrelid = 'microcosm.profiles'::regclass AND attname IN ('name_key', 'name_order')""")
    expect(order, "C C", "order of names doesn't depend on the machine")
    found = db.query(f"""
        UPDATE microcosm.profiles SET name_key = 'élo😀x' WHERE {S} AND profile_id = {O} + 8;
        UPDATE microcosm.profiles SET name_key = 'em' WHERE {S} AND profile_id = {O} + 9;
        SELECT profile_id - {O} FROM microcosm.profiles
        WHERE {S} AND name_key >= 'élo' AND name_key < 'élo' || chr(1114111)""", site=OAK)
    expect(found, "8", "profiles by beginning of name, beyond ASCII")


def check_hidden(db):
    shown = db.query(f"""
        UPDATE microcosm.items SET is_moderated = true WHERE {S} AND item_id = {O} + 2;
        SELECT is_visible FROM microcosm.items WHERE {S} AND item_id = {O} + 2;
        UPDATE microcosm.items SET is_moderated = false WHERE {S} AND item_id = {O} + 2;
        SELECT is_visible FROM microcosm.items WHERE {S} AND item_id = {O} + 2""", site=OAK)
    expect(shown.split(), ["f", "t"], "is_visible follows the flags")


def check_small_updates(db):
    """Views, positions and read marks change all the time: that must not cost index entries."""
    for table, change in (("items", "view_count = view_count + 1, next_position = next_position + 1"),
                          ("comments", "markdown = 'new', html = '<p>new</p>', revisions = 2, edited = now(), edited_by = created_by"),
                          ("read_marks", "read_at = now()"), ("site_stats", "total_comments = 5"),
                          ("microcosm_counters", "comment_count = 5, last_activity = now()")):
        columns = [c.split(" = ")[0] for c in change.split(", ")]
        indexed = db.query(f"""
            SELECT string_agg(DISTINCT a.attname, ',') FROM pg_index i
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
            WHERE i.indrelid = 'microcosm.{table}'::regclass AND a.attname = ANY ('{{{','.join(columns)}}}')""")
        expect(indexed, "", f"{table}: indexed columns among those that change often")


def check_feed(db):
    passed_on = ("SELECT count(*) FROM microcosm.changes"
                 " WHERE item_id = 42 AND transaction < pg_snapshot_xmin(pg_current_snapshot())")
    seen = db.query(f"""
        BEGIN;
        INSERT INTO microcosm.changes (site_id, item_type, item_id, action) VALUES (2, 6, 42, 'update');
        SELECT transaction = pg_current_xact_id() FROM microcosm.changes WHERE item_id = 42;
        {passed_on};
        COMMIT""", site=OAK)
    expect(seen.split(), ["t", "0"], "a change is held back until its transaction is over")
    # Other tests' transactions on the same server count too: theirs end.
    while db.query(passed_on, site=OAK) != "1":
        time.sleep(0.1)


# Indexes that these plans don't show.
UNSHOWN = {
    "search_documents_similar": "serves a statement in a function",
    "search_documents_author": "serves search.recent if that asks for an author: it is planned for its values",
}


def check_indexes_serve(db):
    """Each index that isn't there to keep something unique is in the plan of one of the library's statements."""
    statements = read_statements()
    expect(len(statements) > 50, True, "statements found")
    explain = []
    for name, text in statements.items():
        values = ", ".join(["NULL"] * max(map(int, re.findall(r"\$(\d+)", text)), default=0))
        explain.append(f'PREPARE "{name}" AS {text}')
        explain.append(f'EXPLAIN (FORMAT JSON) EXECUTE "{name}"' + (f"({values})" if values else ""))
    switches = ["SET plan_cache_mode = force_generic_plan", "SET enable_seqscan = off"]
    used = set()
    for sql, (text, state) in zip(explain, db.ask(switches + explain, OAK)[len(switches):]):
        expect(state, "00000", sql)
        used.update(re.findall(r'"Index Name": "(\w+)"', text))
    rest = db.query("""
        SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = 'microcosm'::regnamespace AND NOT i.indisunique""").split()
    expect(sorted(set(rest) - used - set(UNSHOWN)), [], "indexes that serve no statement")


# Tables that stay small, or that only the work in the background empties or goes through.
SMALL = {"renderings", "search_pending", "search_progress", "item_types", "themes", "microcosm_deltas", "profile_deltas", "site_deltas", "reserved_names", "jobs", "queue_position", "mail_key"}
# Tables that are read as a whole, or by an index from the beginning until there is enough.
FROM_THE_BEGINNING = {
    "files.get": "pictures of all sites, on the root host only",
    "mail.digest": "the index has only those that wait",
    "files.retire": "in the background, a part at a time", "files.lock_retired": "the index has only those",
    "platform.take": "in the background, some times a day", "clients.forget_codes": "the index has those that ended first",
    "auth.list_tokens": "an operator's list of all tokens", "sites.set_settings": "an operator's command",
    "comments.next_rendered": "goes on from where it was",
    "profiles.without_key": "the index has only those", "profiles.set_keys": "the index has only those",
    "sites.public_total": "all sites of the platform, on the root host", "sites.public": "the same",
    "sites.public_menus": "the same", "sites.public_stats": "the same",
    "counters.fold_sites": "all sites of the platform, in the background", "counters.refresh_site": "the same",
    "counters.recount_people": "the same", "queue.feed": "the newest change alone", "search_index.waiting": "the same",
    "search_index.collect": "all sites, where nothing is built yet",
}
# Statements with a limit that sort more than that.
SORTED = {
    "auth.own_page": "a person's own tokens, of which there are few",
    "trending.page": "what was active within a month, in the microcosms that are asked for; planned for its values",
    "suggest.titles": "titles with words that begin so, by an index where those are common; planned for its values",
    "exports.attachments": "what one file is attached to, of which there is little; for the operator",
    "search.hits": "what has the words, which are rare",
    "search.hits_of_many": "what has the words; of comments the newest, by an index where the words are common",
    "search.recent": "what was asked for, by an index where there is one for it; planned for its values",
    "search.addressed": "profiles of the addresses that are asked for",
    "roles.get": "the roles of one site that are named",
    "roles.candidates": "what people have written, by person; the people end at a limit",
    "attendees.attended": "events to which the actor has said yes, each by hand",
    "calendars.attended": "the same", "calendars.of_microcosm": "those of the calendar, which two limits end",
    "event_times.follow_zones": "in the background: those it has looked at, which a limit ends",
    "changes.trim": "in the background: those it has deleted, which a limit ends",
    "followed.page": "the first of the actor's own, which a limit ends",
    "told.page": "the same",
    "queue.feed": "in the background: those it has found, which a limit ends",
    "updates.remind": "in the background: those it has told, which a limit ends", "updates.make": "the same",
    "mail.digest": "in the background: what waits for those people whom a limit ends",
    "queue.take": "in the background: those it has locked, which a limit ends",
}


def grows(node):
    """Whether a node reads a table that grows with what people write. Not PostgreSQL's own: those of other databases on the server count there."""
    relation = node.get("Relation Name") or node["Index Name"]
    return relation not in SMALL and not relation.startswith("pg_")


def is_cut(node):
    """Whether what a node reads ends at a limit, or is no more than an array names that was given or ended at one."""
    if node["Node Type"] in ("Limit", "Function Scan", "Result", "Values Scan") or "= ANY" in node.get("Index Cond", ""):
        return True
    inside = [child for child in node.get("Plans", ()) if child["Parent Relationship"] not in ("InitPlan", "SubPlan")]
    if node["Node Type"] == "Nested Loop":
        inside = inside[:1]
    return bool(inside) and all(map(is_cut, inside))


def check_all_statements_use_indexes(db):
    """No statement of the library reads a table that grows from end to end, and lists come in an index's order."""
    statements = read_statements()
    explain = []
    for name, text in statements.items():
        values = ", ".join(["NULL"] * max(map(int, re.findall(r"\$(\d+)", text)), default=0))
        explain += [f'PREPARE "{name}" AS {text}', f'EXPLAIN (FORMAT JSON) EXECUTE "{name}"' + (f"({values})" if values else "")]
    switches = ["SET plan_cache_mode = force_generic_plan", "SET enable_seqscan = off", "SET enable_mergejoin = off",
                "SET enable_hashjoin = off"]
    answers = db.ask(switches + explain, OAK)[len(switches):]
    scans, sorts = {}, {}
    for name, (text, state) in zip(statements, answers[1::2]):
        expect(state, "00000", name)
        nodes = list(plan_nodes(json.loads(text)[0]["Plan"]))
        for node in nodes:
            if node["Node Type"] == "Seq Scan" and grows(node):
                scans[name] = node["Relation Name"]
            if "Index Name" in node and "Index Cond" not in node and grows(node):
                scans[name] = node["Index Name"]
            if node["Node Type"] in ("Sort", "Incremental Sort") and re.search(r"LIMIT\s+\$", statements[name]):
                if not all(is_cut(child) for child in node["Plans"]):
                    sorts[name] = node["Sort Key"]
    expect({name: index for name, index in scans.items() if name not in FROM_THE_BEGINNING}, {}, "tables read from end to end")
    expect({name: keys for name, keys in sorts.items() if name not in SORTED}, {}, "lists that no index brings in order")
    expect(sorted(set(FROM_THE_BEGINNING) - set(scans)) + sorted(set(SORTED) - set(sorts)), [], "exceptions that are none")


def check_people(db):
    """Profiles that a record names are looked up by their key, however many members a site has."""
    switches = [f"SET {way} = off" for way in ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin")]
    for view in ("comment_records", "item_records"):
        sql = f"SELECT * FROM microcosm.{view} WHERE {S} AND id = {O} + 1"
        (text, state), = db.ask(switches + [f"EXPLAIN (FORMAT JSON) {sql}"], OAK)[len(switches):]
        expect(state, "00000", sql)
        scans = [n for n in plan_nodes(json.loads(text)[0]["Plan"]) if n.get("Relation Name") == "profiles"]
        if not scans:
            raise Failure(f"{view}: no profiles in its plan")
        for scan in scans:
            if "profile_id =" not in scan.get("Index Cond", ""):
                raise Failure(f"{view}: {scan['Alias']} is looked for among all profiles of the site")


CHECKS = [
    ("applies in one transaction as an ordinary role, without extensions", check_applies),
    ("every table has a comment", check_comments),
    ("shipped rows are there and ids go on after them", check_shipped_rows),
    ("constraints are named by the rule", check_constraint_names),
    ("foreign keys inside a site carry the site", check_references_carry_site),
    ("every table of a site takes rows of two sites", check_filled),
    ("references to another site are refused", check_cross_site),
    ("what must not be is refused", check_refused),
    ("every table of a site has the wall", check_walls_stand),
    ("the wall shows nothing without a site, own rows with one, all to the platform", check_wall_reading),
    ("the wall keeps writes inside the site", check_wall_writing),
    ("every list is served by an index, in its order, behind the wall", check_lists),
    ("every index serves a statement", check_indexes_serve),
    ("no statement reads a table from end to end", check_all_statements_use_indexes),
    ("people of a record are found by their key, behind the wall", check_people),
    ("huddles of a participant come in the order of their activity", check_huddle_order),
    ("beginnings of names are found, in any alphabet", check_names),
    ("visibility follows the flags", check_hidden),
    ("frequent small updates touch no index", check_small_updates),
    ("the change feed waits for running transactions", check_feed),
]


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    db = Database(sys.argv[1])
    passed = 0
    for what, check in CHECKS:
        try:
            check(db)
        except Failure as failure:
            print(f"FAIL {what}\n  {failure}")
            print(f"{passed} passed, 1 failed")
            return 1
        print(f"ok   {what}", flush=True)
        passed += 1
    print(f"{passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
