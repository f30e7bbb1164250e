"""What clients of the API v1 send and read, as docs/http/clients.md lists it.

Web sends as the official web client does: gzip and an empty body announced with each GET, real DELETEs that say so once
more in the query, edits that are POSTs, and redirects followed with the same headers.
"""

import json
import pathlib
import re

import pytest

import harness
import test_auth0
from test_files import PICTURES
from test_pictures import png

FLAGS = "create read update delete closeOwn openOwn readOthers guest banned owner moderator siteOwner"
PAGE = "total limit offset maxOffset totalPages page links type items"


class Web:
    """A session of the web client, for a member or a guest."""

    def __init__(self, client):
        self.client = client
        self.headers = [("Accept", "application/json"), ("Accept-Encoding", "gzip")]

    def ask(self, method, path, body=None, headers=(), **options):
        if body is None:
            options.update(body=b"")
        reply = self.client.request(method, path, json_body=body, headers=[*self.headers, *headers], **options)
        return reply

    def get(self, path, expect=200):
        """A GET, and where a 307 leads: one hop."""
        reply = self.ask("GET", path)
        if reply.status == 307:
            reply = self.ask("GET", reply.location)
        assert reply.status == expect, reply
        return reply.data

    def send(self, path, body, method=None):
        """A POST, which stands for PUT in edits; the redirect is followed with all headers, and must lead to data."""
        reply = self.ask("POST", path + (f"?method={method}" if method else ""), body)
        assert reply.status == 302, reply
        reply = self.ask("GET", reply.location, headers=[("Content-Type", "application/json")])
        assert reply.status == 200 and reply.error is None and reply.data is not None, reply
        return reply.data

    def edit(self, path, body):
        return self.send(path, body, "PUT")

    def put(self, path, body, expect=200):
        reply = self.ask("PUT", path, body)
        assert reply.status == expect, reply

    def patch(self, path, flag, value):
        reply = self.ask("PATCH", path, [{"op": "replace", "path": flag, "value": value}])
        assert reply.status == 200, reply

    def delete(self, path, body=None):
        reply = self.ask("DELETE", f"{path}?method=DELETE", body)
        assert reply.status == 200 and reply.error is None and list(reply.json) == ["context", "status", "data", "error"], reply


def has(record, keys):
    """Assert that a record has keys, none of them null."""
    missing = [key for key in keys.split() if record.get(key) is None]
    assert not missing, f"{missing} missing in {json.dumps(record)[:600]}"
    return record


# The objects that clients take apart


def check_page(page):
    has(page, PAGE)
    for link in page["links"]:
        has(link, "rel href title")
    return page["items"]


def check_person(person):
    has(person, "id siteId userId profileName visible avatar")
    assert isinstance(person["avatar"], str) and person["avatar"] and isinstance(person["visible"], bool)
    assert "self" in [link["rel"] for link in person["meta"]["links"]]


def check_meta(meta, detail):
    has(meta, "created createdBy flags links")
    check_person(meta["createdBy"])
    for link in meta["links"]:
        has(link, "rel href")
        assert link["href"].isascii()
    if detail:
        has(meta["permissions"], FLAGS)


def check_item(kind, item, detail=False):
    has(item, "id microcosmId title meta breadcrumb")
    check_meta(item["meta"], detail)
    has(item["meta"]["flags"], "sticky open deleted moderated visible")
    for ancestor in item["breadcrumb"]:
        has(ancestor, "rel level href title")
    if kind == "event":
        has(item, "rsvpLimit tz status")
        assert item["status"] in ("proposed", "upcoming", "postponed", "cancelled", "past")
        assert ("when" in item) == ("duration" in item) == ("whentz" in item)
    if detail:
        for comment in check_page(item["comments"]):
            check_comment(comment)
        return
    has(item, "totalComments totalViews")
    if "lastComment" in item:
        has(item["lastComment"], "id createdBy created")


def check_comment(comment, detail=False):
    has(comment, "id itemType itemId revisions markdown html meta")
    check_meta(comment["meta"], detail)
    links = {link["rel"]: link for link in comment["meta"]["links"]}
    has(links["up"], "href")
    if detail:
        has(comment, "inReplyTo attachments")
        has(links["commentPage"], "href")
    if comment.get("inReplyTo"):
        has(links["inReplyToAuthor"], "href title")


def check_microcosm(microcosm, detail=False):
    has(microcosm, "id siteId visibility title description logoUrl itemTypes meta")
    check_meta(microcosm["meta"], detail)
    has(microcosm["meta"]["flags"], "sticky open deleted moderated visible")
    if not detail:
        has(microcosm, "totalItems totalComments")
        for child in microcosm.get("children", []):
            has(child, "rel href title")
        if "mostRecentUpdate" in microcosm:
            check_entry(microcosm["mostRecentUpdate"])
        return
    for entry in check_page(microcosm["items"]):
        check_entry(entry)


def check_entry(entry):
    has(entry, "itemType item")
    has(entry["item"], "id title totalComments meta")
    if entry["itemType"] == "microcosm":
        check_microcosm(entry["item"])
    else:
        check_item(entry["itemType"], entry["item"])


@pytest.fixture(scope="module")
def web(site):
    return Web(site.owner)


@pytest.fixture(scope="module")
def reader(mira):
    return Web(mira)


@pytest.fixture(scope="module")
def visitor(site):
    return Web(site.guest)


@pytest.fixture(scope="module")
def busy(site, mira):
    """A microcosm with one of everything in it, and a child."""
    microcosm = site.microcosm()
    site.conversation(site.microcosm(parent=microcosm), by=mira)
    things = {"microcosm": microcosm, "conversation": site.conversation(microcosm, by=mira)}
    things["event"] = site.owner.post("/api/v1/events", {"microcosmId": microcosm, "title": "Regatta", "lat": 51,
                                                         "when": "2031-05-01T10:00:00Z"}, expect=302).id
    site.owner.post("/api/v1/events", {"microcosmId": microcosm, "title": "Some day"}, expect=302)
    things["comment"] = site.comment(things["conversation"], by=mira)
    things["reply"] = site.comment(things["conversation"], reply_to=things["comment"])
    for number in range(4):
        site.comment(things["conversation"], f"Number {number}", by=mira)
    site.comment(things["event"], item_type="event")
    return things


