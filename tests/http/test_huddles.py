"""Huddles: docs/http/huddles.md. Each statement about who sees what is asked of everybody."""

import itertools
import re

import pytest

import harness
from test_files import put

PATH = "/api/v1/huddles"
CANARY = "zqcanary"


class Crew:
    """A huddle with somebody of each standing towards it."""

    def __init__(self, site):
        self.site = site
        self.author, self.mate, self.left, self.stranger = (site.newcomer() for _ in range(4))
        self.huddle = self.author.post(PATH, {"title": f"{CANARY} title", "participants": [
            {"id": self.mate.profile_id}, {"id": self.left.profile_id}]}, expect=302).id
        self.path = f"{PATH}/{self.huddle}"
        self.first = site.comment(self.huddle, f"{CANARY} first", by=self.author, item_type="huddle")
        self.second = site.comment(self.huddle, f"{CANARY} second", by=self.mate, item_type="huddle", reply_to=self.first)
        self.own = site.comment(self.huddle, "said and gone", by=self.left, item_type="huddle", reply_to=self.second)
        self.left.delete(self.path, expect=200)
        self.insiders = (self.author, self.mate)
        self.outsiders = (site.guest, self.stranger, self.left, site.owner)


@pytest.fixture(scope="module")
def crew(site):
    return Crew(site)


def begin(person, title="Crew list", people=(), **fields):
    body = {"title": title, "participants": [{"id": other.profile_id} for other in people], **fields}
    return person.post(PATH, body, expect=302).id


def detail(person, huddle, query=""):
    return person.get(f"{PATH}/{huddle}{query}", expect=200).data


def ids(things):
    return [thing["id"] for thing in things]


def unread_count(person):
    (stat,) = person.get("/api/v1/whoami", expect=200).data["meta"]["stats"]
    assert stat["metric"] == "unreadHuddles"
    assert person.get(f"/api/v1/profiles/{person.profile_id}").data["meta"]["stats"] == [stat]
    return stat["value"]


def listed(person, query=""):
    return person.get(f"{PATH}{query}", expect=200).data["huddles"]


def rows(site, huddle):
    return sorted(number for number, in site.sql(
        "SELECT profile_id FROM microcosm.huddle_participants WHERE site_id = %s AND huddle_id = %s", site.id, huddle))


class TestRoutes:
    @pytest.mark.parametrize("path, allow", [
        (PATH, "OPTIONS,GET,HEAD,POST"), (f"{PATH}/1", "OPTIONS,GET,HEAD,DELETE"),
        (f"{PATH}/1/lastcomment", "OPTIONS,GET"), (f"{PATH}/1/newcomment", "OPTIONS,GET"),
        (f"{PATH}/1/participants", "OPTIONS,GET,HEAD,POST,PUT"),
        (f"{PATH}/1/participants/1", "OPTIONS,GET,HEAD,POST,PUT,DELETE")])
    def test_options(self, site, mira, path, allow):
        for person in (site.guest, mira):
            assert person.options(path, expect=200).header("Allow") == allow

    def test_there_is_no_edit(self, crew):
        for method in ("PUT", "PATCH"):
            crew.author.request(method, crew.path, json_body={"title": "Other"}, expect=405)
        crew.author.post(f"{crew.path}/participants", [], expect=405)
        crew.author.post(f"{crew.path}/participants/{crew.mate.profile_id}", {}, expect=405)
        crew.author.get(f"{crew.path}/markread", expect=404)

    def test_ids(self, mira):
        for path in (f"{PATH}/0", f"{PATH}/99999999999999999999", f"{PATH}/0/participants", f"{PATH}/1/participants/0"):
            mira.get(path, expect=400)


