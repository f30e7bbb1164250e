/*
 * The program that works on pictures: what it makes of them, and that nothing else can be got out
 * of it. The pictures are made here, by libvips.
 */
#include "files/image.h"
#include "files/picture.h"
#include "image/sandbox.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vips/vips.h>

#define WIDTH 40
#define HEIGHT 20
#define FRAMES 3

static char *folder;
static mc__image_program *program;
static mc__problem problem;

static void begin(void)
{
    folder = test_folder_new("mcimage.");
    cr_assert(folder && mc__digest_start() == 0 && VIPS_INIT("test_image") == 0);
    cr_assert_eq(mc__image_program_new(&program, IMAGE_PROGRAM), 0);
}

static void end(void)
{
    mc__problem_release(&problem);
    mc__image_program_free(program);
    test_folder_remove(folder);
}

TestSuite(image, .init = begin, .fini = end, .timeout = 300);

static const struct {
    const char *mime_type, *suffix;
    bool moves;
} types[] = {
    {"image/jpeg", ".jpg[Q=95]", false},
    {"image/png", ".png", false},
    {"image/gif", ".gif", true},
    {"image/webp", ".webp[lossless]", true},
    {"image/avif", ".avif[Q=90,effort=0]", false},
};

/* A spool with these bytes. */
static void fill(mc__spool *spool, const void *bytes, size_t length)
{
    cr_assert_eq(mc__spool_begin(spool, &problem, folder), 0);
    cr_assert_eq(mc__spool_add(spool, &problem, bytes, length), 0);
}

/* Two halves of each frame: the left one red, the right one blue; its upper half darker. */
static VipsImage *draw(int frames)
{
    VipsImage *image = NULL;
    double red[] = {255, 0, 0}, dark_red[] = {120, 0, 0}, blue[] = {0, 0, 255},
           dark_blue[] = {0, 0, 120};

    cr_assert_eq(vips_black(&image, WIDTH, HEIGHT * frames, "bands", 3, NULL), 0);
    image = vips_image_copy_memory(image);
    image->Type = VIPS_INTERPRETATION_sRGB;
    for (int i = 0; i < frames; i++) {
        int top = i * HEIGHT, shift = frames > 1 ? i : 0;

        vips_draw_rect(image, red, 3, 0, top, WIDTH / 2 + shift, HEIGHT, "fill", TRUE, NULL);
        vips_draw_rect(image, dark_red, 3, 0, top, WIDTH / 2 + shift, HEIGHT / 2, "fill", TRUE,
                       NULL);
        vips_draw_rect(image, blue, 3, WIDTH / 2 + shift, top, WIDTH / 2, HEIGHT, "fill", TRUE,
                       NULL);
        vips_draw_rect(image, dark_blue, 3, WIDTH / 2 + shift, top, WIDTH / 2, HEIGHT / 2, "fill",
                       TRUE, NULL);
    }
    return image;
}

static void save(mc__spool *out, VipsImage *image, const char *suffix)
{
    void *bytes = NULL;
    size_t length = 0;

    cr_assert_eq(vips_image_write_to_buffer(image, suffix, &bytes, &length, NULL), 0, "%s",
                 vips_error_buffer());
    fill(out, bytes, length);
    g_free(bytes);
}

static VipsImage *load(const mc__spool *spool, const char *options)
{
    size_t size = (size_t)spool->size;
    void *bytes = g_malloc(size);
    VipsImage *image, *copy;

    cr_assert_eq(mc__spool_read(spool, &problem, bytes, size, 0), spool->size);
    image = vips_image_new_from_buffer(bytes, size, options, NULL);
    cr_assert(image, "%s", vips_error_buffer());
    copy = vips_image_copy_memory(image);
    g_object_unref(image);
    g_free(bytes);
    return copy;
}

static bool is_like(VipsImage *image, int x, int y, int red, int blue)
{
    double *pixel = NULL;
    int n;
    bool is;

    cr_assert_eq(vips_getpoint(image, &pixel, &n, x, y, NULL), 0);
    is = abs((int)pixel[0] - red) < 30 && pixel[1] < 30 && abs((int)pixel[2] - blue) < 30;
    g_free(pixel);
    return is;
}

