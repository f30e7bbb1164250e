"""Fixtures: the PostgreSQL of the run, a database and a daemon for each module."""

import contextlib
import os
import signal
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import harness  # noqa: E402


def pytest_configure(config):
    """Asked to stop, stop as on Ctrl-C: servers that fixtures have started end with the run."""
    def stop(number, frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    if not config.option.collectonly:
        for path in (harness.MICROCOSMD, harness.DUMP_TYPES):
            if not os.access(path, os.X_OK):
                pytest.exit(f"{path} is not there: build first, or set MICROCOSMD and MICROCOSM_DUMP_TYPES", 2)


def pytest_make_parametrize_id(config, val, argname):
    """Names of tests stay short whatever their parameters are."""
    if isinstance(val, (str, bytes)) and (len(val) > 60 or not str(val).isprintable()):
        return f"{argname}-of-{len(val)}"
    return None


@pytest.fixture(scope="session")
def cluster():
    """The PostgreSQL of the whole run; other tests use it at the same time."""
    with contextlib.closing(harness.SharedServer()) as server:
        yield server


@pytest.fixture(scope="session")
def template(cluster):
    """Name of a migrated, empty database."""
    return cluster.migrated_template()


@pytest.fixture(scope="module")
def database(cluster, template):
    """Connection string of a database of the module's own."""
    return cluster.copy(template)


@pytest.fixture(scope="module")
def daemon(database):
    """A running daemon; ends with an error if it doesn't stop cleanly or a sanitizer complained."""
    daemon = harness.serve(database)
    try:
        yield daemon.start()
    finally:
        daemon.close()


@pytest.fixture(scope="module")
def site(daemon):
    """A site with its owner, and nothing else on it."""
    site = harness.Site(daemon)
    yield site
    site.close()


@pytest.fixture(scope="module")
def other_site(daemon):
    """A second site, of somebody else."""
    site = harness.Site(daemon, title="Garden", owner="rowan")
    yield site
    site.close()


@pytest.fixture(scope="module")
def mira(site):
    return site.person("mira")


@pytest.fixture(scope="module")
def tomas(site):
    return site.person("tomas")


@pytest.fixture
def microcosm(site):
    """A fresh microcosm."""
    return site.microcosm()


@pytest.fixture
def conversation(site, microcosm, mira):
    """A fresh conversation of mira's."""
    return site.conversation(microcosm, by=mira)
