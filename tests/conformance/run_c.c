/*
 * Goes through the steps by the C API: run_c STEPS CONNINFO
 *
 * Prints the transcript that README.md describes. Input structs are filled in by the field tables,
 * as bindings do it; what has no table, by hand.
 */
/* not json.h, whose debug.h has functions called mc_failure() and the like */
#include <json-c/json_object.h>
#include <json-c/json_tokener.h>
#include <json-c/json_util.h>
#include <json-c/linkhash.h>
#include <microcosm.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a step works with. */
typedef struct context {
    mc_session *session;
    struct json_object *args;
    mc_buffer *result; /* JSON; empty for a step that gives nothing */
} context;

/* A step that can't be gone through is a fault of the steps or of this program. */
static _Noreturn void give_up(const char *what, const char *which)
{
    fprintf(stderr, "run_c: %s: %s\n", what, which ? which : "");
    exit(1);
}

/* Arguments. */

static struct json_object *get(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;

    json_object_object_get_ex(object, key, &value);
    return value;
}

static int64_t number(struct json_object *object, const char *key)
{
    return json_object_get_int64(get(object, key));
}

static const char *text(struct json_object *object, const char *key)
{
    struct json_object *value = get(object, key);

    return value ? json_object_get_string(value) : NULL;
}

static bool yes(struct json_object *object, const char *key)
{
    return json_object_get_boolean(get(object, key));
}

static mc_item_type item_type(struct json_object *object, const char *key)
{
    const char *name = text(object, key);
    mc_item_type found = mc_item_type_find(name ? name : "");

    if (name && found == MC_ITEM_NONE)
        give_up("no kind of thing", name);
    return found;
}

static mc_strings strings(struct json_object *array)
{
    static const char *items[100];
    mc_strings list = {items, json_object_array_length(array)};

    if (list.count > sizeof(items) / sizeof(*items))
        give_up("too many texts", json_object_to_json_string(array));
    for (size_t i = 0; i < list.count; i++)
        items[i] = json_object_get_string(json_object_array_get_idx(array, i));
    return list;
}

static mc_int64s int64s(struct json_object *array)
{
    static int64_t items[100];
    mc_int64s list = {items, json_object_array_length(array)};

    if (list.count > sizeof(items) / sizeof(*items))
        give_up("too many numbers", json_object_to_json_string(array));
    for (size_t i = 0; i < list.count; i++)
        items[i] = json_object_get_int64(json_object_array_get_idx(array, i));
    return list;
}

static void set_members(void *members, const mc_type *type, struct json_object *object);

/* A list of input structs: each zero, its size, then what the object says. */
static mc_list inputs(const mc_type *type, struct json_object *array)
{
    static union {
        size_t size;
        char bytes[64];
    } rooms[100];
    static const void *items[100];
    mc_list list = {items, json_object_array_length(array)};

    if (!type || mc_type_size(type) > sizeof(*rooms) || list.count > sizeof(items) / sizeof(*items))
        give_up("no room for the list", json_object_to_json_string(array));
    memset(rooms, 0, sizeof(rooms));
    for (size_t i = 0; i < list.count; i++) {
        rooms[i].size = mc_type_size(type);
        set_members(&rooms[i], type, json_object_array_get_idx(array, i));
        items[i] = &rooms[i];
    }
    return list;
}

static void set_member(char *member, const mc_field_info *field, struct json_object *value)
{
    switch (field->kind) {
    case MC_KIND_BOOL:
        *(bool *)member = json_object_get_boolean(value);
        break;
    case MC_KIND_CHOICE:
        *(mc_choice *)member = json_object_get_boolean(value) ? MC_YES : MC_NO;
        break;
    case MC_KIND_INT64:
        *(int64_t *)member = json_object_get_int64(value);
        break;
    case MC_KIND_DOUBLE:
        *(double *)member = json_object_get_double(value);
        break;
    case MC_KIND_STRING:
        *(const char **)member = json_object_get_string(value);
        break;
    case MC_KIND_STRINGS:
        *(mc_strings *)member = strings(value);
        break;
    case MC_KIND_INT64S:
        *(mc_int64s *)member = int64s(value);
        break;
    case MC_KIND_MAYBE_INT64:
        *(mc_maybe_int64 *)member = (mc_maybe_int64){true, json_object_get_int64(value)};
        break;
    case MC_KIND_MAYBE_DOUBLE:
        *(mc_maybe_double *)member = (mc_maybe_double){true, json_object_get_double(value)};
        break;
    case MC_KIND_LIST:
        *(mc_list *)member = inputs(field->type, value);
        break;
    default:
        give_up("no kind of input", json_object_to_json_string(value));
    }
}

