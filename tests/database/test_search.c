/* Searches: docs/http/search.md. */
#include "fail_alloc.h"
#include "forum.h"
#include "people.h"
#include "wait.h"

#include "db/db.h"

#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

TestSuite(search, .init = people_open, .fini = forum_close, .timeout = 300);

/* Waits until all that was written can be found. */
static void build(void)
{
    int64_t newest = forum_number("SELECT coalesce(max(change_id), 0) FROM microcosm.changes");
    int waited = 0;

    while (
        forum_number("SELECT (EXISTS (SELECT FROM microcosm.search_pending)"
                     "     OR EXISTS (SELECT FROM microcosm.search_progress p"
                     "                 WHERE p.snapshot IS NULL"
                     "                    OR pg_snapshot_xmax(p.snapshot) >"
                     "                       pg_snapshot_xmax(pg_current_snapshot())"
                     "                    OR EXISTS (SELECT FROM microcosm.changes c"
                     "                                WHERE c.change_id <= %lld"
                     "                                  AND NOT pg_visible_in_snapshot("
                     "                                          c.transaction, p.snapshot))))::int",
                     ID(newest))) {
        cr_assert(wait_a_moment(&waited), "nothing is built");
        mc_app_step(forum_app);
    }
}

static mc_search_result *search(const char *parameters)
{
    mc_search_filter filter = MC_SEARCH_FILTER_INIT;
    mc_search_result *result = NULL;

    filter.parameters = parameters;
    must(mc_search_find(&result, session, &filter, NULL));
    return result;
}

/* The title, name or Markdown of what was found. */
static const char *title_of(const mc_search_hit *hit)
{
    static const struct {
        const char *item_type;
        size_t title;
    } titles[] = {
        {"conversation", offsetof(mc_conversation, title)},
        {"event", offsetof(mc_event, title)},
        {"poll", offsetof(mc_poll, title)},
        {"huddle", offsetof(mc_huddle, title)},
        {"microcosm", offsetof(mc_microcosm, title)},
        {"profile", offsetof(mc_profile, profile_name)},
        {"comment", offsetof(mc_comment, markdown)},
    };
    size_t i = 0;

    while (strcmp(titles[i].item_type, hit->item_type) != 0)
        i++;
    return *(const char *const *)((const char *)hit->item + titles[i].title);
}

/* What a search with these parameters finds, in order, with "|" between. */
static void finds(const char *parameters, const char *expected)
{
    mc_search_result *result = search(parameters);
    char text[4096] = "no search";
    size_t at = 0;

    if (result->results) {
        text[0] = '\0';
        cr_expect_eq(result->results->total, (int64_t)result->results->items.count);
        for (size_t i = 0; i < result->results->items.count; i++)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? "|" : "",
                                   title_of(result->results->items.items[i]));
    }
    cr_expect_str_eq(text, expected, "%s finds %s", parameters, text);
    mc_record_free(result);
}

static int64_t make_event(int64_t microcosm, const char *title, const char *where, const char *when)
{
    mc_event_edit edit = {.size = sizeof(edit),
                          .microcosm_id = microcosm,
                          .title = title,
                          .where = where,
                          .when = when,
                          .tz = "UTC"};
    int64_t id = 0;

    must(mc_event_create(&id, session, &edit));
    return id;
}

static int64_t make_poll(int64_t microcosm, const char *title, const char *question,
                         const char *choice)
{
    mc_poll_choice_edit one = {.size = sizeof(one), .choice = choice};
    const void *choices[] = {&one};
    mc_poll_edit edit = {.size = sizeof(edit),
                         .microcosm_id = microcosm,
                         .title = title,
                         .question = question,
                         .choices = {choices, 1}};
    int64_t id = 0;

    must(mc_poll_create(&id, session, &edit));
    return id;
}

static int64_t comment_on(const char *item_type, int64_t item_id, const char *markdown)
{
    mc_comment_edit edit = {
        .size = sizeof(edit), .item_type = item_type, .item_id = item_id, .markdown = markdown};
    int64_t id = 0;

    must(mc_comment_create(&id, session, &edit));
    return id;
}

