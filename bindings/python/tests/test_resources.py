"""Objects: session.conversations.create(…), lists that are walked through while they change, what help() says."""

import inspect
import json
import keyword
import re
import time
import types

import pytest

import microcosm
from microcosm import _operations, _resources


def comment(session, conversation, markdown):
    return session.comments.create(item_type="conversation", item=conversation, markdown=markdown)


# By the rule

@pytest.mark.parametrize("name, resource, verb", [
    ("conversation_get", "conversations", "get"), ("conversations_list", "conversations", "list"),
    ("microcosms_tree", "microcosms", "tree"), ("profile_mark_read", "profiles", "mark_read"),
    ("profile_options_set", "profile_options", "set"), ("conversation_edit_save", "conversations", "edit"),
    ("event_edit", "events", "edit"), ("polls_list", "polls", "list"), ("token_create", "tokens", "create"),
    ("permissions_get", "permissions", "get"), ("changes_next", "changes", "next"), ("reply_new", "replies", "new"),
    ("search_run", "searches", "run"), ("attendees_list", "attendees", "list"), ("key_add", "keys", "add")])
def test_the_rule(name, resource, verb):
    assert _resources.split(name) == (resource, verb)


def test_every_operation_is_a_method_of_a_resource():
    for name in _operations.OPERATIONS:
        resource, verb = _resources.split(name)
        verb += "_" if keyword.iskeyword(verb) else ""
        assert isinstance(getattr(microcosm.Session, resource), property)
        assert callable(getattr(getattr(microcosm.resources, _resources.class_of_resource(resource)), verb))


def test_a_function_that_the_headers_gain(monkeypatch):
    """Such as mc_polls_list() and mc_poll_edit_save(): nothing is written here for it."""
    functions = _operations._api.FUNCTIONS
    page = ("const mc_page_options*", "page")
    monkeypatch.setitem(functions, "mc_polls_list",
                        ("int", [("mc_collection**", "out"), ("mc_session*", "session"), page], "All. @return 0, MC_EINVAL"))
    monkeypatch.setitem(functions, "mc_poll_edit_save",
                        ("int", [("mc_session*", "session"), ("int64_t", "poll_id"), ("const mc_poll_edit*", "edit")], "x"))
    operations = {"list": _operations.Operation("mc_polls_list"), "edit": _operations.Operation("mc_poll_edit_save")}
    polls = types.new_class("Polls", (_resources.Resource,),
                            exec_body=lambda members: members.update(_resources._make_members("polls", operations)))
    assert list(inspect.signature(polls.edit).parameters)[:2] == ["self", "poll"]
    assert "List[Poll]" in polls.list.__annotations__["return"] and "InvalidInput" in polls.list.__doc__
    assert callable(polls.__iter__)


# Use

def test_write_and_read(mira, skipper, knots):
    rope = mira.conversations.create(title="Objects", microcosm=knots)
    conversation = mira.conversations[rope]
    assert conversation.meta == mira.conversations.get(rope).meta
    assert [(entry.item_type, entry.item.id) for entry in mira.microcosms.items(knots)] == [("conversation", rope)]
    mira.conversations.edit(conversation, title="Better", edit_reason="clearer")
    skipper.conversations.patch(rope, sticky=True)
    assert (mira.conversations[rope].title, mira.conversations[rope].meta.flags.sticky) == ("Better", True)
    first = comment(mira, conversation, "One")
    assert mira.comments[first].item_id == rope
    assert mira.conversations.last_comment(rope).comment_id == mira.conversations.new_comment(conversation).comment_id == first
    assert [each.id for each in mira.conversations.comments(rope)] == [first]
    skipper.conversations.delete(conversation)
    with pytest.raises(microcosm.NotFound):
        mira.conversations[rope]


