"""What ignoring does: ignored.md. There is no route for it yet, so rows are put into the table."""

import pytest


def tree(client):
    return [link["id"] for link in client.get("/api/v1/microcosms/tree", expect=200).data]


def entries(client, microcosm):
    page = client.get(f"/api/v1/microcosms/{microcosm}?limit=250", expect=200).data["items"]
    assert page["total"] == len(page["items"])
    return [entry["item"]["id"] for entry in page["items"]]


def summary(client, microcosm, parent):
    page = client.get(f"/api/v1/microcosms{'/' if parent else ''}{parent}?limit=250", expect=200).data["items"]
    return next(entry["item"] for entry in page["items"] if entry["item"]["id"] == microcosm)


def conversations(client):
    return [item["id"] for item in client.get("/api/v1/conversations?limit=250",
                                              expect=200).data["conversations"]["items"]]


@pytest.fixture
def reader(site):
    return site.newcomer()


class TestProfile:
    @pytest.fixture
    def bore(self, site, reader):
        bore = site.newcomer()
        site.ignore(reader, "profile", bore.profile_id)
        return bore

    def page(self, client, conversation, query=""):
        return client.get(f"/api/v1/conversations/{conversation}{query}", expect=200).data["comments"]

    def test_is_gone_from_the_list(self, site, reader, bore):
        def names(client):
            return [item["profileName"] for item in
                    client.get(f"/api/v1/profiles?q={bore.name}", expect=200).data["profiles"]["items"]]

        assert names(reader) == []
        assert names(site.guest) == [bore.name]
        assert names(site.owner) == [bore.name]

    def test_is_there_when_asked_for(self, site, reader, bore):
        path = f"/api/v1/profiles/{bore.profile_id}"

        assert reader.get(path, expect=200).data["meta"]["flags"] == {"ignored": True}
        assert site.guest.get(path, expect=200).data["meta"]["flags"] == {}

    def test_comments_are_left_out_of_pages_and_totals(self, site, reader, bore, conversation):
        kept = []
        for number in range(12):
            author = bore if number % 3 == 0 else site.owner
            comment = site.comment(conversation, by=author)
            if author is not bore:
                kept.append(comment)

        first = self.page(reader, conversation, "?limit=5")
        second = self.page(reader, conversation, "?limit=5&offset=5")

        assert first["total"] == 8 and first["totalPages"] == 2
        assert [item["id"] for item in first["items"] + second["items"]] == kept
        reader.get(f"/api/v1/conversations/{conversation}?limit=5&offset=10", expect=400)
        assert self.page(site.guest, conversation)["total"] == 12

    @pytest.mark.parametrize("kind", ["conversations", "events"])
    def test_lists_and_pages_agree(self, site, reader, bore, microcosm, kind):
        item = site.owner.post(f"/api/v1/{kind}", {"microcosmId": microcosm, "title": site.unique("A thing")},
                               expect=302).id
        other = site.owner.post(f"/api/v1/{kind}", {"microcosmId": microcosm, "title": site.unique("Another")},
                                expect=302).id
        item_type = kind[:-1]
        site.comment(other, by=bore, item_type=item_type)
        kept = [site.comment(item, item_type=item_type) for _ in range(2)]
        site.comment(item, by=bore, item_type=item_type)
        last = site.comment(item, by=bore, item_type=item_type)

        def shown(client):
            places = [client.get(f"/api/v1/{kind}?limit=250", expect=200).data[kind]["items"],
                      [entry["item"] for entry in client.get(f"/api/v1/microcosms/{microcosm}").data["items"]["items"]]]
            recent = summary(client, microcosm, "")["mostRecentUpdate"]["item"]
            page = client.get(f"/api/v1/{kind}/{item}", expect=200).data["comments"]
            for found in places + [[recent]]:
                one = next(entry for entry in found if entry["id"] == item)
                assert one["totalComments"] == page["total"] == len(page["items"])
                assert one["lastComment"]["id"] == page["items"][-1]["id"]
                assert one["lastComment"]["createdBy"]["id"] == page["items"][-1]["meta"]["createdBy"]["id"]
            for found in places:
                one = next(entry for entry in found if entry["id"] == other)
                assert one["totalComments"] == (0 if client is reader else 1)
                assert ("lastComment" in one) is (client is not reader)
            return page["items"][-1]["id"]

        for _ in range(2):
            assert shown(site.guest) == last
            assert shown(reader) == kept[-1]

    def test_no_biography_of_theirs_is_shown(self, site, reader, bore):
        subject = site.newcomer()
        own = site.comment(subject.profile_id, "About me", by=subject, item_type="profile")
        newer = site.comment(subject.profile_id, "About them", by=site.owner, item_type="profile")
        site.sql("UPDATE microcosm.comments SET created_by = %s WHERE site_id = %s AND comment_id = %s",
                 bore.profile_id, site.id, newer)
        path = f"/api/v1/profiles/{subject.profile_id}"

        assert site.guest.get(path, expect=200).data["profileComment"]["id"] == newer
        assert reader.get(path, expect=200).data["profileComment"]["id"] == own

    def test_replies_are_left_out(self, site, reader, bore, conversation):
        first = site.comment(conversation)
        site.comment(conversation, by=bore, reply_to=first)
        kept = site.comment(conversation, reply_to=first)

        replies = reader.get(f"/api/v1/comments/{first}", expect=200).data["meta"]["replies"]

        assert [reply["id"] for reply in replies] == [kept]

    def test_pages_are_counted_without_them(self, site, reader, bore, conversation):
        comments = [site.comment(conversation, by=bore if number < 4 else site.owner) for number in range(8)]
        path = f"/api/v1/conversations/{conversation}"

        assert reader.get(f"/api/v1/comments/{comments[7]}/incontext?limit=5", expect=307).location == \
            f"{path}?comment_id={comments[7]}"
        assert site.guest.get(f"/api/v1/comments/{comments[7]}/incontext?limit=5", expect=307).location == \
            f"{path}?comment_id={comments[7]}&limit=5&offset=5"

    def test_their_own_comments_lead_to_a_page_that_exists(self, site, reader, bore, conversation):
        """They are on no page of whoever ignores them: they lead to the comment before them, if there is one."""
        authors = [bore] + [site.owner] * 5 + [bore] * 2 + [site.owner] * 5 + [bore]
        comments = [site.comment(conversation, by=author) for author in authors]
        path = f"/api/v1/conversations/{conversation}"

        for number, comment in enumerate(comments):
            shown = [author for author in authors[:number + 1] if author is not bore]
            offset = max(len(shown) - 1, 0) // 5 * 5
            location = reader.get(f"/api/v1/comments/{comment}/incontext?limit=5", expect=307).location
            links = reader.get(f"/api/v1/comments/{comment}?limit=5", expect=200).data["meta"]["links"]
            page = next(link["href"] for link in links if link["rel"] == "commentPage")

            assert location == f"{path}?comment_id={comment}" + (f"&limit=5&offset={offset}" if offset else "")
            assert page == path + (f"?limit=5&offset={offset}" if offset else "")
            reader.get(location if offset else location + "&limit=5", expect=200)
            reader.get(page if offset else page + "?limit=5", expect=200)

    def test_new_comments_skip_them(self, site, reader, bore, conversation):
        site.comment(conversation, by=bore)
        wanted = site.comment(conversation)
        site.comment(conversation, by=bore)
        path = f"/api/v1/conversations/{conversation}"

        for which in ("newcomment", "lastcomment"):
            assert reader.get(f"{path}/{which}", expect=307).location == f"{path}?comment_id={wanted}"

    def test_a_comment_can_be_read_by_its_id(self, site, reader, bore, conversation):
        reader.get(f"/api/v1/comments/{site.comment(conversation, by=bore)}", expect=200)

    def test_conversations_of_theirs_stay(self, site, reader, bore, microcosm):
        conversation = site.conversation(microcosm, by=bore)

        assert conversation in entries(reader, microcosm)
        reader.get(f"/api/v1/conversations/{conversation}", expect=200)


