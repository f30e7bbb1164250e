"""A mail server for tests, of Debian's python3-aiosmtpd: keeps what it takes, and misbehaves when told to.

What happens to a mail is decided by `fate(recipient, bytes)`: None takes it; a text is the answer instead, such as
"451 later"; "close" and "hang" do that where the answer to the message is due. What hangs is closed after `hangs` seconds
(None: never) or once `released` is set, which doesn't depend on how long a busy machine takes for those that don't.
"""

import asyncio
import contextlib
import logging
import pathlib
import socket
import ssl
import subprocess
import threading
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)  # connections are cut on purpose
warnings.filterwarnings("ignore", module="aiosmtpd")


class Server(SMTP):
    """Counts connections."""

    def connection_made(self, transport):
        self.event_handler.connections += 1
        super().connection_made(transport)


class Sink:
    """With `with`. taken: (sender, recipient, bytes) in order; port: where it listens."""

    def __init__(self, fate=None, rcpt=None, password=None, tls=None, starttls=None, port=0, hangs=None):
        self.fate, self.password = fate or (lambda recipient, data: None), password
        self.rcpt = {} if rcpt is None else rcpt
        self.tls, self.starttls = tls, starttls
        self.taken, self.connections, self.tried = [], 0, 0
        self.released, self.port, self.hangs = None, port, hangs

    def authenticate(self, server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login.decode(), data.password.decode()) == self.password, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.tried += 1
        [recipient] = envelope.rcpt_tos
        fate = self.fate(recipient, envelope.content)
        if fate == "hang":
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.released.wait(), self.hangs)
        if fate in ("hang", "close"):
            server.transport.abort()
            return "421 closing"
        if fate is not None:
            return fate
        self.taken.append((envelope.mail_from, recipient, envelope.content))
        return "250 taken"

    def make(self):
        return Server(self, loop=self.loop, hostname="sink.example", tls_context=self.starttls,
                      require_starttls=self.starttls is not None, auth_required=self.password is not None,
                      auth_require_tls=False, authenticator=self.authenticate if self.password else None,
                      enable_SMTPUTF8=False)

    async def listen(self):
        self.released = asyncio.Event()
        self.server = await self.loop.create_server(self.make, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self.server.sockets[0].getsockname()[1]

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda loop, context: None)  # connections that are cut are meant to be
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self.listen(), self.loop).result()
        return self

    def __exit__(self, *exception):
        self.loop.call_soon_threadsafe(self.released.set)
        self.loop.call_soon_threadsafe(self.server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(60)


def certificate(folder, host="localhost"):
    """A server's context with a certificate of its own, and the file to trust it by."""
    key, file = pathlib.Path(folder) / "key.pem", pathlib.Path(folder) / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", file, "-days", "2",
                    "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return context, file


@contextlib.contextmanager
def deaf():
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
