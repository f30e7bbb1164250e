#!/usr/bin/python3
"""What a call costs more from Python than from C: with_postgres bench_calls.py BENCH_CALLS [CALLS]

BENCH_CALLS is the program of tests/support/bench_calls.c; both read the same warm page of 25 comments,
as a guest, in one session. Measured is processor time: waiting for the database is no cost of a
binding's. They take turns, so that what else the machine does falls on both; the median counts.

Further rows are the binding alone: calls that the library answers at once, and reading attributes.
With --most=MICROSECONDS the exit status is 1 if a call costs more than that besides C's.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import time

import microcosm
from microcosm import _records

SERVER = os.environ["MICROCOSM_TEST_DATABASE"]
TURNS = 5


def make_database():
    """A database of its own, for an ordinary role as it is used by."""
    name = f"bench_python_{os.getpid()}"
    subprocess.run(["psql", "-Xq", SERVER, "-c", f"CREATE DATABASE {name} TEMPLATE microcosm OWNER microcosm"], check=True)
    return re.sub(r"\b(dbname|user)=\S+", "", SERVER).strip() + f" dbname={name} user=microcosm"


def make_page(app):
    """A site with a conversation of 25 comments of some length; return its id."""
    with app.session() as session:
        session.site_create("owner@example.org", title="Bench", subdomain_key="bench")
    with app.session("bench", act_as="owner@example.org") as session:
        forum = session.microcosm_create(title="Talk", description="Of anything")
        conversation = session.conversation_create(microcosm_id=forum, title="A page of 25")
        for number in range(25):
            session.comment_create(item_type="conversation", item_id=conversation,
                                   markdown=f"Comment {number}: " + "some *words* that make a line " * 20)
    return conversation


def microseconds(call, calls):
    start = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - start) / calls * 1e6


def refused(session):
    """A call that the library refuses at once: the session has entered no site."""
    try:
        session.conversation_get(1, limit=25)
    except microcosm.BadState:
        pass


def read_page(page):
    """What a template would show of a page, read anew."""
    again = _records.wrap(page._pointer, page)
    for comment in again.comments.items:
        comment.html, comment.meta.created, comment.meta.created_by.profile_name


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("calls", type=int, nargs="?", default=1000)
    parser.add_argument("--most", type=float)
    options = parser.parse_args()
    database = make_database()
    with microcosm.open(database=database) as app:
        conversation = make_page(app)
        with app.session("bench") as session:
            rows = measure(options, database, session, conversation)
    print(f"{'':38}{'C':>10}{'Python':>10}{'overhead':>10}   µs of processor time, median of {TURNS} turns")
    for name, in_c, in_python, overhead in rows:
        print(f"{name:38}{in_c:>10}{in_python:10.2f}{overhead:10.2f}")
    slowest = max(overhead for name, _, _, overhead in rows)
    return 1 if options.most and slowest > options.most else 0


def measure(options, database, session, conversation):
    """(what, time in C, time in Python, difference) of each call that is measured."""
    calls = options.calls
    in_c = {"get": [], "json": []}
    in_python = {"get": [], "json": []}
    works = {"get": lambda: session.conversation_get(conversation), "json": lambda: session.conversation_json(conversation)}
    for work in works.values():
        microseconds(work, calls // 10 + 1)
    for _ in range(TURNS):
        done = subprocess.run([options.program, database, "bench", str(conversation), str(calls)], check=True,
                              stdout=subprocess.PIPE, text=True)
        for name, took in re.findall(r"(\w+) ([\d.]+)", done.stdout):
            in_c[name].append(float(took))
        for name, work in works.items():
            in_python[name].append(microseconds(work, calls))
    rows = []
    for name in works:
        c, python = statistics.median(in_c[name]), statistics.median(in_python[name])
        rows.append((f"conversation_{name}, warm page", f"{c:.2f}", python, python - c))
    outside = session.app.session()
    page = session.conversation_get(conversation)
    reads = len(page.comments.items) * 5 + 2
    for name, work, share in (("a question to the session", lambda: session.site_id, 1),
                              ("a call refused at once, and raised", lambda: refused(outside), 1),
                              ("an attribute read the first time", lambda: read_page(page), reads)):
        took = statistics.median(microseconds(work, calls // share + 1) for _ in range(TURNS)) / share
        rows.append((name, "-", took, took))
    outside.close()
    return rows


if __name__ == "__main__":
    sys.exit(main())
