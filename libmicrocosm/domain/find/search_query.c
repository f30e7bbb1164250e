/* See search_query.h. Nothing here fails but for lack of memory: what isn't understood is text, or
 * is ignored and named. */
#include "search_query.h"

#include "../access/permissions.h"

#include <strings.h>

#define Q_MAX 1000 /* characters */
#define KIND_PHRASE 1
#define KIND_NEGATED 2
#define DAY_US (INT64_C(86400) * 1000000)
#define DAYS_MAX 1000000

void mc__search_release(mc__search *search)
{
    mc__text_release(&search->title);
    mc__text_release(&search->ignored);
}

/* Values */

static bool add_text(mc__search_texts *texts, size_t most, const char *text)
{
    for (size_t i = 0; i < texts->count; i++)
        if (strcmp(texts->items[i], text) == 0)
            return true;
    if (texts->count == most)
        return false;
    texts->items[texts->count++] = text;
    return true;
}

static bool add_id(mc__search_ids *ids, int64_t id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->items[i] == id)
            return true;
    if (ids->count == MC_SEARCH_VALUES_MAX)
        return false;
    ids->items[ids->count++] = id;
    return true;
}

static bool read_number(int64_t *out, const char *text)
{
    char *end;

    if (!*text || strspn(text, "-0123456789") != strlen(text) || strlen(text) > 18)
        return false;
    *out = strtoll(text, &end, 10);
    return *end == '\0' && end != text;
}

static bool read_id(int64_t *out, const char *text)
{
    return read_number(out, text) && *out > 0;
}

static bool read_choice(mc_choice *out, const char *text)
{
    static const char *const yes[] = {"1", "t", "true"}, *const no[] = {"0", "f", "false"};

    for (size_t i = 0; i < MC_COUNT(yes); i++) {
        if (strcasecmp(text, yes[i]) == 0)
            *out = MC_YES;
        else if (strcasecmp(text, no[i]) == 0)
            *out = MC_NO;
        else
            continue;
        return true;
    }
    return false;
}

/* Days from now, or a date, or a date with hour and minute. */
static bool read_time(mc_time *out, const char *text)
{
    char whole[MC_TIME_TEXT_SIZE];
    int64_t days;

    if (read_number(&days, text)) {
        if (days < -DAYS_MAX || days > DAYS_MAX)
            return false;
        out->us = mc__now().us + days * DAY_US;
        return true;
    }
    if (strlen(text) != strlen("YYYY-MM-DD") && strlen(text) != strlen("YYYY-MM-DDThh:mm"))
        return false;
    snprintf(whole, sizeof(whole), "%s%s", text, strchr(text, 'T') ? ":00Z" : "T00:00:00Z");
    return mc__time_parse(out, whole);
}

/* Options: each takes a value, or doesn't understand it. */

static bool take_q(mc__search *s, const char *value)
{
    if (!*s->query->q)
        s->query->q = value;
    return true;
}

static bool take_type(mc__search *s, const char *value)
{
    mc_item_type item_type = mc_item_type_find(value);

    return item_type != MC_ITEM_NONE && add_id(&s->item_types, item_type);
}

static bool take_id(mc__search *s, const char *value)
{
    int64_t id;

    return read_id(&id, value) && add_id(&s->ids, id);
}

static bool take_forum(mc__search *s, const char *value)
{
    int64_t id;

    return read_id(&id, value) && add_id(&s->forums, id);
}

static bool take_author_id(mc__search *s, const char *value)
{
    return read_id(&s->query->author_id, value);
}

static bool take_author(mc__search *s, const char *value)
{
    s->query->author = value;
    return true;
}

static bool take_email(mc__search *s, const char *value)
{
    return add_text(&s->emails, MC_SEARCH_VALUES_MAX, value);
}

static bool take_in_title(mc__search *s, const char *value)
{
    return read_choice(&s->query->in_title, value);
}

static bool take_following(mc__search *s, const char *value)
{
    return read_choice(&s->query->following, value);
}

static bool take_attendee(mc__search *s, const char *value)
{
    return read_choice(&s->query->attendee, value);
}

static bool take_has(mc__search *s, const char *value)
{
    return strcmp(value, "attachment") == 0 && add_text(&s->has, MC_SEARCH_VALUES_MAX, value);
}

static bool take_has_attachment(mc__search *s, const char *value)
{
    mc_choice wanted;

    return read_choice(&wanted, value) && (wanted == MC_NO || take_has(s, "attachment"));
}

static bool take_time(mc_time *out, const char **shown, const char *value)
{
    if (!read_time(out, value))
        return false;
    *shown = value;
    return true;
}

static bool take_since(mc__search *s, const char *value)
{
    return take_time(&s->since, &s->query->since, value);
}

