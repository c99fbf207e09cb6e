/*
 * How much of what was freed a process keeps.
 *
 * glibc gives each thread that allocates a heap of its own, up to eight a core, and keeps there
 * what is freed, for that thread to use again. Where libuv's four threads take turns at something
 * large, each holds from then on what one of them needed at its peak.
 */
#ifndef BRIDGETOP_API_HEAP_H
#define BRIDGETOP_API_HEAP_H

/* All threads share one heap from here on. They may wait for each other in malloc(): not for a
   program whose threads are all busy. Before the first thread begins. */
void heap_share(void);

/* Gives free memory back to the system, in whole pages. Other threads wait in malloc() meanwhile:
   0.4 ms for the 5 MB that a comparison of 10,000 events leaves, some milliseconds for 20 MB in
   small pieces. */
void heap_give_back(void);

#endif
