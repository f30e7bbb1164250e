"""A session on the host's connection: one transaction for the host's tables and the forum's."""

import ctypes.util
import gc
import os
import pathlib
import shutil
import subprocess
import sys
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


def psycopg2_connection(database, **options):
    return psycopg2.connect(database, **options)


def psycopg_connection(database, **options):
    return pytest.importorskip("psycopg").connect(database, **options)


def binary_connection(database, **options):
    """One whose own cursors speak binary, and return rows as dicts."""
    module = pytest.importorskip("psycopg")

    class BinaryCursor(module.Cursor):
        format = module.pq.Format.BINARY

    return module.connect(database, cursor_factory=BinaryCursor, row_factory=module.rows.dict_row, **options)


MAKERS = [psycopg2_connection, psycopg_connection, binary_connection]


@pytest.fixture(params=[(maker, ours) for maker in MAKERS for ours in (True, False)],
                ids=lambda param: f"{param[0].__name__}-{'pgconn' if param[1] else 'executor'}")
def connect(request, database, monkeypatch):
    """Makes connections of each kind, with a table of the host's. Those with another libpq than the library's
    are used by a function that runs SQL."""
    maker, is_ours = request.param
    opened = []
    if not is_ours:
        monkeypatch.setattr(_connection, "_is_our_libpq", lambda library: False)

    def make(**options):
        connection = maker(database, **options)
        opened.append(connection)
        return connection

    with psycopg2.connect(database) as plain:
        plain.cursor().execute("CREATE TABLE IF NOT EXISTS offers (boat text)")
        plain.cursor().execute("TRUNCATE offers")
    plain.close()
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
    return sorted(tuple(row.values() if isinstance(row, dict) else row) for row in cursor.fetchall())


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


def test_what_is_no_connection(app):
    for other in (1, "dbname=x", object(), [], b""):
        with pytest.raises(TypeError, match="psycopg2, psycopg or SQLAlchemy"):
            app.session("harbour", connection=other)


def test_back_to_the_apps_own_connections(app, connect, guest, rope):
    connection = connect()
    with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
        session.begin()
        with pytest.raises(microcosm.BadState):
            session.use(None)
        session.rollback()
        session.use(None)
        connection.rollback()
        session.comment_create(item_type="conversation", item_id=rope, markdown="on its own")
        assert guest.conversation_get(rope).comments.total == 1


def test_a_refused_call_leaves_the_hosts_transaction_alone(app, connect, guest, rope, plain):
    connection = connect()
    with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
        sell(session, connection, rope, "Punt")
        with pytest.raises(microcosm.Forbidden):
            session.conversation_get(999999)
        with pytest.raises(microcosm.InvalidInput):
            session.comment_create(item_type="conversation", item_id=rope, markdown="")
        sell(session, connection, rope, "Pram")
        connection.commit()
    assert becomes(2, guest, rope)
    assert offers(plain) == 2


def test_a_statement_that_fails_leaves_the_hosts_transaction_alone(app, connect, rope, plain, mira, knots):
    connection = connect()
    poll = mira.poll_create(microcosm_id=knots, title="Sides", question="Which side?",
                            choices=[{"choice": "port"}, {"choice": "starboard"}])
    with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
        sell(session, connection, rope, "Punt")
        connection.cursor().execute("SET LOCAL lock_timeout = 50")
        plain.cursor().execute("BEGIN; LOCK TABLE microcosm.poll_choices")
        with pytest.raises(microcosm.Busy) as caught:
            session.poll_get(poll)
        assert caught.value.sqlstate == "55P03"
        plain.cursor().execute("ROLLBACK")
        assert session.poll_get(poll).id == poll
        connection.commit()
    assert offers(plain) == 1


def test_values_of_all_kinds(app, connect, rope, skipper):
    """Text that a driver might take for its own, NULL, arrays and times."""
    connection = connect()
    connection.cursor().execute("SET timezone = 'Asia/Kolkata'")
    connection.cursor().execute("SET datestyle = 'SQL, DMY'")
    connection.commit()
    text = "100%s %(x)s :name $1 ? \\ ' \" {a,b} äöü 漢字 🛶 " * 1000
    with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
        made = session.comment_create(item_type="conversation", item_id=rope, markdown=text)
        here = session.comment_get(made)
        assert here.markdown == text
        tree = session.microcosms_tree()
        connection.commit()
        there = skipper.comment_get(made)
        assert here.meta.created == there.meta.created
        assert tree == skipper.microcosms_tree()


# A function that runs SQL, for other drivers.