Test(search, finds_each_kind_of_thing)
{
    int64_t garden, figs;

    become(owner);
    garden = make_microcosm(root_microcosm(), "Garden & orchard");
    figs = make_conversation(garden, "Figs & plums");
    make_conversation(garden, "Running shoes");
    make_event(garden, "Picnic", "Quayside", "2031-05-01T10:00:00Z");
    make_poll(garden, "Vote", "Which vegetable?", "Aubergine");
    make_comment(figs, "We ate **ripe** figs & [quinces](http://x.example/hidden) today #Harvest");
    build();

    finds("q=garden", "Garden &amp; orchard");
    finds("q=figs", "Figs &amp; plums|We ate **ripe** figs & "
                    "[quinces](http://x.example/hidden) today #Harvest");
    finds("q=FIG+type:conversation", "Figs &amp; plums");
    finds("q=fig&inTitle=true", "Figs &amp; plums");
    finds("q=runs", "Running shoes");
    finds("q=quayside", "Picnic");
    finds("q=vegetables", "Vote");
    finds("q=aubergine", "Vote");
    finds("q=hidden", "");
    finds("q=mira&type=profile", "mira");
    finds("q=%23harvest&type=comment",
          "We ate **ripe** figs & [quinces](http://x.example/hidden) today #Harvest");
    finds("q=%23ripe", "");
    finds("q=today&type=comment&id=999999", "");
}

Test(search, has_a_language)
{
    int64_t talk;

    become(owner);
    talk = make_conversation(make_microcosm(root_microcosm(), "Language"), "The Who");
    make_comment(talk, "red wine and white bread");
    become(mira);
    make_comment(talk, "white wine and red cheese");
    make_comment(talk, "rosé, by the glass");
    build();

    finds("q=red+wine&sort=date", "white wine and red cheese|red wine and white bread");
    finds("q=%22red+wine%22", "red wine and white bread");
    finds("q=wine+-cheese", "red wine and white bread");
    finds("q=wine+-%22red+wine%22", "white wine and red cheese");
    finds("q=cheese+OR+glass&sort=date", "rosé, by the glass|white wine and red cheese");
    finds("q=red+cheese+OR+bread&sort=date", "white wine and red cheese|red wine and white bread");
    finds("q=the+who", "The Who");
    finds("q=the+wine+author:mira+cheese", "white wine and red cheese");
    finds("q=wine+author:tomas", "");
    finds("q=wine+author:nobody", "");
    finds("q=ROS%C3%89", "rosé, by the glass");
    finds("q=-wine", "no search");
    finds("q=-wine+type:comment&sort=date",
          "rosé, by the glass|white wine and red cheese|red wine and white bread");
    finds("q=%22", "");
    finds("q=%22%22", "no search");
    finds("", "no search");
    finds("q=wine&forumId=999999", "");
    finds("forumId=999999", "no search");
}

/* None of them may fail. */
Test(search, takes_whatever_is_asked)
{
    static const char *const odd[] = {
        "q='",
        "q=%22%22%22",
        "q=((",
        "q=a%3A%2A+%26+!",
        "q=OR",
        "q=OR+OR+-",
        "q=-+--+-%22",
        "q=%5C",
        "q=a%5C'b",
        "q=%F3%A0%80%81",
        "q=type%3A",
        "q=type:a:b",
        "q=%00",
        "q=%FF",
        "q=:*+<->+b",
        "since=x",
        "since=99999999999",
        "id=0",
        "id=-1&type=event",
        "authorId=1e9",
        "type=nothing",
        "sort=up",
        "email=a@b.c",
        "lat=1&radius=x",
        "q=a%01b",
        "q=%23",
        "q=%23%23a",
        "q=x%EE%80%80y",
        "eventAfter=1",
        "attendee=true",
    };

    become(mira);
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        mc_search_filter filter = MC_SEARCH_FILTER_INIT;
        mc_search_result *result = NULL;
        int rc;

        filter.parameters = odd[i];
        rc = mc_search_find(&result, session, &filter, NULL);
        cr_expect(rc == 0 || (rc == MC_EINVAL && strstr(odd[i], "%FF")), "%s gives %d: %s", odd[i],
                  rc, mc_session_error(session)->message);
        mc_record_free(result);
    }
}

