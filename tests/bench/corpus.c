#include "tests/bench/corpus.h"

#include "api/sandbox_stories.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_MAX = 8192, THREADS_MAX = 16 };

struct corpus {
    char *bytes; /* requests, REQUEST_MAX apart: pages that stay untouched cost nothing */
    size_t *lengths;
    size_t count;
};

/* One thread's share: every `step`th, from `first`. */
struct share {
    struct corpus *corpus;
    const struct sender *sender;
    const char *path;
    struct sandbox_event *events;
    size_t first, step;
    bool failed;
};

static char *place(const struct corpus *corpus, size_t index)
{
    return corpus->bytes + index * REQUEST_MAX;
}

static bool make_request(const struct share *share, size_t index)
{
    struct sandbox_event *event = &share->events[index];
    char *signature =
        sender_sign(share->sender, SENDER_GENUINE, event->created_ms, event->json, event->length);
    int total = -1;
    if (signature != NULL)
        total = snprintf(place(share->corpus, index), REQUEST_MAX,
                         "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                         "User-Agent: bench\r\nX-Webhook-Signature: %s\r\n"
                         "Content-Length: %zu\r\n\r\n%s",
                         share->path, signature, event->length, event->json);
    free(signature);
    sandbox_event_clear(event);
    bool made = total > 0 && total < REQUEST_MAX;
    share->corpus->lengths[index] = made ? (size_t)total : 0;
    return made;
}

static void *make_share(void *context)
{
    struct share *share = context;
    for (size_t i = share->first; i < share->corpus->count; i += share->step)
        if (!make_request(share, i))
            share->failed = true;
    return NULL;
}

static bool make_all(struct corpus *corpus, const struct share *pattern)
{
    pthread_t threads[THREADS_MAX];
    struct share shares[THREADS_MAX];
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (size_t)cores, started = 0;
    bool made = true;
    for (size_t i = 0; i < wanted; i++) {
        shares[i] = *pattern;
        shares[i].corpus = corpus;
        shares[i].first = i;
        shares[i].step = wanted;
        if (i + 1 == wanted)
            (void)make_share(&shares[i]);
        else if (pthread_create(&threads[started], NULL, make_share, &shares[i]) == 0)
            started++;
        else
            (void)make_share(&shares[i]);
    }
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    for (size_t i = 0; i < wanted; i++)
        made = made && !shares[i].failed;
    return made;
}

static bool tell_stories(struct sandbox_event *events, size_t count, uint64_t seed)
{
    struct sandbox_stories *stories = sandbox_stories_new(seed);
    bool told = stories != NULL;
    int64_t now_ms = (int64_t)time(NULL) * 1000;
    for (size_t i = 0; told && i < count; i++)
        told = sandbox_stories_next(stories, NULL, (int64_t)i + 1, now_ms, &events[i]);
    sandbox_stories_free(stories);
    return told;
}

struct corpus *corpus_new(const struct sender *sender, const char *path, size_t count,
                          uint64_t seed, struct error *error)
{
    struct corpus *corpus = calloc(1, sizeof *corpus);
    struct sandbox_event *events = calloc(count, sizeof *events);
    bool made = false;
    if (corpus == NULL || events == NULL)
        goto out;
    corpus->count = count;
    corpus->lengths = calloc(count, sizeof *corpus->lengths);
    void *bytes = mmap(NULL, count * REQUEST_MAX, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    corpus->bytes = bytes != MAP_FAILED ? bytes : NULL;
    if (corpus->bytes == NULL || corpus->lengths == NULL)
        goto out;
    struct share pattern = {.sender = sender, .path = path, .events = events};
    made = tell_stories(events, count, seed) && make_all(corpus, &pattern);
out:
    for (size_t i = 0; events != NULL && i < count; i++)
        sandbox_event_clear(&events[i]);
    free(events);
    if (made)
        return corpus;
    corpus_free(corpus);
    (void)error_set(error, "cannot make the events to send: out of memory");
    return NULL;
}

void corpus_free(struct corpus *corpus)
{
    if (corpus == NULL)
        return;
    if (corpus->bytes != NULL)
        (void)munmap(corpus->bytes, corpus->count * REQUEST_MAX);
    free(corpus->lengths);
    free(corpus);
}

size_t corpus_count(const struct corpus *corpus)
{
    return corpus->count;
}

const char *corpus_request(const struct corpus *corpus, size_t index, size_t *length)
{
    *length = corpus->lengths[index];
    return place(corpus, index);
}
