"""Communities that move in and out: docs/moving.md."""

import base64
import io
import json
import os
import pathlib
import re
import signal
import subprocess
import tarfile
import urllib.parse
import zlib

import harness
import pytest
from test_commands import run
from test_files import part, upload


def key_of(site):
    return site.key + "moved"


def export(daemon, key, path):
    return daemon.command("export", str(path), "--site", key)


def import_(daemon, path, key, *arguments):
    return daemon.command("import", str(path), "--site", key, *arguments)


def refused(daemon, path, key, *arguments):
    """Run an import that must fail; return what it says."""
    done = subprocess.run([harness.MICROCOSMD, "import", str(path), "--site", key, *arguments, *daemon.where],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=harness.DEADLINE)
    assert done.returncode in (1, 2), done
    return done.stderr


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(pathlib.Path(folder).rglob("*.json"))}


def counts(output):
    return {line.split("\t")[0]: tuple(int(n) for n in line.split("\t")[1:]) for line in output.splitlines()}


def write(folder, **kinds):
    """Write files as another product's exporter does; return their folder."""
    for kind, things in kinds.items():
        for number, thing in things.items():
            path = folder / kind / f"{number}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(thing if isinstance(thing, str) else json.dumps({"id": number, **thing}))
    return folder


def old_forum(folder, comments=6):
    """What an exporter of vBulletin may give."""
    people = {1: {"name": "Ada Lind", "email": "ada@old.example", "dateCreated": "2008-01-01T00:00:00Z"},
              2: {"name": "bo", "email": "bo@old.example", "isBanned": True},
              3: {"name": "cy", "email": "no address"}}
    text = [{"text": "<p>A line</p>\n\n    <p>and *stars*</p>", "dateModified": "2008-03-01T00:00:00Z"},
            {"text": "[b]bold[/b] words", "editor": 2}]
    return write(
        folder, profiles=people,
        forums={7: {"name": "Boats &amp; sails", "author": 1, "isOpen": True}, 8: {"name": "Locked", "author": 1, "isOpen": False}},
        conversations={900 + n: {"name": f"Old words {n}", "forumId": 7, "author": 2, "viewCount": 5, "isOpen": True,
                                 "dateCreated": f"2008-02-{n + 1:02}T00:00:00Z"} for n in range(3)},
        comments={4000 + n: {"onType": "conversation", "onId": 900 + n % 3, "author": 1 + n % 4, "inReplyTo": 4000 + n - 3 if n > 2 else 0,
                             "dateCreated": f"2008-03-{n % 27 + 1:02}T00:{n // 1620:02}:{n // 27 % 60:02}Z", "versions": [text[n % 2]],
                             "ipAddress": "192.0.2.7"}
                  for n in range(comments)},
        messages={12: {"name": "Hello", "author": 1, "to": [{"id": 2}], "dateCreated": "2008-04-01T00:00:00Z",
                       "versions": [{"text": "Private words"}]},
                  13: {"name": "Re: Hello", "author": 2, "to": [{"id": 1}], "inReplyTo": 12, "dateCreated": "2008-04-02T00:00:00Z",
                       "versions": [{"text": "Private answer"}]}},
        attachments={5: {"author": 1, "associations": [{"onType": "comment", "onId": 4000}], "name": "notes.txt", "mimetype": "text/plain",
                         "contentUrl": "data:text/plain;base64," + base64.b64encode(b"old notes").decode()}},
        follows={2: {"author": 2, "conversations": [{"id": 900, "notify": True}], "usersIgnored": [3]}},
        roles={1: {"name": "Everybody", "default": True, "includeGuests": True, "includeRegisteredUsers": True,
                   "forumPermissions": {"canView": True, "canPostNew": True}}})


def picture():
    """A small PNG."""
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", (2).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00")
            + chunk(b"IDAT", zlib.compress((b"\x00" + b"\x10\x20\x30" * 2) * 2)) + chunk(b"IEND", b""))


def rest_of_it(site, area, talk, event, poll, first, huddle, mira, tomas):
    """What is quicker said in SQL."""
    root = site.sql("SELECT microcosm_id FROM microcosm.microcosms WHERE site_id = %s AND parent_id IS NULL", site.id)[0][0]
    noisy = site.person("noisy")
    for kind, thing in ((1, site.id), (2, root), (2, area), (3, mira.profile_id), (4, first), (6, talk), (7, poll), (9, event)):
        site.sql("""INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, value_text, value_number, value_boolean, value_date)
                    SELECT %s, %s, %s, v.* FROM (VALUES ('a', 'x &amp; &lt;y&gt;', NULL::float8, NULL::boolean, NULL::date),
                        ('b', NULL, 0.1, NULL, NULL), ('c', NULL, NULL, false, NULL), ('d', NULL, NULL, NULL, '2020-02-29')) v""",
                 site.id, kind, thing)
    site.sql("""UPDATE microcosm.sites SET logo_url = 'https://pictures.example/l.png', background_url = '', ga_web_property_id = 'UA-1-1'
                      ,background_position = 'cover', only_admins_create_microcosms = false, default_send_email = false,
                       created = '2011-01-02 03:04:05+00' WHERE site_id = %s""", site.id)
    site.sql("""UPDATE microcosm.microcosms SET title = 'All &amp; sundry', description = E'A\n\nB', created = '2012-01-02 03:04:05+00'
                      ,edited = '2013-01-02 03:04:05+00', edited_by = %s, edit_reason = 'all &amp; more'
                 WHERE site_id = %s AND microcosm_id = %s""", mira.profile_id, site.id, root)
    site.sql("UPDATE microcosm.microcosms SET logo_url = '/x.png', placed_by_moderator = true WHERE site_id = %s AND microcosm_id = %s",
             site.id, area)
    site.sql("UPDATE microcosm.items SET closed_by_moderator = true, is_open = false WHERE site_id = %s AND item_id = %s", site.id, talk)
    site.sql("UPDATE microcosm.profiles SET avatar = 'https://pictures.example/t.png' WHERE site_id = %s AND profile_id = %s",
             site.id, tomas.profile_id)
    site.sql("UPDATE microcosm.profile_options SET digest = 'weekly' WHERE site_id = %s AND profile_id = %s", site.id, mira.profile_id)
    site.sql("INSERT INTO microcosm.update_preferences VALUES (%s, %s, 4, true, false)", site.id, mira.profile_id)
    site.sql("INSERT INTO microcosm.menu_links VALUES (%s, 0, '/rules', 'All &lt;of&gt; them', 'Rules')", site.id)
    site.sql("""INSERT INTO microcosm.site_bans (site_id, user_id, email_pattern, expires, display_reason, admin_reason, created_by)
                SELECT p.site_id, p.user_id, NULL, '2090-01-01'::timestamptz, 'noise &amp; more', 'see talk', %s
                  FROM microcosm.profiles p WHERE p.site_id = %s AND p.profile_id = %s
                 UNION ALL
                SELECT %s, NULL, '*@spam.example', NULL, '', 'spam', %s""",
             site.owner.profile_id, site.id, noisy.profile_id, site.id, site.owner.profile_id)
    site.sql("""INSERT INTO microcosm.poll_votes (site_id, item_id, profile_id, choice_id)
                SELECT site_id, item_id, %s, choice_id FROM microcosm.poll_choices WHERE site_id = %s AND item_id = %s AND position = 2""",
             tomas.profile_id, site.id, poll)
    for kind, thing in ((3, 0), (2, root), (5, huddle), (3, mira.profile_id)):
        site.sql("INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email) VALUES (%s, %s, %s, %s, true)"
                 " ON CONFLICT DO NOTHING", site.id, tomas.profile_id, kind, thing)
    secret = site.sql("SELECT min(comment_id) FROM microcosm.comments WHERE site_id = %s AND huddle_id = %s", site.id, huddle)[0][0]
    for kind, thing in ((4, first), (4, secret), (5, huddle), (2, area), (9, event), (4, 99999999)):
        site.sql("INSERT INTO microcosm.ignores (site_id, profile_id, item_type, item_id) VALUES (%s, %s, %s, %s)",
                 site.id, noisy.profile_id, kind, thing)
    for kind, thing in ((2, root), (2, area), (6, talk), (9, event), (3, mira.profile_id)):
        site.sql("INSERT INTO microcosm.read_marks VALUES (%s, %s, %s, %s, '2020-01-01 00:00:00.5+00')"
                 " ON CONFLICT DO NOTHING", site.id, noisy.profile_id, kind, thing)
    site.sql("DELETE FROM microcosm.read_marks WHERE site_id = %s AND item_type = 5 AND profile_id = %s", site.id, tomas.profile_id)
    site.sql("UPDATE microcosm.profiles SET all_read_at = '2019-01-01', huddles_read_at = '2018-01-01' WHERE site_id = %s AND profile_id = %s",
             site.id, noisy.profile_id)