/* What is found is what may be read at that moment, whatever was built. */
Test(search, tells_nothing_that_is_secret)
{
    static const char *const asked[] = {
        "q=secretword",
        "q=secretword&inTitle=true",
        "q=secretword&type=comment",
        "q=secretwrod",
        "q=secretwords+room&type=conversation",
        "q=%22the+secretword%22",
        "type=huddle&type=comment&type=conversation&type=event&type=poll&type=microcosm&since=-1",
    };
    int64_t open, closed, hidden, talk, huddle, event;

    become(owner);
    open = make_microcosm(root_microcosm(), "Open");
    closed = make_microcosm(root_microcosm(), "The secretword room");
    forum_sql(
        "INSERT INTO microcosm.roles (site_id, microcosm_id, title, include_guests, include_users)"
        " VALUES (%lld, %lld, 'Nobody', true, true)",
        ID(site), ID(closed));
    talk = make_conversation(closed, "secretword");
    make_comment(talk, "the secretword");
    event = make_event(closed, "a secretword", "secretword", "2031-05-01T10:00:00Z");
    comment_on("event", event, "the secretword again");
    make_poll(closed, "a vote", "secretword?", "secretword");
    hidden = make_conversation(open, "deleted secretword");
    make_comment(hidden, "the secretword, too");
    forum_sql("UPDATE microcosm.items SET is_deleted = true WHERE item_id = %lld", ID(hidden));
    talk = make_conversation(open, "a talk");
    forum_sql("UPDATE microcosm.comments SET is_moderated = true WHERE comment_id = %lld",
              ID(make_comment(talk, "the secretword, moderated")));
    huddle = make_huddle();
    become(tomas);
    comment_on("huddle", huddle, "the secretword for two");
    build();

    become(owner); /* who reads everything but what people say in huddles, and what is hidden */
    finds("q=secretword&type=conversation", "secretword");
    finds("q=secretword&type=comment&sort=date", "the secretword again|the secretword");
    become(make_member("nosy"));
    for (int as_guest = 0; as_guest < 2; as_guest++) {
        for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
            mc_search_result *result = search(asked[i]);

            cr_expect_null(strstr(json_of(result->results), "secretword"), "%s finds it", asked[i]);
            if (i < 6)
                cr_expect_eq(result->results->total, 0, "%s", asked[i]);
            mc_record_free(result);
        }
        become(0);
    }
    become(mira);
    finds("q=secretword", "the secretword for two");
    finds("q=secretword&forumId=1", "");
    must(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true));
    finds("q=secretword", "");
    forum_sql("DELETE FROM microcosm.roles WHERE microcosm_id = %lld", ID(closed));
    become(0);
    finds("q=secretword&type=conversation", "secretword");
}

static const char *highlight(const char *parameters)
{
    static char text[1000];
    mc_search_result *result = search(parameters);

    cr_assert_gt(result->results->items.count, 0, "%s", parameters);
    snprintf(text, sizeof(text), "%s",
             ((const mc_search_hit *)result->results->items.items[0])->highlight);
    mc_record_free(result);
    return text;
}

/* Their texts have no spaces between words. */
Test(search, finds_parts_of_chinese_japanese_and_thai)
{
    int64_t talk;

    become(owner);
    talk = make_conversation(make_microcosm(root_microcosm(), "Scripts"), "日本語のスレッド");
    make_comment(talk, "日本語の**文章**を search する");
    make_comment(talk, "ภาษาไทยไม่มีช่องว่าง");
    build();
    finds("q=%E6%97%A5%E6%9C%AC%E8%AA%9E", "日本語のスレッド|日本語の**文章**を search する");
    finds("q=%E6%9C%AC%E8%AA%9E&type=comment", "日本語の**文章**を search する"); /* 本語 */
    finds("q=%E8%AA%9E%E6%9C%AC", "");                                            /* 語本 */
    finds("q=%E7%AB%A0%E3%82%92+search", "日本語の**文章**を search する");       /* 章を */
    finds("q=-%E6%96%87%E7%AB%A0+%E6%97%A5", "日本語のスレッド");                 /* -文章 日 */
    finds("q=%E0%B9%84%E0%B8%97%E0%B8%A2", "ภาษาไทยไม่มีช่องว่าง");                   /* ไทย */
    cr_expect_str_eq(highlight("q=%E6%9C%AC%E8%AA%9E&type=conversation"),
                     "日<b>本語</b>のスレッド");
    cr_expect_str_eq(highlight("q=%E6%96%87%E7%AB%A0&type=comment"),
                     "日本語の<b>文章</b>を search する");
}

static double first_rank(const char *parameters)
{
    mc_search_result *result = search(parameters);
    double rank = ((const mc_search_hit *)result->results->items.items[0])->rank;

    mc_record_free(result);
    return rank;
}

