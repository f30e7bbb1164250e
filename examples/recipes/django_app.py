"""A forum in a Django project, all in one file: an offer and the conversation about it are one transaction.

    FORUM_DATABASE="host=… dbname=…" gunicorn django_app:application

The forum's tables are in the schema microcosm of Django's own database.
"""

import os
import threading

import django
import psycopg2.extensions
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

import microcosm

SITE = os.environ.get("FORUM_SITE", "harbour")
DATABASE = os.environ["FORUM_DATABASE"]
PLACE = psycopg2.extensions.parse_dsn(DATABASE)

settings.configure(
    SECRET_KEY=os.environ.get("SECRET_KEY", os.urandom(32).hex()), ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": PLACE["dbname"], "USER": PLACE.get("user"),
                           "HOST": PLACE.get("host", ""), "PORT": PLACE.get("port", "")}})
django.setup()
_opened, _lock = {}, threading.Lock()


def forum():
    """The forum, once for each process: servers load this file before they fork their workers."""
    with _lock:
        if os.getpid() not in _opened:
            _opened[os.getpid()] = microcosm.open(database=DATABASE)
        return _opened[os.getpid()]


def index(request):
    with forum().session(SITE) as session:
        return HttpResponse("".join(f"<li>{each.title}" for each in session.conversations))


@csrf_exempt  # your forms have the token
def offer(request, microcosm_id):
    """Writes a row of Django's and a conversation, in Django's transaction: an exception undoes both."""
    connection.ensure_connection()
    try:
        with transaction.atomic(), \
                forum().session(SITE, act_as=request.headers.get("X-Remote-User"), connection=connection.connection) as session:
            connection.cursor().execute("INSERT INTO offers (boat) VALUES (%s)", [request.POST["boat"]])
            made = session.conversations.create(microcosm=microcosm_id, title=request.POST["title"])
    except microcosm.Error as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    return HttpResponse(str(made), status=201)


urlpatterns = [path("", index), path("microcosms/<int:microcosm_id>/offers", offer)]
application = get_wsgi_application()
