#include "tui/cmd_doctor.h"

#include "api/api_check.h"
#include "api/client.h"
#include "api/json_write.h"
#include "api/listener.h"
#include "api/receiver_lock.h"
#include "api/store.h"
#include "api/store_check.h"
#include "api/tls.h"
#include "api/url_check.h"
#include "tui/command.h"
#include "tui/terminal_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
    LISTENER_LINES_MAX = 2,
    MACHINE_LINES_MAX =
        API_CHECK_LINES_MAX + STORE_CHECK_LINES_MAX + LISTENER_LINES_MAX + TERMINAL_CHECK_LINES_MAX,
    LINE_MAX_BYTES = 4096,
};

struct doctor;

/* One endpoint on its way. */
struct patient {
    struct doctor *doctor;
    const struct webhook *webhook;
    struct event_list upcoming;
    struct log_list logs;
    bool upcoming_known, logs_known;
    struct url_report report;
    size_t waits; /* answers that are to come */
};

struct doctor {
    const struct options *options;
    struct ambient ambient;
    uv_loop_t loop;
    struct client *client; /* NULL: no API key */
    struct url_checker *checker;
    bool ascii;
    bool failed;   /* standard output takes no more */
    bool held;     /* another process receives for the store */
    bool from_api; /* `webhooks` are what Bridge says; else what the store remembers */

    /* This machine. */
    size_t waits; /* for these lines to be whole */
    uv_work_t store_work;
    size_t api_count, store_count, listener_count;
    struct check_line api[API_CHECK_LINES_MAX];
    struct check_line store[STORE_CHECK_LINES_MAX];
    struct check_line listener[LISTENER_LINES_MAX];

    struct webhook_list remembered; /* by the store */
    struct webhook_list webhooks;   /* that are looked at */
    struct patient *patients;
    size_t patient_count;
    size_t printed; /* of the patients */

    size_t tones[CHECK_BAD + 1];
};

/* --- lines ------------------------------------------------------------------------------ */

static void print(struct doctor *doctor, const char *prefix, const char *text)
{
    doctor->failed = doctor->failed || !command_print(stdout, prefix, text);
}

static void print_json(struct doctor *doctor, const char *endpoint, const struct check_line *line)
{
    struct buffer text;
    buffer_init(&text, LINE_MAX_BYTES);
    buffer_append_string(&text, "{\"kind\":\"check\",\"endpoint\":");
    json_write_string(&text, endpoint);
    buffer_append_string(&text, ",\"what\":");
    json_write_string(&text, line->what);
    buffer_printf(&text, ",\"tone\":\"%s\",\"text\":", check_tone_name(line->tone));
    json_write_string(&text, line->text);
    buffer_append_string(&text, ",\"remedy\":");
    json_write_string(&text, line->remedy[0] != '\0' ? line->remedy : NULL);
    buffer_append_string(&text, "}");
    if (!text.failed)
        doctor->failed = doctor->failed || puts(text.data) < 0 || fflush(stdout) != 0;
    buffer_clear(&text);
}

static void tell(struct doctor *doctor, const char *endpoint, const struct check_line *line)
{
    char prefix[64];
    doctor->tones[line->tone]++;
    if (doctor->options->json) {
        print_json(doctor, endpoint, line);
        return;
    }
    (void)snprintf(prefix, sizeof prefix, "  %-5s %-12s ", check_tone_name(line->tone), line->what);
    print(doctor, prefix, line->text);
    if (line->remedy[0] == '\0')
        return;
    (void)snprintf(prefix, sizeof prefix, "  %-5s %-12s %s ", "", "", doctor->ascii ? "->" : "→");
    print(doctor, prefix, line->remedy);
}

static void tell_all(struct doctor *doctor, const char *endpoint, const struct check_line *lines,
                     size_t count)
{
    for (size_t i = 0; i < count; i++)
        tell(doctor, endpoint, &lines[i]);
}

static void heading(struct doctor *doctor, const char *text)
{
    if (doctor->options->json)
        return;
    print(doctor, "", "");
    print(doctor, "", text);
}

