"""Profiles, their options, and who one is: docs/http/profiles.md."""

import re
from xml.etree import ElementTree

import pytest

import harness

PATH = "/api/v1/profiles"


def detail(client, profile):
    return client.get(f"{PATH}/{profile}", expect=200).data


def names(client, query=""):
    """Names of all profiles that somebody gets listed."""
    found, offset = [], 0
    while True:
        joint = "&" if query else "?"
        page = client.get(f"{PATH}{query}{joint}limit=100&offset={offset}", expect=200).data["profiles"]
        found += [item["profileName"] for item in page["items"]]
        if offset >= page["maxOffset"]:
            return found
        offset += 100


class TestDetail:
    def test_of_oneself(self, site, mira):
        data = detail(mira, mira.profile_id)

        assert data["id"] == mira.profile_id and data["siteId"] == site.id and data["userId"] == mira.user_id
        assert data["email"] == mira.email
        assert data["profileName"] == "mira"
        assert data["visible"] is True
        assert data["profileComment"] is None
        assert data["avatar"] == f"/api/v1/files/profiles/{data['id']}.svg"
        assert data["meta"]["flags"] == {}
        assert data["meta"]["stats"] == [{"metric": "unreadHuddles", "value": 0}]
        assert data["meta"]["links"] == [{"rel": "self", "href": f"{PATH}/{mira.profile_id}"},
                                         {"rel": "site", "href": f"/api/v1/sites/{site.id}"}]

    def test_whoami_is_the_same(self, mira):
        me = mira.get("/api/v1/whoami", expect=200).data

        assert list(me) == list(detail(mira, mira.profile_id))
        assert me == {**detail(mira, mira.profile_id), "lastActive": me["lastActive"]}

    def test_whoami_of_a_guest(self, site):
        site.guest.get("/api/v1/whoami", expect=403)

    def test_the_address_is_for_oneself_and_the_owner(self, site, mira, tomas):
        for person, shown in ((mira, True), (site.owner, True), (tomas, False), (site.guest, False)):
            reply = person.get(f"{PATH}/{mira.profile_id}", expect=200)
            assert ("email" in reply.data) is shown
            assert (mira.email.encode() in reply.body) is shown

    def test_stats_are_for_oneself(self, site, mira, tomas):
        for person in (site.guest, tomas, site.owner):
            assert "stats" not in detail(person, mira.profile_id)["meta"]

    def test_permissions(self, site, mira, tomas):
        def true(client):
            return [key for key, value in detail(client, mira.profile_id)["meta"]["permissions"].items() if value]

        assert true(site.guest) == ["read", "guest"]
        assert true(tomas) == ["read"]
        assert true(mira) == ["create", "read", "update", "owner"]
        assert true(site.owner) == ["create", "read", "update", "delete", "moderator", "siteOwner"]

    def test_of_another_site(self, site, other_site, mira):
        other = other_site.owner.profile_id
        for person in (site.guest, mira, site.owner):
            person.get(f"{PATH}/{other}", expect=404)
            person.get(f"{PATH}/888888888", expect=404)

    def test_on_the_root_site_only_oneself(self, site, mira):
        at_root = harness.Client(site.daemon, harness.ROOT_HOST, mira.token, "mira at the root")
        me = at_root.get("/api/v1/whoami", expect=200).data

        assert me["siteId"] == 1 and me["userId"] == mira.user_id
        at_root.get(f"{PATH}/{me['id']}", expect=200)
        site.guest.get(f"{PATH}/{me['id']}", host=harness.ROOT_HOST, expect=403)
        tomas = harness.Client(site.daemon, harness.ROOT_HOST, site.newcomer().token)
        tomas.get(f"{PATH}/{me['id']}", expect=403)

    def test_a_new_one_has_a_name_of_its_own(self, site):
        email = "New.Comer@example.org"
        person = harness.Person(site, email, site.token(email), None)

        data = person.get("/api/v1/whoami", expect=200).data

        assert re.fullmatch(r"user\d+", data["profileName"])
        assert data["email"] == email
        assert data["itemCount"] == 0 and data["commentCount"] == 0

    def test_variants_of_an_address_are_one_user(self, site):
        first = harness.Person(site, "", site.token("Ro.wan+forum@googlemail.com"), None).get("/api/v1/whoami").data
        for email in ("rowan@gmail.com", "ROWAN@GMAIL.COM", "r.o.w.a.n@gmail.com", "rowan+other@gmail.com"):
            other = harness.Person(site, "", site.token(email), None).get("/api/v1/whoami").data
            assert (other["userId"], other["id"]) == (first["userId"], first["id"])
        assert first["email"] == "Ro.wan+forum@googlemail.com", "shown as first given"

    def test_last_active_is_recent(self, site):
        person = site.newcomer()
        data = detail(person, person.profile_id)

        assert harness.when(data["lastActive"]) >= harness.when(data["created"])