class TestEveryCall:
    def test_hosts_ports_and_headers(self, site, visitor, busy):
        plain = site.guest.get(f"/api/v1/conversations/{busy['conversation']}").data["title"]
        for host in (site.host, f"{site.host}:8443", site.host.upper()):
            for encoding in ("gzip", "gzip, deflate, compress", "application/json"):
                reply = site.guest.get(f"/api/v1/conversations/{busy['conversation']}", host=host, body=b"",
                                       headers=[("Accept-Encoding", encoding), ("Accept", "*/*")], expect=200)
                assert reply.data["title"] == plain

    def test_every_failure_is_json_with_a_sentence_for_people(self, site, visitor, reader):
        for path, status in (("/api/v1/trending-not", 404), ("/api/v1/profiles/options", 403),
                             ("/api/v1/conversations?limit=7", 400), ("/api/v1/conversations/0", 400)):
            reply = visitor.ask("GET", path)
            assert reply.status == status and reply.data["errorDetail"]
            assert isinstance(reply.error, list) and all(isinstance(text, str) for text in reply.error)
        site.guest.get("/api/v1/whoami", token="expired", expect=401)
        reader.ask("GET", "/api/v1/roles", expect=403)

    def test_booleans_are_pythons(self, site, reader):
        for query in ("top=True", "following=True", "online=True", "q=m&top=True"):
            check_page(reader.get(f"/api/v1/profiles?{query}")["profiles"])
        assert reader.get("/api/v1/profiles?following=True")["profiles"]["total"] == 0
        assert reader.get("/api/v1/profiles?online=True")["profiles"]["total"] > 0

    def test_titles_come_escaped_and_go_back_as_they_came(self, site, web, microcosm):
        title = "<b>Sails</b> & \"ropes\" <script>x</script>"
        made = web.send("/api/v1/conversations", {"microcosmId": microcosm, "title": title})
        assert not re.search(r"[<>\"']", made["title"])
        again = web.edit(f"/api/v1/conversations/{made['id']}", {
            "id": made["id"], "microcosmId": microcosm, "title": made["title"], "meta": {"editReason": "<i>\"so\"</i>"}})
        assert again["title"] == made["title"]
        assert not re.search(r"[<>\"']", again["meta"]["editReason"])

    def test_addresses_are_ascii(self, site, reader, busy):
        name = "/api/v1/profiles?q=k%C3%B6"
        for path in (name, f"/api/v1/microcosms/{busy['microcosm']}?context=%E2%98%83"):
            for _, page in harness.contract.pages_of(reader.get(path)):
                assert all(link["href"].isascii() and link["href"].startswith("/api/v1/") for link in page["links"])


class TestSite:
    def test_the_site(self, site, visitor):
        data = has(visitor.get("/api/v1/site"),
                   "siteId siteURL title description subdomainKey domain ownedBy meta logoUrl themeId linkColor backgroundColor")
        assert data["logoUrl"] and data["ownedBy"]["id"]
        stats = {stat["metric"] for stat in data["meta"]["stats"]}
        assert stats >= {"totalProfiles", "onlineProfiles", "totalConversations", "totalEvents", "totalComments"}

    def test_the_caller(self, site, reader):
        data = has(reader.get("/api/v1/whoami"), "id siteId userId email profileName visible avatar styleId itemCount"
                                                 " commentCount created lastActive meta")
        has(data["meta"]["permissions"], FLAGS)
        assert [stat["metric"] for stat in data["meta"]["stats"]] == ["unreadHuddles"]

    def test_the_banned_caller(self, site):
        outlaw = site.newcomer()
        site.ban(outlaw)
        harness.wait_until(lambda: outlaw.get("/api/v1/microcosms").status == 403, "the ban")
        assert Web(outlaw).get("/api/v1/whoami")["meta"]["permissions"]["banned"] is True

    def test_legal_documents(self, visitor):
        for name in ("cookies", "privacy", "terms"):
            assert visitor.get(f"/api/v1/legal/{name}")["html"]

    def test_the_host_of_a_custom_domain(self, site):
        site.sql("UPDATE microcosm.sites SET domain = 'web.pier.example' WHERE site_id = %s", site.id)
        reply = site.guest.get("/api/v1/hosts/web.pier.example", host=harness.ROOT_HOST, expect=200)
        assert reply.body.decode() == site.host
        site.sql("UPDATE microcosm.sites SET domain = '' WHERE site_id = %s", site.id)


