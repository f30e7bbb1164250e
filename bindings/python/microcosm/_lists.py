"""Lists that are longer than a page, and the change feed."""

import asyncio
import operator

from ._errors import InvalidInput

# The fewest things that a page can have.
FEWEST = 5
# Between two questions for changes that have not happened yet, in seconds.
PAUSE = 0.2


def _key(item):
    """What tells a thing from others in its list."""
    inner = getattr(item, "item", item)
    return type(inner), getattr(inner, "id", inner)


class List:
    """A list that is longer than a page: fetches page after page while it is walked through.

        for conversation in session.conversations.list(limit=50):
            print(conversation.title)

    The list may change meanwhile. Each thing that is there from the beginning of a walk to its end
    is met once: what has moved to an earlier page is looked for there, and nothing is given twice.
    What comes in meanwhile may be met, too. Each walk starts anew.
    """

    __contains__ = None  # would fetch everything, and compare

    def __init__(self, fetch, limit=25, offset=0):
        self._fetch = fetch
        self._limit = limit
        self._offset = offset

    def __repr__(self):
        return f"<List limit={self._limit} offset={self._offset}>"

    def __getitem__(self, index):
        """One of what pages() gives, counted from 0: fetches the pages up to it. For all of it: list(…)."""
        left = operator.index(index)
        if left < 0:
            raise IndexError("a List counts from its begin")
        for page in self.pages():
            if left < len(page):
                return page[left]
            left -= len(page)
        raise IndexError(f"there is nothing at {index}")

    def page(self):
        """The Page at its offset."""
        return self._fetch(self._limit, self._offset)

    def total(self):
        """How many there are now, on all pages. Fetches one."""
        return max(self.page().total - self._offset, 0)

    def pages(self):
        """The pages as they come, by offset: what moves between them meanwhile may be missed."""
        offset = self._offset
        while (page := self._get(self._limit, offset)) is not None:
            yield page
            offset += page.limit  # where a page ends early, the next one begins there
            if offset >= page.total:
                return

    def __iter__(self):
        seen = set()
        offset = self._offset
        while True:
            page = self._get(self._limit, offset)
            before = self._before(offset, page, seen)
            if before is None:
                offset -= self._limit  # all of what stands before is new: begin with that
                continue
            yield from self._new(before, seen)
            yield from self._new(page.items, seen)
            offset += page.limit
            if offset >= page.total:
                break
        if offset > self._offset:
            yield from self._moved_up(seen)

    def _get(self, limit, offset):
        """The page there, or None where the list has come to end before it."""
        try:
            return self._fetch(limit, offset)
        except InvalidInput as failure:
            if offset <= self._offset or not any(field == "offset" for field, _ in failure.faults):
                raise
            return None

    def _before(self, offset, page, seen):
        """What stands just before a page and wasn't met; None if it begins farther ahead.

        It is read after the page, so what moves up between the two is on the page. Whatever goes, the
        others keep their order: if one of these was met, so was all before them.
        """
        if offset <= self._offset:
            return ()
        if page is None:
            return None
        few = self._get(FEWEST, offset - FEWEST)
        if few is None:
            return None
        return few.items if any(_key(item) in seen for item in few.items) else None

    @staticmethod
    def _new(items, seen):
        for item in items:
            if _key(item) not in seen:
                seen.add(_key(item))
                yield item

    def _moved_up(self, seen):
        """What went to the front while its page had not been read yet, such as by a new comment."""
        for page in self.pages():
            new = list(self._new(page.items, seen))
            yield from new
            if not new:
                return


class Changes:
    """What has happened on a site since a cursor, in order.

    Walking through it ends where nothing more has happened yet. Do it again to go on, or keep the
    cursor, and come back with that days later or in another process. `async for` doesn't end: it waits
    for what happens next.
    """

    __contains__ = None

    def __init__(self, ask, cursor=None, limit=None):
        self._ask = ask
        self._limit = limit
        self.cursor = cursor

    def __repr__(self):
        return f"<Changes cursor={self.cursor!r}>"

    def __iter__(self):
        more = True
        while more:
            found = self._ask(self.cursor, self._limit)
            yield from found
            # Moves when all of it has been walked through, so what was left in the middle comes again.
            self.cursor, more = found.cursor, found.more

    async def __aiter__(self):
        """Walk through it without end: what happens meanwhile comes as it happens. Questions are asked on a thread
        of the loop's, so nothing else may use the session meanwhile."""
        loop = asyncio.get_running_loop()
        while True:
            found = await loop.run_in_executor(None, self._ask, self.cursor, self._limit)
            for change in found:
                yield change
            self.cursor = found.cursor
            if not found.more:
                await asyncio.sleep(PAUSE)


List.__module__ = Changes.__module__ = "microcosm"
