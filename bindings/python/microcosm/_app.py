"""Apps: configuration, connections and caches, shared by all threads."""

import contextlib
import logging
import os

from . import _auth, _docs, _errors, _handles, _mail
from ._library import ffi, lib, text
from ._records import Buffer, own
from ._session import Session
from ._values import Struct, text_bytes, to_text

_OPTIONS = Struct("mc_app_options")
LEVELS = {lib.MC_LOG_ERROR: logging.ERROR, lib.MC_LOG_WARNING: logging.WARNING, lib.MC_LOG_INFO: logging.INFO,
          lib.MC_LOG_DEBUG: logging.DEBUG}


def _log_callback(logger):
    """What the library calls with each line, from whatever thread it is on."""
    def failed(kind, failure, traceback):
        if kind is KeyboardInterrupt:
            _handles.interrupt_again()

    @ffi.callback("mc_log_fn", onerror=failed)
    def log(data, level, message):
        _handles.logging_now.value = True
        try:
            logger.log(LEVELS.get(level, logging.INFO), "%s", text(message))
        finally:
            _handles.logging_now.value = False

    return log


def _log_level(logger):
    """The least weighty level of the library's that the logger cares for."""
    wanted = [level for level, number in LEVELS.items() if logger.isEnabledFor(number)]
    return max(wanted, default=lib.MC_LOG_ERROR)


class App:
    """A forum: its database, connections and caches. Made by microcosm.open(); shared by all threads."""

    def __init__(self, data=None, *, logger=None, migrate=True, background=True, **options):
        unknown = options.keys() - _OPTIONS.members.keys()
        if unknown:
            raise TypeError(f"open() got an unexpected keyword argument {min(unknown)!r}")
        if data is not None:
            options["data"] = os.fspath(data)
        kept = []
        given = ffi.new("mc_app_options *")
        lib.mc_app_options_init(given, ffi.sizeof("mc_app_options"))
        for name, value in options.items():
            if value is not None:
                setattr(given, name, _OPTIONS.members[name][0](value, name, kept))
        if logger is not None:
            kept.append(_log_callback(logger))
            given.log = kept[-1]
            given.log_level = _log_level(logger)
        out, error = ffi.new("mc_app **"), _errors.new_error()
        _errors.check_app(lib.mc_app_new(out, given, error), error)
        self._handle = _handles.AppHandle(out[0], kept)
        self._close = _handles.close_at_exit(self, self._handle)
        try:
            if migrate:
                self.migrate()
            if background:
                self._handle.start_background()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __repr__(self):
        return f"<App{' (closed)' if self.closed else ''}>"

    def close(self):
        """Close it and all of its sessions, and write what is still batched. Done already is fine."""
        self._handle.close()
        self._close.detach()

    @property
    def closed(self):
        """Whether it was closed."""
        return self._handle.pointer is None

    def _do(self, function, *arguments):
        error = _errors.new_error()
        with self._handle as pointer:
            _errors.check_app(function(pointer, *arguments, error), error)

    @property
    def database(self):
        """Connection string of its database, for the host's own connections: of the private PostgreSQL too."""
        with self._handle as pointer:
            return text(lib.mc_app_database(pointer))

    def migrate(self):
        """Bring the database's schema up to date; does nothing if it is."""
        self._do(lib.mc_app_migrate)

    def check(self):
        """Raise unless the database answers and its schema fits."""
        self._do(lib.mc_app_check)

    def check_images(self):
        """Raise unless pictures can be worked on: the program for that is there, and can be confined."""
        self._do(lib.mc_app_check_images)

    def check_files(self):
        """Raise unless uploaded files can be stored: their folder can be written or made; S3 answers and takes the keys."""
        self._do(lib.mc_app_check_files)

    def step(self):
        """Do the background work that is due; return how many seconds to wait before the next call. For
        hosts with a loop of their own: open(background=False)."""
        with self._handle as pointer:
            return lib.mc_app_step(pointer) / 1000

    def fileno(self):
        """A descriptor that becomes readable when step() should be called before its time is over: an app
        can be given to select, selectors or an event loop of asyncio's as it is."""
        with self._handle as pointer:
            return lib.mc_app_poll_fd(pointer)

    def stats(self):
        """Figures of the app since it was made, as an AppStats record."""
        out = ffi.new("mc_app_stats **")
        with self._handle as pointer:
            code = lib.mc_app_stats_get(out, pointer)
        if code < 0:
            raise _errors.CLASSES[code]("no figures could be read")
        return own(out[0])

    def run(self):
        """Do the background work until stop() is called, or Ctrl-C."""
        try:
            background = self._handle.start_background()
            while not background.ended.wait(0.2):  # short, so that a signal is seen
                pass
        except BaseException:
            self.stop()
            raise

    def run_mail(self):
        """Send the mail that waits, until stop() or close(). Several threads may do so, each for one mail at a time; without any,
        mail waits. Beside it the background work must go on, which hands it the mail.

            threading.Thread(target=app.run_mail, daemon=True).start()
        """
        code = self._handle.run_mail()
        if code < 0:
            raise _errors.CLASSES[code]("mail can't be sent")

    def stop(self):
        """End the background work, and run_mail(); run() returns."""
        self._handle.stop_mail()
        self._handle.stop_background()

    @_docs.with_members("mc_visit", "site_key")
    def session(self, site=None, *, act_as=None, name=None, connection=None, **visit):
        """A session, on a site if one is named by key (site) or by host.

        act_as      who acts: id of a profile, or e-mail address of a user
        name        a wish for that user's name, on the first visit to the site
        connection  of the host's: take part in its transaction, see Session.use()
        """
        code, handle = self._handle.new_session()
        if code < 0:
            raise _errors.CLASSES[code]("no session could be made")
        session = Session(self, handle)
        try:
            if connection is not None:
                session.use(connection)
            if site is not None or visit:
                session.enter(site, **visit)
            if act_as is not None:
                session.act_as(act_as, name)
        except BaseException:
            with contextlib.suppress(_errors.Error):
                session.close()
            raise
        return session

    def add_auth_provider(self, provider, name=None):
        """Let a callable say who shows the credentials of a visit.

        It is called with Credentials, and returns an Identity, or None if they are none of its own;
        or it raises Unauthenticated. What else it raises makes the visit fail with System, and
        is that exception's __cause__. It may be called from several threads at once.
        """
        if not callable(provider):
            raise TypeError("an auth provider must be callable")
        keep = self._handle.kept
        struct = _auth.provider_struct(provider, name or getattr(provider, "__name__", "python"), keep)
        self._do(lib.mc_app_add_auth_provider, struct)

    def auth_provider(self, provider):
        """The same as a decorator."""
        self.add_auth_provider(provider)
        return provider

    def add_sign_in_provider(self, name, begin, end, title=None):
        """Let people sign in at a service that two callables know, which sends them back here.

        It is one of the ways of sign_in_choices_list(), and goes through sign_in_begin() and sign_in_end().
        begin() is called with an AuthFlow and returns the address of the service's page. end() is called
        with what has come back, and returns an Identity; it raises Unauthenticated or Forbidden to refuse.
        Both may be called from several threads at once.
        """
        if not callable(begin) or not callable(end):
            raise TypeError("begin and end must be callable")
        self._do(lib.mc_app_add_auth_provider, _auth.flow_struct(name, begin, end, title, self._handle.kept))

    def set_mailer(self, mailer):
        """Have mail sent by a callable, instead of the server that smtp names. Once, before mail is sent.

        It is called with a Mail, which it sends, or keeps for certain. If it raises InvalidInput, that
        mail will never be sent; NotFound: there is no such mailbox. After any other exception the mail
        is tried again later. It may be called from several threads at once.
        """
        if not callable(mailer):
            raise TypeError("a mailer must be callable")
        self._do(lib.mc_app_set_mailer, _mail.mailer_struct(mailer, self._handle.kept))

    def forget_identities(self):
        """Ask the providers again about everybody, whatever valid_for said."""
        with self._handle as pointer:
            lib.mc_app_forget_identities(pointer)


