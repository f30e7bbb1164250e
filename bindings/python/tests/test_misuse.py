"""Wrong use: each is an exception of Python's kind, none is a crash."""

import gc
import logging
import multiprocessing
import os
import select
import selectors
import threading

import pytest

import microcosm
from conftest import READER, run_python, until


def test_a_closed_session(app):
    session = app.session("harbour")
    session.close()
    session.close()
    assert session.closed
    for use in (lambda: session.conversation_get(1), lambda: session.profile_id, session.begin,
                lambda: session.enter("harbour"), session.reset, lambda: list(session.conversations)):
        with pytest.raises(microcosm.BadState, match="closed"):
            use()
    assert "closed" in repr(session)


def test_a_closed_app(database):
    app = microcosm.open(database=database)
    session = app.session("harbour")
    app.close()
    app.close()
    assert app.closed and session.closed
    for use in (app.session, app.migrate, app.check, app.step, app.run, app.forget_identities, app.fileno, app.stats,
                lambda: app.add_auth_provider(lambda credentials: None), lambda: session.site_get()):
        with pytest.raises(microcosm.BadState, match="closed"):
            use()
    app.stop()
    session.close()


@pytest.mark.parametrize("wrong", [None, "41", 4.5, True, b"41", object(), [1]])
def test_a_wrong_type_for_a_number(guest, wrong):
    with pytest.raises(TypeError):
        guest.conversation_get(wrong)


@pytest.mark.parametrize("wrong", [1, b"title", ["title"], object()])
def test_a_wrong_type_for_a_text(mira, wrong):
    with pytest.raises(TypeError, match="title"):
        mira.conversation_create(microcosm_id=1, title=wrong)


@pytest.mark.parametrize("use", [
    lambda session: session.conversation_get(),
    lambda session: session.conversation_get(1, 2),
    lambda session: session.conversation_get(1, size=2),
    lambda session: session.conversation_get(1, no_such=2),
    lambda session: session.conversation_patch(1, sticky="yes"),
    lambda session: session.conversation_patch(1, [("/meta/flags/sticky",)][0]),
    lambda session: session.profile_edit_save(1, visible=1),
    lambda session: session.poll_create(title="x", question="x", choices="abc"),
    lambda session: session.poll_create(title="x", question="x", choices=["a", None]),
    lambda session: session.poll_create(title="x", question="x", choices=3),
    lambda session: session.poll_create(title="x", question="x", choices={"choice": "a"}),
    lambda session: session.poll_create(title="x", question="x", choices=[{"choice": "a", "votes": 3}]),
    lambda session: session.poll_create(title="x", question="x", choices=[{"id": 3}]),
    lambda session: session.poll_create(title="x", question="x", choices=[session.site_get()]),
    lambda session: session.event_create(title="x", lat="north"),
    lambda session: session.conversation_create_body(4),
    lambda session: session.app.session("harbour", no_such=1),
    lambda session: session.app.session(5),
    lambda session: session.app.add_auth_provider("not callable"),
    lambda session: session.use("not a connection"),
    lambda session: microcosm.open(no_such_option=1),
    lambda session: microcosm.open(database=5),
    lambda session: microcosm.open(connections="many"),
    lambda session: microcosm.render(None),
    lambda session: microcosm.render(b"x"),
])
def test_wrong_use_of_python(mira, use):
    with pytest.raises((TypeError, ValueError)):
        use(mira)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x\udfff"])
def test_what_is_no_text(mira, knots, text):
    with pytest.raises(ValueError, match="title"):
        mira.conversation_create(microcosm_id=knots, title=text)
    with pytest.raises(ValueError):
        microcosm.render(text)
    with pytest.raises(ValueError):
        mira.act_as(text)
    with pytest.raises(ValueError):
        mira.app.session(text)


@pytest.mark.parametrize("number", [2 ** 63, -(2 ** 63) - 1, 10 ** 30])
def test_numbers_beyond_64_bits(mira, number):
    with pytest.raises(OverflowError):
        mira.conversation_get(number)