class TestMicrocosm:
    def test_vanishes_with_all_below(self, site, reader, microcosm):
        place = site.microcosm(parent=microcosm)
        inner = site.microcosm(parent=place)
        conversation = site.conversation(inner)
        site.ignore(reader, "microcosm", place)

        assert not {place, inner} & set(tree(reader))
        assert entries(reader, microcosm) == []
        assert conversation not in conversations(reader)
        assert {place, inner} <= set(tree(site.guest))
        assert entries(site.owner, microcosm) == [place]
        assert conversation in conversations(site.owner)

    def test_is_no_child_and_no_recent_update(self, site, reader, microcosm):
        place = site.microcosm(parent=microcosm)
        kept = site.conversation(place)
        ignored = site.microcosm(parent=place)
        newest = site.conversation(ignored)
        site.ignore(reader, "microcosm", ignored)

        assert "children" not in summary(reader, place, microcosm)
        assert summary(reader, place, microcosm)["mostRecentUpdate"]["item"]["id"] == kept
        assert summary(site.guest, place, microcosm)["mostRecentUpdate"]["item"]["id"] == newest
        assert [child["id"] for child in summary(site.guest, place, microcosm)["children"]] == [ignored]

    def test_is_there_when_asked_for(self, site, reader, microcosm):
        conversation = site.conversation(microcosm)
        site.ignore(reader, "microcosm", microcosm)

        assert reader.get(f"/api/v1/microcosms/{microcosm}", expect=200).data["meta"]["flags"]["ignored"] is True
        assert "ignored" not in site.guest.get(f"/api/v1/microcosms/{microcosm}").data["meta"]["flags"]
        reader.get(f"/api/v1/conversations/{conversation}", expect=200)

    def test_makes_nothing_unread(self, site, reader, microcosm):
        place = site.microcosm(parent=microcosm)
        ignored = site.microcosm(parent=place)
        site.ignore(reader, "microcosm", ignored)
        site.conversation(ignored)
        other = site.newcomer()
        site.comment(site.conversation(ignored))

        assert summary(reader, place, microcosm)["meta"]["flags"]["unread"] is False
        assert summary(other, place, microcosm)["meta"]["flags"]["unread"] is True