class Driver:
    """What a program would write over a driver that nothing here knows."""

    def __init__(self, database):
        self.connection = pytest.importorskip("psycopg").connect(database)
        self.statements = []

    def __call__(self, sql, params):
        self.statements.append(sql)
        pgconn = self.connection.pgconn
        encoded = [None if value is None else value.encode() for value in params]
        result = pgconn.exec_params(sql.encode(), encoded) if params else pgconn.exec_(sql.encode())
        if result.status not in (1, 2):
            raise psycopg.errors.lookup(result.error_field(ord("C")).decode())(result.error_message.decode())
        if not result.nfields:
            return None
        decode = lambda value: None if value is None else value.decode()  # noqa: E731
        return ([result.fname(i).decode() for i in range(result.nfields)],
                [[decode(result.get_value(row, i)) for i in range(result.nfields)] for row in range(result.ntuples)])


@pytest.fixture
def driver(database):
    driver = Driver(database)
    yield driver
    driver.connection.close()


def test_a_function_that_runs_sql(app, driver, guest, rope):
    with app.session("harbour") as session:
        session.use(driver)
        with pytest.raises(microcosm.BadState, match="no transaction is open") as caught:
            session.act_as("seller@example.org")
        assert caught.value.sqlstate == "25P01"
        assert isinstance(caught.value.__cause__, psycopg.errors.NoActiveSqlTransaction)
        driver.connection.execute("SELECT 1")  # begins one
        session.act_as("seller@example.org")
        session.comment_create(item_type="conversation", item_id=rope, markdown="For sale: a punt")
        assert guest.conversation_get(rope).comments.total == 0
        driver.connection.commit()
    assert becomes(1, guest, rope)
    assert "SAVEPOINT microcosm" in driver.statements[-1]


@pytest.mark.parametrize("failure, expected", [
    (ZeroDivisionError("mine"), microcosm.System),
    (microcosm.Unavailable("away"), microcosm.Unavailable),
    (microcosm.NotFound("of another call"), microcosm.System),
    (KeyboardInterrupt(), KeyboardInterrupt),
    (SystemExit(3), SystemExit),
], ids=repr)
def test_what_a_function_raises(app, driver, rope, failure, expected):
    def run(sql, params):
        if params:
            raise failure
        return driver(sql, params)

    driver.connection.execute("SELECT 1")
    with app.session("harbour") as session:
        session.use(run)
        with pytest.raises(expected) as caught:
            session.conversation_get(rope)
        assert caught.value is failure or caught.value.__cause__ is failure
        session.use(driver)
        assert session.conversation_get(rope).id == rope


@pytest.mark.parametrize("answer", [
    7, "text", (), ([], []), (["a"], [["1", "2"]]), (["a"], [[1]]), (["a", "b"], [["1"]]), ([None], []), (["a\0"], 5),
], ids=repr)
def test_what_a_function_must_not_return(app, driver, rope, answer):
    driver.connection.execute("SELECT 1")
    with app.session("harbour") as session:
        session.use(lambda sql, params: answer if params else driver(sql, params))
        with pytest.raises(microcosm.System):
            session.conversation_get(rope)
        session.use(driver)
        assert session.conversation_get(rope).id == rope


def test_a_function_that_uses_the_session(app, driver, rope):
    def run(sql, params):
        with pytest.raises(microcosm.BadState, match="in use"):
            session.conversation_get(rope)
        return driver(sql, params)

    driver.connection.execute("SELECT 1")
    with app.session("harbour") as session:
        session.use(run)
        assert session.conversation_get(rope).id == rope


def test_closing_rolls_back_through_a_function(app, driver, rope):
    driver.connection.execute("SELECT 1")
    session = app.session("harbour")
    session.use(driver)
    session.begin()
    session.close()
    assert driver.statements[-1].startswith("ROLLBACK TO SAVEPOINT microcosm_session")


# SQLAlchemy.

@pytest.fixture(params=[True, False], ids=["2.0", "1.4"])
def engine(request, database):
    sqlalchemy = pytest.importorskip("sqlalchemy")
    parts = psycopg2.extensions.parse_dsn(database)
    if not request.param and not sqlalchemy.__version__.startswith("1."):
        pytest.skip("only SQLAlchemy 1.4 knows both ways")
    options = {"future": True} if request.param else {}
    engine = sqlalchemy.create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(**parts), **options)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE IF NOT EXISTS offers (boat text)"))
        connection.execute(sqlalchemy.text("TRUNCATE offers"))
    yield engine
    engine.dispose()


def insert(connection, boat):
    import sqlalchemy
    connection.execute(sqlalchemy.text("INSERT INTO offers VALUES (:boat)"), {"boat": boat})


