# frozen_string_literal: true

module Microcosm
  # Calls from C into Ruby. Nothing may leave them but their result: an exception, a throw or the
  # end of the thread would jump over the library's frames, and what those hold would stay held. So
  # it is kept, and goes on when the call that led here has returned (Callback.finish).
  module Callback
    KEPT = :microcosm_kept_exception
    CAUSE = :microcosm_cause

    module_function

    # A function for C. The block's result goes to C, +failed+ if it does not come to one.
    def function(declaration, failed:, &block)
      result, parameters = Native.callback(declaration)
      FFI::Function.new(result, parameters) { |*arguments| guarded(failed) { block.call(*arguments) } }
    end

    def guarded(failed)
      value = failed
      over = false
      begin
        value = yield
        over = true
      rescue Exception => e # rubocop:disable Lint/RescueException
        keep(e)
        over = true
      ensure
        keep(BadState.new("a callback was left by throw, or its thread was ended there")) unless over
        return value # rubocop:disable Lint/EnsureReturn -- stops throw and Thread#kill
      end
    end

    def keep(exception)
      Thread.current[KEPT] ||= exception
    end

    # What has made a callback return an error code, for the exception that follows from it: the first of a call.
    def cause=(exception)
      Thread.current[CAUSE] ||= exception
    end

    def take_cause
      cause = Thread.current[CAUSE]
      Thread.current[CAUSE] = nil
      cause
    end

    # To be called after each call that may call back.
    def finish
      take_cause
      kept = Thread.current[KEPT]
      return unless kept

      Thread.current[KEPT] = nil
      raise kept
    end
  end
end
