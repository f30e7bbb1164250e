"""Mail: docs/operating.md#mail, to Debian's python3-aiosmtpd."""

import base64
import datetime
import email
import email.policy
import os
import re
import sys

import pytest

import harness
import pagecheck

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../mail"))
from sink import Sink  # noqa: E402
from test_commands import run  # noqa: E402
from test_updates import at_once  # noqa: E402


def settings(sink):
    return ["--smtp", f"smtp://127.0.0.1:{sink.port}?tls=no", "--mail-from", "forum@forum.example"]


def mail_test(database, *more, address="ada@people.example"):
    return run("mail", "test", address, "--database", database, *more)


def test_an_operator_tries_the_mail(database):
    with Sink(rcpt={"nobody@people.example": "550 5.1.1 no such user"}) as sink:
        assert mail_test(database, *settings(sink), "--mail-reply-to", "help@forum.example") == (0, "", "")
        [(sender, recipient, data)] = sink.taken
        assert (sender, recipient) == ("forum@forum.example", "ada@people.example")
        message = email.message_from_bytes(data, policy=email.policy.default)
        assert message["subject"] == "A test of mail from localhost"
        assert str(message["reply-to"]) == "localhost <help@forum.example>"
        assert "ada@people.example" in message.get_body(("plain",)).get_content()
        assert "ada@people.example" in message.get_body(("html",)).get_content()
        status, _, told = mail_test(database, *settings(sink), address="nobody@people.example")
        assert status == 1 and "550 5.1.1 no such user" in told
        port = sink.port
    status, _, told = mail_test(database, "--smtp", f"smtp://user:secret@127.0.0.1:{port}?tls=no", "--mail-from", "a@b.example")
    assert status == 1 and "the server can't be used" in told and "secret" not in told


@pytest.mark.parametrize("given, told", [
    ([], "smtp isn't set"),
    (["--mail-from", "forum@forum.example"], "smtp isn't set"),
    (["--smtp", "smtp://127.0.0.1"], "smtp needs mail-from"),
    (["--smtp", "smtp://127.0.0.1", "--mail-from", "forum"], "mail-from must be an address"),
    (["--smtp", "smtp://127.0.0.1", "--mail-from", "a@b.example\r\nBcc: x@y.example"], "mail-from must be an address"),
    (["--smtp", "smtp://127.0.0.1", "--mail-from", "a@b.example", "--mail-reply-to", "<a@b.example>"], "mail-reply-to must be"),
    (["--smtp", "http://u:secret@127.0.0.1", "--mail-from", "a@b.example"], "smtp must be an address"),
    (["--mail-templates", "/nowhere"], "mail-templates must be a folder"),
])
def test_settings_that_can_not_be(database, given, told):
    status, out, said = mail_test(database, *given)
    assert status != 0 and told in said and "secret" not in said and out == ""


@pytest.mark.parametrize("address", ["", "ada", "a@b@c.example", "a@b.example\nRCPT TO:<x@y.example>", "é@b.example"])
def test_addresses_that_can_not_be(database, address):
    with Sink() as sink:
        status, _, told = mail_test(database, *settings(sink), address=address)
        assert status == 2 and "ADDRESS must be an e-mail address" in told
        assert sink.taken == []


def test_templates_of_the_operators(database):
    folder = harness.new_folder("mcmail.")
    os.chmod(folder, 0o755)
    template = os.path.join(folder, "test.mail")
    with open(template, "w") as file:
        file.write("[subject]\nGrüße von {{site}}\n[text]\nOnly text for {{email}}.\n")
    with Sink() as sink:
        given = [*settings(sink), "--mail-templates", folder]
        assert mail_test(database, *given) == (0, "", "")
        message = email.message_from_bytes(sink.taken[0][2], policy=email.policy.default)
        assert message["subject"] == "Grüße von localhost"
        assert message.get_content_type() == "text/plain"
        assert message.get_content().splitlines() == ["Only text for ada@people.example."]
        with open(template, "a") as file:
            file.write("{{person}\n")
        status, _, told = run("check", "--database", database, *given)
        assert status == 2 and "mail template test, line 5: {{ without }}" in told
        os.rename(template, os.path.join(folder, "tset.mail"))
        status, _, told = run("check", "--database", database, *given)
        assert status == 2 and "there is no template tset.mail" in told


# Mail about what people follow

@pytest.fixture(scope="module")
def sink():
    with Sink(fate=lambda recipient, data: FATES.get(recipient), rcpt=REFUSED) as sink:
        yield sink


FATES, REFUSED = {}, {}
ITEM_TYPES = {"site": 1, "microcosm": 2, "profile": 3, "huddle": 5, "conversation": 6, "poll": 7, "event": 9}


