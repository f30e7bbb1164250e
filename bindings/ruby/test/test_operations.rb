# frozen_string_literal: true

class OperationsTest < Minitest::Test
  def test_there_is_a_method_for_each_function_that_takes_a_session
    declared = Microcosm.const_get(:Declarations)::FUNCTIONS.select { |_, (_, parameters)| parameters.any? { |_, type| type == "mc_session *" } }
    names = declared.keys.map { |name| name.delete_prefix("mc_") }.reject { |name| name.start_with?("session_") }

    assert_operator names.size, :>, 45
    by_hand = %i[file_link file_put file_read files_put site_export site_import] # test_files.rb, test_moving.rb
    assert_empty names.map(&:to_sym) - Microcosm::Session.public_instance_methods(false) - by_hand
  end

  def test_write_and_read_everything_by_keywords
    Forum.session do |session|
      id = session.microcosm_create(title: "Splices", description: "Ropes", parent_id: Forum.microcosm,
                                    item_types: %w[conversation poll])
      seen = session.microcosm_get(id)

      assert_equal ["Splices", Forum.microcosm, %w[conversation poll]], [seen.title, seen.parent_id, seen.item_types]
      session.microcosm_edit_save(id, title: "Knots", description: "Ropes", edit_reason: "shorter")
      assert_equal "Knots", session.microcosm_get(id).title
      session.microcosm_delete(id)
      assert session.microcosm_get(id).meta.flags.deleted, "who may bring it back still sees it"
      Forum.guest { |guest| assert_raises(Microcosm::NotFound) { guest.microcosm_get(id) } }
    end
  end

  def test_numbers_times_and_choices_as_input
    Forum.session do |session|
      at = Time.new(2030, 5, 4, 10, 0, 0, "+01:00")
      event = session.event_get(session.event_create(microcosm_id: Forum.microcosm, title: "Ride", when: at, tz: "Europe/Lisbon",
                                                     duration: 90, lat: 38.75, lon: -9))
      poll = session.poll_get(session.poll_create(microcosm_id: Forum.microcosm, title: "Vote", question: "Which?",
                                                  choices: %w[Long Short], multi: true, poll_open: nil))

      session.polls.edit(poll, edit_reason: "turned round",
                               choices: [poll.choices[1], { id: poll.choices[0].id, choice: "LONG ONE" }, "Eye"])
      edited = session.polls[poll]

      assert_equal [poll.choices[1].id, poll.choices[0].id], edited.choices.first(2).map(&:id)
      assert_equal "Eye", edited.choices.last.choice
      ["Long", [nil], [{ id: 3 }], [{ choice: "x", votes: 2 }], [session.site_get], 3].each do |wrong|
        assert_raises(TypeError, wrong.inspect) do
          session.polls.create(microcosm: Forum.microcosm, title: "Vote", question: "Which?", choices: wrong)
        end
      end
      assert_equal Time.utc(2030, 5, 4, 10), event.when, "the clock there, whatever the offset"
      assert_equal [38.75, -9.0, 90], [event.lat, event.lon, event.duration]
      assert_equal [true, true, %w[Long Short]], [poll.multi, poll.poll_open, poll.choices.map(&:choice)]
    end
  end

  def test_a_number_that_may_be_left_open
    Forum.session do |session|
      me = session.profile_self
      session.profile_edit_save(me.id, style_id: 3)
      session.profile_edit_save(me.id, visible: true)

      assert_equal 3, session.profile_get(me.id).style_id, "left open, it stays"
      session.profile_edit_save(me.id, style_id: 0)
      assert_equal 0, session.profile_get(me.id).style_id
    end
  end

  def test_flags_are_patched_by_keyword_or_path
    Forum.session do |session|
      id = session.conversation_create(microcosm_id: Forum.microcosm, title: "Flags")
      session.conversation_patch(id, sticky: true, open: false)
      flags = session.conversation_get(id).meta.flags

      assert_equal [true, false], [flags.sticky, flags.open]
      session.conversation_patch(id, "/meta/flags/sticky" => false)
      refute session.conversation_get(id).meta.flags.sticky
      assert_raises(Microcosm::InvalidInput) { session.conversation_patch(id, golden: true) }
      assert_raises(Microcosm::InvalidInput) { session.conversation_patch(id) }
      assert_raises(TypeError) { session.conversation_patch(id, sticky: 1) }
      session.conversation_delete(id)
    end
  end

  def test_bodies_of_requests
    Forum.session do |session|
      id = session.conversation_create_body(JSON.generate(microcosmId: Forum.microcosm, title: "By JSON"))
      comment = session.comment_create_body("ItemType=conversation&ItemID=#{id}&Markdown=by+form", format: :form)

      assert_equal "by form", session.comment_get(comment).markdown
      session.comment_patch_body(comment, '[{"op":"replace","path":"/meta/flags/moderated","value":true}]')
      error = assert_raises(Microcosm::InvalidInput) { session.conversation_create_body("{\0}") }
      assert_equal "invalid_input", error.slug
      assert_raises(ArgumentError) { session.conversation_create_body("{}", format: :xml) }
      session.conversation_delete(id)
    end
  end

  def test_more_than_one_result
    permissions, explanation = Forum.session do |session|
      assert_kind_of Microcosm::Permissions, session.permissions_get
      session.permissions_get(item_type: :conversation, item_id: Forum.conversation, explain: true)
    end

    assert permissions.is_site_owner
    assert_match(/owns the site/, explanation)
  end

  def test_tokens_sign_in
    token = Forum.session { |session| session.token_create(Forum::MEMBER, 30) }
    assert_match(/\A\w{128}\z/, token)
    id = Forum.app.session(host: "demo.localhost:8080", token: token) { |session| session.profile_self.id }
    assert_predicate id, :positive?
    Forum.session { |session| session.token_revoke(token) }
    assert_raises(Microcosm::Unauthenticated) { Forum.app.session(site: "demo", token: token) }
  end

  def test_acting
    Forum.guest do |session|
      assert_predicate session, :guest?
      refute_predicate session, :banned?
      assert_equal "", session.ban_reason
      refute_predicate session, :root_site?
      session.act_as_email(Forum::MEMBER)
      member = session.profile_id
      refute_predicate session, :guest?
      session.act_as(0)
      assert_predicate session, :guest?
      assert_equal member, session.act_as(member).profile_self.id
      assert_raises(Microcosm::NotFound) { session.act_as(999_999) }
      session.reset
      assert_equal 0, session.site_id
      assert_raises(Microcosm::BadState) { session.site_get }
    end
  end

  def test_an_app_tells_of_itself
    assert_equal Forum.database, Forum.app.database
    assert_kind_of Integer, Forum.app.stats.pool_size
    assert_operator Forum.app.poll_fd, :>, 2
    profile = Forum.app.session(site: "demo", email: "wisher@example.org", name: "wisher") { |session| session.profile_self }
    assert_equal "wisher", profile.profile_name
  end

  def test_render_needs_no_app
    html = Microcosm.render("*Hello* @velo and @nobody <script>alert(1)</script>", site_url: "https://bikes.example") do |name|
      { "velo" => 12 }[name]
    end

    assert_includes html, '<a href="/profiles/12">@velo</a>'
    assert_includes html, "@nobody"
    refute_includes html, "script"
    assert_raises(Microcosm::TooLarge) { Microcosm.render("x" * ((1 << 20) + 1)) }
    assert_raises(Microcosm::InvalidInput) { Microcosm.render("a\0b") }
    assert_raises(TypeError) { Microcosm.render("@velo") { "twelve" } }
    assert_raises(ArgumentError) { Microcosm.render("x", colour: 1) }
  end

  def test_the_value_of_a_block_is_returned
    assert_equal 7, Microcosm.open(database: Forum.database) { |app| app.session { 7 } }
  end

  def test_a_kind_of_item_needs_its_microcosm
    Forum.session do |session|
      %i[conversations events polls].each do |name|
        error = assert_raises(ArgumentError) { session.public_send(name).create(title: "Nowhere") }
        assert_match(/microcosm/, error.message)
      end
    end
  end
end
