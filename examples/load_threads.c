/*
 * Loads discussions from a JSON file into a site: each thread becomes a conversation, each message
 * a comment, each author a profile, and replies stay replies.
 *
 *     load_threads [--data DIR | --database CONNINFO] [--site KEY] [--microcosm ID] FILE
 *
 * The file is a list of {"title", "messages": [{"id", "inReplyTo", "author", "created", "text"}]}.
 * A complete program that uses only <microcosm.h> and a JSON parser.
 */
#include <microcosm.h>

#include <json-c/json_object.h>
#include <json-c/json_util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TITLE_MAX 150

struct arguments {
    const char *data, *database, *site, *file;
    long long microcosm;
};

/* The comment of each message of the file, for replies to it. */
struct loaded {
    int64_t old_id, comment_id;
};

static int usage(void)
{
    fprintf(stderr, "usage: load_threads [--data DIR | --database CONNINFO] [--site KEY] "
                    "[--microcosm ID] FILE\n");
    return 2;
}

static int read_arguments(struct arguments *out, int argc, char **argv)
{
    *out = (struct arguments){.site = "demo"};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (argv[i][0] != '-') {
            out->file = argv[i];
            continue;
        }
        if (!value)
            return -1;
        if (strcmp(argv[i], "--data") == 0)
            out->data = value;
        else if (strcmp(argv[i], "--database") == 0)
            out->database = value;
        else if (strcmp(argv[i], "--site") == 0)
            out->site = value;
        else if (strcmp(argv[i], "--microcosm") == 0)
            out->microcosm = strtoll(value, NULL, 10);
        else
            return -1;
        i++;
    }
    return out->file ? 0 : -1;
}

static int complain(const char *what, const mc_failure *error)
{
    fprintf(stderr, "\n%s: %s\n", what,
            error && error->message ? error->message : "unknown failure");
    for (size_t i = 0; error && i < error->fault_count; i++)
        fprintf(stderr, "  %s %s\n", error->faults[i].field, error->faults[i].message);
    return -1;
}

static void show_progress(size_t done, size_t total, size_t messages)
{
    enum { WIDTH = 40 };
    size_t filled = total ? done * WIDTH / total : WIDTH;

    if (!isatty(STDERR_FILENO) && done < total)
        return;
    fprintf(stderr, "\r[%.*s%*s] %zu of %zu threads, %zu messages", (int)filled,
            "########################################", (int)(WIDTH - filled), "", done, total,
            messages);
    if (done == total)
        fputc('\n', stderr);
}

static const char *text_of(struct json_object *object, const char *key)
{
    const char *text = json_object_get_string(json_object_object_get(object, key));

    return text ? text : "";
}

/* Acts as a profile that stands for the author. A user needs only an e-mail address. */
static int act_as_author(mc_session *session, const char *author)
{
    char email[200];
    mc_profile_edit name = {.size = sizeof(name), .profile_name = author};
    mc_profile *self = NULL;
    int rc;

    snprintf(email, sizeof(email), "%s@threads.example", author);
    rc = mc_session_act_as_email(session, email);
    if (rc < 0)
        return complain(author, mc_session_error(session));
    rc = mc_profile_self(&self, session);
    if (rc == 0 && strcmp(self->profile_name, author) != 0)
        rc = mc_profile_edit_save(session, self->id, &name);
    mc_record_free(self);
    return rc < 0 ? complain(author, mc_session_error(session)) : 0;
}

/* Titles have at most 150 characters; truncates between characters. */
static void copy_title(char out[TITLE_MAX + 1], const char *title)
{
    size_t length = strlen(title);

    if (length > TITLE_MAX)
        length = TITLE_MAX;
    while (length > 0 && ((unsigned char)title[length] & 0xC0) == 0x80)
        length--;
    memcpy(out, title, length);
    out[length] = '\0';
}

static int64_t new_id_of(const struct loaded *loaded, size_t count, int64_t old_id)
{
    for (size_t i = 0; i < count; i++)
        if (loaded[i].old_id == old_id)
            return loaded[i].comment_id;
    return 0;
}

