/* Files: how they come in, what becomes of them when something fails, and which are deleted. */
#include "forum.h"
#include "scratch.h"

#include "domain/base/handles.h"
#include "files/store.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

static void begin(void)
{
    forum_open();
    act_as("mira");
}

TestSuite(files, .init = begin, .fini = forum_close, .timeout = 300);

static const char rope[] = "A bowline does not slip.\n";

static mc_file_upload of_bytes(const char *text)
{
    mc_file_upload upload = MC_FILE_UPLOAD_INIT;

    upload.file_name = "rope.txt";
    upload.bytes = text;
    upload.length = (int64_t)strlen(text);
    return upload;
}

static mc_file *put(const char *text)
{
    mc_file_upload upload = of_bytes(text);
    mc_file *file = NULL;

    must(mc_file_put(&file, session, &upload));
    return file;
}

static int append(void *out, const void *bytes, size_t length)
{
    return mc_buffer_append(out, bytes, length);
}

static void expect_bytes(const mc_file *file, int64_t offset, int64_t length, const char *expected)
{
    mc_buffer *out = NULL;

    cr_assert_eq(mc_buffer_new(&out, 0), 0);
    must(mc_file_read(session, file, offset, length, append, out));
    cr_expect_str_eq(mc_buffer_bytes(out), expected);
    mc_buffer_free(out);
}

/* Files below a folder whose names begin so. */
static int count_below(const char *folder, const char *prefix)
{
    DIR *opened = opendir(folder);
    const struct dirent *entry;
    int count = 0;

    while (opened && (entry = readdir(opened))) {
        char path[4096];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (entry->d_type == DT_DIR)
            count += count_below(path, prefix);
        else
            count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    }
    if (opened)
        closedir(opened);
    return count;
}

static int stored(void)
{
    return count_below(forum_files, "");
}

Test(files, come_from_memory)
{
    mc_file *file = put(rope);

    cr_expect_eq(strlen(file->file_hash), 40);
    cr_expect_eq(strlen(file->sha256), 64);
    cr_expect_eq(file->file_size, (int64_t)strlen(rope));
    cr_expect_str_eq(file->mime_type, "text/plain");
    cr_expect_str_eq(file->file_name, "rope.txt");
    cr_expect_str_eq(file->file_ext, "txt");
    cr_expect(file->is_inline);
    cr_expect_not(file->is_public);
    expect_bytes(file, 0, -1, rope);
    expect_bytes(file, 2, 7, "bowline");
    expect_bytes(file, (int64_t)strlen(rope), -1, "");
    cr_expect_eq(stored(), 1);
    mc_record_free(file);
}

