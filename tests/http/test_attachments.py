"""Attachments of comments and profiles, and who may read their files: docs/http/files.md."""

import os
import threading

import pytest

import harness
from test_files import YEAR, fetch, put, sha1
from test_pictures import png

BAD = [None, "", "0" * 40, "A" * 40, "x" * 40, "../" * 13 + "a", 5]


@pytest.fixture
def author(site):
    return site.newcomer()


@pytest.fixture
def content(site):
    return f"A sheet bend, number {site.unique('rope')}.\n".encode()


@pytest.fixture
def comment(site, conversation, author):
    return site.comment(conversation, by=author)


def path_of(kind, number):
    return f"/api/v1/{kind}/{number}/attachments"


def attach(client, path, file_hash, name="knot.txt", **options):
    """As the official client does it."""
    options.setdefault("expect", 302)
    return client.post(path, form={"FileHash": file_hash, "FileName": name}, **options)


def attached(client, path, query=""):
    return client.get(path + query, expect=200).data["attachments"]["items"]


class TestList:
    def test_of_a_comment(self, site, author, comment, content):
        path = path_of("comments", comment)
        data = put(author, content)

        reply = attach(author, path, data["fileHash"], name="knöpfe.TXT")
        assert reply.location == path and reply.data is None
        data = site.guest.get(path, expect=200).data
        assert list(data) == ["attachments", "meta"]
        assert data["attachments"]["type"] == "attachments" and data["attachments"]["total"] == 1
        (item,) = data["attachments"]["items"]
        assert {**item, "created": 0} == {
            "profileId": author.profile_id, "fileHash": sha1(content), "fileName": "knöpfe.TXT", "fileExt": "TXT",
            "created": 0, "meta": {"links": [{"rel": "related", "href": f"/api/v1/files/{sha1(content)}.TXT",
                                              "title": "File resource"}]}}
        assert data["meta"]["links"] == [{"rel": "self", "href": path}]
        assert data["meta"]["permissions"]["guest"] and data["meta"]["permissions"]["read"]
        assert fetch(site.guest, sha1(content), ".TXT").body == content

    def test_is_oldest_first_and_has_pages(self, author, comment, content):
        path = path_of("comments", comment)
        hashes = [put(author, content + bytes([65 + number]))["fileHash"] for number in range(7)]

        for number, file_hash in enumerate(hashes):
            attach(author, path, file_hash, name=f"{number}.txt")
        assert [item["fileHash"] for item in attached(author, path, "?limit=5")] == hashes[:5]
        assert [item["fileHash"] for item in attached(author, path, "?limit=5&offset=5")] == hashes[5:]
        author.get(path + "?offset=25", expect=400)
        assert author.head(path, expect=200).header("Content-Length") != "0"
        assert author.options(path).header("Allow") == "OPTIONS,POST,HEAD,GET"
        assert author.options(f"{path}/{hashes[0]}.txt").header("Allow") == "OPTIONS,DELETE"
        author.get(f"{path}/{hashes[0]}", expect=405)

    @pytest.mark.parametrize("options", [
        {"json_body": {"FileHash": "{hash}", "FileName": "a.txt"}}, {"json_body": {"fileHash": "{hash}", "fileName": "a.txt"}},
        {"form": {"FileHash": "{hash}", "FileName": "a.txt"}}])
    def test_takes_json_and_forms(self, author, comment, content, options):
        path, file_hash = path_of("comments", comment), put(author, content)["fileHash"]
        options = {kind: {key: value.replace("{hash}", file_hash) for key, value in body.items()} for kind, body in options.items()}

        author.request("POST", path, expect=302, **options)
        assert [(item["fileName"], item["fileExt"]) for item in attached(author, path)] == [("a.txt", "txt")]

    def test_uses_the_name_of_the_upload(self, author, comment, content):
        path, file_hash = path_of("comments", comment), put(author, content, name="rope.md")["fileHash"]

        author.post(path, {"fileHash": file_hash}, expect=302)
        assert attached(author, path)[0]["fileName"] == "rope.md"

    @pytest.mark.parametrize("name, kept", [("../../x.txt", "x.txt"), ("\u202ea.exe", "a.exe"), ("a\nb.txt", "ab.txt"),
                                            ("x" * 9000 + ".txt", "x" * 251 + ".txt"), ("README", "README")])
    def test_cleans_names(self, author, comment, content, name, kept):
        path = path_of("comments", comment)

        attach(author, path, put(author, content)["fileHash"], name=name)
        (item,) = attached(author, path)
        assert item["fileName"] == kept and item["fileExt"] == kept.rpartition(".")[2]
        assert item["meta"]["links"][0]["href"].startswith(f"/api/v1/files/{item['fileHash']}")

    @pytest.mark.parametrize("file_hash", BAD)
    def test_refuses_what_is_no_file(self, author, comment, file_hash):
        author.post(path_of("comments", comment), {"fileHash": file_hash, "fileName": "a.txt"}, expect=400)

    def test_ends_somewhere(self, site, author, comment, content):
        path = path_of("comments", comment)
        files = site.sql("INSERT INTO microcosm.files (sha256, sha1, byte_count, mime_type, is_stored)"
                         " SELECT lpad(n::text, 64, '0'), lpad(n::text, 40, '0'), 1, 'text/plain', true"
                         "   FROM generate_series(1, 249) n RETURNING file_id")
        site.sql("INSERT INTO microcosm.attachments (site_id, item_type, item_id, file_id, profile_id, file_name, file_ext)"
                 " SELECT %s, 4, %s, n, %s, 'a', 'a' FROM unnest(%s) n", site.id, comment, author.profile_id,
                 [row[0] for row in files])
        first, second = (put(author, content + end)["fileHash"] for end in (b"1", b"2"))

        attach(author, path, first)
        attach(author, path, second, expect=400)
        attach(author, path, first)


