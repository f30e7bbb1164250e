# frozen_string_literal: true

module Microcosm
  # Configuration, connections and caches: made once, shared by all threads.
  #
  #     Microcosm.open("folder") do |app|
  #       app.session(site: "demo") { |session| session.conversations.each { |c| puts c.title } }
  #     end
  #
  # An app may not be used in a process forked after it was made: open one there (after fork, after
  # Process.daemon, in each worker of a preforking server).
  class App
    include Unique

    OPTIONS = Input.of("mc_app_options")
    LEVELS = { Logger::DEBUG => :debug, Logger::INFO => :info, Logger::WARN => :warning }.freeze
    SEVERITIES = [Logger::ERROR, Logger::WARN, Logger::INFO, Logger::DEBUG].freeze

    # See Microcosm.open, which also ends it.
    def initialize(data = nil, logger: nil, background: true, migrate: true, **options)
      options[:data] = data if data
      options[:log_level] ||= LEVELS.fetch(logger.level, :error) if logger
      log = logger && self.class.send(:log_function, logger)
      Thread.handle_interrupt(Object => :never) do
        @handle = AppHandle.new([log].compact) { self.class.send(:make, options, log) }
        ObjectSpace.define_finalizer(self, Unique.finalizer(object_id, @handle))
      end
      self.migrate if migrate
      start_background if background
      opened = true
    ensure
      @handle&.close unless opened
    end

    class << self
      private

      def make(options, log)
        memory = OPTIONS.fill(options)
        OPTIONS.put_pointer(memory, :log, log) if log
        out = FFI::MemoryPointer.new(:pointer)
        Failure.check { |error| Native.mc_app_new(out, memory, error) }
        out.get_pointer(0)
      ensure
        Callback.finish
      end

      # A logger that fails doesn't make the call fail that had something to say.
      def log_function(logger)
        Callback.function("mc_log_fn", failed: nil) do |_data, level, message|
          logger.add(SEVERITIES.fetch(level), Convert.utf8(message.read_string), "microcosm")
          nil
        rescue StandardError
          nil
        end
      end
    end

    # A session; with a block, for the block, whose value it returns. With site: or host: it has
    # entered that site, as the guest or with token: as its user, or as a profile (profile:) or the
    # user with an e-mail address (email:, and name: for a wish), for hosts with a sign-in of their own.
    def session(profile: nil, email: nil, name: nil, **visit)
      session = Session.new(@handle)
      session.enter(**visit) unless visit.empty?
      session.act_as(profile) if profile
      session.act_as_user(email, name) if email
      opened = session
      return session unless block_given?

      yield session
    ensure
      session&.close if block_given? || !opened
    end

    # Bring the database's schema up to date; opening does it unless told not to.
    def migrate
      fallible { |app, error| Native.mc_app_migrate(app, error) }
    end

    # Raise unless the database answers and its schema fits.
    def check
      fallible { |app, error| Native.mc_app_check(app, error) }
    end

    # Raise unless pictures can be worked on: the program for that is there, and can be confined.
    def check_images
      fallible { |app, error| Native.mc_app_check_images(app, error) }
    end

    # Raise unless uploaded files can be stored: their folder can be written or made; S3 answers and takes the keys.
    def check_files
      fallible { |app, error| Native.mc_app_check_files(app, error) }
    end

    # The libpq connection string of its database, for a Connection beside it.
    def database
      @handle.use { |app| Convert.utf8(Native.mc_app_database(app)) }
    end

    # Figures for whoever watches over it: an AppStats.
    def stats
      out = FFI::MemoryPointer.new(:pointer)
      @handle.use do |app|
        Buffer.check(Native.mc_app_stats_get(out, app))
        Record.own(out.get_pointer(0))
      end
    end

    # Let a sign-in of the host's own say who a visitor is (see Credentials and Identity). The block
    # is called by Session#enter, on its thread, for each visit that shows a token. It returns an
    # Identity, or nil for credentials that aren't its own: then the next provider is asked, at last
    # the library's access tokens. It raises Unauthenticated to refuse, or Forbidden, Banned,
    # Unavailable or Busy. Any other exception goes on to the caller of Session#enter.
    #
    #     app.add_auth_provider("shop") do |credentials|
    #       user = Shop.user_of_cookie(credentials.token) or raise Microcosm::Unauthenticated
    #       Microcosm::Identity.new(email: user.email, name: user.nick)
    #     end
    #
    # It may use other sessions of the app, and be called by several threads at once.
    def add_auth_provider(name = "ruby", &identify)
      raise ArgumentError, "a block is needed" unless identify

      name = Convert.text(name, "name")
      provider = Provider.new(identify)
      @handle.callbacks << provider # before it can be called
      fallible { |app, error| Native.mc_app_add_auth_provider(app, provider.describe(name), error) }
    end

    # Let people sign in at a service of the host's: one of the ways of Session#sign_in_choices_list, by
    # Session#sign_in_begin and Session#sign_in_end. begins: is called with an AuthFlow and returns the
    # address of the service's page; ends: is called with what has come back, and returns an Identity, or
    # raises as a block of add_auth_provider does. The name is part of addresses: letters a to z and digits.
    #
    #     app.add_sign_in_provider("club", title: "The Club",
    #                              begins: ->(flow) { Club.login_url(flow.redirect_uri, flow.state) },
    #                              ends: ->(flow) { Microcosm::Identity.new(email: Club.email_of(flow.code)) })
    def add_sign_in_provider(name, begins:, ends:, title: nil)
      raise ArgumentError, "begins and ends are called" unless [begins, ends].all? { |one| one.respond_to?(:call) }

      name = Convert.text(name, "name")
      title &&= Convert.text(title, "title")
      provider = FlowProvider.new(begins, ends)
      @handle.callbacks << provider # before it can be called
      fallible { |app, error| Native.mc_app_add_auth_provider(app, provider.describe(name, title), error) }
    end

    # Have mail sent by a block, instead of the server that smtp: names. Once, before mail is sent. It gets a
    # Mail, which it sends, or keeps for certain. If it raises InvalidInput, that mail will never be sent;
    # NotFound: there is no such mailbox. After another exception the mail is tried again later.
    #
    # It may be called by several threads at once.
    def set_mailer(&send) # rubocop:disable Naming/AccessorMethodName -- it takes a block
      raise ArgumentError, "a block is needed" unless send

      mailer = Mailer.new(send)
      @handle.callbacks << mailer # before it can be called
      fallible { |app, error| Native.mc_app_set_mailer(app, mailer.describe, error) }
    end

    # Forget what providers said would be valid for a while: the next visit is asked about again.
    def forget_identities
      @handle.use { |app| Native.mc_app_forget_identities(app) }
      self
    end

    # Do the background work that is due. Returns how many seconds to wait before the next time.
    # For hosts with a loop of their own, which open with background: false.
    def step
      @handle.use { |app| Native.mc_app_step(app) } / 1000.0
    end

    # A descriptor that becomes readable when #step should be called before that time is over, for
    # IO.for_fd(app.poll_fd, autoclose: false) and IO.select. Do nothing else with it.
    def poll_fd
      @handle.use { |app| Native.mc_app_poll_fd(app) }
    end

    # Do it until #stop is called, by another thread or by a signal's handler. For hosts that open with
    # background: false and have a thread to spare.
    def run
      background = start_background # refused, it must not stop what is going on
      begin
        background.join
      ensure
        stop
      end
      self
    end

    # Send the mail that waits, until #stop or #close. Several threads may do so, each for one mail at a time; without
    # any, mail waits. Beside it the background work must go on, which hands it the mail.
    #
    #     Thread.new { app.run_mail }
    def run_mail
      raise BadState, "the app is closed" if closed?

      mailing = Mailing.new(@handle)
      begin
        mailing.join
      ensure
        mailing.stop
      end
      self
    end

    # Make #run and #run_mail return. (It also ends what background: true has begun.)
    def stop
      @handle.workers.grep(Mailing).each(&:stop)
      @background&.stop
      @background = nil
      self
    end

    # End it and its sessions; one that another thread is using right now, when that call is over.
    # Closing it again does nothing.
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

    def start_background
      raise BadState, "the background work is being done already" if @background

      @background = Background.new(@handle)
    end

    def fallible
      @handle.use { |app| Failure.check { |error| yield app, error } }
      self
    end

    # The background work, on a Ruby thread of its own: a call that blocks in C can't be interrupted,
    # but a thread that waits for it can.
    class Background
      def initialize(handle)
        @handle = handle
        @thread = Thread.new do
          handle.use { |app| work(app) }
        rescue BadState
          nil # closed before it has begun
        end
        @thread.name = "microcosm"
        handle.workers << self
      end

      def join
        @thread.join
      end

      def stop
        ask
        join unless @thread == Thread.current
        @handle.workers.delete(self)
      rescue BadState
        join # closed meanwhile, which has stopped it
      end

      private

      def work(app)
        Native.mc_app_run(app)
      end

      def ask
        @handle.use { |app| Native.mc_app_stop(app) } if @thread.alive?
      end
    end
    private_constant :Background

    # The sending of mail, likewise. It is told to end again and again, since it may be only about to begin.
    class Mailing < Background
      private

      def work(app)
        Native.mc_app_run_mail(app)
      end

      def ask
        loop do
          @handle.use { |app| Native.mc_app_stop_mail(app) } if @thread.alive?
          break if @thread == Thread.current || @thread.join(0.05)
        end
      end
    end
    private_constant :Mailing
  end

  # Calls that report a failure by an mc_failure **.
  module Failure
    module_function

    def check
      error = FFI::MemoryPointer.new(:pointer)
      code = yield error
      raise Error.from(error.get_pointer(0), code) if code.negative?
    ensure
      Native.mc_failure_free(error.get_pointer(0))
    end
  end
end
