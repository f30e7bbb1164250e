#!/usr/bin/env ruby
# frozen_string_literal: true

# Runs the examples in Ruby as a person would and looks at what they did:
#
#     with_postgres run_ruby_examples.rb [NAME...]

require_relative "../../bindings/ruby/test/helper"
require "io/wait"
require "tmpdir"

# examples/moderate.rb
class ModerateTest < Minitest::Test
  PROGRAM = File.expand_path("../../examples/moderate.rb", __dir__)

  def setup
    @folder = Dir.mktmpdir
    @conversation = Forum.session { |session| session.conversation_create(microcosm_id: Forum.microcosm, title: "For #{name}") }
    File.write("#{@folder}/words", "snake oil\nspam\n")
    moderate
  end

  def teardown
    FileUtils.rm_rf(@folder)
  end

  # Any open transaction on the server, in any database, holds the feed back.
  def wait_for_the_feed
    held = "SELECT count(*) FROM microcosm.changes WHERE transaction >= pg_snapshot_xmin(pg_current_snapshot())"
    wait_until { Forum.psql(Forum.database, "SET microcosm.site_id = 0; #{held}") == "0" }
  end

  def moderate(*options, email: Forum::OWNER, expect: 0)
    wait_for_the_feed
    output, status = Open3.capture2e(RbConfig.ruby, "-w", "-I", $LOAD_PATH.first, PROGRAM, "--database", Forum.database, "demo", email,
                                     "#{@folder}/cursor", "#{@folder}/words", *options)
    assert_equal expect, status.exitstatus, output
    output
  end

  def say(text)
    Forum.session(Forum::MEMBER) { |session| session.comment_create(item_type: "conversation", item_id: @conversation, markdown: text) }
  end

  def seen
    Forum.guest { |session| session.conversations.comments(@conversation).map(&:id) }
  end

  def test_hides_what_may_not_be_said
    kept = [say("A spammer would say so"), say("Snakes and oil")]
    hidden = [say("Buy SPAM!"), say("Real **snake oil** here")]
    output = moderate

    assert_equal kept, seen
    assert_equal hidden.map { |id| "hid comment #{id}" }, output.scan(/hid comment \d+/)
    assert_empty moderate, "and goes on from there"
  end

  def test_an_edit_does_not_get_past_it
    id = say("Harmless")
    assert_empty moderate
    Forum.session(Forum::MEMBER) { |session| session.comment_edit_save(id, markdown: "Not so: spam") }

    assert_match(/hid comment #{id} /, moderate)
    assert_empty seen
  end

  def test_closes_what_is_flooded
    3.times { |i| say("Again #{i}") }
    assert_empty moderate("--flood", "4")
    4.times { |i| say("And again #{i}") }
    output = moderate("--flood", "4")

    assert_match(/closed conversation #{@conversation} \(For test_closes_what_is_flooded\), flooded by /, output)
    assert_raises(Microcosm::Closed) { say("Still there?") }
  end

  def test_begins_anew_where_the_feed_no_longer_goes_back
    id = say("spam")
    Forum.psql(Forum.database, <<~SQL) # as if all up to here had been trimmed
      SET microcosm.site_id = 0;
      INSERT INTO microcosm.changes_trimmed AS t (site_id, transaction, change_id)
      SELECT site_id, transaction, change_id FROM microcosm.changes ORDER BY transaction DESC, change_id DESC LIMIT 1
      ON CONFLICT (site_id) DO UPDATE SET transaction = excluded.transaction, change_id = excluded.change_id
    SQL

    assert_match(/hid comment #{id} /, moderate)
    assert_empty moderate
  end

  def test_watches
    ready, writer = IO.pipe
    pid = Process.spawn(RbConfig.ruby, "-I", $LOAD_PATH.first, "-e", "$stdout.sync = true; load ARGV.shift", PROGRAM, "--database",
                        Forum.database, "demo", Forum::OWNER, "#{@folder}/cursor", "#{@folder}/words", "--watch", out: writer, err: writer)
    writer.close
    before = File.stat("#{@folder}/cursor").ino
    wait_until { File.stat("#{@folder}/cursor").ino != before } # it has looked
    id = say("spam")

    assert_match(/hid comment #{id}/, ready.wait_readable(120) && ready.gets)
  ensure
    Process.kill(:INT, pid)
    assert_equal 0, Process.wait2(pid).last.exitstatus
  end

  def test_says_what_is_wrong
    assert_match(/usage: moderate.rb/, moderate("too many", expect: 2))
    say("spam")
    assert_match(/may not/, moderate(email: Forum::MEMBER, expect: 1))
    File.delete("#{@folder}/words")
    assert_match(/No such file/, moderate(expect: 1))
  end
end

Minitest.autorun
