"""What only moderators undo, what is shown beside a thing, and who sees what is hidden.

permissions.md and conventions.md (deleted, moderated and closed). test_authorisation.py has the rights on single
things; here are the ways around them.
"""

import json

import pytest

KINDS = {
    "conversations": {},
    "events": {},
    "polls": {"question": "Which one?", "choices": [{"choice": "This"}, {"choice": "That"}]},
}
ITEM_TYPE = {"conversations": "conversation", "events": "event", "polls": "poll"}


def make(site, kind, microcosm, by):
    body = {"microcosmId": microcosm, "title": site.unique("A thing"), **KINDS[kind]}
    return by.post(f"/api/v1/{kind}", body, expect=302).id


def change(client, path, expect, **fields):
    return client.put(path, {**fields, "meta": {"editReason": "a reason"}}, expect=expect)


def where(site, item):
    (microcosm, title), = site.sql("SELECT microcosm_id, title FROM microcosm.items WHERE site_id = %s AND item_id = %s",
                                   site.id, item)
    return microcosm, title


@pytest.fixture
def author(site):
    return site.newcomer()


@pytest.fixture
def moderator(site, microcosm):
    """Moderates the microcosm by a role that gives no other right."""
    person = site.newcomer()
    site.role(microcosm, (), moderator=True, people=[person])
    return person


@pytest.mark.parametrize("kind", KINDS)
class TestWhatModeratorsSet:
    def test_an_author_does_not_move_a_thing_back_out(self, site, author, microcosm, kind):
        """Not even one who may post and read there."""
        other = site.microcosm()
        item = make(site, kind, microcosm, author)
        path = f"/api/v1/{kind}/{item}"
        change(author, path, 302, microcosmId=other)  # on their own they do

        change(site.owner, path, 302, microcosmId=microcosm)

        change(author, path, 403, microcosmId=other, title="Escaped")
        assert where(site, item)[0] == microcosm and where(site, item)[1] != "Escaped"
        change(author, path, 302, title="Still mine")
        change(author, path, 302, microcosmId=microcosm, title="Still mine, and here")
        change(site.owner, path, 302, microcosmId=other)
        assert where(site, item)[0] == other

    def test_an_author_moves_nothing_out_of_where_they_cannot_post_or_read(self, site, author, microcosm, kind):
        items = [make(site, kind, microcosm, author) for _ in range(2)]
        target = site.microcosm()
        site.role(microcosm, ("read",), users=True)
        change(author, f"/api/v1/{kind}/{items[0]}", 403, microcosmId=target)
        site.role(microcosm, ("create",), people=[author])
        change(author, f"/api/v1/{kind}/{items[0]}", 302, microcosmId=target)

        unread = site.microcosm()
        change(site.owner, f"/api/v1/{kind}/{items[1]}", 302, microcosmId=unread)
        site.sql("UPDATE microcosm.items SET placed_by_moderator = false WHERE site_id = %s", site.id)
        site.role(unread, ("create",), users=True)
        change(author, f"/api/v1/{kind}/{items[1]}", 403, microcosmId=target)
        assert where(site, items[1])[0] == unread

    def test_a_place_that_cannot_be_read_is_none(self, site, author, microcosm, kind):
        item = make(site, kind, microcosm, author)
        private = site.closed_microcosm([site.newcomer()])
        dropbox = site.microcosm()
        site.role(dropbox, ("create",), users=True)
        replies = [change(author, f"/api/v1/{kind}/{item}", 400, microcosmId=target).body
                   for target in (private, dropbox, 888888888)]

        assert len(set(replies)) == 1
        assert where(site, item)[0] == microcosm

    def test_an_author_does_not_reopen_what_a_moderator_closed(self, site, author, moderator, microcosm, kind):
        item = make(site, kind, microcosm, author)
        path = f"/api/v1/{kind}/{item}"
        author.set_flag(path, "open", False, expect=200)
        author.set_flag(path, "open", True, expect=200)

        moderator.set_flag(path, "open", False, expect=200)

        author.set_flag(path, "open", True, expect=403)
        author.patch(path, [{"op": "replace", "path": "/meta/flags/open", "value": value} for value in (False, True)],
                     expect=403)
        author.set_flag(path, "open", False, expect=200)  # nothing is undone by that
        author.set_flag(path, "open", True, expect=403)
        assert site.guest.get(path).data["meta"]["flags"]["open"] is False
        moderator.set_flag(path, "open", True, expect=200)
        author.set_flag(path, "open", False, expect=200)
        author.set_flag(path, "open", True, expect=200)

    def test_nothing_is_edited_in_a_closed_thing_but_by_moderators(self, site, author, moderator, microcosm, kind):
        item = make(site, kind, microcosm, author)
        path = f"/api/v1/{kind}/{item}"
        comment = site.comment(item, by=author, item_type=ITEM_TYPE[kind])
        for closed in (path, f"/api/v1/microcosms/{microcosm}"):
            moderator.set_flag(closed, "open", False, expect=200)

            assert change(author, path, 403, title="Edited").data["errorCode"] == 17
            reply = author.put(f"/api/v1/comments/{comment}", {"markdown": "Edited"}, expect=403)
            assert reply.data["errorCode"] == 17
            change(moderator, path, 302, title=site.unique("By a moderator"))
            moderator.put(f"/api/v1/comments/{comment}", {"markdown": site.unique("By a moderator")}, expect=302)

            moderator.set_flag(closed, "open", True, expect=200)
            change(author, path, 302, title=site.unique("Mine"))
            author.put(f"/api/v1/comments/{comment}", {"markdown": site.unique("Mine")}, expect=302)

    def test_an_author_does_not_unpin_or_show(self, site, author, moderator, microcosm, kind):
        item = make(site, kind, microcosm, author)
        path = f"/api/v1/{kind}/{item}"
        moderator.set_flag(path, "sticky", True, expect=200)
        author.set_flag(path, "sticky", False, expect=403)
        for flag in ("moderated", "deleted"):
            moderator.set_flag(path, flag, True, expect=200)
            author.get(path, expect=404)
            author.set_flag(path, flag, False, expect={403, 404})
            author.set_flag(path, "open", False, expect={403, 404})
            change(author, path, 404, title="Edited")
            author.delete(path, expect=403)
            moderator.set_flag(path, flag, False, expect=200)


