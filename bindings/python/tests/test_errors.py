"""Exceptions: a class for each code, with all that the library tells of a failure."""

import pickle

import pytest

import microcosm
from microcosm._library import lib, text


def test_there_is_a_class_for_each_code():
    for i in range(lib.mc_error_count()):
        info = lib.mc_error_at(i)
        slug = text(info.slug)
        found = getattr(microcosm, "".join(word.capitalize() for word in slug.split("_")))
        assert issubclass(found, microcosm.Error)
        assert (found.code, found.slug) == (info.code, slug)


def test_all_faults_at_once(mira):
    with pytest.raises(microcosm.InvalidInput) as caught:
        mira.conversation_create(microcosm_id=-1, title="x" * 151)
    error = caught.value
    assert [field for field, _ in error.faults] == ["microcosmId", "title"]
    assert str(error) == "microcosmId: must be greater than 0; title: must have at most 150 characters"
    assert str(microcosm.InvalidInput("no", faults=error.faults)) == f"no ({error})"
    assert (error.code, error.slug, error.sqlstate) == (-1, "invalid_input", "")


def test_a_reason(guest, rope):
    with pytest.raises(microcosm.Forbidden) as caught:
        guest.comment_create(item_type="conversation", item_id=rope, markdown="x")
    assert caught.value.reason == 10


def test_a_failure_of_the_database(mira, rope, plain):
    with plain.cursor() as cursor:
        cursor.execute("REVOKE SELECT ON microcosm.items FROM microcosm")
    try:
        with pytest.raises(microcosm.Database) as caught:
            mira.conversations_list()
        assert caught.value.sqlstate == "42501"
    finally:
        with plain.cursor() as cursor:
            cursor.execute("GRANT SELECT ON microcosm.items TO microcosm")


def test_opening_fails_with_a_reason(tmp_path):
    with pytest.raises(microcosm.InvalidInput, match="connection string"):
        microcosm.open(database="no such thing")
    with pytest.raises(microcosm.Unavailable):
        microcosm.open(database=f"host={tmp_path} dbname=x", wait_ms=200)


def test_exceptions_can_be_pickled():
    error = microcosm.InvalidInput("no", "", 3, [("title", "is required")])
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is microcosm.InvalidInput
    assert (again.message, again.reason, again.faults) == (error.message, 3, [("title", "is required")])
