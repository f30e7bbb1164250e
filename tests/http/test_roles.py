"""Roles, their profiles, criteria and members: docs/http/roles.md."""

import pytest

import harness

FLAGS = ["moderator", "banned", "includeGuests", "includeUsers", "create", "read", "update", "delete", "closeOwn",
         "openOwn", "readOthers"]


@pytest.fixture
def place(site):
    """A microcosm of the owner's, with the address of its roles."""
    return site.microcosm()


def roles(microcosm, role=None, *below):
    return "/".join(map(str, [f"/api/v1/microcosms/{microcosm}/roles", *([] if role is None else [role]), *below]))


def make(client, microcosm, title="Readers", **flags):
    return client.post(roles(microcosm), {"title": title, **flags}, expect=302).id


def titles(client, path, **options):
    return [role["title"] for role in client.get(path, expect=200, **options).data["roles"]["items"]]


def names(page):
    return [profile["profileName"] for profile in page["items"]]


def members(client, path):
    return names(client.get(f"{path}/members", expect=200).data["profiles"])


# A role


def test_a_role_is_made_and_read(site, place):
    reply = site.owner.post(roles(place), {"title": "<b>Red & green</b>", "id": 7, "microcosmId": 1, "siteId": 9,
                                           "read": True, "includeUsers": True}, expect=302)
    assert reply.location == roles(place, reply.id)

    role = site.owner.get(reply.location, expect=200).data

    assert list(role) == ["id", "title", "siteId", "microcosmId", *FLAGS, "meta"]
    assert (role["id"], role["title"], role["siteId"], role["microcosmId"]) == (
        reply.id, "Red &amp; green", site.id, place)
    assert [flag for flag in FLAGS if role[flag]] == ["includeUsers", "read"]
    assert list(role["meta"]) == ["created", "createdBy", "links", "permissions"]
    assert role["meta"]["createdBy"]["id"] == site.owner.profile_id
    assert [link["href"] for link in role["meta"]["links"]] == [f"/api/v1/roles/{reply.id}",
                                                                f"/api/v1/microcosms/{place}"]
    assert role["meta"]["permissions"]["siteOwner"]


@pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": " "}, {"title": "x" * 51}, {"title": 5}, [],
                                  {"title": "x", "read": "yes"}, {"title": "x", "moderator": True, "banned": True}])
def test_a_bad_role_is_refused(site, place, body):
    site.owner.post(roles(place), body, expect=400)

    assert site.sql("SELECT count(*) FROM microcosm.roles WHERE site_id = %s AND microcosm_id = %s",
                    site.id, place) == [(0,)]


def test_put_changes_what_is_given(site, place):
    path = roles(place, make(site.owner, place, read=True, create=True))

    reply = site.owner.put(path, {"create": False, "id": 1, "meta": {"editReason": "Wider access"}}, expect=302)

    assert reply.location == path
    role = site.owner.get(path, expect=200).data
    assert (role["title"], role["read"], role["create"]) == ("Readers", True, False)
    assert list(role["meta"])[2:5] == ["edited", "editedBy", "editReason"]
    assert role["meta"]["editReason"] == "Wider access"
    site.owner.put(path, {"title": "Writers"}, expect=302)
    role = site.owner.get(path, expect=200).data
    assert (role["title"], role["meta"]["editReason"]) == ("Writers", "Wider access")
    site.owner.put(path, {"moderator": True}, expect=302)
    site.owner.put(path, {"banned": True}, expect=400)
    assert not site.owner.get(path, expect=200).data["banned"]


def test_the_first_edit_without_a_reason_says_so(site, place):
    path = roles(place, make(site.owner, place))

    site.owner.put(path, {"read": True}, expect=302)

    assert site.owner.get(path, expect=200).data["meta"]["editReason"] == "No reason given"


def replace(path, value):
    return {"op": "replace", "path": path, "value": value}


def test_patch(site, place):
    path = roles(place, make(site.owner, place))

    site.owner.patch(path, [replace("/read", True), replace("/closeOwn", True)], expect=200)

    role = site.owner.get(path, expect=200).data
    assert [flag for flag in FLAGS if role[flag]] == ["read", "closeOwn"]
    assert role["meta"]["editReason"] == "Set closeOwn to true"


