#include "tui/pace.h"

void pace_sent(struct pace *pace, size_t bytes)
{
    pace->unasked += bytes;
}

bool pace_is_due(const struct pace *pace, uint64_t now_ms)
{
    if (pace->behind)
        return pace->answers && now_ms >= pace->again_ms;
    return pace->unasked >= PACE_BYTES;
}

void pace_asked(struct pace *pace, uint64_t now_ms)
{
    if (!pace->behind) {
        pace->awaited = 0; /* what has not come yet is lost */
        pace->give_up_ms = now_ms + PACE_GIVE_UP_MS;
    }
    pace->behind = true;
    pace->awaited++;
    pace->again_ms = now_ms + PACE_WAIT_MS + (uint64_t)pace->unasked * 1000 / PACE_BYTES_A_SECOND;
    pace->unasked = 0;
}

void pace_answered(struct pace *pace)
{
    pace->answers = true;
    pace->behind = false;
    if (pace->awaited > 0)
        pace->awaited--;
}

bool pace_is_behind(struct pace *pace, uint64_t now_ms)
{
    if (pace->behind && now_ms >= pace->give_up_ms)
        pace->answers = pace->behind = false;
    return pace->answers && pace->behind;
}