class TestPeople:
    def test_lists(self, site, visitor, reader):
        for path in ("/api/v1/profiles", "/api/v1/profiles?offset=0", "/api/v1/profiles?limit=250"):
            data = visitor.get(path)
            has(data["meta"], "links permissions")
            for person in check_page(data["profiles"]):
                check_person(person)

    def test_the_picker_in_the_browser(self, site, mira):
        reply = site.guest.get("/api/v1/profiles?disableBoiler&top=true&q=mir", headers=[("Origin", "https://x.example")])
        assert reply.header("Access-Control-Allow-Origin") == "*"
        assert mira.profile_id in [person["id"] for person in reply.json["profiles"]["items"]]

    def test_a_profile_and_its_edit(self, site, reader, mira):
        read = has(reader.get(f"/api/v1/profiles/{mira.profile_id}"), "id profileName avatar visible meta created lastActive")
        assert "profileComment" in read
        sent = {**read, "profileName": "mira"}
        assert reader.edit(f"/api/v1/profiles/{mira.profile_id}", sent)["profileName"] == "mira"

    def test_a_biography(self, site, reader, mira):
        made = reader.send("/api/v1/comments", {"itemType": "profile", "itemId": mira.profile_id, "inReplyTo": None,
                                                "markdown": "I sail", "attachments": 0})
        comment = reader.get(f"/api/v1/profiles/{mira.profile_id}")["profileComment"]
        has(comment, "id markdown html")
        assert comment["id"] == made["id"]
        assert reader.get(f"/api/v1/comments/{made['id']}/incontext")["comments"]["total"] == 1
        reader.delete(f"/api/v1/comments/{made['id']}")

    def test_membership(self, site, web, mira):
        path = f"/api/v1/profiles/{mira.profile_id}"
        web.patch(path, "/member", True)
        assert web.get(path)["member"] is True
        web.patch(path, "/member", False)

    def test_members_by_a_token_in_the_query(self, site, mira):
        """PUT of an attribute, its redirect followed without a token, and DELETE, which may find nothing."""
        path = f"/api/v1/profiles/{mira.profile_id}/attributes/is_member"
        reply = site.guest.put(f"{path}?access_token={site.owner.token}", {"value": True}, expect=302)
        assert site.guest.get(reply.location, expect=200).data["value"] is True
        for status in (200, 404):
            site.guest.delete(f"{path}?access_token={site.owner.token}", expect=status)

    def test_read_marks_and_options(self, site, reader, microcosm):
        for body in ({"itemType": "site", "itemId": site.id}, {"itemType": "microcosm", "itemId": microcosm},
                     {"itemType": "huddle", "itemId": 0}):
            reader.put("/api/v1/profiles/read", body)
        has(reader.get("/api/v1/profiles/options"), "profileId sendEmail sendSMS")
        assert reader.edit("/api/v1/profiles/options", {"sendEmail": False, "sendSMS": False})["sendEmail"] is False

    def test_ignoring(self, site, reader, busy):
        body = {"itemType": "microcosm", "itemId": busy["microcosm"]}
        reader.put("/api/v1/ignored", body)
        data = reader.get("/api/v1/ignored?offset=0")
        (entry,) = check_page(data["ignored"])
        assert has(entry, "itemType item")["item"]["id"] == busy["microcosm"]
        assert reader.get(f"/api/v1/microcosms/{busy['microcosm']}")["meta"]["flags"]["ignored"] is True
        reader.delete("/api/v1/ignored", body)
        assert check_page(reader.get("/api/v1/ignored")["ignored"]) == []


class TestMicrocosms:
    def test_the_root_and_the_tree(self, site, visitor, reader, busy):
        for client in (visitor, reader):
            check_microcosm(client.get("/api/v1/microcosms"), detail=True)
            for node in client.get("/api/v1/microcosms/tree"):
                has(node, "href title level id")

    def test_one(self, site, visitor, reader, web, busy):
        for client in (visitor, reader, web):
            data = client.get(f"/api/v1/microcosms/{busy['microcosm']}")
            check_microcosm(data, detail=True)
            kinds = [entry["itemType"] for entry in data["items"]["items"]]
            assert {"microcosm", "conversation", "event"} == set(kinds)
        check_microcosm(reader.get(f"/api/v1/microcosms/{busy['microcosm']}?limit=5"), detail=True)

    def test_no_polls_unasked(self, site, mira, reader):
        microcosm = site.microcosm()
        mira.post("/api/v1/polls", {"microcosmId": microcosm, "title": "Colours", "question": "Which?",
                                    "choices": [{"choice": "Teal"}]}, expect=302)
        listed = reader.get(f"/api/v1/microcosms/{microcosm}")
        check_microcosm(listed, detail=True)
        assert listed["items"]["items"] == []
        assert [entry["itemType"] for entry in reader.get(f"/api/v1/microcosms/{microcosm}?polls=True")["items"]["items"]] == ["poll"]

    def test_from_making_to_undeleting(self, site, web):
        made = web.send("/api/v1/microcosms", {"title": "Sheds", "description": "Of tools", "parentId": 0, "visibility": "public",
                                               "itemTypes": ["conversation", "event"], "logoUrl": "https://x.example/l.png"})
        path = f"/api/v1/microcosms/{made['id']}"
        assert made["parentId"] == site.root
        logo = f"https://{site.host}/api/v1/files/0123456789abcdef.png"
        edited = web.edit(path, {**made, "title": "Barns", "logoUrl": logo, "meta": {"editReason": "bigger"}})
        assert (edited["title"], edited["logoUrl"]) == ("Barns", logo)
        without = web.edit(path, {"id": made["id"], "removeLogo": True, "meta": {"editReason": "no logo"}})
        assert without["logoUrl"] == f"/api/v1/files/microcosms/{made['id']}.svg" and without["description"] == "Of tools"
        other = site.microcosm()
        assert web.edit(path, {"id": made["id"], "parentId": other, "meta": {"editReason": "moved"}})["parentId"] == other
        for flag in ("sticky", "moderated", "open"):
            web.patch(path, f"/meta/flags/{flag}", flag != "open")
            assert web.get(path)["meta"]["flags"][flag] is (flag != "open")
        web.patch(path, "/meta/flags/moderated", False)
        web.delete(path)
        assert web.get(path)["meta"]["flags"]["deleted"] is True
        web.patch(path, "/meta/flags/deleted", False)
        assert web.get(path)["meta"]["flags"]["visible"] is True


