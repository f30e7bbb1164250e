"""The host's connection: a session's statements run on it, in the host's own transaction.

There are two ways. A connection of psycopg2 or psycopg holds a PGconn; if its libpq is the one that
libmicrocosm uses, the library takes that as it is. All else goes through a function that runs one
text for the library (an mc_executor): drivers with a libpq of their own, such as psycopg2-binary, and
what a program writes itself.

SQLAlchemy's connections and sessions stand for different connections of the driver as time passes, so
they are asked anew before each call.
"""

import contextlib
import ctypes
import functools
import sys
import threading

from . import _errors
from ._errors import BadState
from ._library import PATH, ffi, lib

# Of libpq-fe.h, where they never change.
_COMMAND_OK, _TUPLES_OK = 1, 2
_IDLE, _IN_TRANSACTION, _UNKNOWN = 0, 2, 4
_SQLSTATE = ord("C")

_UNAVAILABLE = _errors.BY_NAME["Unavailable"].code
# What an executor says of a connection's state; of others, that its transaction has failed.
_STATES = {_IDLE: 0, _IN_TRANSACTION: 1, _UNKNOWN: _UNAVAILABLE}
# What an executor may return without an SQLSTATE.
_CODES = {_errors.BY_NAME[name].code for name in ("Unavailable", "Busy", "NoMemory", "BadState")}


class _StatementFailed(Exception):
    """A statement that PostgreSQL refused; sqlstate is None if it never got there."""

    def __init__(self, sqlstate, message):
        super().__init__(message)
        self.sqlstate = sqlstate


def _address_of_libpq(library):
    return ctypes.cast(library.PQstatus, ctypes.c_void_p).value


def _is_our_libpq(library):
    """A PGconn may be used only by the libpq that made it."""
    return _address_of_libpq(library) == _address_of_libpq(ctypes.CDLL(PATH))