class TestCount:
    def test_follows(self, site, author, conversation, comment, content):
        path = path_of("comments", comment)
        hashes = [put(author, content + end)["fileHash"] for end in (b"1", b"2")]

        def counts():
            one = site.guest.get(f"/api/v1/comments/{comment}", expect=200).data["attachments"]
            page = site.guest.get(f"/api/v1/conversations/{conversation}", expect=200).data["comments"]["items"]
            return one, next(item.get("attachments", 0) for item in page if item["id"] == comment)

        assert counts() == (0, 0)
        attach(author, path, hashes[0])
        assert counts() == (1, 1)
        attach(author, path, hashes[0])
        assert counts() == (1, 1)
        attach(author, path, hashes[1])
        assert counts() == (2, 2)
        author.delete(f"{path}/{hashes[0]}.txt", expect=200)
        assert counts() == (1, 1)
        author.delete(f"{path}/{hashes[0]}", expect=404)
        assert counts() == (1, 1)
        author.delete(f"{path}/{hashes[1]}?method=DELETE", expect=200)
        assert counts() == (0, 0) and attached(author, path) == []


class TestAvatar:
    def test_follows(self, site, author, content):
        path = path_of("profiles", author.profile_id)
        hashes = [put(author, content + end)["fileHash"] for end in (b"1", b"2", b"3")]

        def avatar():
            return site.guest.get(f"/api/v1/profiles/{author.profile_id}", expect=200).data["avatar"]

        assert avatar().endswith(".svg")
        for file_hash in hashes:
            attach(author, path, file_hash, name="me.txt")
            assert avatar() == f"/api/v1/files/{file_hash}.txt"
        assert fetch(site.guest, hashes[0]).header("Cache-Control") == YEAR
        attach(author, path, hashes[1])
        assert avatar() == f"/api/v1/files/{hashes[1]}.txt"
        assert [item["fileHash"] for item in attached(author, path)] == [hashes[0], hashes[2], hashes[1]]
        author.delete(f"{path}/{hashes[0]}", expect=200)
        assert avatar() == f"/api/v1/files/{hashes[1]}.txt"
        author.delete(f"{path}/{hashes[1]}", expect=200)
        assert avatar() == f"/api/v1/files/{hashes[2]}.txt"
        author.delete(f"{path}/{hashes[2]}", expect=409)
        assert avatar() == f"/api/v1/files/{hashes[2]}.txt"
        author.delete(f"{path}/{hashes[0]}", expect=404)

    def test_is_there_whoever_removes_others_at_once(self, daemon, site):
        """Each of several removals alone leaves one; together they do, too."""
        person = site.newcomer()
        path = f"/api/v1/profiles/{person.profile_id}/attachments"
        for _ in range(4):
            hashes = [put(person, os.urandom(50))["fileHash"] for _ in range(3)]
            for file_hash in hashes:
                person.post(path, {"fileHash": file_hash}, expect=302)
            there = [item["fileHash"] for item in person.get(path).data["attachments"]["items"]]
            statuses = []

            def remove(file_hash):
                one = harness.Client(daemon, site.host, person.token)
                statuses.append(one.delete(f"{path}/{file_hash}").status)

            threads = [threading.Thread(target=remove, args=(file_hash,)) for file_hash in there]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(statuses) == [200] * (len(there) - 1) + [409]
            (left,) = person.get(path).data["attachments"]["items"]
            assert left["fileHash"] in person.get("/api/v1/whoami").data["avatar"]

    def test_is_shown_with_comments_at_once(self, site, author, conversation, comment, content):
        def shown():
            page = site.guest.get(f"/api/v1/conversations/{conversation}", expect=200).data["comments"]["items"]
            return next(item["meta"]["createdBy"]["avatar"] for item in page if item["id"] == comment)

        assert shown().endswith(".svg")
        file_hash = put(author, content)["fileHash"]
        attach(author, path_of("profiles", author.profile_id), file_hash, name="no extension (1)")
        assert shown() == f"/api/v1/files/{file_hash}"