def test_a_record_stands_for_its_id(mira, skipper, knots):
    place = mira.microcosms[knots]
    rope = mira.conversations.create(microcosm=place, title="By record")
    assert mira.conversations[mira.conversations[rope]].microcosm_id == knots
    assert mira.conversation_get(mira.conversations[rope]).id == rope
    assert skipper.microcosms[skipper.microcosms.create(title="Inner", description="x", parent=place)].parent_id == knots
    for wrong in (mira.profiles.self(), mira.sites.get(), mira.permissions.get()):
        with pytest.raises(TypeError, match="microcosm_id must be int or Microcosm"):
            mira.conversations.create(microcosm=wrong, title="x")


@pytest.mark.parametrize("use, missing", [
    (lambda session: session.conversations.create(), "title"),
    (lambda session: session.conversations.edit(1, title="x"), "edit_reason"),
    (lambda session: session.conversations.edit(title="x", edit_reason="x"), "conversation"),
    (lambda session: session.microcosms.create(title="x"), "description"),
    (lambda session: session.comments.create(item_type="conversation", markdown="x"), "item"),
    (lambda session: session.comments.edit(1), "markdown"),
    (lambda session: session.polls.create(title="x", question="x"), "choices"),
    (lambda session: session.sites.create("x@example.org", title="x"), "subdomain_key"),
    (lambda session: session.conversations.get(), "conversation"),
    (lambda session: session.conversation_create(), "title"),
    (lambda session: session.comment_edit_save(1), "markdown"),
])
def test_what_is_required(app, use, missing):
    """It is Python's own TypeError, before any call: the session is closed."""
    session = app.session("harbour")
    session.close()
    with pytest.raises(TypeError, match=f"missing .*'{missing}'"):
        use(session)


@pytest.mark.parametrize("use", [
    lambda session: session.conversations.create(title="x", colour="red"),
    lambda session: session.conversations["41"],
    lambda session: list(session.comments),
    lambda session: list(session.microcosms),
    lambda session: session.permissions[1],
    lambda session: 41 in session.conversations,
    lambda session: 41 in session.conversations.list(),
    lambda session: len(session.conversations),
])
def test_wrong_use(guest, use):
    with pytest.raises(TypeError):
        use(guest)


def test_the_library_judges_what_is_given_empty(mira, knots):
    with pytest.raises(microcosm.InvalidInput) as caught:
        mira.conversations.create(title=None, microcosm=-1)
    assert [field for field, _ in caught.value.faults] == ["microcosmId", "title"]


def arrived(changes, count=1):
    """The next changes, as soon as that many are there: any open transaction on the server, in any
    database, holds the feed back."""
    found = []
    deadline = time.monotonic() + 120
    while len(found) < count and time.monotonic() < deadline:
        found += list(changes)
        time.sleep(0.01)
    return found


def test_changes(mira, rope):
    changes = mira.changes.since("now")
    assert list(changes) == []
    first = comment(mira, rope, "news")
    assert [(change.item_type, change.item_id, change.action) for change in arrived(changes)] == [("comment", first, "create")]
    assert list(changes) == []
    second = comment(mira, rope, "more news")
    assert [change.item_id for change in arrived(mira.changes.since(changes.cursor, limit=1))] == [second]
    assert second in [change.item_id for change in mira.changes]
    assert mira.changes.next(cursor="now").cursor


# Lists

def test_lists_of_everything(mira, knots, rope):
    assert rope in [each.id for each in mira.conversations]
    assert mira.profile_id in [each.id for each in mira.profiles]
    assert list(mira.profiles.list(name_starts_with="zzz")) == []
    assert knots in [link.id for link in mira.microcosms.tree()]


def test_a_list_is_fetched_as_it_is_needed(mira, rope):
    ids = [comment(mira, rope, f"number {i}") for i in range(13)]
    asked = []
    fetch = mira.conversations.comments(rope)._fetch
    comments = microcosm.List(lambda limit, offset: asked.append((limit, offset)) or fetch(limit, offset), 10)
    assert asked == []
    walk = iter(comments)
    assert [next(walk).id for _ in range(10)] == ids[:10]
    assert asked == [(10, 0)]
    assert [each.id for each in walk] == ids[10:]
    # The next page; the few before it, which tell whether something has moved; the front.
    assert asked == [(10, 0), (10, 10), (5, 5), (10, 0)]


