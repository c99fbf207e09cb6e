#include "tui/listen_output.h"

#include "api/contract.h"
#include "api/doctor_store.h"
#include "api/export.h"
#include "api/json_write.h"
#include "api/store.h"
#include "api/thread_signals.h"
#include "tui/rows.h"
#include "tui/text.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Where there are not enough cores for both, deliveries are answered first, and printed later:
   lines can be left out. */
enum { NICE = 19 };

/* One line that waits: the program's own, or a row's. */
struct waiting {
    char *line;
    int64_t id;
    struct inbox_answer answer;
    uint64_t left_out; /* before this one */
};

struct listen_output {
    struct listen_output_config config;
    uv_thread_t thread;
    uv_async_t news;
    int wake; /* eventfd: there is something in the queue */
    int stop; /* eventfd: it is to end; stays readable */

    /* The thread's. */
    struct store *store;
    struct exporter exporter;
    struct buffer text;
    int64_t next_diagnosis_ms;

    uv_mutex_t lock;

    /* Under the lock. */
    struct waiting queue[LISTEN_QUEUE_MAX];
    size_t first;
    size_t count;
    uint64_t left_out; /* since the last that found room */
    int64_t end_ms;    /* when to stop waiting for the reader; 0: not yet */
    bool reader_gone;
    bool ended;
    bool clock_known;
    int64_t clock_ahead_ms;

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
        if ((ends[0].revents & POLLOUT) != 0)
            return true;
        if ((ends[0].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
            errno = EPIPE;
            return false;
        }
    }
}

/* A pipe that is ready takes PIPE_BUF bytes at once (pipe(7)). False when the line was not written
   whole; *gone: and none will be. */
