"""Microcosms: docs/http/microcosms.md."""

import pytest

import harness

PATH = "/api/v1/microcosms"


def detail(client, microcosm):
    return client.get(f"{PATH}/{microcosm}", expect=200).data


def listed(client, microcosm):
    """What a microcosm lists, as (type, id)."""
    page = client.get(f"{PATH}/{microcosm}?limit=250", expect=200).data["items"]
    return [(entry["itemType"], entry["item"]["id"]) for entry in page["items"]]


def summary(client, microcosm, parent):
    """A microcosm as its parent lists it."""
    page = client.get(f"{PATH}/{parent}?limit=250", expect=200).data["items"]
    return next(entry["item"] for entry in page["items"]
                if entry["itemType"] == "microcosm" and entry["item"]["id"] == microcosm)


def tree(client):
    return client.get(f"{PATH}/tree", expect=200).data


# Making


class TestCreate:
    def test_leads_to_the_new_one(self, site):
        reply = site.owner.post(PATH, {"title": "Dinghies", "description": "Small boats"}, expect=302)

        assert reply.location == f"{PATH}/{reply.id}"
        data = detail(site.guest, reply.id)
        assert data["id"] == reply.id
        assert data["parentId"] == site.root
        assert data["siteId"] == site.id
        assert data["title"] == "Dinghies"
        assert data["description"] == "Small boats"
        assert data["visibility"] == "public"
        assert data["logoUrl"] == f"/api/v1/files/microcosms/{reply.id}.svg"
        site.guest.get(data["logoUrl"], expect=200, check=False)
        assert data["itemTypes"] == ["microcosm", "conversation", "event"]
        assert data["moderators"] is None
        assert data["meta"]["createdBy"]["id"] == site.owner.profile_id
        assert data["meta"]["flags"] == {"sticky": False, "open": True, "deleted": False, "moderated": False,
                                         "visible": True, "unread": False}
        assert data["meta"]["links"] == [{"rel": "self", "href": f"{PATH}/{reply.id}"},
                                         {"rel": "site", "href": f"/api/v1/sites/{site.id}"}]
        assert "edited" not in data["meta"]

    def test_under_another(self, site):
        parent = site.microcosm("Outer")
        child = site.microcosm("Inner", parent=parent)

        data = detail(site.guest, child)

        assert data["parentId"] == parent
        assert data["meta"]["links"] == [{"rel": "self", "href": f"{PATH}/{child}"},
                                         {"rel": "site", "href": f"/api/v1/sites/{site.id}"}], "no parent in a detail"

    @pytest.mark.parametrize("parent", [None, 0])
    def test_without_parent_it_goes_under_the_root(self, site, parent):
        body = {"title": "No parent", "description": "x"}
        if parent is not None:
            body["parentId"] = parent
        reply = site.owner.post(PATH, body)

        if parent == 0 and reply.status == 400:
            return  # refusing it is as good: there must be no second root
        assert reply.status == 302
        assert detail(site.guest, reply.id)["parentId"] == site.root
        assert [link for link in tree(site.guest) if link["level"] == 1] == [tree(site.guest)[0]]

    @pytest.mark.parametrize("sent, shown", [("public", "public"), ("protected", "protected"), ("private", "private"),
                                             ("secret", "public"), ("", "public"), ("PRIVATE", None)])
    def test_visibility(self, site, sent, shown):
        visibility = detail(site.guest, site.microcosm(visibility=sent))["visibility"]

        assert visibility == shown if shown else visibility in ("public", "private")

    @pytest.mark.parametrize("sent, shown", [
        (["conversation"], ["conversation"]), ([], []), (["conversation", "nonsense"], ["conversation"]),
        (["nonsense"], []),
        (["microcosm", "conversation", "event", "poll"], ["microcosm", "conversation", "event", "poll"]),
    ])
    def test_item_types(self, site, sent, shown):
        assert detail(site.guest, site.microcosm(itemTypes=sent))["itemTypes"] == shown

    @pytest.mark.parametrize("sent, shown", [
        ("https://img.example/logo.png", "https://img.example/logo.png"),
        ("http://img.example/a b.png", "http://img.example/a%20b.png"),
        ("/static/logo.png", "/static/logo.png"), ("", None), ("/api/v1/files/microcosms/3.svg", None),
        ("/api/v1/files/sites/1.svg", None),
    ])
    def test_logo(self, site, sent, shown):
        made = site.microcosm(logoUrl=sent)
        assert detail(site.guest, made)["logoUrl"] == (shown or f"/api/v1/files/microcosms/{made}.svg")

    @pytest.mark.parametrize("logo", ["javascript:alert(1)", "JAVASCRIPT:alert(1)", " javascript:alert(1)",
                                      "java\tscript:alert(1)", "data:text/html,x", "ftp://img.example/x",
                                      "mailto:a@b.example",
                                      "http://[bad", "https://img.example/" + "a" * 2000, "//[", "%zz"])
    def test_logo_that_is_none(self, site, logo):
        site.owner.post(PATH, {"title": "Logo", "description": "x", "logoUrl": logo}, expect=400)

    @pytest.mark.parametrize("body", [
        {}, {"title": "x"}, {"description": "x"}, {"title": "", "description": "x"},
        {"title": "x", "description": "  "},
        {"title": "x" * 51, "description": "x"}, {"title": "é" * 51, "description": "x"},
        {"title": "x", "description": "x", "itemTypes": "conversation"},
        {"title": "x", "description": "x", "itemTypes": [1]},
        {"title": "x", "description": "x", "parentId": -1},
    ])
    def test_what_is_missing_or_wrong(self, site, body):
        site.owner.post(PATH, body, expect=400)

    def test_the_longest_title(self, site):
        assert detail(site.guest, site.microcosm("é" * 50))["title"] == "é" * 50

    def test_a_long_description(self, site):
        text = "word " * 20000

        assert detail(site.guest, site.microcosm(description=text))["description"] == text

    @pytest.mark.parametrize("parent", [888888888, "other site"])
    def test_unknown_parents(self, site, other_site, parent):
        parent = other_site.root if parent == "other site" else parent

        site.owner.post(PATH, {"title": "Lost", "description": "x", "parentId": parent}, expect={400, 404})

    def test_under_a_deleted_one(self, site, microcosm):
        site.owner.delete(f"{PATH}/{microcosm}", expect=200)

        site.owner.post(PATH, {"title": "Lost", "description": "x", "parentId": microcosm}, expect={400, 404})

    def test_members_may_not_unless_the_site_lets_them(self, daemon):
        site = harness.Site(daemon)
        mira = site.person("mira")
        body = {"title": "By a member", "description": "x"}
        site.guest.post(PATH, body, expect=403)
        mira.post(PATH, body, expect=403)

        site.sql("UPDATE microcosm.sites SET only_admins_create_microcosms = false WHERE site_id = %s", site.id)
        made = harness.wait_until(lambda: (lambda reply: reply.status == 302 and reply)(mira.post(PATH, body))).id

        site.guest.post(PATH, body, expect=403)
        permissions = detail(mira, made)["meta"]["permissions"]
        assert permissions["owner"] and permissions["moderator"] and permissions["update"] and permissions["delete"]
        mira.put(f"{PATH}/{made}", {"title": "Still mine", "meta": {"editReason": "x"}}, expect=302)
        site.close()


