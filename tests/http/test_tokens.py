"""Access tokens that people make, and what their scopes let them do: docs/http/tokens.md."""

import hashlib

import psycopg2
import pytest

import harness
import test_audit
import test_files

TOKENS = "/api/v1/tokens"
SCOPES = ("read", "write", "moderate", "admin")


def make(person, scope="read", **fields):
    """A token that somebody has made."""
    return person.post(TOKENS, {"name": "Robot", "scope": scope, **fields}, expect=200).data


def by(person, scope="read", **fields):
    """The same person with a token that it has made."""
    token = make(person, scope, **fields)["accessToken"]
    return as_with(person, token)


def as_with(person, token):
    other = harness.Person(person.site, person.email, token, person.name)
    other.profile_id, other.user_id = person.profile_id, person.user_id
    return other


def rows(site, token):
    return site.sql("SELECT t.*::text FROM microcosm.access_tokens t WHERE token_hash = %s",
                    psycopg2.Binary(hashlib.sha256(token.encode()).digest()))


# Making, listing, revoking


def test_a_token_is_made_listed_and_revoked(site, mira):
    made = make(mira, "write", name="My <b>phone</b> & I", days=7, networks=["127.0.0.1", "2001:db8::/32"])

    assert len(made["accessToken"]) == 128 and made["accessToken"].isalnum()
    assert made["name"] == "My phone &amp; I" and made["scope"] == "write"
    assert made["networks"] == ["127.0.0.1/32", "2001:db8::/32"] and "email" not in made
    days = (harness.when(made["expires"]) - harness.when(made["created"])).total_seconds() / 86400
    assert days == pytest.approx(7, abs=0.01)

    shown = {key: value for key, value in made.items() if key != "accessToken"}
    assert mira.get(f"{TOKENS}/{made['id']}", expect=200).data == shown
    listed = mira.get(TOKENS, expect=200).data["tokens"]
    assert listed["items"][0] == shown, "the newest is the first"
    assert [one["scope"] for one in listed["items"]].count("full") == 1, "that of the sign-in"

    user = as_with(mira, made["accessToken"])
    user.get("/api/v1/whoami", expect=200)
    mira.delete(f"{TOKENS}/{made['id']}", expect=200)
    user.get("/api/v1/whoami", expect=401)
    mira.get(f"{TOKENS}/{made['id']}", expect=404)
    mira.delete(f"{TOKENS}/{made['id']}", expect=404)


def test_only_the_digest_is_stored_and_the_text_shown_once(site, mira):
    token = make(mira)["accessToken"]

    assert len(rows(site, token)) == 1
    for statement in ("SELECT t::text FROM microcosm.access_tokens t", "SELECT c::text FROM microcosm.changes c",
                      "SELECT a::text FROM microcosm.audit a"):
        assert not [row for row in site.sql(statement) if token in row[0]]
    assert token.encode() not in mira.get(TOKENS, expect=200).body
    assert token not in site.daemon.log()


def test_the_log_has_no_token_of_a_path(site, mira):
    reader = by(mira)
    reader.get(f"/api/v1/auth/{reader.token}", expect=200)
    reader.get(f"/api/v1/auth/{reader.token.lower()}/more", expect=404)
    reader.get(f"/api/v1/site?access_token={reader.token}", expect=200)

    assert reader.token.lower() not in site.daemon.log().lower()


def test_others_know_nothing_of_it(site, mira, tomas):
    made = make(mira)

    tomas.get(f"{TOKENS}/{made['id']}", expect=404)
    site.owner.get(f"{TOKENS}/{made['id']}", expect=404)
    tomas.delete(f"{TOKENS}/{made['id']}", expect=404)
    assert made["id"] not in [one["id"] for one in tomas.get(TOKENS, expect=200).data["tokens"]["items"]]
    as_with(mira, made["accessToken"]).get("/api/v1/whoami", expect=200)


