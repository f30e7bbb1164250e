/* Which services people sign in through: include/microcosm/sign_in_providers.h. */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../access/provider_rules.h"
#include "../access/providers.h"
#include "../access/second_factors.h"
#include "../access/tokens.h"
#include "../base/call.h"
#include "ask.h"
#include "types.h"
#include "statements.h"

#define PROVIDERS_MOST 50
#define ADDRESS_MOST 2000
#define BEGIN_PATH "/api/v1/signin/"

static const mc__field provider_fields[] = {
    MC_FIELD(mc_sign_in_provider, name, "name"),
    MC_FIELD(mc_sign_in_provider, kind, "kind"),
    MC_FIELD(mc_sign_in_provider, title, "title"),
    MC_FIELD(mc_sign_in_provider, issuer, "issuer"),
    MC_FIELD(mc_sign_in_provider, client_id, "clientId"),
    MC_FIELD(mc_sign_in_provider, has_secret, "hasSecret"),
    MC_FIELD(mc_sign_in_provider, scopes, "scopes"),
    MC_FIELD(mc_sign_in_provider, authorize_url, "authorizeUrl", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_sign_in_provider, token_url, "tokenUrl", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_sign_in_provider, user_url, "userUrl", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_sign_in_provider, emails_url, "emailsUrl", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_sign_in_provider, subject_key, "subjectKey", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_sign_in_provider, email_key, "emailKey", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_sign_in_provider, verified_key, "verifiedKey", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_sign_in_provider, name_key, "nameKey", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_sign_in_provider, links, "links"),
    MC_FIELD(mc_sign_in_provider, registers, "registers"),
};
const mc_type mc__sign_in_provider_type =
    MC_TYPE(mc_sign_in_provider, "sign_in_provider", provider_fields);

static const mc__field provider_list_fields[] = {
    MC_FIELD(mc_sign_in_provider_list, providers, "providers", .type = &mc__sign_in_provider_type),
};
const mc_type mc__sign_in_provider_list_type =
    MC_TYPE(mc_sign_in_provider_list, "sign_in_provider_list", provider_list_fields);

static const mc__field provider_edit_fields[] = {
    MC_FIELD(mc_sign_in_provider_edit, kind, "kind", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_sign_in_provider_edit, title, "title", .flags = MC_FIELD_SENTENCE,
             .max_length = 100),
    MC_FIELD(mc_sign_in_provider_edit, issuer, "issuer", .max_length = ADDRESS_MOST),
    MC_FIELD(mc_sign_in_provider_edit, client_id, "clientId", .flags = MC_FIELD_REQUIRED,
             .max_length = 500),
    MC_FIELD(mc_sign_in_provider_edit, client_secret, "clientSecret", .max_length = 2000),
    MC_FIELD(mc_sign_in_provider_edit, scopes, "scopes", .max_length = 500),
    MC_FIELD(mc_sign_in_provider_edit, authorize_url, "authorizeUrl", .max_length = ADDRESS_MOST),
    MC_FIELD(mc_sign_in_provider_edit, token_url, "tokenUrl", .max_length = ADDRESS_MOST),
    MC_FIELD(mc_sign_in_provider_edit, user_url, "userUrl", .max_length = ADDRESS_MOST),
    MC_FIELD(mc_sign_in_provider_edit, emails_url, "emailsUrl", .max_length = ADDRESS_MOST),
    MC_FIELD(mc_sign_in_provider_edit, subject_key, "subjectKey", .max_length = 100),
    MC_FIELD(mc_sign_in_provider_edit, email_key, "emailKey", .max_length = 100),
    MC_FIELD(mc_sign_in_provider_edit, verified_key, "verifiedKey", .max_length = 100),
    MC_FIELD(mc_sign_in_provider_edit, name_key, "nameKey", .max_length = 100),
    MC_FIELD(mc_sign_in_provider_edit, links, "links"),
    MC_FIELD(mc_sign_in_provider_edit, registers, "registers"),
};
const mc_type mc__sign_in_provider_edit_type =
    MC_TYPE(mc_sign_in_provider_edit, "sign_in_provider_edit", provider_edit_fields,
            .flags = MC_TYPE_INPUT);