class TestEdit:
    def edit(self, client, profile, expect=302, **fields):
        return client.put(f"{PATH}/{profile}", fields, expect=expect)

    def test_leads_back(self, site, mira):
        assert self.edit(mira, mira.profile_id, visible=True).location == f"{PATH}/{mira.profile_id}"

    @pytest.mark.parametrize("sent, shown", [
        ("Rowan", "Rowan"), ("a b", "ab"), ("tab\tand\nline", "tabandline"), ("<b>bold</b>ly", "boldly"),
        ("a&b", "a&amp;b"), ("it's", "it&#39;s"), ("BOB", "BOB"), ("WILLIAMSON", "WILLIAMSON"), ("ÀÉÎ", "ÀÉÎ"), ("漢字", "漢字"),
        ("x" * 25, "x" * 25),
        ("xy", "xy"), ("é" * 25, "é" * 25), ("bell\u0007bell", "bellbell"), ("McBob", "McBob"), ("a<b", "a&lt;b"),
    ])
    def test_names_are_cleaned(self, site, sent, shown):
        person = site.newcomer()

        self.edit(person, person.profile_id, profileName=sent)

        assert detail(site.guest, person.profile_id)["profileName"] == shown

    @pytest.mark.parametrize("name",
                             ["", " ", "a", "x" * 26, "a@b", "a+b", "@mira", "<b></b>", "\u200b", 5, ["x"], True,
                                      "a" + "&" * 5])
    def test_names_that_are_none(self, site, mira, name):
        self.edit(mira, mira.profile_id, expect=400, profileName=name)

        assert detail(site.guest, mira.profile_id)["profileName"] == "mira"

    @pytest.mark.parametrize("taken", ["mira", "MIRA", "Mira", " mi ra"])
    def test_a_taken_name_gives_the_default_one(self, site, mira, taken):
        person = site.newcomer()

        reply = self.edit(person, person.profile_id, expect={302, 400}, profileName=taken)

        name = detail(site.guest, person.profile_id)["profileName"]
        assert name.lower() != "mira"
        if reply.status == 302:
            assert re.fullmatch(r"user\d+", name)

    def test_ones_own_name_is_not_taken(self, site, mira):
        self.edit(mira, mira.profile_id, profileName="Mira")
        assert detail(site.guest, mira.profile_id)["profileName"] == "Mira"
        self.edit(mira, mira.profile_id, profileName="mira")

    def test_a_name_can_be_had_on_each_site(self, site, other_site, mira):
        person = other_site.newcomer()

        self.edit(person, person.profile_id, profileName="mira")

        assert detail(other_site.guest, person.profile_id)["profileName"] == "mira"

    def test_visible_and_style_are_kept(self, site):
        person = site.newcomer()

        self.edit(person, person.profile_id, visible=False, styleId=3)

        data = detail(site.guest, person.profile_id)
        assert data["visible"] is False
        assert data["styleId"] == 3, "what is stored is returned"
        assert person.name in names(site.guest), "hidden ones are still listed"

    @pytest.mark.parametrize("fields",
                             [{"styleId": -1}, {"styleId": "1"}, {"styleId": 1.5}, {"visible": "yes"}, {"visible": 1}])
    def test_wrong_fields(self, mira, fields):
        self.edit(mira, mira.profile_id, expect=400, **fields)

    def test_what_was_read_can_be_sent_back(self, site, mira):
        before = detail(mira, mira.profile_id)

        mira.put(f"{PATH}/{mira.profile_id}", {**before, "banned": False, "admin": False, "markdown": "x"}, expect=302)

        after = detail(mira, mira.profile_id)
        assert {**after, "lastActive": 0} == {**before, "lastActive": 0}

    def test_what_the_server_owns_is_ignored(self, site, mira, tomas):
        before = detail(mira, mira.profile_id)

        self.edit(mira, mira.profile_id, id=tomas.profile_id, userId=tomas.user_id, siteId=1, itemCount=99,
                  commentCount=99, created="2001-01-01T00:00:00Z", lastActive="2001-01-01T00:00:00Z",
                  email="x@example.org", member=True, avatar="javascript:alert(1)", profileName="mira")

        assert {**detail(mira, mira.profile_id), "lastActive": 0} == {**before, "lastActive": 0}
        assert detail(site.guest, tomas.profile_id)["profileName"] == "tomas"

    def test_by_others(self, site, mira, tomas):
        self.edit(site.guest, mira.profile_id, expect=403, profileName="stolen")
        self.edit(tomas, mira.profile_id, expect=403, profileName="stolen")
        self.edit(site.owner, mira.profile_id, visible=True)
        assert detail(site.guest, mira.profile_id)["profileName"] == "mira"

    def test_of_another_site(self, site, other_site):
        self.edit(site.owner, other_site.owner.profile_id, expect=404, profileName="stolen")
        self.edit(site.owner, 888888888, expect=404, profileName="stolen")

    def test_a_new_name_shows_everywhere(self, site, microcosm):
        person = site.newcomer()
        conversation = site.conversation(microcosm, by=person)
        comment = site.comment(conversation, by=person)

        self.edit(person, person.profile_id, profileName="renamed")

        data = site.guest.get(f"/api/v1/conversations/{conversation}").data
        assert data["meta"]["createdBy"]["profileName"] == "renamed"
        assert data["comments"]["items"][0]["meta"]["createdBy"]["profileName"] == "renamed"
        assert site.guest.get(f"/api/v1/comments/{comment}").data["meta"]["createdBy"]["profileName"] == "renamed"
        entry = site.guest.get(f"/api/v1/microcosms/{microcosm}").data["items"]["items"][0]
        assert entry["item"]["lastComment"]["createdBy"]["profileName"] == "renamed"
        assert "renamed" in names(site.guest)


