/* See legal.h. */
#include "legal.h"

#include "../access/actor.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/types.h"
#include "markup/markup.h"
#include "statements.h"
#include "types.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes in a document of the operator's. */
#define DOCUMENT_MAX ((size_t)256 << 10)
#define DATE_LINE "Date: "
#define DATE_LENGTH 10 /* of YYYY-MM-DD */

static const mc__field legal_fields[] = {
    MC_FIELD(mc_legal, html, "html"),
    MC_FIELD(mc_legal, last_modified, "lastModified"),
};
const mc_type mc__legal_type = MC_TYPE(mc_legal, "legal", legal_fields);

static const mc__field legal_index_fields[] = {
    MC_FIELD(mc_legal_index, links, "links", .type = &mc__link_type),
};
const mc_type mc__legal_index_type = MC_TYPE(mc_legal_index, "legal_index", legal_index_fields);

static const struct {
    const char *name, *rel;
    bool is_of_root;
} documents[] = {
    {"cookies", "cookies", false},
    {"privacy", "privacy", false},
    {"terms", "terms", false},
    {"service", "api", true},
};

/* What stands as {{name}} in a document: HTML. Those of the operator are known from the start. */
typedef enum value {
    OPERATOR,
    OPERATOR_ADDRESS,
    OPERATOR_EMAIL,
    SITE_TITLE,
    SITE_URL,
    DATE,
    VALUES
} value;

static const char *const value_names[VALUES] = {"operator",   "operator-address", "operator-email",
                                                "site-title", "site-url",         "date"};

typedef struct document {
    const char *html, *date;
    mc_time modified;
} document;

struct mc__legal {
    mc__arena arena;
    const char *of_operator[3]; /* in the order of the values */
    document documents[MC_COUNT(documents)];
};

/* Which value begins at this place, in a text or, percent-encoded, in a link; VALUES for none. Sets
 * the length of its name with the braces. */
static value value_at(const char *text, size_t *length)
{
    static const char *const braces[][2] = {{"{{", "}}"}, {"%7B%7B", "%7D%7D"}};

    for (size_t i = 0; i < MC_COUNT(braces); i++) {
        size_t brace = strlen(braces[i][0]);

        if (strncmp(text, braces[i][0], brace) != 0)
            continue;
        for (int v = 0; v < VALUES; v++) {
            size_t name = strlen(value_names[v]);

            *length = name + 2 * brace;
            if (strncmp(text + brace, value_names[v], name) == 0 &&
                strncmp(text + brace + name, braces[i][1], brace) == 0)
                return (value)v;
        }
    }
    return VALUES;
}

/* Whether a paragraph can be shown: whose names have values. */
static int check_paragraph(bool *is_shown, mc__problem *problem, const struct mc__legal *legal,
                           const char *paragraph)
{
    size_t length;

    *is_shown = true;
    for (const char *at = strstr(paragraph, "{{"); at; at = strstr(at + length, "{{")) {
        value v = value_at(at, &length);

        if (v == VALUES)
            return mc__fail(problem, MC_EINVAL, "\"%.40s\" is no name of a value", at);
        if (v <= OPERATOR_EMAIL && !*legal->of_operator[v])
            *is_shown = false;
    }
    return 0;
}

/* Paragraphs about something that the operator hasn't set are left out. */
static int choose_paragraphs(mc__text *out, mc__problem *problem, const struct mc__legal *legal,
                             const char *markdown)
{
    mc_scratch_arena(scratch);

    while (*markdown) {
        const char *end = strstr(markdown, "\n\n");
        size_t length = end ? (size_t)(end - markdown) + 2 : strlen(markdown);
        const char *paragraph = mc__arena_copy(&scratch, markdown, length);
        bool is_shown;
        int rc = check_paragraph(&is_shown, problem, legal, paragraph);

        if (rc < 0)
            return rc;
        if (is_shown)
            mc__text_puts(out, paragraph);
        markdown += length;
    }
    return scratch.failed || out->error ? mc__fail(problem, MC_ENOMEM, "out of memory") : 0;
}

