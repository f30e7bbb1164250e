#include "routes.h"
#include "handlers.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define BOTH (ON_SITE | ON_ROOT)

/* Allow headers, in the order of the API v1. */
#define READ "OPTIONS,GET"
#define READ_HEAD "OPTIONS,HEAD,GET"
#define ITEM_HEAD_GET "OPTIONS,HEAD,GET,PUT,PATCH,DELETE"
#define ITEM_GET_HEAD "OPTIONS,GET,HEAD,PUT,PATCH,DELETE"
#define LIST_GET_HEAD "OPTIONS,GET,HEAD,POST"
#define LISTED_GET_HEAD "OPTIONS,GET,HEAD,POST,PUT,DELETE"
#define LIST_POST_HEAD "OPTIONS,POST,HEAD,GET"

/* Paths that several resources have, with their methods; resources.c has the functions. */
#define COLLECTION(r) .get = handle_list, .post = handle_create, .resource = &(r)
#define ONE(r) .get = handle_get, ONE_WRITTEN(r)
#define ONE_WRITTEN(r)                                                                             \
    .put = handle_edit, .patch = handle_patch, .delete = handle_delete, .resource = &(r)
#define ATTRIBUTES(r)                                                                              \
    .get = handle_attributes, .put = handle_attributes_edit, .delete = handle_attributes_delete,   \
    .resource = &(r)
#define ATTRIBUTE(r)                                                                               \
    .get = handle_attribute, .put = handle_attribute_edit, .delete = handle_attribute_delete,      \
    .resource = &(r)
#define ATTACHMENTS(r) .get = handle_attachments, .post = handle_attach, .resource = &(r)
#define LAST_COMMENT(r) .get = handle_last_comment, .resource = &(r)
#define NEW_COMMENT(r) .get = handle_new_comment, .resource = &(r)