def test_a_kind_that_there_is_not(mira):
    with pytest.raises(ValueError, match="boat"):
        mira.profile_mark_read("boat", 1)
    with pytest.raises(ValueError, match="json"):
        mira.conversation_create_body("", format="xml")


def test_a_bad_body_is_the_librarys_to_judge(mira):
    for body in ("", "{", b"\xff\xfe", b"\0", "[]", "x" * 100):
        with pytest.raises(microcosm.InvalidInput):
            mira.conversation_create_body(body)


def test_a_session_is_for_one_thread_at_a_time(reading, rope, locked):
    """While one thread waits in the database, another one is refused and the app isn't closed."""
    with reading.session("harbour", act_as="mira@example.org") as session:
        done = []
        thread = threading.Thread(target=lambda: done.append(session.conversation_get(rope)))
        thread.start()
        try:
            locked.wait_for()
            assert not done
            with pytest.raises(microcosm.BadState, match="in use"):
                session.conversation_get(rope)
            with pytest.raises(microcosm.BadState, match="in use"):
                session.close()
        finally:
            locked.release()
            thread.join()
        assert done[0].id == rope
        assert session.conversation_get(rope).id == rope


def test_calls_release_the_interpreter_lock(reading, rope, locked):
    """Other threads run while one waits in the library; else this one would not find out that it does."""
    with reading.session("harbour") as session:
        thread = threading.Thread(target=lambda: session.conversation_get(rope))
        thread.start()
        locked.wait_for()
        assert sum(range(1000)) and thread.is_alive()
        locked.release()
        thread.join()


def test_closing_an_app_waits_for_its_calls(database, rope, locked):
    app = microcosm.open(database=f"{database} {READER}", statement_ms=600_000, background=False)
    session = app.session("harbour")
    done = []
    reader = threading.Thread(target=lambda: done.append(session.conversation_get(rope)))
    closer = threading.Thread(target=app.close)
    reader.start()
    locked.wait_for()
    closer.start()
    until(lambda: app.closed)
    assert closer.is_alive() and not done and not session.closed
    locked.release()
    reader.join()
    closer.join()
    assert done[0].id == rope and app.closed and session.closed


def test_many_threads_with_a_session_each(app, rope):
    failures = []

    def work():
        try:
            for _ in range(20):
                with app.session("harbour", act_as="mira@example.org") as session:
                    assert session.conversation_get(rope).id == rope
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def in_child(use):
    """What use() returns or raises in a forked child, as text."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            answer = repr(use())
        except BaseException as failure:
            answer = type(failure).__name__ + ": " + str(failure)
        os.write(writer, answer.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        answer = stream.read()
    assert os.waitpid(pid, 0)[1] == 0
    return answer


def test_a_fork(app, mira, rope):
    record = mira.conversation_get(rope)
    for use in (lambda: mira.conversation_get(rope), lambda: app.session("harbour"), app.migrate, app.step,
                lambda: mira.profile_id, lambda: mira.begin()):
        assert in_child(use).startswith("BadState: this process was forked")
    assert in_child(lambda: (mira.close(), app.close(), gc.collect())[:2]) == "(None, None)"
    assert in_child(lambda: record.title) == repr(record.title)
    assert in_child(lambda: microcosm.render("x")) == repr("<p>x</p>\n")
    assert mira.conversation_get(rope).title == record.title


def test_a_fork_may_open_an_app_of_its_own(app, mira, database):
    def use():
        with microcosm.open(database=database) as own, own.session("harbour") as session:
            return session.site_get().subdomain_key
    assert in_child(use) == "'harbour'"


def _child(session, queue):
    try:
        queue.put(session().site_get().title)
    except microcosm.BadState as failure:
        queue.put(failure)


def test_multiprocessing(mira):
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=_child, args=(lambda: mira, queue))
    child.start()
    assert isinstance(queue.get(), microcosm.BadState)
    child.join()
    assert child.exitcode == 0
    assert mira.site_get().title == "Harbour"


OPEN = "import microcosm, sys, threading, os\napp = microcosm.open(database=sys.argv[1])\n"


@pytest.mark.parametrize("program", [
    "session = app.session('harbour'); session.site_get()",
    "session = app.session('harbour', act_as='mira@example.org'); session.begin()",
    "app.session('harbour').conversations",
    "sites = [app.session('harbour').site_get() for _ in range(10)]",
    "del app",
    "app.me = app; session = app.session('harbour'); session.me = session; del app, session",
    "threading.Thread(target=lambda: [app.session('harbour').site_get() for _ in range(50)]).start()",
    "sys.exit(0)",
    "pid = os.fork()\nif pid: assert os.waitpid(pid, 0)[1] == 0",
    "import atexit; atexit.register(lambda: print(app.session('harbour').site_get().title))",
    "class Late:\n    def __del__(self, app=app): app.session\nlate = Late()",
])
def test_exit_while_open(app, database, program):
    _, errors = run_python(OPEN + program, database)
    assert errors == ""


def test_exit_under_a_daemon_thread(app, database):
    """Nobody waits for such a thread: it learns that the app is closed, or is gone before. It prints no
    traceback: CPython aborts if a thread is writing to stderr at the end."""
    for _ in range(5):
        _, errors = run_python(OPEN + """
