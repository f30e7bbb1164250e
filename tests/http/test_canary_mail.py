"""What is hidden shows in no mail, no digest and no update either, though it was hidden after it was written.

The people of test_canary.py follow all that they can, and want mail of everything. Their mails are held back by the server
until the hidden things are hidden.
"""

import email
import email.policy
import os
import sys
import urllib.parse

import harness
from test_canary import WORD, Harbour

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../mail"))
from sink import Sink  # noqa: E402
from test_mail import queue_is_empty, settings, wants, wants_type  # noqa: E402

BY_DIGEST = ("author", "banned", "ignorer", "mate", "left")


def follow(harbour):
    site, people = harbour.site, harbour.people
    for name, person in people.items():
        if name in ("guest", "foreigner"):
            continue
        wants(person, "site", site.id)
        wants(person, "microcosm", harbour.area)
        for kind, item in harbour.open.items():
            wants(person, kind, item)
        for update_type in (2, 3):
            wants_type(person, update_type)
        site.sql("UPDATE microcosm.profile_options SET send_email = true, digest = %s WHERE site_id = %s AND profile_id = %s",
                 "daily" if name in BY_DIGEST else "none", site.id, person.profile_id)


def words_of(data):
    """Words in a mail: in its head, in its parts, and in the addresses of its links."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    texts = [f"{name}: {value}" for name, value in message.items() if name.lower() != "to"]
    texts += [part.get_content() for part in message.walk() if not part.is_multipart()]
    return set(WORD.findall("\n".join(texts + [urllib.parse.unquote(text) for text in texts])))


def release(site):
    """Have all mails tried, now and again, until none is left."""
    def is_done():
        site.sql("UPDATE microcosm.queue SET due = now() WHERE kind = 'mail' AND problem IS NOT NULL AND due > now()")
        return queue_is_empty(site)

    harness.wait_until(is_done, "all mails to be sent")


def test_no_mail_tells_what_is_hidden(database):
    is_held = True
    with Sink(lambda recipient, data: "451 later" if is_held else None) as sink:
        daemon = harness.Daemon(database, arguments=settings(sink))
        daemon.start()
        try:
            harbour = Harbour(daemon)
            site, people = harbour.site, harbour.people
            follow(harbour)
            harbour.hide()
            harbour.ignore()
            harness.wait_until(lambda: site.sql("SELECT NOT EXISTS (SELECT FROM microcosm.queue WHERE kind = 'updates')"
                                                " AND NOT EXISTS (SELECT FROM microcosm.changes c, microcosm.queue_position p"
                                                " WHERE NOT pg_visible_in_snapshot(c.transaction, p.since))") == [(True,)], "all to be chosen")
            chosen = dict(site.sql("SELECT profile_id, count(*) FROM microcosm.mails GROUP BY profile_id"))
            assert sum(chosen.values()) > 50 and sink.taken == []
            is_held = False
            harness.run_microcosmd("job", "run", "daily-digests", "--database", daemon.conninfo, *settings(sink))
            release(site)
            judge(harbour, sink)
            for name in people.keys() - {"guest", "outlaw", "foreigner"}:
                leaks = []
                harbour.judge(name, people[name].get("/api/v1/updates?limit=250&polls=true", check=False), leaks)
                assert leaks == []
        finally:
            daemon.close()


def judge(harbour, sink):
    names = {person.email: name for name, person in harbour.people.items() if name != "guest"}
    leaks, met, digests = [], {}, set()
    for _, recipient, data in sink.taken:
        name, words = names[recipient], words_of(data)
        met.setdefault(name, set()).update(words)
        if b"What is new on" in data:
            digests.add(name)
        leaks += [(name, word, data.decode()) for word in words
                  if name not in harbour.words[word] or (name == "ignorer" and word in harbour.ignored)]
    assert leaks == [], leaks[0]
    # Otherwise nothing would have been there to be met.
    assert met["insider"] and met["mate"] and met["talker"] and digests >= {"author", "mate", "left"}, (met.keys(), digests)
    assert "outlaw" not in met
