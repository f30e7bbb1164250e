"""What was answered with 302 is there afterwards, whatever was killed."""

import contextlib
import glob
import http.client
import os
import random
import shutil
import stat
import threading

import pytest

import harness

WRITERS = 8
ROUNDS = 10


class Writer(threading.Thread):
    """Posts and edits comments as fast as it can until it is told to stop or nobody answers."""

    def __init__(self, person, conversation, name):
        super().__init__(daemon=True)
        self.person = person
        self.conversation = conversation
        self.label = name
        self.stopped = threading.Event()
        self.confirmed = {}  # comment id -> the last text that was confirmed
        self.doubtful = {}   # comment id -> texts sent after that, whose fate is not known
        self.failure = None

    def run(self):
        number = 0
        try:
            while not self.stopped.is_set():
                number += 1
                self.post(f"{self.label}, text {number}")
                if number % 5 == 0:
                    self.edit(random.choice(list(self.confirmed)), f"{self.label}, edit {number}")
        except (OSError, http.client.HTTPException):
            pass  # the daemon is gone: what was not answered may be there or not
        except BaseException as failure:  # judged by the test
            self.failure = failure

    def post(self, text):
        body = {"itemType": "conversation", "itemId": self.conversation, "markdown": text}
        reply = self.person.post("/api/v1/comments", body)
        assert reply.status in (302, 503), reply
        if reply.status == 302:
            self.confirmed[reply.id] = text

    def edit(self, comment, text):
        self.doubtful.setdefault(comment, set()).add(text)
        reply = self.person.put(f"/api/v1/comments/{comment}", {"markdown": text})
        assert reply.status in (302, 503), reply
        if reply.status == 302:
            self.confirmed[comment] = text
            del self.doubtful[comment]


def there(site, conversation):
    """Texts of all comments of a conversation, over HTTP."""
    found, offset = {}, 0
    while True:
        page = site.guest.get(f"/api/v1/conversations/{conversation}?limit=250&offset={offset}",
                              expect=200).data["comments"]
        found.update((item["id"], item["markdown"]) for item in page["items"])
        assert len(page["items"]) == min(250, page["total"] - offset)
        if offset >= page["maxOffset"]:
            assert len(found) == page["total"], "the count is that of what is there"
            return found
        offset += 250


def round_of_writing(site, kill, comments):
    """Let writers write until so many comments are confirmed, kill, and return them once they have noticed."""
    conversation = site.conversation(site.root)
    people = [site.owner, *site.people]
    writers = [Writer(people[index % len(people)], conversation, f"writer {index}") for index in range(WRITERS)]
    for writer in writers:
        writer.start()
    harness.wait_until(
        lambda: sum(len(writer.confirmed) for writer in writers) >= comments or any(w.failure for w in writers),
        "comments to be confirmed", pause=0.001)
    kill()
    for writer in writers:
        writer.stopped.set()
        writer.join(harness.DEADLINE)
        assert not writer.is_alive(), "a writer hangs"
    return conversation, writers


def assert_kept(site, conversation, writers):
    found = there(site, conversation)
    confirmed = 0
    for writer in writers:
        assert writer.failure is None, repr(writer.failure)
        for comment, text in writer.confirmed.items():
            confirmed += 1
            assert comment in found, f"{comment} ({text}) was confirmed and is gone"
            assert found[comment] in {text} | writer.doubtful.get(comment, set()), \
                f"{comment} is {found[comment]!r}, not {text!r}"
    assert confirmed, "nothing was written at all"
    return confirmed


@pytest.fixture(scope="module")
def durable():
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(contextlib.closing(harness.Cluster(durable=True)))
        daemon = stack.enter_context(contextlib.closing(harness.Daemon(cluster.copy(cluster.migrated_template()))))
        site = stack.enter_context(contextlib.closing(harness.Site(daemon.start())))
        site.people = [site.newcomer() for _ in range(3)]
        yield cluster, daemon, site


