"""Operations by their names in C, and transactions."""

import datetime
import inspect
import json

import pytest

import microcosm


def comment(session, conversation, markdown):
    return session.comment_create(item_type="conversation", item_id=conversation, markdown=markdown)


def test_a_conversation_is_written_and_read(mira, rope):
    comment_id = comment(mira, rope, "A *bowline*.")
    conversation = mira.conversation_get(rope)
    assert conversation.id == rope
    assert conversation.comments.total == 1
    first = conversation.comments.items[0]
    assert (first.id, first.markdown, first.html) == (comment_id, "A *bowline*.", "<p>A <em>bowline</em>.</p>\n")
    assert first.meta.created_by.id == mira.profile_id


def test_json_is_what_the_record_says(mira, rope):
    comment(mira, rope, "Ünïcode 👍")
    mira.conversation_get(rope)  # reading makes it read
    assert json.loads(mira.conversation_json(rope)) == json.loads(mira.conversation_get(rope).json())


def test_parameters_have_names_and_comments():
    signature = inspect.signature(microcosm.Session.conversation_get)
    assert list(signature.parameters) == ["self", "conversation_id", "limit", "offset", "path", "query", "order"]
    assert signature.parameters["limit"].default == 25
    assert "Marks it read" in microcosm.Session.conversation_get.__doc__


def test_pages(mira, rope):
    ids = [comment(mira, rope, f"number {i}") for i in range(13)]
    page = mira.conversation_get(rope, limit=5, offset=10).comments
    assert [each.id for each in page.items] == ids[10:]
    assert (page.total, page.total_pages, page.page) == (13, 3, 3)


def test_patch_by_flags_and_by_paths(skipper, rope):
    skipper.conversation_patch(rope, sticky=True)
    assert skipper.conversation_get(rope).meta.flags.sticky is True
    skipper.conversation_patch(rope, {"/meta/flags/sticky": False, "/meta/flags/open": False})
    flags = skipper.conversation_get(rope).meta.flags
    assert (flags.sticky, flags.open) == (False, False)


def test_bodies(mira, knots):
    conversation = mira.conversation_create_body(json.dumps({"microcosmId": knots, "title": "From a body"}))
    assert mira.conversation_get(conversation).title == "From a body"
    other = mira.conversation_create_body(f"MicrocosmID={knots}&Title=From+a+form".encode(), format="form")
    assert mira.conversation_get(other).title == "From a form"


def test_permissions_can_be_explained(mira, guest, rope):
    permissions, explanation = mira.permissions_get(item_type="conversation", item_id=rope, explain=True)
    assert permissions.can_update is True
    assert "author" in explanation
    assert guest.permissions_get(item_type="conversation", item_id=rope).is_guest is True


def test_an_event_takes_a_datetime(mira, knots):
    when = datetime.datetime(2031, 5, 4, 10, 30, tzinfo=datetime.timezone.utc)
    event = mira.event_get(mira.event_create(microcosm_id=knots, title="Rope day", when=when, lat=38.5))
    assert event.when == when
    assert event.lat == 38.5
    poll = mira.poll_get(mira.poll_create(microcosm_id=knots, title="Poll", question="Which?", choices=["a", "b"],
                                          multi=True))
    assert [choice.choice for choice in poll.choices] == ["a", "b"]
    mira.polls.edit(poll, edit_reason="turned round", choices=[poll.choices[1], {"id": poll.choices[0].id, "choice": "new a"}, "c"])
    edited = mira.polls[poll]
    assert [choice.choice for choice in edited.choices] == ["b", "new a", "c"]
    assert [choice.id for choice in edited.choices[:2]] == [poll.choices[1].id, poll.choices[0].id]
    assert poll.id in [each.id for each in mira.polls] and event.id in [each.id for each in mira.events]
    assert poll.multi is True


def test_tokens(app, skipper):
    token = skipper.token_create("tomas@example.org", 7)
    with app.session("harbour", token=token) as session:
        assert session.profile_self().email == "tomas@example.org"
    skipper.token_revoke(token)
    with pytest.raises(microcosm.Unauthenticated):
        app.session("harbour", token=token)


def test_by_host(app):
    with app.session(host="harbour.localhost:8080") as session:
        assert session.site_get().subdomain_key == "harbour"
    with pytest.raises(microcosm.NoSite):
        app.session(host="nowhere.localhost")


def test_act_as(app, mira):
    with app.session("harbour") as session:
        assert session.profile_id == 0
        session.act_as(mira.profile_id)
        assert session.profile_id == mira.profile_id
        session.act_as(None)
        assert session.profile_id == 0
        with pytest.raises(microcosm.NotFound):
            session.act_as(999999)
        assert session.is_banned is False and session.is_root_site is False and session.is_secure is True and session.site_id > 0
        assert session.ban_reason == ""
        session.reset()
        assert session.site_id == 0


def test_a_name_for_a_new_user(app):
    with app.session("harbour", act_as="ada@example.org", name="Ada") as session:
        assert session.profile_self().profile_name == "Ada"
        session.act_as("other@example.org", name="Ada")
        assert session.profile_self().profile_name != "Ada"
        session.act_as("ada@example.org", "Lovelace")
        assert session.profile_self().profile_name == "Ada"


def test_the_database_is_told(app, database):
    assert app.database == database


def test_a_transaction_commits(mira, guest, rope):
    with mira.transaction():
        comment(mira, rope, "kept")
        assert guest.conversation_get(rope).comments.total == 0
    assert guest.conversation_get(rope).comments.total == 1


def test_a_transaction_is_undone_by_an_exception(mira, guest, rope):
    with pytest.raises(ZeroDivisionError):
        with mira.transaction():
            comment(mira, rope, "lost")
            assert mira.conversation_get(rope).comments.total == 1
            1 / 0
    assert guest.conversation_get(rope).comments.total == 0
    with pytest.raises(microcosm.BadState):
        mira.commit()


def test_a_failed_write_undoes_only_itself(mira, guest, rope):
    with mira.transaction():
        comment(mira, rope, "kept")
        with pytest.raises(microcosm.InvalidInput):
            comment(mira, rope, "")
    assert guest.conversation_get(rope).comments.total == 1


def test_render():
    assert microcosm.render("**x** <script>y</script>") == "<p><strong>x</strong> </p>\n"
    assert 'href="/profiles/7"' in microcosm.render("hi @mira", mention={"mira": 7}.get)
    with pytest.raises(LookupError):
        microcosm.render("hi @mira", mention=lambda name: {}[name])
    with pytest.raises(microcosm.TooLarge):
        microcosm.render("x" * (2 << 20))


def test_a_kind_of_item_needs_its_microcosm(mira):
    for name in ("conversations", "events", "polls"):
        with pytest.raises(TypeError, match="microcosm"):
            getattr(mira, name).create(title="Nowhere")