@pytest.mark.parametrize("body, status", [
    ([], 400), ({}, 400), ([replace("/title", True)], 400), ([replace("/includeGuests", True)], 400),
    ([replace("/includeUsers", True)], 400), ([replace("/read", "true")], 400), ([replace("/read", 1)], 400),
    ([replace("/read", True), replace("/nonsense", True)], 400), ([{"op": "add", "path": "/read", "value": True}], 501),
    ([replace("/moderator", True), replace("/banned", True)], 400), ([{"op": "remove", "path": "/read"}], 501)])
def test_a_bad_patch_changes_nothing(site, place, body, status):
    path = roles(place, make(site.owner, place))

    site.owner.patch(path, body, expect=status)

    role = site.owner.get(path, expect=200).data
    assert not any(role[flag] for flag in FLAGS)
    assert "edited" not in role["meta"]


def test_delete_takes_all_of_it_and_brings_inheritance_back(site, mira, place):
    role = make(site.owner, place)
    path = roles(place, role)
    site.owner.put(f"{path}/profiles", [{"id": mira.profile_id}], expect=200)
    site.owner.post(f"{path}/criteria", {"profileColumn": "id", "predicate": "gt", "value": 0}, expect=302)
    site.guest.get(f"/api/v1/microcosms/{place}", expect=403)

    site.owner.delete(path, expect=200)

    for method in ("get", "delete"):
        getattr(site.owner, method)(path, expect=404)
    for table in ("roles", "role_profiles", "role_criteria"):
        assert site.sql(f"SELECT count(*) FROM microcosm.{table} WHERE site_id = %s AND role_id = %s",
                        site.id, role) == [(0,)]
    site.guest.get(f"/api/v1/microcosms/{place}", expect=200)


def test_writes_are_audited(site, place):
    path = roles(place, make(site.owner, place))
    site.owner.put(path, {"read": True}, expect=302)
    site.owner.patch(path, [replace("/read", False)], expect=200)
    site.owner.put(f"{path}/profiles/{site.owner.profile_id}", expect=302)
    site.owner.delete(path, expect=200)

    actions = site.sql("SELECT action, profile_id FROM microcosm.audit WHERE site_id = %s AND item_type = 17"
                       " AND item_id = %s ORDER BY audit_id", site.id, int(path.rpartition("/")[2]))

    assert actions == [(action, site.owner.profile_id) for action in "CRUUD"]


# The list


def test_the_list_has_what_applies_in_its_order(site, place):
    child = site.microcosm(parent=place)
    make(site.owner, place, "B watch", moderator=True)
    make(site.owner, place, "A shut out", banned=True)
    make(site.owner, place, "M readers", includeGuests=True, read=True)
    own = [role["title"] for role in site.owner.get(roles(place), expect=200).data["roles"]["items"]]
    assert own == ["B watch", "M readers", "Banned", "A shut out"] or own == ["B watch", "M readers", "A shut out",
                                                                                "Banned"]
    assert titles(site.owner, roles(child)) == own

    make(site.owner, child, "C only here", includeGuests=True, read=True)

    assert [title for title in titles(site.owner, roles(child)) if title != "Banned"] == ["B watch", "C only here",
                                                                                         "A shut out"]
    page = site.owner.get(roles(child) + "?limit=5", expect=200).data
    assert list(page) == ["roles", "meta"] and page["meta"] == {}
    assert page["roles"]["type"] == "/api/v1/roles"
    assert {role["microcosmId"] for role in page["roles"]["items"]} >= {place, child}
    site.owner.get(roles(child) + "?limit=5&offset=5", expect=400)


def test_a_new_microcosm_inherits_the_roles_of_the_site(site, place):
    assert titles(site.guest, roles(place)) == ["Guests", "Members", "Banned"]


def test_the_list_shows_the_first_members_to_members_only(site, mira, place):
    make(site.owner, place, "Everybody", includeUsers=True, read=True)
    make(site.owner, place, "Open", includeGuests=True, read=True)

    items = mira.get(roles(place), expect=200).data["roles"]["items"]

    assert [list(role)[-1] for role in items] == ["members"] * len(items)
    everybody = items[0]["members"]
    assert list(everybody) == ["total", "limit", "offset", "maxOffset", "totalPages", "page", "type", "items"]
    assert len(everybody["items"]) == min(5, everybody["total"])
    assert everybody["type"] == "/api/v1/profiles"
    assert all("permissions" not in role["meta"] for role in items)
    assert all("members" not in role for role in site.guest.get(roles(place), expect=200).data["roles"]["items"])


