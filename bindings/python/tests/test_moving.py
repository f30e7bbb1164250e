"""A site as files, and back, with somebody who watches."""

import threading

import pytest

import microcosm


@pytest.fixture
def harbour(skipper, knots):
    """A session of the owner of a site with something on it."""
    talk = skipper.conversation_create(microcosm_id=knots, title="Bowlines")
    for text in ("first", "second"):
        skipper.comment_create(item_type="conversation", item_id=talk, markdown=text)
    return skipper


def test_there_and_back(app, harbour, tmp_path):
    seen = []
    told = harbour.site_export(tmp_path / "harbour", progress=lambda *step: seen.append(step))
    assert {count.kind: count.moved for count in told.counts}["comments"] >= 2
    assert all(isinstance(stage, str) and 0 <= done <= total for stage, done, total in seen)
    assert {"profiles", "comments", "roles"} <= {stage for stage, _, _ in seen}

    seen.clear()
    with app.session() as session:
        dry = session.site_import(tmp_path / "harbour", "there", dry_run=True, progress=lambda *step: seen.append(step))
        assert dry.site_id == 0 and all(count.moved == 0 for count in dry.counts)
        assert {stage for stage, _, _ in seen} == {"reading", "checking"}
        moved = session.site_import(tmp_path / "harbour", "there", progress=lambda *step: None)
        assert moved.site_id and [count.moved for count in moved.counts] == [count.moved for count in told.counts]


@pytest.mark.parametrize("end", ["false", "raises", "interrupted"])
def test_who_watches_may_end_it(app, harbour, tmp_path, end):
    harbour.site_export(tmp_path / "harbour")
    ended = f"ended{end}"

    def progress(stage, done, total):
        if stage != "conversations":
            return None
        if end == "false":
            return False
        raise ValueError("no more") if end == "raises" else KeyboardInterrupt

    with app.session() as session:
        with pytest.raises(KeyboardInterrupt if end == "interrupted" else microcosm.Busy) as caught:
            session.site_import(tmp_path / "harbour", ended, progress=progress)
        if end == "raises":
            assert isinstance(caught.value.__cause__, ValueError)
        assert session.site_import(tmp_path / "harbour", ended).site_id  # goes on, in the same session
        with pytest.raises(microcosm.Busy):
            harbour.site_export(tmp_path / "never", progress=lambda *step: False)


def test_other_threads_run_meanwhile(app, harbour, tmp_path):
    """The call waits for another thread of Python, in the callback: with the interpreter's lock held it would for ever."""
    asked, answered = threading.Event(), threading.Event()

    def answer():
        asked.wait(60)
        answered.set()

    other = threading.Thread(target=answer)
    other.start()

    def progress(stage, done, total):
        asked.set()
        assert answered.wait(60)

    harbour.site_export(tmp_path / "harbour", progress=progress)
    other.join()
