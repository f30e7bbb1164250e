"""Sessions: who acts, on which site, in which transaction."""

import contextlib

from . import _docs, _resources
from ._connection import HostConnection
from ._errors import from_struct
from ._files import Transfers
from ._library import lib, text
from ._moving import Moving
from ._records import Buffer
from ._values import NULL, Struct, text_bytes, to_int64

_VISIT = Struct("mc_visit")


class Session(Transfers, Moving):
    """Who acts, on which site, in which transaction; made by App.session().

    It is for one thread at a time, and cheap enough to make one for each request.

    What there is on the site is reached through attributes: session.conversations, .comments,
    .microcosms, .profiles, … (see microcosm.resources). Each operation is also a method of the session
    by its name in C: conversation_create(…) is conversations.create(…).

    Any call that asks the database may raise Unavailable, Busy, Database or System, and BadState for a
    session that is closed, in use, or has entered no site.
    """

    def __init__(self, app, handle):
        self.app = app
        self._handle = handle
        self._json = None
        handle.free_with(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __repr__(self):
        return f"<Session{' (closed)' if self.closed else ''}>"

    def close(self):
        """End the session; a transaction that is open is rolled back. Done already is fine."""
        self._handle.free()

    @property
    def closed(self):
        """Whether it was closed, by itself or with its app."""
        return self._handle.pointer is None

    def _using(self):
        handle = self._handle
        return handle if handle.host is None else handle.host.during(handle, self._failure)

    def _failure(self, pointer, code):
        return from_struct(lib.mc_session_error(pointer), code)

    def _buffer(self):
        if self._json is None:
            self._json = Buffer()
        return self._json

    def _do(self, function, *arguments):
        with self._using() as pointer:
            code = function(pointer, *arguments)
            if code < 0:
                raise self._failure(pointer, code)

    def _ask(self, function):
        with self._handle as pointer:
            return function(pointer)

    @_docs.with_members("mc_visit", "site_key")
    def enter(self, site=None, **visit):
        """Enter a site by its key or by host; with a token, act as the one whose it is."""
        if site is not None:
            visit["site_key"] = site
        unknown = visit.keys() - _VISIT.members.keys()
        if unknown:
            raise TypeError(f"enter() got an unexpected keyword argument {min(unknown)!r}")
        keep = []
        self._do(lib.mc_session_enter, _VISIT.make(visit, keep))

    def act_as(self, actor, name=None):
        """Act as a profile of the site by its id, or as the user of an e-mail address, who is made if
        there is none: with that name, if it is valid and free. 0 or None is the guest."""
        if isinstance(actor, str):
            email, wish = text_bytes(actor, "actor"), text_bytes(name, "name")
            if wish is None:
                self._do(lib.mc_session_act_as_email, email)
            else:
                self._do(lib.mc_session_act_as_user, email, wish)
        else:
            self._do(lib.mc_session_act_as, to_int64(0 if actor is None else actor, "actor"))

    def reset(self):
        """Make it as new: no site, a guest, off the host's connection."""
        with self._using() as pointer:
            lib.mc_session_reset(pointer)
            self._handle.host = None
            self._handle.open_on_host = False

    def use(self, connection):
        """Put the session on a connection of the host's: what it writes commits or rolls back with the
        host's own transaction. None: back to the app's own connections.

        connection may be one of psycopg2 or psycopg, a Connection or Session of SQLAlchemy's over one of
        these, or for any other driver a function that is called with SQL (with $1, $2 … and, without
        parameters, maybe several statements) and a list of parameters, which are str or None. It returns
        None, or the names of the columns and the rows: sequences of str as PostgreSQL writes it, or None.
        It raises the driver's exception, whose sqlstate (or pgcode) is used.

        The connection must outlive the session's use of it, and be used by one thread at a time.
        """
        host = None if connection is None else HostConnection(connection)
        with self._handle as pointer:
            if host is not None:
                host.attach(pointer, self._failure)
            else:
                code = lib.mc_session_use_connection(pointer, NULL)
                if code < 0:
                    raise self._failure(pointer, code)
            self._handle.host = host

    @property
    def site_id(self):
        """Id of the site entered, or 0."""
        return self._ask(lib.mc_session_site)

    @property
    def profile_id(self):
        """Profile that acts, or 0 for a guest."""
        return self._ask(lib.mc_session_profile)

    @property
    def is_banned(self):
        """Whether the actor is on the site's ban list."""
        return self._ask(lib.mc_session_is_banned)

    @property
    def ban_reason(self):
        """What the actor is told who is on that list, HTML-escaped; "" if there is nothing to tell."""
        with self._handle as pointer:
            return text(lib.mc_session_ban_reason(pointer))

    @property
    def is_root_site(self):
        """Whether the site entered is the root site."""
        return self._ask(lib.mc_session_is_root_site)

    @property
    def is_secure(self):
        """Whether the address of the site entered is one of HTTPS."""
        return self._ask(lib.mc_session_is_secure)

    def begin(self):
        """Begin a transaction; better: with session.transaction()."""
        self._do(lib.mc_session_begin)
        self._handle.open_on_host = self._handle.host is not None

    def commit(self):
        """Commit it."""
        self._do(lib.mc_session_commit)
        self._handle.open_on_host = False

    def rollback(self):
        """Roll it back."""
        self._do(lib.mc_session_rollback)
        self._handle.open_on_host = False

    @contextlib.contextmanager
    def transaction(self):
        """A transaction that is committed at the end of the block, or rolled back by an exception."""
        self.begin()
        try:
            yield self
        except BaseException:
            with contextlib.suppress(Exception):  # the first failure is the one to tell of
                self.rollback()
            raise
        self.commit()


_resources.add_to(Session)
Session.__module__ = "microcosm"
