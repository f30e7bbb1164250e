"""Exceptions: one class for each error code of the library, made from its own list."""

import threading

from ._library import ffi, lib, text


class Error(Exception):
    """A call of the library that failed.

    code      number of the error, as in C
    slug      its short stable name, such as "not_found"
    message   what went wrong, in English
    sqlstate  five characters for a failure of the database, else ""
    reason    errorCode of the API v1, or 0
    faults    for InvalidInput: (field, message) of all fields that were at fault
    """

    code = 0
    slug = ""

    def __init__(self, message="", sqlstate="", reason=0, faults=()):
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate
        self.reason = reason
        self.faults = [tuple(fault) for fault in faults]

    def __str__(self):
        if not self.faults:
            return self.message
        told = [f"{field}: {message}" for field, message in self.faults]
        # The library's message is its first fault.
        return "; ".join(told) if self.message in ("", told[0]) else f"{self.message} ({'; '.join(told)})"

    def __reduce__(self):
        return type(self), (self.message, self.sqlstate, self.reason, self.faults)


def _class_name(slug):
    return "".join(word.capitalize() for word in slug.split("_"))


def _make(info):
    slug = text(info.slug)
    name = _class_name(slug)
    return type(name, (Error,), {"__doc__": text(info.text).capitalize() + ".", "__module__": "microcosm",
                                 "code": info.code, "slug": slug})


Error.__module__ = "microcosm"
CLASSES = {}
for _i in range(lib.mc_error_count()):
    _class = _make(lib.mc_error_at(_i))
    CLASSES[_class.code] = _class
BY_NAME = {each.__name__: each for each in CLASSES.values()}

# Those that the binding itself speaks of.
BadState = BY_NAME["BadState"]
InvalidInput = BY_NAME["InvalidInput"]
NotFound = BY_NAME["NotFound"]
NoMemory = BY_NAME["NoMemory"]
System = BY_NAME["System"]

# What a callback of the host's raised on this thread, for the exception that follows from it.
_raised = threading.local()


def remember(exception):
    """Keep what a callback raised, the first of it, until the call that it happened in has failed."""
    if getattr(_raised, "exception", None) is None:
        _raised.exception = exception


def forget():
    """What was kept, which is then no longer kept."""
    exception = getattr(_raised, "exception", None)
    if exception is not None:
        _raised.exception = None
    return exception


def from_struct(error, code):
    """The exception for an mc_failure of the library's, or for a code alone; that of a callback if it ends programs."""
    cause = forget()
    if cause is not None and not isinstance(cause, Exception):
        return cause
    kind = CLASSES.get(code, Error)
    if not error or error.code != code:
        exception = kind((kind.__doc__ or "").rstrip("."))
    else:
        faults = [(text(error.faults[i].field), text(error.faults[i].message)) for i in range(error.fault_count)]
        exception = kind(text(error.message), text(error.sqlstate), error.reason, faults)
    exception.__cause__ = cause
    return exception


def check_app(code, error):
    """Raise what a call with an mc_failure ** reported, and free it."""
    if code >= 0:
        return
    try:
        raise from_struct(error[0], code)
    finally:
        lib.mc_failure_free(error[0])


def new_error():
    """Room for an mc_failure that a call may make."""
    return ffi.new("mc_failure **")
