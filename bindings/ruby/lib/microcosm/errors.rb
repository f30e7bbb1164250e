# frozen_string_literal: true

module Microcosm
  # A field of the input that was at fault.
  Fault = Struct.new(:field, :message)

  # A failure that the library reports. Each of its error codes is a class of its own below this
  # one, named by the code's slug: not_found is NotFound.
  class Error < StandardError
    class << self
      # The library's number and name for it, and what it means.
      attr_reader :code, :slug, :text

      # The class for an error code of the library.
      def for_code(code)
        BY_CODE.fetch(code, self)
      end

      # Raises what a call with a session has failed with, if it has.
      def check(session, code)
        return unless code.negative?

        failure = from(Native.mc_session_error(session), code)
        cause = Callback.take_cause
        cause ? raise(failure, cause: cause) : raise(failure)
      end

      # From a const mc_failure *, which may be NULL where there was no memory for it.
      def from(pointer, code)
        return for_code(code).new if pointer.null?

        error = Layout.struct("mc_failure").new(pointer)
        for_code(code).new(Convert.utf8(error[:message].read_string), sqlstate: presence(error[:sqlstate]),
                                                                      reason: error[:reason], faults: faults(error))
      end

      private

      def presence(pointer)
        text = pointer.null? ? "" : pointer.read_string
        text unless text.empty?
      end

      def faults(error)
        size = Layout.of("mc_fault").size
        Array.new(error[:fault_count]) do |i|
          fault = Layout.struct("mc_fault").new(error[:faults] + i * size)
          Fault.new(*%i[field message].map { |name| Convert.utf8(fault[name].read_string) }).freeze
        end.freeze
      end

      def define(entry)
        info = Layout.struct("mc_error_info").new(entry)
        code = info[:code]
        slug, text = %i[slug text].map { |name| Convert.utf8(info[name].read_string) }
        subclass = Class.new(self) { @code, @slug, @text = code, slug, text }
        ::Microcosm.define(slug, subclass)
        [code, subclass]
      end
    end

    # Five characters that PostgreSQL gave a failure; nil for any other.
    attr_reader :sqlstate
    # Number for clients of the API v1 that tells causes apart; 0 for none.
    attr_reader :reason
    # All fields of the input that were at fault, for InvalidInput.
    attr_reader :faults

    def initialize(message = nil, sqlstate: nil, reason: 0, faults: [])
      super(text_of(message.nil? || message.empty? ? self.class.text || self.class.name : message, faults))
      @sqlstate = sqlstate
      @reason = reason
      @faults = faults
    end

    def code
      self.class.code
    end

    # All that is at fault, each once; the library's message is its first fault.
    def text_of(message, faults)
      told = faults.map { |fault| "#{fault.field}: #{fault.message}" }
      return message if told.empty?

      message == told.first ? told.join("; ") : "#{message} (#{told.join("; ")})"
    end
    private :text_of

    def slug
      self.class.slug
    end

    BY_CODE = Array.new(Native.mc_error_count) { |i| define(Native.mc_error_at(i)) }.to_h.freeze
  end

  # Raised inside Session#transaction to leave it without its writes and without an error.
  class Rollback < StandardError; end
end