def test_a_microcosm_stays_where_a_moderator_put_it(site):
    """Moved by who may edit it, but doesn't moderate it."""
    editor, here, there = site.newcomer(), site.microcosm(), site.microcosm()
    microcosm = site.microcosm(parent=here)
    path = f"/api/v1/microcosms/{microcosm}"
    site.role(microcosm, "all", users=True)
    change(editor, path, 302, parentId=there, title="Moved", description="x")
    change(editor, path, 302, parentId=here, title="Moved back", description="x")
    site.sql("UPDATE microcosm.microcosms SET owned_by = %s, created_by = %s WHERE site_id = %s AND microcosm_id = %s",
             *[site.newcomer().profile_id] * 2, site.id, microcosm)

    change(site.owner, path, 302, parentId=there, title="Here", description="x")

    change(editor, path, 403, parentId=here, title="Escaped", description="x")
    assert site.owner.get(path).data["parentId"] == there
    site.owner.set_flag(path, "open", False, expect=200)
    assert change(editor, path, 403, title="Edited", description="x").data["errorCode"] == 17


def test_a_microcosm_is_moved_by_who_may_post_at_both_ends(site):
    editor, staff, target = site.newcomer(), site.closed_microcosm(), site.microcosm()
    microcosm = site.microcosm(parent=staff)
    site.role(microcosm, "all", users=True)

    change(editor, f"/api/v1/microcosms/{microcosm}", 403, parentId=target, title="Out", description="x")
    change(site.owner, f"/api/v1/microcosms/{microcosm}", 302, parentId=target, title="Out", description="x")


class TestAlone:
    """One's own comment in what was moved out of one's sight is shown without anything of others."""

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_comment(self, site, author, microcosm, kind):
        item = make(site, kind, microcosm, site.owner)
        item_type = ITEM_TYPE[kind]
        question = site.comment(item, "A question of others", item_type=item_type)
        own = site.comment(item, "My answer", by=author, reply_to=question, item_type=item_type)
        site.comment(item, "What the staff says", reply_to=own, item_type=item_type)
        path = f"/api/v1/comments/{own}"
        before = author.get(path, expect=200).data
        assert before["meta"]["inReplyTo"]["id"] == question and len(before["meta"]["replies"]) == 1
        staff = site.closed_microcosm([site.newcomer()], title="Staff only")

        change(site.owner, f"/api/v1/{kind}/{item}", 302, microcosmId=staff, title="Secret title")

        data = author.get(path, expect=200).data
        assert data["markdown"] == "My answer"
        assert data["meta"]["links"] == [
            {"rel": "self", "href": path}, {"rel": item_type, "href": f"/api/v1/{kind}/{item}"},
            {"rel": "up", "href": f"/api/v1/{kind}/{item}"}]
        assert not {"inReplyTo", "replies"} & set(data["meta"])
        text = json.dumps(data)
        for secret in ("Secret", "Staff", "staff", "question of others", site.owner.name):
            assert secret not in text
        author.get(f"{path}/incontext", expect=403)
        author.get(f"/api/v1/{kind}/{item}", expect=403)
        site.guest.get(path, expect=403)
        assert "Secret title" in json.dumps(site.owner.get(path, expect=200).data)

    def test_the_author_of_the_item_reads_it_all(self, site, author, mira, microcosm):
        item = site.conversation(microcosm, by=author)
        own = site.comment(item, by=author)
        reply = site.comment(item, reply_to=own)
        change(site.owner, f"/api/v1/conversations/{item}", 302, microcosmId=site.closed_microcosm())

        meta = author.get(f"/api/v1/comments/{own}", expect=200).data["meta"]

        assert [comment["id"] for comment in meta["replies"]] == [reply]
        for comment in author.get(f"/api/v1/conversations/{item}", expect=200).data["comments"]["items"]:
            path = f"/api/v1/comments/{comment['id']}"
            read = author.get(path, expect=200).data["meta"]["permissions"]
            asked = author.get(f"/api/v1/permission?itemType=comment&itemId={comment['id']}", expect=200).data
            assert read == asked and read["read"] and read["update"] == read["owner"] == (comment["id"] == own)
            author.get(f"{path}/incontext", expect=307)
        mira.get(f"/api/v1/comments/{reply}", expect=403)

    @pytest.mark.parametrize("flag", ["deleted", "moderated"])
    def test_links_name_no_hidden_comment(self, site, author, mira, conversation, flag):
        parent = site.comment(conversation, by=author)
        reply = site.comment(conversation, by=mira, reply_to=parent)
        rels = [link["rel"] for link in mira.get(f"/api/v1/comments/{reply}").data["meta"]["links"]]
        assert "inReplyTo" in rels and "inReplyToAuthor" in rels

        site.owner.set_flag(f"/api/v1/comments/{parent}", flag, True, expect=200)

        page = site.guest.get(f"/api/v1/conversations/{conversation}").data["comments"]["items"]
        for comment in page + [mira.get(f"/api/v1/comments/{reply}").data]:
            assert author.name not in json.dumps(comment)
            assert not {"inReplyTo", "inReplyToAuthor"} & {link["rel"] for link in comment["meta"]["links"]}