class TestCreate:
    def test_a_new_one(self, site, mira, tomas):
        huddle = begin(mira, "Crew list & more", [tomas], isConfidential=True)

        data = detail(tomas, huddle)

        assert data["id"] == huddle
        assert data["title"] == "Crew list &amp; more"
        assert data["isConfidential"] is True
        assert ids(data["participants"]) == [mira.profile_id, tomas.profile_id]
        assert data["comments"]["total"] == 0 and data["comments"]["items"] == []
        assert data["meta"]["createdBy"]["id"] == mira.profile_id
        assert data["meta"]["flags"] == {"watched": True, "sendEmail": False, "sendSMS": False}
        assert data["meta"]["links"] == [{"rel": "self", "href": f"{PATH}/{huddle}"}]
        assert data["meta"]["permissions"] == {
            "create": True, "read": True, "update": True, "delete": True, "closeOwn": False, "openOwn": False,
            "readOthers": False, "guest": False, "banned": False, "owner": False, "moderator": False, "siteOwner": False}
        assert detail(mira, huddle)["meta"]["permissions"]["owner"] is True

    def test_of_one_alone(self, mira):
        huddle = mira.post(PATH, {"title": "Notes"}, expect=302).id
        assert ids(detail(mira, huddle)["participants"]) == [mira.profile_id]
        assert detail(mira, huddle)["isConfidential"] is False

    @pytest.mark.parametrize("body", [
        {}, {"title": ""}, {"title": " "}, {"title": "x" * 151}, {"title": 5}, {"title": "T", "participants": {}},
        {"title": "T", "participants": [5]}, {"title": "T", "participants": [{"id": 0}]}, {"title": "T", "participants": [{}]},
        {"title": "T", "participants": [{"id": -1}]}, {"title": "T", "isConfidential": "yes"}, [],
        {"title": "T", "participants": [{"id": 1}] * 501}])
    def test_what_is_refused(self, site, mira, body):
        before = site.sql("SELECT count(*) FROM microcosm.huddles WHERE site_id = %s", site.id)
        mira.post(PATH, body, expect=400)
        assert site.sql("SELECT count(*) FROM microcosm.huddles WHERE site_id = %s", site.id) == before

    def test_with_people_who_are_not_there(self, site, other_site, mira):
        for stranger in (888888888, other_site.owner.profile_id):
            mira.post(PATH, {"title": "T", "participants": [{"id": mira.profile_id}, {"id": stranger}]}, expect=404)
        assert site.sql("SELECT count(*) FROM microcosm.huddles WHERE site_id = %s AND title = 'T'", site.id) == [(0,)]

    def test_names_given_twice(self, mira, tomas):
        huddle = begin(mira, "Twice", [tomas, mira, tomas])
        assert sorted(ids(detail(mira, huddle)["participants"])) == sorted([mira.profile_id, tomas.profile_id])

    def test_guests_may_not(self, site):
        site.guest.post(PATH, {"title": "T"}, expect=403)

    def test_an_equal_one_is_the_same(self, mira, tomas):
        first = begin(mira, "Twin", [tomas])
        assert begin(mira, "Twin", [tomas]) == first
        assert begin(mira, "Twin") == first
        assert begin(tomas, "Twin") != first
        assert begin(mira, "Twin", isConfidential=True) != first, "nothing that was asked for is lost"

    def test_an_equal_one_with_others_is_another(self, site, mira, tomas):
        first = begin(mira, "Triplet", [tomas])
        assert begin(mira, "Triplet", [site.owner]) != first

    def test_an_equal_one_later_is_another(self, site, mira):
        first = begin(mira, "Again")
        site.age("huddles", "huddle_id", first, "6 seconds")
        assert begin(mira, "Again") != first

    def test_an_equal_one_that_is_gone_is_another(self, mira):
        first = begin(mira, "Gone")
        mira.delete(f"{PATH}/{first}", expect=200)
        assert begin(mira, "Gone") != first

    def test_equal_ones_at_once_are_one(self, mira):
        made = harness.parallel(lambda _: begin(mira, "At once"), range(8))
        assert len(set(made)) == 1


