"""Comments: comments.md."""

import re

import pytest

import harness
import htmlcheck

PATH = "/api/v1/comments"


def detail(client, comment, query=""):
    return client.get(f"{PATH}/{comment}{query}", expect=200).data


def page(client, conversation, query=""):
    return client.get(f"/api/v1/conversations/{conversation}{query}", expect=200).data["comments"]


class TestCreate:
    def test_leads_to_the_new_one(self, site, mira, conversation):
        body = {"itemType": "conversation", "itemId": conversation, "markdown": "Try a **bowline**."}

        reply = mira.post(PATH, body, expect=302)

        assert reply.location == f"{PATH}/{reply.id}"
        data = detail(site.guest, reply.id)
        assert (data["id"], data["itemType"], data["itemId"]) == (reply.id, "conversation", conversation)
        assert (data["revisions"], data["inReplyTo"], data["attachments"], data["firstLine"]) == (1, 0, 0, "")
        assert data["markdown"] == "Try a **bowline**."
        assert data["html"] == "<p>Try a <strong>bowline</strong>.</p>\n"
        meta = data["meta"]
        assert meta["createdBy"]["id"] == meta["editedBy"]["id"] == mira.profile_id
        assert "edited" not in meta and "replies" not in meta and "inReplyTo" not in meta
        assert meta["flags"] == {"deleted": False, "moderated": False, "visible": True, "unread": False}

    def test_links(self, site, mira, microcosm):
        conversation = site.conversation(microcosm, "Which knot?", by=mira)
        comment = site.comment(conversation, by=mira)
        item = f"/api/v1/conversations/{conversation}"

        links = detail(site.guest, comment)["meta"]["links"]

        assert links == [{"rel": "self", "href": f"{PATH}/{comment}"},
                         {"rel": "conversation", "href": item, "title": "Which knot?"},
                         {"rel": "up", "href": item, "title": "Which knot?"},
                         {"rel": "commentPage", "href": item}]
        assert page(site.guest, conversation)["items"][0]["meta"]["links"] == links[:-1]

    def test_flags_in_the_body_are_ignored(self, site, mira, conversation):
        body = {"itemType": "conversation", "itemId": conversation, "markdown": "x",
                "meta": {"flags": {"deleted": True, "moderated": True, "visible": False}}}

        created = mira.post(PATH, body, expect=302).id

        assert detail(site.guest, created)["meta"]["flags"]["visible"] is True

    @pytest.mark.parametrize("item_type", ["article", "question", "classified", "album", "site", "microcosm", "comment",
                                           "nonsense", "", None, "update_type"])
    def test_on_what_takes_none(self, site, mira, conversation, item_type):
        mira.post(PATH, {"itemType": item_type, "itemId": conversation, "markdown": "x"}, expect=400)

    @pytest.mark.parametrize("item_id", [0, -1, None, 2**63])
    def test_on_no_id(self, mira, item_id):
        mira.post(PATH, {"itemType": "conversation", "itemId": item_id, "markdown": "x"}, expect=400)

    @pytest.mark.parametrize("markdown", ["", " ", "     ", None, "\n", "\n\n\n", " \n \t ", "\r\n"])
    def test_that_says_nothing(self, mira, conversation, markdown):
        mira.post(PATH, {"itemType": "conversation", "itemId": conversation, "markdown": markdown}, expect=400)

    def test_on_an_unknown_thing(self, site, mira, other_site):
        foreign = other_site.conversation(other_site.root)
        for number in (888888888, foreign):
            body = {"itemType": "conversation", "itemId": number, "markdown": "x"}
            site.guest.post(PATH, body, expect={403, 404})
            mira.post(PATH, body, expect={403, 404})
            site.owner.post(PATH, body, expect=404)
        assert page(other_site.guest, foreign)["total"] == 0

    def test_on_a_thing_of_another_kind(self, site, mira, conversation):
        for item_type in ("poll", "event", "huddle"):
            mira.post(PATH, {"itemType": item_type, "itemId": conversation, "markdown": "x"}, expect={403, 404})

        assert page(site.guest, conversation)["total"] == 0

    @pytest.mark.parametrize("flag", ["deleted", "moderated"])
    def test_on_a_hidden_thing(self, site, mira, conversation, flag):
        site.owner.set_flag(f"/api/v1/conversations/{conversation}", flag, True, expect=200)
        body = {"itemType": "conversation", "itemId": conversation, "markdown": "In the dark"}

        mira.post(PATH, body, expect=404)

        assert site.sql("SELECT count(*) FROM microcosm.comments WHERE site_id = %s AND item_id = %s",
                        site.id, conversation) == [(0,)], "nothing was stored"

    def test_without_the_right(self, site, mira):
        reading = site.microcosm()
        site.role(reading, ("read",), users=True)
        conversation = site.conversation(reading)
        body = {"itemType": "conversation", "itemId": conversation, "markdown": "x"}

        assert mira.post(PATH, body, expect=403).data == {
            "siteId": site.id, "profileId": mira.profile_id, "errorCode": 10,
            "errorDetail": mira.post(PATH, body).data["errorDetail"]}
        guest = site.guest.post(PATH, body, expect=403).data
        assert list(guest) == ["siteId", "errorCode", "errorDetail"]
        assert guest["errorCode"] == 10

    def test_the_author_of_the_item_may_always(self, site, mira):
        reading = site.microcosm()
        conversation = site.conversation(reading, by=mira)
        site.role(reading, ("read",), users=True)

        site.comment(conversation, by=mira)

    def test_counts(self, site, conversation):
        author = site.newcomer()

        def count():
            return site.guest.get(f"/api/v1/profiles/{author.profile_id}").data["commentCount"]

        comment = site.comment(conversation, by=author)
        assert count() == 1 and page(site.guest, conversation)["total"] == 1
        site.owner.delete(f"{PATH}/{comment}", expect=200)
        assert count() == 0 and page(site.guest, conversation)["total"] == 0

    def test_very_long(self, site, mira, conversation):
        text = "All work and no play makes a dull comment. " * 1500  # nearly all that a comment may have

        assert detail(site.guest, site.comment(conversation, text, by=mira))["markdown"] == text

    def test_text_is_kept_as_sent(self, site, mira, conversation):
        text = "  two leading spaces\r\n\ttab\u00a0and\u200bmore \n\n\ntrailing  \n"

        assert detail(site.guest, site.comment(conversation, text, by=mira))["markdown"] == text


