"""What people are told of: updates.md. Made in the background, so each test waits for what it expects."""

import contextlib
import datetime

import pytest

import harness

UPDATES = "/api/v1/updates"


def updates(client, query=""):
    page = client.get(f"{UPDATES}?limit=100{query}", expect=200).data["updates"]
    assert page["total"] == len(page["items"] or []), page
    return page["items"] or []


def told(client, query=""):
    return [(one["updateType"], one["itemType"], one["item"]["id"]) for one in updates(client, query)]


# All changes have become rows of the queue.
FED = ("SELECT 1 FROM microcosm.queue_position p WHERE p.until IS NULL"
       " AND NOT EXISTS (SELECT FROM microcosm.changes c WHERE NOT pg_visible_in_snapshot(c.transaction, p.since))")


def settle(site):
    """Waits until all that was written is told."""
    harness.wait_until(lambda: site.sql(
        f"{FED} AND NOT EXISTS (SELECT FROM microcosm.queue WHERE kind = 'updates' AND due IS NOT NULL)"), "the queue to be empty")


@contextlib.contextmanager
def at_once(site):
    """What is written meanwhile is work of the queue that is due afterwards, all of it at once.

    No transaction is open meanwhile: it would hold back the change feed of all daemons."""
    site.sql("ALTER TABLE microcosm.queue ALTER due SET DEFAULT 'infinity'")
    try:
        yield
        harness.wait_until(lambda: site.sql(FED), "work to be made of it")
    finally:
        site.sql("ALTER TABLE microcosm.queue ALTER due SET DEFAULT clock_timestamp()")
        site.sql("UPDATE microcosm.queue SET due = clock_timestamp() WHERE due = 'infinity'")
    settle(site)


@pytest.fixture
def reader(site):
    return site.newcomer()


@pytest.fixture
def writer(site):
    return site.newcomer()


@pytest.fixture
def place(site):
    return site.microcosm()


def watch(client, kind, item_id):
    client.post("/api/v1/watchers", {"itemType": kind, "itemId": item_id}, expect=200)


def hide(client, path, value=True):
    client.set_flag(path, "deleted", value, expect=200)


@pytest.mark.parametrize("kind", ["conversation", "huddle"])
def test_comments_name_what_they_are_on_and_answer(site, reader, writer, place, kind):
    if kind == "huddle":
        item = reader.post("/api/v1/huddles", {"title": "Crew", "participants": [{"id": writer.profile_id}]}, expect=302).id
    else:
        item = site.conversation(place, "Crew", by=reader)
    asked = site.comment(item, by=reader, item_type=kind)
    answer = site.comment(item, by=writer, item_type=kind, reply_to=asked)
    settle(site)
    for update in updates(reader):
        assert update["item"]["meta"]["links"] == [
            {"rel": "self", "href": f"/api/v1/comments/{answer}"},
            {"rel": kind, "href": f"/api/v1/{kind}s/{item}", "title": "Crew"},
            {"rel": "up", "href": f"/api/v1/{kind}s/{item}", "title": "Crew"},
            {"rel": "inReplyTo", "href": f"/api/v1/comments/{asked}"},
            {"rel": "inReplyToAuthor", "href": f"/api/v1/profiles/{reader.profile_id}", "title": reader.name}]
    assert updates(reader)


def test_comments_on_what_one_follows_are_one_update_with_the_newest(site, reader, writer, place):
    conversation = site.conversation(place)
    watch(reader, "conversation", conversation)
    watch(reader, "microcosm", place)
    site.comment(conversation, by=writer)
    last = site.comment(conversation, by=writer)
    settle(site)

    one, = updates(reader)
    assert list(one) == ["id", "updateType", "itemType", "item", "parentItemType", "parentItem", "meta"]
    assert told(reader) == [("new_comment", "comment", last)]
    assert (one["parentItemType"], one["parentItem"]["id"]) == ("conversation", conversation)
    assert list(one["meta"]) == ["created", "createdBy", "flags"]
    assert one["meta"]["createdBy"]["id"] == writer.profile_id and one["meta"]["flags"] == {"unread": True}
    assert one["meta"]["created"] == one["item"]["meta"]["created"]
    assert told(writer) == [], "nobody is told of what they did, though they follow it"
    assert told(site.newcomer()) == []

    reader.get(f"/api/v1/conversations/{conversation}", expect=200)
    harness.wait_until(lambda: updates(reader)[0]["meta"]["flags"] == {"unread": False}, "reading the thing to clear it")