@pytest.fixture(scope="module")
def forum(database, sink):
    """A site whose daemon sends mail."""
    daemon = harness.Daemon(database, arguments=[*settings(sink), "--mail-bounce-secret", SECRET])
    try:
        daemon.start()
        site = harness.Site(daemon)
        yield site
        site.close()
    finally:
        daemon.close()


def wants(person, item_type, item_id):
    """Have somebody follow a thing and get mail about it."""
    number = ITEM_TYPES[item_type]
    person.site.sql("INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email) VALUES (%s, %s, %s, %s, true) "
                    "ON CONFLICT (site_id, profile_id, item_type, item_id) DO UPDATE SET send_email = true",
                    person.site.id, person.profile_id, number, item_id)


def wants_type(person, update_type):
    person.site.sql("INSERT INTO microcosm.update_preferences (site_id, profile_id, update_type_id, send_email, send_sms) "
                    "VALUES (%s, %s, %s, true, false) ON CONFLICT (site_id, profile_id, update_type_id) DO UPDATE SET send_email = true",
                    person.site.id, person.profile_id, update_type)


def fed(site):
    """All changes have become rows of the queue."""
    return site.sql("SELECT NOT EXISTS (SELECT FROM microcosm.changes c, microcosm.queue_position p"
                    " WHERE NOT pg_visible_in_snapshot(c.transaction, p.since))") == [(True,)]


def queue_is_empty(site):
    return fed(site) and site.sql("SELECT count(*) FROM microcosm.queue WHERE kind IN ('mail', 'updates')") == [(0,)]


def hasten(site):
    """Have mails that have failed tried again now."""
    site.sql("UPDATE microcosm.queue SET due = now() WHERE kind = 'mail' AND problem IS NOT NULL")


def mails_to(sink, person, count):
    """All mails to somebody, when so many have come and nothing waits any more."""
    harness.wait_until(lambda: sum(to == person.email for _, to, _ in sink.taken) >= count and queue_is_empty(person.site),
                       f"{count} mails to {person.email}")
    found = [email.message_from_bytes(data, policy=email.policy.default) for _, to, data in sink.taken if to == person.email]
    assert len(found) == count, [str(message["subject"]) for message in found]
    return found


def test_who_follows_is_told(forum, sink):
    ada, ben = forum.person("ada"), forum.person("ben")
    item = forum.conversation(forum.root, by=ada, title="Knots & <splices>")
    wants(ada, "conversation", item)
    comment = forum.comment(item, "See [this](/events/4/) & **that**\n\n.\nFrom me: 日本", by=ben)
    [mail] = mails_to(sink, ada, 1)
    assert mail["subject"] == "Knots & <splices>"
    assert mail["from"].addresses[0].display_name == "Harbour"
    assert mail["to"].addresses[0].display_name == "ada"
    assert mail["auto-submitted"] == "auto-generated"
    assert mail["message-id"].strip() == f"<comment-{comment}@{forum.host}>"
    assert mail["references"].split() == mail["in-reply-to"].split() == [f"<conversation-{item}@{forum.host}>"]
    assert mail["list-id"].endswith(f"<conversation-{item}.{forum.host}>")
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "ben has written a comment on Knots & <splices>:" in text
    assert "See [this](/events/4/) & **that**" in text and "日本" in text
    link = f"/comments/{comment}/incontext/?utm_source=notification&utm_medium=email&utm_campaign=new_comment"
    assert f"{forum.host}{link}" in text and link.replace("&", "&amp;") in html
    assert f'href="http://{forum.host}/events/4/"' in html or f'href="https://{forum.host}/events/4/"' in html
    assert "Knots &amp; &lt;splices&gt;" in html and "<strong>that</strong>" in html
    # the author gets none, nor does who hasn't been there since
    forum.comment(item, by=ben)
    mails_to(sink, ben, 0)
    mails_to(sink, ada, 1)
    ada.get(f"/api/v1/conversations/{item}", expect=200)
    harness.wait_until(lambda: forum.sql("SELECT count(*) FROM microcosm.read_marks WHERE profile_id = %s AND item_id = %s", ada.profile_id, item)
                       == [(1,)], "the read mark")
    forum.comment(item, by=ben)
    mails_to(sink, ada, 2)


def test_answers_and_mentions_are_a_thread(forum, sink):
    cleo, dan = forum.person("cleo"), forum.person("dan")
    wants_type(cleo, 2)
    wants_type(cleo, 3)
    item = forum.conversation(forum.root, by=dan)
    first = forum.comment(item, by=cleo)
    answer = forum.comment(item, "@cleo indeed", by=dan, reply_to=first)
    [mail] = mails_to(sink, cleo, 1)  # one, though it answers and mentions
    assert mail["in-reply-to"].strip() == f"<comment-{first}@{forum.host}>"
    assert mail["references"].split() == [f"<conversation-{item}@{forum.host}>", f"<comment-{first}@{forum.host}>"]
    assert mail["message-id"].strip() == f"<comment-{answer}@{forum.host}>"
    assert "answered" in mail.get_body(("plain",)).get_content()
    forum.comment(item, "What would @cleo say?", by=dan)
    assert "mentioned" in mails_to(sink, cleo, 2)[1].get_body(("plain",)).get_content()


