"""Mail is sent once to each, in threads, whatever is killed: threads are posted while the daemon ends five times.

Of a mail that was on its way when the daemon ended nobody can know whether the server has it. It isn't sent again by itself;
the queue keeps it for the operator."""

import contextlib
import email
import email.policy
import http.client
import json
import os
import random
import sys
import threading

import psycopg2
import pytest

import harness

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../mail"))
from sink import Sink  # noqa: E402
from test_mail import fed, queue_is_empty, settings  # noqa: E402
from test_threads import corpus_path  # noqa: E402

CLIENTS = 4
KILLS = 5


class Poster(threading.Thread):
    """Posts its share of the threads; what is not answered while the daemon is away is posted again."""

    def __init__(self, site, people, threads, running):
        super().__init__(daemon=True)
        self.site, self.people, self.threads, self.running = site, people, threads, running
        self.replies, self.failure = {}, None  # comment -> what it answers

    def run(self):
        try:
            for thread in self.threads:
                self.post_thread(thread)
        except BaseException as failure:  # judged by the test
            self.failure = failure

    def post(self, person, path, body):
        while True:
            self.running.wait()
            try:
                reply = person.post(path, body)
            except (OSError, http.client.HTTPException):
                continue
            if reply.status == 302:
                return reply.id
            assert reply.status == 503, reply

    def post_thread(self, thread):
        ids = {}
        first = self.people[thread["messages"][0]["author"]]
        item = self.post(first, "/api/v1/conversations", {"microcosmId": self.site.root, "title": thread["title"][:150]})
        for message in thread["messages"]:
            body = {"itemType": "conversation", "itemId": item, "markdown": message["text"] or "(nothing)"}
            answered = ids.get(message["inReplyTo"])
            if answered:
                body["inReplyTo"] = answered
            comment = self.post(self.people[message["author"]], "/api/v1/comments", body)
            ids[message["id"]] = comment
            self.replies[comment] = (item, answered)


def test_each_gets_each_mail_once(database):
    rng = random.Random(5)
    lock, tried = threading.Lock(), {}

    def fate(recipient, data):
        """Each mail may fail a few times, and then not any more."""
        with lock:
            tried[recipient] = tried.get(recipient, 0) + 1
            return rng.choice(["451 later", "close", "hang"]) if rng.random() < 0.03 else None

    with open(corpus_path(), encoding="utf-8") as file:
        threads = json.load(file)
    with Sink(fate, hangs=2) as sink:
        daemon = harness.Daemon(database, arguments=settings(sink))
        daemon.start()
        try:
            site = harness.Site(daemon)
            people = {name: site.person(name) for name in sorted({m["author"] for t in threads for m in t["messages"]})}
            for person in people.values():
                for update_type in (1, 2, 3):
                    site.sql("INSERT INTO microcosm.update_preferences VALUES (%s, %s, %s, true, false)", site.id, person.profile_id, update_type)
            running = threading.Event()
            running.set()
            posters = [Poster(site, people, threads[i::CLIENTS], running) for i in range(CLIENTS)]
            for poster in posters:
                poster.start()
            for kill in range(KILLS):
                before = len(sink.taken)
                harness.wait_until(lambda: len(sink.taken) >= before + 5 or is_done(site), "some mails")
                running.clear()
                daemon.kill()
                let_go(site)
                daemon.start()
                running.set()
            for poster in posters:
                poster.join(harness.DEADLINE)
                assert poster.failure is None, poster.failure
            harness.wait_until(lambda: is_done(site), "all mails")
            unsure = mails_of(site, "JOIN microcosm.queue q USING (queue_id) WHERE q.problem LIKE '%%ended before%%'")
            once = read(sink)
            assert not [mail for mail, messages in once.items() if len(messages) > 1]
            wanted = mails_of(site)
            assert len(wanted) > 20
            assert set(once) <= wanted and wanted - set(once) <= unsure, (wanted ^ set(once), unsure)
            harness.run_microcosmd("queue", "retry", "mail", "--database", daemon.conninfo, *settings(sink))
            harness.wait_until(lambda: queue_is_empty(site), "the rest")
            got = read(sink)
            assert set(got) == wanted, wanted ^ set(got)
            assert {mail for mail, messages in got.items() if len(messages) > 1} <= unsure
            check_threads(got, site, {k: v for p in posters for k, v in p.replies.items()})
            site.close()
        finally:
            daemon.close()


FOLLOWERS = 6100  # more than are told in one part
# Who of them it comes to a stop at, whether that is in a later part, and whether the server doesn't do what it was asked for.
ROUNDS = [(0, False, True), (0, False, False), (-1, True, False), (-1, True, True)]


