#!/usr/bin/env ruby
# frozen_string_literal: true

# Writes what the binding takes from the C headers, so that nothing in it is copied by hand:
#
#   generate.rb           writes lib/microcosm/declarations.rb from ../../include/microcosm/*.h
#   generate.rb --check   only says whether it is up to date; the tests ask
#
# It reads the plain C that the public headers are written in (C99, no function-like macros in
# declarations). Whatever it does not understand is an error, never skipped.

HERE = __dir__
HEADERS = File.expand_path("../../include", HERE)
OUTPUT = File.join(HERE, "lib/microcosm/declarations.rb")

# Values of members of which nothing is given.
UNSET = %w[NULL MC_UNSET MC_ITEM_NONE MC_ORDER_USUAL].freeze
NOTHING = [*UNSET, "0", "false"].freeze

# The declarations of all headers, in the order of <microcosm.h>.
class Headers
  attr_reader :constants, :inits, :enums, :callbacks, :structs, :functions

  def initialize(folder)
    @constants = {}
    @initialisers = {}
    @enums = {}
    @callbacks = {}
    @structs = {}
    @functions = {}
    umbrella = File.read(File.join(folder, "microcosm.h"))
    umbrella.scan(/^#include <(.+?)>/).flatten.each { |name| read(File.read(File.join(folder, name)), name) }
    @inits = @initialisers.transform_values { |values| values.map { |text| initial(text) } }
  end

  private

  def read(text, name)
    code = text.gsub(%r{/\*.*?\*/}m, " ").gsub(/\\\n/, " ")
    code.scan(/^#define (MC_\w+) +(.+)$/) { |macro, value| constant(macro, value.strip) }
    code = code.gsub(/^#.*$/, "").gsub(/extern "C" \{/, "").gsub(/\s+/, " ")
    statements(code).each { |statement| declaration(statement) or abort "#{name}: not understood: #{statement}" }
  end

  # Cuts at each ';' outside of braces; the '}' of extern "C" stays behind.
  def statements(code)
    depth = 0
    found = [+""]
    code.each_char do |char|
      depth += { "{" => 1, "}" => -1 }.fetch(char, 0)
      char == ";" && depth.zero? ? found << +"" : found.last << char
      if depth.negative?
        found.last.delete_suffix!("}")
        depth = 0
      end
    end
    found.map(&:strip).reject(&:empty?)
  end

  def constant(macro, value)
    case value
    when /\A\d+\z/ then @constants[macro] = value.to_i
    when "INT64_MIN" then @constants[macro] = -(2**63)
    when /\A\(\(size_t\)(\d+) << (\d+)\)\z/ then @constants[macro] = $1.to_i << $2.to_i
    when /\A\{\s*sizeof\((\w+)\),\s*(.*?)\s*\}\z/
      struct, members = $1, $2.gsub(/\{[^{}]*\}/, "NULL").split(/,\s*/) # a member that is a struct has zeros
      @initialisers[struct] = members unless (members - NOTHING).empty?
    end
  end

  # The value of a member in an initialiser. The enums are known by then.
  def initial(text)
    case text
    when *UNSET then nil
    when /\A"(.*)"\z/ then $1
    when /\AMC_/ then @enums.values.find { |values| values.key?(text) }.fetch(text)
    else number_of(text)
    end
  end

  def declaration(statement)
    case statement
    when /\Atypedef struct (\w+) \1\z/ then true
    when /\A(?:typedef )?struct (\w+) \{(.*)\}(?: \1)?\z/ then @structs[$1] = members($2)
    when /\A(?:typedef )?enum mc_error_code/ then true # mc_error_at() tells
    when /\A(?:typedef )?enum (\w+) \{(.*)\}(?: \1)?\z/ then @enums[$1] = values($2)
    when /\Atypedef (.+?) ?\(\*(\w+)\)\((.*)\)\z/ then @callbacks[$2] = signature($1, $3)
    when /\AMC_API (.+?) ?(mc_\w+)\((.*)\)\z/ then @functions[$2] = signature($1, $3)
    end
  end

  def values(body)
    number = -1
    body.split(",").map(&:strip).reject(&:empty?).to_h do |value|
      name, given = value.split(/\s*=\s*/)
      number = given ? number_of(given) : number + 1
      [name, number]
    end
  end

  def number_of(text)
    case text
    when /\A(\d+) << (\d+)\z/ then $1.to_i << $2.to_i
    when /\A(\d+) \* (\d+)\z/ then $1.to_i * $2.to_i
    else Integer(text)
    end
  end

  def signature(result, parameters)
    list = parameters == "void" ? [] : parameters.split(/,\s*/).map { |text| typed(text) }
    [result, list]
  end

  # "const char *name" is [name, "const char *"], "char token[SIZE]" is [token, "char[SIZE]"].
  def typed(text)
    match = text.strip.match(/\A(.*?)\s*(\**)(\w+)(\[\w+\])?\z/) or abort "not understood: #{text}"
    [match[3], [match[1], match[2]].reject(&:empty?).join(" ") + match[4].to_s]
  end

  def members(body)
    body = body.gsub(/union \{(.*?)\} (\w+);/) { @union = members($1); "union #{$2};" }
    body.split(";").map(&:strip).reject(&:empty?).flat_map { |text| member(text) }
  end

  def member(text)
    case text
    when /\Aunion (\w+)\z/ then [[$1, @union]]
    when /\A(.+?) ?\(\*(\w+)\)\((.*)\)\z/ then [[$2, function_member($2, $1, $3)]]
    else
      first, *more = text.split(/,\s*/)
      name, type = typed(first)
      base = type.delete_suffix("*").strip
      [[name, type]] + more.map { |other| [other.delete("*").strip, other.start_with?("*") ? "#{base} *" : type] }
    end
  end

  # A pointer to a function that has no typedef is listed with the callbacks, by its member's name.
  def function_member(name, result, parameters)
    @callbacks["#{name}()"] = signature(result, parameters)
    "#{name}()"
  end
end

# The declarations as Ruby.
class Source
  def initialize(headers)
    @headers = headers
  end

  def to_s
    <<~RUBY
      # frozen_string_literal: true

      # Made from include/microcosm/*.h by generate.rb; do not edit.
      module Microcosm
        # What the C headers declare: types as they are written there.
        module Declarations
          VERSION = #{version.inspect}

      #{hash("CONSTANTS", @headers.constants)}

      #{hash("INITS", @headers.inits)}

      #{hash("ENUMS", @headers.enums)}

      #{hash("CALLBACKS", @headers.callbacks)}

      #{hash("STRUCTS", structs)}

      #{hash("FUNCTIONS", @headers.functions)}
        end
      end
    RUBY
  end

  private

  def version
    %w[MAJOR MINOR PATCH].map { |part| @headers.constants.fetch("MC_VERSION_#{part}") }.join(".")
  end

  # Records are read through the library's field tables; their layout matters only where one is input.
  def structs
    taken = @headers.functions.values.flat_map { |_, parameters| parameters.map { |_, type| type[/\Aconst (\w+) \*\z/, 1] } }
    @headers.structs.select { |name, members| members.first != ["type", "const mc_type *"] || taken.include?(name) }
  end

  def hash(name, entries)
    lines = entries.map { |key, value| "      #{key.inspect} => #{value.inspect}," }
    ["    #{name} = {", *lines, "    }.freeze"].join("\n")
  end
end

source = Source.new(Headers.new(HEADERS)).to_s
if ARGV == ["--check"]
  abort "#{OUTPUT} does not fit the headers; run bindings/ruby/generate.rb" if source != File.read(OUTPUT)
elsif ARGV.empty?
  File.write(OUTPUT, source)
else
  abort "usage: generate.rb [--check]"
end
