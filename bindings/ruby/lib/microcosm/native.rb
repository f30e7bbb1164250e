# frozen_string_literal: true

require "ffi"

module Microcosm
  # The functions of libmicrocosm as declared by its headers, and nothing more.
  module Native
    extend FFI::Library

    SCALARS = {
      "void" => :void, "int" => :int, "int64_t" => :int64, "uint32_t" => :uint32, "size_t" => :size_t,
      "bool" => :bool, "double" => :double,
    }.freeze

    class << self
      # The ffi type for a C type. Structs by value are not among what functions take.
      def type(name)
        SCALARS[name] || (Declarations::ENUMS.key?(name) ? :int : :pointer)
      end

      # Text goes as a Ruby string, bytes with a length as memory that may hold NUL.
      def parameter(name, type, following)
        return :buffer_in if type =~ /\Aconst (char|void) \*\z/ && following == "size_t" && name != "cursor"

        type == "const char *" ? :string : self.type(type)
      end

      # Whatever may wait (for the database, for a lock of the library's) lets other Ruby threads
      # run meanwhile. This is not only for speed: a callback on another thread may hold that lock
      # while it waits for the interpreter's.
      def blocking?(name, parameters)
        parameters.any? { |_, type| ["mc_session *", "mc_app *", "mc_app **"].include?(type) } || name == "mc_render"
      end

      def callback(name)
        result, parameters = Declarations::CALLBACKS.fetch(name)
        [type(result), parameters.map { |_, type| self.type(type) }]
      end

      def attach(name, result, parameters)
        following = parameters.map(&:last).drop(1)
        types = parameters.zip(following).map { |(parameter, type), after| parameter(parameter, type, after) }
        result = result == "const char *" ? :string : type(result)
        attach_function name, types, result, blocking: blocking?(name, parameters)
      end

      def load(path)
        ffi_lib path
        Declarations::FUNCTIONS.each { |name, (result, parameters)| attach(name, result, parameters) }
      rescue FFI::NotFoundError => e
        raise LoadError, "this gem needs a newer libmicrocosm: #{e.message}"
      end
    end

    load(ENV.fetch("MICROCOSM_LIBRARY", "libmicrocosm.so.0"))

    # Before 1.0 each minor version may change the interface.
    unless mc_version.split(".").first(2) == Declarations::VERSION.split(".").first(2)
      raise LoadError, "this gem is for libmicrocosm #{Declarations::VERSION}, not #{mc_version}"
    end
  end
end