Test(search, puts_titles_first)
{
    bool has_similar;
    int64_t talk;

    become(owner);
    talk = make_conversation(make_microcosm(root_microcosm(), "Gears"),
                             "Which derailleur fits an old steel frame");
    make_conversation(root_microcosm(), "Derailleur");
    make_conversation(root_microcosm(), "Another derailleur");
    make_comment(talk, "derailleur derailleur derailleur");
    build();

    finds("q=derailleur",
          "Derailleur|Another derailleur|"
          "Which derailleur fits an old steel frame|derailleur derailleur derailleur");
    cr_expect_eq(first_rank("q=DERAILLEUR"), 1);
    finds("q=another+derailleur&type=conversation", "Another derailleur");
    has_similar = forum_number("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'");
    finds("q=which+derailer+fits+an+old+steal+frame",
          has_similar ? "Which derailleur fits an old steel frame" : "");
    finds("q=derailleur&limit=5&sort=date&type=conversation",
          "Which derailleur fits an old steel frame|Another derailleur|Derailleur");
}

Test(search, shows_where_words_are)
{
    int64_t talk;

    become(owner);
    talk = make_conversation(make_microcosm(root_microcosm(), "Marks"), "Fish & chips <3");
    make_comment(talk, "two **fis**hes, <script>alert(1)</script> 1 &lt; 2 & \"so\"");
    build();
    cr_expect_str_eq(highlight("q=fish"), "<b>Fish</b> &amp; chips &lt;3");
    cr_expect_str_eq(highlight("q=fishes&type=comment"),
                     "two <b>fishes</b>, 1 &lt; 2 &amp; &#34;so&#34;");
    cr_expect_str_eq(highlight("type=conversation"), "");
}

Test(search, follows_what_is_written)
{
    int64_t talk, comment, huddle;
    mc_comment_edit edit = {.size = sizeof(edit), .markdown = "afterwards"};

    become(owner);
    talk = make_conversation(make_microcosm(root_microcosm(), "Changes"), "a talk");
    comment = make_comment(talk, "beforehand");
    build();
    finds("q=beforehand", "beforehand");
    must(mc_comment_edit_save(session, comment, &edit));
    build();
    finds("q=beforehand", "");
    finds("q=afterwards", "afterwards");
    must(mc_comment_delete(session, comment));
    finds("q=afterwards", "");
    build();
    cr_expect_eq(count_rows("search_documents", "item_type = 4"), 0);

    huddle = make_huddle();
    become(tomas);
    build();
    cr_expect_eq(count_rows("search_documents", "parent_type = 5"), 1);
    forum_sql("DELETE FROM microcosm.huddles WHERE huddle_id = %lld", ID(huddle));
    forum_sql(
        "INSERT INTO microcosm.search_pending (site_id, item_type, item_id) VALUES (%lld, 5, %lld)",
        ID(site), ID(huddle));
    build();
    cr_expect_eq(count_rows("search_documents", "parent_type = 5 OR item_type = 5"), 0);

    become(owner);
    make_comment(talk, "die Häuser");
    build();
    finds("q=Haus", "");
    forum_sql("UPDATE microcosm.sites SET search_language = 'german' WHERE site_id = %lld",
              ID(site));
    build();
    finds("q=Haus", "die Häuser");
    /* a lost place, as after a restoration: all is built again */
    forum_sql("DELETE FROM microcosm.search_documents");
    forum_sql("UPDATE microcosm.search_progress SET snapshot = '9000000000000:9000000000000:'");
    build();
    finds("q=Haus", "die Häuser");
}

static int search_once(void)
{
    mc_search_filter filter = MC_SEARCH_FILTER_INIT;
    mc_search_result *result = NULL;
    int rc;

    filter.parameters =
        "q=memory+author:mira+%23lack&type=comment&type=conversation&email=a@b.example";
    rc = mc_search_find(&result, session, &filter, NULL);
    mc_record_free(result);
    return rc;
}

Test(search, survives_a_lack_of_memory)
{
    become(owner);
    make_comment(make_conversation(root_microcosm(), "memory #lack"), "memory #lack");
    build();
    cr_expect_eq(search_once(), 0); /* what is cached then isn't asked for again */
    cr_expect_gt(fail_each(search_once), 1);
}

static int suggest_once(void)
{
    mc_suggestion_list *list = NULL;
    int rc = mc_search_suggest(&list, session, "mem");

    mc_record_free(list);
    return rc;
}

static int trending_once(void)
{
    mc_collection *list = NULL;
    int rc = mc_trending_list(&list, session, NULL);

    mc_record_free(list);
    return rc;
}

