# frozen_string_literal: true

module Microcosm
  # A mail that is to be sent: its parts, and all of it as one message (RFC 5322), in bytes.
  Mail = Struct.new(:site_id, :from, :from_name, :reply_to, :to, :to_name, :subject, :text, :html, :message_id, :message,
                    keyword_init: true)

  # A block of the host's as an mc_mailer.
  class Mailer
    TEXTS = %i[from from_name reply_to to to_name subject text html message_id].freeze
    DESCRIPTION = Input.of("mc_mailer")

    def initialize(block)
      @block = block
      @function = Callback.function("send()", failed: Remote.code) do |_data, mail|
        @block.call(mail(mail))
        0
      rescue InvalidInput, NotFound => e
        e.code
      rescue StandardError => e
        Callback.cause = e
        Remote.code
      end
    end

    def describe
      memory = DESCRIPTION.fill({})
      DESCRIPTION.put_pointer(memory, :send, @function)
      memory
    end

    private

    def mail(pointer)
      given = Layout.struct("mc_mail").new(pointer)
      texts = TEXTS.to_h { |name| [name, Record.text(given[name])] }
      Mail.new(site_id: given[:site_id].zero? ? nil : given[:site_id], **texts,
               message: given[:message].read_string(given[:message_length])).freeze
    end
  end
end