def test_pages_of_a_list(mira, rope):
    ids = [comment(mira, rope, f"number {i}") for i in range(13)]
    comments = mira.conversations.comments(rope, limit=5)
    assert [len(page) for page in comments.pages()] == [5, 5, 3]
    assert comments.total() == 13
    page = mira.conversations.comments(rope, limit=5, offset=5).page()
    assert (page[0].id, page[-1].id, [each.id for each in page[1:3]]) == (ids[5], ids[9], ids[6:8])
    assert [each.id for each in reversed(page)] == ids[9:4:-1]
    assert page[2] in page and len(page) == 5 and page.total == 13
    with pytest.raises(IndexError):
        page[5]
    for wrong in (dict(limit=7), dict(limit=5, offset=1000), dict(limit=5, offset=3)):
        with pytest.raises(microcosm.InvalidInput):
            list(mira.conversations.comments(rope, **wrong))


@pytest.mark.parametrize("total", [1, 5, 12, 20, 23])
@pytest.mark.parametrize("each_time", [1, 3, 7])
def test_deleting_while_iterating(skipper, rope, total, each_time):
    """Whatever is deleted of what was met, each comment is met once."""
    ids = [comment(skipper, rope, f"number {i}") for i in range(total)]
    seen, waiting = [], []
    for each in skipper.conversations.comments(rope, limit=5):
        seen.append(each.id)
        waiting.append(each.id)
        if len(waiting) == each_time:
            for gone in waiting:
                skipper.comments.delete(gone)
            waiting = []
    assert seen == ids


def test_deleting_conversations_while_iterating(skipper, knots):
    ids = [skipper.conversations.create(microcosm=knots, title=f"Old {i}") for i in range(17)]
    seen = []
    for conversation in skipper.conversations.list(limit=5):
        seen.append(conversation.id)
        if conversation.id in ids:
            skipper.conversations.delete(conversation)
    assert len(seen) == len(set(seen))
    assert set(ids) <= set(seen)
    assert not set(ids) & {each.id for each in skipper.conversations}


def test_deleting_and_adding_while_iterating(skipper, rope):
    """The total stays, yet everything moves up."""
    ids = [comment(skipper, rope, f"number {i}") for i in range(14)]
    seen = []
    for each in skipper.conversations.comments(rope, limit=5):
        seen.append(each.id)
        if each.id in ids:
            skipper.comments.delete(each)
            comment(skipper, rope, f"instead of {each.id}")
    assert seen[:14] == ids and len(seen) == len(set(seen))


def test_what_moves_to_the_front_is_met(mira, knots):
    """The newest activity comes first: here that is a conversation of the last page, when the first one is read."""
    ids = [mira.conversations.create(microcosm=knots, title=f"Ranked {i}") for i in range(12)]
    walk = iter(mira.conversations.list(limit=5))
    seen = [next(walk).id for _ in range(5)]
    comment(mira, ids[0], "up")
    seen += [each.id for each in walk]
    assert len(seen) == len(set(seen)) and set(ids) <= set(seen)


def test_a_list_that_ends_meanwhile(skipper, rope):
    ids = [comment(skipper, rope, f"number {i}") for i in range(11)]
    walk = iter(skipper.conversations.comments(rope, limit=5))
    assert [next(walk).id for _ in range(5)] == ids[:5]
    for gone in ids[5:]:
        skipper.comments.delete(gone)
    assert list(walk) == []


# What it says of itself

def test_repr(mira, rope):
    comment(mira, rope, "A text that is a bit longer than what is shown of it in one line")
    conversation = mira.conversations[rope]
    assert re.fullmatch(rf"<Conversation id={rope} title='Rope \d+' microcosm_id=\d+ total_comments=1>", repr(conversation))
    assert repr(mira.profiles.self()).startswith(f"<Profile id={mira.profile_id} profile_name=")
    assert repr(conversation.comments) == "<Page total=1 limit=25 total_pages=1 page=1 items=1>"
    assert re.fullmatch(r"<Entry item_type='conversation' item=<Conversation id=.*>>",
                        repr(mira.microcosms.items(conversation.microcosm_id).page()[0]))
    assert repr(mira.conversations) == f"<Conversations of {mira!r}>"
    assert repr(mira.conversations.list()) == "<List limit=25 offset=0>"