/* --- the end ------------------------------------------------------------------------------ */

static void summarize(struct doctor *doctor)
{
    char text[160];
    const size_t *tones = doctor->tones;
    if (doctor->options->json) {
        (void)snprintf(text, sizeof text, "{\"kind\":\"done\",\"ok\":%zu,\"warn\":%zu,\"bad\":%zu}",
                       tones[CHECK_OK], tones[CHECK_WARN], tones[CHECK_BAD]);
        print(doctor, "", text);
        return;
    }
    if (tones[CHECK_BAD] == 0 && tones[CHECK_WARN] == 0)
        (void)snprintf(text, sizeof text, "All is well.");
    else
        (void)snprintf(text, sizeof text, "%zu bad, %zu to look at, %zu well.", tones[CHECK_BAD],
                       tones[CHECK_WARN], tones[CHECK_OK]);
    heading(doctor, text);
}

static void end(struct doctor *doctor)
{
    if (doctor->client != NULL)
        client_close(doctor->client, NULL, NULL);
    if (doctor->checker != NULL)
        url_checker_close(doctor->checker, NULL, NULL);
    doctor->client = NULL;
    doctor->checker = NULL;
}

static void clear(struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->patient_count; i++) {
        event_list_clear(&doctor->patients[i].upcoming);
        log_list_clear(&doctor->patients[i].logs);
    }
    free(doctor->patients);
    webhook_list_clear(&doctor->webhooks);
    webhook_list_clear(&doctor->remembered);
}

/* --- endpoints ------------------------------------------------------------------------------ */

/* What is not enabled fails nobody yet. */
static void soften(const struct webhook *webhook, struct url_report *report)
{
    for (size_t i = 0; i < report->count && webhook->status != WEBHOOK_ACTIVE; i++)
        if (report->lines[i].tone == CHECK_BAD)
            report->lines[i].tone = CHECK_WARN;
}

static void tell_patient(struct doctor *doctor, struct patient *patient)
{
    const struct webhook *webhook = patient->webhook;
    struct check_line lines[ENDPOINT_CHECK_LINES_MAX];
    char text[LINE_MAX_BYTES];
    (void)snprintf(text, sizeof text, "%s  %s%s", webhook->id,
                   webhook->url != NULL ? webhook->url : "",
                   doctor->from_api ? "" : "  (as the store remembers it)");
    heading(doctor, text);
    size_t count = endpoint_check(webhook, patient->upcoming_known ? &patient->upcoming : NULL,
                                  patient->logs_known ? &patient->logs : NULL,
                                  ambient_wall_ms(&doctor->ambient), lines);
    tell_all(doctor, webhook->id, lines, count);
    soften(webhook, &patient->report);
    tell_all(doctor, webhook->id, patient->report.lines, patient->report.count);
}

/* In their order, each once all of it is known. */
static void tell_patients(struct doctor *doctor)
{
    while (doctor->printed < doctor->patient_count && doctor->patients[doctor->printed].waits == 0)
        tell_patient(doctor, &doctor->patients[doctor->printed++]);
    if (doctor->printed < doctor->patient_count)
        return;
    summarize(doctor);
    end(doctor);
}

static void heard(struct patient *patient)
{
    patient->waits--;
    tell_patients(patient->doctor);
}

static void on_upcoming(struct api_result *result, void *context)
{
    struct patient *patient = context;
    patient->upcoming_known = result->outcome == API_OK;
    if (patient->upcoming_known) {
        patient->upcoming = result->events;
        result->events = (struct event_list){0};
    }
    heard(patient);
}

static void on_logs(struct api_result *result, void *context)
{
    struct patient *patient = context;
    patient->logs_known = result->outcome == API_OK;
    if (patient->logs_known) {
        patient->logs = result->logs;
        result->logs = (struct log_list){0};
    }
    heard(patient);
}

static void on_checked(const struct url_report *report, void *context)
{
    struct patient *patient = context;
    patient->report = *report;
    heard(patient);
}