class TestConversations:
    def test_one(self, site, visitor, reader, busy):
        for client in (visitor, reader):
            for query in ("", "?offset=5&limit=5", "?limit=100"):
                check_item("conversation", client.get(f"/api/v1/conversations/{busy['conversation']}{query}"), detail=True)

    def test_from_making_to_undeleting(self, site, reader, web, microcosm):
        made = reader.send("/api/v1/conversations", {"microcosmId": microcosm, "title": "Rope or chain?"})
        path = f"/api/v1/conversations/{made['id']}"
        reader.send("/api/v1/comments", {"itemType": "conversation", "itemId": made["id"], "inReplyTo": None,
                                         "markdown": "Rope", "attachments": None})
        edited = reader.edit(path, {"id": made["id"], "microcosmId": microcosm, "title": "Chain", "meta": {"editReason": "no"}})
        assert edited["title"] == "Chain"
        other = site.microcosm()
        moved = web.edit(path, {"id": made["id"], "microcosmId": other, "meta": {"editReason": "there"}})
        assert (moved["microcosmId"], moved["title"]) == (other, "Chain")
        for flag in ("sticky", "open", "moderated"):
            web.patch(path, f"/meta/flags/{flag}", flag != "open")
        assert web.get(path)["meta"]["flags"]["moderated"] is True, "so that the page can offer to approve it"
        web.patch(path, "/meta/flags/moderated", False)
        web.delete(path)
        assert web.get(path)["meta"]["flags"]["deleted"] is True, "so that the page can offer to undelete it"
        reader.get(path, expect=404)
        web.patch(path, "/meta/flags/deleted", False)
        reader.get(path)

    @pytest.mark.parametrize("kind", ["conversation", "event"])
    def test_the_newest_comment(self, site, reader, busy, kind):
        page = reader.get(f"/api/v1/{kind}s/{busy[kind]}/newcomment?limit=5")["comments"]
        (link,) = [link["href"] for link in page["links"] if link["rel"] == "self"]
        assert "comment_id=" in link

    def test_past_the_end(self, visitor, busy):
        visitor.get(f"/api/v1/conversations/{busy['conversation']}?offset=250", expect=400)
        visitor.get(f"/api/v1/conversations/{busy['conversation']}?offset=3", expect=400)


class TestComments:
    @pytest.mark.parametrize("kind", ["conversation", "event"])
    def test_from_making_to_deleting(self, site, web, busy, kind):
        body = {"itemType": kind, "itemId": busy[kind], "inReplyTo": None, "markdown": site.unique("*Knots*"), "attachments": 0}
        made = web.send("/api/v1/comments", body)
        check_comment(made, detail=True)
        answer = web.send("/api/v1/comments", {**body, "inReplyTo": made["id"], "markdown": site.unique("So")})
        assert answer["meta"]["inReplyTo"]["id"] == made["id"]
        check_comment(answer, detail=True)
        (reply,) = web.get(f"/api/v1/comments/{made['id']}")["meta"]["replies"]
        check_comment(reply)
        path = f"/api/v1/comments/{answer['id']}"
        assert web.edit(path, {**body, "id": answer["id"], "markdown": "Or so"})["markdown"] == "Or so"
        web.ask("PUT", path, {"markdown": "As the app does"}, expect=302)
        page = web.get(f"{path}/incontext?limit=5")["comments"]
        (link,) = [link["href"] for link in page["links"] if link["rel"] == "self"]
        assert f"comment_id={answer['id']}" in link
        web.delete(path)

    def test_the_page_of_a_comment_is_told_by_an_offset(self, site, web, busy):
        data = web.get(f"/api/v1/comments/{web.get('/api/v1/conversations/%d/lastcomment' % busy['conversation'])['comments']['items'][-1]['id']}?limit=5")
        (link,) = [link["href"] for link in data["meta"]["links"] if link["rel"] == "commentPage"]
        assert re.search(r"[?&]offset=\d+", link)


class TestEvents:
    # As the form sends it: any field may be null, the offset of "when" means nothing, east and south are exchanged.
    FORM = {"title": "Boat jumble", "when": "2031-07-01T10:00:00+01:00", "tz": "Europe/London", "duration": 90,
            "where": "Sydney", "lat": -33.86, "lon": 151.2, "north": -33.5, "east": -34.1, "south": 151.3, "west": 150.9,
            "rsvpLimit": 10}

    def test_the_form(self, site, web, microcosm):
        made = web.send("/api/v1/events", {"microcosmId": microcosm, **self.FORM})
        check_item("event", made, detail=True)
        assert (made["when"], made["whentz"]) == ("2031-07-01T10:00:00Z", "2031-07-01T09:00:00Z")
        assert (made["duration"], made["rsvpSpaces"], made["status"]) == (90, 10, "upcoming")
        path = f"/api/v1/events/{made['id']}"
        reason = {"meta": {"editReason": "later"}}
        edited = web.edit(path, {"microcosmId": microcosm, **self.FORM, "id": made["id"], "rsvpLimit": 0, **reason})
        assert edited["rsvpLimit"] == 0
        other = site.microcosm()
        assert web.edit(path, {"id": made["id"], "microcosmId": other, **reason})["title"] == "Boat jumble"
        web.patch(path, "/meta/flags/sticky", True)
        web.delete(path)

    def test_an_empty_form(self, site, web, microcosm):
        made = web.send("/api/v1/events", {"microcosmId": microcosm, **{key: None for key in self.FORM}, "title": "Some day",
                                           "where": ""})
        check_item("event", made, detail=True)
        assert made["status"] == "proposed" and "when" not in made

    def test_a_time_without_a_duration(self, web, microcosm):
        made = web.send("/api/v1/events", {"microcosmId": microcosm, "title": "Soon", "when": "2031-07-01T10:00:00Z"})
        assert made["duration"] == 60

    def test_a_whole_degree_has_no_fraction(self, site, busy):
        assert b'"lat":51,' in site.guest.get(f"/api/v1/events/{busy['event']}").body

    def test_who_comes(self, site, web, reader, mira, microcosm):
        event = web.send("/api/v1/events", {"microcosmId": microcosm, **self.FORM})["id"]
        path = f"/api/v1/events/{event}/attendees"
        data = reader.get(path)
        assert check_page(data["attendees"]) == [] and data["meta"] is not None
        web.put(path, [{"rsvp": "maybe", "profileId": mira.profile_id}])
        for answer in ("yes", "no", "maybe", "yes"):
            reader.put(path, [{"rsvp": answer, "profileId": mira.profile_id}])
            (attendee,) = check_page(reader.get(path)["attendees"])
            has(attendee, "profileId profile rsvp rsvpdOn meta")
            assert attendee["rsvp"] == answer
        assert reader.get(f"/api/v1/events/{event}")["meta"]["flags"]["attending"] is True
        assert reader.get(f"/api/v1/events/{event}")["rsvpAttend"] == 1
        csv = site.guest.get(f"/api/v1/events/{event}/attendeescsv?access_token={site.owner.token}", expect=200)
        assert b"mira" in csv.body


