/* Making and changing polls through the library: docs/http/polls.md. */
#include "forum.h"

#include "wait.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(polls, .init = forum_open, .fini = forum_close, .timeout = 300);

#define CHOICES_MAX 100

/* The choices of one call: texts, each with an id or 0. */
typedef struct ballot {
    mc_poll_choice_edit choices[CHOICES_MAX + 1];
    const void *items[CHOICES_MAX + 1];
    mc_list list;
} ballot;

static void add(ballot *b, int64_t id, const char *choice)
{
    size_t i = b->list.count++;

    b->choices[i] =
        (mc_poll_choice_edit){.size = sizeof(b->choices[i]), .id = id, .choice = choice};
    b->items[i] = &b->choices[i];
    b->list.items = b->items;
}

static mc_poll_edit asked(const char *title, const ballot *b)
{
    return (mc_poll_edit){.size = sizeof(mc_poll_edit),
                          .microcosm_id = root_microcosm(),
                          .title = title,
                          .question = "Which colour?",
                          .choices = b->list};
}

static mc_poll_edit change(void)
{
    return (mc_poll_edit){.size = sizeof(mc_poll_edit), .edit_reason = "Better so"};
}

static int64_t make_poll(const mc_poll_edit *edit)
{
    int64_t id = 0;

    must(mc_poll_create(&id, session, edit));
    return id;
}

/* A poll with the choices Teal, Orange and Grey; their ids follow each other. */
static int64_t make_colours(void)
{
    ballot b = {0};
    mc_poll_edit edit;

    add(&b, 0, "Teal");
    add(&b, 0, "Orange");
    add(&b, 0, "Grey");
    edit = asked("Club colours", &b);
    return make_poll(&edit);
}

static mc_poll *get_poll(int64_t id)
{
    mc_poll *poll = NULL;

    must(mc_poll_get(&poll, session, id, NULL));
    return poll;
}

static int64_t choice_id(int64_t poll_id, const char *text)
{
    return forum_number(
        "SELECT choice_id FROM microcosm.poll_choices WHERE item_id = %lld AND choice = '%s'",
        (long long)poll_id, text);
}

/* "Teal Orange ", in the order shown. Votes, which tests put in, stay with their choice. */
static void expect_choices(int64_t id, const char *expected)
{
    mc_poll *poll = get_poll(id);
    char found[300] = "";

    for (size_t i = 0; i < poll->choices.count; i++) {
        const mc_poll_choice *choice = poll->choices.items[i];

        strcat(found, choice->choice);
        if (choice->votes)
            sprintf(found + strlen(found), "(%lld)", (long long)choice->votes);
        strcat(found, " ");
    }
    cr_expect_str_eq(found, expected);
    mc_record_free(poll);
}

static void refuse(const mc_poll_edit *edit, const char *fields)
{
    int64_t id = 77;

    cr_expect_eq(mc_poll_create(&id, session, edit), MC_EINVAL);
    expect_faults(fields);
    cr_expect_eq(id, 77, "a failed call leaves its out parameter alone");
}

static void refuse_edit(int64_t id, const mc_poll_edit *edit, const char *fields)
{
    cr_expect_eq(mc_poll_edit_save(session, id, edit), MC_EINVAL);
    expect_faults(fields);
}

Test(polls, keep_every_field)
{
    ballot b = {0};
    mc_poll_edit edit;
    mc_poll *poll;
    int64_t id;

    add(&b, 0, "Teal & white");
    add(&b, 0, "Orange");
    edit = asked("Club colours", &b);
    edit.multi = MC_YES;
    edit.poll_open = MC_NO;
    edit.poll_closes = "2999-12-31T23:59:59+01:00";
    act_as("alice");
    id = make_poll(&edit);
    poll = get_poll(id);
    cr_expect_eq(poll->id, id);
    cr_expect_eq(poll->microcosm_id, edit.microcosm_id);
    cr_expect_str_eq(poll->title, "Club colours");
    cr_expect_str_eq(poll->question, "Which colour?");
    cr_expect(poll->multi);
    cr_expect_not(poll->poll_open);
    cr_expect_eq(poll->poll_closes.us, INT64_C(32503676399000000));
    cr_expect_eq(poll->voter_count, 0);
    cr_assert_eq(poll->choices.count, 2);
    for (int i = 0; i < 2; i++) {
        const mc_poll_choice *choice = poll->choices.items[i];

        cr_expect_str_eq(choice->choice, i ? "Orange" : "Teal &amp; white");
        cr_expect_eq(choice->order, i + 1);
        cr_expect_eq(choice->votes, 0);
        cr_expect_eq(choice->voter_count, 0);
        cr_expect_gt(choice->id, 0);
    }
    cr_expect_str_eq(poll->meta->created_by->profile_name, "alice");
    cr_expect_eq(poll->meta->flags->watched, MC_YES, "who makes it follows it");
    cr_expect_eq(poll->meta->flags->attending, MC_UNSET);
    mc_record_free(poll);
    cr_expect_eq(forum_number("SELECT poll_count FROM microcosm.microcosm_stats"), 1);
    cr_expect_eq(forum_number("SELECT coalesce(sum(item_count), 0) FROM (SELECT item_count FROM"
                              " microcosm.profile_counters UNION ALL SELECT item_count FROM"
                              " microcosm.profile_deltas) n"),
                 0, "polls are not among the items of a profile");
}

