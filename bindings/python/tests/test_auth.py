"""Sign-in of the host's own: its users are the forum's users."""

import datetime
import threading

import pytest

import microcosm
from conftest import until

COOKIES = {"cookie-of-ana": ("ana@host.example", "ana"), "cookie-of-ben": ("ben@host.example", None)}


@pytest.fixture
def own(database, app):
    """An app of the test's own: providers stay for as long as their app."""
    with microcosm.open(database=database) as own:
        yield own


def test_the_hosts_user_is_the_forums_user(own):
    seen = []

    @own.auth_provider
    def cookies(credentials):
        seen.append(credentials)
        if credentials.scheme != "cookie":
            return None
        if credentials.token not in COOKIES:
            raise microcosm.Unauthenticated("no such cookie")
        email, name = COOKIES[credentials.token]
        return microcosm.Identity(email, name=name)

    with own.session("harbour", token="cookie-of-ana", scheme="cookie", address="192.0.2.7") as session:
        ana = session.profile_self()
        assert (ana.email, ana.profile_name) == ("ana@host.example", "ana")
    with own.session("harbour", token="cookie-of-ana", scheme="cookie") as session:
        assert session.profile_id == ana.id
    first = seen[0]
    assert (first.scheme, first.token, first.site_key, first.address) == ("cookie", "cookie-of-ana", "harbour", "192.0.2.7")
    assert "cookie-of-ana" not in repr(first)
    assert len(seen) == 2
    with pytest.raises(microcosm.Unauthenticated):
        own.session("harbour", token="forged", scheme="cookie")


def test_what_is_not_mine_goes_to_the_next(own, skipper):
    asked = []
    own.add_auth_provider(lambda credentials: asked.append(1))
    own.add_auth_provider(lambda credentials: asked.append(2), name="second")
    token = skipper.token_create("tomas@example.org", 1)
    with own.session("harbour", token=token) as session:
        assert session.profile_self().email == "tomas@example.org"
    assert asked == [1, 2]


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), SystemExit(3)])
def test_what_ends_a_program_is_no_failure(own, raised):
    def ending(credentials):
        raise raised

    own.add_auth_provider(ending)
    with pytest.raises(type(raised)) as caught:
        own.session("harbour", token="x")
    assert caught.value is raised


@pytest.mark.parametrize("raised", [ZeroDivisionError("in the host"), microcosm.NotFound("some record"), microcosm.Error("own")])
def test_an_exception_does_not_cross_c(own, raised):
    def failing(credentials):
        raise raised

    own.add_auth_provider(failing)
    with pytest.raises(microcosm.System) as caught:
        own.session("harbour", token="x")
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize("kind", [microcosm.Unauthenticated, microcosm.Forbidden, microcosm.Banned, microcosm.Unavailable,
                                  microcosm.Busy])
def test_a_refusal_is_told_as_it_is(own, kind):
    def refusing(credentials):
        raise kind("as the host says")

    own.add_auth_provider(refusing)
    with pytest.raises(kind) as caught:
        own.session("harbour", token="x")
    assert str(caught.value.__cause__) == "as the host says"


@pytest.mark.parametrize("answer", [
    "ana@host.example", 5, microcosm.Identity("no address"), microcosm.Identity(None), microcosm.Identity(5),
    microcosm.Identity("a@b.example\0"), microcosm.Identity("a@b.example", valid_for="long"),
    microcosm.Identity("a@b.example", valid_for=10 ** 9), microcosm.Identity("a@b.example", valid_for=-1),
    microcosm.Identity("a@b.example", name=3)])
def test_a_wrong_answer(own, answer):
    own.add_auth_provider(lambda credentials: answer)
    with pytest.raises(microcosm.Error) as caught:
        own.session("harbour", token="x")
    assert caught.value.__cause__ is not None


def test_an_exception_is_not_told_of_twice(own):
    answers = [ValueError("once"), None]

    def provider(credentials):
        answer = answers.pop(0)
        if answer:
            raise answer

    own.add_auth_provider(provider)
    with pytest.raises(microcosm.System):
        own.session("harbour", token="x")
    with pytest.raises(microcosm.Unauthenticated) as caught:
        own.session("harbour", token="x")
    assert caught.value.__cause__ is None