def test_all_are_revoked_at_once(site):
    person = site.newcomer()
    readers = [by(person) for _ in range(3)]
    other = as_with(person, site.token(person.email))
    stranger = site.newcomer()

    person.delete(TOKENS, expect=200)

    for client in (person, other, *readers):
        client.get("/api/v1/whoami", expect=401)
    stranger.get("/api/v1/whoami", expect=200)


def test_pages(site):
    person = site.newcomer()
    made = [make(person)["id"] for _ in range(7)]

    first = person.get(f"{TOKENS}?limit=5", expect=200).data["tokens"]
    second = person.get(f"{TOKENS}?limit=5&offset=5", expect=200).data["tokens"]

    assert first["total"] == 8 and [one["id"] for one in first["items"] + second["items"]][:7] == made[::-1]


def test_a_token_ends_with_its_time(site, mira):
    made = make(mira)
    user = as_with(mira, made["accessToken"])
    user.get("/api/v1/whoami", expect=200)

    harness.expire_token(site, made["accessToken"])

    harness.wait_until(lambda: user.get("/api/v1/whoami").status == 401, "its end")
    mira.get(f"{TOKENS}/{made['id']}", expect=404)


def test_its_last_use_is_noted(site, mira):
    made = make(mira)
    assert "lastUsed" not in mira.get(f"{TOKENS}/{made['id']}", expect=200).data
    as_with(mira, made["accessToken"]).get("/api/v1/site", expect=200)

    site.daemon.stop()  # which writes what it has gathered
    site.daemon.start()

    used = mira.get(f"{TOKENS}/{made['id']}", expect=200).data["lastUsed"]
    assert harness.when(used) >= harness.when(made["created"])


def test_a_hundred_and_no_more(site):
    person = site.newcomer()
    site.sql("INSERT INTO microcosm.access_tokens (token_hash, user_id, expires, scope)"
             " SELECT sha256((%s || '-' || n)::bytea), %s, now() + interval '1 day', 1 FROM generate_series(1, 99) n",
             person.email, person.user_id)
    make(person)

    assert "100" in person.post(TOKENS, {"name": "x", "scope": "read"}, expect=409).data["errorDetail"]


@pytest.mark.parametrize("body, field", [
    ({"scope": "read"}, "name"), ({"name": " ", "scope": "read"}, "name"), ({"name": "x" * 101, "scope": "read"}, "name"),
    ({"name": "x"}, "scope"), ({"name": "x", "scope": "full"}, "scope"), ({"name": "x", "scope": "READ"}, "scope"),
    ({"name": "x", "scope": "read", "days": 0}, "days"), ({"name": "x", "scope": "read", "days": 3651}, "days"),
    ({"name": "x", "scope": "read", "days": 1.5}, "days"), ({"name": "x", "scope": "read", "networks": "::1"}, "networks"),
    ({"name": "x", "scope": "read", "networks": [""]}, "networks"),
    ({"name": "x", "scope": "read", "networks": ["10.0.0.0/33"]}, "networks"),
    ({"name": "x", "scope": "read", "networks": ["10.0.0.0/8x"]}, "networks"),
    ({"name": "x", "scope": "read", "networks": ["10.0.0"]}, "networks"),
    ({"name": "x", "scope": "read", "networks": ["::1"] * 21}, "networks"),
    ({"name": "x", "scope": "read", "microcosms": [888888888]}, "microcosms"),
    ({"name": "x", "scope": "read", "microcosms": [0]}, "microcosms"),
    ({"name": "x", "scope": "read", "microcosms": ["1"]}, "microcosms")])
def test_faults(mira, body, field):
    assert field in mira.post(TOKENS, body, expect=400).data["errorDetail"]


