"""Calendars: docs/http/calendars.md, read by a parser of iCalendar that is not ours."""

import datetime

import icalendar
import pytest

import harness

OWN = "/api/v1/events.ics"
LINK = "/api/v1/profiles/calendar"
UTC = datetime.timezone.utc
CANARY = "Kanarienvogel"


def make(client, microcosm, title="Regatta", when="2999-05-22T14:00:00Z", tz="Europe/Lisbon", **fields):
    return client.post("/api/v1/events", {"microcosmId": microcosm, "title": title, "when": when, "tz": tz, **fields},
                       expect=302).id


def edit(client, event, **fields):
    client.put(f"/api/v1/events/{event}", {**fields, "meta": {"editReason": "mend"}}, expect=302)


def attend(client, event, rsvp="yes"):
    client.put(f"/api/v1/events/{event}/attendees", [{"profileId": client.profile_id, "rsvp": rsvp}], expect=200)


def of(microcosm):
    return f"/api/v1/microcosms/{microcosm}/events.ics"


def entries(client, path):
    """The events of a calendar, and that it keeps the rules of lines."""
    body = client.get(path, expect=200).body
    assert body.endswith(b"\r\n") and b"\n" not in body.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    for line in body.split(b"\r\n"):
        line.decode()  # no character is cut
    calendar = icalendar.Calendar.from_ical(body)
    assert calendar["version"] == "2.0" and calendar["prodid"]
    assert calendar.subcomponents, "RFC 5545 wants one at least"
    return calendar.walk("vevent")


def titles(client, path):
    return [str(entry["summary"]) for entry in entries(client, path)]


def link_of(client):
    data = client.post(LINK, expect=200).data
    assert data["events"] == f"{OWN}?token={data['token']}"
    return data["token"]


class TestEntries:
    def test_all_of_it(self, site, mira, microcosm):
        long = "ü" * 45 + "x" + "ü" * 45  # a cut after each 75 bytes would be in the middle of one in one half
        title, place = "Zwölf; \\ Segel, <i>& \"mehr\" " + long, "Alter Hafen,\nSteg 4; links"
        event = make(mira, microcosm, title, duration=90, where=place, lat=38.7, lon=-9.14)
        created = harness.when(mira.get(f"/api/v1/events/{event}").data["meta"]["created"])

        entry, = entries(site.guest, of(microcosm))

        assert entry["dtstart"].dt == datetime.datetime(2999, 5, 22, 13, tzinfo=UTC)
        assert entry["duration"].dt == datetime.timedelta(minutes=90)
        assert str(entry["summary"]) == "Zwölf; \\ Segel, & \"mehr\" " + long
        assert str(entry["location"]) == place
        assert (entry["geo"].latitude, entry["geo"].longitude) == (38.7, -9.14)
        url = site.guest.get("/api/v1/site").data["siteURL"]
        assert str(entry["url"]) == f"{url}/events/{event}/"
        assert str(entry["status"]) == "CONFIRMED" and entry["sequence"] == 0
        for name in ("created", "dtstamp", "last-modified"):
            assert entry[name].dt == created.replace(microsecond=0), name

    def test_keep_their_name_and_count_their_moves(self, site, mira, microcosm):
        event = make(mira, microcosm)
        first, = entries(site.guest, of(microcosm))
        edit(mira, event, title="Another title")
        renamed, = entries(site.guest, of(microcosm))
        edit(mira, event, when="2999-07-01T10:00:00Z")
        moved, = entries(site.guest, of(microcosm))
        edit(mira, event, tz="Europe/Madrid", where="Quay")
        again, = entries(site.guest, of(microcosm))

        assert len({str(entry["uid"]) for entry in (first, renamed, moved, again)}) == 1
        assert [entry["sequence"] for entry in (first, renamed, moved, again)] == [0, 0, 1, 2]
        assert again["dtstart"].dt == datetime.datetime(2999, 7, 1, 8, tzinfo=UTC)
        assert again["last-modified"].dt >= moved["last-modified"].dt >= first["last-modified"].dt

    @pytest.mark.parametrize("status, shown", [("cancelled", "CANCELLED"), ("postponed", "TENTATIVE"), ("past", "CONFIRMED")])
    def test_status(self, site, mira, microcosm, status, shown):
        event = make(mira, microcosm)
        site.sql("UPDATE microcosm.events SET status = %s WHERE site_id = %s AND item_id = %s", status, site.id, event)

        entry, = entries(site.guest, of(microcosm))

        assert str(entry["status"]) == shown

    def test_without_what_is_not_known(self, site, mira, microcosm):
        event = make(mira, microcosm, duration=0)
        site.sql("UPDATE microcosm.events SET duration_minutes = 0 WHERE site_id = %s AND item_id = %s", site.id, event)
        make(mira, microcosm, "Some day", when=None)

        entry, = entries(site.guest, of(microcosm))

        for name in ("duration", "location", "geo"):
            assert name not in entry

    def test_an_empty_one(self, site, microcosm):
        assert entries(site.guest, of(microcosm)) == []

    def test_what_comes_next_and_the_last_year(self, site, mira, microcosm):
        now = datetime.datetime.now(UTC)
        events = {days: make(mira, microcosm, f"In {days} days", (now + datetime.timedelta(days)).isoformat(), "UTC")
                  for days in (-800, -370, -300, -2, 5, 3000)}
        assert len(set(events.values())) == 6

        assert titles(site.guest, of(microcosm)) == ["In -300 days", "In -2 days", "In 5 days", "In 3000 days"]

    def test_is_bounded(self, site, mira, microcosm):
        make(mira, microcosm, "The first")
        (author,), = site.sql("SELECT created_by FROM microcosm.items WHERE site_id = %s LIMIT 1", site.id)
        site.sql("WITH made AS (INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)"
                 " SELECT %s, 9, %s, 'One of many', %s FROM generate_series(1, 2200) RETURNING site_id, item_id)"
                 " INSERT INTO microcosm.events (site_id, item_id, starts_local, starts, tz, status)"
                 " SELECT site_id, item_id, t, t AT TIME ZONE 'UTC', 'UTC', 'upcoming' FROM (SELECT m.*, CASE WHEN n %% 2 = 0"
                 " THEN timestamp '2998-01-01' ELSE now() AT TIME ZONE 'UTC' - interval '9 days' END AS t"
                 " FROM (SELECT m.*, row_number() OVER () AS n FROM made m) m) s RETURNING item_id",
                 site.id, microcosm, author)

        found = entries(site.guest, of(microcosm))

        assert sum(entry["dtstart"].dt.year == 2998 for entry in found) == 1000
        assert sum(entry["dtstart"].dt.year < 2998 for entry in found) == 500
        assert len(found) == 1500


