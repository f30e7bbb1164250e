/* Makes sites with all that belongs to them, and changes them. */
#include "../access/actor.h"
#include "../access/second_factors.h"
#include "../access/users.h"
#include "../base/call.h"
#include "../base/names.h"
#include "address.h"
#include "color.h"
#include "site_reading.h"
#include "markup/markup.h"
#include "types.h"
#include "statements.h"

#include <strings.h>

#define SITE_KEY_MAX 50

static const mc__field site_edit_fields[] = {
    MC_FIELD(mc_site_edit, title, "title", .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE,
             .max_length = 50),
    MC_FIELD(mc_site_edit, description, "description", .flags = MC_FIELD_BLOCK | MC_FIELD_CALM),
    MC_FIELD(mc_site_edit, subdomain_key, "subdomainKey", .flags = MC_FIELD_REQUIRED,
             .max_length = SITE_KEY_MAX),
    MC_FIELD(mc_site_edit, theme_id, "themeId", .flags = MC_FIELD_POSITIVE),
    MC_FIELD(mc_site_edit, logo_url, "logoUrl", .max_length = MC_ADDRESS_MAX),
    MC_FIELD(mc_site_edit, favicon_url, "faviconUrl", .max_length = MC_ADDRESS_MAX),
    MC_FIELD(mc_site_edit, background_url, "backgroundUrl", .max_length = MC_ADDRESS_MAX),
    MC_FIELD(mc_site_edit, background_color, "backgroundColor", .max_length = 50),
    MC_FIELD(mc_site_edit, link_color, "linkColor", .max_length = 50),
    MC_FIELD(mc_site_edit, background_position, "backgroundPosition", .max_length = 50),
    MC_FIELD(mc_site_edit, ga_web_property_id, "gaWebPropertyId", .max_length = 50),
    MC_FIELD(mc_site_edit, deleted, "meta.flags.deleted"),
    MC_FIELD(mc_site_edit, search_language, "searchLanguage", .max_length = 63),
};
const mc_type mc__site_edit_type =
    MC_TYPE(mc_site_edit, "site_edit", site_edit_fields, .flags = MC_TYPE_INPUT);

/* What site_edit_fields doesn't say. Each check adds the fault that it finds. */

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n\v\f")] == '\0';
}

static void check_picture(mc_session *session, const char *field, const char **url,
                          const char *(*normalise)(mc__arena *arena, const char *url))
{
    const char *address = *url ? normalise(&session->scratch, *url) : "";

    if (mc__is_at_fault(&session->problem, field))
        return;
    if (!address)
        mc__fault(&session->problem, field, "%s", MC_PICTURE_FAULT);
    else if (mc__utf8_length(address) > MC_ADDRESS_MAX)
        mc__fault(&session->problem, field, "must have at most %d characters", MC_ADDRESS_MAX);
    else if (*url)
        *url = address;
}

static void check_color(mc_session *session, const char *field, const char *color)
{
    if (color && *color && !mc__is_color(color))
        mc__fault(&session->problem, field, "must be #RGB, #RRGGBB or the name of a colour");
}

static const char *settle_position(const char *position)
{
    static const char *const known[] = {"cover", "tall",   "wide",  "left",
                                        "right", "center", "tiled", "tile"};

    for (size_t i = 0; position && i < MC_COUNT(known); i++)
        if (strcasecmp(position, known[i]) == 0)
            return known[i];
    return position ? "tile" : NULL;
}

static void check_key(mc_session *session, mc_site_edit *edit)
{
    mc_scratch_text(lower);

    if (!edit->subdomain_key || !*edit->subdomain_key ||
        mc__is_at_fault(&session->problem, "subdomainKey"))
        return;
    mc__text_lower(&lower, edit->subdomain_key, strlen(edit->subdomain_key));
    edit->subdomain_key = mc__arena_strdup(&session->scratch, mc__text_string(&lower));
    session->scratch.failed |= lower.error != 0;
    if (strlen(edit->subdomain_key) > SITE_KEY_MAX)
        return; /* of which the table tells */
    if (!mc__is_site_key(edit->subdomain_key))
        mc__fault(&session->problem, "subdomainKey",
                  "must be 1 to 50 of the letters a to z and digits");
    else if (strcmp(edit->subdomain_key, "root") == 0)
        mc__fault(&session->problem, "subdomainKey", "is reserved");
}

/* Clients write it into a script as it is. */
static bool is_web_property(const char *id)
{
    return strncmp(id, "UA-", 3) == 0 && id[3] && id[3 + strspn(id + 3, "0123456789-")] == '\0';
}

