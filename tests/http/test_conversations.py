"""Conversations: conversations.md."""

import contextlib

import pytest

import harness

PATH = "/api/v1/conversations"


def detail(client, conversation, query=""):
    return client.get(f"{PATH}/{conversation}{query}", expect=200).data


def collection(client, query=""):
    return client.get(f"{PATH}{query}", expect=200).data


def listed(client):
    """Ids of all conversations that somebody gets listed, page by page."""
    found, offset = [], 0
    while True:
        page = collection(client, f"?limit=100&offset={offset}")["conversations"]
        found += [item["id"] for item in page["items"]]
        if offset >= page["maxOffset"]:
            return found
        offset += 100


class TestCreate:
    def test_leads_to_the_new_one(self, site, mira, microcosm):
        reply = mira.post(PATH, {"microcosmId": microcosm, "title": "Which knot?"}, expect=302)

        assert reply.location == f"{PATH}/{reply.id}"
        data = detail(site.guest, reply.id)
        assert data["id"] == reply.id and data["title"] == "Which knot?" and data["microcosmId"] == microcosm
        assert data["comments"]["items"] == []
        meta = data["meta"]
        assert meta["createdBy"]["id"] == mira.profile_id
        assert meta["flags"] == {"sticky": False, "open": True, "deleted": False, "moderated": False, "visible": True}
        title = site.guest.get(f"/api/v1/microcosms/{microcosm}").data["title"]
        assert meta["links"] == [{"rel": "self", "href": f"{PATH}/{reply.id}"},
                                 {"rel": "microcosm", "href": f"/api/v1/microcosms/{microcosm}", "title": title}]
        assert "edited" not in meta and "editedBy" not in meta and "editReason" not in meta

    def test_flags_in_the_body_are_ignored(self, site, mira, microcosm):
        body = {"microcosmId": microcosm, "title": "Look at me",
                "meta": {"flags": {"sticky": True, "open": False, "deleted": True, "moderated": True,
                                   "visible": False}}}

        created = mira.post(PATH, body, expect=302).id

        assert detail(site.guest, created)["meta"]["flags"] == {
            "sticky": False, "open": True, "deleted": False, "moderated": False, "visible": True}

    @pytest.mark.parametrize("title", ["", "   ", "x" * 151, "é" * 151, None, 5, ["x"], "<i></i>"])
    def test_titles_that_are_none(self, mira, microcosm, title):
        mira.post(PATH, {"microcosmId": microcosm, "title": title}, expect=400)

    def test_the_longest_title(self, site, mira, microcosm):
        title = "é" * 149 + "漢"

        assert detail(site.guest, site.conversation(microcosm, title, by=mira))["title"] == title

    @pytest.mark.parametrize("missing", [True, False], ids=["missing", "unknown"])
    def test_without_a_microcosm(self, site, mira, missing):
        body = {"title": "Where am I"}
        if not missing:
            body["microcosmId"] = 888888888

        site.guest.post(PATH, body, expect={400, 403} if missing else 403)
        mira.post(PATH, body, expect={400, 403} if missing else 403)
        site.owner.post(PATH, body, expect={400, 404} if missing else 404)

    @pytest.mark.parametrize("number", [0, -1])
    def test_with_no_id_for_a_microcosm(self, site, mira, number):
        mira.post(PATH, {"microcosmId": number, "title": "Where am I"}, expect={400, 403})
        site.owner.post(PATH, {"microcosmId": number, "title": "Where am I"}, expect={400, 404})

    def test_on_another_site(self, site, mira, other_site):
        body = {"microcosmId": other_site.root, "title": "Over the fence"}

        mira.post(PATH, body, expect=403)
        site.owner.post(PATH, body, expect=404)
        assert other_site.guest.get("/api/v1/microcosms").data["items"]["total"] == 0

    @pytest.mark.parametrize("flag", ["deleted", "moderated"])
    def test_in_a_hidden_microcosm(self, site, mira, microcosm, flag):
        site.owner.set_flag(f"/api/v1/microcosms/{microcosm}", flag, True, expect=200)

        mira.post(PATH, {"microcosmId": microcosm, "title": "In the dark"}, expect={400, 403, 404})

    def test_without_the_right(self, site, mira):
        reading = site.microcosm()
        site.role(reading, ("read",), users=True)

        mira.post(PATH, {"microcosmId": reading, "title": "May I"}, expect=403)
        site.guest.post(PATH, {"microcosmId": site.root, "title": "May I"}, expect=403)

    def test_in_the_root(self, site, mira):
        assert detail(site.guest, site.conversation(site.root, by=mira))["breadcrumb"] == []

    def test_counts_for_the_author(self, site, microcosm):
        author = site.newcomer()

        def count():
            return site.guest.get(f"/api/v1/profiles/{author.profile_id}").data["itemCount"]

        assert count() == 0
        created = site.conversation(microcosm, by=author)
        assert count() == 1
        site.owner.delete(f"{PATH}/{created}", expect=200)
        assert count() == 0


