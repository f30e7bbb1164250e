#include "query.h"

#include <stdio.h>
#include <string.h>

void query_add(query *q, const char *key, const char *value)
{
    size_t at = q->count++;

    for (; at > 0 && strcmp(q->params[at - 1].key, key) > 0; at--)
        q->params[at] = q->params[at - 1];
    q->params[at] = (param){key, value};
}

void query_add_number(query *q, const char *key, int64_t number)
{
    char *text = q->numbers[q->number_count++];

    snprintf(text, sizeof(q->numbers[0]), "%lld", (long long)number);
    query_add(q, key, text);
}

static int append_text(mc_buffer *out, const char *text)
{
    return mc_buffer_append(out, text, strlen(text));
}

/* As a form writes it: letters, digits and -_.~ stand for themselves, a space is "+". */
static int append_escaped(mc_buffer *out, const char *text)
{
    int rc = 0;

    for (; *text && rc == 0; text++) {
        char escape[4] = {*text, '\0'};

        if (*text == ' ')
            escape[0] = '+';
        else if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~",
                         *text))
            snprintf(escape, sizeof(escape), "%%%02X", (unsigned char)*text);
        rc = append_text(out, escape);
    }
    return rc;
}

int query_write(const query *q, mc_buffer *out)
{
    int rc = 0;

    for (size_t i = 0; i < q->count && rc == 0; i++) {
        rc = append_text(out, i == 0 ? "?" : "&");
        if (rc == 0)
            rc = append_escaped(out, q->params[i].key);
        if (rc == 0)
            rc = append_text(out, "=");
        if (rc == 0)
            rc = append_escaped(out, q->params[i].value);
    }
    return rc;
}
