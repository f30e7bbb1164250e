"""Who may do what with what in which state: every route of things against rules.py.

Each cell of the matrix is a test. Reads share one thing for each state; whoever writes gets a
fresh one. After a write the rows are looked at: what was refused must not have happened.
"""

import itertools

import pytest

import harness
import rules

KINDS = ("microcosm", "conversation", "comment")
PATHS = {"microcosm": "/api/v1/microcosms/{}", "conversation": "/api/v1/conversations/{}",
         "comment": "/api/v1/comments/{}"}


class World:
    """A site with one of each of the people, and things made for the asking."""

    def __init__(self, daemon):
        self.site = harness.Site(daemon, owner="owner")
        self.abroad = harness.Site(daemon, title="Next door", owner="landlord")
        people = ("member", "author", "moderator", "keeper", "banned", "outlaw")
        self.people = {name: self.site.person(name) for name in people}
        self.people["guest"] = self.site.guest
        self.people["owner"] = self.site.owner
        self.people["stranger"] = self.abroad.person("stranger")
        self.people["landlord"] = self.abroad.owner
        self.site.ban(self.people["outlaw"])
        harness.wait_until(lambda: self.people["outlaw"].get("/api/v1/microcosms").status == 403, "the ban")
        self.shared = {}

    def close(self):
        self.site.close()
        self.abroad.close()

    def microcosm(self, closed=False):
        """A microcosm with its keeper, a moderator and somebody banned."""
        site = self.site
        microcosm = site.microcosm()
        site.sql("UPDATE microcosm.microcosms SET owned_by = %s WHERE site_id = %s AND microcosm_id = %s",
                 self.people["keeper"].profile_id, site.id, microcosm)
        site.role(microcosm, "all", moderator=True, people=[self.people["moderator"]])
        site.role(microcosm, (), banned=True, people=[self.people["banned"]])
        if closed:
            site.role(microcosm, "all")
        return microcosm

    def place(self, closed):
        """A microcosm that many things may share, as nothing is done to it."""
        if closed not in self.shared:
            self.shared[closed] = self.microcosm(closed)
        return self.shared[closed]

    def make(self, kind, state):
        """A fresh thing in a state, with what is around it; returns ids by kind."""
        site = self.site
        author = self.people["author"].profile_id
        closed = state == "closed"
        ids = {}
        if kind == "microcosm" or state.startswith("microcosm "):
            ids["microcosm"] = self.microcosm(closed)
        else:
            ids["microcosm"] = self.place(closed)
        if kind != "microcosm":
            # The author might not be let in, so the owner makes it and hands it over.
            ids["conversation"] = site.conversation(ids["microcosm"])
            site.sql("UPDATE microcosm.items SET created_by = %s WHERE site_id = %s AND item_id = %s",
                     author, site.id, ids["conversation"])
        if kind == "comment":
            ids["comment"] = site.comment(ids["conversation"])
            site.sql("UPDATE microcosm.comments SET created_by = %s WHERE site_id = %s AND comment_id = %s",
                     author, site.id, ids["comment"])
        hidden = {"deleted": kind, "moderated": kind, "microcosm deleted": "microcosm",
                  "microcosm moderated": "microcosm",
                  "item deleted": "conversation", "item moderated": "conversation"}.get(state)
        if hidden:
            site.owner.set_flag(PATHS[hidden].format(ids[hidden]), state.split()[-1], True, expect=200)
        return ids

    def for_reading(self, kind, state):
        key = kind, state
        if key not in self.shared:
            self.shared[key] = self.make(kind, state)
        return self.shared[key]

    def rows(self, ids):
        """All that a write could have changed, but what mere reading and counting changes."""
        site = self.site
        found = [site.sql("SELECT title, description, edited_by, edit_reason, parent_id, is_sticky, is_open, is_deleted,"
                          " is_moderated FROM microcosm.microcosms WHERE site_id = %s AND microcosm_id = %s",
                          site.id, ids["microcosm"]),
                 site.sql("SELECT count(*) FROM microcosm.microcosms WHERE site_id = %s AND parent_id = %s",
                          site.id, ids["microcosm"])]
        if "conversation" in ids:
            found.append(site.sql(
                "SELECT title, microcosm_id, edited_by, edit_reason, is_sticky, is_open, is_deleted, is_moderated"
                " FROM microcosm.items WHERE site_id = %s AND item_id = %s", site.id, ids["conversation"]))
            found.append(site.sql(
                "SELECT comment_id, markdown, revisions, edited_by, is_deleted, is_moderated FROM microcosm.comments"
                " WHERE site_id = %s AND item_id = %s ORDER BY comment_id", site.id, ids["conversation"]))
        else:
            found.append(site.sql("SELECT count(*) FROM microcosm.items WHERE site_id = %s AND microcosm_id = %s",
                                  site.id, ids["microcosm"]))
        return found


