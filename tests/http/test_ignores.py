"""Ignoring, and what it does: profiles.md and conventions.md."""

import pytest

import harness


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


PATH = "/api/v1/ignored"


def listed(client, query=""):
    """What a client ignores, as kinds and ids."""
    data = client.get(PATH + query, expect=200).data
    assert list(data) == ["ignored", "meta"]
    assert data["meta"] == {"links": [{"rel": "self", "href": PATH}]}
    return [(entry["itemType"], entry["itemId"]) for entry in data["ignored"]["items"]]


def poll(site, microcosm, title="Which rope"):
    return site.owner.post("/api/v1/polls", {"microcosmId": microcosm, "title": title, "question": title,
                                             "choices": [{"choice": "Hemp"}, {"choice": "Steel"}]}, expect=302).id


def event(site, microcosm, title="Regatta"):
    return site.owner.post("/api/v1/events", {"microcosmId": microcosm, "title": title}, expect=302).id


class TestList:
    def test_has_all_kinds_in_order(self, site, reader, microcosm):
        other = site.newcomer()
        place = site.microcosm(parent=microcosm)
        below = site.conversation(site.microcosm(parent=place))
        conversation = site.conversation(microcosm)
        things = [("microcosm", place), ("profile", other.profile_id), ("comment", site.comment(conversation)),
                  ("conversation", conversation), ("poll", poll(site, microcosm)), ("event", event(site, microcosm))]
        for item_type, item_id in reversed(things):
            site.ignore(reader, item_type, item_id)
        site.comment(below)

        assert listed(reader) == things

        items = [entry["item"] for entry in reader.get(PATH).data["ignored"]["items"]]
        assert [item["id"] for item in items] == [item_id for _, item_id in things]
        assert items[0]["totalItems"] == items[0]["totalComments"] == 1
        assert items[1]["profileName"] == other.name
        assert "bowline" in items[2]["html"]
        assert items[3]["totalComments"] == 1
        assert all("unread" not in item["meta"]["flags"] for item in items)
        assert [item["meta"]["flags"].get("attending") for item in items] == [None] * 5 + [False]

    def test_sorts_each_kind_by_title(self, site, reader, microcosm):
        ids = {title: site.conversation(microcosm, title) for title in ("cringle", "Anchor", "Bollard", "anchor b")}
        for title in ("Bollard", "anchor b", "cringle", "Anchor"):
            site.ignore(reader, "conversation", ids[title])

        assert listed(reader) == [("conversation", ids[title]) for title in ("Anchor", "anchor b", "Bollard", "cringle")]

    def test_leaves_out_comments_by_ignored_people(self, site, reader, microcosm):
        bore = site.newcomer()
        conversation = site.conversation(microcosm)
        kept = site.comment(conversation)
        site.comment(conversation, by=bore)
        site.ignore(reader, "profile", bore.profile_id)
        site.ignore(reader, "conversation", conversation)

        item = reader.get(PATH).data["ignored"]["items"][1]["item"]

        assert item["totalComments"] == 1 and item["lastComment"]["id"] == kept

    def test_has_pages(self, site, reader, microcosm):
        ids = [site.conversation(microcosm, f"Rope {number}") for number in range(7)]
        for item_id in ids:
            site.ignore(reader, "conversation", item_id)

        assert listed(reader, "?limit=5") == [("conversation", item_id) for item_id in ids[:5]]
        assert listed(reader, "?limit=5&offset=5") == [("conversation", item_id) for item_id in ids[5:]]
        assert reader.get(f"{PATH}?limit=5&offset=5").data["ignored"]["total"] == 7
        reader.get(f"{PATH}?limit=5&offset=10", expect=400)
        reader.get(f"{PATH}?limit=5&offset=3", expect=400)

    def test_of_nothing_is_empty(self, reader):
        assert listed(reader) == []
        assert reader.get(PATH).data["ignored"]["total"] == 0

    def test_is_one_s_own(self, site, reader, conversation):
        site.ignore(reader, "conversation", conversation)

        assert ("conversation", conversation) not in listed(site.owner)

    def test_shows_nothing_hidden_but_keeps_it(self, site, reader, microcosm):
        insider = site.newcomer()
        place = site.microcosm(parent=microcosm)
        closed = site.closed_microcosm([insider], parent=microcosm)
        secret = site.conversation(closed)
        in_place, alone = site.conversation(place), site.conversation(microcosm)
        things = {
            "conversations": [("conversation", alone), ("comment", site.comment(alone))],
            "microcosms": [("microcosm", place), ("conversation", in_place), ("comment", site.comment(in_place))],
        }
        comment = site.comment(site.conversation(microcosm))
        for item_type, item_id in things["conversations"] + things["microcosms"] + [
                ("comment", comment), ("microcosm", closed), ("conversation", secret),
                ("comment", site.comment(secret)), ("conversation", 999999999), ("comment", alone + 10 ** 9)]:
            site.ignore(reader, item_type, item_id)
            site.ignore(insider, item_type, item_id)
        there = set(things["conversations"] + things["microcosms"] + [("comment", comment)])
        assert set(listed(reader)) == there
        assert len(listed(insider)) == len(there) + 3

        for path, hidden in ((f"/api/v1/conversations/{alone}", things["conversations"]),
                             (f"/api/v1/microcosms/{place}", things["microcosms"]),
                             (f"/api/v1/comments/{comment}", [("comment", comment)])):
            for flag in ("deleted", "moderated"):
                site.owner.set_flag(path, flag, True, expect=200)
                assert set(listed(reader)) == there - set(hidden), (path, flag)
                assert reader.get(PATH).data["ignored"]["total"] == len(there) - len(hidden)
                site.owner.set_flag(path, flag, False, expect=200)
                assert set(listed(reader)) == there, (path, flag)

    def test_shows_what_one_has_written_oneself(self, site, reader, microcosm):
        """An author may read it in a microcosm that it may not read."""
        closed = site.microcosm(parent=microcosm)
        mine = site.conversation(closed, by=reader)
        comment = site.comment(site.conversation(closed), by=reader)
        site.role(closed, ("create", "read"))
        for item_type, item_id in (("microcosm", closed), ("conversation", mine), ("comment", comment)):
            site.ignore(reader, item_type, item_id)

        reader.get(f"/api/v1/microcosms/{closed}", expect=403)
        reader.get(f"/api/v1/conversations/{mine}", expect=200)
        assert listed(reader) == [("comment", comment), ("conversation", mine)]

    def test_huddles(self, site, reader):
        """Those that one takes part in; of others neither title nor number is told."""
        ids = {}
        for title in ("Zebra", "Ant"):
            ids[title] = reader.post("/api/v1/huddles", {"title": title, "participants": [{"id": site.owner.profile_id}]},
                                     expect=302).id
        foreign = site.owner.post("/api/v1/huddles", {"title": "Secret"}, expect=302).id
        said = reader.post("/api/v1/comments", {"itemType": "huddle", "itemId": ids["Ant"], "markdown": "Hm"}, expect=302).id
        for huddle in (*ids.values(), foreign):
            site.ignore(reader, "huddle", huddle)

        page = reader.get("/api/v1/ignored", expect=200).data["ignored"]

        assert [(entry["itemType"], entry["itemId"]) for entry in page["items"]] == [("huddle", ids["Ant"]),
                                                                                    ("huddle", ids["Zebra"])]
        assert page["total"] == 2
        ant = page["items"][0]["item"]
        assert ant["title"] == "Ant" and ant["totalComments"] == 1 and ant["lastCommentId"] == said
        assert {one["id"] for one in ant["participants"]} == {reader.profile_id, site.owner.profile_id}
        assert "unread" not in ant["meta"]["flags"]
        reader.delete("/api/v1/ignored", json_body={"itemType": "huddle", "itemId": ids["Ant"]}, expect=200)
        assert listed(reader) == [("huddle", ids["Zebra"])]

    def test_comments_on_profiles_and_in_huddles(self, site, reader):
        on_profile = site.comment(site.owner.profile_id, item_type="profile")
        (huddle,), = site.sql("INSERT INTO microcosm.huddles (site_id, title, created_by) VALUES (%s, 'Quiet', %s)"
                              " RETURNING huddle_id", site.id, site.owner.profile_id)
        site.sql("INSERT INTO microcosm.huddle_participants (site_id, huddle_id, profile_id) VALUES (%s, %s, %s)",
                 site.id, huddle, site.owner.profile_id)
        in_huddle = site.comment(huddle, item_type="huddle")
        for item_id in (on_profile, in_huddle):
            site.ignore(reader, "comment", item_id)
        assert listed(reader) == [("comment", on_profile)]

        site.sql("INSERT INTO microcosm.huddle_participants (site_id, huddle_id, profile_id) VALUES (%s, %s, %s)",
                 site.id, huddle, reader.profile_id)
        assert listed(reader) == [("comment", on_profile), ("comment", in_huddle)]

    def test_of_another_site_is_another(self, daemon, site, reader, conversation):
        abroad = harness.Site(daemon, title="Next door", owner="landlord")
        foreign = abroad.conversation(abroad.microcosm())
        try:
            site.ignore(reader, "conversation", foreign)
            site.ignore(reader, "profile", abroad.owner.profile_id)
            site.ignore(reader, "microcosm", abroad.root)
            assert listed(reader) == []
            site.ignore(abroad.owner, "conversation", conversation)
            assert listed(abroad.owner) == []
            site.ignore(abroad.owner, "conversation", foreign)
            assert listed(abroad.owner) == [("conversation", foreign)]
            assert listed(reader) == []
        finally:
            abroad.close()


