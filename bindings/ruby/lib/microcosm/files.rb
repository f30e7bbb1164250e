# frozen_string_literal: true

module Microcosm
  # What a Session does with files, beside session.files.get(hash).
  module Transfers
    UPLOAD = Input.of("mc_file_upload")

    # Reads what something gives by each, such as an Enumerator.
    class Pieces
      def initialize(pieces)
        @pieces = pieces.each_entry
        @left = "".b
      end

      def read(size)
        @left = @pieces.next.b while @left.empty?
        @left.slice!(0, size)
      rescue StopIteration
        nil
      end
    end
    private_constant :UPLOAD, :Pieces

    # Upload a file: from a path (String or Pathname), from what can be read (IO, StringIO, Tempfile), from what gives
    # pieces (Enumerator, Array), or with bytes: from a String. name: is for people, by default the file's own. A picture is
    # made no larger than max_width: and max_height:. content_type: is what its sender says that it is: what is said to be a
    # picture and is none is refused (InvalidInput). The block is called with the bytes that have come so far, and may return
    # false to end the upload (Busy). It may not use the session. Returns a File.
    def upload(source = nil, bytes: nil, name: nil, max_width: 0, max_height: 0, content_type: nil, &progress)
      texts = { file_name: name, content_type: content_type }
      memory, kept = describe_upload(source, bytes, texts, max_width, max_height, progress)
      out = FFI::MemoryPointer.new(:pointer)
      transfer { |session| Native.mc_file_put(out, session, memory) }
      kept.clear
      Record.own(out.get_pointer(0))
    end

    # Upload several, all or none, each as upload takes it, or a pair of that and its name. The block is called for each
    # as that of upload. Returns a FileList.
    def upload_all(sources, max_width: 0, max_height: 0, &progress)
      rest = sources.to_a.dup
      kept = []
      following = Callback.function("mc_file_next_fn", failed: System.code) do |_data, upload|
        next 0 if rest.empty?

        source, name = rest.shift
        memory, callbacks = describe_upload(source, nil, { file_name: name }, max_width, max_height, progress)
        kept << memory << callbacks
        upload.put_bytes(0, memory.get_bytes(0, Layout.of("mc_file_upload").size))
        1
      end
      out = FFI::MemoryPointer.new(:pointer)
      transfer { |session| Native.mc_files_put(out, session, following, nil) }
      Record.own(out.get_pointer(0))
    end

    # The bytes of a File, an Attachment, or of the file with that hash; written to a path (String or Pathname) or to what can be
    # written to, if there is one: then it returns nil. offset: and length: choose a part.
    def download(file, to = nil, offset: 0, length: -1)
      file = known_file(file)
      return ::File.open(to.to_s, "wb") { |io| send_file(file, io, offset, length) } if to.is_a?(String) || to.respond_to?(:to_path)
      return send_file(file, to, offset, length) if to

      all = StringIO.new("".b)
      send_file(file, all, offset, length)
      all.string
    end

    # An address at which everybody can fetch the bytes for that long; only where files are in S3.
    def download_link(file, seconds)
      pointer = known_file(file).instance_variable_get(:@pointer)
      Buffer.fill do |buffer|
        transfer { |session| Native.mc_file_link(buffer, session, pointer, Convert.int64(seconds, "seconds")) }
        0
      end
    end

    private

    def known_file(file)
      file = file.file_hash if file.is_a?(Attachment)
      file = file_get(file) if file.is_a?(String)
      raise TypeError, "a File, an Attachment or a hash is needed, not #{file.class}" unless file.is_a?(::Microcosm::File)

      file
    end

    def transfer(&call)
      @handle.use { |session| Error.check(session, call.call(session)) }
    end

    def send_file(file, io, offset, length)
      write = Callback.function("mc_file_write_fn", failed: System.code) do |_data, bytes, size|
        io.write(bytes.get_bytes(0, size))
        0
      end
      pointer = file.instance_variable_get(:@pointer)
      transfer { |session| Native.mc_file_read(session, pointer, Convert.int64(offset, "offset"), Convert.int64(length, "length"), write, nil) }
      nil
    end

    # An mc_file_upload, and what must stay as long as it is used.
    def describe_upload(source, bytes, texts, max_width, max_height, progress)
      raise ArgumentError, "a file has one source" unless source.nil? ^ bytes.nil?

      path = source.to_s if source.is_a?(String) || source.is_a?(Pathname)
      source = StringIO.new(bytes.b) if bytes
      texts = { file_name: ::File.basename(source.path) }.merge(texts.compact) if !path && source.respond_to?(:path) && source.path
      memory = UPLOAD.fill({ path: path, max_width: max_width, max_height: max_height, **texts })
      kept = [source]
      kept << put_function(memory, :read, reader(source)) unless path
      kept << put_function(memory, :progress, teller(progress)) if progress
      [memory, kept]
    end

    def put_function(memory, member, function)
      UPLOAD.put_pointer(memory, member, function)
      function
    end

    def reader(source)
      source = Pieces.new(source) if !source.respond_to?(:read) && source.respond_to?(:each)
      raise TypeError, "what can't be read is no source: #{source.class}" unless source.respond_to?(:read)

      Callback.function("mc_file_read_fn", failed: System.code) do |_data, out, size|
        piece = source.read(size).to_s
        raise ArgumentError, "read gave more bytes than it was asked for" if piece.bytesize > size

        out.put_bytes(0, piece)
        piece.bytesize
      end
    end

    def teller(progress)
      Callback.function("mc_file_progress_fn", failed: false) { |_data, count| progress.call(count) != false }
    end
  end
end
