# frozen_string_literal: true

class AuthTest < Minitest::Test
  def setup
    @app = Microcosm.open(database: Forum.database)
  end

  def teardown
    @app.close
  end

  def enter(token, **visit)
    @app.session(site: "demo", token: token, **visit) { |session| session.profile_self }
  end

  def identity(**who)
    Microcosm::Identity.new(**who)
  end

  def test_a_users_of_the_hosts_are_users_of_the_forum
    seen = nil
    @app.add_auth_provider("shop") do |credentials|
      seen = credentials
      identity(email: "shopper@example.org", name: "shopper") if credentials.token == "cookie"
    end
    profile = enter("cookie", address: "192.0.2.1", scheme: "session")

    assert_equal %w[shopper shopper@example.org], [profile.profile_name, profile.email]
    assert_equal ["session", "cookie", "demo", "192.0.2.1"], [seen.scheme, seen.token, seen.site_key, seen.address]
    assert_predicate seen.site_id, :positive?
    refute_includes seen.inspect, "cookie"
    assert_raises(Microcosm::Unauthenticated) { enter("another") }
    assert_equal profile.id, enter("cookie").id
  end

  def test_people_sign_in_at_a_service_of_the_hosts
    @app.add_sign_in_provider("club", title: "The Club",
                                      begins: ->(flow) { "https://club.example/?state=#{flow.state}" },
                                      ends: lambda do |flow|
                                        raise Microcosm::Unauthenticated if flow.code != "good" || flow.verifier.empty?

                                        identity(email: "cleo@example.org", name: "cleo")
                                      end)
    @app.session(site: "demo") do |session|
      assert_equal ["The Club"], session.sign_in_choices_list.providers.map(&:title)
      start = session.sign_in_begin("club", "/x/")
      back = { secret: start.secret, state: start.url[/state=(.*)/, 1] }
      assert_raises(Microcosm::Unauthenticated) { session.sign_in_end("club", **back, code: "forged") }
      assert_raises(Microcosm::Forbidden) { session.sign_in_end("club", **back, state: "another", code: "good") }
      assert_equal "/x/", session.sign_in_end("club", **back, code: "good").path
    end
    assert_equal "cleo", @app.session(site: "demo", email: "cleo@example.org") { |session| session.profile_self.profile_name }
  end

  def test_a_service_needs_a_sound_address_and_name
    @app.add_sign_in_provider("club", begins: ->(_) { "http://club.example/" }, ends: ->(_) {})
    @app.session(site: "demo") { |session| assert_raises(ArgumentError) { session.sign_in_begin("club", "/") } }
    assert_raises(Microcosm::Conflict) { @app.add_sign_in_provider("club", begins: ->(_) {}, ends: ->(_) {}) }
    assert_raises(Microcosm::InvalidInput) { @app.add_sign_in_provider("The Club", begins: ->(_) {}, ends: ->(_) {}) }
    assert_raises(ArgumentError) { @app.add_sign_in_provider("third", begins: "https://club.example/", ends: ->(_) {}) }
  end

  def test_access_tokens_are_asked_last
    token = Forum.session { |session| session.token_create(Forum::MEMBER, 1) }
    asked = []
    @app.add_auth_provider("first") { |credentials| asked << [:first, credentials.token]; nil }
    @app.add_auth_provider("second") { |credentials| asked << [:second, credentials.token]; nil }
    profile = enter(token)

    assert_equal Forum::MEMBER, profile.email
    assert_equal [[:first, token], [:second, token]], asked
  end

  def test_what_it_refuses_is_refused
    { "out" => Microcosm::Unauthenticated, "no" => Microcosm::Forbidden, "ban" => Microcosm::Banned,
      "later" => Microcosm::Busy, "away" => Microcosm::Unavailable }.each do |token, error|
      @app.add_auth_provider(token) { |credentials| raise error if credentials.token == token }
      assert_raises(error) { enter(token) }
    end
  end

  def test_mistakes_reach_who_entered
    answers = { "raise" => -> { raise IOError, "users.db is gone" }, "type" => -> { 41 }, "mail" => -> { identity(email: "nobody") },
                "valid" => -> { identity(email: "a@example.org", valid_for: 1_000_000) }, "throw" => -> { throw :somewhere },
                "state" => -> { raise Microcosm::NotFound }, "exit" => -> { exit 3 } }
    @app.add_auth_provider("faulty") { |credentials| answers.fetch(credentials.token).call }

    assert_equal "users.db is gone", assert_raises(IOError) { enter("raise") }.message
    assert_raises(TypeError) { enter("type") }
    assert_raises(ArgumentError) { enter("mail") }
    assert_raises(ArgumentError) { enter("valid") }
    assert_raises(UncaughtThrowError) { enter("throw") }
    assert_raises(Microcosm::BadState) { catch(:somewhere) { enter("throw") } }
    assert_raises(Microcosm::NotFound) { enter("state") }
    assert_raises(SystemExit) { enter("exit") }
    assert_equal "Demo", @app.session(site: "demo") { |session| session.site_get.title }, "and leave no trace"
  end

  def test_answers_are_remembered_for_as_long_as_they_say
    asked = 0
    @app.add_auth_provider do |credentials|
      asked += 1
      identity(email: "#{credentials.token}@example.org", valid_for: credentials.token == "long" ? 60 : 0)
    end
    3.times { enter("short") }
    assert_equal 3, asked
    # The library remembers nothing before it hears of changes, which takes a moment after opening.
    asks = lambda do
      before = asked
      enter("long")
      asked - before
    end
    wait_until { asks.call.zero? }
    @app.forget_identities
    assert_equal 1, asks.call
  end

  def test_it_may_use_other_sessions_but_not_the_one_that_asks
    session = @app.session
    refused = nil
    @app.add_auth_provider do
      refused = assert_raises(Microcosm::BadState) { session.site_get }
      email = @app.session(site: "demo", email: Forum::OWNER) { |other| other.profile_self.email }
      identity(email: email)
    end
    session.enter(site: "demo", token: "any")

    assert refused
    assert_equal Forum::OWNER, session.profile_self.email
  ensure
    session.close
  end

  def test_many_threads_at_once
    @app.add_auth_provider do |credentials|
      GC.start if rand < 0.1
      identity(email: "#{credentials.token}@example.org")
    end
    emails = Array.new(8) do |i|
      Thread.new { Array.new(20) { |j| [enter("thread#{i}x#{j % 3}").email, "thread#{i}x#{j % 3}@example.org"] } }
    end.flat_map(&:value)

    assert_empty(emails.reject { |seen, wanted| seen == wanted })
  end

  def test_survives_the_collection_of_garbage
    @app.add_auth_provider { identity(email: "kept@example.org") }
    3.times { GC.start }

    assert_equal "kept@example.org", enter("x").email
  end

  def test_wrong_use
    assert_raises(ArgumentError) { @app.add_auth_provider }
    assert_raises(TypeError) { @app.add_auth_provider(1) {} }
    assert_raises(Microcosm::InvalidInput) { @app.add_auth_provider("") {} }
    assert_raises(TypeError) { identity(email: 1) }
    assert_raises(ArgumentError) { identity }
    @app.close
    assert_raises(Microcosm::BadState) { @app.add_auth_provider {} }
  end
end
