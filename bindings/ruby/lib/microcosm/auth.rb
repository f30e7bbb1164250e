# frozen_string_literal: true

module Microcosm
  # What a visitor shows: the kind of token ("bearer", or what the visit's scheme: says), the token,
  # which nobody has checked yet, the site that is entered (id and key), and the IP address, or nil.
  Credentials = Struct.new(:scheme, :token, :site_id, :site_key, :address, keyword_init: true) do
    # Tokens don't belong in logs.
    def inspect
      "#<#{self.class} scheme=#{scheme.inspect} site_key=#{site_key.inspect} address=#{address.inspect}>"
    end
    alias_method :to_s, :inspect
  end

  # Who somebody is, for App#add_auth_provider: the user with an e-mail address that the host has
  # verified. User and profile are made on the first visit; name: is a wish for the profile's.
  # valid_for: seconds for which the library may take the same token for the same user without
  # asking again, up to a day.
  class Identity
    attr_reader :email, :name, :valid_for

    def initialize(email:, name: nil, valid_for: 0)
      @email = Convert.text(email, "email")
      @name = name && Convert.text(name, "name")
      @valid_for = Convert.int64(valid_for, "valid_for")
    end
  end

  # A block of the host's as an mc_auth_provider.
  class Provider
    # What a provider may answer instead; all else is a mistake in it.
    ANSWERS = [Unauthenticated, Forbidden, Banned, Unavailable, Busy, NoMemory, System].freeze
    DESCRIPTION = Input.of("mc_auth_provider")

    def initialize(block)
      @block = block
      @function = Callback.function("identify()", failed: System.code) do |_data, credentials, identity|
        identify(credentials, identity)
      end
    end

    def describe(name)
      memory = DESCRIPTION.fill(name: name)
      DESCRIPTION.put_pointer(memory, :identify, @function)
      memory
    end

    private

    def identify(pointer, identity)
      answer = @block.call(credentials(pointer))
      return NotFound.code if answer.nil?
      raise TypeError, "an Identity or nil is needed, not #{answer.class}" unless answer.is_a?(Identity)

      code = Native.mc_identity_accept(identity, answer.email, answer.name, answer.valid_for)
      raise ArgumentError, "no e-mail address, or valid_for is too long: #{answer.inspect}" if code == InvalidInput.code

      code
    rescue *ANSWERS => e
      e.code
    end

    def credentials(pointer)
      shown = Layout.struct("mc_credentials").new(pointer)
      texts = %i[scheme token site_key address].to_h { |name| [name, Record.text(shown[name])] }
      texts[:address] = nil if texts[:address].empty?
      Credentials.new(site_id: shown[:site_id], **texts).freeze
    end
  end
end