class TestMember:
    """PATCH /member, the one thing that a site's owner may say about somebody."""

    def set(self, client, profile, value, expect):
        return client.patch(f"{PATH}/{profile}", [{"op": "replace", "path": "/member", "value": value}], expect=expect)

    def test_is_set_and_taken_away(self, site):
        person = site.newcomer()
        assert "member" not in detail(person, person.profile_id)

        self.set(site.owner, person.profile_id, True, 200)

        assert detail(person, person.profile_id)["member"] is True
        assert detail(site.owner, person.profile_id)["member"] is True
        assert "member" not in detail(site.guest, person.profile_id)
        assert "member" not in detail(site.newcomer(), person.profile_id)
        self.set(site.owner, person.profile_id, False, 200)
        assert "member" not in detail(person, person.profile_id)

    def test_applies_to_roles_at_once(self, site):
        person = site.newcomer()
        club = site.microcosm()
        site.role(club, ("read",), criteria=[(0, None, "is_member", "eq", True)])
        person.get(f"/api/v1/microcosms/{club}", expect=403)

        self.set(site.owner, person.profile_id, True, 200)
        person.get(f"/api/v1/microcosms/{club}", expect=200)
        self.set(site.owner, person.profile_id, False, 200)
        person.get(f"/api/v1/microcosms/{club}", expect=403)

    def test_by_others(self, site, mira, tomas):
        for person in (site.guest, tomas, mira):
            self.set(person, mira.profile_id, True, 403)

    @pytest.mark.parametrize("body, status", [
        ([], 400), ({}, 400), ([{"op": "replace", "path": "/visible", "value": True}], 400),
        ([{"op": "replace", "path": "/meta/flags/deleted", "value": True}], 400),
        ([{"op": "replace", "path": "/member", "value": "true"}], 400),
        ([{"op": "replace", "path": "/member", "value": 1}], 400),
        ([{"op": "replace", "path": "/member"}], 400),
        ([{"op": "add", "path": "/member", "value": True}], 501),
        ([{"op": "remove", "path": "/member"}], 501),
    ])
    def test_of_something_else(self, site, mira, body, status):
        site.owner.patch(f"{PATH}/{mira.profile_id}", body, expect=status)

    def test_of_an_unknown_one(self, site, other_site):
        self.set(site.owner, 888888888, True, 404)
        self.set(site.owner, other_site.owner.profile_id, True, 404)