static const mc__field choice_fields[] = {
    MC_FIELD(mc_sign_in_choice, name, "name"),
    MC_FIELD(mc_sign_in_choice, title, "title"),
    MC_FIELD(mc_sign_in_choice, href, "href"),
};
const mc_type mc__sign_in_choice_type = MC_TYPE(mc_sign_in_choice, "sign_in_choice", choice_fields);

static const mc__field choice_list_fields[] = {
    MC_FIELD(mc_sign_in_choice_list, providers, "providers", .type = &mc__sign_in_choice_type),
};
const mc_type mc__sign_in_choice_list_type =
    MC_TYPE(mc_sign_in_choice_list, "sign_in_choice_list", choice_list_fields);

/* What there is where nothing is set. */
static const struct {
    const char *kind, *saved;
    mc_sign_in_provider_edit usual;
} kinds[] = {
    {"oidc", "oidc", {.scopes = "openid email profile"}},
    {"oauth2", "oauth2", {.subject_key = "id", .email_key = "email", .name_key = "name"}},
    {"github",
     "oauth2",
     {.scopes = "read:user user:email",
      .authorize_url = "https://github.com/login/oauth/authorize",
      .token_url = "https://github.com/login/oauth/access_token",
      .user_url = "https://api.github.com/user",
      .emails_url = "https://api.github.com/user/emails",
      .subject_key = "id",
      .email_key = "email",
      .name_key = "login"}},
    {"discord",
     "oauth2",
     {.scopes = "identify email",
      .authorize_url = "https://discord.com/oauth2/authorize",
      .token_url = "https://discord.com/api/oauth2/token",
      .user_url = "https://discord.com/api/users/@me",
      .subject_key = "id",
      .email_key = "email",
      .verified_key = "verified",
      .name_key = "username"}},
};

static int check_name(mc_session *session, const char *name)
{
    return mc__provider_name_is_sound(name)
               ? 0
               : mc__fault(&session->problem, "name", "must be 1 to %d letters a to z and digits",
                           MC__PROVIDER_NAME_MOST);
}

static const char *or_usual(const char *given, const char *usual)
{
    return given ? given : usual ? usual : "";
}

static void check_address(mc_session *session, const char *field, const char *url, bool is_needed)
{
    if (!*url && is_needed)
        mc__fault(&session->problem, field, "is required for this kind");
    else if (*url && !mc__provider_url_is_sound(url))
        mc__fault(&session->problem, field,
                  "must be an https address, or an http one of this machine");
}

/* Writes what to store. */
static int fill(mc__providers_save_in *in, mc_session *session,
                const mc_sign_in_provider_edit *edit)
{
    const mc_sign_in_provider_edit *usual = NULL;
    bool is_oidc;

    for (size_t i = 0; i < MC_COUNT(kinds); i++)
        if (strcmp(edit->kind, kinds[i].kind) == 0) {
            in->kind = kinds[i].saved;
            usual = &kinds[i].usual;
        }
    if (!usual)
        return mc__fault(&session->problem, "kind", "must be oidc, oauth2, github or discord");
    is_oidc = strcmp(in->kind, "oidc") == 0;
    in->title = edit->title && *edit->title ? edit->title : in->name;
    in->client_id = edit->client_id;
    in->client_secret = edit->client_secret;
    in->scopes = or_usual(edit->scopes, usual->scopes);
    in->authorize_url = is_oidc ? "" : or_usual(edit->authorize_url, usual->authorize_url);
    in->token_url = is_oidc ? "" : or_usual(edit->token_url, usual->token_url);
    in->user_url = is_oidc ? "" : or_usual(edit->user_url, usual->user_url);
    in->emails_url = is_oidc ? "" : or_usual(edit->emails_url, usual->emails_url);
    in->subject_key = is_oidc ? "" : or_usual(edit->subject_key, usual->subject_key);
    in->email_key = is_oidc ? "" : or_usual(edit->email_key, usual->email_key);
    in->verified_key = is_oidc ? "" : or_usual(edit->verified_key, usual->verified_key);
    in->name_key = is_oidc ? "" : or_usual(edit->name_key, usual->name_key);
    in->issuer = is_oidc ? or_usual(edit->issuer, NULL) : in->user_url;
    in->links = edit->links != MC_NO;
    in->registers = edit->registers != MC_NO;
    if (is_oidc)
        check_address(session, "issuer", in->issuer, true);
    check_address(session, "authorizeUrl", in->authorize_url, !is_oidc);
    check_address(session, "tokenUrl", in->token_url, !is_oidc);
    check_address(session, "userUrl", in->user_url, !is_oidc);
    check_address(session, "emailsUrl", in->emails_url, false);
    return session->problem.shown.fault_count ? MC_EINVAL : 0;
}

