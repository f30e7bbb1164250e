# frozen_string_literal: true

require "json"

module Microcosm
  # What the library hands out. Each kind of record is a class of its own, made from the library's
  # field tables, with a reader for each member of the C struct; see Record.fields.
  #
  # A record never changes, may be read by any thread, and outlives the session and the app that it
  # came from. Times are Time in UTC with microseconds; a time, a record or a choice that there is
  # none of is nil.
  class Record
    # A field of a record: its name in Ruby and C, its key in JSON, its kind (such as :string) and
    # for records and lists the class, or nil where that differs.
    Field = Struct.new(:name, :json, :kind, :type_name) do
      def type
        Record.class_named(type_name) if type_name
      end
    end

    # Frees a record that the library gave, when nothing in Ruby refers to it or into it any more.
    #
    # Ruby does not see the memory behind its few small objects, so it would not collect for long.
    # After every so many records it is made to.
    class Root < FFI::AutoPointer
      FEWEST = 500
      @living = 0
      @limit = FEWEST

      class << self
        attr_reader :living

        def release(pointer)
          @living -= 1
          Native.mc_record_free(pointer)
        end

        def made
          @living += 1
          return if @living < @limit

          GC.start(full_mark: @living > 8 * FEWEST)
          @limit = [2 * @living, FEWEST].max
        end
      end

      def initialize(pointer)
        super
        Root.made
      end
    end

    # How the member of each kind is read, at its place in the record.
    READERS = {
      bool: ->(at, offset, _root) { at.get_uint8(offset) != 0 },
      choice: ->(at, offset, _root) { [nil, false, true].fetch(at.get_int(offset)) },
      int64: ->(at, offset, _root) { at.get_int64(offset) },
      double: ->(at, offset, _root) { at.get_double(offset) },
      string: ->(at, offset, _root) { text(at.get_pointer(offset)) },
      time: ->(at, offset, _root) { time(at.get_int64(offset)) },
      record: ->(at, offset, root) { inside(at.get_pointer(offset), root) },
      list: ->(at, offset, root) { items(at, offset, :read_array_of_pointer) { |item| inside(item, root) } },
      strings: ->(at, offset, _root) { items(at, offset, :read_array_of_pointer) { |item| text(item) } },
      int64s: ->(at, offset, _root) { items(at, offset, :read_array_of_int64) { |item| item } },
      maybe_double: ->(at, offset, _root) { at.get_double(offset + MAYBE_DOUBLE_VALUE) if at.get_uint8(offset) != 0 },
      maybe_int64: ->(at, offset, _root) { at.get_int64(offset + MAYBE_VALUE) if at.get_uint8(offset) != 0 },
    }.freeze

    COUNT = Layout.of("mc_list").offset(:count)
    MAYBE_DOUBLE_VALUE = Layout.of("mc_maybe_double").offset(:value)
    MAYBE_VALUE = Layout.of("mc_maybe_int64").offset(:value)
    KINDS = Convert.enum_names("mc_kind").invert.transform_values(&:to_sym).freeze
    NONE = Declarations::CONSTANTS.fetch("MC_TIME_NONE")

    class << self
      # Fields in the order of the library's table.
      attr_reader :fields
      # The library's name for it, such as "last_comment".
      attr_reader :type_name

      # A record that the library gave to the caller, who now owns it.
      def own(pointer)
        inside(pointer, Root.new(pointer))
      end

      def inside(pointer, root)
        return if pointer.null?

        BY_TYPE.fetch(Native.mc_record_type(pointer).address).send(:new, pointer, root)
      end

      def class_named(type_name)
        BY_NAME[type_name]
      end

      # The class of what an id is of, by its name; Record if that tells nothing.
      def thing_of(name)
        class_named(name.to_s.delete_suffix("_id")) || Record
      end

      # What the library's table says of each field of a type.
      def infos(type)
        Array.new(Native.mc_type_field_count(type)) do |i|
          info = Layout.struct("mc_field_info").new
          code = Native.mc_type_field(info, type, i)
          raise Error.for_code(code) if code.negative?

          info
        end
      end

      def text(pointer)
        Convert.utf8(pointer.read_string) unless pointer.null?
      end

      def time(microseconds)
        return if microseconds == NONE

        Time.at(*microseconds.divmod(1_000_000), :usec, in: "UTC").freeze
      end

      def items(at, offset, read, &convert)
        count = at.get(:size_t, offset + COUNT)
        count.zero? ? [].freeze : at.get_pointer(offset).public_send(read, count).map(&convert).freeze
      end

      # One class for each type of record that the library has.
      def load
        types = Array.new(Native.mc_type_count) { |i| Native.mc_type_at(i) }
        types.reject { |type| Native.mc_type_is_input(type) }.map { |type| [type, Class.new(self)] }
             .each { |type, record| record.send(:describe, type) }
      end

      # Names of the fields that inspect shows: the id, what it is called, all others; records only if their type differs.
      def shown
        @shown ||= fields.reject { |field| %i[list strings int64s].include?(field.kind) || (field.kind == :record && field.type_name) }
                         .map(&:name).sort_by.with_index { |name, i| [name == :id ? 0 : 1, name == :title || name.end_with?("name") ? 0 : 1, i] }
      end

      # The name of the field that a list's items are in; nil for what is no list.
      def items_field
        return unless type_name == "page" || type_name.end_with?("_list")

        lists = fields.select { |field| field.kind == :list }.map(&:name)
        lists.include?(:items) ? :items : (lists.first if lists.size == 1)
      end

      # Fields that are pages.
      def pages
        fields.select { |field| field.type_name == "page" }.map(&:name)
      end

      private

      def describe(type)
        @type_name = Native.mc_type_name(type)
        @fields = infos(type).map { |info| field(info) }.freeze
        ::Microcosm.define(Native.mc_type_name(type), self)
      end

      def field(info)
        name, json = %i[name json].map { |member| text(info[member]) }
        type_name = Native.mc_type_name(info[:type]) unless info[:type].null?
        field = Field.new(name.to_sym, json, KINDS.fetch(info[:kind]), type_name).freeze
        define_reader(field.name, info[:offset], READERS.fetch(field.kind))
        field
      end

      # What was read once is kept: it never changes.
      def define_reader(name, offset, reader)
        define_method(name) do
          @values.fetch(name) { @values[name] = self.class.instance_exec(@pointer, offset, @root, &reader) }
        end
      end
    end

    def initialize(pointer, root)
      @pointer = pointer
      @root = root
      @values = {}
    end

    private_class_method :new, :allocate

    # As the API v1 shows it. Also what JSON.generate makes of it.
    def to_json(*)
      Buffer.fill { |buffer| Native.mc_record_json(buffer, @pointer) }
    end
    alias json to_json

    # All values by name; records inside become hashes too.
    def to_h
      self.class.fields.to_h { |field| [field.name, plain(public_send(field.name))] }
    end

    def ==(other)
      equal?(other) || (other.instance_of?(self.class) && to_h == other.to_h)
    end
    alias eql? ==

    def hash
      to_h.hash
    end

    # The id, what it is called, and a few more.
    def inspect
      shown = self.class.shown.map { |name| [name, public_send(name)] }.reject { |_, value| [nil, false, 0, 0.0, ""].include?(value) }
      shown = shown.first(4)
      shown << [self.class.items_field, items_here.size] if self.class.items_field
      "#<#{[self.class, *shown.map { |name, value| "#{name}=#{short(value)}" }].join(" ")}>"
    end

    # A record's memory belongs to the original.
    def initialize_copy(*)
      raise TypeError, "a record cannot be copied; it never changes"
    end

    def marshal_dump
      raise TypeError, "a record cannot be marshalled; use to_json or to_h"
    end

    private

    def short(value)
      (value.is_a?(String) && value.size > 40 ? "#{value[0, 37]}..." : value).inspect
    end

    def plain(value)
      case value
      when Record then value.to_h
      when Array then value.map { |item| plain(item) }
      else value
      end
    end
  end
end
