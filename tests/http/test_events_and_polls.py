"""Events and polls: docs/http/events.md, polls.md. Some are put into the tables, in states that no route makes."""

import csv
import datetime
import re

import pytest

from harness import wait_until


def make(site, kind, microcosm, by, title=None, **columns):
    """Put an event or a poll into the tables; return its id."""
    item_type = site.ITEM_TYPES[kind]
    (number,), = site.sql(
        "INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by) VALUES (%s, %s, %s, %s, %s)"
        " RETURNING item_id", site.id, item_type, microcosm, title or site.unique("Regatta"), by.profile_id)
    if kind == "poll":
        columns.setdefault("question", "Which colour?")
    names = "".join(f", {name}" for name in columns)
    marks = ", %s" * len(columns)
    site.sql(f"INSERT INTO microcosm.{kind}s (site_id, item_id{names}) VALUES (%s, %s{marks})",
             site.id, number, *columns.values())
    site.sql(f"UPDATE microcosm.microcosm_counters SET {kind}_count = {kind}_count + 1"
             " WHERE site_id = %s AND microcosm_id = %s", site.id, microcosm)
    return number


REGATTA = {"starts_local": "2027-05-22 14:00", "starts": "2027-05-22 13:00+00", "tz": "Europe/Lisbon",
           "duration_minutes": 180, "place": "Old harbour", "lat": 38.7, "lon": -9.14, "north": 38.72, "east": -9.12,
           "south": 38.68, "west": -9.16, "status": "upcoming", "rsvp_limit": 20, "rsvp_attending": 1}


class TestEvent:
    def test_detail(self, site, mira, microcosm):
        event = make(site, "event", microcosm, mira, "Spring regatta", **REGATTA)

        data = site.guest.get(f"/api/v1/events/{event}", expect=200).data

        wanted = {"id": event, "title": "Spring regatta", "microcosmId": microcosm, "when": "2027-05-22T14:00:00Z",
                  "tz": "Europe/Lisbon", "whentz": "2027-05-22T13:00:00Z", "duration": 180, "where": "Old harbour",
                  "lat": 38.7, "lon": -9.14, "north": 38.72, "east": -9.12, "south": 38.68, "west": -9.16,
                  "status": "upcoming", "rsvpLimit": 20, "rsvpAttend": 1, "rsvpSpaces": 19}
        assert {key: data[key] for key in wanted} == wanted
        title = site.guest.get(f"/api/v1/microcosms/{microcosm}").data["title"]
        assert data["meta"]["links"] == [{"rel": "self", "href": f"/api/v1/events/{event}"},
                                         {"rel": "microcosm", "href": f"/api/v1/microcosms/{microcosm}", "title": title}]

    def test_numbers_are_shortest(self, site, mira, microcosm):
        event = make(site, "event", microcosm, mira, lat=5, lon=0.1, north=-0.000001, east=123.456789012345678, west=1e-7)

        body = site.guest.get(f"/api/v1/events/{event}", expect=200, check=False).body.decode()

        shown = dict(re.findall(r'"(lat|lon|north|east|south|west)":([^,]*)', body))
        site.owner.delete(f"/api/v1/events/{event}", expect=200)  # lists are compared with Python's way to write numbers
        assert shown == {"lat": "5", "lon": "0.1", "north": shown["north"], "east": "123.45678901234568", "west": shown["west"]}
        assert float(shown["north"]) == -0.000001 and float(shown["west"]) == 1e-7

    def test_without_a_time(self, site, mira, microcosm):
        data = site.guest.get(f"/api/v1/events/{make(site, 'event', microcosm, mira)}", expect=200).data

        assert data["status"] == "proposed" and data["rsvpLimit"] == 0
        for key in ("when", "whentz", "duration", "where", "lat", "rsvpAttend", "rsvpSpaces"):
            assert key not in data

    def test_is_listed_in_its_microcosm(self, site, mira, microcosm):
        event = make(site, "event", microcosm, mira, **REGATTA)

        for client in (site.guest, mira):
            entry, = client.get(f"/api/v1/microcosms/{microcosm}", expect=200).data["items"]["items"]
            assert entry["itemType"] == "event" and entry["item"]["id"] == event
            assert entry["item"]["meta"]["flags"]["attending"] is False

    def test_tells_who_attends(self, site, mira, tomas, microcosm):
        event = make(site, "event", microcosm, mira, **REGATTA)
        site.sql("INSERT INTO microcosm.attendees (site_id, item_id, profile_id, rsvp, rsvpd_on, created_by)"
                 " VALUES (%s, %s, %s, 'yes', now(), %s)", site.id, event, tomas.profile_id, tomas.profile_id)

        def attending(client):
            return client.get(f"/api/v1/events/{event}", expect=200).data["meta"]["flags"].get("attending")

        assert attending(tomas) is True
        assert attending(mira) is False
        assert attending(site.guest) is None
        entry, = tomas.get(f"/api/v1/microcosms/{microcosm}").data["items"]["items"]
        assert entry["item"]["meta"]["flags"]["attending"] is True
        for client, comes in ((tomas, True), (mira, False), (site.guest, False)):
            listed = client.get(f"/api/v1/events?microcosmId={microcosm}", expect=200).data["events"]["items"]
            assert [one["meta"]["flags"]["attending"] for one in listed if one["id"] == event] == [comes]
        make(site, "poll", microcosm, mira)
        site.conversation(microcosm)
        for kind in ("conversations", "polls"):
            for one in tomas.get(f"/api/v1/{kind}?microcosmId={microcosm}", expect=200).data[kind]["items"]:
                assert "attending" not in one["meta"]["flags"]


