# frozen_string_literal: true

require "digest"
require "tempfile"
require "tmpdir"

class FilesTest < Minitest::Test
  def setup
    @session = Forum.session
    @content = ("A bowline, number #{name} #{rand}.\n" * 20_000).b
  end

  def teardown
    @session.close
  end

  def test_from_bytes
    file = @session.upload(bytes: @content, name: "rope.txt")

    assert_equal Digest::SHA1.hexdigest(@content), file.file_hash
    assert_equal ["rope.txt", "txt", @content.bytesize, "text/plain"], [file.file_name, file.file_ext, file.file_size, file.mime_type]
    assert_equal @content, @session.download(file)
    assert_equal @content, @session.download(file.file_hash)
    assert_equal @content[5, 10], @session.download(file, offset: 5, length: 10)
    assert_equal "rope.txt", @session.files[file.file_hash].file_name
    binary = "\0\xff\n".b * 10
    assert_equal binary, @session.download(@session.upload(bytes: binary))
  end

  def test_from_a_path_to_a_path
    Dir.mktmpdir do |folder|
      path = ::File.join(folder, "knöpfe.txt")
      ::File.binwrite(path, @content)
      [path, Pathname(path)].each do |source|
        file = @session.upload(source)
        assert_equal "knöpfe.txt", file.file_name
        assert_nil @session.download(file, Pathname(folder) / "copy")
        assert_equal @content, ::File.binread(::File.join(folder, "copy"))
      end
    end
  end

  def test_from_a_file_object_to_one
    Tempfile.create("rope") do |io|
      io.binmode.write(@content)
      io.rewind
      file = @session.upload(io)
      assert_equal ::File.basename(io.path), file.file_name
      out = StringIO.new("".b)
      @session.download(file, out)
      assert_equal @content, out.string
    end
  end

  def test_of_several
    files = @session.upload_all([StringIO.new("#{@content}1"), StringIO.new("#{@content}2")])

    assert_equal [@content + "1", @content + "2"], files.map { |file| @session.download(file) }
  end

  def test_from_pieces
    pieces = [@content[0, 1], "", @content[1, 70_000], @content[70_001..]]

    assert_equal @content, @session.download(@session.upload(pieces.each))
    assert_equal @content, @session.download(@session.upload(pieces, name: "rope.txt"))
    assert_raises(TypeError) { @session.upload(5) }
  end

  def test_of_several_with_names
    told = []
    files = @session.upload_all([[StringIO.new(@content), "rope.txt"], StringIO.new("x")]) { |count| told << count }

    assert_equal ["rope.txt", "file"], files.map(&:file_name)
    assert_includes told, @content.bytesize
  end

  def test_a_function_that_gives_too_much
    greedy = Object.new
    def greedy.read(size) = "x" * (size + 1)
    assert_raises(ArgumentError) { @session.upload(greedy) }
    assert_raises(ArgumentError) { @session.upload("/etc/passwd\0.txt") }
    failure = assert_raises(Microcosm::System) { @session.upload("no such file") }
    assert_match(/no such file cannot be opened/, failure.message)
    failure = assert_raises(ArgumentError) { Forum.app.session(sight: "x") }
    assert_match(/known are .*site_key/, failure.message)
  end

  def test_of_what_is_attached
    file = @session.upload(bytes: @content, name: "rope.txt")
    failure = assert_raises(TypeError) { @session.attachments.set("profile", @session.profile_id, file_hash: file) }
    assert_match(/give its file_hash/, failure.message)
    @session.attachments.set("profile", @session.profile_id, file_hash: file.file_hash)

    list = @session.attachments.list("profile", @session.profile_id, limit: 5)
    all = list.to_a
    assert_equal @content, @session.download(all.last)
    assert_equal all.map(&:file_hash), all.each_index.map { |index| list[index].file_hash }
    assert_nil list[all.size]
    assert_raises(IndexError) { list[-1] }
  end

  def test_of_what_is_said_to_be_a_picture
    failure = assert_raises(Microcosm::InvalidInput) { @session.upload(bytes: @content, content_type: "image/png") }
    assert_match(/picture/, failure.message)
    assert_equal "text/plain", @session.upload(bytes: @content, content_type: "text/html").mime_type
  end

  def test_tells_how_far_it_is
    told = []
    @session.upload(bytes: @content) { |count| told << count }

    assert_equal told.sort, told
    assert_equal @content.bytesize, told.last
    assert_raises(Microcosm::Busy) { @session.upload(bytes: @content) { false } }
  end

  def test_an_exception_of_a_function_goes_on
    broken = Object.new
    def broken.read(*) = raise(KeyError, "no more rope")
    def broken.write(*) = raise(KeyError, "no more room")
    file = @session.upload(bytes: @content)

    assert_raises(KeyError) { @session.upload(broken) }
    assert_raises(KeyError) { @session.upload_all([StringIO.new("x"), broken]) }
    assert_raises(KeyError) { @session.download(file, broken) }
    assert_raises(Microcosm::BadState) { @session.upload(bytes: @content) { @session.files.get("0" * 40) } }
    assert_equal @content, @session.download(file)
  end

  def test_refuses
    assert_raises(ArgumentError) { @session.upload }
    assert_raises(TypeError) { @session.upload(5) }
    assert_raises(TypeError) { @session.download(5) }
    assert_raises(Microcosm::InvalidInput) { @session.upload(bytes: "") }
    assert_raises(Microcosm::System) { @session.upload("/nowhere/at/all") }
    assert_raises(Microcosm::NotFound) { @session.download("0" * 40) }
    assert_raises(Microcosm::NotFound) { @session.download_link("0" * 40, 60) }
    assert_raises(Microcosm::Unsupported) { @session.download_link(@session.upload(bytes: "On deck\n"), 60) } # not in S3
  end
end
