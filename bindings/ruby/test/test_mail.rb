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

  # Mail is chosen by whichever app does that work, so until that is the one which has a mailer, things are written.
  def test_threads_of_the_hosts_send_what_people_are_told
    got = Queue.new
    name = Forum.session(Forum::MEMBER) do |session|
      session.update_preference_set(3, send_email: true)
      session.profile_self.profile_name
    end
    @app.set_mailer { |mail| got << mail }
    threads = Array.new(2) { Thread.new { @app.run_mail } }
    mail = nil
    480.times do |number|
      Forum.session do |session|
        session.comment_create(item_type: "conversation", item_id: Forum.talk, markdown: "What says @#{name}? #{number}")
      end
      sleep(0.25)
      mail = got.pop and break unless got.empty?
    end

    assert_equal Forum::MEMBER, mail.to
    @app.stop

    assert(threads.all? { |thread| thread.join(60) })
    late = Thread.new { @app.run_mail }
    Thread.pass until late.stop?
    @app.close

    assert late.join(60)
    assert_raises(Microcosm::BadState) { @app.run_mail }
  end

  def test_without_a_mailer
    assert_raises(Microcosm::Unsupported) { try }
    assert_raises(ArgumentError) { @app.set_mailer }
  end
end