class TestReplies:
    def test_are_linked_both_ways(self, site, mira, tomas, conversation):
        first = site.comment(conversation, "First", by=mira)
        second = site.comment(conversation, "Second", by=tomas, reply_to=first)
        third = site.comment(conversation, "Third", by=mira, reply_to=first)
        deep = site.comment(conversation, "Deep", by=mira, reply_to=second)

        data = detail(site.guest, first)
        assert [reply["id"] for reply in data["meta"]["replies"]] == [second, third], "direct ones, oldest first"
        assert data["meta"]["replies"][0]["inReplyTo"] == first
        assert "permissions" not in data["meta"]["replies"][0]["meta"]
        data = detail(site.guest, second)
        assert data["inReplyTo"] == first
        assert data["meta"]["inReplyTo"]["id"] == first
        assert [reply["id"] for reply in data["meta"]["replies"]] == [deep]
        assert data["meta"]["links"][3:5] == [
            {"rel": "inReplyTo", "href": f"{PATH}/{first}"},
            {"rel": "inReplyToAuthor", "href": f"/api/v1/profiles/{mira.profile_id}", "title": "mira"}]
        listed = {item["id"]: item for item in page(site.guest, conversation)["items"]}
        assert "inReplyTo" not in listed[first] and listed[second]["inReplyTo"] == first
        assert [link["rel"] for link in listed[second]["meta"]["links"]] == [
            "self", "conversation", "up", "inReplyTo", "inReplyToAuthor"]

    def test_the_same_to_somebody_else_is_another_one(self, site, mira, conversation):
        first, second = site.comment(conversation, "One"), site.comment(conversation, "Two")

        alone, to_first, to_second = (
            [site.comment(conversation, "Thanks!", by=mira, reply_to=to) for _ in range(2)] for to in (None, first, second))

        assert alone[0] == alone[1] and to_first[0] == to_first[1] and to_second[0] == to_second[1], "each once"
        assert len({alone[0], to_first[0], to_second[0]}) == 3

    def test_the_same_to_nothing_is_the_same(self, site, mira, conversation):
        assert site.comment(conversation, "Hm", by=mira, reply_to=888888888) == site.comment(conversation, "Hm", by=mira)

    @pytest.mark.parametrize("number", [0, -1, 888888888])
    def test_to_nothing_are_no_replies(self, site, mira, conversation, number):
        assert detail(site.guest, site.comment(conversation, by=mira, reply_to=number))["inReplyTo"] == 0

    def test_to_another_items_comment_are_no_replies(self, site, other_site, mira, microcosm, conversation):
        elsewhere = site.comment(site.conversation(microcosm))
        foreign = other_site.comment(other_site.conversation(other_site.root))

        for number in (elsewhere, foreign):
            assert detail(site.guest, site.comment(conversation, by=mira, reply_to=number))["inReplyTo"] == 0

    @pytest.mark.parametrize("flag", ["deleted", "moderated"])
    def test_hidden_ones_are_left_out(self, site, mira, conversation, flag):
        first = site.comment(conversation, "First", by=mira)
        second = site.comment(conversation, "Second", by=mira, reply_to=first)
        third = site.comment(conversation, "Third", by=mira, reply_to=second)
        site.owner.set_flag(f"{PATH}/{second}", flag, True, expect=200)

        assert "replies" not in detail(site.guest, first)["meta"]
        reply = detail(site.guest, third)
        assert "inReplyTo" not in reply["meta"]
        assert b"Second" not in site.guest.get(f"{PATH}/{third}").body

    def test_cannot_be_changed_later(self, site, mira, conversation):
        first, second = site.comment(conversation, by=mira), site.comment(conversation, by=mira)

        mira.put(f"{PATH}/{second}", {"markdown": "Changed", "inReplyTo": first}, expect=302)

        assert detail(site.guest, second)["inReplyTo"] == 0


