# frozen_string_literal: true

require "time"

module Microcosm
  # Ruby values to what C functions take. Whatever does not fit raises here, before any call.
  module Convert
    INT64 = (-(2**63)..(2**63 - 1)).freeze

    module_function

    def int64(value, name)
      raise TypeError, "#{name}: an Integer is needed, not #{value.class}" unless value.is_a?(Integer)
      raise RangeError, "#{name}: #{value} does not fit into 64 bits" unless INT64.cover?(value)

      value
    end

    # A number, or for the id of something that thing: microcosm_id is also a Microcosm, item_id is also any record.
    def id(value, name)
      return int64(value, name) unless value.is_a?(Record) && name.end_with?("_id", "_to")

      type = Record.thing_of(name)
      raise TypeError, "#{name}: an Integer or a #{type} is needed, not #{value.class}" unless value.is_a?(type) && value.respond_to?(:id)

      value.id
    end

    def double(value, name)
      unless value.is_a?(Numeric) && value.real?
        raise TypeError, "#{name}: a number is needed, not #{value.class}"
      end

      value.to_f
    end

    def bool(value, name)
      return value if [true, false].include?(value)

      raise TypeError, "#{name}: true or false is needed, not #{value.class}"
    end

    # A copy that no other thread can change during the call: UTF-8, and no NUL, which would end it.
    def text(value, name)
      text = bytes(value, name)
      raise ArgumentError, "#{name}: text with a NUL in it" if text.include?("\0")

      text
    end

    def bytes(value, name)
      unless value.is_a?(String)
        way_out = ": give its #{name}" if value.is_a?(Record) && value.respond_to?(name)
        raise TypeError, "#{name}: a String is needed, not #{value.class}#{way_out}"
      end

      text = value.encoding == Encoding::UTF_8 ? value.dup : value.encode(Encoding::UTF_8)
      raise ArgumentError, "#{name}: text that is not valid #{value.encoding}" unless text.valid_encoding?

      text.freeze
    rescue EncodingError => e
      raise ArgumentError, "#{name}: text that cannot become UTF-8 (#{e.message})"
    end

    # A time as text keeps its offset: what events are made from is the reading of the clock there.
    def text_or_time(value, name)
      text(value.respond_to?(:xmlschema) ? value.xmlschema : value, name)
    end

    def time(value, name)
      raise TypeError, "#{name}: a Time is needed, not #{value.class}" unless value.is_a?(Time)

      int64((value.to_r * 1_000_000).floor, name)
    end

    # :conversation for MC_ITEM_CONVERSATION.
    def enum(value, name, enum)
      names = enum_names(enum)
      raise TypeError, "#{name}: a Symbol is needed, not #{value.class}" unless value.is_a?(Symbol) || value.is_a?(String)

      names.fetch(value.to_s.downcase) do
        raise ArgumentError, "#{name}: #{value.inspect} is none of #{names.keys.join(", ")}"
      end
    end

    def enum_names(enum)
      @enum_names ||= Declarations::ENUMS.transform_values do |values|
        prefix = values.keys.first[/\A.*_/]
        values.transform_keys { |key| key.delete_prefix(prefix).downcase }.freeze
      end
      @enum_names.fetch(enum)
    end

    # Text that came from the library.
    def utf8(string)
      string&.force_encoding(Encoding::UTF_8)&.freeze
    end
  end
end