def test_new_items_and_huddles(forum, sink):
    eve, finn = forum.person("eve"), forum.person("finn")
    place = forum.microcosm()
    wants(eve, "microcosm", place)
    item = forum.conversation(place, by=finn, title="Grüße 🎉")
    [mail] = mails_to(sink, eve, 1)
    assert mail["subject"] == "Grüße 🎉" and mail["message-id"].strip() == f"<conversation-{item}@{forum.host}>"
    assert mail["references"] is None
    huddle = finn.post("/api/v1/huddles", {"title": "Secret", "isConfidential": False, "participants": [{"id": eve.profile_id}]}, expect=302).id
    wants(eve, "huddle", huddle)
    forum.comment(huddle, by=finn, item_type="huddle")
    assert mails_to(sink, eve, 2)[1]["subject"] == "Secret"


def last_notified(person):
    items = person.get("/api/v1/watchers?limit=100", expect=200).data["watchers"]["items"] or []
    return {(one["itemType"], one["itemId"]): one["lastNotified"] for one in items}


NEVER = "0001-01-01T00:00:00Z"


def become_notified(person, *things):
    """That is written down just after the mail has gone out of the queue."""
    harness.wait_until(lambda: NEVER not in [last_notified(person)[thing] for thing in things], "when they were notified")


def at(hours):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def body_of(mail, kind="plain"):
    return mail.get_body((kind,)).get_content()


def test_answers_to_events_and_reminders(forum, sink):
    uma, vic, wes = forum.person("uma"), forum.person("vic"), forum.person("wes")
    event = forum.owner.post("/api/v1/events", {"microcosmId": forum.root, "title": "Regatta & more", "when": at(5), "duration": 60},
                             expect=302).id
    wants(uma, "event", event)
    assert last_notified(uma) == {("event", event): NEVER}
    vic.put(f"/api/v1/events/{event}/attendees", [{"profileId": vic.profile_id, "rsvp": "yes"}], expect=200)
    [mail] = mails_to(sink, uma, 1)
    assert mail["subject"] == "vic attends Regatta & more"
    assert mail["in-reply-to"].strip() == f"<event-{event}@{forum.host}>"
    assert f"/events/{event}/?utm_source=notification&utm_medium=email&utm_campaign=new_attendee" in body_of(mail)
    become_notified(uma, ("event", event))
    # the next when she has been there; and what isn't so any more isn't told
    wes.put(f"/api/v1/events/{event}/attendees", [{"profileId": wes.profile_id, "rsvp": "yes"}], expect=200)
    mails_to(sink, uma, 1)
    # who comes is reminded, if they want mail about it
    wants(vic, "event", event)
    harness.run_microcosmd("job", "run", "event-reminders", "--database", forum.daemon.conninfo, *settings(sink))
    [mail] = mails_to(sink, vic, 1)
    assert mail["subject"] == "Soon: Regatta & more" and "Regatta & more begins " in body_of(mail) and "(Europe/Belfast)" in body_of(mail)
    mails_to(sink, wes, 0)
    harness.run_microcosmd("job", "run", "event-reminders", "--database", forum.daemon.conninfo, *settings(sink))
    mails_to(sink, vic, 1)


def test_of_events_that_are_off_nobody_is_reminded(forum, sink):
    """Neither when it is time to remind them, nor when the mail is sent."""
    def event_of(person):
        event = forum.owner.post("/api/v1/events", {"microcosmId": forum.root, "title": forum.unique("Regatta"), "when": at(5), "duration": 60},
                                 expect=302).id
        person.put(f"/api/v1/events/{event}/attendees", [{"profileId": person.profile_id, "rsvp": "yes"}], expect=200)
        wants(person, "event", event)
        return event

    def end(how, person, event):
        if how == "not coming":
            person.put(f"/api/v1/events/{event}/attendees", [{"profileId": person.profile_id, "rsvp": "no"}], expect=200)
        else:  # no route marks events as off
            forum.sql("UPDATE microcosm.events SET " + ("starts = now() - interval '1 minute', starts_local = now() - interval '1 minute'"
                                                        if how == "over" else f"status = '{how}'") + " WHERE item_id = %s", event)
    people = {how: forum.newcomer() for how in ("cancelled", "postponed", "over", "not coming")}
    ids = [person.profile_id for person in people.values()]
    before, meanwhile = ({how: event_of(person) for how, person in people.items()} for _ in range(2))
    harness.wait_until(lambda: queue_is_empty(forum), "who comes to be told")
    for how, person in people.items():
        FATES[person.email] = "451 later"
        end(how, person, before[how])
    harness.run_microcosmd("job", "run", "event-reminders", "--database", forum.daemon.conninfo, *settings(sink))
    harness.wait_until(lambda: forum.sql("SELECT count(*) FROM microcosm.queue WHERE kind = 'mail' AND profile_id = ANY (%s) AND problem IS NOT NULL",
                                         ids) == [(len(ids),)], "the mails to have failed once")
    for reminded in ("updates WHERE update_type_id = 7 AND", "mails WHERE"):
        assert forum.sql(f"SELECT about_id FROM microcosm.{reminded} profile_id = ANY (%s) ORDER BY 1", ids) == [(event,) for event in
                                                                                                         meanwhile.values()]
    for how, person in people.items():
        end(how, person, meanwhile[how])
        del FATES[person.email]
    hasten(forum)
    for person in people.values():
        mails_to(sink, person, 0)


