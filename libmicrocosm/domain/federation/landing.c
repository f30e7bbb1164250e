/* See landing.h. */
#include "landing.h"

#include "../base/call.h"
#include "remote/fetch.h"
#include "types.h"
#include "statements.h"

#define PATH_MOST 2000
#define LANDING "/auth0login/"

static const mc__field sign_in_code_fields[] = {
    MC_FIELD(mc_sign_in_code, code, "code"),
    MC_FIELD(mc_sign_in_code, url, "url"),
    MC_FIELD(mc_sign_in_code, path, "path"),
    MC_FIELD(mc_sign_in_code, needs_factor, "needsFactor"),
};
const mc_type mc__sign_in_code_type = MC_TYPE(mc_sign_in_code, "sign_in_code", sign_in_code_fields);

/* Browsers read "//host" and "/\host" as addresses of another host, and skip control characters. */
static bool is_path(const char *path)
{
    if (path[0] != '/' || path[1] == '/')
        return false;
    for (const char *c = path; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == '\\' || *c == 0x7f)
            return false;
    return strlen(path) <= PATH_MOST && mc__utf8_valid(path, strlen(path));
}

int mc__landing_check(mc_session *session, const char **path)
{
    if (!*path || !**path)
        *path = "/";
    return is_path(*path) ? 0
                          : mc__fault(&session->problem, "state",
                                      "must be a path on this site, such as /conversations/1/");
}

void mc__landing_code(char out[MC_LANDING_CODE_SIZE], uint8_t hash[MC_SHA256_SIZE])
{
    mc__random_text(out, MC_LANDING_CODE_SIZE - 1);
    mc__sha256(hash, out, MC_LANDING_CODE_SIZE - 1);
}

int mc__landing_make(mc_sign_in_code **out, mc_session *session, const char *code, const char *path,
                     bool needs_factor)
{
    mc_auto(mc_record_free) void *record = mc__record_new(&mc__sign_in_code_type);
    mc_sign_in_code *made = record;
    mc_scratch_text(url);

    if (!record)
        return mc__out_of_memory(session);
    if (!needs_factor) {
        mc__text_puts(&url, session->site.url);
        mc__text_puts(&url, LANDING);
        mc__remote_add_parameter(&url, "code", code);
        mc__remote_add_parameter(&url, "state", path);
    }
    made->needs_factor = needs_factor;
    made->path = mc__arena_strdup(mc__record_arena(record), path);
    made->code = mc__arena_strdup(mc__record_arena(record), code);
    made->url = mc__arena_strdup(mc__record_arena(record), mc__text_string(&url));
    if (url.error || mc__record_arena(record)->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

int mc__landing_put(mc_sign_in_code **out, mc_session *session, int64_t user_id, const char *path)
{
    char code[MC_LANDING_CODE_SIZE];
    uint8_t hash[MC_SHA256_SIZE];
    mc_batch(batch);
    int rc;

    mc__landing_code(code, hash);
    mc__add_providers_put_code(
        &batch, &(mc__providers_put_code_in){.code_hash = {hash, sizeof(hash)},
                                             .site_id = session->site.id,
                                             .user_id = user_id,
                                             .seconds = MC_SIGN_IN_CODE_SECONDS,
                                             .pending_seconds = MC_PENDING_CODE_SECONDS});
    mc__add_clients_forget_codes(&batch);
    rc = mc__write_as_platform(session, &batch);
    return rc < 0 ? rc
                  : mc__landing_make(
                        out, session, code, path,
                        mc__read_providers_put_code(mc__batch_rows(&batch, 0), 0).needs_factor);
}