# Who may


@pytest.fixture(scope="module")
def world(site):
    """A microcosm with people of each kind, and a role on it and on another."""
    class World:
        pass

    world = World()
    world.place, world.elsewhere = site.microcosm(), site.microcosm()
    world.moderator, world.keeper, world.member, world.banned = (
        site.person(name) for name in ("mona", "keith", "molly", "barry"))
    site.sql("UPDATE microcosm.microcosms SET owned_by = %s WHERE site_id = %s AND microcosm_id = %s",
             world.keeper.profile_id, site.id, world.place)
    for title, flags, who in (("Watch", {"moderator": True}, world.moderator), ("Out", {"banned": True}, world.banned)):
        path = roles(world.place, make(site.owner, world.place, title, **flags))
        site.owner.put(f"{path}/profiles/{who.profile_id}", expect=302)
    world.role = make(site.owner, world.place, "All", includeUsers=True, includeGuests=True, read=True)
    world.criterion = site.owner.post(roles(world.place, world.role, "criteria"),
                                      {"profileColumn": "id", "predicate": "eq", "value": 1}, expect=302).id
    world.other = make(site.owner, world.elsewhere, "Other", includeUsers=True, read=True)
    return world


ROUTES = [("GET", "", None, 200), ("PUT", "", {"title": "All"}, 302), ("PATCH", "", [replace("/read", True)], 200),
          ("GET", "/profiles", None, 200), ("PUT", "/profiles", [], 200), ("DELETE", "/profiles", [], 200),
          ("GET", "/profiles/888888888", None, 404), ("DELETE", "/profiles/888888888", None, 200),
          ("GET", "/criteria", None, 200), ("DELETE", "/criteria", [{"id": 888888888}], 200),
          ("GET", "/criteria/{criterion}", None, 200), ("PUT", "/criteria/{criterion}", {"value": 1}, 302),
          ("GET", "/members", None, 200)]


@pytest.mark.parametrize("method, below, body, status", ROUTES)
def test_only_moderators_may(site, world, method, below, body, status):
    path = roles(world.place, world.role) + below.format(criterion=world.criterion)
    for who in (world.moderator, world.keeper, site.owner):
        who.request(method, path, json_body=body, expect=status)
    for who in (world.member, world.banned, site.guest):
        who.request(method, path, json_body=body, expect=403)


@pytest.mark.parametrize("method, below, body, status", ROUTES)
def test_a_role_of_another_microcosm_is_not_there(site, world, method, below, body, status):
    path = below.format(criterion=world.criterion)
    for who in (world.moderator, world.keeper, site.owner):
        who.request(method, roles(world.place, world.other) + path, json_body=body, expect=404)
        who.request(method, roles(world.place, 888888888) + path, json_body=body, expect=404)
    world.moderator.request(method, roles(world.elsewhere, world.other) + path, json_body=body, expect=403)
    world.member.request(method, roles(888888888, world.role) + path, json_body=body, expect=403)
    site.owner.request(method, roles(888888888, world.role) + path, json_body=body, expect=404)


@pytest.mark.parametrize("method, below, body, status", ROUTES)
def test_roles_wherever_they_are_belong_to_the_owner(site, world, method, below, body, status):
    path = f"/api/v1/roles/{world.role}" + below.format(criterion=world.criterion)
    reply = site.owner.request(method, path, json_body=body, expect=status)
    if status == 302:
        assert reply.location == path
    for who in (world.moderator, world.keeper, world.member, site.guest):
        who.request(method, path, json_body=body, expect=403)


def test_all_roles_are_listed_for_the_owner(site, world):
    items = site.owner.get("/api/v1/roles?limit=250", expect=200).data["roles"]["items"]

    assert {world.role, world.other} <= {role["id"] for role in items}
    for who in (world.moderator, world.member, site.guest):
        who.get("/api/v1/roles", expect=403)


