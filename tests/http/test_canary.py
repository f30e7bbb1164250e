"""What is hidden shows in no output: not its words, not its links, not in counts, order or anything else.

Each hidden thing has a word of its own. Whoever may not see it asks every GET route of the daemon's table for every id
there is, with every query that means something, and sends all other methods what could make them tell. Besides, the same
people ask for all that is public before and after the hidden things are made: every answer has to stay as it was.
"""

import itertools
import json
import re

import pytest

import harness
import routes

WORD = re.compile(r"zq\d+canary")
POLL = {"question": "Which one?", "choices": [{"choice": "This"}, {"choice": "That"}]}
UNKNOWN = 777777777
OUTSIDERS = ("guest", "member", "author", "left", "banned", "outlaw", "ignorer", "foreigner")
BYSTANDERS = ("guest", "member", "author", "left")  # of whom it is looked whether anything changes for them

# Queries that some route understands; each route without an id is asked with all of them.
QUERIES = ("", "limit=250", "limit=5&offset=5", "q=zq", "q=s", "top=true", "following=true", "online=true", "unread=true",
           "filter=owned", "polls=true", "status=attending", "attending=true", "disableBoiler", "context=zq&callback=f")

SEARCHES = ("q=sails", "q=sails&type=comment", "type=conversation&type=event&type=poll&type=comment&type=huddle",
            "type=microcosm&type=profile&sort=date")


