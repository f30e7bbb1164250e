# frozen_string_literal: true

module Microcosm
  # The library's growing text, which functions ending in _json write to.
  module Buffer
    module_function

    # The text that the block has written. The block gets the buffer, and returns the call's code.
    def fill(max: 0)
      out = FFI::MemoryPointer.new(:pointer)
      check(Native.mc_buffer_new(out, max))
      buffer = out.get_pointer(0)
      begin
        check(yield(buffer))
        Convert.utf8(Native.mc_buffer_bytes(buffer).read_bytes(Native.mc_buffer_length(buffer)))
      ensure
        Native.mc_buffer_free(buffer)
      end
    end

    def check(code)
      raise Error.for_code(code) if code.negative?
    end
  end
end
