"""Ids of one site, put into every path, query and body of another, show and change nothing."""

import pytest

import harness
import matrix
import routes
import rules
import rules_items
import rules_people

UNKNOWN = 777777777
ASKING = ("owner", "moderator", "participant", "guest")  # of the site where it is asked


class Sites:
    """Two sites with the same things on each."""

    def __init__(self, daemon):
        # No number is the id of two things, of whatever kinds.
        matrix.all_sites(daemon, "SELECT setval(('microcosm.' || sequencename)::regclass,"
                                 " 1000000 * row_number() OVER (ORDER BY sequencename))"
                                 " FROM pg_sequences WHERE schemaname = 'microcosm'")
        self.worlds = matrix.World(daemon), matrix.World(daemon)
        self.made = {}

    def close(self):
        for world in self.worlds:
            world.close()

    def things(self, kind, state):
        """Ids of the same things here and there."""
        if (kind, state) not in self.made:
            self.made[kind, state] = tuple({**world.make(kind, state), "own": world.id_of("author")} for world in self.worlds)
        return self.made[kind, state]


@pytest.fixture(scope="module")
def sites(daemon):
    sites = Sites(daemon)
    yield sites
    sites.close()


RULES = [rule for rule in rules.content() + rules_items.all_rules() + rules_people.all_rules()
         if rule.method not in ("HEAD", "OPTIONS")]


def request_of(rule, ids):
    return rule.path.format(**ids, attribute="colour"), rule.body(ids) if rule.body else None


def swapped(rule, here, there):
    """The rule's request with one id of the other site in it, for each id that it has, and with all of them."""
    plain = request_of(rule, here)
    for key in [*here, None]:
        request = request_of(rule, {**here, key: there[key]} if key else there)
        if request != plain:
            yield request


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_ids_in_paths_and_bodies(sites, rule):
    here, there = sites.worlds
    state = rule.states[0]
    mine, theirs = sites.things(rule.kind, state)
    before = harness.dump(there.site), harness.dump(here.site)
    for path, body in swapped(rule, mine, theirs):
        for who in ASKING:
            reply = here.people[who].request(rule.method, path, json_body=body)
            # Of what isn't there, there are no attributes, and nothing is left to delete.
            assert reply.status >= 400 or rule.method in ("GET", "DELETE"), f"{body} of another site: {reply}"
            assert reply.status >= 400 or reply.data is None or reply.data["attributes"]["total"] == 0, reply
    assert harness.changed(before[0], harness.dump(there.site)) == set()
    assert harness.changed(before[1], harness.dump(here.site)) == set()


