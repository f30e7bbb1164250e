# frozen_string_literal: true

module Microcosm
  # A list that is longer than a page: fetches page after page while it is walked through.
  #
  #     session.conversations.each { |conversation| puts conversation.title }
  #     session.conversations.lazy.select { |c| c.meta.flags.open }.first(10)
  #
  # What is posted or hidden meanwhile moves what comes after it: a thing at the border of two pages
  # may be met twice or not at all. Each walk starts anew.
  class List
    include Enumerable

    # The block fetches a page, given limit: and offset:.
    def initialize(limit: 25, offset: 0, &fetch)
      @limit = limit
      @offset = offset
      @fetch = fetch
    end

    def each(&block)
      return to_enum(:each) { size } unless block

      each_page { |page| page.items.each(&block) }
      self
    end

    # The pages, which are Page records.
    def each_page
      return to_enum(:each_page) unless block_given?

      offset = @offset
      while (page = fetch(offset))
        yield page
        offset = page.offset + page.limit
        break if offset > page.max_offset
      end
      self
    end

    # How many there are now, on all pages. Fetches one.
    def size
      [@fetch.call(limit: @limit, offset: @offset).total - @offset, 0].max
    end

    def inspect
      "#<#{self.class} limit=#{@limit} offset=#{@offset}>"
    end

    private

    # nil where the list ends meanwhile, because things were hidden.
    def fetch(offset)
      @fetch.call(limit: @limit, offset: offset)
    rescue InvalidInput => e
      raise unless offset > @offset && e.faults.map(&:field) == ["offset"]
    end
  end

  # What has happened on a site since a cursor, in order; see Session#changes. Walking through it
  # ends where nothing more has happened yet. Do it again to go on, or keep the cursor and come
  # back with that, days later or in another process.
  class Changes
    include Enumerable

    # Where to go on: what is before it has been walked through. Changes come in bunches, and it
    # moves when one is done, so what was left in the middle comes again.
    attr_reader :cursor

    def initialize(session, cursor, limit)
      @session = session
      @cursor = cursor
      @limit = limit
    end

    def each(&block)
      return to_enum(:each) unless block

      loop do
        list = @session.changes_next(cursor: @cursor, limit: @limit)
        list.changes.each(&block)
        @cursor = list.cursor
        break unless list.more
      end
      self
    end
  end
end
