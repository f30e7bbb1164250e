"""A conversation that very many follow: how long until all are told, and what others wait for meanwhile.

    followers.py --build DIR [--followers N] [--mails N] [--data DIR]

Makes a site whose people all follow one conversation, some of them with mail, and posts one comment to it over HTTP. Tells
how long that takes, when the first and the last are told, when all mails are there, how long pages and another comment with
one follower take meanwhile, and what memory the daemon has. Fails unless each is told once and each mail comes once.
"""

import argparse
import collections
import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from service import HERE, HOST, Postgres, Server

sys.path.insert(0, os.path.join(HERE, "../mail"))
from sink import Sink  # noqa: E402

KEY, OWNER = "many", "owner@many.example"

PEOPLE = """
WITH new AS (
    INSERT INTO microcosm.users (email, canonical_email)
    SELECT mail, mail FROM generate_series(1, %(followers)s) n, concat('f', n, '@many.example') mail
    RETURNING user_id
), person AS (
    INSERT INTO microcosm.profiles (site_id, user_id, profile_name, name_key, name_order, avatar)
    SELECT %(site)s, user_id, 'follower' || user_id, 'fo11ovver' || user_id, 'follower' || user_id, '/api/v1/files/a' FROM new
    RETURNING profile_id
)
INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email)
SELECT %(site)s, profile_id, 6, %(item)s, row_number() OVER (ORDER BY profile_id) <= %(mails)s FROM person
"""


class Client:
    def __init__(self, port, token):
        self.port, self.headers = port, {"Host": f"{KEY}.localhost", "Authorization": f"Bearer {token}",
                                         "Content-Type": "application/json"}

    def ask(self, method, path, body=None):
        """The reply's status and headers, and how many seconds it took."""
        wire = http.client.HTTPConnection(HOST, self.port, timeout=60)
        began = time.monotonic()
        wire.request(method, path, json.dumps(body) if body else None, self.headers)
        reply = wire.getresponse()
        reply.read()
        wire.close()
        return reply.status, reply.headers, time.monotonic() - began

    def make(self, path, body):
        status, headers, seconds = self.ask("POST", path, body)
        if status != 302:
            raise SystemExit(f"followers: POST {path} is {status}")
        return int(headers["Location"].rsplit("/", 1)[1].split("?")[0]), seconds

    def comment(self, item):
        return self.make("/api/v1/comments", {"itemType": "conversation", "itemId": item, "markdown": "A comment."})


def command(program, postgres, *words):
    return subprocess.run([program, *words, "--database", postgres.conninfo()], check=True, capture_output=True, text=True).stdout.strip()


def told(postgres, comment):
    return postgres.rows(f"SELECT count(*) FROM microcosm.updates WHERE item_id = {comment} AND update_type_id = 1")[0][0]


def wait_until(condition, what):
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > 600:
            raise SystemExit(f"followers: waited in vain for {what}")
        time.sleep(0.2)  # counting them takes the same cores
    return time.monotonic()


class Reader(threading.Thread):
    """Asks for the conversation, one time after another."""

    def __init__(self, client, item):
        super().__init__(daemon=True)
        self.client, self.item, self.times, self.ends = client, item, [], threading.Event()

    def run(self):
        while not self.ends.wait(0.05):
            self.times.append(self.client.ask("GET", f"/api/v1/conversations/{self.item}")[2])


def measure(options, postgres, program):
    command(program, postgres, "site", "create", KEY, "--title", "Many", "--owner", OWNER)
    token = command(program, postgres, "token", "create", "--site", KEY, "--email", OWNER)
    other_token = command(program, postgres, "token", "create", "--site", KEY, "--email", "other@many.example")
    site, = postgres.rows(f"SELECT site_id FROM microcosm.sites WHERE subdomain_key = '{KEY}'")[0]
    with Sink() as sink, Server(program, postgres.conninfo(), "--smtp", f"smtp://127.0.0.1:{sink.port}?tls=no",
                                "--mail-from", "forum@many.example", "--cache-size", "64m") as daemon:
        owner, other = Client(daemon.port, token), Client(daemon.port, other_token)
        root, = postgres.rows(f"SELECT microcosm_id FROM microcosm.microcosms WHERE site_id = {site} AND parent_id IS NULL")[0]
        item, _ = owner.make("/api/v1/conversations", {"microcosmId": root, "title": "Followed"})
        quiet, _ = owner.make("/api/v1/conversations", {"microcosmId": root, "title": "Quiet"})
        owner.ask("POST", "/api/v1/watchers", {"itemType": "conversation", "itemId": quiet})
        with contextlib.closing(postgres.connect()) as connection:
            connection.cursor().execute(PEOPLE, {"site": site, "item": item, "followers": options.followers, "mails": options.mails})
        postgres.settle()
        reader = Reader(owner, item)
        reader.start()
        began = time.monotonic()
        comment, posted = owner.comment(item)
        first = wait_until(lambda: told(postgres, comment), "the first to be told")
        other_began = time.monotonic()
        small, other_posted = other.comment(quiet)
        other_told = wait_until(lambda: told(postgres, small), "the follower of the other one") - other_began
        busy = told(postgres, comment) < options.followers
        last = wait_until(lambda: told(postgres, comment) >= options.followers, "all to be told")
        reader.ends.set()
        mailed = wait_until(lambda: len(sink.taken) >= options.mails, "all mails")
        time.sleep(1)
        each = collections.Counter(to for _, to, _ in sink.taken)
        if told(postgres, comment) != options.followers or set(each.values()) - {1} or len(each) != options.mails:
            raise SystemExit("followers: not each is told once")
        print(f"{options.followers:,} followers, {options.mails:,} with mail: posted in {posted * 1000:.0f} ms, the first are told after "
              f"{first - began:.2f} s, all after {last - began:.1f} s, the last mail after {mailed - began:.1f} s\n"
              f"meanwhile{'' if busy else ' (all were told by then)'}: a comment with one follower posted in {other_posted * 1000:.0f} ms, told "
              f"after {other_told:.2f} s; pages p50 {statistics.median(reader.times) * 1000:.1f} ms, at most {max(reader.times) * 1000:.0f} ms\n"
              f"the daemon has {daemon.resident_bytes() / 2**20:.0f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, metavar="DIR")
    parser.add_argument("--followers", type=int, default=100_000)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--data", metavar="DIR", help="an empty folder for the database")
    options = parser.parse_args()
    program = os.path.abspath(os.path.join(options.build, "microcosmd/microcosmd"))
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        postgres = Postgres(program, options.data or folder)
        postgres.make()
        postgres.start()
        try:
            measure(options, postgres, program)
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
