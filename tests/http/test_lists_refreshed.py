"""Lists that are refreshed from cached summaries equal those that are read from the database.

The same site at two daemons, one with a cache and one without.
"""

import contextlib

import pytest

import harness


@pytest.fixture(scope="module")
def both(cluster, template):
    """A site at a daemon with a cache, and the daemon without."""
    database = cluster.copy(template)
    with contextlib.closing(harness.Daemon(database)) as keeping:
        site = harness.Site(keeping.start())
        with contextlib.closing(harness.Daemon(database, arguments=("--cache-size", "0"))) as plain:
            plain.start()
            yield site, plain
            site.close()


class Forum:
    """A microcosm with 30 conversations and events, who looks at it, and what they see at both daemons."""

    def __init__(self, site, plain):
        self.site, self.plain = site, plain
        self.people = [site.newcomer() for _ in range(3)]
        self.elsewhere = site.microcosm()
        self.microcosm = site.microcosm()
        self.items = [site.conversation(self.microcosm, by=self.people[i % 3]) for i in range(30)]
        for item in self.items[::7]:
            site.comment(item, by=self.people[1])
        self.paths = [f"/api/v1/microcosms/{self.microcosm}{page}" for page in ("", "?offset=25", "?limit=5&offset=10")]
        self.paths += [f"/api/v1/microcosms/{self.microcosm}?limit=5&offset=10&polls=true",
                       f"/api/v1/microcosms/{self.microcosm}?polls=true", "/api/v1/microcosms"]
        self.polls = [self.poll(f"Poll {number}") for number in range(3)]

    def poll(self, title):
        return self.people[0].post("/api/v1/polls", {"microcosmId": self.microcosm, "title": title, "question": "Which?",
                                                     "choices": [{"choice": "This"}]}, expect=302).id

    def look(self):
        for client in (self.site.guest, self.people[1], self.people[2], self.site.owner):
            there = harness.Client(self.plain, client.host, client.token, f"{client.name}, nothing kept")
            for path in self.paths:
                kept, plain = client.get(path).json, there.get(path).json
                assert without(kept, MEMORY) == without(plain, MEMORY), (client, path)
                harness.wait_until(
                    lambda: without(client.get(path).json, VIEWS) == without(there.get(path).json, VIEWS),
                    f"the same to be unread at both: {client} {path}")


# What a daemon has in memory for a while: read marks for a second, views for a minute.
VIEWS = {"totalViews"}
MEMORY = {"totalViews", "unread"}


def without(value, keys):
    if isinstance(value, dict):
        return {key: without(each, keys) for key, each in value.items() if key not in keys}
    return [without(each, keys) for each in value] if isinstance(value, list) else value


def flag(item, name, value):
    return lambda f: f.site.owner.set_flag(f"/api/v1/conversations/{f.items[item]}", name, value, expect=200)


def edit(path, **fields):
    body = {**fields, "meta": {"editReason": "tests"}}
    return lambda f: f.site.owner.put(path(f), {key: each(f) if callable(each) else each for key, each in body.items()},
                                      expect=302)


CHANGES = {
    "a comment on the first page": lambda f: f.site.comment(f.items[29]),
    "a comment on one further down": lambda f: f.site.comment(f.items[0], by=f.people[2]),
    "a new conversation": lambda f: f.items.append(f.site.conversation(f.microcosm)),
    "one elsewhere": lambda f: f.site.conversation(f.elsewhere),
    "another title": edit(lambda f: f"/api/v1/conversations/{f.items[20]}", title="Renamed"),
    "one moved away": edit(lambda f: f"/api/v1/conversations/{f.items[21]}", title="Moved",
                           microcosmId=lambda f: f.elsewhere),
    "and back again": edit(lambda f: f"/api/v1/conversations/{f.items[21]}", title="Moved back",
                           microcosmId=lambda f: f.microcosm),
    "sticky": flag(3, "sticky", True),
    "closed": flag(22, "open", False),
    "hidden": flag(23, "moderated", True),
    "shown again": flag(23, "moderated", False),
    "deleted": lambda f: f.site.owner.delete(f"/api/v1/conversations/{f.items[24]}", expect=200),
    "its last comment deleted": lambda f: f.site.owner.delete(
        f"/api/v1/comments/{f.site.comment(f.items[25])}", expect=200),
    "a new poll": lambda f: f.polls.append(f.poll("A new one")),
    "a comment on a poll": lambda f: f.site.comment(f.polls[0], item_type="poll"),
    "another title of a poll": edit(lambda f: f"/api/v1/polls/{f.polls[1]}", title="Renamed"),
    "a sticky poll": lambda f: f.site.owner.set_flag(f"/api/v1/polls/{f.polls[1]}", "sticky", True, expect=200),
    "a poll hidden": lambda f: f.site.owner.set_flag(f"/api/v1/polls/{f.polls[2]}", "moderated", True, expect=200),
    "a poll moved away": edit(lambda f: f"/api/v1/polls/{f.polls[0]}", microcosmId=lambda f: f.elsewhere),
    "another name of an author": lambda f: f.people[1].put(
        f"/api/v1/profiles/{f.people[1].profile_id}", {"profileName": "renamed"}, expect=302),
    "another title of the microcosm": edit(lambda f: f"/api/v1/microcosms/{f.microcosm}", title="Renamed", description="x"),
    "a microcosm in it": lambda f: f.site.microcosm(parent=f.microcosm),
    "which is read only": lambda f: f.site.closed_microcosm(parent=f.microcosm),
    "ignored by one": lambda f: f.site.ignore(f.people[2], "conversation", f.items[26]),
}


def test_refreshed_lists_equal_newly_read_ones(both):
    forum = Forum(*both)
    forum.look()
    for what, change in CHANGES.items():
        change(forum)
        try:
            forum.look()
        except AssertionError as error:
            pytest.fail(f"after {what}: {error}")