class TestRights:
    """To attach and remove takes update."""

    def test_on_comments(self, site, author, comment, content):
        path, moderator, stranger = path_of("comments", comment), site.owner, site.newcomer()

        for person, allowed in ((author, True), (moderator, True), (stranger, False)):
            file_hash = put(person, content + person.name.encode())["fileHash"]
            attach(person, path, file_hash, expect=302 if allowed else 403)
            if allowed:
                stranger.delete(f"{path}/{file_hash}", expect=403)
                site.guest.delete(f"{path}/{file_hash}", expect=403)
                author.delete(f"{path}/{file_hash}", expect=200)
        attach(site.guest, path, sha1(content), expect=403)

    def test_on_profiles(self, site, author, content):
        path, stranger = path_of("profiles", author.profile_id), site.newcomer()

        attach(stranger, path, put(stranger, content)["fileHash"], expect=403)
        attach(site.guest, path, sha1(content), expect=403)
        for person in (author, site.owner):
            attach(person, path, put(person, content + person.name.encode())["fileHash"])
        for person, status in ((stranger, 403), (site.guest, 403), (author, 200)):
            person.delete(f"{path}/{sha1(content + author.name.encode())}", expect=status)

    def test_of_unknown_things(self, site, author, content):
        file_hash = put(author, content)["fileHash"]

        for kind, expected in (("comments", {403, 404}), ("profiles", {403, 404})):
            path = path_of(kind, 999999999)
            attach(author, path, file_hash, expect=expected)
            author.get(path, expect=expected)
            author.delete(f"{path}/{file_hash}", expect=expected)
        author.get("/api/v1/conversations/1/attachments", expect=404)

    def test_a_hash_is_no_key(self, site, author, comment, content):
        """Who only knows the hash of somebody's file can't read it by attaching it."""
        stranger = site.newcomer()
        file_hash = put(author, content)["fileHash"]

        attach(stranger, path_of("profiles", stranger.profile_id), file_hash, expect=400)
        fetch(stranger, file_hash, expect=404)
        attach(author, path_of("comments", comment), file_hash)
        fetch(stranger, file_hash)
        attach(stranger, path_of("profiles", stranger.profile_id), file_hash)

    def test_in_a_closed_conversation(self, site, author, conversation, comment, content):
        path = path_of("comments", comment)
        first, second = (put(author, content + end)["fileHash"] for end in (b"1", b"2"))

        attach(author, path, first)
        site.owner.set_flag(f"/api/v1/conversations/{conversation}", "open", False, expect=200)
        assert attach(author, path, second, expect=403).data["errorCode"] == 17
        author.delete(f"{path}/{first}", expect=403)
        site.owner.delete(f"{path}/{first}", expect=200)


