/* The criteria of a role: reading, checking and changing them. */
#include "../base/call.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "actor.h"
#include "role_matching.h"
#include "roles.h"
#include "statements.h"
#include "types.h"

/* The site's tree has all criteria, and each is tried in each decision. */
#define CRITERIA_MAX 250
#define VALUE_MAX 250

static const mc__field criterion_fields[] = {
    MC_FIELD(mc_criterion, id, "id"),
    MC_FIELD(mc_criterion, or_group, "orGroup"),
    MC_FIELD(mc_criterion, profile_column, "profileColumn", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_criterion, attr_key, "attrKey", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_criterion, predicate, "predicate"),
    MC_FIELD(mc_criterion, value_text, "value", .flags = MC_FIELD_OPTIONAL | MC_FIELD_VARIANT),
    MC_FIELD(mc_criterion, value_number, "value", .flags = MC_FIELD_VARIANT),
    MC_FIELD(mc_criterion, value_boolean, "value", .flags = MC_FIELD_VARIANT),
};
const mc_type mc__criterion_type = MC_TYPE(mc_criterion, "criterion", criterion_fields);

static const mc__field criterion_edit_fields[] = {
    MC_FIELD(mc_criterion_edit, or_group, "orGroup"),
    MC_FIELD(mc_criterion_edit, profile_column, "profileColumn"),
    MC_FIELD(mc_criterion_edit, attr_key, "attrKey", .flags = MC_FIELD_WORD | MC_FIELD_CALM,
             .max_length = 50),
    MC_FIELD(mc_criterion_edit, predicate, "predicate", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_criterion_edit, value_text, "value", .flags = MC_FIELD_VARIANT | MC_FIELD_SENTENCE),
    MC_FIELD(mc_criterion_edit, value_number, "value", .flags = MC_FIELD_VARIANT),
    MC_FIELD(mc_criterion_edit, value_boolean, "value", .flags = MC_FIELD_VARIANT),
};
const mc_type mc__criterion_edit_type =
    MC_TYPE(mc_criterion_edit, "criterion_edit", criterion_edit_fields, .flags = MC_TYPE_INPUT);

/* What is compared. */
typedef enum compared { TEXT = 1, NUMBER = 2, AGE = 4, BOOLEAN = 8 } compared;

static const struct {
    const char *name;
    compared kind;
    bool
        is_for_owner; /* by setting values one could find out what only the site's owner may know */
} columns[] = {
    {"id", NUMBER, false},   {"itemCount", NUMBER, false}, {"commentCount", NUMBER, false},
    {"created", AGE, false}, {"profileName", TEXT, false}, {"email", TEXT, true},
    {"gender", TEXT, false}, {"isBanned", BOOLEAN, true},
};

static const struct {
    const char *name;
    int kinds;
} predicates[] = {
    {"eq", TEXT | NUMBER | AGE | BOOLEAN},
    {"ne", TEXT | NUMBER | AGE | BOOLEAN},
    {"neq", TEXT | NUMBER | AGE | BOOLEAN},
    {"lt", NUMBER | AGE},
    {"le", NUMBER | AGE},
    {"ge", NUMBER | AGE},
    {"gt", NUMBER | AGE},
    {"substr", TEXT},
    {"nsubstr", TEXT},
};

static bool is_set(const char *text)
{
    return text && *text;
}

static compared kind_of_value(const mc_criterion_edit *edit)
{
    return edit->value_number.given ? NUMBER : edit->value_boolean != MC_UNSET ? BOOLEAN : TEXT;
}

/* 0: there is no such column. */
static compared kind_compared(const mc_criterion_edit *edit)
{
    if (!is_set(edit->profile_column))
        return kind_of_value(edit);
    for (size_t i = 0; i < MC_COUNT(columns); i++)
        if (strcmp(columns[i].name, edit->profile_column) == 0)
            return columns[i].kind;
    return 0;
}

static int check_predicate(mc_session *session, const char *predicate, compared kind)
{
    for (size_t i = 0; i < MC_COUNT(predicates); i++)
        if (strcmp(predicates[i].name, predicate) == 0 && (predicates[i].kinds & (int)kind))
            return 0;
    return mc__fault(&session->problem, "predicate", "must be one of %s",
                     kind == TEXT      ? "eq, ne, substr and nsubstr"
                     : kind == BOOLEAN ? "eq and ne"
                                       : "eq, ne, lt, le, ge and gt");
}

