"""Attributes of things: docs/http/attributes.md."""

import pytest

import harness

KINDS = ("microcosms", "conversations", "events", "polls", "comments", "profiles", "site")
ALL = [{"key": "kind", "value": "Regatta"}, {"key": "fee", "value": 12.5}, {"key": "indoor", "value": False},
       {"key": "firstHeld", "value": "2019-05-25"}]


@pytest.fixture
def reader(site):
    return site.newcomer()


@pytest.fixture
def author(site):
    return site.newcomer()


def make(site, kind, author, microcosm=None):
    """A thing of a kind, by an author; its path."""
    if microcosm is None and kind not in ("profiles", "site"):
        microcosm = site.microcosm()
    choices = [{"choice": "Hemp"}, {"choice": "Steel"}]
    number = {
        "microcosms": lambda: microcosm,
        "conversations": lambda: site.conversation(microcosm, by=author),
        "events": lambda: author.post("/api/v1/events", {"microcosmId": microcosm, "title": site.unique("Race")},
                                      expect=302).id,
        "polls": lambda: author.post("/api/v1/polls", {"microcosmId": microcosm, "title": site.unique("Rope"),
                                                       "question": "Which?", "choices": choices}, expect=302).id,
        "comments": lambda: site.comment(site.conversation(microcosm), by=author),
        "profiles": lambda: author.profile_id,
        "site": lambda: site.id,
    }[kind]()
    return f"/api/v1/{kind}/{number}/attributes"


def values(client, path, query=""):
    data = client.get(path + query, expect=200).data
    assert list(data) == ["attributes"]
    return {item["key"]: item["value"] for item in data["attributes"]["items"]}


class TestValues:
    @pytest.mark.parametrize("kind", KINDS)
    def test_come_back(self, site, author, kind):
        path = make(site, kind, author)

        assert site.owner.put(path, ALL, expect=200).data is None
        data = site.guest.get(path, expect=200).data["attributes"]
        assert data["items"] == sorted(ALL, key=lambda item: item["key"])
        assert data["total"] == 4 and data["type"] == f"/api/v1/{kind}/0/attributes"
        for item in ALL:
            assert site.guest.get(f"{path}/{item['key']}", expect=200).data == item
        assert site.owner.delete(path, json_body=[{"key": "fee"}, {"key": "kind"}], expect=200).data is None
        assert values(site.guest, path) == {"firstHeld": "2019-05-25", "indoor": False}
        assert site.owner.delete(f"{path}/indoor", expect=200).data is None
        assert values(site.guest, path) == {"firstHeld": "2019-05-25"}
        site.owner.delete(f"{path}/firstHeld", expect=200)

    @pytest.mark.parametrize("given, kept", [
        ("  Long   splice ", "Long   splice"), ("THIS IS SHOUTED", "this is shouted"),
        ("a & b <i>", "a &amp; b"), (3, 3), (-0.1, -0.1),
        (41.0, 41), (1e300, 1e300), (0.1234567891234, 0.1234567891234), (True, True), (False, False), (0, 0),
        ("2020-02-29", "2020-02-29"), ("2021-02-29", "2021-02-29"), ("0", "0"), ("true", "true")])
    def test_are_kept(self, author, given, kept):
        path = f"/api/v1/profiles/{author.profile_id}/attributes"
        reply = author.put(f"{path}/thing", {"value": given, "key": "another"}, expect=302)

        assert reply.header("Location").endswith(f"{path}/thing")
        value = author.get(f"{path}/thing").data["value"]
        assert value == kept and isinstance(value, bool) == isinstance(kept, bool)
        assert list(values(author, path)) == ["thing"]

    @pytest.mark.parametrize("value", [None, [], {}, "", "  ", [1], "x" * 1001])
    def test_are_refused(self, author, value):
        path = f"/api/v1/profiles/{author.profile_id}/attributes"

        author.put(f"{path}/thing", {"value": value}, expect=400)
        author.put(path, [{"key": "good", "value": 1}, {"key": "thing", "value": value}], expect=400)
        assert values(author, path) == {}

    def test_change_their_type(self, author):
        path = f"/api/v1/profiles/{author.profile_id}/attributes/thing"

        for value in ("text", 5, True, "2019-05-25", "text"):
            author.put(path, {"value": value}, expect=302)
            assert author.get(path).data == {"key": "thing", "value": value}