static int load_message(mc_session *session, int64_t conversation, struct json_object *message,
                        struct loaded *loaded, size_t count)
{
    mc_comment_edit edit = {
        .size = sizeof(edit),
        .item_type = "conversation",
        .item_id = conversation,
        .markdown = text_of(message, "text"),
        .in_reply_to = new_id_of(
            loaded, count, json_object_get_int64(json_object_object_get(message, "inReplyTo")))};

    if (act_as_author(session, text_of(message, "author")) < 0)
        return -1;
    loaded[count].old_id = json_object_get_int64(json_object_object_get(message, "id"));
    if (mc_comment_create(&loaded[count].comment_id, session, &edit) < 0)
        return complain("a message", mc_session_error(session));
    return 0;
}

static int load_thread(mc_session *session, int64_t microcosm, struct json_object *thread,
                       size_t *messages)
{
    struct json_object *list = json_object_object_get(thread, "messages");
    size_t count = list ? json_object_array_length(list) : 0;
    struct loaded *loaded;
    char title[TITLE_MAX + 1];
    mc_conversation_edit edit = {.size = sizeof(edit), .microcosm_id = microcosm, .title = title};
    int64_t conversation = 0;
    int rc = 0;

    if (count == 0)
        return 0;
    copy_title(title, text_of(thread, "title"));
    if (act_as_author(session, text_of(json_object_array_get_idx(list, 0), "author")) < 0)
        return -1;
    if (mc_conversation_create(&conversation, session, &edit) < 0)
        return complain(title, mc_session_error(session));
    loaded = calloc(count, sizeof(*loaded));
    if (!loaded)
        return -1;
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = load_message(session, conversation, json_object_array_get_idx(list, i), loaded, i);
    free(loaded);
    *messages += count;
    return rc;
}

/* The requested microcosm, else the site's root. */
static int find_microcosm(int64_t *out, mc_session *session, long long wanted)
{
    mc_microcosm *microcosm = NULL;

    if (mc_microcosm_get(&microcosm, session, wanted, NULL, NULL) < 0)
        return complain("the microcosm", mc_session_error(session));
    *out = microcosm->id;
    mc_record_free(microcosm);
    return 0;
}

static int load_file(mc_session *session, const struct arguments *arguments)
{
    struct json_object *threads = json_object_from_file(arguments->file);
    size_t count, messages = 0;
    int64_t microcosm = 0;
    int rc;

    if (!threads || !json_object_is_type(threads, json_type_array)) {
        fprintf(stderr, "%s: no list of threads in it\n", arguments->file);
        json_object_put(threads);
        return -1;
    }
    count = json_object_array_length(threads);
    rc = find_microcosm(&microcosm, session, arguments->microcosm);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = load_thread(session, microcosm, json_object_array_get_idx(threads, i), &messages);
        show_progress(i + 1, count, messages);
    }
    json_object_put(threads);
    return rc;
}

int main(int argc, char **argv)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_visit visit = MC_VISIT_INIT;
    struct arguments arguments;
    mc_session *session = NULL;
    mc_failure *error = NULL;
    mc_app *app = NULL;
    int rc;

    if (read_arguments(&arguments, argc, argv) < 0)
        return usage();
    options.data = arguments.data;
    options.database = arguments.database;
    rc = mc_app_new(&app, &options, &error);
    if (rc == 0)
        rc = mc_app_migrate(app, &error);
    if (rc < 0)
        complain("the database", error);
    mc_failure_free(error);
    if (rc == 0)
        rc = mc_session_new(&session, app);
    if (rc == 0) {
        visit.site_key = arguments.site;
        rc = mc_session_enter(session, &visit);
        if (rc < 0)
            complain(arguments.site, mc_session_error(session));
    }
    if (rc == 0)
        rc = load_file(session, &arguments);
    mc_session_free(session);
    mc_app_free(app);
    return rc < 0 ? 1 : 0;
}
