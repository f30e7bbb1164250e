/* See picture.h. Each format is walked along to its end, so that what is cut short is found. */
#include "picture.h"

#define WINDOW 65536
#define REASON_DIMENSIONS 21
/* Boxes in boxes of AVIF: meta, iprp, ipco, ispe. */
#define DEPTH_MAX 4

/* Bytes of the file, through a window. Behind the end, and after a failure, all are 0. */
typedef struct reader {
    const mc__spool *spool;
    mc__problem *problem;
    int64_t at;
    int64_t begin, end; /* of the window */
    bool is_over;       /* something behind the end was asked for, or reading has failed */
    int failure;        /* of reading; 0: none */
    int64_t width, height;
    int64_t frames; /* 0: they are not counted, there is one or the decoder looks */
    bool has_data;  /* the coded picture has begun */
    bool has_extra; /* there is more than is needed to show it */
    uint8_t window[WINDOW];
} reader;

static uint8_t byte_at(reader *r, int64_t at)
{
    int64_t n;

    if (at >= r->begin && at < r->end)
        return r->window[at - r->begin];
    if (at < 0 || at >= r->spool->size || r->failure) {
        r->is_over = true;
        return 0;
    }
    n = mc__spool_read(r->spool, r->problem, r->window, WINDOW, at);
    r->begin = at;
    r->end = at + (n > 0 ? n : 0);
    if (n <= 0) {
        r->failure = n < 0 ? (int)n : 0;
        r->is_over = true;
        return 0;
    }
    return r->window[0];
}

static uint8_t take(reader *r)
{
    return byte_at(r, r->at++);
}