class TestPicture:
    def picture(self, client, path, expect=200):
        return client.get(path, expect=expect, check=False)

    @pytest.mark.parametrize("kind", ["profiles", "sites"])
    def test_is_a_file_that_runs_nothing(self, site, kind):
        reply = self.picture(site.guest, f"/api/v1/files/{kind}/7.svg")

        assert reply.header("content-type") == "image/svg+xml"
        assert reply.header("cache-control") == "public, max-age=31536000, immutable"
        assert reply.header("x-content-type-options") == "nosniff"
        assert reply.header("content-security-policy") == "default-src 'none'; sandbox"
        root = ElementTree.fromstring(reply.body)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert {element.tag for element in root} == {"{http://www.w3.org/2000/svg}path"}
        head = site.guest.head(f"/api/v1/files/{kind}/7.svg", expect=200, check=False)
        assert head.header("content-length") == str(len(reply.body)) and not head.body

    def test_follows_from_the_id_alone(self, site, other_site, mira):
        path = detail(site.guest, mira.profile_id)["avatar"]

        pictures = {self.picture(client, path).body for client in (site.guest, mira, site.owner, other_site.guest)}
        others = {self.picture(site.guest, f"/api/v1/files/profiles/{number}.svg").body for number in range(1, 101)}

        assert len(pictures) == 1 and "/files/" in path
        assert len(others) == 100
        assert self.picture(site.guest, "/api/v1/files/sites/7.svg").body not in others

    @pytest.mark.parametrize("path, status", [
        ("profiles/0.svg", 400), ("profiles/99999999999999999999.svg", 400), ("profiles/x.svg", 404), ("profiles/7", 404),
        ("profiles/7.png", 404), ("profiles/-7.svg", 404), ("comments/7.svg", 404)])
    def test_of_what_is_none(self, site, path, status):
        self.picture(site.guest, f"/api/v1/files/{path}", status)

    def test_of_an_outlaw_and_for_one(self, site):
        outlaw = site.newcomer()
        site.ban(outlaw)

        self.picture(outlaw, f"/api/v1/files/profiles/{outlaw.profile_id}.svg")

    def test_gives_way_to_an_avatar(self, site, mira):
        site.sql("UPDATE microcosm.profiles SET avatar = 'https://img.example/m.png' WHERE site_id = %s AND profile_id = %s",
                 site.id, mira.profile_id)
        harness.wait_until(lambda: detail(site.guest, mira.profile_id)["avatar"] == "https://img.example/m.png", "the avatar")
        site.sql("UPDATE microcosm.profiles SET avatar = '' WHERE site_id = %s AND profile_id = %s", site.id, mira.profile_id)


@pytest.mark.parametrize("name", ["deleted", "Deleted", "DELETED", " deleted ", "root", "system", "null", "undefined"])
def test_a_member_of_any_name_is_listed(site, name):
    member = site.newcomer()

    member.put(f"{PATH}/{member.profile_id}", {"profileName": name}, expect=302)

    listed = site.guest.get(f"{PATH}?limit=250", expect=200).data["profiles"]["items"]
    assert member.profile_id in [profile["id"] for profile in listed]


