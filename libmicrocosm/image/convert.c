/*
 * See convert.h. The only file that includes libvips, whose functions of variable arguments take
 * names and values up to a NULL.
 */
#include "convert.h"

#include <string.h>
#include <vips/vips.h>
#include <vips/vector.h>

/* Qualities, of 100, of what loses some. */
#define JPEG_QUALITY 90
#define WEBP_QUALITY 90
#define AVIF_QUALITY 65
/* Of 0 to 9: as much again takes twice as long, and saves a few per cent. */
#define AVIF_EFFORT 1
#define WARM_SIZE 16

static int save_jpeg(VipsImage *image, VipsTarget *target)
{
    return vips_jpegsave_target(image, target, "Q", JPEG_QUALITY, "optimize_coding", TRUE, "strip",
                                TRUE, NULL);
}

static int save_png(VipsImage *image, VipsTarget *target)
{
    return vips_pngsave_target(image, target, "strip", TRUE, NULL);
}

/* Keeps the palette where it can: then nothing is lost. */
static int save_gif(VipsImage *image, VipsTarget *target)
{
    return vips_gifsave_target(image, target, "reuse", TRUE, "strip", TRUE, NULL);
}

#define WEBP_HEAD 12
#define CHUNK_HEAD 8

static size_t read_little(const unsigned char *at)
{
    return at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
}

static void write_little(unsigned char *at, size_t number)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(number >> (8 * i));
}

/* Some versions of libvips put EXIF into each WebP, of its size and resolution only. */
static void drop_webp_exif(unsigned char *bytes, size_t *length)
{
    size_t at = WEBP_HEAD, to = WEBP_HEAD;

    while (at + CHUNK_HEAD <= *length) {
        size_t size = read_little(bytes + at + 4), whole = CHUNK_HEAD + size + (size & 1);

        if (whole > *length - at)
            return;
        if (memcmp(bytes + at, "VP8X", 4) == 0)
            bytes[at + CHUNK_HEAD] &= (unsigned char)~0x08; /* the flag that there is EXIF */
        if (memcmp(bytes + at, "EXIF", 4) != 0) {
            memmove(bytes + to, bytes + at, whole);
            to += whole;
        }
        at += whole;
    }
    write_little(bytes + 4, to - CHUNK_HEAD);
    *length = to;
}

static int save_webp(VipsImage *image, VipsTarget *target)
{
    return vips_webpsave_target(image, target, "Q", WEBP_QUALITY, "alpha_q", 100, "strip", TRUE,
                                NULL);
}

static int save_avif(VipsImage *image, VipsTarget *target)
{
    return vips_heifsave_target(image, target, "Q", AVIF_QUALITY, "compression",
                                VIPS_FOREIGN_HEIF_COMPRESSION_AV1, "effort", AVIF_EFFORT, "strip",
                                TRUE, NULL);
}

typedef struct format {
    const char *mime_type;
    const char *loader;  /* the class of libvips's loaders */
    const char *options; /* for loading: all frames, where there may be several */
    int (*save)(VipsImage *image, VipsTarget *target);
    void (*tidy)(unsigned char *bytes, size_t *length); /* what was saved */
} format;

static const format formats[] = {
    {"image/jpeg", "VipsForeignLoadJpeg", "", save_jpeg, NULL},
    {"image/png", "VipsForeignLoadPng", "", save_png, NULL},
    {"image/gif", "VipsForeignLoadNsgif", "[n=-1]", save_gif, NULL},
    {"image/webp", "VipsForeignLoadWebp", "[n=-1]", save_webp, drop_webp_exif},
    {"image/avif", "VipsForeignLoadHeif", "", save_avif, NULL},
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static const format *find_format(const char *mime_type)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (strcmp(formats[i].mime_type, mime_type) == 0)
            return &formats[i];
    return NULL;
}

/* No other loader can be reached, whatever the bytes look like. */
static void block_others(const format *only)
{
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    for (size_t i = 0; i < FORMATS; i++)
        if (!only || only == &formats[i])
            vips_operation_block_set(formats[i].loader, FALSE);
}

/* Saves a picture and loads it again: decoders and encoders may be libraries that are loaded when
 * they are first needed. */
