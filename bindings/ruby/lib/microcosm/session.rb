# frozen_string_literal: true

module Microcosm
  # Who acts, on which site, in which transaction; made by App#session.
  #
  # What there is on the site is reached through it: session.conversations, .comments, .microcosms,
  # .profiles, ... (see Resource). Each operation is also a method of the session by its name in C:
  # comment_create(...) is comments.create(...). One call at a time: a second one, by another thread or from
  # a callback, raises BadState. Make a session for each thread or request; they are cheap.
  class Session
    include Unique
    include Transfers
    include Moving

    # What one visits a site with, as keyword arguments of #enter.
    VISIT = Input.of("mc_visit")

    Operation.all.each { |operation| operation.define_on(self, operation.name, handle: "@handle") }

    Resource.grouped.each_key do |name|
      raise LoadError, "the resource #{name} hides a method of Session" if public_method_defined?(name)

      resource = Resources.const_get(name.split("_").map(&:capitalize).join)
      define_method(name) { resource.send(:new, self, @handle) }
    end

    # Use App#session.
    def initialize(app)
      Thread.handle_interrupt(Object => :never) do
        @handle = SessionHandle.new(app)
        ObjectSpace.define_finalizer(self, Unique.finalizer(object_id, @handle))
      end
    end

    # Enter a site, found by its key (site:) or by the Host header of a request (host:), as the guest
    # or as who an access token belongs to. address: is for the audit.
    def enter(site: nil, **visit)
      visit[:site_key] = site if site
      memory = VISIT.fill(visit)
      perform { |session| Native.mc_session_enter(session, memory) }
    end

    # Act as a profile of the site by its id, or as the user with an e-mail address (user and profile
    # are made if there are none), without a token: for hosts with a sign-in of their own. 0 is the guest.
    def act_as(actor)
      return act_as_email(actor) if actor.is_a?(String)

      profile_id = Convert.int64(actor, "profile_id")
      perform { |session| Native.mc_session_act_as(session, profile_id) }
    end

    # The same, by e-mail address only.
    def act_as_email(email)
      act_as_user(email)
    end

    # The same, with a wish for the profile's name on the first visit to the site.
    def act_as_user(email, name = nil)
      email = Convert.text(email, "email")
      name &&= Convert.text(name, "name")
      perform { |session| Native.mc_session_act_as_user(session, email, name) }
    end

    # Id of the site entered, or 0.
    def site_id
      ask { |session| Native.mc_session_site(session) }
    end

    # Id of the profile that acts, or 0 for a guest.
    def profile_id
      ask { |session| Native.mc_session_profile(session) }
    end

    def guest?
      profile_id.zero?
    end

    # Whether the actor is on the site's ban list.
    def banned?
      ask { |session| Native.mc_session_is_banned(session) }
    end

    # What the actor is told who is on that list, HTML-escaped; "" if there is nothing to tell.
    def ban_reason
      ask { |session| Convert.utf8(Native.mc_session_ban_reason(session)) }
    end

    # Whether the site entered is the root site.
    def root_site?
      ask { |session| Native.mc_session_is_root_site(session) }
    end

    # Whether the address of the site entered is one of HTTPS.
    def secure?
      ask { |session| Native.mc_session_is_secure(session) }
    end

    # Make it as new: no site, guest, no connection of the host's; rolls back what is open.
    def reset
      @handle.reset
      @connection = nil
      self
    end

    # What the block writes is there as a whole when it has come to its end, and not at all if it is
    # left in any other way: by an exception, which goes on, by break, return or throw. Raise
    # Rollback to leave it quietly. A failed call inside undoes only itself; rescue it to go on.
    def transaction
      begun = finished = false
      self.begin { begun = true }
      result = yield self
      commit { finished = true }
      result
    rescue Rollback
      raise unless begun
    ensure
      roll_back if begun && !finished
    end

    # Begin a transaction; #transaction is safer. The block, here and in #commit, is called inside the
    # call, so that no Timeout can come between.
    def begin(&done)
      perform(done) { |session| Native.mc_session_begin(session) }
    end

    # Commit it. If that fails the transaction is over too.
    def commit(&over)
      perform do |session|
        over&.call
        Native.mc_session_commit(session)
      end
    end

    # Roll it back.
    def rollback
      perform { |session| Native.mc_session_rollback(session) }
    end

    # Put the session on a connection of the host's: from here on what it writes is part of the
    # host's own transaction there. nil: back to the app's connections.
    #
    # The connection may be a PG::Connection, one of ActiveRecord's (ActiveRecord::Base.connection), or a
    # Microcosm::Connection. For any other driver it is what can be called (a Proc) with SQL, which has
    # $1, $2 ... and, without parameters, maybe several statements, and an Array of parameters, which are
    # Strings or nil. It returns nil, or the names of the columns and the rows: Arrays of Strings as
    # PostgreSQL writes them, or nil. It raises the driver's exception, whose sqlstate is used.
    #
    # Use it for one thread at a time, and keep it open for as long as the session is on it.
    def use(connection)
      connection.nil? || connection.is_a?(Connection) ? switch(connection&.handle) : switch(Executor.on(connection))
      @connection = connection # a Microcosm::Connection closes itself when nothing refers to it
      self
    end

    # End it; rolls back a transaction that is open. Closing it again does nothing.
    def close
      @handle.close
    end

    def closed?
      @handle.closed?
    end

    def inspect
      return "#<#{self.class} closed>" if closed?

      "#<#{self.class} site_id=#{site_id} profile_id=#{profile_id}>"
    rescue BadState
      "#<#{self.class} in use>"
    end

    private

    # A call that can fail.
    def perform(done = nil)
      @handle.use do |session|
        code = yield session
        Error.check(session, code)
        done&.call
      end
      self
    end

    def ask(&block)
      @handle.use(&block)
    end

    # What made it fail matters more than what fails then.
    def roll_back
      rollback
    rescue Error
      nil
    end

    def switch(host)
      @handle.use_alone do |session|
        Error.check(session, host ? host.attach(session) : Native.mc_session_use_connection(session, nil))
        @handle.connection = host
      end
    end
  end
end