@pytest.mark.parametrize("number", range(ROUNDS))
def test_the_daemon_killed(durable, number):
    _, daemon, site = durable
    conversation, writers = round_of_writing(site, daemon.kill, 20 + 20 * number)

    daemon.start()

    assert_kept(site, conversation, writers)


def test_postgresql_killed(durable):
    cluster, daemon, site = durable
    site.close()
    conversation, writers = round_of_writing(site, cluster.kill, 300)

    cluster.start()
    harness.wait_until(daemon.is_ready, "the daemon to recover")

    assert_kept(site, conversation, writers)


def test_counts_are_right_after_all_that(durable):
    _, _, site = durable
    wrong = site.sql("""
        SELECT i.item_id, i.comment_count, count(c.comment_id)
          FROM microcosm.items i
          LEFT JOIN microcosm.comments c ON c.site_id = i.site_id AND c.item_id = i.item_id AND c.is_visible
         WHERE i.site_id = %s
         GROUP BY i.item_id, i.comment_count
        HAVING i.comment_count <> count(c.comment_id)""", site.id)

    assert wrong == []


class PrivateDatabase:
    """microcosmd serve --data: the daemon runs a PostgreSQL of its own."""

    def __init__(self):
        self.folder = harness.new_folder("mcdata.")
        # PostgreSQL runs under an unprivileged account, which has to get in.
        os.chmod(self.folder, stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
        self.daemon = harness.Daemon(data=os.path.join(self.folder, "data"))

    def postmaster(self):
        """Process of its PostgreSQL, or None."""
        for path in glob.glob(os.path.join(self.folder, "**", "postmaster.pid"), recursive=True):
            with open(path, encoding="utf-8") as file:
                pid = int(file.readline())
            if harness.is_running(pid):
                return pid
        return None

    def kill_postgresql(self):
        pids = harness.kill_hard(self.postmaster())
        harness.wait_until(lambda: not any(harness.is_running(pid) for pid in pids))

    def close(self):
        try:
            self.daemon.close()
            harness.wait_until(lambda: self.postmaster() is None, "its PostgreSQL to end with the daemon")
        finally:
            if self.postmaster():
                self.kill_postgresql()
            shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def private():
    with contextlib.closing(PrivateDatabase()) as private:
        site = harness.Site(private.daemon.start())
        site.people = [site.newcomer() for _ in range(3)]
        yield private, site


class TestPrivatePostgresql:
    def test_commands_work_while_it_serves(self, private):
        _, site = private

        assert len(site.token("another@example.org")) == 128

    def test_the_daemon_killed(self, private):
        database, site = private
        conversation, writers = round_of_writing(site, database.daemon.kill, 200)

        database.daemon.start()  # its PostgreSQL may still be running, and is used again

        assert_kept(site, conversation, writers)

    def test_all_of_it_killed(self, private):
        database, site = private

        def kill():
            database.kill_postgresql()
            database.daemon.kill()

        conversation, writers = round_of_writing(site, kill, 300)

        database.daemon.start()

        assert_kept(site, conversation, writers)

    def test_only_postgresql_killed(self, private):
        """The daemon watches over its PostgreSQL and brings it back."""
        database, site = private
        conversation, writers = round_of_writing(site, database.kill_postgresql, 300)

        harness.wait_until(database.daemon.is_ready, "the daemon to bring its PostgreSQL back")

        assert_kept(site, conversation, writers)

    def test_stopped_and_started(self, private):
        database, site = private
        conversation = site.conversation(site.root)
        comment = site.comment(conversation, "Still here")
        database.daemon.stop()
        harness.wait_until(lambda: database.postmaster() is None, "its PostgreSQL to end with the daemon")
        token = site.token("cold@example.org")  # works without a daemon as well
        assert len(token) == 128

        database.daemon.start()

        assert there(site, conversation) == {comment: "Still here"}