class TestWhoSees:
    def test_insiders_see_it(self, crew):
        for person in crew.insiders:
            data = detail(person, crew.huddle)
            assert ids(data["participants"]) == [crew.author.profile_id, crew.mate.profile_id]
            assert ids(data["comments"]["items"]) == [crew.first, crew.second, crew.own]
            person.head(crew.path, expect=200)
            person.get(f"{crew.path}/lastcomment", expect=307)
            person.get(f"{crew.path}/newcomment", expect=307)
            assert person.get(f"/api/v1/comments/{crew.second}", expect=200).data["meta"]["inReplyTo"]["id"] == crew.first
            person.get(f"/api/v1/comments/{crew.second}/incontext", expect=307)
            assert crew.huddle in ids(listed(person)["items"])
            rights = person.get(f"/api/v1/permission?itemType=huddle&itemId={crew.huddle}", expect=200).data
            assert rights["read"] and rights["update"]

    # For each, what an unknown id answers is what a foreign one answers, to the byte.
    REQUESTS = [("GET", "{path}", None), ("HEAD", "{path}", None), ("DELETE", "{path}", None),
                ("GET", "{path}/lastcomment", None), ("GET", "{path}/newcomment", None),
                ("GET", "{path}?limit=7", None), ("GET", "{path}?offset=250", None),
                ("GET", "{path}/participants", None), ("GET", "{path}/participants?offset=25", None),
                ("PUT", "{path}/participants", "people"), ("PUT", "{path}/participants", []),
                ("PUT", "{path}/participants", [{"id": 0}]), ("PUT", "{path}/participants", [{"id": 888888888}]),
                ("GET", "{path}/participants/{mate}", None), ("GET", "{path}/participants/888888888", None),
                ("PUT", "{path}/participants/{mate}", None), ("PUT", "{path}/participants/{self}", None),
                ("DELETE", "{path}/participants/{mate}", None), ("DELETE", "{path}/participants/{self}", None),
                ("POST", "/api/v1/comments", "comment"),
                ("GET", "/api/v1/permission?itemType=huddle&itemId={huddle}", None)]

    @pytest.mark.parametrize("method, path, body", REQUESTS, ids=[f"{r[0]} {r[1]} {r[2]}" for r in REQUESTS])
    def test_nobody_else_finds_out_that_it_is_there(self, crew, method, path, body):
        before = rows(crew.site, crew.huddle)
        for person in crew.outsiders:
            said = []
            for huddle in (crew.huddle, 777777777):
                mine = getattr(person, "profile_id", None) or crew.stranger.profile_id
                target = path.format(path=f"{PATH}/{huddle}", huddle=huddle, mate=crew.mate.profile_id, self=mine)
                sent = {"people": [{"id": mine}],
                        "comment": {"itemType": "huddle", "itemId": huddle, "markdown": "May I?"}}.get(str(body), body)
                reply = person.request(method, target, json_body=sent)
                assert CANARY.encode() not in reply.body
                said.append((reply.status, reply.body, reply.location))
            assert said[0] == said[1], person
            if "permission" in path:
                assert not any(reply.data[verb] for verb in ("create", "read", "update", "delete", "owner"))
            else:
                assert reply.status in (400, 403, 404)
            if body is None and "limit" not in path and "offset" not in path and "permission" not in path:
                assert reply.status == 403
        assert rows(crew.site, crew.huddle) == before

    COMMENT_REQUESTS = [("GET", "", None), ("GET", "/incontext", None), ("PUT", "", {"markdown": "Mine now"}),
                        ("DELETE", "", None),
                        ("PATCH", "", [{"op": "replace", "path": "/meta/flags/deleted", "value": True}])]

    @pytest.mark.parametrize("method, rest, body", COMMENT_REQUESTS)
    def test_nor_which_comments_are_in_it(self, crew, method, rest, body):
        for person in crew.outsiders:
            said = []
            for comment in (crew.first, 777777777):
                reply = person.request(method, f"/api/v1/comments/{comment}{rest}", json_body=body)
                assert CANARY.encode() not in reply.body
                said.append((reply.status, reply.body))
            assert said[0] == said[1], person
            assert reply.status in (403, 404)

    def test_who_has_left_sees_the_own_comment_alone(self, crew):
        reply = crew.left.get(f"/api/v1/comments/{crew.own}", expect=200)

        assert CANARY.encode() not in reply.body
        data = reply.data
        assert data["markdown"] == "said and gone"
        assert "inReplyTo" not in data["meta"] and "replies" not in data["meta"]
        assert [link["rel"] for link in data["meta"]["links"]] == ["self", "huddle", "up"]
        assert not any("title" in link for link in data["meta"]["links"])
        crew.left.get(f"/api/v1/comments/{crew.own}/incontext", expect=403)

    def test_nobody_moderates(self, site, crew):
        flag = [{"op": "replace", "path": "/meta/flags/deleted", "value": True}]
        for person in (*crew.insiders, site.owner):
            person.delete(f"/api/v1/comments/{crew.first}", expect=403)
            person.patch(f"/api/v1/comments/{crew.first}", flag, expect=403)
        assert detail(crew.mate, crew.huddle)["comments"]["total"] == 3

    def test_who_began_it_reads_on_after_leaving(self, site):
        crew = Crew(site)
        crew.author.delete(crew.path, expect=200)
        crew.author.delete(crew.path, expect=403)
        assert ids(detail(crew.author, crew.huddle)["participants"]) == [crew.mate.profile_id]
        crew.author.get(f"{crew.path}/lastcomment", expect=307)
        crew.author.get(f"{crew.path}/participants", expect=200)
        assert crew.huddle not in ids(listed(crew.author)["items"])
        crew.author.put(f"{crew.path}/participants/{crew.author.profile_id}", expect=302)
        assert crew.huddle in ids(listed(crew.author)["items"])

    def test_the_word_is_nowhere(self, site, crew):
        """All lists, and all that they link to, by everybody who takes no part."""
        for person in crew.outsiders:
            queue = ["/api/v1/microcosms?limit=250", "/api/v1/microcosms/tree", "/api/v1/conversations", "/api/v1/events",
                     "/api/v1/polls", "/api/v1/profiles?limit=250", f"/api/v1/profiles/{crew.author.profile_id}",
                     f"/api/v1/profiles/{crew.mate.profile_id}", "/api/v1/whoami", "/api/v1/site", PATH,
                     f"{PATH}?unread=true", "/api/v1/profiles?top=true", "/"]
            done = set()
            while queue:
                target = queue.pop()
                if target in done:
                    continue
                done.add(target)
                reply = person.get(target)
                assert CANARY.encode() not in reply.body, (person, target)
                assert CANARY not in str(reply.headers)
                queue += [href for href in re.findall(r'"href":"(/api/v1/[^"]+)"', reply.body.decode())
                          if not href.startswith("/api/v1/sites")]
            assert len(done) > 12

    def test_comments_in_it_count_for_nobody(self, site, crew):
        assert site.guest.get(f"/api/v1/profiles/{crew.mate.profile_id}").data["commentCount"] == 0

    def test_of_another_site(self, site, other_site, crew):
        token = crew.author.token
        abroad = harness.Client(site.daemon, other_site.host, token, "the author elsewhere")
        abroad.get("/api/v1/whoami", expect=200)
        for path in (crew.path, f"{crew.path}/participants", f"/api/v1/comments/{crew.first}"):
            abroad.get(path, expect=403)
        abroad.delete(crew.path, expect=403)
        abroad.put(f"{crew.path}/participants/{abroad.get('/api/v1/whoami').data['id']}", expect=403)
        assert abroad.get(PATH, expect=200).data["huddles"]["total"] == 0

    def test_who_is_banned(self, daemon):
        site = harness.Site(daemon)
        crew = Crew(site)
        site.ban(crew.mate)
        harness.wait_until(lambda: crew.mate.get(crew.path).status == 403, "the ban")
        for path in (PATH, f"{crew.path}/participants", f"/api/v1/comments/{crew.second}"):
            assert CANARY.encode() not in crew.mate.get(path, expect=403).body
        site.close()


