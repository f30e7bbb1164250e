"""Communities that move in and out: docs/moving.md."""

import base64
import io
import json
import pathlib
import re
import signal
import subprocess
import tarfile
import urllib.parse
import zlib

import harness
import pytest
from test_files import part, upload


def key_of(site):
    return site.key + "moved"


def export(daemon, key, path):
    return daemon.command("export", str(path), "--site", key)


def import_(daemon, path, key, *arguments):
    return daemon.command("import", str(path), "--site", key, *arguments)


def refused(daemon, path, key, *arguments):
    """Run an import that must fail; return what it says."""
    done = subprocess.run([harness.MICROCOSMD, "import", str(path), "--site", key, *arguments, *daemon.where],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=harness.DEADLINE)
    assert done.returncode in (1, 2), done
    return done.stderr


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(pathlib.Path(folder).rglob("*.json"))}


def counts(output):
    return {line.split("\t")[0]: tuple(int(n) for n in line.split("\t")[1:]) for line in output.splitlines()}


def write(folder, **kinds):
    """Write files as another product's exporter does; return their folder."""
    for kind, things in kinds.items():
        for number, thing in things.items():
            path = folder / kind / f"{number}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(thing if isinstance(thing, str) else json.dumps({"id": number, **thing}))
    return folder


def old_forum(folder, comments=6):
    """What an exporter of vBulletin may give."""
    people = {1: {"name": "Ada Lind", "email": "ada@old.example", "dateCreated": "2008-01-01T00:00:00Z"},
              2: {"name": "bo", "email": "bo@old.example", "isBanned": True},
              3: {"name": "cy", "email": "no address"}}
    text = [{"text": "<p>A line</p>\n\n    <p>and *stars*</p>", "dateModified": "2008-03-01T00:00:00Z"},
            {"text": "[b]bold[/b] words", "editor": 2}]
    return write(
        folder, profiles=people,
        forums={7: {"name": "Boats &amp; sails", "author": 1, "isOpen": True}, 8: {"name": "Locked", "author": 1, "isOpen": False}},
        conversations={900 + n: {"name": f"Old words {n}", "forumId": 7, "author": 2, "viewCount": 5, "isOpen": True,
                                 "dateCreated": f"2008-02-{n + 1:02}T00:00:00Z"} for n in range(3)},
        comments={4000 + n: {"onType": "conversation", "onId": 900 + n % 3, "author": 1 + n % 4, "inReplyTo": 4000 + n - 3 if n > 2 else 0,
                             "dateCreated": f"2008-03-{n % 27 + 1:02}T00:00:{n // 27:02}Z", "versions": [text[n % 2]],
                             "ipAddress": "192.0.2.7"}
                  for n in range(comments)},
        messages={12: {"name": "Hello", "author": 1, "to": [{"id": 2}], "dateCreated": "2008-04-01T00:00:00Z",
                       "versions": [{"text": "Private words"}]},
                  13: {"name": "Re: Hello", "author": 2, "to": [{"id": 1}], "inReplyTo": 12, "dateCreated": "2008-04-02T00:00:00Z",
                       "versions": [{"text": "Private answer"}]}},
        attachments={5: {"author": 1, "associations": [{"onType": "comment", "onId": 4000}], "name": "notes.txt", "mimetype": "text/plain",
                         "contentUrl": "data:text/plain;base64," + base64.b64encode(b"old notes").decode()}},
        follows={2: {"author": 2, "conversations": [{"id": 900, "notify": True}], "usersIgnored": [3]}},
        roles={1: {"name": "Everybody", "default": True, "includeGuests": True, "includeRegisteredUsers": True,
                   "forumPermissions": {"canView": True, "canPostNew": True}}})


def picture():
    """A small PNG."""
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", (2).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00")
            + chunk(b"IDAT", zlib.compress((b"\x00" + b"\x10\x20\x30" * 2) * 2)) + chunk(b"IEND", b""))


