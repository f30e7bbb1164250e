"""Bans of users and of e-mail addresses: docs/http/bans.md."""

import hashlib
import time

import pytest

import harness

BANS = "/api/v1/bans"
REASON = "You shout"


def ban(client, person, **fields):
    return client.post(BANS, {"profileId": person.profile_id, **fields}, expect=302).id


def is_shut_out(person):
    return person.get("/api/v1/microcosms").status == 403


def in_sql(site, interval):
    """A time that far from the database's now, as JSON has it."""
    (text,), = site.sql("SELECT to_char((now() + %s::interval) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
                        interval)
    return text


@pytest.fixture
def rude(site):
    return site.newcomer()


@pytest.fixture(scope="module")
def moderator(site):
    """Moderates the whole site by a role on its root."""
    person = site.newcomer()
    root = site.owner.get("/api/v1/microcosms", expect=200).data["id"]
    site.role(root, (), moderator=True, people=[person])
    return person


# Users


def test_a_ban_is_made_read_and_lifted(site, rude):
    reply = site.owner.post(BANS, {"userId": rude.user_id, "displayReason": "You <b>shout</b>",
                                   "adminReason": "third time & more\nsee mail", "expires": "2999-01-01T00:00:00Z"},
                            expect=302)
    assert reply.location == f"{BANS}/{reply.id}"

    one = site.owner.get(reply.location, expect=200).data
    assert list(one) == ["id", "userId", "profile", "displayReason", "adminReason", "expires", "meta"]
    assert (one["userId"], one["profile"]["id"]) == (rude.user_id, rude.profile_id)
    assert one["displayReason"] == "You shout" and one["adminReason"] == "third time &amp; more\nsee mail"
    assert one["expires"] == "2999-01-01T00:00:00Z"
    assert one["meta"]["createdBy"]["id"] == site.owner.profile_id
    listed = site.owner.get(BANS, expect=200).data["bans"]["items"]
    assert listed[0] == one

    assert is_shut_out(rude)
    site.owner.delete(reply.location, expect=200)
    assert not is_shut_out(rude)
    site.owner.get(reply.location, expect=404)
    site.owner.delete(reply.location, expect=404)
    assert reply.id not in [entry["id"] for entry in site.owner.get(BANS, expect=200).data["bans"]["items"]]


def test_the_banned_are_told_why_and_no_more(site, rude):
    ban(site.owner, rude, displayReason=REASON, adminReason="a secret of the staff")

    for method, path in (("GET", "/api/v1/microcosms"), ("POST", "/api/v1/conversations"), ("OPTIONS", "/api/v1/bans"),
                         ("GET", "/api/v1/profiles"), ("GET", BANS), ("PUT", "/api/v1/site")):
        reply = rude.request(method, path, json_body={} if method in ("POST", "PUT") else None, expect=403)
        assert b"secret" not in reply.body
        if method != "OPTIONS":
            assert reply.data["errorCode"] == 13
            assert reply.data["errorDetail"] == f"you are banned from this site: {REASON}"
    for path in ("/api/v1/site", "/api/v1/whoami", f"/api/v1/profiles/{rude.profile_id}"):
        assert b"secret" not in rude.get(path, expect=200).body
    assert rude.get("/api/v1/whoami", expect=200).data["meta"]["permissions"]["banned"]


def test_the_banned_see_what_is_kept_of_them(site, rude):
    path = f"/api/v1/profiles/{rude.profile_id}"
    email = rude.get(path, expect=200).data["email"]
    ban(site.owner, rude)

    assert rude.get(path, expect=200).data["email"] == email == rude.get("/api/v1/whoami", expect=200).data["email"]


def test_without_a_reason_the_owner_is_named(site, rude):
    ban(site.owner, rude)

    assert rude.get("/api/v1/microcosms", expect=403).data["errorDetail"] == "you are banned from this site: ask its owner"


def test_banning_again_replaces_reasons_and_end(site, rude):
    first = ban(site.owner, rude, displayReason="One", adminReason="secret", expires="2999-01-01T00:00:00Z")

    assert ban(site.owner, rude, displayReason="Two") == first
    one = site.owner.get(f"{BANS}/{first}", expect=200).data
    assert one["displayReason"] == "Two" and one["adminReason"] == "" and "expires" not in one
    assert rude.get("/api/v1/microcosms").data["errorDetail"].endswith("Two")


