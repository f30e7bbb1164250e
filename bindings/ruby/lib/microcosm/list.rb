# frozen_string_literal: true

module Microcosm
  # A list that is longer than a page: fetches page after page while it is walked through.
  #
  #     session.conversations.each { |conversation| puts conversation.title }
  #     session.conversations.list(limit: 50).lazy.select { |c| c.meta.flags.open }.first(10)
  #
  # The list may change meanwhile. Each thing that is there from the beginning of a walk to its end is
  # met once: what has moved to an earlier page is looked for there, and nothing is given twice. What
  # comes in meanwhile may be met, too. Each walk starts anew.
  class List
    include Enumerable

    # The fewest things that a page can have.
    FEWEST = 5
    private_constant :FEWEST

    # The block fetches a page, given how many things to fetch and how many to leave out before.
    def initialize(limit = 25, offset = 0, &fetch)
      @limit = limit
      @offset = offset
      @fetch = fetch
    end

    # The Page at its offset.
    def page
      @fetch.call(@limit, @offset)
    end

    # How many there are now, on all pages. Fetches one.
    def total
      [page.total - @offset, 0].max
    end

    # One of what pages gives, counted from 0: fetches the pages up to it. nil: there is nothing. For all of it: to_a.
    def [](index)
      raise IndexError, "a List counts from its begin" if index.negative?

      pages.each do |page|
        return page[index] if index < page.length

        index -= page.length
      end
      nil
    end

    # The pages as they come, by offset: what moves between them meanwhile may be missed.
    def pages
      Enumerator.new do |found|
        offset = @offset
        while (page = get(@limit, offset))
          found << page
          offset += page.limit # where a page ends early, the next one begins there
          break if offset >= page.total
        end
      end
    end

    def each(&block)
      return to_enum(:each) unless block

      seen = {}
      offset = @offset
      loop do
        page = get(@limit, offset)
        before = before(offset, page, seen)
        if before
          new(before, seen).each(&block)
          new(page, seen).each(&block)
          break if offset + page.limit >= page.total
        end
        # Where all of what stands before is new, that comes first.
        offset += before ? page.limit : -@limit
      end
      moved_up(seen, &block) if offset > @offset
      self
    end

    def inspect
      "#<#{self.class} limit=#{@limit} offset=#{@offset}>"
    end

    private

    # The page there, or nil where the list has come to end before it.
    def get(limit, offset)
      @fetch.call(limit, offset)
    rescue InvalidInput => e
      raise unless offset > @offset && e.faults.any? { |fault| fault.field == "offset" }
    end

    # What stands just before a page; nil if all of it wasn't met yet, or the page isn't there.
    #
    # It is read after the page, so what moves up between the two is on the page. Whatever goes, the
    # others keep their order: if one of these was met, so was all before them.
    def before(offset, page, seen)
      return [] if offset <= @offset

      few = get(FEWEST, offset - FEWEST) if page
      few if few&.any? { |item| seen.key?(key(item)) }
    end

    def new(items, seen)
      items.reject { |item| seen.key?(key(item)) }.each { |item| seen[key(item)] = true }
    end

    # What went to the front while its page had not been read yet, such as by a new comment.
    def moved_up(seen, &block)
      pages.each do |page|
        new = new(page, seen)
        break if new.empty?

        new.each(&block)
      end
    end

    # What tells a thing from others in its list.
    def key(item)
      item = item.item if item.respond_to?(:item)
      [item.class, item.respond_to?(:id) ? item.id : item]
    end
  end

  # What has happened on a site since a cursor, in order; see Resources::Changes#since. Walking through
  # it ends where nothing more has happened yet. Do it again to go on, or keep the cursor and come
  # back with that, days later or in another process.
  class Changes
    include Enumerable

    # Where to go on: what is before it has been walked through. Changes come in bunches, and it
    # moves when one is done, so what was left in the middle comes again.
    attr_reader :cursor

    # The block asks for some, given the cursor and how many.
    def initialize(cursor = nil, limit = nil, &ask)
      @cursor = cursor
      @limit = limit
      @ask = ask
    end

    def each(&block)
      return to_enum(:each) unless block

      loop do
        list = @ask.call(@cursor, @limit)
        list.each(&block)
        @cursor = list.cursor
        break unless list.more
      end
      self
    end

    def inspect
      "#<#{self.class} cursor=#{@cursor.inspect}>"
    end
  end
end
