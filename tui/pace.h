/*
 * How far a terminal is behind what was sent to it.
 *
 * The kernel does not tell: a pseudo-terminal takes 20 KB before it refuses more (measured), and an
 * SSH connection behind it megabytes. At 9,600 baud that is 20 seconds, or an hour, in which a key
 * shows nothing. So the terminal itself is asked: behind some bytes of frames stands a question
 * that it answers when it comes to it, and no frame is made until then. What happened meanwhile is
 * in the next one.
 *
 * Who has never answered is never waited for. An answer may be lost (among pasted text): after a
 * while the question is asked again, and one answer is enough for all that stand in a row. Who
 * stops answering is given up. Pure: what is sent and answered goes in, and the time.
 */
#ifndef BRIDGETOP_TUI_PACE_H
#define BRIDGETOP_TUI_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PACE_BYTES = 1024,   /* may be sent before the question is due: a second of 9,600 baud */
    PACE_WAIT_MS = 1000, /* before it is asked again, and besides for each byte before it … */
    PACE_BYTES_A_SECOND = 960, /* … as long as a line of 9,600 baud needs */
    PACE_GIVE_UP_MS = 60 * 1000,
};

struct pace {
    bool answers;     /* it has answered, and was not given up since */
    bool behind;      /* a question is not answered yet */
    unsigned awaited; /* answers that may still come */
    size_t unasked;   /* bytes since the last question */
    uint64_t again_ms, give_up_ms;
};

/* So many bytes were sent. */
void pace_sent(struct pace *pace, size_t bytes);

/* Whether the question is to be sent now, for the first time or again. */
bool pace_is_due(const struct pace *pace, uint64_t now_ms);

/* It was. */
void pace_asked(struct pace *pace, uint64_t now_ms);

void pace_answered(struct pace *pace);

/* Whether what was sent is still on its way. */
bool pace_is_behind(struct pace *pace, uint64_t now_ms);

#endif
