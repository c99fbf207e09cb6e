/*
 * What is handed on to an application, and how far that has come (api/forward_store.h).
 */
#ifndef BRIDGETOP_API_FORWARD_STATE_H
#define BRIDGETOP_API_FORWARD_STATE_H

/* As numbers in the file. */
enum forward_kind {
    FORWARD_ARRIVAL = 0,
    FORWARD_REPLAY = 1,   /* as it came, its old signature included */
    FORWARD_RESIGNED = 2, /* signed anew, with a key of this machine's own */
};

enum forward_state {
    FORWARD_NONE = 0, /* never to be handed on */
    FORWARD_WAITING = 1,
    FORWARD_DONE = 2, /* answered with 2xx */
    FORWARD_GIVEN_UP = 3,
};

#endif