def test_mail_comes_only_by_all_that_one_follows_it_by(forum, sink):
    """Who has turned mail off for the microcosm wants none of what is in it; nor who has for the conversation."""
    both, outside, inside, apart, later = people = [forum.newcomer() for _ in range(5)]
    writer, place = forum.newcomer(), forum.microcosm()
    item = forum.conversation(place, by=writer)
    for person in people:
        wants(person, "microcosm", place)
        wants(person, "conversation", item)

    def stop(person, item_type, item_id):
        person.patch("/api/v1/watchers/patch", {"itemType": item_type, "itemId": item_id, "sendEmail": False}, expect=200)
    stop(outside, "microcosm", place)
    stop(inside, "conversation", item)
    stop(apart, "microcosm", place)
    FATES[later.email] = "451 later"
    with at_once(forum):
        forum.comment(item, by=writer)
        forum.comment(item, by=apart)  # the newest is her own, so she is told of the one before
    assert forum.sql("SELECT profile_id FROM microcosm.mails WHERE about_id = %s ORDER BY 1", item) == [(both.profile_id,), (later.profile_id,)]
    harness.wait_until(lambda: forum.sql("SELECT count(*) FROM microcosm.queue WHERE kind = 'mail' AND profile_id = %s AND problem IS NOT NULL",
                                         later.profile_id) == [(1,)], "the mail to have failed once")
    stop(later, "microcosm", place)
    del FATES[later.email]
    hasten(forum)
    for person in (outside, inside, apart, later):
        mails_to(sink, person, 0)
    mails_to(sink, both, 1)


def test_votes_do_not_tell_who(forum, sink):
    xan, yves = forum.person("xan"), forum.person("yves")
    made = [forum.owner.post("/api/v1/polls", {"microcosmId": forum.root, "title": title, "question": "Tea?", "hideResults": hides,
                                               "choices": [{"choice": "Yes"}, {"choice": "No"}]}, expect=302).id
            for title, hides in (("Open tea", False), ("Secret tea", True))]
    for poll in made:
        wants(xan, "poll", poll)
        choices = yves.get(f"/api/v1/polls/{poll}", expect=200).data["choices"]
        yves.put(f"/api/v1/polls/{poll}/votes", [choices[0]["id"]], expect={200, 302})
    [mail] = mails_to(sink, xan, 1)  # that there are votes is part of what is hidden
    assert mail["subject"] == "New votes: Open tea"
    assert "yves" not in mail.as_string()


def test_newcomers(forum, sink):
    zoe, bystander = forum.person("zoe"), forum.person("bystander")
    for person in (zoe, forum.owner):
        person.post("/api/v1/watchers", {"itemType": "profile", "itemId": 0, "updateTypeId": 9}, expect=200)
    bystander.post("/api/v1/watchers", {"itemType": "profile", "itemId": 0, "updateTypeId": 1}, expect=200)
    new = forum.person("newcomer")
    [mail] = mails_to(sink, zoe, 1)
    [owners] = mails_to(sink, forum.owner, 1)
    mails_to(sink, bystander, 0)
    mails_to(sink, new, 0)
    # it may be written before they have taken a name
    assert re.match(rf"({new.name}|user\d+) has joined ", mail["subject"]) and new.email not in mail.as_string()
    assert new.email in body_of(owners) and f"/profiles/{new.profile_id}/?utm" in body_of(owners)
    click(forum, mail)
    forum.sql("UPDATE microcosm.watchers SET send_email = false WHERE profile_id = %s AND item_id = 0", forum.owner.profile_id)
    forum.person("later")
    mails_to(sink, zoe, 1)


