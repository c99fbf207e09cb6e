#include "api/spare_time.h"

void spare_time_worked(struct spare_time *spare, uint64_t now_us)
{
    spare->worked_us = now_us;
}

/* Never longer than until it is calm. */
void spare_time_used(struct spare_time *spare, uint64_t begun_us, uint64_t now_us)
{
    uint64_t pause = (now_us - begun_us) * SPARE_TIME_PAUSE;
    uint64_t worked = now_us - spare->worked_us;
    uint64_t left = worked < SPARE_TIME_CALM_US ? SPARE_TIME_CALM_US - worked : 0;
    spare->next_us = now_us + (pause < left ? pause : left);
}