/* A number of a column may be a text: clients send "10" as well as 10. */
static int check_value(mc_session *session, const mc_criterion_edit *edit, compared kind)
{
    compared given = kind_of_value(edit);
    bool is_number = false;
    double number;
    mc_time date;

    if (given == kind || (given == NUMBER && kind == AGE))
        return 0;
    if (given == TEXT && (kind == NUMBER || kind == AGE))
        is_number = mc__number_parse(&number, edit->value_text, strlen(edit->value_text));
    if (is_number || (given == TEXT && kind == AGE && mc__date_parse(&date, edit->value_text)))
        return 0;
    return mc__fault(&session->problem, "value", "must be %s",
                     kind == TEXT      ? "a text"
                     : kind == BOOLEAN ? "true or false"
                     : kind == NUMBER  ? "a number"
                                       : "a number of days or a date such as 2014-02-14");
}

static void trim(mc_session *session, const char **text)
{
    const char *begin = *text + strspn(*text, " ");
    size_t length = strlen(begin);

    while (length && begin[length - 1] == ' ')
        length--;
    *text = mc__arena_copy(&session->scratch, begin, length);
}

static size_t count_values(const mc_criterion_edit *edit)
{
    return (size_t)(edit->value_text != NULL) + edit->value_number.given +
           (edit->value_boolean != MC_UNSET);
}

/* The input itself; what it says is checked when it is complete. */
static int take(mc_criterion_edit *edit, mc_session *session, mc__purpose purpose,
                const mc__source *source)
{
    int rc = mc__input_take(&session->problem, &session->scratch, &mc__criterion_edit_type, edit,
                            purpose, source);

    if (rc < 0)
        return rc;
    if (count_values(edit) > 1)
        return mc__fault(&session->problem, "value", "must be one value");
    if (edit->or_group.value < INT32_MIN || edit->or_group.value > INT32_MAX)
        return mc__fault(&session->problem, "orGroup", "is out of range");
    if (!edit->value_text)
        return 0;
    trim(session, &edit->value_text);
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    if (!*edit->value_text)
        return mc__fault(&session->problem, "value", "must not be empty");
    return mc__utf8_length(edit->value_text) > VALUE_MAX
               ? mc__fault(&session->problem, "value", "must have at most %d characters", VALUE_MAX)
               : 0;
}

static bool is_for_owner(const char *column)
{
    for (size_t i = 0; is_set(column) && i < MC_COUNT(columns); i++)
        if (strcmp(columns[i].name, column) == 0)
            return columns[i].is_for_owner;
    return false;
}

static int check(mc_session *session, const mc_criterion_edit *edit)
{
    compared kind = kind_compared(edit);
    int rc;

    if (!is_set(edit->profile_column) && !is_set(edit->attr_key))
        return mc__fault(&session->problem, "profileColumn", "it or attrKey must be given");
    if (!kind)
        return mc__fault(&session->problem, "profileColumn", "is no column that can be compared");
    if (count_values(edit) == 0)
        return mc__fault(&session->problem, "value", "must be given");
    if (is_for_owner(edit->profile_column) && !mc__role_owns_site(session))
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "only the site's owner may compare this profileColumn");
    rc = check_predicate(session, edit->predicate, kind);
    return rc < 0 ? rc : check_value(session, edit, kind);
}

/* Reading. */