def click(forum, mail):
    """Ends mail like it, as a mail program does."""
    path = "/" + mail["list-unsubscribe"].strip().strip("<>").split("/", 3)[3]
    forum.guest.post(path, form={"List-Unsubscribe": "One-Click"}, check=False, expect=200)


def test_one_click_ends_what_brought_it(forum, sink):
    """Where somebody follows the microcosm only, mail about that."""
    amy, bob = forum.person("amy"), forum.person("bob")
    place = forum.microcosm()
    wants(amy, "microcosm", place)
    item = forum.conversation(place, by=bob)
    [mail] = mails_to(sink, amy, 1)
    become_notified(amy, ("microcosm", place))
    click(forum, mail)
    forum.comment(item, by=bob)
    forum.conversation(place, by=bob)
    mails_to(sink, amy, 1)


def digest_now(forum, sink, job):
    harness.run_microcosmd("job", "run", job, "--database", forum.daemon.conninfo, *settings(sink))


def test_digests(forum, sink):
    deb, eli, fay = forum.person("deb"), forum.person("eli"), forum.person("fay")
    place = forum.microcosm()
    items = [forum.conversation(place, by=eli, title=f"Thing {i} & <more>") for i in range(4)]
    for person, how_often in ((deb, "daily"), (fay, "weekly")):
        person.put("/api/v1/profiles/options", {"sendEmail": True, "digest": how_often}, expect=302)
        for item in items:
            wants(person, "conversation", item)
        wants_type(person, 3)
    for item in items:
        forum.comment(item, by=eli)
    gone = forum.comment(forum.conversation(place, by=eli, title="Never seen"), f"canary for @{deb.name} and @{fay.name}", by=eli)
    mails_to(sink, deb, 0)
    assert last_notified(deb)["conversation", items[0]] == NEVER
    # hidden, read, ignored and turned off meanwhile
    forum.owner.set_flag(f"/api/v1/comments/{gone}", "moderated", True, expect=200)
    deb.get(f"/api/v1/conversations/{items[1]}", expect=200)
    forum.ignore(deb, "conversation", items[2])
    harness.wait_until(lambda: forum.sql("SELECT count(*) FROM microcosm.read_marks WHERE profile_id = %s AND item_id = %s", deb.profile_id,
                                         items[1]) == [(1,)], "the read mark")
    for _ in range(2):
        digest_now(forum, sink, "daily-digests")
    [mail] = mails_to(sink, deb, 1)
    mails_to(sink, fay, 0)
    text, html = body_of(mail), body_of(mail, "html")
    assert mail["subject"] == "What is new on Harbour" and mail["in-reply-to"] is None
    assert [f"Thing {i} & <more>" in text for i in range(4)] == [True, False, False, True]
    assert "Thing 0 &amp; &lt;more&gt;" in html and "Never seen" not in text and "canary" not in mail.as_string()
    for _ in range(2):
        digest_now(forum, sink, "weekly-digests")
    [mail] = mails_to(sink, fay, 1)
    assert all(f"Thing {i}" in body_of(mail) for i in range(4)) and "canary" not in mail.as_string()
    become_notified(fay, *(("conversation", item) for item in items))
    # nothing new is no mail; and one click ends all of it
    digest_now(forum, sink, "weekly-digests")
    mails_to(sink, fay, 1)
    click(forum, mail)
    assert fay.get("/api/v1/profiles/options", expect=200).data["sendEmail"] is False
    forum.comment(items[0], f"And @{fay.name}", by=eli)
    digest_now(forum, sink, "weekly-digests")
    mails_to(sink, fay, 1)


def test_a_digest_of_very_much_is_several(forum, sink):
    """Each shows 50 things at most; none is left out."""
    una, vic = forum.person("una"), forum.person("vic")
    una.put("/api/v1/profiles/options", {"sendEmail": True, "digest": "daily"}, expect=302)
    wants_type(una, 3)
    item = forum.conversation(forum.microcosm(), by=vic)
    said = [forum.comment(item, f"Number {i} for @{una.name}", by=vic) for i in range(53)]
    harness.wait_until(lambda: forum.sql("SELECT count(*) FROM microcosm.mails WHERE profile_id = %s", una.profile_id) == [(53,)], "mail to be chosen")
    digest_now(forum, sink, "daily-digests")
    mails = mails_to(sink, una, 2)
    shown = [re.findall(r"/comments/(\d+)/incontext", body_of(mail)) for mail in mails]
    assert sorted(len(set(ids)) for ids in shown) == [3, 50]
    assert sorted({int(number) for ids in shown for number in ids}) == said
    assert len({mail["message-id"] for mail in mails}) == 2


