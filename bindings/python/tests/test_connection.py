"""A session on the host's connection: one transaction for the host's tables and the forum's."""

import gc
import threading

import psycopg2
import pytest

import microcosm
from conftest import until
from microcosm import _connection

try:
    import psycopg
except ImportError:
    psycopg = None

KINDS = ["psycopg2", pytest.param("psycopg", marks=pytest.mark.skipif(psycopg is None, reason="no psycopg"))]


@pytest.fixture(params=KINDS)
def connect(request, database):
    """Makes connections of one of both kinds, with a table of the host's."""
    opened = []

    def make(**options):
        module = {"psycopg2": psycopg2, "psycopg": psycopg}[request.param]
        connection = module.connect(database, **options)
        opened.append(connection)
        return connection

    connection = make()
    connection.cursor().execute("CREATE TABLE IF NOT EXISTS offers (boat text)")
    connection.cursor().execute("TRUNCATE offers")
    connection.commit()
    yield make
    for connection in opened:
        connection.close()


def offers(plain):
    with plain.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM offers")
        return cursor.fetchone()[0]


def becomes(total, session, conversation):
    """Wait until a conversation has so many comments: what a host commits, others see a moment later, as if
    another process had written it."""
    until(lambda: session.conversation_get(conversation).comments.total == total)
    return True


def sell(session, connection, rope, boat):
    connection.cursor().execute("INSERT INTO offers VALUES (%s)", (boat,))
    return session.comment_create(item_type="conversation", item_id=rope, markdown=f"For sale: {boat}")


def test_the_hosts_rollback_takes_the_forums_writes_along(app, connect, guest, rope, plain):
    connection = connect()
    with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
        sell(session, connection, rope, "Dinghy")
        assert session.conversation_get(rope).comments.total == 1
        connection.rollback()
        assert guest.conversation_get(rope).comments.total == 0
        assert offers(plain) == 0


def test_the_hosts_commit_keeps_both(app, connect, guest, rope, plain):
    connection = connect()
    with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
        sell(session, connection, rope, "Cutter")
        assert guest.conversation_get(rope).comments.total == 0
        connection.commit()
    assert becomes(1, guest, rope)
    assert offers(plain) == 1


def test_a_forum_write_first_is_in_the_transaction_too(app, connect, guest, rope):
    connection = connect()
    with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
        session.comment_create(item_type="conversation", item_id=rope, markdown="before any statement of the host's")
        connection.rollback()
    assert guest.conversation_get(rope).comments.total == 0


def test_a_new_user_is_rolled_back_as_well(app, connect, rope, skipper):
    connection = connect()
    with app.session("harbour", act_as="nobody@example.org", connection=connection) as session:
        profile = session.profile_id
        assert profile > 0
    connection.rollback()
    with pytest.raises(microcosm.NotFound):
        skipper.profile_get(profile)


def test_autocommit(app, connect, guest, rope):
    connection = connect()
    connection.autocommit = True
    with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
        session.comment_create(item_type="conversation", item_id=rope, markdown="at once")
        assert becomes(1, guest, rope)
        with pytest.raises(ZeroDivisionError):
            with session.transaction():
                session.comment_create(item_type="conversation", item_id=rope, markdown="never")
                1 / 0
    assert becomes(1, guest, rope)


def test_a_savepoint_inside_the_hosts_transaction(app, connect, guest, rope, plain):
    connection = connect()
    with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
        connection.cursor().execute("INSERT INTO offers VALUES ('Punt')")
        with pytest.raises(ZeroDivisionError):
            with session.transaction():
                session.comment_create(item_type="conversation", item_id=rope, markdown="undone")
                1 / 0
        session.comment_create(item_type="conversation", item_id=rope, markdown="done")
        connection.commit()
    assert becomes(1, guest, rope)
    assert offers(plain) == 1


def test_nothing_is_left_on_the_connection(app, connect, rope):
    connection = connect()
    connection.autocommit = True
    before = settings(connection)
    with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
        session.comment_create(item_type="conversation", item_id=rope, markdown="clean")
    assert settings(connection) == before


def settings(connection):
    cursor = connection.cursor()
    # Those of plpgsql are there once a trigger has called it.
    cursor.execute("SELECT name, setting FROM pg_settings WHERE name NOT LIKE 'plpgsql.%'"
                   " UNION ALL SELECT name, statement FROM pg_prepared_statements"
                   " UNION ALL SELECT 'site', coalesce(nullif(current_setting('microcosm.site_id', true), ''), 'none')")
    return sorted(cursor.fetchall())


def test_a_closed_connection(app, connect, rope):
    connection = connect()
    session = app.session("harbour", act_as="seller@example.org", connection=connection)
    connection.close()
    for use in (lambda: session.conversation_get(rope), session.begin, session.profile_self):
        with pytest.raises(microcosm.BadState, match="closed"):
            use()
    session.close()
    with pytest.raises(microcosm.BadState, match="closed"):
        app.session("harbour", connection=connection)


def test_a_connection_closed_in_the_middle_of_a_transaction(database, app, connect, rope):
    own = microcosm.open(database=database)
    connection = connect()
    session = own.session("harbour", act_as="seller@example.org", connection=connection)
    session.begin()
    other = own.session("harbour", connection=connect())
    other.begin()
    connection.close()
    session.close()
    own.close()
    assert other.closed


def test_a_failed_transaction(app, connect, rope):
    connection = connect()
    with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
        with pytest.raises(Exception):
            connection.cursor().execute("SELECT 1/0")
        with pytest.raises(microcosm.BadState):
            session.conversation_get(rope)
        connection.rollback()
        assert session.conversation_get(rope).id == rope


def test_a_connection_that_the_server_ended(app, connect, rope, plain):
    connection = connect()
    with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
        connection.rollback()
        with plain.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
        with pytest.raises(Exception) as caught:
            session.conversation_get(rope)
        assert not isinstance(caught.value, AssertionError)


def test_the_session_keeps_the_connection_alive(app, database, rope):
    connection = psycopg2.connect(database)
    session = app.session("harbour", connection=connection)
    del connection
    gc.collect()
    assert session.conversation_get(rope).id == rope
    session.close()


def test_another_libpq_is_refused(app, connect, monkeypatch):
    monkeypatch.setattr(_connection, "_libpq_of_module", lambda name: 0x1000)
    with pytest.raises(microcosm.BadState, match="another libpq"):
        app.session("harbour", connection=connect())


def test_another_encoding_is_refused(app, connect):
    connection = connect(client_encoding="latin1")
    with pytest.raises(microcosm.BadState):
        app.session("harbour", connection=connection)


def test_an_asynchronous_connection_is_refused(app, database):
    connection = psycopg2.connect(database, async_=True)
    with pytest.raises(microcosm.BadState, match="asynchronous"):
        app.session("harbour", connection=connection)
    connection.close()


def test_threads_on_one_connection_of_psycopg(app, database, rope):
    """psycopg has a lock for its connection, which is used here as well."""
    if psycopg is None:
        pytest.skip("no psycopg")
    failures = []
    with psycopg.connect(database) as connection, app.session("harbour", connection=connection) as session:
        def own_statements():
            try:
                for _ in range(200):
                    connection.execute("SELECT 1").fetchall()
            except BaseException as failure:
                failures.append(failure)

        thread = threading.Thread(target=own_statements)
        thread.start()
        for _ in range(50):
            assert session.conversation_get(rope).id == rope
        thread.join()
    assert failures == []
