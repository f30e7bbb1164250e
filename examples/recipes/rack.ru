# frozen_string_literal: true

# The forum's JSON from a plain Rack app:
#
#   FORUM_DATABASE="host=... dbname=..." puma rack.ru

require "microcosm"

forum = Microcosm.open(database: ENV.fetch("FORUM_DATABASE"))
site = ENV.fetch("FORUM_SITE", "harbour")

run(lambda do |env|
  id = env["PATH_INFO"][%r{\A/conversations/([1-9]\d{0,17})\z}, 1]
  next [404, { "Content-Type" => "text/plain" }, ["no such page\n"]] unless id

  forum.session(site: site, email: env["HTTP_X_REMOTE_USER"]) do |session|
    [200, { "Content-Type" => "application/json" }, [session.conversations.json(id.to_i)]]
  end
rescue Microcosm::NotFound, Microcosm::Forbidden => e
  [404, { "Content-Type" => "text/plain" }, ["#{e.message}\n"]]
end)
