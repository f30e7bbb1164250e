"""Sign-in of the host's own: a callable that says who shows some credentials."""

import dataclasses
import datetime

from . import _errors
from ._library import ffi, lib, text
from ._values import text_bytes, to_int64

_NOT_MINE = _errors.NotFound.code


@dataclasses.dataclass(frozen=True)
class Credentials:
    """What a visitor shows, as enter() was given it; nothing of it was checked."""

    scheme: str
    token: str = dataclasses.field(repr=False)
    site_id: int
    site_key: str
    address: str


@dataclasses.dataclass(frozen=True)
class Identity:
    """Who that is: the user with an e-mail address that the host has verified.

    name       a wish for the profile, on the first visit to a site
    valid_for  seconds (or a timedelta) for which the library needn't ask again; 0: each time
    """

    email: str
    name: "str | None" = None
    valid_for: "int | datetime.timedelta" = 0


Credentials.__module__ = Identity.__module__ = "microcosm"


def _texts(value, name):
    encoded = text_bytes(value, name)
    return ffi.NULL if encoded is None else encoded


def _answer(identity, found):
    """Tell the library who it is; a code of its own if that is nobody."""
    if found is None:
        return _NOT_MINE
    if not isinstance(found, Identity):
        raise TypeError(f"an auth provider returns an Identity or None, not {type(found).__name__}")
    if not isinstance(found.email, str):
        raise TypeError("Identity.email must be str")
    seconds = found.valid_for
    if isinstance(seconds, datetime.timedelta):
        seconds = int(seconds.total_seconds())
    code = lib.mc_identity_accept(identity, _texts(found.email, "email"), _texts(found.name, "name"),
                                  to_int64(seconds, "valid_for"))
    if code < 0:
        raise _errors.CLASSES[code]("the identity is not valid: no e-mail address, or valid_for is too long")
    return 0


def _call(provider, credentials, identity):
    """Ask the host. Nothing may be raised through C: it becomes a code, and is kept to be chained."""
    try:
        return _answer(identity, provider(Credentials(
            text(credentials.scheme), text(credentials.token), credentials.site_id, text(credentials.site_key),
            text(credentials.address))))
    except _errors.Error as failure:
        _errors.remember(failure)
        # "not found" from some call that the provider made must not pass for "not mine"
        return _errors.System.code if failure.code in (0, _NOT_MINE) else failure.code
    except BaseException as failure:
        _errors.remember(failure)
        return _errors.System.code


def provider_struct(provider, name, keep):
    """The mc_auth_provider for a callable; keep has to last as long as the app."""
    @ffi.callback("int(void *, const mc_credentials *, mc_identity *)", error=_errors.System.code,
                  onerror=lambda kind, failure, traceback: _errors.remember(failure))
    def identify(data, credentials, identity):
        return _call(provider, credentials, identity)

    struct = ffi.new("mc_auth_provider *")
    label = ffi.new("char[]", text_bytes(name, "name"))
    struct.size = ffi.sizeof("mc_auth_provider")
    struct.name = label
    struct.identify = identify
    keep += [identify, struct, label]
    return struct