/* Sets the members that an object names, in a struct of that type. */
static void set_members(void *members, const mc_type *type, struct json_object *object)
{
    mc_field_info field;

    json_object_object_foreach(object, key, value)
    {
        size_t i = 0;

        while (mc_type_field(&field, type, i) == 0 && strcmp(field.name, key) != 0)
            i++;
        if (mc_type_field(&field, type, i) < 0)
            give_up(mc_type_name(type), key);
        set_member((char *)members + field.offset, &field, value);
    }
}

/* An input struct: zero, its size, then what the argument says. */
static void *input(context *c, const char *argument, const char *type_name)
{
    static union {
        size_t size;
        void *aligned;
        char bytes[1024];
    } room;
    const mc_type *type = mc_type_find(type_name);

    if (!type || mc_type_size(type) > sizeof(room))
        give_up("no input", type_name);
    memset(&room, 0, sizeof(room));
    if (mc_type_is_input(type))
        room.size = mc_type_size(type);
    set_members(&room, type, get(c->args, argument));
    return &room;
}

static const mc_page_options *page(context *c)
{
    static mc_page_options options;
    struct json_object *given = get(c->args, "page");

    if (!given)
        return NULL;
    options = (mc_page_options)MC_PAGE_OPTIONS_INIT;
    json_object_object_foreach(given, key, value)
    {
        if (strcmp(key, "limit") == 0)
            options.limit = json_object_get_int64(value);
        else if (strcmp(key, "offset") == 0)
            options.offset = json_object_get_int64(value);
        else if (strcmp(key, "path") == 0)
            options.path = json_object_get_string(value);
        else if (strcmp(key, "query") == 0)
            options.query = json_object_get_string(value);
        else
            give_up("page", key);
    }
    return &options;
}

static size_t patch_ops(mc_patch_op ops[10], struct json_object *array)
{
    size_t count = json_object_array_length(array);

    if (count > 10)
        give_up("too many operations", json_object_to_json_string(array));
    for (size_t i = 0; i < count; i++) {
        struct json_object *op = json_object_array_get_idx(array, i);

        ops[i] = (mc_patch_op){text(op, "path"), yes(op, "value")};
    }
    return count;
}

/* Results. */

static int give_record(context *c, int rc, void *record)
{
    if (rc == 0 && mc_record_json(c->result, record) < 0)
        give_up("no JSON of a", mc_type_name(mc_record_type(record)));
    mc_record_free(record);
    return rc;
}

static int give_id(context *c, int rc, int64_t id)
{
    char digits[30];
    int length = snprintf(digits, sizeof(digits), "%lld", (long long)id);

    if (rc == 0 && mc_buffer_append(c->result, digits, (size_t)length) < 0)
        give_up("out of memory", NULL);
    return rc;
}

/* Operations. */

#define ID(name) number(c->args, name)
#define RECORD(name, type, ...)                                                                    \
    static int name(context *c)                                                                    \
    {                                                                                              \
        type *record = NULL;                                                                       \
        int rc = mc_##name(&record, c->session, ##__VA_ARGS__);                                    \
                                                                                                   \
        return give_record(c, rc, record);                                                         \
    }
#define CREATE(name, ...)                                                                          \
    static int name(context *c)                                                                    \
    {                                                                                              \
        int64_t id = 0;                                                                            \
        int rc = mc_##name(&id, c->session, __VA_ARGS__);                                          \
                                                                                                   \
        return give_id(c, rc, id);                                                                 \
    }
#define JSON(name, ...)                                                                            \
    static int name(context *c)                                                                    \
    {                                                                                              \
        return mc_##name(c->result, c->session, __VA_ARGS__);                                      \
    }
