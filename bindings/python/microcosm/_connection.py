"""The host's connection: a session on the PGconn that psycopg holds, in the same transaction.

A PGconn may be used only by the libpq that made it. psycopg2 and psycopg from Debian, or built from
source, use the system's libpq as libmicrocosm does; the wheels with a libpq of their own
(psycopg2-binary, psycopg[binary]) are refused.
"""

import contextlib
import ctypes
import sys
import threading

from ._errors import BadState
from ._library import PATH, ffi

_IDLE = 0  # PQTRANS_IDLE, which both know by this number


def _libpq_of(library):
    """Address of a function of the libpq that a loaded library uses."""
    return ctypes.cast(library.PQstatus, ctypes.c_void_p).value


def _libpq_of_module(name):
    """The same for the module that a driver's connections come from."""
    module = sys.modules[name]
    if name == "psycopg.pq.pq_ctypes":  # psycopg without an extension holds libpq itself
        return _libpq_of(sys.modules["psycopg.pq._pq_ctypes"].pq)
    return _libpq_of(ctypes.CDLL(module.__file__))


class _Psycopg2:
    """A connection of psycopg2, or of a class made from it."""

    module = "psycopg2._psycopg"

    def __init__(self, connection):
        if connection.async_:
            raise BadState("an asynchronous connection can't be shared")
        self.connection = connection
        # psycopg2 has a lock of its own for this that nobody else can take.
        self.lock = threading.Lock()

    def pointer(self):
        return 0 if self.connection.closed else self.connection.pgconn_ptr

    def begin(self):
        """Let it begin its transaction, as it does before the first statement of its own."""
        connection = self.connection
        if not connection.autocommit and connection.info.transaction_status == _IDLE:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")


class _Psycopg3:
    """A connection of psycopg 3."""

    def __init__(self, connection):
        self.connection = connection
        self.module = type(connection.pgconn).__module__
        self.lock = connection.lock

    def pointer(self):
        return 0 if self.connection.closed else self.connection.pgconn.pgconn_ptr

    def begin(self):
        connection = self.connection
        if not connection.autocommit and connection.info.transaction_status == _IDLE:
            connection.execute("SELECT 1")


def _adapter(connection):
    """Who knows how to get at the PGconn of a connection; looks only at what is imported already."""
    psycopg2 = sys.modules.get("psycopg2.extensions")
    if psycopg2 is not None and isinstance(connection, psycopg2.connection):
        return _Psycopg2(connection)
    psycopg = sys.modules.get("psycopg")
    if psycopg is not None and isinstance(connection, psycopg.Connection):
        return _Psycopg3(connection)
    raise TypeError(f"connection must be one of psycopg2 or psycopg, not {type(connection).__name__}")


class HostConnection:
    """A connection that a session uses for as long as it lasts."""

    def __init__(self, connection):
        self.adapter = _adapter(connection)
        self.pgconn = self.adapter.pointer()
        if not self.pgconn:
            raise BadState("the host's connection is closed")
        if _libpq_of_module(self.adapter.module) != _libpq_of(ctypes.CDLL(PATH)):
            raise BadState("the connection belongs to another libpq than libmicrocosm uses (psycopg's binary"
                           " packages bring one); install psycopg2 or psycopg[c] built for the system's libpq")

    def as_c(self):
        return ffi.cast("void *", self.pgconn)

    def alive(self):
        """Whether it is still the connection that C has; closed or opened anew it is not."""
        return self.adapter.pointer() == self.pgconn

    @contextlib.contextmanager
    def during(self, handle):
        """A call on the connection: nobody else's statement runs on it meanwhile."""
        if not self.alive():
            raise BadState("the host's connection was closed")
        self.adapter.begin()
        with self.adapter.lock, handle as pointer:
            yield pointer
