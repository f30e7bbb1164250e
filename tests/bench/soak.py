"""Long load, and two things that must hold under it.

    soak.py --build DIR [--minutes M] [--requests N]    both checks
    soak.py --build DIR --self-check                    whether both can fail

Visibility: two daemons on one database, under load. In the middle a role is taken from a member, a member is
banned, a token is revoked, a microcosm is made private, and things are hidden. What is about to vanish carries a
marker of its own, and readers of all kinds look for it everywhere, the whole time. A reply to a request that began
after the change was confirmed, plus what is promised to whoever changed it, must not have the marker: nothing for
a change through the daemon that answers, --promised milliseconds for one in another process or in SQL. The
promise is 100 in ordinary running, a few seconds when a wake-up is lost; a machine that is busy with other things
is neither.

Memory: the daemon may not grow from one half of many requests to the other.
"""

import argparse
import contextlib
import http.client
import itertools
import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import load
from service import HOST as ADDRESS
from service import SCALES, Postgres, Server

# As load.sql makes them: microcosms of the large site by what happens to them here; the load keeps to the others.
SITE = "bench0.localhost"
SITE_ID = 2
PRIVATE, HIDDEN_HERE, HIDDEN_THERE, COMMITTEE = 3, 4, 5, 10
LOADED = (6, 7, 8, 9)
OWNER, INSIDER, LEAVES_COMMITTEE, TO_BE_BANNED, TO_BE_REVOKED, PLAIN, ALSO_PLAIN = 1, 4, 5, 10, 11, 12, 13
LOADING = "20-64"
COMMITTEE_ROLE = 5

# Asking

class Person:
    """Somebody who asks the daemons, over a connection to each; a member by number, or a guest."""

    def __init__(self, servers, number=None):
        self.name = f"member {number}" if number else "guest"
        self.headers = {"Host": SITE}
        if number:
            self.headers["Authorization"] = f"Bearer bench-{number}"
        self.wires = [http.client.HTTPConnection(ADDRESS, server.port, timeout=30) for server in servers]

    def ask(self, path, daemon=0, method="GET", body=None):
        """Status and body of the reply, and when the request began."""
        wire = self.wires[daemon]
        if method != "GET":
            wire.close()  # writes are not sent twice, so they get a connection that is surely open
        for attempt in (1, 2):  # an idle one may have been closed by the daemon
            began = time.monotonic()
            try:
                wire.request(method, path, body, {**self.headers, "Content-Type": "application/json"})
                reply = wire.getresponse()
                return reply.status, reply.read().decode(), began
            except (http.client.RemoteDisconnected, ConnectionError):
                wire.close()
                if attempt == 2 or method != "GET":
                    raise

    def close(self):
        for wire in self.wires:
            wire.close()


# What may no longer be seen

class Rule:
    """After a change, some people may no longer see something, each daemon after the delay promised for it.

    Replies are judged when all is over: a reader may hold one that it asked for long before.
    """

    def __init__(self, name, people, shows, delays, change):
        self.name = name
        self.people = people
        self.shows = shows      # whether a reply (status, body) shows it
        self.delays = delays    # by daemon, in seconds
        self.change = change
        self.confirmed = None
        self.replies = []       # (person, daemon, when asked for, whether it shows it, what it was)

    def happen(self):
        self.change()
        self.confirmed = time.monotonic()

    def note(self, person, daemon, began, path, status, body):
        if person.name in self.people:
            shown = self.shows(status, body)
            self.replies.append((person.name, daemon, began, shown, f"{path}: {status}" if shown else None))

    def violations(self):
        return [f"{self.name}: {name} saw it {(began - self.confirmed) * 1000:.1f} ms after, on daemon {daemon}: {what}"
                for name, daemon, began, shown, what in self.replies
                if shown and began > self.confirmed + self.delays[daemon]]

    def lag(self):
        """Seconds after the change in which it was asked for the last time with success."""
        return max([0.0, *(began - self.confirmed for _, _, began, shown, _ in self.replies if shown)])

    def untried(self):
        """People who didn't see it before, or didn't look often enough after: then the test has shown nothing."""
        for name in self.people:
            before = sum(shown for who, _, began, shown, _ in self.replies if who == name and began < self.confirmed)
            after = sum(who == name and began > self.confirmed for who, _, began, _, _ in self.replies)
            if before < 3 or after < 10:
                yield f"{self.name}: {name} saw it {before} times before, and asked {after} times after"