@pytest.fixture(scope="module")
def town(daemon):
    """A site with some of everything."""
    site = harness.Site(daemon)
    site.sql("UPDATE microcosm.sites SET description = %s WHERE site_id = %s", "Two lines:\n\nropes &amp; &lt;knots&gt;", site.id)
    area = site.microcosm("Boats & <sails>", description="Two lines:\n\nboats & <sails>")
    below = site.microcosm("Ropes", parent=area)
    mira, tomas = site.person("mira"), site.person("tomas")
    talk = site.conversation(area, "Knots \"and\" <bends> &amp; more", by=mira)
    site.conversation(below, "Empty talk", by=tomas)
    first = site.comment(talk, "A **first** text\n\nwith \u00fcmlauts & <b>tags</b>", by=mira)
    answer = tomas.post("/api/v1/comments", {"itemType": "conversation", "itemId": talk, "inReplyTo": first, "markdown": "[i]yes[/i]"},
                        expect=302).id
    tomas.put(f"/api/v1/comments/{answer}", {"markdown": "[i]no[/i]"}, expect=302)
    gone = site.comment(talk, "deleted words", by=mira)
    site.owner.delete(f"/api/v1/comments/{gone}", expect=200)
    event = site.owner.post("/api/v1/events", {"microcosmId": area, "title": "Regatta", "when": "2031-05-01T10:00:00Z", "where": "Quay",
                                               "rsvpLimit": 9}, expect=302).id
    tomas.put(f"/api/v1/events/{event}/attendees", [{"profileId": tomas.profile_id, "rsvp": "yes"}], expect=200)
    poll = mira.post("/api/v1/polls", {"microcosmId": area, "title": "Vote", "question": "Which?",
                                       "choices": [{"choice": "This"}, {"choice": "That"}]}, expect=302).id
    site.comment(event, "see you", by=tomas, item_type="event")
    huddle = mira.post("/api/v1/huddles", {"title": "Whispers"}, expect=302).id
    mira.put(f"/api/v1/huddles/{huddle}/participants", [{"id": tomas.profile_id}], expect=302)
    for who in (mira, tomas):
        who.post("/api/v1/comments", {"itemType": "huddle", "itemId": huddle, "markdown": "secret"}, expect=302)
    for name, data in (("notes.txt", b"some notes"), ("dot.png", picture())):
        file = upload(mira, part(data, name)).data[0]
        mira.post(f"/api/v1/comments/{first}/attachments", {"FileHash": file["fileHash"], "FileName": name}, expect=302)
    site.role(below, ("read", "create"), users=True, people=[tomas], criteria=[(0, "commentCount", None, "gt", 3)])
    mira.put("/api/v1/ignored", {"itemType": "profile", "itemId": tomas.profile_id}, expect=200)
    site.talk, site.area, site.first, site.poll = talk, area, first, poll
    yield site
    site.close()


def test_there_and_back_gives_the_same_bytes(daemon, town, tmp_path):
    once, again = tmp_path / "once", tmp_path / "again"
    told = counts(export(daemon, town.key, once))
    export(daemon, town.key, again)
    assert files_of(once) == files_of(again)
    assert told["conversations"][0] == 4 and told["attachments"][0] == 2 and told["messages"][0] == 2
    export(daemon, town.key, tmp_path / "once.tar.zst")
    export(daemon, town.key, tmp_path / "again.tar.zst")
    assert (tmp_path / "once.tar.zst").read_bytes() == (tmp_path / "again.tar.zst").read_bytes()

    for source, key in ((once, key_of(town)), (tmp_path / "once.tar.zst", key_of(town) + "2")):
        daemon.command("import", str(source), "--site", key, "--dry-run")
        assert key not in daemon.command("site", "list")
        moved = counts(import_(daemon, source, key))
        assert moved == told
        export(daemon, key, tmp_path / f"{key}.tar.zst")
        assert (tmp_path / f"{key}.tar.zst").read_bytes() == (tmp_path / "once.tar.zst").read_bytes()
        nothing = counts(import_(daemon, source, key))
        assert {kind: moved for kind, (_, moved) in nothing.items()} == dict.fromkeys(told, 0)
        export(daemon, key, tmp_path / f"{key}again.tar.zst")
        assert (tmp_path / f"{key}again.tar.zst").read_bytes() == (tmp_path / "once.tar.zst").read_bytes()


