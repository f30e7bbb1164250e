/* Attributes of things: include/microcosm/attributes.h. attribute_things.c judges the things. */
#include "../access/actor.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "attribute_things.h"
#include "types.h"
#include "statements.h"

#define MOST 250
#define KEY_MAX 50
#define TEXT_MAX 1000
#define IS_MEMBER "is_member"

static const mc__field attribute_fields[] = {
    MC_FIELD(mc_attribute, key, "key"),
    MC_FIELD(mc_attribute, value_text, "value", .flags = MC_FIELD_OPTIONAL | MC_FIELD_VARIANT),
    MC_FIELD(mc_attribute, value_number, "value", .flags = MC_FIELD_VARIANT),
    MC_FIELD(mc_attribute, value_boolean, "value", .flags = MC_FIELD_VARIANT),
};
const mc_type mc__attribute_type = MC_TYPE(mc_attribute, "attribute", attribute_fields);

static const mc__field attribute_edit_fields[] = {
    MC_FIELD(mc_attribute_edit, key, "key"),
    MC_FIELD(mc_attribute_edit, value_text, "value",
             .flags = MC_FIELD_VARIANT | MC_FIELD_SENTENCE | MC_FIELD_CALM, .max_length = TEXT_MAX),
    MC_FIELD(mc_attribute_edit, value_number, "value", .flags = MC_FIELD_VARIANT),
    MC_FIELD(mc_attribute_edit, value_boolean, "value", .flags = MC_FIELD_VARIANT),
};
const mc_type mc__attribute_edit_type =
    MC_TYPE(mc_attribute_edit, "attribute_edit", attribute_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field attributes_edit_fields[] = {
    MC_FIELD(mc_attributes_edit, attributes, "attributes", .type = &mc__attribute_edit_type),
};
const mc_type mc__attributes_edit_type =
    MC_TYPE(mc_attributes_edit, "attributes_edit", attributes_edit_fields,
            .flags = MC_TYPE_INPUT | MC_TYPE_BARE);

static int read_page(mc_collection *collection, mc_session *session, const mc__thing *thing,
                     const mc_page_options *options, int64_t total, const PGresult *rows)
{
    mc__arena *arena = mc__record_arena(collection);
    const char *of = mc__thing_path(thing->item_type);
    const char *path =
        mc__arena_format(arena, "/api/v1/%s/%lld/attributes", of, (long long)thing->item_id);
    const char *list_type = mc__arena_format(arena, "/api/v1/%s/0/attributes", of);
    mc_page *page = mc__page_make(arena, options, total, path, list_type);

    if (!page || mc__records_decode(&page->items, arena, &mc__attribute_type, rows) < 0)
        return mc__out_of_memory(session);
    collection->attributes = page;
    return arena->failed ? mc__out_of_memory(session) : 0;
}

int mc_attributes_list(mc_collection **out, mc_session *session, mc_item_type item_type,
                       int64_t item_id, const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc__thing thing = {.item_type = item_type, .item_id = item_id};
    int64_t total = 0, site_id;
    mc_page_options page;
    size_t first;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__page_check_usual(&page, session, options);
    if (rc == 0)
        rc = mc__thing_ask(&thing, session, &batch);
    if (rc < 0)
        return rc;
    site_id = session->site.id;
    first =
        mc__add_attributes_total(&batch, &(mc__attributes_total_in){site_id, item_type, item_id});
    mc__add_attributes_list(
        &batch, &(mc__attributes_list_in){site_id, item_type, item_id, page.limit, page.offset});
    rc = mc__run(session, &batch);
    if (rc == 0)
        rc = mc__thing_judge(&thing, session, &batch);
    if (rc < 0)
        return rc;
    total = mc__read_attributes_total(mc__batch_rows(&batch, first), 0).total;
    rc = mc__page_fits(session, &page, total);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__collection_type);
    rc = record
             ? read_page(record, session, &thing, &page, total, mc__batch_rows(&batch, first + 1))
             : mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

int mc_attribute_get(mc_attribute **out, mc_session *session, mc_item_type item_type,
                     int64_t item_id, const char *key)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc__thing thing = {.item_type = item_type, .item_id = item_id};
    const PGresult *rows;
    size_t number;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__thing_ask(&thing, session, &batch);
    if (rc < 0)
        return rc;
    number = mc__add_attributes_get(
        &batch, &(mc__attributes_get_in){session->site.id, item_type, item_id, key ? key : ""});
    rc = mc__run(session, &batch);
    if (rc == 0)
        rc = mc__thing_judge(&thing, session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, number);
    if (PQntuples(rows) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    record = mc__record_new(&mc__attribute_type);
    if (!record ||
        mc__record_decode_row(record, mc__record_arena(record), &mc__attribute_type, rows, 0) < 0)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

/* Attributes as columns of the statements. */
typedef struct columns {
    const char **keys, **kinds, **values;
    size_t count;
} columns;

static int make_room(columns *out, mc_session *session, size_t count)
{
    mc__arena *arena = &session->scratch;

    *out = (columns){mc__arena_alloc(arena, (count + 1) * sizeof(char *)),
                     mc__arena_alloc(arena, (count + 1) * sizeof(char *)),
                     mc__arena_alloc(arena, (count + 1) * sizeof(char *)), 0};
    return arena->failed ? mc__out_of_memory(session) : 0;
}

static bool is_key(const char *key)
{
    size_t length = strspn(key, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-");

    return length > 0 && length <= KEY_MAX && key[length] == '\0';
}

/* A day that there is, as YYYY-MM-DD. */
static bool is_date(const char *text)
{
    char time[sizeof("YYYY-MM-DDT00:00:00Z")];
    mc_time day;

    if (strlen(text) != strlen("YYYY-MM-DD"))
        return false;
    snprintf(time, sizeof(time), "%sT00:00:00Z", text);
    return mc__time_parse(&day, time);
}

static const char *trimmed(mc__arena *arena, const char *text)
{
    size_t length;

    text += strspn(text, " \t\n");
    for (length = strlen(text); length > 0 && strchr(" \t\n", text[length - 1]); length--)
        ;
    return mc__arena_copy(arena, text, length);
}

static const char *format_number(mc__arena *arena, double number)
{
    mc_scratch_text(text);

    mc__json_double(&text, number);
    return text.error ? NULL : mc__arena_strdup(arena, mc__text_string(&text));
}

/* within: what stands before the fields' names, such as "[0].". */
static void take_value(columns *out, mc_session *session, const mc_attribute_edit *edit,
                       const char *within)
{
    const char *text = edit->value_text ? trimmed(&session->scratch, edit->value_text) : NULL;
    int given = (text != NULL) + edit->value_number.given + (edit->value_boolean != MC_UNSET);
    const char *kind = "boolean", *value = edit->value_boolean == MC_YES ? "true" : "false";

    if (edit->value_number.given) {
        kind = "number";
        value = format_number(&session->scratch, edit->value_number.value);
    } else if (text) {
        kind = is_date(text) ? "date" : "text";
        value = text;
    }
    if (given != 1 || (text && !*text))
        mc__fault(&session->problem, mc__arena_format(&session->scratch, "%svalue", within),
                  "must be a text, a number, true or false");
    out->kinds[out->count] = kind;
    out->values[out->count] = value;
}

static void take_key(columns *out, mc_session *session, const char *key, const char *within)
{
    const char *field = mc__arena_format(&session->scratch, "%skey", within);

    if (!is_key(key))
        mc__fault(&session->problem, field,
                  "must be 1 to %d digits, letters, underscores and hyphens", KEY_MAX);
    for (size_t i = 0; i < out->count; i++)
        if (strcmp(out->keys[i], key) == 0)
            mc__fault(&session->problem, field, "is there twice");
    out->keys[out->count] = key;
}

static int take_list(columns *out, mc_session *session, const mc__source *source, bool with_values)
{
    mc_attributes_edit edit = {0};
    int rc = mc__input_take(&session->problem, &session->scratch, &mc__attributes_edit_type, &edit,
                            MC_TO_CREATE, source);

    if (rc == 0)
        rc = make_room(out, session, edit.attributes.count);
    if (rc == 0 && edit.attributes.count > MOST)
        rc = mc__fail(&session->problem, MC_EINVAL, "must be at most %d attributes", MOST);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < edit.attributes.count; i++) {
        const mc_attribute_edit *one = edit.attributes.items[i];
        const char *within = mc__arena_format(&session->scratch, "[%zu].", i);

        take_key(out, session, one->key ? one->key : "", within);
        if (with_values)
            take_value(out, session, one, within);
        out->count++;
    }
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    return session->problem.shown.fault_count ? MC_EINVAL : 0;
}

static int take_one(columns *out, mc_session *session, const char *key, const mc__source *source)
{
    mc_attribute_edit edit = {0};
    int rc = mc__input_take(&session->problem, &session->scratch, &mc__attribute_edit_type, &edit,
                            MC_TO_CREATE, source);

    if (rc == 0)
        rc = make_room(out, session, 1);
    if (rc < 0)
        return rc;
    if (!key)
        key = edit.key ? edit.key : "";
    take_key(out, session, key, "");
    take_value(out, session, &edit, "");
    out->count = 1;
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    return session->problem.shown.fault_count ? MC_EINVAL : 0;
}

/* Whether the actor may change these attributes of the thing. */
static int judge_change(mc__thing *thing, mc_session *session, const columns *attributes)
{
    int rc = mc__thing_judge_change(thing, session);

    for (size_t i = 0; rc == 0 && i < attributes->count; i++)
        if (thing->item_type == MC_ITEM_PROFILE && !thing->permissions.is_site_owner &&
            strcmp(attributes->keys[i], IS_MEMBER) == 0)
            rc = mc__fail(&session->problem, MC_EFORBIDDEN, "only the site's owner makes members");
    return rc;
}

/* What both statements that change attributes bind. */
#define OF_CHANGE(thing_, attributes_)                                                             \
    .site_id = session->site.id, .item_type = (thing_)->item_type, .item_id = (thing_)->item_id,   \
    .keys = {(attributes_)->keys, (attributes_)->count}, .parent_type = (thing_)->parent_type,     \
    .parent_id = (thing_)->parent_id, .microcosm_id = (thing_)->microcosm_id,                      \
    .actor_id = session->profile_id, .address = mc__audit_address(session)

static int put(mc_session *session, const mc__thing *thing, const columns *attributes)
{
    mc_batch(batch);
    size_t saved;
    int rc;

    mc__thing_add_check(&batch, thing, session);
    saved = mc__add_attributes_put(
        &batch, &(mc__attributes_put_in){
                    OF_CHANGE(thing, attributes), .kinds = {attributes->kinds, attributes->count},
                    .values = {attributes->values, attributes->count}, .most = MOST});
    rc = mc__write(session, &batch);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, saved)) == 0)
        return mc__fail(&session->problem, MC_EINVAL, "a thing has at most %d attributes", MOST);
    return rc;
}