class Harbour:
    """A site with people of each standing, things for everybody, and then the hidden ones."""

    def __init__(self, daemon):
        self.site, self.abroad = harness.Site(daemon), harness.Site(daemon, title="Garden", owner="rowan")
        site = self.site
        self.words = {}     # word -> who may see it
        self.seen = set()   # those that somebody came across
        self.ignored = {}   # word of something ignored -> ids by which alone the ignorer meets it
        self.ids = {"huddles": [], "criteria": [], "sites": [], "bans": []}  # kind -> ids of what everybody may see
        self.hidden = {}    # kind -> ids of the rest
        self.files = []     # hashes
        self.numbers = itertools.count(1)
        self.people = {"guest": site.guest, "owner": site.owner, "foreigner": self.abroad.person("foreigner")}
        for name in ("member", "author", "left", "banned", "outlaw", "ignorer", "insider", "mate", "talker"):
            self.people[name] = self.named(name)
        # A member of another site who is let in here like anybody else.
        self.people["foreigner"].host = site.host
        self.people["foreigner"].get("/api/v1/whoami", expect=200)
        self.public()

    def word(self, *seen_by):
        """A new word for these people alone."""
        word = f"zq{next(self.numbers)}canary"
        self.words[word] = set(seen_by)
        return word

    def named(self, name):
        """A person whose e-mail address is for themselves and the site's owner."""
        email = f"{self.word(name, 'owner')}@example.org"
        person = harness.Person(self.site, email, self.site.token(email), name).arrive()
        self.ids.setdefault("profiles", []).append(person.profile_id)
        return person

    def file(self, by, word):
        """A file with a word in it; returns its address."""
        body = (f'--edge\r\nContent-Disposition: form-data; name="f"; filename="{word}.txt"\r\n'
                f'Content-Type: text/plain\r\n\r\n{word}\r\n--edge--\r\n')
        reply = by.post("/api/v1/files", body=body, content_type="multipart/form-data; boundary=edge", expect=200)
        self.files.append(reply.data[0]["fileHash"])
        return f"/api/v1/files/{self.files[-1]}"

    def keep(self, where, kind, number):
        where.setdefault(kind, []).append(number)
        return number

    def fill(self, where, microcosm, by, text, owner=None):
        """A conversation, an event and a poll with all that they can have, and attributes of each."""
        site, owner = by.site, owner or by
        made = {}
        for kind, fields in (("conversation", {}), ("event", {"when": "2031-05-01T10:00:00Z", "where": text()}),
                             ("poll", {"question": text(), "choices": [{"choice": text()}, {"choice": text()}]})):
            item = made[kind] = self.keep(where, kind + "s", by.post(
                f"/api/v1/{kind}s", {"microcosmId": microcosm, "title": text(), **fields}, expect=302).id)
            first = self.keep(where, "comments", site.comment(item, text(), by=by, item_type=kind))
            self.keep(where, "comments", site.comment(item, text(), by=by, item_type=kind, reply_to=first))
            for path in (f"{kind}s/{item}", f"comments/{first}"):
                owner.put(f"/api/v1/{path}/attributes/colour", {"value": text()}, expect=302)
        by.put(f"/api/v1/events/{made['event']}/attendees/{by.profile_id}", {"rsvp": "yes"}, expect=302)
        choice = by.get(f"/api/v1/polls/{made['poll']}", expect=200).data["choices"][0]["id"]
        by.put(f"/api/v1/polls/{made['poll']}/votes", [choice], expect=200)
        return made

    def public(self):
        """What everybody may see. The author's words are nobody's secret."""
        site, people = self.site, self.people
        plain = (f"sails {n}" for n in itertools.count(1))
        self.ids["microcosms"] = [site.root, site.microcosm()]
        self.area = self.ids["microcosms"][1]
        self.open = self.fill(self.ids, self.area, people["author"], lambda: next(plain), owner=site.owner)
        self.fill(self.ids, self.area, people["talker"], lambda: next(plain), owner=site.owner)
        self.asked = self.keep(self.ids, "comments", site.comment(self.open["conversation"], by=people["author"]))
        self.keep(self.ids, "comments", site.comment(people["author"].profile_id, "sails", by=people["author"],
                                                     item_type="profile"))
        for number in range(12):  # so that the insider has the most comments, with or without hidden ones
            self.keep(self.ids, "comments", site.comment(self.open["conversation"], f"sails of {number}",
                                                         by=people["insider"]))
        self.ids["roles"] = [site.role(self.area, "all", moderator=True, people=[people["mate"]])]
        site.ban(people["outlaw"])
        site.sql("UPDATE microcosm.site_bans SET display_reason = %s, admin_reason = %s WHERE site_id = %s",
                 self.word("owner", "outlaw"), self.word("owner"), site.id)
        site.role(self.area, (), banned=True, people=[people["banned"]])
        harness.wait_until(lambda: people["outlaw"].get("/api/v1/microcosms").status == 403, "the ban")

    def hide(self):
        """All that is hidden, each in its own way."""
        site, people = self.site, self.people
        self.private()
        for flag in ("deleted", "moderated"):
            self.taken_away(flag)
        self.talk()
        self.other_site()
        # What stood there before an edit.
        comment = self.keep(self.ids, "comments", site.comment(self.open["poll"], self.word(), by=people["talker"],
                                                               item_type="poll"))
        people["talker"].put(f"/api/v1/comments/{comment}", {"markdown": "sails again"}, expect=302)
        site.owner.delete(f"/api/v1/comments/{comment}", expect=200)

    def private(self):
        """A microcosm for the insider, and the moderators of what is above, with one below it."""
        site, insider = self.site, self.people["insider"]
        text = lambda: self.word("owner", "insider", "mate")  # noqa: E731
        place = self.keep(self.hidden, "microcosms", site.microcosm(text(), parent=self.area, description=text()))
        site.owner.put(f"/api/v1/microcosms/{place}/attributes/colour", {"value": text()}, expect=302)
        site.owner.put(f"/api/v1/microcosms/{place}", {"logoUrl": self.file(site.owner, text()),
                                                       "meta": {"editReason": "a logo"}}, expect=302)
        self.file(insider, self.word("insider"))
        role = site.owner.post(f"/api/v1/microcosms/{place}/roles", {
            "title": text(), "create": True, "read": True}, expect=302)
        self.keep(self.hidden, "roles", role.id)
        self.keep(self.hidden, "criteria", site.owner.post(f"{role.location}/criteria", {
            "attrKey": "crew", "predicate": "eq", "value": self.word("owner", "mate")}, expect=302).id)
        site.owner.put(f"{role.location}/profiles", [{"id": insider.profile_id}], expect=200)
        below = self.keep(self.hidden, "microcosms", site.microcosm(text(), parent=place, description=text()))
        for microcosm in (place, below):
            self.fill(self.hidden, microcosm, insider, text, owner=site.owner)

    def taken_away(self, flag):
        """Everything once deleted or moderated by itself, and once with what it is in."""
        site, author = self.site, self.people["author"]
        text = lambda: self.word("owner", "mate")  # noqa: E731
        made = self.fill(self.hidden, self.area, author, text, owner=site.owner)
        place = self.keep(self.hidden, "microcosms", site.microcosm(text(), parent=self.area, description=text()))
        self.fill(self.hidden, place, author, text, owner=site.owner)
        below = self.keep(self.hidden, "microcosms", site.microcosm(text(), parent=place))
        self.fill(self.hidden, below, author, text, owner=site.owner)
        for microcosm in (place, below):
            site.owner.put(f"/api/v1/microcosms/{microcosm}/attributes/colour", {"value": text()}, expect=302)
        paths = [f"/api/v1/{kind}s/{item}" for kind, item in made.items()] + [f"/api/v1/microcosms/{place}"]
        for kind, item in self.open.items():
            for reply_to in (None, self.asked if kind == "conversation" else None):
                comment = self.keep(self.hidden, "comments", site.comment(
                    item, text(), by=author, item_type=kind, reply_to=reply_to))
                paths.append(f"/api/v1/comments/{comment}")
                site.owner.put(f"{paths[-1]}/attributes/colour", {"value": text()}, expect=302)
        biography = self.keep(self.hidden, "comments", site.comment(
            author.profile_id, self.word("owner"), by=author, item_type="profile"))
        for path in [*paths, f"/api/v1/comments/{biography}"]:
            site.owner.set_flag(path, flag, True, expect=200)

    def talk(self):
        """A huddle of insider and talker; the site's owner isn't in it."""
        site, people = self.site, self.people
        text = lambda: self.word("insider", "talker")  # noqa: E731
        huddle = self.keep(self.hidden, "huddles", people["insider"].post("/api/v1/huddles", {
            "title": text(), "participants": [{"id": people[who].profile_id} for who in ("talker", "left")]}, expect=302).id)
        first = self.keep(self.hidden, "comments", site.comment(huddle, text(), by=people["insider"], item_type="huddle"))
        self.keep(self.hidden, "comments", site.comment(huddle, self.word("insider", "talker", "left"), by=people["left"],
                                                        item_type="huddle", reply_to=first))
        self.keep(self.hidden, "comments", site.comment(huddle, text(), by=people["talker"], item_type="huddle"))
        people["left"].delete(f"/api/v1/huddles/{huddle}", expect=200)

    def other_site(self):
        """The same of somebody else, next door."""
        rowan, text = self.abroad.owner, self.word
        place = self.keep(self.hidden, "microcosms", self.abroad.microcosm(text(), description=text()))
        self.fill(self.hidden, place, rowan, text)
        self.keep(self.hidden, "profiles", self.abroad.person(text()).profile_id)
        self.keep(self.hidden, "comments", self.abroad.comment(rowan.profile_id, text(), item_type="profile"))
        self.keep(self.hidden, "huddles", rowan.post("/api/v1/huddles", {"title": text()}, expect=302).id)
        self.keep(self.hidden, "roles", rowan.post(f"/api/v1/microcosms/{place}/roles", {"title": text()}, expect=302).id)
        rowan.put(f"/api/v1/profiles/{rowan.profile_id}/attributes/colour", {"value": text()}, expect=302)
        rowan.put(f"/api/v1/site/{self.abroad.id}/attributes/colour", {"value": text()}, expect=302)
        self.keep(self.hidden, "sites", self.abroad.id)
        self.file(rowan, text())
        rowan.put("/api/v1/site/menu", [{"href": "/x", "text": text()}], expect=200)

    def ignore(self):
        """A person with what they have written, a conversation and a microcosm, which all may see but who ignores them."""
        site, ignorer = self.site, self.people["ignorer"]
        all_here = self.people.keys() - {"outlaw"}
        name, *words = [self.word(*all_here) for _ in range(2)] + [self.word(*all_here - {"banned"}) for _ in range(6)]
        nuisance = self.named(name)
        said = self.keep(self.ids, "comments", site.comment(nuisance.profile_id, words[0], by=nuisance, item_type="profile"))
        self.ignored.update({name: {nuisance.profile_id, said}, words[0]: {nuisance.profile_id, said}})
        for word, (kind, item) in zip(words[1:4], self.open.items()):
            said = self.keep(self.ids, "comments", site.comment(item, word, by=nuisance, item_type=kind))
            self.ignored[word] = {said}
            self.ignored[name].add(said)
        conversation = self.keep(self.ids, "conversations", site.conversation(self.area, words[4]))
        place = self.keep(self.ids, "microcosms", site.microcosm(words[5], parent=self.area))
        below = self.keep(self.ids, "conversations", site.conversation(place, words[6]))
        self.ignored.update({words[4]: {conversation}, words[5]: {place, below}, words[6]: {place, below}})
        for kind, number in (("profile", nuisance.profile_id), ("conversation", conversation), ("microcosm", place)):
            site.ignore(ignorer, kind, number)

    # Asking

    def ids_at(self, segment, ids):
        """Ids that may stand behind a word of a path; behind one that isn't known, all."""
        segment = {"attendees": "profiles", "participants": "profiles", "site": "sites"}.get(segment, segment)
        if segment in ids:
            return ids[segment] or [UNKNOWN]
        return [number for numbers in ids.values() for number in numbers]

    def words_at(self, placeholder):
        return {"document": ["terms"], "file": self.files}.get(placeholder, ["colour"])

    def targets(self, ids):
        """Addresses of all GET routes with these ids, and those without one with all queries."""
        everything = {**ids, "sites": [*ids.get("sites", []), self.site.id]}
        for route in routes.TABLE:
            if "on_site" not in route.flags or "GET" not in route.methods:
                continue
            parts = re.split(r"\{\w+\}", route.pattern)
            segments = [re.findall(r"(\w+)/$", part)[0] for part in parts[:-1] if part.endswith("/")]
            words = re.findall(r"\{(\w+)\}", route.pattern)
            choices = [self.ids_at(segment, everything) if word == "id" else self.words_at(word)
                       for word, segment in zip(words, segments)]
            choices[2:] = [numbers[:2] for numbers in choices[2:]]
            queries = (("q=sai", "q=zq1") if route.pattern == "/api/v1/search/suggest" else
                       SEARCHES if route.pattern == "/api/v1/search" else QUERIES if not words else ("limit=250&polls=true", "limit=5&offset=5") if route.pattern.endswith("s/{id}")
                       else ("limit=250",))
            for chosen in itertools.product(*choices):
                path = "".join(part + str(number) for part, number in itertools.zip_longest(parts, chosen, fillvalue=""))
                yield from (f"{path}?{query}".rstrip("?") for query in queries)

    def is_unasked(self, word, request):
        """Whether something ignored shows where it wasn't asked for by its id."""
        asked = {int(number) for number in re.findall(r"/(\d+)", request.path)}
        return word in self.ignored and request.path != "/api/v1/ignored" and not asked & self.ignored[word]

    def judge(self, who, reply, leaks):
        """Note words that somebody may not see, wherever in the reply they are, and tokens."""
        text = reply.body.decode("utf-8", "replace") + "\n".join(f"{name}: {value}" for name, value in reply.headers)
        for word in set(WORD.findall(text)):
            if who not in self.words[word] or (who == "ignorer" and self.is_unasked(word, reply.request)):
                leaks.append(f"{who} meets {word} of {sorted(self.words[word])}: {reply.request}")
            self.seen.add(word)
        for person in self.people.values():
            if person.token and person.token in text:
                leaks.append(f"{who} meets the token of {person}: {reply.request}")
        return text


