/*
 * Signals and threads: they are the main thread's, but for those that a fault raises.
 *
 * The kernel gives those to the thread that caused them, and kills the process at once where they
 * are blocked: whoever put a handler in place to leave the terminal whole would not be called.
 */
#ifndef BRIDGETOP_API_THREAD_SIGNALS_H
#define BRIDGETOP_API_THREAD_SIGNALS_H

#include <signal.h>

/* Blocks all others in the calling thread, and in those that it starts from then on. `before` (may
   be NULL) is what was blocked until then. */
void thread_signals_block(sigset_t *before);

#endif
