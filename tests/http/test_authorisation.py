"""Who may do what with what in which state: every route and method against rules.py and its sisters.

A row of the matrix is a rule in one state, for all people. Reads share one thing for each state; whoever is let in to
write gets a fresh one. After a write the rows are looked at: what was refused must not have happened. Here are
microcosms, conversations and comments; test_authorisation_items.py and test_authorisation_people.py have the others.
"""

import itertools

import pytest

import harness
import matrix
import routes
import rules
import rules_items
import rules_people


@pytest.fixture(scope="module")
def world(daemon):
    world = matrix.World(daemon)
    yield world
    world.close()


@pytest.mark.parametrize(**matrix.rows_of(rules.content()))
def test_matrix(world, rule, state):
    assert matrix.judge(world, rule, state) == []


# Every route, as the daemon's table has them


def test_each_route_and_method_has_a_rule():
    """A new route fails here until rules.py, rules_items.py or rules_people.py says who may do what there."""
    ruled = {(rule.method, rule.path) for rule in rules.content() + rules_items.all_rules() + rules_people.all_rules()}
    ruled |= {(method, path) for method, path, *_ in rules_people.SITE_RULES}
    on_root = {(method, path) for method, path, *_ in rules_people.ROOT_RULES}

    def without(wanted, ruled):
        found = {(method, routes.find(path).pattern) for method, path in ruled}
        return sorted(f"{method} {pattern}" for method, pattern in wanted - found)

    assert without(routes.served(), ruled | on_root) == []
    assert without(routes.served("on_root"), on_root) == []


@pytest.mark.parametrize("route", routes.TABLE, ids=[route.pattern for route in routes.TABLE])
class TestEachRoute:
    """What holds whatever is behind a route."""

    METHODS = (*routes.METHODS, "OPTIONS")

    def hosts(self, world, route):
        return [host for flag, host in (("on_site", world.site.host), ("on_root", harness.ROOT_HOST)) if flag in route.flags]

    def test_a_method_without_a_handler(self, world, route):
        path = routes.fill(route)
        if "only_get" in route.flags:
            for method in (*routes.METHODS[1:], "OPTIONS"):
                world.people["member"].request(method, path, expect=501)
            return
        for host in self.hosts(world, route):
            for who in ("guest", "member", "owner"):
                for method in routes.METHODS:
                    if method not in route.methods:
                        reply = world.people[who].request(method, path, host=host, expect=405)
                        assert reply.header("Allow") == ",".join(route.allow)
                options = world.people[who].options(path, host=host, expect=200)
                assert options.header("Allow") == ",".join(route.allow)

    def test_the_other_kind_of_host_has_it_not(self, world, route):
        for flag, host in (("on_site", world.site.host), ("on_root", harness.ROOT_HOST)):
            if flag not in route.flags and "operational" not in route.flags:
                for who, method in itertools.product(("guest", "owner"), self.METHODS):
                    world.people[who].request(method, routes.fill(route), host=host, expect=404)

    def test_a_wrong_token(self, world, route):
        if "no_credentials" in route.flags:
            return
        for host, method in itertools.product(self.hosts(world, route), self.METHODS):
            world.site.guest.request(method, routes.fill(route), host=host, token="nobody's", expect=401)

    def test_who_is_banned_from_the_site_does_nothing(self, world, route):
        if "on_site" not in route.flags or "no_credentials" in route.flags:
            return
        outlaw = world.people["outlaw"]
        before = harness.dump(world.site)
        for method in self.METHODS:
            reply = outlaw.request(method, routes.fill(route))
            let_in = "banned_too" in route.flags and method in ("GET", "HEAD", "OPTIONS")
            if let_in:
                assert reply.status in (200, 404, 405), reply  # 404: a file that there isn't
            else:
                assert reply.status == 403 and (method == "HEAD" or reply.data["errorCode"] == 13), reply
        assert harness.changed(before, harness.dump(world.site)) == set()


# Hidden things appear nowhere