class TestEdit:
    def edit(self, client, conversation, expect=302, **fields):
        return client.put(f"{PATH}/{conversation}", {"meta": {"editReason": "a reason"}, **fields}, expect=expect)

    def test_leaves_a_trace(self, site, mira, conversation):
        reply = self.edit(mira, conversation, title="Which bend?")

        assert reply.location == f"{PATH}/{conversation}"
        data = detail(site.guest, conversation)
        assert data["title"] == "Which bend?"
        assert data["meta"]["editReason"] == "a reason"
        assert data["meta"]["editedBy"]["id"] == mira.profile_id
        assert data["meta"]["createdBy"]["id"] == mira.profile_id

    @pytest.mark.parametrize("meta", [None, {}, {"editReason": ""}, {"editReason": "  "}, {"editReason": "x" * 151},
                                      {"editReason": 5}])
    def test_needs_a_reason_each_time(self, site, mira, conversation, meta):
        self.edit(mira, conversation, title="First edit")
        body = {"title": "Second edit"}
        if meta is not None:
            body["meta"] = meta

        mira.put(f"{PATH}/{conversation}", body, expect=400)

        assert detail(site.guest, conversation)["title"] == "First edit"

    @pytest.mark.parametrize("fields", [{"title": ""}, {"title": " "}, {"title": "x" * 151}, {"title": 1},
                                        {"microcosmId": "x"}, {"microcosmId": 1.5}])
    def test_of_wrong_fields(self, mira, conversation, fields):
        self.edit(mira, conversation, expect=400, **fields)

    def test_ignores_the_id_in_the_body(self, site, mira, tomas, microcosm, conversation):
        other = site.conversation(microcosm, "Not mine", by=tomas)

        self.edit(mira, conversation, id=other, title="Mine")

        assert detail(site.guest, other)["title"] == "Not mine"
        assert detail(site.guest, conversation)["title"] == "Mine"

    def test_moves_the_comments_along(self, site, mira, microcosm, conversation):
        comment = site.comment(conversation, by=mira)
        target = site.microcosm("New home")

        self.edit(mira, conversation, microcosmId=target)

        data = detail(site.guest, conversation)
        assert data["microcosmId"] == target
        assert [crumb["id"] for crumb in data["breadcrumb"]] == [target]
        assert [item["id"] for item in data["comments"]["items"]] == [comment]
        entries = site.guest.get(f"/api/v1/microcosms/{target}").data["items"]["items"]
        assert [entry["item"]["id"] for entry in entries] == [conversation]
        assert site.guest.get(f"/api/v1/microcosms/{microcosm}").data["items"]["total"] == 0

    def test_moving_changes_who_may_read(self, site, mira, tomas, conversation):
        comment = site.comment(conversation, by=mira)
        closed = site.closed_microcosm(insiders=[mira])

        self.edit(mira, conversation, microcosmId=closed)

        tomas.get(f"{PATH}/{conversation}", expect=403)
        tomas.get(f"/api/v1/comments/{comment}", expect=403)
        assert conversation not in listed(tomas)
        mira.get(f"{PATH}/{conversation}", expect=200)

    def test_moving_needs_create_there(self, site, mira, conversation):
        reading = site.microcosm()
        site.role(reading, ("read",), users=True)

        self.edit(mira, conversation, expect=403, microcosmId=reading)
        self.edit(mira, conversation, expect={400, 403, 404}, microcosmId=site.closed_microcosm())
        self.edit(site.owner, conversation, microcosmId=reading)

    @pytest.mark.parametrize("target", [888888888, "other site"])
    def test_never_moves_to_nowhere(self, site, other_site, mira, microcosm, conversation, target):
        target = other_site.root if target == "other site" else target

        self.edit(mira, conversation, expect={400, 403, 404}, microcosmId=target)
        self.edit(site.owner, conversation, expect={400, 404}, microcosmId=target)

        assert detail(site.guest, conversation)["microcosmId"] == microcosm

    def test_of_an_unknown_one(self, site, mira, other_site):
        foreign = other_site.conversation(other_site.root)
        for person in (site.guest, mira, site.owner):
            self.edit(person, 888888888, expect=404)
            self.edit(person, foreign, expect=404)

    def test_by_others(self, site, tomas, conversation):
        self.edit(site.guest, conversation, expect=403)
        self.edit(tomas, conversation, expect=403)
        self.edit(site.owner, conversation)


