/* Makes input structs from the caller's struct or a request's body. */
#include "input.h"

mc__source mc__source_of(mc_format format, const char *body, size_t length)
{
    return (mc__source){.body = body ? body : "", .length = body ? length : 0, .format = format};
}

static int check(mc__input *r)
{
    int rc = mc__input_check(r);

    if (rc < 0)
        return rc;
    if (r->arena->failed)
        return mc__fail(r->problem, MC_ENOMEM, "out of memory");
    return r->problem->shown.fault_count ? MC_EINVAL : 0;
}

static int read_body(mc__input *r, const mc__source *source)
{
    memset(r->input, 0, r->type->size);
    *(size_t *)r->input = r->type->size;
    if (source->format == MC_FORMAT_FORM && r->type->flags & MC_TYPE_BARE)
        return mc__fail_because(r->problem, MC_EINVAL, 1, "the body must be a list in JSON");
    if (source->format == MC_FORMAT_FORM)
        return mc__input_read_form(r, source->body, source->length);
    if (source->format != MC_FORMAT_JSON)
        return mc__fail(r->problem, MC_EINVAL, "the body must be JSON or a form");
    if (source->length == 0)
        return mc__fail(r->problem, MC_EINVAL, "the body is empty");
    return mc__input_read_json(r, source->body, source->length);
}

/* The caller's struct may be older and shorter than ours, or newer and longer. */
static int copy_struct(mc__input *r, const void *given)
{
    if (!given)
        return mc__fail(r->problem, MC_EINVAL, "nothing was given");
    memset(r->input, 0, r->type->size);
    return mc__struct_take(r->problem, r->input, r->type->size, given, r->type->name);
}

static int copy_list(mc__input *r, size_t i)
{
    mc_list *list = (mc_list *)((char *)r->input + r->type->fields[i].offset), given = *list;
    const void **items;

    if (given.count > mc__input_list_max(&r->type->fields[i]) ||
        (!given.items && given.count > 0)) {
        *list = (mc_list){0};
        mc__input_blame(r, i, given.items ? "has too many items" : "has a count but no items");
        return 0;
    }
    items = given.items ? mc__list_make(r->arena, list, given.count) : NULL;
    for (size_t n = 0; items && n < given.count; n++) {
        mc__input of_item;
        int rc;

        items[n] = mc__input_begin_item(&of_item, r, i, n);
        if (!items[n])
            break;
        rc = copy_struct(&of_item, given.items[n]);
        if (rc == 0)
            rc = mc__input_check(&of_item);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int copy_input(mc__input *r, const void *given)
{
    int rc = copy_struct(r, given);

    for (size_t i = 0; rc == 0 && i < r->type->field_count; i++)
        if (r->type->fields[i].kind == MC_KIND_LIST)
            rc = copy_list(r, i);
    return rc;
}

int mc__input_take(mc__problem *problem, mc__arena *arena, const mc_type *type, void *input,
                   mc__purpose purpose, const mc__source *source)
{
    mc__input r = {problem, arena, type, input, purpose, ""};
    int rc = source->body ? read_body(&r, source) : copy_input(&r, source->given);

    return rc < 0 ? rc : check(&r);
}