static bool take_until(mc__search *s, const char *value)
{
    return take_time(&s->until, &s->query->until, value);
}

static bool take_event_after(mc__search *s, const char *value)
{
    return take_time(&s->event_after, &s->query->event_after, value);
}

static bool take_event_before(mc__search *s, const char *value)
{
    return take_time(&s->event_before, &s->query->event_before, value);
}

static bool take_sort(mc__search *s, const char *value)
{
    static const char *const orders[] = {"relevance", "date", "oldest", "newest"};

    for (size_t i = 0; i < MC_COUNT(orders); i++)
        if (strcmp(value, orders[i]) == 0) {
            s->order = (mc__search_order)i;
            s->query->sort = i == MC_SEARCH_BY_RELEVANCE ? "" : orders[i];
            return true;
        }
    return false;
}

static bool take_none(mc__search *s, const char *value)
{
    (void)s;
    (void)value;
    return false;
}

static const struct option {
    const char *name;
    bool (*take)(mc__search *s, const char *value);
    bool only_as_parameter;
} options[] = {
    {"q", take_q, true},
    {"hasAttachment", take_has_attachment, true},
    {"type", take_type, false},
    {"id", take_id, false},
    {"forumId", take_forum, false},
    {"authorId", take_author_id, false},
    {"author", take_author, false},
    {"email", take_email, false},
    {"inTitle", take_in_title, false},
    {"following", take_following, false},
    {"has", take_has, false},
    {"since", take_since, false},
    {"until", take_until, false},
    {"eventAfter", take_event_after, false},
    {"eventBefore", take_event_before, false},
    {"attendee", take_attendee, false},
    {"sort", take_sort, false},
    /* places, which other servers know, but nothing here has */
    {"lat", take_none, false},
    {"lon", take_none, false},
    {"radius", take_none, false},
    {"north", take_none, false},
    {"east", take_none, false},
    {"south", take_none, false},
    {"west", take_none, false},
};

static void ignore(mc__search *s, const char *key, char sign, const char *value)
{
    if (s->ignored.length > 0)
        mc__text_putc(&s->ignored, ' ');
    mc__text_puts(&s->ignored, key);
    mc__text_putc(&s->ignored, sign);
    mc__text_puts(&s->ignored, value);
}

static void read_parameter(mc__search *s, const char *text, size_t length)
{
    const char *sign = memchr(text, '=', length);
    size_t key_length = sign ? (size_t)(sign - text) : length;
    const char *key = mc__form_decode(s->arena, text, key_length);
    const char *value = sign ? mc__form_decode(s->arena, sign + 1, length - key_length - 1) : NULL;
    bool is_q = key && strcmp(key, "q") == 0; /* which is refused if it is no valid text */

    if (!value || (!is_q && !mc__utf8_valid(value, strlen(value))))
        return;

    for (size_t i = 0; key && value && *value && i < MC_COUNT(options); i++)
        if (strcmp(key, options[i].name) == 0 && !options[i].take(s, value))
            ignore(s, key, '=', value);
}

static void read_parameters(mc__search *s, const char *parameters)
{
    for (const char *at = parameters; *at;) {
        size_t length = strcspn(at, "&");

        read_parameter(s, at, length);
        at += length + (at[length] == '&');
    }
}

/* Words of q */

typedef struct word {
    const char *text; /* as it was given, but for the quotes of a phrase */
    bool is_phrase, is_negated;
} word;

static bool is_space(char c)
{
    return strchr(" \t\r\n\f\v", c) != NULL;
}

/* The option that a word is, with its value; NULL: it is text. */
static const struct option *find_option(const word *w, const char **value)
{
    const char *colon = strchr(w->text, ':');
    size_t length = colon ? (size_t)(colon - w->text) : 0;

    if (w->is_phrase || !colon || !colon[1] || strchr(colon + 1, ':'))
        return NULL;
    for (size_t i = 0; i < MC_COUNT(options); i++)
        if (!options[i].only_as_parameter && strlen(options[i].name) == length &&
            strncasecmp(w->text, options[i].name, length) == 0) {
            *value = colon + 1;
            return &options[i];
        }
    return NULL;
}

/* A tag has letters, digits and _, and isn't only a number. */
static bool is_tag(const char *text)
{
    bool has_letter = false;

    if (text[0] != '#')
        return false;
    for (const unsigned char *c = (const unsigned char *)text + 1; *c; c++) {
        bool is_digit = *c >= '0' && *c <= '9';

        if (!is_digit && *c != '_' && *c < 0x80 && !((*c | 32) >= 'a' && (*c | 32) <= 'z'))
            return false;
        has_letter = has_letter || !is_digit;
    }
    return has_letter;
}