class TestDelete:
    def test_happens_as_often_as_one_likes(self, site, conversation):
        for _ in range(3):
            site.owner.delete(f"{PATH}/{conversation}", expect=200)

    def test_of_an_unknown_one(self, site, mira):
        site.guest.delete(f"{PATH}/888888888", expect=403)
        mira.delete(f"{PATH}/888888888", expect=403)
        site.owner.delete(f"{PATH}/888888888", expect={200, 404})

    def test_is_not_for_authors(self, site, mira, conversation):
        mira.delete(f"{PATH}/{conversation}", expect=403)
        mira.set_flag(f"{PATH}/{conversation}", "deleted", True, expect=403)

        site.guest.get(f"{PATH}/{conversation}", expect=200)


class TestPermissions:
    def true(self, client, conversation):
        return [key for key, value in detail(client, conversation)["meta"]["permissions"].items() if value]

    def test_of_those_around(self, site, mira, tomas, conversation):
        assert self.true(site.guest, conversation) == ["read", "guest"]
        assert self.true(tomas, conversation) == ["create", "read", "closeOwn", "readOthers"]
        assert self.true(mira, conversation) == ["create", "read", "update", "closeOwn", "readOthers", "owner"]
        assert self.true(site.owner, conversation) == [
            "create", "read", "update", "delete", "closeOwn", "openOwn", "readOthers", "moderator", "siteOwner"]


class TestClosed:
    def test_takes_no_comments_but_of_moderators(self, site, mira, tomas, conversation):
        mira.set_flag(f"{PATH}/{conversation}", "open", False, expect=200)
        body = {"itemType": "conversation", "itemId": conversation, "markdown": "One more"}

        for person in (tomas, mira):
            reply = person.post("/api/v1/comments", body, expect=403)
            assert reply.data["errorCode"] == 17
            assert reply.data["siteId"] == site.id and reply.data["profileId"] == person.profile_id
        site.owner.post("/api/v1/comments", body, expect=302)

        assert detail(site.guest, conversation)["comments"]["total"] == 1

    def test_can_be_opened_again_by_its_author(self, site, mira, tomas, conversation):
        mira.set_flag(f"{PATH}/{conversation}", "open", False, expect=200)
        mira.set_flag(f"{PATH}/{conversation}", "open", True, expect=200)

        site.comment(conversation, by=tomas)

    def test_comments_can_still_be_read_and_edited(self, site, mira, conversation):
        comment = site.comment(conversation, by=mira)
        mira.set_flag(f"{PATH}/{conversation}", "open", False, expect=200)

        site.guest.get(f"/api/v1/comments/{comment}", expect=200)
        assert detail(site.guest, conversation)["meta"]["flags"]["open"] is False


