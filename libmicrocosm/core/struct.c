/* Structs that callers fill in, and that begin with their size. */
#include "core.h"

/* Larger than any will ever be: a size that nobody has set is found before bytes behind the
 * struct are read. */
#define SIZE_MOST 4096

static int refuse(mc__problem *problem, const char *name, size_t size)
{
    char macro[64];
    size_t length = 0;

    if (!problem)
        return MC_EINVAL;
    for (; length < sizeof(macro) - 1 && name[length]; length++)
        macro[length] =
            name[length] >= 'a' && name[length] <= 'z' ? (char)(name[length] - 32) : name[length];
    macro[length] = '\0';
    return mc__fail(problem, MC_EINVAL,
                    "mc_%s.size is %zu, which is no size: begin with MC_%s_INIT", name, size,
                    macro);
}

int mc__struct_take(mc__problem *problem, void *out, size_t own, const void *given,
                    const char *name)
{
    size_t size = *(const size_t *)given;

    if (size < sizeof(size) || size > SIZE_MOST)
        return refuse(problem, name, size);
    memcpy(out, given, size < own ? size : own);
    *(size_t *)out = own;
    for (size_t i = own; i < size; i++)
        if (((const char *)given)[i])
            return problem
                       ? mc__fail(problem, MC_EINVAL,
                                  "a member of mc_%s is set that this library does not know", name)
                       : MC_EINVAL;
    return 0;
}