@pytest.fixture(scope="module")
def town(daemon):
    """A site with some of everything."""
    site = harness.Site(daemon)
    site.sql("UPDATE microcosm.sites SET description = %s WHERE site_id = %s", "Two lines:\n\nropes &amp; &lt;knots&gt;", site.id)
    area = site.microcosm("Boats & <sails>", description="Two lines:\n\nboats & <sails>")
    below = site.microcosm("Ropes", parent=area)
    mira, tomas = site.person("mira"), site.person("tomas")
    talk = site.conversation(area, "Knots \"and\" <bends> &amp; more", by=mira)
    site.conversation(below, "Empty talk", by=tomas)
    first = site.comment(talk, "A **first** text\n\nwith \u00fcmlauts & <b>tags</b>", by=mira)
    answer = tomas.post("/api/v1/comments", {"itemType": "conversation", "itemId": talk, "inReplyTo": first, "markdown": "[i]yes[/i]"},
                        expect=302).id
    tomas.put(f"/api/v1/comments/{answer}", {"markdown": "[i]no[/i]"}, expect=302)
    gone = site.comment(talk, "deleted words", by=mira)
    site.owner.delete(f"/api/v1/comments/{gone}", expect=200)
    event = site.owner.post("/api/v1/events", {"microcosmId": area, "title": "Regatta", "when": "2031-05-01T10:00:00Z", "where": "Quay",
                                               "rsvpLimit": 9}, expect=302).id
    tomas.put(f"/api/v1/events/{event}/attendees", [{"profileId": tomas.profile_id, "rsvp": "yes"}], expect=200)
    poll = mira.post("/api/v1/polls", {"microcosmId": area, "title": "Vote", "question": "Which?",
                                       "choices": [{"choice": "This"}, {"choice": "That"}]}, expect=302).id
    site.comment(event, "see you", by=tomas, item_type="event")
    huddle = mira.post("/api/v1/huddles", {"title": "Whispers"}, expect=302).id
    mira.put(f"/api/v1/huddles/{huddle}/participants", [{"id": tomas.profile_id}], expect=302)
    for who in (mira, tomas):
        who.post("/api/v1/comments", {"itemType": "huddle", "itemId": huddle, "markdown": "secret"}, expect=302)
    for name, data in (("notes.txt", b"some notes"), ("dot.png", picture())):
        file = upload(mira, part(data, name)).data[0]
        mira.post(f"/api/v1/comments/{first}/attachments", {"FileHash": file["fileHash"], "FileName": name}, expect=302)
    site.role(below, ("read", "create"), users=True, people=[tomas], criteria=[(0, "commentCount", None, "gt", 3)])
    mira.put("/api/v1/ignored", {"itemType": "profile", "itemId": tomas.profile_id}, expect=200)
    tomas.post("/api/v1/huddles", {"title": "Nobody has said anything"}, expect=302)
    rest_of_it(site, area, talk, event, poll, first, huddle, mira, tomas)
    site.talk, site.area, site.first, site.poll = talk, area, first, poll
    yield site
    site.close()


def test_there_and_back_gives_the_same_bytes(daemon, town, tmp_path):
    once, again = tmp_path / "once", tmp_path / "again"
    told = counts(export(daemon, town.key, once))
    export(daemon, town.key, again)
    assert files_of(once) == files_of(again)
    assert told["conversations"][0] == 4 and told["attachments"][0] == 2 and told["messages"][0] == 2
    export(daemon, town.key, tmp_path / "once.tar.zst")
    export(daemon, town.key, tmp_path / "again.tar.zst")
    assert (tmp_path / "once.tar.zst").read_bytes() == (tmp_path / "again.tar.zst").read_bytes()

    for source, key in ((once, key_of(town)), (tmp_path / "once.tar.zst", key_of(town) + "2")):
        daemon.command("import", str(source), "--site", key, "--dry-run")
        assert key not in daemon.command("site", "list")
        moved = counts(import_(daemon, source, key))
        assert moved == told
        export(daemon, key, tmp_path / f"{key}.tar.zst")
        assert (tmp_path / f"{key}.tar.zst").read_bytes() == (tmp_path / "once.tar.zst").read_bytes()
        nothing = counts(import_(daemon, source, key))
        assert {kind: moved for kind, (_, moved) in nothing.items()} == dict.fromkeys(told, 0)
        export(daemon, key, tmp_path / f"{key}again.tar.zst")
        assert (tmp_path / f"{key}again.tar.zst").read_bytes() == (tmp_path / "once.tar.zst").read_bytes()