static int check_fields(mc_session *session, mc_site_edit *edit)
{
    if (edit->description && is_blank(edit->description))
        mc__fault(&session->problem, "description", "must not be empty");
    check_key(session, edit);
    check_picture(session, "logoUrl", &edit->logo_url, mc__logo_address);
    check_picture(session, "faviconUrl", &edit->favicon_url, mc__picture_address);
    check_picture(session, "backgroundUrl", &edit->background_url, mc__picture_address);
    check_color(session, "backgroundColor", edit->background_color);
    check_color(session, "linkColor", edit->link_color);
    edit->background_position = settle_position(edit->background_position);
    if (edit->ga_web_property_id && *edit->ga_web_property_id &&
        !is_web_property(edit->ga_web_property_id))
        mc__fault(&session->problem, "gaWebPropertyId", "must be UA- and digits, such as UA-12-1");
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    return session->problem.shown.fault_count ? MC_EINVAL : 0;
}

/* Whether the theme exists, and, unless the caller is the operator, the key can be had. */
static int check_database(mc_session *session, const mc_site_edit *edit, bool is_new)
{
    mc_batch(batch);
    mc__sites_key_row key;
    int rc;

    mc__add_sites_key(&batch, &(mc__sites_key_in){edit->subdomain_key ? edit->subdomain_key : ""});
    mc__add_sites_theme_exists(
        &batch, &(mc__sites_theme_exists_in){edit->theme_id.given ? edit->theme_id.value : 1});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    key = mc__read_sites_key(mc__batch_rows(&batch, 0), 0);
    if (key.is_kept_back || (is_new && key.is_used))
        rc = mc__fault(&session->problem, "subdomainKey", "%s",
                       key.is_used ? "is in use" : "is reserved");
    if (PQntuples(mc__batch_rows(&batch, 1)) == 0)
        rc = mc__fault(&session->problem, "themeId", "is no theme");
    return rc;
}

/* PostgreSQL's versions have different languages. */
static int check_language(mc_session *session, const mc_site_edit *edit)
{
    mc_batch(batch);
    int rc;

    if (!edit->search_language)
        return 0;
    mc__add_sites_languages(&batch, &(mc__sites_languages_in){edit->search_language});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    if (!mc__read_sites_languages(mc__batch_rows(&batch, 0), 0).is_known)
        return mc__fault(&session->problem, "searchLanguage", "must be one of %s",
                         mc__read_sites_languages(mc__batch_rows(&batch, 0), 0).names);
    return 0;
}

static int take_input(mc_site_edit *out, mc_session *session, const mc__source *source,
                      mc__purpose purpose)
{
    int rc = mc__input_take(&session->problem, &session->scratch, &mc__site_edit_type, out, purpose,
                            source);

    if (rc < 0 && !session->problem.shown.fault_count)
        return rc;
    return check_fields(session, out);
}