Test(files, have_the_digests_of_their_bytes)
{
    mc_file *file = put("abc");

    cr_expect_str_eq(file->file_hash, "a9993e364706816aba3e25717850c26c9cd0d89d");
    cr_expect_str_eq(file->sha256,
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    mc_record_free(file);
}

Test(files, come_from_a_path_and_a_descriptor)
{
    char path[] = "/tmp/mc.rope.XXXXXX";
    mc_file_upload upload = MC_FILE_UPLOAD_INIT;
    mc_file *by_path = NULL, *by_descriptor = NULL;
    int fd = mkstemp(path);

    cr_assert(fd >= 0 && write(fd, rope, strlen(rope)) == (ssize_t)strlen(rope));
    lseek(fd, 0, SEEK_SET);
    upload.path = path;
    must(mc_file_put(&by_path, session, &upload));
    cr_expect_str_eq(by_path->file_name, path + 5);
    upload.path = NULL;
    upload.descriptor = fd;
    must(mc_file_put(&by_descriptor, session, &upload));
    cr_expect_str_eq(by_descriptor->file_hash, by_path->file_hash);
    upload.path = "/nowhere/at/all";
    upload.descriptor = -1;
    must_fail(mc_file_put(&by_path, session, &upload), MC_ESYSTEM);
    close(fd);
    unlink(path);
    mc_record_free(by_path);
    mc_record_free(by_descriptor);
}

/* A source of so many bytes, which fails, or looks at the session, behind them. */
typedef struct supply {
    int64_t left;
    int64_t then; /* what read() returns at the end */
    int64_t told; /* by progress */
    int64_t most; /* of progress */
} supply;

static int64_t give(void *data, void *out, size_t size)
{
    supply *s = data;
    int64_t n = s->left < (int64_t)size ? s->left : (int64_t)size;

    if (n == 0)
        return s->then;
    memset(out, 'x', (size_t)n);
    s->left -= n;
    return n;
}

static bool tell(void *data, int64_t bytes)
{
    supply *s = data;

    cr_expect_gt(bytes, s->told);
    s->told = bytes;
    return bytes <= s->most;
}

static int upload_of(supply *s, mc_file **out)
{
    mc_file_upload upload = MC_FILE_UPLOAD_INIT;

    upload.file_name = "x";
    upload.read = give;
    upload.read_data = s;
    upload.progress = tell;
    upload.progress_data = s;
    return mc_file_put(out, session, &upload);
}

Test(files, come_from_a_function)
{
    supply s = {.left = 3000000, .most = INT64_MAX};
    mc_file *file = NULL;

    must(upload_of(&s, &file));
    cr_expect_eq(file->file_size, 3000000);
    cr_expect_eq(s.told, 3000000);
    mc_record_free(file);
}

Test(files, that_fail_leave_nothing)
{
    static const struct {
        supply supply;
        int code;
    } cases[] = {
        {{.left = 100000, .then = MC_EBUSY, .most = INT64_MAX}, MC_EBUSY},
        {{.left = 100000, .then = -12345, .most = INT64_MAX}, MC_ESYSTEM},
        {{.left = 100000, .then = INT64_MAX, .most = INT64_MAX}, MC_ESYSTEM},
        {{.left = 300000, .most = 200000}, MC_EBUSY},
        {{.left = (30 << 20) + 1, .most = INT64_MAX}, MC_EINVAL},
        {{.left = 0, .most = INT64_MAX}, MC_EINVAL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        supply s = cases[i].supply;
        mc_file *file = NULL;

        must_fail(upload_of(&s, &file), cases[i].code);
        cr_expect_null(file);
    }
    cr_expect_eq(stored(), 0);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.files"), 0);
}

static int64_t use_session(void *data, void *out, size_t size)
{
    mc_file *file = NULL;

    (void)data;
    (void)out;
    (void)size;
    cr_expect_eq(mc_file_get(&file, session, "a9993e364706816aba3e25717850c26c9cd0d89d"),
                 MC_ESTATE);
    mc_session_free(session); /* does nothing */
    return 0;
}

Test(files, come_from_functions_that_dont_use_the_session)
{
    mc_file_upload upload = MC_FILE_UPLOAD_INIT;
    mc_file *file = NULL;

    upload.read = use_session;
    must_fail(mc_file_put(&file, session, &upload), MC_EINVAL); /* empty */
}

Test(files, have_one_source)
{
    mc_file_upload upload = MC_FILE_UPLOAD_INIT;
    mc_file *file = NULL;

    must_fail(mc_file_put(&file, session, &upload), MC_EINVAL);
    upload = of_bytes(rope);
    upload.descriptor = 0;
    must_fail(mc_file_put(&file, session, &upload), MC_EINVAL);
    upload = of_bytes(rope);
    upload.max_width = -1;
    must_fail(mc_file_put(&file, session, &upload), MC_EINVAL);
    expect_faults("maxWidth ");
    upload = (mc_file_upload){0};
    must_fail(mc_file_put(&file, session, &upload), MC_EINVAL);
    must_fail(mc_file_put(&file, session, NULL), MC_EINVAL);
    must_fail(mc_files_put(NULL, session, NULL, NULL), MC_EINVAL);
    act_as(NULL);
    upload = of_bytes(rope);
    must_fail(mc_file_put(&file, session, &upload), MC_EFORBIDDEN);
    cr_expect_eq(stored(), 0);
}

Test(files, are_the_actors_when_the_transaction_commits)
{
    mc_file *file, *again = NULL;
    char hash[41];

    must(mc_session_begin(session));
    file = put(rope);
    snprintf(hash, sizeof(hash), "%s", file->file_hash);
    mc_record_free(file);
    must(mc_session_rollback(session));
    must_fail(mc_file_get(&again, session, hash), MC_ENOTFOUND);
    must(mc_session_begin(session));
    mc_record_free(put(rope));
    must(mc_session_commit(session));
    must(mc_file_get(&again, session, hash));
    mc_record_free(again);
    cr_expect_eq(stored(), 1);
}

Test(files, with_the_same_hash_and_other_bytes_are_refused)
{
    mc_file *file = put("abc");
    mc_file_upload upload = of_bytes("abd");

    forum_sql("UPDATE microcosm.files SET sha1 = 'cb4cc28df0fdbe0ecf9d9662e294b118092a5735'");
    mc_record_free(file);
    must_fail(mc_file_put(&file, session, &upload), MC_ECONFLICT);
    cr_expect_eq(stored(), 1);
}

Test(files, are_stored_again_if_their_bytes_are_gone)
{
    mc_file *file = put(rope);
    mc__problem problem = {0};

    cr_assert_eq(forum_app->files->kind->remove(forum_app->files, &problem, file->sha256), 0);
    must_fail(mc_file_read(session, file, 0, -1, append, NULL), MC_ENOTFOUND);
    mc_record_free(file);
    file = put(rope);
    expect_bytes(file, 0, -1, rope);
    mc_record_free(file);
}

Test(files, are_read_in_part_only_where_there_are_bytes)
{
    mc_file *file = put(rope), forged = *file;
    int64_t size = file->file_size;

    must_fail(mc_file_read(session, file, size + 1, 0, append, NULL), MC_EINVAL);
    must_fail(mc_file_read(session, file, -1, 1, append, NULL), MC_EINVAL);
    must_fail(mc_file_read(session, file, 1, size, append, NULL), MC_EINVAL);
    must_fail(mc_file_read(session, file, 1, INT64_MAX, append, NULL), MC_EINVAL);
    must_fail(mc_file_read(session, NULL, 0, 1, append, NULL), MC_EINVAL);
    must_fail(mc_file_read(session, file, 0, 1, NULL, NULL), MC_EINVAL);
    forged.sha256 = "../../../../../../../../etc/passwd";
    must_fail(mc_file_read(session, &forged, 0, 1, append, NULL), MC_EINVAL);
    mc_record_free(file);
}

static void age(const char *what, const char *interval)
{
    forum_sql("UPDATE microcosm.files SET %s = clock_timestamp() - interval '%s'", what, interval);
}

static int64_t collect(void)
{
    int64_t before = forum_number("SELECT count(*) FROM microcosm.files");

    must(mc_job_run(session, "collect-files"));
    return before - forum_number("SELECT count(*) FROM microcosm.files");
}

Test(files, that_nothing_refers_to_are_collected_after_a_day)
{
    char hash[41];
    mc_file *file = put(rope), *found = NULL;

    snprintf(hash, sizeof(hash), "%s", file->file_hash);
    mc_record_free(file);
    age("unused_since", "23 hours");
    cr_expect_eq(collect(), 0);
    must(mc_file_get(&found, session, hash));
    mc_record_free(found);
    mc_record_free(put(rope)); /* an upload is one more day */
    cr_expect_eq(collect(), 0);
    age("unused_since", "25 hours");
    cr_expect_eq(collect(), 1);
    cr_expect_eq(stored(), 0);
    must_fail(mc_file_get(&found, session, hash), MC_ENOTFOUND);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.file_uploads"), 0);
    file = put(rope);
    expect_bytes(file, 0, -1, rope);
    mc_record_free(file);
}

Test(files, in_great_number_are_collected)
{
    for (int i = 0; i < 250; i++) {
        char text[32];

        snprintf(text, sizeof(text), "file %d", i);
        mc_record_free(put(text));
    }
    age("unused_since", "2 days");
    cr_expect_eq(collect(), 250);
    cr_expect_eq(stored(), 0);
}

/* As a process leaves it that dies between a row and its bytes, whichever came last. */
Test(files, that_were_never_stored_are_collected)
{
    mc_record_free(put(rope));
    mc_record_free(put("abc"));
    forum_sql("UPDATE microcosm.files SET is_stored = false");
    cr_expect_eq(collect(), 0);
    age("unused_since", "2 days");
    cr_expect_eq(collect(), 2);
    cr_expect_eq(stored(), 0);
}

Test(files, that_are_logos_are_kept)
{
    mc_file *file = put(rope);

    forum_sql("UPDATE microcosm.microcosms SET logo_url = '/api/v1/files/%s.txt'", file->file_hash);
    mc_record_free(file);
    age("unused_since", "2 days");
    cr_expect_eq(collect(), 0);
    cr_expect_eq(stored(), 1);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.files WHERE unused_since < "
                              "clock_timestamp() - interval '1 hour'"),
                 0);
    forum_sql("UPDATE microcosm.microcosms SET logo_url = ''");
    age("unused_since", "2 days");
    cr_expect_eq(collect(), 1);
}

