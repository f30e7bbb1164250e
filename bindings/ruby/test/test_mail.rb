# frozen_string_literal: true

class MailTest < Minitest::Test
  def setup
    @app = Microcosm.open(database: Forum.database, mail_from: "forum@forum.example")
  end

  def teardown
    @app.close
  end

  def try
    @app.session { |session| session.mail_test("ada@people.example") }
  end

  def test_the_host_sends_it
    sent = []
    @app.set_mailer { |mail| sent << mail }
    try

    assert_equal ["ada@people.example"], sent.map(&:to)
    assert_equal ["forum@forum.example", "A test of mail from localhost", nil],
                 [sent[0].from, sent[0].subject, sent[0].site_id]
    assert_includes sent[0].message, "Message-ID: <#{sent[0].message_id}>\r\n"
    assert_raises(Microcosm::BadState) { @app.set_mailer { nil } }
  end

  def test_what_it_raises_is_the_cause
    @app.set_mailer { raise "away" }
    error = assert_raises(Microcosm::Remote) { try }

    assert_equal "away", error.cause.message
  end

  def test_without_a_mailer
    assert_raises(Microcosm::Unsupported) { try }
    assert_raises(ArgumentError) { @app.set_mailer }
  end
end