@functools.lru_cache(maxsize=None)
def _libpq(file):
    """The libpq that a module of a driver's uses, with the functions that are needed here."""
    library = ctypes.CDLL(file)
    pointer, number, texts = ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_char_p)
    for name, result, arguments in (
        ("PQexec", pointer, [pointer, ctypes.c_char_p]),
        ("PQexecParams", pointer, [pointer, ctypes.c_char_p, number, pointer, texts, pointer, pointer, number]),
        ("PQerrorMessage", ctypes.c_char_p, [pointer]),
        ("PQresultStatus", number, [pointer]),
        ("PQresultErrorField", ctypes.c_char_p, [pointer, number]),
        ("PQntuples", number, [pointer]),
        ("PQnfields", number, [pointer]),
        ("PQfname", ctypes.c_char_p, [pointer, number]),
        ("PQgetisnull", number, [pointer, number, number]),
        ("PQgetvalue", ctypes.c_char_p, [pointer, number, number]),
        ("PQclear", None, [pointer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class _Psycopg2:
    """A connection of psycopg2, or of a class made from it."""

    def __init__(self, connection):
        if connection.async_:
            raise BadState("an asynchronous connection can't be shared")
        self.connection = connection
        # psycopg2 has a lock of its own for this that nobody else can take.
        self.lock = threading.Lock()
        self.libpq = _libpq(sys.modules["psycopg2._psycopg"].__file__)

    def pointer(self):
        return 0 if self.connection.closed else self.connection.pgconn_ptr

    def state(self):
        return self.connection.info.transaction_status

    def encoding(self):
        return self.connection.info.parameter_status("client_encoding")

    def begin(self):
        """Let it begin its transaction, as it does before the first statement of its own."""
        connection = self.connection
        if not connection.autocommit and connection.info.transaction_status == _IDLE:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")

    # psycopg2's cursors take other placeholders and convert what they return; its PGconn does neither.
    def execute(self, sql, params):
        pgconn, libpq, count = self.connection.pgconn_ptr, self.libpq, len(params)
        if count:
            values = (ctypes.c_char_p * count)(*params)
            result = libpq.PQexecParams(pgconn, sql, count, None, values, None, None, 0)
        else:
            result = libpq.PQexec(pgconn, sql)
        try:
            return self._read(result)
        finally:
            libpq.PQclear(result)

    def _read(self, result):
        libpq = self.libpq
        status = libpq.PQresultStatus(result)
        if status == _COMMAND_OK:
            return None
        if status != _TUPLES_OK:
            state = libpq.PQresultErrorField(result, _SQLSTATE)
            raise _StatementFailed(state, libpq.PQerrorMessage(self.connection.pgconn_ptr))
        columns = range(libpq.PQnfields(result))
        return ([libpq.PQfname(result, column) for column in columns],
                [[None if libpq.PQgetisnull(result, row, column) else libpq.PQgetvalue(result, row, column)
                  for column in columns] for row in range(libpq.PQntuples(result))])


class _Psycopg3:
    """A connection of psycopg 3. Its cursors may be of any kind, also binary: they aren't used."""

    def __init__(self, connection):
        self.connection = connection
        self.lock = connection.lock
        module = sys.modules[type(connection.pgconn).__module__]
        if module.__name__ == "psycopg.pq.pq_ctypes":  # psycopg without an extension holds libpq itself
            self.libpq = sys.modules["psycopg.pq._pq_ctypes"].pq
        else:
            self.libpq = ctypes.CDLL(module.__file__)

    def pointer(self):
        return 0 if self.connection.closed else self.connection.pgconn.pgconn_ptr

    def state(self):
        return self.connection.pgconn.transaction_status

    def encoding(self):
        return (self.connection.pgconn.parameter_status(b"client_encoding") or b"").decode()

    def begin(self):
        connection = self.connection
        if not connection.autocommit and connection.pgconn.transaction_status == _IDLE:
            connection.execute("SELECT 1")

    def execute(self, sql, params):
        pgconn = self.connection.pgconn
        result = pgconn.exec_params(sql, params) if params else pgconn.exec_(sql)
        if result.status == _COMMAND_OK:
            return None
        if result.status != _TUPLES_OK:
            raise _StatementFailed(result.error_field(_SQLSTATE), result.error_message or pgconn.error_message)
        columns = range(result.nfields)
        return ([result.fname(column) for column in columns],
                [[result.get_value(row, column) for column in columns] for row in range(result.ntuples)])


class _Function:
    """A function of the host's that runs a text: for drivers that nothing here knows."""

    libpq = None

    def __init__(self, function):
        self.connection = function
        self.lock = threading.Lock()

    def pointer(self):
        return id(self)  # always open

    def encoding(self):
        return "UTF8"  # its texts are str

    def begin(self):
        pass  # the function does

    def execute(self, sql, params):
        answer = self.connection(sql.decode(), [None if value is None else value.decode() for value in params])
        if answer is None:
            return None
        names, rows = answer
        return ([_encoded(name) for name in names],
                [[None if value is None else _encoded(value) for value in row] for row in rows])


def _encoded(value):
    if not isinstance(value, str):
        raise TypeError(f"what a statement returns must be str as PostgreSQL writes it, not {type(value).__name__}")
    return value.encode()


class _Driver:
    """A connection of a driver's: the same for as long as it is open."""

    def __init__(self, adapter):
        self.adapter = adapter

    def find(self):
        """Who runs statements now, and whether the host would have a transaction by now."""
        return self.adapter, True

    def has(self, adapter):
        """Whether it still is on that one."""
        return adapter is self.adapter


class _SQLAlchemy:
    """A connection or session of SQLAlchemy; get returns the connection."""

    def __init__(self, get):
        self.get = get
        self.connection = None
        self.adapter = None

    def find(self):
        connection = self.connection = self.get()
        if connection.closed:
            raise BadState("the host's connection is closed")
        begins = connection.in_transaction()
        if not begins and hasattr(connection, "commit"):
            connection.begin()  # as before the first statement of its own
            begins = True
        # else it is one of SQLAlchemy 1.4's, which commit each statement
        driver = connection.connection.driver_connection
        if self.adapter is None or self.adapter.connection is not driver:
            self.adapter = _adapter(driver)
        return self.adapter, begins

    def has(self, adapter):
        """A connection that was closed went back to its pool, and may be somebody else's by now."""
        connection = self.connection
        return (not connection.closed and not connection.invalidated
                and connection.connection.driver_connection is adapter.connection)


def _adapter(connection):
    """Who knows how to use a connection of a driver's; looks only at what is imported already."""
    psycopg2 = sys.modules.get("psycopg2.extensions")
    if psycopg2 is not None and isinstance(connection, psycopg2.connection):
        return _Psycopg2(connection)
    psycopg = sys.modules.get("psycopg")
    if psycopg is not None and isinstance(connection, psycopg.Connection):
        return _Psycopg3(connection)
    if callable(connection):
        return _Function(connection)
    raise TypeError("connection must be one of psycopg2, psycopg or SQLAlchemy (over one of these), or a function"
                    f" that runs SQL, not {type(connection).__name__}")


def _source(connection):
    engine, orm = sys.modules.get("sqlalchemy.engine"), sys.modules.get("sqlalchemy.orm")
    if engine is not None and isinstance(connection, engine.Connection):
        return _SQLAlchemy(lambda: connection)
    if orm is not None and isinstance(connection, (orm.Session, orm.scoped_session)):
        return _SQLAlchemy(connection.connection)
    return _Driver(_adapter(connection))


class HostConnection:
    """A connection that a session uses for as long as it lasts."""

    def __init__(self, connection):
        self._source = _source(connection)
        self.adapter = None  # what C uses
        self._pointer = 0    # as it was when C was given it
        self._executor = None

    def attach(self, session, failure):
        """Let C use a connection of a driver's, if that is what it is. SQLAlchemy's are asked at each call instead:
        if they had begun a transaction here, the host couldn't any more."""
        if isinstance(self._source, _Driver):
            self._switch(session, failure, self._source.adapter)
            return
        code = lib.mc_session_use_connection(session, ffi.NULL)
        if code < 0:
            raise failure(session, code)

    def _switch(self, session, failure, adapter):
        pointer = adapter.pointer()
        if not pointer:
            raise BadState("the host's connection is closed")
        if adapter.encoding() not in ("UTF8", "UNICODE"):
            raise BadState("the connection's client encoding must be UTF8")
        if adapter.libpq is not None and _is_our_libpq(adapter.libpq):
            code = lib.mc_session_use_connection(session, ffi.cast("void *", pointer))
        else:
            self._executor = _Executor(adapter)
            code = lib.mc_session_use_executor(session, self._executor.struct)
        if code < 0:
            raise failure(session, code)
        self.adapter, self._pointer = adapter, pointer

    def alive(self):
        """Whether it is still the connection that C has; closed or opened anew it is not."""
        return self.adapter.pointer() == self._pointer and self._source.has(self.adapter)

    @contextlib.contextmanager
    def during(self, handle, failure):
        """A call on the connection: nobody else's statement runs on it meanwhile."""
        with handle as session:
            adapter, begins = self._source.find()
            if adapter is not self.adapter:
                self._switch(session, failure, adapter)
            elif not self.alive():
                raise BadState("the host's connection was closed")
            if begins:
                adapter.begin()
            with adapter.lock:
                try:
                    yield session
                finally:
                    _errors.forget()  # what failed while a failure was undone


class _Executor:
    """An adapter as an mc_executor, which has to last as long as C may use it."""

    def __init__(self, adapter):
        self._handle = ffi.new_handle(adapter)
        self.struct = ffi.new("mc_executor *", {"size": ffi.sizeof("mc_executor"), "execute": _execute,
                                                "data": self._handle})
        if hasattr(adapter, "state"):
            self.struct.in_transaction = _in_transaction


def _fill(result, names, rows):
    count = len(names)
    keep = [ffi.from_buffer(name + b"\0") for name in names]
    lib.mc_result_columns(result, ffi.new("const char *[]", keep), count)
    for row in rows:
        keep = [ffi.NULL if value is None else ffi.from_buffer(value + b"\0") for value in row]
        lib.mc_result_row(result, ffi.new("const char *[]", keep), len(keep))


def _fail(result, failure):
    """The code for what a function raised; nothing may be raised through C."""
    if not isinstance(failure, _StatementFailed):
        _errors.remember(failure)
    if isinstance(failure, _errors.Error) and failure.code in _CODES:
        return failure.code
    # psycopg's, microcosm's, psycopg2's, and of others that say it in one of these ways
    state = getattr(failure, "sqlstate", None) or getattr(failure, "pgcode", None)
    if not state and not isinstance(failure, _StatementFailed):
        return _errors.System.code
    message = b"" if not failure.args else failure.args[0]
    return lib.mc_result_fail(result, _bytes(state) or ffi.NULL, _bytes(message))


def _bytes(value):
    return value if value is None or isinstance(value, bytes) else str(value).encode()


def _remember(kind, failure, traceback):
    _errors.remember(failure)


@ffi.callback("int(void *, const char *, const char *const *, size_t, mc_result *)", error=_errors.System.code,
              onerror=_remember)
def _execute(data, sql, params, count, result):
    try:
        answer = ffi.from_handle(data).execute(
            ffi.string(sql), [ffi.string(params[i]) if params[i] else None for i in range(count)])
        if answer is not None:
            _fill(result, *answer)
        return 0
    except BaseException as failure:
        return _fail(result, failure)


@ffi.callback("int(void *)", error=BadState.code, onerror=_remember)
def _in_transaction(data):
    return _STATES.get(ffi.from_handle(data).state(), BadState.code)