class Reader(threading.Thread):
    """Asks for one page after another, and shows each reply to all rules."""

    def __init__(self, person, paths, rules, stop):
        super().__init__(name=person.name, daemon=True)
        self.person, self.paths, self.rules, self.stop = person, paths, rules, stop
        self.replies = 0
        self.failure = None

    def run(self):
        chance = random.Random(self.name)
        try:
            for daemon in itertools.cycle(range(len(self.person.wires))):
                if self.stop.is_set():
                    return
                path = chance.choice(self.paths)
                status, body, began = self.person.ask(path, daemon)
                if status >= 500:
                    raise RuntimeError(f"{path}: {status} {body[:200]}")
                for rule in self.rules:
                    rule.note(self.person, daemon, began, path, status, body)
                self.replies += 1
        except Exception as failure:  # told by the main thread
            self.failure = failure


# The scene

class Scene:
    """People, things with markers, and what will happen."""

    def __init__(self, postgres, servers, promised, own=0.0):
        self.postgres = postgres
        self.owner = Person(servers, OWNER)  # connections apart from those of the reader of that name
        self.people = {number: Person(servers, number) for number in
                       (None, OWNER, INSIDER, LEAVES_COMMITTEE, TO_BE_BANNED, TO_BE_REVOKED, PLAIN, ALSO_PLAIN)}
        self.paths = ["/api/v1/microcosms", "/api/v1/microcosms/1", "/api/v1/microcosms/tree",
                      "/api/v1/conversations?limit=250", "/api/v1/microcosms/7", "/api/v1/conversations/5"]
        self.committee, self.private, self.here, self.there = (
            self._marked(microcosm) for microcosm in (COMMITTEE, PRIVATE, HIDDEN_HERE, HIDDEN_THERE))
        self.item, self.item_id = self._marked_item(LOADED[0])
        elsewhere, here, there = (promised, promised), (own, promised), (promised, own)
        outsiders = [self.people[n].name for n in (None, LEAVES_COMMITTEE, PLAIN, ALSO_PLAIN)]
        self.rules = [
            self._rule("role taken away", [LEAVES_COMMITTEE], self.committee, elsewhere, self._take_role),
            Rule("member banned", [self.people[TO_BE_BANNED].name], lambda status, body: status != 403, elsewhere,
                 self._ban),
            Rule("token revoked", [self.people[TO_BE_REVOKED].name], lambda status, body: status != 401, elsewhere,
                 self._revoke),
            Rule("microcosm made private", outsiders, lambda status, body: self.private in body, elsewhere,
                 self._make_private),
            Rule("microcosm hidden", outsiders, lambda status, body: self.here in body, here,
                 lambda: self._hide(f"/api/v1/microcosms/{HIDDEN_HERE}", 0)),
            Rule("microcosm hidden through the other daemon", outsiders, lambda status, body: self.there in body,
                 there, lambda: self._hide(f"/api/v1/microcosms/{HIDDEN_THERE}", 1)),
            Rule("conversation hidden", outsiders, lambda status, body: self.item in body, here,
                 lambda: self._hide(f"/api/v1/conversations/{self.item_id}", 0)),
        ]

    def _rule(self, name, numbers, marker, delays, change):
        return Rule(name, [self.people[n].name for n in numbers], lambda status, body: marker in body, delays, change)

    def _make(self, path, **fields):
        """By one who is in no rule: authors may go on reading what is theirs."""
        status, body, _ = self.people[INSIDER].ask(path, method="POST", body=json.dumps(fields))
        if status != 302:
            raise SystemExit(f"soak: POST {path}: {status} {body}")

    def _marked_item(self, microcosm):
        """A conversation that carries a marker in its title and all comments."""
        marker = f"MARK{secrets.token_hex(8)}"
        self._make("/api/v1/conversations", microcosmId=microcosm, title=f"About {marker}")
        (item,), = self.postgres.rows(
            f"SELECT item_id FROM microcosm.items WHERE site_id = {SITE_ID} AND title = 'About {marker}'")
        for n in range(4):
            self._make("/api/v1/comments", itemType="conversation", itemId=item, markdown=f"{marker}, the {n}th")
        self.paths += [f"/api/v1/conversations/{item}", f"/api/v1/conversations/{item}/lastcomment"]
        self.paths += [f"/api/v1/comments/{comment}" for comment, in self.postgres.rows(
            f"SELECT comment_id FROM microcosm.comments WHERE site_id = {SITE_ID} AND item_id = {item}")]
        return marker, item

    def _marked(self, microcosm):
        """A microcosm with a conversation that carries a marker; its title does too."""
        marker, _ = self._marked_item(microcosm)
        title = json.dumps({"title": f"Bench {marker}", "description": marker, "id": microcosm,
                            "meta": {"editReason": "soak"}})
        status, body, _ = self.owner.ask(f"/api/v1/microcosms/{microcosm}", method="PUT", body=title)
        if status != 302:
            raise SystemExit(f"soak: PUT of a microcosm: {status} {body}")
        self.paths.append(f"/api/v1/microcosms/{microcosm}")
        return marker

    # What happens, in this order.

    def _take_role(self):
        self._sql(f"DELETE FROM microcosm.role_profiles WHERE site_id = {SITE_ID} AND role_id = {COMMITTEE_ROLE}"
                  f" AND profile_id = {LEAVES_COMMITTEE}")

    def _ban(self):
        self._sql(f"INSERT INTO microcosm.site_bans (site_id, user_id) VALUES ({SITE_ID}, {TO_BE_BANNED})")

    def _revoke(self):
        self._sql(f"DELETE FROM microcosm.access_tokens WHERE user_id = {TO_BE_REVOKED}")

    def _make_private(self):
        """A microcosm with roles of its own has none of those above it."""
        self._sql("INSERT INTO microcosm.roles (site_id, microcosm_id, title, can_read, created_by)"
                  f" VALUES ({SITE_ID}, {PRIVATE}, 'Nobody', true, {OWNER})")

    def _sql(self, statement):
        connection = self.postgres.connect()
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)
            if cursor.rowcount != 1:
                raise SystemExit(f"soak: {cursor.rowcount} rows: {statement}")

    def _hide(self, path, daemon):
        body = json.dumps([{"op": "replace", "path": "/meta/flags/moderated", "value": True}])
        status, text, _ = self.owner.ask(path, daemon, "PATCH", body)
        if status not in (200, 302):
            raise SystemExit(f"soak: PATCH {path}: {status} {text}")

    def close(self):
        for person in (self.owner, *self.people.values()):
            person.close()


