"""What is unread, and how it becomes read: docs/http/conventions.md, "Read marks".

Reading writes its mark just after the reply, within a second or so; tests wait for it.
"""

import pytest

import harness


def entry(client, microcosm, number):
    """An entry of a microcosm's list."""
    page = client.get(f"/api/v1/microcosms/{microcosm}?limit=250", expect=200).data["items"]
    return next(entry["item"] for entry in page["items"] if entry["item"]["id"] == number)


def is_unread(client, microcosm, number):
    return entry(client, microcosm, number)["meta"]["flags"]["unread"]


def becomes_read(client, microcosm, number):
    """At each daemon: a mark that is still on its way is known to the one that has it."""
    harness.wait_until(lambda: not any(is_unread(client, microcosm, number) for _ in range(harness.DAEMONS)),
                       "it to become read")


def settle(site, client):
    """Until a mark that should not be written would have been: each daemon writes all of its marks at once."""
    place = site.microcosm()
    conversations = [site.conversation(place) for _ in range(harness.DAEMONS)]
    for conversation in conversations:  # daemons take turns
        read(client, conversation)
    harness.wait_until(lambda: site.sql("SELECT count(*) FROM microcosm.read_marks WHERE profile_id = %s AND item_type = 6"
                                        " AND item_id = ANY (%s)", client.profile_id, conversations) == [(len(conversations),)],
                       "the read marks")


def read(client, conversation, query=""):
    return client.get(f"/api/v1/conversations/{conversation}{query}", expect=200).data["comments"]


def mark(client, item_type, item_id=None, expect=200):
    body = {"itemType": item_type}
    if item_id is not None:
        body["itemId"] = item_id
    return client.put("/api/v1/profiles/read", body, expect=expect)


@pytest.fixture
def reader(site):
    return site.newcomer()


class TestItems:
    def test_a_new_member_has_read_all(self, site, conversation, microcosm):
        site.comment(conversation)
        reader = site.newcomer()

        assert is_unread(reader, microcosm, conversation) is False
        assert reader.get("/api/v1/microcosms").data["meta"]["flags"]["unread"] is False

    def test_what_is_new_is_unread_until_read(self, site, microcosm, reader):
        conversation = site.conversation(microcosm)
        assert is_unread(reader, microcosm, conversation) is True

        read(reader, conversation)

        becomes_read(reader, microcosm, conversation)

    def test_a_comment_makes_it_unread_again(self, site, microcosm, reader):
        conversation = site.conversation(microcosm)
        read(reader, conversation)
        becomes_read(reader, microcosm, conversation)

        site.comment(conversation)

        assert is_unread(reader, microcosm, conversation) is True

    def test_head_reads_too(self, site, microcosm, reader):
        conversation = site.conversation(microcosm)

        reader.head(f"/api/v1/conversations/{conversation}", expect=200)

        becomes_read(reader, microcosm, conversation)

    def test_edits_are_no_news(self, site, microcosm, reader):
        conversation = site.conversation(microcosm)
        comment = site.comment(conversation)
        read(reader, conversation)
        becomes_read(reader, microcosm, conversation)

        site.owner.put(f"/api/v1/comments/{comment}", {"markdown": "Edited"}, expect=302)
        site.owner.put(f"/api/v1/conversations/{conversation}", {"title": "Edited", "meta": {"editReason": "x"}},
                       expect=302)

        assert is_unread(reader, microcosm, conversation) is False

    def test_guests_have_nothing_unread(self, site, microcosm):
        conversation = site.conversation(microcosm)

        assert is_unread(site.guest, microcosm, conversation) is False

    def test_each_reads_for_oneself(self, site, microcosm, reader):
        other = site.newcomer()
        conversation = site.conversation(microcosm)

        read(reader, conversation)

        becomes_read(reader, microcosm, conversation)
        assert is_unread(other, microcosm, conversation) is True


