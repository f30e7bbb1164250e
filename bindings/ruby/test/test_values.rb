# frozen_string_literal: true

# What does not fit raises before anything is called.
class ValuesTest < Minitest::Test
  def setup
    @session = Forum.session
  end

  def teardown
    @session.close
  end

  def title(text)
    @session.conversation_create(microcosm_id: Forum.microcosm, title: text)
  end

  def test_wrong_types
    [nil, 1.5, "41", :a, [], Object.new].each do |value|
      assert_raises(TypeError, value.inspect) { @session.conversation_get(value) }
    end
    [1, :title, [], {}].each { |value| assert_raises(TypeError, value.inspect) { title(value) } }
    assert_raises(TypeError) { @session.conversation_create(microcosm_id: "1", title: "x") }
    assert_raises(TypeError) { @session.conversation_create(microcosm_id: 1.0, title: "x") }
    assert_raises(TypeError) { @session.ignore_set(:profile, 1, nil) }
    assert_raises(TypeError) { @session.ignore_set(3, 1, true) }
    assert_raises(ArgumentError) { @session.ignore_set(:boat, 1, true) }
    assert_raises(TypeError) { @session.microcosm_create(title: "x", description: "y", item_types: "poll") }
    assert_raises(TypeError) { @session.microcosm_create(title: "x", description: "y", item_types: [1]) }
    assert_raises(TypeError) { @session.event_create(microcosm_id: 1, title: "x", lat: "1") }
    assert_raises(TypeError) { @session.event_create(microcosm_id: 1, title: "x", lat: 1i) }
    assert_raises(TypeError) { @session.act_as_email(nil) }
  end

  def test_numbers_beyond_64_bits
    assert_raises(RangeError) { @session.conversation_get(2**63) }
    assert_raises(RangeError) { @session.conversation_get(-(2**63) - 1) }
    assert_raises(Microcosm::Error) { @session.conversation_get(2**63 - 1) }
  end

  def test_wrong_arguments
    assert_raises(ArgumentError) { @session.conversation_get }
    assert_raises(ArgumentError) { @session.conversation_get(1, 2) }
    error = assert_raises(ArgumentError) { @session.conversation_get(1, limits: 5, offsets: 2) }
    assert_match(/unknown keywords: :limits, :offsets/, error.message)
    assert_raises(ArgumentError) { @session.comment_get(1, limits: 5) }
    assert_raises(ArgumentError) { @session.enter(place: "demo") }
    assert_raises(ArgumentError) { Microcosm.open(database: Forum.database, colour: 1) }
  end

  def test_members_that_are_not_for_callers
    assert_raises(ArgumentError) { @session.conversation_create(size: 4, title: "x") }
    assert_raises(ArgumentError) { Microcosm.open(database: Forum.database, log: 1) }
    assert_raises(ArgumentError) { Microcosm.open(database: Forum.database, log_data: 1) }
  end

  def test_text_that_is_none
    assert_raises(ArgumentError) { title("a\0b") }
    assert_raises(ArgumentError) { title("a\xFFb") }
    assert_raises(ArgumentError) { title("a\xFFb".b) }
    assert_raises(ArgumentError) { title("\xED\xA0\x80") } # half of a surrogate pair
    assert_raises(ArgumentError) { @session.act_as_email("a\0b@example.org") }
    assert_raises(ArgumentError) { @session.comment_create_body("\xFF") }
  end

  def test_other_encodings_become_utf_8
    ["Größe ŝ".encode("UTF-16LE"), "Größe".encode("ISO-8859-1"), "日本".encode("Shift_JIS"), "plain".encode("US-ASCII")].each do |text|
      id = title(text)

      assert_equal text.encode("UTF-8"), @session.conversation_get(id).title
      @session.conversation_delete(id)
    end
  end

  # The copy is made before other threads can run.
  def test_text_changed_by_another_thread_meanwhile
    text = +"a" * 100
    stop = false
    changer = Thread.new { (text.replace("a" * rand(1..100_000)); Thread.pass) until stop }
    50.times { @session.conversation_create(microcosm_id: Forum.microcosm, title: text) rescue Microcosm::InvalidInput }
  ensure
    stop = true
    changer&.join
  end
end