static int make_site(int64_t *site_id, mc_session *session, const mc_site_edit *edit,
                     int64_t user_id, const char *owner_email)
{
    const char *name = mc__default_name(&session->scratch, false, user_id, owner_email, 0);
    mc__name_keys keys;
    mc_batch(batch);
    int rc;

    if (session->scratch.failed || mc__name_keys_make(&keys, &session->scratch, name) < 0)
        return mc__out_of_memory(session);
    mc__add_sites_create(
        &batch,
        &(mc__sites_create_in){.subdomain_key = edit->subdomain_key,
                               .title = edit->title,
                               .description = edit->description ? edit->description : edit->title,
                               .owner_id = user_id,
                               .owner_name = name,
                               .owner_key = keys.key,
                               .owner_look = keys.look,
                               .owner_order = keys.order,
                               .theme_id = edit->theme_id,
                               .logo_url = edit->logo_url,
                               .favicon_url = edit->favicon_url,
                               .background_url = edit->background_url,
                               .background_color = edit->background_color,
                               .background_position = edit->background_position,
                               .link_color = edit->link_color,
                               .ga_web_property_id = edit->ga_web_property_id,
                               .search_language = edit->search_language,
                               .address = mc__audit_address(session)});
    rc = mc__write_as_platform(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__fail(&session->problem, MC_ECONFLICT, "the key is in use");
    *site_id = mc__read_sites_create(mc__batch_rows(&batch, 0), 0).change.site_id;
    return 0;
}

int mc_site_create(int64_t *site_id, mc_session *session, const mc_site_edit *edit,
                   const char *owner_email)
{
    const char *canonical;
    mc_site_edit checked;
    int64_t user_id = 0;
    int rc = mc__call_begin_for(site_id, session, MC_NEEDS_NOTHING);

    if (rc < 0)
        return rc;
    rc = take_input(&checked, session, &(mc__source){.given = edit}, MC_TO_CREATE);
    if (rc < 0 && !session->problem.shown.fault_count)
        return rc;
    if (rc == 0)
        rc = check_language(session, &checked);
    /* may add a fault; the earlier code stays */
    if (mc__email_canonical(session, &canonical, owner_email) < 0)
        rc = session->problem.shown.code;
    /* In a transaction of its own: if the site fails, a user without a profile remains, which is
     * harmless. */
    if (rc == 0)
        rc = mc__user_find_or_make(&user_id, session, owner_email);
    if (rc == 0)
        rc = make_site(site_id, session, &checked, user_id, owner_email);
    return rc;
}

static int create_own(int64_t *site_id, mc_session *session, const mc__source *source)
{
    mc_site_edit edit = {0};
    int rc = mc__call_begin_for(site_id, session, MC_NEEDS_MEMBER);

    if (rc < 0)
        return rc;
    if (session->actor->is_banned)
        return mc__refuse(session, MC_EBANNED);
    if (!mc__scope_allows(&session->limits, MC_SCOPE_ADMIN))
        return mc__refuse(session, MC_EFORBIDDEN);
    rc = take_input(&edit, session, source, MC_TO_CREATE);
    if (rc < 0 && !session->problem.shown.fault_count)
        return rc;
    if (!edit.description)
        rc = mc__fault(&session->problem, "description", "is required");
    if (rc == 0)
        rc = check_database(session, &edit, true);
    if (rc == 0)
        rc = check_language(session, &edit);
    return rc < 0
               ? rc
               : make_site(site_id, session, &edit, session->actor->user_id, session->actor->email);
}

int mc_site_create_own(int64_t *site_id, mc_session *session, const mc_site_edit *edit)
{
    return create_own(site_id, session, &(mc__source){.given = edit});
}

int mc_site_create_own_body(int64_t *site_id, mc_session *session, mc_format format,
                            const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return create_own(site_id, session, &source);
}

/* A deleted site comes back unless somebody else has its address meanwhile. */
static int check_return(mc_session *session, const mc__sites_owner_row *facts)
{
    if (facts->is_key_taken)
        return mc__fail(&session->problem, MC_ECONFLICT,
                        "another site has taken its key meanwhile: it can come back once that site "
                        "is deleted");
    if (facts->is_domain_taken)
        return mc__fail(&session->problem, MC_ECONFLICT,
                        "another site has taken its domain meanwhile: ask the operator to take the "
                        "domain from one of them");
    return 0;
}

static int save(mc_session *session, int64_t site_id, int64_t actor_id, const mc_site_edit *edit)
{
    mc_batch(batch);
    int rc;

    mc__add_sites_edit(&batch,
                       &(mc__sites_edit_in){.site_id = site_id,
                                            .actor_id = actor_id,
                                            .title = edit->title,
                                            .description = edit->description,
                                            .theme_id = edit->theme_id,
                                            .logo_url = edit->logo_url,
                                            .favicon_url = edit->favicon_url,
                                            .background_url = edit->background_url,
                                            .background_color = edit->background_color,
                                            .background_position = edit->background_position,
                                            .link_color = edit->link_color,
                                            .ga_web_property_id = edit->ga_web_property_id,
                                            .search_language = edit->search_language,
                                            .deleted = edit->deleted,
                                            .address = mc__audit_address(session)});
    rc = mc__write_on_site(session, site_id, &batch);
    if (rc == MC_ECONFLICT)
        rc = mc__fail(&session->problem, rc, "another site has just taken its key or its domain");
    return rc;
}

static int edit_from(mc_session *session, int64_t site_id, const mc__source *source)
{
    mc__sites_owner_row facts;
    mc_site_edit edit = {0};
    int rc = mc__site_begin_change(session, site_id);

    if (rc == 0)
        rc = take_input(&edit, session, source, MC_TO_EDIT);
    if (rc == 0)
        rc = mc__site_judge_change(&facts, session, site_id);
    if (rc == 0)
        rc = check_database(session, &edit, false);
    if (rc == 0)
        rc = check_language(session, &edit);
    if (rc == 0 && edit.deleted == MC_YES && site_id == 1)
        rc = mc__fault(&session->problem, "meta.flags.deleted", "must not be set on the root site");
    if (rc == 0 && edit.deleted == MC_YES)
        rc = mc__factor_step_up(session);
    if (rc == 0 && edit.deleted == MC_NO)
        rc = check_return(session, &facts);
    return rc < 0 ? rc : save(session, site_id, facts.owner_id, &edit);
}

int mc_site_edit_save(mc_session *session, int64_t site_id, const mc_site_edit *edit)
{
    return edit_from(session, site_id, &(mc__source){.given = edit});
}

int mc_site_edit_body(mc_session *session, int64_t site_id, mc_format format, const char *body,
                      size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return edit_from(session, site_id, &source);
}
