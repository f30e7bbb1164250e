# frozen_string_literal: true

# Sessions on connections of other libraries: the pg gem, ActiveRecord, and whatever runs SQL.

module OnOtherConnections
  def setup
    Forum.app
    Forum.psql(Forum.database, "SET client_min_messages = warning; CREATE TABLE IF NOT EXISTS boats (boat text); TRUNCATE boats")
  end

  def post(session, text = "hello")
    session.comment_create(item_type: "conversation", item_id: Forum.talk, markdown: "#{self.class} #{name}: #{text}")
  end

  def there?(id)
    Forum.session { |session| session.comment_get(id) } && true
  rescue Microcosm::Error
    false
  end

  def boats
    Forum.psql(Forum.database, "SELECT boat FROM boats ORDER BY 1").lines.map(&:chomp)
  end

  # A session on a connection, which is used for what follows.
  def on(connection)
    Forum.session do |session|
      session.use(connection)
      yield session
    end
  end
end

class PgTest < Minitest::Test
  include OnOtherConnections

  def setup
    super
    require "pg"
    @pg = PG.connect(Forum.database)
  rescue LoadError
    skip "no pg"
  end

  def teardown
    @pg&.close unless @pg&.finished?
  end

  def sell(session, boat)
    @pg.exec_params("INSERT INTO boats VALUES ($1)", [boat])
    post(session, boat)
  end

  def test_a_rollback_takes_the_comment_along
    id = nil
    on(@pg) do |session|
      assert_raises(RuntimeError) { @pg.transaction { id = sell(session, "Dinghy"); raise "nobody wants it" } }
    end

    refute there?(id)
    assert_empty boats
  end

  def test_a_commit_keeps_both
    id = on(@pg) { |session| @pg.transaction { sell(session, "Cutter").tap { |it| refute there?(it) } } }

    assert there?(id)
    assert_equal ["Cutter"], boats
  end

  def test_outside_of_a_transaction_each_write_is_one
    on(@pg) do |session|
      assert there?(post(session))
      undone = session.transaction { post(session, "undone"); raise Microcosm::Rollback }
      assert_nil undone
      assert_equal PG::PQTRANS_IDLE, @pg.transaction_status
    end
  end

  def test_a_transaction_of_the_session_is_a_savepoint_of_the_hosts
    kept = undone = nil
    on(@pg) do |session|
      @pg.transaction do
        kept = post(session, "kept")
        session.transaction { undone = post(session, "undone"); raise Microcosm::Rollback }
      end
    end

    assert there?(kept)
    refute there?(undone)
  end

  def test_a_failed_call_leaves_the_hosts_transaction_alive
    on(@pg) do |session|
      @pg.transaction do
        sell(session, "Ketch")
        assert_raises(Microcosm::NotFound, Microcosm::Forbidden) { session.conversation_get(999_999) }
        assert_raises(Microcosm::InvalidInput) { session.comment_create(item_id: 3, item_type: "conversation", markdown: "") }
      end
    end

    assert_equal ["Ketch"], boats
  end

  def test_a_failed_statement_leaves_the_hosts_transaction_alive
    other = PG.connect(Forum.database)
    on(@pg) do |session|
      poll = session.poll_create(microcosm_id: Forum.microcosm, title: "Sides", question: "Which?",
                                 choices: [{ choice: "port" }, { choice: "starboard" }])
      @pg.transaction do
        sell(session, "Ketch")
        @pg.exec("SET LOCAL lock_timeout = 50")
        other.exec("BEGIN; LOCK TABLE microcosm.poll_choices")
        error = assert_raises(Microcosm::Busy) { session.poll_get(poll) }
        assert_equal "55P03", error.sqlstate
        assert_kind_of PG::LockNotAvailable, error.cause
        other.exec("ROLLBACK")
        assert_equal poll, session.poll_get(poll).id
      end
    end

    assert_equal ["Ketch"], boats
  ensure
    other&.close
  end

  def test_a_transaction_of_the_hosts_that_has_failed
    on(@pg) do |session|
      @pg.exec("BEGIN")
      assert_raises(PG::Error) { @pg.exec("SELECT nonsense") }
      assert_raises(Microcosm::BadState) { session.site_get }
      @pg.exec("ROLLBACK")
      assert_equal "Demo", session.site_get.title
    end
  end

  def test_values_are_text_whatever_the_host_makes_of_them
    @pg.type_map_for_results = PG::BasicTypeMapForResults.new(@pg)
    @pg.type_map_for_queries = PG::BasicTypeMapForQueries.new(@pg)
    @pg.exec("SET datestyle = 'SQL, DMY'; SET timezone = 'Asia/Kolkata'")
    text = "100% $1 ? \\ ' \" {a,b} äöü 漢字 🛶 " * 1000
    here = tree = nil
    on(@pg) do |session|
      here = session.comment_get(post(session, text))
      tree = session.microcosms_tree
    end
    there = Forum.session { |session| session.comment_get(here.id) }

    assert_equal "#{self.class} #{name}: #{text}", here.markdown
    assert_equal there.meta.created, here.meta.created
    assert_equal Forum.session(&:microcosms_tree), tree
    assert_equal "SQL, DMY", @pg.exec("SHOW datestyle").getvalue(0, 0)
    assert_equal [0], @pg.exec("SELECT count(*) FROM pg_prepared_statements").column_values(0)
  end

  def test_a_closed_connection
    on(@pg) do |session|
      @pg.close
      assert_raises(Microcosm::BadState) { session.site_get }
      assert_raises(Microcosm::BadState) { session.use(@pg) }
      session.use(nil)
      assert_equal "Demo", session.site_get.title
    end
  end

  def test_a_lost_connection
    on(@pg) do |session|
      @pg.exec("BEGIN")
      Forum.psql(Forum::SERVER, "SELECT pg_terminate_backend(#{@pg.backend_pid})")
      error = assert_raises(Microcosm::Unavailable) { session.site_get }
      assert_kind_of PG::Error, error.cause
    end
  end

  def test_another_encoding
    @pg.set_client_encoding("LATIN1")
    Forum.session { |session| assert_raises(Microcosm::BadState) { session.use(@pg) } }
  end

  def test_is_kept_as_long_as_a_session_needs_it
    on(PG.connect(Forum.database)) do |session|
      3.times { GC.start }
      assert_equal "Demo", session.site_get.title
    end
  end

  def test_closing_the_session_rolls_back
    @pg.exec("BEGIN")
    session = Forum.session
    session.use(@pg)
    session.begin
    undone = post(session)
    session.close
    @pg.exec("COMMIT")

    refute there?(undone)
  end

  def test_a_function_that_runs_sql
    statements = []
    run = lambda do |sql, parameters|
      statements << sql
      result = parameters.empty? ? @pg.exec(sql) : @pg.exec_params(sql, parameters)
      [result.fields, result.values] unless result.nfields.zero?
    end
    Forum.session do |session|
      session.use(run)
      error = assert_raises(Microcosm::BadState) { session.site_get }
      assert_equal "25P01", error.sqlstate
      assert_kind_of PG::NoActiveSqlTransaction, error.cause
      @pg.transaction { @kept = post(session) }
    end

    assert there?(@kept)
    assert_includes statements.last, "RELEASE SAVEPOINT microcosm"
  end

  def test_what_a_function_raises_goes_on
    failing = nil
    run = lambda do |sql, parameters|
      raise failing if parameters.any?

      @pg.exec(sql) && nil
    end
    @pg.exec("BEGIN")
    on(run) do |session|
      [ZeroDivisionError.new("mine"), Interrupt.new, SystemExit.new, Microcosm::NotFound.new].each do |failure|
        failing = failure
        assert_same failure, assert_raises(failure.class) { session.conversation_get(Forum.talk) }
      end
      failing = Microcosm::Unavailable.new("away")
      assert_same failing, assert_raises(Microcosm::Unavailable) { session.conversation_get(Forum.talk) }.cause
      assert_raises(Microcosm::BadState) { catch(:out) { session.use(->(*) { throw :out }).site_get } }
    end
  end

  def test_what_a_function_must_not_return
    [[["a"], [["1", "2"]]], [["a"], [[1]]], [[], []], [%w[a b], [["1"]]], [[nil], []], [["a\0b"], []], 7].each do |answer|
      @pg.exec("BEGIN")
      Forum.session do |session|
        session.use(->(sql, parameters) { parameters.any? ? answer : @pg.exec(sql) && nil })
        assert_raises(Microcosm::System, TypeError, ArgumentError, NoMethodError) { session.conversation_get(Forum.talk) }
      end
      @pg.exec("ROLLBACK")
    end
  end

  def test_a_function_that_uses_the_session
    @pg.exec("BEGIN")
    on(@pg) do |session|
      busy = lambda do |_sql, _parameters|
        assert_raises(Microcosm::BadState) { session.site_get }
        raise Microcosm::Busy
      end
      session.use(busy)
      assert_raises(Microcosm::Busy) { session.site_get }
    end
  end

  def test_does_not_grow
    skip "AddressSanitizer holds back what is freed" if ENV.fetch("LD_PRELOAD", "").include?("asan")
    kilobytes = -> { File.read("/proc/self/status")[/VmRSS:\s+(\d+)/, 1].to_i }
    on(@pg) do |session|
      25.times { session.conversation_get(Forum.conversation) }
      GC.start
      before = kilobytes.call
      75.times { session.conversation_get(Forum.conversation) }
      GC.start
      assert_operator kilobytes.call - before, :<, 4096
    end
  end