def background_load(server, folder, seconds, writes=10):
    """wrk on a thread of its own; raises what went wrong when asked for its result."""
    ids = [n for n in range(1, SCALES["small"]["conversations"] // 5 + 1) if 2 + n % 8 in LOADED]
    paths, items = (os.path.join(folder, name) for name in ("paths", "items"))
    with open(paths, "w", encoding="ascii") as out:
        out.writelines(f"/api/v1/conversations/{n}\n" for n in ids)
        out.writelines(f"/api/v1/microcosms/{n}\n" for n in (1, *LOADED) for _ in range(4))
    with open(items, "w", encoding="ascii") as out:
        out.writelines(f"{n}\n" for n in ids)
    found = {}

    def run():
        try:
            found.update(load.wrk(server, "/", 24, seconds, host=SITE, paths=paths, members=LOADING, share=50,
                                  writes=writes, items=items))
        except SystemExit as failure:
            found["failure"] = failure

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def result():
        thread.join()
        if "failure" in found:
            raise found["failure"]
        return found

    return result


def check_visibility(postgres, programs, seconds, *delays):
    """The rules with all replies, and what went wrong, after some seconds of load with the changes in the middle."""
    arguments = ("--threads", "64")
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Server(programs.microcosmd, postgres.conninfo(), *arguments)) for _ in range(2)]
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="microcosm-soak."))
        scene = Scene(postgres, servers, *delays)
        stack.callback(scene.close)
        stop = threading.Event()
        readers = [Reader(person, scene.paths, scene.rules, stop) for person in scene.people.values()]
        result = background_load(servers[0], folder, max(1, round(seconds)))
        began = time.monotonic()
        for reader in readers:
            reader.start()
        for n, rule in enumerate(scene.rules):
            time.sleep(max(0, began + seconds * (0.35 + 0.06 * n) - time.monotonic()))
            rule.happen()
        time.sleep(max(0, began + seconds - time.monotonic()))
        stop.set()
        for reader in readers:
            reader.join()
        loaded = result()
        failures = [f"{reader.name}: {reader.failure}" for reader in readers if reader.failure]
        print(f"visibility: {sum(reader.replies for reader in readers):,} replies looked at, by {len(readers)} readers on 2 "
              f"daemons, under {loaded['rate']:,.0f} req/s in {seconds:.0f} s", flush=True)
    for rule in scene.rules:
        print(f"  {rule.name}: last seen when asked for {rule.lag() * 1000:.1f} ms after it was confirmed", flush=True)
    return scene.rules, failures + [each for rule in scene.rules for each in rule.untried()]


