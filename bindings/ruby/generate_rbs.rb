#!/usr/bin/env ruby
# frozen_string_literal: true

# Writes sig/generated.rbs: the types of everything that the binding makes at load (records, errors,
# operations), from the headers' declarations and the library's own tables.
#
#   MICROCOSM_LIBRARY=... generate_rbs.rb [--check]

$LOAD_PATH.unshift File.expand_path("lib", __dir__)
require "microcosm"

OUTPUT = File.expand_path("sig/generated.rbs", __dir__)

# Signatures as text.
class Signatures
  OPERATIONS = Microcosm.const_get(:Operation).all
  INPUT = Microcosm.const_get(:Input)
  LAYOUT = Microcosm.const_get(:Layout)

  # In records.
  VALUES = { bool: "bool", choice: "bool?", int64: "Integer", double: "Float", string: "String", time: "Time?",
             strings: "Array[String]", int64s: "Array[Integer]", maybe_int64: "Integer?" }.freeze

  # As arguments, by C type.
  TYPES = { "int64_t" => "Integer", "bool" => "bool", "double" => "Numeric", "const char *" => "String",
            "mc_choice" => "bool", "mc_strings" => "Array[String]", "mc_int64s" => "Array[Integer]",
            "mc_maybe_int64" => "Integer", "mc_time" => "Time", "const int64_t *" => "Array[Integer]",
            "const char *const *" => "Array[String]" }.freeze

  # Texts that may be given as a time.
  TIMES = %i[when poll_closes].freeze

  def to_s
    ["# Made by generate_rbs.rb; do not edit.", "module Microcosm", *errors, *records, *session, "end", ""].join("\n")
  end

  private

  def errors
    Microcosm::Error.subclasses.sort_by { |error| -error.code }.flat_map do |error|
      ["  # #{error.text}", "  class #{short(error)} < Error", "  end", ""]
    end
  end

  def records
    Microcosm::Record.subclasses.sort_by(&:name).flat_map do |record|
      ["  class #{short(record)} < Record", *mixin(record), *record.fields.map { |field| "    def #{field.name}: () -> #{value(field)}" },
       "  end", ""]
    end
  end

  def mixin(record)
    return [] unless record == Microcosm::Page

    ["    include Enumerable[untyped]", "    def each: () { (untyped) -> void } -> self", "            | () -> Enumerator[untyped, self]"]
  end

  def value(field)
    inside = field.type ? short(field.type) : "untyped"
    case field.kind
    when :record then inside == "untyped" ? inside : "#{inside}?"
    when :list then "Array[#{inside}]"
    else VALUES.fetch(field.kind)
    end
  end

  def short(type)
    type.name.delete_prefix("Microcosm::")
  end

  def session
    ["  class Session", *OPERATIONS.map { |operation| "    def #{operation.name}: (#{parameters(operation)}) -> #{result(operation)}" }, "  end"]
  end

  def parameters(operation)
    names = Microcosm::Session.instance_method(operation.name).parameters
    types = Microcosm.const_get(:Declarations)::FUNCTIONS.fetch(operation.function.to_s).last.to_h
    names.filter_map do |kind, name|
      case kind
      when :req then "#{argument(types.fetch(name.to_s))} #{name}"
      when :key then "?#{name}: #{argument(types.fetch(name.to_s))}#{"?" if name == :cursor}"
      end
    end.concat(operation.inputs.flat_map { |input| keywords(input) }).join(", ")
  end

  def keywords(input)
    return ["**bool flags"] unless input.is_a?(INPUT)

    input.keys.map { |key| "?#{key}: #{TIMES.include?(key) ? "(String | Time)" : argument(LAYOUT.of(input.name).members.fetch(key).first)}?" }
  end

  # Enums are the names of their values.
  def argument(type)
    TYPES.fetch(type) { "(Symbol | String)" }
  end

  def result(operation)
    results = operation.outputs.map do |kind, detail|
      case kind
      when :record then short(Microcosm::Record.class_named(detail))
      when :int64 then "Integer"
      when :bool then "bool"
      else "String"
      end
    end
    results.size > 1 ? "[#{results.join(", ")}]" : results.first || "nil"
  end
end

text = Signatures.new.to_s
if ARGV == ["--check"]
  abort "#{OUTPUT} does not fit the library; run bindings/ruby/generate_rbs.rb" if !File.exist?(OUTPUT) || text != File.read(OUTPUT)
else
  File.write(OUTPUT, text)
end