class TestList:
    @pytest.fixture(scope="class")
    def crowd(self, daemon):
        site = harness.Site(daemon, owner="zacharias")
        people = {name: site.person(name) for name in
                  ("anna", "Annabel", "bert", "Zoe", "an_na", "anxna", "100percent", "orphans")}
        site.sql("UPDATE microcosm.profiles SET profile_name = 'deleted', name_key = 'deleted'"
                 " WHERE site_id = %s AND profile_id = %s", site.id, people["orphans"].profile_id)
        conversation = site.conversation(site.root)
        for name, count in (("bert", 3), ("Zoe", 2), ("anna", 1)):
            for _ in range(count):
                site.comment(conversation, by=people[name])
        harness.wait_until(lambda: site.sql("SELECT count(*) FROM microcosm.profile_deltas WHERE site_id = %s", site.id)
                           == [(0,)], "the comments to be counted, by which lists are sorted")
        yield site
        site.close()

    def test_has_its_form(self, crowd):
        data = crowd.guest.get(PATH, expect=200).data

        assert list(data) == ["profiles", "meta"]
        assert data["profiles"]["type"] == PATH
        assert data["meta"]["flags"] == {}
        assert data["meta"]["links"] == [{"rel": "self", "href": PATH}]

    def test_is_in_order_of_names(self, crowd):
        listed = names(crowd.guest)

        assert listed in (sorted(listed), sorted(listed, key=str.lower))
        assert "deleted" not in listed, "who owns imported orphans is left out"
        assert set(listed) == {"anna", "Annabel", "bert", "Zoe", "an_na", "anxna", "100percent", "zacharias"}

    @pytest.mark.parametrize("query, wanted", [
        ("anna", ["anna", "Annabel"]), ("ANNA", ["anna", "Annabel"]), ("@anna", ["anna", "Annabel"]),
        ("%2Banna", ["anna", "Annabel"]), ("annab", ["Annabel"]), ("nna", []), ("%25", []), ("_", []),
        ("an_", ["an_na"]),
        ("zo", ["Zoe"]), ("100", ["100percent"]), ("%27%22%5C", []), ("%F0%9F%98%80", []),
    ])
    def test_by_the_beginning_of_names(self, crowd, query, wanted):
        assert names(crowd.guest, f"?q={query}") == wanted

    def test_an_exact_name_comes_first(self, crowd):
        assert names(crowd.guest, "?q=annabel")[0] == "Annabel"
        assert names(crowd.guest, "?q=anna")[0] == "anna"

    def test_most_comments_first(self, crowd):
        assert names(crowd.guest, "?top=true")[:3] == ["bert", "Zoe", "anna"]

    def test_of_those_one_follows(self, crowd):
        assert names(crowd.guest, "?following=true") == []
        assert names(crowd.owner, "?following=true") == []

    def test_of_those_online(self, crowd):
        crowd.sql("UPDATE microcosm.profiles SET last_active = now() - interval '2 hours'"
                  " WHERE site_id = %s AND profile_name = 'bert'", crowd.id)

        online = names(crowd.guest, "?online=true")

        assert "bert" not in online and "anna" in online

    @pytest.mark.parametrize("value", ["1", "t", "true"])
    def test_booleans_in_several_spellings(self, crowd, value):
        assert names(crowd.guest, f"?top={value}")[0] == "bert"

    @pytest.mark.parametrize("value", ["0", "f", "false", "nonsense", "yes", ""])
    def test_other_booleans_are_ignored(self, crowd, value):
        assert names(crowd.guest, f"?top={value}") == names(crowd.guest)

    def test_filters_stay_in_links(self, crowd):
        page = crowd.guest.get(f"{PATH}?top=true&limit=5&q=an", expect=200).data["profiles"]

        assert page["links"][0]["href"] == f"{PATH}?limit=5&q=an&top=true"
        assert page["total"] == 4

    def test_past_the_end(self, crowd):
        crowd.guest.get(f"{PATH}?offset=1000", expect=400)

    def test_keeps_to_its_site(self, crowd, site, mira):
        assert "mira" not in names(crowd.owner)


class TestPost:
    """Never needed: who has a token has a profile."""

    def test_is_refused(self, site, mira):
        site.guest.post(PATH, {"profileName": "another"}, expect=400)
        mira.post(PATH, {"profileName": "another"}, expect={400, 409})
        mira.post(PATH, {"profileName": "another", "userId": 1}, expect={400, 409})

        assert detail(site.guest, mira.profile_id)["profileName"] == "mira"


def test_delete_is_not_offered(site, mira):
    for person in (site.guest, mira, site.owner):
        person.delete(f"{PATH}/{mira.profile_id}", expect=501)
    site.guest.get(f"{PATH}/{mira.profile_id}", expect=200)


class TestOptions:
    OPTIONS = f"{PATH}/options"

    def test_of_a_new_profile(self, site):
        person = site.newcomer()

        assert person.get(self.OPTIONS, expect=200).data == {
            "profileId": person.profile_id, "showDOB": False, "showDOBYear": False, "sendEmail": True,
            "sendSMS": False, "isDiscouraged": False, "digest": "none"}

    def test_of_a_guest(self, site):
        site.guest.get(self.OPTIONS, expect=403)
        site.guest.put(self.OPTIONS, {"sendEmail": False}, expect=403)

    def test_are_replaced_as_a_whole(self, site):
        person = site.newcomer()

        reply = person.put(self.OPTIONS, {"showDOB": True, "isDiscouraged": True, "profileId": 1}, expect=302)

        assert reply.location == self.OPTIONS
        assert person.get(self.OPTIONS).data == {
            "profileId": person.profile_id, "showDOB": True, "showDOBYear": False, "sendEmail": False,
            "sendSMS": False, "isDiscouraged": True, "digest": "none"}
        person.put(self.OPTIONS, {}, expect=302)
        assert not any(value for key, value in person.get(self.OPTIONS).data.items() if key not in ("profileId", "digest"))

    def test_are_ones_own(self, site, mira, tomas):
        mira.put(self.OPTIONS, {"sendSMS": True, "sendEmail": True, "profileId": tomas.profile_id}, expect=302)

        assert tomas.get(self.OPTIONS).data["sendSMS"] is False
        assert mira.get(self.OPTIONS).data["sendSMS"] is True

    @pytest.mark.parametrize("body", [{"sendEmail": "yes"}, {"sendEmail": 1}, [], "x"])
    def test_wrong_ones(self, mira, body):
        mira.put(self.OPTIONS, body, expect=400)
