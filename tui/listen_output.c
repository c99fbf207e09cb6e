#include "tui/listen_output.h"

#include "api/thread_signals.h"
#include "tui/listen_lines.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    /* Where there are not enough cores for both, deliveries are answered first, and printed later:
       lines can be left out. */
    NICE = 19,

    BATCH_MAX = 32,              /* lines that are made, then written together */
    BATCH_BYTES = 64 * 1024,     /* or fewer, once they have these */
    TEXT_MAX = 32 * 1024 * 1024, /* above what the longest line takes, and a batch before it */
    TEXT_KEPT = 256 * 1024,      /* of memory for text, between batches */
};

/* One line that waits: the program's own, a delivery's, or a row's. */
struct waiting {
    char *line;
    struct delivery *delivery;
    int64_t id;
    struct inbox_answer answer;
    size_t bytes;      /* that the delivery takes of the queue */
    uint64_t left_out; /* before this one */
};

/* What has been made: up to where in the text, and how many lines are lost with it. */
struct piece {
    size_t end;
    uint64_t lines;
};

struct listen_output {
    struct listen_output_config config;
    uv_thread_t thread;
    uv_async_t news;
    int wake;         /* eventfd: there is something in the queue */
    int stop;         /* eventfd: it is to end; stays readable */
    size_t write_max; /* bytes that are taken at once without waiting for a reader */

    /* The thread's. */
    struct listen_lines lines;
    struct buffer text;
    struct piece pieces[BATCH_MAX + 1];
    size_t piece_count;
    bool begun;         /* what is before the first piece has been written: all of it has to be */
    uint64_t lost;      /* lines, since the last that was made */
    size_t taken_bytes; /* of the deliveries that it has taken */
    int why;            /* nothing can be written, as errno has it; 0: it can */

    uv_mutex_t lock;

    /* Under the lock. */
    struct waiting queue[LISTEN_QUEUE_MAX];
    size_t first;
    size_t count;
    size_t bytes;      /* of the deliveries in it, and of those that the thread has taken */
    uint64_t left_out; /* since the last that found room */
    int64_t end_ms;    /* when to stop waiting for the reader; 0: not yet */
    bool asleep;       /* the thread, until `wake` is raised */
    bool reader_gone;
    bool ended;
    bool clock_known;
    int64_t clock_ahead_ms;
    int trouble; /* `why` */

    /* The loop's. */
    int told_trouble;
    bool told_gone;
    void (*closed)(void *context);
    void *closed_context;
};

static int64_t steady_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void raise_event(int fd)
{
    ssize_t written = write(fd, &(uint64_t){1}, sizeof(uint64_t));
    (void)written;
}

/* --- writing: never more than is taken at once, so that the end is never missed ------------ */