class TestConversation:
    def test_vanishes_from_lists(self, site, reader, microcosm):
        kept, ignored = site.conversation(microcosm), site.conversation(microcosm)
        site.ignore(reader, "conversation", ignored)

        assert entries(reader, microcosm) == [kept]
        assert ignored not in conversations(reader) and kept in conversations(reader)
        assert entries(site.guest, microcosm) == [ignored, kept]

    def test_is_there_when_asked_for(self, site, reader, conversation):
        site.ignore(reader, "conversation", conversation)

        flags = reader.get(f"/api/v1/conversations/{conversation}", expect=200).data["meta"]["flags"]

        assert flags == {"sticky": False, "open": True, "deleted": False, "moderated": False, "visible": True,
                         "ignored": True}

    def test_can_be_undone(self, site, reader, microcosm):
        conversation = site.conversation(microcosm)
        site.ignore(reader, "conversation", conversation)
        assert entries(reader, microcosm) == []

        site.stop_ignoring(reader)

        assert entries(reader, microcosm) == [conversation]


def test_moderators_may_ignore_too(site, mira, microcosm):
    ignored = site.microcosm(parent=microcosm)
    site.ignore(site.owner, "microcosm", ignored)

    assert entries(site.owner, microcosm) == []
    assert entries(mira, microcosm) == [ignored]
    site.stop_ignoring(site.owner)