class TestHidden:
    @pytest.mark.parametrize("flag", ["deleted", "moderated"])
    @pytest.mark.parametrize("kind", ["microcosms", "comments", *KINDS])
    def test_is_seen_by_who_may_show_it_again(self, site, author, mira, moderator, microcosm, kind, flag):
        if kind == "microcosms":
            thing, item = microcosm, site.conversation(microcosm, by=mira)
        else:
            item_kind = "conversations" if kind == "comments" else kind
            item = thing = make(site, item_kind, microcosm, author)
        comment = site.comment(item, by=author, item_type=ITEM_TYPE.get(kind, "conversation"))
        if kind == "comments":
            thing = comment
        path = f"/api/v1/{kind}/{thing}"
        site.guest.get(path, expect=200)
        moderator.set_flag(path, flag, True, expect=200)

        for person in (site.guest, mira, author):
            person.get(path, expect=404)
            person.get(f"/api/v1/comments/{comment}", expect=404)
            person.get(f"/api/v1/comments/{comment}/incontext", expect=404)
        for person in (moderator, site.owner):
            flags = person.get(path, expect=200).data["meta"]["flags"]
            assert flags[flag] is True and flags["visible"] is False
            person.head(path, expect=200)
            person.get(f"/api/v1/comments/{comment}", expect=200)
            person.get(f"/api/v1/comments/{comment}/incontext", expect=307)
            if kind in KINDS:
                person.get(f"{path}/lastcomment", expect=307)
                person.get(f"{path}/newcomment", expect=307)
                shown = person.get(path).data["comments"]["items"]
                assert [item["id"] for item in shown] == [comment]
                listed = person.get(f"/api/v1/{kind}?limit=250").data[kind]["items"]
                assert thing not in [item["id"] for item in listed]
            if kind == "microcosms":
                assert thing not in [link["id"] for link in person.get("/api/v1/microcosms/tree").data]
                person.get(f"/api/v1/conversations/{item}", expect=200)

        moderator.set_flag(path, flag, False, expect=200)

        assert author.get(path, expect=200).data["meta"]["flags"]["visible"] is True

    @pytest.mark.parametrize("kind", ["microcosms", "comments", *KINDS])
    def test_moderated_things_can_be_deleted(self, site, author, moderator, microcosm, kind):
        item = make(site, kind if kind in KINDS else "conversations", microcosm, author)
        thing = {"microcosms": microcosm, "comments": 0}.get(kind, item) or site.comment(item, by=author)
        path = f"/api/v1/{kind}/{thing}"
        moderator.set_flag(path, "moderated", True, expect=200)

        author.delete(path, expect={403, 404})
        moderator.delete(path, expect=200)

        flags = moderator.get(path, expect=200).data["meta"]["flags"]
        assert flags["deleted"] is True and flags["moderated"] is True

    def test_moderating_what_is_below_is_not_enough(self, site, author):
        parent = site.microcosm()
        child = site.microcosm(parent=parent)
        site.role(child, (), moderator=True, people=[author])
        item = site.conversation(child)
        site.owner.delete(f"/api/v1/microcosms/{parent}", expect=200)

        for path in (f"/api/v1/microcosms/{child}", f"/api/v1/conversations/{item}"):
            author.get(path, expect=404)
            author.set_flag(path, "sticky", True, expect=404)
            site.owner.get(path, expect=200)
