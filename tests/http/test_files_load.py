"""Many large uploads at once take little memory of the daemon, wherever files are kept."""

import os
import socket
import threading

import pytest

import harness
from test_files import BOUNDARY, PATH, TYPE
from test_framing import has_sanitizer

UPLOADS = 64
SIZE = 10 << 20
STEP = 64 << 10
MOST = 100 * 1000 * 1000  # bytes of the daemon in memory


def peak(daemon):
    """The most bytes that the daemon has had in memory."""
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM"))


class Upload:
    """Sends its file but for the last piece, then waits for the others: so that all are on their way at once."""

    def __init__(self, client, number, together):
        self.client, self.number, self.together, self.answer = client, number, together, b""

    def run(self):
        block = os.urandom(STEP)
        head = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="{self.number}.bin"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n").encode()
        end = f"\r\n--{BOUNDARY}--\r\n".encode()
        with socket.create_connection(("127.0.0.1", self.client.daemon.port), timeout=harness.DEADLINE) as wire:
            wire.sendall((f"POST {PATH} HTTP/1.1\r\nHost: {self.client.host}\r\nAuthorization: Bearer {self.client.token}\r\n"
                          f"Content-Type: {TYPE}\r\nContent-Length: {len(head) + SIZE + len(end)}\r\nConnection: close\r\n\r\n").encode())
            wire.sendall(head)
            for _ in range(SIZE // STEP - 1):
                wire.sendall(block)
            self.together.wait(harness.DEADLINE)
            wire.sendall(block + end)
            while piece := wire.recv(65536):
                self.answer += piece


@pytest.mark.skipif(has_sanitizer(), reason="a sanitizer takes memory of its own")
def test_many_large_uploads_at_once(database):
    daemon = harness.Daemon(database, arguments=["--threads", str(UPLOADS + 16), "--profile-files", str(UPLOADS * SIZE * 2)])
    try:
        site = harness.Site(daemon.start())
        client, together = site.newcomer(), threading.Barrier(UPLOADS)
        uploads = [Upload(client, number, together) for number in range(UPLOADS)]
        threads = [threading.Thread(target=upload.run) for upload in uploads]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [upload.answer[:15] for upload in uploads] == [b"HTTP/1.1 200 OK"] * UPLOADS
        assert site.sql("SELECT count(*), sum(byte_count) FROM microcosm.files WHERE is_stored") == [(UPLOADS, UPLOADS * SIZE)]
        assert peak(daemon) < MOST
        site.close()
    finally:
        daemon.close()
