# frozen_string_literal: true

require "timeout"

# Memory stays where it is, however many calls there are. MICROCOSM_LEAK_CALLS=1000000 for a million.
class LeaksTest < Minitest::Test
  CALLS = Integer(ENV.fetch("MICROCOSM_LEAK_CALLS", 1200))

  def resident
    File.read("/proc/self/status")[/VmRSS:\s+(\d+)/, 1].to_i / 1024.0
  end

  def setup
    skip "AddressSanitizer holds back what is freed" if ENV.fetch("LD_PRELOAD", "").include?("asan")
  end

  # Megabytes that the second half of the calls adds to the first.
  def growth(calls = CALLS)
    (calls / 2).times { yield }
    GC.start
    before = resident
    (calls / 2).times { yield }
    GC.start
    resident - before
  end

  # A record of the page below is some 60 KiB: lost ones would be 36 MiB with the default.
  def test_records
    Forum.session do |session|
      id = session.conversation_create(microcosm_id: Forum.microcosm, title: "Long")
      25.times { |i| session.comment_create(item_type: "conversation", item_id: id, markdown: "#{i} " * 300) }

      assert_operator growth { session.conversation_get(id).comments.first.html }, :<, 12
      session.conversation_delete(id)
    end
  end

  def test_are_freed_even_if_they_are_never_looked_at
    Forum.session do |session|
      root = Microcosm::Record::Root
      1200.times { session.site_get }

      assert_operator root.living, :<, 1100
    end
  end

  def test_failures_texts_and_buffers
    Forum.session do |session|
      assert_operator growth { session.conversation_get(Forum.conversation, limit: 7) rescue nil }, :<, 8
      assert_operator growth { session.conversation_json(Forum.conversation) }, :<, 8
      assert_operator growth { Microcosm.render("*Hello* @you") { 1 } }, :<, 8
      assert_operator growth { Microcosm.render("*Hello* @you") { raise "no" } rescue nil }, :<, 8
      assert_operator growth { session.comment_create(item_type: "conversation", item_id: 0, markdown: "x" * 1000) rescue nil }, :<, 8
    end
  end

  def test_sessions_apps_and_connections
    # Lost ones would be 1.9, 4.5 and 1.9 MiB.
    assert_operator growth { Forum.app.session(site: "demo") }, :<, 1.2
    assert_operator growth([CALLS, 120].min) { Microcosm.open(database: Forum.database, migrate: false) { |app| app.session } }, :<, 3
    assert_operator growth([CALLS, 240].min) { Microcosm::Connection.open(Forum.database) { |db| db.exec("SELECT $1::text", ["x" * 1000]) } }, :<, 1.2
  end

  # An exception from outside must not lose what the library has just given.
  def test_calls_that_are_interrupted
    Forum.session do |session|
      lost = growth([CALLS, 400].min) do
        Timeout.timeout(rand * 0.002) { loop { session.conversation_get(Forum.conversation) } }
      rescue Timeout::Error
        nil
      end

      assert_operator lost, :<, 12
    end
  end
end
