# frozen_string_literal: true

# Puma with preloading: the program is loaded once, and each worker opens a forum of its own:
#
#   FORUM_DATABASE="host=... dbname=..." puma -C puma.rb sinatra.ru

preload_app!
workers 2
threads 1, 4

# Before the first request instead of in it. An app can't be used in a process forked after it was opened, so nothing
# may open it before.
on_worker_boot { ForumApp.forum }

# Writes the marks and views that are still in memory.
on_worker_shutdown { ForumApp.forum.close }
