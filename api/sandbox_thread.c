#include "api/sandbox.h"
#include "api/thread_signals.h"

#include <pthread.h>
#include <stdlib.h>

struct sandbox_thread {
    uv_thread_t thread;
    uv_sem_t started;
    uv_async_t stop;
    uv_loop_t loop;
    const struct sandbox_config *config; /* the caller's, until `started` */
    struct sandbox *sandbox;
    struct error error;
    uint16_t port;
};

static void on_stop(uv_async_t *async)
{
    struct sandbox_thread *thread = async->data;
    uv_close((uv_handle_t *)async, NULL);
    sandbox_close(thread->sandbox, NULL, NULL);
}

static void run(void *argument)
{
    struct sandbox_thread *thread = argument;
    thread->sandbox = sandbox_new(&thread->loop, thread->config, &thread->error);
    if (thread->sandbox == NULL)
        uv_close((uv_handle_t *)&thread->stop, NULL);
    else
        thread->port = sandbox_port(thread->sandbox);
    thread->config = NULL;
    bool runs = thread->sandbox != NULL;
    if (runs)
        uv_sem_post(&thread->started);
    (void)uv_run(&thread->loop, UV_RUN_DEFAULT);
    if (!runs)
        uv_sem_post(&thread->started);
}

/* The new thread is born with them blocked: none can come before it has got to that itself. */
static int start_without_signals(struct sandbox_thread *thread)
{
    sigset_t before;
    thread_signals_block(&before);
    int status = uv_thread_create(&thread->thread, run, thread);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

static void free_thread(struct sandbox_thread *thread)
{
    uv_sem_destroy(&thread->started);
    (void)uv_loop_close(&thread->loop);
    free(thread);
}

static bool prepare(struct sandbox_thread *thread, struct error *error)
{
    int status = uv_loop_init(&thread->loop);
    if (status != 0)
        return error_set(error, "cannot start the sandbox: %s", uv_strerror(status));
    status = uv_sem_init(&thread->started, 0);
    if (status == 0) {
        status = uv_async_init(&thread->loop, &thread->stop, on_stop);
        if (status == 0)
            return true;
        uv_sem_destroy(&thread->started);
    }
    (void)uv_loop_close(&thread->loop);
    return error_set(error, "cannot start the sandbox: %s", uv_strerror(status));
}

struct sandbox_thread *sandbox_thread_start(const struct sandbox_config *config,
                                            struct error *error)
{
    struct sandbox_thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL || !prepare(thread, error)) {
        if (thread == NULL)
            error_set(error, "out of memory");
        free(thread);
        return NULL;
    }
    thread->stop.data = thread;
    thread->config = config;
    int status = start_without_signals(thread);
    if (status != 0) {
        error_set(error, "cannot start the sandbox: %s", uv_strerror(status));
        uv_close((uv_handle_t *)&thread->stop, NULL);
        (void)uv_run(&thread->loop, UV_RUN_DEFAULT);
        free_thread(thread);
        return NULL;
    }
    uv_sem_wait(&thread->started);
    if (thread->sandbox != NULL)
        return thread;
    (void)uv_thread_join(&thread->thread);
    if (error != NULL)
        *error = thread->error;
    free_thread(thread);
    return NULL;
}

uint16_t sandbox_thread_port(const struct sandbox_thread *thread)
{
    return thread->port;
}

void sandbox_thread_stop(struct sandbox_thread *thread)
{
    if (thread == NULL)
        return;
    (void)uv_async_send(&thread->stop);
    (void)uv_thread_join(&thread->thread);
    free_thread(thread);
}