@pytest.fixture(scope="module")
def harbour(daemon):
    harbour = Harbour(daemon)
    yield harbour
    harbour.site.close()
    harbour.abroad.close()


# What goes on meanwhile anyhow: people come by, and things are looked at.
PASSING = re.compile(r',"lastUsed":"[^"]*"|"(?:lastActive|totalViews|timeTakenInMs)":(?:"[^"]*"|\d+),?')
if harness.DAEMONS == 2:  # which know of each other's read marks after a moment only
    PASSING = re.compile(PASSING.pattern + r'|"unread":(?:true|false)')
# How much the insider has written, hidden or not, is in their own profile.
OWN_COUNTS = re.compile(r'"itemCount":\d+,"commentCount":\d+')


def answers(harbour, targets):
    """What the bystanders are told, without what goes on meanwhile."""
    told = {}
    for who in BYSTANDERS:
        for target in targets:
            reply = harbour.people[who].get(target, check=False)
            text = PASSING.sub("", reply.body.decode("utf-8", "replace"))
            if target.startswith(f"/api/v1/profiles/{harbour.people['insider'].profile_id}"):
                text = OWN_COUNTS.sub("", text)
            told[who, target] = reply.status, reply.location, text
    return told


@pytest.fixture(scope="module")
def before_and_after(harbour):
    """Answers to the same questions before and after the hidden things are made."""
    # Who has most comments is counted in the background, at no time in particular.
    targets = [target for target in harbour.targets(harbour.ids) if "top=true" not in target]
    harbour.site.searchable()
    answers(harbour, targets)  # which marks as read what is going to be asked for
    before = answers(harbour, targets)
    harbour.hide()
    harbour.site.searchable()
    return before, answers(harbour, targets)