/* What cannot be begun for want of memory is left out. */
static void examine(struct doctor *doctor, struct patient *patient)
{
    const char *url = patient->webhook->url != NULL ? patient->webhook->url : "";
    struct api_request upcoming = {
        .call = API_UPCOMING_EVENTS, .webhook_id = patient->webhook->id, .attempts = 1};
    struct api_request logs = {.call = API_LOGS, .webhook_id = patient->webhook->id, .attempts = 1};
    bool ask = doctor->client != NULL && doctor->from_api;
    patient->waits +=
        ask && client_call(doctor->client, &upcoming, on_upcoming, NULL, patient) != 0;
    patient->waits += ask && client_call(doctor->client, &logs, on_logs, NULL, patient) != 0;
    patient->waits +=
        doctor->checker != NULL && url_checker_ask(doctor->checker, url, on_checked, patient) != 0;
}

/* What of the list is not looked at, if there is such. */
static void tell_left_out(struct doctor *doctor, size_t count)
{
    const struct webhook_list *webhooks = &doctor->webhooks;
    struct check_line line;
    size_t all = webhooks->count + webhooks->skipped;
    if (count == all)
        return;
    check_say(&line, CHECK_WARN, "endpoints",
              "%zu of %zu are looked at below; %zu could not be read", count, all,
              webhooks->skipped);
    check_mend(&line, "look at the others with e in the dashboard");
    tell(doctor, NULL, &line);
}

static void examine_endpoints(struct doctor *doctor)
{
    struct webhook_list *webhooks = &doctor->webhooks;
    size_t count = webhooks->count < DOCTOR_ENDPOINTS_MAX ? webhooks->count : DOCTOR_ENDPOINTS_MAX;
    doctor->patients = calloc(count + 1, sizeof *doctor->patients);
    if (doctor->patients == NULL)
        count = 0;
    doctor->patient_count = count;
    for (size_t i = 0; i < count; i++) {
        doctor->patients[i] = (struct patient){.doctor = doctor, .webhook = &webhooks->items[i]};
        examine(doctor, &doctor->patients[i]);
    }
    tell_left_out(doctor, count);
    tell_patients(doctor);
}

/* --- this machine ------------------------------------------------------------------------------
 */

static void tell_machine(struct doctor *doctor)
{
    struct check_line lines[TERMINAL_CHECK_LINES_MAX];
    struct terminal_facts facts = terminal_facts();
    tell_all(doctor, NULL, doctor->api, doctor->api_count);
    tell_all(doctor, NULL, doctor->store, doctor->store_count);
    tell_all(doctor, NULL, doctor->listener, doctor->listener_count);
    tell_all(doctor, NULL, lines, terminal_check_lines(&facts, lines));
}

/* One of what this machine is asked has answered; after the last one come the endpoints. */
static void known(struct doctor *doctor)
{
    if (--doctor->waits > 0)
        return;
    tell_machine(doctor);
    if (!doctor->from_api) {
        doctor->webhooks = doctor->remembered;
        doctor->remembered = (struct webhook_list){0};
    }
    examine_endpoints(doctor);
}

static void on_webhooks(struct api_result *result, void *context)
{
    struct doctor *doctor = context;
    doctor->api_count = api_check(result,
                                  doctor->options->api_host[0] != '\0'
                                      ? doctor->options->api_host
                                      : strstr(doctor->options->base_url, "://") + 3,
                                  ambient_wall_ms(&doctor->ambient), doctor->api);
    doctor->from_api = result->outcome == API_OK;
    if (doctor->from_api) {
        doctor->webhooks = result->webhooks;
        result->webhooks = (struct webhook_list){0};
    }
    known(doctor);
}

/* False: there is nothing to wait for. */
static bool ask_api(struct doctor *doctor, const char *api_key)
{
    struct error error = {""};
    struct client_config config = {
        .base_url = doctor->options->base_url,
        .api_key = api_key,
        .read_only = true,
        .ambient = doctor->ambient,
        .timeout_ms = DOCTOR_API_MS,
    };
    struct api_request request = {.call = API_LIST_WEBHOOKS, .attempts = 1};
    if (api_key == NULL) {
        doctor->api_count =
            api_check_without_key(doctor->options->receive.key_file_count, doctor->api);
        return false;
    }
    doctor->client = client_new(&doctor->loop, &config, &error);
    if (doctor->client != NULL &&
        client_call(doctor->client, &request, on_webhooks, NULL, doctor) != 0)
        return true;
    check_say(&doctor->api[0], CHECK_BAD, "API", "%s",
              error.message[0] != '\0' ? error.message : "out of memory");
    check_mend(&doctor->api[0], "correct that");
    doctor->api_count = 1;
    return false;
}

