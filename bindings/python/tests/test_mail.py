"""Mail that the host sends by its own means."""

import email
import email.policy
import queue
import threading

import pytest

import microcosm


@pytest.fixture
def own(database, app):
    """An app of the test's own: a mailer stays for as long as its app."""
    with microcosm.open(database=database, mail_from="forum@forum.example", background=False) as own:
        yield own


def test_the_host_sends_it(own):
    sent = []
    own.set_mailer(sent.append)
    with own.session() as session:
        session.mail_test("ada@people.example")
    [mail] = sent
    assert (mail.sender, mail.to, mail.subject) == ("forum@forum.example", "ada@people.example", "A test of mail from localhost")
    assert mail.site_id is None and mail.reply_to == "" and mail.to_name == ""
    message = email.message_from_bytes(mail.message, policy=email.policy.default)
    assert message["message-id"].strip() == f"<{mail.message_id}>"
    assert message.get_body(("html",)).get_content().strip() == mail.html.strip()
    with pytest.raises(microcosm.BadState):
        own.set_mailer(sent.append)


@pytest.mark.parametrize("raised", [OSError("away"), microcosm.NotFound(), microcosm.InvalidInput(), microcosm.Busy()])
def test_what_it_raises_is_the_cause(own, raised):
    def failing(mail):
        raise raised

    own.set_mailer(failing)
    with own.session() as session, pytest.raises(microcosm.Remote) as failure:
        session.mail_test("ada@people.example")
    assert failure.value.__cause__ is raised


def test_it_may_use_the_forum(own):
    names = []
    own.set_mailer(lambda mail: names.append(own.session("harbour").site_get().title))
    with own.session() as session:
        session.mail_test("ada@people.example")
    assert names == ["Harbour"]


def test_what_is_no_mailer(database, app, own):
    with own.session() as session, pytest.raises(microcosm.Unsupported):
        session.mail_test("ada@people.example")
    with pytest.raises(TypeError):
        own.set_mailer("not callable")
    with microcosm.open(database=database) as other, pytest.raises(microcosm.InvalidInput, match="mail_from"):
        other.set_mailer(print)
    with pytest.raises(microcosm.InvalidInput, match="smtp must be an address"):
        microcosm.open(database=database, smtp="http://u:secret@x", mail_from="forum@forum.example")


def test_threads_of_the_hosts_send_what_people_are_told(database, app, rope, mira):
    """Mail is chosen by whichever process does that work, so until that is the one which has a mailer, things are written."""
    got = queue.Queue()
    with app.session("harbour", act_as="nora@example.org") as nora:
        nora.update_preference_set(3, send_email=True)
        name = nora.profile_self().profile_name
    with microcosm.open(database=database, mail_from="forum@forum.example") as own:
        own.set_mailer(got.put)
        threads = [threading.Thread(target=own.run_mail) for _ in range(2)]
        for thread in threads:
            thread.start()
        for number in range(240):
            mira.comment_create(item_type="conversation", item_id=rope, markdown=f"What says @{name}? {number}")
            try:
                mail = got.get(timeout=0.5)
                break
            except queue.Empty:
                continue
        assert mail.to == "nora@example.org" and f"What says @{name}?" in mail.text
        own.stop()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        late = threading.Thread(target=own.run_mail)
        late.start()
    late.join(60)
    assert not late.is_alive(), "closing ends it too"
    with pytest.raises(microcosm.BadState):
        own.run_mail()