static void attach(mc_item_type item_type, int64_t item_id, const char *hash)
{
    mc_attachment_edit edit = MC_ATTACHMENT_EDIT_INIT;

    edit.file_hash = hash;
    must(mc_attachment_set(session, item_type, item_id, &edit));
}

Test(files, that_are_attached_are_kept_until_a_day_after)
{
    int64_t comment = make_comment(make_conversation(root_microcosm(), "Ropes"), "Look.");
    mc_file *file = put(rope), *avatar = put("abc");

    attach(MC_ITEM_COMMENT, comment, file->file_hash);
    attach(MC_ITEM_PROFILE, mc_session_profile(session), avatar->file_hash);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.files WHERE unused_since IS NULL"),
                 2);
    /* as if the second attachment had gone meanwhile */
    age("unused_since", "2 days");
    cr_expect_eq(collect(), 0);
    cr_expect_eq(stored(), 2);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.files WHERE unused_since IS NULL"),
                 2);
    must(mc_attachment_delete(session, MC_ITEM_COMMENT, comment, file->file_hash));
    cr_expect_eq(collect(), 0);
    forum_sql("UPDATE microcosm.files SET unused_since = unused_since - interval '25 hours'");
    cr_expect_eq(collect(), 1);
    cr_expect_eq(stored(), 1);
    must_fail(mc_attachment_delete(session, MC_ITEM_COMMENT, comment, file->file_hash),
              MC_ENOTFOUND);
    forum_sql("DELETE FROM microcosm.attachments"); /* past the library */
    forum_sql("UPDATE microcosm.files SET unused_since = unused_since - interval '25 hours'");
    cr_expect_eq(collect(), 1);
    cr_expect_eq(stored(), 0);
    mc_record_free(file);
    mc_record_free(avatar);
}

