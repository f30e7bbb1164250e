# frozen_string_literal: true

module Microcosm
  # Who acts, on which site, in which transaction; made by App#session.
  #
  # Has a method for each of the library's operations, named and documented as in its headers:
  # mc_comment_create() is comment_create. One call at a time: a second one, by another thread or from
  # a callback, raises BadState. Make a session for each thread or request; they are cheap.
  class Session
    include Unique

    # What one visits a site with, as keyword arguments of #enter.
    VISIT = Input.of("mc_visit")

    Operation.all.each { |operation| operation.define_on(self) }

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

    # Whether the site entered is the root site.
    def root_site?
      ask { |session| Native.mc_session_is_root_site(session) }
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
    def use_connection(connection)
      unless connection.nil? || connection.is_a?(Connection)
        raise TypeError, "a Microcosm::Connection is needed, not #{connection.class}"
      end

      switch_connection(connection&.handle)
      @connection = connection # which closes itself when nothing refers to it
      self
    end

    # All conversations that the actor may read, page after page; likewise profiles, and whatever
    # else the library lists (mc_..._list). Takes what the operation takes, such as limit:, the length
    # of a page.
    Operation.all.each do |operation|
      next unless operation.record == "collection" && operation.takes_page?

      define_method(operation.name.to_s.delete_suffix("_list")) do |limit: 25, offset: 0, **input|
        List.new(limit: limit, offset: offset) { |**page| only_page(public_send(operation.name, **input, **page)) }
      end
    end

    # All comments of a conversation, page after page: conversation_comments(41); likewise of events
    # and polls, and the microcosm_items.
    Operation.all.each do |operation|
      next unless operation.takes_page? && operation.name.end_with?("_get")

      pages = Record.class_named(operation.record).fields.select { |field| field.type_name == "page" }
      pages.each do |field|
        define_method(:"#{operation.name.to_s.delete_suffix("_get")}_#{field.name}") do |id, limit: 25, offset: 0, **input|
          List.new(limit: limit, offset: offset) do |**page|
            public_send(operation.name, id, **input, **page).public_send(field.name)
          end
        end
      end
    end

    # What has happened on the site since a cursor, as far as the actor may see it. "now" begins with
    # what comes next; without one it begins with the oldest change that is kept. A cursor that was left
    # for so long that changes after it are gone raises Gone.
    def changes(cursor: nil, limit: 100)
      Changes.new(self, cursor, limit)
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
        raise Error.from(Native.mc_session_error(session), code) if code.negative?

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

    def switch_connection(connection)
      @handle.use_alone do |session|
        use = proc { |pointer| Native.mc_session_use_connection(session, pointer) }
        code = connection ? connection.lend(&use) : use.call(nil)
        raise Error.from(Native.mc_session_error(session), code) if code.negative?

        @handle.connection = connection
      end
    end

    # A collection has one page of one kind of thing.
    def only_page(collection)
      collection.class.fields.select { |field| field.type_name == "page" }
                .filter_map { |field| collection.public_send(field.name) }.first
    end
  end
end