static int save(mc_session *session, int64_t site_id, const char *name, const mc__source *source)
{
    mc__providers_save_in in = {.site_id = site_id,
                                .name = name,
                                .most = PROVIDERS_MOST,
                                .audit_site = session->site.id,
                                .actor_id = session->profile_id,
                                .address = mc__audit_address(session)};
    mc_sign_in_provider_edit edit = {0};
    mc_batch(batch);
    int rc = mc__input_take(&session->problem, &session->scratch, &mc__sign_in_provider_edit_type,
                            &edit, MC_TO_CREATE, source);

    if (rc == 0)
        rc = check_name(session, name);
    if (rc == 0)
        rc = fill(&in, session, &edit);
    if (rc < 0)
        return rc;
    mc__add_providers_save(&batch, &in);
    rc = mc__write_as_platform(session, &batch);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) == 0)
        rc = mc__fail(&session->problem, MC_ECONFLICT,
                      "there is no such site, or it has %d providers already", PROVIDERS_MOST);
    return rc;
}

static int remove_from(mc_session *session, int64_t site_id, const char *name)
{
    mc_batch(batch);
    int rc = check_name(session, name);

    if (rc < 0)
        return rc;
    mc__add_providers_delete(&batch,
                             &(mc__providers_delete_in){.site_id = site_id,
                                                        .name = name,
                                                        .audit_site = session->site.id,
                                                        .actor_id = session->profile_id,
                                                        .address = mc__audit_address(session)});
    rc = mc__write_as_platform(session, &batch);
    if (rc < 0)
        return rc;
    return PQntuples(mc__batch_rows(&batch, 0)) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}

static int list(mc_sign_in_provider_list **out, mc_session *session, int64_t site_id)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_batch(batch);
    int rc;

    mc__add_providers_list(&batch, &(mc__providers_list_in){site_id});
    rc = mc__read_on_site(session, site_id, &batch);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__sign_in_provider_list_type);
    if (!record || mc__records_decode(&((mc_sign_in_provider_list *)record)->providers,
                                      mc__record_arena(record), &mc__sign_in_provider_type,
                                      mc__batch_rows(&batch, 0)) < 0)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

/* For operators, on the session's site */

int mc_sign_in_providers_list(mc_sign_in_provider_list **out, mc_session *session)
{
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    return rc < 0 ? rc : list(out, session, session->site.id);
}

int mc_sign_in_provider_set(mc_session *session, const char *name,
                            const mc_sign_in_provider_edit *edit)
{
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    return rc < 0 ? rc : save(session, session->site.id, name, &(mc__source){.given = edit});
}

int mc_sign_in_provider_set_body(mc_session *session, const char *name, mc_format format,
                                 const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    return rc < 0 ? rc : save(session, session->site.id, name, &source);
}

int mc_sign_in_provider_remove(mc_session *session, const char *name)
{
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    return rc < 0 ? rc : remove_from(session, session->site.id, name);
}

/* For the owner of the root site, on any site */