def parts(*files):
    """A form as clients send it: (field and file name, type, content) of each file; nothing in names is escaped."""
    return b"".join(b'--edge\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\nContent-Type: %s\r\n\r\n%s\r\n'
                    % (field.encode(), name.encode(), kind.encode(), content) for field, name, kind, content in files) + b"--edge--\r\n"


def send_files(client, *files, query=""):
    reply = client.post(f"/api/v1/files{query}", body=parts(*files), content_type="multipart/form-data; boundary=edge", expect=200)
    return [has(data, "created fileSize fileHash fileExt mimeType fileName") for data in reply.data]


class TestFiles:
    FORM = "application/x-www-form-urlencoded"

    @pytest.fixture
    def comment(self, site, mira, microcosm):
        return site.comment(site.conversation(microcosm, by=mira), by=mira)

    def attach(self, client, owner, data):
        """The second step of the web client: a form, and the redirect followed with all headers."""
        reply = client.post(f"/api/v1/{owner}/attachments", form={"FileHash": data["fileHash"], "FileName": data["fileName"]}, expect=302)
        reply = client.request("GET", reply.location, body=b"", content_type=self.FORM, expect=200)
        assert reply.error is None and reply.data is not None
        return check_page(reply.data["attachments"])

    def check_attachment(self, item):
        return has(item, "profileId fileHash created fileName fileExt meta")["meta"]["links"][0]["href"]

    @pytest.mark.parametrize("name, kind, content", [
        ('köpfe & "x".png', "image/png", PICTURES["png"]), ("notes", "application/octet-stream", b"A reef knot.\n"),
        ("deck.PDF", "application/pdf", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), ("C:\\knots\\bend.gif", "image/gif", PICTURES["gif"])])
    def test_upload_and_attach(self, site, mira, comment, name, kind, content):
        (data,) = send_files(mira, (name, name, kind, content))
        assert data["fileName"] == name.rpartition("\\")[2]
        (item,) = self.attach(mira, f"comments/{comment}", data)
        address = self.check_attachment(item)
        assert site.guest.get(f"/api/v1/comments/{comment}").data["attachments"] == 1
        shown = site.guest.get(address, expect=200, check=False)
        assert shown.body == content and item["fileHash"] in address

    def test_the_app_sends_several(self, site, mira, comment):
        files = [("file", f"{kind}.{kind}", "application/octet-stream", content) for kind, content in PICTURES.items()]
        sent = send_files(mira, *files)
        assert [data["mimeType"] for data in sent] == [f"image/{'jpeg' if kind == 'jpg' else kind}" for kind in PICTURES]
        for data in sent:
            body = {"FileHash": data["fileHash"], "FileName": data["fileName"]}
            assert mira.post(f"/api/v1/comments/{comment}/attachments", body).status == 302
        page = site.guest.get(f"/api/v1/comments/{comment}/attachments?limit=100&offset=0", expect=200).data
        assert len(check_page(page["attachments"])) == len(sent) and page["meta"] is not None

    @pytest.mark.parametrize("query", ["?maxWidth=100&maxHeight=100", "?maxWidth=64&maxHeight=64", "?maxWidth=240&maxHeight=89"])
    def test_pictures_are_made_to_fit(self, mira, query):
        (data,) = send_files(mira, ("x.png", "x.png", "image/png", png(500, 400)), query=query)
        width, height = (int(number) for number in re.findall(r"\d+", query))
        assert 0 < data["width"] <= width and 0 < data["height"] <= height

    def test_an_avatar(self, site, mira):
        (data,) = send_files(mira, ("me.png", "me.png", "image/png", PICTURES["png"]), query="?maxWidth=100&maxHeight=100")
        self.attach(mira, f"profiles/{mira.profile_id}", data)
        avatar = mira.get("/api/v1/whoami").data["avatar"]
        assert avatar == f"/api/v1/files/{data['fileHash']}.png"
        assert site.guest.get(avatar, expect=200, check=False).body == PICTURES["png"]

    def test_a_logo_is_an_absolute_address(self, site):
        (data,) = send_files(site.owner, ("l.png", "l.png", "image/png", PICTURES["png"]), query="?maxWidth=64&maxHeight=64")
        made = site.microcosm(logoUrl=f"http://{site.host}/api/v1/files/{data['fileHash']}.{data['fileExt']}")
        address = site.guest.get(f"/api/v1/microcosms/{made}").data["logoUrl"].partition(site.host)[2]
        assert site.guest.get(address, expect=200, check=False).body == PICTURES["png"]

    def test_thirty_mebibytes(self, mira):
        """More than any other body may have."""
        (data,) = send_files(mira, ("big.bin", "big.bin", "application/octet-stream", b"\1" * (30 << 20)))
        assert data["fileSize"] == 30 << 20

    def test_removal(self, site, mira, comment):
        (data,) = send_files(mira, ("a.txt", "a.txt", "text/plain", b"Of no use.\n"))
        self.attach(mira, f"comments/{comment}", data)
        path = f"/api/v1/comments/{comment}/attachments/{data['fileHash']}?method=DELETE"
        assert site.guest.delete(path).status == 403  # the original client sends no token
        assert mira.delete(path, expect=200).error is None
        assert check_page(site.guest.get(f"/api/v1/comments/{comment}/attachments").data["attachments"]) == []


