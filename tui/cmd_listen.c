#include "tui/cmd_listen.h"

#include "api/ambient.h"
#include "api/backoff.h"
#include "api/client.h"
#include "api/notify.h"
#include "api/receiver.h"
#include "tui/command.h"
#include "tui/listen_forward.h"
#include "tui/listen_output.h"
#include "tui/listen_say.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum {
    SIGNALS = 3,
    READY_AGAIN_MS = 200, /* a service manager that did not take it at once */
    READY_TRIES = 50,
};

struct listen {
    const struct options *options;
    struct ambient ambient;
    uv_loop_t loop;
    struct receiver *receiver;
    struct client *client; /* NULL: no API key */
    struct listen_voice voice;
    struct notify notify;
    int out; /* where lines go */

    uv_signal_t signals[SIGNALS];
    uv_timer_t poll;     /* of the API */
    uv_timer_t watchdog; /* and of READY, until it is taken */
    unsigned failures;   /* of the API, in a row */
    int ready_tries;
    int64_t listed_ms; /* when the last list was asked for; 0: none was */
    uint64_t polled_us;
    bool polling;
    bool ordered;            /* answers on demand, and they are not told to be over yet */
    char trouble[ERROR_MAX]; /* storing fails; "" while it works */

    int64_t received;
    int64_t verified;
    const char *reason; /* why it ends */
    bool ending;
    enum exit_code code;
};

/* Ready once it listens: what there is to be said of that. */
static void say_ready(const struct listen *listen)
{
    const struct forward_to *to = listen->options->receive.forward;
    struct listen_ready ready = {
        .address = receiver_address(listen->receiver),
        .port = receiver_port(listen->receiver),
        .store_path = listen->options->store_path,
        .keys = receiver_key_count(listen->receiver),
        .forward = to != NULL ? to->name : NULL,
    };
    ready.tls = receiver_tls_days(listen->receiver, &ready.tls_days);
    listen_say_ready(&listen->voice, &ready);
}

/* --- the service manager -------------------------------------------------------------- */

static void describe_status(const struct listen *listen, char *text, size_t size)
{
    if (listen->trouble[0] != '\0')
        (void)snprintf(text, size, "NOT STORING: %s", listen->trouble);
    else
        (void)snprintf(text, size, "listening on %s", receiver_address(listen->receiver));
}

static void tell_status(struct listen *listen)
{
    char text[2 * ERROR_MAX];
    describe_status(listen, text, sizeof text);
    (void)notify_status(&listen->notify, text);
}

static void on_watchdog(uv_timer_t *timer);

static void watch(struct listen *listen, uint64_t ms)
{
    if (ms > 0 && !listen->ending)
        uv_timer_start(&listen->watchdog, on_watchdog, ms, ms);
}

/* Ready once, and again after a reload. */
static void tell_ready(struct listen *listen)
{
    char text[2 * ERROR_MAX];
    describe_status(listen, text, sizeof text);
    bool again = !notify_ready(&listen->notify, text) && ++listen->ready_tries < READY_TRIES;
    if (!again)
        listen->ready_tries = 0;
    uv_timer_stop(&listen->watchdog);
    watch(listen, again ? READY_AGAIN_MS : notify_alive_every_ms(&listen->notify));
}

/* The loop turns, or this would not be called; the thread that stores is asked. */
static void on_watchdog(uv_timer_t *timer)
{
    struct listen *listen = timer->data;
    if (listen->ready_tries > 0)
        tell_ready(listen);
    else if (receiver_is_alive(listen->receiver))
        (void)notify_alive(&listen->notify);
}

static void on_reloaded(void *context)
{
    tell_ready(context);
}

/* --- the end ----------------------------------------------------------------------------- */

static void close_handles(struct listen *listen)
{
    for (size_t i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&listen->signals[i], NULL);
    uv_close((uv_handle_t *)&listen->poll, NULL);
    uv_close((uv_handle_t *)&listen->watchdog, NULL);
}

static void output_gone(void *context)
{
    struct listen *listen = context;
    listen->voice.output = NULL;
    close_handles(listen);
}

static void receiver_gone(void *context)
{
    struct listen *listen = context;
    listen->receiver = NULL;
    if (listen->voice.output == NULL) {
        close_handles(listen);
        return;
    }
    if (listen->code == EXIT_CODE_OK)
        listen_say_stopped(&listen->voice, listen->reason, listen->received, listen->verified);
    listen_output_close(listen->voice.output, output_gone, listen);
}