# Changing


class TestEdit:
    def edit(self, client, microcosm, expect=302, **fields):
        return client.put(f"{PATH}/{microcosm}", {"meta": {"editReason": "a reason"}, **fields}, expect=expect)

    def test_leaves_a_trace(self, site, microcosm):
        reply = self.edit(site.owner, microcosm, title="New name", description="New text")

        assert reply.location == f"{PATH}/{microcosm}"
        data = detail(site.guest, microcosm)
        assert (data["title"], data["description"]) == ("New name", "New text")
        assert data["meta"]["editedBy"]["id"] == site.owner.profile_id
        assert data["meta"]["editReason"] == "a reason"
        assert harness.when(data["meta"]["edited"]) > harness.when(data["meta"]["created"])

    @pytest.mark.parametrize("meta", [None, {}, {"editReason": ""}, {"editReason": "   "}, {"editReason": "<b></b>"},
                                      {"editReason": "x" * 151}])
    def test_needs_a_reason_each_time(self, site, microcosm, meta):
        self.edit(site.owner, microcosm)
        body = {"title": "New name"}
        if meta is not None:
            body["meta"] = meta

        site.owner.put(f"{PATH}/{microcosm}", body, expect=400)

        assert detail(site.guest, microcosm)["title"] != "New name"

    def test_takes_a_logo_away(self, site):
        microcosm = site.microcosm(logoUrl="https://img.example/logo.png")

        self.edit(site.owner, microcosm, removeLogo=True)

        data = detail(site.guest, microcosm)
        assert data["logoUrl"] == f"/api/v1/files/microcosms/{microcosm}.svg"
        assert "removeLogo" not in data

    @pytest.mark.parametrize("fields", [{"title": ""}, {"title": "x" * 51}, {"description": " "},
                                        {"logoUrl": "javascript:alert(1)"}, {"title": 1}])
    def test_of_wrong_fields(self, site, microcosm, fields):
        self.edit(site.owner, microcosm, expect=400, **fields)

    def test_ignores_the_id_in_the_body(self, site, microcosm):
        other = site.microcosm("Untouched")

        self.edit(site.owner, microcosm, id=other, title="Touched")

        assert detail(site.guest, other)["title"] == "Untouched"
        assert detail(site.guest, microcosm)["title"] == "Touched"

    def test_moves_the_whole_subtree(self, site):
        old, new = site.microcosm("Old place"), site.microcosm("New place")
        moved = site.microcosm("Moved", parent=old)
        below = site.microcosm("Below", parent=moved)
        conversation = site.conversation(below)

        self.edit(site.owner, moved, parentId=new)

        assert detail(site.guest, moved)["parentId"] == new
        assert ("microcosm", moved) in listed(site.guest, new)
        assert ("microcosm", moved) not in listed(site.guest, old)
        crumbs = site.guest.get(f"/api/v1/conversations/{conversation}").data["breadcrumb"]
        assert [(crumb["id"], crumb["level"]) for crumb in crumbs] == [(new, 2), (moved, 3), (below, 4)]
        levels = {link["id"]: (link["level"], link["parentId"]) for link in tree(site.guest)[1:]}
        assert levels[below] == (4, moved)

    def test_moving_changes_who_may_read(self, site, mira):
        closed = site.closed_microcosm(insiders=[mira])
        tomas = site.newcomer()
        moved = site.microcosm()
        conversation = site.conversation(moved)
        tomas.get(f"/api/v1/conversations/{conversation}", expect=200)

        self.edit(site.owner, moved, parentId=closed)

        tomas.get(f"/api/v1/conversations/{conversation}", expect=403)
        mira.get(f"/api/v1/conversations/{conversation}", expect=200)
        self.edit(site.owner, moved, parentId=site.root)
        tomas.get(f"/api/v1/conversations/{conversation}", expect=200)

    def test_never_moves_below_itself(self, site, microcosm):
        child = site.microcosm(parent=microcosm)
        grandchild = site.microcosm(parent=child)

        for parent in (microcosm, child, grandchild):
            self.edit(site.owner, microcosm, expect=400, parentId=parent)
        assert detail(site.guest, grandchild)["parentId"] == child

    @pytest.mark.parametrize("parent", [888888888, "other site"])
    def test_unknown_parents(self, site, other_site, microcosm, parent):
        parent = other_site.root if parent == "other site" else parent

        self.edit(site.owner, microcosm, expect={400, 404}, parentId=parent)

    def test_0_is_the_top(self, site, microcosm):
        below = site.microcosm(parent=microcosm)
        self.edit(site.owner, below)
        assert detail(site.guest, below)["parentId"] == microcosm
        for number in (below, site.root):
            self.edit(site.owner, number, parentId=0)
        assert detail(site.guest, below)["parentId"] == site.root
        assert "parentId" not in detail(site.guest, site.root)

    def test_never_moves_the_root(self, site, microcosm):
        self.edit(site.owner, site.root, expect={400, 403}, parentId=microcosm)

        assert tree(site.guest)[0]["id"] == site.root
        self.edit(site.owner, site.root, title="The harbour")
        assert site.guest.get(PATH).data["title"] == "The harbour"

    def test_moving_needs_create_on_the_new_parent(self, site):
        keeper = site.newcomer()
        own = site.microcosm()
        site.sql("UPDATE microcosm.microcosms SET owned_by = %s WHERE site_id = %s AND microcosm_id = %s",
                 keeper.profile_id, site.id, own)
        readable = site.microcosm()
        site.role(readable, ("read",), users=True)
        closed = site.closed_microcosm()
        self.edit(keeper, own, title="My own")

        self.edit(keeper, own, expect={400, 403}, parentId=readable)
        self.edit(keeper, own, expect={400, 403, 404}, parentId=closed)

        assert detail(site.owner, own)["parentId"] == site.root

    def test_of_an_unknown_one(self, site, mira, other_site):
        for person in (site.guest, mira, site.owner):
            self.edit(person, 888888888, expect=404)
            self.edit(person, other_site.root, expect=404)


