/* Domain names have one spelling here: what a resolver asks for. */
#include "core.h"

#include <idn2.h>

/* What may stand in the spelling for resolvers. Underscores are in use. */
static bool is_ascii_name(const char *name)
{
    for (; *name; name++)
        if (!(*name >= 'a' && *name <= 'z') && !(*name >= '0' && *name <= '9') &&
            !strchr("-._", *name))
            return false;
    return true;
}

/* What IDNA doesn't know, such as domains with emoji, has only its ASCII spelling. */
static int put_as_it_is(mc__text *out, const char *name)
{
    size_t before = out->length;

    for (; *name; name++)
        mc__text_putc(out, *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name);
    if (out->error)
        return MC_ENOMEM;
    return is_ascii_name(mc__text_string(out) + before) ? 0 : MC_EINVAL;
}

static int put_spelling(mc__text *out, const char *name)
{
    uint8_t *ascii = NULL;
    int rc = idn2_lookup_u8((const uint8_t *)name, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);

    if (rc == IDN2_MALLOC)
        return MC_ENOMEM;
    if (rc != IDN2_OK)
        return put_as_it_is(out, name);
    rc = put_as_it_is(out, (const char *)ascii);
    idn2_free(ascii);
    return rc;
}

int mc__domain_name(mc__text *out, const char *name)
{
    size_t before = out->length;
    int rc = put_spelling(out, name);

    if (rc < 0)
        return rc;
    if (out->length > before && out->data[out->length - 1] == '.') /* the root */
        out->length--;
    name = mc__text_string(out) + before;
    if (!*name || *name == '.' || strstr(name, "..") || out->data[out->length - 1] == '.')
        return MC_EINVAL;
    return 0;
}