@pytest.mark.parametrize("who", BYSTANDERS)
def test_nothing_changes_for_bystanders(before_and_after, who):
    before, after = before_and_after

    different = [target for person, target in before if person == who and before[who, target] != after[who, target]]

    assert different == [], [(before[who, target], after[who, target]) for target in different[:2]]


@pytest.fixture(scope="module")
def everything(harbour, before_and_after):
    """All addresses, with the ids of what is hidden or ignored too."""
    harbour.ignore()
    kinds = harbour.ids.keys() | harbour.hidden.keys()
    targets = list(harbour.targets({kind: harbour.ids.get(kind, []) + harbour.hidden.get(kind, []) for kind in kinds}))
    return targets


INSIDERS = ("owner", "insider", "mate", "talker")


@pytest.mark.parametrize("who", [who for who in OUTSIDERS if who != "outlaw"])
def test_searches_find_no_word_that_is_hidden(harbour, everything, who):
    """Nor count it, nor show it in part. Similar words that may be seen are found."""
    harbour.site.searchable()
    hidden = [word for word, people in harbour.words.items() if who not in people]
    for start in range(0, len(hidden), 40):
        words = hidden[start:start + 40]
        for options in ("", "+inTitle%3Atrue+type%3Apoll"):
            query = "+OR+".join(words) + options
            page = harbour.people[who].get(f"/api/v1/search?limit=250&q={query}", expect=200).data["results"]
            told = " ".join(json.dumps(hit) for hit in page["items"])
            assert page["total"] == len(page["items"]) and not set(WORD.findall(told)) & set(hidden), words