class TestInBodies:
    """What no rule of the matrix has: ids that a body may have besides."""

    @pytest.fixture
    def world(self, sites):
        before = harness.dump(sites.worlds[1].site)
        yield sites.worlds[0]
        assert harness.changed(before, harness.dump(sites.worlds[1].site)) == set()

    @pytest.fixture
    def mine(self, sites):
        return {kind: sites.things(kind, "normal")[0] for kind in ("comment", "event", "poll")}

    @pytest.fixture
    def theirs(self, sites):
        return {kind: sites.things(kind, "normal")[1] for kind in ("comment", "event", "poll")}

    def test_a_move(self, world, mine, theirs):
        reason = {"meta": {"editReason": "a reason"}}
        for kind, ids in (("conversation", mine["comment"]), ("event", mine["event"]), ("poll", mine["poll"])):
            world.site.owner.put(f"/api/v1/{kind}s/{ids[kind]}", {"microcosmId": theirs["comment"]["microcosm"], **reason},
                                 expect=400)
        world.site.owner.put(f"/api/v1/microcosms/{mine['comment']['microcosm']}",
                             {"parentId": theirs["comment"]["microcosm"], **reason}, expect={400, 404})

    def test_an_id_in_the_body_of_an_edit(self, world, mine, theirs):
        comment, theirs = mine["comment"]["comment"], theirs["comment"]
        world.site.owner.put(f"/api/v1/comments/{comment}", {"id": theirs["comment"], "itemId": theirs["conversation"],
                                                             "markdown": "Edited"}, expect=302)
        world.site.owner.put(f"/api/v1/conversations/{mine['comment']['conversation']}", {
            "id": theirs["conversation"], "title": "Edited", "meta": {"editReason": "x"}}, expect=302)

    def test_choices_of_a_poll(self, world, mine, theirs):
        world.site.owner.put(f"/api/v1/polls/{mine['poll']['poll']}", {
            "choices": [{"id": theirs["poll"]["choice"], "choice": "Mine"}], "meta": {"editReason": "x"}}, expect=400)

    def test_an_answer_to_a_comment(self, world, mine, theirs):
        reply = world.site.owner.post("/api/v1/comments", {
            "itemType": "conversation", "itemId": mine["comment"]["conversation"], "markdown": "An answer",
            "inReplyTo": theirs["comment"]["comment"]}, expect=302)
        data = world.site.owner.get(reply.location, expect=200).data
        assert data["inReplyTo"] == 0 and "inReplyTo" not in data["meta"]

    def test_a_mention(self, sites, world, mine):
        reply = world.site.owner.post("/api/v1/comments", {
            "itemType": "conversation", "itemId": mine["comment"]["conversation"], "markdown": "Hello @stranger"}, expect=302)
        assert "href" not in world.site.owner.get(reply.location, expect=200).data["html"]

    def test_people_of_a_huddle(self, sites, world):
        stranger = sites.worlds[1].id_of("member")
        world.site.owner.post("/api/v1/huddles", {"title": "Crew", "participants": [{"id": stranger}]}, expect=404)

    @pytest.mark.parametrize("kind", ["microcosm", "conversation", "comment"])
    def test_marks_and_ignoring(self, world, theirs, kind):
        """Whether the thing exists is not looked at, but nothing of it shows."""
        member, body = world.people["member"], {"itemType": kind, "itemId": theirs["comment"][kind]}
        member.put("/api/v1/profiles/read", body, expect=200)
        member.put("/api/v1/ignored", body, expect=200)
        assert member.get("/api/v1/ignored", expect=200).data["ignored"]["total"] == 0

    @pytest.mark.parametrize("kind", ["microcosm", "conversation", "comment"])
    def test_queries(self, world, mine, theirs, kind):
        path = f"/api/v1/conversations/{mine['comment']['conversation']}"
        plain = world.site.guest.get(path, expect=200).data["comments"]["items"]
        asked = world.site.guest.get(f"{path}?comment_id={theirs['comment']['comment']}", expect=200)
        assert asked.data["comments"]["items"] == plain
        for who in ASKING:
            told = [world.people[who].get(f"/api/v1/permission?{query}".format(number), expect=200).data
                    for number in (theirs["comment"][kind], UNKNOWN)
                    for query in (f"itemType={kind}&itemId={{0}}", f"itemType={kind}&microcosmId={{0}}")]
            assert told[:2] == told[2:]


def neutral(reply, *ids):
    """A reply without the ids that were asked for."""
    text = f"{reply.status} {reply.location} {reply.body.decode()}"
    for number in ids:
        text = text.replace(f"/{number}", "/ID")
    return text


@pytest.fixture(scope="module")
def elsewhere(sites):
    """All ids of the other site that a path or query may have."""
    there = sites.worlds[1]
    numbers = set()
    for kind, state in (("comment", "normal"), ("event", "normal"), ("poll", "normal"), ("role", "normal"), ("huddle", "open")):
        numbers.update(value for value in sites.things(kind, state)[1].values())
    numbers = {number for number in numbers if isinstance(number, int)}  # files are no numbers
    return sorted(numbers | {there.site.id, there.site.root, there.site.owner.profile_id})


GETS = [route for route in routes.TABLE if "on_site" in route.flags and "GET" in route.methods]


@pytest.mark.parametrize("route", [route for route in GETS if "{id}" in route.pattern and "/files/" not in route.pattern],
                         ids=lambda route: route.pattern)
def test_an_id_of_another_site_is_an_unknown_one(sites, elsewhere, route):
    here, there = sites.worlds
    for number in elsewhere:
        there.site.owner.get(routes.fill(route, number))  # what is read there may be kept in memory
    for who in ASKING:
        unknown = neutral(here.people[who].get(routes.fill(route, UNKNOWN)), UNKNOWN)
        for number in elsewhere:
            reply = here.people[who].get(routes.fill(route, number))
            assert neutral(reply, number) == unknown
