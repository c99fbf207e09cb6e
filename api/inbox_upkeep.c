#include "api/inbox_private.h"

/* With nothing to go by but age, and after a failure. */
static void look_again_in(struct inbox *inbox, int64_t wait_ms)
{
    inbox->upkeep_at_us =
        wait_ms < 0 ? UINT64_MAX
                    : ambient_steady_us(&inbox->config.ambient) + (uint64_t)wait_ms * 1000;
}

bool inbox_upkeep_due(const struct inbox *inbox)
{
    return inbox->upkeep_more || inbox->unkept >= INBOX_UPKEEP_ROWS ||
           (inbox->upkeep_at_us != UINT64_MAX &&
            ambient_steady_us(&inbox->config.ambient) >= inbox->upkeep_at_us);
}

void inbox_upkeep_close(struct inbox *inbox)
{
    store_upkeep_close(inbox->upkeep);
    inbox->upkeep = NULL;
    inbox->deleted = 0;
}

/* Trouble is told once, until it has gone. */
static void failed(struct inbox *inbox, const struct error *error)
{
    if (!inbox->upkeep_failed)
        inbox_notice(inbox, error);
    inbox->upkeep_failed = true;
    inbox->upkeep_more = false;
    inbox->unkept = 0;
    inbox_upkeep_close(inbox);
    look_again_in(inbox, STORE_UPKEEP_AGAIN_MS);
}

static void tell_removed(struct inbox *inbox)
{
    struct store_counts counts;
    int64_t deleted = store_upkeep_deleted(inbox->upkeep);
    if (deleted == inbox->deleted || inbox->store == NULL ||
        !store_counts(inbox->store, &counts, NULL))
        return;
    inbox->deleted = deleted;
    uv_mutex_lock(&inbox->lock);
    inbox->stored = (struct inbox_stored){counts.deliveries, counts.genuine};
    inbox->removed = true;
    uv_mutex_unlock(&inbox->lock);
    (void)uv_async_send(&inbox->handed_back);
}

static bool open_upkeep(struct inbox *inbox, struct error *error)
{
    struct store_upkeep_config config = {.path = inbox->store_path,
                                         .keep = inbox->config.keep,
                                         .export_folder = inbox->export_folder};
    if (inbox->upkeep == NULL)
        inbox->upkeep = store_upkeep_open(&config, error);
    return inbox->upkeep != NULL;
}

/* A store that is not open has its own trouble. That another connection writes at this moment is
   none: one that keeps the file for long is told by the deliveries that cannot be stored. */
static void step(struct inbox *inbox)
{
    struct error error = {0};
    int64_t now_ms = ambient_wall_ms(&inbox->config.ambient);
    enum store_upkeep_result result = STORE_UPKEEP_FAILED;
    if (inbox->store == NULL) {
        inbox->upkeep_more = false;
        inbox->unkept = 0;
        look_again_in(inbox, STORE_UPKEEP_AGAIN_MS);
        return;
    }
    if (open_upkeep(inbox, &error))
        result = store_upkeep_step(inbox->upkeep, now_ms, &error);
    if (result == STORE_UPKEEP_FAILED) {
        failed(inbox, &error);
        return;
    }
    inbox->unkept = 0;
    if (result == STORE_UPKEEP_BUSY) {
        inbox->upkeep_more = false;
        look_again_in(inbox, STORE_UPKEEP_BUSY_MS);
        return;
    }
    inbox->upkeep_failed = false;
    inbox->upkeep_more = result == STORE_UPKEEP_MORE;
    tell_removed(inbox);
    if (!inbox->upkeep_more)
        look_again_in(inbox, store_upkeep_wait_ms(inbox->upkeep, now_ms));
}

void inbox_upkeep_when_idle(struct inbox *inbox)
{
    step(inbox);
}

/* A few more than one only while it falls behind: what is waiting is answered next. */
void inbox_upkeep_after_batch(struct inbox *inbox, size_t rows)
{
    inbox->unkept += rows;
    for (int i = 0; i < INBOX_UPKEEP_STEPS && inbox_upkeep_due(inbox); i++) {
        step(inbox);
        if (inbox->upkeep == NULL || !store_upkeep_behind(inbox->upkeep))
            break;
    }
    if (rows > 0 && inbox->upkeep_at_us == UINT64_MAX)
        look_again_in(inbox, STORE_UPKEEP_AGAIN_MS);
}