# Tables whose rows come along, with the columns that don't and why.
MADE_HERE = "is made anew here"
COUNTED = "is counted anew"
STORED = "follows from others"
KEPT = {
    "sites": {"subdomain_key": "the import names it", "domain": "belongs to the place", "force_ssl": "belongs to the domain",
              "theme_id": "there is one", "auth0_domain": "signing in is set up where the site is",
              "auth0_client_id": "signing in is set up where the site is", "created_by": "the owner", "is_deleted": "who deletes a site exports none",
              "is_being_imported": "an import sets it",
              "default_send_sms": "nothing sends SMS", "facts_version": MADE_HERE},
    "menu_links": {},
    "profiles": {"user_id": "found by its address", "name_key": MADE_HERE, "name_look": MADE_HERE, "name_order": MADE_HERE,
                 "style_id": "nothing uses it", "item_count": COUNTED, "comment_count": COUNTED},
    "profile_options": {"show_dob": "nothing uses it", "show_dob_year": "nothing uses it", "send_sms": "nothing sends SMS",
                        "is_discouraged": "nothing uses it"},
    "update_preferences": {"send_sms": "nothing sends SMS"},
    "site_bans": {"ban_id": MADE_HERE, "user_id": "found by its address"},
    "microcosms": {"path": STORED, "is_visible": STORED, "created_by": "the owner"},
    "roles": {"created": MADE_HERE, "created_by": MADE_HERE, "edited": MADE_HERE, "edited_by": MADE_HERE, "edit_reason": MADE_HERE},
    "role_profiles": {},
    "role_criteria": {"criterion_id": MADE_HERE},
    "items": {"is_visible": STORED, "is_listed": STORED, "comment_count": COUNTED, "next_position": COUNTED, "last_comment_id": COUNTED,
              "last_comment_created": COUNTED, "last_comment_by": COUNTED, "last_activity": COUNTED},
    "events": {"uid": "a copy is another event to calendars", "sequence": "of its uid", "rescheduled": "of its uid",
               "microcosm_id": STORED, "item_type": STORED, "starts": STORED, "rsvp_attending": COUNTED, "attendee_count": COUNTED},
    "attendees": {"rsvp_order": STORED, "created_by": "the attendee", "edited": MADE_HERE, "edited_by": MADE_HERE},
    "polls": {"item_type": STORED, "voter_count": COUNTED},
    "poll_choices": {"choice_id": MADE_HERE, "votes": COUNTED, "voter_count": COUNTED},
    "poll_votes": {},
    "huddles": {"comment_count": COUNTED, "next_position": COUNTED, "last_comment_id": COUNTED, "last_comment_created": COUNTED,
                "last_comment_by": COUNTED, "last_activity": COUNTED},
    "huddle_participants": {"last_activity": STORED},
    "comments": {"item_type": STORED, "position": "their order is kept", "attachment_count": COUNTED, "is_visible": STORED,
                 "html": MADE_HERE, "renderer": MADE_HERE, "revisions": COUNTED, "edited": "of the newest version",
                 "edited_by": "of the newest version"},
    "comment_revisions": {"html": MADE_HERE},
    "attachments": {"attachment_id": MADE_HERE, "file_ext": STORED},
    "attributes": {},
    "watchers": {"watcher_id": MADE_HERE, "send_sms": "nothing sends SMS", "created": MADE_HERE, "last_notified": MADE_HERE},
    "ignores": {"created": MADE_HERE},
    "read_marks": {},
}
# The other columns of these tables, which come along: with each new one somebody decides.
EXPORTED = {
    "sites": "title description logo_url favicon_url background_url background_color background_position link_color "
             "ga_web_property_id owned_by only_admins_create_microcosms markdown_max default_send_email created search_language",
    "menu_links": "position href title text",
    "profiles": "profile_id profile_name is_visible gender avatar created last_active all_read_at huddles_read_at",
    "profile_options": "profile_id send_email digest",
    "update_preferences": "profile_id update_type_id send_email",
    "site_bans": "created expires display_reason admin_reason email_pattern created_by",
    "microcosms": "microcosm_id parent_id title description visibility item_types logo_url owned_by created edited edited_by "
                  "edit_reason is_sticky is_open is_deleted is_moderated placed_by_moderator",
    "roles": "role_id microcosm_id title is_moderator is_banned include_guests include_users can_create can_read can_update "
             "can_delete can_close_own can_open_own can_read_others",
    "role_profiles": "role_id profile_id",
    "role_criteria": "role_id or_group profile_column attr_key predicate value_text value_number value_boolean",
    "items": "item_id item_type microcosm_id title created created_by edited edited_by edit_reason is_sticky is_open is_deleted "
             "is_moderated view_count closed_by_moderator placed_by_moderator",
    "events": "item_id starts_local tz duration_minutes place lat lon north east south west status rsvp_limit",
    "attendees": "item_id profile_id rsvp rsvpd_on waiting_since created",
    "polls": "item_id question multi poll_open poll_closes closed_by_moderator hide_results",
    "poll_choices": "item_id choice position",
    "poll_votes": "item_id profile_id choice_id",
    "huddles": "huddle_id title is_confidential created created_by",
    "huddle_participants": "huddle_id profile_id joined",
    "comments": "comment_id item_id huddle_id on_profile_id in_reply_to created created_by is_deleted is_moderated markdown",
    "comment_revisions": "comment_id revision markdown created created_by",
    "attachments": "item_type item_id file_id profile_id file_name created",
    "attributes": "item_type item_id key value_text value_number value_boolean value_date",
    "watchers": "profile_id item_type item_id send_email",
    "ignores": "profile_id item_type item_id",
    "read_marks": "profile_id item_type item_id read_at",
}
# Tables of sites that don't come along, and why. Those without site_id are the platform's.
LEFT_OUT = {
    "calendar_links": "secrets", "mail_codes": "secrets", "sign_in_codes": "secrets", "sign_in_providers": "secrets",
    "updates": "notices of what happened elsewhere", "mails": "of what was sent elsewhere", "audit": "who did what from where, elsewhere",
    "changes": "a feed of one database", "changes_trimmed": "a feed of one database", "queue": "work that waits",
    "file_uploads": "those who have attached a file may do it again; what is attached to nothing is collected",
    "site_stats": COUNTED, "site_deltas": COUNTED, "microcosm_counters": COUNTED, "microcosm_deltas": COUNTED, "profile_counters": COUNTED,
    "profile_deltas": COUNTED, "unsettled_items": COUNTED, "unsettled_huddles": COUNTED, "unsettled_polls": COUNTED,
    "unsettled_events": COUNTED, "hidden_comments": COUNTED,
    "import_origins": "become the numbers of things", "imported_items": "become the numbers of things",
    "search_documents": MADE_HERE, "search_pending": MADE_HERE, "renderings": MADE_HERE,
}


