#include "config.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MOST (1 << 20) /* bytes */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef enum kind { TEXT, SWITCH, NUMBER, BYTES, LEVEL, NETWORKS } kind;

/* In the order of precedence: a later source overrides an earlier one. */
enum source { FROM_DEFAULT = 0, FROM_FILE, FROM_ENVIRONMENT, FROM_FLAG };

typedef struct setting {
    const char *name;
    kind kind;
    size_t offset;
    const char *initial;  /* NULL: unset */
    int64_t least, most;  /* of a number; of a TEXT its bytes, if it is set */
    const char *argument; /* NULL for a switch */
    const char *help;
    bool of_all; /* it matters to every command, not only to serve */
} setting;

#define AT(member) offsetof(config, member)

static const setting settings[] = {
    {"config", TEXT, AT(file), NULL, 0, 0, "FILE",
     "read settings from FILE: key = value lines, # comments", true},
    {"data", TEXT, AT(data), NULL, 0, 0, "DIR",
     "run a private PostgreSQL in DIR (default ~/.local/share/microcosm; root: "
     "/var/lib/microcosm)",
     true},
    {"database", TEXT, AT(database), NULL, 0, 0, "CONNINFO", "use this PostgreSQL instead", true},
    {"connections", NUMBER, AT(connections), "0", 0, 1000, "N",
     "connections to the database; 0: eight per core", false},
    {"prepare", SWITCH, AT(prepare), "yes", 0, 0, "yes|no",
     "keep prepared statements; no behind pgbouncer", true},
    {"cache-size", BYTES, AT(cache_size), "64m", 0, (int64_t)1 << 40, "BYTES",
     "memory for what was read before; 0: none", false},
    {"changes-keep", NUMBER, AT(changes_keep), "72", 1, 87600, "HOURS",
     "the change feed is kept; the least of all processes counts", false},
    {"listen", TEXT, AT(listen), "127.0.0.1:8080", 0, 0, "ADDR:PORT",
     "IPv4 address to serve; port 0: any free one", false},
    {"base-domain", TEXT, AT(base_domain), "localhost", 0, 0, "NAME", "sites are KEY.NAME", true},
    {"default-site", TEXT, AT(default_site), NULL, 0, 0, "KEY", "site for every other host", false},
    {"demo", SWITCH, AT(demo), "no", 0, 0, NULL, "make the site demo, once", false},
    {"gravatar", SWITCH, AT(gravatar), "no", 0, 0, "yes|no",
     "new profiles get their picture from gravatar.com", false},
    {"legal", TEXT, AT(legal), NULL, 0, 0, "DIR", "legal documents in place of the built-in ones",
     false},
    {"operator-name", TEXT, AT(operator_name), NULL, 0, 0, "NAME",
     "who runs this, for legal documents", false},
    {"operator-address", TEXT, AT(operator_address), NULL, 0, 0, "TEXT", "their postal address",
     false},
    {"operator-email", TEXT, AT(operator_email), NULL, 0, 0, "ADDRESS", "where people reach them",
     false},
    {"jobs", TEXT, AT(jobs), NULL, 0, 0, "LIST", "schedules of jobs: \"NAME: SCHEDULE; NAME: off\"",
     true},
    {"geocoder", TEXT, AT(geocoder), NULL, 0, 0, "URL",
     "search of a service like Nominatim, for the places of events", false},
    {"outgoing-allow", TEXT, AT(outgoing_allow), NULL, 0, 0, "LIST",
     "private networks that requests may go to which sites or people cause", false},
    {"spam-check", TEXT, AT(spam_check), NULL, 0, 0, "URL",
     "service like stopforumspam.com that is asked about new people's addresses", false},
    {"spam-check-closed", SWITCH, AT(spam_check_closed), "no", 0, 0, "yes|no",
     "let nobody new in while that service doesn't answer", false},
    {"smtp", TEXT, AT(smtp), NULL, 0, 0, "URL",
     "server for mail: smtps://user:password@host:465, or smtp:// with STARTTLS", true},
    {"smtp-ca", TEXT, AT(smtp_ca), NULL, 0, 0, "FILE",
     "authorities that its certificate may be from (default: the system's)", true},
    {"smtp-timeout", NUMBER, AT(smtp_timeout), "60", 1, 3600, "SECONDS", "for one mail", true},
    {"mail-from", TEXT, AT(mail_from), NULL, 0, 0, "ADDRESS", "address that mail is from", true},
    {"mail-reply-to", TEXT, AT(mail_reply_to), NULL, 0, 0, "ADDRESS",
     "address for answers (default: that of mail-from)", true},
    {"mail-bounce-secret", TEXT, AT(mail_bounce_secret), NULL, 16, 0, "SECRET",
     "of the provider that reports mail which comes back: better in the file or the environment",
     false},
    {"mail-templates", TEXT, AT(mail_templates), NULL, 0, 0, "DIR",
     "templates of mail in place of the built-in ones", true},
    {"password-memory", BYTES, AT(password_memory), "19m", 7 << 20, 1 << 30, "BYTES",
     "for the hash of a password; k and m allowed", false},
    {"password-passes", NUMBER, AT(password_passes), "2", 1, 100, "N",
     "over that memory, for the hash of a password", false},
    {"threads", NUMBER, AT(threads), "48", 1, 1024, "N", "connections served at once", false},
    {"request-timeout", NUMBER, AT(request_timeout), "10", 1, 3600, "SECONDS",
     "for a request to arrive, and for its reply to leave", false},
    {"keep-alive-timeout", NUMBER, AT(keep_alive_timeout), "1000", 50, 600000, "MS",
     "an idle connection may stay", false},
    {"drain-timeout", NUMBER, AT(drain_timeout), "15", 0, 3600, "SECONDS",
     "running requests get when stopping", false},
    {"max-body", BYTES, AT(max_body), "1m", 1024, (int64_t)1 << 30, "BYTES",
     "longest body of a request; k and m allowed", false},
    {"files", TEXT, AT(files), NULL, 0, 0, "DIR|URL",
     "folder of uploaded files, or s3://BUCKET/PREFIX (default: files in that of data)", true},
    {"s3-endpoint", TEXT, AT(s3_endpoint), NULL, 0, 0, "URL",
     "address of S3 (default: Amazon's of the region)", true},
    {"s3-region", TEXT, AT(s3_region), "us-east-1", 0, 0, "NAME", "region of the bucket", true},
    {"s3-access-key", TEXT, AT(s3_access_key), NULL, 0, 0, "KEY", "who asks S3", true},
    {"s3-secret-key", TEXT, AT(s3_secret_key), NULL, 0, 0, "KEY",
     "their secret: better in the file or the environment", true},
    {"s3-spool", TEXT, AT(s3_spool), NULL, 0, 0, "DIR",
     "folder of uploads on their way to S3 (default: files/tmp in that of data)", true},
    {"s3-path-style", SWITCH, AT(s3_path_style), "yes", 0, 0, "yes|no",
     "ENDPOINT/BUCKET, or BUCKET.ENDPOINT", true},
    {"s3-timeout", NUMBER, AT(s3_timeout), "10", 1, 600, "SECONDS",
     "without an answer, until S3 is asked again", true},
    {"s3-redirect", NUMBER, AT(s3_redirect), "0", 0, 604800, "SECONDS",
     "clients fetch files from S3, at addresses that last so long; 0: from here", false},
    {"file-size", BYTES, AT(file_size), "30m", 1024, (int64_t)1 << 40, "BYTES",
     "largest file that may be uploaded", false},
    {"profile-files", BYTES, AT(profile_files), "1024m", 0, (int64_t)1 << 60, "BYTES",
     "all files that a profile has uploaded; 0: no limit", false},
    {"image-program", TEXT, AT(image_program), NULL, 0, 0, "FILE",
     "microcosm-image, which works on pictures (default: where it was installed)", true},
    {"max-upload", BYTES, AT(max_upload), "64m", 1024, (int64_t)1 << 40, "BYTES",
     "longest body of a request that uploads files", false},
    {"transfer-timeout", NUMBER, AT(transfer_timeout), "120", 1, 86400, "SECONDS",
     "for a file to arrive, and to leave", false},
    {"max-replies", BYTES, AT(max_replies), "64m", (int64_t)8 << 20, (int64_t)1 << 40, "BYTES",
     "memory of all replies together; 503 beyond it", false},
    {"trusted-proxies", NETWORKS, AT(trusted_proxies), NULL, 0, 0, "LIST",
     "addresses and networks whose X-Forwarded-For is believed", false},
    {"log-level", LEVEL, AT(log_level), "info", 0, 0, "LEVEL", "error, warning, info or debug",
     true},
    {"log-requests", SWITCH, AT(log_requests), "no", 0, 0, "yes|no", "a log line for each reply",
     false},
};

