"""Mail by the host's own means: a callable that sends it."""

import dataclasses

from . import _errors
from ._library import ffi, text

_REMOTE = _errors.BY_NAME["Remote"].code
_TEXTS = ["from_name", "reply_to", "to", "to_name", "subject", "text", "html", "message_id"]


@dataclasses.dataclass(frozen=True)
class Mail:
    """A mail that is to be sent, its parts, and all of it as one message (RFC 5322) in bytes."""

    site_id: "int | None"
    sender: str
    from_name: str
    reply_to: str
    to: str
    to_name: str
    subject: str
    text: str
    html: str
    message_id: str
    message: bytes = dataclasses.field(repr=False)


Mail.__module__ = "microcosm"


def _mail(given):
    return Mail(site_id=given.site_id or None, sender=text(getattr(given, "from")),
                message=bytes(ffi.buffer(given.message, given.message_length)),
                **{name: text(getattr(given, name)) for name in _TEXTS})


def _send(mailer, given):
    """Ask the host. Nothing may be raised through C: it becomes a code, and is kept to be chained."""
    try:
        mailer(_mail(given))
        return 0
    except (_errors.InvalidInput, _errors.NotFound) as failure:
        _errors.remember(failure)
        return failure.code
    except BaseException as failure:
        _errors.remember(failure)
        return _REMOTE


def mailer_struct(mailer, keep):
    """The mc_mailer for a callable; keep has to last as long as the app."""
    @ffi.callback("int(void *, const mc_mail *)", error=_REMOTE,
                  onerror=lambda kind, failure, traceback: _errors.remember(failure))
    def send(data, given):
        return _send(mailer, given)

    struct = ffi.new("mc_mailer *")
    struct.size = ffi.sizeof("mc_mailer")
    struct.send = send
    keep += [send, struct]
    return struct
