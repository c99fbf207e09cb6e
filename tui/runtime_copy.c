/* Where a copy goes: to the terminal as one sequence, or into a file, which is written on libuv's
   threads. */
#include "tui/clipboard.h"
#include "tui/runtime_private.h"
#include "tui/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEQUENCE_MAX = 4 * CLIPBOARD_BASE64_MAX }; /* tmux gets it twice */

struct copy_file {
    uv_work_t work;
    struct runtime *runtime;
    char *bytes;
    size_t length;
    char path[OPTIONS_PATH_MAX];
    int error; /* errno, or 0 */
};

static void say_copied(struct runtime *runtime, const char *path, const char *error)
{
    runtime_post(runtime, &(struct message){.kind = MESSAGE_COPIED, .text = path, .error = error});
}

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* mkostemp() makes it 0600 and anew (O_EXCL). */
static void write_work(uv_work_t *work)
{
    struct copy_file *file = work->data;
    int fd = mkostemp(file->path, O_CLOEXEC);
    bool whole = fd >= 0 && write_all(fd, file->bytes, file->length);
    if (!whole)
        file->error = errno;
    if (fd >= 0 && close(fd) != 0 && whole)
        file->error = errno;
    if (fd >= 0 && file->error != 0)
        (void)unlink(file->path);
}

static void write_done(uv_work_t *work, int status)
{
    struct copy_file *file = work->data;
    if (status == 0 && !file->runtime->quitting)
        say_copied(file->runtime, file->path, file->error != 0 ? strerror(file->error) : NULL);
    free(file->bytes);
    free(file);
}

/* Beside the store; the demo's goes with it, so what was copied there lies beside its folder. */
static bool choose_path(const struct runtime *runtime, char path[OPTIONS_PATH_MAX])
{
    const char *beside =
        runtime->demo_folder[0] != '\0' ? runtime->demo_folder : runtime->store_path;
    const char *slash = strrchr(beside, '/');
    int folder = slash != NULL ? (int)(slash - beside) + 1 : 0;
    int length = snprintf(path, OPTIONS_PATH_MAX, "%.*scopied-XXXXXX", folder, beside);
    return length > 0 && length < OPTIONS_PATH_MAX;
}

static void copy_to_file(struct runtime *runtime)
{
    const struct buffer *bytes = &runtime->app->copy.bytes;
    struct copy_file *file = calloc(1, sizeof *file);
    if (file != NULL)
        file->bytes = malloc(bytes->length);
    if (file == NULL || file->bytes == NULL || !choose_path(runtime, file->path)) {
        say_copied(runtime, NULL, "there is no room for it");
    } else {
        file->work.data = file;
        file->runtime = runtime;
        file->length = bytes->length;
        memcpy(file->bytes, bytes->data, bytes->length);
        if (uv_queue_work(&runtime->loop, &file->work, write_work, write_done) == 0)
            return;
        say_copied(runtime, NULL, "no thread writes it");
    }
    if (file != NULL)
        free(file->bytes);
    free(file);
}

void runtime_copy(struct runtime *runtime)
{
    const struct buffer *bytes = &runtime->app->copy.bytes;
    struct buffer sequence;
    buffer_init(&sequence, SEQUENCE_MAX);
    enum clipboard_route route = clipboard_route(getenv("TERM"), getenv("TMUX"), getenv("STY"));
    bool sent = clipboard_sequence(route, bytes->data, bytes->length, &sequence) &&
                terminal_send(sequence.data);
    buffer_clear(&sequence);
    if (sent)
        say_copied(runtime, NULL, NULL);
    else
        copy_to_file(runtime);
}