def test_hosts_beyond_ascii_get_mail(forum, sink):
    """By the name that name servers know; nobody has a mailbox with such letters before the @ here."""
    wes, rue = forum.person("wes"), forum.person("rue")
    for person, address in ((wes, "Wes.Jr@Bücher.example"), (rue, "rué@people.example")):
        person.site.sql("UPDATE microcosm.users SET email = %s, canonical_email = %s WHERE canonical_email = %s", address, address.lower(),
                        person.email.lower())
        wants_type(person, 3)
    forum.comment(forum.conversation(forum.root, by=forum.owner), f"@{wes.name} and @{rue.name}", by=forum.owner)
    harness.wait_until(lambda: [to for _, to, _ in sink.taken if "xn--bcher-kva" in to] == ["Wes.Jr@xn--bcher-kva.example"], "the mail")
    harness.wait_until(lambda: not forum.sql("SELECT 1 FROM microcosm.queue WHERE profile_id = %s", rue.profile_id), "the other to be dropped")
    assert not [to for _, to, _ in sink.taken if to.startswith("ru")]


def test_a_digest_that_nothing_is_left_of_is_not_sent(forum, sink):
    gil, hob = forum.person("gil"), forum.person("hob")
    gil.put("/api/v1/profiles/options", {"sendEmail": True, "digest": "daily"}, expect=302)
    item = forum.conversation(forum.root, by=hob)
    wants(gil, "conversation", item)
    said = forum.comment(item, by=hob)
    mails_to(sink, gil, 0)
    forum.owner.set_flag(f"/api/v1/comments/{said}", "deleted", True, expect=200)
    digest_now(forum, sink, "daily-digests")
    mails_to(sink, gil, 0)
    # and it is as if it had never been: the next is told
    forum.comment(item, by=hob)
    mails_to(sink, gil, 0)
    digest_now(forum, sink, "daily-digests")
    mails_to(sink, gil, 1)


def test_who_wants_none_when_it_is_sent_gets_none(forum, sink):
    """Or whom it can't reach any more. Nor is any chosen for them from then on."""
    people = options, bounced, unwatched, switch, banned = [forum.person(f"off{i}") for i in range(5)]
    writer = forum.person("offwriter")
    item = forum.conversation(forum.microcosm(), by=writer)
    for person in people:
        wants(person, "conversation", item)
        FATES[person.email] = "451 later"
    forum.comment(item, by=writer)
    harness.wait_until(lambda: forum.sql("SELECT count(*) FROM microcosm.queue WHERE kind = 'mail' AND profile_id = ANY (%s) AND problem IS NOT NULL",
                                         [person.profile_id for person in people]) == [(5,)], "all to have failed once")
    options.put("/api/v1/profiles/options", {"sendEmail": False}, expect=302)
    forum.sql("INSERT INTO microcosm.mail_bounces (canonical_email) SELECT canonical_email FROM microcosm.users WHERE email = %s", bounced.email)
    unwatched.delete(f"/api/v1/watchers/delete?itemType=conversation&itemId={item}", expect=200)
    switch.patch("/api/v1/watchers/patch", {"itemType": "conversation", "itemId": item, "sendEmail": False}, expect=200)
    forum.ban(banned)
    for person in people:
        del FATES[person.email]
    hasten(forum)
    for person in people:
        mails_to(sink, person, 0)
    forum.sql("DELETE FROM microcosm.watchers WHERE profile_id = %s", banned.profile_id)
    last = "SELECT last_value FROM pg_sequences WHERE sequencename = 'mails_mail_id_seq'"
    [(before,)] = forum.sql(last)
    forum.comment(item, by=writer)
    harness.wait_until(lambda: queue_is_empty(forum), "the next comment to be told")
    assert forum.sql(last) == [(before,)]
    forum.daemon.command("mail", "allow", bounced.email)


def test_what_was_not_sent_does_not_stand_in_for_the_next(forum, sink):
    """Of what is hidden before it is sent nobody is told, and the next comment is."""
    ian, jo = forum.person("ian"), forum.person("jo")
    item = forum.conversation(forum.root, by=jo)
    wants(ian, "conversation", item)
    FATES[ian.email] = "451 later"
    said = forum.comment(item, "canary three", by=jo)
    harness.wait_until(lambda: forum.sql("SELECT count(*) FROM microcosm.queue WHERE kind = 'mail' AND profile_id = %s AND problem IS NOT NULL",
                                         ian.profile_id) == [(1,)], "it to have failed once")
    forum.owner.set_flag(f"/api/v1/comments/{said}", "moderated", True, expect=200)
    del FATES[ian.email]
    hasten(forum)
    mails_to(sink, ian, 0)
    forum.comment(item, by=jo)
    mails_to(sink, ian, 1)


def test_an_edit_that_mentions_somebody(forum, sink):
    kim, lou = forum.person("kim"), forum.person("lou")
    wants_type(kim, 3)
    item = forum.conversation(forum.root, by=lou)
    said = forum.comment(item, "Hello", by=lou)
    for text in (f"Hello @{kim.name}", f"Hello again @{kim.name}"):
        lou.put(f"/api/v1/comments/{said}", {"markdown": text}, expect=302)
    assert "mentioned you" in body_of(mails_to(sink, kim, 1)[0])