def test_replies_mentions_and_new_items(site, reader, writer, place):
    conversation = site.conversation(place)
    asked = site.comment(conversation, by=reader)
    reader.delete(f"/api/v1/watchers/delete?itemType=conversation&itemId={conversation}", expect=200)
    answer = site.comment(conversation, f"So says @{reader.name}", by=writer, reply_to=asked)
    watch(reader, "microcosm", place)
    made = site.conversation(place, by=writer)
    settle(site)

    assert sorted(told(reader)) == sorted([("new_item", "conversation", made), ("mentioned", "comment", answer),
                                           ("reply_to_comment", "comment", answer)])
    item = next(one for one in updates(reader) if one["updateType"] == "new_item")
    assert list(item) == ["id", "updateType", "itemType", "item", "meta"]
    assert any(link["rel"] == "microcosm" and link["title"] for link in item["item"]["meta"]["links"])
    reader.delete(f"/api/v1/watchers/delete?itemType=microcosm&itemId={place}", expect=200)
    assert "new_item" not in [one[0] for one in told(reader)]


def test_huddles_only_while_one_takes_part(site, reader, writer):
    huddle = writer.post("/api/v1/huddles", {"title": "Quiet", "participants": [{"id": reader.profile_id}]}, expect=302).id
    said = site.comment(huddle, by=writer, item_type="huddle")
    settle(site)
    one, = updates(reader)
    assert told(reader) == [("new_comment_in_huddle", "comment", said)]
    assert one["parentItemType"] == "huddle" and one["meta"]["flags"] == {"unread": True}
    reader.get(f"/api/v1/huddles/{huddle}", expect=200)
    harness.wait_until(lambda: updates(reader)[0]["meta"]["flags"] == {"unread": False}, "reading the huddle to clear it")
    reader.delete(f"/api/v1/huddles/{huddle}/participants/{reader.profile_id}", expect=200)
    assert told(reader) == []


def test_answers_reminders_and_votes(daemon, site, reader, writer, place):
    soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    event = site.owner.post("/api/v1/events", {"microcosmId": place, "title": site.unique("Fair"), "when": soon,
                                               "duration": 60}, expect=302).id
    come = [{"profileId": writer.profile_id, "rsvp": "yes"}]
    watch(reader, "event", event)
    writer.put(f"/api/v1/events/{event}/attendees", come, expect=200)
    poll = site.owner.post("/api/v1/polls", {"microcosmId": place, "title": site.unique("Tea"), "question": "Tea?",
                                             "choices": [{"choice": "Yes"}, {"choice": "No"}]}, expect=302).id
    choices = reader.get(f"/api/v1/polls/{poll}", expect=200).data["choices"]
    watch(reader, "poll", poll)
    writer.put(f"/api/v1/polls/{poll}/votes", [choices[0]["id"]], expect={200, 302})
    settle(site)
    assert told(reader) == [("new_attendee", "event", event)], "old clients don't know polls"
    assert told(reader, "&polls=true") == [("new_vote", "poll", poll), ("new_attendee", "event", event)]
    assert updates(reader, "&polls=true")[0]["meta"]["createdBy"]["id"] == site.owner.profile_id, "who has voted is secret"

    def remind():
        harness.run_microcosmd("job", "run", "event-reminders", "--database", daemon.conninfo)
        assert told(writer) == [("event_reminder", "event", event)]
        return updates(writer)[0]["meta"]["created"]
    first = remind()
    assert remind() == first
    # moved since it was told: what was said of the old time is no reminder of the new one
    site.sql("UPDATE microcosm.events SET starts = starts + interval '20 hours', starts_local = starts_local + interval '20 hours'"
             " WHERE item_id = %s", event)
    assert remind() == first, "it isn't near yet"
    site.sql("UPDATE microcosm.updates SET created = created - interval '20 hours' WHERE update_type_id = 7 AND about_id = %s", event)
    site.sql("UPDATE microcosm.events SET starts = starts - interval '20 hours', starts_local = starts_local - interval '20 hours'"
             " WHERE item_id = %s", event)
    second = remind()
    assert second > first and remind() == second


