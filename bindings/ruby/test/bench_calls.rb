#!/usr/bin/env ruby
# frozen_string_literal: true

# What a call costs more from Ruby than from C: with_postgres bench_calls.rb BENCH_CALLS [CALLS [MOST]]
#
# BENCH_CALLS is the program of tests/support/bench_calls.c; both read the same warm page of 25 comments,
# as a guest, in one session. Measured is processor time: waiting for the database is no cost of a
# binding's. They take turns, so that what else the machine does falls on both; the median counts.
#
# Further rows are the binding alone. With MOST, in microseconds, the exit status is 1 if a call costs
# more than that besides C's.

require_relative "helper"

# The rows of the table.
class Bench
  TURNS = 5
  SITE = "demo"

  Row = Struct.new(:name, :in_c, :in_ruby) do
    def overhead
      in_ruby - in_c.to_f
    end

    def to_s
      format("%-38s%10s%10.2f%10.2f", name, in_c ? format("%.2f", in_c) : "-", in_ruby, overhead)
    end
  end

  def initialize(program, calls)
    @program = program
    @calls = calls
    @conversation = Forum.session { |session| page(session) }
  end

  def rows
    Forum.guest { |session| calls(session) + binding_alone(session) }
  end

  private

  def page(session)
    id = session.conversation_create(microcosm_id: Forum.microcosm, title: "A page of 25")
    25.times do |number|
      session.comment_create(item_type: "conversation", item_id: id,
                             markdown: "Comment #{number}: #{"some *words* that make a line " * 20}")
    end
    id
  end

  def microseconds(calls)
    start = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
    calls.times { yield }
    (Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - start) / calls * 1e6
  end

  def median(numbers)
    numbers.sort[numbers.size / 2]
  end

  def calls(session)
    works = { "get" => -> { session.conversation_get(@conversation) }, "json" => -> { session.conversation_json(@conversation) } }
    works.each_value { |work| microseconds(@calls / 10 + 1, &work) }
    turns = Array.new(TURNS) { [in_c, works.transform_values { |work| microseconds(@calls, &work) }] }
    works.keys.map do |name|
      c, ruby = turns.transpose.map { |side| median(side.map { |took| took.fetch(name) }) }
      Row.new("conversation_#{name}, warm page", c, ruby)
    end
  end

  def in_c
    output, status = Open3.capture2(@program, Forum.database, SITE, @conversation.to_s, @calls.to_s)
    abort "#{@program}: #{status}" unless status.success?
    output.scan(/(\w+) ([\d.]+)/).to_h { |name, took| [name, took.to_f] }
  end

  def binding_alone(session)
    outside = Forum.app.session
    page = session.conversation_get(@conversation)
    { "a question to the session" => [1, -> { session.site_id }],
      "a call refused at once, and raised" => [1, -> { outside.conversation_get(1, limit: 25) rescue nil }],
      "an attribute read the first time" => [2 + page.comments.items.size * 5, -> { read(page) }] }.map do |name, (share, work)|
      Row.new(name, nil, median(Array.new(TURNS) { microseconds(@calls / share + 1, &work) }) / share)
    end
  end

  # What a template would show of a page, read anew.
  def read(page)
    again = page.class.send(:new, page.instance_variable_get(:@pointer), page)
    again.comments.items.each { |comment| [comment.html, comment.meta.created, comment.meta.created_by.profile_name] }
  end
end

program = ARGV.fetch(0) { abort "usage: bench_calls.rb BENCH_CALLS [CALLS [MOST]]" }
rows = Bench.new(program, Integer(ARGV.fetch(1, 1000))).rows
Forum.app.close
puts format("%-38s%10s%10s%10s   µs of processor time, median of %d turns", "", "C", "Ruby", "overhead", Bench::TURNS), rows
exit rows.all? { |row| row.overhead <= Float(ARGV.fetch(2, Float::INFINITY)) }