def test_killed_at_each_stage(daemon, town, tmp_path):
    """Where a stage begins the command says so: it is killed there, again and again, and goes on."""
    key, archive = key_of(town) + "4", tmp_path / "town.tar.zst"
    export(daemon, town.key, archive)
    seen = set()
    while True:
        process = subprocess.Popen([harness.MICROCOSMD, "import", str(archive), "--site", key, *daemon.where],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            stage = re.match(r"(\w+): \d+", line)
            if stage and stage[1] not in seen:
                seen.add(stage[1])
                process.send_signal(signal.SIGKILL)
                break
        process.stderr.read()
        process.stderr.close()
        if process.wait() == 0:
            break
        assert process.returncode == -signal.SIGKILL
    assert len(seen) >= 8
    export(daemon, key, tmp_path / "there.tar.zst")
    assert (tmp_path / "there.tar.zst").read_bytes() == archive.read_bytes()


def test_what_came_is_as_it_was(daemon, town, tmp_path):
    """As a guest and the people themselves find it, with the counters that a new count gives."""
    export(daemon, town.key, tmp_path / "town.tar.zst")
    key = key_of(town) + "3"
    import_(daemon, tmp_path / "town.tar.zst", key)
    host = f"{key}.{harness.BASE_DOMAIN}"
    guest = harness.Client(daemon, host)
    mira = harness.Client(daemon, host, token=daemon.command("token", "create", "--site", key, "--email",
                                                             f"mira@{town.key}.example").strip())

    def resolved(kind, number):
        url = urllib.parse.quote(f"https://{town.host}/{kind}/{number}/")
        return guest.get(f"/api/v1/resolve?url={url}", expect=200).data

    def content(client, path, talk):
        data = client.get(path, expect=200).data
        return ([(c["markdown"], c["html"], c["attachments"] if "attachments" in c else 0, c["meta"]["created"],
                  c["meta"]["createdBy"]["profileName"]) for c in data["comments"]["items"]], data["title"], data["meta"]["created"])

    talk = resolved("conversations", town.talk)
    assert content(guest, talk["redirect"]["href"], talk) == content(town.guest, f"/api/v1/conversations/{town.talk}", None)
    poll = resolved("polls", town.poll)
    assert poll["itemType"] == "poll" and guest.get(poll["redirect"]["href"], expect=200).data["question"] == "Which?"
    assert mira.get("/api/v1/huddles", expect=200).data["huddles"]["items"][0]["title"] == "Whispers"
    tree = guest.get("/api/v1/microcosms/tree", expect=200).data
    assert [(node["title"], node["level"]) for node in tree] == \
        [(node["title"], node["level"]) for node in town.guest.get("/api/v1/microcosms/tree", expect=200).data]
    first = resolved("comments", town.first)
    files = guest.get(first["redirect"]["href"] + "/attachments", expect=200).data["attachments"]["items"]
    assert sorted(file["fileName"] for file in files) == ["dot.png", "notes.txt"]
    number = town.sql("SELECT site_id FROM microcosm.sites WHERE subdomain_key = %s", key)[0][0]
    counted = """SELECT count(*) FROM microcosm.items i
                  WHERE i.site_id = %s AND i.comment_count <> (SELECT count(*) FROM microcosm.comments c
                                                               WHERE c.site_id = i.site_id AND c.item_id = i.item_id AND c.is_visible)"""
    connection = harness.psycopg2.connect(daemon.conninfo)
    with connection, connection.cursor() as cursor:
        cursor.execute("SET microcosm.site_id = '0'")
        cursor.execute(counted, (number,))
        assert cursor.fetchone()[0] == 0
    connection.close()


def test_an_export_has_nothing_of_others(daemon, town, tmp_path):
    other = harness.Site(daemon)
    canary = "zqcanary"
    area = other.microcosm(f"{canary} area")
    item = other.conversation(area, f"{canary} talk")
    comment = other.comment(item, f"{canary} words")
    file = upload(other.owner, part(canary.encode() * 3, f"{canary}.txt")).data[0]
    other.owner.post(f"/api/v1/comments/{comment}/attachments", {"FileHash": file["fileHash"], "FileName": f"{canary}.txt"}, expect=302)
    export(daemon, town.key, tmp_path / "town")
    export(daemon, other.key, tmp_path / "other")
    ours, theirs = (b"".join(files_of(tmp_path / name).values()) for name in ("town", "other"))
    hidden = base64.b64encode(canary.encode() * 3)
    for word in (canary.encode(), hidden, other.owner.email.encode()):
        assert word in theirs and word not in ours
    other.close()


def test_a_forum_of_another_product(daemon, tmp_path, site):
    folder, key = old_forum(tmp_path / "old"), site.key + "old"
    say = daemon.command("import", str(folder), "--site", key, "--title", "Old & good", "--owner", "1", "--dry-run")
    assert counts(say)["comments"] == (6, 0) and key not in daemon.command("site", "list")
    told = counts(import_(daemon, folder, key, "--title", "Old & good", "--owner", "1"))
    assert told["comments"] == (6, 6) and told["profiles"] == (3, 3) and told["attachments"] == (1, 1)
    assert {kind: moved for kind, (_, moved) in counts(import_(daemon, folder, key, "--title", "Old & good", "--owner", "1")).items()} \
        == dict.fromkeys(told, 0)
    guest = harness.Client(daemon, f"{key}.{harness.BASE_DOMAIN}")
    assert guest.get("/api/v1/site", expect=200).data["title"] == "Old &amp; good"

    def resolve(url):
        return guest.get("/api/v1/resolve?url=" + urllib.parse.quote(url), expect=200).data

    talk = guest.get(resolve("/showthread.php?t=900")["redirect"]["href"], expect=200).data
    assert talk["title"] == "Old words 0" and talk["meta"]["created"] == "2008-02-01T00:00:00Z"
    first, second = talk["comments"]["items"]
    assert "<p>A line</p>" in first["html"] and "*stars*" in first["html"] and "<em>" not in first["html"]
    assert first["meta"]["createdBy"]["profileName"] == "Ada_Lind" and first["meta"]["created"] == "2008-03-01T00:00:00Z"
    assert second["meta"]["createdBy"]["profileName"] == "deleted"
    second = guest.get(f"/api/v1/comments/{second['id']}", expect=200).data
    assert second["meta"]["inReplyTo"]["id"] == first["id"]
    assert "bold</" in guest.get(resolve("/post4001.html")["redirect"]["href"], expect=200).data["html"]
    area = guest.get(resolve("/forum7.html")["redirect"]["href"], expect=200).data
    assert area["title"] == "Boats &amp; sails" and area["meta"]["flags"]["open"]
    assert resolve("/private.php?pmid=13") ["itemId"] == resolve("/private.php?pmid=12")["itemId"] > 0
    file = resolve("/attachments/5d1-notes.txt")
    assert file["itemType"] == "attachment" and re.fullmatch(rf"https://{key}\.[^/]+/api/v1/files/[0-9a-f]{{40}}", file["redirect"]["href"])


def test_a_thousand_old_addresses(daemon, tmp_path, site):
    key = site.key + "many"
    import_(daemon, old_forum(tmp_path / "old", comments=1000), key, "--title", "Old", "--owner", "1")
    guest = harness.Client(daemon, f"{key}.{harness.BASE_DOMAIN}")
    seen = set()
    for number in range(4000, 5000):
        data = guest.get(f"/api/v1/resolve?url=/showthread.php%3Fp={number}", expect=200).data
        assert data["status"] == 301 and data["itemType"] == "comment"
        seen.add(data["itemId"])
    assert len(seen) == 1000
    page = guest.get(guest.get("/api/v1/resolve?url=/thread901.html", expect=200).data["redirect"]["href"] + "?limit=250&offset=250",
                     expect=200).data["comments"]
    dates = [comment["meta"]["created"] for comment in page["items"]]
    assert page["total"] == 333 and dates == sorted(dates)


@pytest.mark.parametrize("files, says", [
    ({"comments/1.json": "{"}, "comments/1.json is no JSON"),
    ({"comments/1.json": "[]"}, "comments/1.json is no JSON object"),
    ({"comments/1.json": ""}, "comments/1.json is empty"),
    ({"comments/1.json": b"\xff"}, "comments/1.json is no valid UTF-8"),
    ({"comments/1.json": "[" * 100000}, "comments/1.json is no JSON"),
    ({"comments/1.json": '{"id":1,"onId":900,"versions":[{"text":"\\u0000"}]}'}, "comments/1.json is no JSON"),
    ({"comments/1.json": '{"id":1,"versions":[{"text":"x"}]}'}, "comments/1.json onId is missing"),
    ({"comments/1.json": '{"id":1,"onId":900,"versions":[]}'}, "comments/1.json versions is not as it must be"),
    ({"comments/1.json": '{"id":1,"onId":900,"dateCreated":"2008-02-30T00:00:00Z","versions":[{"text":"x"}]}'}, "dateCreated is not"),
    ({"profiles/9.json": '{"id":' + "9" * 400 + ',"name":"x","email":"x@y.example"}'}, "id is not as it must be"),
    ({"profiles/9.json": '{"id":1e99999999,"name":"x","email":"x@y.example"}'}, "profiles/9.json is no JSON"),
    ({"profiles/9.json": '{"id":-1,"name":"x","email":"x@y.example"}'}, "id is not as it must be"),
    ({"profiles/9.json": '{"id":1,"name":"x","email":"x@y.example"}'}, "has the id 1, as another one"),
    ({"conversations/9.json": '{"id":9,"name":"x","forumId":77}'}, "in a forum that isn't in the files"),
    ({"attachments/9.json": '{"id":9,"mimetype":"a/b","contentUrl":"https://x.example/"}'}, "contentUrl is no data: URL"),
    ({"attachments/9.json": '{"id":9,"mimetype":"a/b","contentUrl":"data:a/b;base64,@@@@"}'}, "contentUrl is no data: URL"),
    ({"../up.json": "{}"}, "leads out of the archive"),
    ({"/tmp/up.json": "{}"}, "has an absolute name"),
    ({"profiles/link.json": None}, "profiles/link.json is a link"),
])
def test_hostile_files(daemon, tmp_path, site, files, says):
    """Whatever is wrong is said, and nothing is half done: no site is there."""
    folder, key = old_forum(tmp_path / "old"), site.key + "bad"
    archive = tmp_path / "old.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, ".")
        for name, body in files.items():
            info = tarfile.TarInfo(name)
            if body is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
                tar.addfile(info)
            else:
                data = body if isinstance(body, bytes) else body.encode()
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    assert says in refused(daemon, archive, key, "--title", "Old", "--owner", "1")
    assert key not in daemon.command("site", "list")
    connection = harness.psycopg2.connect(daemon.conninfo)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM microcosm.import_files")
        assert cursor.fetchone()[0] == 0
    connection.close()


def test_what_is_no_export_is_refused(daemon, tmp_path, site):
    (tmp_path / "text").write_text("no archive")
    cut = tmp_path / "cut.tar.zst"
    export(daemon, site.key, cut)
    cut.write_bytes(cut.read_bytes()[:-200])
    folder = old_forum(tmp_path / "old")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "profiles").symlink_to(folder / "profiles")
    for path, says in ((tmp_path / "none", "No such file"), (tmp_path / "text", "cannot be read"), (cut, "cannot be read"),
                       ("/dev/null", "no regular file"), (tmp_path / "links", "is a link")):
        assert says in refused(daemon, path, "badone", "--title", "x", "--owner", "1"), path
    for arguments, says in (((), "--title is required"), (("--title", "x"), "--owner is of no profile"),
                            (("--title", "x", "--owner", "77"), "--owner is of no profile"),
                            (("--title", "x", "--owner", "1", "--product", "other"), "--product is unknown")):
        assert says in refused(daemon, folder, "badone", *arguments)
    assert "--site must be" in refused(daemon, folder, "Bad One", "--title", "x", "--owner", "1")
    assert "badone" not in daemon.command("site", "list")