#define DO(name, ...)                                                                              \
    static int name(context *c)                                                                    \
    {                                                                                              \
        return mc_##name(c->session, ##__VA_ARGS__);                                               \
    }
#define PATCH(name, id)                                                                            \
    static int name(context *c)                                                                    \
    {                                                                                              \
        mc_patch_op ops[10];                                                                       \
        size_t count = patch_ops(ops, get(c->args, "ops"));                                        \
                                                                                                   \
        return mc_##name(c->session, ID(id), ops, count);                                          \
    }

RECORD(site_get, mc_site)
CREATE(site_create, input(c, "edit", "site_edit"), text(c->args, "owner_email"))

RECORD(profile_self, mc_profile)
RECORD(profile_get, mc_profile, ID("profile_id"))
RECORD(profile_comments, mc_collection, ID("profile_id"), page(c))
JSON(profile_comments_json, ID("profile_id"), page(c))
DO(profile_edit_save, ID("profile_id"), input(c, "edit", "profile_edit"))
RECORD(profile_options_get, mc_profile_options)
DO(profile_options_set, input(c, "options", "profile_options"))
DO(profile_mark_read, item_type(c->args, "item_type"), ID("item_id"))
DO(ignore_set, item_type(c->args, "item_type"), ID("item_id"), yes(c->args, "ignored"))
RECORD(ignores_list, mc_collection, page(c))
RECORD(search_suggest, mc_suggestion_list, text(c->args, "q"))
RECORD(trending_list, mc_collection, page(c))
RECORD(url_resolve, mc_resolved, text(c->args, "url"))
DO(site_settings_set, text(c->args, "key"), input(c, "settings", "site_settings"))
RECORD(platform_days_list, mc_platform_days)
DO(short_link_save, text(c->args, "code"), text(c->args, "url"))
RECORD(short_link_follow, mc_short_link, text(c->args, "code"))
RECORD(calendar_link_get, mc_calendar_link)
DO(calendar_link_revoke)
JSON(place_find, text(c->args, "query"))
RECORD(legal_list, mc_legal_index)
RECORD(legal_get, mc_legal, text(c->args, "name"))
RECORD(attributes_list, mc_collection, item_type(c->args, "item_type"), ID("item_id"), page(c))
RECORD(attribute_get, mc_attribute, item_type(c->args, "item_type"), ID("item_id"),
       text(c->args, "key"))
DO(attribute_set, item_type(c->args, "item_type"), ID("item_id"),
   input(c, "edit", "attribute_edit"))