static int read_criteria(mc_list *out, mc_session *session, mc__arena *arena,
                         const mc__role_ref *ref)
{
    mc_batch(batch);
    int rc;

    mc__add_roles_criteria_of(
        &batch, &(mc__roles_criteria_of_in){.site_id = session->site.id, .role_id = ref->role->id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    rc = mc__records_decode(out, arena, &mc__criterion_type, mc__batch_rows(&batch, 0));
    return rc < 0 ? mc__out_of_memory(session) : 0;
}

static int find(const mc_criterion **out, mc_session *session, mc__arena *arena,
                const mc__role_ref *ref, int64_t criterion_id)
{
    mc_list criteria = {0};
    int rc = mc__check_id(session, criterion_id);

    if (rc == 0)
        rc = read_criteria(&criteria, session, arena, ref);
    for (size_t i = 0; rc == 0 && i < criteria.count; i++) {
        *out = criteria.items[i];
        if ((*out)->id == criterion_id)
            return 0;
    }
    return rc < 0 ? rc : mc__refuse(session, MC_ENOTFOUND);
}

int mc_role_criterion_find(mc_criterion **out, mc_session *session, int64_t microcosm_id,
                           int64_t role_id, int64_t criterion_id)
{
    mc_auto(mc_record_free) void *record = NULL;
    const mc_criterion *found;
    mc__role_ref ref;
    int rc = mc__role_begin_for(out, &ref, session, microcosm_id, role_id);

    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__criterion_type);
    if (!record)
        return mc__out_of_memory(session);
    rc = find(&found, session, mc__record_arena(record), &ref, criterion_id);
    if (rc < 0)
        return rc;
    *(mc_criterion *)record = *found;
    *out = MC_TAKE(record);
    return 0;
}

static int list(mc_collection **out, mc_session *session, const mc__role_ref *ref,
                const mc_page_options *page)
{
    mc_auto(mc_record_free) void *record = mc__record_new(&mc__collection_type);
    size_t offset = (size_t)page->offset, limit = (size_t)page->limit;
    mc_list all = {0};
    const char *href = mc__arena_format(&session->scratch, "%s/criteria", ref->href);
    mc_collection *collection;
    mc__arena *arena;
    mc_page *made;
    int rc;

    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    rc = read_criteria(&all, session, arena, ref);
    if (rc == 0)
        rc = mc__page_fits(session, page, (int64_t)all.count);
    if (rc < 0)
        return rc;
    collection = mc__role_collection(arena, record);
    made = mc__page_make(arena, page, (int64_t)all.count, href, href);
    if (!made || !collection->meta)
        return mc__out_of_memory(session);
    if (offset < all.count)
        made->items =
            (mc_list){all.items + offset, all.count - offset < limit ? all.count - offset : limit};
    collection->criteria = made;
    if (arena->failed || session->scratch.failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

int mc_role_criteria(mc_collection **out, mc_session *session, int64_t microcosm_id,
                     int64_t role_id, const mc_page_options *options)
{
    mc_page_options page;
    mc__role_ref ref;
    int rc = mc__role_begin_for(out, &ref, session, microcosm_id, role_id);

    if (rc == 0)
        rc = mc__page_check(&page, session, options);
    return rc < 0 ? rc : list(out, session, &ref, &page);
}

/* Writing. */

static int insert(int64_t *criterion_id, mc_session *session, const mc__role_ref *ref,
                  const mc_criterion_edit *edit)
{
    const PGresult *rows;
    mc_batch(batch);
    int rc;

    if (ref->role->criteria_count >= CRITERIA_MAX)
        return mc__fail(&session->problem, MC_EINVAL, "a role has at most %d criteria",
                        CRITERIA_MAX);
    mc__add_roles_add_criterion(
        &batch, &(mc__roles_add_criterion_in){.site_id = session->site.id,
                                              .role_id = ref->role->id,
                                              .or_group = edit->or_group.value,
                                              .profile_column = edit->profile_column,
                                              .attr_key = edit->attr_key,
                                              .predicate = edit->predicate,
                                              .value_text = edit->value_text,
                                              .value_number = edit->value_number,
                                              .value_boolean = edit->value_boolean,
                                              .actor_id = session->actor->profile_id,
                                              .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    mc__facts_changed(session);
    rows = mc__batch_rows(&batch, 0);
    if (PQntuples(rows) == 0) /* the role was deleted meanwhile */
        return mc__refuse(session, MC_ENOTFOUND);
    *criterion_id = mc__read_roles_add_criterion(rows, 0).criterion_id;
    return 0;
}

static int create_from(int64_t *criterion_id, mc_session *session, int64_t microcosm_id,
                       int64_t role_id, const mc__source *source)
{
    mc_criterion_edit edit = {0};
    mc__role_ref ref;
    int rc = mc__call_begin_for(criterion_id, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = take(&edit, session, MC_TO_CREATE, source);
    if (rc == 0)
        rc = mc__role_find(&ref, session, microcosm_id, role_id);
    if (rc == 0)
        rc = check(session, &edit);
    return rc < 0 ? rc : insert(criterion_id, session, &ref, &edit);
}

int mc_role_criterion_create(int64_t *criterion_id, mc_session *session, int64_t microcosm_id,
                             int64_t role_id, const mc_criterion_edit *edit)
{
    return create_from(criterion_id, session, microcosm_id, role_id, &(mc__source){.given = edit});
}

int mc_role_criterion_create_body(int64_t *criterion_id, mc_session *session, int64_t microcosm_id,
                                  int64_t role_id, mc_format format, const char *body,
                                  size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return create_from(criterion_id, session, microcosm_id, role_id, &source);
}

/* Fills what the edit leaves as it is. */
static void complete(mc_criterion_edit *edit, const mc_criterion *before)
{
    if (!edit->or_group.given)
        edit->or_group = (mc_maybe_int64){true, before->or_group};
    if (!edit->profile_column)
        edit->profile_column = before->profile_column;
    if (!edit->attr_key)
        edit->attr_key = before->attr_key;
    if (!edit->predicate)
        edit->predicate = before->predicate;
    if (count_values(edit))
        return;
    edit->value_text = *before->value_text ? before->value_text : NULL;
    edit->value_number = before->value_number;
    edit->value_boolean = before->value_boolean;
}

static int update(mc_session *session, const mc__role_ref *ref, int64_t criterion_id,
                  const mc_criterion_edit *edit)
{
    mc_batch(batch);
    int rc;

    mc__add_roles_edit_criterion(
        &batch, &(mc__roles_edit_criterion_in){.site_id = session->site.id,
                                               .role_id = ref->role->id,
                                               .criterion_id = criterion_id,
                                               .or_group = edit->or_group.value,
                                               .profile_column = edit->profile_column,
                                               .attr_key = edit->attr_key,
                                               .predicate = edit->predicate,
                                               .value_text = edit->value_text,
                                               .value_number = edit->value_number,
                                               .value_boolean = edit->value_boolean,
                                               .actor_id = session->actor->profile_id,
                                               .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    mc__facts_changed(session);
    return PQntuples(mc__batch_rows(&batch, 0)) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}

static int edit_from(mc_session *session, int64_t microcosm_id, int64_t role_id,
                     int64_t criterion_id, const mc__source *source)
{
    mc_criterion_edit edit = {0};
    const mc_criterion *before;
    mc__role_ref ref;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = take(&edit, session, MC_TO_EDIT, source);
    if (rc == 0)
        rc = mc__role_find(&ref, session, microcosm_id, role_id);
    if (rc == 0)
        rc = find(&before, session, &session->scratch, &ref, criterion_id);
    if (rc < 0)
        return rc;
    complete(&edit, before);
    rc = check(session, &edit);
    return rc < 0 ? rc : update(session, &ref, criterion_id, &edit);
}

int mc_role_criterion_edit_save(mc_session *session, int64_t microcosm_id, int64_t role_id,
                                int64_t criterion_id, const mc_criterion_edit *edit)
{
    return edit_from(session, microcosm_id, role_id, criterion_id, &(mc__source){.given = edit});
}

int mc_role_criterion_edit_body(mc_session *session, int64_t microcosm_id, int64_t role_id,
                                int64_t criterion_id, mc_format format, const char *body,
                                size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return edit_from(session, microcosm_id, role_id, criterion_id, &source);
}

/* No ids: all of them. */
static int remove_some(mc_session *session, const mc__role_ref *ref, const mc_int64s *ids)
{
    mc_batch(batch);
    int rc;

    mc__add_roles_remove_criteria(
        &batch, &(mc__roles_remove_criteria_in){.site_id = session->site.id,
                                                .role_id = ref->role->id,
                                                .criterion_ids = *ids,
                                                .actor_id = session->actor->profile_id,
                                                .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    mc__facts_changed(session);
    return rc;
}

int mc_role_criterion_delete(mc_session *session, int64_t microcosm_id, int64_t role_id,
                             int64_t criterion_id)
{
    const mc_criterion *found;
    mc__role_ref ref;
    int rc = mc__role_begin(&ref, session, microcosm_id, role_id);

    if (rc == 0)
        rc = find(&found, session, &session->scratch, &ref, criterion_id);
    return rc < 0 ? rc : remove_some(session, &ref, &(mc_int64s){&criterion_id, 1});
}

static int remove_from(mc_session *session, int64_t microcosm_id, int64_t role_id,
                       const mc__source *source)
{
    mc__role_ref ref;
    mc_int64s ids;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__ids_take(&ids, session, source);
    if (rc == 0)
        rc = mc__role_find(&ref, session, microcosm_id, role_id);
    return rc < 0 ? rc : remove_some(session, &ref, &ids);
}

int mc_role_criteria_remove(mc_session *session, int64_t microcosm_id, int64_t role_id,
                            const mc_ids_edit *edit)
{
    return remove_from(session, microcosm_id, role_id, &(mc__source){.given = edit});
}

int mc_role_criteria_remove_body(mc_session *session, int64_t microcosm_id, int64_t role_id,
                                 mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return remove_from(session, microcosm_id, role_id, &source);
}
