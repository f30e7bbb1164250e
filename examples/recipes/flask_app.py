"""A forum in a Flask app.

    FORUM_DATABASE="host=… dbname=…" python3 -m flask --app flask_app run

Who visits is what the host's own sign-in says; here that is a proxy in front, which sets X-Remote-User.
"""

import os
import threading

import flask

import microcosm

SITE = os.environ.get("FORUM_SITE", "harbour")
STATUS = {microcosm.InvalidInput: 400, microcosm.Forbidden: 403, microcosm.NotFound: 404, microcosm.Closed: 403}

app = flask.Flask(__name__)
_opened, _lock = {}, threading.Lock()


def forum():
    """The forum, once for each process: servers load this file before they fork their workers."""
    with _lock:
        if os.getpid() not in _opened:
            _opened[os.getpid()] = microcosm.open(database=os.environ["FORUM_DATABASE"])
        return _opened[os.getpid()]


@app.before_request
def enter():
    flask.g.forum = forum().session(SITE, act_as=flask.request.headers.get("X-Remote-User"))


@app.teardown_request
def leave(_):
    if "forum" in flask.g:
        flask.g.forum.close()


@app.errorhandler(microcosm.Error)
def refuse(error):
    return str(error), STATUS.get(type(error), 500), {"Content-Type": "text/plain; charset=utf-8"}


@app.get("/")
def index():
    """Titles are safe to show as they are: they are HTML-escaped."""
    found = flask.g.forum.conversations.list()
    return "".join(f"<li><a href='/conversations/{each.id}'>{each.title}</a>" for each in found)


@app.get("/conversations/<int:conversation>")
def show(conversation):
    found = flask.g.forum.conversations[conversation]
    return f"<h1>{found.title}</h1>" + "".join(f"<article>{comment.html}</article>" for comment in found.comments)


@app.post("/microcosms/<int:microcosm_id>/conversations")
def begin(microcosm_id):
    """The title and the first comment, both or neither."""
    form = flask.request.form
    with flask.g.forum.transaction():
        made = flask.g.forum.conversations.create(microcosm=microcosm_id, title=form.get("title", ""))
        flask.g.forum.comments.create(item_type="conversation", item=made, markdown=form.get("markdown", ""))
    return flask.redirect(f"/conversations/{made}", 303)
