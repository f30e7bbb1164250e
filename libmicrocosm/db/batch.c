/* Batches: statements and their parameters, gathered for one trip, and what they answered. */
#include "db.h"

void mc__batch_init(mc__batch *batch)
{
    /* calls beyond count are never read, so only they need no clearing */
    batch->arena = (mc__arena)MC_ARENA_INIT;
    batch->count = 0;
}

void mc__batch_clear(mc__batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        PQclear(batch->calls[i].result);
        batch->calls[i].result = NULL;
    }
}

void mc__batch_release(mc__batch *batch)
{
    mc__batch_clear(batch);
    mc__arena_release(&batch->arena);
    batch->count = 0;
}

static const char *time_text(mc__arena *arena, mc_time value)
{
    char text[MC_TIME_TEXT_SIZE];

    if (value.us == MC_TIME_NONE)
        return NULL;
    mc__time_format(text, value);
    return mc__arena_strdup(arena, text);
}

static const char *double_text(mc__arena *arena, double value)
{
    char *text = mc__arena_format(arena, "%.17g", value);

    for (char *c = text; *c; c++)
        if (*c == ',')
            *c = '.'; /* a host may have set such a locale */
    return text;
}

static const char *taken(mc__arena *arena, mc__text *text)
{
    if (text->error) {
        arena->failed = true;
        return "";
    }
    return mc__arena_copy(arena, mc__text_string(text), text->length);
}

static const char *ints_text(mc__arena *arena, const mc_int64s *values)
{
    mc_scratch_text(text);

    mc__text_putc(&text, '{');
    for (size_t i = 0; i < values->count; i++) {
        if (i)
            mc__text_putc(&text, ',');
        mc__text_int(&text, values->items[i]);
    }
    mc__text_putc(&text, '}');
    return taken(arena, &text);
}

static const char *texts_text(mc__arena *arena, const mc_strings *values)
{
    mc_scratch_text(text);

    mc__text_putc(&text, '{');
    for (size_t i = 0; i < values->count; i++) {
        mc__text_puts(&text, i ? ",\"" : "\"");
        for (const char *c = values->items[i]; *c; c++) {
            if (*c == '"' || *c == '\\')
                mc__text_putc(&text, '\\');
            mc__text_putc(&text, *c);
        }
        mc__text_putc(&text, '"');
    }
    mc__text_putc(&text, '}');
    return taken(arena, &text);
}

static const char *bytes_text(mc__arena *arena, const mc__bytes *bytes)
{
    static const char hex[] = "0123456789abcdef";
    char *text = mc__arena_alloc(arena, 2 * bytes->length + 3);

    if (!text)
        return NULL;
    text[0] = '\\';
    text[1] = 'x';
    for (size_t i = 0; i < bytes->length; i++) {
        text[2 + 2 * i] = hex[bytes->data[i] >> 4];
        text[3 + 2 * i] = hex[bytes->data[i] & 15];
    }
    return text;
}

/* A parameter in PostgreSQL's text format, NULL for NULL. */
static const char *param_text(mc__arena *arena, mc__bind_kind kind, const void *member)
{
    const mc_choice *choice = member;
    const mc_maybe_int64 *number = member;
    const mc_maybe_double *fraction = member;

    switch (kind) {
    case MC_BIND_INT:
        return mc__arena_int(arena, *(const int64_t *)member);
    case MC_BIND_ID:
        return *(const int64_t *)member ? mc__arena_int(arena, *(const int64_t *)member) : NULL;
    case MC_BIND_MAYBE_INT:
        return number->given ? mc__arena_int(arena, number->value) : NULL;
    case MC_BIND_BOOL:
        return *(const bool *)member ? "t" : "f";
    case MC_BIND_CHOICE:
        return *choice == MC_UNSET ? NULL : *choice == MC_YES ? "t" : "f";
    case MC_BIND_TEXT:
        return *(const char *const *)member;
    case MC_BIND_TIME:
        return time_text(arena, *(const mc_time *)member);
    case MC_BIND_DOUBLE:
        return double_text(arena, *(const double *)member);
    case MC_BIND_MAYBE_DOUBLE:
        return fraction->given ? double_text(arena, fraction->value) : NULL;
    case MC_BIND_INTS:
        return ints_text(arena, member);
    case MC_BIND_MAYBE_INTS:
        return ((const mc_int64s *)member)->items ? ints_text(arena, member) : NULL;
    case MC_BIND_TEXTS:
        return texts_text(arena, member);
    case MC_BIND_BYTES:
        return bytes_text(arena, member);
    }
    return NULL;
}

size_t mc__batch_add(mc__batch *batch, mc__query query, const void *in)
{
    const mc__query_info *info = &mc__queries[query];
    mc__call *call;

    if (batch->count == MC_BATCH_MAX) {
        batch->arena.failed = true; /* noticed by mc__db_run(); a mistake of ours */
        return MC_BATCH_MAX - 1;
    }
    call = &batch->calls[batch->count];
    call->query = query;
    call->result = NULL;
    for (int i = 0; i < info->n_params; i++)
        call->params[i] = param_text(&batch->arena, (mc__bind_kind)info->params[i].kind,
                                     (const char *)in + info->params[i].offset);
    return batch->count++;
}

bool mc__batch_is_unsettled(const mc__batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        if (!mc__queries[batch->calls[i].query].is_unsettled)
            return false;
    return true;
}

const PGresult *mc__batch_rows(const mc__batch *batch, size_t i)
{
    return batch->calls[i].result;
}
