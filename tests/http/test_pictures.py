"""Uploaded pictures: docs/http/files.md. Those that are hostile are made here, and none of them does any harm."""

import base64
import os
import re
import struct
import zlib

import pytest

import harness
from test_files import PICTURES, fetch, part, put, upload

SECRET = b"51 degrees north"
SCRIPT = b"<html><script>alert(1)</script></html>"


def png(width, height, *chunks, depth=8):
    """A grey PNG, with other chunks before its pixels."""
    row = bytes((width * depth + 7) // 8 + 1)
    packer = zlib.compressobj(9)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", head), *chunks, (b"IDAT", pixels), (b"IEND", b"")))


def gif(width, height, frames=1, extension=b""):
    """A GIF that moves: each frame is one pixel on a screen of that size."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = (b"\x21\xf9\x04\0\x0a\0\0\0\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0")
    return head + extension + frame * frames + b"\x3b"


def webp(width, height, *chunks):
    """A lossless WebP of one colour, of which no pixel takes a bit."""
    bits, at = 0, 0
    for value, count in ((width - 1, 14), (height - 1, 14), (0, 1), (0, 3), (0, 1), (0, 1), (0, 1), *[(1, 4)] * 5):
        bits |= value << at
        at += count
    data = b"\x2f" + bits.to_bytes((at + 7) // 8, "little")
    body = b"".join(kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
                    for kind, content in ((b"VP8L", data), *chunks))
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def tiff(orientation, link=0):
    """EXIF: an orientation, a text, and where the next directory is said to be."""
    return (b"II*\0" + struct.pack("<IH", 8, 2) + struct.pack("<HHII", 0x0112, 3, 1, orientation)
            + struct.pack("<HHII", 0x010e, 2, len(SECRET), 38) + struct.pack("<I", link) + SECRET)


def exif_png(width, height, orientation, link=0):
    return png(width, height, (b"eXIf", tiff(orientation, link)))


# 16 by 16 pixels of red in the four colours of a printer.
CMYK = base64.b64decode(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAQCwwODAoQDg0OEhEQExgoGhgWFhgxIyUdKDozPTw5Mzg3QEhcTkBEV0U3OFBtUVdfYmdoZz5NcXlwZHhcZWdj/8AA"
    "FAgAEAAQBEMRAE0RAFkRAEsRAP/EABUAAQEAAAAAAAAAAAAAAAAAAAAH/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAA4EQwBNAFkASwAAPwCgJ+n6gAAAAP/Z")


def colours_of(jpeg):
    """How many each pixel has: by the head of its frame."""
    at = 2
    while jpeg[at + 1] not in (0xc0, 0xc1, 0xc2):
        at += 2 + int.from_bytes(jpeg[at + 2:at + 4], "big")
    return jpeg[at + 9]


def apng(width, height, *chunks):
    """A PNG of two frames, which begins with what all programs show."""
    still = png(width, height, (b"acTL", struct.pack(">II", 2, 0)), (b"fcTL", struct.pack(">IIIIIHHBB", 0, width, height, 0, 0, 1, 10, 0, 0)),
                *chunks)
    head, data, end = still.partition(b"\0\0\0\0IEND")
    pixels = re.search(rb"(....)IDAT", still, re.S)
    body = still[pixels.end():pixels.end() + int.from_bytes(pixels[1], "big")]
    more = ((b"fcTL", struct.pack(">IIIIIHHBB", 1, width, height, 0, 0, 1, 10, 0, 0)), (b"fdAT", struct.pack(">I", 2) + body))
    return head + b"".join(struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
                           for kind, content in more) + data + end


# 8 by 4 pixels, two frames.
MOVING_WEBP = base64.b64decode(
    "UklGRoQAAABXRUJQVlA4WAoAAAACAAAABwAAAwAAQU5JTQYAAAAAAAAAAABBTk1GKAAAAAAAAAAAAAcAAAMAAGQAAAJWUDhMDwAAAC8HwAAABxD9j/4H"
    "IqL/AQBBTk1GKAAAAAAAAAAAAAcAAAMAAGQAAABWUDhMDwAAAC8HwAAABxDR//4HIqL/AQA=")


def size(data):
    return data["width"], data["height"]


@pytest.fixture
def author(site):
    return site.newcomer()


class TestKept:
    """What is kept of a picture."""

    @pytest.mark.parametrize("content", [
        exif_png(40, 20, 1), exif_png(40, 20, 1, link=8), png(40, 20, (b"tEXt", b"Comment\0" + SECRET)),
        gif(40, 20, 2, b"\x21\xfe\x10" + SECRET + b"\0"), PICTURES["png"] + SECRET, PICTURES["gif"] + SECRET,
        webp(40, 20, (b"EXIF", tiff(1))), webp(40, 20, (b"XMP ", SECRET)), PICTURES["webp"] + SECRET,
        PICTURES["avif"] + b"\0\0\0\x18uuid" + SECRET],
        ids=["png-exif", "png-exif-loop", "png-comment", "gif-comment", "png-behind", "gif-behind", "webp-exif", "webp-xmp",
             "webp-behind", "avif-box"])
    def test_is_the_picture_alone(self, author, content):
        data = put(author, content)

        assert size(data) in ((40, 20), (5, 3))
        stored = fetch(author, data["fileHash"]).body
        assert SECRET not in stored and len(stored) == data["fileSize"]
        assert put(author, stored)["fileHash"] == data["fileHash"]  # there is no more to be left out

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_is_upright(self, author, orientation):
        data = put(author, exif_png(40, 20, orientation))

        assert size(data) == ((20, 40) if orientation > 4 else (40, 20))

    @pytest.mark.parametrize("extension", PICTURES)
    def test_is_as_small_as_wanted(self, author, extension):
        content = PICTURES[extension]

        data = upload(author, part(content), query="?maxWidth=3&maxHeight=100").data[0]
        assert size(data) == (3, 2) and data["mimeType"] == f"image/{extension}"
        assert len(fetch(author, data["fileHash"]).body) == data["fileSize"]
        same = upload(author, part(content), query="?maxWidth=5&maxHeight=3").data[0]
        assert size(same) == (5, 3) and fetch(author, same["fileHash"]).body == content

    def test_goes_on_moving(self, author):
        data = upload(author, part(gif(40, 20, 3)), query="?maxWidth=10").data[0]

        assert size(data) == (10, 5)
        assert fetch(author, data["fileHash"]).body.count(b"\x21\xf9\x04") == 3

    def test_webp_goes_on_moving(self, author):
        """Without what else was in it, too."""
        riff = MOVING_WEBP[8:] + b"XMP " + struct.pack("<I", len(SECRET)) + SECRET + b"\0" * (len(SECRET) % 2)
        for content, query, wanted in ((MOVING_WEBP, "", (8, 4)), (b"RIFF" + struct.pack("<I", len(riff)) + riff, "", (8, 4)),
                                       (MOVING_WEBP, "?maxWidth=4", (4, 2))):
            data = upload(author, part(content), query=query).data[0]
            stored = fetch(author, data["fileHash"]).body
            assert size(data) == wanted and stored.count(b"ANMF") == 2 and SECRET not in stored
            assert (stored == MOVING_WEBP) == (content == MOVING_WEBP and not query)

    def test_png_goes_on_moving_if_it_can_stay_as_it_is(self, author):
        """Else its first frame is left: no thumbnail moves, nor what was scaled or had more in it."""
        content = apng(400, 200)
        data = put(author, content)
        assert fetch(author, data["fileHash"]).body == content
        small = fetch(author, data["fileHash"], "?width=64").body
        scaled = upload(author, part(content), query="?maxWidth=100").data[0]
        bare = put(author, apng(400, 200, (b"tEXt", b"Comment\0" + SECRET)))
        assert size(scaled) == (100, 50) and size(bare) == (400, 200)
        for still in (small, fetch(author, scaled["fileHash"]).body, fetch(author, bare["fileHash"]).body):
            assert still.startswith(b"\x89PNG") and b"acTL" not in still and b"fdAT" not in still and SECRET not in still

    def test_is_in_the_colours_of_a_screen(self, author):
        """Programs show those of a printer in different ways, or not at all."""
        assert colours_of(CMYK) == 4
        data = put(author, CMYK)
        stored = fetch(author, data["fileHash"]).body
        assert size(data) == (16, 16) and colours_of(stored) == 3
        assert put(author, stored)["fileHash"] == data["fileHash"]

    def test_is_not_a_page_any_more(self, author):
        """A polyglot: a picture with a page in its comment, and one behind its end."""
        for content in (gif(5, 3, 1, b"\x21\xfe" + bytes([len(SCRIPT)]) + SCRIPT + b"\0") + SCRIPT, PICTURES["png"] + SCRIPT):
            data = put(author, content, name="page.html", kind="text/html")
            reply = fetch(author, data["fileHash"], ".html")
            assert SCRIPT not in reply.body and reply.header("Content-Type").startswith("image/")
            assert reply.header("X-Content-Type-Options") == "nosniff"

    @pytest.mark.parametrize("shape", [(65535, 1), (1, 65535)])
    def test_may_be_long(self, author, shape):
        assert size(put(author, png(*shape))) == shape
        assert size(put(author, gif(*shape))) == shape
        assert size(upload(author, part(png(*shape)), query="?maxWidth=600&maxHeight=600").data[0]) in ((600, 1), (1, 600))


class TestThumbnails:
    """Smaller ones, on demand."""

    def test_have_the_width(self, site, author):
        data = put(author, gif(400, 200, 2))
        whole = fetch(author, data["fileHash"])

        small = fetch(author, data["fileHash"], ".gif?width=64")
        assert struct.unpack("<HH", small.body[6:10]) == (64, 32) and small.body.count(b"\x21\xf9\x04") == 2
        assert small.header("Content-Type") == "image/gif" and small.header("X-Content-Type-Options") == "nosniff"
        assert small.header("ETag") != whole.header("ETag") and small.header("Cache-Control") == whole.header("Cache-Control")
        assert fetch(author, data["fileHash"], "?width=64").body == small.body
        fetch(author, data["fileHash"], "?width=64", expect=304, headers=[("If-None-Match", small.header("ETag"))])
        assert fetch(author, data["fileHash"], "?width=512").body == whole.body
        assert fetch(author, data["fileHash"], "?width=0").body == whole.body
        for other in (author, site.owner):  # a thumbnail is no file of its own
            fetch(other, small.header("ETag").strip('"'), expect=404)

    @pytest.mark.parametrize("width", ["1", "65", "4096", "-64", "x", "64.0", "9" * 30])
    def test_have_some_widths_only(self, author, width):
        data = put(author, gif(400, 200))

        fetch(author, data["fileHash"], f"?width={width}", expect=400)

    def test_are_read_by_those_who_read_the_picture(self, site, author):
        data = put(author, gif(400, 200))
        fetch(author, data["fileHash"], "?width=64")
        avatar = f"/api/v1/profiles/{author.profile_id}/attachments"

        fetch(site.guest, data["fileHash"], "?width=64", expect=404)
        author.post(avatar, {"fileHash": data["fileHash"]}, expect=302)
        assert fetch(site.guest, data["fileHash"], "?width=64").header("Cache-Control").startswith("public")

    def test_of_other_files_are_the_files(self, author):
        for content in (b"A bowline.\n", b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"></svg>'):
            data = put(author, content)
            assert fetch(author, data["fileHash"], "?width=64").body == content


# What isn't taken, and what may be: but neither is decoded by the daemon.
HOSTILE = {
    "png of too many pixels": png(10001, 10000, depth=1),
    "png that claims too many": png(5, 3).replace(struct.pack(">II", 5, 3), struct.pack(">II", 2 ** 31 - 1, 2 ** 31 - 1)),
    "png that claims more than there is": png(5, 3).replace(struct.pack(">II", 5, 3), struct.pack(">II", 5000, 3000)),
    "png of no width": png(5, 3).replace(struct.pack(">II", 5, 3), struct.pack(">II", 0, 3)),
    "png without its pixels": PICTURES["png"][:33] + PICTURES["png"][-12:],
    "gif of too many pixels in all frames": gif(5000, 4000, 6),
    "gif of very many frames": gif(65535, 1500, 100000),
    "gif with a picture that isn't there": gif(5, 3).replace(b"\x02\x02\x44\x01", b"\x0c\x02\xff\xff"),
    "webp of too many pixels": webp(16383, 16383),
    "webp that takes much memory": webp(16383, 6100),
    "webp of nothing": b"RIFF\x04\0\0\0WEBP",
    "avif that claims too many": PICTURES["avif"].replace(b"ispe\0\0\0\0" + struct.pack(">II", 5, 3),
                                                          b"ispe\0\0\0\0" + struct.pack(">II", 65535, 65535)),
    "avif that claims other pixels": PICTURES["avif"].replace(b"ispe\0\0\0\0" + struct.pack(">II", 5, 3),
                                                              b"ispe\0\0\0\0" + struct.pack(">II", 5000, 3000)),
    "avif of noise": PICTURES["avif"][:-20] + os.urandom(20),
}
BIG = {
    "png of most pixels": png(10000, 10000, depth=1),
    "png with a profile that grows": png(40, 20, (b"iCCP", b"x\0\0" + zlib.compress(bytes(100 << 20), 9))),
    "png with a text that grows": png(40, 20, (b"zTXt", b"x\0\0" + zlib.compress(bytes(100 << 20), 9))),
}


def resident(daemon):
    """Bytes that the daemon has in memory."""
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmRSS"))


class TestHostile:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_picture_is_refused(self, author, name):
        reply = upload(author, part(HOSTILE[name]), expect=400)

        assert reply.data["errorCode"] == 21 and "picture" in reply.data["errorDetail"]
        assert put(author, PICTURES["png"])["mimeType"] == "image/png"

    @pytest.mark.parametrize("name", BIG)
    def test_picture_that_is_taken_is_harmless(self, author, name):
        reply = upload(author, part(BIG[name]), expect={200, 400})

        assert reply.status == 400 or len(fetch(author, reply.data[0]["fileHash"]).body) < 1 << 20

    def test_pictures_take_no_memory_of_the_daemon(self, daemon, author):
        upload(author, part(PICTURES["png"]))
        before = resident(daemon)

        for content in (*HOSTILE.values(), *BIG.values()):
            upload(author, part(content), expect={200, 400})
        assert resident(daemon) < before + (16 << 20)


class TestProgram:
    """The daemon needs its program for pictures, and says so before it serves."""

    @pytest.mark.parametrize("program, said", [("/nowhere/microcosm-image", "cannot be started"), ("/bin/true", "fails")])
    def test_that_is_missing_is_told_at_the_start(self, database, program, said):
        daemon = harness.Daemon(database, arguments=["--image-program", program])

        with pytest.raises(AssertionError, match="ended with 1"):
            daemon.start()
        assert program in daemon.log() and said in daemon.log()