Test(polls, have_defaults)
{
    mc_poll *poll;

    act_as("alice");
    poll = get_poll(make_colours());
    cr_expect_not(poll->multi);
    cr_expect(poll->poll_open);
    cr_expect_eq(poll->poll_closes.us, MC_TIME_NONE);
    mc_record_free(poll);
}

Test(polls, say_all_that_is_wrong_with_the_input_at_once)
{
    mc_poll_edit edit = {.size = sizeof(edit), .microcosm_id = -1, .title = " "};
    char long_text[152];
    ballot b = {0};

    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[151] = '\0';
    act_as("alice");
    edit.poll_closes = "soon";
    refuse(&edit, "microcosmId title question choices pollCloses ");
    add(&b, 0, "Teal");
    add(&b, 0, " ");
    add(&b, -1, long_text);
    add(&b, 0, NULL);
    add(&b, 0, "\xFF");
    edit.choices = b.list;
    refuse(&edit, "choices[1].choice choices[2].id choices[2].choice choices[3].choice"
                  " choices[4].choice microcosmId title question pollCloses ");
    refuse(NULL, "");
}

Test(polls, have_limits_that_can_be_reached)
{
    const void *many[1001]; /* more than are looked at */
    char text[514];
    ballot b = {0};
    mc_poll_edit edit;
    mc_poll *poll;

    memset(text, 'x', sizeof(text) - 1);
    text[513] = '\0';
    act_as("alice");
    edit = asked("Which?", &b);
    edit.choices.items = b.items;
    refuse(&edit, "choices ");
    edit.choices = (mc_list){NULL, 3};
    refuse(&edit, "choices ");
    edit.choices = (mc_list){many, SIZE_MAX / 4};
    refuse(&edit, "choices ");
    for (int i = 0; i <= CHOICES_MAX; i++)
        add(&b, 0, text + 513 - 150);
    edit = asked("Which?", &b);
    edit.question = text;
    edit.poll_closes = "\xFF";
    refuse(&edit, "question pollCloses choices ");
    b.list.count--;
    edit = asked("Which?", &b);
    edit.question = text + 1;
    poll = get_poll(make_poll(&edit));
    cr_expect_eq(poll->choices.count, CHOICES_MAX);
    cr_expect_eq(strlen(poll->question), 512);
    mc_record_free(poll);
    b.choices[7].choice = text + 513 - 151;
    refuse(&edit, "choices[7].choice ");
    for (int i = 0; i < 1001; i++)
        many[i] = &b.choices[0];
    edit.choices = (mc_list){many, 1001};
    refuse(&edit, "choices ");
}

Test(polls, close_in_the_future_when_they_are_made)
{
    ballot b = {0};
    mc_poll_edit edit;
    int64_t id;

    add(&b, 0, "Teal");
    edit = asked("Colours", &b);
    edit.poll_closes = "2001-01-01T00:00:00Z";
    act_as("alice");
    refuse(&edit, "pollCloses ");
    edit.poll_closes = "";
    id = make_poll(&edit);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.polls WHERE poll_closes IS NULL"), 1);
    edit = change();
    edit.poll_closes = "2001-01-01T00:00:00.5Z"; /* to end one early is fine */
    must(mc_poll_edit_save(session, id, &edit));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.polls WHERE"
                              " poll_closes = '2001-01-01 00:00:00.5+00'"),
                 1);
    edit.poll_closes = "never";
    refuse_edit(id, &edit, "pollCloses ");
    edit.poll_closes = NULL;
    must(mc_poll_edit_save(session, id, &edit));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.polls WHERE poll_closes IS NULL"), 0);
    edit.poll_closes = "";
    must(mc_poll_edit_save(session, id, &edit));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.polls WHERE poll_closes IS NULL"), 1);
}