static int drop(mc_session *session, const mc__thing *thing, const columns *attributes)
{
    mc_batch(batch);
    size_t dropped;
    int rc;

    mc__thing_add_check(&batch, thing, session);
    dropped = mc__add_attributes_delete(&batch,
                                        &(mc__attributes_delete_in){OF_CHANGE(thing, attributes)});
    rc = mc__write(session, &batch);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, dropped)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    return rc;
}

typedef int (*change_call)(mc_session *session, const mc__thing *thing, const columns *attributes);

static int change(mc_session *session, mc_item_type item_type, int64_t item_id,
                  const columns *attributes, change_call write)
{
    int tries = 0, rc;

    do {
        mc__thing thing = {.item_type = item_type, .item_id = item_id};

        rc = judge_change(&thing, session, attributes);
        if (rc < 0 || attributes->count == 0)
            return rc;
        rc = write(session, &thing, attributes);
        mc__facts_changed(session);
    } while (mc__judge_again(session, rc, &tries));
    return rc;
}

static int set_one(mc_session *session, mc_item_type item_type, int64_t item_id, const char *key,
                   const mc__source *source)
{
    columns attributes;
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = take_one(&attributes, session, key, source);
    return rc < 0 ? rc : change(session, item_type, item_id, &attributes, put);
}