def test_another_site_has_no_part_in_it(daemon, world):
    abroad = harness.Site(daemon, title="Next door", owner="landlady")
    try:
        for method, below, body, _ in ROUTES:
            below = below.format(criterion=world.criterion)
            abroad.owner.request(method, roles(world.place, world.role) + below, json_body=body, expect=404)
            abroad.owner.request(method, f"/api/v1/roles/{world.role}" + below, json_body=body, expect=404)
        mine = abroad.microcosm()
        path = roles(mine, make(abroad.owner, mine))
        abroad.owner.put(f"{path}/profiles", [{"id": world.member.profile_id}], expect=404)
        abroad.owner.put(f"{path}/profiles/{world.member.profile_id}", expect=404)
    finally:
        abroad.close()


def test_the_list_is_for_readers(site, mira):
    closed = site.closed_microcosm(title="Secret sheds")
    child = site.microcosm(parent=closed)
    make(site.owner, closed, "Hidden watch", moderator=True)
    make(site.owner, child, "Open", includeGuests=True, includeUsers=True, read=True)

    for who in (mira, site.guest):
        who.get(roles(closed), expect=403)
        reply = who.get(roles(child), expect=200)
        assert [role["title"] for role in reply.data["roles"]["items"]] == ["Open", "Banned"]
        assert b"Secret" not in reply.body and b"Hidden" not in reply.body
    assert "Hidden watch" in titles(site.owner, roles(child))
    site.owner.set_flag(f"/api/v1/microcosms/{child}", "moderated", True, expect=200)
    mira.get(roles(child), expect=404)
    site.owner.get(roles(child), expect=200)


@pytest.mark.parametrize("path", ["/api/v1/microcosms/0/roles", "/api/v1/microcosms/{}/roles/0", "/api/v1/roles/0",
                                  "/api/v1/microcosms/{}/roles/99999999999999999999"])
def test_ids_that_are_none(site, place, path):
    site.owner.get(path.format(place), expect=400)


# A change counts from the next request on


def test_rights_follow_at_once(site, mira, place):
    microcosm = f"/api/v1/microcosms/{place}"
    path = roles(place, make(site.owner, place, "Crew", read=True))
    mira.get(microcosm, expect=403)

    site.owner.put(f"{path}/profiles/{mira.profile_id}", expect=302)
    mira.get(microcosm, expect=200)
    site.guest.get(microcosm, expect=403)
    site.owner.delete(f"{path}/profiles/{mira.profile_id}", expect=200)
    mira.get(microcosm, expect=403)
    site.owner.put(path, {"includeGuests": True}, expect=302)
    site.guest.get(microcosm, expect=200)
    criterion = site.owner.post(f"{path}/criteria", {"profileColumn": "profileName", "predicate": "eq",
                                                     "value": mira.name.upper()}, expect=302).location
    mira.get(microcosm, expect=200)
    site.guest.get(microcosm, expect=200)
    site.owner.put(criterion, {"predicate": "neq"}, expect=302)
    mira.get(microcosm, expect=403)
    site.owner.put(criterion, {"predicate": "substr"}, expect=302)
    mira.get(microcosm, expect=200)
    site.owner.delete(criterion, expect=200)
    mira.get(microcosm, expect=403)
    site.owner.patch(path, [replace("/banned", True)], expect=200)
    site.guest.get(microcosm, expect=403)


# Profiles


def test_profiles_are_added_and_taken_off(site, mira, tomas, place):
    path = roles(place, make(site.owner, place))
    both = [{"id": mira.profile_id}, {"id": tomas.profile_id}]

    site.owner.put(f"{path}/profiles", both[:1], expect=200)
    site.owner.put(f"{path}/profiles", both + both, expect=200)

    reply = site.owner.get(f"{path}/profiles?limit=250", expect=200).data
    assert list(reply) == ["profiles", "meta"] and reply["meta"] == {}
    assert reply["profiles"]["type"] == f"{path}/profiles"
    assert [profile["id"] for profile in reply["profiles"]["items"]] == sorted(one["id"] for one in both)
    one = site.owner.get(f"{path}/profiles/{mira.profile_id}", expect=200).data
    assert one == next(p for p in reply["profiles"]["items"] if p["id"] == mira.profile_id)
    assert "email" not in one and "styleId" not in one
    site.owner.delete(f"{path}/profiles", json_body=both[:1], expect=200)
    site.owner.get(f"{path}/profiles/{mira.profile_id}", expect=404)
    assert members(site.owner, path) == [tomas.name]
    site.owner.post(f"{path}/profiles?method=DELETE", [], expect=200)
    assert members(site.owner, path) == []


