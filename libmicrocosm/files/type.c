/* See type.h; the only file that includes libmagic. */
#include "type.h"

#include <magic.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>

/* No reader of the bytes may take longer: libmagic's own limits are up to a hundred times that. */
#define MOST_INDIRECTIONS 15
#define MOST_NAMES 50

struct mc__magic {
    pthread_mutex_t mutex;
    magic_t cookie; /* NULL: not loaded yet */
};

static const mc__known_type known[] = {
    {"image/jpeg", "jpg", true, true},  {"image/png", "png", true, true},
    {"image/gif", "gif", true, true},   {"image/webp", "webp", true, true},
    {"image/avif", "avif", true, true}, {"image/svg+xml", "svg", false, false},
    {"audio/mpeg", NULL, true, false},  {"audio/ogg", NULL, true, false},
    {"audio/flac", NULL, true, false},  {"audio/x-wav", NULL, true, false},
    {"audio/x-m4a", NULL, true, false}, {"video/mp4", NULL, true, false},
    {"video/webm", NULL, true, false},  {"video/ogg", NULL, true, false},
    {"text/plain", NULL, true, false},
};

const mc__known_type *mc__file_type_known(const char *mime_type)
{
    for (size_t i = 0; i < MC_COUNT(known); i++)
        if (strcmp(known[i].mime_type, mime_type) == 0)
            return &known[i];
    return NULL;
}

static bool is_type(const char *content_type, const char *type)
{
    size_t length = strcspn(content_type, "; \t");

    return length == strlen(type) && strncasecmp(content_type, type, length) == 0;
}

bool mc__file_type_claims_picture(const char *content_type, const char *extension)
{
    bool says_nothing = is_type(content_type, "application/octet-stream");

    for (size_t i = 0; i < MC_COUNT(known); i++)
        if (known[i].is_picture && (is_type(content_type, known[i].mime_type) ||
                                    (says_nothing && strcmp(extension, known[i].extension) == 0)))
            return true;
    return says_nothing && strcmp(extension, "jpeg") == 0;
}

int mc__magic_new(mc__magic **out)
{
    mc__magic *magic = mc__calloc(1, sizeof(*magic));

    if (!magic)
        return MC_ENOMEM;
    if (pthread_mutex_init(&magic->mutex, NULL) != 0) {
        mc__free(magic);
        return MC_ENOMEM;
    }
    *out = magic;
    return 0;
}

void mc__magic_free(mc__magic *magic)
{
    if (!magic)
        return;
    if (magic->cookie)
        magic_close(magic->cookie);
    pthread_mutex_destroy(&magic->mutex);
    mc__free(magic);
}

static magic_t load(void)
{
    /* Nothing is decompressed and no other file is opened: the bytes are anybody's. */
    magic_t cookie = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR |
                                MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_CSV | MAGIC_ERROR);
    const size_t indirections = MOST_INDIRECTIONS, names = MOST_NAMES;

    if (!cookie)
        return NULL;
    magic_setparam(cookie, MAGIC_PARAM_INDIR_MAX, &indirections);
    magic_setparam(cookie, MAGIC_PARAM_NAME_MAX, &names);
    if (magic_load(cookie, NULL) == 0)
        return cookie;
    magic_close(cookie);
    return NULL;
}

/* What pages use from anywhere, though it is saved when it is opened: so a script that somebody has
 * uploaded could be one of a page here. Browsers run no text as a script, nor as a style. */
static bool is_used_by_pages(const char *type)
{
    static const char *const used[] = {"application/javascript", "application/x-javascript",
                                       "text/javascript",        "application/ecmascript",
                                       "text/ecmascript",        "text/css"};

    for (size_t i = 0; i < MC_COUNT(used); i++)
        if (strcmp(used[i], type) == 0)
            return true;
    return false;
}

/* It goes into a header: what isn't plainly a type is none. */
static void take(char out[MC_MIME_SIZE], const char *found)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.+-_/";
    size_t length = found ? strspn(found, letters) : 0;
    bool is_type = found && length > 0 && found[length] == '\0' && length < MC_MIME_SIZE &&
                   strchr(found, '/') && strncmp(found, "inode/", 6) != 0;

    if (!is_type)
        found = "application/octet-stream";
    else if (is_used_by_pages(found))
        found = "text/plain";
    snprintf(out, MC_MIME_SIZE, "%s", found);
}

int mc__magic_find(mc__magic *magic, mc__problem *problem, char out[MC_MIME_SIZE],
                   const void *bytes, size_t length)
{
    bool is_loaded;

    pthread_mutex_lock(&magic->mutex);
    if (!magic->cookie)
        magic->cookie = load();
    is_loaded = magic->cookie;
    if (is_loaded)
        take(out, magic_buffer(magic->cookie, bytes, length));
    pthread_mutex_unlock(&magic->mutex);
    if (!is_loaded)
        return mc__fail(problem, MC_ESYSTEM, "libmagic cannot load its database of types");
    return 0;
}