class TestPatchAndDelete:
    @pytest.mark.parametrize("flag, value", [("sticky", True), ("open", False)])
    def test_flags(self, site, microcosm, flag, value):
        site.owner.set_flag(f"{PATH}/{microcosm}", flag, value, expect=200)

        meta = detail(site.guest, microcosm)["meta"]
        assert meta["flags"][flag] is value
        assert flag in meta["editReason"].lower()

    def test_delete_hides_and_happens_once(self, site, microcosm):
        conversation = site.conversation(microcosm)
        comment = site.comment(conversation)

        site.owner.delete(f"{PATH}/{microcosm}", expect=200)

        site.owner.delete(f"{PATH}/{microcosm}", expect=404)
        site.guest.get(f"{PATH}/{microcosm}", expect=404)
        assert site.owner.get(f"{PATH}/{microcosm}", expect=200).data["meta"]["flags"]["deleted"] is True
        site.guest.get(f"/api/v1/conversations/{conversation}", expect=404)
        site.guest.get(f"/api/v1/comments/{comment}", expect=404)
        assert site.sql("SELECT is_deleted FROM microcosm.items WHERE site_id = %s AND item_id = %s",
                        site.id, conversation) == [(False,)], "the records in it are kept"

    def test_delete_of_an_unknown_one(self, site, mira, other_site):
        for microcosm in (888888888, other_site.root):
            site.guest.delete(f"{PATH}/{microcosm}", expect=403)
            mira.delete(f"{PATH}/{microcosm}", expect=403)
            site.owner.delete(f"{PATH}/{microcosm}", expect=404)
        other_site.guest.get(f"{PATH}/{other_site.root}", expect=200)

    def test_the_root_stays(self, site):
        site.owner.delete(f"{PATH}/{site.root}", expect=403)

        site.guest.get(PATH, expect=200)

    def test_the_root_cannot_be_hidden_by_patch(self, site):
        reply = site.owner.set_flag(f"{PATH}/{site.root}", "deleted", True)
        if reply.status == 200:  # not forbidden by docs/http, but then there has to be a way back
            site.owner.set_flag(f"{PATH}/{site.root}", "deleted", False, expect=200)
        site.guest.get(PATH, expect=200)


