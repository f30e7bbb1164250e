"""Following, and the preferences for it: watchers.md and updates.md."""

import pytest

NEVER = "0001-01-01T00:00:00Z"


@pytest.fixture
def reader(site):
    return site.newcomer()


def watch(client, kind, item_id, expect=200, **more):
    return client.post("/api/v1/watchers", {"itemType": kind, "itemId": item_id, **more}, expect=expect)


def watchers(client):
    page = client.get("/api/v1/watchers?limit=100", expect=200).data["watchers"]
    assert page["total"] == len(page["items"] or [])
    return page["items"] or []


def followed(client):
    return [(one["itemType"], one["itemId"]) for one in watchers(client)]


def things(site):
    microcosm = site.microcosm()
    conversation = site.conversation(microcosm)
    return {"site": site.id, "microcosm": microcosm, "profile": site.newcomer().profile_id, "conversation": conversation,
            "comment": site.comment(conversation)}


def test_everything_that_can_be_read_is_followed_and_listed(site, reader):
    ids = things(site)
    for kind, item_id in ids.items():
        assert watch(reader, kind.upper(), item_id).data is False
        assert watch(reader, kind, item_id).data is False, "a second time changes nothing"
    found = watchers(reader)
    assert [(one["itemType"], one["itemId"]) for one in found] == list(ids.items())[:3] + [
        ("comment", ids["comment"]), ("conversation", ids["conversation"])]
    for one in found:
        assert list(one) == ["id", "itemTypeId", "itemId", "lastNotified", "sendEmail", "sendSMS", "item", "itemType"]
        assert one["lastNotified"] == NEVER and one["sendEmail"] is False
        assert (one["item"] or {}).get("id") == (None if one["itemType"] == "site" else one["itemId"])
    assert [one["itemTypeId"] for one in found] == [1, 2, 3, 4, 6]


def test_pages_of_the_list(site, reader):
    ids = [site.newcomer().profile_id for _ in range(7)]
    for one in ids:
        watch(reader, "profile", one)
    page = reader.get("/api/v1/watchers?limit=5&offset=5", expect=200).data["watchers"]
    assert page["total"] == 7 and [one["itemId"] for one in page["items"]] == sorted(ids)[1::-1]
    reader.get("/api/v1/watchers?limit=5&offset=10", expect=400)
    assert site.newcomer().get("/api/v1/watchers", expect=200).data["watchers"]["total"] == 0


def test_newcomers_are_followed_as_profile_0(site, reader):
    assert watch(reader, "profile", 0, updateTypeId=9).data is True
    one, = watchers(reader)
    assert (one["itemType"], one["itemId"], one["item"], one["sendEmail"]) == ("profile", 0, None, True)


@pytest.mark.parametrize("body", [
    {"itemId": 1}, {"itemType": "tea", "itemId": 1}, {"itemType": "role", "itemId": 1}, {"itemType": "conversation"},
    {"itemType": "conversation", "itemId": -1}, {"itemType": "profile", "itemId": 1, "updateTypeId": 10},
    {"itemType": "profile", "itemId": 1, "updateTypeId": 0}, [], "x"])
def test_what_cannot_be_followed(reader, body):
    assert reader.post("/api/v1/watchers", body).status == 400
    assert followed(reader) == []


def test_what_is_not_there_or_not_for_the_reader(site, reader):
    watch(reader, "profile", 888888888, expect=404)
    watch(reader, "microcosm", 888888888, expect=403)
    watch(reader, "conversation", 888888888, expect={403, 404})
    watch(reader, "comment", 888888888, expect=403)
    watch(reader, "site", site.id + 1000, expect={403, 404})
    founder = site.newcomer()
    huddle = founder.post("/api/v1/huddles", {"title": "Quiet"}, expect=302).id
    watch(reader, "huddle", huddle, expect=403)
    watch(founder, "huddle", huddle)
    assert followed(reader) == []


def test_what_is_hidden_later_is_left_out_of_the_list(site, reader):
    ids = things(site)
    watch(reader, "conversation", ids["conversation"])
    watch(reader, "comment", ids["comment"])
    watch(reader, "microcosm", ids["microcosm"])
    hide = [{"op": "replace", "path": "/meta/flags/deleted", "value": True}]
    site.owner.patch(f"/api/v1/conversations/{ids['conversation']}", hide, expect=200)
    assert followed(reader) == [("microcosm", ids["microcosm"])]
    site.owner.patch(f"/api/v1/microcosms/{ids['microcosm']}", hide, expect=200)
    assert followed(reader) == []
    hide[0]["value"] = False
    site.owner.patch(f"/api/v1/microcosms/{ids['microcosm']}", hide, expect=200)
    site.owner.patch(f"/api/v1/conversations/{ids['conversation']}", hide, expect=200)
    assert len(followed(reader)) == 3, "it was followed all the time"