class TestPoll:
    def test_detail(self, site, mira, microcosm):
        poll = make(site, "poll", microcosm, mira, "Club colours", poll_closes="2027-12-31 23:59:59+00", voter_count=3)
        for position, choice in ((2, "Orange"), (1, "Teal")):
            site.sql("INSERT INTO microcosm.poll_choices (site_id, item_id, choice, position, votes, voter_count)"
                     " VALUES (%s, %s, %s, %s, 2, 2)", site.id, poll, choice, position)

        data = site.guest.get(f"/api/v1/polls/{poll}", expect=200).data

        assert (data["question"], data["multi"], data["pollOpen"]) == ("Which colour?", False, True)
        assert data["pollCloses"] == "2027-12-31T23:59:59Z"
        assert data["voterCount"] == 3
        assert [(choice["choice"], choice["order"], choice["votes"]) for choice in data["choices"]] == [
            ("Teal", 1, 2), ("Orange", 2, 2)]

    def test_is_not_listed_in_its_microcosm(self, site, mira, microcosm):
        make(site, "poll", microcosm, mira)

        assert site.guest.get(f"/api/v1/microcosms/{microcosm}", expect=200).data["items"]["total"] == 0


class TestPollsInLists:
    def listed(self, client, microcosm, query="?polls=true"):
        page = client.get(f"/api/v1/microcosms/{microcosm}{query}", expect=200).data["items"]
        assert page["total"] == len(page["items"]) or "limit" in query
        return [(entry["itemType"], entry["item"]["id"]) for entry in page["items"]]

    def test_with_the_other_items_for_who_asks(self, site, mira, microcosm):
        first = ("poll", post(mira, "poll", microcosm).id)
        talk = ("conversation", site.conversation(microcosm))
        event = ("event", post(mira, "event", microcosm).id)
        last = ("poll", post(mira, "poll", microcosm, title="Another").id)
        below = ("microcosm", site.microcosm(parent=microcosm))
        items = [last, event, talk, first]

        for client in (site.guest, mira, mira):
            assert self.listed(client, microcosm) == [below, *items]
            assert self.listed(client, microcosm, "") == [below, event, talk]
        site.comment(first[1], item_type="poll")
        assert self.listed(mira, microcosm) == [below, first, last, event, talk]
        site.owner.set_flag(f"/api/v1/polls/{last[1]}", "sticky", True, expect=200)
        assert self.listed(mira, microcosm) == [last, below, first, event, talk]
        assert self.listed(mira, microcosm, "?polls=false") == [below, event, talk]

    def test_as_many_as_their_microcosm_says(self, site, mira, microcosm):
        place = site.microcosm(parent=microcosm)
        polls = [post(mira, "poll", place, title=f"Poll {number}").id for number in range(7)]
        talk = site.conversation(place)

        def total():
            summary, = (entry["item"] for entry in site.guest.get(f"/api/v1/microcosms/{microcosm}").data["items"]["items"])
            assert len(self.listed(site.guest, place)) == summary["totalItems"]
            return summary["totalItems"]

        assert total() == 8
        pages = [self.listed(site.guest, place, f"?limit=5&offset={offset}&polls=true") for offset in (0, 5)]
        assert [number for page in pages for _, number in page] == [talk, *reversed(polls)]
        page = site.guest.get(f"/api/v1/microcosms/{place}?polls=true&limit=5").data["items"]
        assert (page["total"], page["links"][-1]["href"]) == (8, f"/api/v1/microcosms/{place}?limit=5&offset=5&polls=true")
        site.guest.get(f"/api/v1/microcosms/{place}?limit=5&offset=5", expect=400)
        site.owner.delete(f"/api/v1/polls/{polls[0]}", expect=200)
        site.owner.set_flag(f"/api/v1/polls/{polls[1]}", "moderated", True, expect=200)
        assert total() == 6
        site.owner.set_flag(f"/api/v1/polls/{polls[1]}", "moderated", False, expect=200)
        edit(site.owner, "poll", polls[2], microcosmId=microcosm)
        assert len(self.listed(site.guest, place)) == 6 and ("poll", polls[2]) in self.listed(site.guest, microcosm)

    def test_for_each_reader(self, site, mira, microcosm):
        poll, other = (post(site.owner, "poll", microcosm, title=title).id for title in ("One", "Two"))

        def unread(client):
            entries = client.get(f"/api/v1/microcosms/{microcosm}?polls=true").data["items"]["items"]
            return [entry["item"]["id"] for entry in entries if entry["item"]["meta"]["flags"]["unread"]]

        assert unread(mira) == [other, poll] and unread(site.guest) == []
        mira.get(f"/api/v1/polls/{poll}", expect=200)
        wait_until(lambda: unread(mira) == [other], "what was read")
        mira.put("/api/v1/ignored", {"itemType": "poll", "itemId": other}, expect=200)
        assert self.listed(mira, microcosm) == [("poll", poll)]
        assert len(self.listed(site.guest, microcosm)) == 2
        mira.delete("/api/v1/ignored", json_body={"itemType": "poll", "itemId": other}, expect=200)