/* Between the two steps of the collector nobody can attach what it is about to delete. */
Test(files, that_are_being_deleted_cannot_be_attached)
{
    int64_t comment = make_comment(make_conversation(root_microcosm(), "Ropes"), "Look.");
    mc_file *file = put(rope);
    mc_attachment_edit edit = MC_ATTACHMENT_EDIT_INIT;

    edit.file_hash = file->file_hash;
    forum_sql("UPDATE microcosm.files SET is_stored = false");
    must_fail(mc_attachment_set(session, MC_ITEM_COMMENT, comment, &edit), MC_EINVAL);
    mc_record_free(put(rope));
    attach(MC_ITEM_COMMENT, comment, file->file_hash);
    mc_record_free(file);
}

Test(files, are_attached_to_comments_and_profiles_only)
{
    mc_file *file = put(rope);
    mc_attachment_edit edit = MC_ATTACHMENT_EDIT_INIT;
    mc_collection *found = NULL;

    edit.file_hash = file->file_hash;
    must_fail(mc_attachment_set(session, MC_ITEM_MICROCOSM, root_microcosm(), &edit), MC_ENOTFOUND);
    must_fail(mc_attachments_list(&found, session, MC_ITEM_MICROCOSM, root_microcosm(), NULL),
              MC_ENOTFOUND);
    edit.file_hash = NULL;
    must_fail(mc_attachment_set(session, MC_ITEM_PROFILE, mc_session_profile(session), &edit),
              MC_EINVAL);
    expect_faults("fileHash ");
    mc_record_free(file);
}

/* A process that has died holds no lock on what it has begun; one that lives does. */
Test(files, of_processes_that_died_are_swept)
{
    mc__spool spool;
    mc__problem problem = {0};
    char path[4096];

    cr_assert_eq(mc__spool_begin(&spool, &problem, forum_app->files->spool_folder), 0);
    cr_expect_eq(collect(), 0);
    cr_expect_eq(stored(), 1);
    snprintf(path, sizeof(path), "%s/upload-left", forum_app->files->spool_folder);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    cr_expect_eq(collect(), 0);
    cr_expect_eq(stored(), 1);
    flock(spool.fd, LOCK_UN);
    cr_expect_eq(collect(), 0);
    cr_expect_eq(stored(), 0);
    mc__spool_release(&spool);
}

/* A GIF of 200 by 100 pixels, of which one is drawn. */
static mc_file *put_picture(void)
{
    static const char bytes[] = "GIF89a\xc8\0\x64\0\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\1\0\1\0\0"
                                "\x02\x02\x44\x01\0\x3b";
    mc_file_upload upload = MC_FILE_UPLOAD_INIT;
    mc_file *file = NULL;

    upload.file_name = "knot.gif";
    upload.bytes = bytes;
    upload.length = sizeof(bytes) - 1;
    must(mc_file_put(&file, session, &upload));
    cr_assert(file->width == 200 && file->height == 100);
    return file;
}