App.__module__ = "microcosm"


def plain_text(escaped):
    """A title, a name or another short field of a record as plain text, without HTML's escapes: for mail or a terminal."""
    encoded = text_bytes(escaped, "escaped")
    if encoded is None:
        raise TypeError("escaped must be str, not None")
    plain = Buffer()
    code = lib.mc_plain_text(plain.pointer, encoded)
    if code < 0:
        raise _errors.from_struct(None, code)
    return plain.take()


def render(markdown, *, site_url=None, site_domain=None, mention=None):
    """Markdown as HTML that is safe to show; needs no app.

    mention, if given, is called with each @name, and returns the id of the profile that it means,
    or None.
    """
    keep = []
    raised = []
    options = ffi.new("mc_render_options *")
    lib.mc_render_options_init(options, ffi.sizeof("mc_render_options"))
    options.site_url = to_text(site_url, "site_url", keep)
    options.site_domain = to_text(site_domain, "site_domain", keep)
    if mention is not None:
        @ffi.callback("mc_mention_fn", onerror=lambda kind, failure, traceback: raised.append(failure))
        def find(data, name):
            if raised:
                return 0
            try:
                return mention(text(name)) or 0
            except BaseException as failure:  # raised again below: not through C
                raised.append(failure)
                return 0

        options.mention = find
        keep.append(find)
    encoded = text_bytes(markdown, "markdown")
    if encoded is None:
        raise TypeError("markdown must be str, not None")
    html = Buffer()
    code = lib.mc_render(html.pointer, encoded, len(encoded), options)
    if raised:
        raise raised[0]
    if code < 0:
        raise _errors.from_struct(None, code)
    return html.take()