@pytest.mark.parametrize("body, status", [
    ([{"id": 888888888}], 404), ([{"id": 0}], 400), ([{"id": -1}], 400), ([{}], 400), ([5], 400), ({"id": 1}, 400),
    ([{"id": "1"}], 400), (None, 400)])
def test_a_bad_list_adds_nobody(site, mira, place, body, status):
    path = roles(place, make(site.owner, place))
    if isinstance(body, list):
        body = [{"id": mira.profile_id}, *body]

    site.owner.put(f"{path}/profiles", body, expect=status)

    assert members(site.owner, path) == []


def test_taking_off_needs_a_body(site, mira, place):
    path = roles(place, make(site.owner, place))
    site.owner.put(f"{path}/profiles/{mira.profile_id}", expect=302)

    site.owner.delete(f"{path}/profiles", expect=400)
    site.owner.delete(f"{path}/criteria", expect=400)

    assert members(site.owner, path) == [mira.name]


# Criteria


@pytest.mark.parametrize("criterion", [
    {"profileColumn": "commentCount", "predicate": "ge", "value": 10},
    {"profileColumn": "commentCount", "predicate": "neq", "value": "10"},
    {"profileColumn": "created", "predicate": "lt", "value": "2014-02-14"},
    {"profileColumn": "created", "predicate": "ge", "value": 30},
    {"profileColumn": "email", "predicate": "nsubstr", "value": "@example"},
    {"profileColumn": "isBanned", "predicate": "eq", "value": False},
    {"attrKey": "is_member", "predicate": "eq", "value": True},
    {"attrKey": "height", "predicate": "lt", "value": 1.75}, {"attrKey": "town", "predicate": "substr", "value": "Ely"}])
def test_criteria_come_back_as_they_were_sent(site, place, criterion):
    path = roles(place, make(site.owner, place))

    reply = site.owner.post(f"{path}/criteria", {"id": 0, **criterion}, expect=302)

    assert reply.location == f"{path}/criteria/{reply.id}"
    wanted = {"id": reply.id, "orGroup": 0, **criterion}
    got = site.owner.get(reply.location, expect=200).data
    assert got == wanted and list(got) == list(wanted) and type(got["value"]) is type(wanted["value"])
    page = site.owner.get(f"{path}/criteria", expect=200).data
    assert list(page) == ["criteria", "meta"] and page["criteria"]["items"] == [wanted]
    assert page["criteria"]["type"] == f"{path}/criteria"


@pytest.mark.parametrize("criterion", [
    {"predicate": "eq", "value": 1}, {"profileColumn": "id", "value": 1}, {"profileColumn": "id", "predicate": "eq"},
    {"profileColumn": "height", "predicate": "eq", "value": 1}, {"profileColumn": "id", "predicate": "is", "value": 1},
    {"profileColumn": "id", "predicate": "substr", "value": 1}, {"profileColumn": "id", "predicate": "eq", "value": "x"},
    {"profileColumn": "id", "predicate": "eq", "value": True}, {"profileColumn": "email", "predicate": "eq", "value": 5},
    {"profileColumn": "email", "predicate": "lt", "value": "a"}, {"attrKey": "x", "predicate": "gt", "value": "a"},
    {"attrKey": "x", "predicate": "substr", "value": 1}, {"attrKey": "x", "predicate": "lt", "value": True},
    {"attrKey": "x" * 51, "predicate": "eq", "value": 1}, {"attrKey": "x", "predicate": "eq", "value": "x" * 251},
    {"attrKey": "x", "predicate": "eq", "value": " "}, {"attrKey": "x", "predicate": "eq", "value": [1]},
    {"attrKey": "x", "predicate": "eq", "value": {}}, {"attrKey": "x", "predicate": "eq", "value": None},
    {"attrKey": "x", "predicate": "eq", "value": 1, "orGroup": 2**31}, {"attrKey": "x", "predicate": 1, "value": 1},
    {"profileColumn": "created", "predicate": "lt", "value": "2014-02-30"},
    {"profileColumn": "created", "predicate": "lt", "value": "yesterday"},
    {"profileColumn": "isBanned", "predicate": "eq", "value": "true"}, []])