@pytest.mark.parametrize("kind", ["event", "poll"])
class TestBoth:
    def test_take_comments(self, site, mira, tomas, microcosm, kind):
        thing = make(site, kind, microcosm, mira, "To be discussed")
        first = site.comment(thing, "Count me in", by=tomas, item_type=kind)
        second = site.comment(thing, "Me too", by=mira, item_type=kind, reply_to=first)

        page = site.guest.get(f"/api/v1/{kind}s/{thing}", expect=200).data["comments"]

        assert [item["id"] for item in page["items"]] == [first, second]
        assert page["items"][0]["itemType"] == kind
        links = site.guest.get(f"/api/v1/comments/{first}", expect=200).data["meta"]["links"]
        assert links[1] == {"rel": kind, "href": f"/api/v1/{kind}s/{thing}", "title": "To be discussed"}
        assert site.guest.get(f"/api/v1/comments/{second}/incontext", expect=307).location == \
            f"/api/v1/{kind}s/{thing}?comment_id={second}"

    def test_are_of_their_kind(self, site, mira, microcosm, conversation, kind):
        thing = make(site, kind, microcosm, mira)
        other = {"event": "poll", "poll": "event"}[kind]

        for client in (site.guest, mira):
            client.get(f"/api/v1/conversations/{thing}", expect={403, 404})
            client.get(f"/api/v1/{other}s/{thing}", expect={403, 404})
            client.get(f"/api/v1/{kind}s/{conversation}", expect={403, 404})
        mira.put(f"/api/v1/conversations/{thing}", {"title": "x", "meta": {"editReason": "x"}}, expect={403, 404})
        assert thing not in [item["id"] for item in
                             site.guest.get("/api/v1/conversations?limit=250").data["conversations"]["items"]]

    def test_ids_that_are_none(self, site, kind):
        site.guest.get(f"/api/v1/{kind}s/0", expect=400)
        site.guest.get(f"/api/v1/{kind}s/99999999999999999999", expect=400)
        site.guest.get(f"/api/v1/{kind}s/888888888", expect=403)
        site.owner.get(f"/api/v1/{kind}s/888888888", expect=404)


# Making, changing, removing them

BODIES = {
    "event": {"title": "Spring regatta", "when": "2027-05-22T14:00:00+09:00", "tz": "Europe/Lisbon", "duration": 180,
              "where": "Old harbour", "lat": 38.7, "lon": -9.14, "rsvpLimit": 20},
    "poll": {"title": "Club colours", "question": "Which colour?", "choices": [{"choice": "Teal"}, {"choice": "Orange"}],
             "multi": True, "pollCloses": "2097-12-31T23:59:59Z"},
}


def post(client, kind, microcosm, expect=302, **fields):
    return client.post(f"/api/v1/{kind}s", {**BODIES[kind], "microcosmId": microcosm, **fields}, expect=expect)


def edit(client, kind, number, expect=302, **fields):
    return client.put(f"/api/v1/{kind}s/{number}", {**fields, "meta": {"editReason": "mend"}}, expect=expect)


def read(client, kind, number):
    return client.get(f"/api/v1/{kind}s/{number}", expect=200).data


@pytest.mark.parametrize("kind", ["event", "poll"])
class TestWriting:
    def test_make_and_read(self, mira, microcosm, kind):
        reply = post(mira, kind, microcosm)

        assert reply.location == f"/api/v1/{kind}s/{reply.id}"
        data = read(mira, kind, reply.id)
        assert (data["title"], data["microcosmId"], data["meta"]["createdBy"]["id"]) == (
            BODIES[kind]["title"], microcosm, mira.profile_id)

    def test_guests_may_not(self, site, mira, microcosm, kind):
        number = post(mira, kind, microcosm).id

        post(site.guest, kind, microcosm, expect=403)
        edit(site.guest, kind, number, title="Mine", expect=403)
        site.guest.set_flag(f"/api/v1/{kind}s/{number}", "open", False, expect=403)
        site.guest.delete(f"/api/v1/{kind}s/{number}", expect=403)

    def test_others_may_not_change_it(self, mira, tomas, microcosm, kind):
        number = post(mira, kind, microcosm).id

        edit(tomas, kind, number, title="Mine", expect=403)
        tomas.set_flag(f"/api/v1/{kind}s/{number}", "open", False, expect=403)
        tomas.delete(f"/api/v1/{kind}s/{number}", expect=403)
        assert read(mira, kind, number)["title"] == BODIES[kind]["title"]

    def test_edit_merges(self, mira, microcosm, kind):
        number = post(mira, kind, microcosm).id
        before = read(mira, kind, number)

        edit(mira, kind, number, title="Autumn regatta")

        after = read(mira, kind, number)
        assert after["title"] == "Autumn regatta" and after["meta"]["editReason"] == "mend"
        for key in set(before) - {"title", "meta", "comments"}:
            assert after[key] == before[key], key

    def test_edit_needs_a_reason(self, mira, microcosm, kind):
        number = post(mira, kind, microcosm).id

        mira.put(f"/api/v1/{kind}s/{number}", {"title": "x"}, expect=400)

    def test_moves(self, site, mira, microcosm, kind):
        number, other = post(mira, kind, microcosm).id, site.microcosm()

        edit(mira, kind, number, microcosmId=other)

        assert read(mira, kind, number)["microcosmId"] == other

    def test_flags_and_removal(self, site, mira, microcosm, kind):
        path = f"/api/v1/{kind}s/{post(mira, kind, microcosm).id}"

        mira.set_flag(path, "open", False, expect=200)
        assert mira.get(path).data["meta"]["flags"]["open"] is False
        mira.set_flag(path, "sticky", True, expect=403)
        site.owner.set_flag(path, "sticky", True, expect=200)
        assert mira.get(path).data["meta"]["flags"]["sticky"] is True
        mira.delete(path, expect=403)
        site.owner.delete(path, expect=200)
        mira.get(path, expect=404)
        site.owner.delete(path, expect=200)

    def test_are_listed(self, site, mira, kind):
        open_place, closed_place = site.microcosm(), site.microcosm()
        shown, hidden = post(mira, kind, open_place).id, post(mira, kind, closed_place).id
        site.owner.set_flag(f"/api/v1/microcosms/{closed_place}", "moderated", True, expect=200)

        page = site.guest.get(f"/api/v1/{kind}s?limit=250", expect=200).data[f"{kind}s"]

        numbers = [item["id"] for item in page["items"]]
        assert shown in numbers and hidden not in numbers
        assert page["type"] == f"/api/v1/{kind}s" and page["total"] == len(numbers)

    def test_last_and_new_comment(self, site, mira, tomas, microcosm, kind):
        number = post(mira, kind, microcosm).id
        first = site.comment(number, "Count me in", by=tomas, item_type=kind)
        last = site.comment(number, "Me too", by=tomas, item_type=kind)
        path = f"/api/v1/{kind}s/{number}"

        assert site.guest.get(f"{path}/lastcomment", expect=307).location == f"{path}?comment_id={last}"
        assert site.guest.get(f"{path}/newcomment", expect=307).location == f"{path}?comment_id={first}"

    def test_patch_says_what_it_changes(self, mira, microcosm, kind):
        number = post(mira, kind, microcosm).id

        refused = mira.patch(f"/api/v1/{kind}s/{number}", [{"op": "replace", "path": "/title", "value": True}], expect=400)

        assert "/title" in refused.error[0] and "/meta/flags/open" in refused.error[0]

    def test_all_faults_at_once(self, mira, microcosm, kind):
        wrong = {"event": {"when": "soon", "tz": "No where", "rsvpLimit": -1},
                 "poll": {"question": " ", "choices": [], "pollCloses": "2001-01-01T00:00:00Z"}}[kind]

        told = str(post(mira, kind, microcosm, title="", **wrong, expect=400).json["error"])

        for field in ("title", *wrong):
            assert field in told, (field, told)