class TestList:
    def test_of_guests(self, site):
        data = site.guest.get(PATH, expect=200).data
        assert data["huddles"]["total"] == 0 and data["huddles"]["items"] == []
        assert data["meta"] == {"links": [{"rel": "self", "href": PATH}]}
        site.guest.get(f"{PATH}?offset=25", expect=400)

    def test_a_summary(self, site):
        mira, tomas = site.newcomer(), site.newcomer()
        huddle = begin(mira, "Who sails?", [tomas])
        (before,) = listed(tomas)["items"]
        assert before["totalComments"] == 0 and before["meta"]["flags"] == {"unread": False}
        comment = site.comment(huddle, "I do", by=mira, item_type="huddle")

        (item,) = listed(tomas)["items"]

        assert list(item) == ["id", "title", "totalComments", "participants", "lastCommentId", "lastCommentCreatedBy",
                              "lastCommentCreated", "meta"]
        assert (item["id"], item["title"], item["totalComments"]) == (huddle, "Who sails?", 1)
        assert ids(item["participants"]) == [mira.profile_id, tomas.profile_id]
        assert item["lastCommentId"] == comment
        assert item["lastCommentCreatedBy"]["id"] == mira.profile_id
        made = mira.get(f"/api/v1/comments/{comment}").data["meta"]["created"]
        assert item["lastCommentCreated"] == made
        assert item["meta"]["flags"] == {"unread": True}
        assert item["meta"]["links"] == [{"rel": "self", "href": f"{PATH}/{huddle}"}]
        assert listed(mira)["items"][0]["meta"]["flags"] == {"unread": False}

    def test_newest_activity_first(self, site):
        mira = site.newcomer()
        first, second, third = (begin(mira, f"Number {n}") for n in range(3))
        assert ids(listed(mira)["items"]) == [third, second, first]
        site.comment(first, by=mira, item_type="huddle")
        assert ids(listed(mira)["items"]) == [first, third, second]

    def test_pages(self, site):
        mira = site.newcomer()
        made = [begin(mira, f"Page {n}") for n in range(7)]
        page = listed(mira, "?limit=5&offset=5")
        assert page["total"] == 7 and ids(page["items"]) == [made[1], made[0]]
        mira.get(f"{PATH}?limit=5&offset=10", expect=400)

    @pytest.mark.parametrize("query", ["unread=true", "unread=True", "unread=TRUE"])
    def test_unread_only(self, site, query):
        mira, tomas = site.newcomer(), site.newcomer()
        quiet, new = begin(mira, "Quiet", [tomas]), begin(mira, "New", [tomas])
        site.comment(new, by=mira, item_type="huddle")
        page = listed(tomas, f"?{query}")
        assert page["total"] == 1 and ids(page["items"]) == [new]
        assert listed(mira, f"?{query}")["total"] == 0
        detail(tomas, new)
        assert listed(tomas, f"?{query}")["total"] == 0
        assert listed(tomas, "?unread=false")["total"] == 2 and quiet in ids(listed(tomas)["items"])

    def test_those_of_ignored_people_are_left_out(self, site):
        mira, tomas, rude = site.newcomer(), site.newcomer(), site.newcomer()
        theirs, ours = begin(rude, "Rude", [mira]), begin(tomas, "Ours", [mira, rude])
        site.comment(theirs, by=rude, item_type="huddle")
        site.comment(ours, by=rude, item_type="huddle")
        assert unread_count(mira) == 2
        site.ignore(mira, "profile", rude.profile_id)
        harness.wait_until(lambda: listed(mira)["total"] == 1, "the huddle to be left out")
        page = listed(mira)
        assert ids(page["items"]) == [ours]
        assert page["items"][0]["meta"]["flags"] == {"unread": False}, "comments of ignored people don't count"
        assert unread_count(mira) == 0 and listed(mira, "?unread=true")["total"] == 0
        assert detail(mira, ours)["comments"]["total"] == 0
        detail(mira, theirs)

        def summaries():
            watched, = mira.get("/api/v1/watchers", expect=200).data["watchers"]["items"]
            own, = listed(mira)["items"]
            assert all(watched["item"][key] == own[key] for key in own if key != "meta")
            return own["totalComments"], own.get("lastCommentId"), own.get("lastCommentCreatedBy", {}).get("id")

        mira.delete(f"/api/v1/watchers/delete?updateTypeId=4&itemType=huddle&itemId={theirs}", expect=200)
        assert summaries() == (0, None, None)
        said = site.comment(ours, by=tomas, item_type="huddle")
        site.comment(ours, by=rude, item_type="huddle")
        assert summaries() == (1, said, tomas.profile_id)