end

class ActiveRecordTest < Minitest::Test
  include OnOtherConnections

  def setup
    super
    require "pg"
    require "active_record"
    parts = PG::Connection.conninfo_parse(Forum.database).to_h { |part| [part[:keyword], part[:val]] }
    ActiveRecord::Base.establish_connection(adapter: "postgresql", host: parts["host"], port: parts["port"],
                                            username: parts["user"], database: parts["dbname"])
    Object.const_set(:Boat, Class.new(ActiveRecord::Base)) unless defined?(Boat)
  rescue LoadError
    skip "no ActiveRecord"
  end

  def teardown
    ActiveRecord::Base.remove_connection if defined?(ActiveRecord)
  end

  def sell(session, boat)
    Boat.create!(boat: boat)
    post(session, boat)
  end

  def test_a_rollback_takes_the_comment_along
    id = nil
    on(Boat.connection) do |session|
      Boat.transaction { id = sell(session, "Dinghy"); raise ActiveRecord::Rollback }
    end

    refute there?(id)
    assert_empty boats
  end

  def test_a_commit_keeps_both
    id = on(Boat.connection) { |session| Boat.transaction { sell(session, "Cutter") } }

    assert there?(id)
    assert_equal ["Cutter"], boats
  end

  # ActiveRecord begins a transaction with the first statement of its own.
  def test_the_comment_comes_first
    id = nil
    on(Boat.connection) { |session| Boat.transaction { id = post(session); raise ActiveRecord::Rollback } }

    refute there?(id)
  end

  def test_savepoints
    kept = undone = nil
    on(Boat.connection) do |session|
      Boat.transaction do
        Boat.transaction(requires_new: true) { undone = sell(session, "Raft"); raise ActiveRecord::Rollback }
        kept = sell(session, "Yawl")
        assert_raises(Microcosm::InvalidInput) { session.comment_create(item_id: 3, item_type: "conversation", markdown: "") }
      end
    end

    refute there?(undone)
    assert there?(kept)
    assert_equal ["Yawl"], boats
  end

  def test_outside_of_a_transaction
    assert there?(on(Boat.connection) { |session| post(session) })
  end

  def test_a_connection_that_went_back_to_its_pool
    on(Boat.connection) do |session|
      Boat.connection.begin_transaction
      session.begin
      Boat.connection.rollback_transaction
      ActiveRecord::Base.clear_active_connections!
      assert_raises(Microcosm::BadState) { session.site_get }
      Thread.new { Boat.transaction { Boat.create!(boat: "Punt") && session.close } }.join
    end

    assert_equal %w[Punt], boats
  end

  def test_one_that_was_reconnected
    on(Boat.connection) do |session|
      Boat.connection.reconnect!
      assert_equal "Demo", session.site_get.title
      Boat.connection.disconnect!
      assert_raises(Microcosm::BadState) { session.site_get }
    end
  end
end