static const route routes[] = {
    {"/healthz", OPERATIONAL, READ_HEAD, .get = handle_healthz},
    {"/readyz", OPERATIONAL, READ_HEAD, .get = handle_readyz},
    {"/metrics", OPERATIONAL, READ_HEAD, .get = handle_metrics},

    {"/", BOTH, READ, .get = handle_root},
    {"/api", ON_SITE, READ, .get = handle_api},
    {"/api/v1", ON_SITE, READ, .get = handle_v1},
    {"/api/v1/version", BOTH, READ, .get = handle_version},

    {"/api/v1/conversations/{id}", ON_SITE, ITEM_GET_HEAD, ONE(conversation_resource)},
    {"/api/v1/conversations/{id}/lastcomment", ON_SITE, READ, LAST_COMMENT(conversation_resource)},
    {"/api/v1/conversations/{id}/newcomment", ON_SITE, READ, NEW_COMMENT(conversation_resource)},
    {"/api/v1/conversations", ON_SITE, LIST_GET_HEAD, COLLECTION(conversation_resource)},

    {"/api/v1/events/{id}", ON_SITE, ITEM_HEAD_GET, ONE(event_resource)},
    {"/api/v1/events/{id}/lastcomment", ON_SITE, READ, LAST_COMMENT(event_resource)},
    {"/api/v1/events/{id}/newcomment", ON_SITE, READ, NEW_COMMENT(event_resource)},
    {"/api/v1/events/{id}/attendees", ON_SITE, "OPTIONS,PUT,HEAD,GET", .get = handle_attendees,
     .put = handle_attendees_edit},
    {"/api/v1/events/{id}/attendees/{id}", ON_SITE, "OPTIONS,HEAD,GET,PUT,DELETE",
     .get = handle_attendee, .put = handle_attendee_edit, .delete = handle_attendee_delete},
    {"/api/v1/events/{id}/attendeescsv", ON_SITE, READ_HEAD, .get = handle_attendees_csv},
    {"/api/v1/events", ON_SITE, LIST_POST_HEAD, .get = handle_events, .post = handle_create,
     .resource = &event_resource},

    {"/api/v1/events.ics", ON_SITE, READ_HEAD, .get = handle_events_calendar},

    {"/api/v1/polls/{id}", ON_SITE, ITEM_HEAD_GET, ONE(poll_resource)},
    {"/api/v1/polls/{id}/lastcomment", ON_SITE, READ, LAST_COMMENT(poll_resource)},
    {"/api/v1/polls/{id}/newcomment", ON_SITE, READ, NEW_COMMENT(poll_resource)},
    {"/api/v1/polls/{id}/votes", ON_SITE, "OPTIONS,HEAD,GET,PUT,DELETE", .get = handle_votes,
     .put = handle_votes_edit, .delete = handle_votes_delete},
    {"/api/v1/polls", ON_SITE, LIST_POST_HEAD, COLLECTION(poll_resource)},

    {"/api/v1/huddles/{id}", ON_SITE, "OPTIONS,GET,HEAD,DELETE", .get = handle_get,
     .delete = handle_delete, .resource = &huddle_resource},
    {"/api/v1/huddles/{id}/lastcomment", ON_SITE, READ, LAST_COMMENT(huddle_resource)},
    {"/api/v1/huddles/{id}/newcomment", ON_SITE, READ, NEW_COMMENT(huddle_resource)},
    {"/api/v1/huddles/{id}/participants", ON_SITE, "OPTIONS,GET,HEAD,POST,PUT",
     .get = handle_participants, .put = handle_participants_add, .resource = &huddle_resource},
    {"/api/v1/huddles/{id}/participants/{id}", ON_SITE, "OPTIONS,GET,HEAD,POST,PUT,DELETE",
     .get = handle_participant, .put = handle_participant_add, .delete = handle_participant_remove,
     .resource = &huddle_resource},
    {"/api/v1/huddles", ON_SITE, LIST_GET_HEAD, .get = handle_huddles, .post = handle_create,
     .resource = &huddle_resource},

    {"/api/v1/comments/{id}", ON_SITE, ITEM_GET_HEAD, .get = handle_comment,
     ONE_WRITTEN(comment_resource)},
    {"/api/v1/comments/{id}/attachments", ON_SITE, LIST_POST_HEAD, ATTACHMENTS(comment_resource)},
    {"/api/v1/comments/{id}/attachments/{file}", ON_SITE, "OPTIONS,DELETE", .delete = handle_detach,
     .resource = &comment_resource},
    {"/api/v1/comments/{id}/incontext", ON_SITE, "OPTIONS,GET,HEAD",
     .get = handle_comment_in_context},
    {"/api/v1/comments", ON_SITE, "OPTIONS,POST", .post = handle_create,
     .resource = &comment_resource},

    {"/api/v1/microcosms/{id}", ON_SITE, ITEM_HEAD_GET, .get = handle_microcosm,
     ONE_WRITTEN(microcosm_resource)},
    {"/api/v1/microcosms/tree", ON_SITE, LIST_POST_HEAD, .get = handle_microcosm_tree},
    {"/api/v1/microcosms", ON_SITE, LIST_POST_HEAD, .get = handle_microcosm_root,
     .post = handle_create, .resource = &microcosm_resource},

    {"/api/v1/microcosms/{id}/events.ics", ON_SITE, READ_HEAD, .get = handle_microcosm_calendar},

    {"/api/v1/microcosms/{id}/roles", ON_SITE, LIST_GET_HEAD, .get = handle_roles,
     .post = handle_role_create},
    {"/api/v1/microcosms/{id}/roles/{id}", ON_SITE, ITEM_GET_HEAD, .get = handle_role,
     .put = handle_role_edit, .patch = handle_role_patch, .delete = handle_role_delete},
    {"/api/v1/microcosms/{id}/roles/{id}/profiles", ON_SITE, LISTED_GET_HEAD,
     .get = handle_role_profiles, .put = handle_role_profiles_add,
     .delete = handle_role_profiles_remove},
    {"/api/v1/microcosms/{id}/roles/{id}/profiles/{id}", ON_SITE, LISTED_GET_HEAD,
     .get = handle_role_profile, .put = handle_role_profile_add,
     .delete = handle_role_profile_remove},
    {"/api/v1/microcosms/{id}/roles/{id}/criteria", ON_SITE, "OPTIONS,GET,HEAD,POST,DELETE",
     .get = handle_role_criteria, .post = handle_role_criterion_create,
     .delete = handle_role_criteria_remove},
    {"/api/v1/microcosms/{id}/roles/{id}/criteria/{id}", ON_SITE, "OPTIONS,GET,HEAD,PUT,DELETE",
     .get = handle_role_criterion, .put = handle_role_criterion_edit,
     .delete = handle_role_criterion_delete},
    {"/api/v1/microcosms/{id}/roles/{id}/members", ON_SITE, "OPTIONS,GET,HEAD",
     .get = handle_role_members},
    {"/api/v1/roles", ON_SITE, "OPTIONS,GET,HEAD", .get = handle_all_roles},
    {"/api/v1/roles/{id}", ON_SITE, ITEM_GET_HEAD, .get = handle_role, .put = handle_role_edit,
     .patch = handle_role_patch, .delete = handle_role_delete},
    {"/api/v1/roles/{id}/profiles", ON_SITE, LISTED_GET_HEAD, .get = handle_role_profiles,
     .put = handle_role_profiles_add, .delete = handle_role_profiles_remove},
    {"/api/v1/roles/{id}/profiles/{id}", ON_SITE, LISTED_GET_HEAD, .get = handle_role_profile,
     .put = handle_role_profile_add, .delete = handle_role_profile_remove},
    {"/api/v1/roles/{id}/criteria", ON_SITE, "OPTIONS,GET,HEAD,POST,DELETE",
     .get = handle_role_criteria, .post = handle_role_criterion_create,
     .delete = handle_role_criteria_remove},
    {"/api/v1/roles/{id}/criteria/{id}", ON_SITE, "OPTIONS,GET,HEAD,PUT,DELETE",
     .get = handle_role_criterion, .put = handle_role_criterion_edit,
     .delete = handle_role_criterion_delete},
    {"/api/v1/roles/{id}/members", ON_SITE, "OPTIONS,GET,HEAD", .get = handle_role_members},

    {"/api/v1/audit", ON_SITE, READ_HEAD, .get = handle_audit},
    {"/api/v1/users", ON_SITE, "OPTIONS,POST", .post = handle_users_create},
    {"/api/v1/users/batch", ON_SITE, "OPTIONS,POST", .post = handle_users_batch},
    {"/api/v1/users/{id}", ON_SITE, "OPTIONS,HEAD,GET,PUT,DELETE", .get = handle_user,
     .put = handle_user_change, .delete = handle_user_change},
    {"/api/v1/auth0", BOTH | NO_CREDENTIALS, "OPTIONS,GET,POST", .get = handle_landing_check,
     .post = handle_code_exchange},
    {"/authorize", ON_SITE | NO_CREDENTIALS, "OPTIONS,GET,POST", .get = handle_authorize_page,
     .post = handle_authorize},
    {"/api/v1/signin", ON_SITE | BANNED_TOO, READ_HEAD, .get = handle_sign_in_choices},
    {"/api/v1/signin/{key}", ON_SITE | NO_CREDENTIALS, READ, .get = handle_sign_in_begin},
    {"/api/v1/signedin/{key}", ON_SITE | NO_CREDENTIALS, READ, .get = handle_sign_in_end},
    {"/api/v1/auth", ON_SITE | BEGINS_SESSION, "OPTIONS,POST", .post = handle_sign_in},
    {"/api/v1/session", ON_SITE | BEGINS_SESSION, "OPTIONS,GET,HEAD,POST,DELETE",
     .get = handle_browser_session, .post = handle_browser_session_begin,
     .delete = handle_browser_session_end},
    {"/api/v1/codes", ON_SITE, "OPTIONS,POST", .post = handle_code_send},
    {"/api/v1/codes/{signed}", ON_SITE | NO_CREDENTIALS, "OPTIONS,GET,HEAD,POST",
     .get = handle_code_page, .post = handle_code_use},
    {"/api/v1/email", ON_SITE, "OPTIONS,POST", .post = handle_email_confirm},
    {"/api/v1/password", ON_SITE, "OPTIONS,POST,PUT", .post = handle_password_reset,
     .put = handle_password_change},
    {"/api/v1/auth/{token}", ON_SITE, "OPTIONS,HEAD,GET,DELETE", .get = handle_access_token,
     .delete = handle_access_token_revoke},
    {"/api/v1/second-factor", ON_SITE, "OPTIONS,GET,HEAD,POST,PUT,DELETE",
     .get = handle_second_factor, .post = handle_second_factor_begin,
     .put = handle_second_factor_confirm, .delete = handle_second_factor_remove},
    {"/api/v1/second-factor/proof", ON_SITE, "OPTIONS,POST", .post = handle_second_factor_prove},
    {"/api/v1/second-factor/recovery-codes", ON_SITE, "OPTIONS,POST",
     .post = handle_recovery_codes_renew},
    {"/api/v1/tokens", ON_SITE, "OPTIONS,GET,HEAD,POST,DELETE", .get = handle_tokens,
     .post = handle_token_create, .delete = handle_tokens_revoke},
    {"/api/v1/tokens/{id}", ON_SITE, "OPTIONS,GET,HEAD,DELETE", .get = handle_token,
     .delete = handle_token_revoke},
    {"/api/v1/bans", ON_SITE, "OPTIONS,GET,HEAD,POST,DELETE", .get = handle_bans,
     .post = handle_ban_create, .delete = handle_ban_lift},
    {"/api/v1/bans/{id}", ON_SITE, "OPTIONS,GET,HEAD,DELETE", .get = handle_ban,
     .delete = handle_ban_delete},

    {"/api/v1/profiles/{id}", BOTH | BANNED_SELF, ITEM_HEAD_GET, .get = handle_profile,
     .put = handle_edit, .patch = handle_patch, .delete = handle_profile_delete,
     .resource = &profile_resource},
    {"/api/v1/profiles/{id}/attachments", BOTH, LIST_POST_HEAD, ATTACHMENTS(profile_resource)},
    {"/api/v1/profiles/{id}/attachments/{file}", BOTH, "OPTIONS,DELETE", .delete = handle_detach,
     .resource = &profile_resource},
    {"/api/v1/profiles/options", ON_SITE, "OPTIONS,HEAD,GET,PUT", .get = handle_profile_options,
     .put = handle_profile_options_edit},
    {"/api/v1/profiles/calendar", ON_SITE, "OPTIONS,GET,HEAD,POST,DELETE",
     .get = handle_calendar_link, .post = handle_calendar_link_create,
     .delete = handle_calendar_link_revoke},
    {"/api/v1/profiles/read", ON_SITE, "OPTIONS,PUT", .put = handle_mark_read},
    {"/api/v1/ignored", ON_SITE, "OPTIONS,HEAD,GET,PUT,DELETE", .get = handle_ignored,
     .put = handle_ignore, .delete = handle_stop_ignoring},
    {"/api/v1/watchers/delete", ON_SITE, "OPTIONS,DELETE,PATCH", .delete = handle_unwatch},
    {"/api/v1/watchers/patch", ON_SITE, "OPTIONS,DELETE,PATCH", .patch = handle_watcher_set},
    {"/api/v1/watchers/{id}", ON_SITE, "OPTIONS,DELETE,PATCH", .patch = handle_watcher_set,
     .delete = handle_watcher_delete},
    {"/api/v1/watchers", ON_SITE, "OPTIONS,GET,PUT,POST", .get = handle_watchers,
     .put = handle_watch, .post = handle_watch},
    {"/api/v1/updates", ON_SITE, READ_HEAD, .get = handle_updates},
    {"/api/v1/updates/preferences", ON_SITE, READ_HEAD, .get = handle_update_preferences},
    {"/api/v1/updates/preferences/{id}", ON_SITE, "OPTIONS,HEAD,GET,PUT",
     .get = handle_update_preference, .put = handle_update_preference_edit},
    {"/api/v1/profiles", ON_SITE, LIST_POST_HEAD, .get = handle_profiles,
     .post = handle_profile_create},

    {"/api/v1/files", BOTH, "OPTIONS,POST", .post = handle_files_put},
    {"/api/v1/files/{file}", BOTH | BANNED_TOO, READ, .get = handle_file},
    {"/api/v1/geocode", ON_SITE | ONLY_GET, "GET", .get = handle_geocode},

    {"/api/v1/files/profiles/{id}.svg", BOTH | BANNED_TOO, READ_HEAD,
     .get = handle_profile_picture},
    {"/api/v1/files/microcosms/{id}.svg", BOTH | BANNED_TOO, READ_HEAD,
     .get = handle_microcosm_picture},
    {"/api/v1/files/sites/{id}.svg", BOTH | BANNED_TOO, READ_HEAD, .get = handle_site_picture},

    {"/api/v1/site", BOTH | BANNED_TOO, "OPTIONS,HEAD,GET,PUT", .get = handle_site,
     .put = handle_site_edit},
    {"/api/v1/site/menu", ON_SITE, "OPTIONS,GET,HEAD,PUT,DELETE", .get = handle_menu,
     .put = handle_menu_edit, .delete = handle_menu_delete},
    {"/api/v1/sites", ON_ROOT, "OPTIONS,GET,POST", .get = handle_sites, .post = handle_create,
     .resource = &site_resource},
    {"/api/v1/sites/{id}", ON_ROOT, "OPTIONS,HEAD,GET,PUT", .get = handle_site_found,
     .put = handle_edit, .resource = &site_resource},
    {"/api/v1/sites/{id}/status", ON_ROOT, READ_HEAD, .get = handle_site_status},
    {"/api/v1/sites/{id}/menu", ON_ROOT, "OPTIONS,GET,HEAD,PUT,DELETE", .get = handle_menu,
     .put = handle_menu_edit, .delete = handle_menu_delete},
    {"/api/v1/sites/{id}/providers", ON_ROOT, READ_HEAD, .get = handle_providers},
    {"/api/v1/sites/{id}/providers/{key}", ON_ROOT, "OPTIONS,PUT,DELETE",
     .put = handle_provider_set, .delete = handle_provider_remove},
    {"/api/v1/metrics", ON_ROOT, "OPTIONS,GET,PUT", .get = handle_platform,
     .put = handle_platform_take},
    {"/api/v1/hosts/{host}", ON_ROOT, READ_HEAD, .get = handle_host},
    {"/api/v1/reserved/{key}", ON_ROOT, READ_HEAD, .get = handle_reserved},
    {"/api/v1/out/{code}", ON_SITE | NO_CREDENTIALS, READ, .get = handle_out},
    {"/out/{code}", ON_ROOT | NO_CREDENTIALS, READ, .get = handle_out},
    {"/api/v1/mail/bounces", ON_ROOT | NO_CREDENTIALS, "OPTIONS,POST", .post = handle_bounces},
    {"/api/v1/unsubscribe/{signed}", ON_SITE | NO_CREDENTIALS, "OPTIONS,GET,HEAD,POST",
     .get = handle_unsubscribe_page, .post = handle_unsubscribe},
    {"/api/v1/legal", BOTH, READ, .get = handle_legal},
    {"/api/v1/legal/{document}", BOTH, READ, .get = handle_legal_document},
    {"/api/v1/microcosms/{id}/attributes", ON_SITE, LISTED_GET_HEAD,
     ATTRIBUTES(microcosm_resource)},
    {"/api/v1/microcosms/{id}/attributes/{attribute}", ON_SITE, LISTED_GET_HEAD,
     ATTRIBUTE(microcosm_resource)},
    {"/api/v1/conversations/{id}/attributes", ON_SITE, LISTED_GET_HEAD,
     ATTRIBUTES(conversation_resource)},
    {"/api/v1/conversations/{id}/attributes/{attribute}", ON_SITE, LISTED_GET_HEAD,
     ATTRIBUTE(conversation_resource)},
    {"/api/v1/events/{id}/attributes", ON_SITE, LISTED_GET_HEAD, ATTRIBUTES(event_resource)},
    {"/api/v1/events/{id}/attributes/{attribute}", ON_SITE, LISTED_GET_HEAD,
     ATTRIBUTE(event_resource)},
    {"/api/v1/polls/{id}/attributes", ON_SITE, LISTED_GET_HEAD, ATTRIBUTES(poll_resource)},
    {"/api/v1/polls/{id}/attributes/{attribute}", ON_SITE, LISTED_GET_HEAD,
     ATTRIBUTE(poll_resource)},
    {"/api/v1/comments/{id}/attributes", ON_SITE, LISTED_GET_HEAD, ATTRIBUTES(comment_resource)},
    {"/api/v1/comments/{id}/attributes/{attribute}", ON_SITE, LISTED_GET_HEAD,
     ATTRIBUTE(comment_resource)},
    {"/api/v1/profiles/{id}/attributes", BOTH, LISTED_GET_HEAD, ATTRIBUTES(profile_resource)},
    {"/api/v1/profiles/{id}/attributes/{attribute}", BOTH, LISTED_GET_HEAD,
     ATTRIBUTE(profile_resource)},
    {"/api/v1/site/{id}/attributes", ON_SITE, LISTED_GET_HEAD, ATTRIBUTES(site_resource)},
    {"/api/v1/site/{id}/attributes/{attribute}", ON_SITE, LISTED_GET_HEAD,
     ATTRIBUTE(site_resource)},
    {"/api/v1/whoami", BOTH | BANNED_TOO, READ, .get = handle_whoami},
    {"/api/v1/search", ON_SITE, READ_HEAD, .get = handle_search},
    {"/api/v1/search/suggest", ON_SITE, READ_HEAD, .get = handle_suggest},
    {"/api/v1/trending", ON_SITE, "OPTIONS,GET,HEAD", .get = handle_trending},
    {"/api/v1/resolve", ON_SITE, READ, .get = handle_resolve},
    {"/api/v1/permission", ON_SITE, READ_HEAD, .get = handle_permission},
};