@pytest.fixture(scope="module")
def world(daemon):
    world = World(daemon)
    yield world
    world.close()


RULES = rules.all_rules()
CELLS = [(rule, state, who) for rule in RULES for state in rule.states for who in rules.PEOPLE]


@pytest.mark.parametrize("rule, state, who", CELLS, ids=[f"{rule.name}, {state}, {who}" for rule, state, who in CELLS])
def test_matrix(world, rule, state, who):
    ids = world.make(rule.kind, state) if rule.writes else world.for_reading(rule.kind, state)
    client = world.people[who]
    wanted = rule.decide(who, state)
    body = rule.body(ids) if rule.body else None
    before = world.rows(ids) if rule.writes else None

    reply = client.request(rule.method, rule.path.format(**ids), json_body=body)

    assert reply.status in wanted, f"by {rule.source}: {sorted(wanted)} for {who}, {state}; {reply}"
    if reply.status == 403 and rule.method == "POST" and rule.path.endswith("comments") and who in ("guest", "member"):
        assert reply.data["errorCode"] == 10, "K, note 1"
    if rule.writes:
        after = world.rows(ids)
        if reply.status in (200, 302) and who not in rules.FOREIGN:
            undone = rule.method == "DELETE" and state in ("deleted", "item deleted", "microcosm deleted")
            assert after != before or undone, "answered with success, but nothing was done"
        else:
            assert after == before, "refused, but done all the same"
    if reply.status >= 400 and reply.body:
        for word in ("Mooring", "Which knot", "Try a bowline"):
            assert word.encode() not in reply.body, "a refusal tells nothing of the thing"


SITE_CELLS = [(rule, who) for rule in rules.SITE_RULES for who in rules.PEOPLE
              if who not in rules.FOREIGN and rule[3](who) is not None]


@pytest.mark.parametrize("rule, who", SITE_CELLS, ids=[f"{rule[0]} {rule[1]}, {who}" for rule, who in SITE_CELLS])
def test_site_wide(world, rule, who):
    method, path, body, decide, source = rule
    client = world.people[who]
    path = path.format(author=world.people["author"].profile_id, own=getattr(client, "profile_id", None),
                       other=world.abroad.owner.profile_id)
    wanted = decide(who)

    reply = client.request(method, path, json_body=body)

    assert reply.status in (wanted if isinstance(wanted, tuple) else (wanted,
                                                                      )), f"by {source}: {wanted} for {who}; {reply}"


OPTIONS_CELLS = [(path, who) for path in sorted({rule[1] for rule in rules.SITE_RULES}) for who in rules.PEOPLE
                 if who not in rules.FOREIGN and not (who == "guest" and "{own}" in path)]


@pytest.mark.parametrize("path, who", OPTIONS_CELLS, ids=[f"{path}, {who}" for path, who in OPTIONS_CELLS])
def test_options(world, path, who):
    client = world.people[who]
    target = path.format(author=world.people["author"].profile_id, own=getattr(client, "profile_id", None),
                         other=world.abroad.owner.profile_id)
    allowed = who != "outlaw" or path in rules.OUTLAWS_OPTIONS

    client.options(target, expect=200 if allowed else 403)


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
        self.world = world = World(daemon)
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
            site.owner.set_flag(PATHS[kind].format(number), flag, True, expect=200)

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