_Static_assert(COUNT(settings) <= sizeof(((config *)0)->sources),
               "config.sources has a place for each");

/* A list of all texts that settings have pointed to, freed together. */
struct config_text {
    struct config_text *next;
    char text[];
};

static bool fail(config *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(config *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(c->problem, sizeof(c->problem), format, args);
    va_end(args);
    return false;
}

/* Adds the place of the fault to the problem. */
static bool fail_at(config *c, const char *place)
{
    char what[sizeof(c->problem)];

    memcpy(what, c->problem, sizeof(what));
    return fail(c, "%s: %s", place, what);
}

static const char *copy_text(config *c, const char *text)
{
    size_t size = strlen(text) + 1;
    struct config_text *copy = malloc(sizeof(*copy) + size);

    if (!copy)
        return NULL;
    memcpy(copy->text, text, size);
    copy->next = c->texts;
    c->texts = copy;
    return copy->text;
}

static bool read_switch(bool *out, const char *text)
{
    if (text_same(text, "yes") || text_same(text, "on"))
        *out = true;
    else if (text_same(text, "no") || text_same(text, "off"))
        *out = false;
    else
        return text_boolean(out, text);
    return true;
}

/* "65536", "64k" or "1m" */
static bool read_bytes(int64_t *out, const char *text)
{
    size_t digits = strspn(text, "0123456789");
    int64_t unit;

    if (text_same(text + digits, "k"))
        unit = 1 << 10;
    else if (text_same(text + digits, "m"))
        unit = 1 << 20;
    else if (text[digits] == '\0')
        unit = 1;
    else
        return false;
    return text_number(out, text, digits) && !__builtin_mul_overflow(*out, unit, out);
}

static bool set_text(config *c, const setting *s, const char **out, const char *value)
{
    *out = NULL;
    if (*value == '\0')
        return true; /* empty: not set */
    if ((int64_t)strlen(value) < s->least)
        return fail(c, "%s must have at least %lld characters", s->name, (long long)s->least);
    *out = copy_text(c, value);
    return *out || fail(c, "out of memory");
}

static bool set_number(config *c, const setting *s, int64_t *out, const char *value)
{
    int64_t number;
    bool read =
        s->kind == BYTES ? read_bytes(&number, value) : text_number(&number, value, strlen(value));

    if (!read || number < s->least || number > s->most)
        return fail(c, "%s must be a number from %lld to %lld, not \"%s\"", s->name,
                    (long long)s->least, (long long)s->most, value);
    *out = number;
    return true;
}

static bool set_value(config *c, const setting *s, const char *value)
{
    void *place = (char *)c + s->offset;

    switch (s->kind) {
    case TEXT:
        return set_text(c, s, place, value);
    case SWITCH:
        return read_switch(place, value) ||
               fail(c, "%s must be yes or no, not \"%s\"", s->name, value);
    case NUMBER:
    case BYTES:
        return set_number(c, s, place, value);
    case LEVEL:
        return log_level_find(place, value) ||
               fail(c, "%s must be error, warning, info or debug, not \"%s\"", s->name, value);
    case NETWORKS:
        return networks_parse(place, value) ||
               fail(c, "%s must list addresses and networks, not \"%s\"", s->name, value);
    }
    return fail(c, "%s is of no kind", s->name);
}

/* Ignores a value from a source with lower precedence than that of the current value. */
static bool apply(config *c, const setting *s, const char *value, enum source source)
{
    unsigned char *current = &c->sources[s - settings];

    if (source < *current)
        return true;
    if (source == *current)
        return fail(c, "%s is given twice", s->name);
    *current = (unsigned char)source;
    return set_value(c, s, value);
}

static const setting *find_setting(const char *name, size_t length)
{
    for (size_t i = 0; i < COUNT(settings); i++)
        if (strlen(settings[i].name) == length && memcmp(settings[i].name, name, length) == 0)
            return &settings[i];
    return NULL;
}

void config_init(config *c)
{
    memset(c, 0, sizeof(*c));
    for (size_t i = 0; i < COUNT(settings); i++)
        if (settings[i].initial && settings[i].kind == TEXT)
            *(const char **)((char *)c + settings[i].offset) = settings[i].initial;
        else if (settings[i].initial)
            set_value(c, &settings[i], settings[i].initial);
}

void config_release(config *c)
{
    while (c->texts) {
        struct config_text *next = c->texts->next;

        free(c->texts);
        c->texts = next;
    }
}

typedef struct arguments {
    int argc, next;
    const char *const *argv;
} arguments;

static const config_flag *find_flag(const config_flag *flags, size_t count, const char *name,
                                    size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(flags[i].name) == length && memcmp(flags[i].name, name, length) == 0)
            return &flags[i];
    return NULL;
}

