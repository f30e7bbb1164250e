# frozen_string_literal: true

require "tmpdir"

# Nothing that a Ruby program does may crash it, hang it or hurt its parent.
class MisuseTest < Minitest::Test
  include Child

  def test_closed_handles_raise
    app = Microcosm.open(database: Forum.database)
    session = app.session(site: "demo")
    2.times { session.close }
    assert_predicate session, :closed?
    assert_raises(Microcosm::BadState) { session.site_get }
    assert_raises(Microcosm::BadState) { session.transaction { flunk } }
    assert_raises(Microcosm::BadState) { session.enter(site: "demo") }
    assert_raises(Microcosm::BadState) { session.reset }
    assert_raises(Microcosm::BadState) { session.conversations.to_a }
    open = app.session(site: "demo")
    2.times { app.close }
    assert_predicate open, :closed?, "an app ends its sessions"
    assert_raises(Microcosm::BadState) { open.site_get }
    assert_raises(Microcosm::BadState) { app.session }
    assert_raises(Microcosm::BadState) { app.check }
    assert_raises(Microcosm::BadState) { app.step }
    assert_raises(Microcosm::BadState) { app.stats }
    assert_match(/closed/, [app, open].inspect)
  end

  def test_handles_cannot_be_copied
    Forum.session do |session|
      20.times { assert_raises(TypeError) { session.clone } }
      3.times { GC.start }
      assert_equal "Demo", session.site_get.title, "what was refused takes nothing along"
    end
    assert_raises(TypeError) { Forum.app.clone }
    Microcosm::Connection.open(Forum.database) { |db| assert_raises(TypeError) { db.dup } }
    assert_raises(TypeError) { Marshal.dump(Forum.app) }
  end

  # Even if the session can't be ended before the connection is free.
  def test_closing_an_app_while_its_connection_is_in_use
    app = Microcosm.open(database: Forum.database)
    db = Microcosm::Connection.open(Forum.database)
    session = app.session(site: "demo").use_connection(db)
    session.begin
    while_busy(db) do
      app.close
      assert_raises(Microcosm::BadState) { session.site_get }
    end
    session.close
    assert_predicate session, :closed?
  ensure
    db&.close
  end

  def test_a_session_is_for_one_thread_at_a_time
    app = Microcosm.open(database: Forum.database)
    session = app.session
    asked, go_on = Queue.new, Queue.new
    app.add_auth_provider do
      asked << true
      go_on.pop
      nil
    end
    slow = Thread.new { assert_raises(Microcosm::Unauthenticated) { session.enter(site: "demo", token: "slow") } }
    asked.pop
    [-> { session.site_get }, -> { session.site_id }, -> { session.close }, -> { session.reset }].each do |use|
      assert_raises(Microcosm::BadState, &use)
    end
    go_on << true
    slow.join
    assert_equal "Demo", session.enter(site: "demo").site_get.title
  ensure
    app.close
  end

  def test_many_threads_on_one_session
    Forum.session do |session|
      seen = Array.new(8) { Thread.new { Array.new(50) { session.conversation_get(Forum.conversation).title rescue $!.class } } }

      assert_empty seen.flat_map(&:value).uniq - ["Which tyres?", Microcosm::BadState]
    end
  end

  def test_an_app_is_for_all_threads
    titles = Array.new(8) do
      Thread.new { Array.new(20) { Forum.session { |session| session.conversation_get(Forum.conversation).title } } }
    end

    assert_equal ["Which tyres?"], titles.flat_map(&:value).uniq
  end

  # A long call lets the others run; else this thread would not find out that it goes on.
  def test_calls_do_not_stop_other_threads
    Microcosm::Connection.open(Forum.database) { |db| while_busy(db) { |slow| assert_predicate slow, :alive? } }
  end

  def test_closing_an_app_while_others_use_it
    assert_equal "done", child(<<~RUBY).strip
      begun = Queue.new
      app
      threads = Array.new(6) do
        Thread.new do
          loop { app.session(site: "demo") { |s| begun << s.conversations.to_a } }
        rescue Microcosm::BadState
          :refused
        end
      end
      20.times { begun.pop }
      app.close
      puts "done" if threads.map(&:value).uniq == [:refused]
    RUBY
  end

  def test_exit_with_everything_open
    [
      "session", "session.begin", "session.conversations.first", "app.session; app.session(site: 'demo')",
      "session; exit!(0)", "session; exit(0)", "session; at_exit { puts session.site_get.title }", "GC.disable; 50.times { app.session }",
      # the app may be closed under it, which it is told
      "session; Thread.new { loop { app.session(site: 'demo').site_get } rescue $!.is_a?(Microcosm::BadState) || raise }; sleep 0.1",
      "at_exit { Microcosm.open(database: DATABASE).session(site: 'demo') }",
      "$kept = Microcosm::Connection.open(DATABASE); session.use_connection($kept)",
      "session; ObjectSpace.define_finalizer(+'x', proc { session.site_get rescue puts $!.class }); nil",
      "session; trap('TERM') { exit(0) }; Process.kill(:TERM, $$); sleep 5",
      "app(background: false).add_auth_provider { nil }; session; Thread.new { app.run }; sleep 0.1",
    ].each { |code| refute_match(/\\[BUG\\]|unexpected|terminated/, child(code), code) }
  end

  def test_nothing_but_garbage
    assert_equal "0", child(<<~RUBY).strip
      20.times do
        Microcosm.open(database: DATABASE, migrate: false).session(site: "demo").site_get
        GC.start
      end
      3.times { GC.start; sleep 0.05 }
      apps = ObjectSpace.each_object(Microcosm::App).count
      puts apps < 5 ? 0 : apps
    RUBY
  end

  def test_a_forked_process_is_told_and_does_no_harm
    output = child(<<~RUBY)
      db = Microcosm::Connection.open(DATABASE)
      record = session.conversation_get(#{Forum.conversation})
      session.begin
      id = session.conversation_create(microcosm_id: #{Forum.microcosm}, title: "After the fork")
      [-> { session.site_get }, -> { app.session }, -> { app.check }, -> { db.exec("SELECT 1") },
       -> { session.reset }, -> { session.rollback }, -> { session.site_id }].each do |use|
        pid = fork do
          use.call
        rescue Microcosm::BadState => e
          puts "told"
        end
        Process.wait(pid)
        abort "child: \#{$?}" unless $?.success?
      end
      Process.wait(fork { session.close; app.close; db.close; puts record.title; Microcosm.open(database: DATABASE) { |a| puts a.session(site: "demo").site_get.title } })
      abort "child: \#{$?}" unless $?.success?
      Process.wait(fork {})
      session.commit
      puts session.conversation_get(id).title, db.exec("SELECT 'fine' AS it").first["it"]
      session.conversation_delete(id)
    RUBY

    assert_equal ["told"] * 7 + ["Which tyres?", "Demo", "After the fork", "fine"], output.lines.map(&:chomp)
  end

  def test_the_background_work_is_done_once
    app = Microcosm.open(database: Forum.database)
    assert_raises(Microcosm::BadState) { app.run }
    # It goes on: there is a look at the change feed each second and whenever something is written.
    passes = app.stats.feed_passes
    wait_until { app.stats.feed_passes > passes }
    app.stop
    runner = Thread.new { app.run }
    wait_until { app.instance_variable_get(:@background) }
    assert_raises(Microcosm::BadState) { app.run }
    app.stop
    assert_same app, runner.value
  ensure
    app.close
  end

  def test_the_host_may_do_the_background_work
    Microcosm.open(database: Forum.database, background: false) do |app|
      assert_equal 0, app.stats.feed_passes
      assert_kind_of Float, app.step
      assert_equal 1, app.stats.feed_passes
    end
  end

  def test_a_signal_ends_it
    output = child(<<~RUBY)
      trap("TERM") { Thread.main.raise(Interrupt, "enough") }
      app(background: false)
      begin
        Thread.new do
          sleep 0.01 until app.instance_variable_get(:@background)
          Process.kill(:TERM, $$)
        end
        app.run
      rescue Interrupt => e
        puts e.message
      end
    RUBY

    assert_equal "enough", output.strip
  end

  def test_a_logger_hears_of_it_and_may_fail
    output = child(<<~RUBY)
      require "stringio"
      class Failing < Logger
        def add(*) = raise("the disk is full")
      end
      log = StringIO.new
      Microcosm.open(database: DATABASE, logger: Logger.new(log, level: :debug)) { |app| app.session(site: "demo") { |s| s.site_get } }
      Microcosm.open(database: DATABASE, logger: Failing.new(nil, level: :debug)) { |app| puts app.session(site: "demo").site_get.title }
      Microcosm.open(database: DATABASE, logger: Logger.new(log, level: :fatal)) { |app| app.check }
      begin
        Microcosm.open(database: "host=/nowhere", logger: Logger.new(log), wait_ms: 10)
      rescue Microcosm::Unavailable
        puts "away"
      end
    RUBY

    assert_equal %w[Demo away], output.lines.map(&:chomp)
  end

  def test_a_private_postgresql_in_a_folder
    Dir.mktmpdir do |folder|
      output = child(<<~RUBY)
        Microcosm.open(#{"#{folder}/forum".inspect}) do |app|
          app.session { |s| s.site_create("you@example.org", subdomain_key: "demo", title: "Mine") }
        end
        app = Microcosm.open(#{"#{folder}/forum".inspect})
        puts app.session(site: "demo").site_get.title
      RUBY

      assert_equal "Mine", output.strip
      refute File.exist?("#{folder}/forum/postgresql/data/postmaster.pid"), "it ends with the process"
    end
  end
end
