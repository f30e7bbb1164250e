/*
 * For the tests of mail, which are in Python. Reads texts, each ended by a NUL; "\2" alone is NULL.
 *
 *     mail_tool compose               for each 14 texts (see compose()) prints "LENGTH\n" and a
 *                                     message, or "-1\n" if it is refused
 *     mail_tool send URL CA WAIT_MS   for each FROM, TO and message prints what became of it and
 * why
 */
#include "mail/message.h"
#include "remote/smtp.h"

#include <stdio.h>
#include <stdlib.h>

#define REFERENCES_MAX 100

static char *text;
static size_t size, at;

/* False: there is none. */
static bool read_text(const char **out)
{
    if (at >= size)
        return false;
    *out = text + at;
    at += strlen(*out) + 1;
    if (strcmp(*out, "\2") == 0)
        *out = NULL;
    return true;
}

static bool read_input(void)
{
    size_t room = 0;

    do {
        room += 1 << 20;
        text = realloc(text, room + 1);
        if (!text)
            return false;
        size += fread(text + size, 1, room - size, stdin);
    } while (size == room);
    text[size] = '\0';
    return true;
}

static size_t split(const char **ids, char *joined)
{
    size_t count = 0;

    for (char *id; (id = strsep(&joined, " ")) && count < REFERENCES_MAX;)
        ids[count++] = id;
    return count;
}

static bool compose(void)
{
    const char *t[14], *ids[REFERENCES_MAX];

    for (size_t i = 0; i < MC_COUNT(t); i++)
        if (!read_text(&t[i]))
            return false;

    mc__message m = {.from = {t[0], t[1]},
                     .to = {t[2], t[3]},
                     .reply_to = {NULL, t[4]},
                     .subject = t[5],
                     .id = t[6],
                     .thread = ids,
                     .thread_count = t[7] ? split(ids, (char *)(uintptr_t)t[7]) : 0,
                     .list_id = t[8],
                     .list_name = t[9],
                     .unsubscribe = t[10],
                     .date = {t[11] ? strtoll(t[11], NULL, 10) : 0},
                     .text = t[12],
                     .html = t[13]};
    mc_scratch_text(out);

    if (mc__message_compose(&out, &m) < 0) {
        puts("-1");
    } else {
        printf("%zu\n", out.length);
        fwrite(out.data, 1, out.length, stdout);
    }
    return true;
}

static int before_end(void *data)
{
    (void)data;
    fputs("before end, ", stdout);
    return 0;
}

static void is_slow(void *data)
{
    (void)data;
    fputs("slow, ", stdout);
}

static int send_all(const char *url, const char *ca, const char *wait_ms)
{
    static const char *const names[] = {"taken", "later", "refused", "no mailbox", "given up"};
    mc__problem problem = {0};
    mc__smtp *smtp;
    mc__smtp_mail mail = {.before_end = before_end, .is_slow = is_slow};

    if (mc__smtp_new(&smtp, &problem, url, *ca ? ca : NULL, strtoll(wait_ms, NULL, 10)) < 0) {
        puts(problem.shown.message);
        mc__problem_release(&problem);
        return 0;
    }
    while (read_text(&mail.from) && read_text(&mail.to) && read_text(&mail.bytes)) {
        char reason[256];

        mail.length = strlen(mail.bytes);
        fputs(names[mc__smtp_send(smtp, reason, &mail)], stdout);
        printf(": %s\n", reason);
        fflush(stdout);
    }
    mc__smtp_free(smtp);
    return 0;
}

int main(int argc, char **argv)
{
    int rc = 0;

    if (argc < 2 || !read_input())
        return 2;
    if (strcmp(argv[1], "compose") == 0)
        while (compose())
            ;
    else if (argc == 5)
        rc = send_all(argv[2], argv[3], argv[4]);
    else
        rc = 2;
    free(text);
    return rc;
}