class TestRevisions:
    def test_a_put_makes_a_new_one(self, site, mira, conversation):
        comment = site.comment(conversation, "Or a sheet bend", by=mira)

        reply = mira.put(f"{PATH}/{comment}", {"markdown": "Or a *sheet bend*"}, expect=302)

        assert reply.location == f"{PATH}/{comment}"
        data = detail(site.guest, comment)
        assert data["revisions"] == 2
        assert data["markdown"] == "Or a *sheet bend*"
        assert data["html"] == "<p>Or a <em>sheet bend</em></p>\n"
        assert harness.when(data["meta"]["edited"]) > harness.when(data["meta"]["created"])
        assert data["meta"]["editedBy"]["id"] == mira.profile_id
        listed = page(site.guest, conversation)["items"][0]
        assert listed["revisions"] == 2 and listed["meta"]["edited"] == data["meta"]["edited"]

    def test_each_is_kept(self, site, mira, conversation):
        comment = site.comment(conversation, "Text 1", by=mira)
        for number in range(2, 5):
            mira.put(f"{PATH}/{comment}", {"markdown": f"Text {number}"}, expect=302)

        rows = site.sql("SELECT revision, markdown FROM microcosm.comment_revisions"
                        " WHERE site_id = %s AND comment_id = %s ORDER BY revision", site.id, comment)

        assert [text for _, text in rows[:3]] == ["Text 1", "Text 2", "Text 3"]
        assert detail(site.guest, comment)["revisions"] == 4

    def test_names_who_edited(self, site, mira, conversation):
        comment = site.comment(conversation, by=mira)

        site.owner.put(f"{PATH}/{comment}", {"markdown": "By the owner"}, expect=302)

        meta = detail(site.guest, comment)["meta"]
        assert (meta["createdBy"]["id"], meta["editedBy"]["id"]) == (mira.profile_id, site.owner.profile_id)
        listed = page(site.guest, conversation)["items"][0]["meta"]
        assert (listed["createdBy"]["id"], listed["editedBy"]["id"]) == (mira.profile_id, site.owner.profile_id)

    def test_by_others(self, site, tomas, mira, conversation):
        comment = site.comment(conversation, "Mine", by=mira)

        for person in (site.guest, tomas):
            person.put(f"{PATH}/{comment}", {"markdown": "Yours"}, expect=403)
        assert detail(site.guest, comment)["markdown"] == "Mine"

    def test_the_author_of_the_conversation_may_not(self, site, mira, tomas, conversation):
        comment = site.comment(conversation, by=tomas)

        mira.put(f"{PATH}/{comment}", {"markdown": "Censored"}, expect=403)

    @pytest.mark.parametrize("markdown", ["", "  ", "\n\n", None, 5])
    def test_that_says_nothing(self, site, mira, conversation, markdown):
        comment = site.comment(conversation, "Something", by=mira)

        mira.put(f"{PATH}/{comment}", {"markdown": markdown}, expect=400)

        assert detail(site.guest, comment)["markdown"] == "Something"

    def test_ignores_ids_in_the_body(self, site, mira, tomas, microcosm, conversation):
        mine, others = site.comment(conversation, "Mine", by=mira), site.comment(conversation, "Others", by=tomas)
        elsewhere = site.conversation(microcosm)

        mira.put(f"{PATH}/{mine}", {"id": others, "itemType": "conversation", "itemId": elsewhere, "markdown": "New"},
                 expect=302)

        assert detail(site.guest, others)["markdown"] == "Others"
        data = detail(site.guest, mine)
        assert data["markdown"] == "New" and data["itemId"] == conversation
        assert page(site.guest, elsewhere)["total"] == 0

    def test_of_an_unknown_one(self, site, mira, other_site):
        foreign = other_site.comment(other_site.conversation(other_site.root))
        for person in (site.guest, mira, site.owner):
            person.put(f"{PATH}/888888888", {"markdown": "x"}, expect=404)
            person.put(f"{PATH}/{foreign}", {"markdown": "x"}, expect=404)

    def test_does_not_move_the_conversation_up(self, site, mira, microcosm):
        first, second = site.conversation(microcosm), site.conversation(microcosm)
        comment = site.comment(first, by=mira)
        site.comment(second)

        mira.put(f"{PATH}/{comment}", {"markdown": "Edited later"}, expect=302)

        entries = site.guest.get(f"/api/v1/microcosms/{microcosm}").data["items"]["items"]
        assert [entry["item"]["id"] for entry in entries] == [second, first]