static mc_file *get_thumbnail(const mc_file *of, int64_t width)
{
    mc_file *file = NULL;

    must(mc_file_thumbnail(&file, session, of->file_hash, width));
    return file;
}

static int64_t thumbnails(void)
{
    return forum_number("SELECT count(*) FROM microcosm.file_thumbnails");
}

Test(files, that_are_pictures_have_thumbnails)
{
    mc_file *file = put_picture(), *small = get_thumbnail(file, 64);
    mc_file *again = get_thumbnail(file, 64), *same = get_thumbnail(file, 256), *text;

    cr_expect(small->width == 64 && small->height == 32 && small->file_size > 0);
    cr_expect_str_eq(small->mime_type, "image/gif");
    cr_expect_str_eq(small->file_name, "knot.gif");
    cr_expect_str_neq(small->file_hash, file->file_hash);
    cr_expect_str_eq(small->sha256, again->sha256);
    cr_expect_str_eq(same->sha256, file->sha256, "it is no wider than that");
    cr_expect_eq(thumbnails(), 1);
    cr_expect_eq(stored(), 2);
    must_fail(mc_file_thumbnail(&text, session, file->file_hash, 65), MC_EINVAL);
    expect_faults("width ");
    must_fail(mc_file_thumbnail(&text, session, small->file_hash, 64), MC_ENOTFOUND);
    mc_record_free(same);
    same = put(rope);
    text = get_thumbnail(same, 64);
    cr_expect_str_eq(text->sha256, same->sha256, "it is no picture");
    act_as("somebody");
    must_fail(mc_file_thumbnail(&text, session, file->file_hash, 64), MC_ENOTFOUND);
    mc_record_free(text);
    mc_record_free(same);
    mc_record_free(again);
    mc_record_free(small);
    mc_record_free(file);
}

/* As long as the picture, and no longer; also if somebody has uploaded the same bytes. */
Test(files, that_are_thumbnails_go_with_the_picture)
{
    mc_file *file = put_picture();
    int64_t comment = make_comment(make_conversation(root_microcosm(), "Ropes"), "Look.");

    attach(MC_ITEM_COMMENT, comment, file->file_hash);
    mc_record_free(get_thumbnail(file, 64));
    mc_record_free(get_thumbnail(file, 128));
    age("unused_since", "2 days");
    cr_expect_eq(collect(), 0);
    cr_expect_eq(stored(), 3);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.files WHERE unused_since IS NULL"),
                 3);
    must(mc_attachment_delete(session, MC_ITEM_COMMENT, comment, file->file_hash));
    forum_sql("UPDATE microcosm.files SET unused_since = unused_since - interval '25 hours'");
    cr_expect_eq(collect(), 1);
    cr_expect_eq(thumbnails(), 0);
    forum_sql("UPDATE microcosm.files SET unused_since = unused_since - interval '25 hours'");
    cr_expect_eq(collect(), 2);
    cr_expect_eq(stored(), 0);
    mc_record_free(file);
}

static void shrink(mc_session *own, int number, void *data)
{
    const mc_file *file = data;
    mc_file *small = NULL;

    (void)number;
    cr_assert_eq(mc_file_thumbnail(&small, own, file->file_hash, 64), 0, "%s",
                 mc_session_error(own)->message);
    cr_expect_eq(small->width, 64);
    mc_record_free(small);
}

Test(files, have_each_thumbnail_once)
{
    mc_file *file = put_picture();

    attach(MC_ITEM_PROFILE, mc_session_profile(session), file->file_hash);
    at_once(4, "person%d", shrink, file);
    cr_expect_eq(thumbnails(), 1);
    cr_expect_eq(stored(), 2);
    mc_record_free(file);
}

static void put_many(mc_session *own, int number, void *data)
{
    for (int i = 0; i < 20; i++) {
        mc_file_upload upload = MC_FILE_UPLOAD_INIT;
        mc_file *file = NULL;
        char text[32];

        (void)data;
        snprintf(text, sizeof(text), "rope %d", i); /* all at the same time */
        upload.bytes = text;
        upload.length = (int64_t)strlen(text);
        cr_assert_eq(mc_file_put(&file, own, &upload), 0, "%s", mc_session_error(own)->message);
        cr_assert_eq(mc_session_error(own)->code, 0);
        mc_record_free(file);
        if (number == 0)
            collect();
    }
}

Test(files, are_kept_once_whoever_uploads_them_when)
{
    at_once(4, "person%d", put_many, NULL);
    cr_expect_eq(stored(), 20);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.files WHERE is_stored"), 20);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.file_uploads"), 80);
}