Test(polls, keep_what_an_edit_does_not_name)
{
    mc_poll_edit edit = change();
    int64_t id;

    act_as("alice");
    id = make_colours();
    must(mc_poll_edit_save(session, id, &edit));
    expect_choices(id, "Teal Orange Grey ");
    edit.multi = MC_YES;
    must(mc_poll_edit_save(session, id, &edit));
    edit.multi = MC_UNSET;
    edit.poll_open = MC_NO;
    must(mc_poll_edit_save(session, id, &edit));
    edit.poll_open = MC_UNSET;
    edit.question = "Which one?";
    must(mc_poll_edit_save(session, id, &edit));
    edit.question = NULL;
    edit.title = "Colours";
    must(mc_poll_edit_save(session, id, &edit));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.polls JOIN microcosm.items"
                              " USING (site_id, item_id) WHERE multi AND NOT poll_open AND"
                              " question = 'Which one?' AND title = 'Colours'"),
                 1);
    expect_choices(id, "Teal Orange Grey ");
    edit = change();
    edit.multi = MC_NO;
    edit.poll_open = MC_YES;
    must(mc_poll_edit_save(session, id, &edit));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.polls WHERE NOT multi AND"
                              " poll_open"),
                 1);
    edit.question = " ";
    edit.edit_reason = NULL;
    refuse_edit(id, &edit, "meta.editReason question ");
}

/* Votes tell which choice is which, whatever it is called. */
static int64_t make_voted_colours(void)
{
    int64_t id = make_colours();

    forum_sql("UPDATE microcosm.poll_choices SET votes = position, voter_count = position");
    expect_choices(id, "Teal(1) Orange(2) Grey(3) ");
    return id;
}

Test(polls, rename_and_reorder_choices_by_their_ids)
{
    ballot b = {0};
    mc_poll_edit edit = change();
    int64_t id;

    act_as("alice");
    id = make_voted_colours();
    add(&b, choice_id(id, "Grey"), "Silver");
    add(&b, choice_id(id, "Teal"), "Teal");
    add(&b, choice_id(id, "Orange"), "Amber");
    edit.choices = b.list;
    must(mc_poll_edit_save(session, id, &edit));
    expect_choices(id, "Silver(3) Teal(1) Amber(2) ");
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.poll_choices WHERE"
                              " position BETWEEN 1 AND 3"),
                 3);
}

Test(polls, add_choices_without_an_id_and_remove_those_left_out)
{
    ballot b = {0};
    mc_poll_edit edit = change();
    int64_t id;

    act_as("alice");
    id = make_voted_colours();
    add(&b, 0, "Black");
    add(&b, choice_id(id, "Orange"), "Orange");
    add(&b, 0, "White");
    edit.choices = b.list;
    edit.edit_reason = NULL;
    refuse_edit(id, &edit, "meta.editReason ");
    edit.edit_reason = "Better so";
    refuse_edit(id, &edit, "choices ");
    edit.force = MC_YES;
    must_fail(mc_poll_edit_save(session, id, &edit), MC_EFORBIDDEN);
    act_as("owner");
    edit.force = MC_UNSET;
    refuse_edit(id, &edit, "choices ");
    expect_choices(id, "Teal(1) Orange(2) Grey(3) ");
    edit.force = MC_YES;
    must(mc_poll_edit_save(session, id, &edit));
    expect_choices(id, "Black Orange(2) White ");
    /* without votes they go */
    act_as("alice");
    b.list.count = 0;
    add(&b, choice_id(id, "Orange"), "Amber");
    edit = change();
    edit.choices = b.list;
    must(mc_poll_edit_save(session, id, &edit));
    expect_choices(id, "Amber(2) ");
}

Test(polls, keep_their_choices_when_none_is_named_by_its_id)
{
    ballot b = {0};
    mc_poll_edit edit = change();
    int64_t id;

    act_as("alice");
    id = make_voted_colours();
    add(&b, 0, "Black");
    add(&b, 0, "White");
    edit.choices = b.list;
    must(mc_poll_edit_save(session, id, &edit));
    expect_choices(id, "Teal(1) Orange(2) Grey(3) Black White ");
    edit.choices.count = 0;
    refuse_edit(id, &edit, "choices ");
}

Test(polls, never_have_more_choices_than_they_may)
{
    ballot b = {0};
    mc_poll_edit edit = change();
    int64_t id;

    act_as("alice");
    id = make_colours();
    for (int i = 0; i < CHOICES_MAX - 2; i++)
        add(&b, 0, "Another");
    edit.choices = b.list;
    refuse_edit(id, &edit, "choices ");
    edit.choices.count--;
    must(mc_poll_edit_save(session, id, &edit));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.poll_choices"), CHOICES_MAX);
    b.choices[0].id = choice_id(id, "Teal"); /* the others go */
    edit.choices = b.list;
    must(mc_poll_edit_save(session, id, &edit));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.poll_choices"), CHOICES_MAX - 2);
}