class TestDeleteAndModerate:
    def test_unknown_ones_are_forbidden_for_all(self, site, mira):
        for person in (site.guest, mira, site.owner):
            person.get(f"{PATH}/888888888", expect=403)
            person.delete(f"{PATH}/888888888", expect=403)
            person.set_flag(f"{PATH}/888888888", "deleted", True, expect=403)

    def test_delete_happens_as_often_as_one_likes(self, site, mira, conversation):
        comment = site.comment(conversation, by=mira)

        mira.delete(f"{PATH}/{comment}", expect=403)
        for _ in range(3):
            site.owner.delete(f"{PATH}/{comment}", expect=200)
        site.guest.get(f"{PATH}/{comment}", expect=404)
        mira.get(f"{PATH}/{comment}", expect=404)
        assert site.owner.get(f"{PATH}/{comment}", expect=200).data["meta"]["flags"]["deleted"] is True
        assert page(site.guest, conversation)["total"] == 0

    @pytest.mark.parametrize("flag", ["deleted", "moderated"])
    def test_restoring_puts_it_where_it_was(self, site, mira, conversation, flag):
        comments = [site.comment(conversation, by=mira) for _ in range(3)]
        site.owner.set_flag(f"{PATH}/{comments[1]}", flag, True, expect=200)
        assert [item["id"] for item in page(site.guest, conversation)["items"]] == [comments[0], comments[2]]

        site.owner.set_flag(f"{PATH}/{comments[1]}", flag, False, expect=200)

        assert [item["id"] for item in page(site.guest, conversation)["items"]] == comments
        assert detail(site.guest, comments[1])["meta"]["flags"]["visible"] is True

    def test_moderating_leaves_no_editor(self, site, mira, conversation):
        comment = site.comment(conversation, by=mira)
        site.owner.set_flag(f"{PATH}/{comment}", "moderated", True, expect=200)
        site.owner.set_flag(f"{PATH}/{comment}", "moderated", False, expect=200)

        meta = detail(site.guest, comment)["meta"]

        assert meta["editedBy"]["id"] == mira.profile_id
        assert "edited" not in meta

    def test_deleted_and_moderated_are_two_things(self, site, mira, conversation):
        comment = site.comment(conversation, by=mira)
        for flag in ("deleted", "moderated"):
            site.owner.set_flag(f"{PATH}/{comment}", flag, True, expect=200)

        site.owner.set_flag(f"{PATH}/{comment}", "deleted", False, expect=200)

        site.guest.get(f"{PATH}/{comment}", expect=404)

    def test_counts_stay_true(self, site, conversation):
        author = site.newcomer()
        comments = [site.comment(conversation, by=author) for _ in range(4)]
        site.owner.delete(f"{PATH}/{comments[0]}", expect=200)
        site.owner.set_flag(f"{PATH}/{comments[1]}", "moderated", True, expect=200)
        site.owner.set_flag(f"{PATH}/{comments[1]}", "moderated", True, expect=200)
        site.owner.set_flag(f"{PATH}/{comments[0]}", "deleted", False, expect=200)
        site.owner.set_flag(f"{PATH}/{comments[0]}", "deleted", False, expect=200)

        listed = page(site.guest, conversation)

        assert listed["total"] == len(listed["items"]) == 3


class TestInContext:
    @pytest.fixture
    def busy(self, site, mira, microcosm):
        conversation = site.conversation(microcosm, by=mira)
        return conversation, [site.comment(conversation, by=mira) for _ in range(12)]

    def test_leads_to_the_page(self, site, mira, busy):
        conversation, comments = busy
        item = f"/api/v1/conversations/{conversation}"

        for index, comment in enumerate(comments):
            offset = index // 5 * 5
            wanted = f"?comment_id={comment}" + (f"&limit=5&offset={offset}" if offset else "")
            for person in (site.guest, mira):
                assert person.get(f"{PATH}/{comment}/incontext?limit=5", expect=307).location == item + wanted
        assert site.guest.get(f"{PATH}/{comments[11]}/incontext", expect=307).location == \
            f"{item}?comment_id={comments[11]}"
        assert site.guest.get(f"{PATH}/{comments[11]}/incontext?limit=10", expect=307).location == \
            f"{item}?comment_id={comments[11]}&limit=10&offset=10"

    def test_the_first_page_may_be_longer_than_usual(self, site, mira, microcosm):
        conversation = site.conversation(microcosm, by=mira)
        comments = [site.comment(conversation, by=mira) for _ in range(31)]
        for limit in (5, 25, 50):
            for comment in (comments[2], comments[30]):
                links = detail(site.guest, comment, f"?limit={limit}")["meta"]["links"]
                for href in (links[-1]["href"], *(site.guest.get(path, expect=307).location for path in (
                        f"{PATH}/{comment}/incontext?limit={limit}",
                        *([f"/api/v1/conversations/{conversation}/lastcomment?limit={limit}"] if comment == comments[30] else [])))):
                    page = site.guest.get(href, expect=200).data["comments"]["items"]
                    assert comment in [one["id"] for one in page], href

    def test_hidden_comments_do_not_count(self, site, busy):
        conversation, comments = busy
        for comment in comments[:3]:
            site.owner.delete(f"{PATH}/{comment}", expect=200)

        location = site.guest.get(f"{PATH}/{comments[7]}/incontext?limit=5", expect=307).location

        assert location == f"/api/v1/conversations/{conversation}?comment_id={comments[7]}"
        location = site.guest.get(f"{PATH}/{comments[8]}/incontext?limit=5", expect=307).location
        assert location == f"/api/v1/conversations/{conversation}?comment_id={comments[8]}&limit=5&offset=5"

    @pytest.mark.parametrize("limit", ["0", "3", "x", "255"])
    def test_what_fits_no_page_is_refused(self, site, busy, limit):
        site.guest.get(f"{PATH}/{busy[1][0]}/incontext?limit={limit}", expect=400)
        site.guest.get(f"{PATH}/{busy[1][0]}?limit={limit}", expect=400)

    def test_the_page_link_of_a_single_comment(self, site, busy):
        conversation, comments = busy
        item = f"/api/v1/conversations/{conversation}"

        def link(comment, query=""):
            links = detail(site.guest, comment, query)["meta"]["links"]
            assert links[-1]["rel"] == "commentPage" and list(links[-1]) == ["rel", "href"]
            return links[-1]["href"]

        assert link(comments[11]) == item
        assert link(comments[4], "?limit=5") == item
        assert link(comments[11], "?limit=5") == f"{item}?limit=5&offset=10"
        more = [site.comment(conversation) for _ in range(14)]
        assert link(more[-1]) == f"{item}?offset=25"


