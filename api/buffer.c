#include "api/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Up to here a capacity can be doubled without overflow. */
static const size_t MAXIMUM_MAX = SIZE_MAX / 2 - 1;

void buffer_init(struct buffer *buffer, size_t maximum)
{
    *buffer = (struct buffer){.maximum = maximum < MAXIMUM_MAX ? maximum : MAXIMUM_MAX};
}

void buffer_clear(struct buffer *buffer)
{
    free(buffer->data);
    buffer_init(buffer, buffer->maximum);
}

void buffer_cut(struct buffer *buffer, size_t length)
{
    if (length < buffer->length) {
        buffer->length = length;
        buffer->data[length] = '\0';
    }
    buffer->failed = false;
}

static bool reserve(struct buffer *buffer, size_t extra)
{
    if (buffer->failed || extra > buffer->maximum - buffer->length) {
        buffer->failed = true;
        return false;
    }
    size_t need = buffer->length + extra + 1;
    if (need <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity ? buffer->capacity : 64;
    while (capacity < need)
        capacity *= 2;
    if (capacity > buffer->maximum + 1)
        capacity = buffer->maximum + 1;
    char *data = realloc(buffer->data, capacity);
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
    if (!reserve(buffer, length))
        return false;
    if (length > 0)
        memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
    return true;
}

bool buffer_append_string(struct buffer *buffer, const char *string)
{
    return buffer_append(buffer, string, strlen(string));
}

/* Into what room there is, and once more where that was not enough. */
bool buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list args, again;
    size_t room = buffer->failed ? 0 : buffer->capacity - buffer->length;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(room > 0 ? buffer->data + buffer->length : NULL, room, format, args);
    va_end(args);
    bool fits = length >= 0 && reserve(buffer, (size_t)length);
    if (fits && (size_t)length >= room)
        (void)vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
    va_end(again);
    if (fits)
        buffer->length += (size_t)length;
    else if (room > 0)
        buffer->data[buffer->length] = '\0';
    buffer->failed = !fits;
    return fits;
}

char *buffer_take(struct buffer *buffer, size_t *length)
{
    if (buffer->failed || !reserve(buffer, 0)) {
        buffer_clear(buffer);
        return NULL;
    }
    char *data = buffer->data;
    data[buffer->length] = '\0';
    if (length != NULL)
        *length = buffer->length;
    buffer->data = NULL;
    buffer_clear(buffer);
    return data;
}
