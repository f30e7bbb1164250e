#!/usr/bin/env ruby
# frozen_string_literal: true

# Goes through the steps with the Ruby binding: run_ruby.rb STEPS CONNINFO
#
# Prints the transcript that README.md describes. Methods have the names of the C functions, and
# members of structs are keyword arguments, so little has to be known here of any operation.

$LOAD_PATH.unshift File.expand_path("../../bindings/ruby/lib", __dir__)

require "json"
require "tmpdir"
require "microcosm"

# The story, told to one app.
class Runner
  def initialize(app, steps)
    @app = app
    @site = steps["site"]
    @people = steps["people"]
    @saved = {}
  end

  def run(step)
    result = session(step["as"]) { |session| call(session, step["do"], resolve(step.fetch("args", {}))) }
    save(step.fetch("save", {}), result)
    { step: step["name"], ok: result }
  rescue Microcosm::Error => e
    { step: step["name"], error: { slug: e.slug, reason: e.reason, faults: e.faults.map(&:to_a) } }
  end

  private

  def session(who, &block)
    case who
    when "operator" then @app.session(&block)
    when "guest" then @app.session(site: @site, &block)
    else @app.session(site: @site, email: @people.fetch(who), &block)
    end
  end

  # Structs and ops are objects and arrays of the steps.
  def call(session, operation, arguments)
    case operation
    when "file_put" then return JSON.parse(session.upload(bytes: arguments["text"], name: arguments["name"]).to_json)
    when "file_read" then return session.download(arguments["file_hash"]).force_encoding("UTF-8")
    end
    ops = arguments.delete("ops")&.to_h { |op| op.values_at("path", "value") }
    given = arguments.reduce({}) { |flat, (name, value)| flat.merge(value.is_a?(Hash) ? value : { name => value }) }
    given.transform_values! { |value| value.is_a?(Array) ? value.map { |item| symbolic(item) } : value }
    parameters = session.method(operation).parameters
    positional = parameters.select { |kind, _| kind == :req }.map { |_, name| given.fetch(name.to_s) }
    # What the steps leave out is the library's to judge.
    keywords = parameters.filter_map { |kind, name| [name, given[name.to_s]] if kind == :keyreq || (kind == :key && given.key?(name.to_s)) }
    answer(operation, session.public_send(operation, *positional, *[ops].compact, **keywords.to_h))
  end

  # An item of a list of structs, or anything else.
  def symbolic(item)
    item.is_a?(Hash) ? item.transform_keys(&:to_sym) : item
  end

  # The record's own JSON; an id; or nothing, where the session itself is returned.
  def answer(operation, result)
    result = result.first if result.is_a?(Array)
    case result
    when Microcosm::Record then JSON.parse(result.to_json)
    when String then operation.end_with?("_json") ? JSON.parse(result) : result
    when Integer then result
    end
  end

  def resolve(value)
    case value
    when Hash then value.transform_values { |inner| resolve(inner) }
    when Array then value.map { |inner| resolve(inner) }
    when /\A\$(.+)/ then @saved.fetch($1)
    else value
    end
  end

  def save(names, result)
    names.each { |name, key| @saved[name] = key.empty? ? result : result.fetch(key) }
  end
end

steps = JSON.parse(File.read(ARGV.fetch(0)))
Dir.mktmpdir do |folder|
  Microcosm.open(database: ARGV.fetch(1), files: folder, migrate: false) do |app|
    Dir.chdir(folder) # what the steps write into files is beside those of no other runner
    runner = Runner.new(app, steps)
    steps["steps"].reject { |step| step.fetch("skip", []).include?("ruby") }.each { |step| puts JSON.generate(runner.run(step)) }
  end
end
