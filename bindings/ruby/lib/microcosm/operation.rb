# frozen_string_literal: true

module Microcosm
  # A function of the library as a method of Session: mc_conversation_get(&out, session, 41, &page)
  # is session.conversation_get(41, limit: 25). Everything about it comes from its declaration.
  #
  # What is before the session is what the method returns. What is after it becomes arguments: ids,
  # texts and the like in their order; structs as keyword arguments, one for each member.
  class Operation
    # The lifetime of sessions is Session's own business.
    OWN = /\Amc_session_/.freeze

    # How a value before the session comes back: the type's pattern, room for it, and its value.
    OUTPUTS = [
      [/\Amc_buffer \*\z/, :json],
      [/\Amc_(\w+) \*\*\z/, :record],
      [/\Aint64_t \*\z/, :int64],
      [/\Abool \*\z/, :bool],
      [/\Aconst char \*\*\z/, :text],
      [/\Achar\[(\w+)\]\z/, :characters],
    ].freeze

    # Scalars that have a default, by name.
    DEFAULTS = { "limit" => "0", "offset" => "0", "cursor" => "nil", "format" => ":json" }.freeze

    # An argument in Ruby, and how it becomes arguments in C.
    Argument = Struct.new(:name, :convert) do
      def keyword?
        DEFAULTS.key?(name)
      end
    end

    class << self
      def all
        @all ||= Declarations::FUNCTIONS.filter_map do |name, (_, parameters)|
          new(name, parameters) if operation?(name, parameters)
        end
      end

      private

      def operation?(name, parameters)
        name !~ OWN && parameters.any? { |_, type| type == "mc_session *" }
      end
    end

    attr_reader :name, :function, :outputs, :arguments, :inputs

    def initialize(function, parameters)
      @function = function.to_sym
      @name = function.delete_prefix("mc_").to_sym
      at = parameters.index { |_, type| type == "mc_session *" }
      @outputs = parameters.take(at).map { |_, type| output(type) }
      @arguments = []
      @inputs = []
      @steps = []
      read(parameters.drop(at + 1))
    end

    # Keywords that fill structs.
    def keywords
      inputs.flat_map(&:keys)
    end

    def takes_page?
      inputs.any? { |input| input.is_a?(Input) && input.name == "mc_page_options" }
    end

    # The name of the type of record that it returns, if it is one.
    def record
      kind, detail = outputs.first
      detail if kind == :record
    end

    def define_on(session)
      positional, optional = arguments.partition { |argument| !argument.keyword? }
      names = arguments.map(&:name)
      parameters = positional.map(&:name) + optional.map { |argument| "#{argument.name}: #{DEFAULTS[argument.name]}" }
      parameters << "**input" unless inputs.empty?
      operation = self
      session.define_method(:"operation_#{name}") { operation }
      session.class_eval(<<~RUBY, __FILE__, __LINE__ + 1)
        private :operation_#{name}
        def #{name}(#{parameters.join(", ")})
          operation_#{name}.call(@handle, [#{names.join(", ")}], #{inputs.empty? ? "{}" : "input"})
        end
      RUBY
    end

    def call(handle, values, input)
      check_keywords(input)
      arguments = @steps.flat_map { |step| step.call(values, input) }
      handle.use { |session| perform(handle, session, arguments) }
    end

    private

    def output(type)
      OUTPUTS.each { |pattern, kind| return [kind, $1] if type =~ pattern }
      raise LoadError, "#{function}: no way to return #{type}"
    end

    # ---- arguments --------------------------------------------------------------------------

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
      when "const char *" then argument(name) { |value| [bytes = Convert.bytes(value, name), bytes.bytesize] }
      when "const mc_patch_op *" then input(PatchOps.new)
      when "const int64_t *", "const char *const *" then argument(name) { |value| array(type, value, name) }
      else raise LoadError, "#{function}: no way to give #{type} #{name}"
      end
    end

    def single(name, type)
      case type
      when "int64_t" then argument(name) { |value| [Convert.int64(value, name)] }
      when "bool" then argument(name) { |value| [Convert.bool(value, name)] }
      when "double" then argument(name) { |value| [Convert.double(value, name)] }
      when "const char *" then argument(name) { |value| [value.nil? && DEFAULTS.key?(name) ? nil : Convert.text(value, name)] }
      when /\Aconst (\w+) \*\z/ then input(Input.of($1))
      else
        raise LoadError, "#{function}: no way to give #{type} #{name}" unless Declarations::ENUMS.key?(type)

        argument(name) { |value| [Convert.enum(value, name, type)] }
      end
    end

    def argument(name, &convert)
      index = arguments.size
      arguments << Argument.new(name, convert)
      @steps << ->(values, _input) { convert.call(values[index]) }
    end

    def array(type, value, name)
      holder = Layout::Memory.new(Layout.of("mc_strings").size)
      type == "const int64_t *" ? Input.int64s(holder, 0, value, name) : Input.strings(holder, 0, value, name)
      [holder.get_pointer(0).tap { |items| items.instance_variable_set(:@holder, holder) }, value.size]
    end

    def input(input)
      inputs << input
      repeated = keywords.tally.select { |_, times| times > 1 }
      raise LoadError, "#{function}: two meanings of #{repeated.keys.join(", ")}" unless repeated.empty?

      @steps << if input.is_a?(PatchOps)
                  ->(_values, given) { input.fill(given) }
                else
                  ->(_values, given) { [fill(input, given)] }
                end
    end

    # NULL, for the defaults, where nothing is given of a struct that only says how.
    def fill(input, given)
      mine = inputs.size == 1 ? given : given.select { |key, _| input.key?(key) }
      input.fill(mine) unless mine.empty? && input.name == "mc_page_options"
    end

    def check_keywords(input)
      return if inputs.empty? || inputs.any?(PatchOps)

      unknown = input.keys.reject { |key| inputs.any? { |struct| struct.key?(key) } }
      return if unknown.empty?

      raise ArgumentError, "unknown keyword#{"s" if unknown.size > 1}: #{unknown.map(&:inspect).join(", ")}"
    end

    # ---- the call ---------------------------------------------------------------------------

    def perform(handle, session, arguments)
      case outputs
      in [] then check(session, Native.public_send(function, session, *arguments))
      in [[:json, _]] then json(handle.buffer, session, arguments)
      in [[:characters, size]] then characters(session, arguments, Declarations::CONSTANTS.fetch(size))
      else values(handle.out, session, arguments)
      end
    end

    def check(session, code)
      raise Error.from(Native.mc_session_error(session), code) if code.negative?
    end

    def json(buffer, session, arguments)
      buffer.fill do |pointer|
        check(session, Native.public_send(function, pointer, session, *arguments))
        0
      end
    end

    def characters(session, arguments, size)
      out = FFI::MemoryPointer.new(size)
      check(session, Native.public_send(function, out, session, *arguments))
      Convert.utf8(out.read_string)
    end

    def values(out, session, arguments)
      pointers = outputs.each_index.map { |i| out + i * FFI::Pointer.size }
      check(session, Native.public_send(function, *pointers, session, *arguments))
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

      def keys
        []
      end

      def key?(_)
        true
      end

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
