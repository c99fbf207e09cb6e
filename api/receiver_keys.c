#include "api/keyring.h"
#include "api/receiver_private.h"
#include "api/store.h"

#include <stdio.h>
#include <stdlib.h>

/* --- keys ------------------------------------------------------------------------- */

static void add_webhook_key(struct receiver *receiver, struct keyring *keyring,
                            const struct webhook *webhook)
{
    struct error error;
    char line[ERROR_MAX + 64];
    if (webhook->public_key == NULL ||
        keyring_add(keyring, webhook->id, webhook->url, webhook->public_key, &error))
        return;
    (void)snprintf(line, sizeof line, "the key of %s cannot be used: %s", webhook->id,
                   error.message);
    receiver_say(receiver, RECEIVER_WARNS, line);
}

/* Without memory the keys stay as they are. */
static void use_keys(struct receiver *receiver)
{
    struct keyring *keyring = keyring_new();
    struct error error;
    if (keyring == NULL)
        return;
    for (size_t i = 0; i < receiver->files.pem_count; i++)
        if (!keyring_add(keyring, NULL, NULL, receiver->files.pems[i], &error))
            receiver_say(receiver, RECEIVER_WARNS, error.message);
    for (size_t i = 0; i < receiver->webhooks.count; i++)
        add_webhook_key(receiver, keyring, &receiver->webhooks.items[i]);
    receiver->key_count = keyring_count(keyring);
    inbox_set_keys(receiver->inbox, keyring);
    keyring_unref(keyring);
}

bool receiver_take_webhooks(struct receiver *receiver, const struct webhook_list *list)
{
    uint64_t now = webhook_list_digest(list);
    struct webhook_list copy;
    if (now == receiver->webhooks_digest || !webhook_list_copy(&copy, list))
        return false;
    webhook_list_clear(&receiver->webhooks);
    receiver->webhooks = copy;
    receiver->webhooks_digest = now;
    use_keys(receiver);
    return true;
}

/* After an action of ours lists are compared again until one was asked for when it was over. */
void receiver_set_webhooks(struct receiver *receiver, const struct webhook_list *list,
                           const struct list_times *times)
{
    bool again = receiver->noted_ms != 0;
    if (times == NULL || times->asked_ms > receiver->noted_ms)
        receiver->noted_ms = 0;
    if (receiver_take_webhooks(receiver, list) || receiver->storing_fails || again)
        inbox_remember_webhooks(receiver->inbox, list, times);
}

void receiver_note(struct receiver *receiver, const struct activity_note *note)
{
    const struct activity *activity = &note->activity;
    int64_t now_ms = activity->ended_ms != 0 ? activity->ended_ms : activity->at_ms;
    if (activity->fields != 0 && now_ms > receiver->noted_ms)
        receiver->noted_ms = now_ms;
    inbox_note(receiver->inbox, note);
}

size_t receiver_key_count(const struct receiver *receiver)
{
    return receiver->key_count;
}

/* --- jobs: files and endpoints are read where they may block ---------------------- */

enum job_kind { READ_FILES, READ_WEBHOOKS, LOOK_AT_FILES };

struct job {
    struct receiver *receiver;
    enum job_kind kind;
    struct receiver_files files;
    struct webhook_list webhooks;
    bool loaded;
    uint64_t digest;
};

static void reload(struct receiver *receiver);

static void do_job(uv_work_t *work)
{
    struct job *job = work->data;
    const struct receiver_config *config = &job->receiver->config;
    job->digest = receiver_files_digest(config);
    if (job->kind == READ_FILES)
        receiver_files_read(&job->files, config);
    if (job->kind != READ_WEBHOOKS)
        return;
    struct store *store = store_open(config->store_path, STORE_READ, NULL);
    job->loaded = store != NULL && store_load_webhooks(store, &job->webhooks, NULL);
    store_close(store);
}

static void tell_certificate(struct receiver *receiver, const struct tls *tls)
{
    char line[ERROR_MAX + TLS_NAMES_MAX];
    int days = tls_days_left(tls, ambient_wall_ms(&receiver->config.ambient));
    (void)snprintf(line, sizeof line, "the certificate was read anew: %s, %d day%s left",
                   tls_names(tls), days, days == 1 ? "" : "s");
    receiver_say(receiver, RECEIVER_SAYS, line);
    receiver->warned_days = RECEIVER_TLS_WARN_DAYS;
}

static void take_certificate(struct receiver *receiver, struct receiver_files *read)
{
    char line[2 * ERROR_MAX];
    if (receiver->config.tls_certificate == NULL)
        return;
    if (read->tls == NULL) {
        (void)snprintf(line, sizeof line, "%s; the certificate stays as it was",
                       read->tls_error.message);
        receiver_say(receiver, RECEIVER_WARNS, line);
        return;
    }
    struct tls *before = receiver->files.tls;
    receiver->files.tls = read->tls;
    read->tls = before;
    listener_set_tls(receiver->listener, receiver->files.tls);
    tell_certificate(receiver, receiver->files.tls);
}

