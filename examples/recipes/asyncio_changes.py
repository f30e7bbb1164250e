"""Tells of each change on a site as it happens, in a program of asyncio's.

    asyncio_changes.py CONNINFO SITE

Calls that wait for the database run on threads, so the loop goes on with other work meanwhile.
"""

import asyncio
import signal
import sys

import microcosm


async def tell(session):
    async for change in session.changes.since("now"):
        print(change.action, change.item_type, change.item_id, flush=True)


async def main(database, site):
    with microcosm.open(database=database) as forum, forum.session(site) as session:
        telling = asyncio.ensure_future(tell(session))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, telling.cancel)
        print("ready", flush=True)
        await asyncio.gather(telling, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
