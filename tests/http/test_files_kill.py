"""Uploads that a kill -9 of the daemon breaks off, at any point."""

import contextlib
import fcntl
import hashlib
import http.client
import os
import random
import threading

import psycopg2
import pytest

import harness
from test_files import PATH, TYPE, fetch, form, part, sha1

UPLOADS = 200
THREADS = 6


@pytest.fixture
def daemon(cluster, template):
    """One of the test's own, which it may kill."""
    daemon = harness.Daemon(cluster.copy(template))
    yield daemon.start()
    daemon.close()


class Uploads:
    """Threads that upload and attach without an end, until the daemon is gone."""

    def __init__(self, client):
        self.client = client
        self.lock = threading.Lock()
        self.begun = 0
        self.answered = {}  # hash -> bytes
        self.attached = set()

    def run(self, seed):
        chance = random.Random(seed)
        try:
            while True:
                self.upload(chance)
        except (OSError, http.client.HTTPException):
            pass  # the daemon was killed
        finally:
            self.client.daemon.forget_connection()

    def upload(self, chance):
        content = chance.randbytes(chance.choice((10, 5000, 200000, 1500000)))
        with self.lock:
            self.begun += 1
        self.client.post(PATH, body=form(part(content)), content_type=TYPE, expect=200)
        with self.lock:
            self.answered[sha1(content)] = content
        self.client.post(f"/api/v1/profiles/{self.client.profile_id}/attachments", {"fileHash": sha1(content)}, expect=302)
        with self.lock:
            self.attached.add(sha1(content))

    def until_killed(self, daemon, wanted, seed):
        """Kill the daemon when so many more have begun; start it again."""
        wanted += self.begun
        threads = [threading.Thread(target=self.run, args=(f"{seed} {number}",)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        harness.wait_until(lambda: self.begun >= wanted, "uploads to begin", pause=0.0005)
        daemon.kill()
        for thread in threads:
            thread.join()
        daemon.start()

    def check(self, daemon, stored):
        """stored: name -> bytes, of all that the store has."""
        with contextlib.closing(psycopg2.connect(daemon.conninfo)) as connection, connection.cursor() as cursor:
            cursor.execute("SET microcosm.site_id = '0'")
            cursor.execute("SELECT sha256, is_stored FROM microcosm.files")
            rows = dict(cursor.fetchall())
            cursor.execute("SELECT f.sha1, f.is_stored FROM microcosm.attachments a JOIN microcosm.files f USING (file_id)")
            attachments = dict(cursor.fetchall())
        for name, content in stored.items():
            assert hashlib.sha256(content).hexdigest() == name, "a file that has its name is whole"
        assert set(stored) <= set(rows), "bytes without a row"
        assert {name for name, is_stored in rows.items() if is_stored} <= set(stored), "a row without its bytes"
        assert all(attachments.values()) and self.attached <= set(attachments)
        for file_hash, content in self.answered.items():
            assert fetch(self.client, file_hash).body == content
        assert len(self.answered) > THREADS


def left_alone(path):
    """Whether no process holds the lock on a temporary file: then the next sweep takes it."""
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_all_that_was_answered_is_there_and_nothing_is_lost_sight_of(daemon):
    site = harness.Site(daemon)
    client = site.newcomer()
    uploads, chance = Uploads(client), random.Random(9)
    while uploads.begun < UPLOADS:
        uploads.until_killed(daemon, chance.randint(5, 40), uploads.begun)

    stored = {}
    for folder, _, names in os.walk(daemon.files):
        for name in names:
            if not name.startswith("upload-"):
                with open(os.path.join(folder, name), "rb") as opened:
                    stored[name] = opened.read()
    begun = [os.path.join(folder, name) for folder, _, names in os.walk(daemon.files) for name in names
             if name.startswith("upload-")]

    uploads.check(daemon, stored)
    assert all(left_alone(path) for path in begun)
    site.close()
