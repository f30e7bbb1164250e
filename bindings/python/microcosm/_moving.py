"""A community as files, and back: calls that tell how far they are."""

import os

from ._files import callback
from ._library import ffi, lib
from ._records import own
from ._values import text_bytes, to_int64


def _teller(progress):
    @callback("bool(void *, const char *, int64_t, int64_t)", False)
    def tell(data, stage, done, total):
        return progress(ffi.string(stage).decode(), done, total) is not False

    return tell


class _Options:
    """A struct of options, and what it has pointers to."""

    def __init__(self, name):
        self.given = ffi.new(f"{name} *", {"size": ffi.sizeof(name)})
        self._kept = []

    def text(self, member, value):
        encoded = text_bytes(value, member)
        if encoded is not None:
            text = ffi.new("char[]", encoded)
            setattr(self.given, member, text)
            self._kept.append(text)

    def progress(self, progress):
        if progress is not None:
            teller = self.given.progress = _teller(progress)
            self._kept.append(teller)


class Moving:
    """What a Session does with a whole site."""

    __slots__ = ()

    def site_export(self, path, *, progress=None):
        """Write all that is on the session's site into files: an archive if path ends with .tar.zst, else a folder.

        Returns a MoveReport. progress is called with what is done, such as "comments", how much of it, and how much there
        is, about. It may return False to end the call (Busy), and may not use the session.
        """
        options = _Options("mc_export_options")
        options.progress(progress)
        return self._move(lib.mc_site_export, path, options)

    def site_import(self, path, site_key, *, title=None, product=None, owner_id=0, dry_run=False, progress=None):
        """Import a forum's files into the site of that key, which is made if there is none; returns a MoveReport.

        owner_id is who is to own a new site, by the id in the files. With dry_run all is read and checked, and nothing is
        changed. progress: as of site_export(). An import that was ended goes on when it is called again.
        """
        options = _Options("mc_import_options")
        options.text("site_key", site_key)
        options.text("title", title)
        options.text("product", product)
        options.given.owner_id = to_int64(owner_id, "owner_id")
        options.given.dry_run = lib.MC_YES if dry_run else lib.MC_NO
        options.progress(progress)
        return self._move(lib.mc_site_import, path, options)

    def _move(self, call, path, options):
        out = ffi.new("mc_move_report **")
        where = ffi.new("char[]", os.fsencode(path))
        with self._using() as pointer:
            code = call(out, pointer, where, options.given)
            if code < 0:
                raise self._failure(pointer, code)
            return own(out[0])
