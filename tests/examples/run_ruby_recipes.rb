#!/usr/bin/env ruby
# frozen_string_literal: true

# Runs the recipes for Ruby in examples/recipes, each as its server does:
#
#     with_postgres run_ruby_recipes.rb

require_relative "../../bindings/ruby/test/helper"
require "net/http"
require "tempfile"
require "uri"

class RecipesTest < Minitest::Test
  RECIPES = File.expand_path("../../examples/recipes", __dir__)
  LIBRARY = $LOAD_PATH.first

  def environment
    { "FORUM_DATABASE" => Forum.database, "FORUM_SITE" => "demo", "RUBYLIB" => LIBRARY, "RACK_ENV" => "production" }
  end

  # A puma that runs a recipe; yields the port that it says it listens on, and the log.
  def serving(*arguments)
    skip "needs puma and sinatra" unless system("puma", "--version", out: File::NULL, err: File::NULL) && sinatra?
    log = Tempfile.new("puma")
    pid = Process.spawn(environment, "puma", "-b", "tcp://127.0.0.1:0", *arguments, chdir: RECIPES, out: log.path, err: log.path)
    wait_until { File.read(log.path) =~ %r{Listening on http://127\.0\.0\.1:(\d+)} || Process.wait(pid, Process::WNOHANG) }
    @port = File.read(log.path)[%r{Listening on http://127\.0\.0\.1:(\d+)}, 1] or flunk File.read(log.path)
    yield log.path
    Process.kill(:TERM, pid)
    Process.wait(pid)
    pid = nil
    refute_match(/[Ee]xception|\(Microcosm::/, File.read(log.path))
  ensure
    Process.kill(:KILL, pid) && Process.wait(pid) if pid
  end

  def sinatra?
    require "sinatra/base"
    true
  rescue LoadError
    false
  end

  # Status and body of a GET, or of a POST of a form; of a redirect, its target.
  def ask(path, user = nil, **form)
    headers = user ? { "X-Remote-User" => user } : {}
    reply = Net::HTTP.start("127.0.0.1", @port, read_timeout: 60) do |http|
      form.empty? ? http.get(path, headers) : http.post(path, URI.encode_www_form(form), headers.merge("Content-Type" => "application/x-www-form-urlencoded"))
    end
    [reply.code.to_i, reply["Location"] || reply.body.force_encoding("UTF-8")]
  end

  def talk(title)
    path = "/microcosms/#{Forum.microcosm}/conversations"
    status, location = ask(path, Forum::MEMBER, title: title, markdown: "So *it* is")
    assert_equal 303, status, location
    status, page = ask(URI(location).path)
    assert_equal 200, status
    assert_match(%r{<h1>#{title}</h1>.*<em>it</em>}m, page)
    assert_includes ask("/").last, title
    assert_includes [403, 404], ask("/conversations/123456789").first
    assert_equal 403, ask(path, title: "A guest's", markdown: "x").first
    status, told = ask(path, Forum::MEMBER, title: "Half", markdown: "")
    assert_equal [400, 1], [status, told.scan("markdown").size], told
    refute_includes ask("/").last, "Half"
  end

  def test_sinatra
    serving("-C", "-", "sinatra.ru") { talk("From Sinatra") }
  end

  def test_puma_with_preloading
    serving("-C", "puma.rb", "sinatra.ru") do |log|
      wait_until { File.read(log).scan(/Worker \d+ \(PID: \d+\) booted/).size == 2 }
      talk("From Puma")
      20.times { assert_equal 200, ask("/").first } # whichever of the workers takes it
    end
  end

  def test_rack
    serving("-C", "-", "rack.ru") do
      status, body = ask("/conversations/#{Forum.conversation}")
      assert_equal [200, "Which tyres?"], [status, JSON.parse(body)["title"]]
      assert_equal 404, ask("/conversations/123456789").first
      assert_equal 404, ask("/elsewhere").first
    end
  end

  def offer(boat, title)
    Open3.capture2e(environment, RbConfig.ruby, "-w", "#{RECIPES}/active_record_offers.rb", Forum.database, Forum.microcosm.to_s, boat, title)
  end

  def test_active_record
    made, status = offer("Sloop", "A sloop for sale")
    assert status.success?, made
    assert_equal "A sloop for sale", Forum.guest { |forum| forum.conversations[made[/^\d+$/].to_i].title }
    told, status = offer("Cutter", "")
    assert_equal [1, 1], [status.exitstatus, told.scan("not offered: title: must not be empty").size], told
    assert_equal 1, Forum.psql(Forum.database, "SELECT count(*) FROM offers").to_i, "the row went with the conversation"
  end
end

Minitest.autorun