Test(search, suggestions_and_trending_survive_a_lack_of_memory)
{
    become(owner);
    make_comment(make_conversation(root_microcosm(), "memory"), "memory");
    build();
    cr_expect_eq(suggest_once() + trending_once(), 0);
    cr_expect_gt(fail_each(suggest_once), 1);
    cr_expect_gt(fail_each(trending_once), 1);
}

/* The plan that is made once, for whatever words. */
static void plan_of_hits(char *out, size_t size)
{
    PGconn *other = PQconnectdb(forum_database);
    size_t at = 0;
    PGresult *rows;

    PQclear(PQexec(other, "SET plan_cache_mode = force_generic_plan"));
    PQclear(PQprepare(other, "hits", mc__queries[MC_Q_SEARCH_HITS].text, 0, NULL));
    rows = PQexec(other,
                  "EXPLAIN EXECUTE hits (1, 1, '{1}', '{}', true, true, '{}', '{}', '{}', '{2,6}',"
                  " '{6}', 0, '{}', false, false, NULL, NULL, NULL, NULL, false, 0, 25, 0, 1000,"
                  " 'harbour', 'title')");
    cr_assert_eq(PQresultStatus(rows), PGRES_TUPLES_OK, "%s", PQerrorMessage(other));
    for (int i = 0; i < PQntuples(rows) && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s\n", PQgetvalue(rows, i, 0));
    PQclear(rows);
    PQfinish(other);
}

Test(search, finds_the_same_by_common_words_and_by_rare_ones)
{
    static const char *const found =
        "maple harbour two|maple harbour one|*maple*, harbour: 2|*maple*, harbour: 1";
    char plan[32768];
    const char *at;

    become(owner);
    make_comment(make_conversation(root_microcosm(), "maple harbour one"), "*maple*, harbour: 1");
    make_comment(make_conversation(root_microcosm(), "maple harbour two"), "*maple*, harbour: 2");
    build();
    forum_sql("INSERT INTO microcosm.search_documents (site_id, item_type, item_id, parent_type,"
              " parent_id, created_by, created, title, words)"
              " SELECT %lld, 4, 1000000 + n, 6, 1000000, 1, now() - n * interval '1 minute', '',"
              "        array_to_tsvector(ARRAY['maple', 'w' || n, ' %lld.4.6'])"
              "   FROM generate_series(1, 8000) n",
              ID(site), ID(site));
    forum_sql("ANALYZE microcosm.search_documents");
    cr_expect_gt(forum_number("SELECT microcosm.search_estimate('maple')"), 5000);
    cr_expect_lt(forum_number("SELECT microcosm.search_estimate('harbour')"), 5000);
    cr_expect_eq(forum_number("SELECT microcosm.search_estimate('')"), 0);
    finds("q=maple", found);
    finds("q=harbour", found);

    cr_expect_not(mc__queries[MC_Q_SEARCH_HITS].is_replanned);
    plan_of_hits(plan, sizeof(plan));
    at = strstr(plan, "Bitmap Index Scan on search_documents_words");
    cr_expect(at && !strstr(at + 1, "Bitmap Index Scan on search_documents_words"), "%s", plan);
    cr_expect_null(strstr(plan, "Seq Scan on search_documents"), "%s", plan);
}

/* Another connection holds what searches look through, so none of them ends by itself. */
Test(search, tells_that_it_took_too_long)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    PGconn *other = PQconnectdb(forum_database);
    mc_visit visit = MC_VISIT_INIT;
    mc_search_filter filter = MC_SEARCH_FILTER_INIT;
    mc_search_result *result = NULL;
    mc_app *hurried = NULL;
    mc_session *who = NULL;

    options.database = forum_database;
    options.statement_ms = 3000;
    filter.q = "anything";
    visit.site_key = "test";
    must(mc_app_new(&hurried, &options, NULL));
    must(mc_session_new(&who, hurried));
    must(mc_session_enter(who, &visit));
    must(mc_search_find(&result, who, &filter, NULL));
    mc_record_free(result);
    result = NULL;
    PQclear(PQexec(other, "BEGIN; LOCK TABLE microcosm.search_documents"));
    cr_expect_eq(mc_search_find(&result, who, &filter, NULL), MC_EBUSY);
    cr_expect_eq(mc_session_error(who)->reason, 24);
    PQclear(PQexec(other, "ROLLBACK"));
    cr_expect_eq(mc_search_find(&result, who, &filter, NULL), 0);
    mc_record_free(result);
    PQfinish(other);
    mc_session_free(who);
    mc_app_free(hurried);
}