static bool is_upright(VipsImage *image)
{
    return vips_image_get_width(image) == WIDTH && vips_image_get_height(image) == HEIGHT &&
           is_like(image, 4, 4, 120, 0) && is_like(image, 4, HEIGHT - 4, 255, 0) &&
           is_like(image, WIDTH - 4, 4, 0, 120) && is_like(image, WIDTH - 4, HEIGHT - 4, 0, 255);
}

static int make(mc__spool *to, const mc__spool *from, const char *mime_type, int64_t max_width,
                int64_t max_height)
{
    cr_assert_eq(mc__spool_begin(to, &problem, folder), 0);
    mc__problem_clear(&problem);
    return mc__image_make(program, &problem, to, from,
                          &(mc__image_wanted){mime_type, max_width, max_height, 30 << 20});
}

static int look(const mc__spool *from, const char *mime_type)
{
    mc__problem_clear(&problem);
    return mc__image_look(program, &problem, from, mime_type);
}

Test(image, works_here)
{
    cr_expect_eq(mc__image_check(program, &problem), 0, "%s", problem.shown.message);
}

/* What stands in the way of starting it is told before there is a picture. */
Test(image, that_cannot_work_says_so)
{
    static const char *const paths[] = {"/nowhere/microcosm-image", "/bin/true", "/dev/null"};

    for (size_t i = 0; i < MC_COUNT(paths); i++) {
        mc__image_program *other = NULL;

        cr_assert_eq(mc__image_program_new(&other, paths[i]), 0);
        mc__problem_clear(&problem);
        cr_expect_eq(mc__image_check(other, &problem), MC_ESYSTEM);
        cr_expect(strstr(problem.shown.message, paths[i]), "%s", problem.shown.message);
        mc__image_program_free(other);
    }
}