class TestCollection:
    def test_has_its_form(self, site, conversation):
        data = collection(site.guest)

        assert list(data) == ["conversations", "meta"]
        assert data["conversations"]["type"] == PATH
        assert data["meta"]["links"] == [{"rel": "self", "href": PATH}]
        assert "permissions" in data["meta"]

    def test_is_empty_on_a_new_site(self, daemon):
        site = harness.Site(daemon)

        data = collection(site.guest)

        assert data["conversations"]["items"] == [] and data["conversations"]["total"] == 0
        site.close()

    def test_lists_what_one_may_read(self, site, mira, tomas, microcosm):
        public = site.conversation(microcosm)
        closed = site.closed_microcosm(insiders=[mira])
        secret = site.conversation(closed)
        moderated, deleted = site.conversation(microcosm), site.conversation(microcosm)
        site.owner.set_flag(f"{PATH}/{moderated}", "moderated", True, expect=200)
        site.owner.delete(f"{PATH}/{deleted}", expect=200)

        for person, reads in ((site.guest, False), (tomas, False), (mira, True), (site.owner, True)):
            seen = listed(person)
            assert public in seen
            assert (secret in seen) is reads
            assert moderated not in seen and deleted not in seen
            assert len(set(seen)) == len(seen)

    def test_keeps_to_its_site(self, site, other_site, conversation):
        foreign = other_site.conversation(other_site.root)

        assert foreign not in listed(site.owner)
        assert conversation not in listed(other_site.owner)

    def test_sticky_first_then_newest_activity(self, daemon):
        site = harness.Site(daemon)
        first, second, third = (site.conversation(site.root) for _ in range(3))
        site.comment(first)
        site.owner.set_flag(f"{PATH}/{second}", "sticky", True, expect=200)

        assert listed(site.guest) == [second, first, third]
        site.close()

    def test_a_summary(self, site, mira, tomas, conversation):
        site.comment(conversation, by=mira)
        last = site.comment(conversation, by=tomas)

        item = next(item for item in collection(site.guest)["conversations"]["items"] if item["id"] == conversation)

        assert item["totalComments"] == 2
        assert item["lastComment"]["id"] == last
        assert item["lastComment"]["createdBy"]["id"] == tomas.profile_id
        assert item["lastComment"]["created"] == site.guest.get(f"/api/v1/comments/{last}").data["meta"]["created"]

    def test_the_last_comment_follows_deletes(self, site, mira, tomas, conversation):
        first, last = site.comment(conversation, by=mira), site.comment(conversation, by=tomas)

        def summary():
            return next(item for item in collection(site.guest)["conversations"]["items"] if item["id"] == conversation)

        site.owner.delete(f"/api/v1/comments/{last}", expect=200)
        assert summary()["lastComment"]["id"] == first and summary()["totalComments"] == 1
        site.owner.delete(f"/api/v1/comments/{first}", expect=200)
        assert "lastComment" not in summary() and summary()["totalComments"] == 0
        site.owner.set_flag(f"/api/v1/comments/{last}", "deleted", False, expect=200)
        assert summary()["lastComment"]["id"] == last


