"""Files from a path, a file object and bytes, and to one."""

import hashlib
import io
import itertools
import os

import pytest

import microcosm

_numbers = itertools.count()


@pytest.fixture
def content():
    return b"A bowline, number %d.\n" % next(_numbers) * 20000


def test_from_bytes(skipper, content):
    file = skipper.upload(content, "rope.txt")

    assert file.file_hash == hashlib.sha1(content).hexdigest() and file.file_size == len(content)
    assert (file.file_name, file.file_ext, file.mime_type, file.width) == ("rope.txt", "txt", "text/plain", 0)
    assert file.is_inline and not file.is_public and file.created
    assert skipper.download(file) == skipper.download(file.file_hash) == content
    assert skipper.download(file, offset=5, length=10) == content[5:15]
    assert skipper.files.get(file.file_hash).file_name == "rope.txt"
    assert skipper.files[file.file_hash].sha256 == hashlib.sha256(content).hexdigest()


def test_from_a_path_to_a_path(skipper, content, tmp_path):
    (tmp_path / "knöpfe.txt").write_bytes(content)

    for source in (tmp_path / "knöpfe.txt", str(tmp_path / "knöpfe.txt")):
        file = skipper.upload(source)
        assert file.file_name == "knöpfe.txt"
        assert skipper.download(file, tmp_path / "copy") is None
        assert (tmp_path / "copy").read_bytes() == content


def test_from_a_file_object_to_one(skipper, content, tmp_path):
    (tmp_path / "rope.txt").write_bytes(content)
    out = io.BytesIO()

    with open(tmp_path / "rope.txt", "rb") as opened:
        file = skipper.upload(opened)
    assert file.file_name == "rope.txt"
    assert skipper.upload(io.BytesIO(content), "other").file_hash == file.file_hash
    skipper.download(file, out)
    assert out.getvalue() == content


def test_of_several(skipper, content, tmp_path):
    (tmp_path / "rope.txt").write_bytes(content)

    files = skipper.upload_all([content + b"1", (content + b"2", "two.txt"), tmp_path / "rope.txt", io.BytesIO(b"4")])
    assert [file.file_name for file in files] == ["file", "two.txt", "rope.txt", "file"]
    assert [skipper.download(file) for file in files] == [content + b"1", content + b"2", content, b"4"]


def test_tells_how_far_it_is(skipper, content):
    told = []

    skipper.upload(io.BytesIO(content), progress=told.append)
    assert told == sorted(told) and told[-1] == len(content) and len(told) > 3
    with pytest.raises(microcosm.Busy):
        skipper.upload(io.BytesIO(content), progress=lambda count: False)


def test_from_pieces(skipper, content):
    """A generator, whose pieces are as long as they happen to be."""
    pieces = [b"", content[:1], bytearray(content[1:70000]), memoryview(content)[70000:]]

    file = skipper.upload((piece for piece in pieces), "rope.txt")
    assert (file.file_name, skipper.download(file)) == ("rope.txt", content)
    with pytest.raises(microcosm.System) as failure:
        skipper.upload(iter(["text"]))
    assert isinstance(failure.value.__cause__, TypeError)


def test_of_names_that_are_no_text(skipper, content, tmp_path):
    path = os.fsencode(tmp_path) + b"/k\xf6pfe.txt"
    with open(path, "wb") as made:
        made.write(content)

    assert skipper.upload(os.fsdecode(path)).file_name == "köpfe.txt"
    with open(os.fsdecode(path), "rb") as opened:
        assert skipper.upload(opened).file_name == "köpfe.txt"
    with pytest.raises(ValueError):
        skipper.upload(os.fsdecode(path) + "\0.txt")


class Unready(io.RawIOBase):
    """Has no bytes yet, which isn't its end."""
    def read(self, size=-1):
        return None


def test_of_what_does_not_wait(skipper):
    with pytest.raises(microcosm.System) as failure:
        skipper.upload(Unready())
    assert isinstance(failure.value.__cause__, BlockingIOError)


class Narrow(io.RawIOBase):
    """Takes less than it is given, as pipes do."""
    def __init__(self):
        self.got = b""

    def write(self, piece):
        self.got += piece[:1000]
        return min(1000, len(piece))


def test_to_what_takes_less(skipper, content):
    narrow = Narrow()

    skipper.download(skipper.upload(content), narrow)
    assert narrow.got == content


def test_of_what_is_attached(skipper, content):
    """An attachment leads to its file, and its place in a list to it."""
    file = skipper.upload(content, "rope.txt")
    with pytest.raises(TypeError, match="give its .file_hash"):
        skipper.attachments.set("profile", skipper.profile_id, file_hash=file)
    skipper.attachments.set("profile", skipper.profile_id, file_hash=file.file_hash)

    attached = skipper.attachments.list("profile", skipper.profile_id, limit=5)
    everything = list(attached)
    last = everything[-1]
    assert skipper.download(last) == content
    assert attached[0].file_hash == everything[0].file_hash
    assert attached[len(everything) - 1].file_hash == file.file_hash
    for index in (len(everything), -1):
        with pytest.raises(IndexError):
            attached[index]


def test_of_what_is_said_to_be_a_picture(skipper, content):
    with pytest.raises(microcosm.InvalidInput) as failure:
        skipper.upload(content, content_type="image/png")
    assert "picture" in str(failure.value) and failure.value.reason == 21
    assert skipper.upload(content, content_type="text/html").mime_type == "text/plain"


class Failing(io.RawIOBase):
    def read(self, size=-1):
        raise KeyError("no more rope")


def test_chains_what_a_function_raises(skipper, content):
    with pytest.raises(microcosm.System) as failure:
        skipper.upload(Failing())
    assert isinstance(failure.value.__cause__, KeyError)
    with pytest.raises(microcosm.Busy) as failure:
        skipper.upload(content, progress=lambda count: 1 / 0)
    assert isinstance(failure.value.__cause__, ZeroDivisionError)
    with pytest.raises(microcosm.System) as failure:
        skipper.upload(io.StringIO("text"))
    assert isinstance(failure.value.__cause__, TypeError)
    file = skipper.upload(content)
    with pytest.raises(microcosm.System) as failure:
        skipper.download(file, Failing())
    assert failure.value.__cause__ is not None
    with pytest.raises(microcosm.Error) as failure:
        skipper.upload_all([content, Failing()])
    assert isinstance(failure.value.__cause__, KeyError)


def test_functions_must_not_use_the_session(skipper, content):
    with pytest.raises(microcosm.Busy) as failure:
        skipper.upload(content, progress=lambda count: skipper.files.get("0" * 40))
    assert isinstance(failure.value.__cause__, microcosm.BadState)


def test_refuses(app, skipper, content, tmp_path):
    for source in (None, 5, object()):
        with pytest.raises(TypeError):
            skipper.upload(source)
    with pytest.raises(microcosm.InvalidInput):
        skipper.upload(b"")
    with pytest.raises(microcosm.System):
        skipper.upload(tmp_path / "missing")
    with pytest.raises(TypeError):
        skipper.download(5)
    with pytest.raises(microcosm.NotFound):
        skipper.download("0" * 40)
    file = skipper.upload(content)
    with pytest.raises(microcosm.Unsupported):
        skipper.download_link(file, 60)  # only where files are in S3
    with pytest.raises(microcosm.InvalidInput):
        skipper.download(file, offset=len(content) + 1)
    with app.session("harbour") as guest:
        with pytest.raises(microcosm.Forbidden):
            guest.upload(content)
        with pytest.raises(microcosm.NotFound):
            guest.download(file.file_hash)
