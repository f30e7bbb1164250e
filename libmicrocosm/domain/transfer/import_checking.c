/* What files refer to, before anything is imported. */
#include "../base/call.h"
#include "import.h"
#include "statements.h"

#define ROWS 2000
#define BYTES ((int64_t)16 << 20)

/* What may be missing, and what becomes of a thing without it. */
static const struct {
    const char *what, *says;
    bool is_fatal, needs_nobody, leaves_out;
} missing[] = {
    {.what = "author",
     .says = "by nobody who is in the files: they are by \"deleted\"",
     .needs_nobody = true},
    {.what = "nobody", .needs_nobody = true},
    {.what = "forum", .says = "in a forum that isn't in the files", .is_fatal = true},
    {.what = "parent", .says = "below a forum that isn't in the files: they are at the top"},
    {.what = "place",
     .says = "on nothing that is in the files: they are left out",
     .leaves_out = true},
    {.what = "huddle",
     .says = "in a huddle that isn't in the files: they are left out",
     .leaves_out = true},
    {.what = "answered", .says = "answers to comments that aren't in the files"},
    {.what = "email", .says = "without a valid address: nobody can sign in as these"},
};

typedef struct found {
    int64_t count, example;
} found;

static int check_some(mc__importing *import, mc__move_kind kind, int64_t after, int64_t *last,
                      found *out, int64_t *done)
{
    mc_session *session = import->session;
    mc__import_files_files_after_row next;
    const PGresult *rows;
    mc_batch(batch);
    int rc;

    mc__add_import_files_files_after(
        &batch, &(mc__import_files_files_after_in){.site_id = import->site_id,
                                                   .origin_id = import->origin_id,
                                                   .item_type = 0,
                                                   .target = import->target,
                                                   .kind = mc__move_folder(kind),
                                                   .after = after,
                                                   .limit = ROWS,
                                                   .bytes = BYTES});
    rc = mc__read_on_site(session, import->site_id, &batch);
    if (rc < 0)
        return rc;
    next = mc__read_import_files_files_after(mc__batch_rows(&batch, 0), 0);
    *last = next.last;
    *done += next.count;
    mc__batch_clear(&batch);
    batch.count = 0;
    if (!*last)
        return 0;
    mc__add_import_files_check(&batch, &(mc__import_files_check_in){.site_id = import->site_id,
                                                                    .origin_id = import->origin_id,
                                                                    .target = import->target,
                                                                    .kind = mc__move_folder(kind),
                                                                    .after = after,
                                                                    .last = *last});
    rc = mc__read_on_site(session, import->site_id, &batch);
    rows = rc == 0 ? mc__batch_rows(&batch, 0) : NULL;
    for (int i = 0; rows && i < PQntuples(rows); i++) {
        mc__import_files_check_row row = mc__read_import_files_check(rows, i);

        for (size_t k = 0; k < MC_COUNT(missing); k++)
            if (strcmp(row.what, missing[k].what) == 0) {
                out[k].example = out[k].count ? out[k].example : row.example;
                out[k].count += row.count;
            }
    }
    return rc;
}

static int tell(mc__importing *import, mc__move_kind kind, const found *all)
{
    const char *folder = mc__move_folder(kind);
    int rc = 0;

    for (size_t k = 0; rc == 0 && k < MC_COUNT(missing); k++) {
        if (!all[k].count)
            continue;
        import->needs_nobody |= missing[k].needs_nobody;
        if (missing[k].leaves_out)
            import->left_out[kind] += all[k].count;
        if (missing[k].is_fatal)
            mc__fault(&import->session->problem, folder, "has %lld %s, such as %lld",
                      (long long)all[k].count, missing[k].says, (long long)all[k].example);
        else if (missing[k].says)
            rc = mc__moving_note(&import->moving, "%s: %lld %s, such as %lld", folder,
                                 (long long)all[k].count, missing[k].says,
                                 (long long)all[k].example);
    }
    return rc;
}

int mc__import_check(mc__importing *import)
{
    int64_t done = 0, total = 0;
    int rc = 0;

    for (int kind = 0; kind < MC_MOVE_KINDS; kind++)
        total += import->moving.counts[kind]->count;

    for (int kind = 0; rc == 0 && kind < MC_MOVE_KINDS; kind++) {
        found all[MC_COUNT(missing)] = {{0}};
        int64_t after = 0, last = 1;

        while (rc == 0 && last) {
            rc = check_some(import, (mc__move_kind)kind, after, &last, all, &done);
            after = last;
            if (rc == 0)
                rc = mc__moving_tell(&import->moving, "checking", done, total);
        }
        if (rc == 0)
            rc = tell(import, (mc__move_kind)kind, all);
    }
    if (rc == 0 && import->session->problem.shown.fault_count)
        return MC_EINVAL;
    return rc;
}