/* One flag with its value: "--name value", "--name=value", or "--name" alone for a switch. */
static bool read_flag(config *c, arguments *args, const config_flag *flags, size_t flag_count)
{
    const char *name = args->argv[args->next++] + 2;
    size_t length = strcspn(name, "=");
    const setting *s = find_setting(name, length);
    const config_flag *flag = find_flag(flags, flag_count, name, length);
    const char *value;

    if (!s && !flag)
        return fail(c, "unknown flag --%.*s", (int)length, name);
    if (name[length] == '=')
        value = name + length + 1;
    else if ((s && !s->argument) || (flag && flag->is_switch))
        value = "yes";
    else if (args->next < args->argc)
        value = args->argv[args->next++];
    else
        return fail(c, "--%s needs a value", name);
    if (flag && *flag->value)
        return fail(c, "%s is given twice", flag->name);
    if (flag) {
        *flag->value = value;
        return true;
    }
    return apply(c, s, value, FROM_FLAG);
}

static bool read_arguments(config *c, arguments *args, const config_flag *flags, size_t flag_count,
                           const char **words, size_t *word_count)
{
    size_t room = *word_count;

    *word_count = 0;
    while (args->next < args->argc) {
        const char *word = args->argv[args->next];

        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            c->wants_help = true;
            return true;
        }
        if (word[0] == '-' && word[1] == '-' && word[2] != '\0') {
            if (!read_flag(c, args, flags, flag_count))
                return false;
            continue;
        }
        if (*word_count == room)
            return fail(c, "unexpected argument \"%s\"", word);
        words[(*word_count)++] = word;
        args->next++;
    }
    return true;
}