class TestPages:
    def test_a_page_reads_as_far_as_it_goes(self, site, microcosm, reader):
        conversation = site.conversation(microcosm)
        comments = [site.comment(conversation) for _ in range(12)]
        path = f"/api/v1/conversations/{conversation}"

        read(reader, conversation, "?limit=5")
        harness.wait_until(lambda: f"comment_id={comments[5]}&" in reader.get(
            f"{path}/newcomment?limit=5", expect=307).location, "the first page to be read")

        assert is_unread(reader, microcosm, conversation) is True
        read(reader, conversation, "?limit=5&offset=10")
        becomes_read(reader, microcosm, conversation)

    def test_marks_never_move_back(self, site, microcosm, reader):
        conversation = site.conversation(microcosm)
        for _ in range(6):
            site.comment(conversation)
        read(reader, conversation, "?limit=5&offset=5")
        becomes_read(reader, microcosm, conversation)

        read(reader, conversation, "?limit=5")
        settle(site, reader)

        assert is_unread(reader, microcosm, conversation) is False

    def test_unread_comments_are_marked(self, site, microcosm, reader):
        """True iff signed in and newer than the last-read time before this request."""
        conversation = site.conversation(microcosm)
        site.comment(conversation)
        read(reader, conversation)
        becomes_read(reader, microcosm, conversation)
        site.comment(conversation)

        flags = [item["meta"]["flags"]["unread"] for item in read(reader, conversation)["items"]]
        guests = [item["meta"]["flags"]["unread"] for item in read(site.guest, conversation)["items"]]

        assert flags == [False, True]
        assert guests == [False, False]
        becomes_read(reader, microcosm, conversation)
        assert [item["meta"]["flags"]["unread"] for item in read(reader, conversation)["items"]] == [False, False]

    def test_one_comment_reads_up_to_itself(self, site, microcosm, reader):
        conversation = site.conversation(microcosm)
        first, second, third = (site.comment(conversation) for _ in range(3))
        path = f"/api/v1/conversations/{conversation}/newcomment"

        reader.get(f"/api/v1/comments/{second}", expect=200)

        harness.wait_until(lambda: f"comment_id={third}" in reader.get(path, expect=307).location)
        assert is_unread(reader, microcosm, conversation) is True


class TestMicrocosms:
    def test_are_unread_with_what_is_in_them(self, site, reader):
        outer = site.microcosm()
        inner = site.microcosm(parent=outer)
        assert is_unread(reader, site.root, outer) is False

        conversation = site.conversation(inner)

        assert is_unread(reader, site.root, outer) is True
        assert reader.get(f"/api/v1/microcosms/{outer}").data["meta"]["flags"]["unread"] is True
        assert is_unread(reader, outer, inner) is True
        read(reader, conversation)
        becomes_read(reader, outer, inner)
        becomes_read(reader, site.root, outer)
        assert reader.get(f"/api/v1/microcosms/{outer}").data["meta"]["flags"]["unread"] is False

    def test_are_not_read_by_looking_at_them(self, site, microcosm, reader):
        conversation = site.conversation(microcosm)

        reader.get(f"/api/v1/microcosms/{microcosm}", expect=200)
        settle(site, reader)

        assert is_unread(reader, microcosm, conversation) is True

    def test_are_not_unread_for_what_one_may_not_read(self, site, microcosm, reader):
        inner = site.microcosm(parent=microcosm)
        closed = site.closed_microcosm(parent=inner)
        site.conversation(closed)

        assert is_unread(reader, microcosm, inner) is False
        assert is_unread(site.owner, microcosm, inner) is True

    @pytest.mark.parametrize("flag", ["deleted", "moderated"])
    def test_are_not_unread_for_what_is_hidden(self, site, microcosm, reader, flag):
        inner = site.microcosm(parent=microcosm)
        conversation = site.conversation(inner)
        site.owner.set_flag(f"/api/v1/conversations/{conversation}", flag, True, expect=200)

        assert is_unread(reader, microcosm, inner) is False


