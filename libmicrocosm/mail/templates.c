/* See templates.h. */
#include "templates.h"

#include <dirent.h>
#include <errno.h>

#define FILE_MAX ((size_t)64 << 10) /* bytes in a file of the operator's */
#define ENDING ".mail"

static const char *const kind_names[MC_MAIL_KINDS] = {
    [MC_MAIL_TEST] = "test",
    [MC_MAIL_NEW_COMMENT] = "new_comment",
    [MC_MAIL_REPLY] = "reply_to_comment",
    [MC_MAIL_MENTION] = "mentioned",
    [MC_MAIL_NEW_COMMENT_IN_HUDDLE] = "new_comment_in_huddle",
    [MC_MAIL_NEW_ATTENDEE] = "new_attendee",
    [MC_MAIL_NEW_VOTE] = "new_vote",
    [MC_MAIL_EVENT_REMINDER] = "event_reminder",
    [MC_MAIL_NEW_ITEM] = "new_item",
    [MC_MAIL_NEW_USER] = "new_user",
    [MC_MAIL_DIGEST] = "digest",
    [MC_MAIL_SIGN_IN] = "sign_in",
    [MC_MAIL_PASSWORD] = "password",
    [MC_MAIL_CONFIRM] = "confirm",
    [MC_MAIL_ACCOUNT] = "account",
};

static const mc__value_name value_names[MC_MAIL_VALUES + 1] = {
    [MC_MAIL_SITE] = {"site", MC_VALUE_TEXT},
    [MC_MAIL_SITE_URL] = {"site-url", MC_VALUE_TEXT},
    [MC_MAIL_PERSON] = {"person", MC_VALUE_TEXT},
    [MC_MAIL_EMAIL] = {"email", MC_VALUE_TEXT},
    [MC_MAIL_AUTHOR] = {"author", MC_VALUE_TEXT},
    [MC_MAIL_KIND] = {"kind", MC_VALUE_TEXT},
    [MC_MAIL_TITLE] = {"title", MC_VALUE_TEXT},
    [MC_MAIL_URL] = {"url", MC_VALUE_TEXT},
    [MC_MAIL_WHEN] = {"when", MC_VALUE_TEXT},
    [MC_MAIL_COMMENT] = {"comment", MC_VALUE_HTML},
    [MC_MAIL_COMMENT_TEXT] = {"comment-text", MC_VALUE_TEXT},
    [MC_MAIL_ITEMS] = {"items", MC_VALUE_LIST},
    [MC_MAIL_UPDATES_URL] = {"updates-url", MC_VALUE_TEXT},
    [MC_MAIL_SETTINGS_URL] = {"settings-url", MC_VALUE_TEXT},
    [MC_MAIL_UNSUBSCRIBE_URL] = {"unsubscribe-url", MC_VALUE_TEXT},
    [MC_MAIL_CODE] = {"code", MC_VALUE_TEXT},
    [MC_MAIL_MINUTES] = {"minutes", MC_VALUE_TEXT},
    [MC_MAIL_NEW_PASSWORD] = {"new-password", MC_VALUE_TEXT},
    [MC_MAIL_FACTOR_ON] = {"factor-on", MC_VALUE_TEXT},
    [MC_MAIL_FACTOR_OFF] = {"factor-off", MC_VALUE_TEXT},
    [MC_MAIL_RECOVERY_CODES] = {"recovery-codes", MC_VALUE_TEXT},
    [MC_MAIL_SERVICE] = {"service", MC_VALUE_TEXT},
};

const char *mc__mail_kind_name(mc__mail_kind kind)
{
    return kind_names[kind];
}

typedef struct folder {
    const char *path; /* NULL: none */
    mc__arena *arena;
} folder;

static const char *our_text(const char *name)
{
    for (const mc__mail_text *text = mc__mail_texts; text->name; text++)
        if (strcmp(text->name, name) == 0)
            return text->text;
    return NULL;
}

/* Reads a file; *out stays NULL if there is none. */
static int read_file(const char **out, const folder *from, mc__problem *problem, const char *name)
{
    const char *path = mc__arena_format(from->arena, "%s/%s" ENDING, from->path, name);
    mc_auto(mc__free) char *text = mc__calloc(1, FILE_MAX + 1);
    FILE *file = text && !from->arena->failed ? fopen(path, "re") : NULL;
    size_t length;
    bool is_read;

    if (!text || from->arena->failed)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    if (!file)
        return errno == ENOENT
                   ? 0
                   : mc__fail(problem, MC_EINVAL, "mail template %s can't be read", path);
    length = fread(text, 1, FILE_MAX, file);
    is_read = !ferror(file) && fgetc(file) == EOF;
    fclose(file);
    if (!is_read || !mc__utf8_valid(text, length))
        return mc__fail(problem, MC_EINVAL,
                        "mail template %s must be UTF-8 and have at most %zu bytes", path,
                        FILE_MAX);
    *out = mc__arena_copy(from->arena, text, length);
    return from->arena->failed ? mc__fail(problem, MC_ENOMEM, "out of memory") : 0;
}

static int find(const char **out, void *data, mc__problem *problem, const char *name)
{
    const folder *from = data;
    int rc = 0;

    *out = NULL;
    if (from->path)
        rc = read_file(out, from, problem, name);
    if (rc == 0 && !*out)
        *out = our_text(name);
    return rc;
}

/* A file that nothing would read has a wrong name. */
static int check_names(mc__problem *problem, const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    int rc = 0;

    if (!dir)
        return mc__fail(problem, MC_EINVAL, "mail-templates must be a folder: %s", path);
    while (rc == 0 && (entry = readdir(dir))) {
        size_t length = strlen(entry->d_name), ending = strlen(ENDING);
        char name[256];

        if (length <= ending || strcmp(entry->d_name + length - ending, ENDING) != 0 ||
            length - ending >= sizeof(name))
            continue;
        memcpy(name, entry->d_name, length - ending);
        name[length - ending] = '\0';
        if (!our_text(name))
            rc = mc__fail(problem, MC_EINVAL, "mail-templates: there is no template %s",
                          entry->d_name);
    }
    closedir(dir);
    return rc;
}

int mc__mail_templates_load(mc__mail_templates *out, mc__problem *problem, const char *path)
{
    folder from = {path, &out->arena};
    mc__template_source source = {value_names, find, &from};
    int rc = path ? check_names(problem, path) : 0;

    for (int kind = 0; rc == 0 && kind < MC_MAIL_KINDS; kind++)
        rc = mc__template_load(&out->kinds[kind], problem, &out->arena, &source, kind_names[kind]);
    return rc;
}

void mc__mail_templates_release(mc__mail_templates *templates)
{
    mc__arena_release(&templates->arena);
}