static void store_job(uv_work_t *work)
{
    struct doctor *doctor = work->data;
    const char *path = doctor->options->store_path;
    doctor->store_count = store_check(path, doctor->held, STORE_CHECK_MS, doctor->store);
    struct store *store =
        doctor->store[0].tone == CHECK_OK ? store_open(path, STORE_READ, NULL) : NULL;
    if (store != NULL)
        (void)store_load_webhooks(store, &doctor->remembered, NULL);
    store_close(store);
}

static void store_done(uv_work_t *work, int status)
{
    (void)status; /* it is never cancelled */
    known(work->data);
}

/* --- the listener ------------------------------------------------------------------------------
 */

static void say_certificate(struct doctor *doctor)
{
    const struct receive_options *receive = &doctor->options->receive;
    struct check_line *line = &doctor->listener[doctor->listener_count];
    struct error error;
    int64_t now_ms = ambient_wall_ms(&doctor->ambient);
    if (receive->tls_certificate == NULL)
        return;
    doctor->listener_count++;
    struct tls *tls = tls_load(receive->tls_certificate, receive->tls_key, now_ms, &error);
    if (tls == NULL) {
        check_say(line, CHECK_BAD, "certificate", "%s", error.message);
        check_mend(line, "give --tls-cert and --tls-key files that fit and are valid");
        return;
    }
    int days = tls_days_left(tls, now_ms);
    bool soon = days < URL_CHECK_WARN_DAYS;
    check_say(line, soon ? CHECK_WARN : CHECK_OK, "certificate", "for %.150s, %d day%s left",
              tls_names(tls), days, days == 1 ? "" : "s");
    if (soon)
        check_mend(line, "renew it: the new files are read by themselves");
    tls_unref(tls);
}

static bool is_local(const char *address)
{
    return strcmp(address, "localhost") == 0 || strncmp(address, "127.", 4) == 0 ||
           strcmp(address, "::1") == 0;
}

static void say_free(struct doctor *doctor, struct check_line *line)
{
    const struct options *options = doctor->options;
    bool exposed = options->receive.tls_certificate == NULL && !is_local(options->listen_address);
    check_say(line, exposed ? CHECK_WARN : CHECK_OK, "listener", "%s, port %u: free%s",
              options->listen_address, (unsigned)options->listen_port,
              exposed ? ", but other machines reach it, and without TLS" : "");
    if (exposed)
        check_mend(line, "give --tls-cert and --tls-key, or a proxy before 127.0.0.1");
}

static void on_neighbour(const struct url_report *report, void *context)
{
    struct doctor *doctor = context;
    struct check_line *line = &doctor->listener[0];
    if (report->bridgetop) {
        check_say(line, CHECK_BAD, "listener", "%s, port %u: a bridgetop with another store has it",
                  doctor->options->listen_address, (unsigned)doctor->options->listen_port);
        check_mend(line, "end that one, name its store with --db, or choose another --listen port");
    }
    known(doctor);
}

/* Whose it is: asked over the address that it would be. False where that cannot be asked. */
static bool ask_neighbour(struct doctor *doctor)
{
    const struct options *options = doctor->options;
    const char *host = options->listen_address;
    char url[128];
    bool any = strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
    host = !any ? host : host[0] == ':' ? "::1" : "127.0.0.1";
    (void)snprintf(url, sizeof url, strchr(host, ':') != NULL ? "http://[%s]:%u/" : "http://%s:%u/",
                   host, (unsigned)options->listen_port);
    return doctor->checker != NULL &&
           url_checker_ask(doctor->checker, url, on_neighbour, doctor) != 0;
}

