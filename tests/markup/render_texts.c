/*
 * Renders texts: reads them from standard input, each with a NUL behind it, and writes the HTML of
 * each in the same way. The only member is "mira".
 */
#include <microcosm/render.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t find_member(void *data, const char *name)
{
    (void)data;
    return strcmp(name, "mira") == 0 ? 12 : 0;
}

static char *read_all(size_t *length)
{
    char *text = NULL;
    size_t size = 0;

    *length = 0;
    do {
        size += 1 << 16;
        text = realloc(text, size + 1);
        if (!text)
            exit(1);
        *length += fread(text + *length, 1, size - *length, stdin);
    } while (*length == size);
    text[*length] = '\0';
    return text;
}

int main(void)
{
    mc_render_options options = MC_RENDER_OPTIONS_INIT;
    mc_buffer *html = NULL;
    size_t length;
    char *text = read_all(&length);

    options.mention = find_member;
    if (mc_buffer_new(&html, 0) < 0)
        return 1;
    for (size_t at = 0; at < length; at += strlen(text + at) + 1) {
        mc_buffer_clear(html);
        if (mc_render(html, text + at, strlen(text + at), &options) < 0)
            return 1;
        fwrite(mc_buffer_bytes(html), 1, mc_buffer_length(html) + 1, stdout);
    }
    mc_buffer_free(html);
    free(text);
    return 0;
}