def test_only_microcosms_that_can_be_read(site, other_site, mira):
    closed = site.microcosm()
    site.role(closed, "all", criteria=[(0, None, "crew", "eq", True)])
    for unknown in (closed, other_site.root):
        mira.post(TOKENS, {"name": "x", "scope": "read", "microcosms": [unknown]}, expect=400)
    site.owner.post(TOKENS, {"name": "x", "scope": "admin", "microcosms": [closed]}, expect=400)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_with_a_scope_manages_none(site, mira, scope):
    person = by(mira, scope)
    other = make(mira)["id"]

    for method, path, body in (("GET", TOKENS, None), ("POST", TOKENS, {"name": "x", "scope": "read"}),
                               ("GET", f"{TOKENS}/{other}", None), ("DELETE", f"{TOKENS}/{other}", None),
                               ("DELETE", TOKENS, None), ("POST", "/api/v1/profiles/calendar", None)):
        person.request(method, path, json_body=body, expect=403)
    mira.get(f"{TOKENS}/{other}", expect=200)


# The token of the visit


def test_the_token_in_use(site, mira):
    reader = by(mira, days=3)

    data = reader.get(f"/api/v1/auth/{reader.token}", expect=200).data

    assert data["accessToken"] == reader.token and data["clientId"] == 0 and data["scope"] == "read"
    assert data["user"]["userId"] == mira.user_id and data["user"]["email"] == mira.email
    assert mira.get(f"/api/v1/auth/{mira.token}", expect=200).data["scope"] == "full"
    for client in (mira, site.guest, site.owner):
        client.get(f"/api/v1/auth/{reader.token}", expect=404)
        client.delete(f"/api/v1/auth/{reader.token}", expect=400)


@pytest.mark.parametrize("scope", SCOPES)
def test_signing_out(site, mira, scope):
    person = by(mira, scope)

    person.delete(f"/api/v1/auth/{person.token.swapcase()}", expect=200)

    person.get("/api/v1/site", expect=401)
    mira.get("/api/v1/whoami", expect=200)


def test_signing_out_as_the_web_client_does(site):
    person = site.newcomer()

    reply = site.guest.post(f"/api/v1/auth/{person.token}?method=DELETE&access_token={person.token}", body=b"",
                            expect=200)

    assert reply.data is None
    person.get("/api/v1/whoami", expect=401)


# Networks


@pytest.mark.parametrize("networks, is_let_in", [
    (["127.0.0.1"], True), (["127.0.0.0/8"], True), (["0.0.0.0/0"], True), (["::ffff:127.0.0.1"], True),
    (["10.0.0.0/8", "127.0.0.1/32"], True), (["10.0.0.0/8"], False), (["127.0.0.2"], False), (["::/0"], True),
    (["::1"], False), (["2001:db8::/32"], False)])
def test_networks(site, mira, networks, is_let_in):
    person = by(mira, networks=networks)

    for _ in range(2):  # from the database, from the cache
        person.get("/api/v1/site", expect=200 if is_let_in else 401)
    if not is_let_in:
        assert person.get("/api/v1/site").data == site.guest.request("GET", "/api/v1/site", token="x" * 128).data


# Scopes


@pytest.fixture(scope="module")
def scene(daemon):
    scene = test_audit.Scene(daemon)
    yield scene
    scene.close()


UNAUDITED = {
    ("PUT", "/api/v1/profiles/read"): ("/api/v1/profiles/read", {"itemType": "site"}),
    ("PUT", "/api/v1/ignored"): ("/api/v1/ignored", {"itemType": "event", "itemId": 888888888}),
    ("DELETE", "/api/v1/ignored"): ("/api/v1/ignored", {"itemType": "event", "itemId": 888888888}),
}
REFUSED_TO_ALL = set(test_audit.UNAUDITED) - set(UNAUDITED) - {("PUT", "/api/v1/metrics")}
# Who comes by these is not asked for a token: it may be an old one.
ASK_NOBODY = {("POST", "/authorize"), ("POST", "/api/v1/auth0"), ("POST", "/api/v1/codes/{signed}")}
OWN_END = {("DELETE", "/api/v1/auth/{token}"), ("DELETE", "/api/v1/session")}


@pytest.mark.parametrize("method, pattern",
                         [route for route in test_audit.WRITES if route not in REFUSED_TO_ALL | ASK_NOBODY | OWN_END],
                         ids=lambda value: value)