/* A number of so many bytes, the most significant first or last. */
static int64_t take_big(reader *r, int bytes)
{
    uint64_t number = 0;

    while (bytes-- > 0)
        number = number << 8 | take(r);
    return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

static int64_t take_little(reader *r, int bytes)
{
    int64_t number = 0;

    for (int i = 0; i < bytes; i++)
        number |= (int64_t)take(r) << (8 * i);
    return number;
}

static bool take_text(reader *r, const char *text)
{
    bool is_same = true;

    for (; *text; text++)
        is_same &= take(r) == (uint8_t)*text;
    return is_same;
}

static void skip(reader *r, int64_t bytes)
{
    if (bytes < 0 || bytes > r->spool->size - r->at)
        r->is_over = true;
    else
        r->at += bytes;
}

/* Whether four bytes are one of some names, each of four letters. */
static bool is_among(reader *r, int64_t at, const char *names)
{
    for (; *names; names += 4) {
        int same = 0;

        while (same < 4 && byte_at(r, at + same) == (uint8_t)names[same])
            same++;
        if (same == 4)
            return true;
    }
    return false;
}

/* Parts of PNG that say how to show it, those of animations too. */
#define PNG_PARTS "PLTEtRNSgAMAcHRMsRGBsBITbKGDpHYsIDATIENDacTLfcTLfdAT"

static bool measure_png(reader *r)
{
    bool is_end = false;

    skip(r, 8); /* the signature, which has told the type */
    if (take_big(r, 4) != 13 || !take_text(r, "IHDR"))
        return false;
    r->width = take_big(r, 4);
    r->height = take_big(r, 4);
    skip(r, 5 + 4);
    while (!is_end && !r->is_over) {
        int64_t length = take_big(r, 4);

        is_end = byte_at(r, r->at) == 'I' && byte_at(r, r->at + 1) == 'E';
        r->has_extra |= !is_among(r, r->at, PNG_PARTS);
        r->frames += is_among(r, r->at, "fcTL");
        skip(r, 4 + 4); /* type and checksum */
        skip(r, length);
    }
    return is_end;
}

static void skip_gif_blocks(reader *r)
{
    int64_t length;

    while ((length = take(r)) > 0 && !r->is_over)
        skip(r, length);
}

/* Whether an extension tells how the picture moves, in the only form that this has: a block of so
 * many bytes, and for loops another. */
static bool is_gif_motion(reader *r, uint8_t label)
{
    static const char loop[] = "\x0bNETSCAPE2.0\x03";
    int64_t at = r->at;

    if (label == 0xf9)
        return byte_at(r, at) == 4 && byte_at(r, at + 5) == 0;
    for (size_t i = 0; label == 0xff && i < sizeof(loop) - 1; i++)
        if (byte_at(r, at + (int64_t)i) != (uint8_t)loop[i])
            return false;
    return label == 0xff && byte_at(r, at + 16) == 0;
}

static void skip_gif_colours(reader *r, uint8_t flags)
{
    if (flags & 0x80)
        skip(r, 3 * ((int64_t)2 << (flags & 7)));
}

static bool measure_gif(reader *r)
{
    uint8_t flags, block = 0;

    skip(r, 6);
    r->width = take_little(r, 2);
    r->height = take_little(r, 2);
    flags = take(r);
    skip(r, 2);
    skip_gif_colours(r, flags);
    while (!r->is_over && (block = take(r)) != 0x3b) {
        if (block == 0x21) { /* an extension */
            uint8_t label = take(r);

            r->has_extra |= !is_gif_motion(r, label);
        } else if (block == 0x2c) { /* an image */
            skip(r, 8);
            skip_gif_colours(r, take(r));
            skip(r, 1);
            r->frames++;
        } else {
            return false;
        }
        skip_gif_blocks(r);
    }
    return r->frames > 0 && !r->is_over;
}

/* Whether a marker begins a frame, whose header has the size. */
static bool is_frame(uint8_t marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/* Goes over coded data to the next marker that isn't part of it. */
static uint8_t next_marker(reader *r)
{
    uint8_t marker;

    do {
        while (!r->is_over && take(r) != 0xff)
            ;
        while (!r->is_over && byte_at(r, r->at) == 0xff)
            r->at++;
        marker = take(r);
    } while (!r->is_over && (marker == 0 || (marker >= 0xd0 && marker <= 0xd7)));
    return marker;
}

/* Whether a segment is needed to show the picture: APP0 and APP14 tell its colours, if they have
 * nothing else in them. */
static bool is_jpeg_part(uint8_t marker, int64_t length)
{
    return is_frame(marker) || marker == 0xc4 || marker == 0xda || marker == 0xdb ||
           marker == 0xdd || (marker == 0xe0 && length == 14) || (marker == 0xee && length == 12);
}

/* Of a JPEG that every program shows alike: with a fourth it is in the colours of a printer. */
#define COLOURS_MOST 3

static bool measure_jpeg(reader *r)
{
    skip(r, 2);
    while (!r->is_over) {
        bool is_next = r->has_data || byte_at(r, r->at) == 0xff;
        uint8_t marker = next_marker(r);
        int64_t length;

        if (marker == 0xd9)
            return r->has_data && !r->is_over;
        length = take_big(r, 2) - 2;
        r->has_extra |= !is_next || !is_jpeg_part(marker, length);
        if (is_frame(marker) && length >= 6) {
            skip(r, 1);
            r->height = take_big(r, 2);
            r->width = take_big(r, 2);
            r->has_extra |= take(r) > COLOURS_MOST;
            length -= 6;
        }
        r->has_data |= marker == 0xda;
        skip(r, length);
    }
    return false;
}

/* Parts of WebP that are pictures, or say how they move. */
#define WEBP_PARTS "VP8 VP8LVP8XANIMANMFALPH"

/* Goes over the parts behind the head of a WebP. */
static void walk_webp(reader *r)
{
    r->at = 12;
    while (!r->is_over && r->at < r->spool->size) {
        int64_t length;

        r->has_extra |= !is_among(r, r->at, WEBP_PARTS);
        skip(r, 4);
        length = take_little(r, 4);
        skip(r, length + (length & 1));
    }
    r->has_extra |= r->is_over;
    r->is_over = false; /* what is behind the end is no part of the picture */
}

/* The sizes of lossy, lossless and extended pictures stand in three places. */
static bool measure_webp(reader *r)
{
    int64_t size, bits;

    skip(r, 4);
    size = take_little(r, 4);
    skip(r, 4 + 3);
    switch (take(r)) {
    case ' ':
        skip(r, 4 + 6);
        r->width = take_little(r, 2) & 0x3fff;
        r->height = take_little(r, 2) & 0x3fff;
        break;
    case 'L':
        skip(r, 4 + 1);
        bits = take_little(r, 4);
        r->width = (bits & 0x3fff) + 1;
        r->height = (bits >> 14 & 0x3fff) + 1;
        break;
    case 'X':
        skip(r, 4 + 4);
        r->width = take_little(r, 3) + 1;
        r->height = take_little(r, 3) + 1;
        break;
    default:
        return false;
    }
    if (r->is_over || size + 8 > r->spool->size)
        return false;
    r->has_extra |= size + 8 != r->spool->size;
    walk_webp(r);
    return true;
}

/* Takes the head of a box; returns where it ends, -1 if that is behind the end of what it is in. */
static int64_t take_box(reader *r, int64_t end, char type[5])
{
    int64_t begin = r->at, size = take_big(r, 4);

    for (int i = 0; i < 4; i++)
        type[i] = (char)take(r);
    type[4] = '\0';
    if (size == 1)
        size = take_big(r, 8);
    else if (size == 0)
        size = end - begin;
    return size < r->at - begin || size > end - begin ? -1 : begin + size;
}

/* The largest of the sizes that a file has; others are of thumbnails and of its parts. */
static void take_size(reader *r)
{
    int64_t width, height;

    skip(r, 4);
    width = take_big(r, 4);
    height = take_big(r, 4);
    if ((uint64_t)width * (uint64_t)height > (uint64_t)r->width * (uint64_t)r->height) {
        r->width = width;
        r->height = height;
    }
}

/* Walks over the boxes up to an end, one inside another: depth says which of those it looks into.
 */
static bool walk_boxes(reader *r, int64_t end)
{
    static const char *const inside[DEPTH_MAX] = {"meta", "iprp", "ipco", "ispe"};
    int64_t ends[DEPTH_MAX + 1] = {end};
    int depth = 0;

    while (!r->is_over) {
        char type[5];
        int64_t box;

        while (depth > 0 && r->at >= ends[depth])
            depth--;
        if (depth == 0 && r->at >= ends[0])
            return true;
        box = take_box(r, ends[depth], type);
        if (box < 0)
            return false;
        r->has_data |= strcmp(type, "mdat") == 0;
        if (strcmp(type, inside[depth]) != 0) {
            r->at = box;
        } else if (depth == DEPTH_MAX - 1) {
            take_size(r);
            r->at = box;
        } else {
            if (depth == 0)
                skip(r, 4); /* version and flags of meta */
            ends[++depth] = box;
        }
    }
    return false;
}

/* What the head of an AVIF may name that a picture can be shown without, or upright only by those
 * who turn it. */
#define AVIF_EXTRAS "Exifmimeuri profrICCirotimirclapuuidudtafreeskipidat"
#define AVIF_BOXES "ftypmetamdat"
#define AVIF_HEAD_MAX 16384

/* Looks at each byte of the head: a box may be anywhere in others. */
static bool has_avif_extras(reader *r, int64_t begin, int64_t end)
{
    for (int64_t at = begin; at + 4 <= end && end - begin <= AVIF_HEAD_MAX; at++)
        if (is_among(r, at, AVIF_EXTRAS))
            return true;
    return end - begin > AVIF_HEAD_MAX;
}

static void look_for_avif_extras(reader *r)
{
    r->at = 0;
    while (!r->is_over && r->at < r->spool->size) {
        int64_t begin = r->at, end;
        char type[5];

        r->has_extra |= !is_among(r, begin + 4, AVIF_BOXES);
        end = take_box(r, r->spool->size, type);
        if (strcmp(type, "meta") == 0)
            r->has_extra |= has_avif_extras(r, begin, end);
        r->at = end;
    }
}

static bool measure_avif(reader *r)
{
    if (!walk_boxes(r, r->spool->size) || !r->has_data)
        return false;
    look_for_avif_extras(r);
    return true;
}

static const struct {
    const char *mime_type;
    bool (*measure)(reader *r);
} formats[] = {
    {"image/png", measure_png},   {"image/gif", measure_gif},   {"image/jpeg", measure_jpeg},
    {"image/webp", measure_webp}, {"image/avif", measure_avif},
};

static bool measure(reader *r, const char *mime_type)
{
    for (size_t i = 0; i < MC_COUNT(formats); i++)
        if (strcmp(formats[i].mime_type, mime_type) == 0)
            return formats[i].measure(r) && !r->is_over && r->width > 0 && r->height > 0;
    return false;
}

int mc__picture_measure(const mc__spool *spool, mc__problem *problem, const char *mime_type,
                        mc__picture *out)
{
    mc_auto(mc__free) char *memory = mc__calloc(1, sizeof(reader));
    reader *r = (reader *)(void *)memory;

    if (!r)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    r->spool = spool;
    r->problem = problem;
    if (!measure(r, mime_type))
        return r->failure ? r->failure
                          : mc__fail_because(problem, MC_EINVAL, REASON_DIMENSIONS,
                                             "the picture is cut short or malformed");
    if (r->width > MC_PIXELS_MAX / r->height || r->frames > MC_PIXELS_MAX / (r->width * r->height))
        return mc__fail_because(problem, MC_EINVAL, REASON_DIMENSIONS,
                                "a picture has at most %lld pixels, in all its frames together",
                                (long long)MC_PIXELS_MAX);
    *out = (mc__picture){
        .width = r->width, .height = r->height, .is_plain = !r->has_extra && r->at == spool->size};
    return 0;
}
