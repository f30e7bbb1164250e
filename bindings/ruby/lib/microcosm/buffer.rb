# frozen_string_literal: true

module Microcosm
  # The library's growing text, which functions ending in _json write to.
  class Buffer
    # The text that the block has written to a new one. The block returns the call's code.
    def self.fill(&block)
      buffer = new
      buffer.fill(&block)
    ensure
      buffer&.free
    end

    def self.check(code)
      raise Error.for_code(code) if code.negative?
    end

    def initialize
      out = FFI::MemoryPointer.new(:pointer)
      Buffer.check(Native.mc_buffer_new(out, 0))
      @pointer = out.get_pointer(0)
    end

    # The text that the block has written; the memory is kept for the next time.
    def fill
      Native.mc_buffer_clear(@pointer)
      Buffer.check(yield(@pointer))
      Convert.utf8(Native.mc_buffer_bytes(@pointer).read_bytes(Native.mc_buffer_length(@pointer)))
    end

    def free
      Native.mc_buffer_free(@pointer)
    end
  end
end