static void add_term(mc__search *s, const word *w)
{
    size_t n = s->terms.count;

    if (n == MC_SEARCH_TERMS_MAX) {
        ignore(s, w->text, ' ', "(too many words)");
        return;
    }
    if (!s->may_join)
        s->next_group++;
    s->may_join = false;
    s->terms.items[n] = w->text;
    s->groups[n] = (int64_t)s->next_group;
    s->kinds[n] = (w->is_phrase ? KIND_PHRASE : 0) | (w->is_negated ? KIND_NEGATED : 0);
    s->terms.count++;
    s->has_words = s->has_words || !w->is_negated;
}

static void add_to_title(mc__search *s, const char *text, size_t length)
{
    if (s->title.length > 0)
        mc__text_putc(&s->title, ' ');
    mc__text_append(&s->title, text, length);
}

/* whole: the word as it was given. */
static void take_word(mc__search *s, const word *w, const char *whole, size_t length)
{
    const char *value;
    const struct option *option = find_option(w, &value);

    if (option) {
        if (!option->take(s, value))
            ignore(s, mc__arena_copy(s->arena, w->text, (size_t)(value - w->text) - 1), ':', value);
        return;
    }
    add_to_title(s, whole, length);
    if (!w->is_phrase && strcmp(w->text, "OR") == 0) {
        s->may_join = s->terms.count > 0;
        return;
    }
    if (!w->is_phrase && !w->is_negated && is_tag(w->text))
        add_text(&s->tags, MC_SEARCH_VALUES_MAX, w->text);
    if (*w->text)
        add_term(s, w);
    else if (length == 1) /* a quotation mark by itself may be a title */
        add_term(s, &(word){.text = "\""});
}

/* author:"a name": the quotes belong to the value. */
static char *without_quotes(mc__arena *arena, const char *text, size_t length)
{
    char *out = mc__arena_text(arena, length);
    size_t n = 0;

    for (size_t i = 0; out && i < length; i++)
        if (text[i] != '"')
            out[n++] = text[i];
    if (out)
        out[n] = '\0';
    return out;
}

/* Where the word ends that begins here: at a space outside of quotes. Quotes count at the beginning
 * of a word and of an option's value. */
static size_t word_length(const char *at)
{
    size_t length = at[0] == '-' ? 1 : 0;
    const char *end;

    if (at[length] != '"')
        while (at[length] && !is_space(at[length]) &&
               !(at[length] == '"' && length > 0 && at[length - 1] == ':'))
            length++;
    if (at[length] == '"') {
        end = strchr(at + length + 1, '"');
        return end ? (size_t)(end - at) + 1 : strlen(at);
    }
    return length;
}

static void read_words(mc__search *s, const char *q)
{
    for (const char *at = q; *at;) {
        word w = {0};
        size_t length;

        if (is_space(*at)) {
            at++;
            continue;
        }
        length = word_length(at);
        w.is_negated = at[0] == '-' && length > 1;
        w.is_phrase = at[w.is_negated] == '"';
        w.text = without_quotes(s->arena, at + w.is_negated, length - w.is_negated);
        if (!w.text)
            return;
        take_word(s, &w, at, length);
        at += length;
    }
    /* "OR" with nothing to join may be a title, too; an empty phrase is none. */
    if (s->terms.count == 0 && strncmp(mc__text_string(&s->title), "OR", 2) == 0)
        add_term(s, &(word){.text = mc__text_string(&s->title)});
}

/* What only goes with other options. */
static void settle(mc__search *s)
{
    mc_search_query *q = s->query;
    mc_permissions profiles;
    bool only_events = s->item_types.count == 1 && s->item_types.items[0] == MC_ITEM_EVENT;
    const struct {
        const char *name, **value;
        mc_time *time;
    } of_events[] = {{"eventAfter", &q->event_after, &s->event_after},
                     {"eventBefore", &q->event_before, &s->event_before}};

    for (size_t i = 0; i < MC_COUNT(of_events) && !only_events; i++) {
        if (**of_events[i].value)
            ignore(s, of_events[i].name, '=', *of_events[i].value);
        *of_events[i].value = "";
        of_events[i].time->us = MC_TIME_NONE;
    }
    if (!only_events && q->attendee != MC_UNSET) {
        ignore(s, "attendee", '=', q->attendee == MC_YES ? "true" : "false");
        q->attendee = MC_UNSET;
    }
    if (*q->author && q->author_id) {
        ignore(s, "author", '=', q->author);
        q->author = "";
    }
    mc__decide_resource(&profiles, s->session, MC_ITEM_PROFILE, 0, 0, false);
    if (profiles.is_site_owner)
        return;
    for (size_t i = 0; i < s->emails.count; i++)
        ignore(s, "email", '=', s->emails.items[i]);
    s->emails.count = 0;
}

