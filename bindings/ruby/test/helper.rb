# frozen_string_literal: true

# The tests run inside with_postgres, against the libmicrocosm just built:
#
#   build/tests/with_postgres bindings/ruby/test/run.rb [NAME...]

ENV["MICROCOSM_LIBRARY"] ||= File.expand_path("../../../build/libmicrocosm/libmicrocosm.so.0", __dir__)
$LOAD_PATH.unshift File.expand_path("../lib", __dir__)

require "minitest"
require "tmpdir"
require "open3"
require "microcosm"

# For programs other than Ruby: only that needs AddressSanitizer's library, and others hang with it.
PLAIN = { "LD_PRELOAD" => nil }.freeze

# A database of this process' own, with a site, its owner, something to read, and a conversation to
# talk in.
module Forum
  SERVER = ENV.fetch("MICROCOSM_TEST_DATABASE") { abort "run this with build/tests/with_postgres" }
  OWNER = "owner@example.org"
  MEMBER = "member@example.org"

  class << self
    attr_reader :microcosm, :conversation, :talk

    def database
      @database ||= make("ruby_#{Process.pid}")
    end

    # Ordinary roles are held by row-level security; superusers aren't.
    def make(name)
      psql(SERVER, "CREATE DATABASE #{name} TEMPLATE microcosm OWNER microcosm")
      "#{SERVER.gsub(/\b(dbname|user)=\S+/, "")} dbname=#{name} user=microcosm"
    end

    def psql(conninfo, sql)
      output, status = Open3.capture2e(PLAIN, "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", conninfo, "-c", sql)
      raise output unless status.success?

      output.strip
    end

    def count(table)
      psql(database, "SET microcosm.site_id = 0; SELECT count(*) FROM microcosm.#{table}").to_i
    end

    def app
      @app ||= Microcosm.open(database: database, files: files).tap { |app| fill(app) }
    end

    # A folder that goes at the end.
    def files
      @files ||= Dir.mktmpdir("mcfiles.").tap { |folder| Minitest.after_run { FileUtils.remove_entry(folder, true) } }
    end

    def session(email = OWNER, &block)
      app.session(site: "demo", email: email, &block)
    end

    def guest(&block)
      app.session(site: "demo", &block)
    end

    private

    def fill(app)
      app.session { |session| session.site_create(OWNER, subdomain_key: "demo", title: "Demo") }
      app.session(site: "demo", email: OWNER) do |session|
        @microcosm = session.microcosm_create(title: "Bikes", description: "All about bikes")
        @conversation = session.conversation_create(microcosm_id: @microcosm, title: "Which tyres?")
        @talk = session.conversation_create(microcosm_id: @microcosm, title: "Talk")
        7.times { |i| comment(session, "Comment number **#{i}**") }
      end
    end

    def comment(session, text)
      session.comment_create(item_type: "conversation", item_id: @conversation, markdown: text)
    end
  end
end

# Waits for what has to become true; how long that takes says nothing, but it doesn't take so long.
def wait_until(seconds = 120)
  ends = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
  until yield
    raise "it doesn't happen" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > ends

    sleep 0.005
  end
end

# For the block, a call on a connection is in the middle of the database.
def while_busy(db)
  Microcosm::Connection.open(Forum.database) do |other|
    other.exec("SELECT pg_advisory_lock(7)")
    slow = Thread.new { db.exec("SELECT pg_advisory_lock(7)") }
    wait_until { other.exec("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").any? }
    yield slow
  ensure
    other.exec("SELECT pg_advisory_unlock_all()")
    slow&.join
  end
end

# A Ruby of its own, for what might crash or not end.
module Child
  PREAMBLE = <<~RUBY
    $LOAD_PATH.unshift #{$LOAD_PATH.first.inspect}
    require "microcosm"
    DATABASE = ARGV.fetch(0)
    def app(**options) = @app ||= Microcosm.open(database: DATABASE, migrate: false, **options)
    def session = @session ||= app.session(site: "demo", email: "#{Forum::OWNER}")
  RUBY

  # What it printed. It has to end well, and in time.
  def child(code)
    Forum.app
    output, status = Open3.capture2e("timeout", "--signal=ABRT", "300", RbConfig.ruby, "-W", "-e", PREAMBLE + code,
                                     Forum.database)
    assert status.success?, "ended with #{status}: #{output}"
    output
  end
end

Forum.app # before there are threads that want it
Minitest.after_run { Forum.app.close }
