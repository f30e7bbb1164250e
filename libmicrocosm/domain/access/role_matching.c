/*
 * Which profiles the criteria of a role match: pure, for the decisions of permissions.c and for
 * lists of members.
 */
#include "role_matching.h"

#include "markup/markup.h"

#define DAY_US (INT64_C(86400) * 1000000)

static bool compare(double a, const char *predicate, double b)
{
    static const struct {
        const char *name;
        int less, equal, greater;
    } table[] = {{"eq", 0, 1, 0}, {"ne", 1, 0, 1}, {"lt", 1, 0, 0},
                 {"le", 1, 1, 0}, {"ge", 0, 1, 1}, {"gt", 0, 0, 1}};

    for (size_t i = 0; i < MC_COUNT(table); i++)
        if (strcmp(predicate, table[i].name) == 0)
            return a < b ? table[i].less : a > b ? table[i].greater : table[i].equal;
    return false;
}

bool mc__date_parse(mc_time *out, const char *text)
{
    mc_scratch_text(instant);

    if (strlen(text) != strlen("2014-02-14"))
        return false;
    mc__text_format(&instant, "%sT00:00:00Z", text);
    return !instant.error && mc__time_parse(out, mc__text_string(&instant));
}

/* Clients send "10" as well as 10. A value that isn't a number matches no actor. */
static bool numeric_value(double *out, const mc__criterion *criterion)
{
    if (criterion->is_number) {
        *out = criterion->number;
        return true;
    }
    return criterion->text && mc__number_parse(out, criterion->text, strlen(criterion->text));
}

static bool matches_number(double actual, const mc__criterion *criterion)
{
    double wanted;

    return numeric_value(&wanted, criterion) && compare(actual, criterion->predicate, wanted);
}

static bool matches_boolean(bool actual, const mc__criterion *criterion)
{
    if (!criterion->is_boolean)
        return false;
    if (strcmp(criterion->predicate, "eq") == 0)
        return actual == criterion->boolean;
    return strcmp(criterion->predicate, "ne") == 0 && actual != criterion->boolean;
}

/* Compares without case. Out of memory, the folded text is "", which matches no actor. */
static bool contains_any_case(const char *text, const char *part, bool whole)
{
    mc_scratch_text(a);
    mc_scratch_text(b);

    mc__text_lower(&a, text, strlen(text));
    mc__text_lower(&b, part, strlen(part));
    if (a.error || b.error)
        return false;
    return whole ? strcmp(mc__text_string(&a), mc__text_string(&b)) == 0
                 : strstr(mc__text_string(&a), mc__text_string(&b)) != NULL;
}

static bool matches_text(const char *actual, const mc__criterion *criterion, bool case_matters)
{
    const char *predicate = criterion->predicate;

    if (!criterion->text || !actual)
        return false;
    if (strcmp(predicate, "eq") == 0)
        return case_matters ? strcmp(actual, criterion->text) == 0
                            : contains_any_case(actual, criterion->text, true);
    if (strcmp(predicate, "ne") == 0)
        return case_matters ? strcmp(actual, criterion->text) != 0
                            : !contains_any_case(actual, criterion->text, true);
    if (strcmp(predicate, "substr") == 0)
        return contains_any_case(actual, criterion->text, false);
    return strcmp(predicate, "nsubstr") == 0 && !contains_any_case(actual, criterion->text, false);
}

/* The attribute must have the JSON type of the value; a missing attribute matches only negative
 * predicates. */
static bool matches_attribute(const mc__actor *actor, const mc__criterion *criterion)
{
    for (size_t i = 0; i < actor->attribute_count; i++) {
        const mc__attribute *attribute = &actor->attributes[i];

        if (strcmp(attribute->key, criterion->attr_key) != 0)
            continue;
        if (criterion->is_boolean)
            return attribute->is_boolean && matches_boolean(attribute->boolean, criterion);
        if (criterion->is_number)
            return attribute->is_number &&
                   compare(attribute->number, criterion->predicate, criterion->number);
        return matches_text(attribute->text, criterion, true);
    }
    return strcmp(criterion->predicate, "ne") == 0 || strcmp(criterion->predicate, "nsubstr") == 0;
}

/* Against an age in whole days, or a date of UTC. */
static bool matches_created(mc_time created, mc_time now, const mc__criterion *criterion)
{
    int64_t day = created.us / DAY_US, age_days = (now.us - created.us) / DAY_US;
    mc_time date;

    if (criterion->text && mc__date_parse(&date, criterion->text)) {
        int64_t wanted = date.us / DAY_US;

        return compare((double)day, criterion->predicate, (double)wanted);
    }
    return matches_number((double)age_days, criterion);
}

static bool matches(const mc__actor *actor, mc_time now, const mc__criterion *criterion)
{
    const char *column = criterion->column;

    if (!*column)
        return matches_attribute(actor, criterion);
    if (strcmp(column, "id") == 0)
        return matches_number((double)actor->profile_id, criterion);
    if (strcmp(column, "itemCount") == 0)
        return matches_number((double)actor->item_count, criterion);
    if (strcmp(column, "commentCount") == 0)
        return matches_number((double)actor->comment_count, criterion);
    if (strcmp(column, "created") == 0)
        return matches_created(actor->created, now, criterion);
    if (strcmp(column, "isBanned") == 0)
        return matches_boolean(actor->is_banned, criterion);
    if (strcmp(column, "profileName") == 0)
        return matches_text(actor->profile_name, criterion, false);
    if (strcmp(column, "email") == 0)
        return matches_text(actor->email, criterion, false);
    return strcmp(column, "gender") == 0 && matches_text(actor->gender, criterion, false);
}

/* Criteria are ordered by or_group. A role matches if all criteria of any one group match. */
const mc__criterion *mc__role_find_match(size_t *count, const mc__role *role,
                                         const mc__actor *actor, mc_time now)
{
    for (size_t i = 0; i < role->criteria_count;) {
        const mc__criterion *first = &role->criteria[i];
        int64_t group = first->or_group;
        bool all = true;

        for (; i < role->criteria_count && role->criteria[i].or_group == group; i++)
            all = all && matches(actor, now, &role->criteria[i]);
        if (all) {
            *count = (size_t)(&role->criteria[i] - first);
            return first;
        }
    }
    return NULL;
}

bool mc__role_matches(const mc__role *role, const mc__actor *actor, mc_time now)
{
    size_t count;

    return mc__role_find_match(&count, role, actor, now) != NULL;
}