/* Whatever a decoder is made to do, it can't do these. */
Test(image, is_confined)
{
    int status = -1;
    pid_t pid = fork();

    cr_assert(pid >= 0);
    if (pid == 0) {
        if (!sandbox_leak()) /* here they can be done */
            _exit(1);
        if (!sandbox_enter()) /* its limits leave no room for sanitizers */
            _exit(2);
        _exit(sandbox_leak() ? 3 : 0);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%x", (unsigned)status);
}

static bool says(pid_t pid, const char *file, const char *line)
{
    char path[64], text[8192];
    ssize_t n;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    return strstr(text, line);
}

/* Before it has read a byte of the picture. */
Test(image, is_confined_before_it_reads)
{
    int input[2], output[2];
    char byte;
    pid_t pid;

    cr_assert(pipe(input) == 0 && pipe(output) == 0);
    pid = fork();
    cr_assert(pid >= 0);
    if (pid == 0) {
        dup2(input[0], 0);
        dup2(output[1], 1);
        close(input[1]);
        execl(IMAGE_PROGRAM, "microcosm-image", "look", "image/png", "0", "0", (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 6000 && !says(pid, "status", "\nSeccomp:\t2\n"); i++)
        g_usleep(10000);
    cr_expect(says(pid, "status", "\nSeccomp:\t2\n"));
    cr_expect(says(pid, "status", "\nNoNewPrivs:\t1\n"));
    cr_expect(says(pid, "limits", "\nMax address space         1073741824           1073741824 "));
    cr_expect(says(pid, "limits", "\nMax file size             0                    0 "));
    cr_expect(says(pid, "limits", "\nMax cpu time              20                   20 "));
    close(input[0]);
    close(input[1]);
    close(output[1]);
    cr_expect_eq(read(output[0], &byte, 1), 1); /* without a picture it says so, and ends */
    close(output[0]);
    waitpid(pid, NULL, 0);
}

Test(image, is_decoded_to_its_end)
{
    for (size_t i = 0; i < MC_COUNT(types); i++) {
        VipsImage *image = draw(1);
        const char *other;
        mc_spool(spool);

        save(&spool, image, types[i].suffix);
        cr_expect_eq(look(&spool, types[i].mime_type), 0, "%s: %s", types[i].mime_type,
                     problem.shown.message);
        other = types[(i + 1) % MC_COUNT(types)].mime_type;
        cr_expect_eq(look(&spool, other), MC_EINVAL, "%s as %s", types[i].mime_type, other);
        cr_assert_eq(ftruncate(spool.fd, spool.size / 2), 0);
        cr_expect_eq(look(&spool, types[i].mime_type), MC_EINVAL, "%s", types[i].mime_type);
        g_object_unref(image);
    }
}

/* The eight ways to hold a camera: how each turns and mirrors what was in front of it. */
Test(image, is_made_upright)
{
    for (int orientation = 1; orientation <= 8; orientation++) {
        static const VipsAngle turned[] = {VIPS_ANGLE_D0,   VIPS_ANGLE_D0,   VIPS_ANGLE_D180,
                                           VIPS_ANGLE_D180, VIPS_ANGLE_D270, VIPS_ANGLE_D270,
                                           VIPS_ANGLE_D90,  VIPS_ANGLE_D90};
        static const bool mirrored[] = {false, true, false, true, true, false, true, false};
        VipsImage *image = draw(1), *held = NULL, *sides = NULL, *made;
        mc_spool(from);
        mc_spool(to);

        if (mirrored[orientation - 1])
            vips_flip(image, &sides, VIPS_DIRECTION_HORIZONTAL, NULL);
        else
            vips_copy(image, &sides, NULL);
        vips_rot(sides, &held, turned[orientation - 1], NULL);
        vips_image_set_int(held, VIPS_META_ORIENTATION, orientation);
        save(&from, held, ".jpg[Q=95]");
        cr_assert_eq(make(&to, &from, "image/jpeg", 0, 0), 0, "%s", problem.shown.message);
        made = load(&to, "");
        cr_expect(is_upright(made), "orientation %d", orientation);
        g_object_unref(made);
        g_object_unref(held);
        g_object_unref(sides);
        g_object_unref(image);
    }
}

/* Text about the picture in all places that libvips can write. */
static void describe(VipsImage *image)
{
    static const char xmp[] = "<x:xmpmeta xmlns:x='adobe:ns:meta/'>secret place</x:xmpmeta>";

    vips_image_set_string(image, "exif-ifd0-ImageDescription",
                          "secret place (secret place, ASCII, 13 components, 13 bytes)");
    vips_image_set_string(image, "exif-ifd3-GPSLatitude",
                          "51/1 30/1 0/1 (51, 30, 0, Rational, 3 components, 24 bytes)");
    vips_image_set_string(image, "png-comment-0-Comment", "secret place");
    vips_image_set_string(image, "gif-comment", "secret place");
    vips_image_set_blob_copy(image, VIPS_META_XMP_NAME, xmp, sizeof(xmp) - 1);
}

static bool has_bytes(const mc__spool *spool, const char *text)
{
    char *bytes = malloc((size_t)spool->size);
    bool has;

    cr_assert_eq(mc__spool_read(spool, &problem, bytes, (size_t)spool->size, 0), spool->size);
    has = memmem(bytes, (size_t)spool->size, text, strlen(text));
    free(bytes);
    return has;
}

Test(image, tells_nothing_but_the_picture)
{
    for (size_t i = 0; i < MC_COUNT(types); i++) {
        static const char *const fields[] = {VIPS_META_EXIF_NAME, VIPS_META_XMP_NAME,
                                             VIPS_META_ICC_NAME, "png-comment-0-Comment",
                                             "gif-comment"};
        VipsImage *image = draw(1), *profiled = NULL, *made;
        mc__picture picture;
        mc_spool(from);
        mc_spool(to);

        describe(image);
        cr_assert_eq(vips_icc_transform(image, &profiled, "p3", "input_profile", "srgb", NULL), 0);
        save(&from, profiled, types[i].suffix);
        cr_assert_eq(mc__picture_measure(&from, &problem, types[i].mime_type, &picture), 0);
        cr_assert(!picture.is_plain || strcmp(types[i].mime_type, "image/gif") == 0, "%s",
                  types[i].mime_type); /* libvips writes no comments into GIF */
        cr_assert_eq(make(&to, &from, types[i].mime_type, 0, 0), 0, "%s: %s", types[i].mime_type,
                     problem.shown.message);
        cr_expect_not(has_bytes(&to, "secret place"), "%s", types[i].mime_type);
        made = load(&to, "");
        for (size_t f = 0; f < MC_COUNT(fields); f++)
            cr_expect_eq(vips_image_get_typeof(made, fields[f]), 0, "%s has %s", types[i].mime_type,
                         fields[f]);
        /* its colours are those of sRGB; GIF has no profiles */
        cr_expect(is_upright(made) || strcmp(types[i].mime_type, "image/gif") == 0, "%s",
                  types[i].mime_type);
        cr_assert_eq(mc__picture_measure(&to, &problem, types[i].mime_type, &picture), 0);
        cr_expect(picture.is_plain, "%s", types[i].mime_type);
        g_object_unref(made);
        g_object_unref(profiled);
        g_object_unref(image);
    }
}

Test(image, is_scaled_down_only)
{
    static const struct {
        int max_width, max_height, width, height;
    } cases[] = {{10, 0, 10, 5}, {0, 5, 10, 5}, {20, 5, 10, 5}, {100, 100, 40, 20}, {1, 1, 1, 1}};

    for (size_t i = 0; i < MC_COUNT(types); i++)
        for (size_t c = 0; c < (i == 0 ? MC_COUNT(cases) : 1); c++) {
            VipsImage *image = draw(1);
            mc__picture picture;
            mc_spool(from);
            mc_spool(to);

            save(&from, image, types[i].suffix);
            cr_assert_eq(
                make(&to, &from, types[i].mime_type, cases[c].max_width, cases[c].max_height), 0);
            cr_assert_eq(mc__picture_measure(&to, &problem, types[i].mime_type, &picture), 0);
            cr_expect(picture.width == cases[c].width && picture.height == cases[c].height,
                      "%s is %lld by %lld", types[i].mime_type, (long long)picture.width,
                      (long long)picture.height);
            g_object_unref(image);
        }
}

Test(image, goes_on_moving)
{
    for (size_t i = 0; i < MC_COUNT(types); i++) {
        VipsImage *image, *made;
        int delays[FRAMES] = {100, 200, 300}, *kept, count, pages, height;
        mc_spool(from);
        mc_spool(to);

        if (!types[i].moves)
            continue;
        image = draw(FRAMES);
        vips_image_set_int(image, VIPS_META_PAGE_HEIGHT, HEIGHT);
        vips_image_set_int(image, "loop", 2);
        vips_image_set_array_int(image, "delay", delays, FRAMES);
        save(&from, image, types[i].suffix);
        cr_assert_eq(make(&to, &from, types[i].mime_type, 20, 0), 0, "%s", problem.shown.message);
        made = load(&to, "[n=-1]");
        cr_expect(vips_image_get_int(made, VIPS_META_N_PAGES, &pages) == 0 && pages == FRAMES);
        cr_expect(vips_image_get_int(made, VIPS_META_PAGE_HEIGHT, &height) == 0 && height == 10);
        cr_expect(vips_image_get_array_int(made, "delay", &kept, &count) == 0 && count == FRAMES &&
                  memcmp(kept, delays, sizeof(delays)) == 0);
        g_object_unref(made);
        g_object_unref(image);
    }
}

/* As much as all frames have together. */
Test(image, of_too_many_pixels_is_refused)
{
    static const char head[] =
        "GIF89a\xdc\x05\xdc\x05\x80\0\0\0\0\0\xff\xff\xff", /* 1500 by 1500 */
        frame[] = "\x2c\0\0\0\0\1\0\1\0\0\x02\x02\x44\x01\0";
    mc_spool(from);

    fill(&from, head, sizeof(head) - 1);
    for (int i = 0; i < 50; i++)
        cr_assert_eq(mc__spool_add(&from, &problem, frame, sizeof(frame) - 1), 0);
    cr_assert_eq(mc__spool_add(&from, &problem, ";", 1), 0);
    cr_expect_eq(look(&from, "image/gif"), MC_EINVAL);
    cr_expect(strstr(problem.shown.message, "frames"), "%s", problem.shown.message);
}

Test(image, has_a_largest_size)
{
    VipsImage *image = draw(1);
    mc_spool(from);
    mc_spool(to);

    save(&from, image, ".png");
    cr_assert_eq(mc__spool_begin(&to, &problem, folder), 0);
    cr_expect_eq(
        mc__image_make(program, &problem, &to, &from, &(mc__image_wanted){"image/png", 0, 0, 20}),
        MC_EINVAL);
    cr_expect_eq(problem.shown.reason, 20);
    g_object_unref(image);
}

/* A program in its place that does what a decoder may be made to do. */
static mc__image_program *make_script(const char *commands)
{
    mc__image_program *out = NULL;
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/script", folder);
    file = fopen(path, "we");
    cr_assert(file);
    fprintf(file, "#!/bin/sh\n%s\n", commands);
    cr_assert(fclose(file) == 0 && chmod(path, 0700) == 0);
    cr_assert_eq(mc__image_program_new(&out, path), 0);
    return out;
}

#define REPLY(status, length)                                                                      \
    "printf 'MCI1\\00" status "\\0\\0\\0\\0" length "\\0\\0\\0\\0\\0\\0\\0'; "

Test(image, that_breaks_its_program_is_refused)
{
    static const char *const commands[] = {
        "kill -9 $$",
        "kill -11 $$",
        "exit 1",
        "echo no picture at all; echo no picture at all",
        REPLY("0", "44") "printf 'too little'",
        REPLY("0", "0") "exit 0",
        REPLY("7", "0") "exit 0",
        "while :; do echo no end; done",
    };

    for (size_t i = 0; i < MC_COUNT(commands); i++) {
        mc__image_program *other = make_script(commands[i]);
        mc_spool(from);
        mc_spool(to);

        fill(&from, "x", 1);
        cr_assert_eq(mc__spool_begin(&to, &problem, folder), 0);
        mc__problem_clear(&problem);
        cr_expect_eq(mc__image_make(other, &problem, &to, &from,
                                    &(mc__image_wanted){"image/png", 0, 0, 100}),
                     MC_EINVAL, "%s", commands[i]);
        cr_expect(problem.shown.reason == 21 && strstr(problem.shown.message, "malformed"));
        mc__image_program_free(other);
    }
}

/* It gets the picture and its answer, and none of the host's descriptors and settings. */
Test(image, gets_nothing_of_the_host)
{
    mc__image_program *other =
        make_script("[ -e /proc/$$/fd/100 ] || [ \"$SECRET\" ] && exit 1; " REPLY("0", "0"));
    mc_spool(from);

    fill(&from, "x", 1);
    setenv("SECRET", "yes", 1);
    cr_assert_eq(dup2(from.fd, 100), 100);
    signal(SIGCHLD, SIG_IGN); /* as a host may, which then collects it */
    cr_expect_eq(mc__image_look(other, &problem, &from, "image/png"), 0, "%s",
                 problem.shown.message);
    mc__image_program_free(other);
}

static int descriptors(void)
{
    DIR *open_folder = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(open_folder))
        count++;
    closedir(open_folder);
    return count;
}

static void *look_again(void *spool)
{
    for (int i = 0; i < 3; i++) {
        mc__problem own = {0};
        int rc = mc__image_look(program, &own, spool, "image/png");

        mc__problem_release(&own);
        if (rc != 0)
            return spool;
    }
    return NULL;
}

Test(image, is_looked_at_by_many_threads)
{
    VipsImage *image = draw(1);
    pthread_t threads[8];
    int before;
    mc_spool(spool);

    save(&spool, image, ".png");
    before = descriptors();
    for (size_t i = 0; i < MC_COUNT(threads); i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, look_again, &spool), 0);
    for (size_t i = 0; i < MC_COUNT(threads); i++) {
        void *failed = NULL;

        pthread_join(threads[i], &failed);
        cr_expect_null(failed);
    }
    cr_expect_eq(descriptors(), before);
    cr_expect(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
    g_object_unref(image);
}