class TestRoute:
    def test_is_for_members(self, site, conversation):
        body = {"itemType": "conversation", "itemId": conversation}

        site.guest.get(PATH, expect=403)
        site.guest.head(PATH, expect=403)
        site.guest.put(PATH, body, expect=403)
        site.guest.delete(PATH, json_body=body, expect=403)
        outlaw = site.newcomer()
        site.ban(outlaw)
        harness.wait_until(lambda: outlaw.get(PATH).status == 403, "the ban")
        outlaw.put(PATH, body, expect=403)

    def test_methods(self, reader):
        assert reader.options(PATH, expect=200).header("Allow") == "OPTIONS,HEAD,GET,PUT,DELETE"
        reader.head(PATH, expect=200)
        reader.post(PATH, {"itemType": "profile", "itemId": 1}, expect=405)
        reader.patch(PATH, [], expect=405)

    def test_both_ways_are_idempotent(self, reader, conversation):
        body = {"itemType": "Conversation", "itemId": conversation}

        for _ in range(2):
            assert reader.put(PATH, body, expect=200).data is None
            assert listed(reader) == [("conversation", conversation)]
        for _ in range(2):
            assert reader.delete(PATH, json_body=body, expect=200).data is None
            assert listed(reader) == []

    def test_as_a_post(self, reader, conversation):
        body = {"itemType": "conversation", "itemId": conversation}

        reader.post(f"{PATH}?method=PUT", body, expect=200)
        assert listed(reader) == [("conversation", conversation)]
        reader.post(f"{PATH}?method=DELETE", body, expect=200)
        assert listed(reader) == []

    @pytest.mark.parametrize("body", [
        {}, [], {"itemType": "boat", "itemId": 1}, {"itemType": "conversation"}, {"itemId": 1},
        {"itemType": "conversation", "itemId": 0}, {"itemType": "conversation", "itemId": -1},
        {"itemType": "conversation", "itemId": "x"}, {"itemType": "site", "itemId": 1}])
    def test_refuses_what_is_no_thing(self, reader, body):
        reader.put(PATH, body, expect=400)
        reader.delete(PATH, json_body=body, expect=400)
        reader.delete(PATH, expect=400)

    def test_refuses_oneself(self, reader):
        reader.put(PATH, {"itemType": "profile", "itemId": reader.profile_id}, expect=400)