# Reading


def test_the_root_is_the_list_of_all(site):
    data = site.guest.get(PATH, expect=200).data

    assert data["id"] == site.root
    assert "parentId" not in data and "breadcrumb" not in data
    assert data["meta"]["links"][0] == {"rel": "self", "href": PATH}
    assert data["items"]["type"] == "/api/v1/comments"
    assert detail(site.guest, site.root)["id"] == site.root


def test_a_new_site_has_its_root(other_site):
    data = other_site.guest.get(PATH, expect=200).data

    assert data["title"] == "Forums"
    assert data["itemTypes"] == ["microcosm", "conversation", "event"]
    assert data["items"]["total"] == 0
    assert data["meta"]["createdBy"]["id"] == other_site.owner.profile_id


def test_permissions_are_the_callers(site, mira, microcosm):
    def true(client):
        return [key for key, value in detail(client, microcosm)["meta"]["permissions"].items() if value]

    assert true(site.guest) == ["read", "guest"]
    assert true(mira) == ["create", "read", "closeOwn", "readOthers"]
    assert true(site.owner) == ["create", "read", "update", "delete", "closeOwn", "openOwn", "readOthers",
                                "owner", "moderator", "siteOwner"]


class TestItems:
    def test_sticky_first_then_microcosms_then_newest_activity(self, site):
        place = site.microcosm()
        first, second, third = (site.conversation(place) for _ in range(3))
        child, pinned_child = site.microcosm(parent=place), site.microcosm(parent=place)
        pinned = site.conversation(place)
        for path in (f"/api/v1/conversations/{pinned}", f"{PATH}/{pinned_child}"):
            site.owner.set_flag(path, "sticky", True, expect=200)
        site.comment(first)

        entries = listed(site.guest, place)

        assert set(entries[:2]) == {("conversation", pinned), ("microcosm", pinned_child)}
        assert entries[2:] == [("microcosm", child), ("conversation", first), ("conversation", third),
                               ("conversation", second)]

    def test_new_microcosms_by_newest_activity(self, site):
        place = site.microcosm()
        first, second, third = (site.microcosm(parent=place) for _ in range(3))
        site.conversation(first)

        assert listed(site.guest, place) == [("microcosm", first), ("microcosm", third), ("microcosm", second)]

    def test_bigger_ones_first_once_they_were_counted(self, site):
        place = site.microcosm()
        small, big, new = (site.microcosm(parent=place) for _ in range(3))
        for microcosm, rank in ((small, 2), (big, 1)):
            site.sql("UPDATE microcosm.microcosm_counters SET size_rank = %s WHERE site_id = %s AND microcosm_id = %s",
                     rank, site.id, microcosm)

        entries = [number for _, number in listed(site.guest, place)]

        assert entries[2] == new
        assert set(entries[:2]) == {small, big}

    def test_paging_over_both_kinds(self, site):
        place = site.microcosm()
        children = [site.microcosm(parent=place) for _ in range(4)]
        conversations = [site.conversation(place) for _ in range(5)]
        wanted = [("microcosm", number) for number in reversed(children)]
        wanted += [("conversation", number) for number in reversed(conversations)]

        seen = []
        for offset in (0, 5):
            page = site.guest.get(f"{PATH}/{place}?limit=5&offset={offset}", expect=200).data["items"]
            assert page["total"] == 9
            seen += [(entry["itemType"], entry["item"]["id"]) for entry in page["items"]]

        assert seen == wanted

    def test_hidden_things_are_left_out(self, site, microcosm):
        shown = site.conversation(microcosm)
        for kind, path in (("conversation", "/api/v1/conversations"), ("microcosm", PATH)):
            for flag in ("deleted", "moderated"):
                thing = site.conversation(microcosm) if kind == "conversation" else site.microcosm(parent=microcosm)
                site.owner.set_flag(f"{path}/{thing}", flag, True, expect=200)

        assert listed(site.guest, microcosm) == [("conversation", shown)]
        assert listed(site.owner, microcosm) == [("conversation", shown)]

    def test_what_one_may_not_read_is_left_out(self, site, mira, tomas, microcosm):
        closed = site.closed_microcosm(insiders=[mira], parent=microcosm)

        assert listed(mira, microcosm) == [("microcosm", closed)]
        assert listed(site.owner, microcosm) == [("microcosm", closed)]
        assert listed(tomas, microcosm) == []
        assert listed(site.guest, microcosm) == []


