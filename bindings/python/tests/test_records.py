"""Records: classes from the field tables, values in Python's own types, life and equality."""

import copy
import datetime
import gc
import json
import pickle

import pytest

import microcosm
from microcosm._library import lib, text


def test_there_is_a_class_for_each_type():
    for i in range(lib.mc_type_count()):
        type_ = lib.mc_type_at(i)
        if lib.mc_type_is_input(type_):
            continue
        name = "".join(word.capitalize() for word in text(lib.mc_type_name(type_)).split("_"))
        record_class = getattr(microcosm, name)
        assert issubclass(record_class, microcosm.Record)
        assert len(record_class.fields) == lib.mc_type_field_count(type_)


def test_values(mira, rope):
    mira.comment_create(item_type="conversation", item_id=rope, markdown="x")
    conversation = mira.conversation_get(rope)
    assert isinstance(conversation.meta.created, datetime.datetime)
    assert conversation.meta.created.utcoffset() == datetime.timedelta(0)
    age = datetime.datetime.now(datetime.timezone.utc) - conversation.meta.created
    assert datetime.timedelta(0) <= age < datetime.timedelta(minutes=5)
    assert conversation.meta.edited is None
    assert conversation.meta.flags.sticky is False
    assert conversation.meta.flags.attending is None
    assert conversation.meta.edited_by is None
    assert isinstance(conversation.comments.items, tuple)
    assert type(conversation.meta.permissions) is microcosm.Permissions
    assert conversation.comments is conversation.comments
    [summary] = [each for each in mira.conversations if each.id == rope]
    assert summary.last_comment.created_by.id == mira.profile_id


def test_strings_of_a_record(skipper):
    microcosm_id = skipper.microcosm_create(title="Typed", description="x", item_types=["poll", "event"])
    assert set(skipper.microcosm_get(microcosm_id).item_types) == {"poll", "event"}


def test_a_record_outlives_session_and_app(database):
    with microcosm.open(database=database, background=False) as app:
        with app.session("harbour", act_as="mira@example.org") as session:
            profile = session.profile_self()
            meta = session.site_get().meta
    del app, session
    gc.collect()
    assert profile.email == "mira@example.org"
    assert meta.permissions.is_guest is False
    assert json.loads(profile.json())["profileName"] == profile.profile_name


@pytest.fixture(autouse=True)
def a_site(app):
    """The site of the module, also for tests that open an app of their own."""


def test_a_part_keeps_the_whole_alive(mira, rope):
    comment = mira.comment_create(item_type="conversation", item_id=rope, markdown="a text to be kept " * 50)
    html = mira.comment_get(comment).html
    part = mira.conversation_get(rope).comments.items[0]
    gc.collect()
    for _ in range(50):
        mira.conversation_get(rope)
    assert part.html == html


def test_equality_by_value(mira, rope):
    first, again = mira.profile_self(), mira.profile_self()
    assert first is not again
    assert first == again and hash(first) == hash(again)
    assert first != mira.conversation_get(rope)
    assert mira.permissions_get() == mira.permissions_get()
    assert len({mira.permissions_get(), mira.permissions_get()}) == 1
    assert first != "a text"


def test_records_are_read_only(mira):
    profile = mira.profile_self()
    with pytest.raises(AttributeError):
        profile.profile_name = "x"
    with pytest.raises(AttributeError):
        del profile.profile_name
    with pytest.raises(AttributeError):
        profile.no_such_field
    with pytest.raises(TypeError):
        microcosm.Profile()
    assert copy.copy(profile) is profile and copy.deepcopy(profile) is profile


def test_pickling_is_refused(mira):
    with pytest.raises(TypeError, match="json"):
        pickle.dumps(mira.profile_self())


def test_repr(mira, rope):
    text_ = repr(mira.conversation_get(rope))
    assert text_.startswith(f"<Conversation id={rope} title='Rope")
    for record in (mira.profile_self(), mira.permissions_get(), mira.microcosms_tree(), mira.site_get()):
        assert type(record).__name__ in repr(record)


def test_plain_text_of_a_title(mira, knots):
    """What was written comes back, without the escapes of what is stored."""
    title = "Fish & \"chips\" < 5 > 'x' é"
    found = mira.conversations[mira.conversations.create(microcosm=knots, title=title)]
    assert found.title != title and microcosm.plain_text(found.title) == title
    with pytest.raises(TypeError):
        microcosm.plain_text(None)
