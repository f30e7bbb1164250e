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

  # A sign-in for which a browser is sent to a service and back (App#add_sign_in_provider): where the
  # service must send it back to, what it must send back (state), what is random and stays the same
  # (nonce), PKCE (challenge for the address, verifier for the exchange at the end), and what has come
  # back at the end (code, issuer).
  AuthFlow = Struct.new(:site_id, :site_key, :redirect_uri, :state, :nonce, :challenge, :verifier, :code, :issuer,
                        keyword_init: true) do
    def inspect
      "#<#{self.class} site_key=#{site_key.inspect} redirect_uri=#{redirect_uri.inspect}>"
    end
    alias_method :to_s, :inspect
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
      answer.nil? ? NotFound.code : Provider.accept(identity, answer)
    rescue *ANSWERS => e
      e.code
    end

    def self.accept(identity, answer)
      raise TypeError, "an Identity or nil is needed, not #{answer.class}" unless answer.is_a?(Identity)

      code = Native.mc_identity_accept(identity, answer.email, answer.name, answer.valid_for)
      raise ArgumentError, "no e-mail address, or valid_for is too long: #{answer.inspect}" if code == InvalidInput.code

      code
    end

    def credentials(pointer)
      shown = Layout.struct("mc_credentials").new(pointer)
      texts = %i[scheme token site_key address].to_h { |name| [name, Record.text(shown[name])] }
      texts[:address] = nil if texts[:address].empty?
      Credentials.new(site_id: shown[:site_id], **texts).freeze
    end
  end

  # Two callables of the host's as an mc_auth_provider that sends browsers to a service.
  class FlowProvider
    def initialize(begins, ends)
      @begin = callback("begin()") { |flow, redirect| go(redirect, begins.call(flow)) }
      @end = callback("end()") { |flow, identity| Provider.accept(identity, ends.call(flow)) }
    end

    def describe(name, title)
      memory = Provider::DESCRIPTION.fill(name: name, title: title)
      Provider::DESCRIPTION.put_pointer(memory, :begin, @begin)
      Provider::DESCRIPTION.put_pointer(memory, :end, @end)
      memory
    end

    private

    def callback(declaration)
      Callback.function(declaration, failed: System.code) do |_data, pointer, result|
        yield flow(pointer), result
      rescue *Provider::ANSWERS => e
        e.code
      end
    end

    def go(redirect, url)
      code = Native.mc_auth_redirect_to(redirect, Convert.text(url, "url"))
      raise ArgumentError, "an https address is needed, or an http one of this machine" if code == InvalidInput.code

      code
    end

    def flow(pointer)
      told = Layout.struct("mc_auth_flow").new(pointer)
      texts = (AuthFlow.members - [:site_id]).to_h { |name| [name, Record.text(told[name])] }
      AuthFlow.new(site_id: told[:site_id], **texts).freeze
    end
  end
end
