# frozen_string_literal: true

module Microcosm
  # A function of the library as a method of Session: mc_conversation_get(&out, session, 41, &page)
  # is session.conversation_get(41, limit: 25). Everything about it comes from its declaration.
  #
  # What is before the session is what the method returns. What is after it becomes arguments: ids,
  # texts and the like in their order; structs as keyword arguments, one for each member. Which of those
  # must be given is what the library's field tables say.
  class Operation
    # The lifetime of sessions is Session's own business.
    OWN = /\Amc_session_/.freeze

    # Those that call functions of the host's: see files.rb.
    BY_HAND = %w[mc_file_link mc_file_put mc_file_read mc_files_put mc_site_export mc_site_import].freeze

    # How a value before the session comes back: the type's pattern, room for it, and its value.
    OUTPUTS = [
      [/\Amc_buffer \*\z/, :json],
      [/\Amc_(\w+) \*\*\z/, :record],
      [/\Aint64_t \*\z/, :int64],
      [/\Abool \*\z/, :bool],
      [/\Aconst char \*\*\z/, :text],
      [/\Achar\[(\w+)\]\z/, :characters],
    ].freeze

    # What may be left out though it is a parameter of its own.
    DEFAULTS = { "limit" => nil, "offset" => nil, "cursor" => nil, "format" => :json }.freeze

    # Which mark of a field makes it required, by the end of the operation's name.
    REQUIRED = { "create" => "MC_FIELD_REQUIRED", "edit" => "MC_FIELD_REQUIRED_TO_EDIT" }
               .transform_values { |mark| Declarations::ENUMS["mc_field_flag"].fetch(mark) }.freeze

    # A parameter of a method: its type in C, and what it is when it is not given.
    Parameter = Struct.new(:name, :type, :keyword, :required, :default, :struct, keyword_init: true) do
      def keyword?
        keyword
      end

      def required?
        required
      end

      # As it stands between the brackets.
      def to_s
        return "#{name}#{" = #{default.inspect}" unless required}" unless keyword

        required ? "#{name}:" : "#{name}: #{default.inspect}"
      end

      # How the method refers to it: where: is a keyword argument, but where alone is none of Ruby's.
      def value
        RESERVED.include?(name.to_s) ? "binding.local_variable_get(:#{name})" : name.to_s
      end
    end

    RESERVED = %w[alias and begin break case class def defined? do else elsif end ensure false for if in module next nil not or
                  redo rescue retry return self super then true undef unless until when while yield].freeze
    private_constant :RESERVED

    class << self
      def all
        @all ||= Declarations::FUNCTIONS.filter_map do |name, (_, parameters)|
          new(name, parameters) if operation?(name, parameters)
        end
      end

      # What an operation does: conversation_edit_save edits; save only says in C that it takes a struct.
      def verb_of(name)
        name.delete_suffix("_save")
      end

      private

      def operation?(name, parameters)
        name !~ OWN && !BY_HAND.include?(name) && parameters.any? { |_, type| type == "mc_session *" }
      end
    end

    attr_reader :name, :function, :outputs, :parameters

    def initialize(function, parameters)
      @function = function.to_sym
      @name = function.delete_prefix("mc_").to_sym
      at = parameters.index { |_, type| type == "mc_session *" }
      @outputs = parameters.take(at).map { |_, type| output(type) }
      @parameters = []
      @steps = []
      read(parameters.drop(at + 1))
      @parameters.sort_by!.with_index { |parameter, i| [parameter.keyword? ? 1 : 0, parameter.required? ? 0 : 1, i] }
      repeated = @parameters.map(&:name).tally.select { |_, times| times > 1 }
      raise LoadError, "#{function}: two meanings of #{repeated.keys.join(", ")}" unless repeated.empty?
    end

    def takes_page?
      parameters.any? { |parameter| parameter.struct == "mc_page_options" }
    end

    def takes_flags?
      @takes_flags
    end

    # Whether it can tell how its result came about.
    def explains?
      outputs.size == 2
    end

    # The name of the type of record that it returns, if it is one.
    def record
      kind, detail = outputs.first
      detail if kind == :record
    end

    # Defines a method that does it. +names+: what its parameters are called, where that differs; +run+: what is
    # called with the handle of a session, values by name, flags and whether to explain.
    def define_on(owner, method, handle:, names: {}, run: self)
      called = parameters.map { |parameter| parameter.dup.tap { |it| it.name = names.fetch(it.name, it.name) } }
      list = called.map(&:to_s)
      list << "explain: false" if explains?
      list << "**flags" if takes_flags?
      values = parameters.zip(called).map { |parameter, it| "#{parameter.name}: #{it.value}" }
      owner.define_method(:"operation_#{method}") { run }
      owner.class_eval(<<~RUBY, __FILE__, __LINE__ + 1)
        private :operation_#{method}
        def #{method}(#{list.join(", ")})
          operation_#{method}.call(#{handle}, { #{values.join(", ")} }, #{takes_flags? ? "flags" : "nil"}, #{explains? ? "explain" : "false"})
        end
      RUBY
    end

    def call(handle, values, flags = nil, explain = false)
      arguments = @steps.flat_map { |step| step.call(values, flags) }
      result = handle.use { |session| perform(handle, session, arguments) }
      explains? && !explain ? result.first : result
    end

    private

    def output(type)
      OUTPUTS.each { |pattern, kind| return [kind, $1] if type =~ pattern }
      raise LoadError, "#{function}: no way to return #{type}"
    end

    def read(parameters)
      until parameters.empty?
        (name, type), (_, following) = parameters
        used = following == "size_t" && type.include?("*") ? 2 : 1
        used == 2 ? counted(name, type) : single(name, type)
        parameters = parameters.drop(used)
      end
    end

    # A pointer and how many there are of it.
    def counted(name, type)
      case type
      when "const char *" then argument(name, type) { |value| [bytes = Convert.bytes(value, name), bytes.bytesize] }
      when "const mc_patch_op *" then patch_ops(name, type)
      when "const int64_t *", "const char *const *" then argument(name, type) { |value| array(type, value, name) }
      else raise LoadError, "#{function}: no way to give #{type} #{name}"
      end
    end

    def single(name, type)
      case type
      when "int64_t" then argument(name, type) { |value| [value.nil? && DEFAULTS.key?(name) ? 0 : Convert.id(value, name)] }
      when "bool" then argument(name, type) { |value| [Convert.bool(value, name)] }
      when "double" then argument(name, type) { |value| [Convert.double(value, name)] }
      when "const char *" then argument(name, type) { |value| [value.nil? && DEFAULTS.key?(name) ? nil : Convert.text(value, name)] }
      when /\Aconst (\w+) \*\z/ then input(Input.of($1))
      else
        raise LoadError, "#{function}: no way to give #{type} #{name}" unless Declarations::ENUMS.key?(type)

        argument(name, type) { |value| [Convert.enum(value, name, type)] }
      end
    end

    def argument(name, type, &convert)
      key = name.to_sym
      may_miss = DEFAULTS.key?(name)
      parameters << Parameter.new(name: key, type: type, keyword: may_miss, required: !may_miss, default: DEFAULTS[name])
      @steps << ->(values, _flags) { convert.call(values[key]) }
    end

    def array(type, value, name)
      holder = Layout::Memory.new(Layout.of("mc_strings").size)
      type == "const int64_t *" ? Input.int64s(holder, 0, value, name) : Input.strings(holder, 0, value, name)
      [holder.get_pointer(0).tap { |items| items.instance_variable_set(:@holder, holder) }, value.size]
    end

    # A struct: its members become keyword arguments. NULL, for the defaults, of one that only says how.
    def input(input)
      required = required_members(input)
      input.keys.each do |key|
        parameters << Parameter.new(name: key, type: input.type(key), keyword: true, required: required.include?(key),
                                    default: input.default(key), struct: input.name)
      end
      @steps << lambda do |values, _flags|
        given = values.slice(*input.keys)
        [(input.fill(given) unless input.name == "mc_page_options" && given.all? { |key, value| value == input.default(key) })]
      end
    end

    # Members that must be given, by the library's field table of the struct.
    def required_members(input)
      mark = REQUIRED[self.class.verb_of(name.to_s)[/[^_]+\z/]]
      mark ? input.required(mark) : []
    end

    def patch_ops(name, type)
      ops = PatchOps.new
      @takes_flags = true
      parameters << Parameter.new(name: name.to_sym, type: type, keyword: false, required: false, default: nil)
      @steps << ->(values, flags) { ops.fill({ **(values[name.to_sym] || {}), **flags }) }
    end

    def perform(handle, session, arguments)
      case outputs
      in [] then Error.check(session, Native.public_send(function, session, *arguments))
      in [[:json, _]] then json(handle.buffer, session, arguments)
      in [[:characters, size]] then characters(session, arguments, Declarations::CONSTANTS.fetch(size))
      else values(handle.out, session, arguments)
      end
    end

    def json(buffer, session, arguments)
      buffer.fill do |pointer|
        Error.check(session, Native.public_send(function, pointer, session, *arguments))
        0
      end
    end

    def characters(session, arguments, size)
      out = FFI::MemoryPointer.new(size)
      Error.check(session, Native.public_send(function, out, session, *arguments))
      Convert.utf8(out.read_string)
    end

    def values(out, session, arguments)
      pointers = outputs.each_index.map { |i| out + i * FFI::Pointer.size }
      Error.check(session, Native.public_send(function, *pointers, session, *arguments))
      results = outputs.zip(pointers).map { |(kind, _), pointer| value(kind, pointer) }
      results.size == 1 ? results.first : results
    end

    def value(kind, pointer)
      case kind
      when :record then Record.own(pointer.get_pointer(0))
      when :int64 then pointer.get_int64(0)
      when :bool then pointer.get_uint8(0) != 0
      when :text then Record.text(pointer.get_pointer(0))
      end
    end

    # The flags of a PATCH: sticky: true, or "/meta/flags/sticky" => true.
    class PatchOps
      SIZE = Layout.of("mc_patch_op").size
      PATH_AT = Layout.of("mc_patch_op").offset(:path)
      VALUE_AT = Layout.of("mc_patch_op").offset(:value)

      def fill(given)
        memory = Layout::Memory.new(SIZE, [given.size, 1].max)
        given.each_with_index { |(key, value), i| put(memory, i * SIZE, key, value) }
        [memory, given.size]
      end

      private

      def put(memory, at, key, value)
        path = key.is_a?(Symbol) ? "/meta/flags/#{key}" : Convert.text(key, "path")
        memory.put_pointer(at + PATH_AT, memory.keep(FFI::MemoryPointer.from_string(path)))
        memory.put_uint8(at + VALUE_AT, Convert.bool(value, path) ? 1 : 0)
      end
    end
  end
end