/* The day of the first line, which is taken off; else the one given. */
static const char *read_date(document *d, mc__arena *arena, const char *markdown, const char *day)
{
    if (strncmp(markdown, DATE_LINE, strlen(DATE_LINE)) == 0) {
        const char *line = markdown + strlen(DATE_LINE);

        day = mc__arena_copy(arena, line, strcspn(line, "\r\n"));
        markdown = line + strlen(day);
    }
    d->date = day;
    return mc__time_parse(&d->modified, mc__arena_format(arena, "%sT00:00:00Z", day)) ? markdown
                                                                                      : NULL;
}

static int make_document(document *d, mc__problem *problem, struct mc__legal *legal,
                         const char *markdown, const char *day)
{
    mc_scratch_text(chosen);
    mc_scratch_text(html);
    int rc;

    markdown = read_date(d, &legal->arena, markdown, day);
    if (!markdown)
        return mc__fail(problem, MC_EINVAL, "its date must be YYYY-MM-DD");
    rc = choose_paragraphs(&chosen, problem, legal, markdown);
    if (rc < 0)
        return rc;
    rc = mc__render(&html, NULL, mc__text_string(&chosen), chosen.length);
    d->html = mc__arena_copy(&legal->arena, mc__text_string(&html), html.length);
    return rc < 0 ? mc__fail(problem, rc, "it can't be shown") : 0;
}

/* Reads a file; *out is NULL if there is none. */
static int read_file(char **out, char day[DATE_LENGTH + 1], mc__problem *problem, const char *path)
{
    struct stat status;
    struct tm date;
    size_t length;
    int fd = mc__open_regular(path);
    FILE *file;

    *out = NULL;
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return mc__fail(problem, MC_EINVAL,
                        errno == EINVAL ? "it is no regular file" : "it can't be read");
    file = fdopen(fd, "r");
    if (!file) {
        close(fd);
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    }
    *out = mc__calloc(1, DOCUMENT_MAX + 1);
    length = *out ? fread(*out, 1, DOCUMENT_MAX + 1, file) : 0;
    if (!*out || ferror(file) || fstat(fileno(file), &status) < 0 ||
        !gmtime_r(&status.st_mtime, &date)) {
        fclose(file);
        return *out ? mc__fail(problem, MC_EINVAL, "it can't be read")
                    : mc__fail(problem, MC_ENOMEM, "out of memory");
    }
    fclose(file);
    if (length > DOCUMENT_MAX || !mc__utf8_valid(*out, length))
        return mc__fail(problem, MC_EINVAL, "it must be UTF-8 and have at most %zu bytes",
                        DOCUMENT_MAX);
    strftime(day, DATE_LENGTH + 1, "%Y-%m-%d", &date);
    return 0;
}

static const char *our_text(const char *name)
{
    const mc__legal_text *text = mc__legal_texts;

    while (strcmp(text->name, name) != 0)
        text++;
    return text->markdown;
}

/* Reads one document of the folder, or else makes ours. */
static int load(struct mc__legal *legal, mc__problem *problem, const char *folder, size_t i)
{
    mc_scratch_arena(scratch);
    mc_auto(mc__free) char *own = NULL;
    char day[DATE_LENGTH + 1] = "";
    const char *path =
        mc__arena_format(&scratch, "%s/%s.md", folder ? folder : "", documents[i].name);
    int rc = folder ? read_file(&own, day, problem, path) : 0;

    if (rc == 0)
        rc = make_document(&legal->documents[i], problem, legal,
                           own ? own : our_text(documents[i].name),
                           mc__arena_strdup(&legal->arena, day));
    if (rc < 0 && rc != MC_ENOMEM)
        rc = mc__fail(problem, MC_EINVAL, "legal document %s: %s", path,
                      mc__arena_strdup(&scratch, problem->shown.message));
    return scratch.failed || legal->arena.failed ? mc__fail(problem, MC_ENOMEM, "out of memory")
                                                 : rc;
}

static int check_folder(mc__problem *problem, const char *folder)
{
    struct stat status;

    if (!folder || (stat(folder, &status) == 0 && S_ISDIR(status.st_mode)))
        return 0;
    return mc__fail(problem, MC_EINVAL, "legal must be a folder: %s", folder);
}