@pytest.mark.parametrize("key", ["userId", "profileId"])
def test_is_lifted_by_whom_it_names(site, rude, key):
    whom = {key: rude.user_id if key == "userId" else rude.profile_id}
    site.owner.post(BANS, whom, expect=302)
    assert is_shut_out(rude)

    site.owner.delete(BANS, json_body=whom, expect=200)
    assert not is_shut_out(rude)
    site.owner.delete(BANS, json_body=whom, expect=404)


@pytest.mark.parametrize("body", [
    {}, [], {"userId": 0}, {"userId": -1}, {"userId": "7"}, {"profileId": 1.5}, {"displayReason": "x"},
    {"userId": 1, "email": "a@b.example"}, {"email": ""}, {"email": "*"}, {"email": "*@*"}, {"email": "a b@c.example"},
    {"email": "spam*@c.example"}, {"email": "*@c*.example"}, {"email": "@"}, {"email": "*@*."}, {"email": "a@b@c.example."},
    {"email": 5}, {"email": "a@b@c.example"}, {"email": "x@spam..example"}, {"email": "x@spam.example.."},
    {"email": "*@.spam.example"}, {"email": "x@spam,example"}])
def test_a_bad_ban_is_refused(site, body):
    site.owner.post(BANS, body, expect=400)
    site.owner.delete(BANS, json_body=body, expect=400)


@pytest.mark.parametrize("fields", [{"displayReason": "x" * 251}, {"adminReason": "x" * 1001}, {"expires": "soon"},
                                    {"expires": 5}, {"expires": "2001-01-01T00:00:00Z"}, {"displayReason": 1}])
def test_bad_fields_are_refused(site, rude, fields):
    reply = site.owner.post(BANS, {"profileId": rude.profile_id, **fields}, expect=400)

    assert not is_shut_out(rude), reply


def test_who_may(site, rude, moderator, mira):
    path = f"{BANS}/{ban(site.owner, rude)}"
    for client in (site.guest, mira):
        client.get(BANS, expect=403)
        client.get(path, expect=403)
        client.post(BANS, {"profileId": rude.profile_id}, expect=403)
        client.delete(path, expect=403)
        client.delete(BANS, json_body={"profileId": rude.profile_id}, expect=403)
        client.get(f"{BANS}/999999999", expect=403)

    assert moderator.get(path, expect=200).data["userId"] == rude.user_id
    moderator.delete(path, expect=200)
    again = ban(moderator, rude, displayReason=REASON)
    assert is_shut_out(rude)
    assert moderator.get(f"{BANS}/{again}", expect=200).data["meta"]["createdBy"]["id"] == moderator.profile_id
    moderator.get(f"{BANS}/999999999", expect=404)


def test_nobody_bans_the_owner_or_themselves(site, moderator):
    for whom in ({"profileId": site.owner.profile_id}, {"userId": site.owner.user_id}):
        for client in (moderator, site.owner):
            client.post(BANS, whom, expect=400)
    moderator.post(BANS, {"profileId": moderator.profile_id}, expect=400)
    assert not is_shut_out(site.owner) and not is_shut_out(moderator)


def test_the_owner_is_let_in_whatever_the_list_says(site):
    site.ban(site.owner)
    try:
        site.owner.get("/api/v1/microcosms", expect=200)
        assert not site.owner.get("/api/v1/whoami").data["meta"]["permissions"]["banned"]
    finally:
        site.sql("DELETE FROM microcosm.site_bans WHERE site_id = %s AND user_id = %s", site.id, site.owner.user_id)


def test_moderators_are_banned_by_the_owner_only(site, moderator):
    root = site.owner.get("/api/v1/microcosms", expect=200).data["id"]
    other = site.newcomer()
    role = site.role(root, (), moderator=True, criteria=[(0, "profileName", None, "eq", other.name)])

    moderator.post(BANS, {"profileId": other.profile_id}, expect=403)
    assert not is_shut_out(other)
    number = ban(site.owner, other)
    assert is_shut_out(other)
    site.owner.delete(f"{BANS}/{number}", expect=200)
    site.drop_role(role)
    ban(moderator, other)