/* False once the time at the end is over, or nobody reads. */
static bool wait_for_reader(struct listen_output *output)
{
    for (;;) {
        uv_mutex_lock(&output->lock);
        int64_t end_ms = output->end_ms;
        uv_mutex_unlock(&output->lock);
        int64_t left_ms = end_ms == 0 ? -1 : end_ms - steady_ms();
        if (end_ms != 0 && left_ms <= 0)
            return false;
        struct pollfd ends[] = {{.fd = output->config.fd, .events = POLLOUT},
                                {.fd = end_ms == 0 ? output->stop : -1, .events = POLLIN}};
        if (poll(ends, 2, (int)left_ms) < 0 && errno != EINTR)
            return false;
        if ((ends[0].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
            errno = EPIPE; /* also of a terminal that hung up, which polls writable */
            return false;
        }
        if ((ends[0].revents & POLLOUT) != 0)
            return true;
    }
}

/* A pipe that is ready takes PIPE_BUF bytes at once (pipe(7)); files and devices, which nobody has
   to read, take all. */
static size_t find_write_max(int fd)
{
    struct stat status;
    bool unread = fstat(fd, &status) == 0 &&
                  (S_ISREG(status.st_mode) || (S_ISCHR(status.st_mode) && isatty(fd) == 0));
    return unread ? BATCH_BYTES : PIPE_BUF;
}

/* How many bytes were written: fewer than all where it did not go well, and *why, an errno; 0: the
   time at the end is over. */
static size_t write_all(struct listen_output *output, const char *bytes, size_t length, int *why)
{
    size_t done = 0;
    *why = 0;
    while (done < length) {
        size_t left = length - done;
        size_t most = left < output->write_max ? left : output->write_max;
        errno = 0;
        ssize_t written =
            wait_for_reader(output) ? write(output->config.fd, bytes + done, most) : -1;
        if (written < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (written < 0) {
            *why = errno;
            break;
        }
        done += (size_t)written;
    }
    return done;
}

/* --- lines --------------------------------------------------------------------------------- */

/* Of what was not written, a line that was begun is kept, to be ended as soon as that can be; the
   others are lost, which is told before the next one. */
static void forget_written(struct listen_output *output, size_t written)
{
    struct buffer *text = &output->text;
    size_t begin = 0;
    size_t kept = 0;
    for (size_t i = 0; i < output->piece_count; i++) {
        struct piece piece = output->pieces[i];
        bool begun = begin < written || (i == 0 && output->begun);
        if (begun && piece.end > written) {
            kept = piece.end - written;
            output->pieces[0] = (struct piece){kept, piece.lines};
        } else if (!begun) {
            output->lost += piece.lines;
        }
        begin = piece.end;
    }
    if (kept > 0)
        memmove(text->data, text->data + written, kept);
    output->begun = kept > 0;
    output->piece_count = kept > 0;
    buffer_cut(text, kept);
    if (kept == 0 && text->capacity > TEXT_KEPT)
        buffer_clear(text);
}

static void tell_trouble(struct listen_output *output, int why)
{
    if (why == output->why)
        return;
    output->why = why;
    uv_mutex_lock(&output->lock);
    output->trouble = why;
    uv_mutex_unlock(&output->lock);
    (void)uv_async_send(&output->news);
}

/* False when not all of it was written. */
static bool write_pieces(struct listen_output *output, bool *gone)
{
    int why;
    size_t length = output->text.length;
    size_t written = write_all(output, output->text.data, length, &why);
    *gone = why == EPIPE;
    if (!*gone)
        tell_trouble(output, why);
    forget_written(output, written);
    return written == length;
}

static bool append_line(struct listen_output *output, const struct waiting *waiting,
                        uint64_t left_out)
{
    struct buffer *text = &output->text;
    struct listen_lines *lines = &output->lines;
    if (left_out > 0)
        listen_lines_left_out(lines, text, left_out);
    if (waiting->line != NULL)
        return buffer_append_string(text, waiting->line) && buffer_append_string(text, "\n");
    if (waiting->delivery != NULL)
        return listen_lines_delivery(lines, text, waiting->delivery, &waiting->answer, steady_ms());
    return waiting->id == 0 ||
           listen_lines_row(lines, text, waiting->id, &waiting->answer, steady_ms());
}

static void free_waiting(struct waiting *waiting)
{
    if (waiting->delivery != NULL)
        delivery_clear(waiting->delivery);
    free(waiting->delivery);
    free(waiting->line);
}

/* Whole, or not at all. */
static void make_piece(struct listen_output *output, const struct waiting *waiting)
{
    size_t before = output->text.length;
    bool told = waiting->line != NULL || waiting->delivery != NULL || waiting->id != 0;
    uint64_t left_out = output->lost + waiting->left_out;
    if (append_line(output, waiting, left_out) && !output->text.failed) {
        output->pieces[output->piece_count++] =
            (struct piece){output->text.length, left_out + told};
        output->lost = 0;
        return;
    }
    buffer_cut(&output->text, before);
    output->lost = left_out + told;
}

/* --- the thread ---------------------------------------------------------------------------- */

/* As many as wait, and none where the thread is to sleep, or to end as *ending says: nothing is
   added between the one and the other. */
static size_t take(struct listen_output *output, struct waiting batch[BATCH_MAX], bool *ending)
{
    size_t taken = 0;
    uv_mutex_lock(&output->lock);
    output->bytes -= output->taken_bytes; /* it has done with those */
    output->taken_bytes = 0;
    for (; taken < BATCH_MAX && output->count > 0; taken++) {
        batch[taken] = output->queue[output->first];
        output->first = (output->first + 1) % LISTEN_QUEUE_MAX;
        output->count--;
        output->taken_bytes += batch[taken].bytes;
    }
    *ending = output->end_ms != 0;
    if (taken == 0 && *ending && output->left_out + output->lost > 0) {
        batch[taken++] = (struct waiting){.left_out = output->left_out};
        output->left_out = 0;
    }
    output->asleep = taken == 0;
    output->lines.clock_known = output->clock_known;
    output->lines.clock_ahead_ms = output->clock_ahead_ms;
    uv_mutex_unlock(&output->lock);
    return taken;
}

static bool is_ending(struct listen_output *output)
{
    uv_mutex_lock(&output->lock);
    bool ending = output->end_ms != 0;
    uv_mutex_unlock(&output->lock);
    return ending;
}

/* Until there is something to do, or nobody reads any more. */
static bool sleep_until_woken(struct listen_output *output)
{
    uint64_t times;
    struct pollfd ends[] = {{.fd = output->wake, .events = POLLIN},
                            {.fd = output->stop, .events = POLLIN},
                            {.fd = output->config.fd}};
    while (poll(ends, 3, -1) < 0 && errno == EINTR)
        ;
    if ((ends[0].revents & POLLIN) != 0 && read(output->wake, &times, sizeof times) < 0)
        times = 0;
    return (ends[2].revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
}

/* Whether the time at the end is over. */
static bool is_over(struct listen_output *output)
{
    uv_mutex_lock(&output->lock);
    int64_t end_ms = output->end_ms;
    uv_mutex_unlock(&output->lock);
    return end_ms != 0 && end_ms <= steady_ms();
}

/* False when not all of it was written. */
static bool print_batch(struct listen_output *output, struct waiting *batch, size_t count,
                        bool *gone)
{
    bool whole = true;
    for (size_t i = 0; i < count; i++) {
        if (!*gone)
            make_piece(output, &batch[i]);
        free_waiting(&batch[i]);
        if (!*gone && (output->text.length >= BATCH_BYTES || i + 1 == count))
            whole = write_pieces(output, gone) && whole;
    }
    return whole;
}

static void run(void *context)
{
    struct listen_output *output = context;
    struct waiting batch[BATCH_MAX];
    bool gone = false;
    thread_signals_block(NULL);
    (void)pthread_setname_np(pthread_self(), LISTEN_OUTPUT_THREAD_NAME);
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* on Linux, of this thread alone */
    while (!gone) {
        bool ending;
        size_t count = take(output, batch, &ending);
        if (count > 0) {
            bool whole = print_batch(output, batch, count, &gone);
            if (is_ending(output) && (!whole || is_over(output)))
                break;
        } else if (ending) {
            (void)write_pieces(output, &gone); /* what has been begun */
            break;
        } else {
            gone = !sleep_until_woken(output);
        }
    }
    buffer_clear(&output->text);
    listen_lines_close(&output->lines);
    uv_mutex_lock(&output->lock);
    output->reader_gone = gone;
    output->ended = true;
    uv_mutex_unlock(&output->lock);
    (void)uv_async_send(&output->news);
}

/* --- the loop's side ------------------------------------------------------------------------ */

static void push(struct listen_output *output, struct waiting waiting, size_t most)
{
    uv_mutex_lock(&output->lock);
    bool room = output->count < most && !output->ended;
    bool wake = room && output->asleep;
    if (room) {
        waiting.left_out = output->left_out;
        output->left_out = 0;
        output->asleep = false;
        output->bytes += waiting.bytes;
        output->queue[(output->first + output->count++) % LISTEN_QUEUE_MAX] = waiting;
    } else {
        output->left_out++;
    }
    uv_mutex_unlock(&output->lock);
    if (wake)
        raise_event(output->wake);
    if (!room)
        free_waiting(&waiting);
}

/* Only the loop adds: what room there is now does not get less. */
static bool has_room(struct listen_output *output, size_t bytes)
{
    uv_mutex_lock(&output->lock);
    bool room = bytes <= LISTEN_QUEUE_BYTES - output->bytes &&
                output->count < LISTEN_QUEUE_MAX - LISTEN_QUEUE_SPARE;
    uv_mutex_unlock(&output->lock);
    return room;
}

static size_t string_bytes(const char *string)
{
    return string != NULL ? strlen(string) + 1 : 0;
}

/* Of memory: whoever sends chooses how long its strings are. */
static size_t bytes_of(const struct delivery *delivery)
{
    return sizeof *delivery + header_list_bytes(&delivery->headers) +
           (delivery->body != NULL ? delivery->body_length : 0) + string_bytes(delivery->peer) +
           string_bytes(delivery->method) + string_bytes(delivery->target) +
           string_bytes(delivery->reason) + string_bytes(delivery->webhook_id) +
           string_bytes(delivery->newest_webhook_id) + string_bytes(delivery->event_id) +
           string_bytes(delivery->event_type) + string_bytes(delivery->object_id) +
           string_bytes(delivery->object_status);
}

void listen_output_delivery(struct listen_output *output, struct delivery *delivery,
                            const struct inbox_answer *answer)
{
    struct waiting waiting = {.id = delivery->id, .answer = *answer};
    if (!listen_lines_want_payload(&output->lines, answer))
        delivery_drop_payload(delivery);
    waiting.bytes = bytes_of(delivery);
    if (has_room(output, waiting.bytes))
        waiting.delivery = malloc(sizeof *delivery);
    if (waiting.delivery != NULL) {
        *waiting.delivery = *delivery;
        *delivery = (struct delivery){0};
    } else {
        waiting.bytes = 0;
        delivery_clear(delivery);
    }
    push(output, waiting, LISTEN_QUEUE_MAX - LISTEN_QUEUE_SPARE);
}

void listen_output_row(struct listen_output *output, int64_t id, const struct inbox_answer *answer)
{
    push(output, (struct waiting){.id = id, .answer = *answer},
         LISTEN_QUEUE_MAX - LISTEN_QUEUE_SPARE);
}

void listen_output_clock(struct listen_output *output, int64_t ahead_ms)
{
    uv_mutex_lock(&output->lock);
    output->clock_known = true;
    output->clock_ahead_ms = ahead_ms;
    uv_mutex_unlock(&output->lock);
}

void listen_output_forward(struct listen_output *output, const char *line)
{
    char *copy = strdup(line);
    if (copy != NULL)
        push(output, (struct waiting){.line = copy}, LISTEN_QUEUE_MAX - LISTEN_QUEUE_SPARE);
}

void listen_output_line(struct listen_output *output, const char *line)
{
    char *copy = strdup(line);
    if (copy != NULL)
        push(output, (struct waiting){.line = copy}, LISTEN_QUEUE_MAX);
}

static void on_closed(uv_handle_t *handle)
{
    struct listen_output *output = handle->data;
    void (*closed)(void *context) = output->closed;
    void *context = output->closed_context;
    for (size_t i = 0; i < output->count; i++)
        free_waiting(&output->queue[(output->first + i) % LISTEN_QUEUE_MAX]);
    uv_mutex_destroy(&output->lock);
    (void)close(output->wake);
    (void)close(output->stop);
    free(output);
    if (closed != NULL)
        closed(context);
}

static void on_news(uv_async_t *news)
{
    struct listen_output *output = news->data;
    uv_mutex_lock(&output->lock);
    bool ended = output->ended;
    bool tell = output->reader_gone && !output->told_gone && output->end_ms == 0;
    bool closing = output->end_ms != 0;
    int trouble = output->trouble;
    uv_mutex_unlock(&output->lock);
    if (trouble != output->told_trouble && !closing) {
        output->told_trouble = trouble;
        output->config.failing(trouble != 0 ? strerror(trouble) : NULL, output->config.context);
    }
    if (tell) {
        output->told_gone = true;
        output->config.gone(output->config.context);
    }
    if (ended && closing && !uv_is_closing((uv_handle_t *)news)) {
        (void)uv_thread_join(&output->thread);
        uv_close((uv_handle_t *)news, on_closed);
    }
}

void listen_output_close(struct listen_output *output, void (*closed)(void *context), void *context)
{
    output->closed = closed;
    output->closed_context = context;
    uv_mutex_lock(&output->lock);
    int64_t end_ms = output->config.end_ms != 0 ? output->config.end_ms : LISTEN_OUTPUT_END_MS;
    output->end_ms = steady_ms() + end_ms;
    uv_mutex_unlock(&output->lock);
    raise_event(output->stop);
    (void)uv_async_send(&output->news); /* the thread may have ended before */
}

struct listen_output *listen_output_new(uv_loop_t *loop, const struct listen_output_config *config,
                                        struct error *error)
{
    struct listen_output *output = calloc(1, sizeof *output);
    if (output == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    output->config = *config;
    output->lines = (struct listen_lines){.store_path = config->store_path,
                                          .json = config->json,
                                          .masked = config->masked,
                                          .ascii = config->ascii,
                                          .key_files = config->key_files,
                                          .key_file_count = config->key_file_count};
    output->write_max = find_write_max(config->fd);
    buffer_init(&output->text, TEXT_MAX);
    output->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    output->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (output->wake >= 0 && output->stop >= 0 && uv_mutex_init(&output->lock) == 0) {
        if (uv_async_init(loop, &output->news, on_news) == 0) {
            output->news.data = output;
            if (uv_thread_create(&output->thread, run, output) == 0)
                return output;
            error_set(error, "cannot start a thread");
            uv_close((uv_handle_t *)&output->news, on_closed);
            return NULL;
        }
        uv_mutex_destroy(&output->lock);
    }
    error_set(error, "cannot write to standard output: %s", strerror(errno));
    if (output->wake >= 0)
        (void)close(output->wake);
    if (output->stop >= 0)
        (void)close(output->stop);
    free(output);
    return NULL;
}
