/*
 * See cursor.h. As text: "transaction.change~runs~walk@snapshot", of which all but the first may be
 * missing. Runs are "3-7,9": microcosms of the site, of which those between the two ids of a run
 * were all seen. New microcosms have greater ids than all that a cursor names.
 */
#include "cursor.h"

#include <stdlib.h>
#include <string.h>

/* Reads a decimal number; no room for what a bigint can't hold. */
static bool take_number(const char **at, int64_t *out)
{
    size_t digits = strspn(*at, "0123456789");

    if (digits == 0 || digits > 18)
        return false;
    *out = strtoll(*at, NULL, 10);
    *at += digits;
    return true;
}

static bool take(const char **at, char expected)
{
    if (**at != expected)
        return false;
    ++*at;
    return true;
}

static bool read_run(const char **at, int64_t *run, int64_t after)
{
    if (!take_number(at, &run[0]))
        return false;
    run[1] = run[0];
    if (take(at, '-') && !take_number(at, &run[1]))
        return false;
    return run[0] > after && run[1] >= run[0];
}

static bool read_runs(mc__cursor *out, mc__arena *arena, const char **at)
{
    size_t most = 2, count = 0;
    int64_t *runs;

    for (const char *c = *at; *c && !strchr("~@", *c); c++)
        most += *c == ',' ? 2 : 0;
    runs = mc__arena_alloc(arena, most * sizeof(*runs));
    if (!runs)
        return false;
    out->knows_sight = true;
    if (**at && !strchr("~@", **at))
        do {
            if (!read_run(at, runs + count, count ? runs[count - 1] : 0))
                return false;
            count += 2;
        } while (take(at, ','));
    out->seen = (mc_int64s){runs, count};
    return true;
}

static bool read_walk(mc__walk *out, const char **at)
{
    out->is_huddle = take(at, 'h');
    out->is_on = take_number(at, &out->microcosm_id) && take(at, ':') &&
                 take_number(at, &out->item_id) && take(at, ':') && take_number(at, &out->position);
    out->position--;
    return out->is_on;
}

/* Of a snapshot as PostgreSQL writes it, "first:end:running,running". */
static bool read_snapshot(mc__cursor *out, mc__arena *arena, const char **at)
{
    const char *start = *at;
    int64_t first, end, last, running;

    if (!take_number(at, &first) || !take(at, ':') || !take_number(at, &end) || !take(at, ':'))
        return false;
    if (first < 1 || end < first)
        return false;
    last = first - 1;
    if (**at)
        do {
            if (!take_number(at, &running) || running <= last || running >= end)
                return false;
            last = running;
        } while (take(at, ','));
    out->since = mc__arena_copy(arena, start, (size_t)(*at - start));
    return true;
}

static bool read_all(mc__cursor *out, mc__arena *arena, const char *text)
{
    size_t digits = strspn(text, "0123456789");
    const char *at = text + digits;

    if (digits == 0 || digits > 19)
        return false;
    out->transaction = mc__arena_copy(arena, text, digits);
    if (!take(&at, '.') || !take_number(&at, &out->change_id))
        return false;
    if (take(&at, '~') && !read_runs(out, arena, &at))
        return false;
    if (out->knows_sight && take(&at, '~') && !read_walk(&out->walk, &at))
        return false;
    if (take(&at, '@') && !read_snapshot(out, arena, &at))
        return false;
    return *at == '\0';
}

int mc__cursor_read(mc__cursor *out, mc__problem *problem, mc__arena *arena, const char *text)
{
    *out = (mc__cursor){.is_beginning = !text || !*text, .transaction = "0"};
    if (out->is_beginning || read_all(out, arena, text))
        return 0;
    return mc__fault(problem, "cursor", "is not one that was given out");
}

static void write_runs(mc__text *out, const mc_int64s *ids, const bool *is_seen)
{
    const char *separator = "";

    for (size_t i = 0; i < ids->count; i++) {
        size_t first = i;

        if (!is_seen[i])
            continue;
        while (i + 1 < ids->count && is_seen[i + 1])
            i++;
        mc__text_format(out, "%s%lld", separator, (long long)ids->items[first]);
        if (i > first)
            mc__text_format(out, "-%lld", (long long)ids->items[i]);
        separator = ",";
    }
}

const char *mc__cursor_write(mc__arena *arena, const mc__cursor *cursor, const mc_int64s *ids,
                             const bool *is_seen)
{
    mc_scratch_text(text);

    mc__text_format(&text, "%s.%lld~", cursor->transaction, (long long)cursor->change_id);
    write_runs(&text, ids, is_seen);
    if (cursor->walk.is_on)
        mc__text_format(&text, "~%s%lld:%lld:%lld", cursor->walk.is_huddle ? "h" : "",
                        (long long)cursor->walk.microcosm_id, (long long)cursor->walk.item_id,
                        (long long)cursor->walk.position + 1);
    if (cursor->since)
        mc__text_format(&text, "@%s", cursor->since);
    if (text.error)
        arena->failed = true;
    return text.error ? NULL : mc__arena_strdup(arena, mc__text_string(&text));
}

bool mc__cursor_saw(const mc__cursor *cursor, int64_t microcosm_id)
{
    for (size_t i = 0; i + 1 < cursor->seen.count; i += 2)
        if (microcosm_id >= cursor->seen.items[i] && microcosm_id <= cursor->seen.items[i + 1])
            return true;
    return false;
}