class TestEventWriting:
    def test_the_wall_clock_counts(self, mira, microcosm):
        data = read(mira, "event", post(mira, "event", microcosm).id)

        assert (data["when"], data["whentz"], data["tz"]) == ("2027-05-22T14:00:00Z", "2027-05-22T13:00:00Z", "Europe/Lisbon")
        assert data["status"] == "upcoming"

    @pytest.mark.parametrize("when, tz, shown", [
        ("2027-03-28T01:30:00Z", "Europe/London", "2027-03-28T01:30:00Z"),  # left out by clocks there
        ("2027-03-28T02:30:00Z", "Europe/Berlin", "2027-03-28T01:30:00Z"),
        ("2027-10-31T01:30:00Z", "Europe/London", "2027-10-31T01:30:00Z"),  # shown twice
        ("2027-11-07T01:30:00Z", "America/New_York", "2027-11-07T06:30:00Z"),
        ("2027-04-04T01:45:00Z", "Australia/Lord_Howe", "2027-04-03T15:15:00Z"),
        ("2027-10-31T02:59:59Z", "Europe/Berlin", "2027-10-31T01:59:59Z"),
    ])
    def test_when_clocks_are_changed(self, site, mira, microcosm, when, tz, shown):
        number = mira.post("/api/v1/events", {"microcosmId": microcosm, "title": site.unique("Regatta"), "when": when, "tz": tz},
                           expect=302).id
        data = read(site.guest, "event", number)
        assert (data["when"], data["whentz"]) == (when, shown)

    @pytest.mark.parametrize("given, shown", [({}, 60), ({"duration": -5}, 60), ({"duration": 0}, 0),
                                              ({"duration": 15}, 15)])
    def test_duration(self, mira, site, microcosm, given, shown):
        number = mira.post("/api/v1/events", {"microcosmId": microcosm, "title": site.unique("Regatta"),
                                              "when": "2027-05-22T14:00:00Z", **given}, expect=302).id

        assert read(mira, "event", number).get("duration") == shown

    @pytest.mark.parametrize("given", [
        "BST", "CEST", "PDT", "CET", "localtime", "posixrules", "posix/UTC", "right/UTC", "Factory", "europe/london",
        "EUROPE/LONDON", "utc", "Europe/London ", "Europe", "UTC+3", "GMT5", "", " "])
    def test_zones_that_are_none(self, site, mira, microcosm, given):
        body = {"microcosmId": microcosm, "title": site.unique("Regatta"), "when": "2027-07-01T12:00:00Z", "tz": given}
        if not given:  # the default
            number = mira.post("/api/v1/events", body, expect=302).id
            assert read(mira, "event", number)["tz"] == "Europe/Belfast"
            return

        refused = mira.post("/api/v1/events", {**body, "title": "", "rsvpLimit": -1}, expect=400)

        for field in ("tz", "title", "rsvpLimit"):
            assert field in refused.error[0], (field, refused.error)
        mira.post("/api/v1/events", body, expect=400)

    @pytest.mark.parametrize("given, shown", [("UTC", "2027-07-01T12:00:00Z"), ("Asia/Kathmandu", "2027-07-01T06:15:00Z"),
                                              ("America/Argentina/ComodRivadavia", "2027-07-01T15:00:00Z"),
                                              ("GB", "2027-07-01T11:00:00Z"), ("Etc/GMT+5", "2027-07-01T17:00:00Z")])
    def test_zones_of_the_list(self, site, mira, microcosm, given, shown):
        number = mira.post("/api/v1/events", {"microcosmId": microcosm, "title": site.unique("Regatta"), "tz": given,
                                              "when": "2027-07-01T12:00:00Z"}, expect=302).id

        data = read(mira, "event", number)
        assert (data["tz"], data["whentz"]) == (given, shown)

    @pytest.mark.parametrize("when, tz, shown", [
        ("0001-01-01T00:00:00Z", "America/New_York", "0001-01-01T04:56:02Z"), ("0001-01-01T00:00:00Z", "Asia/Tokyo", None),
        ("0001-06-01T12:00:00Z", "Asia/Tokyo", "0001-06-01T02:41:01Z"),
        ("9999-12-31T23:59:59Z", "Asia/Tokyo", "9999-12-31T14:59:59Z"), ("9999-12-31T23:59:59Z", "America/New_York", None)])
    def test_first_and_last_years(self, site, mira, microcosm, when, tz, shown):
        refused = mira.post("/api/v1/events", {"microcosmId": microcosm, "title": site.unique("Regatta"), "when": when,
                                               "tz": tz}, expect=302 if shown else 400)

        if shown:
            assert read(mira, "event", refused.id)["whentz"] == shown
        else:
            assert "when" in refused.error[0]
            number = post(mira, "event", microcosm).id
            assert "when" in edit(mira, "event", number, when=when, tz=tz, expect=400).error[0]

    def test_place_with_emoji(self, mira, microcosm):
        number = post(mira, "event", microcosm, where="\U0001F3D5" * 150).id

        assert read(mira, "event", number)["where"] == "\U0001F3D5" * 150
        edit(mira, "event", number, where="\U0001F600" * 150)
        assert read(mira, "event", number)["where"] == "\U0001F600" * 150
        assert "where" in edit(mira, "event", number, where="\U0001F600" * 151, expect=400).error[0]

    def test_without_a_time_the_zone_is_checked_too(self, site, mira, microcosm):
        bare = {"microcosmId": microcosm, "title": site.unique("Regatta")}

        number = mira.post("/api/v1/events", bare, expect=302).id
        assert read(mira, "event", number)["tz"] == "Europe/Belfast"
        mira.post("/api/v1/events", {**bare, "tz": "Mars/Phobos"}, expect=400)
        edit(mira, "event", number, tz="Mars/Phobos", expect=400)
        assert read(mira, "event", number)["tz"] == "Europe/Belfast"

    def test_time_and_place_can_be_taken_away(self, mira, microcosm):
        number = post(mira, "event", microcosm).id

        edit(mira, "event", number, when="", where="")

        data = read(mira, "event", number)
        assert "when" not in data and "where" not in data and data["status"] == "proposed"

    def test_another_zone_moves_the_instant(self, mira, microcosm):
        number = post(mira, "event", microcosm).id

        edit(mira, "event", number, tz="Asia/Tokyo")

        data = read(mira, "event", number)
        assert (data["when"], data["whentz"]) == ("2027-05-22T14:00:00Z", "2027-05-22T05:00:00Z")

    def test_the_same_again_is_the_first_one(self, mira, microcosm):
        assert post(mira, "event", microcosm).id == post(mira, "event", microcosm).id
        assert post(mira, "event", microcosm, where="New harbour").id != post(mira, "event", microcosm).id


