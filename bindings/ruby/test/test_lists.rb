# frozen_string_literal: true

class ListsTest < Minitest::Test
  def setup
    @session = Forum.session
    @microcosm = @session.microcosms.create(title: "List #{name}", description: "For lists")
  end

  def teardown
    @session.microcosms.delete(@microcosm)
    @session.close
  end

  def conversations(count)
    Array.new(count) { |i| @session.conversations.create(microcosm: @microcosm, title: "Number #{i}") }
  end

  def comments(count)
    @talk = @session.conversations.create(microcosm: @microcosm, title: "Talk #{count} #{@talk}")
    Array.new(count) { |i| say("Number #{i}") }
  end

  def say(text)
    @session.comments.create(item_type: "conversation", item: @talk, markdown: text)
  end

  def test_pages_by_itself
    ids = conversations(13)
    all = @session.conversations.list(limit: 5)

    assert_equal ids, all.map(&:id).select { |id| ids.include?(id) }.sort
    assert_equal all.total, all.count
    assert_operator all.pages.count, :>=, 3
    assert_equal all.map(&:id).drop(5), @session.conversations.list(limit: 5, offset: 5).map(&:id)
    assert_equal all.page.map(&:id), all.first(5).map(&:id)
    assert_equal all.map(&:id), @session.conversations.map(&:id)
  end

  # As many pages as needed, and no more: the next one, the few before it, which tell whether something has moved,
  # and at the end the front.
  def test_is_lazy
    comments(13)
    asked = []
    list = Microcosm::List.new(10) do |limit, offset|
      asked << [limit, offset]
      @session.conversation_get(@talk, limit: limit, offset: offset).comments
    end

    assert_equal 10, list.lazy.map(&:id).first(10).size
    assert_equal [[10, 0]], asked
    assert_equal 13, list.to_a.size
    assert_equal [[10, 0], [10, 10], [5, 5], [10, 0]], asked.drop(1)
  end

  def test_what_is_in_things
    ids = conversations(7)

    assert_equal ids, @session.microcosms.items(@microcosm, limit: 5).map { |entry| entry.item.id }.sort
    assert_equal [Microcosm::Conversation], @session.microcosms.items(@microcosm).map { |entry| entry.item.class }.uniq
    assert_equal 7, @session.conversations.comments(Forum.conversation, limit: 5).map(&:id).uniq.size
    assert_empty @session.conversations.comments(ids.first).to_a
    poll = @session.polls.create(microcosm: @microcosm, title: "p", question: "q", choices: ["c"])
    assert_empty @session.polls.comments(poll).to_a
  end

  def test_takes_what_the_operation_takes
    assert_includes @session.profiles.list(name_starts_with: "user").map(&:profile_name).join(" "), "user"
    assert_empty @session.profiles.list(name_starts_with: "zzz").to_a
    assert_raises(ArgumentError) { @session.profiles.list(colour: 1) }
    assert_raises(Microcosm::InvalidInput) { @session.conversations.list(limit: 7).to_a }
    assert_raises(Microcosm::InvalidInput) { @session.conversations.list(offset: 1000).to_a }
  end

  # Whatever is deleted of what was met, each comment is met once.
  def test_deleting_while_iterating
    [1, 5, 12, 20, 23].product([1, 3, 7]).each do |total, each_time|
      ids = comments(total)
      seen, waiting = [], []
      @session.conversations.comments(@talk, limit: 5).each do |comment|
        seen << comment.id
        waiting << comment.id
        waiting.shift(each_time).each { |id| @session.comments.delete(id) } if waiting.size == each_time
      end

      assert_equal ids, seen, "#{total} comments, #{each_time} at a time"
    end
  end

  def test_deleting_conversations_while_iterating
    ids = conversations(17)
    seen = []
    @session.conversations.list(limit: 5).each do |conversation|
      seen << conversation.id
      @session.conversations.delete(conversation) if ids.include?(conversation.id)
    end

    assert_equal seen.uniq, seen
    assert_empty ids - seen
    assert_empty ids & @session.conversations.map(&:id)
  end

  # The total stays, yet everything moves up.
  def test_deleting_and_adding_while_iterating
    ids = comments(14)
    seen = []
    @session.conversations.comments(@talk, limit: 5).each do |comment|
      seen << comment.id
      next unless ids.include?(comment.id)

      @session.comments.delete(comment)
      say("instead of #{comment.id}")
    end

    assert_equal ids, seen.first(14)
    assert_equal seen.uniq, seen
  end

  # The newest activity comes first: here that is a conversation of the last page, when the first one is read.
  def test_what_moves_to_the_front_is_met
    ids = conversations(12)
    @talk = ids.first
    seen = []
    @session.conversations.list(limit: 5).each_with_index do |conversation, i|
      say("up") if i == 4
      seen << conversation.id
    end

    assert_equal seen.uniq, seen
    assert_empty ids - seen
  end

  def test_a_list_that_ends_meanwhile
    ids = comments(11)
    seen = @session.conversations.comments(@talk, limit: 5).each_with_index.map do |comment, i|
      ids.drop(5).each { |id| @session.comments.delete(id) } if i == 4
      comment.id
    end

    assert_equal ids.first(5), seen
  end

  def test_changes_go_on_where_they_were_left
    @talk = conversations(1).first
    changes = @session.changes.since("now", limit: 2)
    assert_empty changes.to_a

    made = Array.new(5) { |i| say("Change #{i}") }
    assert_equal made, comments_in(changes, made.size)
    assert_empty changes.to_a
    made << say("One more")
    assert_equal made.last(1), comments_in(@session.changes.since(changes.cursor), 1)
    assert_includes @session.changes.map(&:item_id), made.last
    assert_raises(Microcosm::InvalidInput) { @session.changes.since("nonsense").to_a }
  end

  def test_newest_first_and_of_one_microcosm
    Forum.session do |session|
      usual = session.conversations.comments(Forum.conversation, limit: 5).map(&:id)
      assert_equal usual.reverse, session.conversations.comments(Forum.conversation, limit: 5, order: :newest).map(&:id)
      assert_includes session.conversations.list(microcosm: Forum.microcosm).map(&:id), Forum.conversation
      other = session.microcosms.create(title: "Apart", description: "x")
      assert_empty session.conversations.list(microcosm: other).to_a
    end
  end

  private

  # Transactions that are running hold the feed back, be it for a moment: so it may take some looks.
  def comments_in(changes, count)
    seen = []
    wait_until do
      seen += changes.select { |change| change.item_type == "comment" }.map(&:item_id)
      seen.size >= count
    end
    seen
  end
end
