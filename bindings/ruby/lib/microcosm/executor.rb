# frozen_string_literal: true

module Microcosm
  # A connection of the host's that the library runs its statements on through Ruby: of the pg gem, of
  # ActiveRecord, or a function that runs SQL. For SessionHandle it is what Connection::Handle is.
  class Executor
    DESCRIPTION = Input.of("mc_executor")

    # A connection of the pg gem. Its type maps and cursors are the host's, and not used.
    class Pg
      # Of libpq-fe.h, where they never change; in all other states a transaction has failed.
      STATES = { 0 => 0, 2 => 1, 4 => Unavailable.code }.freeze

      def initialize(connection)
        @pg = connection
        @texts = ::PG::TypeMapAllStrings.new
      end

      def check
        raise BadState, "the host's connection is closed" if @pg.finished?
        raise BadState, "the connection's client encoding must be UTF8" if @pg.parameter_status("client_encoding") != "UTF8"
      end

      def synchronize
        yield
      end

      def state
        @pg.finished? ? Unavailable.code : STATES.fetch(@pg.transaction_status, BadState.code)
      end

      def execute(sql, parameters)
        result = parameters.empty? ? @pg.exec(sql) : @pg.exec_params(sql, parameters, 0, @texts)
        return if result.nfields.zero?

        result.type_map = @texts
        [result.fields.map(&:to_s), result.values]
      ensure
        result&.clear
      end
    end

    # A connection of ActiveRecord's (ActiveRecord::Base.connection), which begins its transactions when
    # it is asked for what is below it. One that went back to its pool is somebody else's by now.
    class ActiveRecord
      def initialize(connection)
        @connection = connection
        @owner = connection.owner
        pg
      end

      def check
        pg.check
      end

      def synchronize(&block)
        @connection.lock.synchronize(&block)
      end

      def state
        pg.state
      end

      def execute(sql, parameters)
        pg.execute(sql, parameters)
      end

      private

      def pg
        raise BadState, "the host's connection was given back to its pool" unless @connection.owner.equal?(@owner)

        raw = @connection.raw_connection
        raise TypeError, "ActiveRecord's connection must be one to PostgreSQL, not #{raw.class}" unless Executor.pg?(raw)

        raw.equal?(@raw) ? @pg : ((@raw, @pg = raw, Pg.new(raw)) && @pg)
      end
    end

    # What a program writes for a driver that nothing here knows.
    class Function
      def initialize(function)
        @function = function
      end

      def check; end

      def synchronize
        yield
      end

      def execute(sql, parameters)
        answer = @function.call(sql, parameters) or return
        names, rows = answer
        [texts(names), rows.map { |row| texts(row) }]
      end

      private

      def texts(values)
        values.map { |value| value && Convert.text(value, "what a statement returns") }
      end
    end
    private_constant :Pg, :ActiveRecord, :Function

    class << self
      def on(connection)
        new(driver(connection))
      end

      def pg?(connection)
        defined?(::PG::Connection) && connection.is_a?(::PG::Connection)
      end

      private

      def driver(connection)
        return Pg.new(connection) if pg?(connection)
        return ActiveRecord.new(connection) if connection.respond_to?(:raw_connection)
        return Function.new(connection) if connection.respond_to?(:call)

        raise TypeError, "a connection of Microcosm, pg or ActiveRecord is needed, or what runs SQL, " \
                         "not #{connection.class}"
      end
    end

    def initialize(driver)
      @driver = driver
      @execute = Callback.function("execute()", failed: System.code) do |_data, sql, parameters, count, result|
        execute(sql, parameters.read_array_of_pointer(count), result)
      end
      return unless driver.respond_to?(:state)

      @in_transaction = Callback.function("in_transaction()", failed: BadState.code) { driver.state }
    end

    # Lets the library use it; returns the library's code.
    def attach(session)
      @driver.check
      description = DESCRIPTION.fill({})
      DESCRIPTION.put_pointer(description, :execute, @execute)
      DESCRIPTION.put_pointer(description, :in_transaction, @in_transaction) if @in_transaction
      Native.mc_session_use_executor(session, description)
    end

    # A call on it.
    def lend(&block)
      @driver.check
      @driver.synchronize(&block)
    end

    # For a session that lets go of it.
    def lend_even_closed(&block)
      @driver.synchronize(&block)
    end

    def join(_session); end
    def leave(_session); end

    private

    def execute(sql, parameters, result)
      texts = parameters.map { |parameter| parameter.null? ? nil : Convert.utf8(parameter.read_string) }
      names, rows = @driver.execute(Convert.utf8(sql.read_string), texts)
      fill(result, names, rows) if names
      0
    rescue Unavailable, Busy, NoMemory, BadState => e
      Callback.cause = e
      e.code
    rescue StandardError => e
      refuse(e, result) or raise
    end

    # The code for what the driver raised, if it is a failure of the statement or the connection.
    def refuse(exception, result)
      state = sqlstate(exception)
      return unless state || (defined?(::PG::Error) && exception.is_a?(::PG::Error))

      Callback.cause = exception
      Native.mc_result_fail(result, state, Convert.utf8(exception.message.scrub.delete("\0")))
    end

    # Other libraries wrap pg's exceptions.
    def sqlstate(exception)
      return unless exception
      return exception.sqlstate if exception.respond_to?(:sqlstate)
      return exception.result&.error_field(::PG::PG_DIAG_SQLSTATE) if defined?(::PG::Error) && exception.is_a?(::PG::Error)

      sqlstate(exception.cause)
    end

    # All values in one piece of memory, which is faster than one for each.
    def fill(result, names, rows)
      rows = [names, *rows]
      texts = rows.flatten(1)
      memory = FFI::MemoryPointer.new(texts.sum { |text| text ? text.bytesize + 1 : 0 } + 1)
      addresses = place(texts, memory)
      rows.each_with_index do |row, i|
        array = FFI::MemoryPointer.new(:pointer, [row.size, 1].max).write_array_of_ulong_long(addresses.shift(row.size))
        i.zero? ? Native.mc_result_columns(result, array, row.size) : Native.mc_result_row(result, array, row.size)
      end
    end

    def place(texts, memory)
      at = 0
      memory.put_bytes(0, texts.compact.join("\0").b)
      texts.map do |text|
        next 0 unless text

        address = memory.address + at
        at += text.bytesize + 1
        address
      end
    end
  end
  private_constant :Executor
end