def attendees(client, event, query="", expect=200):
    return client.get(f"/api/v1/events/{event}/attendees{query}", expect=expect).data


def answers(client, event):
    return [(entry["profileId"], entry["rsvp"]) for entry in attendees(client, event)["attendees"]["items"]]


def rsvp(client, event, answer, person=None, expect=200):
    body = [{"profileId": (person or client).profile_id, "rsvp": answer}]
    return client.put(f"/api/v1/events/{event}/attendees", body, expect=expect)


def code_of(reply):
    return reply.data["errorCode"]


class TestAttendees:
    @pytest.fixture
    def event(self, mira, microcosm, site):
        return post(mira, "event", microcosm, title=site.unique("Regatta"), when="2999-05-22T14:00:00Z", rsvpLimit=2).id

    def test_a_list_of_nobody(self, site, mira, event):
        for client in (site.guest, mira):
            data = attendees(client, event)
            assert data["attendees"]["type"] == "/api/v1/events/0/attendees"
            assert data["attendees"]["items"] == [] and data["attendees"]["total"] == 0
            assert data["meta"]["links"] == [{"rel": "self", "href": f"/api/v1/events/{event}/attendees"}]

    def test_answers(self, site, mira, tomas, event):
        rsvp(tomas, event, "yes")

        entry, = attendees(site.guest, event)["attendees"]["items"]
        assert (entry["profileId"], entry["profile"]["profileName"], entry["rsvp"]) == (tomas.profile_id, "tomas", "yes")
        assert entry["meta"]["links"] == [
            {"rel": "self", "href": f"/api/v1/events/{event}/attendees/{tomas.profile_id}"},
            {"rel": "profile", "href": f"/api/v1/profiles/{tomas.profile_id}"},
            {"rel": "event", "href": f"/api/v1/events/{event}"}]
        assert "edited" not in entry["meta"] and entry["meta"]["createdBy"]["id"] == tomas.profile_id
        data = read(tomas, "event", event)
        assert (data["rsvpAttend"], data["rsvpSpaces"]) == (1, 1)
        assert data["meta"]["flags"]["attending"] is True and data["meta"]["flags"]["watched"] is True
        rsvp(tomas, event, "maybe")
        entry, = attendees(site.guest, event)["attendees"]["items"]
        assert entry["rsvp"] == "maybe" and entry["meta"]["editedBy"]["id"] == tomas.profile_id
        data = read(tomas, "event", event)
        assert "rsvpAttend" not in data and data["rsvpSpaces"] == 2 and data["meta"]["flags"]["attending"] is False

    def test_order_and_only_those_who_come(self, site, mira, event):
        people = [site.newcomer() for _ in range(5)]
        rsvp(mira, event, "invited", people[0])
        for person, answer in zip(people[1:], ("no", "maybe", "yes", "yes")):
            rsvp(person, event, answer)

        ids = [person.profile_id for person in people]
        assert answers(site.guest, event) == [(ids[3], "yes"), (ids[4], "yes"), (ids[2], "maybe"), (ids[0], "invited"),
                                              (ids[1], "no")]
        page = attendees(site.guest, event, "?status=attending")["attendees"]
        assert [entry["profileId"] for entry in page["items"]] == ids[3:] and page["total"] == 2
        page = attendees(site.guest, event, "?limit=5")["attendees"]
        assert page["total"] == 5 and page["totalPages"] == 1
        attendees(site.guest, event, "?offset=25", expect=400)

    def test_who_may_answer_for_whom(self, site, mira, tomas, event):
        friend = site.newcomer()
        assert code_of(rsvp(site.guest, event, "yes", tomas, expect=403)) == 10
        rsvp(tomas, event, "maybe", friend, expect=403)
        for arranger in (mira, site.owner):
            rsvp(arranger, event, "invited", friend)
            rsvp(arranger, event, "yes", friend, expect=403)
            rsvp(arranger, event, "waiting", friend, expect=403)
        rsvp(mira, event, "maybe", friend)
        assert answers(site.guest, event) == [(friend.profile_id, "maybe")]

    def test_all_or_nothing(self, site, mira, tomas, event):
        path = f"/api/v1/events/{event}/attendees"
        good = {"profileId": tomas.profile_id, "rsvp": "maybe"}

        mira.put(path, [good, {"profileId": 888888888, "rsvp": "maybe"}], expect=404)
        for bad in ([], {}, [1], [good, {"rsvp": "maybe"}], [good, {**good, "profileId": -1}], [good, good],
                    [good, {"profileId": mira.profile_id, "rsvp": "perhaps"}], [{"profileId": "x"}]):
            mira.put(path, bad, expect=400)
        assert answers(site.guest, event) == []
        mira.put(path, [good, {"profileId": mira.profile_id}], expect=200)
        assert answers(site.guest, event) == [(tomas.profile_id, "maybe"), (mira.profile_id, "invited")]

    def test_a_full_one(self, site, mira, tomas, event):
        first, second = site.newcomer(), site.newcomer()
        rsvp(first, event, "yes")
        rsvp(second, event, "yes")

        assert code_of(rsvp(tomas, event, "yes", expect=400)) == 18
        rsvp(first, event, "yes")  # who has a place keeps it
        assert "rsvpSpaces" not in read(mira, "event", event)
        edit(mira, "event", event, rsvpLimit=1)
        assert read(mira, "event", event)["rsvpSpaces"] == -1
        rsvp(first, event, "yes")

    def test_waiting(self, site, mira, event):
        people = [site.newcomer() for _ in range(6)]
        for person in people:
            rsvp(person, event, "waiting")

        def state():
            by_id = {entry["profileId"]: entry for entry in attendees(site.guest, event)["attendees"]["items"]}
            return "".join({"yes": "y", "maybe": "w" if by_id[person.profile_id].get("waiting") else "m"}.get(
                by_id[person.profile_id]["rsvp"], "n") if person.profile_id in by_id else "-" for person in people)

        assert state() == "yywwww"
        rsvp(people[0], event, "no")
        assert state() == "nyywww"
        assert read(people[2], "event", event)["meta"]["flags"]["attending"] is True
        rsvp(people[3], event, "maybe")
        people[1].delete(f"/api/v1/events/{event}/attendees/{people[1].profile_id}", expect=200)
        assert state() == "n-ymyw"
        edit(mira, "event", event, rsvpLimit=0)
        assert state() == "n-ymyy"
        data = read(mira, "event", event)
        assert data["rsvpAttend"] == 3 and "rsvpSpaces" not in data

    def test_one(self, site, mira, tomas, event):
        path = f"/api/v1/events/{event}/attendees/{tomas.profile_id}"

        site.guest.get(path, expect=404)
        assert tomas.put(path, {"rsvp": "yes"}, expect=302).location == path
        assert tomas.put(path, {"profileId": tomas.profile_id, "rsvp": "yes"}, expect=302).location == path
        data = site.guest.get(path, expect=200).data
        assert data["rsvp"] == "yes" and data["meta"]["permissions"]["owner"] is False
        assert tomas.get(path, expect=200).data["meta"]["permissions"]["owner"] is True
        mira.put(path, {"rsvp": "yes"}, expect=403)
        for body in ({"rsvp": "perhaps"}, {"rsvp": 1}, [], {"profileId": "x"}):
            tomas.put(path, body, expect=400)
        site.newcomer().delete(path, expect=403)
        site.guest.delete(path, expect=403)
        tomas.delete(path, expect=200)
        site.newcomer().delete(path, expect=200)
        site.guest.get(path, expect=404)
        rsvp(tomas, event, "no")
        mira.delete(path, expect=200)
        assert answers(site.guest, event) == []

    def test_closed_and_over(self, site, mira, tomas, microcosm, event):
        over = post(mira, "event", microcosm, title=site.unique("Regatta"), when="2001-05-22T14:00:00Z").id
        mira.patch(f"/api/v1/events/{event}", [{"op": "replace", "path": "/meta/flags/open", "value": False}], expect=200)

        assert code_of(rsvp(tomas, event, "yes", expect=403)) == 17
        assert code_of(rsvp(tomas, over, "yes", expect=400)) == 19
        for number in (event, over):
            rsvp(site.owner, number, "yes")

    def test_of_what_is_no_event(self, site, mira, tomas, microcosm, conversation, event):
        for client, status in ((site.guest, 403), (tomas, 403), (site.owner, 404)):
            for number in (888888888, conversation):
                for path in ("attendees", "attendees/1", "attendeescsv"):
                    client.get(f"/api/v1/events/{number}/{path}", expect=status)
                client.put(f"/api/v1/events/{number}/attendees", [{"profileId": mira.profile_id}], expect=status)
        rsvp(tomas, event, "yes")
        site.owner.delete(f"/api/v1/events/{event}", expect=200)
        for path in ("attendees", f"attendees/{tomas.profile_id}"):
            tomas.get(f"/api/v1/events/{event}/{path}", expect=404)
        tomas.put(f"/api/v1/events/{event}/attendees", [{"profileId": tomas.profile_id, "rsvp": "no"}], expect=404)

    def test_those_that_one_attends(self, site, mira, microcosm, event):
        somebody, undecided = site.newcomer(), site.newcomer()
        make(site, "event", microcosm, mira)
        rsvp(somebody, event, "yes")
        rsvp(undecided, event, "maybe")

        own = somebody.get("/api/v1/events?isAttending=True", expect=200).data["events"]

        assert [item["id"] for item in own["items"]] == [event] and own["total"] == 1
        assert own["items"][0]["meta"]["flags"]["attending"] is True
        assert own["links"][0]["href"] == "/api/v1/events?isAttending=True"
        for client in (undecided, site.guest):
            assert client.get("/api/v1/events?isAttending=true", expect=200).data["events"]["total"] == 0
        everything = somebody.get("/api/v1/events?isAttending=false", expect=200).data["events"]
        assert everything["total"] > 1
        assert somebody.get("/api/v1/events?isAttending=", expect=200).data["events"]["total"] == everything["total"]
        site.guest.get("/api/v1/events?isAttending=perhaps", expect=400)

    def test_csv(self, site, mira, event):
        people = [site.newcomer() for _ in range(3)]
        for person, name, answer in zip(people, ("=sum(A1)", 'a"b', "O'Hara"), ("yes", "yes", "maybe")):
            person.put(f"/api/v1/profiles/{person.profile_id}", {"profileName": name}, expect=302)
            rsvp(person, event, answer)
        path = f"/api/v1/events/{event}/attendeescsv"

        reply = mira.get(path, expect=200, check=False)

        assert reply.header("Content-Type") == "text/csv"
        assert reply.header("Content-Disposition") == f"attachment; filename=event{event}.csv"
        assert reply.header("Cache-Control") == "no-cache, max-age=0" and reply.header("Vary") == "Authorization, Cookie"
        assert reply.header("Access-Control-Allow-Origin") is None
        lines = reply.body.decode().split("\r\n")
        assert lines[0] == "name,id,email,date" and lines[-1] == "" and len(lines) == 4
        rows = {row[0]: row for row in csv.reader(lines[1:3])}
        assert set(rows) == {"'=sum(A1)", 'a"b'}
        assert (rows['a"b'][1], rows['a"b'][2]) == (str(people[1].profile_id), people[1].email)
        site.owner.get(path, expect=200, check=False)
        for client in (site.guest, site.newcomer()):
            client.get(path, expect=403)