/* "base-domain" is MICROCOSM_BASE_DOMAIN */
static void environment_name(char *out, size_t size, const char *name)
{
    snprintf(out, size, "MICROCOSM_%s", name);
    for (char *c = out; *c; c++)
        if (*c == '-')
            *c = '_';
        else if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
}

extern char **environ;

/* Variables of the library and of its bindings, which aren't settings. */
static bool is_of_library(const char *variable)
{
    static const char *const names[] = {"MICROCOSM_PG_BIN=", "MICROCOSM_LIBRARY="};

    for (size_t i = 0; i < COUNT(names); i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static bool is_setting(const char *variable)
{
    char name[64];

    for (size_t i = 0; i < COUNT(settings); i++) {
        size_t length;

        environment_name(name, sizeof(name), settings[i].name);
        length = strlen(name);
        if (strncmp(variable, name, length) == 0 && variable[length] == '=')
            return true;
    }
    return false;
}

/* Only told and not refused: others name variables too, such as Kubernetes for a service
 * "microcosm". */
static void note_unknown(config *c)
{
    for (char **variable = environ; *variable && c->unknown_count < COUNT(c->unknown); variable++)
        if (strncmp(*variable, "MICROCOSM_", 10) == 0 && !is_setting(*variable) &&
            !is_of_library(*variable))
            c->unknown[c->unknown_count++] = *variable;
}

static bool read_environment(config *c)
{
    char name[64];

    for (size_t i = 0; i < COUNT(settings); i++) {
        const char *value;

        environment_name(name, sizeof(name), settings[i].name);
        value = getenv(name);
        if (value && !apply(c, &settings[i], value, FROM_ENVIRONMENT))
            return fail_at(c, name);
    }
    note_unknown(c);
    return true;
}

static char *trim(char *text)
{
    size_t length;

    text += strspn(text, " \t\r\n");
    length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]))
        text[--length] = '\0';
    return text;
}

