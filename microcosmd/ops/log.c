#include "log.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

static const char *const level_names[] = {
    [MC_LOG_ERROR] = "error",
    [MC_LOG_WARNING] = "warning",
    [MC_LOG_INFO] = "info",
    [MC_LOG_DEBUG] = "debug",
};

static size_t write_stamp(char *out, size_t size)
{
    struct timespec now;
    struct tm parts;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    return (size_t)snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ ",
                            parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                            parts.tm_min, parts.tm_sec, now.tv_nsec / 1000000);
}

/*
 * A message may contain a client's bytes: none may start another line, or do anything to a
 * terminal. All but printable ASCII, and the backslash, is written as \xNN.
 */
static size_t append_escaped(char *out, size_t size, const char *text)
{
    size_t used = 0;

    for (; *text && used + 5 < size; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= ' ' && c < 0x7f && c != '\\')
            out[used++] = (char)c;
        else
            used += (size_t)snprintf(out + used, size - used, "\\x%02x", c);
    }
    return used;
}

static void write_all(const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(STDERR_FILENO, bytes, length);

        if (n <= 0)
            return; /* the error can't be reported anywhere */
        bytes += n;
        length -= (size_t)n;
    }
}

__attribute__((format(printf, 3, 0))) static void log_message(const logger *log, mc_log_level level,
                                                              const char *format, va_list args)
{
    char line[LINE_MAX_BYTES], message[LINE_MAX_BYTES];
    size_t used;

    if (level > log->level)
        return;
    used = write_stamp(line, sizeof(line));
    used += (size_t)snprintf(line + used, sizeof(line) - used, "%s ", level_names[level]);
    if (vsnprintf(message, sizeof(message), format, args) < 0)
        return;
    used += append_escaped(line + used, sizeof(line) - used - 1, message);
    line[used++] = '\n';
    write_all(line, used);
}

void log_line(const logger *log, mc_log_level level, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_message(log, level, format, args);
    va_end(args);
}

void log_from_library(void *data, mc_log_level level, const char *message)
{
    log_line(data, level, "%s", message);
}

bool log_level_find(mc_log_level *out, const char *name)
{
    for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++)
        if (text_same(level_names[i], name)) {
            *out = (mc_log_level)i;
            return true;
        }
    return false;
}
