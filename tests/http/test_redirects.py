"""lastcomment, newcomment and incontext, for every kind of thing that has comments."""

import pytest

import harness

LIMIT = 5
COMMENTS = 12

# Kind of the thing -> where it is made, and with what. Profiles are there; they have incontext only.
KINDS = {
    "conversation": ("/api/v1/conversations", {"title": "Which rope?"}),
    "event": ("/api/v1/events", {"title": "Rope day"}),
    "poll": ("/api/v1/polls", {"title": "Ropes", "question": "Which?", "choices": [{"choice": "Hemp"}, {"choice": "Jute"}]}),
    "huddle": ("/api/v1/huddles", {"title": "Just us"}),
    "profile": ("/api/v1/profiles", None),
}


class Talk:
    """A thing of one kind with twelve comments: two full pages and a bit."""

    def __init__(self, site, kind):
        self.kind, self.author, self.reader = kind, site.newcomer(), site.newcomer()
        self.new_reader = site.newcomer()  # there before the comments, which are unread for that
        collection, body = KINDS[kind]
        if kind == "profile":
            self.id = self.author.profile_id
        else:
            where = {} if kind == "huddle" else {"microcosmId": site.microcosm()}
            self.id = self.author.post(collection, {**body, **where}, expect=302).id
        self.path = f"{collection}/{self.id}"
        if kind == "huddle":
            people = [{"id": person.profile_id} for person in (self.reader, self.new_reader)]
            self.author.put(f"{self.path}/participants", people, expect=302)
        self.comments = [site.comment(self.id, by=self.author, item_type=kind) for _ in range(COMMENTS)]

    def page(self, number):
        """Where the comment of that number is, counted from 0."""
        offset = number // LIMIT * LIMIT
        shown = f"{self.path}?comment_id={self.comments[number]}&limit={LIMIT}"
        return f"{shown}&offset={offset}" if offset else shown

    def follow(self, location):
        """The page that a redirect leads to."""
        return self.reader.get(location, expect=200).data["comments"]


@pytest.fixture(scope="module", params=list(KINDS))
def talk(request, site):
    return Talk(site, request.param)


def has_jumps(talk):
    if talk.kind == "profile":
        pytest.skip("profiles have incontext only")


def test_the_table_has_all_kinds_that_the_server_has():
    """A new kind with comments has to be here: each route of these three belongs to one."""
    import routes

    served = {route.pattern.split("/")[3] for route in routes.TABLE if route.pattern.endswith(("/lastcomment", "/newcomment"))}
    assert served == {KINDS[kind][0].split("/")[3] for kind in KINDS if kind != "profile"}


def test_last_comment(talk):
    has_jumps(talk)
    location = talk.reader.get(f"{talk.path}/lastcomment?limit={LIMIT}", expect=307).location

    assert location == talk.page(COMMENTS - 1)
    page = talk.follow(location)
    assert page["items"][-1]["id"] == talk.comments[-1]
    assert f"comment_id={talk.comments[-1]}" in next(link["href"] for link in page["links"] if link["rel"] == "self")


def test_in_context(talk):
    for number in (0, LIMIT - 1, LIMIT, COMMENTS - 1):
        for method in ("GET", "HEAD"):
            reply = talk.reader.request(method, f"/api/v1/comments/{talk.comments[number]}/incontext?limit={LIMIT}", expect=307)
            location = reply.location
            wanted = talk.page(number)
            assert location in (wanted, wanted.replace(f"&limit={LIMIT}", "") if number < LIMIT else wanted)
        page = talk.follow(location + ("" if "limit=" in location else f"&limit={LIMIT}"))
        assert [c["id"] for c in page["items"]] == talk.comments[number // LIMIT * LIMIT:][:LIMIT]
    talk.reader.get(f"/api/v1/comments/{talk.comments[0]}/incontext?limit=7", expect=400)


def test_comment_page_is_the_same_place(talk):
    for number in (0, COMMENTS - 1)[talk.kind == "profile":]:  # a profile without parameters shows no comments
        comment = talk.reader.get(f"/api/v1/comments/{talk.comments[number]}?limit={LIMIT}", expect=200).data
        href = {link["rel"]: link["href"] for link in comment["meta"]["links"]}["commentPage"]
        assert talk.comments[number] in [c["id"] for c in talk.follow(href)["items"]]


def test_new_comment_of_who_has_read_nothing_and_then_a_page(talk):
    has_jumps(talk)
    person = talk.new_reader

    def new():
        return person.get(f"{talk.path}/newcomment?limit={LIMIT}", expect=307).location

    assert new() == talk.page(0)
    person.get(f"{talk.path}?limit={LIMIT}", expect=200)
    harness.wait_until(lambda: new() == talk.page(LIMIT), "the first page to be read")
    person.get(f"{talk.path}?limit={LIMIT}&offset={2 * LIMIT}", expect=200)
    harness.wait_until(lambda: new() == talk.page(COMMENTS - 1), "all to be read")


def test_guests_begin_at_the_beginning(talk, site):
    has_jumps(talk)
    reply = site.guest.get(f"{talk.path}/newcomment?limit={LIMIT}")
    if talk.kind == "huddle":
        assert reply.status == 403
    else:
        assert (reply.status, reply.location) == (307, talk.page(0))


def test_without_comments_they_lead_to_the_thing(talk, site):
    has_jumps(talk)
    collection, body = KINDS[talk.kind]
    where = {} if talk.kind == "huddle" else {"microcosmId": site.microcosm()}
    path = f"{collection}/{talk.author.post(collection, {**body, **where, 'title': site.unique('Empty')}, expect=302).id}"
    for which in ("lastcomment", "newcomment"):
        assert talk.author.get(f"{path}/{which}", expect=307).location == path


def test_strangers_are_led_nowhere(talk, site):
    """Where one may not read, there is no redirect, and nothing that tells of the comments."""
    stranger = site.newcomer()
    paths = [f"/api/v1/comments/{talk.comments[-1]}/incontext"]
    if talk.kind != "profile":
        paths += [f"{talk.path}/lastcomment", f"{talk.path}/newcomment"]
    if talk.kind in ("conversation", "event", "poll"):
        site.owner.set_flag(talk.path, "deleted", True, expect=200)
    elif talk.kind == "profile":
        site.owner.set_flag(f"/api/v1/comments/{talk.comments[-1]}", "deleted", True, expect=200)
    for path in paths:
        reply = stranger.get(path, expect={403, 404})
        assert reply.header("Location") is None and str(talk.comments[-1]).encode() not in reply.body
