/* The commands for access tokens. */
#include "base/text.h"
#include "opened.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_DAYS "365"
#define TOKEN_DAYS_MAX 3650
#define LISTED_MOST 100 /* in one argument */

static const origin token_origins[] = {
    {"email", "--email"}, {"days", "--expires"},         {"scope", "--scope"},
    {"name", "--name"},   {"microcosms", "--microcosm"}, {"networks", "--network"},
    {NULL, NULL}};

/* Parts of an argument with commas between them, which are cut. -1: there are too many. */
static int split(char *parts[LISTED_MOST], char *list)
{
    int count = 0;

    for (char *rest = NULL, *part = strtok_r(list, ",", &rest); part;
         part = strtok_r(NULL, ",", &rest)) {
        if (count == LISTED_MOST)
            return -1;
        parts[count++] = part;
    }
    return count;
}

/* What a token with a scope may do; it borrows from this. */
typedef struct limits {
    char microcosms[2048], networks[2048];
    char *texts[LISTED_MOST];
    int64_t ids[LISTED_MOST];
} limits;

static bool copy(char *out, size_t size, const char *text)
{
    return (size_t)snprintf(out, size, "%s", text ? text : "") < size;
}

/* False, and told: something is wrong. */
static bool read_limits(mc_token_edit *edit, limits *l, const arguments *args)
{
    int count = copy(l->microcosms, sizeof(l->microcosms), args->microcosm)
                    ? split(l->texts, l->microcosms)
                    : -1;

    for (int i = 0; i < count; i++)
        if (!text_number(&l->ids[i], l->texts[i], strlen(l->texts[i])))
            count = -1;
    if (count < 0) {
        misuse("--microcosm must be ids with commas between them, such as 7,12, not \"%s\"",
               args->microcosm);
        return false;
    }
    edit->microcosms = (mc_int64s){l->ids, (size_t)count};
    count =
        copy(l->networks, sizeof(l->networks), args->network) ? split(l->texts, l->networks) : -1;
    if (count < 0) {
        misuse("--network must be networks with commas between them, such as 192.0.2.0/24");
        return false;
    }
    edit->networks = (mc_strings){(const char *const *)l->texts, (size_t)count};
    return true;
}

/* One that can do less than its user, as people make them for programs. */
static int make_scoped(mc_session *session, const arguments *args, int64_t days)
{
    mc_token_edit edit = MC_TOKEN_EDIT_INIT;
    mc_token *token = NULL;
    limits l;
    int rc;

    edit.name = args->name ? args->name : "microcosmd token create";
    edit.scope = args->scope;
    edit.days = (mc_maybe_int64){true, days};
    if (!read_limits(&edit, &l, args))
        return MISUSED;
    rc = mc_session_act_as_email(session, args->email);
    if (rc == 0)
        rc = mc_own_token_create(&token, session, &edit);
    if (rc < 0)
        return complain(mc_session_error(session), token_origins);
    puts(token->access_token);
    mc_record_free(token);
    return STOPPED;
}

static int make_full(mc_session *session, const arguments *args, int64_t days)
{
    char token[MC_TOKEN_SIZE];

    if (mc_token_create(token, session, args->email, days) < 0)
        return complain(mc_session_error(session), token_origins);
    puts(token);
    return STOPPED;
}

static int create_token(mc_session *session, const arguments *args, int64_t days)
{
    mc_visit visit = MC_VISIT_INIT;
    int rc;

    visit.site_key = args->site;
    rc = mc_session_enter(session, &visit);
    if (rc == MC_ENOSITE || rc == MC_ENOTFOUND)
        return no_such("site", args->site, "site list");
    if (rc < 0)
        return complain(mc_session_error(session), token_origins);
    return args->scope ? make_scoped(session, args, days) : make_full(session, args, days);
}

int command_token_create(const config *c, const logger *log, const arguments *args)
{
    const char *expires = args->expires ? args->expires : TOKEN_DAYS;
    opened l = {NULL, NULL};
    int64_t days;
    int status;

    if (!text_number(&days, expires, strlen(expires)) || days < 1 || days > TOKEN_DAYS_MAX)
        return misuse("--expires must be a number of days from 1 to %d, not \"%s\"", TOKEN_DAYS_MAX,
                      expires);
    if (!args->scope && (args->name || args->microcosm || args->network))
        return misuse("--name, --microcosm and --network are for tokens with a --scope");
    status = open_library(&l, c, log, true);
    if (status != STOPPED)
        return status;
    status = create_token(l.session, args, days);
    close_library(&l);
    return status;
}

/* What was given may be a token's text, which is nobody else's to read. */
static int no_token(void)
{
    misuse(
        "there is no such token; \"microcosmd token list\" prints the ids of those that there are");
    return FAILED;
}

/* The number of a token in its list, or else its text. */
int command_token_revoke(const config *c, const logger *log, const arguments *args)
{
    opened l = {NULL, NULL};
    int64_t id;
    bool is_id = text_number(&id, args->word, strlen(args->word));
    int status = open_library(&l, c, log, false), rc;

    if (status != STOPPED)
        return status;
    rc = is_id ? mc_token_revoke_id(l.session, id) : mc_token_revoke(l.session, args->word);
    if (rc == MC_ENOTFOUND || rc == MC_EINVAL)
        status = no_token();
    else if (rc < 0)
        status = complain(mc_session_error(l.session), NULL);
    close_library(&l);
    return status;
}

static void print_limits(const mc_token *token)
{
    for (size_t i = 0; i < token->microcosms.count; i++)
        printf("%s%lld", i ? "," : "", (long long)token->microcosms.items[i]);
    fputs(token->microcosms.count ? "\t" : "-\t", stdout);
    for (size_t i = 0; i < token->networks.count; i++)
        printf("%s%s", i ? "," : "", token->networks.items[i]);
    fputs(token->networks.count ? "\t" : "-\t", stdout);
}

static int print_tokens(mc_session *session, const config *c, const arguments *args, int64_t *after)
{
    mc_token_list *list = NULL;
    int rc = mc_tokens_list(&list, session, args->email, *after, LIST_ROWS);
    char created[16], expires[16], used[16] = "-";

    (void)c;
    for (size_t i = 0; rc == 0 && i < list->tokens.count; i++) {
        const mc_token *t = list->tokens.items[i];
        bool is_used = t->last_used.us != MC_TIME_NONE;

        printf("%lld\t%s\t%s\t%s\t%s\t%s\t", (long long)t->id, t->email,
               day_of(t->created, created), day_of(t->expires, expires),
               is_used ? day_of(t->last_used, used) : "-", t->scope);
        print_limits(t);
        print_title(t->name);
        *after = t->id;
    }
    rc = rc < 0 ? rc : list->more;
    mc_record_free(list);
    return rc;
}

int command_token_list(const config *c, const logger *log, const arguments *args)
{
    return print_list(c, log, args, print_tokens);
}