class TestReading:
    def test_the_count_of_unread_ones(self, site):
        mira, tomas, rowan = site.newcomer(), site.newcomer(), site.newcomer()
        first, second = begin(mira, "One", [tomas]), begin(mira, "Two", [tomas])
        assert unread_count(tomas) == 0, "nothing has been said"
        comment = site.comment(first, by=mira, item_type="huddle")
        site.comment(second, by=mira, item_type="huddle")
        assert (unread_count(tomas), unread_count(mira)) == (2, 0)
        detail(tomas, first)
        assert unread_count(tomas) == 1
        site.comment(first, by=mira, item_type="huddle")
        assert unread_count(tomas) == 2
        later = site.comment(first, by=mira, item_type="huddle")
        tomas.get(f"/api/v1/comments/{comment}", expect=200)
        assert unread_count(tomas) == 2
        tomas.get(f"/api/v1/comments/{later}", expect=200)
        assert unread_count(tomas) == 1
        tomas.delete(f"{PATH}/{second}", expect=200)
        assert unread_count(tomas) == 0
        mira.put(f"{PATH}/{second}/participants", [{"id": rowan.profile_id}], expect=302)
        assert unread_count(rowan) == 1, "added to what was said before"

    def test_posting_marks_read_what_was_read_before(self, site):
        mira, tomas = site.newcomer(), site.newcomer()
        huddle = begin(mira, "Talk", [tomas])
        site.comment(huddle, by=mira, item_type="huddle")
        detail(tomas, huddle)
        site.comment(huddle, by=tomas, item_type="huddle")
        assert (unread_count(tomas), unread_count(mira)) == (0, 1)

    def test_comments_say_which_are_new(self, site):
        mira, tomas = site.newcomer(), site.newcomer()
        huddle = begin(mira, "Flags", [tomas])
        for _ in range(7):
            site.comment(huddle, by=mira, item_type="huddle")

        def unread(query):
            return [c["meta"]["flags"]["unread"] for c in detail(tomas, huddle, query)["comments"]["items"]]

        assert unread("?limit=5") == [True] * 5
        assert unread("?limit=5") == [False] * 5
        assert unread_count(tomas) == 1
        assert unread("?limit=5&offset=5") == [True] * 2
        assert unread_count(tomas) == 0

    def test_all_at_once(self, site):
        mira, tomas = site.newcomer(), site.newcomer()
        for n in range(3):
            site.comment(begin(mira, f"H{n}", [tomas]), by=mira, item_type="huddle")
        assert unread_count(tomas) == 3
        tomas.put("/api/v1/profiles/read", {"itemType": "huddle", "itemId": 0}, expect=200)
        assert unread_count(tomas) == 0
        assert not any(item["meta"]["flags"]["unread"] for item in listed(tomas)["items"])

    def test_the_site_leaves_huddles(self, site):
        mira, tomas = site.newcomer(), site.newcomer()
        huddle = begin(mira, "Apart", [tomas])
        site.comment(huddle, by=mira, item_type="huddle")
        tomas.put("/api/v1/profiles/read", {"itemType": "site"}, expect=200)
        assert unread_count(tomas) == 1
        assert detail(tomas, huddle)["comments"]["items"][0]["meta"]["flags"]["unread"] is True

    def test_redirects(self, site):
        mira, tomas = site.newcomer(), site.newcomer()
        huddle = begin(mira, "Places", [tomas])
        assert mira.get(f"{PATH}/{huddle}/lastcomment", expect=307).location == f"{PATH}/{huddle}"
        comments = [site.comment(huddle, by=mira, item_type="huddle") for _ in range(12)]

        def to(person, what, query=""):
            return person.get(f"{PATH}/{huddle}/{what}{query}", expect=307).location

        assert to(tomas, "lastcomment", "?limit=5") == f"{PATH}/{huddle}?comment_id={comments[11]}&limit=5&offset=10"
        assert to(tomas, "newcomment", "?limit=5") == f"{PATH}/{huddle}?comment_id={comments[0]}&limit=5"
        detail(tomas, huddle, "?limit=5")
        assert to(tomas, "newcomment", "?limit=5") == f"{PATH}/{huddle}?comment_id={comments[5]}&limit=5&offset=5"
        detail(tomas, huddle)
        assert to(tomas, "newcomment") == f"{PATH}/{huddle}?comment_id={comments[11]}"
        in_context = tomas.get(f"/api/v1/comments/{comments[7]}/incontext?limit=5", expect=307)
        assert in_context.location == f"{PATH}/{huddle}?comment_id={comments[7]}&limit=5&offset=5"
        mira.get(f"{PATH}/{huddle}/lastcomment?limit=7", expect=400)


