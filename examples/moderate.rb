#!/usr/bin/env ruby
# frozen_string_literal: true

# Moderates a site: looks at what is new, hides comments that say what may not be said, closes conversations
# that are flooded, and prints what it did. It remembers in a file how far it has come, so it can
# be run by the minute, or left running.
#
#     moderate.rb (--data DIR | --database CONNINFO) SITE EMAIL CURSOR_FILE WORDS_FILE [--flood N] [--watch]
#
# EMAIL      who moderates: the site's owner or somebody with a moderator's role
# WORDS_FILE a word or phrase a line, in any case
# --flood N  close a conversation that got N comments by one person within a minute (default 5)
# --watch    don't end

require "microcosm"
require "optparse"

# Walks through the changes of a site and judges each new comment.
class Moderator
  MINUTE = 60

  def initialize(session, words, flood)
    @session = session
    @words = Regexp.union(words.map { |word| /\b#{Regexp.escape(word)}\b/i })
    @flood = flood
    @recent = Hash.new { |posts, key| posts[key] = [] }
  end

  def look(changes)
    changes.each { |change| judge(change.item_id) if change.item_type == "comment" && change.action != "delete" }
  end

  private

  def judge(comment_id)
    comment = find(comment_id) or return
    comment.markdown.match?(@words) ? hide(comment) : count(comment)
  end

  # A change tells that something happened, the comment how things are now: it may be gone since.
  def find(comment_id)
    @session.comment_get(comment_id)
  rescue Microcosm::NotFound, Microcosm::Forbidden
    nil
  end

  def hide(comment)
    @session.comment_patch(comment.id, moderated: true)
    puts "hid comment #{comment.id} by #{comment.meta.created_by.profile_name}"
  end

  # Changes come at least once, so posts are told apart by their ids.
  def count(comment)
    return unless comment.item_type == "conversation"

    posts = @recent[[comment.item_id, comment.meta.created_by.id]]
    posts << [comment.id, comment.meta.created]
    posts.uniq!(&:first)
    posts.reject! { |_, created| created < posts.last.last - MINUTE }
    close(comment.item_id, comment.meta.created_by) if posts.size >= @flood
  end

  def close(conversation_id, profile)
    conversation = @session.conversation_get(conversation_id, limit: 5)
    return if conversation.meta.flags.open == false

    @session.conversation_patch(conversation_id, open: false)
    puts "closed conversation #{conversation_id} (#{conversation.title}), flooded by #{profile.profile_name}"
  end
end

options = { flood: 5 }
parser = OptionParser.new("usage: moderate.rb (--data DIR | --database CONNINFO) SITE EMAIL CURSOR_FILE WORDS_FILE") do |given|
  given.on("--data DIR") { |value| options[:data] = value }
  given.on("--database CONNINFO") { |value| options[:database] = value }
  given.on("--flood N", Integer) { |value| options[:flood] = value }
  given.on("--watch") { options[:watch] = true }
end
site, email, cursor_file, words_file = begin
  parser.parse!
  ARGV.size == 4 ? ARGV : raise(OptionParser::MissingArgument, "SITE EMAIL CURSOR_FILE WORDS_FILE")
rescue OptionParser::ParseError => e
  warn e.message, parser
  exit 2
end

begin
  Microcosm.open(**options.slice(:data, :database)) do |app|
    app.session(site: site, email: email) do |session|
      moderator = Moderator.new(session, File.readlines(words_file, chomp: true).reject(&:empty?), options[:flood])
      changes = session.changes.since(File.exist?(cursor_file) ? File.read(cursor_file) : nil)
      loop do
        begin
          moderator.look(changes)
        rescue Microcosm::Gone # left for so long that changes after it aren't kept any more
          changes = session.changes.since
          retry
        end
        File.write("#{cursor_file}.new", changes.cursor)
        File.rename("#{cursor_file}.new", cursor_file) # never half a cursor
        options[:watch] ? sleep(1) : break
      end
    end
  end
rescue Interrupt
  exit
rescue Microcosm::Error, SystemCallError => e
  abort "moderate.rb: #{e.message}"
end