Test(polls, know_their_choices)
{
    ballot b = {0};
    mc_poll_edit edit = change();
    int64_t id, other;

    act_as("alice");
    id = make_voted_colours();
    add(&b, 0, "Other");
    edit = asked("Another poll", &b);
    other = make_poll(&edit);
    edit = change();
    b.list.count = 0;
    add(&b, choice_id(id, "Teal"), "Teal");
    add(&b, choice_id(other, "Other"), "Other");
    add(&b, choice_id(id, "Teal"), "Teal again");
    add(&b, 999999, "Nobody's");
    edit.choices = b.list;
    refuse_edit(id, &edit, "choices[1].id choices[2].id choices[3].id ");
    expect_choices(id, "Teal(1) Orange(2) Grey(3) ");
    expect_choices(other, "Other ");
}

Test(polls, say_all_that_is_wrong_with_an_edit_at_once)
{
    ballot b = {0};
    mc_poll_edit edit = change();
    int64_t id;

    act_as("alice");
    id = make_colours();
    add(&b, 999999, "Nobody's");
    add(&b, 0, " ");
    edit.choices = b.list;
    edit.title = " ";
    edit.poll_closes = "never";
    refuse_edit(id, &edit, "choices[1].choice title pollCloses choices[0].id ");
    /* who may not edit it doesn't learn which choices it has */
    act_as("bob");
    refuse_edit(id, &edit, "choices[1].choice title pollCloses ");
}

enum { ADD_AT_ONCE = 30, EDITORS = 6 };

/* A hundred are allowed: three are there. */
static void add_choices(mc_session *own, int number, void *data)
{
    ballot b = {0};
    mc_poll_edit edit = change();
    int rc;

    (void)number;
    for (int i = 0; i < ADD_AT_ONCE; i++)
        add(&b, 0, "Another");
    edit.choices = b.list;
    rc = mc_poll_edit_save(own, *(int64_t *)data, &edit);
    if (rc == MC_EINVAL)
        cr_expect_str_eq(mc_session_error(own)->faults[0].field, "choices");
    else
        cr_expect_eq(rc, 0, "%s", mc_session_error(own)->message);
}

Test(polls, never_have_too_many_choices_whoever_adds_at_once)
{
    int64_t id;

    act_as("alice");
    id = make_colours();
    at_once(EDITORS, "alice", add_choices, &id);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.poll_choices"), 3 + 3 * ADD_AT_ONCE);
    cr_expect_eq(forum_number("SELECT max(position) FROM microcosm.poll_choices"),
                 3 + 3 * ADD_AT_ONCE);
}

typedef struct renaming {
    int64_t poll_id, choices[2];
    int done;
} renaming;

/* Each keeps one choice, so the other goes; who comes second must be told. */
static void keep_one(mc_session *own, int number, void *data)
{
    renaming *r = data;
    ballot b = {0};
    mc_poll_edit edit = change();
    int rc;

    add(&b, r->choices[number % 2], number % 2 ? "Amber" : "Green");
    edit.choices = b.list;
    rc = mc_poll_edit_save(own, r->poll_id, &edit);
    if (rc == MC_EINVAL)
        cr_expect_str_eq(mc_session_error(own)->faults[0].field, "choices[0].id");
    else
        cr_expect_eq(rc, 0, "%s", mc_session_error(own)->message);
    if (rc == 0)
        __atomic_add_fetch(&r->done, 1, __ATOMIC_SEQ_CST);
}

Test(polls, never_lose_a_choice_that_has_just_gone)
{
    for (int round = 0; round < 5; round++) {
        renaming r = {0};

        act_as("alice");
        r.poll_id = make_colours();
        r.choices[0] = choice_id(r.poll_id, "Teal");
        r.choices[1] = choice_id(r.poll_id, "Orange");
        at_once(2, "alice", keep_one, &r);
        cr_expect_eq(r.done, 1);
        cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.poll_choices"
                                  " WHERE item_id = %lld",
                                  (long long)r.poll_id),
                     1);
    }
}

Test(polls, take_no_ids_when_they_are_made)
{
    ballot b = {0};
    mc_poll_edit edit;
    int64_t id, other;

    act_as("alice");
    id = make_voted_colours();
    add(&b, choice_id(id, "Teal"), "Mine now");
    edit = asked("Another poll", &b);
    other = make_poll(&edit);
    expect_choices(id, "Teal(1) Orange(2) Grey(3) ");
    expect_choices(other, "Mine now ");
}

Test(polls, may_be_asked_again)
{
    act_as("alice");
    cr_expect_neq(make_colours(), make_colours());
}

static int64_t counted(const char *column, int64_t microcosm_id)
{
    return forum_number("SELECT coalesce(sum(%s), 0) FROM microcosm.microcosm_stats WHERE"
                        " microcosm_id = %lld",
                        column, (long long)microcosm_id);
}

