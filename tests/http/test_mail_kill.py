"""Mail is sent once to each, in threads, whatever is killed: threads are posted while the daemon ends five times.

Of a mail that was on its way when the daemon ended nobody can know whether the server has it. It isn't sent again by itself;
the queue keeps it for the operator."""

import email
import email.policy
import http.client
import json
import os
import random
import sys
import threading

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