def test_nothing_of_a_site_is_forgotten(daemon, town, tmp_path):
    """Each table is exported, or said why not; which of its columns aren't. A new table fails here, or a new column."""
    columns = {}
    for table, column in town.sql("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'microcosm'"
                                  " AND table_name IN (SELECT tablename FROM pg_tables WHERE schemaname = 'microcosm')"):
        columns.setdefault(table, set()).add(column)
    of_sites = {table for table, names in columns.items() if names & {"site_id", "last_site_id"}}
    assert of_sites == KEPT.keys() | LEFT_OUT.keys() and not KEPT.keys() & LEFT_OUT.keys()
    for table, left_out in KEPT.items():
        decided = left_out.keys() | EXPORTED[table].split() | {"site_id"}
        assert columns[table] == decided, f"{table}: does {columns[table] ^ decided} come along, and is it tested?"
        assert not left_out.keys() & set(EXPORTED[table].split())
    kinds = {name for name, in town.sql("SELECT name FROM microcosm.item_types WHERE lives_in_microcosm")}
    assert kinds == {"conversation", "event", "poll"}, "do things of a new kind come along as what they are?"

    # All rows are there, and these columns of them, which the same bytes of a second export don't show.
    key = key_of(town) + "all"
    export(daemon, town.key, tmp_path / "town.tar.zst")
    import_(daemon, tmp_path / "town.tar.zst", key)
    there = town.sql("SELECT site_id FROM microcosm.sites WHERE subdomain_key = %s", key)[0][0]
    for table in KEPT:
        rows = [counted_rows(daemon, table, site) for site in (town.id, there)]
        known = 1 if table == "ignores" else 0  # of nothing that there is
        assert rows[0] > known and rows[0] - known == rows[1], table
    for table, names in EXPORTED.items():
        for column in names.split():
            if table != "ignores" and not re.search("_(by|id|to)$", column):  # numbers are others there
                rows = [values_of(daemon, table, column, site) for site in (town.id, there)]
                assert rows[0] == rows[1], (table, column)

    # What is deleted afterwards doesn't come back with the same files.
    for table in ("attributes", "update_preferences"):
        of_all_sites(daemon, f"DELETE FROM microcosm.{table} WHERE site_id = %s RETURNING 1", there)
    import_(daemon, tmp_path / "town.tar.zst", key)
    assert counted_rows(daemon, "attributes", there) == counted_rows(daemon, "update_preferences", there) == 0


def of_all_sites(daemon, statement, *values):
    connection = harness.psycopg2.connect(daemon.conninfo)
    with connection, connection.cursor() as cursor:
        cursor.execute("SET microcosm.site_id = '0'")
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    connection.close()
    return rows


def counted_rows(daemon, table, site):
    return of_all_sites(daemon, f"SELECT count(*) FROM microcosm.{table} WHERE site_id = %s", site)[0][0]


def values_of(daemon, table, column, site):
    return of_all_sites(daemon, f"SELECT {column}::text FROM microcosm.{table} WHERE site_id = %s ORDER BY 1", site)


def test_old_addresses_outlive_a_second_move(daemon, tmp_path, site):
    first, second = site.key + "one", site.key + "two"
    import_(daemon, old_forum(tmp_path / "old"), first, "--title", "Old", "--owner", "1")
    export(daemon, first, tmp_path / "first.tar.zst")
    import_(daemon, tmp_path / "first.tar.zst", second)
    export(daemon, second, tmp_path / "second.tar.zst")
    assert (tmp_path / "first.tar.zst").read_bytes() == (tmp_path / "second.tar.zst").read_bytes()
    guest = harness.Client(daemon, f"{second}.{harness.BASE_DOMAIN}")
    for url, kind in (("/showthread.php?t=900", "conversation"), ("/post4001.html", "comment"), ("/forum7.html", "microcosm"),
                      ("/private.php?pmid=12", "huddle"), ("/private.php?pmid=13", "huddle"), ("/attachments/5d1-notes.txt", "attachment")):
        data = guest.get("/api/v1/resolve?url=" + urllib.parse.quote(url), expect=200).data
        assert data["status"] == 301 and data["itemType"] == kind, url


