#include "screenshots/animation.h"

#include "api/buffer.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    PIXEL_BYTES = 4,
    FILE_MAX = 64 * 1024 * 1024,
    SIGNATURE_BYTES = 8,
};

struct area {
    int x, y, width, height;
};

struct frame {
    struct area area;
    int ms;
    struct buffer data; /* the bytes of its IDAT chunks */
};

struct animation {
    struct frame frames[ANIMATION_FRAMES_MAX];
    size_t count;
    cairo_surface_t *last;
};

struct animation *animation_new(void)
{
    return calloc(1, sizeof(struct animation));
}

void animation_free(struct animation *animation)
{
    if (animation == NULL)
        return;
    for (size_t i = 0; i < animation->count; i++)
        buffer_clear(&animation->frames[i].data);
    if (animation->last != NULL)
        cairo_surface_destroy(animation->last);
    free(animation);
}

/* --- what changed ------------------------------------------------------------------ */

static const uint32_t *row_of(cairo_surface_t *picture, int y)
{
    const unsigned char *bytes = cairo_image_surface_get_data(picture);
    return (const uint32_t *)(const void *)(bytes +
                                            (size_t)y *
                                                (size_t)cairo_image_surface_get_stride(picture));
}

/* The least rectangle that holds all differences; of no size when there are none. */
static struct area changed(cairo_surface_t *from, cairo_surface_t *to)
{
    int width = cairo_image_surface_get_width(to), height = cairo_image_surface_get_height(to);
    int left = width, right = -1, top = height, bottom = -1;
    for (int y = 0; y < height; y++) {
        const uint32_t *one = row_of(from, y), *other = row_of(to, y);
        for (int x = 0; x < width; x++) {
            if (one[x] == other[x])
                continue;
            left = x < left ? x : left;
            right = x > right ? x : right;
            top = y < top ? y : top;
            bottom = y;
        }
    }
    if (right < 0)
        return (struct area){0};
    return (struct area){left, top, right - left + 1, bottom - top + 1};
}

/* --- PNG ----------------------------------------------------------------------------- */

static void put_u32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* A chunk's bytes are what is written: `first` (may be empty), then `rest`. */
static void put_chunk(struct buffer *file, const char type[4], const void *first,
                      size_t first_length, const void *rest, size_t rest_length)
{
    uint8_t number[4];
    put_u32(number, (uint32_t)(first_length + rest_length));
    (void)buffer_append(file, number, sizeof number);
    size_t start = file->length;
    (void)buffer_append(file, type, 4);
    (void)buffer_append(file, first, first_length);
    (void)buffer_append(file, rest, rest_length);
    if (file->failed)
        return;
    put_u32(number, (uint32_t)crc32(0, (const uint8_t *)file->data + start,
                                    (unsigned)(file->length - start)));
    (void)buffer_append(file, number, sizeof number);
}

/* A pixel of cairo's is one number, its colours multiplied by its opacity. */
static void put_pixel(uint8_t *out, uint32_t pixel)
{
    uint32_t opacity = pixel >> 24;
    for (int i = 0; i < 3; i++) {
        uint32_t color = pixel >> (16 - 8 * i) & 0xFF;
        out[i] = (uint8_t)(opacity > 0 ? (color * 255 + opacity / 2) / opacity : 0);
    }
    out[3] = (uint8_t)opacity;
}

/* Lines of text are smallest without PNG's filters, which cairo's own writer uses. */
static bool encode(cairo_surface_t *picture, struct area area, struct buffer *data)
{
    size_t row = 1 + (size_t)area.width * PIXEL_BYTES, total = row * (size_t)area.height;
    uLongf length = compressBound(total);
    uint8_t *raw = calloc(1, total), *packed = malloc(length);
    bool ok = raw != NULL && packed != NULL;
    for (int y = 0; ok && y < area.height; y++) {
        const uint32_t *from = row_of(picture, area.y + y) + area.x;
        for (int x = 0; x < area.width; x++)
            put_pixel(raw + (size_t)y * row + 1 + (size_t)x * PIXEL_BYTES, from[x]);
    }
    ok = ok && compress2(packed, &length, raw, total, Z_BEST_COMPRESSION) == Z_OK &&
         buffer_append(data, packed, length);
    free(raw);
    free(packed);
    return ok;
}