class TestKeys:
    @pytest.mark.parametrize("key", ["a", "_", "-", "is_member2", "UPPER", "x" * 50, "a-b_C9"])
    def test_keep_their_case(self, author, key):
        path = f"/api/v1/profiles/{author.profile_id}/attributes"

        author.put(path, [{"key": key, "value": 1}], expect=200)
        assert values(author, path) == {key: 1}
        assert author.get(f"{path}/{key}", expect=200).data == {"key": key, "value": 1}

    @pytest.mark.parametrize("key", ["", " ", "a b", "é", "a/b", "a.b", "x" * 51, None, 5])
    def test_that_no_address_can_have(self, author, key):
        path = f"/api/v1/profiles/{author.profile_id}/attributes"

        author.put(path, [{"key": "good", "value": 1}, {"key": key, "value": 1}], expect=400)
        assert values(author, path) == {}

    def test_long_in_an_address(self, author):
        author.put(f"/api/v1/profiles/{author.profile_id}/attributes/{'x' * 51}", {"value": 1}, expect=400)
        author.get(f"/api/v1/profiles/{author.profile_id}/attributes/{'x' * 51}", expect=404)

    def test_twice(self, author):
        author.put(f"/api/v1/profiles/{author.profile_id}/attributes",
                   [{"key": "a", "value": 1}, {"key": "a", "value": 2}], expect=400)

    def test_unknown(self, author):
        path = f"/api/v1/profiles/{author.profile_id}/attributes"

        author.put(path, [{"key": "a", "value": 1}], expect=200)
        author.get(f"{path}/b", expect=404)
        author.delete(f"{path}/b", expect=404)
        author.delete(path, json_body=[{"key": "a"}, {"key": "b"}], expect=404)
        assert values(author, path) == {"a": 1}

    def test_end_somewhere(self, author):
        path = f"/api/v1/profiles/{author.profile_id}/attributes"

        author.put(path, [{"key": f"key{number:03}", "value": number} for number in range(251)], expect=400)
        author.put(path, [{"key": f"key{number:03}", "value": number} for number in range(250)], expect=200)
        author.put(f"{path}/another", {"value": 1}, expect=400)
        author.put(f"{path}/key007", {"value": 1}, expect=302)
        assert list(values(author, path, "?limit=5&offset=245")) == [f"key{number}" for number in range(245, 250)]
        author.get(f"{path}?offset=250", expect=400)


class TestRights:
    """Those of the thing: read to read, update to change, whatever deleting the thing takes."""

    @pytest.mark.parametrize("kind", KINDS)
    def test_by_person(self, site, author, reader, kind):
        path = make(site, kind, author)
        may = {site.owner: True, author: kind not in ("microcosms", "site"), reader: False, site.guest: False}

        site.owner.put(path, [{"key": "mark", "value": 1}], expect=200)
        for person, allowed in may.items():
            done, moved = (200, 302) if allowed else (403, 403)
            person.get(path, expect=200)
            person.get(f"{path}/mark", expect=200)
            person.put(path, [{"key": "tried", "value": 1}], expect=done)
            person.put(f"{path}/tried", {"value": 2}, expect=moved)
            person.delete(path, json_body=[{"key": "tried"}], expect=done)
            person.put(path, [{"key": "tried", "value": 1}], expect=done)
            person.delete(f"{path}/tried", expect=done)
            person.put(path, [], expect=done)
            assert values(site.guest, path) == {"mark": 1}, person.name
        site.owner.delete(f"{path}/mark", expect=200)

    @pytest.mark.parametrize("kind", ["microcosms", "conversations", "events", "polls", "comments"])
    def test_in_a_closed_microcosm(self, site, author, reader, kind):
        microcosm = site.microcosm()
        path = make(site, kind, author, microcosm)
        site.owner.put(path, [{"key": "mark", "value": "canary"}], expect=200)
        site.role(microcosm, ("create", "read"))

        for person in (reader, site.guest):
            person.get(path, expect=403)
            person.get(f"{path}/mark", expect=403)
            person.put(path, ALL, expect=403)
            person.delete(f"{path}/mark", expect=403)
        author.get(path, expect=403 if kind == "microcosms" else 200)

    @pytest.mark.parametrize("kind", ["microcosms", "conversations", "events", "polls", "comments"])
    @pytest.mark.parametrize("flag", ["deleted", "moderated"])
    def test_of_hidden_things(self, site, author, reader, kind, flag):
        path = make(site, kind, author)
        site.owner.put(path, [{"key": "mark", "value": "canary"}], expect=200)
        site.owner.set_flag(path.removesuffix("/attributes"), flag, True, expect=200)

        for person in (reader, site.guest):
            person.get(path, expect=404)
            person.get(f"{path}/mark", expect=404)
            person.put(path, ALL, expect={403, 404})
        site.owner.get(f"{path}/mark", expect=200)

    def test_of_the_banned(self, site, reader):
        path = f"/api/v1/profiles/{reader.profile_id}/attributes"
        site.ban(reader)
        harness.wait_until(lambda: reader.get(path).status == 403, "the ban")

        reader.put(path, ALL, expect=403)

    @pytest.mark.parametrize("kind", KINDS)
    def test_of_unknown_things(self, site, reader, kind):
        path = f"/api/v1/{kind}/888888888/attributes"

        if kind == "comments":
            site.owner.get(path, expect=403)
        else:
            assert values(site.owner, path) == {}
        site.owner.put(path, ALL, expect={403, 404})
        reader.put(path, ALL, expect={403, 404})
        reader.get(f"/api/v1/{kind}/0/attributes", expect=400)

    @pytest.mark.parametrize("kind", KINDS)
    def test_on_another_site(self, daemon, site, author, kind):
        path = make(site, kind, author)
        site.owner.put(path, [{"key": "mark", "value": "canary"}], expect=200)
        abroad = harness.Site(daemon, title="Next door", owner="landlord")
        try:
            for person in (abroad.owner, abroad.guest):
                reply = person.get(path, expect={200, 403})
                assert "canary" not in str(reply.data)
                person.get(f"{path}/mark", expect={403, 404})
                person.put(path, ALL, expect={403, 404})
                person.delete(f"{path}/mark", expect={403, 404})
            assert values(site.guest, path) == {"mark": "canary"}
        finally:
            abroad.close()
            site.owner.delete(f"{path}/mark")

    def test_where_there_are_none(self, site):
        for path in ("huddles/1", f"sites/{site.id}", "attendees/1"):
            site.owner.get(f"/api/v1/{path}/attributes", expect=404)

    @pytest.mark.parametrize("kind", KINDS)
    def test_methods(self, site, author, kind):
        path = make(site, kind, author)

        for address in (path, f"{path}/mark"):
            assert site.guest.options(address, expect=200).header("Allow") == "OPTIONS,GET,HEAD,POST,PUT,DELETE"
            site.owner.post(address, {"value": 1}, expect=405)
        site.guest.head(path, expect=200)


