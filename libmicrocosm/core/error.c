/*
 * The list of errors; building an mc_failure; the log. Calls the arena only.
 *
 * Works without memory too: then the message is the text of the code, from the list.
 */
#include "core.h"

#define LOG_LINE_SIZE 1024
#define FIRST_FAULTS 8

static const mc_error_info errors[] = {
#define XX(name, value, slug, text) {value, "MC_" #name, slug, text},
    MC_ERROR_MAP(XX)
#undef XX
};

size_t mc_error_count(void)
{
    return MC_COUNT(errors);
}

const mc_error_info *mc_error_at(size_t i)
{
    return i < MC_COUNT(errors) ? &errors[i] : NULL;
}

const mc_error_info *mc_error_find(int code)
{
    for (size_t i = 0; i < MC_COUNT(errors); i++) {
        if (errors[i].code == code)
            return &errors[i];
    }
    return NULL;
}

static const mc_failure no_error = {.slug = "", .message = "", .sqlstate = ""};

void mc__problem_clear(mc__problem *problem)
{
    mc__arena_reset(&problem->arena);
    problem->shown = no_error;
    problem->fault_capacity = 0;
}

void mc__problem_release(mc__problem *problem)
{
    mc__arena_release(&problem->arena);
    problem->shown = no_error;
    problem->fault_capacity = 0;
}

static void forget_faults(mc__problem *problem)
{
    problem->shown.faults = NULL;
    problem->shown.fault_count = 0;
    problem->fault_capacity = 0;
}

/* A message that could not be stored is replaced by the text of its code. */
static void show(mc__problem *problem, int code, int reason, const char *message)
{
    const mc_error_info *info = mc_error_find(code);
    mc_failure *shown = &problem->shown;

    shown->code = code;
    shown->slug = info ? info->slug : "";
    shown->message = *message || !info ? message : info->text;
    shown->sqlstate = "";
    shown->reason = reason;
    if (code != MC_EINVAL)
        forget_faults(problem);
}

int(mc__fail)(mc__problem *problem, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    show(problem, code, 0, mc__arena_vformat(&problem->arena, format, args));
    va_end(args);
    return code;
}

int(mc__fail_because)(mc__problem *problem, int code, int reason, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    show(problem, code, reason, mc__arena_vformat(&problem->arena, format, args));
    va_end(args);
    return code;
}

/* Makes room for one more fault. The old list stays in the arena until the problem is cleared. */
static mc_fault *next_fault(mc__problem *problem)
{
    size_t count = problem->shown.fault_count;

    if (count == problem->fault_capacity) {
        size_t capacity = count ? count * 2 : FIRST_FAULTS;
        mc_fault *faults = mc__arena_alloc(&problem->arena, capacity * sizeof(*faults));

        if (!faults)
            return NULL;
        if (count)
            memcpy(faults, problem->shown.faults, count * sizeof(*faults));
        problem->shown.faults = faults;
        problem->fault_capacity = capacity;
    }
    return (mc_fault *)&problem->shown.faults[count];
}

int mc__fault(mc__problem *problem, const char *field, const char *format, ...)
{
    mc__arena *arena = &problem->arena;
    va_list args;

    va_start(args, format);
    const char *message = mc__arena_vformat(arena, format, args);
    va_end(args);

    mc_fault *fault = next_fault(problem);
    if (fault)
        *fault = (mc_fault){mc__arena_strdup(arena, field), message};

    if (problem->shown.fault_count == 0)
        show(problem, MC_EINVAL, 0, mc__arena_format(arena, "%s: %s", field, message));

    /* An incomplete list of faults would make users submit again and again. */
    if (arena->failed) {
        show(problem, MC_ENOMEM, 0, "");
        return MC_ENOMEM;
    }

    problem->shown.fault_count++;
    return MC_EINVAL;
}

bool mc__is_at_fault(const mc__problem *problem, const char *field)
{
    for (size_t i = 0; i < problem->shown.fault_count; i++)
        if (strcmp(problem->shown.faults[i].field, field) == 0)
            return true;
    return false;
}

/* Drops an incomplete UTF-8 sequence from the end of a truncated line. */
static void drop_broken_character(char *line, size_t length)
{
    while (length > 0 && ((unsigned char)line[length - 1] & 0xC0) == 0x80)
        length--;
    if (length > 0 && (unsigned char)line[length - 1] >= 0xC0)
        length--;
    line[length] = '\0';
}

/* PostgreSQL's messages have several lines and may quote user input: log them as one line each. */
static void make_one_line(char *line)
{
    for (; *line; line++) {
        if ((unsigned char)*line < 0x20 || *line == 0x7F)
            *line = ' ';
    }
}

void mc__log_write(const mc__log *log, mc_log_level level, const char *format, ...)
{
    char line[LOG_LINE_SIZE];
    va_list args;

    if (!log || !log->fn || level > log->level)
        return;

    va_start(args, format);
    int length = vsnprintf(line, sizeof(line), format, args);
    va_end(args);

    if (length < 0)
        return;
    if ((size_t)length >= sizeof(line))
        drop_broken_character(line, sizeof(line) - 1);
    make_one_line(line);
    log->fn(log->data, level, line);
}
