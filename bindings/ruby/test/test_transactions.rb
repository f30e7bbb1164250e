# frozen_string_literal: true

require "timeout"

class TransactionsTest < Minitest::Test
  def setup
    @session = Forum.session
  end

  def teardown
    @session.close
  end

  def post(text, session = @session)
    session.comment_create(item_type: "conversation", item_id: Forum.talk, markdown: "#{name}: #{text}")
  end

  # What a session that has nothing to do with this one can see.
  def there?(id)
    Forum.session { |other| other.comment_get(id) } && true
  rescue Microcosm::Error
    false
  end

  def test_the_end_of_the_block_commits
    id = nil
    value = @session.transaction do |session|
      assert_same @session, session
      id = post("kept")
      refute there?(id), "nobody sees it before"
      :value
    end

    assert there?(id)
    assert_equal :value, value
  end

  def test_an_exception_rolls_back_and_goes_on
    id = nil
    error = assert_raises(RuntimeError) { @session.transaction { id = post("undone"); raise "no" } }

    assert_equal "no", error.message
    refute there?(id)
    assert there?(post("the session is fine after it"))
  end

  def test_rollback_is_quiet
    id = nil

    assert_nil @session.transaction { id = post("undone"); raise Microcosm::Rollback }
    refute there?(id)
  end

  def test_leaving_the_block_any_other_way_rolls_back
    ids = []
    [1].each { @session.transaction { ids << post("break"); break } }
    catch(:out) { @session.transaction { ids << post("throw"); throw :out } }
    -> { @session.transaction { ids << post("return"); return } }.call
    assert_raises(SystemExit) { @session.transaction { ids << post("exit"); exit } }
    Thread.new { Forum.session { |session| session.transaction { ids << post("kill", session); Thread.exit } } }.join

    assert_equal 5, ids.size
    assert_empty ids.select { |id| there?(id) }
  end

  def test_a_timeout_rolls_back
    10.times do |i|
      id = nil
      assert_raises(Timeout::Error) { Timeout.timeout(0.002 * i + 0.001) { @session.transaction { loop { id = post("timeout #{i}") } } } }
      refute there?(id) if id
      assert_raises(Microcosm::BadState) { @session.rollback }
    end
  end

  def test_a_failed_call_undoes_only_itself
    first = second = nil
    @session.transaction do
      first = post("before")
      assert_raises(Microcosm::InvalidInput) { post("") && @session.comment_create(item_type: nil, item_id: 1, markdown: nil) }
      second = post("after")
    end

    assert there?(first)
    assert there?(second)
  end

  def test_there_is_one_at_a_time
    @session.transaction do
      assert_raises(Microcosm::BadState) { @session.transaction { flunk } }
    end
    assert_raises(Microcosm::BadState) { @session.commit }
    assert_raises(Microcosm::Rollback) { @session.begin.transaction { flunk } rescue raise Microcosm::Rollback }
    @session.rollback
  end

  def test_closing_rolls_back
    @session.begin
    id = post("open")
    @session.close

    refute there?(id)
  end

  def test_by_hand
    id = @session.begin && post("by hand")
    @session.commit

    assert there?(id)
  end
end