def test_what_does_not_fit_is_refused(site, place, criterion):
    path = roles(place, make(site.owner, place))

    site.owner.post(f"{path}/criteria", criterion, expect=400)

    assert site.owner.get(f"{path}/criteria", expect=200).data["criteria"]["items"] == []


def test_put_changes_one_field(site, place):
    path = roles(place, make(site.owner, place))
    made = site.owner.post(f"{path}/criteria", {"profileColumn": "id", "predicate": "eq", "value": 1}, expect=302)

    assert site.owner.put(made.location, {"orGroup": -3}, expect=302).location == made.location
    site.owner.put(made.location, {"profileColumn": ""}, expect=400)
    site.owner.put(made.location, {"predicate": "substr"}, expect=400)
    site.owner.put(made.location, {"profileColumn": "", "attrKey": "town", "predicate": "substr", "value": "Ely"},
                   expect=302)

    assert site.owner.get(made.location, expect=200).data == {
        "id": made.id, "orGroup": -3, "attrKey": "town", "predicate": "substr", "value": "Ely"}


def test_criteria_are_sorted_and_removed(site, place):
    path = roles(place, make(site.owner, place))
    made = [site.owner.post(f"{path}/criteria", {"orGroup": group, **what, "predicate": "eq", "value": 1},
                            expect=302).id
            for group, what in ((1, {"profileColumn": "id"}), (0, {"attrKey": "b"}), (0, {"attrKey": "a"}),
                                (0, {"profileColumn": "id"}))]

    def shown():
        return [criterion["id"] for criterion in
                site.owner.get(f"{path}/criteria", expect=200).data["criteria"]["items"]]

    assert shown() == [made[3], made[2], made[1], made[0]]
    site.owner.delete(f"{path}/criteria", json_body=[{"id": made[1]}, {"id": 888888888}], expect=200)
    site.owner.delete(f"{path}/criteria/{made[2]}", expect=200)
    site.owner.delete(f"{path}/criteria/{made[2]}", expect=404)
    assert shown() == [made[3], made[0]]
    site.owner.delete(f"{path}/criteria", json_body=[], expect=200)
    assert shown() == []


# Members


def test_members_are_all_who_match(site, place):
    ada, bob, cleo = (site.person(name) for name in ("zz-ada", "zz-bob", "zz-cleo"))
    site.age("profiles", "profile_id", ada.profile_id, "3000 days")
    site.sql("INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, value_boolean)"
             " VALUES (%s, 3, %s, 'is_member', true)", site.id, bob.profile_id)
    path = roles(place, make(site.owner, place))

    def found(*criteria, listed=()):
        site.owner.delete(f"{path}/criteria", json_body=[], expect=200)
        site.owner.delete(f"{path}/profiles", json_body=[], expect=200)
        for number, criterion in enumerate(criteria):
            site.owner.post(f"{path}/criteria", {"orGroup": number, **criterion}, expect=302)
        site.owner.put(f"{path}/profiles", [{"id": person.profile_id} for person in listed], expect=200)
        return members(site.owner, path)

    old = {"profileColumn": "created", "predicate": "lt", "value": "2020-02-14"}
    aged = {"profileColumn": "created", "predicate": "gt", "value": 2000}
    mark = {"attrKey": "is_member", "predicate": "eq", "value": True}
    name = {"profileColumn": "profileName", "predicate": "substr", "value": "ZZ-"}
    email = {"profileColumn": "email", "predicate": "eq", "value": f"ZZ-CLEO@{site.key}.example"}
    assert found() == []
    assert found(old) == found(aged) == [ada.name]
    assert found(mark) == [bob.name]
    assert found(name, listed=[bob]) == [ada.name, bob.name, cleo.name]
    assert found(email, mark, listed=[ada]) == [ada.name, bob.name, cleo.name]
    assert found({**name, "orGroup": 7}, {**mark, "orGroup": 7}) == [bob.name]
    site.owner.put(path, {"includeUsers": True}, expect=302)
    assert site.owner.get(f"{path}/members", expect=200).data["profiles"]["total"] == site.sql(
        "SELECT count(*) FROM microcosm.profiles WHERE site_id = %s AND profile_name <> 'deleted'", site.id)[0][0]


