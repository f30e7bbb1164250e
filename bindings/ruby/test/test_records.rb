# frozen_string_literal: true

class RecordsTest < Minitest::Test
  def conversation
    Forum.session { |session| session.conversation_get(Forum.conversation, limit: 5) }
  end

  def test_there_is_a_class_for_each_type_of_the_library
    native = Microcosm.const_get(:Native)
    types = Array.new(native.mc_type_count) { |i| native.mc_type_at(i) }.reject { |type| native.mc_type_is_input(type) }
    types.each do |type|
      record = Microcosm::Record.class_named(native.mc_type_name(type))

      assert_equal native.mc_type_field_count(type), record.fields.size
      record.fields.each { |field| assert_includes record.public_instance_methods(false), field.name }
    end
    assert_operator types.size, :>, 20
  end

  # A field must not take away what all of Ruby relies on.
  def test_no_field_hides_what_ruby_needs
    own = Microcosm::Record.subclasses.flat_map(&:fields).map(&:name)

    assert_empty own & %i[class hash object_id send public_send respond_to? instance_of? to_h to_json inspect == equal? eql?]
  end

  def test_values_have_the_types_of_ruby
    seen = conversation

    assert_equal "Which tyres?", seen.title
    assert_equal Encoding::UTF_8, seen.title.encoding
    assert_predicate seen.title, :frozen?
    assert_kind_of Integer, seen.id
    assert_equal false, seen.meta.flags.sticky
    assert_nil seen.meta.flags.send(:ignored), "a choice that is left open"
    assert_nil seen.comments.items.first.meta.edited, "a time that never was"
    assert_nil seen.comments.items.first.meta.in_reply_to, "a record that there is none of"
    assert_equal [Microcosm::Link], seen.breadcrumb.map(&:class).uniq
  end

  def test_times_are_in_utc_with_microseconds
    created = Forum.psql(Forum.database, "SET microcosm.site_id = 0; SELECT created FROM microcosm.items " \
                                         "WHERE item_id = #{Forum.conversation}")
    seen = conversation.meta.created

    assert_equal Time.parse(created).utc, seen
    assert_predicate seen, :utc?
    assert_equal 0, (seen.to_r * 1_000_000).denominator - 1
  end

  def test_json_is_that_of_the_library
    record, json = Forum.session do |session|
      2.times { session.conversation_get(Forum.conversation) } # read, so that nothing is unread any more
      [session.conversation_get(Forum.conversation), session.conversation_json(Forum.conversation)]
    end

    assert_equal json, record.to_json
    assert_equal "[#{json}]", JSON.generate([record])
    assert_equal record.title, JSON.parse(json).fetch("title")
  end

  def test_a_hash_holds_all_of_it
    hash = conversation.to_h

    assert_equal Microcosm::Conversation.fields.map(&:name), hash.keys
    assert_equal Forum.conversation, hash[:comments][:items].first[:item_id]
    assert_kind_of Hash, hash[:meta][:created_by]
  end

  def test_equal_by_value
    conversation # read, so that nothing is unread any more
    first, second = conversation.comments, conversation.comments

    refute_same first, second
    assert_equal first, second
    assert_equal first.hash, second.hash
    refute_equal first, first.items.first
    refute_equal first.items[0], first.items[1]
  end

  def test_inspect_tells_what_it_is
    assert_match(/\A#<Microcosm::Conversation id=\d+ title="Which tyres\?"/, conversation.inspect)
  end

  def test_a_page_can_be_walked_through
    page = conversation.comments

    assert_equal 5, page.count
    assert_equal page.items, page.to_a
    assert_equal 7, page.total
  end

  def test_records_outlive_session_and_app
    record = Microcosm.open(database: Forum.database) do |app|
      app.session(site: "demo", email: Forum::OWNER) { |session| session.conversation_get(Forum.conversation) }
    end
    comment = record.comments.items.last
    record = nil # rubocop:disable Lint/UselessAssignment -- a part keeps all of it
    GC.start
    churn

    assert_equal "<p>Comment number <strong>6</strong></p>", comment.html.strip
    assert_predicate comment.meta.created_by.id, :positive?
  end

  def churn
    20.times { conversation }
    GC.start
  end

  def test_may_be_read_by_any_thread
    record = conversation
    titles = Array.new(8) { Thread.new { [record.title, record.comments.items.map(&:html)] } }.map(&:value)

    assert_equal 1, titles.uniq.size
  end

  def test_never_change_and_cannot_be_made
    assert_raises(NoMethodError) { Microcosm::Conversation.new }
    assert_raises(NoMethodError) { Microcosm::Conversation.allocate }
    assert_raises(NoMethodError) { conversation.title = "x" }
    assert_raises(FrozenError) { conversation.title << "x" }
    assert_raises(FrozenError) { conversation.comments.items << 1 }
    assert_raises(TypeError) { conversation.dup }
    assert_raises(TypeError) { Marshal.dump(conversation) }
  end

  def test_plain_text_of_a_title
    title = "Fish & \"chips\" < 5 > 'x' é"
    Forum.session do |session|
      found = session.conversations[session.conversations.create(microcosm: Forum.microcosm, title: title)].title

      refute_equal title, found
      assert_equal title, Microcosm.plain_text(found)
    end
    assert_raises(TypeError) { Microcosm.plain_text(nil) }
  end
end
