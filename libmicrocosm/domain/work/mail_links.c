/* See mail_links.h. */
#include "mail_links.h"

#include "../base/call.h"
#include "../access/actor.h"
#include "mail/templates.h"
#include "statements.h"

#include <microcosm/mail.h>
#include <stdlib.h>

/* What is signed begins with it, so that the secret can sign other things too. */
#define PURPOSE "unsubscribe:"

static bool sign(char out[2 * MC_SHA256_SIZE + 1], const char *what, const char *secret)
{
    uint8_t mac[MC_SHA256_SIZE];
    char text[160];
    int length = snprintf(text, sizeof(text), PURPOSE "%s", what);

    if (length < 0 || (size_t)length >= sizeof(text) ||
        !mc__hmac_sha256(mac, secret, strlen(secret), text, (size_t)length))
        return false;
    mc__hex(out, mac, sizeof(mac));
    return true;
}

const char *mc__mail_token(mc__arena *arena, const mc__mail_end *end, const char *secret)
{
    char mac[2 * MC_SHA256_SIZE + 1];
    const char *what =
        mc__arena_format(arena, "%lld-%lld-%d-%lld", (long long)end->site_id,
                         (long long)end->profile_id, (int)end->item_type, (long long)end->item_id);

    if (!sign(mac, what, secret)) {
        arena->failed = true;
        return "";
    }
    return mc__arena_format(arena, "%s-%s", what, mac);
}

/* A number, 0 or without a zero in front, and what is behind it. */
static bool read_number(int64_t *out, const char **at)
{
    char *end;

    if (**at < '0' || **at > '9' || (**at == '0' && (*at)[1] != '-'))
        return false;
    *out = strtoll(*at, &end, 10);
    if (*end != '-' || end - *at > 18)
        return false;
    *at = end + 1;
    return true;
}

bool mc__mail_token_read(mc__mail_end *out, const char *token, const char *secret)
{
    char mac[2 * MC_SHA256_SIZE + 1], what[100];
    const char *at = token;
    int64_t item_type;

    if (!read_number(&out->site_id, &at) || !read_number(&out->profile_id, &at) ||
        !read_number(&item_type, &at) || !read_number(&out->item_id, &at) ||
        strlen(at) != sizeof(mac) - 1)
        return false;
    out->item_type = (mc_item_type)item_type;
    snprintf(what, sizeof(what), "%.*s", (int)(at - token - 1), token);
    return sign(mac, what, secret) && mc__same_secret(mac, at, sizeof(mac) - 1);
}

static int read_secret(const char **out, mc_session *session)
{
    mc_batch(batch);
    int rc;

    mc__add_mail_key(&batch);
    rc = mc__read_on_site(session, 0, &batch);
    if (rc == 0)
        *out = mc__arena_strdup(&session->scratch,
                                mc__read_mail_key(mc__batch_rows(&batch, 0), 0).secret);
    return rc < 0 || !session->scratch.failed ? rc : mc__out_of_memory(session);
}

static int end_mail(mc_session *session, const mc__mail_end *end)
{
    mc_batch(batch);

    if (end->item_type == MC_ITEM_UPDATE_TYPE && end->item_id == MC_MAIL_DIGEST)
        mc__add_mail_stop_all(&batch, &(mc__mail_stop_all_in){.site_id = end->site_id,
                                                              .profile_id = end->profile_id});
    else if (end->item_type == MC_ITEM_UPDATE_TYPE)
        mc__add_mail_stop_type(&batch, &(mc__mail_stop_type_in){.site_id = end->site_id,
                                                                .profile_id = end->profile_id,
                                                                .update_type_id = end->item_id});
    else
        mc__add_mail_stop_watching(&batch,
                                   &(mc__mail_stop_watching_in){.site_id = end->site_id,
                                                                .profile_id = end->profile_id,
                                                                .item_type = end->item_type,
                                                                .item_id = end->item_id});
    return mc__write(session, &batch);
}

int mc_mail_unsubscribe(mc_session *session, const char *token)
{
    const char *secret = NULL;
    mc__mail_end end;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0 && !token)
        rc = mc__fault(&session->problem, "token", "is required");
    if (rc == 0)
        rc = read_secret(&secret, session);
    if (rc < 0)
        return rc;
    if (!mc__mail_token_read(&end, token, secret) || end.site_id != session->site.id)
        return mc__refuse(session, MC_ENOTFOUND);
    return end_mail(session, &end);
}