class TestVotes:
    @pytest.fixture
    def poll(self, mira, microcosm):
        return post(mira, "poll", microcosm, multi=False).id

    def choices(self, client, poll):
        return [choice["id"] for choice in read(client, "poll", poll)["choices"]]

    def counts(self, client, poll):
        data = read(client, "poll", poll)
        assert all(choice["votes"] == choice["voterCount"] for choice in data["choices"])
        return [choice["votes"] for choice in data["choices"]], data["voterCount"]

    def vote(self, client, poll, body, expect=200):
        return client.put(f"/api/v1/polls/{poll}/votes", body, expect=expect)

    def own(self, client, poll):
        return client.get(f"/api/v1/polls/{poll}/votes", expect=200).data["choices"]

    def test_vote_change_and_take_back(self, site, mira, tomas, poll):
        first, second = self.choices(tomas, poll)[:2]

        self.vote(tomas, poll, [first])
        self.vote(mira, poll, {"choices": [first]})
        assert self.counts(site.guest, poll)[0][:2] == [2, 0] and self.counts(mira, poll)[1] == 2
        assert self.own(tomas, poll) == [first]
        self.vote(tomas, poll, [second])
        self.vote(tomas, poll, [second])
        assert self.counts(site.guest, poll)[0][:2] == [1, 1] and self.counts(mira, poll)[1] == 2
        for _ in range(2):
            tomas.delete(f"/api/v1/polls/{poll}/votes", expect=200)
        assert self.own(tomas, poll) == []
        assert self.counts(site.guest, poll)[0][:2] == [1, 0] and self.counts(mira, poll)[1] == 1

    def test_several(self, site, mira, tomas, poll):
        first, second = self.choices(tomas, poll)[:2]
        self.vote(tomas, poll, [first, second], expect=400)
        edit(mira, "poll", poll, multi=True)

        self.vote(tomas, poll, [first, second, first])

        assert self.counts(site.guest, poll)[0][:2] == [1, 1] and self.counts(mira, poll)[1] == 1
        self.vote(mira, poll, [second])
        edit(mira, "poll", poll, choices=[{"id": first, "choice": "Only this"}], expect=400)
        edit(mira, "poll", poll, choices=[{"id": first, "choice": "Only this"}], force=True, expect=403)
        edit(site.owner, "poll", poll, choices=[{"id": first, "choice": "Only this"}], force=True)
        assert self.counts(site.guest, poll) == ([1], 1), "who has voted only for what is gone is no voter any more"

    def test_one_for_each_stays_one_for_each(self, site, mira, tomas, poll):
        first, second = self.choices(tomas, poll)[:2]
        edit(mira, "poll", poll, multi=True)
        self.vote(tomas, poll, [first, second])

        for client in (mira, site.owner):
            assert "multi" in edit(client, "poll", poll, multi=False, question="Only one?", expect=400).error[0]
        assert read(mira, "poll", poll)["multi"] is True and read(mira, "poll", poll)["question"] != "Only one?"
        self.vote(tomas, poll, [second])
        edit(mira, "poll", poll, hideResults=True)
        edit(mira, "poll", poll, multi=False, expect=400)  # the answer would tell what is hidden
        edit(mira, "poll", poll, hideResults=False)
        for _ in range(2):
            edit(mira, "poll", poll, multi=False)
        assert read(mira, "poll", poll)["multi"] is False and self.counts(mira, poll)[1] == 1

    @pytest.mark.parametrize("body", [[], {}, [0], [-1], ["x"], [1.5], [888888888], {"choices": 1}, 1, "x", [[1]], None])
    def test_for_what_is_no_choice(self, tomas, poll, body):
        self.vote(tomas, poll, body, expect=400)
        assert self.own(tomas, poll) == []

    def test_of_another_poll(self, mira, tomas, microcosm, poll):
        other = post(mira, "poll", microcosm, title="Another one").id

        self.vote(tomas, poll, [self.choices(mira, other)[0]], expect=400)

    def test_when_it_takes_none(self, site, mira, tomas, poll):
        choice = self.choices(tomas, poll)[0]
        for closed in ({"pollOpen": False}, {"pollOpen": True, "pollCloses": "2001-01-01T00:00:00Z"}):
            edit(mira, "poll", poll, **closed)
            assert code_of(self.vote(tomas, poll, [choice], expect=403)) == 17
        edit(mira, "poll", poll, pollCloses="2999-01-01T00:00:00Z")
        self.vote(tomas, poll, [choice])
        mira.patch(f"/api/v1/polls/{poll}", [{"op": "replace", "path": "/meta/flags/open", "value": False}], expect=200)
        assert code_of(self.vote(tomas, poll, [choice], expect=403)) == 17
        tomas.delete(f"/api/v1/polls/{poll}/votes", expect=403)

    def test_hidden_results(self, site, mira, tomas, microcosm):
        poll = post(mira, "poll", microcosm, hideResults=True).id
        first, second = self.choices(tomas, poll)[:2]
        self.vote(tomas, poll, [first])

        for client in (site.guest, mira, site.owner):
            assert self.counts(client, poll) == ([0, 0], 0)
            data = read(client, "poll", poll)
            assert data["hideResults"] is True and data["resultsHidden"] is True
        assert self.counts(tomas, poll) == ([1, 0], 1)
        assert "resultsHidden" not in read(tomas, "poll", poll)
        self.vote(mira, poll, [second])
        assert self.counts(mira, poll) == ([1, 1], 2)
        mira.delete(f"/api/v1/polls/{poll}/votes", expect=200)
        assert self.counts(mira, poll) == ([0, 0], 0)
        edit(mira, "poll", poll, pollOpen=False)
        for client in (site.guest, mira, site.owner):
            assert self.counts(client, poll) == ([1, 0], 1)
            assert "resultsHidden" not in read(client, "poll", poll)

    def test_hidden_results_until_it_closes_by_time(self, site, mira, tomas, microcosm):
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1.5)
        poll = post(mira, "poll", microcosm, hideResults=True).id
        self.vote(tomas, poll, [self.choices(tomas, poll)[0]])
        edit(mira, "poll", poll, pollCloses=soon.isoformat())

        self.counts(site.guest, poll)  # so that it is cached
        site.sql("SELECT pg_sleep_until(%s + interval '0.1 s')", soon)

        wait_until(lambda: self.counts(site.guest, poll) == ([1, 0], 1), "the results")

    def test_who_may(self, site, tomas, poll):
        choice = self.choices(tomas, poll)[0]
        assert code_of(self.vote(site.guest, poll, [choice], expect=403)) == 10
        site.guest.get(f"/api/v1/polls/{poll}/votes", expect=403)
        site.guest.delete(f"/api/v1/polls/{poll}/votes", expect=403)
        for client, status in ((tomas, 403), (site.owner, 404)):
            self.vote(client, 888888888, [choice], expect=status)
            client.get("/api/v1/polls/888888888/votes", expect=status)