#define OF_ITEMS(kind)                                                                             \
    RECORD(kind##s_list, mc_collection, NULL, page(c))                                             \
    RECORD(kind##_last_comment, mc_position, ID(#kind "_id"), ID("limit"))                         \
    RECORD(kind##_new_comment, mc_position, ID(#kind "_id"), ID("limit"))                          \
    DO(kind##_edit_save, ID(#kind "_id"), input(c, "edit", #kind "_edit"))                         \
    PATCH(kind##_patch, #kind "_id")                                                               \
    DO(kind##_delete, ID(#kind "_id"))
OF_ITEMS(event)
OF_ITEMS(poll)

DO(attributes_set_many, item_type(c->args, "item_type"), ID("item_id"),
   input(c, "edit", "attributes_edit"))
DO(attributes_delete_many, item_type(c->args, "item_type"), ID("item_id"),
   input(c, "edit", "attributes_edit"))
DO(event_attendees_set, ID("event_id"), input(c, "edit", "attendees_edit"))

#define ROLE ID("microcosm_id"), ID("role_id")
DO(role_edit_save, ROLE, input(c, "edit", "role_edit"))
RECORD(role_criteria, mc_collection, ROLE, page(c))
DO(role_criterion_edit_save, ROLE, ID("criterion_id"), input(c, "edit", "criterion_edit"))
DO(role_criterion_delete, ROLE, ID("criterion_id"))
DO(role_criteria_remove, ROLE, input(c, "edit", "ids_edit"))
DO(role_profiles_add, ROLE, input(c, "edit", "ids_edit"))
DO(role_profiles_remove, ROLE, input(c, "edit", "ids_edit"))
RECORD(role_profiles_list, mc_collection, ROLE, page(c))
RECORD(role_members, mc_collection, ROLE, page(c))
RECORD(role_profile_find, mc_role_profile, ROLE, ID("profile_id"))
DO(role_profile_delete, ROLE, ID("profile_id"))

static int role_patch(context *c)
{
    mc_patch_op ops[10];
    size_t count = patch_ops(ops, get(c->args, "ops"));

    return mc_role_patch(c->session, ROLE, ops, count);
}

RECORD(site_find, mc_site, ID("site_id"))
DO(site_edit_save, ID("site_id"), input(c, "edit", "site_edit"))
RECORD(site_menu_get, mc_link_list, ID("site_id"))
DO(site_menu_set, ID("site_id"), input(c, "edit", "menu_edit"))
DO(site_menu_clear, ID("site_id"))
RECORD(site_host_find, mc_site_host, text(c->args, "domain"))
RECORD(site_key_find, mc_site_key, text(c->args, "key"))
RECORD(sites_list_public, mc_collection, NULL, page(c))
DO(platform_day_take)

RECORD(event_attendees, mc_collection, ID("event_id"), yes(c->args, "only_attending"), page(c))
RECORD(event_attendee, mc_attendee, ID("event_id"), ID("profile_id"))
DO(event_attendee_set, ID("event_id"), input(c, "edit", "attendee_edit"))
DO(event_attendee_delete, ID("event_id"), ID("profile_id"))
RECORD(poll_vote_get, mc_poll_vote, ID("poll_id"))
DO(poll_vote_set, ID("poll_id"), input(c, "edit", "poll_vote_edit"))
DO(poll_vote_delete, ID("poll_id"))
RECORD(roles_list, mc_collection, ID("microcosm_id"), page(c))
RECORD(role_find, mc_role, ID("microcosm_id"), ID("role_id"))
CREATE(role_create, ID("microcosm_id"), input(c, "edit", "role_edit"))
DO(role_delete, ID("microcosm_id"), ID("role_id"))
RECORD(role_criterion_find, mc_criterion, ID("microcosm_id"), ID("role_id"), ID("criterion_id"))
CREATE(role_criterion_create, ID("microcosm_id"), ID("role_id"), input(c, "edit", "criterion_edit"))
DO(role_profile_put, ID("microcosm_id"), ID("role_id"), ID("profile_id"))
RECORD(site_status_get, mc_site_status, ID("site_id"))
RECORD(attachments_list, mc_collection, item_type(c->args, "item_type"), ID("item_id"), page(c))
DO(attachment_set, item_type(c->args, "item_type"), ID("item_id"),
   input(c, "edit", "attachment_edit"))
DO(attachment_delete, item_type(c->args, "item_type"), ID("item_id"), text(c->args, "file_hash"))

static int file_put(context *c)
{
    mc_file_upload upload = MC_FILE_UPLOAD_INIT;
    mc_file *file = NULL;
    int rc;

    upload.file_name = text(c->args, "name");
    upload.bytes = text(c->args, "text");
    upload.length = (int64_t)strlen(upload.bytes);
    rc = mc_file_put(&file, c->session, &upload);
    return give_record(c, rc, file);
}

static int site_export(context *c)
{
    mc_move_report *report = NULL;
    int rc = mc_site_export(&report, c->session, text(c->args, "path"), NULL);

    return give_record(c, rc, report);
}

static int site_import(context *c)
{
    struct json_object *given = get(c->args, "options");
    mc_import_options options = MC_IMPORT_OPTIONS_INIT;
    mc_move_report *report = NULL;
    int rc;

    options.site_key = text(given, "site_key");
    options.title = text(given, "title");
    options.product = text(given, "product");
    options.dry_run = yes(given, "dry_run") ? MC_YES : MC_NO;
    rc = mc_site_import(&report, c->session, text(c->args, "path"), &options);
    return give_record(c, rc, report);
}

static int append(void *data, const void *bytes, size_t length)
{
    return mc_buffer_append(data, bytes, length);
}

/* Gives the bytes as a text in JSON. */
static int file_read(context *c)
{
    mc_file *file = NULL;
    mc_buffer *bytes = NULL;
    int rc = mc_file_get(&file, c->session, text(c->args, "file_hash"));

    if (mc_buffer_new(&bytes, 0) < 0)
        give_up("out of memory", NULL);
    if (rc == 0)
        rc = mc_file_read(c->session, file, 0, -1, append, bytes);
    if (rc == 0) {
        struct json_object *read =
            json_object_new_string_len(mc_buffer_bytes(bytes), (int)mc_buffer_length(bytes));
        const char *json = json_object_to_json_string_ext(read, JSON_C_TO_STRING_PLAIN);

        mc_buffer_append(c->result, json, strlen(json));
        json_object_put(read);
    }
    mc_buffer_free(bytes);
    mc_record_free(file);
    return rc;
}

DO(attribute_delete, item_type(c->args, "item_type"), ID("item_id"), text(c->args, "key"))

RECORD(microcosm_get, mc_microcosm, ID("microcosm_id"), NULL, page(c))
JSON(microcosm_json, ID("microcosm_id"), NULL, page(c))
RECORD(microcosms_tree, mc_link_list)
CREATE(microcosm_create, input(c, "edit", "microcosm_edit"))
DO(microcosm_edit_save, ID("microcosm_id"), input(c, "edit", "microcosm_edit"))
PATCH(microcosm_patch, "microcosm_id")
DO(microcosm_delete, ID("microcosm_id"))

RECORD(conversation_get, mc_conversation, ID("conversation_id"), page(c))
JSON(conversation_json, ID("conversation_id"), page(c))
RECORD(conversations_list, mc_collection, NULL, page(c))
CREATE(conversation_create, input(c, "edit", "conversation_edit"))
DO(conversation_edit_save, ID("conversation_id"), input(c, "edit", "conversation_edit"))
PATCH(conversation_patch, "conversation_id")
DO(conversation_delete, ID("conversation_id"))
RECORD(conversation_last_comment, mc_position, ID("conversation_id"), ID("limit"))
RECORD(conversation_new_comment, mc_position, ID("conversation_id"), ID("limit"))

RECORD(comment_get, mc_comment, ID("comment_id"), ID("limit"), ID("offset"))
CREATE(comment_create, input(c, "edit", "comment_edit"))
DO(comment_edit_save, ID("comment_id"), input(c, "edit", "comment_edit"))
PATCH(comment_patch, "comment_id")
DO(comment_delete, ID("comment_id"))
RECORD(comment_position, mc_position, ID("comment_id"), ID("limit"))

RECORD(event_get, mc_event, ID("event_id"), page(c))
JSON(event_json, ID("event_id"), page(c))
CREATE(event_create, input(c, "edit", "event_edit"))
RECORD(poll_get, mc_poll, ID("poll_id"), page(c))
JSON(poll_json, ID("poll_id"), page(c))
CREATE(poll_create, input(c, "edit", "poll_edit"))

RECORD(user_find, mc_account, ID("user_id"))
RECORD(users_create, mc_profile_list, input(c, "edit", "users_edit"))
DO(users_batch, input(c, "edit", "memberships_edit"))
CREATE(ban_create, input(c, "edit", "ban_edit"))
DO(ban_delete, ID("ban_id"))
RECORD(ban_find, mc_ban, ID("ban_id"))
DO(ban_lift, input(c, "edit", "ban_edit"))
RECORD(bans_list, mc_collection, page(c))
RECORD(tokens_list_own, mc_collection, page(c))
RECORD(own_token_find, mc_token, ID("token_id"))
RECORD(own_token_create, mc_token, input(c, "edit", "token_edit"))
DO(own_token_revoke, ID("token_id"))
RECORD(huddle_get, mc_huddle, ID("huddle_id"), page(c))
JSON(huddle_json, ID("huddle_id"), page(c))
CREATE(huddle_create, input(c, "edit", "huddle_edit"))
DO(huddle_leave, ID("huddle_id"))
RECORD(huddle_last_comment, mc_position, ID("huddle_id"), ID("limit"))
RECORD(huddle_new_comment, mc_position, ID("huddle_id"), ID("limit"))
RECORD(huddle_participants, mc_collection, ID("huddle_id"), page(c))
RECORD(huddle_participant_get, mc_participant, ID("huddle_id"), ID("profile_id"))
DO(huddle_participants_add, ID("huddle_id"), input(c, "edit", "huddle_participants_edit"))
DO(huddle_participant_remove, ID("huddle_id"), ID("profile_id"))

static int huddles_list(context *c)
{
    mc_huddle_filter filter = {.size = sizeof(filter),
                               .unread = yes(get(c->args, "filter"), "unread")};
    mc_collection *list = NULL;
    int rc = mc_huddles_list(&list, c->session, &filter, page(c));

    return give_record(c, rc, list);
}

static int search_find(context *c)
{
    struct json_object *given = get(c->args, "filter");
    mc_search_filter filter = MC_SEARCH_FILTER_INIT;
    mc_search_result *result = NULL;
    int rc;

    filter.q = text(given, "q");
    filter.parameters = text(given, "parameters");
    rc = mc_search_find(&result, c->session, &filter, page(c));
    return give_record(c, rc, result);
}

static int profiles_list(context *c)
{
    struct json_object *given = get(c->args, "filter");
    mc_profile_filter filter = {.size = sizeof(filter),
                                .name_starts_with = text(given, "name_starts_with"),
                                .top = yes(given, "top"),
                                .following = yes(given, "following"),
                                .online = yes(given, "online")};
    mc_collection *list = NULL;
    int rc = mc_profiles_list(&list, c->session, &filter, page(c));

    return give_record(c, rc, list);
}

static int audit_list(context *c)
{
    struct json_object *given = get(c->args, "filter");
    mc_audit_filter filter = {.size = sizeof(filter),
                              .item_type = item_type(given, "item_type"),
                              .action = text(given, "action")};
    mc_audit_page *page = NULL;
    int rc = mc_audit_list(&page, c->session, &filter);

    return give_record(c, rc, page);
}

static int permissions_get(context *c)
{
    struct json_object *given = get(c->args, "query");
    mc_permission_query query = {sizeof(query), item_type(given, "item_type"),
                                 number(given, "item_id"), number(given, "microcosm_id")};
    mc_permissions *permissions = NULL;
    const char *explanation;
    int rc = mc_permissions_get(&permissions, &explanation, c->session, &query);

    return give_record(c, rc, permissions);
}

#define OPERATION(name)                                                                            \
    {                                                                                              \
#name, name                                                                                \
    }
static const struct {
    const char *name;
    int (*call)(context *c);
} operations[] = {
    OPERATION(audit_list),
    OPERATION(ban_create),
    OPERATION(ban_delete),
    OPERATION(ban_find),
    OPERATION(ban_lift),
    OPERATION(bans_list),
    OPERATION(tokens_list_own),
    OPERATION(own_token_find),
    OPERATION(own_token_create),
    OPERATION(own_token_revoke),
    OPERATION(comment_create),
    OPERATION(comment_delete),
    OPERATION(comment_edit_save),
    OPERATION(comment_get),
    OPERATION(comment_patch),
    OPERATION(comment_position),
    OPERATION(conversation_create),
    OPERATION(conversation_delete),
    OPERATION(conversation_edit_save),
    OPERATION(conversation_get),
    OPERATION(conversation_json),
    OPERATION(conversation_last_comment),
    OPERATION(conversation_new_comment),
    OPERATION(conversation_patch),
    OPERATION(conversations_list),
    OPERATION(event_create),
    OPERATION(event_get),
    OPERATION(event_json),
    OPERATION(huddle_create),
    OPERATION(huddle_get),
    OPERATION(huddle_json),
    OPERATION(huddle_last_comment),
    OPERATION(huddle_leave),
    OPERATION(huddle_new_comment),
    OPERATION(huddle_participant_get),
    OPERATION(huddle_participant_remove),
    OPERATION(huddle_participants_add),
    OPERATION(huddle_participants),
    OPERATION(huddles_list),
    OPERATION(ignore_set),
    OPERATION(ignores_list),
    OPERATION(site_settings_set),
    OPERATION(platform_days_list),
    OPERATION(short_link_save),
    OPERATION(short_link_follow),
    OPERATION(calendar_link_get),
    OPERATION(calendar_link_revoke),
    OPERATION(place_find),
    OPERATION(legal_list),
    OPERATION(legal_get),
    OPERATION(attributes_list),
    OPERATION(attribute_get),
    OPERATION(attribute_set),
    OPERATION(attribute_delete),
    OPERATION(attachments_list),
    OPERATION(attachment_set),
    OPERATION(attachment_delete),
    OPERATION(event_attendees),
    OPERATION(event_attendees_set),
    OPERATION(events_list),
    OPERATION(event_last_comment),
    OPERATION(event_new_comment),
    OPERATION(event_edit_save),
    OPERATION(event_patch),
    OPERATION(event_delete),
    OPERATION(polls_list),
    OPERATION(poll_last_comment),
    OPERATION(poll_new_comment),
    OPERATION(poll_edit_save),
    OPERATION(poll_patch),
    OPERATION(poll_delete),
    OPERATION(attributes_set_many),
    OPERATION(attributes_delete_many),
    OPERATION(role_edit_save),
    OPERATION(role_patch),
    OPERATION(role_criteria),
    OPERATION(role_criterion_edit_save),
    OPERATION(role_criterion_delete),
    OPERATION(role_criteria_remove),
    OPERATION(role_profiles_add),
    OPERATION(role_profiles_remove),
    OPERATION(role_profiles_list),
    OPERATION(role_members),
    OPERATION(role_profile_find),
    OPERATION(role_profile_delete),
    OPERATION(site_find),
    OPERATION(site_edit_save),
    OPERATION(site_menu_get),
    OPERATION(site_menu_set),
    OPERATION(site_menu_clear),
    OPERATION(site_host_find),
    OPERATION(site_key_find),
    OPERATION(sites_list_public),
    OPERATION(platform_day_take),
    OPERATION(event_attendee),
    OPERATION(event_attendee_set),
    OPERATION(event_attendee_delete),
    OPERATION(file_put),
    OPERATION(file_read),
    OPERATION(poll_vote_get),
    OPERATION(poll_vote_set),
    OPERATION(poll_vote_delete),
    OPERATION(role_find),
    OPERATION(role_create),
    OPERATION(role_delete),
    OPERATION(role_criterion_find),
    OPERATION(role_criterion_create),
    OPERATION(role_profile_put),
    OPERATION(roles_list),
    OPERATION(site_status_get),
    OPERATION(microcosm_create),
    OPERATION(microcosm_delete),
    OPERATION(microcosm_edit_save),
    OPERATION(microcosm_get),
    OPERATION(microcosm_json),
    OPERATION(microcosm_patch),
    OPERATION(microcosms_tree),
    OPERATION(permissions_get),
    OPERATION(poll_create),
    OPERATION(poll_get),
    OPERATION(poll_json),
    OPERATION(profile_comments),
    OPERATION(profile_comments_json),
    OPERATION(profile_edit_save),
    OPERATION(profile_get),
    OPERATION(profile_mark_read),
    OPERATION(profile_options_get),
    OPERATION(profile_options_set),
    OPERATION(profile_self),
    OPERATION(profiles_list),
    OPERATION(search_find),
    OPERATION(search_suggest),
    OPERATION(trending_list),
    OPERATION(url_resolve),
    OPERATION(site_create),
    OPERATION(site_export),
    OPERATION(site_import),
    OPERATION(site_get),
    OPERATION(user_find),
    OPERATION(users_batch),
    OPERATION(users_create),
};

static int call_operation(context *c, const char *name)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
        if (strcmp(operations[i].name, name) == 0)
            return operations[i].call(c);
    give_up("no such operation", name);
}

/* Steps. */

/* The arguments with saved ids where their names stand. To be put. */
static struct json_object *resolve(struct json_object *value, struct json_object *saved)
{
    struct json_object *copy;

    if (json_object_is_type(value, json_type_object)) {
        copy = json_object_new_object();
        json_object_object_foreach(value, key, inner)
            json_object_object_add(copy, key, resolve(inner, saved));
        return copy;
    }
    if (json_object_is_type(value, json_type_array)) {
        copy = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(value); i++)
            json_object_array_add(copy, resolve(json_object_array_get_idx(value, i), saved));
        return copy;
    }
    if (json_object_is_type(value, json_type_string) && *json_object_get_string(value) == '$') {
        copy = get(saved, json_object_get_string(value) + 1);
        if (!copy)
            give_up("nothing is saved as", json_object_get_string(value));
        return json_object_get(copy);
    }
    return json_object_get(value);
}

static void save(struct json_object *saved, struct json_object *names, const char *result)
{
    struct json_object *parsed;

    if (!names)
        return;
    parsed = json_tokener_parse(result);
    json_object_object_foreach(names, name, key)
    {
        const char *place = json_object_get_string(key);

        json_object_object_add(saved, name, json_object_get(*place ? get(parsed, place) : parsed));
    }
    json_object_put(parsed);
}

static int enter(mc_session *session, struct json_object *steps, const char *who)
{
    const char *email = text(get(steps, "people"), who);
    mc_visit visit = MC_VISIT_INIT;
    int rc;

    if (strcmp(who, "operator") == 0)
        return 0;
    visit.site_key = text(steps, "site");
    rc = mc_session_enter(session, &visit);
    return rc == 0 && email ? mc_session_act_as_email(session, email) : rc;
}

static void print_failure(const mc_failure *error)
{
    struct json_object *out = json_object_new_object(), *faults = json_object_new_array();

    json_object_object_add(out, "slug", json_object_new_string(error->slug));
    json_object_object_add(out, "reason", json_object_new_int(error->reason));
    for (size_t i = 0; i < error->fault_count; i++) {
        struct json_object *fault = json_object_new_array();

        json_object_array_add(fault, json_object_new_string(error->faults[i].field));
        json_object_array_add(fault, json_object_new_string(error->faults[i].message));
        json_object_array_add(faults, fault);
    }
    json_object_object_add(out, "faults", faults);
    printf("\"error\": %s}\n", json_object_to_json_string_ext(out, JSON_C_TO_STRING_PLAIN));
    json_object_put(out);
}

static void do_step(mc_app *app, struct json_object *steps, struct json_object *step,
                    struct json_object *saved)
{
    context c = {.args = resolve(get(step, "args"), saved)};
    int rc;

    if (mc_session_new(&c.session, app) < 0 || mc_buffer_new(&c.result, 0) < 0)
        give_up("out of memory", NULL);
    rc = enter(c.session, steps, text(step, "as"));
    if (rc == 0)
        rc = call_operation(&c, text(step, "do"));
    printf("{\"step\": %s, ",
           json_object_to_json_string_ext(get(step, "name"), JSON_C_TO_STRING_PLAIN));
    if (rc == 0) {
        const char *result = mc_buffer_length(c.result) ? mc_buffer_bytes(c.result) : "null";

        save(saved, get(step, "save"), result);
        printf("\"ok\": %s}\n", result);
    } else {
        print_failure(mc_session_error(c.session));
    }
    mc_buffer_free(c.result);
    mc_session_free(c.session);
    json_object_put(c.args);
}

static bool is_skipped(struct json_object *step)
{
    struct json_object *runners = get(step, "skip");

    for (size_t i = 0; runners && i < json_object_array_length(runners); i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(runners, i)), "c") == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    struct json_object *steps, *list, *saved = json_object_new_object();
    mc_app_options options = MC_APP_OPTIONS_INIT;
    char folder[] = "/tmp/conformance-XXXXXX";
    mc_app *app = NULL;

    if (argc != 3)
        give_up("usage", "run_c STEPS CONNINFO");
    steps = json_object_from_file(argv[1]);
    if (!steps)
        give_up(argv[1], json_util_get_last_err());
    options.database = argv[2];
    options.files = mkdtemp(folder);
    if (!options.files)
        give_up("no folder", folder);
    if (mc_app_new(&app, &options, NULL) < 0)
        give_up("no app", argv[2]);
    /* what the steps write into files is beside those of no other runner */
    if (chdir(folder) < 0)
        give_up("no folder", folder);
    list = get(steps, "steps");
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (!is_skipped(json_object_array_get_idx(list, i)))
            do_step(app, steps, json_object_array_get_idx(list, i), saved);
    mc_app_free(app);
    json_object_put(saved);
    json_object_put(steps);
    return 0;
}
