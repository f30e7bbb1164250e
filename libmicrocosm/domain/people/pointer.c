/* See pointer.h. */
#include "pointer.h"

#include "../base/handles.h"
#include "record/input.h"
#include "record/record.h"

typedef struct pointer {
    size_t size;
    const char *item_type;
    int64_t item_id;
} pointer;

static const mc__field pointer_fields[] = {
    MC_FIELD(pointer, item_type, "itemType", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(pointer, item_id, "itemId"),
};
static const mc_type pointer_type =
    MC_TYPE(pointer, "pointer", pointer_fields, .flags = MC_TYPE_INPUT);

int mc__pointer_take(mc__pointer *out, mc_session *session, mc_format format, const char *body,
                     size_t length)
{
    mc__source source = mc__source_of(format, body, length);
    pointer to;
    int rc = mc__input_take(&session->problem, &session->scratch, &pointer_type, &to, MC_TO_CREATE,
                            &source);

    if (rc == 0)
        *out = (mc__pointer){mc_item_type_find(to.item_type), to.item_id};
    return rc;
}
