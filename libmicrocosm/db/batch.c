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

size_t mc__batch_add(mc__batch *batch, mc__query query)
{
    mc__call *call;

    if (batch->count == MC_BATCH_MAX) {
        batch->arena.failed = true; /* noticed by mc__db_run(); a mistake of ours */
        return MC_BATCH_MAX - 1;
    }
    call = &batch->calls[batch->count];
    call->query = query;
    call->n_params = 0;
    call->result = NULL;
    return batch->count++;
}

static void add(mc__batch *batch, const char *text)
{
    mc__call *call = &batch->calls[batch->count - 1];

    if (call->n_params == MC_PARAMS_MAX)
        batch->arena.failed = true;
    else
        call->params[call->n_params++] = text;
}

void mc__add_int(mc__batch *batch, int64_t value)
{
    add(batch, mc__arena_int(&batch->arena, value));
}

void mc__add_id(mc__batch *batch, int64_t value)
{
    if (value)
        mc__add_int(batch, value);
    else
        add(batch, NULL);
}

void mc__add_bool(mc__batch *batch, bool value)
{
    add(batch, value ? "t" : "f");
}

void mc__add_choice(mc__batch *batch, mc_choice value)
{
    add(batch, value == MC_UNSET ? NULL : value == MC_YES ? "t" : "f");
}

void mc__add_text(mc__batch *batch, const char *value)
{
    add(batch, value);
}

void mc__add_time(mc__batch *batch, mc_time value)
{
    char text[MC_TIME_TEXT_SIZE];

    if (value.us == MC_TIME_NONE) {
        add(batch, NULL);
        return;
    }
    mc__time_format(text, value);
    add(batch, mc__arena_strdup(&batch->arena, text));
}

void mc__add_double(mc__batch *batch, double value)
{
    char *text = mc__arena_format(&batch->arena, "%.17g", value);

    for (char *c = text; *c; c++)
        if (*c == ',')
            *c = '.'; /* a host may have set such a locale */
    add(batch, text);
}

void mc__add_ints(mc__batch *batch, const int64_t *values, size_t count)
{
    mc_scratch_text(text);

    mc__text_putc(&text, '{');
    for (size_t i = 0; i < count; i++) {
        if (i)
            mc__text_putc(&text, ',');
        mc__text_int(&text, values[i]);
    }
    mc__text_putc(&text, '}');
    batch->arena.failed |= text.error != 0;
    add(batch, mc__arena_copy(&batch->arena, mc__text_string(&text), text.length));
}

void mc__add_texts(mc__batch *batch, const char *const *values, size_t count)
{
    mc_scratch_text(text);

    mc__text_putc(&text, '{');
    for (size_t i = 0; i < count; i++) {
        mc__text_puts(&text, i ? ",\"" : "\"");
        for (const char *c = values[i]; *c; c++) {
            if (*c == '"' || *c == '\\')
                mc__text_putc(&text, '\\');
            mc__text_putc(&text, *c);
        }
        mc__text_putc(&text, '"');
    }
    mc__text_putc(&text, '}');
    batch->arena.failed |= text.error != 0;
    add(batch, mc__arena_copy(&batch->arena, mc__text_string(&text), text.length));
}

void mc__add_bytes(mc__batch *batch, const uint8_t *bytes, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    char *text = mc__arena_alloc(&batch->arena, 2 * length + 3);

    if (text) {
        text[0] = '\\';
        text[1] = 'x';
        for (size_t i = 0; i < length; i++) {
            text[2 + 2 * i] = hex[bytes[i] >> 4];
            text[3 + 2 * i] = hex[bytes[i] & 15];
        }
    }
    add(batch, text);
}

const PGresult *mc__batch_rows(const mc__batch *batch, size_t i)
{
    return batch->calls[i].result;
}