class TestBiography:
    """A comment on a profile: only its owner and the site's owner may post one."""

    def post(self, client, person, markdown="I grow *figs*", expect=302):
        return client.post(PATH, {"itemType": "profile", "itemId": person.profile_id, "markdown": markdown},
                           expect=expect)

    def shown(self, client, person):
        return client.get(f"/api/v1/profiles/{person.profile_id}", expect=200).data["profileComment"]

    def test_is_shown_with_the_profile(self, site):
        rowan = site.newcomer()
        assert self.shown(site.guest, rowan) is None

        first = self.post(rowan, rowan).id

        data = self.shown(site.guest, rowan)
        assert (data["id"], data["itemType"], data["itemId"]) == (first, "profile", rowan.profile_id)
        assert data["html"] == "<p>I grow <em>figs</em></p>\n"
        assert data["revisions"] == 1
        second = self.post(site.owner, rowan, "She grows pears, too").id
        assert self.shown(site.guest, rowan)["id"] == second, "the newest one"

    def test_the_same_to_another_comment_is_another_one(self, site):
        rowan = site.newcomer()
        first = self.post(rowan, rowan, "I grow pears").id

        def say(**to):
            return rowan.post(PATH, {"itemType": "profile", "itemId": rowan.profile_id, "markdown": "Yes", **to}, expect=302).id

        assert say() == say() != say(inReplyTo=first) == say(inReplyTo=first)

    def test_by_others(self, site, mira, tomas):
        self.post(tomas, mira, expect=403)
        self.post(site.guest, mira, expect=403)

    def test_can_be_read_by_its_id(self, site, mira):
        comment = self.post(mira, mira, "Sailor & knotter").id

        data = detail(site.guest, comment)

        profile = f"/api/v1/profiles/{mira.profile_id}"
        name = site.guest.get(profile, expect=200).data["profileName"]
        assert [(link["rel"], link["href"], link.get("title")) for link in data["meta"]["links"]] == [
            ("self", f"{PATH}/{comment}", None), ("profile", profile, name), ("up", profile, name),
            ("commentPage", profile, None)]

    def test_leads_to_the_profile(self, site):
        rowan = site.newcomer()
        comments = [self.post(rowan, rowan, f"Fact {number}").id for number in range(7)]
        profile = f"/api/v1/profiles/{rowan.profile_id}"

        first = site.guest.get(f"{PATH}/{comments[4]}/incontext?limit=5", expect=307).location
        last = site.guest.get(f"{PATH}/{comments[6]}/incontext?limit=5", expect=307).location

        assert first == f"{profile}?comment_id={comments[4]}"
        assert last == f"{profile}?comment_id={comments[6]}&limit=5&offset=5"
        for location, number in ((first, 4), (last, 6)):
            data = site.guest.get(location, expect=200).data
            assert data["id"] == rowan.profile_id
            assert comments[number] in [comment["id"] for comment in data["comments"]["items"]]
            self_link, = [link["href"] for link in data["comments"]["links"] if link["rel"] == "self"]
            assert f"comment_id={comments[number]}" in self_link
        assert "comments" not in site.guest.get(profile, expect=200).data
        site.guest.get(f"{profile}?offset=25", expect=400)

    def test_its_author_may_change_and_delete_it(self, site):
        rowan = site.newcomer()
        older, newer = self.post(rowan, rowan, "Old").id, self.post(rowan, rowan, "New").id

        rowan.put(f"{PATH}/{newer}", {"markdown": "Newer"}, expect=302)
        assert self.shown(site.guest, rowan)["markdown"] == "Newer"
        rowan.delete(f"{PATH}/{newer}", expect=200)
        assert self.shown(site.guest, rowan)["id"] == older
        site.owner.delete(f"{PATH}/{older}", expect=200)
        assert self.shown(site.guest, rowan) is None

    def test_on_an_unknown_profile(self, site, other_site, mira):
        for number in (888888888, other_site.owner.profile_id):
            body = {"itemType": "profile", "itemId": number, "markdown": "x"}
            mira.post(PATH, body, expect={403, 404})
            site.owner.post(PATH, body, expect={403, 404})


