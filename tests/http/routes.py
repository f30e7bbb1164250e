"""The daemon's own table of routes, read from its source, so that no test can forget a route."""

import collections
import pathlib
import re
import sys

import harness

sys.path.insert(0, str(pathlib.Path(harness.REPO) / "tests/docs"))

import check_http  # noqa: E402

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

# pattern: "/api/v1/events/{id}"; flags: on_site, on_root, operational, banned_too, banned_self, no_credentials
Route = collections.namedtuple("Route", "pattern flags allow methods")

TABLE = [Route(*row) for row in check_http.table(pathlib.Path(harness.REPO))]


def served(flag=None):
    """{(method, pattern)} of all that has a handler, on any host or on those that the flag says."""
    return {(method, route.pattern) for route in TABLE for method in route.methods if flag is None or flag in route.flags}


def find(path):
    """The route of a path, whose placeholders stand for ids, but for {attribute}."""
    path = re.sub(r"\{\w+\}", "1", path.partition("?")[0].replace("{attribute}", "colour"))
    for route in TABLE:
        shape = re.escape(route.pattern.replace("{id}", "<id>"))
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", r"[\\w.-]+", shape).replace("<id>", "[0-9]+"), path):
            return route
    raise AssertionError(f"no route has the path {path}")


def fill(route, number=1, word="colour"):
    """A path of a route."""
    return re.sub(r"\{\w+\}", word, route.pattern.replace("{id}", str(number)))
