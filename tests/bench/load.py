"""The two that make load: wrk over HTTP, pgbench on the database. Whatever goes wrong in them ends the run."""

import itertools
import json
import os
import re
import resource
import subprocess

from service import server_program

HERE = os.path.dirname(os.path.abspath(__file__))

run_numbers = itertools.count(1)


def children_seconds():
    """Processor time of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def wrk(server, path, connections, seconds, rate=None, **settings):
    """Requests by traffic.lua (which lists the settings), as fast as the replies come or rate a second. Returns what it
    found, the rate of requests in a second, and the processor time that the server and wrk spent on each."""
    threads = min(2, connections)  # one alone would be the bottleneck where pages come from memory
    settings["rate"] = rate and f"{rate / threads:.3f}"
    settings.setdefault("run", f"{os.getpid()}-{next(run_numbers)}")
    command = ["wrk", "-t", str(threads), "-c", str(connections), "-d", str(seconds), "--timeout", "10",
               "-s", os.path.join(HERE, "traffic.lua"), server.url(path), "--",
               *(f"{name}={value}" for name, value in settings.items() if value is not None)]
    before, own = server.processor_seconds(), children_seconds()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    spent, own = server.processor_seconds() - before, children_seconds() - own
    found = re.search(r"^\{.*\}$", done.stdout, re.M)
    if done.returncode != 0 or not found:
        raise SystemExit(f"bench: {' '.join(command)}\n{done.stdout}{done.stderr}")
    result = json.loads(found.group())
    if result["errors"] or not result["requests"]:
        raise SystemExit(f"bench: {result['errors']} errors in {result['requests']} requests: {' '.join(command)}")
    result["rate"] = result["requests"] * 1e6 / result["us"]
    result["processor_us"] = spent * 1e6 / result["requests"]
    result["client_us"] = own * 1e6 / result["requests"]
    return result


def pgbench(postgres, script, connections, seconds, variables=(), transactions=None, **session_settings):
    """Transactions a second of a script, for some time or a number of transactions; variables are its :names
    with their values as text."""
    duration = ["-T", str(seconds)] if transactions is None else ["-t", str(transactions)]
    command = [server_program("pgbench"), "-n", "-M", "prepared", "-c", str(connections), "-j", "1", *duration,
               "-f", script]
    for name, value in dict(variables).items():
        command += ["-D", f"{name}={value}"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          env=postgres.environment(**session_settings))
    rate = re.search(r"^tps = ([0-9.]+)", done.stdout, re.M)
    failed = re.search(r"^number of failed transactions: (\d+)", done.stdout, re.M)
    if done.returncode != 0 or not rate or (failed and failed.group(1) != "0"):
        raise SystemExit(f"bench: {' '.join(command)}\n{done.stdout}{done.stderr}")
    return float(rate.group(1))