class TestUpdates:
    @pytest.fixture(scope="class")
    def told(self, site):
        """A reader who was told of everything there is in old clients' lists, and of a poll."""
        reader, writer, place = site.newcomer(), site.newcomer(), site.microcosm()
        client, talk = Web(reader), site.conversation(place, by=reader)
        client.ask("POST", "/api/v1/watchers", {"updateTypeId": 8, "itemType": "microcosm", "itemId": place})
        site.comment(talk, by=writer, reply_to=site.comment(talk, by=reader))
        site.comment(site.conversation(place, by=writer), f"Ask @{client.get('/api/v1/whoami')['profileName']}", by=writer)
        writer.post("/api/v1/polls", {"microcosmId": place, "title": "Colours", "question": "Which?",
                                      "choices": [{"choice": "Teal"}]}, expect=302)
        event = site.owner.post("/api/v1/events", {"microcosmId": place, "title": "Regatta", "when": "2031-05-01T10:00:00Z"},
                                expect=302).id
        huddle = writer.post("/api/v1/huddles", {"title": "Crew", "participants": [{"id": reader.profile_id}]}, expect=302).id
        site.comment(huddle, by=writer, item_type="huddle")
        wanted = {"reply_to_comment", "mentioned", "new_comment_in_huddle", "new_item"}

        def all_there():
            types = [(one["updateType"], one["item"]["id"]) for one in client.get("/api/v1/updates?polls=true")["updates"]["items"]]
            return wanted <= {kind for kind, _ in types} and ("new_item", event) in types and (
                sum(kind == "new_item" for kind, _ in types) == 3)

        harness.wait_until(all_there, "the updates")
        return client

    def test_the_list(self, told):
        data = told.get("/api/v1/updates")
        assert data["meta"] is not None
        items = check_page(data["updates"])
        for update in items:
            has(update, "id updateType itemType item meta")
            check_person(update["meta"]["createdBy"])
            assert update["meta"]["flags"]["unread"] in (True, False)
            assert update["itemType"] in ("conversation", "comment", "event", "profile", "microcosm", "huddle")
            links = {link["rel"]: link for link in update["item"]["meta"]["links"]}
            if update["itemType"] == "comment":
                TestSearch().check_comment(update["item"])
                assert update["parentItemType"] in ("conversation", "event", "huddle")
                assert "self" in [link["rel"] for link in update["parentItem"]["meta"]["links"]]
                check_person(update["item"]["meta"]["createdBy"])
            if update["updateType"] == "new_item":
                check_item(update["itemType"], update["item"])
                has(links["microcosm"], "title href")
        assert {"reply_to_comment", "mentioned", "new_comment_in_huddle", "new_item"} <= {one["updateType"] for one in items}
        assert told.get("/api/v1/updates?limit=5&offset=0")["updates"]["limit"] == 5

    def test_polls_only_for_who_knows_them(self, told):
        def types(query):
            return [one["itemType"] for one in told.get(f"/api/v1/updates{query}")["updates"]["items"]]

        assert "poll" not in types("") and types("?polls=true").count("poll") == 1

    def test_preferences(self, told):
        before = told.get("/api/v1/updates/preferences")
        assert [has(one, "profileId id description sendEmail sendSMS")["id"] for one in before] == list(range(1, 10))
        for number in (1, 9):
            saved = told.edit(f"/api/v1/updates/preferences/{number}", {"id": number, "sendEmail": True, "sendSMS": False})
            assert (has(saved, "profileId id description sendEmail sendSMS")["sendEmail"], saved["id"]) == (True, number)


class TestWatchers:
    @pytest.mark.parametrize("kind, number", [("conversation", 1), ("event", 1), ("profile", 1), ("huddle", 4),
                                              ("microcosm", 8), ("newcomers", 9)])
    def test_follow_with_mail_and_stop(self, site, reader, mira, busy, kind, number):
        where = {"profile": site.owner.profile_id, "newcomers": 0}.get(kind) if kind not in ("huddle", *busy) else (
            busy[kind] if kind != "huddle" else mira.post("/api/v1/huddles", {"title": "To follow"}, expect=302).id)
        kind = "profile" if kind == "newcomers" else kind
        page = f"/api/v1/{kind}s" + (f"/{where}" if where else "")

        def flags():
            return reader.get(page)["meta"]["flags"]

        for _ in range(2):
            reply = reader.ask("POST", "/api/v1/watchers", {"updateTypeId": number, "itemType": kind, "itemId": where})
            assert reply.status == 200 and reply.error is None and reply.json
        for send in (True, False):
            reply = reader.ask("PATCH", "/api/v1/watchers/patch?method=PATCH",
                               {"itemType": kind, "itemId": where, "sendEmail": send})
            assert reply.status == 200 and (flags()["watched"], flags()["sendEmail"]) == (True, send)
        reply = reader.ask("DELETE", f"/api/v1/watchers/delete?updateTypeId={number}&itemType={kind}&itemId={where}"
                                     "&method=DELETE")
        assert reply.status == 200 and reply.error is None
        assert "watched" not in flags()

    def test_the_app(self, reader, busy):
        body = {"updateTypeId": 1, "itemType": "conversation", "itemId": busy["conversation"]}
        assert reader.ask("POST", "/api/v1/watchers", body).status == 200
        assert reader.ask("DELETE", "/api/v1/watchers/delete?updateTypeId=1&itemType=conversation"
                                    f"&itemId={busy['conversation']}").status == 200