def test_who_moderates_a_part_may_not_ban(site, rude):
    keeper = site.newcomer()
    site.role(site.microcosm(), "all", moderator=True, people=[keeper])

    keeper.post(BANS, {"profileId": rude.profile_id}, expect=403)
    keeper.get(BANS, expect=403)


# Ends


def test_a_ban_ends_by_itself(site, rude):
    # On a machine so busy that it has passed before it arrives, a longer one.
    replies = (site.owner.post(BANS, {"profileId": rude.profile_id, "expires": in_sql(site, f"{2 ** n} seconds")})
               for n in range(1, 7))
    number = next(reply.id for reply in replies if reply.status == 302)
    over = "SELECT count(*) FROM microcosm.site_bans WHERE site_id = %s AND ban_id = %s AND expires <= clock_timestamp()"

    # Whoever is shut out after the end was seen would be so for longer than the ban.
    while True:
        ended = site.sql(over, site.id, number)[0][0] == 1
        shut_out = is_shut_out(rude)
        assert not (ended and shut_out)
        if ended:
            break
        time.sleep(0.05)
    site.owner.get(f"{BANS}/{number}", expect=404)
    assert number not in [entry["id"] for entry in site.owner.get(BANS, expect=200).data["bans"]["items"]]
    assert ban(site.owner, rude) == number
    assert is_shut_out(rude)


def test_an_end_that_is_moved_counts_at_once(site, rude):
    number = ban(site.owner, rude, expires="2999-01-01T00:00:00Z")
    assert is_shut_out(rude)

    site.sql("UPDATE microcosm.site_bans SET expires = now() - interval '1 second' WHERE site_id = %s AND ban_id = %s",
             site.id, number)
    assert not is_shut_out(rude)


# Addresses


def mails(site):
    return site.unique("m").replace(" ", "") + ".example"


def enter(site, email):
    """The first visit of somebody with a token made elsewhere."""
    (user,), = site.sql("INSERT INTO microcosm.users (email, canonical_email) VALUES (%s, %s) RETURNING user_id", email, email)
    token = hashlib.sha256(email.encode()).hexdigest()
    site.sql("INSERT INTO microcosm.access_tokens (token_hash, user_id, expires)"
             " VALUES (sha256(%s), %s, now() + interval '1 day')", token.encode(), user)
    return harness.Client(site.daemon, site.host, token, email)


@pytest.mark.parametrize("pattern, banned, free", [
    ("{}", "ann@{}", "ann@sub.{}"), ("@{}", "ann@{}", "ann@sub.{}"), ("*@{}", "ann@{}", "ann@not{}"),
    ("*.{}", "ann@a.b.{}", "ann@{}"), ("*@*.{}", "ann@sub.{}", "ann@not{}"),
    ("A.n.N+x@{}", "ann@{}", "anna@{}")])
def test_addresses_are_banned(site, pattern, banned, free):
    domain = mails(site)
    one, other = enter(site, banned.format(domain)), enter(site, free.format(domain))
    number = site.owner.post(BANS, {"email": pattern.format(domain), "displayReason": REASON}, expect=302).id

    # Before any profile is made, and told why.
    assert one.get("/api/v1/microcosms", expect=403).data["errorDetail"].endswith(REASON)
    assert one.get("/api/v1/whoami", expect=403).data["errorCode"] == 13
    assert site.sql("SELECT count(*) FROM microcosm.profiles p JOIN microcosm.users u USING (user_id)"
                    " WHERE p.site_id = %s AND u.canonical_email = %s", site.id, banned.format(domain)) == [(0,)]
    other.get("/api/v1/microcosms", expect=200)

    site.owner.delete(f"{BANS}/{number}", expect=200)
    one.get("/api/v1/microcosms", expect=200)

    # Who is a member already.
    site.owner.post(BANS, {"email": pattern.format(domain), "displayReason": REASON}, expect=302)
    assert one.get("/api/v1/microcosms", expect=403).data["errorDetail"].endswith(REASON)
    assert one.get("/api/v1/whoami", expect=200).data["meta"]["permissions"]["banned"]
    other.get("/api/v1/microcosms", expect=200)
    site.owner.delete(BANS, json_body={"email": pattern.format(domain)}, expect=200)
    one.get("/api/v1/microcosms", expect=200)


