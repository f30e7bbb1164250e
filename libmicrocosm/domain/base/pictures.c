/* Pictures for what has none: five by five squares, mirrored, in a colour, made from kind and id.
 */
#include "call.h"

#define SQUARES 5

static void write_picture(mc__text *out, mc_item_type item_type, int64_t id)
{
    uint8_t digest[MC_SHA256_SIZE];
    char seed[64];
    int length =
        snprintf(seed, sizeof(seed), "%s %lld", mc_item_type_name(item_type), (long long)id);
    int hue;

    mc__sha256(digest, seed, (size_t)length);
    hue = (digest[0] << 8 | digest[1]) % 360;
    mc__text_format(out,
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 7 7\" width=\"100\" "
                    "height=\"100\" shape-rendering=\"crispEdges\">"
                    "<path fill=\"hsl(%d,45%%,90%%)\" d=\"M0 0h7v7H0z\"/>"
                    "<path fill=\"hsl(%d,50%%,42%%)\" d=\"",
                    hue, hue);
    for (int x = 0; x < SQUARES; x++) {
        int column = x < SQUARES / 2 ? x : SQUARES - 1 - x; /* the right half mirrors the left */

        for (int y = 0; y < SQUARES; y++)
            if (digest[2 + column * SQUARES + y] & 1)
                mc__text_format(out, "M%d %dh1v1h-1z", x + 1, y + 1);
    }
    mc__text_puts(out, "M3 3h1v1h-1z\"/></svg>\n"); /* never empty */
}

static int give(mc_buffer *out, mc_session *session, mc_item_type item_type, int64_t id)
{
    int rc = mc__call_start(session);

    if (rc == 0)
        rc = mc__check_out(session, out);
    if (rc == 0)
        rc = mc__check_id(session, id);
    if (rc < 0)
        return rc;
    write_picture(out, item_type, id);
    return out->error ? mc__refuse(session, out->error) : 0;
}

int mc_profile_picture(mc_buffer *out, mc_session *session, int64_t profile_id)
{
    return give(out, session, MC_ITEM_PROFILE, profile_id);
}

int mc_microcosm_picture(mc_buffer *out, mc_session *session, int64_t microcosm_id)
{
    return give(out, session, MC_ITEM_MICROCOSM, microcosm_id);
}

int mc_site_picture(mc_buffer *out, mc_session *session, int64_t theme_id)
{
    return give(out, session, MC_ITEM_SITE, theme_id);
}