#define ROUTE_COUNT (sizeof(routes) / sizeof(routes[0]))

_Static_assert(ROUTE_COUNT <= METRICS_ROUTES, "each route has a counter");

/* Length of the word that a placeholder other than "{id}" matches; 0 for none. */
static size_t word_length(const char *placeholder, const char *path)
{
    static const struct {
        const char *placeholder, *besides, *without; /* letters and digits */
    } words[] = {{"{host}", "-.", ""},   {"{key}", "", ""},    {"{attribute}", "-_", ""},
                 {"{document}", "", ""}, {"{file}", ".", ""},  {"{code}", "", "01"},
                 {"{token}", "", ""},    {"{signed}", "-", ""}};
    size_t length = 0, i = 0;

    while (strncmp(placeholder, words[i].placeholder, strlen(words[i].placeholder)) != 0)
        i++;
    while (path[length] &&
           (isalnum((unsigned char)path[length]) || strchr(words[i].besides, path[length])) &&
           !strchr(words[i].without, path[length]))
        length++;
    return length;
}

/*
 * Compares a path with a pattern. Digits of any length match "{id}". A number that can't be an id
 * matches too but clears ids_sound: it is refused with 400, anything but a number with 404.
 */
static bool matches(exchange *x, const char *pattern, const char *path)
{
    size_t count = 0;

    x->ids_sound = true;
    x->word = NULL;
    for (; *pattern; pattern++) {
        size_t digits;

        if (*pattern != '{') {
            if (*pattern != *path++)
                return false;
            continue;
        }
        if (strncmp(pattern, "{id}", 4) != 0) {
            size_t length = word_length(pattern, path);

            x->word = path;
            return length > 0 && path[length] == '\0';
        }
        digits = strspn(path, "0123456789");
        if (digits == 0)
            return false;
        if (!text_number(&x->ids[count], path, digits) || x->ids[count] == 0)
            x->ids_sound = false;
        count++;
        path += digits;
        pattern = strchr(pattern, '}');
    }
    return *path == '\0';
}

const route *route_find(exchange *x, const char *path)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (matches(x, routes[i].pattern, path))
            return &routes[i];
    return NULL;
}

void route_write_path(exchange *x)
{
    size_t used = 0, count = 0;

    for (const char *p = x->route->pattern; *p && used < sizeof(x->path) - 24; p++) {
        if (*p != '{') {
            x->path[used++] = *p;
            continue;
        }
        if (strncmp(p, "{id}", 4) != 0) { /* the last part */
            snprintf(x->path + used, sizeof(x->path) - used, "%s", x->word);
            return;
        }
        used += (size_t)snprintf(x->path + used, sizeof(x->path) - used, "%lld",
                                 (long long)x->ids[count++]);
        p = strchr(p, '}');
    }
    x->path[used] = '\0';
}

size_t route_number(const route *r)
{
    return r ? (size_t)(r - routes) : METRICS_ROUTES;
}

const char *route_pattern(size_t number)
{
    return number < ROUTE_COUNT ? routes[number].pattern : NULL;
}