OF_C = re.compile(r"\bmc_|\bMC_|\bNULL\b|\bout\b(?! of)|_t\b|const |char \*|struct|@(?:param|return)|\bsizeof|docs/http")


@pytest.mark.parametrize("owner", [microcosm, microcosm.App, microcosm.Session, microcosm.List, microcosm.Changes, microcosm.Error,
                                   *(getattr(microcosm.resources, name) for name in microcosm.resources.__all__)])
def test_help_speaks_python(owner):
    for name, member in vars(owner).items():
        if not name.startswith("_") and (callable(member) or isinstance(member, property)):
            assert member.__doc__ and not OF_C.search(member.__doc__), f"{owner.__name__}.{name}: {member.__doc__}"


def test_help_tells_types_defaults_result_and_exceptions():
    told = microcosm.resources.Comments.create.__doc__
    assert "item_type: str\n" in told and "in_reply_to: int or Record, optional" in told and "Returns the id" in told
    assert re.search(r"Raises InvalidInput, Forbidden \(reason 10\), Closed \(reason 17\), NotFound\.", told)
    signature = str(inspect.signature(microcosm.resources.Comments.position))
    assert signature == "(self, comment: 'int | Comment', *, limit: 'int | None' = None) -> 'Position'"
    assert "statement_ms: int, default 5000\n" in microcosm.open.__doc__ and "token: str, optional" in microcosm.App.session.__doc__
    assert "TooLarge" in microcosm.resources.Events.json.__doc__ and "NotFound" in microcosm.resources.Events.json.__doc__


def test_newest_first_and_of_one_microcosm(mira, guest, rope, knots, skipper):
    """Pages from the end fit those from the beginning, also where comments are hidden."""
    made = [mira.comments.create(item_type="conversation", item=rope, markdown=f"Number {i}") for i in range(13)]
    skipper.comments.patch(made[3], deleted=True)
    del made[3]
    newest = guest.conversations.comments(rope, limit=5, order="newest")
    assert [each.id for each in newest] == made[::-1]
    assert [each.id for each in newest.page()] == made[:-6:-1]
    assert newest.total() == len(made)
    found = json.loads(guest.conversations.json(rope, limit=5, offset=5, order="newest"))
    assert [each["id"] for each in found["comments"]["items"]] == made[::-1][5:10]
    assert [each.id for each in guest.conversations.get(rope, limit=5, offset=10).comments] == made[10:]
    with pytest.raises(ValueError, match="'usual' or 'newest'"):
        guest.conversations.comments(rope, order="oldest").page()
    with pytest.raises(microcosm.InvalidInput, match="order"):
        guest.conversations.list(order="newest").page()

    other = skipper.microcosms.create(title="Elsewhere", description="x")
    apart = skipper.conversations.create(microcosm=other, title="Apart")
    with skipper.app.session("harbour") as fresh:
        assert [each.id for each in fresh.conversations.list(microcosm=other)] == [apart]
        assert apart not in [each.id for each in fresh.conversations.list(microcosm=knots)]
        assert rope in [each.id for each in fresh.conversations.list(microcosm=knots)]
        assert list(fresh.polls.list(microcosm=other)) == []
        with pytest.raises(microcosm.Forbidden):
            fresh.conversations.list(microcosm=123456).page()
    with pytest.raises(microcosm.NotFound):
        skipper.conversations.list(microcosm=123456).page()


def test_what_is_gone_differs_from_what_is_forbidden(mira, skipper, rope):
    skipper.conversations.delete(rope)
    with pytest.raises(microcosm.NotFound):
        mira.conversations.get(rope)
    with pytest.raises(microcosm.Forbidden):
        mira.conversations.get(rope + 100000)