def test_switches_and_the_flags_of_the_thing(site, reader):
    conversation = things(site)["conversation"]

    def flags():
        flags = reader.get(f"/api/v1/conversations/{conversation}", expect=200).data["meta"]["flags"]
        return {key: flags[key] for key in ("watched", "sendEmail", "sendSMS") if key in flags}

    body = {"itemType": "conversation", "itemId": conversation, "sendEmail": True}
    assert flags() == {}
    reader.patch("/api/v1/watchers/patch", body, expect=400)
    watch(reader, "conversation", conversation)
    assert flags() == {"watched": True, "sendEmail": False, "sendSMS": False}
    assert reader.patch("/api/v1/watchers/patch?method=PATCH", body, expect=200).data is None
    assert flags() == {"watched": True, "sendEmail": True, "sendSMS": False}
    reader.patch("/api/v1/watchers/7", {**body, "sendEmail": False, "sendSMS": True}, expect=200)
    assert flags() == {"watched": True, "sendEmail": False, "sendSMS": True}
    reader.patch("/api/v1/watchers/patch", [body], expect=400)
    gone = f"/api/v1/watchers/delete?updateTypeId=1&itemType=conversation&itemId={conversation}&method=DELETE"
    assert reader.delete(gone, expect=200).data is None
    assert flags() == {}
    reader.delete(gone, expect=404)
    reader.delete("/api/v1/watchers/delete?itemType=tea&itemId=1", expect=400)
    reader.delete("/api/v1/watchers/delete?itemId=1", expect=400)


def test_a_watcher_is_deleted_by_its_id_by_its_owner(site, reader):
    watch(reader, "profile", 0)
    one, = watchers(reader)
    path = f"/api/v1/watchers/{one['id']}"
    site.newcomer().delete(path, expect=403)
    assert len(watchers(reader)) == 1
    reader.delete(path, expect=200)
    reader.delete(path, expect=404)
    assert watchers(reader) == []


def test_preferences_have_defaults_and_are_taken_by_new_watchers(site, reader):
    path = "/api/v1/updates/preferences"
    before = reader.get(path, expect=200).data
    assert [one["id"] for one in before] == list(range(1, 10))
    for one in before:
        assert list(one) == ["profileId", "id", "description", "sendEmail", "sendSMS", "meta"]
        assert one["profileId"] == reader.profile_id and one["meta"] == {} and one["description"]
        assert (one["sendEmail"], one["sendSMS"]) == (one["id"] == 9, False)
    assert reader.get(f"{path}/9", expect=200).data == before[8]

    reader.put(f"{path}/1", {"id": 1, "sendEmail": True}, expect=302)
    reader.put(f"{path}/1", {"sendSMS": True}, expect=302)
    assert reader.get(f"{path}/1", expect=200).data == {**before[0], "sendEmail": True, "sendSMS": True}
    conversation = things(site)["conversation"]
    assert watch(reader, "conversation", conversation).data is True
    reader.put(f"{path}/1", {"sendEmail": False}, expect=302)
    assert watch(reader, "conversation", conversation).data is True, "it stays as it is"
    for wrong in (0, 10):
        reader.put(f"{path}/{wrong}", {"sendEmail": True}, expect={400, 404})
    assert reader.put(f"{path}/2", {"sendEmail": "perhaps"}).status == 400


def test_the_preference_for_newcomers_follows_the_options_until_it_is_set(site, reader):
    path = "/api/v1/updates/preferences/9"
    reader.put("/api/v1/profiles/options", {"sendEmail": False}, expect=302)
    assert reader.get(path, expect=200).data["sendEmail"] is False
    reader.put(path, {"sendSMS": False}, expect=302)
    reader.put("/api/v1/profiles/options", {"sendEmail": True}, expect=302)
    assert reader.get(path, expect=200).data["sendEmail"] is False


def test_who_comes_to_an_event_follows_it_by_the_preference_for_reminders(site, reader):
    reader.put("/api/v1/updates/preferences/7", {"sendEmail": True}, expect=302)
    event = site.owner.post("/api/v1/events", {"microcosmId": site.microcosm(), "title": site.unique("Fair"),
                                               "when": "2030-06-01T10:00:00Z", "duration": 60}, expect=302).id
    reader.put(f"/api/v1/events/{event}/attendees", [{"profileId": reader.profile_id, "rsvp": "yes"}], expect={200, 302})
    one, = watchers(reader)
    assert (one["itemType"], one["itemId"], one["sendEmail"]) == ("event", event, True)