class TestSummary:
    def test_of_a_microcosm(self, site, mira, tomas):
        outer = site.microcosm("Outer")
        place = site.microcosm("Place", parent=outer, description="Ropes & wires")
        inner = site.microcosm("Inner", parent=place, logoUrl="https://img.example/k.png")
        plain = site.microcosm("Plain", parent=place)
        first = site.conversation(place, by=mira)
        site.comment(first, by=tomas)
        newest = site.conversation(inner, "Which knot?", by=mira)
        last = site.comment(newest, by=tomas)

        data = summary(site.guest, place, outer)

        assert data["title"] == "Place" and data["description"] == "Ropes &amp; wires"
        assert data["parentId"] == outer
        assert [crumb["id"] for crumb in data["breadcrumb"]] == [outer]
        assert data["totalItems"] == 2
        assert data["totalComments"] == 2
        assert data["children"] == [
            {"rel": "microcosm child", "href": f"{PATH}/{inner}", "title": "Inner",
             "logoUrl": "https://img.example/k.png", "id": inner},
            {"rel": "microcosm child", "href": f"{PATH}/{plain}", "title": "Plain", "id": plain}]
        assert data["meta"]["links"] == [{"rel": "self", "href": f"{PATH}/{place}"},
                                         {"rel": "parent", "href": f"{PATH}/{outer}", "title": "Outer"},
                                         {"rel": "site", "href": f"/api/v1/sites/{site.id}"}]
        recent = data["mostRecentUpdate"]
        assert list(recent) == ["itemType", "item"] and recent["itemType"] == "conversation"
        item = recent["item"]
        assert item["id"] == newest and item["title"] == "Which knot?" and item["microcosmId"] == inner
        assert [crumb["id"] for crumb in item["breadcrumb"]] == [outer, place, inner]
        assert item["totalComments"] == 1
        assert list(item["lastComment"]) == ["id", "created", "createdBy"]
        assert item["lastComment"]["id"] == last
        assert item["lastComment"]["createdBy"]["id"] == tomas.profile_id
        assert list(item["meta"]["flags"]) == ["sticky", "open", "deleted", "moderated", "visible"]
        assert item["meta"]["links"] == [{"rel": "self", "href": f"/api/v1/conversations/{newest}"},
                                         {"rel": "microcosm", "href": f"{PATH}/{inner}", "title": "Inner"}]

    def test_of_an_empty_one(self, site, microcosm):
        child = site.microcosm(parent=microcosm)

        data = summary(site.guest, child, microcosm)

        assert data["totalItems"] == 0 and data["totalComments"] == 0
        assert "mostRecentUpdate" not in data and "children" not in data

    def test_children_by_stickiness_comments_and_title(self, site, microcosm):
        place = site.microcosm(parent=microcosm)
        names = {name: site.microcosm(name, parent=place) for name in ("Beta", "Alpha", "Busy", "Pinned")}
        for _ in range(2):
            site.comment(site.conversation(names["Busy"]))
        site.owner.set_flag(f"{PATH}/{names['Pinned']}", "sticky", True, expect=200)

        children = summary(site.guest, place, microcosm)["children"]

        assert [child["title"] for child in children] == ["Pinned", "Busy", "Alpha", "Beta"]

    def test_counts_follow_what_happens(self, site, microcosm):
        place = site.microcosm(parent=microcosm)
        first, second = site.conversation(place), site.conversation(place)
        comments = [site.comment(first), site.comment(first), site.comment(second)]

        def counts():
            data = summary(site.guest, place, microcosm)
            return data["totalItems"], data["totalComments"]

        assert counts() == (2, 3)
        site.owner.delete(f"/api/v1/comments/{comments[0]}", expect=200)
        assert counts() == (2, 2)
        site.owner.delete(f"/api/v1/comments/{comments[0]}", expect=200)
        assert counts() == (2, 2), "once only"
        site.owner.delete(f"/api/v1/conversations/{second}", expect=200)
        assert counts()[0] == 1
        site.owner.delete(f"/api/v1/conversations/{second}", expect=200)
        assert counts()[0] == 1, "once only"

    def test_counts_leave_out_hidden_and_closed_descendants(self, site, mira, tomas, microcosm):
        place = site.microcosm(parent=microcosm)
        site.comment(site.conversation(place))
        hidden = site.microcosm(parent=place)
        closed = site.closed_microcosm(insiders=[mira], parent=place)
        for inside in (hidden, closed):
            site.comment(site.conversation(inside))
        site.owner.delete(f"{PATH}/{hidden}", expect=200)

        def counts(client):
            data = summary(client, place, microcosm)
            return data["totalItems"], data["totalComments"]

        assert counts(mira) == (2, 2)
        assert counts(tomas) == (1, 1), "what one may not read is not counted either"
        assert counts(site.guest) == (1, 1)

    def test_the_most_recent_update_is_the_viewers(self, site, mira, tomas, microcosm):
        place = site.microcosm(parent=microcosm)
        public = site.conversation(place, "For all")
        closed = site.closed_microcosm(insiders=[mira], parent=place)
        secret = site.conversation(closed, "For some")

        def recent(client):
            return summary(client, place, microcosm)["mostRecentUpdate"]["item"]["id"]

        for _ in range(2):  # whoever looks first must not decide for the others
            assert recent(mira) == secret
            assert recent(tomas) == public
            assert recent(site.guest) == public
            assert recent(site.owner) == secret

    def test_the_most_recent_update_follows_comments_and_hiding(self, site, microcosm):
        place = site.microcosm(parent=microcosm)
        first, second = site.conversation(place), site.conversation(place)

        def recent():
            return summary(site.guest, place, microcosm)["mostRecentUpdate"]["item"]["id"]

        assert recent() == second
        comment = site.comment(first)
        assert recent() == first
        site.owner.delete(f"/api/v1/comments/{comment}", expect=200)
        assert recent() == second, "without the comment its creation counts again"
        site.owner.set_flag(f"/api/v1/conversations/{second}", "moderated", True, expect=200)
        assert recent() == first

    def test_edits_do_not_bump(self, site, microcosm):
        first, second = site.conversation(microcosm), site.conversation(microcosm)

        site.owner.put(f"/api/v1/conversations/{first}", {"title": "Edited", "meta": {"editReason": "x"}}, expect=302)

        assert listed(site.guest, microcosm) == [("conversation", second), ("conversation", first)]