Test(polls, take_their_counts_along_when_they_move)
{
    mc_poll_edit move = change();
    int64_t id, from = root_microcosm(), to;

    act_as("owner");
    to = make_microcosm(from, "Boats");
    id = make_colours();
    cr_expect_eq(counted("poll_count", from), 1);
    move.microcosm_id = to;
    must(mc_poll_edit_save(session, id, &move));
    cr_expect_eq(counted("poll_count", from), 0);
    cr_expect_eq(counted("poll_count", to), 1);
    cr_expect_eq(counted("conversation_count", to), 0);
    cr_expect_eq(counted("event_count", to), 0);
    act_as("alice");
    move.microcosm_id = from;
    must_fail(mc_poll_edit_save(session, id, &move), MC_EFORBIDDEN);
}

Test(polls, are_changed_by_those_who_may)
{
    ballot b = {0};
    mc_poll_edit edit, edited = change();
    mc_patch_op close = {"/meta/flags/open", false}, hide = {"/meta/flags/moderated", true},
                show = {"/meta/flags/moderated", false};
    mc_poll *poll = NULL;
    int64_t id, none;

    add(&b, 0, "Teal");
    edit = asked("Colours", &b);
    must_fail(mc_poll_create(&none, session, &edit), MC_EFORBIDDEN);
    act_as("alice");
    id = make_poll(&edit);
    must(mc_poll_edit_save(session, id, &edited));
    must_fail(mc_poll_patch(session, id, &hide, 1), MC_EFORBIDDEN);
    must(mc_poll_patch(session, id, &close, 1));
    must_fail(mc_poll_delete(session, id), MC_EFORBIDDEN);
    act_as("bob");
    must_fail(mc_poll_edit_save(session, id, &edited), MC_EFORBIDDEN);
    must_fail(mc_poll_patch(session, id, &close, 1), MC_EFORBIDDEN);
    must_fail(mc_poll_delete(session, id), MC_EFORBIDDEN);
    act_as("owner");
    must(mc_poll_edit_save(session, id, &edited));
    must(mc_poll_patch(session, id, &hide, 1));
    cr_expect_eq(counted("poll_count", edit.microcosm_id), 0);
    act_as("alice");
    must_fail(mc_poll_get(&poll, session, id, NULL), MC_ENOTFOUND);
    act_as("owner");
    must(mc_poll_patch(session, id, &show, 1));
    cr_expect_eq(counted("poll_count", edit.microcosm_id), 1);
    must(mc_poll_delete(session, id));
    must(mc_poll_delete(session, id));
    must_fail(mc_poll_edit_save(session, id, &edited), MC_ENOTFOUND);
    must_fail(mc_poll_edit_save(session, 999999, &edited), MC_ENOTFOUND);
    cr_expect_eq(counted("poll_count", edit.microcosm_id), 0);
}

/* What a moderator has said about the end of the votes, its author doesn't undo. */
Test(polls, stay_closed_by_moderators)
{
    mc_poll_edit end = change(), open = change(), close = change(), other_end = change(),
                 no_end = change(), words = change(), flag;
    ballot b = {0};
    int64_t id, ended;

    end.poll_closes = "2031-01-01T00:00:00Z";
    other_end.poll_closes = "2032-01-01T00:00:00Z";
    no_end.poll_closes = "";
    open.poll_open = MC_YES;
    close.poll_open = MC_NO;
    words.question = "Which colour now?";
    words.poll_open = MC_NO;
    act_as("alice");
    id = make_colours();
    must(mc_poll_edit_save(session, id, &close));
    must(mc_poll_edit_save(session, id, &open)); /* what they have closed themselves */
    act_as("owner");
    must(mc_poll_edit_save(session, id, &close));
    act_as("alice");
    must_fail(mc_poll_edit_save(session, id, &open), MC_EFORBIDDEN);
    must_fail(mc_poll_edit_save(session, id, &other_end), MC_EFORBIDDEN);
    must(mc_poll_edit_save(session, id, &words)); /* which leaves it closed */
    act_as("owner");
    must(mc_poll_edit_save(session, id, &open));
    act_as("alice");
    must(mc_poll_edit_save(session, id, &close));
    must(mc_poll_edit_save(session, id, &open));

    add(&b, 0, "Teal");
    flag = asked("Flags", &b);
    ended = make_poll(&flag);
    act_as("owner");
    must(mc_poll_edit_save(session, ended, &end));
    act_as("alice");
    must_fail(mc_poll_edit_save(session, ended, &other_end), MC_EFORBIDDEN);
    must_fail(mc_poll_edit_save(session, ended, &no_end), MC_EFORBIDDEN);
    must(mc_poll_edit_save(session, ended, &end)); /* as it is */
    act_as("owner");
    must(mc_poll_edit_save(session, ended, &no_end));
    act_as("alice");
    must(mc_poll_edit_save(session, ended, &other_end));
}

