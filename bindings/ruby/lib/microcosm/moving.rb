# frozen_string_literal: true

module Microcosm
  # What a Session does with a whole site.
  module Moving
    EXPORT = Input.of("mc_export_options")
    IMPORT = Input.of("mc_import_options")
    private_constant :EXPORT, :IMPORT

    # Write all that is on the session's site into files: an archive if path ends with .tar.zst, else a folder. Returns a
    # MoveReport. The block is called with what is done, such as "comments", how much of it, and how much there is, about. It
    # may return false to end the call (Busy), and may not use the session.
    def site_export(path, &progress)
      move(:mc_site_export, path, EXPORT, {}, progress)
    end

    # Import a forum's files into the site of that key, which is made if there is none; returns a MoveReport. owner_id: is who
    # is to own a new site, by the id in the files. With dry_run: all is read and checked, and nothing is changed. The block: as
    # of site_export. An import that was ended goes on when it is called again.
    def site_import(path, site_key:, title: nil, product: nil, owner_id: 0, dry_run: false, &progress)
      given = { site_key: site_key, title: title, product: product, owner_id: owner_id, dry_run: dry_run }
      move(:mc_site_import, path, IMPORT, given, progress)
    end

    private

    def move(function, path, input, given, progress)
      path = Convert.text(path.respond_to?(:to_path) ? path.to_path : path, "path")
      memory = input.fill(given.compact)
      teller = progress && move_teller(progress)
      input.put_pointer(memory, :progress, teller) if teller
      out = FFI::MemoryPointer.new(:pointer)
      transfer { |session| Native.public_send(function, out, session, path, memory) }
      Record.own(out.get_pointer(0))
    end

    def move_teller(progress)
      Callback.function("mc_move_progress_fn", failed: false) do |_data, stage, done, total|
        progress.call(Convert.utf8(stage.read_string), done, total) != false
      end
    end
  end
end