static const char *as_html(mc__arena *arena, const char *text)
{
    mc_scratch_text(html);

    mc__text_html(&html, text, strlen(text));
    arena->failed |= html.error != 0;
    return mc__arena_strdup(arena, mc__text_string(&html));
}

int mc__legal_new(struct mc__legal **out, mc__problem *problem, const mc_app_options *options)
{
    const char *of_operator[] = {options->operator_name, options->operator_address,
                                 options->operator_email};
    mc_auto(mc__legal_free) struct mc__legal *legal = mc__calloc(1, sizeof(*legal));
    int rc = legal ? check_folder(problem, options->legal)
                   : mc__fail(problem, MC_ENOMEM, "out of memory");

    for (size_t i = 0; rc == 0 && i < MC_COUNT(of_operator); i++) {
        const char *text = of_operator[i]  ? of_operator[i]
                           : i == OPERATOR ? options->base_domain
                                           : "";

        if (!mc__utf8_valid(text, strlen(text)))
            rc = mc__fail(problem, MC_EINVAL, "the operator's details must be UTF-8");
        else
            legal->of_operator[i] = as_html(&legal->arena, text);
    }
    for (size_t i = 0; rc == 0 && i < MC_COUNT(documents); i++)
        rc = load(legal, problem, options->legal, i);
    if (rc == 0)
        *out = MC_TAKE(legal);
    return rc;
}

void mc__legal_free(struct mc__legal *legal)
{
    if (legal)
        mc__arena_release(&legal->arena);
    mc__free(legal);
}

int mc_legal_list(mc_legal_index **out, mc_session *session)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_legal_index *index;
    size_t capacity = 0;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    index = record = mc__record_new(&mc__legal_index_type);
    if (!index)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < MC_COUNT(documents); i++) {
        mc__arena *arena = mc__record_arena(record);

        if (documents[i].is_of_root == mc_session_is_root_site(session))
            mc__link_add(arena, &index->links, &capacity, documents[i].rel,
                         mc__arena_format(arena, "/api/v1/legal/%s", documents[i].name), NULL);
    }
    if (mc__record_arena(record)->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

/* Copies a document with what differs from site to site. */
static const char *fill_in(mc__arena *arena, const char *html, const char *const values[VALUES])
{
    mc_scratch_text(out);

    while (*html) {
        size_t length = strcspn(html, "{%");
        value v;

        mc__text_append(&out, html, length);
        html += length;
        v = value_at(html, &length);
        if (v != VALUES)
            mc__text_puts(&out, values[v]);
        else if (*html)
            mc__text_append(&out, html, length = 1);
        else
            break;
        html += length;
    }
    arena->failed |= out.error != 0;
    return mc__arena_copy(arena, mc__text_string(&out), out.length);
}

static int find_document(size_t *out, mc_session *session, const char *name)
{
    for (size_t i = 0; name && i < MC_COUNT(documents); i++)
        if (strcmp(documents[i].name, name) == 0 &&
            documents[i].is_of_root == mc_session_is_root_site(session)) {
            *out = i;
            return 0;
        }
    return mc__refuse(session, MC_ENOTFOUND);
}

int mc_legal_get(mc_legal **out, mc_session *session, const char *name)
{
    mc_auto(mc_record_free) void *record = NULL;
    const struct mc__legal *legal;
    const char *values[VALUES];
    const document *d;
    mc_batch(batch);
    size_t i = 0;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = find_document(&i, session, name);
    if (rc < 0)
        return rc;
    mc__add_sites_title(&batch, &(mc__sites_title_in){.site_id = session->site.id});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__refuse(session, MC_ENOSITE);
    record = mc__record_new(&mc__legal_type);
    if (!record)
        return mc__out_of_memory(session);
    legal = session->app->legal;
    d = &legal->documents[i];
    memcpy(values, legal->of_operator, sizeof(legal->of_operator));
    values[SITE_TITLE] = mc__read_sites_title(mc__batch_rows(&batch, 0), 0).title;
    values[SITE_URL] = as_html(&session->scratch, session->site.url);
    values[DATE] = d->date;
    ((mc_legal *)record)->html = fill_in(mc__record_arena(record), d->html, values);
    ((mc_legal *)record)->last_modified = d->modified;
    if (mc__record_arena(record)->failed || session->scratch.failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}