def test_killed_at_each_stage(daemon, town, tmp_path):
    """Where a stage begins the command says so: it is killed there, again and again, and goes on."""
    key, archive = key_of(town) + "4", tmp_path / "town.tar.zst"
    export(daemon, town.key, archive)
    seen = set()
    root = harness.Client(daemon, harness.BASE_DOMAIN)
    while True:
        process = subprocess.Popen([harness.MICROCOSMD, "import", str(archive), "--site", key, *daemon.where],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            stage = re.match(r"(\w+): \d+", line)
            if stage and stage[1] not in seen:
                seen.add(stage[1])
                process.send_signal(signal.SIGKILL)
                break
        process.stderr.read()
        process.stderr.close()
        if process.wait() == 0:
            break
        assert process.returncode == -signal.SIGKILL
        if of_all_sites(daemon, "SELECT FROM microcosm.sites WHERE subdomain_key = %s", key):
            assert root.get(f"/api/v1/reserved/{key}", check=False).json == {"reserved": True}
    assert len(seen) >= 8
    export(daemon, key, tmp_path / "there.tar.zst")
    assert (tmp_path / "there.tar.zst").read_bytes() == archive.read_bytes()


def test_given_up(daemon, town, tmp_path):
    """A site that was deleted while files came stays so; its key is free, and the files can be read anew."""
    key, archive = key_of(town) + "5", tmp_path / "town.tar.zst"
    export(daemon, town.key, archive)
    import_(daemon, archive, key)
    (begun,), = of_all_sites(daemon, """
        WITH back AS (UPDATE microcosm.sites SET is_deleted = true, is_being_imported = true WHERE subdomain_key = %s RETURNING site_id)
        UPDATE microcosm.import_origins o SET finished = NULL FROM back WHERE o.site_id = back.site_id RETURNING o.site_id""", key)
    root = harness.Client(daemon, harness.BASE_DOMAIN)
    assert root.get(f"/api/v1/reserved/{key}", check=False).json == {"reserved": True}
    with pytest.raises(AssertionError, match="already"):
        daemon.command("site", "create", key, "--title", "Mine", "--owner", "else@town.example")

    daemon.command("site", "set", key, "--deleted", "yes")

    assert root.get(f"/api/v1/reserved/{key}", check=False).json == {"reserved": False}
    import_(daemon, archive, key)
    (former, is_deleted), (new, is_new_deleted) = of_all_sites(
        daemon, "SELECT site_id, is_deleted FROM microcosm.sites WHERE subdomain_key = %s ORDER BY site_id", key)
    assert (former, is_deleted, is_new_deleted) == (begun, True, False)


def test_what_came_is_as_it_was(daemon, town, tmp_path):
    """As a guest and the people themselves find it, with the counters that a new count gives."""
    export(daemon, town.key, tmp_path / "town.tar.zst")
    key = key_of(town) + "3"
    import_(daemon, tmp_path / "town.tar.zst", key)
    host = f"{key}.{harness.BASE_DOMAIN}"
    guest = harness.Client(daemon, host)
    mira = harness.Client(daemon, host, token=daemon.command("token", "create", "--site", key, "--email",
                                                             f"mira@{town.key}.example").strip())

    def resolved(kind, number):
        url = urllib.parse.quote(f"https://{town.host}/{kind}/{number}/")
        return guest.get(f"/api/v1/resolve?url={url}", expect=200).data

    def content(client, path, talk):
        data = client.get(path, expect=200).data
        return ([(c["markdown"], c["html"], c["attachments"] if "attachments" in c else 0, c["meta"]["created"],
                  c["meta"]["createdBy"]["profileName"]) for c in data["comments"]["items"]], data["title"], data["meta"]["created"])

    talk = resolved("conversations", town.talk)
    assert content(guest, talk["redirect"]["href"], talk) == content(town.guest, f"/api/v1/conversations/{town.talk}", None)
    poll = resolved("polls", town.poll)
    assert poll["itemType"] == "poll" and guest.get(poll["redirect"]["href"], expect=200).data["question"] == "Which?"
    assert mira.get("/api/v1/huddles", expect=200).data["huddles"]["items"][0]["title"] == "Whispers"
    tree = guest.get("/api/v1/microcosms/tree", expect=200).data
    assert [(node["title"], node["level"]) for node in tree] == \
        [(node["title"], node["level"]) for node in town.guest.get("/api/v1/microcosms/tree", expect=200).data]
    first = resolved("comments", town.first)
    files = guest.get(first["redirect"]["href"] + "/attachments", expect=200).data["attachments"]["items"]
    assert sorted(file["fileName"] for file in files) == ["dot.png", "notes.txt"]
    number = town.sql("SELECT site_id FROM microcosm.sites WHERE subdomain_key = %s", key)[0][0]
    counted = """SELECT count(*) FROM microcosm.items i
                  WHERE i.site_id = %s AND i.comment_count <> (SELECT count(*) FROM microcosm.comments c
                                                               WHERE c.site_id = i.site_id AND c.item_id = i.item_id AND c.is_visible)"""
    connection = harness.psycopg2.connect(daemon.conninfo)
    with connection, connection.cursor() as cursor:
        cursor.execute("SET microcosm.site_id = '0'")
        cursor.execute(counted, (number,))
        assert cursor.fetchone()[0] == 0
    connection.close()


def test_an_export_has_nothing_of_others(daemon, town, tmp_path):
    other = harness.Site(daemon)
    canary = "zqcanary"
    area = other.microcosm(f"{canary} area")
    item = other.conversation(area, f"{canary} talk")
    comment = other.comment(item, f"{canary} words")
    file = upload(other.owner, part(canary.encode() * 3, f"{canary}.txt")).data[0]
    other.owner.post(f"/api/v1/comments/{comment}/attachments", {"FileHash": file["fileHash"], "FileName": f"{canary}.txt"}, expect=302)
    export(daemon, town.key, tmp_path / "town")
    export(daemon, other.key, tmp_path / "other")
    ours, theirs = (b"".join(files_of(tmp_path / name).values()) for name in ("town", "other"))
    hidden = base64.b64encode(canary.encode() * 3)
    for word in (canary.encode(), hidden, other.owner.email.encode()):
        assert word in theirs and word not in ours
    other.close()


def test_a_forum_of_another_product(daemon, tmp_path, site):
    folder, key = old_forum(tmp_path / "old"), site.key + "old"
    say = daemon.command("import", str(folder), "--site", key, "--title", "Old & good", "--owner", "1", "--dry-run")
    assert counts(say)["comments"] == (6, 0) and key not in daemon.command("site", "list")
    told = counts(import_(daemon, folder, key, "--title", "Old & good", "--owner", "1"))
    assert told["comments"] == (6, 6) and told["profiles"] == (3, 3) and told["attachments"] == (1, 1)
    assert {kind: moved for kind, (_, moved) in counts(import_(daemon, folder, key, "--title", "Old & good", "--owner", "1")).items()} \
        == dict.fromkeys(told, 0)
    guest = harness.Client(daemon, f"{key}.{harness.BASE_DOMAIN}")
    assert guest.get("/api/v1/site", expect=200).data["title"] == "Old &amp; good"

    def resolve(url):
        return guest.get("/api/v1/resolve?url=" + urllib.parse.quote(url), expect=200).data

    talk = guest.get(resolve("/showthread.php?t=900")["redirect"]["href"], expect=200).data
    assert talk["title"] == "Old words 0" and talk["meta"]["created"] == "2008-02-01T00:00:00Z"
    first, second = talk["comments"]["items"]
    assert "<p>A line</p>" in first["html"] and "*stars*" in first["html"] and "<em>" not in first["html"]
    assert first["meta"]["createdBy"]["profileName"] == "Ada_Lind" and first["meta"]["created"] == "2008-03-01T00:00:00Z"
    assert second["meta"]["createdBy"]["profileName"] == "deleted"
    second = guest.get(f"/api/v1/comments/{second['id']}", expect=200).data
    assert second["meta"]["inReplyTo"]["id"] == first["id"]
    assert "bold</" in guest.get(resolve("/post4001.html")["redirect"]["href"], expect=200).data["html"]
    area = guest.get(resolve("/forum7.html")["redirect"]["href"], expect=200).data
    assert area["title"] == "Boats &amp; sails" and area["meta"]["flags"]["open"]
    assert resolve("/private.php?pmid=13") ["itemId"] == resolve("/private.php?pmid=12")["itemId"] > 0
    file = resolve("/attachments/5d1-notes.txt")
    assert file["itemType"] == "attachment" and re.fullmatch(rf"https://{key}\.[^/]+/api/v1/files/[0-9a-f]{{40}}", file["redirect"]["href"])


def most_memory(daemon, *command):
    """KiB that a command had at most."""
    # AddressSanitizer keeps what was freed
    environment = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}
    process = subprocess.Popen([harness.MICROCOSMD, *command, *daemon.where], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, env=environment)
    said = process.stderr.read().decode()
    process.stderr.close()
    _, process.returncode, used = os.wait4(process.pid, 0)
    assert process.returncode == 0, said
    return used.ru_maxrss


