#!/usr/bin/env ruby
# frozen_string_literal: true

# Prints what the Ruby binding offers, as compare_resources.py wants it.

$LOAD_PATH.unshift File.expand_path("../../bindings/ruby/lib", __dir__)

require "json"
require "microcosm"

# Ruby doesn't tell defaults; the operation that a method is made of does.
def method_of(type, name, operation, names = {})
  defaults = operation ? operation.parameters.to_h { |it| [names.fetch(it.name, it.name), it.default] } : {}
  defaults[:explain] = false
  told = { positional: [], required: [], optional: {}, flags: false }
  type.instance_method(name).parameters.each do |kind, parameter|
    case kind
    when :req then told[:positional] << parameter
    when :keyreq then told[:required] << parameter
    when :keyrest then told[:flags] = true
    else told[:optional][parameter] = defaults[parameter]
    end
  end
  told[:required].sort!
  told
end

def resource(type)
  methods = (type.verbs - [:[]]).to_h do |name|
    operation, = type.operations[name]
    [name, method_of(type, name, operation, operation ? type.names_of(operation) : {})]
  end
  { methods: methods, iterates: type.include?(Enumerable), index: type.public_method_defined?(:[]) }
end

def short(type)
  type.name.split("::").last
end

puts JSON.generate(
  resources: Microcosm::Resource.grouped.keys.to_h do |name|
    [name, resource(Microcosm::Resources.const_get(name.split("_").map(&:capitalize).join))]
  end,
  operations: Microcosm.const_get(:Operation).all.to_h { |operation| [operation.name, method_of(Microcosm::Session, operation.name, operation)] },
  lists: Microcosm::Record.subclasses.select { |record| record.public_method_defined?(:size) }.map { |record| short(record) }.sort,
  records: Microcosm::Record.subclasses.to_h { |record| [short(record), record.fields.map(&:name)] },
  errors: (Microcosm::Error.subclasses + [Microcosm::Error]).map { |error| short(error) }.sort,
)