/* Whether an answer is to be waited for. */
static bool look_at_listener(struct doctor *doctor, const struct receiver_holder *holder)
{
    const struct options *options = doctor->options;
    struct check_line *line = &doctor->listener[doctor->listener_count++];
    struct error error;
    struct listener_config config = {.address = options->listen_address,
                                     .port = options->listen_port,
                                     .ambient = doctor->ambient};
    if (doctor->held) {
        check_say(line, CHECK_OK, "listener", "%s%s (pid %d) receives for this store%s%s",
                  holder->kind == RECEIVER_LISTEN ? "bridgetop " : "a ",
                  receiver_kind_name(holder->kind), (int)holder->pid,
                  holder->address[0] != '\0' ? " at " : "", holder->address);
        return false;
    }
    if (!options->listen) {
        check_say(line, CHECK_OK, "listener", "none is wanted (--listen none)");
        return false;
    }
    struct listener *listener = listener_new(&doctor->loop, &config, &error);
    if (listener != NULL) {
        listener_close(listener, NULL, NULL);
        say_free(doctor, line);
        return false;
    }
    check_say(line, CHECK_BAD, "listener", "%s", error.message);
    check_mend(line, "end what has it (ss -ltnp shows it), or choose another with --listen");
    return ask_neighbour(doctor);
}

/* --- all of it ------------------------------------------------------------------------------ */

static const char *environment_word(const struct options *options)
{
    switch (options->environment) {
    case ENVIRONMENT_PRODUCTION:
        return "PRODUCTION";
    case ENVIRONMENT_SANDBOX:
        return "SANDBOX";
    default:
        return options->api_host;
    }
}

static void start(struct doctor *doctor, const char *api_key)
{
    struct receiver_holder holder = {0};
    struct error error;
    char text[192];
    (void)snprintf(text, sizeof text, "bridgetop doctor, %s", environment_word(doctor->options));
    if (!doctor->options->json)
        print(doctor, "", text);
    doctor->checker = url_checker_new(&doctor->loop, &doctor->ambient, &error);
    doctor->held =
        receiver_lock_look(doctor->options->store_path, &holder) == RECEIVER_LOCK_IS_HELD;
    doctor->waits = 1; /* the store's, until it has begun */
    doctor->waits += ask_api(doctor, api_key);
    doctor->waits += look_at_listener(doctor, &holder);
    if (doctor->options->listen && !doctor->held)
        say_certificate(doctor);
    doctor->store_work.data = doctor;
    if (uv_queue_work(&doctor->loop, &doctor->store_work, store_job, store_done) != 0)
        known(doctor);
}

static int examine_all(const struct options *options, const char *api_key)
{
    struct doctor doctor = {
        .options = options, .ambient = ambient_system(), .ascii = command_is_ascii()};
    if (uv_loop_init(&doctor.loop) != 0) {
        command_complain("doctor", "out of memory");
        return DOCTOR_EXIT_USAGE;
    }
    start(&doctor, api_key);
    (void)uv_run(&doctor.loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&doctor.loop);
    clear(&doctor);
    if (doctor.failed)
        return DOCTOR_EXIT_USAGE;
    return doctor.tones[CHECK_BAD] > 0 ? DOCTOR_EXIT_BAD : DOCTOR_EXIT_WELL;
}

int cmd_doctor(int argc, char **argv, const struct options_environment *environment)
{
    struct options options;
    struct error error = {""};
    int code = DOCTOR_EXIT_WELL;
    if (!options_parse_doctor(&options, argc, argv, environment, &error)) {
        command_complain_of_usage("doctor", error.message);
        return DOCTOR_EXIT_USAGE;
    }
    if (options.help)
        code = fputs(OPTIONS_DOCTOR_HELP, stdout) >= 0 && fflush(stdout) == 0 ? DOCTOR_EXIT_WELL
                                                                              : DOCTOR_EXIT_USAGE;
    else if (options.version)
        (void)puts("bridgetop " BRIDGETOP_VERSION);
    else
        code = examine_all(&options, environment->api_key);
    options_clear(&options);
    return code;
}
