/* See message.h. */
#include "message.h"

#define LINE_MAX_CHARS 76 /* of a line of quoted-printable, the "=" of a soft break included */
#define ID_MAX 500
/* In no part: "=" is followed there by digits or the end of the line. */
#define BOUNDARY "=_microcosm"

static bool is_line_end(const char *text)
{
    return *text == '\0' || *text == '\n' || *text == '\r';
}

/* Whether the byte can stand as it is. At the beginning of a line a dot is encoded, and the F of
 * "From ", which programs that relay mail have changed. */
static bool is_plain(const char *text, size_t column)
{
    unsigned char c = (unsigned char)*text;

    if (c == ' ' || c == '\t')
        return !is_line_end(text + 1);
    if (column == 0 && (c == '.' || strncmp(text, "From ", 5) == 0))
        return false;
    return c > ' ' && c < 0x7f && c != '=';
}

void mc__quoted_printable(mc__text *out, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t column = 0;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        size_t width;

        if (is_line_end(text)) {
            text += c == '\r' && text[1] == '\n';
            mc__text_puts(out, "\r\n");
            column = 0;
            continue;
        }
        width = is_plain(text, column) ? 1 : 3;
        if (column + width > LINE_MAX_CHARS - (is_line_end(text + 1) ? 0 : 1)) {
            mc__text_puts(out, "=\r\n");
            column = 0;
            width = is_plain(text, column) ? 1 : 3;
        }
        if (width == 1) {
            mc__text_putc(out, (char)c);
        } else {
            mc__text_putc(out, '=');
            mc__text_putc(out, digits[c >> 4]);
            mc__text_putc(out, digits[c & 15]);
        }
        column += width;
    }
    if (column > 0)
        mc__text_puts(out, "\r\n");
}

static void put_part_head(mc__text *out, const char *type)
{
    mc__text_format(out,
                    "Content-Type: text/%s; charset=utf-8\r\n"
                    "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
                    type);
}

static void put_body(mc__text *out, const mc__message *m)
{
    mc__text_puts(out, "MIME-Version: 1.0\r\n");
    if (!m->html) {
        put_part_head(out, "plain");
        mc__quoted_printable(out, m->text);
        return;
    }
    mc__text_puts(out, "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\r\n\r\n"
                       "--" BOUNDARY "\r\n");
    put_part_head(out, "plain");
    mc__quoted_printable(out, m->text);
    mc__text_puts(out, "\r\n--" BOUNDARY "\r\n");
    put_part_head(out, "html");
    mc__quoted_printable(out, m->html);
    mc__text_puts(out, "\r\n--" BOUNDARY "--\r\n");
}

static void put_list(mc__text *out, const mc__message *m)
{
    if (m->list_id)
        mc__header_mailbox(out, "List-Id", m->list_name, m->list_id);
    if (m->unsubscribe)
        mc__text_format(out,
                        "List-Unsubscribe:\r\n <%s>\r\n"
                        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
                        m->unsubscribe);
}

static void put_head(mc__text *out, const mc__message *m)
{
    mc__header_date(out, "Date", m->date);
    mc__header_mailbox(out, "From", m->from.name, m->from.address);
    if (m->reply_to.address)
        mc__header_mailbox(out, "Reply-To", m->reply_to.name, m->reply_to.address);
    mc__header_mailbox(out, "To", m->to.name, m->to.address);
    mc__header_text(out, "Subject", m->subject);
    mc__header_ids(out, "Message-ID", &m->id, 1);
    if (m->thread_count > 0) {
        mc__header_ids(out, "In-Reply-To", &m->thread[m->thread_count - 1], 1);
        mc__header_ids(out, "References", m->thread, m->thread_count);
    }
    put_list(out, m);
    /* nobody is to be told that somebody is on holiday (RFC 3834) */
    mc__text_puts(out, "Auto-Submitted: auto-generated\r\n");
}

/* Printable ASCII without what would end it where it stands between < and >. */
static bool is_bare(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f || text[i] == '<' ||
            text[i] == '>')
            return false;
    return length > 0 && length <= ID_MAX;
}

static bool is_text(const char *text)
{
    return !text || mc__utf8_valid(text, strlen(text));
}

static bool is_valid(const mc__message *m)
{
    const char *const texts[] = {m->from.name, m->to.name,   m->reply_to.name, m->subject,
                                 m->text,      m->list_name, m->html};

    for (size_t i = 0; i < MC_COUNT(texts); i++)
        if (!is_text(texts[i]))
            return false;
    for (size_t i = 0; i < m->thread_count; i++)
        if (!is_bare(m->thread[i]))
            return false;
    return m->subject && m->text && m->id && is_bare(m->id) &&
           mc__mail_is_address(m->from.address) && mc__mail_is_address(m->to.address) &&
           (!m->reply_to.address || mc__mail_is_address(m->reply_to.address)) &&
           (!m->list_id || is_bare(m->list_id)) && (!m->unsubscribe || is_bare(m->unsubscribe));
}

int mc__message_compose(mc__text *out, const mc__message *message)
{
    size_t before = out->length;

    if (!is_valid(message))
        return MC_EINVAL;
    put_head(out, message);
    put_body(out, message);
    return mc__text_settle(out, before);
}