class TestPlaces:
    """lastcomment and newcomment: 307 to a page of the item."""

    @pytest.fixture
    def busy(self, site, mira, microcosm):
        conversation = site.conversation(microcosm, by=mira)
        return conversation, [site.comment(conversation, by=mira) for _ in range(12)]

    def test_last_comment(self, site, tomas, busy):
        conversation, comments = busy
        path = f"{PATH}/{conversation}"

        for person in (site.guest, tomas):
            assert person.get(f"{path}/lastcomment", expect=307).location == f"{path}?comment_id={comments[-1]}"
            assert person.get(f"{path}/lastcomment?limit=5", expect=307).location == \
                f"{path}?comment_id={comments[-1]}&limit=5&offset=10"
            assert person.get(f"{path}/lastcomment?limit=10", expect=307).location == \
                f"{path}?comment_id={comments[-1]}&limit=10&offset=10"

    def test_new_comment_of_a_guest_is_the_first(self, site, busy):
        conversation, comments = busy
        path = f"{PATH}/{conversation}"

        assert site.guest.get(f"{path}/newcomment", expect=307).location == f"{path}?comment_id={comments[0]}"
        assert site.guest.get(f"{path}/newcomment?limit=5", expect=307).location == \
            f"{path}?comment_id={comments[0]}&limit=5"

    def test_new_comment_of_who_has_read_all_is_the_last(self, site, busy):
        conversation, comments = busy
        path = f"{PATH}/{conversation}"
        reader = site.newcomer()  # who comes to a site has read all that is there

        assert reader.get(f"{path}/newcomment?limit=5", expect=307).location == \
            f"{path}?comment_id={comments[-1]}&limit=5&offset=10"

    def test_new_comment_of_who_has_read_some(self, site, busy):
        conversation, comments = busy
        path = f"{PATH}/{conversation}"
        reader = site.newcomer()
        new = [site.comment(conversation) for _ in range(4)]

        assert reader.get(f"{path}/newcomment?limit=5", expect=307).location == \
            f"{path}?comment_id={new[0]}&limit=5&offset=10"
        assert reader.get(f"{path}/newcomment", expect=307).location == f"{path}?comment_id={new[0]}"

    def test_other_parameters_stay_sorted(self, site, busy):
        conversation, comments = busy
        path = f"{PATH}/{conversation}"

        for which, comment in (("newcomment", comments[0]), ("lastcomment", comments[-1])):
            reply = site.guest.get(f"{path}/{which}?zebra=1&limit=25&apple=2&offset=0", expect=307)
            assert reply.location == f"{path}?apple=2&comment_id={comment}&zebra=1"

    @pytest.mark.parametrize("which", ["newcomment", "lastcomment"])
    def test_without_comments(self, site, conversation, which):
        path = f"{PATH}/{conversation}"

        assert site.guest.get(f"{path}/{which}", expect=307).location == path

    @pytest.mark.parametrize("which", ["newcomment", "lastcomment"])
    @pytest.mark.parametrize("query", ["limit=3", "limit=0", "limit=x", "limit=255", "offset=3", "offset=-5"])
    def test_what_fits_no_page_is_refused(self, site, conversation, which, query):
        site.guest.get(f"{PATH}/{conversation}/{which}?{query}", expect=400)

    @pytest.mark.parametrize("which", ["newcomment", "lastcomment"])
    def test_need_read(self, site, mira, tomas, which):
        secret = site.conversation(site.closed_microcosm(insiders=[mira]))
        path = f"{PATH}/{secret}/{which}"

        site.guest.get(path, expect=403)
        tomas.get(path, expect=403)
        mira.get(path, expect=307)
        site.owner.get(f"{PATH}/888888888/{which}", expect=404)

    @pytest.mark.parametrize("which", ["newcomment", "lastcomment"])
    def test_hidden_comments_do_not_count(self, site, busy, which):
        conversation, comments = busy
        path = f"{PATH}/{conversation}"
        for comment in comments[:1] + comments[-1:]:
            site.owner.delete(f"/api/v1/comments/{comment}", expect=200)
        wanted = comments[1] if which == "newcomment" else comments[-2]

        location = site.guest.get(f"{path}/{which}?limit=5", expect=307).location

        offset = "" if which == "newcomment" else "&offset=5"
        assert location == f"{path}?comment_id={wanted}&limit=5{offset}"

    @pytest.mark.parametrize("which", ["newcomment", "lastcomment"])
    def test_the_page_is_there_and_holds_it(self, site, busy, which):
        conversation, comments = busy
        location = site.guest.get(f"{PATH}/{conversation}/{which}?limit=5", expect=307).location

        ids = [item["id"] for item in site.guest.get(location, expect=200).data["comments"]["items"]]

        assert comments[0 if which == "newcomment" else -1] in ids

    def test_the_token_does_not_travel(self, site, mira, busy):
        location = site.guest.get(f"{PATH}/{busy[0]}/lastcomment?access_token={mira.token}", expect=307).location

        assert mira.token not in location


def test_views_are_counted_and_survive_a_stop(cluster, template):
    database = cluster.copy(template)
    daemon = harness.Daemon(database).start()
    site = harness.Site(daemon)
    try:
        conversation = site.conversation(site.root)
        for _ in range(3):
            site.guest.get(f"{PATH}/{conversation}", expect=200)
        site.owner.head(f"{PATH}/{conversation}", expect=200)
        daemon.stop()
        daemon.start()

        item = collection(site.guest)["conversations"]["items"][0]

        assert item["totalViews"] == 4
    finally:
        site.close()
        daemon.close()


def test_a_guests_read_writes_nothing():
    """The server gives out no transaction number to those who only read."""
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(contextlib.closing(harness.Cluster()))
        daemon = stack.enter_context(contextlib.closing(harness.Daemon(cluster.copy(cluster.migrated_template()))))
        site = stack.enter_context(contextlib.closing(harness.Site(daemon.start())))
        conversation = site.conversation(site.root)
        comment = site.comment(conversation)

        def next_transaction():
            return site.sql("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")[0][0]

        def nothing_is_written():
            before = next_transaction()
            for path in (f"{PATH}/{conversation}", PATH, "/api/v1/microcosms", "/api/v1/microcosms/tree",
                         f"/api/v1/comments/{comment}", "/api/v1/profiles", "/api/v1/site", "/api/v1/permission",
                         f"/api/v1/profiles/{site.owner.profile_id}", f"{PATH}/{conversation}/newcomment"):
                site.guest.get(path, expect={200, 307})
            return next_transaction() == before

        # Background work may come in between, such as writing what the owner's visit left; but not always.
        harness.wait_until(nothing_is_written, "guests to read without a write")