# Memory

GROWTH_MAX = 3 * 2**20


def growth(samples):
    """Bytes from the second quarter of the samples to the last one: the first is for filling what is bounded."""
    quarter = len(samples) // 4
    return statistics.median(samples[-quarter:]) - statistics.median(samples[quarter:2 * quarter])


def check_memory(postgres, programs, requests):
    """Findings after so many requests of a mix.

    With one arena of malloc for all threads: each more goes on filling with what it can't join for a long time,
    which looks like a leak and isn't ours.
    """
    listed = subprocess.run([programs.microcosmd, "help"], capture_output=True, text=True, check=True).stdout
    small_cache = ["--cache-size", "12m"] if "cache-size" in listed else []  # full soon, and large enough for most
    samples, done = [], 0
    with tempfile.TemporaryDirectory(prefix="microcosm-soak.") as folder, \
            Server(programs.microcosmd, postgres.conninfo(), "--threads", "32", *small_cache,
                   MALLOC_ARENA_MAX="1") as server:
        while done < requests or len(samples) < 12:
            done += background_load(server, folder, 2, writes=2)()["requests"]
            samples.append(server.resident_bytes())
    grown = growth(samples)
    print(f"memory: {done:,} requests, {samples[0] / 2**20:.1f} MiB after {done // len(samples):,}, "
          f"{samples[-1] / 2**20:.1f} MiB at the end; {grown / 1024:+,.0f} KiB from the second quarter to the last",
          flush=True)
    return [f"grew by {grown:,.0f} bytes"] if grown > GROWTH_MAX else []


def self_check(postgres, programs):
    """Both checks must find what is certainly there: what was seen just before a change, and a leak."""
    rules, found = check_visibility(postgres, programs, 15, -1.5, -1.5)
    found += [f"that it was seen shortly before '{rule.name}' was not found" for rule in rules if not rule.violations()]
    leaky = [20 * 2**20 + n * 10000 * 64 for n in range(20)]
    if growth(leaky) <= GROWTH_MAX:
        found.append("64 bytes a request, in 200,000 requests, were not found")
    return found


# The run

class Programs:
    """Those of a build."""

    def __init__(self, build):
        self.microcosmd = os.path.join(build, "microcosmd/microcosmd")


def fresh(stack, programs):
    """A PostgreSQL with the small scale in it."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="microcosm-soak.", dir="/var/tmp"))
    os.chmod(folder, 0o711)
    postgres = Postgres(programs.microcosmd, folder)
    postgres.make()
    postgres.start()
    stack.callback(postgres.stop)
    postgres.load(**SCALES["small"])
    postgres.settle()
    return postgres


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--minutes", type=float, default=1 / 3, help="of load with changes in the middle; 0: none")
    parser.add_argument("--promised", type=float, default=100, help="milliseconds until other processes know")
    parser.add_argument("--requests", type=int, default=200000, help="that memory may not grow over; 0: none")
    parser.add_argument("--self-check", action="store_true")
    options = parser.parse_args()
    programs = Programs(options.build)
    found = []
    with contextlib.ExitStack() as stack:
        postgres = fresh(stack, programs)
        if options.self_check:
            found += self_check(postgres, programs)
        else:
            if options.requests:
                found += check_memory(postgres, programs, options.requests)
            if options.minutes:
                rules, failures = check_visibility(postgres, programs, options.minutes * 60, options.promised / 1000)
                found += failures + [each for rule in rules for each in rule.violations()]
    for each in found[:50]:
        print(f"soak: {each}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