class TestPollWriting:
    def test_are_listed_oldest_first(self, site, mira, microcosm):
        first, second, third = (post(mira, "poll", microcosm, title=site.unique("Poll")).id for _ in range(3))
        mira.post("/api/v1/comments", {"itemType": "poll", "itemId": first, "markdown": "Still open?"}, expect=302)
        site.owner.patch(f"/api/v1/polls/{third}", [{"op": "replace", "path": "/meta/flags/sticky", "value": True}], expect=200)

        listed = [item["id"] for item in site.guest.get("/api/v1/polls?limit=250", expect=200).data["polls"]["items"]]

        assert listed == sorted(listed)
        assert [number for number in listed if number in (first, second, third)] == [first, second, third]

    def choices(self, client, number):
        return [(choice["id"], choice["choice"]) for choice in read(client, "poll", number)["choices"]]

    def test_choices_in_their_order(self, mira, microcosm):
        number = post(mira, "poll", microcosm).id

        assert [choice for _, choice in self.choices(mira, number)] == ["Teal", "Orange"]

    def test_rename_reorder_add_and_remove(self, mira, microcosm):
        number = post(mira, "poll", microcosm, choices=[{"choice": c} for c in ("Teal", "Orange", "Red")]).id
        (teal, _), (orange, _), _ = self.choices(mira, number)

        edit(mira, "poll", number, choices=[{"id": orange, "choice": "Amber"}, {"choice": "Blue"},
                                            {"id": teal, "choice": "Teal"}])

        now = self.choices(mira, number)
        assert [choice for _, choice in now] == ["Amber", "Blue", "Teal"]
        assert (now[0][0], now[2][0]) == (orange, teal)

    def test_without_ids_they_are_added(self, mira, microcosm):
        number = post(mira, "poll", microcosm).id

        edit(mira, "poll", number, choices=[{"choice": "Blue"}])

        assert [choice for _, choice in self.choices(mira, number)] == ["Teal", "Orange", "Blue"]

    def test_ids_of_others_are_refused(self, mira, microcosm):
        number, other = post(mira, "poll", microcosm).id, post(mira, "poll", microcosm).id
        (teal, _), _ = self.choices(mira, number)
        (foreign, _), _ = self.choices(mira, other)

        edit(mira, "poll", number, choices=[{"id": foreign, "choice": "x"}], expect=400)
        edit(mira, "poll", number, choices=[{"id": teal, "choice": "x"}, {"id": teal, "choice": "y"}], expect=400)
        assert [choice for _, choice in self.choices(mira, number)] == ["Teal", "Orange"]
        assert [choice for _, choice in self.choices(mira, other)] == ["Teal", "Orange"]

    @pytest.mark.parametrize("choices", ["Teal", ["Teal"], [{"choice": " "}], [{"choice": "x" * 151}], [{"id": 1}],
                                         [{"choice": "x"}] * 101, [{"choice": 7}], {"choice": "x"}])
    def test_choices_that_are_none(self, mira, microcosm, choices):
        post(mira, "poll", microcosm, choices=choices, expect=400)