def test_members_are_those_who_get_the_rights(site, place):
    """Whatever kind of value an attribute has: a text, a number, a boolean, a date, or none."""
    given = ["5", 5, True, "2020-02-29", "2020-13-45", None]
    people = [site.newcomer() for _ in given]
    for person, value in zip(people, given):
        if value is not None:
            person.put(f"/api/v1/profiles/{person.profile_id}/attributes/mark", {"value": value}, expect=302)
    path = roles(place, make(site.owner, place, "Marked", read=True))
    for value, predicates in (("5", "eq"), (5, "ge ne"), (True, "eq ne"), ("2020-02-29", "eq ne"), ("2020", "substr nsubstr")):
        for predicate in predicates.split():
            site.owner.delete(f"{path}/criteria", json_body=[], expect=200)
            site.owner.post(f"{path}/criteria", {"attrKey": "mark", "predicate": predicate, "value": value}, expect=302)
            readers = [person.name for person in people
                       if person.get(f"/api/v1/microcosms/{place}", expect={200, 403}).status == 200]
            found = site.owner.get(f"{path}/members?limit=250", expect=200).data["profiles"]["items"]
            found = [profile["id"] for profile in found]
            assert [person.name for person in people if person.profile_id in found] == readers, (predicate, value)
            if predicate == "eq":
                assert readers == [people[given.index(value)].name], value


@pytest.mark.parametrize("criterion", [{"profileColumn": "email", "predicate": "substr", "value": "@"},
                                       {"profileColumn": "isBanned", "predicate": "eq", "value": True}])
def test_moderators_do_not_try_out_what_only_the_owner_knows(site, world, criterion):
    path = roles(world.place, make(world.moderator, world.place, "Tried"))
    world.moderator.post(f"{path}/criteria", criterion, expect=403)
    plain = world.moderator.post(f"{path}/criteria", {"profileColumn": "id", "predicate": "gt", "value": 0}, expect=302).location
    world.moderator.put(plain, {**criterion, "attrKey": ""}, expect=403)
    site.owner.post(f"{path}/criteria", criterion, expect=302)
    world.moderator.delete(path, expect=200)


def test_moderators_do_not_learn_addresses(site, world):
    path = roles(world.place, make(world.moderator, world.place, "Addresses"))
    site.owner.post(f"{path}/criteria", {"profileColumn": "email", "predicate": "substr", "value": "@"}, expect=302)

    assert members(world.moderator, path) == []
    listed = [role for role in world.moderator.get(roles(world.place), expect=200).data["roles"]["items"]
              if role["title"] == "Addresses"]
    assert listed[0]["members"]["total"] == 0
    assert len(members(site.owner, path)) > 2
    world.moderator.delete(path, expect=200)


def test_what_the_web_client_does(site, mira, place):
    """Saving a role, as the client's form does."""
    flags = {flag: False for flag in FLAGS}
    reply = site.owner.post(roles(place), {"id": 0, "microcosmId": place, "title": "Old hands", **flags, "read": True},
                            expect=302)
    path = reply.location
    site.owner.get(path, expect=200)
    for _ in range(2):
        site.owner.post(f"{path}?method=PUT", {"id": reply.id, "microcosmId": place, "title": "Old hands", **flags,
                                               "read": True}, expect=302)
        site.owner.post(f"{path}/criteria?method=DELETE", [], expect=200)
        for value in ("2014-02-14", 10, "10"):
            column = "created" if isinstance(value, str) and "-" in value else "commentCount"
            made = site.owner.post(f"{path}/criteria", {"orGroup": 0, "id": 0, "profileColumn": column,
                                                        "predicate": "neq", "value": value}, expect=302)
            assert site.owner.get(made.location, expect=200).data["value"] == value
        site.owner.post(f"{path}/profiles?method=DELETE", [], expect=200)
        site.owner.post(f"{path}/profiles?method=PUT", [{"id": mira.profile_id}], expect=200)

    assert site.owner.get(f"{path}/criteria", expect=200).data["criteria"]["total"] == 3
    assert names(site.owner.get(f"{path}/profiles?limit=250", expect=200).data["profiles"]) == [mira.name]