class TestOwn:
    def test_those_that_one_attends(self, site, mira, microcosm):
        somebody = site.newcomer()
        attend(somebody, make(mira, microcosm, "Yes"))
        attend(somebody, make(mira, microcosm, "Perhaps"), "maybe")
        make(mira, microcosm, "Unheard of")
        gone = make(mira, microcosm, CANARY)
        attend(somebody, gone)
        site.owner.delete(f"/api/v1/events/{gone}", expect=200)

        assert titles(somebody, OWN) == ["Yes"]
        site.guest.get(OWN, expect=403)

    def test_only_in_sight(self, site, mira):
        """The rights are those of the moment."""
        somebody, place = site.newcomer(), site.microcosm()
        event = make(mira, place, CANARY)
        attend(somebody, event)
        token = link_of(somebody)
        shown = (f"{OWN}?token={token}", f"{of(place)}?token={token}")
        for path in shown:
            assert titles(site.guest, path) == [CANARY]

        site.role(place, "all", people=[mira])
        harness.wait_until(lambda: somebody.get(f"/api/v1/events/{event}").status == 403, "the role")

        assert entries(site.guest, shown[0]) == []
        reply = site.guest.get(shown[1], expect=403)
        assert CANARY not in reply.body.decode() + str(reply.headers)

    def test_ignored_ones_are_left_out(self, site, mira, microcosm):
        somebody = site.newcomer()
        event = make(mira, microcosm)
        attend(somebody, event)
        somebody.put("/api/v1/ignored", {"itemType": "event", "itemId": event}, expect=200)

        assert entries(somebody, OWN) == []
        assert entries(somebody, of(microcosm)) == []
        assert titles(site.guest, of(microcosm)) == ["Regatta"]


