"""Who may use the library's handles: the rules of session.h, kept without a crash.

A session is used by one thread at a time, an app by any number; neither after it was closed, nor
in a process forked after it was made, nor from inside a log handler.
"""

import _thread
import collections
import contextlib
import os
import threading
import time
import weakref

from ._errors import BadState, forget
from ._library import ffi, lib


class _Era:
    """The process in which handles were made; a child has another one."""


_era = _Era()

# Longest that closing an app waits for calls on the app itself, in seconds.
MOST_WAIT = 60


def _begin_era():
    global _era
    _era = _Era()


os.register_at_fork(after_in_child=_begin_era)

# Whether this thread is inside a log handler, which must not call back into the library.
logging_now = threading.local()


def interrupt_again():
    """Raise KeyboardInterrupt in the main thread once more, for one that came where Python or C drops it.

    From another thread: on this one it would be raised at once, in the very same place.
    """
    _thread.start_new_thread(_thread.interrupt_main, ())


def _check_usable(handle):
    if handle.era is not _era:
        raise BadState("this process was forked after the app was made; make another app here")
    if getattr(logging_now, "value", False):
        raise BadState("a log handler must not call the library that logs")


class SessionHandle:
    """An mc_session: `with handle as pointer` for each call.

    host is the HostConnection that it is on, or None; open_on_host says that it has a transaction
    there, which freeing it would roll back.
    """

    __slots__ = ("pointer", "lock", "era", "user", "app", "host", "open_on_host", "owner")

    def __init__(self, pointer, app):
        self.pointer = pointer
        self.lock = threading.Lock()
        self.era = _era
        self.user = 0
        self.app = app
        self.host = None
        self.open_on_host = False
        self.owner = None

    def free_with(self, owner):
        """Free it when its owner is collected.

        No code runs then if it was freed before: Python drops a Ctrl-C that comes while an object is collected.
        """
        self.owner = weakref.ref(owner, self._free_collected)

    def _free_collected(self, _):
        try:
            with contextlib.suppress(Exception):
                self.free()
        except KeyboardInterrupt:
            interrupt_again()

    def __enter__(self):
        _check_usable(self)
        if not self.lock.acquire(False):
            raise BadState("the app is closed" if self.app.pointer is None else
                           "the session is in use by another call; a session is for one thread at a time")
        self.user = threading.get_ident()
        if self.pointer is None:
            self.__exit__()
            raise BadState("the session is closed")
        return self.pointer

    def __exit__(self, *_):
        self.user = 0
        self.lock.release()

    def _wait_for_call(self, grace):
        """Get the lock once the call that is running has ended. A lock that nobody uses, at the end of grace,
        was left by a Ctrl-C in the middle of __enter__ or __exit__; whoever it was will find that it is closed."""
        while not self.lock.acquire(False):
            if self.user == 0 and time.monotonic() > grace:
                return
            if self.lock.acquire(timeout=0.02):
                return

    def free(self, wait=False, grace=0):
        """Free it, unless that was done. A call that is running is waited for, or refuses it; grace is a time of
        the monotonic clock, see _wait_for_call()."""
        if self.era is not _era:
            self.pointer = None  # the parent's
            return
        if wait:
            self._wait_for_call(grace)
        elif self.user == threading.get_ident() or not self.lock.acquire(False):
            raise BadState("the session is in use by another call, so it can't be closed")
        try:
            if self.pointer is not None:
                self._free(wait)
        finally:
            with contextlib.suppress(RuntimeError):  # of a lock that was left
                self.lock.release()

    def _free(self, wait):
        with contextlib.ExitStack() as stack:
            alive = not self.open_on_host or self.host.alive()
            if self.open_on_host:
                # Not waited for long: this may be the collector, in the middle of a statement of the host's.
                lock = self.host.adapter.lock
                if lock.acquire(timeout=5 if wait else 0):
                    stack.callback(lock.release)
                elif wait:
                    alive = False
                else:
                    raise BadState("the host's connection is in use, so the transaction on it can't be ended")
            pointer, self.pointer = self.pointer, None
            self.owner = None
            # A transaction on a connection that is gone can't be rolled back: then the session is left as it is.
            if alive:
                lib.mc_session_free(pointer)
                forget()  # what a callback of the host's has raised
            self.app.forget(self)