static mc_strings strings(mc__arena *arena, const mc__search_texts *texts)
{
    mc_strings out = {0};
    const char **items = mc__arena_alloc(arena, (texts->count + 1) * sizeof(*items));

    for (size_t i = 0; items && i < texts->count; i++)
        items[i] = texts->items[i];
    if (items)
        out = (mc_strings){items, texts->count};
    return out;
}

static mc_int64s numbers(mc__arena *arena, const mc__search_ids *ids)
{
    mc_int64s out = {0};
    int64_t *items = mc__arena_alloc(arena, (ids->count + 1) * sizeof(*items));

    for (size_t i = 0; items && i < ids->count; i++)
        items[i] = ids->items[i];
    if (items)
        out = (mc_int64s){items, ids->count};
    return out;
}

static void fill_query(mc__search *s)
{
    mc_search_query *q = s->query;
    mc__search_texts names = {.count = s->item_types.count};

    for (size_t i = 0; i < names.count; i++)
        names.items[i] = mc_item_type_name((mc_item_type)s->item_types.items[i]);
    q->item_types = strings(s->arena, &names);
    q->hashtags = strings(s->arena, &s->tags);
    q->emails = strings(s->arena, &s->emails);
    q->has = strings(s->arena, &s->has);
    q->ids = numbers(s->arena, &s->ids);
    q->ignored = mc__arena_copy(s->arena, mc__text_string(&s->ignored), s->ignored.length);
}

int mc__search_read(mc__search *out, mc_session *session, mc_search_query *query, mc__arena *arena,
                    const mc_search_filter *filter)
{
    mc__problem *problem = &session->problem;

    *out = (mc__search){.session = session,
                        .arena = arena,
                        .query = query,
                        .title = MC_TEXT_INIT,
                        .ignored = MC_TEXT_INIT,
                        .since = {MC_TIME_NONE},
                        .until = {MC_TIME_NONE},
                        .event_after = {MC_TIME_NONE},
                        .event_before = {MC_TIME_NONE}};
    query->in_title = query->following = query->attendee = MC_UNSET;
    if (filter->q)
        query->q = mc__arena_strdup(arena, filter->q);
    if (filter->parameters)
        read_parameters(out, filter->parameters);
    if (arena->failed)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    if (!mc__utf8_valid(query->q, strlen(query->q)))
        return mc__fault(problem, "q", "must be a valid text");
    if (mc__utf8_length(query->q) > Q_MAX)
        return mc__fault(problem, "q", "must have at most %d characters", Q_MAX);
    read_words(out, query->q);
    settle(out);
    fill_query(out);
    return arena->failed || out->title.error || out->ignored.error
               ? mc__fail(problem, MC_ENOMEM, "out of memory")
               : 0;
}

bool mc__search_names_type(const mc__search *search, mc_item_type item_type)
{
    for (size_t i = 0; i < search->item_types.count; i++)
        if (search->item_types.items[i] == (int64_t)item_type)
            return true;
    return false;
}

/* Describing */

static void put_option(mc__text *out, const char *key, const char *value)
{
    if (!value || !*value)
        return;
    if (out->length > 0)
        mc__text_putc(out, ' ');
    if (*key)
        mc__text_format(out, "%s:", key);
    mc__text_puts(out, value);
}

static void put_options(mc__text *out, const char *key, mc_strings values)
{
    for (size_t i = 0; i < values.count; i++)
        put_option(out, key, values.items[i]);
}

static void put_numbers(mc__text *out, const char *key, mc__arena *arena, mc_int64s values)
{
    for (size_t i = 0; i < values.count; i++)
        put_option(out, key, mc__arena_int(arena, values.items[i]));
}

static const char *choice_text(mc_choice choice)
{
    return choice == MC_YES ? "true" : choice == MC_NO ? "false" : "";
}

void mc__search_describe(mc__search *s)
{
    mc_search_query *q = s->query;
    mc_scratch_text(out);

    put_option(&out, "", mc__text_string(&s->title));
    put_options(&out, "type", q->item_types);
    put_options(&out, "has", q->has);
    put_numbers(&out, "id", s->arena, q->ids);
    put_option(&out, "inTitle", choice_text(q->in_title));
    put_option(&out, "following", choice_text(q->following));
    put_option(&out, "since", q->since);
    put_option(&out, "until", q->until);
    put_option(&out, "eventAfter", q->event_after);
    put_option(&out, "eventBefore", q->event_before);
    put_option(&out, "attendee", choice_text(q->attendee));
    put_numbers(&out, "forumId", s->arena, q->forum_ids);
    put_option(&out, "authorId", q->author_id ? mc__arena_int(s->arena, q->author_id) : "");
    put_option(&out, "author", q->author);
    put_option(&out, "sort", q->sort);
    s->arena->failed |= out.error != 0;
    q->searched = mc__arena_copy(s->arena, mc__text_string(&out), out.length);
}
