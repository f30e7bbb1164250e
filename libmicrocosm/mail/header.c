/* See header.h. */
#include "header.h"

#include <time.h>

#define LINE_MAX_CHARS 76 /* of a line with an encoded word (RFC 2047, 2) */
#define WORD_MAX 75       /* of an encoded word */
#define BEFORE "=?UTF-8?"
#define OVERHEAD 12    /* of "=?UTF-8?Q?" and "?=" */
#define QUOTED_MAX 400 /* so that its line has at most 998 characters with all of them escaped */
#define ADDRESS_MAX 254
#define LOCAL_MAX 64
#define LABEL_MAX 63

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

/* Copies a text with a space for each control character. */
static void put_plain(mc__text *out, const char *text)
{
    size_t length = strlen(text);

    for (size_t at = 0; at < length;) {
        uint32_t c = mc__utf8_next(text, length, &at);

        mc__text_utf8(out, is_control(c) ? ' ' : c);
    }
}

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_atext(char c)
{
    return is_letter_or_digit(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* What a Q-encoded word of a phrase may have as it is (RFC 2047, 5 (3)). */
static bool is_plain_in_word(char c)
{
    return is_letter_or_digit(c) || (c && strchr("!*+-/", c));
}

/* Printable ASCII that nobody takes for encoded words. */
static bool is_simple(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] >= 0x7f)
            return false;
    return length > 0 && text[0] != ' ' && text[length - 1] != ' ' && !strstr(text, "=?");
}

static size_t q_size(const char *text, size_t length)
{
    size_t size = 0;

    for (size_t i = 0; i < length; i++)
        size += is_plain_in_word(text[i]) || text[i] == ' ' ? 1 : 3;
    return size;
}

static size_t b_size(const char *text, size_t length)
{
    (void)text;
    return (length + 2) / 3 * 4;
}

static void put_q(mc__text *out, const char *text, size_t length)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)text[i];

        if (is_plain_in_word(text[i])) {
            mc__text_putc(out, text[i]);
        } else if (text[i] == ' ') {
            mc__text_putc(out, '_');
        } else {
            mc__text_putc(out, '=');
            mc__text_putc(out, digits[byte >> 4]);
            mc__text_putc(out, digits[byte & 15]);
        }
    }
}

static void put_b(mc__text *out, const char *text, size_t length)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t bits = (uint32_t)(uint8_t)text[i] << 16;

        if (left > 1)
            bits |= (uint32_t)(uint8_t)text[i + 1] << 8;
        if (left > 2)
            bits |= (uint8_t)text[i + 2];
        mc__text_putc(out, letters[bits >> 18]);
        mc__text_putc(out, letters[bits >> 12 & 63]);
        mc__text_putc(out, left > 1 ? letters[bits >> 6 & 63] : '=');
        mc__text_putc(out, left > 2 ? letters[bits & 63] : '=');
    }
}

/* Bytes of the longest beginning, in whole characters, whose encoded word has room; at least one
 * character. */
static size_t take(const char *text, size_t length, size_t room,
                   size_t (*size)(const char *, size_t))
{
    size_t taken = 0, at = 0;

    while (at < length) {
        mc__utf8_next(text, length, &at);
        if (taken > 0 && size(text, at) + OVERHEAD > room)
            break;
        taken = at;
    }
    return taken;
}

/* Encoded words, each on a line of its own, the first behind so many characters. */
static void put_words(mc__text *out, const char *text, size_t column)
{
    size_t length = strlen(text);
    bool is_q = q_size(text, length) <= b_size(text, length);

    while (length > 0) {
        size_t room = LINE_MAX_CHARS - column < WORD_MAX ? LINE_MAX_CHARS - column : WORD_MAX;
        size_t taken = take(text, length, room, is_q ? q_size : b_size);

        mc__text_puts(out, is_q ? BEFORE "Q?" : BEFORE "B?");
        (is_q ? put_q : put_b)(out, text, taken);
        mc__text_puts(out, "?=");
        text += taken;
        length -= taken;
        column = 1;
        if (length > 0)
            mc__text_puts(out, "\r\n ");
    }
}