def test_one_click_ends_it(forum, sink):
    gus, hal = forum.person("gus"), forum.person("hal")
    item = forum.conversation(forum.root, by=gus)
    other = forum.conversation(forum.root, by=gus)
    wants(gus, "conversation", item)
    wants(gus, "conversation", other)
    wants(hal, "conversation", item)
    forum.comment(item, by=hal)
    [mail] = mails_to(sink, gus, 1)
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    path = "/" + mail["list-unsubscribe"].strip().strip("<>").split("/", 3)[3]
    switch = "SELECT send_email FROM microcosm.watchers WHERE profile_id = %s AND item_id = %s"
    page = forum.guest.get(path, check=False)
    assert page.status == 200 and b'<form method="post">' in page.body
    assert forum.sql(switch, gus.profile_id, item) == [(True,)], "looking changes nothing"
    for wrong in (path[:-1] + ("0" if path[-1] != "0" else "1"), path[:-1], path.replace("unsubscribe/", "unsubscribe/1"), path + "0"):
        assert forum.guest.post(wrong, form={"List-Unsubscribe": "One-Click"}).status == 404
        assert not pagecheck.check(forum.guest.post(wrong, form={}, headers=[("Accept", "text/html")], expect=404)).all("form")
    assert forum.sql(switch, gus.profile_id, item) == [(True,)]
    elsewhere = harness.Site(forum.daemon)
    elsewhere.guest.post(path, form={"List-Unsubscribe": "One-Click"}, expect=404)
    forum.guest.post(path.replace(f"/{forum.id}-", f"/{elsewhere.id}-"), form={"List-Unsubscribe": "One-Click"}, expect=404)
    assert forum.sql(switch, gus.profile_id, item) == [(True,)], "the link is one of this site"
    done = forum.guest.post(path, form={"List-Unsubscribe": "One-Click"}, check=False)
    assert done.status == 200, done
    assert forum.sql(switch, gus.profile_id, item) == [(False,)] and forum.sql(switch, gus.profile_id, other) == [(True,)]
    assert forum.sql(switch, hal.profile_id, item) == [(True,)], "others go on getting mail"


def test_what_is_hidden_meanwhile_is_not_sent(forum, sink):
    ida, jon, kay = forum.person("ida"), forum.person("jon"), forum.person("kay")
    open_item, closed = forum.conversation(forum.root, by=jon), forum.conversation(forum.closed_microcosm([ida, jon]), by=jon)
    wants(ida, "conversation", open_item)
    wants(ida, "conversation", closed)
    FATES[ida.email] = "451 later"  # holds the mails back
    hidden = forum.comment(open_item, "canary one", by=jon)
    forum.comment(closed, "canary two", by=jon)
    harness.wait_until(lambda: forum.sql("SELECT count(*) FROM microcosm.queue WHERE kind = 'mail' AND profile_id = %s AND problem IS NOT NULL",
                                         ida.profile_id) == [(2,)], "both to have failed once")
    forum.owner.patch(f"/api/v1/comments/{hidden}", [{"op": "replace", "path": "/meta/flags/moderated", "value": True}], expect=200)
    forum.sql("DELETE FROM microcosm.role_profiles WHERE site_id = %s AND profile_id = %s", forum.id, ida.profile_id)
    del FATES[ida.email]
    hasten(forum)
    mails_to(sink, ida, 0)
    assert not any(b"canary" in data for _, _, data in sink.taken)


def test_addresses_that_bounce(forum, sink):
    lea, max_ = forum.person("lea"), forum.person("max")
    REFUSED[lea.email] = "550 5.1.1 no such user"
    wants_type(lea, 3)
    item = forum.conversation(forum.root, by=max_)
    forum.comment(item, "@lea?", by=max_)
    harness.wait_until(lambda: forum.sql("SELECT count(*) FROM microcosm.mail_bounces") == [(1,)], "the bounce")
    del REFUSED[lea.email]
    forum.comment(item, "@lea again?", by=max_)
    mails_to(sink, lea, 0)
    forum.daemon.command("mail", "allow", lea.email)
    forum.comment(item, "@lea once more?", by=max_)
    mails_to(sink, lea, 1)
    forum.daemon.command("mail", "bounce", lea.email)
    forum.comment(item, "@lea the last time?", by=max_)
    mails_to(sink, lea, 1)


SECRET = "0123456789abcdef"
BOUNCES = "/api/v1/mail/bounces"


def report(forum, body, authorization=f"Bearer {SECRET}", path=BOUNCES, **options):
    headers = [("Authorization", authorization)] if authorization else []
    return forum.guest.request("POST", path, json_body=body, host=harness.ROOT_HOST, headers=headers, **options)


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


