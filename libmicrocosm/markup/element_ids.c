/* Names of elements that a text has given already. Calls core only. */
#include "stages.h"

static uint32_t hash_of(const char *name)
{
    uint32_t hash = 2166136261u;

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

static mc__given_id *find(mc__sanitiser *s, const char *name)
{
    uint32_t hash = hash_of(name);

    for (size_t i = 0; i < s->ids_count; i++) {
        if (s->ids[i].hash == hash)
            return &s->ids[i];
    }
    return NULL;
}

bool mc__id_claim(mc__sanitiser *s, const char *name, size_t *number)
{
    mc__given_id *same = find(s, name);
    mc_scratch_text(numbered);

    *number = 0;
    if (s->ids_count == MC__IDS_MAX)
        return false;
    mc__text_puts(&numbered, name);
    while (find(s, mc__text_string(&numbered))) { /* "a-1" may have been given too */
        *number = ++same->repeated;
        mc__text_clear(&numbered);
        mc__text_format(&numbered, "%s-%zu", name, *number);
        if (numbered.error)
            break;
    }
    if (numbered.error) {
        s->out->error = MC_ENOMEM;
        return false;
    }
    s->ids[s->ids_count++] = (mc__given_id){hash_of(mc__text_string(&numbered)), 0};
    return true;
}
