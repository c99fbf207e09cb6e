#include "api/heap.h"

#include <malloc.h>

void heap_share(void)
{
    (void)mallopt(M_ARENA_MAX, 1);
}

void heap_give_back(void)
{
    (void)malloc_trim(0);
}
