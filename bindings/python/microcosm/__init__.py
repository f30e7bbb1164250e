"""Microcosm: a forum as a library, over PostgreSQL.

    import microcosm

    with microcosm.open("folder") as app, app.session("demo", act_as="you@example.org") as session:
        for conversation in session.conversations:
            print(conversation.title)

open() makes an App, App.session() a Session; what is on a site is reached through that:
session.conversations, session.comments, … (see microcosm.resources). Records (Conversation,
Comment, …) and exceptions (NotFound, Forbidden, …) are made from the library's own tables, so they
are those of the library that is loaded.
"""

from . import _docs, _errors, _records, resources
from ._app import App, plain_text, render
from ._auth import AuthFlow, Credentials, Identity
from ._errors import Error
from ._library import build_date, version
from ._lists import Changes, List
from ._mail import Mail
from ._records import Record
from ._session import Session

__version__ = version


@_docs.with_members("mc_app_options", "data")
def open(data=None, **options):  # noqa: A001  the name that the file of a forum is opened by
    """Open a forum: on a PostgreSQL of its own in a folder, or with database= on any other.

    logger      a logging.Logger for the library's log
    migrate     whether to bring the schema up to date first (default True)
    background  whether to do background work on a thread of its own (default True); else the
                host calls App.step() or App.run()
    """
    return App(data, **options)


globals().update(_errors.BY_NAME)
globals().update(_records.BY_NAME)

__all__ = ["App", "AuthFlow", "Changes", "Credentials", "Error", "Identity", "List", "Mail", "Record", "Session", "build_date", "open",
           "plain_text", "render", "resources", "version", *_errors.BY_NAME, *_records.BY_NAME]
if len(set(__all__)) != len(__all__):
    raise ImportError("an error and a record have the same name")