def turned_off(forum):
    return {email for email, in forum.sql("SELECT canonical_email FROM microcosm.mail_bounces")}


def test_a_provider_reports_what_comes_back(forum, sink):
    mel, ned, oda = (forum.person(name) for name in ("mel", "ned", "oda"))
    before = turned_off(forum)
    wrong = (None, "Bearer", "Bearer ", f"Bearer {SECRET}x", f"Bearer {SECRET[:-1]}", f"bearer {SECRET}", SECRET, f"Bearer {ned.token}", "Basic",
             "Basic ====", basic(SECRET), basic(f"{SECRET}:"), basic(f"forum:{SECRET}x"), basic(f"forum:{SECRET}\0"), "Basic " + "A" * 4000)
    for shown in wrong:
        assert report(forum, [{"email": mel.email}], shown).status == 401, shown
    assert report(forum, [{"email": mel.email}], None, path=f"{BOUNCES}?access_token={SECRET}").status == 401
    assert forum.owner.post(BOUNCES, [{"email": mel.email}]).status == 404, "on the root host only"
    refused = report(forum, [{"email": mel.email}, {"email": "nobody"}, {}])
    assert refused.status == 400 and turned_off(forum) == before
    assert report(forum, "x").status == report(forum, []).status - 200 + 400 == 400
    report(forum, [{"email": mel.email.upper(), "event": "bounce", "more": [1]}, {"email": ned.email, "event": "delivered"},
                   {"email": "stranger@people.example"}, {"email": mel.email}], expect=200)
    report(forum, {"email": oda.email}, basic(f"forum:{SECRET}"), expect=200)
    assert turned_off(forum) - before == {mel.email, oda.email, "stranger@people.example"}
    item = forum.conversation(forum.root, by=forum.owner)
    for person in (mel, ned, oda):
        wants(person, "conversation", item)
    forum.comment(item, by=forum.owner)
    for person, count in ((mel, 0), (ned, 1), (oda, 0)):
        mails_to(sink, person, count)


def test_a_secret_is_long(database):
    status, _, told = run("serve", "--database", database, "--mail-bounce-secret", "short")
    assert status == 2 and "mail-bounce-secret must have at least 16 characters" in told


def test_each_mail_once_whatever_the_server_does(forum, sink):
    nia, people = forum.person("nia"), [forum.person(f"reader{i}") for i in range(6)]
    item = forum.conversation(forum.root, by=nia)
    fates = iter(["451 later", "close", None, "hang", "421 busy", None] * 3)
    spent = {}
    FATES.update({p.email: None for p in people})
    sink.hangs = 2
    sink.fate = lambda recipient, data: spent.setdefault(recipient, next(fates)) if recipient not in spent else None
    try:
        for person in people:
            wants(person, "conversation", item)
        forum.comment(item, by=nia)
        for person in people:
            mails_to(sink, person, 1)
    finally:
        sink.fate = lambda recipient, data: FATES.get(recipient)
        sink.hangs = None


def test_what_waits_for_too_long_is_taken_again_and_sent_once(forum, sink):
    """All threads wait for the server; what is behind them is taken again meanwhile, and then both are at hand."""
    writer, late, slow = forum.person("slowwriter"), forum.person("slowlate"), [forum.person(f"slow{i}") for i in range(4)]
    first, second = (forum.conversation(forum.root, by=writer) for _ in range(2))
    tried = []
    sink.fate = lambda recipient, data: tried.append(recipient) or FATES.get(recipient)
    try:
        for person in slow:
            wants(person, "conversation", first)
            FATES[person.email] = "hang"
        wants(late, "conversation", second)
        forum.comment(first, by=writer)
        harness.wait_until(lambda: {person.email for person in slow} <= set(tried), "all threads to wait")
        forum.comment(second, by=writer)
        for attempts in (1, 2):
            harness.wait_until(lambda: forum.sql("SELECT attempts FROM microcosm.queue WHERE profile_id = %s", late.profile_id) == [(attempts,)],
                               "it to be taken")
            forum.sql("UPDATE microcosm.queue SET due = now() WHERE profile_id = %s AND attempts = 1", late.profile_id)
        for person in slow:
            del FATES[person.email]
        sink.loop.call_soon_threadsafe(sink.released.set)
        harness.wait_until(lambda: not forum.sql("SELECT 1 FROM microcosm.queue WHERE profile_id = %s", late.profile_id), "it to be sent")
        hasten(forum)
        mails_to(sink, late, 1)
        assert tried.count(late.email) == 1
    finally:
        sink.fate = lambda recipient, data: FATES.get(recipient)
        sink.loop.call_soon_threadsafe(sink.released.clear)
