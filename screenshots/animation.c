#include "screenshots/animation.h"

#include "api/buffer.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIXEL_BYTES = 4,
    FILE_MAX = 64 * 1024 * 1024,
    CHUNK_AROUND = 12, /* length, type, sum */
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
    uint8_t header[13]; /* the first picture's IHDR */
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

static cairo_surface_t *cut(cairo_surface_t *picture, struct area area)
{
    cairo_surface_t *piece =
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, area.width, area.height);
    cairo_t *cairo = cairo_create(piece);
    cairo_set_operator(cairo, CAIRO_OPERATOR_SOURCE);
    cairo_set_source_surface(cairo, picture, -area.x, -area.y);
    cairo_paint(cairo);
    cairo_destroy(cairo);
    cairo_surface_flush(piece);
    return piece;
}

/* --- PNG ----------------------------------------------------------------------------- */

static void put_u32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t take_u32(const uint8_t *in)
{
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

/* CRC-32 of ISO 3309, as PNG has it. */
static uint32_t sum(const uint8_t *bytes, size_t length)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320U : 0);
    }
    return ~crc;
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
    put_u32(number, sum((const uint8_t *)file->data + start, file->length - start));
    (void)buffer_append(file, number, sizeof number);
}

static cairo_status_t append(void *closure, const unsigned char *bytes, unsigned length)
{
    return buffer_append(closure, bytes, length) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_NO_MEMORY;
}

/* Takes cairo's PNG of a picture apart: its IHDR, and its data. */
static bool encode(cairo_surface_t *picture, uint8_t header[13], struct buffer *data)
{
    struct buffer png;
    buffer_init(&png, FILE_MAX);
    bool ok = cairo_surface_write_to_png_stream(picture, append, &png) == CAIRO_STATUS_SUCCESS;
    const uint8_t *bytes = (const uint8_t *)png.data;
    for (size_t at = SIGNATURE_BYTES; ok && at + CHUNK_AROUND <= png.length;) {
        size_t length = take_u32(bytes + at);
        if (length > png.length - at - CHUNK_AROUND)
            break;
        if (memcmp(bytes + at + 4, "IHDR", 4) == 0 && length == 13)
            memcpy(header, bytes + at + 8, 13);
        else if (memcmp(bytes + at + 4, "IDAT", 4) == 0)
            ok = buffer_append(data, bytes + at + 8, length);
        at += length + CHUNK_AROUND;
    }
    buffer_clear(&png);
    return ok && data->length > 0;
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
    uint8_t header[13];
    cairo_surface_t *piece = cut(picture, area);
    bool encoded = encode(piece, header, &frame->data);
    cairo_surface_destroy(piece);
    if (!encoded)
        return error_set(error, "cannot encode a frame");
    if (animation->last == NULL)
        memcpy(animation->header, header, sizeof header);
    else
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

static void put_all(const struct animation *animation, struct buffer *file)
{
    uint8_t control[8] = {0}; /* frames; plays, 0: for ever */
    uint8_t number[4];
    uint32_t sequence = 0;
    put_u32(control, (uint32_t)animation->count);
    (void)buffer_append(file, "\x89PNG\r\n\x1a\n", SIGNATURE_BYTES);
    put_chunk(file, "IHDR", animation->header, sizeof animation->header, NULL, 0);
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
