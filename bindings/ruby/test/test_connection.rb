# frozen_string_literal: true

# The host's own writes and the forum's, together or not at all.
class ConnectionTest < Minitest::Test
  def setup
    Forum.app
    @db = Microcosm::Connection.open(Forum.database)
    @db.exec("SET client_min_messages = warning")
    @db.exec("CREATE TABLE IF NOT EXISTS offers (boat text NOT NULL, price int, sold bool)")
    @db.exec("DELETE FROM offers")
  end

  def teardown
    @db.close
  end

  def sell(boat)
    @db.exec("INSERT INTO offers (boat) VALUES ($1)", [boat])
    Forum.session do |session|
      session.use_connection(@db)
      session.comment_create(item_type: "conversation", item_id: Forum.talk, markdown: "New: #{boat} #{name}")
    end
  end

  def there?(id)
    Forum.session { |session| session.comment_get(id) } && true
  rescue Microcosm::Error
    false
  end

  def offers
    Forum.psql(Forum.database, "SELECT boat FROM offers ORDER BY 1").lines.map(&:chomp)
  end

  def test_a_rollback_takes_the_comment_along
    id = nil
    assert_raises(RuntimeError) { @db.transaction { id = sell("Dinghy"); raise "nobody wants it" } }

    refute there?(id)
    assert_empty offers
  end

  def test_a_commit_keeps_both
    id = @db.transaction { sell("Cutter") }

    assert there?(id)
    assert_equal ["Cutter"], offers
  end

  def test_each_sees_what_the_other_wrote
    @db.transaction do
      id = sell("Yawl")
      rows = @db.exec("SELECT count(*) AS n FROM microcosm.comments WHERE comment_id = $1", [id])
      assert_equal [{ "n" => "0" }], rows, "the host is held by row-level security"
      @db.exec("SELECT set_config('microcosm.site_id', '0', true)")
      assert_equal [{ "n" => "1" }], @db.exec("SELECT count(*) AS n FROM microcosm.comments WHERE comment_id = $1", [id])
      raise Microcosm::Rollback
    end
  end

  def test_a_transaction_of_the_session_is_a_savepoint_of_the_hosts
    kept = undone = nil
    Forum.session do |session|
      @db.transaction do
        session.use_connection(@db)
        kept = session.comment_create(item_type: "conversation", item_id: Forum.talk, markdown: "kept #{name}")
        session.transaction do
          undone = session.comment_create(item_type: "conversation", item_id: Forum.talk, markdown: "undone #{name}")
          raise Microcosm::Rollback
        end
      end
    end

    assert there?(kept)
    refute there?(undone)
  end

  def test_a_failed_operation_leaves_the_hosts_transaction_alive
    @db.transaction do
      @db.exec("INSERT INTO offers (boat) VALUES ('Ketch')")
      Forum.session do |session|
        session.use_connection(@db)
        assert_raises(Microcosm::NotFound) { session.conversation_get(999_999) }
        assert_raises(Microcosm::InvalidInput) { session.comment_create(item_type: nil, item_id: 3, markdown: nil) }
      end
    end

    assert_equal ["Ketch"], offers
  end

  def test_values
    assert_equal [{ "a" => "1", "b" => nil, "c" => "ä", "d" => "t", "e" => "1.5", "f" => "" }],
                 @db.exec("SELECT $1::int a, $2::text b, $3::text c, $4::bool d, $5::float e, $6::text f", [1, nil, "ä", true, 1.5, ""])
    assert_equal %w[1 2 3], @db.exec("SELECT generate_series(1, $1::int) AS n", [3]).map { |row| row["n"] }
  end

  def test_failures
    error = assert_raises(Microcosm::Database) { @db.exec("INSERT INTO offers (boat) VALUES (NULL)") }
    assert_equal "23502", error.sqlstate
    assert_raises(Microcosm::Database) { @db.exec("SELECT 1; SELECT 2") }
    assert_raises(Microcosm::Database) { @db.exec("SELECT $1::int") }
    assert_empty @db.exec("")
    assert_raises(Microcosm::Unsupported) { @db.exec("COPY offers FROM STDIN") }
    assert_raises(Microcosm::Unsupported) { @db.exec("COPY (SELECT generate_series(1, 100)) TO STDOUT") }
    assert_raises(ArgumentError) { @db.exec("SELECT 1\0") }
    assert_raises(TypeError) { @db.exec(nil) }
    assert_equal [{ "one" => "1" }], @db.exec("SELECT 1 AS one"), "it is fine after all that"
    assert_raises(Microcosm::Unavailable) { Microcosm::Connection.open("host=/nowhere") }
  end

  def test_transactions_of_its_own
    @db.transaction do
      assert_predicate @db, :in_transaction?
      assert_raises(Microcosm::BadState) { @db.transaction { flunk } }
      @db.exec("INSERT INTO offers (boat) VALUES ('Sloop')")
      raise Microcosm::Rollback
    end

    refute_predicate @db, :in_transaction?
    assert_empty offers
  end

  def test_a_failed_statement_is_not_committed_in_silence
    error = assert_raises(Microcosm::Database) do
      @db.transaction do
        @db.exec("INSERT INTO offers (boat) VALUES ('Punt')")
        @db.exec("INSERT INTO offers (boat) VALUES (NULL)") rescue Microcosm::Database
      end
    end

    assert_equal "25P02", error.sqlstate
    assert_empty offers
    refute_predicate @db, :in_transaction?
  end

  def test_a_commit_that_fails_is_told
    @db.exec("CREATE TABLE IF NOT EXISTS late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    error = assert_raises(Microcosm::Database) { @db.transaction { 2.times { @db.exec("INSERT INTO late VALUES (1)") } } }

    assert_equal "23505", error.sqlstate
    refute_predicate @db, :in_transaction?
  end

  def test_a_lost_connection_is_an_error
    pid = @db.exec("SELECT pg_backend_pid() AS pid").first["pid"]
    Forum.psql(Forum::SERVER, "SELECT pg_terminate_backend(#{pid})")
    assert_raises(Microcosm::Database) { @db.exec("SELECT 1") }
    Forum.session do |session|
      assert_raises(Microcosm::BadState) { session.use_connection(@db) }
      assert_predicate session.profile_id, :positive?
    end
  end

  def test_closing_it_below_a_session
    Forum.session do |session|
      session.use_connection(@db)
      @db.close
      assert_raises(Microcosm::BadState) { session.site_get }
      assert_raises(Microcosm::BadState) { @db.exec("SELECT 1") }
      session.use_connection(nil)
      assert_equal "Demo", session.site_get.title
    end
    @db.close
  end

  def test_resetting_lets_go_of_it
    Forum.session do |session|
      session.use_connection(@db)
      session.begin
      @db.close
      session.reset
      session.enter(site: "demo")
      assert_equal "Demo", session.site_get.title
    end
  end

  def test_is_kept_as_long_as_a_session_needs_it
    Forum.session do |session|
      session.use_connection(Microcosm::Connection.open(Forum.database))
      GC.start
      assert_equal "Demo", session.site_get.title
    end
  end

  def test_one_thread_at_a_time_through_whatever_session
    while_busy(@db) do
      assert_raises(Microcosm::BadState) { @db.exec("SELECT 1") }
      Forum.session { |session| assert_raises(Microcosm::BadState) { session.use_connection(@db) } }
    end
  end

  def test_only_its_own_kind
    Forum.session do |session|
      [1, "dbname=x", Object.new, FFI::Pointer.new(8)].each { |it| assert_raises(TypeError) { session.use_connection(it) } }
    end
  end
end