def test_memory_does_not_grow_with_the_forum(daemon, tmp_path, site):
    used = {}
    for size in (210, 2100):
        folder, key = old_forum(tmp_path / f"old{size}", comments=size), f"{site.key}of{size}"
        used[size] = (most_memory(daemon, "import", str(folder), "--site", key, "--title", "Old", "--owner", "1"),
                      most_memory(daemon, "export", str(tmp_path / f"{size}.tar.zst"), "--site", key))
    for small, large in zip(used[210], used[2100], strict=True):
        assert large < 1.3 * small, used


HTML = [  # what was written elsewhere, and what is shown
    ("<p>One</p>\n\n<ul>\n  <li>a *b* c</li>\n\n  <li>d</li>\n</ul>\n<p>end # no heading</p>",
     "<div><p>One</p> <ul> <li>a *b* c</li> <li>d</li> </ul> <p>end # no heading</p></div>"),
    ("<pre>line 1\r\n\r\n    line *2*\n</pre><p>after</p>", "<div><pre>line 1\n\n    line *2*\n</pre><p>after</p></div>"),
    ("<blockquote><p>said</p>\n\n<p>more</p></blockquote>\n\nplain *stars* and\n1. no list",
     "<div><blockquote><p>said</p> <p>more</p></blockquote> plain *stars* and 1. no list</div>"),
    ("first<br>\nsecond<br />\n\n> no quote\n- no list", "<div>first<br/> second<br/> &gt; no quote - no list</div>"),
    ("<p style=\"x\" onclick=\"x()\">x<script>alert(1)</script> &lt;b&gt; &amp;amp;</p>", "<div><p>x &lt;b&gt; &amp;amp;</p></div>"),
    ("<table><tr><td>1</td>\n\n<td>2</td></tr></table>", "<div><table><tbody><tr><td>1</td> <td>2</td></tr></tbody></table></div>"),
    ("</div><p>open <b>bold</p>\n\n<p>next</p>", "<div></div><p>open <b>bold</b></p> <p>next</p>"),
    ("<b>x</b> <i>y</i>, *stars* and\n# no heading\n\n    1. no list",
     "<div><b>x</b> <i>y</i>, *stars* and<br/># no heading<br/><br/>1. no list</div>"),
    ("see <a href=\"https://x.example/a_b_c\">_this_</a>",
     "<div>see <a href=\"https://x.example/a_b_c\" rel=\"nofollow noopener\" target=\"_blank\">_this_</a></div>"),
    ("<u>x</u> [b]**[/b]", "<p><u>x</u> <strong>**</strong></p>"),
    ("<b>not closed *and* so Markdown", "<p><b>not closed <em>and</em> so Markdown</b></p>"),
    ("a <b>b</b> and **c**", "<p>a <b>b</b> and <strong>c</strong></p>"),
    ("[b]bold[/b]\n\n[quote]said[/quote]", None),
    ("**strong**\n\n- a\n- b", "<p><strong>strong</strong></p>\n\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
]


def test_texts_mean_what_they_meant(daemon, tmp_path, site):
    """HTML is shown as it was, and may be edited: what is written below it is Markdown."""
    folder, key = old_forum(tmp_path / "old", comments=0), site.key + "html"
    write(folder, comments={100 + n: {"onId": 900, "author": 1, "dateCreated": f"2009-01-01T00:00:{n:02}Z", "versions": [{"text": text}]}
                            for n, (text, _) in enumerate(HTML)})
    import_(daemon, folder, key, "--title", "Old", "--owner", "1")
    host = f"{key}.{harness.BASE_DOMAIN}"
    ada = harness.Client(daemon, host, token=daemon.command("token", "create", "--site", key, "--email", "ada@old.example").strip())
    talk = ada.get(ada.get("/api/v1/resolve?url=/thread900.html", expect=200).data["redirect"]["href"], expect=200).data
    for (text, shown), comment in zip(HTML, talk["comments"]["items"], strict=True):
        html = comment["html"].strip()
        assert shown is None or html == shown, text
        assert shown or "<strong>bold</strong>" in html and "<blockquote" in html
        path = f"/api/v1/comments/{comment['id']}"
        ada.put(path, {"markdown": ada.get(path, expect=200).data["markdown"] + "\n\nand **more**"}, expect=302)
        edited = ada.get(path, expect=200).data["html"].strip()
        assert edited.startswith(html) and "<p>and <strong>more</strong></p>" in edited[len(html):], text


def test_a_thousand_old_addresses(daemon, tmp_path, site):
    key = site.key + "many"
    import_(daemon, old_forum(tmp_path / "old", comments=1000), key, "--title", "Old", "--owner", "1")
    guest = harness.Client(daemon, f"{key}.{harness.BASE_DOMAIN}")
    seen = set()
    for number in range(4000, 5000):
        data = guest.get(f"/api/v1/resolve?url=/showthread.php%3Fp={number}", expect=200).data
        assert data["status"] == 301 and data["itemType"] == "comment"
        seen.add(data["itemId"])
    assert len(seen) == 1000
    page = guest.get(guest.get("/api/v1/resolve?url=/thread901.html", expect=200).data["redirect"]["href"] + "?limit=250&offset=250",
                     expect=200).data["comments"]
    dates = [comment["meta"]["created"] for comment in page["items"]]
    assert page["total"] == 333 and dates == sorted(dates)


def event(**members):
    return json.dumps({"id": 9, "name": "x", "event": members})


def poll(**members):
    return json.dumps({"id": 9, "name": "x", "poll": members})


@pytest.mark.parametrize("files, says", [
    ({"comments/1.json": "{"}, "comments/1.json is no JSON"),
    ({"comments/1.json": '{"id":1,\n\n"onId":oops}'}, "comments/1.json is no JSON (line 3)"),
    ({"comments/1.json": "[]"}, "comments/1.json is no JSON object"),
    ({"comments/1.json": ""}, "comments/1.json is empty"),
    ({"comments/1.json": b"\xff"}, "comments/1.json is no valid UTF-8"),
    ({"comments/1.json": "[" * 100000}, "comments/1.json is no JSON"),
    ({"comments/1.json": '{"id":1,"onId":900,"versions":[{"text":"\\u0000"}]}'}, "comments/1.json is no JSON"),
    ({"comments/1.json": '{"id":1,"versions":[{"text":"x"}]}'}, "comments/1.json onId is missing"),
    ({"comments/1.json": '{"id":1,"onId":900,"versions":[]}'}, "comments/1.json versions is not as it must be"),
    ({"comments/1.json": '{"id":1,"onId":900,"dateCreated":"2008-02-30T00:00:00Z","versions":[{"text":"x"}]}'}, "dateCreated is not"),
    ({"profiles/9.json": '{"id":' + "9" * 400 + ',"name":"x","email":"x@y.example"}'}, "id is not as it must be"),
    ({"profiles/9.json": '{"id":1e99999999,"name":"x","email":"x@y.example"}'}, "profiles/9.json is no JSON"),
    ({"profiles/9.json": '{"id":-1,"name":"x","email":"x@y.example"}'}, "id is not as it must be"),
    ({"profiles/9.json": '{"id":1,"name":"x","email":"x@y.example"}'}, "has the id 1, as another one"),
    ({"conversations/9.json": '{"id":9,"name":"x","forumId":77}'}, "in a forum that isn't in the files"),
    ({"attachments/9.json": '{"id":9,"mimetype":"a/b","contentUrl":"https://x.example/"}'}, "contentUrl is no data: URL"),
    ({"attachments/9.json": '{"id":9,"mimetype":"a/b","contentUrl":"data:a/b;base64,@@@@"}'}, "contentUrl is no data: URL"),
    ({"site.json": "{"}, "site.json is no JSON"),
    ({"site.json": "[]"}, "site.json is no JSON object"),
    ({"site.json": '{"onlyAdminsCreateMicrocosms":"x"}'}, "site.json onlyAdminsCreateMicrocosms is not as it must be"),
    ({"site.json": '{"root":{"itemTypes":{}}}'}, "site.json root.itemTypes is not as it must be"),
    ({"site.json": '{"product":"microcosm","menu":[{"href":1}]}'}, "site.json menu[0].href is not as it must be"),
    ({"../up.json": "{}"}, "leads out of the archive"),
    ({"profiles/../../up.json": "{}"}, "leads out of the archive"),
    ({"/tmp/up.json": "{}"}, "has an absolute name"),
    ({"comments/\x1b[31m\u009bred\n.json": "[]"}, "comments/\\x1b[31m\\x9bred\\x0a.json is no JSON object"),
    ({"profiles/link.json": None}, "profiles/link.json is a link"),
])
def test_hostile_files(daemon, tmp_path, site, files, says):
    """Whatever is wrong is said, and nothing is half done: no site is there."""
    folder, key = old_forum(tmp_path / "old"), site.key + "bad"
    archive = tmp_path / "old.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, ".")
        for name, body in files.items():
            info = tarfile.TarInfo(name)
            if body is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
                tar.addfile(info)
            else:
                data = body if isinstance(body, bytes) else body.encode()
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    assert says in refused(daemon, archive, key, "--title", "Old", "--owner", "1")
    assert key not in daemon.command("site", "list")
    connection = harness.psycopg2.connect(daemon.conninfo)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM microcosm.import_files")
        assert cursor.fetchone()[0] == 0
    connection.close()


WRONG = [  # a file of a kind, and what is said of it
    ("conversations", event(when="2031-02-30T10:00:00"), "event.when is not as it must be"),
    ("conversations", event(when=5), "event.when is not as it must be"),
    ("conversations", event(duration="long"), "event.duration is not as it must be"),
    ("conversations", event(rsvpLimit=10**12), "event.rsvpLimit is not as it must be"),
    ("conversations", event(lat="north"), "event.lat is not as it must be"),
    ("conversations", event(attendees={"id": 1}), "event.attendees is not as it must be"),
    ("conversations", event(attendees=[{"id": 1, "rsvp": "yes"}, {"id": 1}]), "event.attendees[1].rsvp is missing"),
    ("conversations", poll(choices=[{"choice": "a"}, "b"]), "poll.choices[1] is not as it must be"),
    ("conversations", poll(choices=[{"choice": "a", "votes": [1, "x"]}]), "poll.choices[0].votes[1] is not as it must be"),
    ("conversations", poll(choices=[{"choice": "a", "votes": 1}]), "poll.choices[0].votes is not as it must be"),
    ("conversations", poll(multi="yes"), "poll.multi is not as it must be"),
    ("conversations", poll(pollCloses="soon"), "poll.pollCloses is not as it must be"),
    ("conversations", '{"id":9,"name":"x","event":[]}', "event is not as it must be"),
    ("roles", '{"id":9,"forumPermissions":{"canView":"maybe"}}', "forumPermissions.canView is not as it must be"),
    ("forums", '{"id":9,"name":"x","usergroups":[{"id":1,"canView":3}]}', "usergroups[0].canView is not as it must be"),
    ("forums", '{"id":9,"name":"x","displayOrder":' + "9" * 19 + "}", "displayOrder is not as it must be"),
    ("profiles", '{"id":9,"name":"x","email":"x@y.example","ban":{"expires":5}}', "ban.expires is not as it must be"),
    ("profiles", '{"id":9,"name":"x","email":["x@y.example"]}', "email is not as it must be"),
    ("comments", '{"id":9,"onId":900,"versions":[{"text":"x","editor":"Ada"}]}', "versions[0].editor is not as it must be"),
    ("follows", '{"author":9,"conversations":[{"id":900,"notify":"no"}]}', "conversations[0].notify is not as it must be"),
]


def test_each_wrong_member_is_named(daemon, tmp_path, site):
    folder, key = old_forum(tmp_path / "old"), site.key + "wrong"
    for number, (kind, body, _) in enumerate(WRONG, 100):
        (folder / kind / f"{number}.json").write_text(body)
    said = refused(daemon, folder, key, "--title", "Old", "--owner", "1")
    for number, (kind, _, says) in enumerate(WRONG, 100):
        assert f"{kind}/{number}.json {says}" in said


def test_long_texts_come_in_several_steps(daemon, tmp_path, site):
    """Else a step would be ended as too long, each time again."""
    folder, key = old_forum(tmp_path / "old", comments=0), key_of(site)
    write(folder, comments={100 + n: {"onId": 900, "author": 1, "versions": [{"text": f"{n} {m} " + "long words " * 90000} for m in range(3)]}
                            for n in range(3)})
    said = subprocess.run([harness.MICROCOSMD, "import", str(folder), "--site", key, "--title", "Old", "--owner", "1", *daemon.where],
                          check=True, capture_output=True, text=True, timeout=harness.DEADLINE)
    assert "comments\t3\t3" in said.stdout
    transactions = of_all_sites(daemon, """SELECT count(DISTINCT c.xmin::text) FROM microcosm.comments c JOIN microcosm.sites s USING (site_id)
                                            WHERE s.subdomain_key = %s""", key)
    assert transactions == [(3,)]


def test_clumsy_files(daemon, tmp_path, site):
    """Nobody who is known has written these, and they lead to each other in circles."""
    folder, key = old_forum(tmp_path / "old"), key_of(site)
    letter = {"dateCreated": "2008-05-01T00:00:00Z", "author": 1, "to": [{"id": 2}]}
    write(folder,
          forums={20: {"name": "Round", "parentId": 21}, 21: {"name": "About", "parentId": 20}, 22: {"name": "Own", "parentId": 22}},
          conversations={9: {"name": "Edited", "dateModified": "2009-01-01T00:00:00Z", "editor": 777, "event": {}},
                         10: {"name": "Nobody's", "author": 0, "editor": 0, "dateModified": "2009-01-01T00:00:00Z", "poll": {}},
                         11: {"name": "Odd", "event": {"when": "9998-01-01T10:00:00", "tz": "No/where", "duration": 10**17,
                                                       "status": "?", "attendees": [{"id": 1, "rsvp": "?"}, {"id": 999, "rsvp": "yes"},
                                                                                    {"id": 1, "rsvp": "yes"}, {"id": 1, "rsvp": "no"}]}},
                         12: {"name": "Voted", "poll": {"choices": [{"choice": "a", "votes": [1, 1, 999]}, {"choice": "", "votes": [1]}]}}},
          comments={50: {"onId": 900, "author": 1, "inReplyTo": 51, "versions": [{"text": "first"}]},
                    51: {"onId": 901, "author": 1, "inReplyTo": 50, "versions": [{"text": "second", "editor": 778}, {"text": "third"}]},
                    52: {"onId": 900, "author": 1, "inReplyTo": 52, "versions": [{"text": "own"}]},
                    53: {"onId": 902, "onType": "thread", "author": 1, "versions": [{"text": "on what is no kind"}]}},
          messages={30: {**letter, "name": "Ring", "inReplyTo": 32, "versions": [{"text": "ring of three"}]},
                    31: {**letter, "name": "Ring", "inReplyTo": 30, "versions": [{"text": "ring of three"}]},
                    32: {**letter, "name": "Ring", "inReplyTo": 31, "versions": [{"text": "ring of three"}]},
                    33: {"name": "No one's", "to": [{"id": 2}], "versions": [{"text": "of nobody"}]}},
          attachments={6: {"author": 1, "associations": [{"onType": "comment", "onId": 4001, "author": 779}], "name": "../x\n.txt",
                           "mimetype": "text/plain", "contentUrl": "data:text/plain;base64,eA=="}},
          follows={3: {"author": 3, "conversations": [{"id": 900}, {"id": 900}, {"id": 999}], "usersIgnored": [3, 3]}})
    import_(daemon, folder, key, "--title", "Old", "--owner", "1")
    again = counts(import_(daemon, folder, key, "--title", "Old", "--owner", "1"))
    assert not any(moved for _, moved in again.values()), again
    export(daemon, key, tmp_path / "out")
    out = {path: json.loads(body) for path, body in files_of(tmp_path / "out").items()}
    texts = [version["text"] for path, body in out.items() for version in body.get("versions", ())]
    assert texts.count("ring of three") == 3 and texts.count("of nobody") == 1
    assert texts.count("second") == texts.count("third") == texts.count("own") == 1
    assert sum(path.startswith("huddles/") for path in out) == 3
    assert [body["event"]["status"] for body in out.values() if body.get("name") == "Odd"] == ["proposed"]


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.TAR.ZST", "a.zip", "a.zst", "a.json"])
def test_an_export_by_the_name_of_another_archive_makes_no_folder(daemon, tmp_path, site, name):
    status, _, told = run("export", "--site", site.key, str(tmp_path / name), *daemon.where)
    assert status == 2 and "must end with .tar.zst" in told and not list(tmp_path.iterdir())


def test_an_export_into_a_folder_that_is_called_like_an_archive(daemon, tmp_path, site):
    assert run("export", "--site", site.key, f"{tmp_path}/a.tar.gz/", *daemon.where)[0] == 0
    assert (tmp_path / "a.tar.gz" / "site.json").is_file()


def test_what_is_no_export_is_refused(daemon, tmp_path, site):
    (tmp_path / "text").write_text("no archive")
    cut = tmp_path / "cut.tar.zst"
    export(daemon, site.key, cut)
    cut.write_bytes(cut.read_bytes()[:-200])
    folder = old_forum(tmp_path / "old")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "profiles").symlink_to(folder / "profiles")
    for path, says in ((tmp_path / "none", "No such file"), (tmp_path / "text", "cannot be read"), (cut, "cannot be read"),
                       ("/dev/null", "no regular file"), (tmp_path / "links", "is a link")):
        assert says in refused(daemon, path, "badone", "--title", "x", "--owner", "1"), path
    for arguments, says in (((), "--title is required"), (("--title", "x"), "--owner is of no profile"),
                            (("--title", "x", "--owner", "77"), "--owner is of no profile"),
                            (("--title", "x", "--owner", "1", "--product", "other"), "--product is unknown")):
        assert says in refused(daemon, folder, "badone", *arguments)
    assert "--site must be" in refused(daemon, folder, "Bad One", "--title", "x", "--owner", "1")
    assert "badone" not in daemon.command("site", "list")