class TestRoles:
    def closed_to(self, site, criterion):
        microcosm = site.microcosm()
        site.role(microcosm, ("read",), criteria=[(0, None, *criterion)])
        return f"/api/v1/microcosms/{microcosm}"

    @pytest.mark.parametrize("value, predicate, wanted", [
        ("red", "eq", "red"), (7, "ge", 5), (True, "eq", True), ("2019-05-25", "eq", "2019-05-25")])
    def test_ask_for_those_of_profiles(self, site, reader, value, predicate, wanted):
        place = self.closed_to(site, ("team", predicate, wanted))
        path = f"/api/v1/profiles/{reader.profile_id}/attributes/team"
        reader.get(place, expect=403)

        reader.put(path, {"value": value}, expect=302)
        reader.get(place, expect=200)
        reader.delete(path, expect=200)
        reader.get(place, expect=403)

    def test_nobody_but_the_owner_makes_members(self, site, reader):
        place = self.closed_to(site, ("is_member", "eq", True))
        profile = f"/api/v1/profiles/{reader.profile_id}"
        path = f"{profile}/attributes"

        reader.put(f"{path}/is_member", {"value": True}, expect=403)
        reader.put(path, [{"key": "team", "value": "red"}, {"key": "is_member", "value": True}], expect=403)
        assert values(reader, path) == {}
        reader.get(place, expect=403)
        site.owner.put(f"{path}/is_member", {"value": True}, expect=302)
        reader.get(place, expect=200)
        assert reader.get(profile).data["member"] is True
        reader.delete(f"{path}/is_member", expect=403)
        reader.delete(path, json_body=[{"key": "is_member"}], expect=403)
        site.owner.patch(profile, [{"op": "replace", "path": "/member", "value": False}], expect=200)
        assert values(reader, path) == {} and "member" not in reader.get(profile).data
        reader.get(place, expect=403)


def test_the_root_host_has_those_of_profiles(site, reader):
    token = harness.Client(site.daemon, harness.ROOT_HOST, reader.token)
    own = token.get("/api/v1/whoami", expect=200).data["id"]
    path = f"/api/v1/profiles/{own}/attributes"

    token.put(path, ALL, expect=200)
    assert len(values(token, path)) == 4
    site.guest.get(path, host=harness.ROOT_HOST, expect=403)
    site.guest.get("/api/v1/site/1/attributes", host=harness.ROOT_HOST, expect=404)