@pytest.mark.parametrize("keep", [True, False])
def test_a_connection_of_sqlalchemy(app, engine, guest, rope, plain, keep):
    with app.session("harbour") as session, engine.connect() as connection:
        session.use(connection)
        with connection.begin() as transaction:  # not begun by use()
            session.act_as("seller@example.org")
            insert(connection, "Dinghy")
            session.comment_create(item_type="conversation", item_id=rope, markdown="For sale: a dinghy")
            with pytest.raises(microcosm.Forbidden):
                session.conversation_get(999999)
            assert guest.conversation_get(rope).comments.total == 0
            if not keep:
                transaction.rollback()
    assert becomes(int(keep), guest, rope)
    assert offers(plain) == int(keep)


def test_a_connection_of_sqlalchemy_begins_as_it_would_itself(app, engine, guest, rope):
    with engine.connect() as connection:
        with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
            session.comment_create(item_type="conversation", item_id=rope, markdown="For sale: a dinghy")
        if hasattr(connection, "commit"):
            assert guest.conversation_get(rope).comments.total == 0
            connection.commit()
        assert becomes(1, guest, rope)


@pytest.mark.parametrize("keep", [True, False])
def test_a_session_of_sqlalchemy(app, engine, guest, rope, plain, keep):
    orm = pytest.importorskip("sqlalchemy.orm")
    for maker in (orm.sessionmaker(engine), orm.scoped_session(orm.sessionmaker(engine))):
        before = guest.conversation_get(rope).comments.total
        host = maker()
        with app.session("harbour") as session:
            session.use(maker if isinstance(maker, orm.scoped_session) else host)
            with host.begin() as transaction:  # not begun by use()
                session.act_as("seller@example.org")
                insert(host, "Dinghy")
                session.comment_create(item_type="conversation", item_id=rope, markdown=f"For sale: {maker}")
                if not keep:
                    transaction.rollback()
            # its next transaction may be on another connection
            assert session.conversation_get(rope).comments.total == before + keep
            host.commit()
        host.close()
        assert becomes(before + keep, guest, rope)
    assert offers(plain) == 2 * keep


def test_savepoints_of_sqlalchemy(app, engine, guest, rope):
    with engine.begin() as connection:
        with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
            nested = connection.begin_nested()
            session.comment_create(item_type="conversation", item_id=rope, markdown="undone")
            nested.rollback()
            session.comment_create(item_type="conversation", item_id=rope, markdown="kept")
    assert becomes(1, guest, rope)


def test_a_closed_connection_of_sqlalchemy(app, engine, rope):
    connection = engine.connect()
    session = app.session("harbour", connection=connection)
    session.begin()
    connection.close()
    with pytest.raises(microcosm.BadState, match="closed"):
        session.conversation_get(rope)
    with engine.begin() as other:  # has got its PGconn from the pool
        session.close()
        insert(other, "the transaction is not the session's to end")


# psycopg2's wheels bring a libpq of their own. Here it is a copy of the system's under a name of the same length.

WITH_ANOTHER_LIBPQ = """
import ctypes, sys
import psycopg2, psycopg2._psycopg
import microcosm
from microcosm import _connection

assert psycopg2.__file__.startswith(sys.argv[2])
assert not _connection._is_our_libpq(_connection._libpq(psycopg2._psycopg.__file__))
with microcosm.open(database=sys.argv[1]) as app:
    connection = psycopg2.connect(sys.argv[1])
    with app.session("harbour", act_as="seller@example.org", connection=connection) as session:
        session.comment_create(item_type="conversation", item_id=int(sys.argv[3]), markdown="undone")
        connection.rollback()
        session.act_as("seller@example.org")
        session.comment_create(item_type="conversation", item_id=int(sys.argv[3]), markdown="kept")
        connection.commit()
"""


def test_a_libpq_of_the_drivers_own(app, database, guest, rope, tmp_path):
    package = pathlib.Path(psycopg2.__file__).parent
    copy = shutil.copytree(package, tmp_path / "psycopg2")
    library = ctypes.util.find_library("pq")
    loaded = [line.split()[-1] for line in open("/proc/self/maps", encoding="utf-8") if library in line]
    other = library.replace("pq", "px")
    for source, target in [(loaded[0], tmp_path / other), *((path, path) for path in copy.glob("_psycopg*.so"))]:
        code = pathlib.Path(source).read_bytes()
        target.write_bytes(code.replace(library.encode(), other.encode()))
    environment = {**os.environ, "LD_LIBRARY_PATH": str(tmp_path)}
    environment["PYTHONPATH"] = f"{tmp_path}:{environment.get('PYTHONPATH', '')}"
    subprocess.run([sys.executable, "-c", WITH_ANOTHER_LIBPQ, database, str(tmp_path), str(rope)], check=True, timeout=120,
                   env=environment)
    assert becomes(1, guest, rope)