static bool can_do(const format *f)
{
    VipsImage *image = NULL, *again = NULL;
    VipsTarget *target = vips_target_new_to_memory();
    VipsSource *source = NULL;
    VipsBlob *blob = NULL;
    double mean;
    bool can = vips_black(&image, WARM_SIZE, WARM_SIZE, "bands", 3, NULL) == 0 &&
               f->save(image, target) == 0;

    if (can) {
        g_object_get(target, "blob", &blob, NULL);
        source = vips_source_new_from_blob(blob);
        vips_area_unref(VIPS_AREA(blob));
        again = vips_image_new_from_source(source, f->options, NULL);
        can = again && vips_avg(again, &mean, NULL) == 0;
    }
    g_clear_object(&again);
    g_clear_object(&source);
    g_clear_object(&image);
    g_object_unref(target);
    return can;
}

static GLogWriterOutput say_nothing(GLogLevelFlags level, const GLogField *fields, gsize count,
                                    gpointer data)
{
    (void)level;
    (void)fields;
    (void)count;
    (void)data;
    return G_LOG_WRITER_HANDLED;
}

const char *convert_start(const char *mime_type)
{
    const format *only = mime_type ? find_format(mime_type) : NULL;

    if (mime_type && !only)
        return "there is no such type of pictures";
    /* no temporary files */
    g_setenv("VIPS_DISC_THRESHOLD", "1000g", TRUE);
    g_log_set_writer_func(say_nothing, NULL, NULL);
    if (VIPS_INIT("microcosm-image") != 0)
        return "libvips does not start";
    /* no code that is made when it is needed: memory is either for data or for code */
    vips_vector_set_enabled(FALSE);
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    block_others(only);
    for (size_t i = 0; i < FORMATS; i++)
        if ((!only || only == &formats[i]) && !can_do(&formats[i]))
            return g_strdup_printf("libvips cannot read and write %s", formats[i].mime_type);
    return NULL;
}

/* What a picture keeps: how it moves. */
static bool is_kept(const char *field)
{
    static const char *const kept[] = {"delay",   "loop",       "page-height",
                                       "n-pages", "background", "gif-palette"};

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        if (strcmp(kept[i], field) == 0)
            return true;
    return false;
}

static void strip(VipsImage *image)
{
    gchar **fields = vips_image_get_fields(image);

    for (gchar **field = fields; field && *field; field++)
        if (!is_kept(*field))
            vips_image_remove(image, *field);
    g_strfreev(fields);
}

/* By its head alone. HEIF may hold other codings than AVIF's. */
static mc__image_status judge(VipsImage *image)
{
    const char *coding = "av1";

    if (vips_image_get_typeof(image, "heif-compression") &&
        (vips_image_get_string(image, "heif-compression", &coding) != 0 ||
         strcmp(coding, "av1") != 0))
        return MC_IMAGE_MALFORMED;
    return vips_image_get_width(image) > MC_PIXELS_MAX / vips_image_get_height(image)
               ? MC_IMAGE_TOO_LARGE
               : MC_IMAGE_DONE;
}

