/*
 * A listener, an inbox and a store on the test's own loop, senders on threads of their own, and a
 * gate at which the inbox's second thread can be made to wait.
 *
 * The clock stands at NOW_MS. Signatures are made by the vendor's documentation, not by the
 * product's own code.
 */
#ifndef BRIDGETOP_TESTS_UNIT_INBOX_DRIVER_H
#define BRIDGETOP_TESTS_UNIT_INBOX_DRIVER_H

#include "api/inbox.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

enum {
    LIMIT_MS = 30 * 1000, /* no state is waited for longer than this */
    SEEN_MAX = 16384,
    ANSWERED_MAX = 512,
    ANSWER_MAX = 4096,
    MEBIBYTE = 1 << 20,
};

#define NOW_MS INT64_C(1700000000000)

/* An event, as a body. */
#define EVENT                                                                                      \
    "{\"api_version\":\"v0\",\"event_id\":\"wh_1\",\"event_category\":\"transfer\","               \
    "\"event_type\":\"transfer.created\"}"

/* --- keys and signatures ------------------------------------------------------ */

struct signer {
    EVP_PKEY *key;
    char *pem; /* the public half */
};

struct signer signer_new(void); /* with a fresh key */
void signer_free(struct signer *signer);

/* "t=…,v0=…"; with one hash where `single`, as many handlers wrongly expect it. */
char *signer_sign(const struct signer *signer, int64_t t_ms, const char *body, size_t length,
                  bool single);

/* --- the house ----------------------------------------------------------------- */

/* What the inbox told of an arrival; absent ids are "". */
struct seen {
    int64_t id;
    enum verdict verdict;
    int status;
    int64_t answer_us;
    int64_t attempts;
    enum forward_state forwarded;
    struct inbox_answer answer;
    char webhook_id[64];
    char newest_webhook_id[64];
    char event_id[64];
};

struct house {
    char directory[64];
    char path[128];
    uv_loop_t loop;
    uv_timer_t tick;
    struct listener *listener;
    struct inbox *inbox;
    size_t handled;
    struct seen seen[SEEN_MAX];
    size_t seen_count;
    struct answered {
        int64_t id;
        struct inbox_answer answer;
    } answered[ANSWERED_MAX]; /* later than they were seen */
    size_t answered_count;
    void (*seeing)(void);     /* at the end of each that is seen; NULL: nothing */
    struct store_keep keep;   /* of inboxes that are made from now on */
    enum inbox_queues queues; /* likewise */
    bool (*ask)(int64_t forward_id, struct inbox_item *item, void *context); /* likewise */
    size_t queued;            /* batches of which some were queued for an application */
    struct inbox_stored left; /* as told when rows were deleted */
    size_t removals;
    size_t notices;
    char notice[ERROR_MAX];
    size_t troubles;
    size_t recoveries;
    char trouble[ERROR_MAX];
    bool inbox_closed;
    bool listener_closed;
    struct signer signer;
};

extern struct house house;

void house_set_up(void); /* open, and wep_1 at /hooks/one has house.signer's key */
void house_tear_down(void);
void house_open(void); /* on the store that is there */
void house_close(void);
struct inbox *house_new_inbox(const char *path, struct error *error);
void house_mark(void *context); /* sets a bool: for the callbacks of closing */

void house_turn(void);
uint64_t house_steady_ms(void);

/* Runs the loop until it holds. Fails the test after LIMIT_MS. */
#define RUN_UNTIL(condition)                                                                       \
    do {                                                                                           \
        uint64_t limit = house_steady_ms() + LIMIT_MS;                                             \
        while (!(condition)) {                                                                     \
            house_turn();                                                                          \
            cr_assert(house_steady_ms() < limit, "waited too long for: " #condition);              \
        }                                                                                          \
    } while (0)

void house_set_key(const char *webhook_id, const char *url); /* house.signer's, alone */
void house_remember(const char *id, const char *url, const char *key);

/* What comes between these is verified, and waits to be stored. */
void house_hold_thread(void);
void house_await_verdicts(void);
void house_release_thread(void);    /* once it has all that was queued to write it in one batch */
sigset_t house_thread_blocks(void); /* signals, when the thread wrote endpoints last */

const struct seen *house_last_seen(void);
struct delivery house_load(int64_t id);     /* from the store, by a connection of its own */
int64_t house_count_rows(const char *path); /* likewise; from any thread */
char *house_event(size_t number);           /* an event of its own, as a body, to be freed */
char *house_noise(size_t length);           /* bytes of all values, to be freed */
int house_connect(uint16_t port);           /* a blocking socket */

/* Sends a genuine delivery on a connection of its own, and reads no answer: the caller closes it.
 */
int house_send_genuine(void);

/* --- senders ------------------------------------------------------------------- */

struct caller {
    pthread_t thread;
    uint16_t port;
    char *request;
    size_t length;
    char answer[ANSWER_MAX]; /* as it came, NUL-terminated */
    size_t answer_length;
    bool look;                  /* whether to count the store's rows */
    int64_t rows_when_answered; /* when the first bytes of the answer had come */
    atomic_bool done;
};

/* One request on a connection of its own. `headers` are whole lines. */
struct caller *caller_start(const char *method, const char *target, const char *headers,
                            const char *body, size_t length, bool look);
struct caller *caller_start_genuine(const char *target, const char *body, size_t length);
struct caller *caller_start_event(size_t number); /* house_event(), to /hooks/one */
void caller_finish(struct caller *caller);        /* runs the loop until it has its answer */
int caller_finish_status(struct caller *caller);  /* frees it, too */
void caller_free(struct caller *caller);
int caller_status(const struct caller *caller); /* 0: no answer */
bool caller_answer_has(const struct caller *caller, const char *text);

char *caller_signature_line(const char *value); /* a header line, to be freed */

/* From start to free. */
int caller_post_genuine(const char *target, const char *body);
int caller_post_with(const char *headers, const char *body); /* to /hooks/one */
void caller_expect_answer(const char *method, int status, const char *text);

#endif
