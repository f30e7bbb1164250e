"""Files: uploaded from a path, a file object or bytes, and downloaded to one."""

import collections.abc
import os

from . import _errors
from ._library import ffi, lib
from ._records import BY_NAME, own
from ._values import text_bytes, to_int64

_FAILED = _errors.System.code


def callback(signature, failed):
    """A function for C: what it raises is kept, and chained to the exception of the call."""
    return ffi.callback(signature, error=failed, onerror=lambda kind, failure, traceback: _errors.remember(failure))


class _Pieces:
    """Reads what an iterable of bytes gives, such as a generator."""

    def __init__(self, pieces):
        self._pieces = iter(pieces)
        self._left = memoryview(b"")

    def read(self, size):
        while not self._left:
            try:
                self._left = memoryview(next(self._pieces)).cast("B")
            except StopIteration:
                return b""
        piece, self._left = self._left[:size], self._left[size:]
        return piece


def _reader(stream):
    @callback("int64_t(void *, void *, size_t)", _FAILED)
    def read(data, out, size):
        piece = stream.read(size)
        if piece is None:
            raise BlockingIOError("the file must wait for its bytes: it doesn't block")
        if isinstance(piece, str):
            raise TypeError("the file must be opened in binary mode")
        if len(piece) > size:
            raise ValueError("read() gave more bytes than it was asked for")
        ffi.memmove(out, piece, len(piece))
        return len(piece)

    return read


def _taker(write):
    """write(), called until it has taken all: what isn't buffered may take less."""

    def take(piece):
        taken = write(piece)
        while isinstance(taken, int) and taken < len(piece):
            if taken <= 0:
                raise OSError("write() takes nothing")
            piece = piece[taken:]
            taken = write(piece)

    return take


def _teller(progress):
    @callback("bool(void *, int64_t)", False)
    def tell(data, count):
        return progress(count) is not False

    return tell


def _set_source(upload, source, keep):
    """Where the bytes come from; the file's own name, if C doesn't find it itself."""
    if isinstance(source, (str, os.PathLike)):
        encoded = os.fsencode(source)
        if 0 in encoded:
            raise ValueError("a path can't have a NUL in it")
        path = ffi.new("char[]", encoded)
        upload.path = path
        keep.append(path)
        return None
    if isinstance(source, (bytes, bytearray, memoryview)):
        content = bytes(source)
        keep.append(content)
        upload.bytes = ffi.from_buffer("char[]", content)
        upload.length = len(content)
        return None
    if not hasattr(source, "read"):
        if not isinstance(source, collections.abc.Iterable):
            raise TypeError(f"a file comes from a path, a file object, bytes or pieces of them, not {type(source).__name__}")
        source = _Pieces(source)
    reader = upload.read = _reader(source)
    keep.append(reader)
    name = getattr(source, "name", None)
    return os.fsencode(name) if isinstance(name, str) else None


def _describe(upload, keep, source, name=None, progress=None, max_width=0, max_height=0, content_type=None):
    """Fill in an mc_file_upload, which is good as long as keep."""
    own_name = _set_source(upload, source, keep)
    texts = {"file_name": own_name if name is None else text_bytes(name, "name"),
             "content_type": text_bytes(content_type, "content_type")}
    for member, encoded in texts.items():
        if encoded is not None:
            keep.append(ffi.new("char[]", encoded))
            setattr(upload, member, keep[-1])
    if progress is not None:
        teller = upload.progress = _teller(progress)
        keep.append(teller)
    upload.max_width = to_int64(max_width, "max_width")
    upload.max_height = to_int64(max_height, "max_height")


def _blank():
    return ffi.new("mc_file_upload *", {"size": ffi.sizeof("mc_file_upload"), "descriptor": -1})


class Transfers:
    """What a Session does with files, beside session.files.get()."""

    __slots__ = ()

    def upload(self, source, name=None, *, progress=None, max_width=0, max_height=0, content_type=None):
        """Upload a file from a path, a file object in binary mode, bytes, or pieces of them (a generator); returns a File.

        name is for people, by default the file's own. progress is called with the bytes that have come so
        far, and may return False to end the upload (Busy). A picture is made no larger than max_width and
        max_height, if they are given. content_type is what its sender says that it is: what is said to be a
        picture and is none is refused (InvalidInput). Neither function may use the session.
        """
        keep, given = [], _blank()
        _describe(given, keep, source, name, progress, max_width, max_height, content_type)
        out = ffi.new("mc_file **")
        with self._using() as pointer:
            code = lib.mc_file_put(out, pointer, given)
            if code < 0:
                raise self._failure(pointer, code)
            return own(out[0])

    def upload_all(self, sources, *, progress=None, max_width=0, max_height=0):
        """Upload several, all or none: sources as upload() takes them, or pairs of source and name. Returns a FileList."""
        keep, rest = [], iter(sources)

        @callback("int(void *, mc_file_upload *)", _FAILED)
        def next_one(data, upload):
            try:
                source = next(rest)
            except StopIteration:
                return 0
            source, name = source if isinstance(source, tuple) else (source, None)
            _describe(upload, keep, source, name, progress, max_width, max_height)
            return 1

        out = ffi.new("mc_file_list **")
        with self._using() as pointer:
            code = lib.mc_files_put(out, pointer, next_one, ffi.NULL)
            if code < 0:
                raise self._failure(pointer, code)
            return own(out[0])

    def download(self, file, to=None, *, offset=0, length=-1):
        """The bytes of a File, an Attachment, or of the file with that hash; with to, a path or a file object, written there.

        offset and length choose a part; -1 is all that follows. The session is in use meanwhile.
        """
        file = self._file(file)
        if isinstance(to, (str, os.PathLike)):
            with open(to, "wb") as opened:
                self._send(file, _taker(opened.write), offset, length)
            return None
        if to is not None:
            self._send(file, _taker(to.write), offset, length)
            return None
        pieces = []
        self._send(file, pieces.append, offset, length)
        return b"".join(pieces)

    def download_link(self, file, seconds):
        """An address at which everybody can fetch the bytes for that long; only where files are in S3."""
        file = self._file(file)
        with self._using() as pointer:
            buffer = self._buffer()
            buffer.clear()
            code = lib.mc_file_link(buffer.pointer, pointer, file._pointer, to_int64(seconds, "seconds"))
            if code < 0:
                raise self._failure(pointer, code)
            return buffer.take()

    def _file(self, file):
        if isinstance(file, BY_NAME["Attachment"]):
            file = file.file_hash
        if isinstance(file, str):
            file = self.file_get(file)
        if not isinstance(file, BY_NAME["File"]):
            raise TypeError(f"file must be a File, an Attachment or a hash, not {type(file).__name__}")
        return file

    def _send(self, file, take, offset, length):
        @callback("int(void *, const void *, size_t)", _FAILED)
        def write(data, content, size):
            take(bytes(ffi.buffer(content, size)))
            return 0

        with self._using() as pointer:
            code = lib.mc_file_read(pointer, file._pointer, to_int64(offset, "offset"), to_int64(length, "length"),
                                    write, ffi.NULL)
            if code < 0:
                raise self._failure(pointer, code)