def add_followers(site, item):
    """Their ids; the first and the last want mail."""
    site.sql("INSERT INTO microcosm.users (email, canonical_email) SELECT m, m FROM generate_series(1, %s) n, concat('f', n, '@many.example') m",
             FOLLOWERS)
    site.sql("INSERT INTO microcosm.profiles (site_id, user_id, profile_name, name_key, name_order, avatar)"
             " SELECT %s, u.user_id, 'many' || u.user_id, 'rnany' || u.user_id, 'many' || u.user_id, '/a'"
             " FROM microcosm.users u WHERE u.email LIKE '%%@many.example' ORDER BY u.user_id", site.id)
    ids = [row[0] for row in site.sql("SELECT profile_id FROM microcosm.profiles WHERE site_id = %s AND profile_name LIKE 'many%%' ORDER BY 1",
                                      site.id)]
    site.sql("INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email)"
             " SELECT %s, p, 6, %s, p IN (%s, %s) FROM unnest(%s::bigint[]) p", site.id, item, ids[0], ids[-1], ids)
    return ids


@contextlib.contextmanager
def row_is_locked(site, profile_id):
    """Whoever wants to change what somebody is told waits."""
    connection = psycopg2.connect(site.daemon.conninfo)
    try:
        connection.cursor().execute("SELECT set_config('microcosm.site_id', %s, false)", (str(site.id),))
        connection.cursor().execute("SELECT FROM microcosm.updates WHERE site_id = %s AND profile_id = %s FOR UPDATE", (site.id, profile_id))
        yield
    finally:
        connection.close()


WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.mark.skipif(not os.environ.get("MICROCOSM_TEST_NIGHT"), reason="scripts/test night does")
def test_who_follows_with_very_many_is_told_once_though_it_is_killed_in_between(database):
    """In the first part of them, and in the last; the server may still do what it was asked for, or not."""
    with Sink() as sink:
        daemon = harness.Daemon(database, arguments=settings(sink))
        daemon.start()
        try:
            site = harness.Site(daemon)
            writer = site.person("writer")
            item = site.conversation(site.root, by=writer)
            ids = add_followers(site, item)
            site.comment(item, by=writer)
            harness.wait_until(lambda: is_done(site), "all to be told")
            for slow, later_part, server_dies in ROUNDS:
                site.sql("DELETE FROM microcosm.mails")  # as if they had been there
                sink.taken.clear()
                site.sql("ALTER TABLE microcosm.queue ALTER due SET DEFAULT 'infinity'")
                comment = site.comment(item, by=writer)
                harness.wait_until(lambda: fed(site), "work to be made of it")
                site.sql("ALTER TABLE microcosm.queue ALTER due SET DEFAULT clock_timestamp()")
                with row_is_locked(site, ids[slow]):
                    # not by site.sql(), which waits for the change feed: the lock holds that back
                    site.connect().cursor().execute("UPDATE microcosm.queue SET due = clock_timestamp() WHERE due = 'infinity'")
                    harness.wait_until(lambda: site.sql(WAITING), "it to be in the middle of a part")
                    assert [row[0] > 0 for row in site.sql("SELECT progress FROM microcosm.queue WHERE kind = 'updates'")] == [later_part]
                    daemon.kill()
                    if server_dies:
                        site.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                 " WHERE datname = current_database() AND wait_event_type = 'Lock'")
                let_go(site)
                daemon.start()
                harness.wait_until(lambda: is_done(site), "all to be told")
                assert site.sql("SELECT count(*), count(DISTINCT profile_id) FROM microcosm.updates WHERE item_id = %s AND profile_id = ANY (%s)",
                                comment, ids) == [(FOLLOWERS, FOLLOWERS)]
                wanted = mails_of(site)
                assert len(wanted) == 2 and {mail: len(messages) for mail, messages in read(sink).items()} == dict.fromkeys(wanted, 1)
            site.close()
        finally:
            daemon.close()


def let_go(site):
    """As if the time of what the dead daemon had taken were over."""
    harness.wait_until(lambda: site.sql(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'") == [(0,)], "the end of what it had asked")
    site.sql("UPDATE microcosm.queue SET due = now() WHERE due IS NOT NULL")


def is_done(site):
    """Nothing is left to be done, but what waits for the operator."""
    return fed(site) and site.sql(
        "SELECT count(*) FROM microcosm.queue WHERE kind IN ('mail', 'updates') AND due IS NOT NULL") == [(0,)]


def mails_of(site, which=""):
    """(address, Message-ID) of the mails about comments that were chosen."""
    return {(address, f"<comment-{item}@{site.host}>") for address, item in site.sql(
        "SELECT u.email, m.item_id FROM microcosm.mails m JOIN microcosm.profiles p USING (site_id, profile_id)"
        f" JOIN microcosm.users u USING (user_id) {which} {'AND' if which else 'WHERE'} m.item_type = 4")}


def read(sink):
    """(address, Message-ID) -> what came."""
    got = {}
    for _, recipient, data in list(sink.taken):
        message = email.message_from_bytes(data, policy=email.policy.default)
        assert not message.defects
        got.setdefault((recipient, message["message-id"].strip()), []).append(message)
    return got


def check_threads(got, site, replies):
    for (_, message_id), [message, *_] in got.items():
        item, answered = replies.get(int(message_id[len("<comment-"):].split("@")[0]), (None, None))
        if item is None:
            continue  # posted, but not answered: posted again by another id
        root = f"<conversation-{item}@{site.host}>"
        before = f"<comment-{answered}@{site.host}>" if answered else root
        assert message["references"].split()[0] == root
        assert message["references"].split()[-1] == before == message["in-reply-to"].strip()