class TestParticipants:
    def test_a_page(self, site):
        mira, tomas = site.newcomer(), site.newcomer()
        huddle = begin(tomas, "Who", [mira])
        data = tomas.get(f"{PATH}/{huddle}/participants", expect=200).data
        assert data["meta"] == {}
        assert ids(data["participants"]["items"]) == [mira.profile_id, tomas.profile_id], "by id"
        one = tomas.get(f"{PATH}/{huddle}/participants/{mira.profile_id}", expect=200).data
        assert one == data["participants"]["items"][0]
        assert one["participant"]["profileName"] == mira.name
        tomas.head(f"{PATH}/{huddle}/participants", expect=200)

    def test_who_takes_no_part_is_not_found(self, site, crew):
        for number in (crew.stranger.profile_id, 888888888):
            crew.mate.get(f"{crew.path}/participants/{number}", expect=404)

    def test_adding(self, site):
        mira, tomas, rowan, ash = (site.newcomer() for _ in range(4))
        huddle = begin(mira, "Grows", [tomas])
        path = f"{PATH}/{huddle}"

        reply = tomas.put(f"{path}/participants", [{"id": rowan.profile_id}, {"id": mira.profile_id}], expect=302)
        assert reply.location == path
        assert ids(detail(mira, huddle)["participants"]) == [mira.profile_id, tomas.profile_id, rowan.profile_id]
        assert detail(rowan, huddle)["meta"]["flags"]["watched"] is True
        reply = rowan.put(f"{path}/participants/{ash.profile_id}", {"ignored": True}, expect=302)
        assert reply.location == f"{path}/participants/{ash.profile_id}"
        assert mira.get(f"{path}/participants").data["participants"]["total"] == 4
        mira.put(f"{path}/participants", [], expect=302)
        mira.post(f"{path}/participants?method=PUT", [{"id": ash.profile_id}], expect=302)
        assert rows(site, huddle) == sorted(p.profile_id for p in (mira, tomas, rowan, ash))

    @pytest.mark.parametrize("body, status", [
        ([{"id": 0}], 400), ([{"id": -5}], 400), ([{}], 400), ([5], 400), ({"id": 5}, 400), ([{"id": "5"}], 400),
        ([{"id": 888888888}], 404)])
    def test_whom_it_refuses(self, site, crew, body, status):
        before = rows(site, crew.huddle)
        good = [{"id": crew.stranger.profile_id}] if isinstance(body, list) else []
        crew.mate.put(f"{crew.path}/participants", good + body if good else body, expect=status)
        crew.mate.put(f"{crew.path}/participants/888888888", expect=404)
        assert rows(site, crew.huddle) == before

    def test_of_another_site(self, site, other_site, crew):
        other = other_site.owner.profile_id
        crew.mate.put(f"{crew.path}/participants", [{"id": other}], expect=404)
        crew.mate.put(f"{crew.path}/participants/{other}", expect=404)

    def test_confidential_ones_are_frozen(self, site):
        mira, tomas, rowan = site.newcomer(), site.newcomer(), site.newcomer()
        huddle = begin(mira, "Secret", [tomas], isConfidential=True)
        for person in (mira, tomas):
            person.put(f"{PATH}/{huddle}/participants", [{"id": rowan.profile_id}], expect=403)
            person.put(f"{PATH}/{huddle}/participants/{rowan.profile_id}", expect=403)
        assert rows(site, huddle) == sorted([mira.profile_id, tomas.profile_id])
        tomas.delete(f"{PATH}/{huddle}", expect=200)
        assert rows(site, huddle) == [mira.profile_id]

    def test_there_is_a_limit(self, site):
        mira, tomas = site.newcomer(), site.newcomer()
        huddle = begin(mira, "Full")
        site.sql("WITH made AS (INSERT INTO microcosm.users (email, canonical_email) SELECT e, e FROM"
                 " (SELECT 'crowd' || n || '@example.org' AS e FROM generate_series(1, 499) n) x RETURNING user_id),"
                 " people AS (INSERT INTO microcosm.profiles (site_id, user_id, profile_name, name_key, name_order)"
                 " SELECT %s, user_id, 'crowd' || user_id, 'crowd' || user_id, 'crowd' || user_id FROM made"
                 " RETURNING profile_id)"
                 " INSERT INTO microcosm.huddle_participants (site_id, huddle_id, profile_id)"
                 " SELECT %s, %s, profile_id FROM people", site.id, site.id, huddle)
        mira.put(f"{PATH}/{huddle}/participants/{tomas.profile_id}", expect=400)
        assert len(rows(site, huddle)) == 500 and tomas.profile_id not in rows(site, huddle)
        mira.put(f"{PATH}/{huddle}/participants/{mira.profile_id}", expect=302)

    def test_leaving(self, site):
        mira, tomas, rowan = site.newcomer(), site.newcomer(), site.newcomer()
        huddle = begin(mira, "Shrinks", [tomas, rowan])
        path = f"{PATH}/{huddle}"
        mira.delete(f"{path}/participants/{tomas.profile_id}", expect=400)
        mira.delete(f"{path}/participants/888888888", expect=400)
        tomas.delete(f"{path}/participants/{tomas.profile_id}", expect=200)
        tomas.delete(f"{path}/participants/{tomas.profile_id}", expect=403)
        rowan.delete(f"{path}?method=DELETE", expect=200)
        rowan.get(path, expect=403)
        assert ids(detail(mira, huddle)["participants"]) == [mira.profile_id]
        kept = site.sql("SELECT (SELECT count(*) FROM microcosm.watchers w WHERE w.site_id = %s AND item_type = 5 AND"
                        " item_id = %s), (SELECT count(*) FROM microcosm.read_marks m WHERE m.site_id = %s AND"
                        " item_type = 5 AND item_id = %s AND profile_id <> %s)", site.id, huddle, site.id, huddle,
                        mira.profile_id)
        assert kept == [(1, 0)]

    def test_an_empty_one_vanishes(self, site):
        mira, tomas = site.newcomer(), site.newcomer()
        huddle = begin(mira, "Short", [tomas])
        comment = site.comment(huddle, by=mira, item_type="huddle")
        site.comment(huddle, by=tomas, item_type="huddle", reply_to=comment)
        mira.put(f"/api/v1/comments/{comment}", {"markdown": "Edited"}, expect=302)
        mira.put(f"/api/v1/comments/{comment}/attributes/colour", {"value": "blue"}, expect=302)
        file_hash = put(mira, b"The plan.\n")["fileHash"]
        mira.post(f"/api/v1/comments/{comment}/attachments", {"fileHash": file_hash}, expect=302)
        mira.delete(f"{PATH}/{huddle}", expect=200)
        assert detail(tomas, huddle)["comments"]["total"] == 2
        tomas.delete(f"{PATH}/{huddle}", expect=200)
        for person in (mira, tomas):
            person.get(f"{PATH}/{huddle}", expect={403, 404})
            person.get(f"/api/v1/comments/{comment}", expect={403, 404})
            person.delete(f"{PATH}/{huddle}", expect={403, 404})
            person.post("/api/v1/comments", {"itemType": "huddle", "itemId": huddle, "markdown": "Hello?"}, expect={403, 404})
        for table, column in (("huddles", "huddle_id"), ("huddle_participants", "huddle_id"), ("comments", "huddle_id")):
            assert site.sql(f"SELECT count(*) FROM microcosm.{table} WHERE site_id = %s AND {column} = %s",
                            site.id, huddle) == [(0,)]
        assert site.sql("SELECT count(*) FROM microcosm.comment_revisions WHERE site_id = %s AND comment_id = %s",
                        site.id, comment) == [(0,)]
        for table in ("attachments", "attributes"):
            assert site.sql(f"SELECT count(*) FROM microcosm.{table} WHERE site_id = %s AND item_type = 4 AND item_id = %s",
                            site.id, comment) == [(0,)]
        assert site.sql("SELECT unused_since IS NOT NULL FROM microcosm.files WHERE sha1 = %s", file_hash) == [(True,)], "to be collected"


