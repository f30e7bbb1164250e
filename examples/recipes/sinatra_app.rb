# frozen_string_literal: true

# A forum in a Sinatra app:
#
#   FORUM_DATABASE="host=... dbname=..." puma sinatra.ru
#
# Who visits is what the host's own sign-in says; here that is a proxy in front, which sets X-Remote-User.

require "microcosm"
require "sinatra/base"

class ForumApp < Sinatra::Base
  SITE = ENV.fetch("FORUM_SITE", "harbour")
  STATUS = { Microcosm::InvalidInput => 400, Microcosm::Forbidden => 403, Microcosm::NotFound => 404, Microcosm::Closed => 403 }.freeze
  LOCK = Mutex.new

  # The forum, once for each process: servers load this file before they fork their workers.
  def self.forum
    LOCK.synchronize do
      @forum = nil unless @pid == Process.pid
      @pid = Process.pid
      @forum ||= Microcosm.open(database: ENV.fetch("FORUM_DATABASE"))
    end
  end

  disable :show_exceptions, :raise_errors, :dump_errors

  def enter(&block)
    self.class.forum.session(site: SITE, email: request.get_header("HTTP_X_REMOTE_USER"), &block)
  end

  error Microcosm::Error do |error|
    content_type :text
    status STATUS.fetch(error.class, 500)
    error.message
  end

  # Titles are safe to show as they are: they are HTML-escaped.
  get "/" do
    enter { |forum| forum.conversations.map { |each| "<li><a href='/conversations/#{each.id}'>#{each.title}</a>" }.join }
  end

  get "/conversations/:id" do
    enter do |forum|
      found = forum.conversations[Integer(params[:id], 10)]
      "<h1>#{found.title}</h1>" + found.comments.map { |comment| "<article>#{comment.html}</article>" }.join
    end
  end

  # The title and the first comment, both or neither.
  post "/microcosms/:id/conversations" do
    made = enter do |forum|
      forum.transaction do
        id = forum.conversations.create(microcosm: Integer(params[:id], 10), title: params[:title].to_s)
        forum.comments.create(item_type: "conversation", item: id, markdown: params[:markdown].to_s)
        id
      end
    end
    redirect "/conversations/#{made}", 303
  end
end