static void client_gone(void *context)
{
    struct listen *listen = context;
    listen->client = NULL;
    if (listen->receiver != NULL)
        receiver_close(listen->receiver, receiver_gone, listen);
    else
        receiver_gone(listen);
}

static void end(struct listen *listen, const char *reason)
{
    if (listen->ending)
        return;
    listen->ending = true;
    listen->reason = reason;
    (void)notify_stopping(&listen->notify);
    uv_timer_stop(&listen->poll);
    uv_timer_stop(&listen->watchdog);
    if (listen->client != NULL)
        client_close(listen->client, client_gone, listen);
    else
        client_gone(listen);
}

static void on_reader_gone(void *context)
{
    end(context, "output closed");
}

static void on_output_failing(const char *message, void *context)
{
    const struct listen *listen = context;
    char line[ERROR_MAX];
    (void)snprintf(line, sizeof line,
                   "standard output cannot be written to, and lines are left out: %s",
                   message != NULL ? message : "");
    listen_complain(listen->voice.ascii,
                    message != NULL ? line : "standard output can be written to again");
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct listen *listen = handle->data;
    if (number == SIGTERM || number == SIGINT) {
        end(listen, number == SIGTERM ? "SIGTERM" : "SIGINT");
    } else if (!listen->ending) {
        (void)notify_reloading(&listen->notify, ambient_steady_us(&listen->ambient));
        receiver_reload(listen->receiver, on_reloaded);
    }
}

/* --- the API: which endpoints there are, and their keys ------------------------------------ */

static void on_poll(uv_timer_t *timer);

static int64_t poll_pause_ms(const struct listen *listen, const struct api_result *result)
{
    int64_t pause_ms = listen->options->poll_ms > 0 ? listen->options->poll_ms : LISTEN_POLL_MS;
    if (listen->failures > 0)
        pause_ms = backoff_pause_ms(listen->failures, LISTEN_POLL_SOON_MS, BACKOFF_MAX_MS,
                                    ambient_random_u64(&listen->ambient));
    return result->retry_after_ms > pause_ms ? result->retry_after_ms : pause_ms;
}

static void on_webhooks(struct api_result *result, void *context)
{
    struct listen *listen = context;
    bool failed_before = listen->failures > 0;
    char line[ERROR_MAX + 64];
    listen->polling = false;
    listen->failures = result->outcome == API_OK ? 0 : listen->failures + 1;
    int64_t ahead_ms;
    if (api_result_clock_ahead(result, ambient_wall_ms(&listen->ambient), &ahead_ms))
        listen_output_clock(listen->voice.output, ahead_ms);
    if (result->outcome == API_OK) {
        int64_t now_ms = ambient_wall_ms(&listen->ambient);
        struct list_times times = {
            .asked_ms = now_ms - result->latency_ms,
            .answered_ms = now_ms,
            .since_ms = listen->listed_ms,
        };
        listen->listed_ms = times.asked_ms;
        receiver_set_webhooks(listen->receiver, &result->webhooks, &times);
        if (failed_before)
            listen_tell(&listen->voice, "notice", "Bridge answers again");
    } else if (!failed_before) {
        (void)snprintf(line, sizeof line, "Bridge cannot be asked for endpoints: %s",
                       result->error.message);
        listen_tell(&listen->voice, "error", line);
    }
    uv_timer_start(&listen->poll, on_poll, (uint64_t)poll_pause_ms(listen, result), 0);
}

static void poll_now(struct listen *listen)
{
    struct api_request request = {.call = API_LIST_WEBHOOKS, .attempts = 1};
    if (listen->client == NULL || listen->polling || listen->ending)
        return;
    listen->polled_us = ambient_steady_us(&listen->ambient);
    listen->polling = client_call(listen->client, &request, on_webhooks, NULL, listen) != 0;
    if (!listen->polling) /* without memory */
        uv_timer_start(&listen->poll, on_poll, LISTEN_POLL_MS, 0);
}

static void on_poll(uv_timer_t *timer)
{
    poll_now(timer->data);
}

/* A delivery that no key fits may be of an endpoint that is new. */
static void poll_soon(struct listen *listen)
{
    uint64_t since_us = ambient_steady_us(&listen->ambient) - listen->polled_us;
    if (listen->failures == 0 && since_us >= (uint64_t)LISTEN_POLL_SOON_MS * 1000)
        poll_now(listen);
}

/* --- what the receiver tells ----------------------------------------------------------------- */

/* The order on the command line has come to its end. */
static void tell_order_over(struct listen *listen)
{
    if (!listen->ordered || receiver_ordered(listen->receiver).left > 0)
        return;
    listen->ordered = false;
    listen_tell(&listen->voice, "notice", "answers are normal again");
}