class TestLinks:
    def test_make_use_revoke(self, site, mira, microcosm):
        somebody = site.newcomer()
        attend(somebody, make(mira, microcosm))
        somebody.get(LINK, expect=404)
        token = link_of(somebody)

        told = somebody.get(LINK, expect=200)
        assert set(told.data) == {"created"} and token not in told.body.decode()
        assert titles(site.guest, f"{OWN}?token={token}") == ["Regatta"]
        assert titles(mira, f"{OWN}?token={token}") == ["Regatta"], "the link says whose it is"
        another = link_of(somebody)
        site.guest.get(f"{OWN}?token={token}", expect=401)
        assert titles(site.guest, f"{OWN}?token={another}") == ["Regatta"]
        for _ in range(2):
            somebody.delete(LINK, expect=200)
        for path in (OWN, of(microcosm)):
            reply = site.guest.get(f"{path}?token={another}", expect=401)
            assert reply.data["errorDetail"] == "this link to a calendar has ended: its owner can make another"
        somebody.get(LINK, expect=404)

    def test_is_not_in_the_database(self, site):
        token = link_of(site.newcomer())

        rows = site.sql("SELECT token_hash::text, token_hash = sha256(%s::bytea) FROM microcosm.calendar_links"
                        " WHERE site_id = %s", token, site.id)

        assert all(token not in text for text, _ in rows)
        assert any(same for _, same in rows)

    def test_is_for_calendars_only(self, site, mira, microcosm):
        token = link_of(mira)

        for path in ("/api/v1/whoami", "/api/v1/site", LINK, OWN, of(microcosm)):
            site.guest.get(f"{path}?access_token={token}", expect=401)
            site.guest.get(path, headers=[("Authorization", f"Bearer {token}")], expect=401)
        for path in ("/api/v1/whoami", LINK, "/api/v1/ignored"):
            site.guest.get(f"{path}?token={token}", expect=403)
        site.guest.post(f"/api/v1/events?token={token}", {"microcosmId": microcosm, "title": "Mine"}, expect=403)

    def test_an_access_token_is_no_link(self, site, mira):
        site.guest.get(f"{OWN}?token={mira.token}", expect=401)

    def test_of_another_site(self, site, other_site, mira):
        token = link_of(mira)

        other_site.guest.get(f"{OWN}?token={token}", expect=401)
        other_site.guest.get(f"{of(1)}?token={token}", expect=401)

    def test_of_who_is_banned(self, site, microcosm):
        outcast = site.newcomer()
        token = link_of(outcast)
        site.ban(outcast, "1 hour")
        harness.wait_until(lambda: outcast.get("/api/v1/microcosms").status == 403, "the ban")

        for path in (OWN, of(microcosm)):
            reply = site.guest.get(f"{path}?token={token}", expect=403)
            assert reply.data["errorCode"] == 13

    def test_of_who_may_no_longer_read(self, site):
        """Whoever has the link is a guest, but it isn't that."""
        person = site.newcomer()
        place = site.microcosm()
        role = site.role(place, ("read",), people=[person])
        token = link_of(person)
        assert titles(site.guest, f"{of(place)}?token={token}") == []
        site.drop_role(role)
        site.role(place, ("read",))

        reply = site.guest.get(f"{of(place)}?token={token}", expect=403)
        assert reply.data["errorDetail"] == "who made this link to a calendar may no longer read this microcosm"
        assert "sign in" in site.guest.get(of(place), expect=403).data["errorDetail"]
        assert "roles" in person.get(of(place), expect=403).data["errorDetail"]

    @pytest.mark.parametrize("token", ["x", "%00", "a" * 3000, "%F0%9F%90%99", "' OR 1=1"])
    def test_tokens_that_are_none(self, site, token):
        site.guest.get(f"{OWN}?token={token.replace(' ', '+')}", expect=400 if token == "%00" else 401)

    def test_guests_have_none(self, site):
        for method in ("GET", "POST", "DELETE"):
            site.guest.request(method, LINK, expect=403)


class TestAgain:
    def test_what_has_not_changed_is_not_sent(self, site, mira, microcosm):
        path = of(microcosm)
        event = make(mira, microcosm)
        first = site.guest.get(path, expect=200)
        tag = first.header("ETag")
        assert first.header("Content-Type") == "text/calendar; charset=utf-8"
        assert first.header("Cache-Control") == "no-cache, max-age=0" and first.header("Vary") == "Authorization, Cookie"

        for condition in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            reply = site.guest.get(path, headers=[("If-None-Match", condition)], check=False)
            assert (reply.status, reply.body, reply.header("ETag")) == (304, b"", tag), condition
            assert reply.header("Content-Length") is None and reply.header("Cache-Control") == "no-cache, max-age=0"
        assert site.guest.get(path, headers=[("If-None-Match", '"x"')], expect=200).body == first.body
        head = site.guest.head(path, expect=200)
        assert (head.header("ETag"), head.header("Content-Length")) == (tag, str(len(first.body)))

        edit(mira, event, where="Quay")
        changed = site.guest.get(path, headers=[("If-None-Match", tag)], expect=200)
        assert changed.header("ETag") != tag

    def test_unknown_microcosms(self, site, mira):
        for client, status in ((site.guest, 403), (mira, 403), (site.owner, 404)):
            client.get(of(888888888), expect=status)
