#include "tui/told.h"

#include <stdlib.h>

void trace_told_free(struct trace_told *told)
{
    if (told == NULL)
        return;
    if (told->record != NULL)
        event_record_clear(told->record);
    free(told->record);
    event_clear(&told->event);
    free(told);
}

void object_told_free(struct object_told *told)
{
    if (told == NULL)
        return;
    event_list_clear(&told->bridge);
    object_history_free(told->history);
    free(told);
}