/* An answer that waits has its line once it went out. */
static void on_arrived(struct delivery *delivery, const struct inbox_answer *answer, void *context)
{
    struct listen *listen = context;
    enum verdict verdict = delivery->verdict;
    listen->received++;
    listen->verified += verdict == VERDICT_GENUINE;
    if (answer->answer_us >= 0)
        listen_output_delivery(listen->voice.output, delivery, answer);
    if (!listen->ending)
        tell_order_over(listen);
    if (verdict == VERDICT_NO_KEY || verdict == VERDICT_WRONG_SIGNATURE)
        poll_soon(listen);
}

static void on_answered(int64_t id, const struct inbox_answer *answer, void *context)
{
    struct listen *listen = context;
    listen_output_row(listen->voice.output, id, answer);
}

static void on_trouble(const char *message, void *context)
{
    struct listen *listen = context;
    (void)snprintf(listen->trouble, sizeof listen->trouble, "%s", message != NULL ? message : "");
    listen_tell(&listen->voice, message != NULL ? "error" : "notice",
                message != NULL ? message : "storing works again");
    if (!listen->ending)
        tell_status(listen);
}

static void on_notice(enum receiver_tone tone, const char *line, void *context)
{
    (void)tone;
    const struct listen *listen = context;
    listen_tell(&listen->voice, "notice", line);
}

static void on_forwarded(const struct forward_report *report, void *context)
{
    struct listen *listen = context;
    const char *name = listen->options->receive.forward->name;
    struct buffer text;
    if (listen->options->json) {
        listen_begin_object(&text, &listen->voice, "forward");
        listen_forward_json(&text, report, name, !listen->options->unmasked);
        buffer_append_string(&text, "}");
    } else {
        buffer_init(&text, LISTEN_LINE_SIZE);
        listen_forward_text(&text, report, name, ambient_wall_ms(&listen->ambient),
                            listen->voice.ascii);
    }
    if (!text.failed)
        listen_output_forward(listen->voice.output, text.data);
    buffer_clear(&text);
}

/* --- the beginning --------------------------------------------------------------------------- */

/* A terminal that polls writable may still hold a blocking write up: it gets a descriptor of its
   own that does not block. Standard output itself stays as it is, for others may share it. */