static int check_owner(mc_session *session, int64_t site_id)
{
    mc_batch(batch);
    int rc = mc__check_id(session, site_id);

    if (rc < 0)
        return rc;
    if (!mc_session_is_root_site(session) || mc_session_is_banned(session) ||
        !mc__acts_as_owner(session))
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "only the owner of the root site may, on its host: users are of all sites");
    mc__add_sites_owner(&batch, &(mc__sites_owner_in){site_id, 0});
    rc = mc__read_on_site(session, 0, &batch);
    if (rc < 0)
        return rc;
    return PQntuples(mc__batch_rows(&batch, 0)) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}

int mc_site_providers_list(mc_sign_in_provider_list **out, mc_session *session, int64_t site_id)
{
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = check_owner(session, site_id);
    return rc < 0 ? rc : list(out, session, site_id);
}

/* A provider signs in whom it likes: who sets one can become anybody, as with a password. */
static int check_change(mc_session *session, int64_t site_id)
{
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = check_owner(session, site_id);
    if (rc == 0)
        rc = mc__token_check_full(session);
    return rc < 0 ? rc : mc__factor_step_up(session);
}

static int set_on(mc_session *session, int64_t site_id, const char *name, const mc__source *source)
{
    int rc = check_change(session, site_id);

    return rc < 0 ? rc : save(session, site_id, name, source);
}

int mc_site_provider_set(mc_session *session, int64_t site_id, const char *name,
                         const mc_sign_in_provider_edit *edit)
{
    return set_on(session, site_id, name, &(mc__source){.given = edit});
}

int mc_site_provider_set_body(mc_session *session, int64_t site_id, const char *name,
                              mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return set_on(session, site_id, name, &source);
}

int mc_site_provider_remove(mc_session *session, int64_t site_id, const char *name)
{
    int rc = check_change(session, site_id);

    return rc < 0 ? rc : remove_from(session, site_id, name);
}

/* For everybody */

static bool add_choice(mc__arena *arena, const void **all, size_t *count, const char *name,
                       const char *title)
{
    mc_sign_in_choice *one = mc__record_make(arena, &mc__sign_in_choice_type);

    if (!one)
        return false;
    one->name = mc__arena_strdup(arena, name);
    one->title = mc__arena_strdup(arena, title);
    one->href = mc__arena_format(arena, "%s%s", BEGIN_PATH, name);
    all[(*count)++] = one;
    return true;
}

/* Those of the host, which are on all sites. */
static void add_hosts(mc_session *session, mc__arena *arena, const void **all, size_t *count,
                      size_t most)
{
    const mc_auth_provider *host;

    for (size_t i = 0; i < most && (host = mc__auth_flow_at(session->app, i)); i++) {
        mc_scratch_text(title);

        mc__text_html(&title, host->title, strlen(host->title));
        arena->failed |= title.error != 0;
        if (!add_choice(arena, all, count, host->name, mc__text_string(&title)))
            return;
    }
}

/* Those of the site, without what is hidden by one of the host. */
static void add_own(mc_session *session, mc__arena *arena, const void **all, size_t *count,
                    const PGresult *rows)
{
    for (int i = 0; i < PQntuples(rows); i++) {
        mc__providers_choices_row row = mc__read_providers_choices(rows, i);

        if (!mc__auth_flow_find(session->app, row.name) &&
            !add_choice(arena, all, count, row.name, row.title))
            return;
    }
}

int mc_sign_in_choices_list(mc_sign_in_choice_list **out, mc_session *session)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_sign_in_choice_list *list;
    size_t hosts = 0, count = 0;
    const void **all;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    mc__add_providers_choices(&batch, &(mc__providers_choices_in){session->site.id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    list = record = mc__record_new(&mc__sign_in_choice_list_type);
    if (!list)
        return mc__out_of_memory(session);
    while (mc__auth_flow_at(session->app, hosts))
        hosts++;
    all = mc__list_make(mc__record_arena(list), &list->providers,
                        hosts + (size_t)PQntuples(mc__batch_rows(&batch, 0)));
    if (all) {
        add_hosts(session, mc__record_arena(list), all, &count, hosts);
        add_own(session, mc__record_arena(list), all, &count, mc__batch_rows(&batch, 0));
        list->providers.count = count;
    }
    if (mc__record_arena(list)->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}