/* Open says whether comments are taken, pollOpen whether votes are. */
Test(polls, take_comments_unless_closed)
{
    mc_comment_edit comment = {.size = sizeof(comment), .item_type = "poll", .markdown = "Teal!"};
    mc_patch_op close = {"/meta/flags/open", false};
    mc_poll_edit edit = change();
    mc_poll *poll;
    int64_t made = 0;

    act_as("alice");
    comment.item_id = make_colours();
    edit.poll_open = MC_NO;
    must(mc_poll_edit_save(session, comment.item_id, &edit));
    must(mc_comment_create(&made, session, &comment));
    poll = get_poll(comment.item_id);
    cr_expect_eq(poll->comments->total, 1);
    mc_record_free(poll);
    must(mc_poll_patch(session, comment.item_id, &close, 1));
    comment.markdown = "Too late";
    must_fail(mc_comment_create(&made, session, &comment), MC_ECLOSED);
}

Test(polls, are_listed)
{
    ballot b = {0};
    mc_collection *list = NULL;
    mc_poll_edit edit;
    const mc_poll *poll;
    int64_t first, second;

    act_as("owner");
    first = make_colours();
    add(&b, 0, "Yes");
    edit = asked("Shall we?", &b);
    edit.multi = MC_YES;
    second = make_poll(&edit);
    make_conversation(root_microcosm(), "No poll");
    act_as(NULL);
    must(mc_polls_list(&list, session, NULL, NULL));
    cr_assert_eq(list->polls->total, 2);
    cr_assert_eq(list->polls->items.count, 2);
    poll = list->polls->items.items[1];
    cr_expect_eq(poll->id, second);
    cr_expect(poll->multi);
    cr_expect_str_eq(poll->question, "Which colour?");
    cr_expect_eq(poll->choices.count, 0, "in a detail only");
    poll = list->polls->items.items[0];
    cr_expect_eq(poll->id, first);
    cr_expect_not(poll->multi);
    mc_record_free(list);
}

Test(polls, come_from_a_body_too)
{
    static const char body[] =
        "{\"microcosmId\":%lld,\"title\":\"Colours\",\"question\":\"Which?\",\"multi\":true,"
        "\"pollOpen\":false,\"pollCloses\":\"2999-01-01T00:00:00Z\",\"voterCount\":7,\"choices\":"
        "[{\"choice\":\"Teal\",\"votes\":5,\"order\":9},{\"choice\":\"Grey\"}]}";
    static const char renamed[] = "{\"choices\":[{\"id\":%lld,\"choice\":\"Silver\",\"votes\":9},"
                                  "{\"choice\":\"Black\"}],\"meta\":{\"editReason\":\"x\"}}";
    static const char wrong[] =
        "{\"microcosmId\":1,\"title\":\"x\",\"question\":3,\"multi\":\"yes\","
        "\"choices\":[{\"choice\":4},{},{\"id\":1.5,\"choice\":\"a\"}]}";
    static const char none[] = "{\"microcosmId\":1,\"title\":\"x\",\"question\":\"x\","
                               "\"choices\":[]}";
    char text[600];
    mc_poll *poll;
    int64_t id = 0;
    int length;

    act_as("alice");
    length = snprintf(text, sizeof(text), body, (long long)root_microcosm());
    must(mc_poll_create_body(&id, session, MC_FORMAT_JSON, text, (size_t)length));
    expect_choices(id, "Teal Grey ");
    length = snprintf(text, sizeof(text), renamed, (long long)choice_id(id, "Grey"));
    must(mc_poll_edit_body(session, id, MC_FORMAT_JSON, text, (size_t)length));
    expect_choices(id, "Silver Black ");
    poll = get_poll(id);
    cr_expect(poll->multi);
    cr_expect_not(poll->poll_open);
    cr_expect_eq(poll->voter_count, 0);
    mc_record_free(poll);
    must_fail(mc_poll_create_body(&id, session, MC_FORMAT_JSON, wrong, strlen(wrong)), MC_EINVAL);
    expect_faults("question choices[0].choice choices[1].choice choices[2].id multi ");
    must_fail(mc_poll_create_body(&id, session, MC_FORMAT_JSON, none, strlen(none)), MC_EINVAL);
    expect_faults("choices ");
}

/* Votes. */

typedef struct booth {
    int64_t poll_id, choices[3];
} booth;

static void vote_often(mc_session *own, int number, void *data)
{
    booth *b = data;
    mc_poll_vote_edit edit = MC_POLL_VOTE_EDIT_INIT;

    edit.choices = (mc_int64s){&b->choices[number % 3], 1};
    if (number % 10 == 9)
        cr_expect_eq(mc_poll_vote_delete(own, b->poll_id), 0);
    else
        cr_expect_eq(mc_poll_vote_set(own, b->poll_id, &edit), 0, "%s",
                     mc_session_error(own)->message);
}