static int open_output(void)
{
    const char *terminal = isatty(STDOUT_FILENO) ? ttyname(STDOUT_FILENO) : NULL;
    int fd = -1;
    if (terminal != NULL)
        fd = open(terminal, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return fd >= 0 ? fd : STDOUT_FILENO;
}

static void init_handles(struct listen *listen)
{
    for (size_t i = 0; i < SIGNALS; i++) {
        uv_signal_init(&listen->loop, &listen->signals[i]);
        listen->signals[i].data = listen;
    }
    uv_timer_init(&listen->loop, &listen->poll);
    uv_timer_init(&listen->loop, &listen->watchdog);
    listen->poll.data = listen->watchdog.data = listen;
}

static bool start_output(struct listen *listen, struct error *error)
{
    struct listen_output_config config = {
        .fd = listen->out,
        .store_path = listen->options->store_path,
        .json = listen->options->json,
        .masked = !listen->options->unmasked,
        .ascii = listen->voice.ascii,
        .key_files = (const char *const *)listen->options->receive.key_files,
        .key_file_count = listen->options->receive.key_file_count,
        .gone = on_reader_gone,
        .failing = on_output_failing,
        .context = listen,
    };
    listen->voice.output = listen_output_new(&listen->loop, &config, error);
    return listen->voice.output != NULL;
}

static enum exit_code start_receiver(struct listen *listen, struct error *error)
{
    struct receiver_holder holder;
    struct receiver_config config = {
        .kind = RECEIVER_LISTEN,
        .store_path = listen->options->store_path,
        .address = listen->options->listen_address,
        .port = listen->options->listen_port,
        .forwarded = on_forwarded,
        .ambient = listen->ambient,
        .arrived = on_arrived,
        .answered = on_answered,
        .trouble = on_trouble,
        .notice = on_notice,
        .context = listen,
    };
    receive_options_apply(&listen->options->receive, &config);
    switch (receiver_start(&listen->loop, &config, &listen->receiver, &holder, error)) {
    case RECEIVER_STARTED:
        return EXIT_CODE_OK;
    case RECEIVER_NO_FILES:
        return EXIT_CODE_USAGE;
    case RECEIVER_HELD:
    case RECEIVER_NO_ADDRESS:
        return EXIT_CODE_LISTEN;
    case RECEIVER_NO_STORE:
        return EXIT_CODE_STORE;
    case RECEIVER_FAILED:
        break;
    }
    return EXIT_CODE_FAILED;
}

static bool start_client(struct listen *listen, const char *api_key, struct error *error)
{
    struct client_config config = {
        .base_url = listen->options->base_url,
        .api_key = api_key,
        .read_only = true,
        .ambient = listen->ambient,
    };
    if (api_key == NULL)
        return true;
    listen->client = client_new(&listen->loop, &config, error);
    return listen->client != NULL;
}

/* Before anybody can know that it runs. */
static void watch_signals(struct listen *listen)
{
    static const int NUMBERS[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < SIGNALS; i++)
        uv_signal_start(&listen->signals[i], on_signal, NUMBERS[i]);
}

static void order_answers(struct listen *listen)
{
    const struct answer_order *order = &listen->options->answer_next;
    char text[ANSWER_ORDER_SIZE];
    char line[ANSWER_ORDER_SIZE + 80];
    if (order->left == 0)
        return;
    receiver_order_answers(listen->receiver, order);
    listen->ordered = true;
    (void)snprintf(line, sizeof line,
                   "the next deliveries are answered %s; they are stored as always",
                   answer_order_text(order, text));
    listen_tell(&listen->voice, "notice", line);
}

static void warn(struct listen *listen)
{
    if (receiver_exposed(listen->receiver))
        listen_tell(
            &listen->voice, "notice",
            "other machines reach this address, and without TLS what they send can be read on the "
            "way: --tls-cert, or a proxy before 127.0.0.1");
    if (receiver_key_count(listen->receiver) == 0 && listen->client == NULL)
        listen_tell(&listen->voice, "notice",
                    "no key is known yet, so every delivery is refused: give BRIDGE_API_KEY or "
                    "--public-key, or start a dashboard with an API key on this store");
}

static enum exit_code start(struct listen *listen, const char *api_key, struct error *error)
{
    watch_signals(listen);
    if (!start_output(listen, error))
        return EXIT_CODE_FAILED;
    enum exit_code code = start_receiver(listen, error);
    if (code != EXIT_CODE_OK)
        return code;
    if (!start_client(listen, api_key, error))
        return EXIT_CODE_FAILED;
    say_ready(listen);
    warn(listen);
    order_answers(listen);
    tell_ready(listen);
    poll_now(listen);
    return EXIT_CODE_OK;
}

/* The variables are not for any program that this one might start. */
static void open_notify(struct listen *listen)
{
    struct error error;
    struct notify_environment environment = {
        .socket = getenv("NOTIFY_SOCKET"),
        .watchdog_usec = getenv("WATCHDOG_USEC"),
        .watchdog_pid = getenv("WATCHDOG_PID"),
        .pid = getpid(),
    };
    if (!notify_open(&listen->notify, &environment, &error))
        listen_complain(listen->voice.ascii, error.message);
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
}

static enum exit_code run(const struct options *options, const char *api_key)
{
    struct listen listen = {.options = options, .ambient = ambient_system(), .out = open_output()};
    listen.voice = (struct listen_voice){
        .ambient = listen.ambient, .json = options->json, .ascii = command_is_ascii()};
    struct error error = {""};
    if (uv_loop_init(&listen.loop) != 0) {
        listen_complain(listen.voice.ascii, "out of memory");
        return EXIT_CODE_FAILED;
    }
    open_notify(&listen);
    init_handles(&listen);
    listen.code = start(&listen, api_key, &error);
    if (listen.code != EXIT_CODE_OK) {
        listen_tell(&listen.voice, "error", error.message);
        end(&listen, "not started");
    }
    (void)uv_run(&listen.loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&listen.loop);
    notify_close(&listen.notify);
    if (listen.out != STDOUT_FILENO)
        (void)close(listen.out);
    return listen.code;
}

enum exit_code cmd_listen(int argc, char **argv, const struct options_environment *environment)
{
    struct options options;
    struct error error = {""};
    enum exit_code code = EXIT_CODE_OK;
    if (!options_parse_listen(&options, argc, argv, environment, &error)) {
        listen_complain(command_is_ascii(), error.message);
        return EXIT_CODE_USAGE;
    }
    if (options.help)
        code = fputs(OPTIONS_LISTEN_HELP, stdout) >= 0 && fflush(stdout) == 0 ? EXIT_CODE_OK
                                                                              : EXIT_CODE_FAILED;
    else if (options.version)
        (void)puts("bridgetop " BRIDGETOP_VERSION);
    else
        code = run(&options, environment->api_key);
    options_clear(&options);
    return code;
}