def test_a_read_only_token_writes_by_no_route(scene, method, pattern):
    """What its owner may do, with the same request, is refused and not done."""
    rule = scene.rules.get((method, pattern))
    if (method, pattern) in UNAUDITED:
        who, (path, body), host = "member", UNAUDITED[method, pattern], None
    elif pattern == "/api/v1/metrics":
        who, path, body, host = "owner", pattern, None, harness.ROOT_HOST
    else:
        who, path, body, host = scene.by_rule(rule) if rule else scene.without_a_rule(method, pattern)
    reader = by(scene.people[who])
    reader.request("GET", "/api/v1/site", host=host, expect=200)
    before, last = harness.dump(scene.site), scene.newest()

    sent = {"body": body, "content_type": test_files.TYPE} if isinstance(body, bytes) else {"json_body": body}
    reply = reader.request(method, path, host=host, **sent)

    assert reply.status == 403, reply
    assert scene.since(last) == [] and harness.changed(before, harness.dump(scene.site)) == set()


def test_reading_leaves_no_read_mark(site, mira, tomas):
    place = site.microcosm()
    conversation = site.conversation(place, by=tomas)
    site.comment(conversation, by=tomas)

    by(mira).get(f"/api/v1/conversations/{conversation}", expect=200)

    assert mira.get(f"/api/v1/microcosms/{place}", expect=200).data["items"]["items"][0]["item"]["meta"]["flags"]["unread"]
    mira.get(f"/api/v1/conversations/{conversation}", expect=200)
    assert not mira.get(f"/api/v1/microcosms/{place}", expect=200).data["items"]["items"][0]["item"]["meta"]["flags"]["unread"]


def test_scopes_give_the_rights_of_their_level(site, mira, tomas):
    place = site.microcosm()
    site.role(place, "all", moderator=True, people=[mira])
    conversation = site.conversation(place, by=tomas)
    path = f"/api/v1/conversations/{conversation}"

    for scope, wanted in (("read", 403), ("write", 403), ("moderate", 200), ("admin", 200)):
        by(mira, scope).set_flag(path, "sticky", True, expect=wanted)
    for scope, wanted in (("read", 403), ("write", 403), ("moderate", 403), ("admin", 200)):
        owner = by(site.owner, scope)
        owner.get("/api/v1/audit", expect=wanted)
        owner.get("/api/v1/roles", expect=wanted)
        assert owner.get(path, expect=200).data["meta"]["permissions"]["siteOwner"] is (scope == "admin")
    for scope, wanted in (("read", 403), ("write", 302), ("moderate", 302), ("admin", 302)):
        by(tomas, scope).post("/api/v1/comments", {"itemType": "conversation", "itemId": conversation, "markdown": scope},
                              expect=wanted)


def test_what_only_moderators_see_needs_that_scope(site, mira, tomas):
    place = site.microcosm()
    site.role(place, "all", moderator=True, people=[mira])
    path = f"/api/v1/conversations/{site.conversation(place, by=tomas)}"
    mira.set_flag(path, "moderated", True, expect=200)

    for scope, wanted in (("read", 404), ("write", 404), ("moderate", 200), ("admin", 200)):
        by(mira, scope).get(path, expect=wanted)


def test_the_reasons_name_the_token(site, mira):
    place = site.microcosm()

    why = by(mira).get(f"/api/v1/permission?microcosmId={place}&itemType=microcosm&itemId={place}&why=true",
                       expect=200).data["why"]

    assert any("create" in one["decides"] and "token" in one["reason"] for one in why)


