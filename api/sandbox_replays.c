#include "api/sandbox_replays.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_BYTES = 32 };

struct replay {
    char *key; /* NULL: unused */
    unsigned char digest[DIGEST_BYTES];
    int status;
    char *body;
    size_t length;
};

struct sandbox_replays {
    struct replay items[SANDBOX_REPLAYS_MAX]; /* a ring */
    size_t total;
};

struct sandbox_replays *sandbox_replays_new(void)
{
    return calloc(1, sizeof(struct sandbox_replays));
}

static void clear_replay(struct replay *replay)
{
    free(replay->key);
    free(replay->body);
    *replay = (struct replay){0};
}

void sandbox_replays_free(struct sandbox_replays *replays)
{
    if (replays == NULL)
        return;
    for (size_t i = 0; i < SANDBOX_REPLAYS_MAX; i++)
        clear_replay(&replays->items[i]);
    free(replays);
}

/* What was asked: method, target and body, each ended so that none runs into the next. */
static bool digest_request(const struct sandbox_request *request,
                           unsigned char digest[DIGEST_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(context, request->method, strlen(request->method) + 1) == 1 &&
                EVP_DigestUpdate(context, request->target, strlen(request->target) + 1) == 1 &&
                EVP_DigestUpdate(context, request->body, request->body_length) == 1 &&
                EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    return done;
}

static const struct replay *find_key(const struct sandbox_replays *replays, const char *key)
{
    for (size_t i = 0; i < SANDBOX_REPLAYS_MAX && replays->items[i].key != NULL; i++)
        if (strcmp(replays->items[i].key, key) == 0)
            return &replays->items[i];
    return NULL;
}

enum sandbox_replay sandbox_replays_find(const struct sandbox_replays *replays,
                                         const struct sandbox_request *request,
                                         struct sandbox_answer *answer)
{
    unsigned char digest[DIGEST_BYTES];
    const struct replay *replay = find_key(replays, request->idempotency_key);
    if (replay == NULL)
        return SANDBOX_REPLAY_NONE;
    if (!digest_request(request, digest) || memcmp(digest, replay->digest, sizeof digest) != 0)
        return SANDBOX_REPLAY_OTHER;
    sandbox_answer_clear(answer);
    answer->status = replay->status;
    buffer_append(&answer->body, replay->body, replay->length);
    return SANDBOX_REPLAY_SAME;
}

void sandbox_replays_add(struct sandbox_replays *replays, const struct sandbox_request *request,
                         const struct sandbox_answer *answer)
{
    struct replay added = {
        .key = strdup(request->idempotency_key),
        .status = answer->status,
        .body = malloc(answer->body.length + 1),
        .length = answer->body.length,
    };
    if (added.key == NULL || added.body == NULL || !digest_request(request, added.digest)) {
        clear_replay(&added);
        return;
    }
    if (added.length > 0)
        memcpy(added.body, answer->body.data, added.length);
    struct replay *slot = &replays->items[replays->total++ % SANDBOX_REPLAYS_MAX];
    clear_replay(slot);
    *slot = added;
}
