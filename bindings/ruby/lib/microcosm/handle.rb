# frozen_string_literal: true

module Microcosm
  # For what stands for one thing in C, and ends it when nothing in Ruby refers to it any more.
  module Unique
    # Made out of reach of the object, which it would keep alive. A copy is refused, but only after
    # Ruby has given it the finalizer too; that one must not end the original's.
    def self.finalizer(object_id, handle)
      proc { |id| handle.close if id == object_id }
    end

    def initialize_copy(*)
      raise TypeError, "#{self.class} cannot be copied"
    end
  end

  # The library's mc_app, and who still needs it: it is freed when it was closed and nobody does.
  #
  # Finalizers come here too, at any moment and on any thread, where a lock could be held already.
  # So there is none: each step is one operation on a Hash or an Array, which Ruby does not interrupt.
  class AppHandle
    # Open handles, for the end of the process. Handles know no App, so that apps can be collected.
    OPEN = {}.compare_by_identity

    class << self
      # At the end of the process Ruby ends all other threads, and then runs finalizers in no order. So
      # apps are closed before. What is opened later (by another at_exit block) needs this once more.
      def close_at_exit
        return if @armed

        @armed = true
        at_exit do
          @armed = false
          OPEN.keys.each(&:close)
        end
      end
    end

    attr_reader :callbacks
    # What has to be stopped first.
    attr_reader :workers

    # The block makes the mc_app.
    def initialize(callbacks)
      @callbacks = callbacks # must be there as long as the app
      @users = {}.compare_by_identity
      @workers = []
      @owner = Process.pid
      @pointers = [yield]
      OPEN[self] = true
      self.class.close_at_exit
    end

    # Gives the pointer, which is good until leave().
    def enter(user)
      @users[user] = true
      pointer = @pointers.first
      return pointer if pointer && !@closed && ours?

      leave(user)
      raise BadState, ours? ? "the app is closed" : "this process was forked after the app was made"
    end

    def leave(user)
      @users.delete(user)
      free_unless_used
    end

    def use
      user = Object.new
      Thread.handle_interrupt(Object => :never) { yield enter(user) }
    ensure
      leave(user)
      Callback.finish
    end

    def closed?
      !!@closed
    end

    # False in a forked process, where the app's connections are its parent's.
    def ours?
      @owner == Process.pid
    end

    # Ends its sessions too; one that a thread is using right now, when that call is over.
    def close
      @workers.dup.each(&:stop) if ours?
      @closed = true
      @users.keys.grep(SessionHandle).each(&:abandon)
      free_unless_used
    end

    private

    def free_unless_used
      return unless @closed && @users.empty?

      OPEN.delete(self)
      pointer = @pointers.pop
      Native.mc_app_free(pointer) if pointer && ours?
    end
  end

  # The library's mc_session, which one thread at a time may use.
  class SessionHandle
    attr_reader :out, :app

    def initialize(app)
      @app = app
      @guard = Mutex.new
      @owner = Process.pid
      @out = FFI::MemoryPointer.new(:pointer, 2)
      code = Native.mc_session_new(@out, app.enter(self))
      raise Error.for_code(code) if code.negative?

      @pointer = @out.get_pointer(0)
    ensure
      app.leave(self) unless @pointer
    end

    # Yields the pointer to the one thread that may have it. What the library gives must reach Ruby's
    # hands, so Timeout, Thread#raise and Thread#kill take effect when the call is over.
    def use(&block)
      use_alone { |pointer| @connection ? @connection.lend { block.call(pointer) } : block.call(pointer) }
    end

    # For what does not touch the host's connection.
    def use_alone(&block)
      Thread.handle_interrupt(Object => :never) { exclusively(&block) }
    ensure
      Callback.finish
    end

    # For text that calls write; kept, as one call is seldom the last.
    def buffer
      @buffer ||= Buffer.new
    end

    # From here on calls go over this connection, so each needs that as well. nil: none.
    def connection=(connection)
      @connection&.leave(self)
      @connection = connection
      connection&.join(self)
    end

    # It may have to roll back over its connection.
    def reset
      use_alone do |pointer|
        reset = proc { Native.mc_session_reset(pointer) }
        @connection ? @connection.lend_even_closed(&reset) : reset.call
        self.connection = nil
      end
    end

    def closed?
      @pointer.nil?
    end

    def close
      return if closed?
      raise BadState, IN_USE unless @guard.try_lock

      free_and_unlock
    end

    # For an app that is closed, which waits neither for it nor for the connection that it is on. Then
    # it ends with the call that uses it, or with the Session.
    def abandon
      @abandoned = true
      free_and_unlock if @guard.try_lock
    rescue BadState
      nil
    end

    private

    IN_USE = "the session is in use by another call"
    private_constant :IN_USE

    def exclusively
      raise BadState, IN_USE unless @guard.try_lock

      begin
        raise BadState, "the session is closed" unless @pointer
        raise BadState, "this process was forked after the session was made" if @owner != Process.pid

        yield @pointer
      ensure
        @guard.unlock
        abandon if @abandoned
      end
    end

    def free_and_unlock
      free
    ensure
      @guard.unlock
    end

    # Likewise. A forked process must not: the connection is its parent's.
    def free
      pointer = @pointer or return
      done = proc do
        @pointer = nil
        Native.mc_session_free(pointer) if @owner == Process.pid
        @buffer&.free
      end
      @connection ? @connection.lend_even_closed(&done) : done.call
      self.connection = nil
      @app.leave(self)
    end
  end

  # Blocks that the host registers from here on can still use its apps.
  AppHandle.close_at_exit
end