# Markdown

A = ' rel="nofollow noopener" target="_blank"'
LAZY = ' loading="lazy" decoding="async"'

MARKDOWN = [
    ("plain *em* **strong** ~~del~~ `code`",
     "<p>plain <em>em</em> <strong>strong</strong> <del>del</del> <code>code</code></p>\n"),
    ("line one\nline two", "<p>line one<br/>\nline two</p>\n"),
    ("para\n\npara2", "<p>para</p>\n\n<p>para2</p>\n"),
    ("# Head\n## Two", '<h1 id="user-content-head">Head</h1>\n\n<h2 id="user-content-two">Two</h2>\n'),
    ("> quote\nmore", "<blockquote>\n<p>quote<br/>\nmore</p>\n</blockquote>\n"),
    ("* a\n* b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
    ("```\n\"<x>\"\n```", "<pre><code>&#34;&lt;x&gt;&#34;\n</code></pre>\n"),
    ("~~~ c\nint x;\n~~~", '<pre><code class="language-c">int x;\n</code></pre>\n'),
    ("a | b\n---|---\n1 | 2",
     "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n\n"
     "<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n"),
    ("snake_case_word", "<p>snake_case_word</p>\n"),
    ("see https://example.org/x. (http://example.com/y)",
     f'<p>see <a href="https://example.org/x"{A}>https://example.org/x</a>. '
     f'(<a href="http://example.com/y"{A}>http://example.com/y</a>)</p>\n'),
    ("www.example.org/foo", f'<p><a href="http://www.example.org/foo"{A}>http://www.example.org/foo</a></p>\n'),
    ("[rel](/conversations/1)", '<p><a href="/conversations/1">rel</a></p>\n'),
    ("[js](javascript:alert(1))", "<p>js</p>\n"),
    ('![alt](/api/v1/files/abc.png "t")', f'<p><img src="/api/v1/files/abc.png" alt="alt" title="t"{LAZY}/></p>\n'),
    ("<script>alert(1)</script>hi", "<p>hi</p>\n"),
    ('<b onclick="x()">bold</b> <i>it</i>', "<p><b>bold</b> <i>it</i></p>\n"),
    ("x@example.org", "<p>x@example.org</p>\n"),
    ("<a@example.org>", '<p><a href="mailto:a@example.org">a@example.org</a></p>\n'),
    ("ALL CAPS HERE", "<p>all caps here</p>\n"),
    ("\"q\" 'a' & < >", "<p>&#34;q&#34; &#39;a&#39; &amp; &lt; &gt;</p>\n"),
    ("[quote]q\nr[/quote]\nreply", "<blockquote>\n<p>q<br/>\nr</p>\n</blockquote>\n\n<p>reply</p>\n"),
    ("[url=http://example.org/v]text[/url]", f'<p><a href="http://example.org/v"{A}>text</a></p>\n'),
    ("[b]b[/b] [i]i[/i] [u]u[/u] [s]s[/s]",
     "<p><strong>b</strong> <em>i</em> <em>u</em> <del>s</del></p>\n"),
    ("[color=red]red[/color] [B]B and b[/B]", "<p>red <strong>B and b</strong></p>\n"),
    ("[img]http://example.org/i.png[/img]", f'<p><img src="http://example.org/i.png"{LAZY}/></p>\n'),
    ("[url]http://example.org/u[/url]", f'<p><a href="http://example.org/u"{A}>http://example.org/u</a></p>\n'),
    ("Text\n* item\n* other", "<p>Text</p>\n\n<ul>\n<li>item</li>\n<li>other</li>\n</ul>\n"),
    ("#nothashtag2 is no heading and 1 # 2", None),
    ("Setext\n======", '<h1 id="user-content-setext">Setext</h1>\n'),
    ("[r]\n\n[r]: /there", '<p><a href="/there">r</a></p>\n'),
    ("- [ ] task", '<ul>\n<li><input type="checkbox" disabled="disabled"/> task</li>\n</ul>\n'),
    ("x^2^ and [^1]\n\n[^1]: a footnote", None),
]


def loosened(html):
    """HTML without what its bytes may differ in: white space between blocks and alt=""."""
    html = re.sub(r'<img([^>]*?) alt=""', r"<img\1", html)
    html = re.sub(r"<br ?/?>\s*", "<br/>\n", html)
    html = re.sub(r"\s*(</?(?:p|ul|ol|li|table|thead|tbody|tr|th|td|blockquote|h[1-6]|pre|hr)\b[^>]*>)\s*", r"\1", html)
    html = html.replace("&quot;", "&#34;").replace("&apos;", "&#39;")
    return re.sub(r"<img[^>]*>", lambda tag: " ".join(sorted(tag.group().strip("<>/ ").split(" "))), html)


@pytest.fixture(scope="module")
def talk(site, mira):
    """A conversation for everything that is only rendered."""
    return site.conversation(site.microcosm(), by=mira)


def render(site, talk, mira, markdown):
    comment = site.comment(talk, markdown, by=mira)
    data = detail(site.guest, comment)
    assert data["markdown"] == markdown
    assert htmlcheck.problems(data["html"]) == [], data["html"]
    return data["html"]


@pytest.mark.parametrize("markdown, html", MARKDOWN, ids=range(len(MARKDOWN)))
def test_markdown_becomes_html(site, talk, mira, markdown, html):
    """Structure, escaping and safety count; bytes may differ (comments.md)."""
    actual = render(site, talk, mira, markdown)
    actual = re.sub(r'(user-content-[\w-]+)-\d+"', r'\1"', actual)  # the comment's id

    if html is not None:
        # Character references for quotes inside of text are a matter of taste as well.
        assert loosened(actual).replace("&#34;", '"').replace("&#39;", "'") == \
            loosened(html).replace("&#34;", '"').replace("&#39;", "'"), actual


def test_hashtags_lead_to_the_search(site, talk, mira):
    html = render(site, talk, mira, "About #Knots and #2nd_try, not a#b, #1 or `#code` at the end")

    links = re.findall(r'<a href="([^"]*)"[^>]*>(#[^<]*)</a>', html)
    assert [text for _, text in links] == ["#Knots", "#2nd_try"]
    assert all("/search/?q=%23" + text[1:] in href for href, text in links)


class TestMentions:
    def test_lead_to_the_profile(self, site, talk, mira, tomas):
        html = render(site, talk, mira, "hello @mira, and @TOMAS! and +tomas")

        assert html == (f'<p>hello <a href="/profiles/{mira.profile_id}">@mira</a>, and '
                        f'<a href="/profiles/{tomas.profile_id}">@TOMAS</a>! and '
                        f'<a href="/profiles/{tomas.profile_id}">+tomas</a></p>\n')

    def test_of_nobody_are_plain(self, site, talk, mira):
        html = render(site, talk, mira, "hello @nobody1, a@mira and x@mira.example")

        assert "/profiles/" not in html

    def test_know_where_a_name_ends(self, site, talk, mira):
        miranda = site.person("miranda")

        html = render(site, talk, mira, 'both @mira and @miranda and (@mira) and "@mira"')

        assert html.count(f'<a href="/profiles/{mira.profile_id}">@mira</a>') == 3
        assert html.count(f'<a href="/profiles/{miranda.profile_id}">@miranda</a>') == 1

    def test_stay_out_of_code_and_links(self, site, talk, mira):
        html = render(site, talk, mira,
                      "`@mira` and\n\n    @mira in a block\n\nand [to @mira](/x) and <https://example.org/@mira>")

        assert "/profiles/" not in html

    def test_do_not_reach_other_sites(self, site, other_site, talk, mira):
        other_site.person("gardener")

        assert "/profiles/" not in render(site, talk, mira, "hello @gardener of next door")


HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
    "<iframe src=//evil.example></iframe>",
    "<a href=\"javascript:alert(1)\">x</a>", "<a href=\"java\nscript:alert(1)\">x</a>",
    "<a href=\"&#106;avascript:alert(1)\">x</a>",
    "<a href=\" javascript:alert(1)\">x</a>", "<a href='vbscript:x'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](&#x6A;avascript:alert(1))",
    "[x](data:text/html;base64,AAAA)",
    "<javascript:alert(1)>", "![x](javascript:alert(1))", "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "<style>*{background:url(//evil.example)}</style>x", "<div style=\"position:fixed\">x</div>",
    "<p class=\"navbar\">x</p>",
    "<object data=x></object><embed src=x><applet></applet>x",
    "<form action=//evil.example><input name=x><button>x</button></form>",
    "<base href=//evil.example>", "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<link rel=stylesheet href=//evil.example>",
    "<b><i>crossed</b></i>", "<div>left open", "</div></div></p></td>closed too often", "<table><tr><td>left open",
    "<ul><li>a<li>b",
    "<!-- comment --> x <!-- open", "<![CDATA[ x ]]> y", "<?php echo 1 ?> x", "<!DOCTYPE html> x",
    "<a href=/a><a href=/b>nested</a></a>", "[<a href=/x>in</a>](/y)", "[[a](/b)](/c)",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<svg><p><style><g title=\"</style><img src=x onerror=alert(1)>\">",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\">",
    "<title><img title=\"</title><img src=x onerror=alert(1)>\">",
    "<xmp><img title=\"</xmp><img src=x onerror=alert(1)>\">", "<plaintext>x", "<select><option>x",
    "<template><script>1</script></template>x",
    "`<script>`", "    <script>", "\\<script>x", "&lt;script&gt;x", "<scr<script>ipt>alert(1)</scr</script>ipt>x",
    "<a title='\" onmouseover=\"alert(1)' href=/x>x</a>", "<img alt='\"><script>' src=/x>",
    "[x](/y \"\\\" onclick=\\\"z\")",
    "<a href=\"//evil.example\">x</a>", "<a href=/x target=_top rel=opener>x</a>", "<a name=x>x</a>", "<img>",
    "<img src=''> x",
    "<b id='x' dir=rtl lang=he title='ok'>x</b>", "<b title='no<>!'>x</b>",
    "<a href=https://example.org/ ping=//evil.example>x</a>",
    "<blockquote cite=javascript:x>q</blockquote>", "<time datetime=2020>t</time>",
    "<details open><summary>s</summary>d</details>",
    "<video src=x onerror=alert(1)></video><audio src=x></audio>x", "<dialog open>x</dialog>", "<marquee>x</marquee>",
    "@<script>x</script>", "#<b>x</b>", "[url=javascript:alert(1)]x[/url]", "[img]javascript:alert(1)[/img]",
    "[url=\"http://example.org/\" onclick=\"x\"]x[/url]", "[color=red\" onload=\"x]x[/color]",
    "[email=x@example.org\" onclick=\"x]y[/email]",
    "[quote=\"<script>\"]x[/quote]", "[attach]1\" onclick=\"x[/attach] y",
    "http://example.org/\"onmouseover=\"alert(1)",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ\"onload=x", "https://youtu.be/dQw4w9WgXcQ", "https://vimeo.com/12345",
    "\u0000x".replace("\u0000", "\u0001"), "x\u202ey", "\ufeffx", "\U0001f600", "a\u0300" * 50, "<b>" * 400 + "x",
    "*" * 3000 + "x",
    "- " * 300 + "x", "![" * 500 + "x", "[x](" * 500, "`" * 999 + "x", "<" * 3000, "&" * 3000,
    "|" * 500 + "\n" + "-|" * 500 + "\n" + "|" * 500,
]


@pytest.mark.parametrize("markdown", HOSTILE, ids=range(len(HOSTILE)))
def test_html_is_safe_whatever_comes(site, talk, mira, markdown):
    reply = mira.post(PATH, {"itemType": "conversation", "itemId": talk, "markdown": markdown}, expect={302, 400})
    if reply.status == 302:
        data = detail(site.guest, reply.id)
        assert data["markdown"] == markdown
        assert htmlcheck.problems(data["html"]) == [], data["html"][:2000]


@pytest.mark.parametrize("markdown", ["<script>alert(1)</script>", "<style>x</style>", "<!-- -->", "<iframe></iframe>",
                                      "[r]: /only-a-definition"])
def test_what_renders_to_nothing_is_refused(site, talk, mira, markdown):
    mira.post(PATH, {"itemType": "conversation", "itemId": talk, "markdown": markdown}, expect=400)


@pytest.mark.parametrize("sent, href", [
    ("https://example.org/p?utm_source=x&id=5&fbclid=y", "https://example.org/p?id=5"),
    ("https://example.org/p?gclid=1", "https://example.org/p"),
    ("https://example.org/p?id=5#part", "https://example.org/p?id=5#part"),
])
def test_links_lose_what_follows_people(site, talk, mira, sent, href):
    html = render(site, talk, mira, f"[link]({sent})")

    assert html == f'<p><a href="{href}"{A}>link</a></p>\n'


def test_own_links_become_paths(site, talk, mira):
    html = render(site, talk, mira,
                  f"[own](https://{site.host}/conversations/5?x=1#y) and [other](https://garden.example/x)")

    assert '<a href="/conversations/5?x=1#y">own</a>' in html
    assert f'<a href="https://garden.example/x"{A}>other</a>' in html


def test_many_write_at_once(site, mira, tomas, conversation):
    """Positions and counts come out right when comments arrive together."""
    people = [mira, tomas, site.owner, site.newcomer()]

    def work(index):
        return [site.comment(conversation, f"Writer {index}, text {number}",
                             by=people[index % 4]) for number in range(10)]

    ids = {comment for part in harness.parallel(work, range(8)) for comment in part}

    assert len(ids) == 80
    listed = page(site.guest, conversation, "?limit=250")
    assert {item["id"] for item in listed["items"]} == ids and listed["total"] == 80
    times = [harness.when(item["meta"]["created"]) for item in listed["items"]]
    assert times == sorted(times), "ascending by creation"
