/* The kinds of work that follow writes. */
#include "mail.h"
#include "mail_queue.h"

#define ITEMS                                                                                      \
    (MC_QUEUE_OF(MC_ITEM_CONVERSATION) | MC_QUEUE_OF(MC_ITEM_EVENT) | MC_QUEUE_OF(MC_ITEM_POLL))

const mc__queue_kind mc__queue_kinds[] = {
    {.name = "mail",
     .at_once = 32,
     .lease_s = 60,
     .tries = 20,
     .work = mc__mail_take,
     .is_on = mc__mail_is_on,
     .room = mc__mail_room},
    {.name = "mail-choice",
     .item_types = MC_QUEUE_OF(MC_ITEM_COMMENT) | ITEMS,
     .actions = MC_QUEUE_CREATE,
     .at_once = 100,
     .lease_s = 60,
     .tries = 20,
     .work = mc__mail_choose,
     .is_on = mc__mail_is_on},
    {.name = NULL},
};
const size_t mc__queue_kind_count = MC_COUNT(mc__queue_kinds) - 1;
