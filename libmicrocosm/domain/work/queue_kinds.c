/* The kinds of work that follow writes. */
#include "../base/kinds.h"
#include "mail.h"
#include "mail_queue.h"
#include "update_making.h"

#define OF_ITEM_KIND(KIND, kind) | MC_QUEUE_OF(MC_ITEM_##KIND)

const mc__queue_kind mc__queue_kinds[] = {
    {.name = "updates",
     .item_types = MC_QUEUE_OF(MC_ITEM_COMMENT) | MC_QUEUE_OF(MC_ITEM_ATTENDEE) |
                   MC_QUEUE_OF(MC_ITEM_PROFILE) MC_ITEM_KINDS(OF_ITEM_KIND),
     .actions = MC_QUEUE_CREATE | MC_QUEUE_REPLACE | MC_QUEUE_UPDATE,
     .at_once = 512,
     .lease_s = 60,
     .tries = 10,
     .work = mc__updates_make},
    {.name = "mail",
     .at_once = 32,
     .lease_s = 60,
     .tries = 20,
     .work = mc__mail_take,
     .is_on = mc__mail_is_on,
     .room = mc__mail_room},
    {.name = "code",
     .at_once = 32,
     .lease_s = 60,
     .tries = 10,
     .work = mc__mail_take_codes,
     .is_on = mc__mail_is_on,
     .room = mc__mail_room},
};
const size_t mc__queue_kind_count = MC_COUNT(mc__queue_kinds);
