/*
 * A growing byte buffer that is told its maximum when it is made.
 *
 * The bytes are always followed by a NUL that is not counted, so `data` of a
 * buffer that has been appended to can be used as a C string. A failed append
 * (over the maximum, or out of memory) leaves the contents as they were and marks the
 * buffer `failed`; later appends fail too, so a run of appends needs one check.
 */
#ifndef BRIDGETOP_API_BUFFER_H
#define BRIDGETOP_API_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *data; /* NULL until the first append */
    size_t length;
    size_t capacity;
    size_t maximum; /* in bytes, without the NUL */
    bool failed;
};

void buffer_init(struct buffer *buffer, size_t maximum);
void buffer_clear(struct buffer *buffer);              /* frees; the buffer can be used again */
void buffer_cut(struct buffer *buffer, size_t length); /* to so many bytes, and not failed; keeps
                                                          its memory */
bool buffer_append(struct buffer *buffer, const void *bytes, size_t length);
bool buffer_append_string(struct buffer *buffer, const char *string);
bool buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Hands the bytes over: the caller frees the result with free(). An empty buffer
   gives an allocated "". NULL if the buffer has failed (it is cleared then) or memory is out. */
char *buffer_take(struct buffer *buffer, size_t *length);

#endif
