# frozen_string_literal: true

module Microcosm
  # How the C compiler lays out a struct that the headers declare.
  class Layout
    # Memory, and what must live as long because it points there.
    class Memory < FFI::MemoryPointer
      def keep(memory)
        (@kept ||= []) << memory
        memory
      end
    end

    attr_reader :size, :members

    class << self
      def of(name)
        (@all ||= {})[name] ||= new(struct(name), Declarations::STRUCTS.fetch(name))
      end

      # The ffi gem's class for it, which knows the platform's rules.
      def struct(name)
        (@structs ||= {})[name] ||= build(FFI::Struct, Declarations::STRUCTS.fetch(name))
      end

      private

      def build(base, members)
        parts = members.flat_map { |name, type| [name.to_sym, member_type(type)] }
        Class.new(base) { layout(*parts) }
      end

      def member_type(type)
        return build(FFI::Union, type) if type.is_a?(Array)

        Declarations::STRUCTS.key?(type) ? struct(type) : Native.type(type)
      end
    end

    def initialize(struct, members)
      @size = struct.size
      @members = members.to_h { |name, type| [name.to_sym, [type, struct.offset_of(name.to_sym)]] }
    end

    def offset(name)
      members.fetch(name).last
    end
  end

  # A struct that is filled from keyword arguments.
  class Input
    # How a value of each C type is written; returns memory to keep, if any.
    WRITERS = {
      "int64_t" => ->(memory, at, value, name) { memory.put_int64(at, Convert.id(value, name)) },
      "bool" => ->(memory, at, value, name) { memory.put_uint8(at, Convert.bool(value, name) ? 1 : 0) },
      "double" => ->(memory, at, value, name) { memory.put_double(at, Convert.double(value, name)) },
      "mc_choice" => ->(memory, at, value, name) { memory.put_int(at, Convert.bool(value, name) ? 2 : 1) },
      "mc_time" => ->(memory, at, value, name) { memory.put_int64(at, Convert.time(value, name)) },
      "const char *" => lambda do |memory, at, value, name|
        memory.put_pointer(at, memory.keep(FFI::MemoryPointer.from_string(Convert.text_or_time(value, name))))
      end,
      "mc_strings" => ->(memory, at, value, name) { strings(memory, at, value, name) },
      "mc_int64s" => ->(memory, at, value, name) { int64s(memory, at, value, name) },
      "mc_maybe_int64" => lambda do |memory, at, value, name|
        memory.put_uint8(at, 1)
        memory.put_int64(at + Layout.of("mc_maybe_int64").offset(:value), Convert.id(value, name))
      end,
      "mc_maybe_double" => lambda do |memory, at, value, name|
        memory.put_uint8(at, 1)
        memory.put_double(at + Layout.of("mc_maybe_double").offset(:value), Convert.double(value, name))
      end,
    }.freeze

    class << self
      def of(name)
        (@all ||= {})[name] ||= new(name)
      end

      def strings(memory, at, value, name)
        texts = array(value, name).map { |text| memory.keep(FFI::MemoryPointer.from_string(Convert.text(text, name))) }
        list(memory, at, texts.size, FFI::Pointer.size) { |items| items.write_array_of_pointer(texts) }
      end

      def int64s(memory, at, value, name)
        numbers = array(value, name).map { |number| Convert.int64(number, name) }
        list(memory, at, numbers.size, 8) { |items| items.write_array_of_int64(numbers) }
      end

      # A list of input structs, such as the choices of a poll. Each is given as a hash of its members, as a record that has
      # them, or, if only one member is required, as that.
      def inputs(memory, at, value, name, struct)
        made = array(value, name).map { |item| memory.keep(struct.fill(struct.members_of(item, name))) }
        list(memory, at, made.size, FFI::Pointer.size) { |items| items.write_array_of_pointer(made) }
      end

      private

      def array(value, name)
        raise TypeError, "#{name}: an Array is needed, not #{value.class}" unless value.is_a?(Array)

        value
      end

      # An empty list still has a place: NULL would mean that none was given.
      def list(memory, at, count, size)
        items = memory.keep(FFI::MemoryPointer.new(size, [count, 1].max))
        yield items
        memory.put_pointer(at, items)
        memory.put(:size_t, at + FFI::Pointer.size, count)
      end
    end

    attr_reader :name, :keys

    def initialize(name)
      @name = name
      @layout = Layout.of(name)
      @fields = fields
      @members = @layout.members.filter_map { |key, (type, at)| [key, [writer(type, key), at]] if writer(type, key) }.to_h
      @keys = @members.keys.freeze
      @blank = blank
    end

    # What is in a member that is a list of input structs.
    def list_of(key)
      info = @fields[key]
      Input.of("mc_#{Native.mc_type_name(info[:type])}") if info && !info[:type].null?
    end

    # The members that must be given, by a mark of the field table.
    def required(mark)
      @fields.select { |_, info| (info[:flags] & mark).positive? }.keys
    end

    # The member that an item of a list of these stands for, if it is neither a hash nor a record.
    def only
      required = required(Declarations::ENUMS["mc_field_flag"].fetch("MC_FIELD_REQUIRED"))
      required.first if required.size == 1
    end

    # The members that an item of a list of these stands for.
    def members_of(item, name)
      item = keys.select { |key| item.respond_to?(key) }.to_h { |key| [key, item.public_send(key)] } if item.is_a?(Record)
      item = { only => item } if only && !item.is_a?(Hash)
      return item if item.is_a?(Hash) && (item.keys - keys).empty? && (!only || !item[only].nil?)

      raise TypeError, "#{name}: #{item.inspect} is no item of it, which has #{keys.join(", ")}"
    end

    # The type in C of a member.
    def type(key)
      @layout.members.fetch(key).first
    end

    # A number that a member is when it is not given; nil for what has another kind of default, or none.
    def default(key)
      value = Declarations::INITS.fetch(name, [])[@layout.members.keys.drop(1).index(key) || 0]
      value if type(key) == "int64_t"
    end

    # nil leaves a member at its default.
    def fill(values)
      memory = Layout::Memory.new(@layout.size)
      memory.put_bytes(0, @blank)
      values.each do |key, value|
        writer, at = @members.fetch(key) { raise ArgumentError, "unknown keyword: #{key.inspect}; known are #{@members.keys.join(", ")}" }
        writer.call(memory, at, value, key) unless value.nil?
      end
      memory
    end

    # Puts an address where the table of writers has nothing to say, such as a callback.
    def put_pointer(memory, key, pointer)
      memory.put_pointer(@layout.offset(key), memory.keep(pointer))
    end

    private

    # The library's field table of it, by name; empty if it has none.
    def fields
      type = Native.mc_type_find(name.delete_prefix("mc_"))
      return {} if type.null? || !Native.mc_type_is_input(type)

      Record.infos(type).to_h { |info| [info[:name].read_string.to_sym, info] }
    end

    def writer(type, key)
      if type == "mc_list" && @fields.key?(key)
        return ->(memory, at, value, name) { Input.inputs(memory, at, value, name, list_of(key)) }
      end
      return WRITERS[type] if WRITERS.key?(type)

      ->(memory, at, value, name) { memory.put_int(at, Convert.enum(value, name, type)) } if Declarations::ENUMS.key?(type)
    end

    # The struct as its initialiser in C leaves it. Texts there live for ever.
    def blank
      memory = Layout::Memory.new(@layout.size)
      memory.put(:size_t, 0, @layout.size) if @layout.members.keys.first == :size
      values = Declarations::INITS.fetch(name, [])
      @layout.members.keys.drop(1).zip(values) { |key, value| put_default(memory, key, value) if value }
      @defaults = memory
      memory.get_bytes(0, @layout.size).freeze
    end

    def put_default(memory, key, value)
      type, at = @layout.members.fetch(key)
      value = memory.keep(FFI::MemoryPointer.from_string(value)) if value.is_a?(String)
      memory.put(Native.type(type), at, value)
    end
  end
end