class TestTree:
    def test_is_flat_and_depth_first(self, daemon):
        site = harness.Site(daemon)
        first = site.microcosm("First")
        second = site.microcosm("Second")
        below = site.microcosm("Below", parent=first)
        deeper = site.microcosm("Deeper", parent=below)

        assert tree(site.guest) == [
            {"rel": "microcosm", "href": PATH, "title": "Forums", "id": site.root, "level": 1},
            {"rel": "microcosm", "href": f"{PATH}/{first}", "title": "First", "id": first, "level": 2,
             "parentId": site.root},
            {"rel": "microcosm", "href": f"{PATH}/{below}", "title": "Below", "id": below, "level": 3,
             "parentId": first},
            {"rel": "microcosm", "href": f"{PATH}/{deeper}", "title": "Deeper", "id": deeper, "level": 4,
             "parentId": below},
            {"rel": "microcosm", "href": f"{PATH}/{second}", "title": "Second", "id": second, "level": 2,
             "parentId": site.root}]
        site.close()

    def test_leaves_out_what_one_may_not_read(self, site, mira, tomas, microcosm):
        closed = site.closed_microcosm(insiders=[mira], parent=microcosm)
        open_again = site.microcosm(parent=closed)
        site.role(open_again, ("read",), users=True)
        site.role(open_again, ("read",), guests=True)

        ids = {client: [link["id"] for link in tree(client)] for client in (site.guest, mira, tomas, site.owner)}

        assert closed in ids[mira] and closed in ids[site.owner]
        assert closed not in ids[tomas] and closed not in ids[site.guest]
        assert all(open_again in seen for seen in ids.values()), "a readable child of an unreadable parent is listed"

    def test_shows_changes_at_once(self, site, microcosm):
        site.owner.put(f"{PATH}/{microcosm}", {"title": "Renamed", "meta": {"editReason": "x"}}, expect=302)
        assert "Renamed" in [link["title"] for link in tree(site.guest)]

        site.owner.delete(f"{PATH}/{microcosm}", expect=200)
        assert microcosm not in [link["id"] for link in tree(site.guest)]