def test_of_many_at_once_each_is_told_the_newest_that_is_for_them(site, reader, writer, place):
    """The newest may be their own, or by somebody whom they ignore; both hear of those before."""
    conversation, ignoring, between = site.conversation(place), site.newcomer(), site.newcomer()
    for person in (reader, ignoring):
        watch(person, "microcosm", place)
        watch(person, "conversation", conversation)
    site.ignore(ignoring, "profile", writer.profile_id)
    with at_once(site):
        asked = site.comment(conversation, by=writer)
        before = site.comment(conversation, by=between)
        answer = site.comment(conversation, by=reader, reply_to=asked)
        item = site.conversation(place, by=between)
        newest = site.comment(conversation, by=writer, reply_to=answer)

    assert sorted(told(reader)) == sorted([("reply_to_comment", "comment", newest), ("new_comment", "comment", newest),
                                           ("new_item", "conversation", item)])
    assert sorted(told(ignoring)) == sorted([("new_comment", "comment", answer), ("new_item", "conversation", item)])
    assert sorted(told(writer)) == sorted([("reply_to_comment", "comment", answer), ("new_comment", "comment", answer)])
    assert told(between) == [("new_comment", "comment", newest)]


def test_more_followers_than_are_told_at_once(site, writer):
    """What was too much at once comes next, all of it."""
    items = [site.conversation(site.microcosm(), by=writer) for _ in range(3)]
    site.sql("INSERT INTO microcosm.users (email, canonical_email) SELECT m, m FROM generate_series(1, 3000) n, concat(%s, n, '@many.example') m",
             site.unique("f"))
    site.sql("INSERT INTO microcosm.profiles (site_id, user_id, profile_name, name_key, name_order, avatar)"
             " SELECT %s, u.user_id, 'many' || u.user_id, 'rnany' || u.user_id, 'many' || u.user_id, '/api/v1/files/a'"
             " FROM microcosm.users u WHERE u.email LIKE '%%@many.example'", site.id)
    site.sql("INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id) SELECT %s, p.profile_id, 6, i"
             " FROM microcosm.profiles p, unnest(%s::bigint[]) i WHERE p.site_id = %s AND p.profile_name LIKE 'many%%'", site.id, items, site.id)
    with at_once(site):
        comments = [site.comment(item, by=writer) for item in items for _ in range(2)]

    counts = site.sql("SELECT item_id, count(*) FROM microcosm.updates u JOIN microcosm.profiles p USING (site_id, profile_id)"
                      " WHERE site_id = %s AND p.profile_name LIKE 'many%%' GROUP BY item_id", site.id)
    assert sorted(counts) == [(comment, 3000) for comment in comments[1::2]]


def test_who_is_ignored_makes_none(site, reader, writer, place):
    conversation, other = site.conversation(place), site.conversation(place)
    for thing in (conversation, other):
        watch(reader, "conversation", thing)
    site.comment(conversation, by=writer)
    settle(site)
    assert len(updates(reader)) == 1
    site.ignore(reader, "profile", writer.profile_id)
    assert updates(reader) == [], "nor are those shown that were made before"
    site.comment(other, f"@{reader.name}", by=writer)
    site.ignore(reader, "conversation", other)
    site.comment(other)
    settle(site)
    assert updates(reader) == []
    reader.delete("/api/v1/ignored", json_body={"itemType": "profile", "itemId": writer.profile_id}, expect=200)
    assert [one[0] for one in told(reader)] == ["new_comment"], "nothing was made meanwhile"


