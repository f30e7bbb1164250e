/* Names of elements that a text has given already. Calls core only. */
#include "stages.h"

static uint32_t hash_of(const char *name)
{
    uint32_t hash = 2166136261u;

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

bool mc__id_claim(mc__sanitiser *s, const char *name, size_t *number)
{
    uint32_t wanted = hash_of(name), given = wanted;
    size_t i = 0;

    if (s->ids_count + 1 >= MC__IDS_MAX)
        return false;
    *number = 0;
    while (i < s->ids_count && s->ids[i].hash != wanted)
        i++;
    if (i < s->ids_count) {
        mc_scratch_text(numbered);

        *number = ++s->ids[i].repeated;
        mc__text_format(&numbered, "%s-%zu", name, *number);
        given = hash_of(mc__text_string(&numbered));
        for (size_t k = 0; k < s->ids_count; k++) {
            if (s->ids[k].hash == given) /* that was given too: rather none than the same */
                return false;
        }
    }
    s->ids[s->ids_count++] = (mc__given_id){given, 0};
    return true;
}