# What has a word of its own, and who may come across it. "everyone" leaves out who reads nothing there.
EVERYONE = {"guest", "member", "author", "moderator", "keeper", "owner"}
INSIDERS = {"moderator", "keeper", "owner"}
MARKED = {
    "open microcosm": EVERYONE, "conversation": EVERYONE, "comment": EVERYONE, "reply": EVERYONE, "biography": EVERYONE,
    "description": EVERYONE,
    "closed microcosm": INSIDERS, "closed description": INSIDERS,
    "closed child": {"moderator", "owner"},  # roles reach down, ownership doesn't
    "closed conversation": INSIDERS, "closed comment": INSIDERS,
    "open child of the closed": EVERYONE, "conversation in the open child": EVERYONE,
    "deleted conversation": set(), "moderated conversation": set(), "comment of a deleted conversation": set(),
    "comment of a moderated conversation": set(), "deleted comment": set(), "moderated comment": set(),
    "deleted reply": set(), "moderated reply": set(), "deleted biography": set(),
    "deleted microcosm": set(), "moderated microcosm": set(), "conversation in a deleted microcosm": set(),
    "comment in a deleted microcosm": set(), "conversation in a moderated microcosm": set(),
    "child of a deleted microcosm": set(), "conversation below a deleted microcosm": set(),
    "closed to all but the site's owner": {"owner"}, "conversation closed to all but the site's owner": {"owner"},
}


class Marked:
    """A tree of things, each with a word that appears nowhere else."""

    def __init__(self, daemon):
        self.world = world = matrix.World(daemon)
        site, author = world.site, world.people["author"]
        numbers = itertools.count(1)
        self.words = {name: f"zq{next(numbers)}word" for name in MARKED}
        words = self.words

        self.area = world.microcosm()
        site.owner.put(f"/api/v1/microcosms/{self.area}",
                       {"title": words["open microcosm"], "description": words["description"],
                        "meta": {"editReason": "x"}},
                       expect=302)
        self.conversation = site.conversation(self.area, words["conversation"], by=author)
        self.comment = site.comment(self.conversation, words["comment"], by=author)
        site.comment(self.conversation, words["reply"], by=author, reply_to=self.comment)
        site.comment(author.profile_id, words["biography"], by=author, item_type="profile")

        self.closed = world.microcosm(closed=True)
        site.owner.put(f"/api/v1/microcosms/{self.closed}",
                       {"title": words["closed microcosm"], "description": words["closed description"],
                        "parentId": self.area, "meta": {"editReason": "x"}}, expect=302)
        site.microcosm(words["closed child"], parent=self.closed)
        inside = site.conversation(self.closed, words["closed conversation"])
        site.comment(inside, words["closed comment"])
        self.open_child = site.microcosm(words["open child of the closed"], parent=self.closed)
        site.role(self.open_child, ("read", "create"), users=True)
        site.role(self.open_child, ("read",), guests=True)
        site.conversation(self.open_child, words["conversation in the open child"])

        def hide(kind, number, flag):
            site.owner.set_flag(matrix.PATHS[kind].format(number), flag, True, expect=200)

        for flag in ("deleted", "moderated"):
            number = site.conversation(self.area, words[f"{flag} conversation"], by=author)
            site.comment(number, words[f"comment of a {flag} conversation"], by=author)
            hide("conversation", number, flag)
            hide("comment", site.comment(self.conversation, words[f"{flag} comment"], by=author), flag)
            hide("comment", site.comment(self.conversation, words[f"{flag} reply"], by=author, reply_to=self.comment),
                 flag)
            place = site.microcosm(words[f"{flag} microcosm"], parent=self.area)
            number = site.conversation(place, words[f"conversation in a {flag} microcosm"], by=author)
            if flag == "deleted":
                site.comment(number, words["comment in a deleted microcosm"], by=author)
                child = site.microcosm(words["child of a deleted microcosm"], parent=place)
                site.conversation(child, words["conversation below a deleted microcosm"], by=author)
            hide("microcosm", place, flag)
        biography = site.comment(author.profile_id, words["deleted biography"], by=author, item_type="profile")
        site.owner.delete(f"/api/v1/comments/{biography}", expect=200)

        shut = site.microcosm(words["closed to all but the site's owner"], parent=self.area)
        site.role(shut, ())
        # The area's moderator role reaches down here; a banned role puts its member out again.
        site.role(shut, (), banned=True, people=[world.people["moderator"]])
        site.conversation(shut, words["conversation closed to all but the site's owner"])
        self.seen = {}

    def crawl(self, who):
        """All that somebody gets to see by following lists, tree and links, as one text."""
        if who in self.seen:
            return self.seen[who]
        client = self.world.people[who]
        queue = ["/api/v1/microcosms?limit=250", "/api/v1/microcosms/tree", "/api/v1/conversations?limit=250",
                 "/api/v1/profiles?limit=250", f"/api/v1/profiles/{self.world.people['author'].profile_id}",
                 "/api/v1/whoami", "/api/v1/site", f"/api/v1/microcosms/{self.area}?limit=250",
                 f"/api/v1/microcosms/{self.open_child}?limit=250",
                 f"/api/v1/conversations/{self.conversation}?limit=250", f"/api/v1/comments/{self.comment}",
                 f"/api/v1/conversations/{self.conversation}/newcomment",
                 f"/api/v1/conversations/{self.conversation}/lastcomment"]
        done, texts = set(), []
        while queue:
            target = queue.pop()
            if target in done:
                continue
            done.add(target)
            reply = client.get(target)
            texts.append(reply.body.decode())
            if reply.status == 307:
                queue.append(reply.location)
            if reply.status == 200:
                queue += [href for href in self.links(reply.data) if href.startswith(
                    ("/api/v1/microcosms/", "/api/v1/conversations/", "/api/v1/comments/"))]
        self.seen[who] = "\n".join(texts)
        return self.seen[who]

    def links(self, data):
        if isinstance(data, list):
            for value in data:
                yield from self.links(value)
        elif isinstance(data, dict):
            if isinstance(data.get("href"), str):
                yield data["href"]
            for value in data.values():
                yield from self.links(value)

    def summary(self, who):
        """The area as the root lists it for somebody."""
        entries = self.world.people[who].get("/api/v1/microcosms?limit=250", expect=200).data["items"]["items"]
        return next(entry["item"] for entry in entries if entry["item"]["id"] == self.area)


