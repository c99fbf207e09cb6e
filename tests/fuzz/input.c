/* What a terminal sends, answers to OSC 11 and pastes included: the same events however the bytes
   are split, and nothing but keys that there are and pastes that are text. */
#include "tests/fuzz/fuzz.h"

#include "tui/input.h"
#include "tui/key.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS_MAX = 8192 };

struct events {
    struct terminal_event items[EVENTS_MAX];
    size_t count;
};

static void check_event(const struct terminal_event *event)
{
    FUZZ_CHECK(event->kind != TERMINAL_NOTHING);
    switch (event->kind) {
    case TERMINAL_KEY:
        FUZZ_CHECK(event->key != KEYS_NONE);
        FUZZ_CHECK(event->key < 0x110000 || (event->key > KEYS_SPECIAL && event->key <= KEYS_F12));
        FUZZ_CHECK(event->key < 0xD800 || event->key > 0xDFFF);
        break;
    case TERMINAL_PASTE:
        FUZZ_CHECK(event->paste != NULL && event->paste_length <= TERMINAL_PASTE_MAX);
        FUZZ_CHECK(fuzz_is_utf8(event->paste, event->paste_length));
        FUZZ_CHECK(memchr(event->paste, '\0', event->paste_length) == NULL);
        FUZZ_CHECK(memchr(event->paste, '\r', event->paste_length) == NULL);
        break;
    case TERMINAL_MOUSE:
        FUZZ_CHECK(event->mouse.x >= 0 && event->mouse.y >= 0);
        break;
    case TERMINAL_BACKGROUND:
    case TERMINAL_ATTRIBUTES:
    case TERMINAL_NOTHING:
        break;
    }
}

static void drain(struct input *input, bool waited, struct events *events)
{
    for (;;) {
        struct terminal_event event = {0};
        enum input_result result = input_next(input, waited, &event);
        FUZZ_CHECK(!waited || result != INPUT_UNDECIDED);
        if (result != INPUT_EVENT)
            return;
        check_event(&event);
        FUZZ_CHECK(events->count < EVENTS_MAX);
        events->items[events->count++] = event;
    }
}

/* Reads all of it in pieces of the given sizes, the last one again and again. */
static void read_all(const char *bytes, size_t length, const unsigned char *sizes, size_t count,
                     struct events *events)
{
    struct input input;
    input_init(&input);
    events->count = 0;
    for (size_t at = 0, piece = 0; at < length; piece++) {
        size_t room;
        size_t size = count == 0 ? length : sizes[piece < count ? piece : count - 1] + 1U;
        unsigned char *to = input_space(&input, &room);
        FUZZ_CHECK(room > 0);
        size = size > room ? room : size;
        size = size > length - at ? length - at : size;
        memcpy(to, bytes + at, size);
        input_filled(&input, size);
        at += size;
        drain(&input, false, events);
    }
    drain(&input, true, events);
    input_clear(&input);
}

static bool same_event(const struct terminal_event *one, const struct terminal_event *other)
{
    return one->kind == other->kind && one->key == other->key &&
           one->mouse.kind == other->mouse.kind && one->mouse.x == other->mouse.x &&
           one->mouse.y == other->mouse.y && one->paste_length == other->paste_length &&
           (one->paste_length == 0 || memcmp(one->paste, other->paste, one->paste_length) == 0) &&
           memcmp(one->background, other->background, sizeof one->background) == 0;
}

static void forget(struct events *events)
{
    for (size_t i = 0; i < events->count; i++)
        free(events->items[i].paste);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    enum { SIZES = 8 };
    static struct events whole, parts;
    struct fuzz_input input;
    fuzz_begin(&input, bytes, length > EVENTS_MAX ? EVENTS_MAX : length);
    unsigned char sizes[SIZES];
    for (size_t i = 0; i < SIZES; i++)
        sizes[i] = fuzz_byte(&input) % 16;
    read_all(input.at, input.left, NULL, 0, &whole);
    read_all(input.at, input.left, sizes, SIZES, &parts);
    FUZZ_CHECK(whole.count == parts.count);
    for (size_t i = 0; i < whole.count; i++)
        FUZZ_CHECK(same_event(&whole.items[i], &parts.items[i]));
    forget(&whole);
    forget(&parts);
    fuzz_end(&input);
    return 0;
}
