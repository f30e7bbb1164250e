# frozen_string_literal: true

module Microcosm
  # A connection of the host's own to the forum's database, for what must be written together with
  # the forum's writes or not at all:
  #
  #     Microcosm::Connection.open("dbname=shop") do |db|
  #       db.transaction do
  #         db.exec("INSERT INTO offers (boat) VALUES ($1)", ["Dinghy"])
  #         app.session(site: "demo", email: "seller@example.org") do |session|
  #           session.use(db)
  #           session.comment_create(item_type: "conversation", item_id: 41, markdown: "New: **Dinghy**")
  #         end
  #       end
  #     end
  #
  # It is a thin one, over the same libpq that the library uses, for programs that need no more. Those
  # that have a connection of the pg gem or of ActiveRecord put a session on that (Session#use).
  #
  # One thread at a time; a second one gets BadState.
  class Connection
    include Unique

    # The functions of libpq, found through libmicrocosm, so that both are sure to use the same copy.
    module PQ
      extend FFI::Library
      ffi_lib Native.ffi_libraries.first.name

      attach_function :PQconnectdb, [:string], :pointer, blocking: true
      attach_function :PQfinish, [:pointer], :void, blocking: true
      attach_function :PQstatus, [:pointer], :int
      attach_function :PQerrorMessage, [:pointer], :string
      attach_function :PQsetClientEncoding, [:pointer, :string], :int, blocking: true
      attach_function :PQtransactionStatus, [:pointer], :int
      attach_function :PQexecParams, [:pointer, :string, :int, :pointer, :pointer, :pointer, :pointer, :int], :pointer, blocking: true
      attach_function :PQgetResult, [:pointer], :pointer, blocking: true
      attach_function :PQputCopyEnd, [:pointer, :string], :int, blocking: true
      attach_function :PQgetCopyData, [:pointer, :pointer, :int], :int, blocking: true
      attach_function :PQfreemem, [:pointer], :void
      attach_function :PQclear, [:pointer], :void
      attach_function :PQresultStatus, [:pointer], :int
      attach_function :PQresultErrorField, [:pointer, :int], :string
      attach_function :PQresultErrorMessage, [:pointer], :string
      attach_function :PQntuples, [:pointer], :int
      attach_function :PQnfields, [:pointer], :int
      attach_function :PQfname, [:pointer, :int], :string
      attach_function :PQgetisnull, [:pointer, :int, :int], :int
      attach_function :PQgetlength, [:pointer, :int, :int], :int
      attach_function :PQgetvalue, [:pointer, :int, :int], :pointer

      # Of libpq-fe.h, where they never change.
      EMPTY_QUERY, COMMAND_OK, TUPLES_OK, COPY_OUT, COPY_IN = 0, 1, 2, 3, 4
      IDLE, IN_ERROR = 0, 3
      SQLSTATE = "C".ord
    end
    private_constant :PQ

    # For Session#use.
    attr_reader :handle

    # A connection; with a block, for the block, whose value it returns.
    def self.open(conninfo)
      connection = new(conninfo)
      return connection unless block_given?

      begin
        yield connection
      ensure
        connection.close
      end
    end

    def initialize(conninfo)
      conninfo = Convert.text(conninfo, "conninfo")
      Thread.handle_interrupt(Object => :never) do
        @handle = Handle.new(conninfo)
        ObjectSpace.define_finalizer(self, Unique.finalizer(object_id, @handle))
      end
    end

    # Run one statement; $1, $2, ... stand for the parameters, which are text, numbers, true, false or
    # nil. Returns its rows: hashes of text, or nil for NULL, by column name.
    def exec(sql, parameters = [])
      sql = Convert.text(sql, "sql")
      values = parameters.map { |value| value.nil? ? nil : Convert.text(value.is_a?(String) ? value : value.to_s, "parameter") }
      @handle.use { |pointer| Statement.new(pointer).run(sql, values) }
    end

    # A transaction: committed when the block has come to its end, rolled back if it is left in any
    # other way. Raise Rollback to leave it quietly.
    def transaction
      begun = finished = false
      raise BadState, "a transaction is open already" if in_transaction?

      begun = true # before the call, which a Timeout may follow at once
      exec("BEGIN")
      result = yield self
      commit
      finished = true
      result
    rescue Rollback
      raise unless begun
    ensure
      roll_back if begun && !finished
    end

    def in_transaction?
      @handle.use { |pointer| PQ.PQtransactionStatus(pointer) != PQ::IDLE }
    end

    # End it; what is open is rolled back. Sessions that are on it can't be used until they are put
    # on another one.
    def close
      @handle.close
    end

    def closed?
      @handle.closed?
    end

    def inspect
      "#<#{self.class}#{" closed" if closed?}>"
    end

    private

    # PostgreSQL takes a COMMIT after a failed statement for a ROLLBACK, and says so to nobody.
    def commit
      failed = @handle.use { |pointer| PQ.PQtransactionStatus(pointer) == PQ::IN_ERROR }
      raise Database.new("a statement failed, so nothing of the transaction is kept", sqlstate: "25P02") if failed

      exec("COMMIT")
    end

    def roll_back
      exec("ROLLBACK") if in_transaction?
    rescue Error
      nil # the connection is gone, and with it the transaction
    end

    # The PGconn, and who needs it.
    class Handle
      def initialize(conninfo)
        @guard = Mutex.new
        @owner = Process.pid
        @users = {}.compare_by_identity
        connect(conninfo)
      end

      # Calls of one thread; nobody else may use the connection meanwhile, not even through a session.
      def use(&block)
        Thread.handle_interrupt(Object => :never) { lend(&block) }
      end

      def lend(&block)
        raise BadState, "the connection is closed" if @closed
        raise BadState, "this process was forked after the connection was made" if @owner != Process.pid

        lend_even_closed(&block)
      end

      # Lets the library use it; returns the library's code.
      def attach(session)
        lend { |pointer| Native.mc_session_use_connection(session, pointer) }
      end

      # For a session that lets go of it.
      def lend_even_closed
        raise BadState, "the connection is in use by another call" unless @guard.try_lock

        begin
          yield @pointer
        ensure
          @guard.unlock
        end
      end

      def join(session)
        @users[session] = true
      end

      def leave(session)
        @users.delete(session)
        finish_unless_used
      end

      def close
        @closed = true
        finish_unless_used
      end

      def closed?
        !!@closed
      end

      private

      def connect(conninfo)
        @pointer = PQ.PQconnectdb(conninfo)
        return if !@pointer.null? && PQ.PQstatus(@pointer).zero? && PQ.PQsetClientEncoding(@pointer, "UTF8").zero?

        message = @pointer.null? ? nil : Convert.utf8(PQ.PQerrorMessage(@pointer).chomp)
        close
        raise Unavailable, message
      end

      def finish_unless_used
        return unless @closed && @users.empty?

        lend_even_closed do |pointer|
          @pointer = nil
          PQ.PQfinish(pointer) if pointer && @owner == Process.pid # in a forked process it is its parent's
        end
      end
    end
    private_constant :Handle

    # One statement on its way.
    class Statement
      def initialize(connection)
        @connection = connection
      end

      def run(sql, values)
        result = PQ.PQexecParams(@connection, sql, values.size, nil, texts(values), nil, nil, 0)
        case PQ.PQresultStatus(result)
        when PQ::TUPLES_OK then rows(result)
        when PQ::COMMAND_OK, PQ::EMPTY_QUERY then []
        when PQ::COPY_OUT, PQ::COPY_IN then leave_copy(result)
        else raise failure(result)
        end
      ensure
        PQ.PQclear(result)
      end

      private

      def texts(values)
        memory = Layout::Memory.new(:pointer, [values.size, 1].max)
        values.each_with_index do |value, i|
          memory.put_pointer(i * FFI::Pointer.size, memory.keep(FFI::MemoryPointer.from_string(value))) if value
        end
        memory
      end

      def rows(result)
        columns = Array.new(PQ.PQnfields(result)) { |i| Convert.utf8(PQ.PQfname(result, i)) }
        Array.new(PQ.PQntuples(result)) do |row|
          columns.each_with_index.to_h { |name, i| [name, value(result, row, i)] }
        end
      end

      def value(result, row, column)
        return unless PQ.PQgetisnull(result, row, column).zero?

        Convert.utf8(PQ.PQgetvalue(result, row, column).read_bytes(PQ.PQgetlength(result, row, column)))
      end

      def failure(result)
        state = PQ.PQresultErrorField(result, PQ::SQLSTATE)
        message = PQ.PQresultErrorMessage(result)
        message = PQ.PQerrorMessage(@connection) if message.empty?
        Database.new(Convert.utf8(message.chomp), sqlstate: state)
      end

      # Brings the connection back to where it can be used.
      def leave_copy(result)
        PQ.PQresultStatus(result) == PQ::COPY_IN ? PQ.PQputCopyEnd(@connection, "not supported") : drain
        until (left = PQ.PQgetResult(@connection)).null?
          PQ.PQclear(left)
        end
        raise Unsupported, "COPY is not supported here"
      end

      def drain
        out = FFI::MemoryPointer.new(:pointer)
        PQ.PQfreemem(out.get_pointer(0)) while PQ.PQgetCopyData(@connection, out, 0).positive?
      end
    end
    private_constant :Statement
  end
end
