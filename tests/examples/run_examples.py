#!/usr/bin/env python3
"""Runs each example as a person would and looks at what it did.

    with_postgres run_examples.py MICROCOSMD FOLDER_OF_EXAMPLES THREADS_JSON

with_postgres provides the PostgreSQL and says where in MICROCOSM_TEST_DATABASE.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time

microcosmd, examples, threads_file = sys.argv[1:4]
server = os.environ["MICROCOSM_TEST_DATABASE"]
passed = 0


def run(*command, expect=0):
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode != expect:
        sys.exit(f"{' '.join(command)}\nended with {done.returncode}, not {expect}\n{done.stdout}{done.stderr}")
    return done.stdout


def check(what, ok, seen=""):
    global passed
    if not ok:
        sys.exit(f"failed: {what} {seen}")
    passed += 1
    print("ok:", what)


def sql(query, database):
    return run("psql", "-XAtq", database, "-c", query).strip()


def example(name, *arguments, expect=0):
    return run(os.path.join(examples, name), *arguments, expect=expect)


def check_host_users(as_owner):
    check("host_users: without a cookie one is a guest", example("host_users", as_owner, "demo") == "a guest\n")
    rowan = example("host_users", as_owner, "demo", "c1")
    check("host_users: a cookie of the host's is a profile of the forum's", re.match(r"Rowan, profile \d+\n", rowan), rowan)
    check("host_users: and the same one next time", example("host_users", as_owner, "demo", "c1") == rowan)
    for cookie, who in (("c2", "whom the host locks out"), ("forged", "who is unknown to it")):
        printed = example("host_users", as_owner, "demo", cookie, expect=1)
        check(f"host_users: {who} stays out", printed == "", printed)
    check("host_users: leaves no token", sql("SELECT count(*) FROM microcosm.access_tokens", as_owner) == "0")


def check_host_sign_in(as_owner):
    page, cookie = example("host_sign_in", as_owner, "demo").split()
    check("host_sign_in: sends to the club", re.match(r"https://club\.example/login\?state=[\w-]+&challenge=[\w-]+&site=demo$", page), page)
    state, challenge = re.search(r"state=([^&]+)&challenge=([^&]+)", page).groups()

    def ticket(name, of):
        sql(f"INSERT INTO tickets VALUES ('{name}', '{of}', 'cleo@example.org', 'Cleo')", as_owner)
        return name
    stolen = ticket("t1", challenge[::-1])
    for words, who in (((cookie, "another", stolen), "another browser's state"), ((cookie, state, stolen), "another browser's ticket"),
                       ((cookie, state, "forged"), "a ticket that is none")):
        check(f"host_sign_in: refuses {who}", example("host_sign_in", as_owner, "demo", *words, expect=1) == "")
    mine = (cookie, state, ticket("t2", challenge))
    check("host_sign_in: takes the club's word", "/auth0login/?code=" in example("host_sign_in", as_owner, "demo", *mine))
    check("host_sign_in: once", example("host_sign_in", as_owner, "demo", *mine, expect=1) == "")
    check("host_sign_in: makes a user of who has come",
          sql("SET microcosm.site_id = 0; SELECT profile_name FROM microcosm.profiles p JOIN microcosm.users u USING (user_id)"
              " WHERE u.email = 'cleo@example.org'", as_owner) == "Cleo")


def wait_for_older_transactions(as_owner):
    """The feed tells nothing that is newer than the oldest transaction of the server, whosever that is."""
    deadline = time.monotonic() + 120
    while sql("SET microcosm.site_id = 0; SELECT count(*) FROM microcosm.changes"
              " WHERE transaction >= pg_snapshot_xmin(pg_current_snapshot())", as_owner) != "0":
        if time.monotonic() > deadline:
            sys.exit("failed: some transaction of this server doesn't end")
        time.sleep(0.1)


def check_follow_changes(as_owner, conversation):
    wait_for_older_transactions(as_owner)
    with tempfile.TemporaryDirectory() as folder:
        cursor = os.path.join(folder, "cursor")
        arguments = ("--database", as_owner, "demo", cursor)
        first = example("follow_changes", *arguments, "--once")
        check("follow_changes: begins with the oldest change", " create   conversation " in first
              and first.splitlines() == sorted(first.splitlines(), key=lambda line: line[:20]), first)
        check("follow_changes: goes on where it was", example("follow_changes", *arguments, "--once") == "")
        printed = os.path.join(folder, "printed")
        with open(printed, "w", encoding="utf-8") as output, subprocess.Popen(
                [os.path.join(examples, "follow_changes"), *arguments], stdout=output) as follower:
            example("host_transaction", as_owner, "demo", conversation, "seller@example.org", "Yawl")
            deadline = time.monotonic() + 120
            while f"on conversation {conversation} by profile" not in (seen := read(printed)):
                if time.monotonic() > deadline:
                    follower.kill()
                    sys.exit(f"failed: follow_changes doesn't hear of a comment: {seen}")
                time.sleep(0.05)
            follower.terminate()
            check("follow_changes: hears of what is written meanwhile, and stops when asked", follower.wait(120) == 0)
        seen = read(printed)
        again = example("follow_changes", *arguments, "--once")  # what else has come with the comment may not have been told yet
        check("follow_changes: has noted that too", not set(again.splitlines()) & set(seen.splitlines()), again)
        with open(cursor, "w", encoding="utf-8") as file:
            file.write("nonsense")
        example("follow_changes", *arguments, "--once", expect=1)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    name = f"examples_{os.getpid()}"
    conninfo = re.sub(r"dbname=\S+", "", server) + f" dbname={name}"
    # The forum is used by an ordinary role: superusers would pass by the second wall.
    as_owner = re.sub(r"user=\S+", "", conninfo) + " user=microcosm"
    run("psql", "-Xq", server, "-c", f"CREATE DATABASE {name} TEMPLATE microcosm OWNER microcosm")
    run(microcosmd, "site", "create", "demo", "--title", "Demo", "--owner", "owner@example.org", "--database", as_owner)

    with open(threads_file, encoding="utf-8") as f:
        threads = json.load(f)
    example("load_threads", "--database", as_owner, "--site", "demo", threads_file)
    # What an author says twice in a few minutes is there once, and so is a thread begun twice.
    kept = {}
    for thread in threads:
        for message in thread["messages"]:
            key = (thread["title"], thread["messages"][0]["author"], message["author"], message["text"])
            kept.setdefault(key, message["inReplyTo"])
    messages = len(kept)
    replies = sum(1 for answered in kept.values() if answered)
    conversations = len({key[:2] for key in kept})
    as_platform = "SET microcosm.site_id = 0; "
    loaded = sql(as_platform + "SELECT count(*) FROM microcosm.comments", as_owner)
    check("load_threads loads every message", loaded == str(messages), f"({loaded} of {messages})")
    check("load_threads keeps replies",
          sql(as_platform + "SELECT count(*) FROM microcosm.comments WHERE in_reply_to IS NOT NULL", as_owner)
          == str(replies))

    listing = example("list_conversations", "--database", as_owner, "demo")
    check("list_conversations lists every thread", listing.count("conversation ") == conversations, listing)
    check("list_conversations says what a site is not", "no such site" in
          subprocess.run([os.path.join(examples, "list_conversations"), "--database", as_owner, "nowhere"],
                         capture_output=True, text=True).stderr)

    conversation = sql(as_platform + "SELECT min(item_id) FROM microcosm.items", as_owner)
    arguments = (as_owner, "demo", conversation, "seller@example.org")
    example("host_transaction", *arguments, "Dinghy", "--rollback")
    check("host_transaction: a rollback takes the comment along",
          sql(as_platform + "SELECT count(*) FROM microcosm.comments", as_owner) == str(messages)
          and sql("SELECT count(*) FROM offers", as_owner) == "0")
    example("host_transaction", *arguments, "Cutter")
    check("host_transaction: a commit keeps both",
          sql(as_platform + "SELECT count(*) FROM microcosm.comments", as_owner) == str(messages + 1)
          and sql("SELECT boat FROM offers", as_owner) == "Cutter")
    check_host_users(as_owner)
    check_host_sign_in(as_owner)
    check_follow_changes(as_owner, conversation)
    for name in ("load_threads", "list_conversations", "host_transaction", "host_users", "host_sign_in", "follow_changes"):
        example(name, expect=2)
    print(f"{passed} passed, 0 failed")


main()