def test_an_answer_may_be_remembered(own):
    asked = []

    def provider(credentials):
        asked.append(credentials)
        return microcosm.Identity("ana@host.example", valid_for=datetime.timedelta(minutes=5))

    def is_asked():
        before = len(asked)
        own.session("harbour", token="remembered").close()
        return len(asked) > before

    own.add_auth_provider(provider)
    # Nothing is remembered until the app's background work has begun to follow the changes.
    until(lambda: not is_asked())
    own.forget_identities()
    assert is_asked()
    until(lambda: not is_asked())


def test_a_provider_may_use_other_sessions(own, skipper):
    def provider(credentials):
        with own.session(credentials.site_key) as session:
            session.site_get()
        return microcosm.Identity("ana@host.example")

    own.add_auth_provider(provider)
    with own.session("harbour", token="x") as session:
        assert session.profile_id > 0


def test_a_provider_may_not_use_what_asks_it(own):
    session = own.session()
    failures = []

    def provider(credentials):
        for use in (session.site_get, session.close, own.close):
            try:
                use()
            except microcosm.BadState as failure:
                failures.append(failure)

    own.add_auth_provider(provider)
    with pytest.raises(microcosm.Unauthenticated):
        session.enter("harbour", token="x")
    assert len(failures) == 3
    assert not own.closed and not session.closed


def test_from_many_threads(own):
    own.add_auth_provider(lambda credentials: microcosm.Identity(f"{credentials.token}@host.example"))
    seen = []

    def work(number):
        for _ in range(10):
            with own.session("harbour", token=f"user{number}") as session:
                seen.append(session.profile_self().email == f"user{number}@host.example")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 60


def test_people_sign_in_at_a_service_of_the_hosts(own):
    def begin(flow):
        assert (flow.site_key, flow.verifier, flow.code) == ("harbour", "", "") and flow.redirect_uri.endswith("/api/v1/signedin/club")
        return f"https://club.example/login?state={flow.state}&challenge={flow.challenge}"

    def end(flow):
        if flow.code != "good" or not flow.verifier:
            raise microcosm.Unauthenticated("no such code")
        return microcosm.Identity("cleo@host.example", name="cleo")

    own.add_sign_in_provider("club", begin, end, title="The Club")
    with own.session("harbour") as session:
        [way] = session.sign_in_choices_list().providers
        assert (way.name, way.title, way.href) == ("club", "The Club", "/api/v1/signin/club")
        start = session.sign_in_begin("club", "/x/")
        state = start.url.split("state=")[1].split("&")[0]
        with pytest.raises(microcosm.Unauthenticated) as refused:
            session.sign_in_end("club", secret=start.secret, state=state, code="forged")
        assert str(refused.value.__cause__) == "no such code"
        with pytest.raises(microcosm.Forbidden):
            session.sign_in_end("club", secret=start.secret, state="another", code="good")
        assert session.sign_in_end("club", secret=start.secret, state=state, code="good").path == "/x/"
        session.act_as("cleo@host.example")
        assert session.profile_self().profile_name == "cleo"


@pytest.mark.parametrize("answer", [None, 5, "http://club.example/", "https://club.example/\r\nX: y"])
def test_an_address_that_is_none_is_the_hosts_mistake(own, answer):
    own.add_sign_in_provider("club", lambda flow: answer, lambda flow: None)
    with own.session("harbour") as session, pytest.raises(microcosm.System):
        session.sign_in_begin("club", "/")
    with pytest.raises(microcosm.Conflict):
        own.add_sign_in_provider("club", lambda flow: answer, lambda flow: None)
    with pytest.raises(microcosm.InvalidInput):
        own.add_sign_in_provider("The Club", lambda flow: answer, lambda flow: None)
    with pytest.raises(TypeError):
        own.add_sign_in_provider("third", "https://club.example/", lambda flow: None)