class _Background:
    """The background work of an app, on a thread of its own.

    Not waited for by Thread.join(): interrupted there, Python 3.11 takes a thread that runs for one that has ended,
    and the app would be freed under it.
    """

    def __init__(self, guard, pointer):
        self.guard = guard
        self.pointer = pointer
        self.is_running = False
        self.is_cancelled = False
        self.ended = threading.Event()

    def start(self):
        # A daemon thread: it is stopped when the interpreter ends, see close_at_exit().
        threading.Thread(target=self._work, name="microcosm", daemon=True).start()

    def _work(self):
        with self.guard:
            self.is_running = not self.is_cancelled
        if self.is_running:
            lib.mc_app_run(self.pointer)
        self.ended.set()

    def is_alive(self):
        """Whether it is being done."""
        return not self.is_cancelled and not self.ended.is_set()

    def stop(self):
        """End it. A thread that has not come to run the work, because starting it was interrupted, never will."""
        with self.guard:
            self.is_cancelled = not self.is_running
        if self.is_running and not self.ended.is_set():
            lib.mc_app_stop(self.pointer)
            self.ended.wait()


class AppHandle:
    """An mc_app with all that has to end before it does: its thread, its calls, its sessions."""

    def __init__(self, pointer, kept):
        self.pointer = pointer
        self.kept = kept  # what the library has pointers to: callbacks
        self.era = _era
        self.calls = collections.Counter()  # that are running, by thread
        self.sessions = set()
        # Held by itself, not as "with self.idle": that is code of Python's, which an interrupt may leave half done.
        self.guard = threading.RLock()
        self.idle = threading.Condition(self.guard)
        self.background = None
        self.mailing = {}  # threads in run_mail(), each with an event for its end

    def __enter__(self):
        _check_usable(self)
        with self.guard:
            if self.pointer is None:
                raise BadState("the app is closed")
            self.calls[threading.get_ident()] += 1
            return self.pointer

    def __exit__(self, *_):
        me = threading.get_ident()
        with self.guard:
            self.calls[me] -= 1
            if not self.calls[me]:
                del self.calls[me]
            self.idle.notify_all()

    def _calls_of_others(self):
        me = threading.get_ident()
        return sum(count for thread, count in self.calls.items() if thread != me)

    def new_session(self):
        """A new session of the app."""
        out = ffi.new("mc_session **")
        with self as pointer:
            code = lib.mc_session_new(out, pointer)
            if code == 0:
                handle = SessionHandle(out[0], self)
                with self.guard:
                    self.sessions.add(handle)
        return code, handle if code == 0 else None

    def forget(self, session):
        """A session was freed."""
        with self.guard:
            self.sessions.discard(session)

    def start_background(self):
        """Do the background work on a thread of its own, until stop_background()."""
        with self.guard:
            if self.pointer is None:
                raise BadState("the app is closed")
            if self.background is None or not self.background.is_alive():
                self.background = _Background(self.guard, self.pointer)
                self.background.start()
            return self.background

    def stop_background(self):
        """End the background work; what is batched is written when the app is closed."""
        background = self.background
        if background is not None:
            background.stop()

    def run_mail(self):
        """Send mail on this thread until stop_mail(). Returns the code of the library's."""
        ended = threading.Event()
        with self as pointer:
            self.mailing[ended] = threading.get_ident()
            try:
                return lib.mc_app_run_mail(pointer)
            finally:
                ended.set()
                del self.mailing[ended]

    def stop_mail(self, pointer=None):
        """End run_mail() on all threads that are in it. Told again and again, since one may be only about to begin."""
        pointer = pointer or self.pointer
        for ended, thread in list(self.mailing.items()):
            lib.mc_app_stop_mail(pointer)
            while thread != threading.get_ident() and not ended.wait(0.05):
                lib.mc_app_stop_mail(pointer)

    def _check_closable(self):
        me = threading.get_ident()
        if any(session.user == me for session in list(self.sessions)):
            raise BadState("the app can't be closed from inside one of its own calls")
        if getattr(logging_now, "value", False):
            raise BadState("the app can't be closed from a log handler")

    def close(self):
        """End everything of the app. Calls that are running are waited for."""
        if self.era is not _era:
            self.pointer = None  # the parent's; the child leaves it alone
            return
        self._check_closable()
        self.stop_background()
        with self.guard:
            pointer, self.pointer = self.pointer, None
        if pointer is not None:
            self.stop_mail(pointer)
        with self.guard:
            # Not for ever: a thread may have ended in the middle of one. And not for this thread's own, which can't
            # end meanwhile: a Ctrl-C came between a call and its being noted, or a signal's handler closes the app.
            self.idle.wait_for(lambda: self._calls_of_others() == 0, timeout=MOST_WAIT)
            ended = not self.calls
            sessions = list(self.sessions)
        if pointer is None or not ended:
            return
        grace = time.monotonic() + 0.5  # for all together
        for session in sessions:
            session.free(wait=True, grace=grace)
        lib.mc_app_free(pointer)
        self.kept.clear()


def close_at_exit(owner, handle):
    """Close a handle when its owner is collected or, at the latest, when the interpreter ends."""
    return weakref.finalize(owner, handle.close)
