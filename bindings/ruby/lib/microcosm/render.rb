# frozen_string_literal: true

module Microcosm
  # What names in a text mean, and where links lead.
  RENDER = Input.of("mc_render_options")
  private_constant :RENDER

  # A title, a name or another short field of a record as plain text, without HTML's escapes: for mail
  # or a terminal.
  def self.plain_text(escaped)
    text = Convert.text(escaped, "escaped")
    Buffer.fill { |plain| Native.mc_plain_text(plain, text) }
  end

  # Markdown to HTML that is safe to put into a page; needs no app. The block, if there is one, is
  # given each name that the text mentions and returns the id of a profile, or nil for nobody.
  #
  #     Microcosm.render("*Hello* @velo") { |name| ids[name] }
  def self.render(markdown, **options, &mention)
    text = Convert.bytes(markdown, "markdown")
    memory = RENDER.fill(options)
    function = mention && Callback.function("mc_mention_fn", failed: 0) do |_data, name|
      Convert.int64(mention.call(Convert.utf8(name.read_string)) || 0, "the id of a profile")
    end
    RENDER.put_pointer(memory, :mention, function) if function
    Thread.handle_interrupt(Object => :never) do
      Buffer.fill { |html| Native.mc_render(html, text, text.bytesize, memory) }
    end
  ensure
    Callback.finish
  end
end
