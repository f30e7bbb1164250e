"""How often the database is asked, as it tells itself.

pg_stat_statements counts what was executed, the server's log says in which transaction: a batch of
statements that travels together is one, so distinct transactions are trips.
"""

import contextlib
import re
import time

import psycopg2
import pytest

import harness

# What the daemon does by itself every now and then, whatever is asked of it.
BACKGROUND = re.compile(r"^(changes|read_marks\.(relax|write_\w+)|counters|jobs|queue|search_index|updates)\b")
EXECUTED = re.compile(r"^trip=(\S*) LOG:  execute ([a-z_]+\.[a-z_]+):")

needs_cache = pytest.mark.skipif("--cache-size" in harness.EXTRA_ARGUMENTS, reason="the cache is off")


class Watch:
    """What the server executed for the daemon."""

    def __init__(self, cluster, database):
        self.cluster = cluster
        self.connection = psycopg2.connect(cluster.conninfo(database, "postgres"))
        self.connection.autocommit = True
        self.place = 0

    def ask(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def begin(self):
        self.ask("SELECT pg_stat_statements_reset()")
        with open(self.cluster.log_path, encoding="utf-8", errors="replace") as log:
            log.seek(0, 2)
            self.place = log.tell()

    def executed(self):
        """(transaction, name) of each statement since begin(), background work left out."""
        with open(self.cluster.log_path, encoding="utf-8", errors="replace") as log:
            log.seek(self.place)
            found = [EXECUTED.match(line) for line in log]
        return [match.groups() for match in found if match and not BACKGROUND.match(match.group(2))]

    def counted(self, condition="true"):
        """Names of the library's statements that were called, by pg_stat_statements; background work left out."""
        rows = self.ask("SELECT substring(s.query FROM '^/\\* ([a-z_]+\\.[a-z_]+) \\*/')"
                        "  FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid"
                        f" WHERE r.rolname = 'microcosm' AND s.calls > 0 AND ({condition})")
        return sorted(name for name, in rows if name and not BACKGROUND.match(name))


@pytest.fixture(scope="module")
def watched():
    """A daemon on a server that counts, its site, and the watch."""
    with contextlib.closing(harness.Cluster(
            shared_preload_libraries="pg_stat_statements", log_statement="all", log_line_prefix="trip=%v ")) as cluster:
        cluster.as_superuser("CREATE EXTENSION pg_stat_statements")
        database = cluster.copy(cluster.migrated_template())
        with contextlib.closing(harness.Daemon(database)) as daemon:
            site = harness.Site(daemon.start())
            yield site, Watch(cluster, "postgres")
            site.close()


@pytest.fixture(scope="module")
def forum(watched):
    """A microcosm with 30 conversations, the first with 60 comments by several people."""
    site, _ = watched
    people = [site.newcomer() for _ in range(5)]
    microcosm = site.microcosm("Busy")
    conversations = [site.conversation(microcosm, by=people[i % 5]) for i in range(30)]
    for i in range(60):
        site.comment(conversations[0], f"Comment {i}", by=people[i % 5])
    return site, people, microcosm, conversations


def statements(watch, work):
    """What a piece of work had the server execute; it is logged before it is answered."""
    watch.begin()
    work()
    return watch.executed(), watch.counted()


def asks_and_then_nothing(watch, work, statement):
    """Work asks one statement and, done again at once, none: what is a member's own is kept for a second only."""
    def is_so():
        first, again = statements(watch, work)[0], statements(watch, work)
        assert names(first) in ([statement], []) and names(again[0]) in ([statement], []), (first, again)
        return names(first) == [statement] and again == ([], [])

    harness.wait_until(is_so, "the second to be over before, and not between, the two", pause=0.2)


def trips(executed):
    return len({transaction for transaction, _ in executed})


def names(executed):
    return sorted(name for _, name in executed)


@needs_cache
@pytest.mark.parametrize("page", ["", "?offset=25", "?offset=50", "?limit=5&offset=10"])
def test_a_warm_page_of_a_guest_asks_nothing(watched, forum, page):
    _, watch = watched
    site, _, _, conversations = forum
    path = f"/api/v1/conversations/{conversations[0]}{page}"
    site.guest.get(path, expect=200)

    executed, counted = statements(watch, lambda: [site.guest.get(path, expect=200) for _ in range(20)])

    assert names(executed) == []
    assert counted == []


@needs_cache
def test_a_warm_listing_of_a_guest_asks_nothing(watched, forum):
    _, watch = watched
    site, _, microcosm, _ = forum
    paths = [f"/api/v1/microcosms/{microcosm}", f"/api/v1/microcosms/{microcosm}?offset=25", "/api/v1/microcosms"]
    for path in paths:
        site.guest.get(path, expect=200)

    executed, counted = statements(watch, lambda: [site.guest.get(path, expect=200) for path in paths * 10])

    assert names(executed) == []
    assert counted == []


@needs_cache
def test_a_warm_page_of_a_member_asks_one_statement_or_none(watched, forum):
    _, watch = watched
    site, people, _, conversations = forum
    path = f"/api/v1/conversations/{conversations[0]}"
    people[0].get(path, expect=200)

    asks_and_then_nothing(watch, lambda: people[0].get(path, expect=200), "items.own")


@needs_cache
def test_a_warm_listing_of_a_member_asks_one_statement_or_none(watched, forum):
    _, watch = watched
    site, people, microcosm, _ = forum
    path = f"/api/v1/microcosms/{microcosm}"
    people[0].get(path, expect=200)

    asks_and_then_nothing(watch, lambda: people[0].get(path, expect=200), "microcosms.own")


@needs_cache
def test_a_cold_page_is_one_trip(watched, forum):
    """Cold: never asked for; the site, and who asks, are known from before."""
    _, watch = watched
    site, people, microcosm, conversations = forum
    for client in (site.guest, people[1]):
        client.get(f"/api/v1/conversations/{conversations[1]}", expect=200)

    guest, _ = statements(watch, lambda: site.guest.get(f"/api/v1/conversations/{conversations[2]}", expect=200))
    member, _ = statements(watch, lambda: people[1].get(f"/api/v1/conversations/{conversations[3]}", expect=200))
    listing, _ = statements(watch, lambda: people[1].get(f"/api/v1/microcosms/{microcosm}?limit=20", expect=200))

    assert names(guest) == ["comments.page_on_item", "items.get_conversation"] and trips(guest) == 1
    assert names(member) == ["comments.page_on_item", "items.get_conversation", "items.own"] and trips(member) == 1
    assert names(listing) == ["microcosms.items", "microcosms.own", "microcosms.page"]
    assert trips(listing) == 1


def test_huddles_are_one_trip_and_one_more_to_mark_what_is_new(watched, forum):
    _, watch = watched
    site, people, _, _ = forum
    huddle = people[0].post("/api/v1/huddles", {"title": "Psst", "participants": [{"id": people[1].profile_id}]},
                            expect=302).id
    site.comment(huddle, by=people[0], item_type="huddle")
    page = ["comments.page_on_huddle", "huddles.all_participants", "huddles.facts", "huddles.get"]

    listing, _ = statements(watch, lambda: people[1].get("/api/v1/huddles", expect=200))
    unread, _ = statements(watch, lambda: people[1].get(f"/api/v1/huddles/{huddle}", expect=200))
    read, _ = statements(watch, lambda: people[1].get(f"/api/v1/huddles/{huddle}", expect=200))

    assert names(listing) == ["huddles.list", "huddles.list_participants", "huddles.total"] and trips(listing) == 1
    assert names(unread) == sorted(page + ["huddles.mark_read"]) and trips(unread) == 2
    assert names(read) == page and trips(read) == 1


@needs_cache
def test_a_list_is_refreshed_from_unchanged_summaries(watched, forum):
    """After a post one statement for a guest, two for a member, in one trip: the order, and the item that changed."""
    _, watch = watched
    site, people, microcosm, conversations = forum
    path = f"/api/v1/microcosms/{microcosm}"
    for client in (site.guest, people[1]):
        client.get(path, expect=200)

    def after_a_post(client, conversation):
        site.comment(conversation, by=people[2])
        return statements(watch, lambda: client.get(path, expect=200))[0]

    guest, member = after_a_post(site.guest, conversations[29]), after_a_post(people[1], conversations[28])
    from_below = after_a_post(site.guest, conversations[0])

    assert names(guest) == ["microcosms.items_refresh"]
    assert names(member) == ["microcosms.items_refresh", "microcosms.own"] and trips(member) == 1
    assert names(from_below) == ["microcosms.items_refresh"], "one that was on another page has come to the top"


@pytest.mark.parametrize("text, most", [("For @nobody", 2), ("To a thing just read", 1)])
def test_a_post_is_a_trip_or_two(watched, forum, text, most):
    """One for what is to be known, unless that is at hand; one transaction for the writing."""
    _, watch = watched
    site, people, _, conversations = forum
    path = f"/api/v1/conversations/{conversations[0]}"
    before = people[2].get(path, expect=200).data["comments"]["total"]
    body = {"itemType": "conversation", "itemId": conversations[0], "markdown": text}

    executed, _ = statements(watch, lambda: people[2].post("/api/v1/comments", body, expect=302))

    written = [name for _, name in executed if name.startswith(("items.lock", "comments.create"))]
    assert sorted(written) == ["comments.create_on_item", "items.lock"]
    if "--cache-size" not in harness.EXTRA_ARGUMENTS:
        assert trips(executed) <= most
    assert site.guest.get(path, expect=200).data["comments"]["total"] == before + 1


def test_a_guest_writes_nothing(watched, forum):
    _, watch = watched
    site, _, microcosm, conversations = forum

    def look_around():
        for conversation in conversations[:10]:
            site.guest.get(f"/api/v1/conversations/{conversation}", expect=200)
        site.guest.get(f"/api/v1/microcosms/{microcosm}", expect=200)

    watch.begin()
    look_around()
    time.sleep(0.2)
    assert watch.counted("s.query ~* '\\m(insert|update|delete)\\M'") == []
