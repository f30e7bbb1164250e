/* See file_names.h. */
#include "file_names.h"

#include "markup/markup.h"

#include <ctype.h>

#define PLAIN_EXTENSION_MAX 16

/* Clients from before UTF-8 send Latin-1, whose bytes are its characters. */
static void put_utf8(mc__text *out, const char *text, size_t length)
{
    if (mc__utf8_valid(text, length)) {
        mc__text_append(out, text, length);
        return;
    }
    for (size_t i = 0; i < length; i++)
        mc__text_utf8(out, (unsigned char)text[i]);
}

static const char *last_part(const char *name)
{
    const char *part = name;

    for (; *name; name++)
        if (*name == '/' || *name == '\\')
            part = name + 1;
    return part;
}

/* The last characters of a text: those say what kind of file it is. */
static const char *last_characters(const char *text, size_t most)
{
    size_t length = mc__utf8_length(text), at = 0, all = strlen(text);

    for (; length > most; length--)
        mc__utf8_next(text, all, &at);
    return text + at;
}

const char *mc__file_name(mc__arena *arena, const char *sent)
{
    mc_scratch_text(whole);
    mc_scratch_text(clean);
    const char *text;
    size_t length;

    sent = last_part(sent);
    put_utf8(&whole, sent, strnlen(sent, MC__TEXT_MAX));
    text = mc__text_string(&whole);
    mc__text_printable(&clean, text, strlen(text), MC__SPACES_PLAIN);
    arena->failed |= whole.error || clean.error;
    text = last_characters(mc__text_string(&clean), MC_FILE_NAME_MAX);
    text += strspn(text, " ");
    for (length = strlen(text); length > 0 && text[length - 1] == ' '; length--)
        ;
    return length ? mc__arena_copy(arena, text, length) : "file";
}

const char *mc__file_extension(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot ? dot + 1 : name;
}

bool mc__is_plain_extension(const char *extension)
{
    size_t length = 0;

    while (isalnum((unsigned char)extension[length]) && !(extension[length] & 0x80))
        length++;
    return length > 0 && length <= PLAIN_EXTENSION_MAX && extension[length] == '\0';
}
