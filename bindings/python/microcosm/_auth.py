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


@dataclasses.dataclass(frozen=True)
class AuthFlow:
    """A sign-in for which a browser is sent to a service and back: add_sign_in_provider().

    redirect_uri  where the service must send the browser back to
    state         for the service to send back; it was checked before the end
    nonce         random, the same at the end
    challenge     of PKCE (S256), for the address; the verifier, at the end, for the exchange of the code
    code, issuer  what has come back as "code" and "iss", at the end
    """

    site_id: int
    site_key: str
    redirect_uri: str
    state: str = dataclasses.field(repr=False)
    nonce: str = dataclasses.field(repr=False)
    challenge: str = dataclasses.field(repr=False)
    verifier: str = dataclasses.field(repr=False)
    code: str = dataclasses.field(repr=False)
    issuer: str


AuthFlow.__module__ = Credentials.__module__ = Identity.__module__ = "microcosm"


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


def _guarded(ask):
    """Ask the host. Nothing may be raised through C: it becomes a code, and is kept to be chained."""
    try:
        return ask()
    except _errors.Error as failure:
        _errors.remember(failure)
        # "not found" from some call that the provider made must not pass for "not mine"
        return _errors.System.code if failure.code in (0, _NOT_MINE) else failure.code
    except BaseException as failure:
        _errors.remember(failure)
        return _errors.System.code


def _callback(parameters, ask):
    """A callback of C for a function that returns a code."""
    return ffi.callback(f"int(void *, {parameters})", lambda data, *given: _guarded(lambda: ask(*given)), error=_errors.System.code,
                        onerror=lambda kind, failure, traceback: _errors.remember(failure))


def _struct(name, keep, **members):
    struct = ffi.new("mc_auth_provider *")
    struct.size = ffi.sizeof("mc_auth_provider")
    for member, value in {"name": ffi.new("char[]", text_bytes(name, "name")), **members}.items():
        setattr(struct, member, value)
        keep.append(value)
    keep.append(struct)
    return struct


def provider_struct(provider, name, keep):
    """The mc_auth_provider for a callable; keep has to last as long as the app."""
    def identify(credentials, identity):
        return _answer(identity, provider(Credentials(
            text(credentials.scheme), text(credentials.token), credentials.site_id, text(credentials.site_key),
            text(credentials.address))))

    return _struct(name, keep, identify=_callback("const mc_credentials *, mc_identity *", identify))


def _flow(flow):
    return AuthFlow(flow.site_id, *(text(getattr(flow, field.name)) for field in dataclasses.fields(AuthFlow)[1:]))


def _redirect(redirect, url):
    code = lib.mc_auth_redirect_to(redirect, _texts(url, "url"))
    if code < 0:
        raise _errors.CLASSES[code]("the address to sign in at must be https, or http of this machine")
    return 0


def flow_struct(name, begin, end, title, keep):
    """The mc_auth_provider for two callables that send a browser away and say who has come back."""
    return _struct(
        name, keep, title=ffi.NULL if title is None else ffi.new("char[]", text_bytes(title, "title")),
        begin=_callback("const mc_auth_flow *, mc_auth_redirect *", lambda flow, redirect: _redirect(redirect, begin(_flow(flow)))),
        end=_callback("const mc_auth_flow *, mc_identity *", lambda flow, identity: _answer(identity, end(_flow(flow)))))
