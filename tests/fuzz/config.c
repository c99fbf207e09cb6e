/*
 * The configuration file: what is refused is refused with its line and without its values, and what
 * is taken gives keys that mean one thing in a place, can be written down and read again.
 */
#include "tests/fuzz/fuzz.h"

#include "tui/config.h"
#include "tui/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "Zq9-planted-secret"

static bool take_option(void *context, const char *name, const char *value, struct error *error)
{
    size_t *taken = context;
    FUZZ_CHECK(name[0] != '\0');
    if (strcmp(name, "theme") == 0 || strcmp(name, "poll") == 0) {
        ++*taken;
        return true;
    }
    (void)value;
    return error_set(error, "there is no option of that name");
}

static enum place place_of(size_t bit)
{
    return (enum place)(1 << bit);
}

/* Whatever is assigned, a key has one meaning in a place, there is a way out, and questions are not
   answered by accident. */
static void check_keys(const struct keymap *keymap)
{
    for (size_t bit = 0; bit < KEYMAP_PLACES; bit++) {
        const struct binding *quit = keymap_find(keymap, place_of(bit), KEYS_CTRL('C'));
        FUZZ_CHECK(quit != NULL && quit->action == ACTION_QUIT);
        for (size_t row = 0; row < KEYMAP_COUNT; row++) {
            const struct binding *binding = &KEYMAP[row];
            if ((binding->places & place_of(bit)) == 0)
                continue;
            const char32_t *keys = keymap_keys(keymap, binding, place_of(bit));
            for (size_t i = 0; i < KEYMAP_KEYS_MAX && keys[i] != KEYS_NONE; i++)
                FUZZ_CHECK(keymap_find(keymap, place_of(bit), keys[i]) == binding);
            char label[KEYMAP_LABEL_SIZE];
            (void)keymap_label(keymap, binding, place_of(bit), label);
            FUZZ_CHECK(fuzz_is_utf8(label, strlen(label)));
        }
    }
    static const char32_t accidents[] = {KEYS_ENTER, ' '};
    for (size_t i = 0; i < sizeof accidents / sizeof *accidents; i++) {
        const struct binding *binding = keymap_find(keymap, PLACE_QUESTION, accidents[i]);
        FUZZ_CHECK(binding == NULL || binding->action != ACTION_CONFIRM);
    }
}

static bool parse(const char *text, size_t length, struct keymap *keymap, struct error *error)
{
    size_t taken = 0;
    keymap_init(keymap);
    *error = (struct error){0};
    return config_parse("config", text, length, keymap, take_option, &taken, error);
}

static void check_refused(const struct error *error)
{
    static const char path[] = "config:";
    char *end;
    FUZZ_CHECK(strncmp(error->message, path, sizeof path - 1) == 0);
    FUZZ_CHECK(strtoul(error->message + sizeof path - 1, &end, 10) > 0);
    FUZZ_CHECK(strncmp(end, ": ", 2) == 0);
    FUZZ_CHECK(fuzz_is_harmless(error->message, strlen(error->message)));
}

/* A value is not repeated, whatever is wrong with it or with what is before it. */
static void check_secret(const char *text, size_t length, size_t which)
{
    static const char *const lines[] = {"create = " SECRET, SECRET " = a",  "api_key = " SECRET,
                                        "theme = " SECRET,  "[" SECRET "]", SECRET};
    static struct keymap keymap;
    if (memmem(text, length, "planted", 7) != NULL)
        return;
    const char *line = lines[which % (sizeof lines / sizeof *lines)];
    struct error error;
    char *with = malloc(length + 64);
    FUZZ_CHECK(with != NULL);
    memcpy(with, text, length);
    size_t whole = length + (size_t)sprintf(with + length, "%s\n", line);
    if (!parse(with, whole, &keymap, &error))
        FUZZ_CHECK(strstr(line, "= " SECRET) == NULL || strstr(error.message, "planted") == NULL);
    free(with);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct keymap keymap, again;
    struct fuzz_input input;
    struct error error;
    size_t text_length;
    fuzz_begin(&input, bytes, length);
    const char *text = fuzz_part(&input, &text_length);
    if (parse(text, text_length, &keymap, &error)) {
        check_keys(&keymap);
        FUZZ_CHECK(parse(text, text_length, &again, &error));
        FUZZ_CHECK(memcmp(&keymap, &again, sizeof keymap) == 0);
    } else {
        check_refused(&error);
    }
    if (text_length > 0 && text[text_length - 1] == '\n')
        check_secret(text, text_length, length);
    fuzz_end(&input);
    return 0;
}
