/*
 * Checks signed tokens for check_jose.py. Each line of input has, with tabs between them: a set of
 * keys, a token, the issuer, the audience, the nonce ("-": none is needed) and the time. Each line
 * of output says "ok SUBJECT", "unknown key", or "no: REASON".
 */
#include "jose/token.h"

#include <stdio.h>
#include <stdlib.h>

#define SKEW_S 60

static void judge(const mc__json *claims, const mc__token_demand *demand)
{
    const char *wrong = mc__claims_check(claims, demand);

    if (wrong)
        printf("no: %s\n", wrong);
    else
        printf("ok %s\n", mc__json_text(claims, "sub"));
}

static void check(char *line)
{
    const char *set = strsep(&line, "\t"), *token = strsep(&line, "\t");
    mc__token_demand demand = {.issuer = strsep(&line, "\t"), .skew = SKEW_S};
    mc_auto(mc__json_free) mc__json *claims = NULL;
    mc_scratch_arena(arena);
    const char *reason = "";
    static mc__key_set keys;
    int rc;

    demand.audience = strsep(&line, "\t");
    demand.nonce = strsep(&line, "\t");
    demand.now = strtoll(line, NULL, 10);
    if (strcmp(demand.nonce, "-") == 0)
        demand.nonce = NULL;
    rc = mc__key_set_read(&keys, &arena, set, strlen(set));
    if (rc == 0)
        rc = mc__signed_token_read(&claims, &reason, &arena, &keys, token);
    else
        reason = "that is no set of keys";
    if (rc == 0)
        judge(claims, &demand);
    else if (rc == MC_ENOTFOUND)
        puts("unknown key");
    else
        printf("no: %s\n", reason);
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    if (mc__digest_start() < 0)
        return 1;
    while ((length = getline(&line, &size, stdin)) > 0) {
        line[length - 1] = '\0';
        check(line);
        fflush(stdout);
    }
    free(line);
    return 0;
}
