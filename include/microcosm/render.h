/**
 * Markdown to HTML that is safe to put into a page; needs no app, no session and no database.
 *
 * The Markdown is CommonMark with tables, strikethrough, hard line breaks, bare URLs, @names,
 * #tags, BBCode, and harmless HTML. Everything else is removed: scripts, styles, event handlers,
 * links to anything but http, https and mail. Links to other sites lose known tracking parameters.
 * A link to a video of YouTube or Vimeo is followed by its player. docs/http/comments.md#markdown
 * has the details.
 *
 *     mc_buffer *html = NULL;
 *
 *     if (mc_buffer_new(&html, 0) == 0 && mc_render(html, "*Hello*", 7, NULL) == 0)
 *         fputs(mc_buffer_bytes(html), stdout);
 *     mc_buffer_free(html);
 *
 * May be called from any number of threads, with a buffer for each.
 */
#ifndef MICROCOSM_RENDER_H
#define MICROCOSM_RENDER_H

#include <microcosm/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Longest Markdown that mc_render() takes, in bytes. */
#define MC_RENDER_MAX ((size_t)1 << 20)

/**
 * Finds the profile of a name.
 *
 * Called once for each different name in a text, for at most 100 names of at most 150 bytes. Must
 * not raise an exception or jump through the library.
 *
 * @param data  mention_data of the options
 * @param name  in lower case, without the '@'; valid during the call
 * @return id of a profile, to which the name becomes a link, or 0 for nobody
 */
typedef int64_t (*mc_mention_fn)(void *data, const char *name);

/** How to render. Start from MC_RENDER_OPTIONS_INIT, then set what differs. */
typedef struct mc_render_options {
    size_t size;             /**< Set by the initialiser; tells which fields the caller knew. */
    const char *site_url;    /**< Such as "https://key.example.org": links there become relative. */
    const char *site_domain; /**< Another host name of the site. Both may be NULL. */
    mc_mention_fn mention;   /**< Finds the profile of a name; NULL: names stay text. */
    void *mention_data;      /**< Passed to mention. */
} mc_render_options;

#define MC_RENDER_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(mc_render_options), NULL, NULL, NULL, NULL                                          \
    }

/** The same for callers that can't use the macro (bindings). */
MC_API void mc_render_options_init(mc_render_options *options, size_t size);

/**
 * Append the HTML of a text to a buffer.
 *
 * No valid text is refused. Where it nests too deeply (beyond 20 quotes or lists on a line, 24
 * levels of emphasis, 64 columns of a table) the remaining marks are shown as they are. A text
 * whose HTML would be more than about eight times as long is shown as plain text.
 *
 * @param html      grows by the HTML, which ends with a line break; as it was on failure
 * @param markdown  UTF-8; need not end with NUL
 * @param length    in bytes, up to MC_RENDER_MAX
 * @param options   NULL for the defaults
 * @return 0, or
 *         MC_EINVAL     no valid UTF-8, a NUL in it, or options that this library doesn't know
 *         MC_ETOOLARGE  the Markdown, or the HTML for the buffer
 *         MC_ENOMEM     out of memory
 */
MC_API int mc_render(mc_buffer *html, const char *markdown, size_t length,
                     const mc_render_options *options);

/**
 * Append a title, a name or another cleaned field as plain text: `&amp;`, `&lt;`, `&gt;`, `&#34;`
 * and `&#39;` become the characters that they stand for. Not for `html`, which has tags.
 *
 * @param out      grows by the text; as it was on failure
 * @param escaped  as in a record
 * @return 0, MC_ENOMEM, MC_ETOOLARGE (the buffer), MC_EINVAL (NULL)
 */
MC_API int mc_plain_text(mc_buffer *out, const char *escaped);

#ifdef __cplusplus
}
#endif
#endif
