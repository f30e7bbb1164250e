"""gunicorn with preloading: the program is loaded once, and each worker opens a forum of its own.

    FORUM_DATABASE="host=… dbname=…" gunicorn --config gunicorn_conf.py flask_app:app
"""

import flask_app

preload_app = True
workers = 2
threads = 4


def post_fork(server, worker):
    """Opens the forum before the first request instead of in it. An app can't be used in a process forked after it
    was opened, so nothing may open it before."""
    flask_app.forum()


def worker_exit(server, worker):
    """Writes the marks and views that are still in memory."""
    flask_app.forum().close()
