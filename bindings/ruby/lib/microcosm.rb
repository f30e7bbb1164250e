# frozen_string_literal: true

require "logger"
require "pathname"
require "stringio"
require "microcosm/declarations"

# A forum as a library: sites, conversations, comments, people and what they may do, over PostgreSQL.
# Microcosm.open is where to begin.
module Microcosm
  # The version of the library that this gem is for, and so its own.
  VERSION = Declarations::VERSION

  class << self
    # An app; with a block, for the block, whose value it returns.
    #
    #     Microcosm.open("folder")                    a PostgreSQL of its own, in that folder
    #     Microcosm.open(database: "dbname=forum")    one that is there
    #
    # Takes the members of mc_app_options as keywords (base_domain:, default_site:, connections:,
    # wait_ms:, statement_ms:, prepare:, log_level:), and
    #
    #     logger:      a Logger for what the library has to say
    #     background:  false if the host calls App#step itself
    #     migrate:     false if the database's schema is brought up to date by other means
    def open(data = nil, **options)
      app = App.new(data, **options)
      return app unless block_given?

      begin
        yield app
      ensure
        app.close
      end
    end

    # Makes a constant of a name of the library's: bad_state becomes BadState.
    def define(name, value)
      constant = name.split("_").map(&:capitalize).join
      raise LoadError, "#{constant} has two meanings" if const_defined?(constant, false)

      const_set(constant, value)
    end
  end
end

require "microcosm/native"
require "microcosm/convert"
require "microcosm/layout"
require "microcosm/errors"
require "microcosm/callback"
require "microcosm/buffer"
require "microcosm/record"
require "microcosm/records"
require "microcosm/list"
require "microcosm/handle"
require "microcosm/operation"
require "microcosm/resource"
require "microcosm/connection"
require "microcosm/executor"
require "microcosm/files"
require "microcosm/moving"
require "microcosm/session"
require "microcosm/auth"
require "microcosm/mail"
require "microcosm/app"
require "microcosm/render"

# Nothing of the library's C side is for users of the gem.
module Microcosm
  private_constant :AppHandle, :Buffer, :Callback, :Convert, :Declarations, :Failure, :Input, :Layout, :Native,
                   :Mailer, :Operation, :Provider, :SessionHandle, :Unique
end
