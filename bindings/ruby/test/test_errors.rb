# frozen_string_literal: true

class ErrorsTest < Minitest::Test
  def test_there_is_a_class_for_each_code
    native = Microcosm.const_get(:Native)
    codes = Array.new(native.mc_error_count) { |i| native.mc_error_at(i).get_int(0) }

    assert_equal codes.sort, Microcosm::Error.subclasses.map(&:code).sort
    assert_equal ["not_found", -2], [Microcosm::NotFound.slug, Microcosm::NotFound.code]
    assert_equal Microcosm::NotFound.text, Microcosm::NotFound.new.message
    assert_operator Microcosm::NotFound, :<, Microcosm::Error
    assert_operator Microcosm::Error, :<, StandardError
  end

  def test_a_failure_tells_all_of_it
    error = Forum.session do |session|
      assert_raises(Microcosm::InvalidInput) { session.comment_create(item_type: nil, item_id: -1, markdown: nil) }
    end

    assert_equal %w[itemType itemId markdown], error.faults.map(&:field)
    assert error.faults.all? { |fault| !fault.message.empty? }
    assert_equal ["invalid_input", -1, 0, nil], [error.slug, error.code, error.reason, error.sqlstate]
    assert_equal "itemType: is required; itemId: must be greater than 0; markdown: is required", error.message
  end

  def test_a_reason_of_the_api
    Forum.session do |session|
      session.conversation_patch(Forum.conversation, open: false)
      member = Forum.session(Forum::MEMBER)
      error = assert_raises(Microcosm::Closed) do
        member.comment_create(item_type: "conversation", item_id: Forum.conversation, markdown: "Too late")
      end

      assert_equal 17, error.reason
    ensure
      session.conversation_patch(Forum.conversation, open: true)
      member&.close
    end
  end

  def test_an_error_does_not_change_with_the_next_call
    Forum.session do |session|
      error = assert_raises(Microcosm::NotFound) { session.conversation_get(999_999) }
      before = error.message
      session.site_get

      assert_equal before, error.message
    end
  end

  def test_no_database
    error = assert_raises(Microcosm::Unavailable) { Microcosm.open(database: "host=/nowhere", wait_ms: 100) }
    refute_empty error.message
    assert_raises(Microcosm::InvalidInput) { Microcosm.open(database: "no such thing") }
    assert_raises(Microcosm::InvalidInput) { Microcosm.open(database: Forum.database, wait_ms: -1) }
  end

  def test_no_such_site
    assert_raises(Microcosm::NoSite) { Forum.app.session(site: "nowhere") }
    assert_raises(Microcosm::NotFound) { Forum.app.session(host: "example.com") }
    assert_raises(Microcosm::InvalidInput) { Forum.app.session(site: "demo", email: "nobody") }
  end
end