class TestReading:
    """A file is read by who may read what it is attached to, from the next request on."""

    def everybody(self, site, author):
        return {"author": author, "owner": site.owner, "member": site.newcomer(), "guest": site.guest}

    def check(self, people, file_hash, *allowed):
        for name, person in people.items():
            fetch(person, file_hash, expect=200 if name in allowed else 404)

    @pytest.mark.parametrize("what", ["comments/{comment}", "conversations/{conversation}", "microcosms/{microcosm}"])
    @pytest.mark.parametrize("flag", ["moderated", "deleted"])
    def test_ends_when_it_is_hidden(self, site, author, microcosm, what, flag, content):
        conversation = site.conversation(microcosm)
        comment = site.comment(conversation, by=author)
        people = self.everybody(site, author)
        path = "/api/v1/" + what.format(comment=comment, conversation=conversation, microcosm=microcosm)
        file_hash = put(author, content)["fileHash"]
        attach(author, path_of("comments", comment), file_hash)
        # as if somebody else had uploaded it: who has may always read it
        site.sql("DELETE FROM microcosm.file_uploads WHERE file_id = (SELECT file_id FROM microcosm.files"
                 " WHERE sha1 = %s)", file_hash)

        self.check(people, file_hash, "author", "owner", "member", "guest")
        site.owner.set_flag(path, flag, True, expect=200)
        self.check(people, file_hash, "owner")
        site.owner.set_flag(path, flag, False, expect=200)
        self.check(people, file_hash, "author", "owner", "member", "guest")

    @pytest.mark.parametrize("what, height", [("conversation", 20), ("microcosm", 21)])
    def test_ends_when_it_is_moved_out_of_sight(self, site, author, microcosm, what, height):
        """Its thumbnails too, and whoever has its address."""
        conversation = site.conversation(microcosm, by=site.owner)
        insider = site.newcomer()
        people = {**self.everybody(site, author), "insider": insider}
        file_hash = put(site.owner, png(100, height))["fileHash"]
        attach(site.owner, path_of("comments", site.comment(conversation, by=site.owner)), file_hash)
        self.check(people, file_hash, *people)
        fetch(site.guest, file_hash, "?width=64")

        closed = site.closed_microcosm([insider])
        reason = {"meta": {"editReason": "Out of sight"}}

        def move(to):
            if what == "conversation":
                site.owner.put(f"/api/v1/conversations/{conversation}", {"microcosmId": to, **reason}, expect=302)
            else:
                site.owner.put(f"/api/v1/microcosms/{microcosm}", {"parentId": to, **reason}, expect=302)
        move(closed)
        self.check(people, file_hash, "owner", "insider")
        assert fetch(insider, file_hash).header("Cache-Control") == "private, no-cache"
        for person in (site.guest, people["member"]):
            fetch(person, file_hash, "?width=64", expect=404)
            fetch(person, file_hash, expect=404, headers=[("If-None-Match", f'"{file_hash}"')])
            attach(person, path_of("profiles", author.profile_id), file_hash, expect={400, 403})
        move(microcosm if what == "conversation" else site.root)
        self.check(people, file_hash, *people)

    def test_of_who_is_banned(self, site, author, content):
        """Their picture stays as their profile does, until who looks after the site gives them another."""
        file_hash, other = put(author, content)["fileHash"], put(site.owner, content + b"another")["fileHash"]
        path = path_of("profiles", author.profile_id)
        attach(author, path, file_hash)
        site.ban(author)
        people = {"owner": site.owner, "member": site.newcomer(), "guest": site.guest}
        for person in people.values():
            assert file_hash in person.get(f"/api/v1/profiles/{author.profile_id}", expect=200).data["avatar"]
        self.check(people, file_hash, *people)
        author.delete(f"{path}/{file_hash}", expect=403)
        people["member"].delete(f"{path}/{file_hash}", expect=403)

        site.owner.delete(f"{path}/{file_hash}", expect=409)
        attach(site.owner, path, other)
        site.owner.delete(f"{path}/{file_hash}", expect=200)
        assert other in site.guest.get(f"/api/v1/profiles/{author.profile_id}", expect=200).data["avatar"]
        self.check(people, file_hash)

    def test_follows_roles(self, site, author, content):
        microcosm = site.microcosm()
        comment = site.comment(site.conversation(microcosm), by=author)
        people = self.everybody(site, author)
        file_hash = put(author, content)["fileHash"]
        attach(author, path_of("comments", comment), file_hash)

        assert fetch(site.guest, file_hash).header("Cache-Control") == YEAR
        assert fetch(people["member"], file_hash).header("Cache-Control") == YEAR
        role = site.owner.post(f"/api/v1/microcosms/{microcosm}/roles", {"title": "Crew", "read": True}, expect=302).location
        self.check(people, file_hash, "author", "owner")
        assert fetch(author, file_hash).header("Cache-Control") == "private, no-cache"
        member = people["member"]
        site.owner.put(f"{role}/profiles/{member.profile_id}", {"id": member.profile_id}, expect={200, 302})
        self.check(people, file_hash, "author", "owner", "member")
        assert fetch(member, file_hash).header("Cache-Control") == "private, no-cache"
        site.owner.delete(f"{role}/profiles/{member.profile_id}", expect=200)
        self.check(people, file_hash, "author", "owner")

    def test_in_a_huddle(self, site, author, content):
        friend, stranger = site.newcomer(), site.newcomer()
        huddle = author.post("/api/v1/huddles", {"title": "Ropes", "participants": [{"id": friend.profile_id}]}, expect=302).id
        comment = author.post("/api/v1/comments", {"itemType": "huddle", "itemId": huddle, "markdown": "Look."}, expect=302).id
        file_hash = put(author, content)["fileHash"]
        attach(author, path_of("comments", comment), file_hash)

        fetch(friend, file_hash)
        for client in (stranger, site.owner, site.guest):
            fetch(client, file_hash, expect=404)

    def test_of_one_of_many_places(self, site, author, content):
        """As long as one of the things that it is attached to may be read."""
        hidden, file_hash = site.microcosm(), put(site.owner, content)["fileHash"]
        conversation = site.conversation(hidden)
        for _ in range(53):
            attach(site.owner, path_of("comments", site.comment(conversation, by=site.owner)), file_hash)
        site.owner.set_flag(f"/api/v1/microcosms/{hidden}", "moderated", True, expect=200)

        fetch(author, file_hash, expect=404)
        shown = site.comment(site.conversation(site.microcosm()), by=site.owner)
        attach(site.owner, path_of("comments", shown), file_hash)
        fetch(author, file_hash)
        site.owner.delete(f"{path_of('comments', shown)}/{file_hash}", expect=200)
        fetch(author, file_hash, expect=404)

    def test_on_another_site(self, site, other_site, author, comment, content):
        file_hash = put(author, content)["fileHash"]
        attach(author, path_of("comments", comment), file_hash)

        fetch(site.guest, file_hash)
        for client in (other_site.guest, other_site.owner):
            fetch(client, file_hash, expect=404)
            client.get(path_of("comments", comment), expect={403, 404})
        attach(other_site.owner, path_of("profiles", other_site.owner.profile_id), file_hash, expect=400)
