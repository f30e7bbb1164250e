# frozen_string_literal: true

# The comments of the C headers, in Ruby's terms; for sig/generated.rbs, from which editors and ri show them.
#
# What is C's alone goes: handles, out parameters, whom memory belongs to. Names become those of the gem:
# mc_conversation_get() is conversations.get, MC_ENOTFOUND is NotFound, NULL is nil.
class Docs
  HEADERS = File.expand_path("../../include/microcosm", __dir__)
  FUNCTION = %r{/\*\*((?:(?!\*/).)*)\*/\s*MC_API\s+[^;(]*?(mc_\w+)\(}m
  STRUCT = /\bstruct (\w+) \{(.*?)\n\}/m
  MEMBER = %r{/\*\*(<?)((?:(?!\*/).)*)\*/|((?:[^;/]|/(?!\*))+);}m
  TAG = /@(param(?:\[out\])?\s+\w+|return)\s+/
  ERROR = /(?:as (mc_\w+)\(\))|(MC_E[A-Z]+)((?:\s*\([^()]*\))?)/
  CITED = %r{\s*\((?:docs/http/[^()]*|\w+\.h)\)}
  OWNED = /(?:; )?(?:freed with mc_record_free\(\)|owned by the session, valid until its next call)|Set to zero, then fill in\.\s*|; members type and \w+ are ignored/
  WORD = /\b(mc|MC)_(\w+)(\(\))?(?:\.(\w+))?/
  CHOICES = { "MC_YES" => "true", "MC_NO" => "false", "MC_UNSET" => "nil", "MC_ITEM_NONE" => "nil" }.freeze
  SAME = { "_body" => "%s from the body of a request.", "_json" => "%s as JSON, in the form of the API v1." }.freeze
  WIDTH = 100

  def initialize
    texts = Dir[File.join(HEADERS, "*.h")].map { |path| File.read(path) }
    @comments = texts.flat_map { |text| text.scan(FUNCTION) }.to_h { |comment, name| [name, plain(comment)] }
    @members = texts.flat_map { |text| text.scan(STRUCT) }.to_h { |name, body| [name, members(body)] }
    native = Microcosm.const_get(:Native)
    @errors = Array.new(native.mc_error_count) { |i| error(native.mc_error_at(i)) }.to_h
  end

  # Lines about a method of an operation; instead stands for the first sentence of the comment.
  def of(operation, names: {}, instead: nil)
    first, parameters, returned = parts(@comments.fetch(operation.function.to_s))
    summary = same(operation) || words(first)
    summary = "#{instead} #{summary.partition(". ").last}" if instead
    wrap(summary.strip) + operation.parameters.flat_map { |it| about(it, names.fetch(it.name, it.name), parameters) } + raised_lines(returned)
  end

  private

  def error(pointer)
    info = Microcosm.const_get(:Layout).struct("mc_error_info").new(pointer)
    [info[:name].read_string, Microcosm::Error.for_code(info[:code]).name.split("::").last]
  end

  def plain(comment)
    comment.strip.lines.map { |line| line.sub(/\A\s*\* ?/, "").rstrip }.join(" ").squeeze(" ").strip
  end

  def members(body)
    found, before, names = {}, "", []
    body.scan(MEMBER) do |after, comment, declaration|
      if declaration
        names = declaration.strip.scan(/(\w+)\s*(?:,|\z)/).flatten
        names.each { |name| found[name] = before }
        before = ""
      elsif after == "<"
        names.each { |name| found[name] = plain(comment) }
      else
        before = plain(comment)
      end
    end
    found
  end

  # Text, texts of the parameters, and what it returns.
  def parts(comment)
    first, *tags = comment.split(TAG)
    tags = tags.each_slice(2).to_a
    [first, tags.reject { |tag, _| tag == "return" }.to_h { |tag, told| [tag.split.last, told] }, tags.assoc("return")&.last.to_s]
  end

  # What does the same otherwise, for a body or JSON.
  def same(operation)
    SAME.each do |ending, told|
      next unless operation.name.end_with?(ending)

      base = operation.name.to_s.delete_suffix(ending)
      found = [base, "#{base}_save", "#{base}_get", "#{base}_set"].find { |name| @comments.key?("mc_#{name}") }
      return format(told, called(found)) if found
    end
    nil
  end

  def called(name)
    return name.sub("_", "#").sub(/\A\w/, &:upcase) if name.start_with?("session_", "app_")

    Microcosm.const_get(:Operation).all.any? { |operation| operation.name.to_s == name } ? Microcosm::Resource.split(name).join(".") : name
  end

  def words(comment)
    text = comment.gsub(CITED, "").gsub(OWNED, "").gsub("left at zero", "left out").gsub(/\bitems NULL\b/, "nil")
    text.gsub(/\bNULL\b/, "nil").gsub(WORD) { word($1, $2, $3, $4) }.split.join(" ")
  end

  def word(prefix, name, brackets, member)
    whole = "#{prefix}_#{name}"
    return @errors[whole] || CHOICES[whole] || ":#{name.partition("_").last.downcase}" if prefix == "MC"
    return called(name) if brackets
    return member if member

    record = Microcosm::Record.class_named(name)
    record ? record.name.split("::").last : name.tr("_", " ")
  end

  def about(parameter, name, told)
    comment = words(@members.dig(parameter.struct, parameter.name.to_s) || told[parameter.name.to_s] || "")
    default = ": #{parameter.default.inspect} by default." unless parameter.required? || parameter.default.nil? || comment.include?("Default")
    return [] if comment.empty? && default.nil?

    wrap("* `#{name}`#{default || ":"} #{comment}".strip)
  end

  # The errors that a @return tells of, those of the functions that it names included, and when.
  def raised(returned, seen = [])
    returned.scan(ERROR).each_with_object({}) do |(function, error, time), found|
      if error
        found[error] = "#{found[error]}#{time}".split.join(" ")
      elsif !seen.include?(function)
        found.replace(raised(parts(@comments.fetch(function)).last, [*seen, function]).merge(found))
      end
    end
  end

  def raised_lines(returned)
    list = raised(returned).map { |error, time| [@errors.fetch(error), words(time)].reject(&:empty?).join(" ") }
    list.empty? ? [] : wrap("Raises #{list.join(", ")}.")
  end

  def wrap(text)
    text.gsub(/(.{1,#{WIDTH}})(?:\s+|\z)/, "\\1\n").lines(chomp: true)
  end
end
