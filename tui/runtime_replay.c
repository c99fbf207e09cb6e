/* Replays: queued by the receiver where it is in this program; else in the store, for the process
   that receives. And the key for those that are signed anew. */
#include "api/receiver_forward.h"
#include "api/signing_file.h"
#include "api/store.h"
#include "tui/runtime_private.h"

#include <stdlib.h>
#include <string.h>

struct replay_job {
    uv_work_t work;
    struct runtime *runtime;
    int64_t ids[SEND_QUEUE_MAX];
    size_t count;
    enum forward_kind kind;
    int64_t now_ms;
    uint64_t random;
    size_t queued;
    char key[SIGNATURE_PEM_MAX + 1]; /* "" : it could not be read or made */
    struct error error;              /* "": none */
};

static void tell_queued(struct runtime *runtime, size_t queued, const char *error)
{
    if (!runtime->quitting)
        runtime_post(runtime,
                     &(struct message){.kind = MESSAGE_REPLAYED, .count = queued, .error = error});
}

static struct replay_job *job_new(struct runtime *runtime)
{
    struct replay_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return NULL;
    job->work.data = job;
    job->runtime = runtime;
    job->now_ms = ambient_wall_ms(&runtime->ambient);
    job->random = ambient_random_u64(&runtime->ambient);
    return job;
}

/* --- queueing ------------------------------------------------------------------------ */

static void on_queued(size_t queued, const char *error, void *context)
{
    tell_queued(context, queued, error);
}

static bool queue_all(struct replay_job *job, struct store *store)
{
    for (size_t i = 0; i < job->count; i++) {
        int64_t id;
        if (!store_queue_replay(store, job->ids[i], job->kind, job->now_ms, &id, &job->error))
            return false;
        job->queued += id != 0;
    }
    return true;
}

static void queue_work(uv_work_t *work)
{
    struct replay_job *job = work->data;
    struct store *store = store_open(job->runtime->store_path, STORE_WRITE, &job->error);
    bool done = store != NULL && store_begin(store, &job->error);
    if (done && !(queue_all(job, store) && store_commit(store, &job->error))) {
        store_rollback(store);
        done = false;
    }
    store_close(store);
    if (done)
        receiver_forward_call(job->runtime->store_path);
}

static void queue_done(uv_work_t *work, int status)
{
    struct replay_job *job = work->data;
    if (status == 0)
        tell_queued(job->runtime, job->queued,
                    job->error.message[0] != '\0' ? job->error.message : NULL);
    free(job);
}

void runtime_replay(struct runtime *runtime)
{
    const struct replay_state *replay = &runtime->app->replay;
    if (runtime->receiver != NULL) {
        if (!receiver_replay(runtime->receiver, replay->ids, replay->count, replay->kind, on_queued,
                             runtime))
            tell_queued(runtime, 0, "as many as may be wait to be replayed");
        return;
    }
    struct replay_job *job = job_new(runtime);
    if (job != NULL) {
        memcpy(job->ids, replay->ids, sizeof job->ids);
        job->count = replay->count;
        job->kind = replay->kind;
    }
    if (job == NULL || uv_queue_work(&runtime->loop, &job->work, queue_work, queue_done) != 0) {
        free(job);
        tell_queued(runtime, 0, "out of memory");
    }
}

/* --- the key -------------------------------------------------------------------------- */

static void key_work(uv_work_t *work)
{
    struct replay_job *job = work->data;
    char path[OPTIONS_PATH_MAX + 24];
    if (!forward_key_path(job->runtime->store_path, path, sizeof path))
        return;
    struct signing_key *key = signing_file_read_or_make(path, job->random, &job->error);
    const char *pem = key != NULL ? signing_key_public_pem(key) : "";
    if (strlen(pem) < sizeof job->key)
        memcpy(job->key, pem, strlen(pem) + 1);
    signing_key_free(key);
}

static void key_done(uv_work_t *work, int status)
{
    struct replay_job *job = work->data;
    if (status == 0 && !job->runtime->quitting)
        runtime_post(job->runtime, &(struct message){.kind = MESSAGE_REPLAY_KEY,
                                                     .text = job->key[0] != '\0' ? job->key : NULL,
                                                     .error = job->error.message});
    free(job);
}

void runtime_replay_key(struct runtime *runtime)
{
    struct replay_job *job = job_new(runtime);
    if (job != NULL && uv_queue_work(&runtime->loop, &job->work, key_work, key_done) == 0)
        return;
    free(job);
    runtime_post(runtime, &(struct message){.kind = MESSAGE_REPLAY_KEY, .error = "out of memory"});
}
