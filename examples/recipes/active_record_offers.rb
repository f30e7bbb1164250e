#!/usr/bin/env ruby
# frozen_string_literal: true

# An offer of the host's and the conversation about it, in one transaction of ActiveRecord's:
#
#   active_record_offers.rb DATABASE MICROCOSM BOAT TITLE        DATABASE: host=... dbname=...

require "active_record"
require "microcosm"
require "pg"

class Offer < ActiveRecord::Base; end

# Both or neither: what is raised inside the block undoes both.
def add(forum, microcosm, boat, title)
  Offer.transaction do
    offer = Offer.create!(boat: boat)
    forum.session do |session|
      session.use(Offer.connection)
      session.enter(site_key: ENV.fetch("FORUM_SITE", "harbour"))
      session.act_as_user("seller@example.org")
      offer.update!(conversation_id: session.conversations.create(microcosm: microcosm, title: title))
    end
    offer.conversation_id
  end
end

database, microcosm, boat, title = ARGV
place = PG::Connection.conninfo_parse(database).to_h { |part| [part[:keyword], part[:val]] }
ActiveRecord::Base.establish_connection(adapter: "postgresql", host: place["host"], port: place["port"],
                                        username: place["user"], database: place["dbname"])
ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table(:offers, if_not_exists: true) do |table|
    table.text :boat, null: false
    table.bigint :conversation_id
  end
end
Microcosm.open(database: database) do |forum|
  puts add(forum, microcosm.to_i, boat, title)
rescue Microcosm::Error => e
  abort "not offered: #{e.message}"
end
