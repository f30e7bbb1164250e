/* The headers beside those of other libraries, whose names must not clash with ours. */
#ifdef MICROCOSM_LAST
#include <json-c/json.h>
#include <libpq-fe.h>
#include <gcrypt.h>
#endif
#include <microcosm.h>
#include <json-c/json.h>
#include <libpq-fe.h>
#include <gcrypt.h>

int main(void)
{
    mc_failure *failure = NULL;
    json_object *object = json_object_new_object();
    int found = mc_app_new(NULL, NULL, &failure);

    mc_failure_free(failure);
    json_object_put(object);
    return found == 0;
}
