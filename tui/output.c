#include "tui/output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static FILE *open_sink(void)
{
    int descriptor = memfd_create("screen", MFD_CLOEXEC);
    FILE *sink = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (sink == NULL && descriptor >= 0)
        close(descriptor);
    return sink;
}

bool output_open(struct output *output, int fd, struct error *error)
{
    *output = (struct output){.fd = fd, .sink = open_sink()};
    buffer_init(&output->pending, OUTPUT_MAX);
    if (output->sink == NULL)
        return error_set(error, "cannot make room for the screen (%s)", strerror(errno));
    return true;
}

static void drop_pending(struct output *output)
{
    buffer_clear(&output->pending);
    output->sent = 0;
}

void output_close(struct output *output)
{
    drop_pending(output);
    if (output->sink != NULL)
        (void)fclose(output->sink);
    output->sink = NULL;
}

void output_append(struct output *output, const char *bytes)
{
    buffer_append_string(&output->pending, bytes);
}

/* The next frame overwrites the last one: the file never grows beyond the largest. */
void output_discard(struct output *output)
{
    (void)lseek(fileno(output->sink), 0, SEEK_SET);
}

/* What is in the sink, mapped: the whole frame at once, for a character must not be halved. */
bool output_collect(struct output *output, output_append_frame append)
{
    int sink = fileno(output->sink);
    off_t end = lseek(sink, 0, SEEK_CUR);
    if (end == 0)
        return true;
    void *frame = end > 0 ? mmap(NULL, (size_t)end, PROT_READ, MAP_SHARED, sink, 0) : MAP_FAILED;
    if (frame != MAP_FAILED) {
        if (append != NULL)
            append(&output->pending, frame, (size_t)end);
        else
            (void)buffer_append(&output->pending, frame, (size_t)end);
        (void)munmap(frame, (size_t)end);
    }
    output_discard(output);
    bool whole = !output->pending.failed && frame != MAP_FAILED;
    if (!whole)
        drop_pending(output);
    return whole;
}

bool output_send(struct output *output)
{
    const struct buffer *pending = &output->pending;
    while (output->sent < pending->length) {
        ssize_t sent =
            write(output->fd, pending->data + output->sent, pending->length - output->sent);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent == 0 || (sent < 0 && errno == EAGAIN))
            return false;
        if (sent < 0)
            break;
        output->sent += (size_t)sent;
    }
    drop_pending(output);
    return true;
}

void output_send_and_drop(struct output *output)
{
    for (int waits = 0; !output_send(output) && waits < OUTPUT_WAITS; waits++) {
        struct pollfd writable = {.fd = output->fd, .events = POLLOUT};
        (void)poll(&writable, 1, OUTPUT_WAIT_MS);
    }
    drop_pending(output);
}