static bool read_line(config *c, char *line)
{
    const setting *s;
    char *equals;
    char *key;
    char *value;

    line = trim(line);
    if (*line == '\0' || *line == '#')
        return true;
    equals = strchr(line, '=');
    if (!equals)
        return fail(c, "a line is \"key = value\"");
    *equals = '\0';
    key = trim(line);
    s = find_setting(key, strlen(key));
    if (!s || s->offset == AT(file))
        return fail(c, "unknown key \"%s\"", key);
    value = trim(equals + 1);
    if (*value == '"' || *value == '\'') /* it would be part of the value */
        return fail(c, "%s is written without quotes", s->name);
    return apply(c, s, value, FROM_FILE);
}

bool config_read_file(config *c, FILE *file, const char *name)
{
    char line[4096], place[128];

    for (int number = 1; fgets(line, sizeof(line), file); number++) {
        bool whole = strlen(line) + 1 < sizeof(line) || fail(c, "the line is too long");

        if (whole && read_line(c, line))
            continue;
        snprintf(place, sizeof(place), "%.100s:%d", name, number);
        return fail_at(c, place);
    }
    return !ferror(file) || fail(c, "%s: %s", name, strerror(errno));
}

/* NULL: an open file can be read as one of settings. */
static const char *fault_of(int fd)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return strerror(errno);
    if (!S_ISREG(status.st_mode))
        return "it is no regular file";
    return status.st_size > FILE_MOST ? "it has more than 1 MiB" : NULL;
}

/* A pipe or device might never end, and opening one might wait for ever. */
static FILE *open_regular(config *c)
{
    int fd = open(c->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const char *fault = fd < 0 ? strerror(errno) : fault_of(fd);
    FILE *file = fault ? NULL : fdopen(fd, "r");

    if (!file)
        fail(c, "%s: %s", c->file, fault ? fault : strerror(errno));
    if (!file && fd >= 0)
        close(fd);
    return file;
}

static bool read_named_file(config *c)
{
    FILE *file = open_regular(c);
    bool sound;

    if (!file)
        return false;
    sound = config_read_file(c, file, c->file);
    fclose(file);
    return sound;
}

/* data and database exclude each other: the one from the source with higher precedence counts, and
 * both from the same source are an error. */
static bool settle_database(config *c)
{
    unsigned char data = c->sources[find_setting("data", 4) - settings];
    unsigned char database = c->sources[find_setting("database", 8) - settings];

    if (!c->data || !c->database)
        return true;
    if (data == database)
        return fail(c, "data and database exclude each other");
    if (data > database)
        c->database = NULL;
    else
        c->data = NULL;
    return true;
}

/* Clients would be sent to addresses that nobody can make. */
static bool check_redirect(config *c)
{
    if (!c->s3_redirect || (c->files && strncmp(c->files, "s3://", 5) == 0))
        return true;
    return fail(c, "s3-redirect is for files in S3: files must be s3://BUCKET/PREFIX");
}

bool config_read(config *c, int argc, const char *const *argv, const config_flag *flags,
                 size_t flag_count, const char **words, size_t *word_count)
{
    arguments args = {argc, 0, argv};

    if (!read_arguments(c, &args, flags, flag_count, words, word_count))
        return false;
    if (c->wants_help)
        return true;
    return read_environment(c) && (!c->file || read_named_file(c)) && settle_database(c) &&
           check_redirect(c);
}

void config_describe(FILE *out, bool all)
{
    for (size_t i = 0; i < COUNT(settings); i++) {
        const setting *s = &settings[i];
        char flag[48];

        if (!all && !s->of_all)
            continue;
        snprintf(flag, sizeof(flag), "--%s %s", s->name, s->argument ? s->argument : "");
        fprintf(out, "  %-30s %s", flag, s->help);
        if (s->initial)
            fprintf(out, " (%s)", s->initial);
        fputc('\n', out);
    }
}