def test_a_token_bound_to_microcosms_reads_no_files_of_elsewhere(site, mira, tomas):
    """Not even those that its user has uploaded: they are what is said in a huddle, as its words are."""
    place = site.microcosm()
    huddle = mira.post("/api/v1/huddles", {"title": "Crew"}, expect=302).id
    said = mira.post("/api/v1/comments", {"itemType": "huddle", "itemId": huddle, "markdown": "Look."}, expect=302).id
    inside = site.comment(site.conversation(place, by=mira), by=mira)
    bound = by(mira, "write", microcosms=[place])

    for comment, wanted in ((said, 404), (inside, 200)):
        content = site.unique("A rolling hitch").encode()
        file_hash = test_files.put(mira, content)["fileHash"]
        assert test_files.fetch(bound, file_hash).body == content, "it is attached to nothing"
        mira.post(f"/api/v1/comments/{comment}/attachments", {"fileHash": file_hash}, expect=302)
        test_files.fetch(mira, file_hash)
        test_files.fetch(bound, file_hash, expect=wanted)
        bound.post(f"/api/v1/comments/{inside}/attachments", {"fileHash": file_hash}, expect=302 if wanted == 200 else 400)


def test_a_token_bound_to_microcosms_reaches_nothing_else(site, mira, tomas):
    place, other = site.microcosm(), site.microcosm()
    below = site.microcosm(parent=place)
    inside, deeper, outside = (site.conversation(where, by=tomas) for where in (place, below, other))
    huddle = mira.post("/api/v1/huddles", {"title": "Crew"}, expect=302).id
    bound = by(mira, "moderate", microcosms=[place])

    for path in (f"/api/v1/conversations/{inside}", f"/api/v1/conversations/{deeper}", f"/api/v1/microcosms/{place}",
                 f"/api/v1/microcosms/{below}", "/api/v1/site", "/api/v1/whoami", f"/api/v1/profiles/{tomas.profile_id}"):
        bound.get(path, expect=200)
    for path in (f"/api/v1/conversations/{outside}", f"/api/v1/microcosms/{other}", "/api/v1/microcosms", "/api/v1/huddles",
                 f"/api/v1/huddles/{huddle}", "/api/v1/ignored", "/api/v1/profiles/options", "/api/v1/audit",
                 f"/api/v1/users/{mira.user_id}"):
        bound.get(path, expect=403)
    listed = bound.get("/api/v1/conversations?limit=250", expect=200).data["conversations"]["items"]
    assert {one["id"] for one in listed} == {inside, deeper}

    for item, wanted in ((inside, 302), (deeper, 302), (outside, 403)):
        bound.post("/api/v1/comments", {"itemType": "conversation", "itemId": item, "markdown": "Ahoy"}, expect=wanted)
    for method, path, body in (("POST", "/api/v1/conversations", {"microcosmId": other, "title": "x"}),
                               ("POST", "/api/v1/huddles", {"title": "x"}),
                               ("PUT", f"/api/v1/profiles/{mira.profile_id}", {"visible": True}),
                               ("PUT", "/api/v1/profiles/options", {"sendEmail": True}),
                               ("PUT", "/api/v1/profiles/read", {"itemType": "site"}),
                               ("PUT", "/api/v1/ignored", {"itemType": "profile", "itemId": tomas.profile_id}),
                               ("POST", "/api/v1/comments", {"itemType": "huddle", "itemId": huddle, "markdown": "x"}),
                               ("POST", "/api/v1/comments",
                                {"itemType": "profile", "itemId": mira.profile_id, "markdown": "x"})):
        bound.request(method, path, json_body=body, expect=403)


def test_tokens_of_one_person_with_other_limits_share_nothing(site, mira, tomas):
    """Each has its own decisions in the cache, whichever came first."""
    place, other = site.microcosm(), site.microcosm()
    here, there = (site.conversation(where, by=tomas) for where in (place, other))
    clients = [(by(mira, "read", microcosms=[place]), {here}), (by(mira, "read", microcosms=[other]), {there}),
               (by(mira, "read"), {here, there}), (mira, {here, there})]

    for _ in range(2):
        for client, wanted in clients:
            for conversation in (here, there):
                client.get(f"/api/v1/conversations/{conversation}", expect=200 if conversation in wanted else 403)