static void expect_votes(int64_t least_voters, int64_t most_voters)
{
    int64_t voters = forum_number("SELECT voter_count FROM microcosm.polls");

    cr_expect_geq(voters, least_voters);
    cr_expect_leq(voters, most_voters);
    cr_expect_eq(forum_number("SELECT count(DISTINCT profile_id) FROM microcosm.poll_votes"),
                 voters);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.poll_choices c WHERE votes <>"
                              " (SELECT count(*) FROM microcosm.poll_votes v"
                              " WHERE v.choice_id = c.choice_id) OR votes <> voter_count"),
                 0);
}

Test(polls, count_everybody_once_whatever_they_do_at_once)
{
    booth b;

    act_as("alice");
    b.poll_id = make_colours();
    b.choices[0] = choice_id(b.poll_id, "Teal");
    b.choices[1] = choice_id(b.poll_id, "Orange");
    b.choices[2] = choice_id(b.poll_id, "Grey");
    at_once(100, "alice", vote_often, &b);
    expect_votes(0, 1);
    at_once(100, "voter%d", vote_often, &b);
    expect_votes(90, 91);
}

Test(polls, tell_nobody_but_the_voter_what_they_have_voted)
{
    mc_poll_vote_edit edit = MC_POLL_VOTE_EDIT_INIT;
    mc_poll_vote *vote = NULL;
    int64_t id, choice;

    act_as("alice");
    id = make_colours();
    choice = choice_id(id, "Orange");
    edit.choices = (mc_int64s){&choice, 1};
    must(mc_poll_vote_set(session, id, &edit));
    must(mc_poll_vote_get(&vote, session, id));
    cr_assert_eq(vote->choices.count, 1);
    cr_expect_eq(vote->choices.items[0], choice);
    mc_record_free(vote);
    act_as("bob");
    must(mc_poll_vote_get(&vote, session, id));
    cr_expect_eq(vote->choices.count, 0);
    mc_record_free(vote);
    act_as(NULL);
    must_fail(mc_poll_vote_get(&vote, session, id), MC_EFORBIDDEN);
    must_fail(mc_poll_vote_set(session, id, &edit), MC_EFORBIDDEN);
}

/* Results that are hidden. */

static void vote_for(int64_t poll_id, const char *text)
{
    mc_poll_vote_edit edit = MC_POLL_VOTE_EDIT_INIT;
    int64_t choice = choice_id(poll_id, text);

    edit.choices = (mc_int64s){&choice, 1};
    must(mc_poll_vote_set(session, poll_id, &edit));
}

/* Teal has one vote and Orange two, which those people see. */
static void expect_seen_by(int64_t id, const char *people)
{
    static const char *const all[] = {"alice", "bob", "carol", "dave", "owner", NULL};

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        const char *name = all[i] ? all[i] : "guest";
        bool sees = strstr(people, name);
        mc_poll *poll;
        mc_buffer *json = NULL;

        act_as(all[i]);
        poll = get_poll(id);
        cr_expect_eq(poll->results_hidden, !sees, "%s", name);
        cr_expect_eq(poll->voter_count, sees ? 3 : 0, "%s", name);
        for (size_t c = 0; c < poll->choices.count; c++) {
            const mc_poll_choice *choice = poll->choices.items[c];

            cr_expect_eq(choice->votes, sees && c < 2 ? (int64_t)c + 1 : 0, "%s", name);
            cr_expect_eq(choice->voter_count, choice->votes);
        }
        mc_record_free(poll);
        must(mc_buffer_new(&json, 0));
        must(mc_poll_json(json, session, id, NULL));
        cr_expect_eq(!strstr(mc_buffer_bytes(json), "\"votes\":2"), !sees, "%s", name);
        cr_expect_eq(!strstr(mc_buffer_bytes(json), "\"voterCount\":3"), !sees, "%s", name);
        cr_expect_eq(!strstr(mc_buffer_bytes(json), "\"resultsHidden\":true"), sees, "%s", name);
        mc_buffer_free(json);
    }
}

/* What somebody is told of polls from a cursor on, until a conversation is told. */
static const char *told_of_polls(const char *name, const char *from)
{
    static char text[500];
    char cursor[2000];

    act_as(name);
    snprintf(cursor, sizeof(cursor), "%s", from);
    text[0] = '\0';
    for (int waited = 0; !strstr(text, "conversation") && wait_a_moment(&waited);) {
        mc_change_list *list = NULL;

        must(mc_changes_next(&list, session, cursor, 0));
        for (size_t i = 0; i < list->changes.count; i++) {
            const mc_change *told = list->changes.items[i];

            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s %s %s, ", told->action,
                     told->item_type,
                     told->profile_id == mc_session_profile(session) ? "own"
                     : told->profile_id                              ? "others"
                                                                     : "somebody's");
        }
        snprintf(cursor, sizeof(cursor), "%s", list->cursor);
        mc_record_free(list);
    }
    return text;
}