class TestSearch:
    HIT = "itemType item rank lastModified highlight unread"

    def check_comment(self, comment):
        has(comment, "id itemType itemId revisions markdown html")
        check_meta(comment["meta"], False)
        assert {"self", "up"} <= {link["rel"] for link in comment["meta"]["links"]}

    def check(self, data):
        has(data, "query timeTakenInMs results")
        has(data["query"], "searched")
        for hit in check_page(data["results"]):
            has(hit, self.HIT)
            if hit["itemType"] == "comment":
                has(hit, "parentItemType parentItem")
                self.check_comment(hit["item"])
            elif hit["itemType"] in ("conversation", "event"):
                check_item(hit["itemType"], hit["item"])
        return data

    @pytest.fixture(scope="class", autouse=True)
    def found(self, site, busy):
        site.searchable()

    def test_the_form_and_its_filters(self, site, visitor, reader, mira, busy):
        alone = site.microcosm()
        query = (f"q=number&type=conversation&type=comment&type=event&forumId={busy['microcosm']}&forumId={alone}"
                 f"&authorId={mira.profile_id}&since=-30&defaults=true&sort=date")
        for client in (visitor, reader):
            data = self.check(client.get(f"/api/v1/search?{query}"))
            echo = data["query"]
            assert (echo["type"], echo["authorId"], echo["since"]) == (
                ["conversation", "comment", "event"], mira.profile_id, "-30")
            assert {busy["microcosm"], alone} < set(echo["forumId"]), "and what is below"
            assert len(data["results"]["items"]) >= 4
        data = self.check(visitor.get("/api/v1/search?q=regatta+type:event&defaults=true&inTitle=true&sort=date"))
        assert data["query"]["inTitle"] is True
        assert busy["event"] in [hit["item"]["id"] for hit in data["results"]["items"]]
        data = self.check(visitor.get(f"/api/v1/search?q=number&id={busy['conversation']}&sort=oldest"))
        assert data["query"]["id"] == [busy["conversation"]]

    def test_of_a_profile_page(self, reader, mira):
        data = self.check(reader.get("/api/v1/search?q=type:conversation+type:event+type:huddle+type:comment"
                                     f"+authorId:{mira.profile_id}&sort=date&limit=10"))
        assert data["results"]["limit"] == 10 and data["results"]["items"]

    def test_of_today(self, reader):
        """The page looks for a piece of the links, letter by letter."""
        data = self.check(reader.get("/api/v1/search?since=-1&type=conversation&type=event&type=profile&type=huddle&limit=5"))
        assert data["results"]["totalPages"] > 1
        for link in data["results"]["links"]:
            assert "since=-1&type=conversation&type=event&type=profile&type=huddle" in link["href"]
            if "offset=" in link["href"]:
                assert link["href"].index("offset=") < link["href"].index("since=")

    def test_of_the_app(self, reader, busy):
        """It has no branch for results that are missing, with and without words."""
        for query in ("q=&type=conversation&inTitle=true&following=true", "q=x&hasAttachment=true&limit=5&sort=newest",
                      "q=nothinghasthisword"):
            data = self.check(reader.get(f"/api/v1/search?{query}"))
            assert data["results"]["items"] is not None

    def test_trending(self, visitor, reader):
        for client in (visitor, reader):
            data = client.get("/api/v1/trending")
            assert "self" in [link["rel"] for link in data["meta"]["links"]]
            for entry in check_page(data["items"]):
                check_entry(entry)


class TestSigningIn:
    @pytest.fixture(scope="class")
    def secret(self, daemon):
        return daemon.command("client", "create", "the-web").strip()

    @pytest.mark.parametrize("how", ["form", "json"])
    def test_a_code_becomes_a_token_that_ends(self, site, secret, how):
        """The web client posts a form, the one in Go JSON; microweb signs out by an empty POST without a content type."""
        person = site.newcomer()
        test_auth0.give_password(person)
        code = test_auth0.landing(site, test_auth0.authorize(site, person))["code"]
        fields = {"Code": code, "State": "/x", "ClientSecret": secret}

        reply = (site.guest.post("/api/v1/auth0", **test_auth0.form(**fields), expect=200) if how == "form" else
                 site.guest.post("/api/v1/auth0", fields, expect=200))
        token = reply.data

        assert isinstance(token, str) and re.fullmatch(r"[A-Za-z0-9]+", token)
        signed_in = harness.Client(site.daemon, site.host, token, "signed in")
        assert signed_in.get("/api/v1/whoami", expect=200).data["id"] == person.profile_id
        if how == "form":
            out = site.guest.request("POST", f"/api/v1/auth/{token}?method=DELETE&access_token={token}", b"")
        else:
            out = signed_in.delete(f"/api/v1/auth/{token}")
        assert out.status == 200
        assert signed_in.get("/api/v1/whoami").status == 401

    def test_the_buttons_are_there(self, daemon):
        """Both buttons need these two."""
        site = harness.Site(daemon, title="Boatyard")
        daemon.command("site", "set", site.key, "--auth0-domain", site.host, "--auth0-client-id", "web")
        visitor = Web(site.guest)
        harness.wait_until(lambda: "auth0Domain" in visitor.get("/api/v1/site"), "the setting")
        assert has(visitor.get("/api/v1/site"), "auth0Domain auth0ClientId")["auth0Domain"] == site.host
        site.close()


class TestOldAddresses:
    def test_what_is_read(self, site, visitor, reader, busy):
        """Only the status inside says whether there is anything."""
        data = visitor.get("/api/v1/resolve?url=%2Fshowthread.php%3Ft%3D900")
        assert (data["status"], data["redirect"]) == (404, {"href": ""})


class TestHuddles:
    def test_from_making_to_leaving(self, site, reader, visitor, mira, tomas):
        made = reader.send("/api/v1/huddles", {"title": "Crew", "isConfidential": False, "is_confidential": True})
        path = f"/api/v1/huddles/{made['id']}"
        joined = reader.edit(f"{path}/participants", [{"id": tomas.profile_id}])
        has(joined, "id title meta participants comments")
        assert joined["isConfidential"] is False
        for person in joined["participants"]:
            check_person(person)
        said = reader.send("/api/v1/comments", {"itemType": "huddle", "itemId": made["id"], "inReplyTo": None,
                                                "markdown": "All aboard", "attachments": 0})
        check_comment(said, detail=True)
        other = Web(tomas)
        for query in ("", "?unread=True", "?limit=5"):
            (huddle,) = check_page(other.get(f"/api/v1/huddles{query}")["huddles"])
            has(huddle, "id title meta participants totalComments lastCommentId lastCommentCreatedBy lastCommentCreated")
            assert huddle["meta"]["flags"]["unread"] is True
        assert other.get("/api/v1/whoami")["meta"]["stats"] == [{"metric": "unreadHuddles", "value": 1}]
        page = other.get(f"{path}/newcomment?limit=5")
        (link,) = [link["href"] for link in page["comments"]["links"] if link["rel"] == "self"]
        assert f"comment_id={said['id']}" in link
        assert other.get("/api/v1/whoami")["meta"]["stats"] == [{"metric": "unreadHuddles", "value": 0}]
        reader.get(path)
        other.delete(path)
        other.get(path, expect=403)
        assert check_page(visitor.get("/api/v1/huddles")["huddles"]) == [], "guests too: 200"