/* --- frames -------------------------------------------------------------------------- */

bool animation_add(struct animation *animation, cairo_surface_t *picture, int ms,
                   struct error *error)
{
    cairo_surface_flush(picture);
    struct area area = {0, 0, cairo_image_surface_get_width(picture),
                        cairo_image_surface_get_height(picture)};
    if (animation->last != NULL)
        area = changed(animation->last, picture);
    if (area.width == 0) {
        animation->frames[animation->count - 1].ms += ms;
        return true;
    }
    if (animation->count == ANIMATION_FRAMES_MAX)
        return error_set(error, "an animation of more than %d frames", ANIMATION_FRAMES_MAX);
    struct frame *frame = &animation->frames[animation->count++];
    *frame = (struct frame){.area = area, .ms = ms};
    buffer_init(&frame->data, FILE_MAX);
    if (!encode(picture, area, &frame->data))
        return error_set(error, "cannot encode a frame");
    if (animation->last != NULL)
        cairo_surface_destroy(animation->last);
    animation->last = cairo_surface_reference(picture);
    return true;
}

static void put_control(struct buffer *file, uint32_t sequence, const struct frame *frame)
{
    uint8_t control[26] = {0};
    int ms = frame->ms < ANIMATION_MS_MAX ? frame->ms : ANIMATION_MS_MAX;
    put_u32(control, sequence);
    put_u32(control + 4, (uint32_t)frame->area.width);
    put_u32(control + 8, (uint32_t)frame->area.height);
    put_u32(control + 12, (uint32_t)frame->area.x);
    put_u32(control + 16, (uint32_t)frame->area.y);
    control[20] = (uint8_t)(ms >> 8);
    control[21] = (uint8_t)ms;
    control[22] = 1000 >> 8; /* of a second */
    control[23] = 1000 & 0xFF;
    put_chunk(file, "fcTL", control, sizeof control, NULL, 0); /* replaces, and stays */
}

static void put_header(const struct animation *animation, struct buffer *file)
{
    enum { BITS = 8, RED_GREEN_BLUE_OPACITY = 6 };
    uint8_t header[13] = {[8] = BITS, [9] = RED_GREEN_BLUE_OPACITY};
    put_u32(header, (uint32_t)animation->frames[0].area.width);
    put_u32(header + 4, (uint32_t)animation->frames[0].area.height);
    put_chunk(file, "IHDR", header, sizeof header, NULL, 0);
}

static void put_all(const struct animation *animation, struct buffer *file)
{
    uint8_t control[8] = {0}; /* frames; plays, 0: for ever */
    uint8_t number[4];
    uint32_t sequence = 0;
    put_u32(control, (uint32_t)animation->count);
    (void)buffer_append(file, "\x89PNG\r\n\x1a\n", SIGNATURE_BYTES);
    put_header(animation, file);
    put_chunk(file, "acTL", control, sizeof control, NULL, 0);
    for (size_t i = 0; i < animation->count; i++) {
        const struct frame *frame = &animation->frames[i];
        put_control(file, sequence++, frame);
        if (i == 0) {
            put_chunk(file, "IDAT", NULL, 0, frame->data.data, frame->data.length);
            continue;
        }
        put_u32(number, sequence++);
        put_chunk(file, "fdAT", number, sizeof number, frame->data.data, frame->data.length);
    }
    put_chunk(file, "IEND", NULL, 0, NULL, 0);
}

bool animation_write(const struct animation *animation, const char *path, struct error *error)
{
    struct buffer bytes;
    if (animation->count == 0)
        return error_set(error, "an animation without frames");
    buffer_init(&bytes, FILE_MAX);
    put_all(animation, &bytes);
    FILE *file = bytes.failed ? NULL : fopen(path, "we");
    bool written = file != NULL && fwrite(bytes.data, 1, bytes.length, file) == bytes.length;
    if (file != NULL && fclose(file) != 0)
        written = false;
    buffer_clear(&bytes);
    return written || error_set(error, "cannot write %s: %s", path, strerror(errno));
}