def rows(site, person):
    """What they have been told, whether they may see it or not."""
    return site.sql("SELECT update_type_id, item_id FROM microcosm.updates WHERE profile_id = %s ORDER BY 1, 2", person.profile_id)


def test_nothing_is_written_for_those_whom_it_does_not_concern(site, reader, writer, place):
    """Reading would leave it out, but mail and room would be taken for it."""
    everywhere, ignoring, left = site.newcomer(), site.newcomer(), site.newcomer()
    watch(everywhere, "site", site.id)
    site.ignore(ignoring, "profile", writer.profile_id)
    huddle = writer.post("/api/v1/huddles", {"title": "Quiet", "participants": [{"id": reader.profile_id}, {"id": left.profile_id}]}, expect=302).id
    left.delete(f"/api/v1/huddles/{huddle}/participants/{left.profile_id}", expect=200)
    site.sql("INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id) VALUES (%s, %s, 5, %s) ON CONFLICT DO NOTHING",
             site.id, left.profile_id, huddle)
    said = site.comment(huddle, by=writer, item_type="huddle")
    site.comment(writer.profile_id, by=writer, item_type="profile")
    conversation = site.conversation(place, by=writer)
    site.comment(conversation, f"@{ignoring.name}", by=writer)
    settle(site)
    assert rows(site, reader) == [(4, said)]
    assert rows(site, left) == []
    assert rows(site, ignoring) == []
    assert [kind for kind, _ in rows(site, everywhere)] == [1, 8], "a comment in a microcosm, and a conversation"


def test_what_is_hidden_after_it_was_told_is_not_shown(site, reader, writer, place):
    below = site.microcosm(parent=place)
    conversation = site.conversation(below)
    watch(reader, "conversation", conversation)
    said = site.comment(conversation, f"Hello @{reader.name}", by=writer)
    settle(site)
    both = [("mentioned", "comment", said), ("new_comment", "comment", said)]
    assert sorted(told(reader)) == both
    for path in (f"comments/{said}", f"conversations/{conversation}", f"microcosms/{below}", f"microcosms/{place}"):
        hide(site.owner, f"/api/v1/{path}")
        assert told(reader) == [], path
        assert reader.get(UPDATES, expect=200).data["updates"]["total"] == 0
        hide(site.owner, f"/api/v1/{path}", False)
        assert sorted(told(reader)) == both, path


def test_what_is_hidden_before_it_is_told_is_not_shown(site, reader, writer, place):
    conversation = site.conversation(place)
    watch(reader, "conversation", conversation)
    said = site.comment(conversation, by=writer)
    hide(site.owner, f"/api/v1/comments/{said}")
    settle(site)
    assert told(reader) == []


def test_who_may_not_read_any_more_is_shown_nothing(site, reader, writer, place):
    conversation = site.conversation(place)
    watch(reader, "conversation", conversation)
    site.comment(conversation, by=writer)
    settle(site)
    assert len(updates(reader)) == 1
    site.owner.post(f"/api/v1/microcosms/{place}/roles", {"title": "Crew", "read": True}, expect=302)
    assert updates(reader) == [], "the only role has no members"


def test_a_comment_that_is_edited_tells_those_it_mentions_now(site, reader, writer, place):
    conversation = site.conversation(place)
    said = site.comment(conversation, "Hello", by=writer)
    writer.put(f"/api/v1/comments/{said}", {"markdown": f"Hello @{reader.name}"}, expect=302)
    writer.put(f"/api/v1/comments/{said}", {"markdown": f"Hello again @{reader.name}"}, expect=302)
    settle(site)
    assert told(reader) == [("mentioned", "comment", said)]


def test_pages(site, reader, writer, place):
    watch(reader, "microcosm", place)
    made = [site.conversation(place, by=writer) for _ in range(7)]
    settle(site)
    page = reader.get(f"{UPDATES}?limit=5&offset=5", expect=200).data["updates"]
    assert page["total"] == 7 and [one["item"]["id"] for one in page["items"]] == made[1::-1]
    reader.get(f"{UPDATES}?limit=5&offset=10", expect=400)