class TestComments:
    def test_authors_edit(self, crew):
        crew.mate.put(f"/api/v1/comments/{crew.second}", {"markdown": f"{CANARY} edited"}, expect=302)
        assert crew.author.get(f"/api/v1/comments/{crew.second}").data["markdown"] == f"{CANARY} edited"
        crew.author.put(f"/api/v1/comments/{crew.second}", {"markdown": "Mine"}, expect=403)

    def test_an_answer_belongs_here(self, site, mira):
        ours, theirs = begin(mira, "Ours"), begin(mira, "Theirs")
        there = site.comment(theirs, by=mira, item_type="huddle")
        here = site.comment(ours, by=mira, item_type="huddle", reply_to=there)
        assert mira.get(f"/api/v1/comments/{here}").data["inReplyTo"] == 0

    def test_links_lead_to_the_huddle(self, crew):
        links = crew.mate.get(f"/api/v1/comments/{crew.first}").data["meta"]["links"]
        assert {"rel": "huddle", "href": crew.path, "title": f"{CANARY} title"} in links
        assert {"rel": "up", "href": crew.path, "title": f"{CANARY} title"} in links


def test_sixteen_join_and_leave_at_once(site):
    mira = site.newcomer()
    people = [site.newcomer() for _ in range(16)]
    huddle = begin(mira, "Coming and going")
    path = f"{PATH}/{huddle}"
    counter = itertools.count()

    def come_and_go(index):
        person, stays = people[index], index % 2 == 0
        for round_ in range(4):
            mira.put(f"{path}/participants/{person.profile_id}", expect=302)
            person.post("/api/v1/comments", {"itemType": "huddle", "itemId": huddle,
                                             "markdown": f"Number {next(counter)}"}, expect=302)
            if not stays or round_ < 3:
                person.delete(path, expect=200)

    harness.parallel(come_and_go, range(16))

    staying = sorted([mira.profile_id] + [people[i].profile_id for i in range(0, 16, 2)])
    assert rows(site, huddle) == staying
    data = detail(mira, huddle, "?limit=100")
    assert sorted(ids(data["participants"])) == staying
    assert data["comments"]["total"] == 64 and len(data["comments"]["items"]) == 64
    assert site.sql("SELECT count(*), max(position) FROM microcosm.comments WHERE site_id = %s AND huddle_id = %s",
                    site.id, huddle) == [(64, 63)]
    assert mira.get(f"{path}/participants").data["participants"]["total"] == 9
    for index, person in enumerate(people):
        assert listed(person)["total"] == (1 if index % 2 == 0 else 0)


def test_the_last_ones_leave_at_once(site):
    for _ in range(4):
        people = [site.newcomer() for _ in range(4)]
        huddle = begin(people[0], "Last one", people[1:])
        harness.parallel(lambda person: person.delete(f"{PATH}/{huddle}", expect=200), people)
        assert site.sql("SELECT count(*) FROM microcosm.huddles WHERE site_id = %s AND huddle_id = %s", site.id,
                        huddle) == [(0,)]