def test_searches_find_what_may_be_seen(harbour, everything):
    found = [word for word, people in harbour.words.items() if "insider" in people and "owner" in people
             and harbour.people["insider"].get(f"/api/v1/search?q={word}", expect=200).data["results"]["total"]]
    assert len(found) > 20


@pytest.mark.parametrize("who", (*OUTSIDERS, *INSIDERS))
def test_nobody_meets_what_is_hidden_from_them(harbour, everything, who):
    leaks = []
    for target in everything:
        harbour.judge(who, harbour.people[who].get(target, check=False), leaks)
    assert leaks == []


def test_each_word_is_met_by_who_may_see_it(harbour, everything):
    """Otherwise the walk doesn't lead to where it could be."""
    unseen = {word for word, people in harbour.words.items() if people & set(INSIDERS)} - harbour.seen
    assert unseen == set()


def body(number, kind):
    """What nearly every route finds something in that it knows."""
    return {"itemType": kind, "itemId": number, "microcosmId": number, "parentId": number, "inReplyTo": number,
            "profileId": number, "id": number, "title": "sails", "description": "sails", "markdown": "sails", "value": "sails",
            "question": "sails", "choices": [{"choice": "sails", "id": number}], "participants": [{"id": number}],
            "predicate": "eq", "attrKey": "crew", "rsvp": "yes", "meta": {"editReason": "sails"}}


BODIES = {"POST": lambda number, kind: [body(number, kind)], "DELETE": lambda number, kind: [[{"id": number, "key": "colour"}]],
          "PUT": lambda number, kind: [body(number, kind), [{"id": number, "profileId": number, "rsvp": "yes", "key": "colour",
                                                              "value": "sails"}]],
          "PATCH": lambda number, kind: [[{"op": "replace", "path": f"/meta/flags/{name}", "value": True}]
                                         for name in ("deleted", "open")]}


@pytest.mark.parametrize("who", ("guest", "member", "left", "foreigner"))
def test_no_other_method_tells_of_what_is_hidden(harbour, everything, who):
    """Whether it is refused or does something to what everybody may see."""
    client, leaks = harbour.people[who], []
    step = 5 if who in ("member", "left") else 25  # who may do next to nothing is refused before anything is looked for

    def send(method, path, number, kind):
        for sent in BODIES[method](number, kind):
            reply = client.request(method, path, json_body=sent, check=False)
            harbour.judge(who, reply, leaks)
            if reply.location:
                harbour.judge(who, client.get(reply.location, check=False), leaks)

    for route in routes.TABLE:
        if "on_site" not in route.flags:
            continue
        for method in sorted(route.methods - {"GET", "HEAD"}):
            if method == "DELETE" and route.pattern.startswith(("/api/v1/tokens", "/api/v1/session")):
                continue  # nobody could look for anything after that
            for kind, numbers in harbour.hidden.items():
                for number in numbers[::1 if route.pattern == "/api/v1/comments" else step]:
                    send(method, routes.fill(route, number), number, kind.rstrip("s"))
    for kind, item in harbour.open.items():
        for number in harbour.hidden["comments"]:
            sent = {"itemType": kind, "itemId": item, "inReplyTo": number, "markdown": f"sails for {number}"}
            reply = client.post("/api/v1/comments", sent, check=False)
            if reply.status == 302:
                harbour.judge(who, client.get(reply.location), leaks)
    if who != "guest":
        for kind, numbers in harbour.hidden.items():
            for number in numbers:
                if kind.rstrip("s") in harbour.site.ITEM_TYPES and kind != "sites":
                    harbour.site.ignore(client, kind.rstrip("s"), number)
        harbour.judge(who, client.get("/api/v1/ignored?limit=250", expect=200), leaks)
    assert leaks == []