threading.excepthook = lambda told: None
begun = threading.Semaphore(0)
def work():
    while True:
        app.session("harbour").site_get()
        begun.release()
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
for _ in range(20):
    begun.acquire()
""", database)
        assert "Fatal" not in errors and "AddressSanitizer" not in errors


def test_an_exception_at_the_top_ends_cleanly(app, database):
    _, errors = run_python(OPEN + "session = app.session('harbour'); session.conversation_get('x')", database, expect=1)
    assert errors.rstrip().endswith("TypeError: conversation_id must be int, not str")


def test_ctrl_c_ends_run(app, database):
    run_python(OPEN + """
import signal, time
def interrupt(before):
    while app._handle.background is before or not app._handle.background.is_alive():
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGINT)
for _ in range(50):
    app.stop()
    before = app._handle.background
    try:
        threading.Thread(target=interrupt, args=(before,)).start()
        app.run()
    except KeyboardInterrupt:
        print("interrupted")
    left = app._handle.background
    assert left.ended.is_set() or left.is_cancelled, "the work goes on"
assert app.session("harbour").site_get().title == "Harbour"
""", database)


@pytest.mark.parametrize("left", ["app._handle.__enter__()",
                                  "for session in sessions: session._handle.lock.acquire()"])
def test_what_ctrl_c_leaves_half_done_does_not_hold_up_the_end(app, database, left):
    """As if it had come between the beginning of a call and its being noted, or its end. They aren't waited for one
    after another, which would take four minutes."""
    run_python(OPEN + f"""
sessions = [app.session("harbour") for _ in range(500)]
{left}
app.close()
""", database)


def test_ctrl_c_in_the_middle_of_calls(app, database):
    """Wherever it comes, nothing hangs afterwards: not the next session, and not the end.

    Python drops what comes at the beginning of a finalizer, which is needed for a session that an interrupt has kept
    from being closed; it says so, and then there is another interrupt.
    """
    run_python(OPEN + """
import signal
armed = False  # outside of what is tried, an interrupt would end the script
def interrupt(number, frame):
    global armed
    if armed:
        armed = False
        raise KeyboardInterrupt
def dropped(what):
    global armed
    armed = what.exc_type is KeyboardInterrupt
sys.unraisablehook = dropped
signal.signal(signal.SIGINT, interrupt)
signal.signal(signal.SIGALRM, interrupt)
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.0017)
interrupted = 0
while interrupted < 150:
    try:
        try:
            armed = True
            with app.session("harbour") as session:
                while True:
                    session.site_id
                    session.site_get()
        finally:
            armed = False
    except KeyboardInterrupt:
        interrupted += 1
    except microcosm.BadState:
        pass
signal.setitimer(signal.ITIMER_REAL, 0)
with app.session("harbour") as session:
    assert session.site_get().title == "Harbour"