void mc__header_text(mc__text *out, const char *name, const char *text)
{
    mc_scratch_text(plain);
    size_t column = strlen(name) + 2;

    put_plain(&plain, text);
    mc__text_puts(out, name);
    mc__text_puts(out, ": ");
    if (plain.error)
        out->error = plain.error;
    else if (column + plain.length <= LINE_MAX_CHARS &&
             is_simple(mc__text_string(&plain), plain.length))
        mc__text_append(out, plain.data, plain.length);
    else
        put_words(out, mc__text_string(&plain), column);
    mc__text_puts(out, "\r\n");
}

static void put_quoted(mc__text *out, const char *text)
{
    mc__text_putc(out, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            mc__text_putc(out, '\\');
        mc__text_putc(out, *c);
    }
    mc__text_putc(out, '"');
}

/* A display name as atoms, a quoted string, or encoded words. Whatever can be quoted is, as some
 * readers put a space between two encoded words of a name. */
static void put_display(mc__text *out, const char *text, size_t column)
{
    size_t length = strlen(text);
    bool is_atoms = column + length <= LINE_MAX_CHARS;

    for (const char *c = text; *c; c++)
        is_atoms &= is_atext(*c) || (*c == ' ' && c[1] != ' ');
    if (length > QUOTED_MAX || !is_simple(text, length))
        put_words(out, text, column);
    else if (is_atoms)
        mc__text_puts(out, text);
    else
        put_quoted(out, text);
}

void mc__header_mailbox(mc__text *out, const char *name, const char *display, const char *address)
{
    mc_scratch_text(plain);

    put_plain(&plain, display ? display : "");
    if (plain.error) {
        out->error = plain.error;
        return;
    }
    mc__text_puts(out, name);
    mc__text_puts(out, ": ");
    if (plain.length > 0) {
        put_display(out, mc__text_string(&plain), strlen(name) + 2);
        /* on a line of its own, which all addresses fit into (RFC 5322, 2.1.1) */
        mc__text_puts(out, "\r\n <");
    } else {
        mc__text_putc(out, '<');
    }
    mc__text_puts(out, address);
    mc__text_puts(out, ">\r\n");
}

void mc__header_ids(mc__text *out, const char *name, const char *const *ids, size_t count)
{
    mc__text_puts(out, name);
    mc__text_putc(out, ':');
    for (size_t i = 0; i < count; i++) {
        mc__text_puts(out, i ? "\r\n <" : " <");
        mc__text_puts(out, ids[i]);
        mc__text_putc(out, '>');
    }
    mc__text_puts(out, "\r\n");
}

void mc__header_date(mc__text *out, const char *name, mc_time time)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(time.us / 1000000);
    struct tm t;

    if (!gmtime_r(&seconds, &t))
        t = (struct tm){.tm_mday = 1, .tm_year = 70, .tm_wday = 4};
    mc__text_format(out, "%s: %s, %d %s %d %02d:%02d:%02d +0000\r\n", name, days[t.tm_wday],
                    t.tm_mday, months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

/* Atoms between dots. */
static bool is_local_part(const char *text, size_t length)
{
    if (length == 0 || length > LOCAL_MAX || text[0] == '.' || text[length - 1] == '.')
        return false;
    for (size_t i = 0; i < length; i++)
        if (!is_atext(text[i]) && (text[i] != '.' || text[i - 1] == '.'))
            return false;
    return true;
}

/* Labels of letters, digits and hyphens between dots. */
static bool is_host(const char *text)
{
    while (true) {
        size_t length = strcspn(text, ".");

        if (length == 0 || length > LABEL_MAX || text[0] == '-' || text[length - 1] == '-')
            return false;
        for (size_t i = 0; i < length; i++)
            if (!is_letter_or_digit(text[i]) && text[i] != '-')
                return false;
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
}

bool mc__mail_is_address(const char *address)
{
    const char *at = address ? strrchr(address, '@') : NULL;

    return at && strlen(address) <= ADDRESS_MAX && is_local_part(address, (size_t)(at - address)) &&
           is_host(at + 1);
}

int mc__mail_put_address(mc__text *out, const char *email)
{
    size_t before = out->length;
    const char *at = strrchr(email, '@');
    int rc = MC_EINVAL;

    if (!at)
        return rc;
    mc__text_append(out, email, (size_t)(at + 1 - email));
    rc = mc__domain_name(out, at + 1);
    if (rc == 0 && out->error)
        rc = MC_ENOMEM;
    return rc == 0 && !mc__mail_is_address(mc__text_string(out) + before) ? MC_EINVAL : rc;
}