static VipsImage *open_image(VipsSource *source, const format *f)
{
    const char *loader = vips_foreign_find_load_source(source);

    if (!loader || strncmp(loader, f->loader, strlen(f->loader)) != 0)
        return NULL;
    return vips_image_new_from_source(source, f->options, "access", VIPS_ACCESS_SEQUENTIAL,
                                      "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}

static mc__image_status look(VipsSource *source, const format *f)
{
    VipsImage *image = open_image(source, f);
    mc__image_status status = image ? judge(image) : MC_IMAGE_MALFORMED;
    double mean;

    if (status == MC_IMAGE_DONE && vips_avg(image, &mean, NULL) != 0)
        status = MC_IMAGE_MALFORMED;
    g_clear_object(&image);
    return status;
}

static mc__image_status save(converted *out, VipsImage *image, const format *f)
{
    VipsTarget *target = vips_target_new_to_memory();
    VipsBlob *blob = NULL;
    bool is_saved = f->save(image, target) == 0;

    if (is_saved) {
        g_object_get(target, "blob", &blob, NULL);
        out->bytes = VIPS_AREA(blob)->data;
        out->length = VIPS_AREA(blob)->length;
        if (f->tidy)
            f->tidy(out->bytes, &out->length);
    }
    g_object_unref(target);
    return is_saved ? MC_IMAGE_DONE : MC_IMAGE_MALFORMED;
}

/* How a picture is to be scaled, by its head. */
typedef struct plan {
    int width, height; /* of what it is to fit into, before it is turned */
    bool has_profile;
    bool is_turned; /* or mirrored */
} plan;

static int side(int most)
{
    return most > 0 ? most : VIPS_MAX_COORD;
}

static plan make_plan(VipsImage *image, int max_width, int max_height)
{
    bool swaps = vips_image_get_orientation_swap(image);

    return (plan){.width = side(swaps ? max_height : max_width),
                  .height = side(swaps ? max_width : max_height),
                  .has_profile = vips_image_get_typeof(image, VIPS_META_ICC_NAME),
                  .is_turned = vips_image_get_orientation(image) != 1};
}

/* To sRGB by its profile; without one the colours are taken to be that already. */
static int scale(VipsImage **out, VipsSource *source, const format *f, const plan *p)
{
    const char *profile = p->has_profile ? "export_profile" : NULL;

    return vips_thumbnail_source(source, out, p->width, "height", p->height, "size", VIPS_SIZE_DOWN,
                                 "option_string", f->options, "no_rotate", TRUE, "fail_on",
                                 VIPS_FAIL_ON_ERROR, profile, "srgb", NULL);
}

/* Turning needs all of it in memory, so it comes last. */
static int turn(VipsImage **out, VipsImage *image, const plan *p)
{
    VipsImage *whole = p->is_turned ? vips_image_copy_memory(image) : NULL;
    int failed = p->is_turned && !whole;

    if (!failed)
        failed = whole ? vips_autorot(whole, out, NULL) : vips_copy(image, out, NULL);
    g_clear_object(&whole);
    return failed;
}

/* CMYK and the like, 16 bits, and what a decoder makes of grey. */
static int make_plain(VipsImage **out, VipsImage *image)
{
    VipsInterpretation kind = vips_image_get_interpretation(image);
    bool is_grey = kind == VIPS_INTERPRETATION_B_W || kind == VIPS_INTERPRETATION_GREY16;

    return vips_colourspace(image, out,
                            is_grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL);
}

static mc__image_status transform(converted *out, VipsSource *source, const format *f,
                                  const plan *p)
{
    VipsImage *scaled = NULL, *turned = NULL, *colours = NULL, *bare = NULL;
    mc__image_status status = MC_IMAGE_MALFORMED;

    if (scale(&scaled, source, f, p) == 0 && turn(&turned, scaled, p) == 0 &&
        make_plain(&colours, turned) == 0 && vips_copy(colours, &bare, NULL) == 0) {
        strip(bare);
        status = save(out, bare, f);
    }
    g_clear_object(&bare);
    g_clear_object(&colours);
    g_clear_object(&turned);
    g_clear_object(&scaled);
    return status;
}

static mc__image_status make(converted *out, VipsSource *source, const format *f, int max_width,
                             int max_height)
{
    VipsImage *image = open_image(source, f);
    mc__image_status status = image ? judge(image) : MC_IMAGE_MALFORMED;
    plan p;

    if (status == MC_IMAGE_DONE)
        p = make_plan(image, max_width, max_height);
    g_clear_object(&image);
    return status == MC_IMAGE_DONE ? transform(out, source, f, &p) : status;
}

mc__image_status convert_look(int fd, const char *mime_type)
{
    VipsSource *source = vips_source_new_from_descriptor(fd);
    mc__image_status status = source ? look(source, find_format(mime_type)) : MC_IMAGE_MALFORMED;

    g_clear_object(&source);
    return status;
}

mc__image_status convert_make(converted *out, int fd, const char *mime_type, int max_width,
                              int max_height)
{
    VipsSource *source = vips_source_new_from_descriptor(fd);
    mc__image_status status = source
                                  ? make(out, source, find_format(mime_type), max_width, max_height)
                                  : MC_IMAGE_MALFORMED;

    g_clear_object(&source);
    return status;
}