static void take_key_files(struct receiver *receiver, struct receiver_files *read)
{
    char line[2 * ERROR_MAX];
    if (!read->keys_ok) {
        (void)snprintf(line, sizeof line, "%s; the keys stay as they were",
                       read->key_error.message);
        receiver_say(receiver, RECEIVER_WARNS, line);
        return;
    }
    for (size_t i = 0; i < read->pem_count; i++) {
        char *before = receiver->files.pems[i];
        receiver->files.pems[i] = read->pems[i];
        read->pems[i] = before;
    }
    use_keys(receiver);
    if (read->pem_count > 0)
        receiver_say(receiver, RECEIVER_SAYS, "the public keys were read anew");
}

static void warn_of_certificate(struct receiver *receiver)
{
    int days;
    char line[128];
    if (!receiver_tls_days(receiver, &days) || days >= receiver->warned_days)
        return;
    receiver->warned_days = days;
    if (days < 0)
        (void)snprintf(line, sizeof line, "the certificate is not valid any more");
    else
        (void)snprintf(line, sizeof line, "the certificate is valid for %d more day%s", days,
                       days == 1 ? "" : "s");
    receiver_say(receiver, RECEIVER_WARNS, line);
}

static void on_look(uv_timer_t *timer);

static void look_again(struct receiver *receiver, uint64_t ms)
{
    if (!receiver->closing)
        uv_timer_start(&receiver->look, on_look, ms, 0);
}

/* Changed files are read once they are the same twice in a row. */
static void looked(struct receiver *receiver, uint64_t now)
{
    warn_of_certificate(receiver);
    if (now == receiver->files_seen) {
        receiver->files_new = 0;
        look_again(receiver, RECEIVER_FILES_LOOK_MS);
    } else if (now != receiver->files_new) {
        receiver->files_new = now;
        look_again(receiver, RECEIVER_FILES_SETTLE_MS);
    } else {
        reload(receiver);
    }
}

static void files_read(struct receiver *receiver, struct job *job)
{
    take_certificate(receiver, &job->files);
    take_key_files(receiver, &job->files);
    receiver->files_seen = job->digest;
    receiver->files_new = 0;
    look_again(receiver, RECEIVER_FILES_LOOK_MS);
    if (receiver->reload_wanted || receiver->reloaded == NULL)
        return;
    receiver->reloaded(receiver->config.context);
    receiver->reloaded = NULL;
}

static void job_done(uv_work_t *work, int status)
{
    struct job *job = work->data;
    struct receiver *receiver = job->receiver;
    bool closing = receiver->closing; /* then it may be gone below */
    receiver->working = false;
    if (closing) {
        receiver_end_if_idle(receiver);
    } else if (status != 0) {
        look_again(receiver, RECEIVER_FILES_LOOK_MS);
    } else if (job->kind == READ_FILES) {
        files_read(receiver, job);
    } else if (job->kind == LOOK_AT_FILES) {
        looked(receiver, job->digest);
    } else if (job->loaded && receiver_take_webhooks(receiver, &job->webhooks)) {
        receiver_say(receiver, RECEIVER_SAYS, "the endpoints' keys were read anew from the store");
    }
    if (!closing && !receiver->working && receiver->reload_wanted)
        reload(receiver);
    receiver_files_clear(&job->files);
    webhook_list_clear(&job->webhooks);
    free(job);
}

static bool begin_job(struct receiver *receiver, enum job_kind kind)
{
    struct job *job = receiver->working ? NULL : calloc(1, sizeof *job);
    if (job == NULL)
        return false;
    *job = (struct job){.receiver = receiver, .kind = kind};
    receiver->work.data = job;
    receiver->working = uv_queue_work(receiver->loop, &receiver->work, do_job, job_done) == 0;
    if (!receiver->working)
        free(job);
    return receiver->working;
}

static void reload(struct receiver *receiver)
{
    receiver->reload_wanted = !begin_job(receiver, READ_FILES);
    if (receiver->reload_wanted && !receiver->working) /* else it is begun after that job */
        look_again(receiver, RECEIVER_FILES_SETTLE_MS);
}

static void on_look(uv_timer_t *timer)
{
    struct receiver *receiver = timer->data;
    if (receiver->reload_wanted)
        reload(receiver);
    else if (!begin_job(receiver, LOOK_AT_FILES))
        look_again(receiver, RECEIVER_FILES_SETTLE_MS);
}

void receiver_reload(struct receiver *receiver, void (*done)(void *context))
{
    receiver->reloaded = done;
    reload(receiver);
}

void receiver_watch_files(struct receiver *receiver)
{
    const struct receiver_config *config = &receiver->config;
    if (config->tls_certificate != NULL || config->key_file_count > 0)
        look_again(receiver, RECEIVER_FILES_LOOK_MS);
    warn_of_certificate(receiver);
}

/* A new endpoint's first delivery finds its key by this when it comes again. */
void receiver_look_for_keys(struct receiver *receiver)
{
    uint64_t now_us = ambient_steady_us(&receiver->config.ambient);
    bool lately = receiver->keys_looked_us != 0 &&
                  now_us - receiver->keys_looked_us < (uint64_t)RECEIVER_KEYS_LOOK_MS * 1000;
    if (!receiver->closing && !lately && begin_job(receiver, READ_WEBHOOKS))
        receiver->keys_looked_us = now_us;
}