@pytest.fixture(scope="module")
def marked(daemon):
    marked = Marked(daemon)
    yield marked
    marked.world.close()


SIGHTS = [(who, what) for who in ("guest", "member", "author", "moderator", "keeper", "owner", "banned", "outlaw")
          for what in MARKED]


@pytest.mark.parametrize("who, what", SIGHTS, ids=[f"{who}, {what}" for who, what in SIGHTS])
def test_appearance(marked, who, what):
    """Reading everything reachable, one meets what one may read and no more."""
    if who == "banned" and what not in ("biography",):
        expected = False  # the role reaches down to everything here
    elif who == "outlaw":
        expected = False
    elif what == "biography":
        expected = True
    else:
        expected = who in MARKED[what]

    text = marked.crawl(who)

    assert (marked.words[what] in text) is expected


# Conversations and comments below the area that somebody may read: in the area, in the closed one, in
# its open child, in the one that is shut.
COUNTS = {
    "guest": (1 + 1, 2), "member": (1 + 1, 2), "author": (1 + 1, 2), "moderator": (1 + 1 + 1, 2 + 1),
    "keeper": (1 + 1 + 1, 2 + 1), "owner": (1 + 1 + 1 + 1, 2 + 1),
}


@pytest.mark.parametrize("who", COUNTS)
def test_counts(marked, who):
    summary = marked.summary(who)

    assert (summary["totalItems"], summary["totalComments"]) == COUNTS[who]


RECENT = {
    "guest": "conversation in the open child", "member": "conversation in the open child",
    "author": "conversation in the open child", "moderator": "conversation in the open child",
    "keeper": "conversation in the open child", "owner": "conversation closed to all but the site's owner",
}


@pytest.mark.parametrize("who", RECENT)
def test_most_recent_update(marked, who):
    # The hidden comments of the area's conversation are newer than all of these, and count for nobody.
    recent = marked.summary(who)["mostRecentUpdate"]["item"]

    assert recent["title"] == marked.words[RECENT[who]]


CHILDREN = {"guest": set(), "member": set(), "author": set(), "moderator": {"closed microcosm"},
            "keeper": {"closed microcosm"}, "owner": {"closed microcosm", "closed to all but the site's owner"}}


@pytest.mark.parametrize("who", CHILDREN)
def test_children(marked, who):
    titles = {child["title"] for child in marked.summary(who).get("children", [])}

    assert titles == {marked.words[name] for name in CHILDREN[who]}


def test_the_number_of_comments_is_that_of_the_visible(marked):
    for who in COUNTS:
        page = marked.world.people[who].get(f"/api/v1/conversations/{marked.conversation}", expect=200).data["comments"]
        assert page["total"] == len(page["items"]) == 2
        replies = marked.world.people[who].get(f"/api/v1/comments/{marked.comment}").data["meta"]["replies"]
        assert len(replies) == 1


def test_what_is_unknown_and_what_is_closed_look_alike(marked):
    """A guest can't tell by the answer whether an id is taken."""
    guest = marked.world.site.guest
    closed = guest.get(f"/api/v1/microcosms/{marked.closed}")
    unknown = guest.get("/api/v1/microcosms/888888888")

    assert closed.status == unknown.status == 403
    assert closed.body == unknown.body
