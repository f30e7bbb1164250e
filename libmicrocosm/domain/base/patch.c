/* PATCH of flags: checks operations and rights in the order of docs/http/conventions.md#patch. */
#include "patch.h"

#include "call.h"

static int copy(mc__patch *out, mc_session *session, const mc_patch_op *ops, size_t count)
{
    if (!ops || count == 0)
        return mc__fail(&session->problem, MC_EINVAL, "at least one operation is needed");
    *out = (mc__patch){mc__arena_alloc(&session->scratch, count * sizeof(*out->ops)), count};
    if (!out->ops)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < count; i++)
        out->ops[i] = (mc__patch_op){ops[i].path ? ops[i].path : "", MC_PATCH_BOOL, ops[i].value};
    return 0;
}

int mc__patch_take(mc__patch *out, mc_session *session, const mc__source *source)
{
    if (!source->body)
        return copy(out, session, source->given, source->length);
    return mc__patch_read(&session->problem, &session->scratch, &out->ops, &out->count,
                          source->body, source->length);
}

static const struct {
    const char *path, *flag;
    size_t member;
    bool on_comments, by_owner;
} paths[] = {
    {"/meta/flags/sticky", "sticky", offsetof(mc__flag_changes, sticky), false, false},
    {"/meta/flags/open", "open", offsetof(mc__flag_changes, open), false, true},
    {"/meta/flags/deleted", "deleted", offsetof(mc__flag_changes, deleted), true, false},
    {"/meta/flags/moderated", "moderated", offsetof(mc__flag_changes, moderated), true, false},
};

static int find_path(const char *path, bool is_comment)
{
    for (size_t i = 0; i < MC_COUNT(paths); i++)
        if (strcmp(paths[i].path, path) == 0 && (!is_comment || paths[i].on_comments))
            return (int)i;
    return -1;
}

int mc__patch_judge(mc__flag_changes *out, mc_session *session, const mc__patch *patch,
                    const mc_permissions *permissions, bool is_comment)
{
    mc__problem *problem = &session->problem;

    *out = (mc__flag_changes){.note = ""};
    if (!permissions->can_update && !permissions->is_moderator)
        return mc__refuse(session, MC_EFORBIDDEN);
    for (size_t i = 0; i < patch->count; i++)
        if (patch->ops[i].kind == MC_PATCH_OTHER)
            return mc__fail(problem, MC_EUNSUPPORTED, "the value of \"%s\" must be true or false",
                            patch->ops[i].path);
    for (size_t i = 0; i < patch->count; i++)
        if (patch->ops[i].kind == MC_PATCH_STRING)
            return mc__fault(problem, patch->ops[i].path, "must be true or false");
    for (size_t i = 0; i < patch->count; i++)
        if (find_path(patch->ops[i].path, is_comment) < 0)
            return mc__fault(problem, patch->ops[i].path,
                             "is no flag that PATCH changes: those are %s",
                             is_comment ? "/meta/flags/deleted and /meta/flags/moderated"
                                        : "/meta/flags/sticky, /meta/flags/open, "
                                          "/meta/flags/deleted and /meta/flags/moderated");
    for (size_t i = 0; i < patch->count; i++) {
        int path = find_path(patch->ops[i].path, is_comment);

        if (!permissions->is_moderator && !(paths[path].by_owner && permissions->is_owner))
            return mc__refuse(session, MC_EFORBIDDEN);
        *(mc_choice *)((char *)out + paths[path].member) = patch->ops[i].value ? MC_YES : MC_NO;
        out->note = mc__arena_format(&session->scratch, "Set %s to %s", paths[path].flag,
                                     patch->ops[i].value ? "true" : "false");
    }
    return 0;
}