def test_a_pattern_is_listed_as_it_is_compared(site):
    domain = mails(site)
    number = site.owner.post(BANS, {"email": f"@{domain.upper()}"}, expect=302).id

    one = site.owner.get(f"{BANS}/{number}", expect=200).data
    assert one["email"] == f"*@{domain}" and "userId" not in one and "profile" not in one
    assert site.owner.post(BANS, {"email": domain}, expect=302).id == number


def test_only_the_owner_sees_and_makes_bans_of_addresses(site, moderator):
    domain = mails(site)
    number = site.owner.post(BANS, {"email": domain}, expect=302).id

    moderator.post(BANS, {"email": "other.example"}, expect=403)
    moderator.delete(BANS, json_body={"email": domain}, expect=403)
    moderator.get(f"{BANS}/{number}", expect=404)
    moderator.delete(f"{BANS}/{number}", expect=404)
    reply = moderator.get(f"{BANS}?limit=250", expect=200)
    assert domain.encode() not in reply.body
    assert reply.data["bans"]["total"] == len(reply.data["bans"]["items"])
    site.owner.get(f"{BANS}/{number}", expect=200)


def test_an_owner_is_not_banned_by_the_address(site):
    domain = site.owner.get("/api/v1/whoami").data["email"].split("@")[1]
    number = site.owner.post(BANS, {"email": domain}, expect=302).id
    try:
        site.owner.get("/api/v1/microcosms", expect=200)
    finally:
        site.owner.delete(f"{BANS}/{number}", expect=200)


def test_no_token_is_made_for_a_banned_address(site):
    domain = mails(site)
    site.owner.post(BANS, {"email": domain}, expect=302)

    with pytest.raises(Exception):
        site.token(f"ann@{domain}")


# Two sites


def test_bans_end_at_the_site(site, other_site, rude):
    number = ban(site.owner, rude)
    visitor = harness.Client(other_site.daemon, other_site.host, rude.token, rude.name)
    domain = mails(site)
    site.owner.post(BANS, {"email": domain}, expect=302)

    visitor.get("/api/v1/microcosms", expect=200)
    harness.Client(other_site.daemon, other_site.host, enter(site, f"ann@{domain}").token).get("/api/v1/microcosms", expect=200)
    other_site.owner.get(f"{BANS}/{number}", expect=404)
    other_site.owner.delete(f"{BANS}/{number}", expect=404)
    other_site.owner.delete(BANS, json_body={"email": domain}, expect=404)
    stranger = site.newcomer()
    other_site.owner.post(BANS, {"profileId": stranger.profile_id}, expect=404)
    other_site.owner.post(BANS, {"userId": stranger.user_id}, expect=404)
    other_site.owner.delete(BANS, json_body={"profileId": rude.profile_id}, expect=404)
    assert is_shut_out(rude) and not is_shut_out(stranger)
    assert other_site.owner.get(BANS, expect=200).data["bans"]["total"] == 0


def test_pages(site):
    people = [site.newcomer() for _ in range(6)]
    numbers = [ban(site.owner, person) for person in people]
    first = site.owner.get(f"{BANS}?limit=5", expect=200).data["bans"]

    assert [entry["id"] for entry in first["items"]] == sorted(numbers, reverse=True)[:5]
    assert first["total"] >= 6
    assert numbers[0] in [entry["id"] for entry in site.owner.get(f"{BANS}?limit=5&offset=5").data["bans"]["items"]]


def test_each_is_audited(site, rude):
    number = ban(site.owner, rude)
    ban(site.owner, rude)
    site.owner.delete(f"{BANS}/{number}", expect=200)

    rows = site.sql("SELECT action, profile_id FROM microcosm.audit WHERE site_id = %s AND item_type = 22 AND item_id = %s"
                    " ORDER BY audit_id", site.id, number)
    assert rows == [(action, site.owner.profile_id) for action in "CRD"]