class TestRoles:
    ROLE = {"id": 0, "title": "Crew", "moderator": False, "banned": False, "includeGuests": False, "includeUsers": False,
            "create": True, "read": True, "update": False, "delete": False, "closeOwn": True, "openOwn": False,
            "readOthers": True}

    def test_saving_a_role(self, site, web, mira, tomas):
        microcosm = site.microcosm()
        roles = f"/api/v1/microcosms/{microcosm}/roles"
        made = web.send(roles, {**self.ROLE, "microcosmId": microcosm})
        has(made, "id title siteId microcosmId meta " + " ".join(set(self.ROLE) - {"id", "title"}))
        role = f"{roles}/{made['id']}"
        web.put(role, {**self.ROLE, "id": made["id"], "microcosmId": microcosm, "update": True}, expect=302)
        for _ in range(2):
            web.delete(f"{role}/criteria", [])
            for criterion in ({"profileColumn": "created", "predicate": "lt", "value": "2014-02-14"},
                              {"profileColumn": "profileName", "predicate": "neq", "value": "tomas"},
                              {"attrKey": "is_member", "predicate": "eq", "value": True},
                              {"profileColumn": "commentCount", "predicate": "ge", "value": 10}):
                saved = web.send(f"{role}/criteria", {"orGroup": 0, "id": 0, **criterion})
                assert {key: saved[key] for key in criterion} == criterion
            web.delete(f"{role}/profiles", [])
            web.put(f"{role}/profiles", [{"id": mira.profile_id}, {"id": tomas.profile_id}])
        assert len(check_page(web.get(f"{role}/criteria")["criteria"])) == 4
        assert len(check_page(web.get(f"{role}/profiles?limit=250")["profiles"])) == 2
        for entry in check_page(web.get(roles)["roles"]):
            has(entry, "id title moderator banned includeGuests includeUsers create read update delete closeOwn openOwn"
                       " readOthers microcosmId members meta")
            assert entry["members"]["items"] is not None
        web.delete(role)


class TestMakersOfSites:
    def test_sites_on_the_root_host(self, site, mira):
        def at_root(method, path, body=None, **options):
            return mira.request(method, path, host=harness.ROOT_HOST, json_body=body, **options)

        made = at_root("POST", "/api/v1/sites", {"title": "Chandlery", "description": "Ropes", "subdomainKey": "chandlery"},
                       expect=302)
        keys = "siteId title description subdomainKey ownedBy domain themeId logoUrl backgroundColor linkColor meta"
        data = has(at_root("GET", made.location, expect=200).data, keys)
        listed = at_root("GET", "/api/v1/sites?filter=owned", expect=200).data["sites"]
        assert data["siteId"] in [has(entry, keys)["siteId"] for entry in check_page(listed)]
        at_root("POST", f"{made.location}?method=PUT", {
            "title": "Chandlery", "description": "Chains", "logoUrl": "https://x.example/l.png", "backgroundPosition": "cover",
            "backgroundColor": "#abcdef", "linkColor": "#123456", "backgroundUrl": "https://x.example/b.png"}, expect=302)
        at_root("POST", f"{made.location}?method=PUT", {"backgroundUrl": ""}, expect=302)
        data = at_root("GET", made.location, expect=200).data
        assert (data["description"], data["backgroundColor"]) == ("Chains", "#abcdef") and "backgroundUrl" not in data
        assert at_root("GET", "/api/v1/reserved/chandlery", check=False).json == {"reserved": True}
        root = has(at_root("GET", "/api/v1/site", expect=200).data, "siteId ownedBy title")
        assert root["ownedBy"]["id"]
        me = at_root("GET", "/api/v1/whoami", expect=200).data
        at_root("GET", f"/api/v1/profiles/{me['id']}", expect=200)
        assert at_root("GET", "/api/v1/legal/service", expect=200).data["html"]


def test_what_caches_may_keep(site, mira):
    """The client in Go caches what guests get by these headers."""
    for path in ("/api/v1/site", "/api/v1/profiles", "/api/v1/microcosms"):
        reply = site.guest.get(path, expect=200)
        assert (reply.header("Cache-Control"), reply.header("Vary")) == ("public, max-age=300", "Authorization, Cookie")
        assert mira.get(path).header("Cache-Control") == "no-cache, max-age=0"


def test_nothing_is_null_that_strict_clients_read(site, mira, busy):
    """The mobile app has no branch for null where it wants a text, a number or a list."""
    def nulls(value, path=""):
        if isinstance(value, dict):
            for key, inside in value.items():
                yield from nulls(inside, f"{path}.{key}")
        elif isinstance(value, list):
            for inside in value:
                yield from nulls(inside, path)
        elif value is None:
            yield path

    for client in (site.guest, mira):
        for path in ("/api/v1/microcosms", f"/api/v1/microcosms/{busy['microcosm']}?limit=5&offset=0", "/api/v1/profiles",
                     f"/api/v1/conversations/{busy['conversation']}?limit=5", f"/api/v1/events/{busy['event']}?limit=5",
                     f"/api/v1/events/{busy['event']}/attendees?limit=5", "/api/v1/huddles?limit=5", "/api/v1/conversations",
                     "/api/v1/events", "/api/v1/polls", f"/api/v1/comments/{busy['reply']}"):
            found = {re.sub(r".*\.", "", name) for name in nulls(client.get(path, expect=200).data)}
            assert found <= {"moderators", "profileComment"}, path


def test_the_table_of_clients_names_tests_that_there_are():
    """docs/http/clients.md: each row names one or more tests of this file."""
    page = (pathlib.Path(harness.REPO) / "docs/http/clients.md").read_text()
    here = pathlib.Path(__file__).read_text()
    rows = re.findall(r"^\| .* \| ([^|]*) \|$", page, re.M)
    named = [name for row in rows for name in re.findall(r"`(\w+(?:::\w+)?)`", row)]
    assert len(named) > 40
    for name in named:
        for part in name.split("::"):
            assert re.search(rf"^( *def|class) {part}\b", here, re.M), f"{name} is no test"
