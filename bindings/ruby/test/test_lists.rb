# frozen_string_literal: true

class ListsTest < Minitest::Test
  def setup
    @session = Forum.session
    @microcosm = @session.microcosm_create(title: "List #{name}", description: "For lists")
    @ids = Array.new(13) { |i| @session.conversation_create(microcosm_id: @microcosm, title: "Number #{i}") }
  end

  def teardown
    @session.microcosm_delete(@microcosm)
    @session.close
  end

  def test_pages_by_itself
    all = @session.conversations(limit: 5)

    assert_equal @ids, all.map(&:id).select { |id| @ids.include?(id) }.sort
    assert_equal all.size, all.count
    assert_equal all.size, all.each.size
    assert_operator all.each_page.count, :>=, 3
    assert_equal all.map(&:id).drop(5), @session.conversations(limit: 5, offset: 5).map(&:id)
  end

  # As many pages as needed, and no more.
  def test_is_lazy
    fetched = 0
    list = Microcosm::List.new(limit: 5) do |**page|
      fetched += 1
      @session.microcosm_get(@microcosm, **page).items
    end

    assert_equal 7, list.lazy.map(&:item).select(&:title).first(7).size
    assert_equal 2, fetched
  end

  def test_what_is_in_things
    assert_equal @ids, @session.microcosm_items(@microcosm, limit: 5).map { |entry| entry.item.id }.sort
    assert_equal [Microcosm::Conversation], @session.microcosm_items(@microcosm).map { |entry| entry.item.class }.uniq
    assert_equal 7, @session.conversation_comments(Forum.conversation, limit: 5).map(&:id).uniq.size
    assert_empty @session.conversation_comments(@ids.first).to_a
    poll = @session.poll_create(microcosm_id: @microcosm, title: "p", question: "q", choices: ["c"])
    assert_empty @session.poll_comments(poll).to_a
  end

  def test_takes_what_the_operation_takes
    assert_includes @session.profiles(name_starts_with: "user").map(&:profile_name).join(" "), "user"
    assert_empty @session.profiles(name_starts_with: "zzz").to_a
    assert_raises(ArgumentError) { @session.profiles(colour: 1).to_a }
    assert_raises(Microcosm::InvalidInput) { @session.conversations(limit: 7).to_a }
    assert_raises(Microcosm::InvalidInput) { @session.conversations(offset: 1000).to_a }
  end

  def test_a_list_that_gets_shorter_meanwhile_ends
    seen = @session.microcosm_items(@microcosm, limit: 5).each_page.with_index.map do |page, i|
      @ids.drop(2).each { |id| @session.conversation_delete(id) } if i == 1
      page.items.size
    end

    assert_equal [5, 5], seen
  end

  def test_changes_go_on_where_they_were_left
    changes = @session.changes(cursor: "now", limit: 2)
    assert_empty changes.to_a

    made = Array.new(5) { |i| @session.comment_create(item_type: "conversation", item_id: @ids.first, markdown: "Change #{i}") }
    assert_equal made, comments_in(changes, made.size)
    assert_empty changes.to_a
    made << @session.comment_create(item_type: "conversation", item_id: @ids.first, markdown: "One more")
    assert_equal made.last(1), comments_in(@session.changes(cursor: changes.cursor), 1)
    assert_raises(Microcosm::InvalidInput) { @session.changes(cursor: "nonsense").to_a }
  end

  private

  # Transactions that are running hold the feed back, be it for a moment: so it may take some looks.
  def comments_in(changes, count)
    seen = []
    500.times do
      seen += changes.select { |change| change.item_type == "comment" }.map(&:item_id)
      return seen if seen.size >= count

      sleep 0.01
    end
    seen
  end
end
