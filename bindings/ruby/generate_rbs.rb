#!/usr/bin/env ruby
# frozen_string_literal: true

# Writes sig/generated.rbs: the types of everything that the binding makes at load (records, errors,
# operations, resources), from the headers' declarations and comments and the library's own tables.
#
#   MICROCOSM_LIBRARY=... generate_rbs.rb [--check]

$LOAD_PATH.unshift File.expand_path("lib", __dir__)
require "microcosm"
require_relative "docs"

OUTPUT = File.expand_path("sig/generated.rbs", __dir__)

# Signatures as text.
class Signatures
  OPERATIONS = Microcosm.const_get(:Operation).all
  DOCS = Docs.new

  # In records.
  VALUES = { bool: "bool", choice: "bool?", int64: "Integer", double: "Float", string: "String", time: "Time?",
             strings: "Array[String]", int64s: "Array[Integer]", maybe_int64: "Integer?", maybe_double: "Float?" }.freeze

  # As arguments, by C type.
  TYPES = { "int64_t" => "Integer", "bool" => "bool", "double" => "Numeric", "const char *" => "String",
            "mc_choice" => "bool", "mc_strings" => "Array[String]", "mc_int64s" => "Array[Integer]",
            "mc_maybe_int64" => "Integer", "mc_maybe_double" => "Numeric", "mc_time" => "Time", "const int64_t *" => "Array[Integer]",
            "const char *const *" => "Array[String]" }.freeze

  # Texts that may be given as a time.
  TIMES = %i[when poll_closes].freeze

  def to_s
    ["# Made by generate_rbs.rb; do not edit.", "module Microcosm", *errors, *records, *session, *resources, "end", ""].join("\n")
  end

  private

  def errors
    Microcosm::Error.subclasses.sort_by { |error| -error.code }.flat_map do |error|
      ["  # #{error.text}", "  class #{short(error)} < Error", "  end", ""]
    end
  end

  def records
    Microcosm::Record.subclasses.sort_by(&:name).flat_map do |record|
      ["  class #{short(record)}#{"[T]" if record == Microcosm::Page} < Record", *mixin(record), *record.fields.map { |field| "    def #{field.name}: () -> #{value(field, record)}" },
       "  end", ""]
    end
  end

  def mixin(record)
    return [] unless record.items_field

    item = record == Microcosm::Page ? "T" : item_of(record.items_field)
    ["    include Sequence[#{item}]"]
  end

  # What is in a list, by its name.
  def item_of(list)
    type = Microcosm::Record.class_named(list == :items ? "entry" : list.to_s.delete_suffix("s"))
    type ? short(type) : "untyped"
  end

  # What a list of several kinds has: the kinds that have lists in them.
  def listed
    kinds = Microcosm::Collection.pages.filter_map { |page| Microcosm::Record.class_named(page.to_s.delete_suffix("s")) }
    "(#{kinds.reject { |kind| kind.pages.empty? }.map { |kind| short(kind) }.join(" | ")})"
  end

  def value(field, record)
    return record == Microcosm::Page && field.name == :items ? "Array[T]" : "Array[#{field.type ? short(field.type) : item_of(field.name)}]" if field.kind == :list
    return VALUES.fetch(field.kind) unless field.kind == :record
    return record == Microcosm::Entry ? listed : "untyped" unless field.type

    "#{short(field.type)}#{"[#{item_of(field.name)}]" if field.type == Microcosm::Page}?"
  end

  def short(type)
    type.name.delete_prefix("Microcosm::")
  end

  def session
    ["  class Session", *OPERATIONS.flat_map { |operation| method(operation.name, operation, result(operation)) },
     *Microcosm::Resource.grouped.keys.map { |name| "    def #{name}: () -> Resources::#{name.split("_").map(&:capitalize).join}" }, "  end"]
  end

  def resources
    ["", "  module Resources", *Microcosm::Resources.constants.sort.flat_map { |name| resource(Microcosm::Resources.const_get(name)).map { |line| "  #{line}".rstrip } },
     "  end"]
  end

  def resource(type)
    ["  class #{short(type).delete_prefix("Resources::")} < Resource", *type.operations.flat_map { |name, (operation, item)| of_resource(type, name, operation, item) },
     *since(type), *enumerable(type), *index(type), "  end", ""]
  end

  def of_resource(type, name, operation, item)
    instead = "All #{name.to_s.tr("_", " ")} of a #{operation.record.tr("_", " ")}, page after page." if item && operation.record != "collection"
    method(name, operation, item ? "List[#{short(item)}]" : result(operation), names: type.names_of(operation), instead: instead)
  end

  def since(type)
    type.public_method_defined?(:since) ? ["    # All after a cursor, to be walked through; it has the cursor to go on from.",
                                           "    def since: (?String? cursor, ?limit: Integer?) -> ::Microcosm::Changes"] : []
  end

  def enumerable(type)
    return [] unless type.public_method_defined?(:each)

    item = type.operations[:list]&.last || Microcosm::Change
    ["    include Enumerable[#{short(item)}]", "    def each: () { (#{short(item)}) -> void } -> self | () -> Enumerator[#{short(item)}, untyped]"]
  end

  def index(type)
    return [] unless type.public_method_defined?(:[])

    operation, = type.operations.fetch(:get)
    argument = operation.parameters.find(&:required?)
    ["    def []: (#{argument(argument)}) -> #{result(operation)}"]
  end

  # Its comment and its types.
  def method(name, operation, result, names: {}, instead: nil)
    parameters = operation.parameters.map { |parameter| declare(parameter, names.fetch(parameter.name, parameter.name)) }
    parameters << "?explain: bool" if operation.explains?
    parameters << "**bool flags" if operation.takes_flags?
    ["", *DOCS.of(operation, names: names, instead: instead).map { |line| "    # #{line}" },
     "    def #{name}: (#{parameters.join(", ")}) -> #{result}"]
  end

  def declare(parameter, name)
    optional = "?" if !parameter.required? && parameter.default.nil?
    return "#{"?" unless parameter.required?}#{argument(parameter)}#{optional} #{name}" unless parameter.keyword?

    "#{"?" unless parameter.required?}#{name}: #{argument(parameter)}#{optional}"
  end

  # Enums are the names of their values; an id is also what it is of.
  def argument(parameter)
    return "(String | Time)" if TIMES.include?(parameter.name)
    return "Hash[String, bool]" if parameter.type == "const mc_patch_op *"
    return "(Integer | #{short(Microcosm::Record.thing_of(parameter.name))})" if %w[int64_t mc_maybe_int64].include?(parameter.type) && parameter.name.end_with?("_id", "_to")

    return items(Microcosm.const_get(:Input).of(parameter.struct).list_of(parameter.name)) if parameter.type == "mc_list"

    TYPES.fetch(parameter.type) { "(Symbol | String)" }
  end

  # A list of input structs.
  def items(input)
    record = Microcosm::Record.class_named(input.name.delete_prefix("mc_").delete_suffix("_edit"))
    "Array[#{[(TYPES.fetch(input.type(input.only)) if input.only), (short(record) if record), "Hash[Symbol, untyped]"].compact.join(" | ")}]"
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
    results.size > 1 ? "(#{results.first} | [#{results.join(", ")}])" : results.first || "nil"
  end
end

text = Signatures.new.to_s
if ARGV == ["--check"]
  abort "#{OUTPUT} does not fit the library; run bindings/ruby/generate_rbs.rb" if !File.exist?(OUTPUT) || text != File.read(OUTPUT)
else
  File.write(OUTPUT, text)
end
