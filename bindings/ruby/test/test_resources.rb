# frozen_string_literal: true

# session.conversations.create(...) and the like, made from the names of the C functions.
class ResourcesTest < Minitest::Test
  def setup
    @session = Forum.session
  end

  def teardown
    @session.close
  end

  def test_the_rule
    { "conversation_get" => %w[conversations get], "conversations_list" => %w[conversations list],
      "microcosms_tree" => %w[microcosms tree], "profile_mark_read" => %w[profiles mark_read],
      "profile_options_set" => %w[profile_options set], "conversation_edit_save" => %w[conversations edit],
      "event_edit" => %w[events edit], "polls_list" => %w[polls list], "token_create" => %w[tokens create],
      "permissions_get" => %w[permissions get], "changes_next" => %w[changes next], "reply_new" => %w[replies new],
      "search_run" => %w[searches run], "attendees_list" => %w[attendees list], "key_add" => %w[keys add] }
      .each { |name, split| assert_equal split, Microcosm::Resource.split(name) }
  end

  def test_every_operation_is_a_method_of_a_resource
    Microcosm.const_get(:Operation).all.each do |operation|
      resource, verb = Microcosm::Resource.split(operation.name)

      assert_respond_to @session.public_send(resource), verb
    end
  end

  # Such as mc_polls_list() and mc_poll_edit_save(): nothing is written here for it.
  def test_a_function_that_the_headers_gain
    operation = Microcosm.const_get(:Operation)
    list = operation.new("mc_polls_list", [["out", "mc_collection **"], ["session", "mc_session *"], ["page", "const mc_page_options *"]])
    edit = operation.new("mc_poll_edit_save", [["session", "mc_session *"], ["poll_id", "int64_t"], ["edit", "const mc_poll_edit *"]])
    polls = Microcosm::Resource.make("polls", { "list" => list, "edit" => edit })

    assert_equal %i[edit list], polls.verbs
    assert_equal Microcosm::Poll, polls.operations.fetch(:list).last
    assert_includes polls.ancestors, Enumerable
    assert_includes polls.instance_method(:edit).parameters, [:req, :poll]
  end

  def test_write_and_read
    rope = @session.conversations.create(title: "Objects", microcosm: Forum.microcosm)
    conversation = @session.conversations[rope]

    assert_equal conversation.meta.created, @session.conversations.get(rope).meta.created
    @session.conversations.edit(conversation, title: "Better", edit_reason: "clearer")
    @session.conversations.patch(rope, sticky: true)
    @session.conversations.patch(rope, { "/meta/flags/open" => true })
    assert_equal ["Better", true], [@session.conversations[rope].title, @session.conversations[rope].meta.flags.sticky]
    first = @session.comments.create(item_type: "conversation", item: conversation, markdown: "One")
    assert_equal rope, @session.comments[first].item_id
    assert_equal [first, first], [@session.conversations.last_comment(rope), @session.conversations.new_comment(conversation)].map(&:comment_id)
    assert_equal [first], @session.conversations.comments(rope).map(&:id)
    @session.conversations.delete(conversation)
    assert @session.conversations[rope].meta.flags.deleted, "who may bring it back still sees it"
    Forum.guest { |guest| assert_raises(Microcosm::NotFound) { guest.conversations[rope] } }
    assert_equal @session.profile_id, @session.profiles.self.id
  end

  def test_a_record_stands_for_its_id
    place = @session.microcosms[Forum.microcosm]
    rope = @session.conversations.create(microcosm: place, title: "By record")

    assert_equal Forum.microcosm, @session.conversation_get(@session.conversations[rope]).microcosm_id
    inner = @session.microcosms.create(title: "Inner", description: "x", parent: place)
    assert_equal place.id, @session.microcosms[inner].parent_id
    [@session.profiles.self, @session.sites.get, @session.permissions.get].each do |wrong|
      error = assert_raises(TypeError) { @session.conversations.create(microcosm: wrong, title: "x") }
      assert_match(/microcosm_id: an Integer or a Microcosm::Microcosm is needed/, error.message)
    end
    @session.conversations.delete(rope)
    @session.microcosms.delete(inner)
  end

  # It is Ruby's own ArgumentError, before any call: the session is closed.
  def test_what_is_required
    @session.close
    { title: -> { @session.conversations.create }, edit_reason: -> { @session.conversations.edit(1, title: "x") },
      description: -> { @session.microcosms.create(title: "x") },
      item: -> { @session.comments.create(item_type: "conversation", markdown: "x") },
      markdown: -> { @session.comments.edit(1) }, choices: -> { @session.polls.create(title: "x", question: "x") },
      subdomain_key: -> { @session.sites.create("x@example.org", title: "x") } }.each do |missing, use|
      assert_match(/missing keywords?: .*:#{missing}\b/, assert_raises(ArgumentError, &use).message)
    end
    [-> { @session.conversations.get }, -> { @session.conversations.edit(title: "x", edit_reason: "x") },
     -> { @session.conversation_create }].each { |use| assert_raises(ArgumentError, &use) }
    assert_raises(ArgumentError) { @session.conversations.create(title: "x", colour: "red") }
  end

  def test_the_library_judges_what_is_given_empty
    error = assert_raises(Microcosm::InvalidInput) { @session.conversations.create(title: nil, microcosm: -1) }

    assert_equal %w[microcosmId title], error.faults.map(&:field)
  end

  def test_what_cannot_be_walked_through_or_indexed_is_not
    refute_respond_to @session.comments, :each
    refute_respond_to @session.microcosms, :map
    refute_respond_to @session.permissions, :[]
  end

  def test_pages_are_like_arrays
    page = @session.conversations.comments(Forum.conversation, limit: 5).page

    assert_equal [5, 5, 7], [page.size, page.length, page.total]
    assert_equal page.items[1, 2], page[1..2]
    assert_equal [page.items.first, page.items.last], [page.first, page[-1]]
    assert_includes page, page[3]
    refute_empty page
    assert_nil page[5]
    assert_includes @session.microcosms.tree.map(&:id), Forum.microcosm
  end

  def test_inspect
    conversation = @session.conversations[Forum.conversation]

    assert_match(/\A#<Microcosm::Conversation id=\d+ title="Which tyres\?" microcosm_id=\d+/, conversation.inspect)
    assert_match(/\A#<Microcosm::Profile id=#{@session.profile_id} profile_name=/, @session.profiles.self.inspect)
    assert_equal "#<Microcosm::Page total=7 limit=25 total_pages=1 page=1 items=7>", conversation.comments.inspect
    assert_match(/#<Microcosm::Entry item_type="conversation" item=#<Microcosm::Conversation id=/,
                 @session.microcosms.items(Forum.microcosm).find { |entry| entry.item_type == "conversation" }.inspect)
    assert_equal "#<Microcosm::Resources::Conversations of #{@session.inspect}>", @session.conversations.inspect
    assert_equal "#<Microcosm::List limit=25 offset=0>", @session.conversations.list.inspect
  end
end
