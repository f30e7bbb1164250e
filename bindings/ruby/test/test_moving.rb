# frozen_string_literal: true

require "tmpdir"

class MovingTest < Minitest::Test
  def setup
    @session = Forum.session
    @folder = Dir.mktmpdir
    @files = Pathname(@folder) / "site"
  end

  def teardown
    @session.close
    FileUtils.remove_entry(@folder)
  end

  def test_there_and_back
    seen = []
    told = @session.site_export(@files) { |*step| seen << step }
    assert_operator told.counts.find { |count| count.kind == "profiles" }.moved, :>, 0
    assert(seen.all? { |stage, done, total| stage.is_a?(String) && done.between?(0, total) })
    assert_includes seen.map(&:first), "comments"

    Forum.app.session do |session|
      dry = session.site_import(@files, site_key: "there", dry_run: true) { |*step| seen << step }
      assert_equal 0, dry.site_id
      assert_includes seen.map(&:first), "checking"
      moved = session.site_import(@files.to_s, site_key: "there")
      assert_equal told.counts.map(&:moved), moved.counts.map(&:moved)
    end
  end

  def test_who_watches_may_end_it
    @session.site_export(@files)
    Forum.app.session do |session|
      ways = { "no" => [Microcosm::Busy, -> { false }], "raised" => [ArgumentError, -> { raise ArgumentError, "no more" }] }
      ways.each do |key, (error, leave)|
        assert_raises(error) { session.site_import(@files, site_key: "ended#{key}") { |stage| stage != "profiles" || leave.call } }
        assert_operator session.site_import(@files, site_key: "ended#{key}").site_id, :>, 0
      end
      assert_raises(Microcosm::BadState) do # a throw may not cross the library's frames
        catch(:out) { session.site_import(@files, site_key: "thrown") { throw :out } }
      end
      assert_operator session.site_import(@files, site_key: "thrown").site_id, :>, 0
    end
  end

  def test_other_threads_run_meanwhile
    asked = Queue.new
    answered = Queue.new
    other = Thread.new { answered << asked.pop }
    @session.site_export(@files) do |stage|
      next if other.join(0)

      asked << stage
      answered.pop
    end
    other.join
  end
end