static void expect_unvoted(int64_t id)
{
    static const char *const all[] = {"bob", "carol", "dave", "owner", "alice"};

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        mc_poll *poll;

        act_as(all[i]);
        poll = get_poll(id);
        cr_expect(poll->results_hidden);
        mc_record_free(poll);
    }
}

static void begin_feed(char *cursor, size_t size)
{
    mc_change_list *list = NULL;
    int64_t newest = forum_number("SELECT max(change_id) FROM microcosm.changes");

    for (int waited = 0; wait_a_moment(&waited);) {
        must(mc_changes_next(&list, session, "now", 0));
        snprintf(cursor, size, "%s", list->cursor);
        mc_record_free(list);
        list = NULL;
        if (strchr(cursor, '.') && atoll(strchr(cursor, '.') + 1) == newest)
            return;
    }
    cr_assert_fail("the feed does not catch up");
}

Test(polls, hide_their_results_until_one_has_voted_or_they_are_closed)
{
    mc_poll_edit edit = change();
    mc_patch_op close = {"/meta/flags/open", false}, open = {"/meta/flags/open", true};
    mc_collection *list = NULL;
    char cursor[2000];
    mc_poll *poll;
    int64_t id;

    act_as("alice");
    id = make_colours();
    edit.hide_results = MC_YES;
    must(mc_poll_edit_save(session, id, &edit));
    expect_unvoted(id); /* so that all people have arrived */
    begin_feed(cursor, sizeof(cursor));
    act_as("bob");
    vote_for(id, "Teal");
    act_as("carol");
    vote_for(id, "Orange");
    act_as("dave");
    vote_for(id, "Orange");
    make_conversation(root_microcosm(), "So that there is something to be told");
    expect_seen_by(id, "bob carol dave");
    cr_expect_str_eq(told_of_polls("alice", cursor), "create conversation others, ");
    cr_expect_str_eq(told_of_polls(NULL, cursor), "create conversation others, ");
    cr_expect_str_eq(told_of_polls("bob", cursor),
                     "update poll own, update poll somebody's, update poll somebody's, "
                     "create conversation others, ");
    must(mc_polls_list(&list, session, NULL, NULL));
    cr_expect_eq(((const mc_poll *)list->polls->items.items[0])->voter_count, 0);
    cr_expect(((const mc_poll *)list->polls->items.items[0])->hide_results);
    mc_record_free(list);
    must(mc_poll_vote_delete(session, id)); /* bob */
    vote_for(id, "Teal");
    act_as("alice");
    must(mc_poll_patch(session, id, &close, 1));
    expect_seen_by(id, "alice bob carol dave owner guest");
    act_as("alice");
    must(mc_poll_patch(session, id, &open, 1));
    expect_seen_by(id, "bob carol dave");
    act_as("alice");
    edit = change();
    edit.poll_open = MC_NO;
    must(mc_poll_edit_save(session, id, &edit));
    expect_seen_by(id, "alice bob carol dave owner guest");
    act_as("alice");
    edit.poll_open = MC_YES;
    edit.poll_closes = "2001-01-01T00:00:00Z";
    must(mc_poll_edit_save(session, id, &edit));
    expect_seen_by(id, "alice bob carol dave owner guest");
    act_as("alice");
    edit.poll_closes = "2999-01-01T00:00:00Z";
    must(mc_poll_edit_save(session, id, &edit));
    act_as("bob");
    must(mc_poll_vote_delete(session, id));
    poll = get_poll(id);
    cr_expect(poll->results_hidden, "who takes the vote back sees no more than before");
    mc_record_free(poll);
    vote_for(id, "Teal");
    expect_seen_by(id, "bob carol dave");
    act_as("alice");
    edit.hide_results = MC_NO;
    must(mc_poll_edit_save(session, id, &edit));
    expect_seen_by(id, "alice bob carol dave owner guest");
}

/* That a choice can't go would tell that it has votes. */
Test(polls, that_hide_their_results_keep_all_choices)
{
    ballot b = {0};
    mc_poll_edit edit = change();
    int64_t id;

    act_as("alice");
    id = make_colours();
    edit.hide_results = MC_YES;
    must(mc_poll_edit_save(session, id, &edit));
    add(&b, choice_id(id, "Teal"), "Petrol");
    edit.choices = b.list;
    edit.hide_results = MC_NO;
    refuse_edit(id, &edit, "choices ");
    vote_for(id, "Teal");
    must(mc_poll_edit_save(session, id, &edit));
    expect_choices(id, "Petrol(1) ");
}
