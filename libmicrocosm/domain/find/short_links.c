/* Short links: codes that lead elsewhere. */
#include "../access/actor.h"
#include "../base/call.h"
#include "../base/read_marks.h"
#include "markup/links.h"
#include "statements.h"
#include "types.h"

#define CODE_MAX 50

static const mc__field short_link_fields[] = {
    MC_FIELD(mc_short_link, code, "code"),
    MC_FIELD(mc_short_link, url, "url"),
};
const mc_type mc__short_link_type = MC_TYPE(mc_short_link, "short_link", short_link_fields);

/* The address as it is used; NULL if it isn't one of the web. Only this way may a code lead. */
static const char *web_address(mc__arena *arena, const char *url)
{
    static const mc__home none;
    mc_scratch_text(cleaned);
    mc_scratch_text(ascii);

    if (mc__link_clean(&cleaned, &none, url, strlen(url)) != MC__LINK_ABSOLUTE)
        return NULL;
    for (size_t i = 0; i < cleaned.length; i++) {
        if ((unsigned char)cleaned.data[i] < 0x80)
            mc__text_putc(&ascii, cleaned.data[i]);
        else
            mc__text_format(&ascii, "%%%02X", (unsigned)(unsigned char)cleaned.data[i]);
    }
    arena->failed |= cleaned.error || ascii.error;
    return mc__arena_copy(arena, mc__text_string(&ascii), ascii.length);
}

static bool is_code(const char *code)
{
    static const char allowed[] = "23456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t length = strspn(code, allowed);

    return length > 0 && length <= CODE_MAX && code[length] == '\0';
}

int mc_short_link_follow(mc_short_link **out, mc_session *session, const char *code)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc__short_links_find_row row;
    mc_short_link *link;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_NOTHING);

    if (rc < 0)
        return rc;
    if (!code || !is_code(code))
        return mc__refuse(session, MC_ENOTFOUND);
    mc__add_short_links_find(&batch, &(mc__short_links_find_in){.code = code});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    row = mc__read_short_links_find(mc__batch_rows(&batch, 0), 0);
    link = record = mc__record_new(&mc__short_link_type);
    if (!link)
        return mc__out_of_memory(session);
    link->code = mc__arena_strdup(mc__record_arena(record), code);
    link->url = web_address(mc__record_arena(record), row.url);
    if (mc__record_arena(record)->failed)
        return mc__out_of_memory(session);
    if (!link->url)
        return mc__refuse(session, MC_ENOTFOUND);
    mc__count_hit(session, row.link_id);
    *out = MC_TAKE(record);
    return 0;
}

int mc_short_link_save(mc_session *session, const char *code, const char *url)
{
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_NOTHING);

    if (rc < 0)
        return rc;
    if (!code || !is_code(code))
        mc__fault(&session->problem, "code", "must be 1 to %d digits 2 to 9 and letters", CODE_MAX);
    if (!url || !mc__utf8_valid(url, strlen(url)) || !web_address(&session->scratch, url))
        mc__fault(&session->problem, "url", "must be an http or https address");
    if (session->problem.shown.fault_count)
        return MC_EINVAL;
    mc__add_short_links_save(&batch, &(mc__short_links_save_in){.code = code, .url = url});
    rc = mc__write_as_platform(session, &batch);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) == 0)
        rc = mc__fail(&session->problem, MC_ECONFLICT, "the code leads elsewhere");
    return rc;
}