""", database)


def test_no_ctrl_c_is_lost_while_a_closed_session_is_collected(app):
    """Nothing runs then that it could come in the middle of."""
    session = app.session("harbour")
    handle = session._handle
    session.close()
    assert handle.owner is None and not hasattr(microcosm.Session, "__del__")


def test_ctrl_c_while_a_session_is_collected_is_raised_after_it(app, database):
    output, _ = run_python(OPEN + """
session = app.session("harbour")
handle = session._handle
free = type(handle).free
def interrupted(self):
    type(handle).free = free
    raise KeyboardInterrupt
type(handle).free = interrupted
try:
    del session
    while True:
        pass
except KeyboardInterrupt:
    print("raised")
""", database)
    assert output == "raised\n"


def test_a_lock_that_was_left_does_not_hang_the_end(database, app):
    own = microcosm.open(database=database)
    session = own.session("harbour")
    session._handle.lock.acquire()
    with pytest.raises(microcosm.BadState, match="in use"):
        session.site_get()
    own.close()
    assert session.closed


def test_garbage_is_freed(app):
    sessions = len(app._handle.sessions)
    for _ in range(10):
        session = app.session("harbour")
        session.itself = session
        del session
    gc.collect()
    assert len(app._handle.sessions) == sessions


def test_the_host_may_do_the_background_work(database, mira, rope):
    with microcosm.open(database=database, background=False) as app:
        assert app._handle.background is None
        assert 0 <= app.step() <= 60
        assert app.stats().feed_passes == 1
        while select.select([app], [], [], 0)[0]:
            app.step()
        mira.comment_create(item_type="conversation", item_id=rope, markdown="Somebody steps")
        assert select.select([app], [], [], 60)[0] == [app]
        runner = threading.Thread(target=app.run)
        runner.start()
        until(lambda: app._handle.background is not None and app._handle.background.is_running)
        assert runner.is_alive()
        app.stop()
        runner.join()
        assert app.check() is None


def test_a_loop_of_the_hosts_hears_of_changes(database, app, mira, rope):
    """With the app in a selector, what another one writes is known before step()'s time is over."""
    with microcosm.open(database=database, background=False) as own, selectors.DefaultSelector() as selector:
        selector.register(own, selectors.EVENT_READ)
        for _ in range(3):
            own.step()
        told = own.stats().feed_changes
        mira.comment_create(item_type="conversation", item_id=rope, markdown="news")

        def has_heard():
            selector.select(own.step())
            return own.stats().feed_changes > told

        until(has_heard)
        assert own.stats().pool_size > 0


def test_ctrl_c_in_a_log_handler_ends_the_program():
    """Not at once: it would be raised through the library."""
    output, _ = run_python("""
import logging, microcosm, signal
class Interrupted(logging.Handler):
    def emit(self, record):
        if not seen:
            seen.append(record)
            signal.raise_signal(signal.SIGINT)
seen = []
logger = logging.Logger("microcosm", logging.DEBUG)
logger.addHandler(Interrupted())
try:
    try:
        microcosm.open(database="host=/nowhere", wait_ms=10, logger=logger, background=False)
    except microcosm.Unavailable:
        pass
    while True:
        pass
except KeyboardInterrupt:
    print("interrupted", len(seen))
""")
    assert output == "interrupted 1\n"


def test_a_log_handler_must_not_call_back(app):
    class Calling(logging.Handler):
        def emit(self, record):
            lines.append(record.getMessage())
            try:
                apps[0].check()
            except BaseException as failure:
                seen.append(failure)

    apps, lines, seen = [], [], []
    logger = logging.Logger("microcosm", logging.DEBUG)
    logger.addHandler(Calling())
    apps.append(app)
    with pytest.raises(microcosm.Unavailable):
        microcosm.open(database="host=/nowhere", wait_ms=10, logger=logger, background=False)
    assert lines
    assert all(isinstance(failure, microcosm.BadState) for failure in seen)
    assert len(seen) == len(lines)
    app.check()