static int set_several(mc_session *session, mc_item_type item_type, int64_t item_id,
                       const mc__source *source)
{
    columns attributes;
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = take_list(&attributes, session, source, true);
    return rc < 0 ? rc : change(session, item_type, item_id, &attributes, put);
}

static int delete_several(mc_session *session, mc_item_type item_type, int64_t item_id,
                          const mc__source *source)
{
    columns attributes;
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = take_list(&attributes, session, source, false);
    return rc < 0 ? rc : change(session, item_type, item_id, &attributes, drop);
}

int mc_attribute_set(mc_session *session, mc_item_type item_type, int64_t item_id,
                     const mc_attribute_edit *edit)
{
    return set_one(session, item_type, item_id, NULL, &(mc__source){.given = edit});
}

int mc_attribute_body(mc_session *session, mc_item_type item_type, int64_t item_id, const char *key,
                      mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return set_one(session, item_type, item_id, key ? key : "", &source);
}

int mc_attributes_set_many(mc_session *session, mc_item_type item_type, int64_t item_id,
                           const mc_attributes_edit *edit)
{
    return set_several(session, item_type, item_id, &(mc__source){.given = edit});
}

int mc_attributes_set_many_body(mc_session *session, mc_item_type item_type, int64_t item_id,
                                mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return set_several(session, item_type, item_id, &source);
}

int mc_attribute_delete(mc_session *session, mc_item_type item_type, int64_t item_id,
                        const char *key)
{
    columns attributes;
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = make_room(&attributes, session, 1);
    if (rc < 0)
        return rc;
    attributes.keys[attributes.count++] = key ? key : "";
    return change(session, item_type, item_id, &attributes, drop);
}

int mc_attributes_delete_many(mc_session *session, mc_item_type item_type, int64_t item_id,
                              const mc_attributes_edit *edit)
{
    return delete_several(session, item_type, item_id, &(mc__source){.given = edit});
}

int mc_attributes_delete_many_body(mc_session *session, mc_item_type item_type, int64_t item_id,
                                   mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return delete_several(session, item_type, item_id, &source);
}