class TestMarkRead:
    PATH = "/api/v1/profiles/read"

    def test_a_microcosm_with_all_below(self, site, microcosm, reader):
        inner = site.microcosm(parent=microcosm)
        here, below = site.conversation(microcosm), site.conversation(inner)
        elsewhere_place = site.microcosm()
        elsewhere = site.conversation(elsewhere_place)

        mark(reader, "microcosm", microcosm)

        becomes_read(reader, microcosm, here)
        becomes_read(reader, inner, below)
        becomes_read(reader, microcosm, inner)
        assert is_unread(reader, elsewhere_place, elsewhere) is True
        site.comment(below)
        assert is_unread(reader, inner, below) is True

    def test_a_microcosm_drops_the_marks_of_its_items(self, site, microcosm, reader):
        conversation = site.conversation(microcosm)
        comments = [site.comment(conversation) for _ in range(3)]
        reader.get(f"/api/v1/comments/{comments[0]}", expect=200)
        settle(site, reader)

        mark(reader, "microcosm", microcosm)

        becomes_read(reader, microcosm, conversation)
        rows = site.sql("SELECT count(*) FROM microcosm.read_marks m JOIN microcosm.items i USING (site_id, item_id)"
                        " WHERE m.site_id = %s AND m.profile_id = %s AND m.item_type = 6 AND i.microcosm_id = %s",
                        site.id, reader.profile_id, microcosm)
        assert rows == [(0,)]

    def test_the_whole_site(self, site, microcosm, reader):
        inner = site.microcosm(parent=microcosm)
        here, below = site.conversation(microcosm), site.conversation(inner)

        mark(reader, "site")

        becomes_read(reader, microcosm, here)
        becomes_read(reader, inner, below)
        assert reader.get("/api/v1/microcosms").data["meta"]["flags"]["unread"] is False
        new = site.conversation(inner)
        assert is_unread(reader, inner, new) is True

    @pytest.mark.parametrize("query_id", [0, 5, None])
    def test_the_whole_site_whatever_the_id(self, reader, query_id):
        mark(reader, "site", query_id)

    def test_one_conversation(self, site, microcosm, reader):
        first, second = site.conversation(microcosm), site.conversation(microcosm)

        mark(reader, "conversation", first)

        becomes_read(reader, microcosm, first)
        assert is_unread(reader, microcosm, second) is True

    @pytest.mark.parametrize("item_type, item_id", [
        ("huddle", 0), ("huddle", None), ("huddle", 888888888), ("conversation", 888888888), ("event", 888888888),
        ("poll", 888888888), ("microcosm", 888888888), ("Conversation", 888888888)])
    def test_existence_does_not_matter(self, reader, item_type, item_id):
        mark(reader, item_type, item_id)

    @pytest.mark.parametrize("item_type, item_id", [
        ("conversation", None), ("conversation", 0), ("conversation", -1), ("microcosm", None), ("microcosm", 0),
        ("event", 0), ("poll", None), ("nonsense", 1), ("", 1), (None, 1), (5, 1), ("conversation", "1"),
        ("conversation", 1.5), ("conversation", 2**63)])
    def test_what_makes_no_sense(self, reader, item_type, item_id):
        mark(reader, item_type, item_id, expect=400)

    def test_of_a_guest(self, site):
        mark(site.guest, "site", expect=403)

    @pytest.mark.parametrize("body", ["", "{", "[]", "null", "5"])
    def test_bad_json(self, reader, body):
        reader.request("PUT", self.PATH, body, content_type="application/json", expect=400)

    def test_never_moves_back(self, site, microcosm, reader):
        conversation = site.conversation(microcosm)
        later = "2100-01-01 00:00:00+00"
        site.sql("INSERT INTO microcosm.read_marks (site_id, profile_id, item_type, item_id, read_at)"
                 " VALUES (%s, %s, 6, %s, %s)", site.id, reader.profile_id, conversation, later)

        mark(reader, "conversation", conversation)
        read(reader, conversation)
        settle(site, reader)

        rows = site.sql("SELECT read_at = %s::timestamptz FROM microcosm.read_marks"
                        " WHERE site_id = %s AND profile_id = %s AND item_id = %s",
                        later, site.id, reader.profile_id, conversation)
        assert rows == [(True,)]


def test_marks_survive_a_stop(cluster, template):
    daemon = harness.Daemon(cluster.copy(template)).start()
    site = harness.Site(daemon)
    try:
        reader = site.newcomer()
        conversation = site.conversation(site.root)
        read(reader, conversation)
        daemon.stop()
        daemon.start()

        assert is_unread(reader, site.root, conversation) is False
    finally:
        site.close()
        daemon.close()