static bool write_all(struct listen_output *output, const char *bytes, size_t length, bool *gone)
{
    while (length > 0) {
        size_t most = length < PIPE_BUF ? length : PIPE_BUF;
        errno = 0;
        ssize_t written = wait_for_reader(output) ? write(output->config.fd, bytes, most) : -1;
        if (written < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        *gone = written < 0 && errno == EPIPE;
        if (written < 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* --- lines --------------------------------------------------------------------------------- */

static void json_repeat(struct buffer *text, const struct inbox_answer *answer,
                        const struct delivery *delivery)
{
    buffer_printf(text, "{\"kind\":\"repeat\",\"id\":%" PRId64 ",\"event_id\":", delivery->id);
    json_write_string(text, delivery->event_id);
    buffer_printf(text, ",\"attempts\":%" PRId64 ",\"answer_status\":%d,\"answer_ms\":%.3f%s}\n",
                  answer->attempt, answer->status, (double)answer->answer_us / 1000.0,
                  answer->on_demand ? ",\"answer_on_demand\":true" : "");
}

/* The export's line, with its kind in front: the object's brace is taken off. */
static bool take_export(const void *bytes, size_t length, void *context)
{
    struct buffer *text = context;
    return buffer_append_string(text, "{\"kind\":\"event\",") &&
           buffer_append(text, (const char *)bytes + 1, length - 1);
}

static void gated(struct buffer *text, const char *before, const char *value, bool ascii)
{
    char glyphs[512];
    if (value == NULL || value[0] == '\0')
        return;
    (void)text_gate_string(glyphs, sizeof glyphs, value, strlen(value), ascii);
    buffer_printf(text, "%s%s", before, glyphs);
}

static void plain_line(struct buffer *text, const struct inbox_answer *answer,
                       const struct delivery *delivery, bool ascii)
{
    char time[CONTRACT_TIME_SIZE];
    char size[24];
    char after[24];
    contract_time_format(delivery->received_ms, time);
    rows_format_size(size, sizeof size, delivery->body_length);
    rows_format_duration(after, sizeof after, answer->answer_us);
    buffer_printf(text, "%s %s", time, verdict_name(delivery->verdict));
    gated(text, " ", delivery->event_type, ascii);
    gated(text, " ", delivery->object_status, ascii);
    gated(text, " ", delivery->event_id, ascii);
    gated(text, " ", delivery->target, ascii);
    gated(text, " from ", delivery->peer, ascii);
    buffer_printf(text, " (%s, %d%s in %s)", size, answer->status,
                  answer->on_demand ? " on demand" : "", after);
    if (answer->attempt > 1)
        buffer_printf(text, " attempt %" PRId64, answer->attempt);
    if (delivery->verdict != VERDICT_GENUINE)
        gated(text, ": ", delivery->reason, ascii);
    buffer_append_string(text, "\n");
}

/* --- why it is not genuine ------------------------------------------------------------------ */

/* Junk in a flood is not worth a doctor's time for each of it. */
static bool may_diagnose(struct listen_output *output)
{
    int64_t now_ms = steady_ms();
    if (now_ms < output->next_diagnosis_ms)
        return false;
    output->next_diagnosis_ms = now_ms + LISTEN_DIAGNOSIS_PAUSE_MS;
    return true;
}

static void write_finding(struct buffer *text, const struct doctor_finding *finding)
{
    buffer_printf(text, "{\"kind\":\"%s\",\"shown\":%s,\"what\":", doctor_kind_name(finding->kind),
                  finding->shown ? "true" : "false");
    json_write_string(text, finding->what);
    buffer_append_string(text, ",\"remedy\":");
    json_write_string(text, finding->remedy);
    buffer_append_string(text, "}");
}

/* Into the event's line, which ends in "}\n" and has been written. */
static void add_diagnosis(struct listen_output *output, const struct delivery *delivery)
{
    static const char END[] = "}\n";
    struct buffer *text = &output->text;
    struct doctor_report report;
    uv_mutex_lock(&output->lock);
    bool clock_known = output->clock_known;
    int64_t clock_ahead_ms = output->clock_ahead_ms;
    uv_mutex_unlock(&output->lock);
    if (delivery->verdict == VERDICT_GENUINE || text->failed || text->length < sizeof END - 1 ||
        !may_diagnose(output) ||
        !doctor_examine_stored(output->store, delivery, output->config.key_files,
                               output->config.key_file_count, clock_known ? &clock_ahead_ms : NULL,
                               &report, NULL))
        return;
    text->length -= sizeof END - 1;
    buffer_append_string(text, ",\"diagnosis\":[");
    for (size_t i = 0; i < report.count; i++) {
        if (i > 0)
            buffer_append_string(text, ",");
        write_finding(text, &report.findings[i]);
    }
    buffer_append_string(text, "]");
    buffer_append_string(text, END);
}

static bool load(struct listen_output *output, int64_t id, struct delivery *delivery)
{
    if (output->store == NULL)
        output->store = store_open(output->config.store_path, STORE_READ, NULL);
    if (output->store != NULL && store_load_delivery(output->store, id, delivery, NULL))
        return true;
    store_close(output->store); /* it may have been set aside: the next look opens it anew */
    output->store = NULL;
    return false;
}

/* False when the row is gone, or cannot be read. */
static bool make_row_line(struct listen_output *output, const struct waiting *waiting)
{
    struct delivery delivery = {0};
    struct buffer *text = &output->text;
    if (!load(output, waiting->id, &delivery))
        return false;
    const struct inbox_answer *answer = &waiting->answer;
    if (answer->attempt <= 1) { /* what the file says of it may be written later */
        delivery.answer_us = answer->answer_us;
        delivery.answer_status = answer->status;
        delivery.on_demand = answer->on_demand;
    }
    bool ok = true;
    if (!output->config.json)
        plain_line(text, answer, &delivery, output->config.ascii);
    else if (answer->attempt > 1)
        json_repeat(text, answer, &delivery);
    else
        ok = export_delivery(&output->exporter, &delivery);
    if (ok && output->config.json && answer->attempt <= 1)
        add_diagnosis(output, &delivery);
    delivery_clear(&delivery);
    return ok && !text->failed;
}

static void make_left_out(struct listen_output *output, uint64_t count)
{
    if (output->config.json)
        buffer_printf(&output->text, "{\"kind\":\"left_out\",\"count\":%" PRIu64 "}\n", count);
    else
        buffer_printf(&output->text, "%" PRIu64 " line%s left out: nobody read them in time\n",
                      count, count == 1 ? "" : "s");
}

static bool make_line(struct listen_output *output, const struct waiting *waiting)
{
    buffer_clear(&output->text);
    if (waiting->left_out > 0)
        make_left_out(output, waiting->left_out);
    if (waiting->line != NULL)
        return buffer_append_string(&output->text, waiting->line) &&
               buffer_append_string(&output->text, "\n");
    return waiting->id == 0 || make_row_line(output, waiting);
}

/* --- the thread ---------------------------------------------------------------------------- */

static bool take(struct listen_output *output, struct waiting *waiting)
{
    uv_mutex_lock(&output->lock);
    bool some = output->count > 0;
    if (some) {
        *waiting = output->queue[output->first];
        output->first = (output->first + 1) % LISTEN_QUEUE_MAX;
        output->count--;
    } else if (output->end_ms != 0 && output->left_out > 0) {
        *waiting = (struct waiting){.left_out = output->left_out};
        output->left_out = 0;
        some = true;
    }
    uv_mutex_unlock(&output->lock);
    return some;
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

static void count_left_out(struct listen_output *output, const struct waiting *waiting)
{
    uv_mutex_lock(&output->lock);
    output->left_out += waiting->left_out + 1;
    uv_mutex_unlock(&output->lock);
}

static void run(void *context)
{
    struct listen_output *output = context;
    struct waiting waiting;
    bool gone = false;
    thread_signals_block(NULL);
    (void)pthread_setname_np(pthread_self(), LISTEN_OUTPUT_THREAD_NAME);
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* on Linux, of this thread alone */
    while (!gone) {
        if (!take(output, &waiting)) {
            if (is_ending(output))
                break;
            gone = !sleep_until_woken(output);
            continue;
        }
        if (!make_line(output, &waiting) ||
            !write_all(output, output->text.data, output->text.length, &gone))
            count_left_out(output, &waiting);
        free(waiting.line);
        if (!gone && is_ending(output) && output->end_ms <= steady_ms())
            break;
    }
    buffer_clear(&output->text);
    store_close(output->store);
    output->store = NULL;
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
    if (room) {
        waiting.left_out = output->left_out;
        output->left_out = 0;
        output->queue[(output->first + output->count++) % LISTEN_QUEUE_MAX] = waiting;
    } else {
        output->left_out++;
    }
    uv_mutex_unlock(&output->lock);
    if (room)
        raise_event(output->wake);
    else
        free(waiting.line);
}

void listen_output_delivery(struct listen_output *output, int64_t id,
                            const struct inbox_answer *answer)
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
        free(output->queue[(output->first + i) % LISTEN_QUEUE_MAX].line);
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
    uv_mutex_unlock(&output->lock);
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
    output->end_ms = steady_ms() + LISTEN_OUTPUT_END_MS;
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
    output->exporter = (struct exporter){.format = EXPORT_JSONL,
                                         .masked = config->masked,
                                         .write = take_export,
                                         .context = &output->text};
    buffer_init(&output->text, (size_t)32 * 1024 * 1024);
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
