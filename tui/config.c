#include "tui/config.h"

#include "tui/key.h"
#include "tui/text.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_SHOWN = 60 }; /* bytes of a name that is quoted */

/* One line of [keys]. */
struct assignment {
    unsigned line;
    unsigned places; /* 0: all where the action holds */
    const char *name;
    char32_t keys[KEYMAP_KEYS_MAX];
};

struct parser {
    const char *path;
    const char *next; /* what inih has not been given yet */
    const char *end;
    unsigned line; /* the one that it has */
    config_option option;
    void *context;
    struct assignment assignments[CONFIG_ASSIGNMENTS_MAX];
    size_t assignment_count;
    unsigned given[KEYMAP_ROWS_MAX]
                  [KEYMAP_PLACES]; /* the line where keys came from; 0: the table */
    unsigned failed;               /* the line of the error; 0: none */
    struct error *error;
};

static bool fail_at(struct parser *parser, unsigned line, const struct error *why)
{
    if (parser->failed != 0 && parser->failed <= line)
        return false;
    parser->failed = line;
    char quoted[ERROR_MAX]; /* a name may hold what nobody sees */
    (void)text_gate_string(quoted, sizeof quoted, why->message, strlen(why->message), false);
    return error_set(parser->error, "%.200s:%u: %s", parser->path, line, quoted);
}

#define FAIL(parser, line, ...)                                                                    \
    do {                                                                                           \
        struct error why_;                                                                         \
        (void)error_set(&why_, __VA_ARGS__);                                                       \
        return fail_at(parser, line, &why_);                                                       \
    } while (0)

/* --- lines ------------------------------------------------------------------------ */

static bool is_utf8(const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        char32_t character;
        size_t taken = text_decode(text + at, length - at, &character);
        if (taken == 0)
            return false;
        at += taken;
    }
    return true;
}

static bool has_control(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7F)
            return true;
    return false;
}

static bool check_line(struct parser *parser, unsigned line, const char *text, size_t length)
{
    if (length > CONFIG_LINE_MAX)
        FAIL(parser, line, "longer than %d bytes", CONFIG_LINE_MAX);
    if (length > 0 && text[length - 1] == '\r')
        length--;
    if (has_control(text, length))
        FAIL(parser, line, "a control character");
    if (!is_utf8(text, length))
        FAIL(parser, line, "not UTF-8");
    return true;
}

/* Before inih sees anything: it reads on over what is too long, and stops at a NUL. */
static bool check_lines(struct parser *parser, const char *text, size_t length)
{
    unsigned line = 0;
    for (size_t at = 0; at < length;) {
        const char *newline = memchr(text + at, '\n', length - at);
        size_t taken = newline != NULL ? (size_t)(newline - text) - at : length - at;
        if (!check_line(parser, ++line, text + at, taken))
            return false;
        at += taken + 1;
    }
    return true;
}

/* Gives inih a line, without the blanks before it: it takes an indented one for the rest of the
   value above. */
static char *next_line(char *text, int size, void *context)
{
    struct parser *parser = context;
    if (parser->next >= parser->end || size < 2)
        return NULL;
    parser->line++;
    size_t length = 0;
    size_t room = (size_t)size - 1;
    const char *newline = memchr(parser->next, '\n', (size_t)(parser->end - parser->next));
    const char *end = newline != NULL ? newline : parser->end;
    const char *from = parser->next;
    while (from < end && (*from == ' ' || *from == '\t'))
        from++;
    length = (size_t)(end - from) < room ? (size_t)(end - from) : room;
    memcpy(text, from, length);
    text[length] = '\0';
    parser->next = newline != NULL ? newline + 1 : parser->end;
    return text;
}

/* --- keys ---------------------------------------------------------------------------- */

/* Where characters are text. */
static const unsigned TYPED_INTO = PLACE_LINES;

static bool is_text(char32_t key)
{
    return key >= ' ' && key < KEYS_SPECIAL;
}

static bool parse_keys(struct parser *parser, const char *value, char32_t keys[KEYMAP_KEYS_MAX])
{
    static const char BLANKS[] = " \t";
    size_t count = 0;
    memset(keys, 0, KEYMAP_KEYS_MAX * sizeof keys[0]);
    if (strcasecmp(value, "none") == 0)
        return true;
    for (const char *at = value + strspn(value, BLANKS); *at != '\0'; at += strspn(at, BLANKS)) {
        size_t length = strcspn(at, BLANKS);
        char32_t key = KEYS_NONE;
        if (count == KEYMAP_KEYS_MAX)
            FAIL(parser, parser->line, "more than %d keys", KEYMAP_KEYS_MAX);
        if (!key_parse(at, length, &key))
            FAIL(parser, parser->line,
                 "key %zu has a name that is not known (e, Ctrl-E, Space, Enter, F5, PgUp)",
                 count + 1);
        if (key == KEYS_CTRL('C'))
            FAIL(parser, parser->line, "Ctrl-C always quits: it cannot do anything else");
        keys[count++] = key;
        at += length;
    }
    if (count == 0)
        FAIL(parser, parser->line, "no key; 'none' takes an action's keys away");
    return true;
}

static bool has_name(const char *name, unsigned places)
{
    for (size_t i = 0; i < KEYMAP_COUNT; i++)
        if (strcmp(KEYMAP[i].name, name) == 0 && (KEYMAP[i].places & places) != 0)
            return true;
    return false;
}

static const char *row_name(const char *name)
{
    for (size_t i = 0; i < KEYMAP_COUNT; i++)
        if (strcmp(KEYMAP[i].name, name) == 0)
            return KEYMAP[i].name;
    return NULL;
}

/* "inspector.down": the action's name, and where; 0 is wherever it holds. */
static bool parse_name(struct parser *parser, const char *text, struct assignment *assignment)
{
    const char *dot = strrchr(text, '.');
    const char *name = dot != NULL ? dot + 1 : text;
    assignment->places = 0;
    if (dot != NULL && !keymap_place_by_name(text, (size_t)(dot - text), &assignment->places))
        FAIL(parser, parser->line, "there is no place '%.*s'",
             dot - text < NAME_SHOWN ? (int)(dot - text) : NAME_SHOWN, text);
    assignment->name = row_name(name);
    if (assignment->name == NULL)
        FAIL(parser, parser->line, "there is no action '%.*s' (the help tells their names)",
             NAME_SHOWN, name);
    if (assignment->places != 0 && !has_name(name, assignment->places))
        FAIL(parser, parser->line, "'%s' holds nowhere in '%.*s'", assignment->name,
             (int)(dot - text), text);
    return true;
}

static bool take_keys(struct parser *parser, const char *name, const char *value)
{
    struct assignment assignment = {.line = parser->line};
    if (!parse_name(parser, name, &assignment) || !parse_keys(parser, value, assignment.keys))
        return false;
    for (size_t i = 0; i < parser->assignment_count; i++) {
        const struct assignment *before = &parser->assignments[i];
        if (before->name == assignment.name && before->places == assignment.places)
            FAIL(parser, parser->line, "'%.*s' has its keys in line %u already", NAME_SHOWN, name,
                 before->line);
    }
    if (parser->assignment_count == CONFIG_ASSIGNMENTS_MAX)
        FAIL(parser, parser->line, "more than %d lines of keys", CONFIG_ASSIGNMENTS_MAX);
    parser->assignments[parser->assignment_count++] = assignment;
    return true;
}

/* --- what a key may not do ------------------------------------------------------------- */

static bool goes_back(enum action action)
{
    return action == ACTION_BACK || action == ACTION_DECLINE;
}

static bool check_key(struct parser *parser, const struct assignment *assignment,
                      const struct binding *binding, enum place place, char32_t key)
{
    char name[KEY_NAME_SIZE];
    char where[KEYMAP_WHERE_SIZE];
    (void)key_name(key, name);
    (void)keymap_where((unsigned)place, where);
    if (key == KEYS_NONE)
        return true;
    bool ticks = (place == PLACE_FORM || place == PLACE_EXPORT) && binding->action == ACTION_TICK &&
                 key == ' ';
    if (((unsigned)place & TYPED_INTO) != 0 && is_text(key) && !ticks)
        FAIL(parser, assignment->line, "'%s' is text in %s: it cannot be %s", name, where,
             binding->name);
    if (binding->action == ACTION_CONFIRM && (!is_text(key) || key == ' '))
        FAIL(parser, assignment->line, "%s cannot be %s: a question is answered by a letter", name,
             binding->name);
    return true;
}

static bool check_binding(struct parser *parser, const struct assignment *assignment,
                          const struct binding *binding, enum place place)
{
    if (strcmp(binding->name, "quit-now") == 0)
        FAIL(parser, assignment->line, "Ctrl-C always quits: quit-now keeps it");
    if (goes_back(binding->action) && assignment->keys[0] == KEYS_NONE)
        FAIL(parser, assignment->line, "'%s' is a way out: it needs a key", binding->name);
    for (size_t k = 0; k < KEYMAP_KEYS_MAX; k++)
        if (!check_key(parser, assignment, binding, place, assignment->keys[k]))
            return false;
    return true;
}

/* --- putting it together ---------------------------------------------------------------- */

static bool assign(struct parser *parser, struct keymap *keymap,
                   const struct assignment *assignment)
{
    unsigned places = assignment->places != 0 ? assignment->places : (unsigned)PLACE_ANYWHERE;
    for (size_t row = 0; row < KEYMAP_COUNT; row++) {
        if (strcmp(KEYMAP[row].name, assignment->name) != 0)
            continue;
        for (size_t place = 0; place < KEYMAP_PLACES; place++) {
            if ((KEYMAP[row].places & places & 1U << place) == 0)
                continue;
            if (!check_binding(parser, assignment, &KEYMAP[row], (enum place)(1U << place)))
                return false;
            memcpy(keymap->keys[row][place], assignment->keys, sizeof assignment->keys);
            parser->given[row][place] = assignment->line;
        }
    }
    return true;
}

/* What is said of one place counts more than what is said of all. */
static bool assign_all(struct parser *parser, struct keymap *keymap)
{
    for (int special = 0; special < 2; special++)
        for (size_t i = 0; i < parser->assignment_count; i++)
            if ((parser->assignments[i].places != 0) == special &&
                !assign(parser, keymap, &parser->assignments[i]))
                return false;
    return true;
}

static bool has_key(const char32_t keys[KEYMAP_KEYS_MAX], char32_t key)
{
    for (size_t k = 0; k < KEYMAP_KEYS_MAX; k++)
        if (keys[k] == key)
            return true;
    return false;
}

/* Two actions of one key in one place, or true. The later line is to blame. */
static bool check_clash(struct parser *parser, const struct keymap *keymap, size_t place,
                        size_t row, size_t other)
{
    for (size_t k = 0; k < KEYMAP_KEYS_MAX; k++) {
        char32_t key = keymap->keys[row][place][k];
        char name[KEY_NAME_SIZE];
        char where[KEYMAP_WHERE_SIZE];
        unsigned line = parser->given[row][place] > parser->given[other][place]
                            ? parser->given[row][place]
                            : parser->given[other][place];
        if (key == KEYS_NONE || !has_key(keymap->keys[other][place], key))
            continue;
        FAIL(parser, line, "%s is bound to %s and %s in %s", key_name(key, name), KEYMAP[row].name,
             KEYMAP[other].name, keymap_where(1U << place, where));
    }
    return true;
}

static bool check_clashes(struct parser *parser, const struct keymap *keymap)
{
    for (size_t place = 0; place < KEYMAP_PLACES; place++)
        for (size_t row = 0; row < KEYMAP_COUNT; row++)
            for (size_t other = row + 1;
                 keymap->keys[row][place][0] != KEYS_NONE && other < KEYMAP_COUNT; other++)
                (void)check_clash(parser, keymap, place, row, other);
    return parser->failed == 0;
}

/* --- sections ------------------------------------------------------------------------------ */

/* Somebody may try: the key is not to lie in a file, nor on anybody's screen. */
static bool names_a_secret(const char *name)
{
    return strcasestr(name, "api") != NULL && strcasestr(name, "key") != NULL;
}

#define NEITHER "neither a [section] nor name = value"

static int on_value(void *context, const char *section, const char *name, const char *value)
{
    struct parser *parser = context;
    struct error why = {""};
    if (parser->failed != 0)
        return 0;
    if (name[0] == '\0')
        (void)error_set(&why, "%s", NEITHER);
    else if (names_a_secret(name))
        (void)error_set(&why, "an API key does not belong into a file: it comes from the "
                              "environment, BRIDGE_API_KEY");
    else if (strcmp(section, "keys") == 0)
        return take_keys(parser, name, value);
    else if (strcmp(section, "options") != 0)
        (void)error_set(&why, "'%.*s' is no section: there are [keys] and [options]", NAME_SHOWN,
                        section);
    else if (parser->option(parser->context, name, value, &why))
        return 1;
    return fail_at(parser, parser->line, &why);
}

bool config_parse(const char *path, const char *text, size_t length, struct keymap *keymap,
                  config_option option, void *context, struct error *error)
{
    static const char BOM[] = "\xEF\xBB\xBF";
    if (length >= sizeof BOM - 1 && memcmp(text, BOM, sizeof BOM - 1) == 0) {
        text += sizeof BOM - 1;
        length -= sizeof BOM - 1;
    }
    struct parser *parser = calloc(1, sizeof *parser);
    if (parser == NULL)
        return error_set(error, "out of memory");
    *parser = (struct parser){
        .path = path,
        .next = text,
        .end = text + length,
        .option = option,
        .context = context,
        .error = error,
    };
    bool ok = check_lines(parser, text, length);
    int wrong = ok ? ini_parse_stream(next_line, parser, on_value, parser) : 0;
    if (ok && wrong < 0)
        ok = error_set(error, "%.200s: out of memory", path);
    if (ok && wrong > 0 && (parser->failed == 0 || (unsigned)wrong < parser->failed))
        (void)fail_at(parser, (unsigned)wrong, &(struct error){NEITHER});
    ok = ok && parser->failed == 0 && assign_all(parser, keymap) && check_clashes(parser, keymap);
    free(parser);
    return ok;
}

/* --- files ------------------------------------------------------------------------------------ */

/* Not blocked by a pipe that nobody writes to, and no terminal's owner because of it. */
static int open_file(const char *path)
{
    return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

/* At most one byte more than is allowed, or -1. */
static ssize_t read_all(int fd, char *text)
{
    size_t length = 0;
    while (length <= CONFIG_BYTES_MAX) {
        ssize_t count = read(fd, text + length, CONFIG_BYTES_MAX + 1 - length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        if (count == 0)
            break;
        length += (size_t)count;
    }
    return (ssize_t)length;
}

static bool load_open(const char *path, int fd, struct keymap *keymap, config_option option,
                      void *context, struct error *error)
{
    static char text[CONFIG_BYTES_MAX + 1];
    struct stat status;
    if (fstat(fd, &status) != 0)
        return error_set(error, "%.200s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(error, "%.200s: not a regular file", path);
    ssize_t length = read_all(fd, text);
    if (length < 0)
        return error_set(error, "%.200s: %s", path, strerror(errno));
    if (length > CONFIG_BYTES_MAX)
        return error_set(error, "%.200s: larger than %d bytes", path, CONFIG_BYTES_MAX);
    return config_parse(path, text, (size_t)length, keymap, option, context, error);
}

bool config_load(const char *path, bool required, struct keymap *keymap, config_option option,
                 void *context, struct error *error)
{
    int fd = open_file(path);
    if (fd < 0 && !required && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (fd < 0)
        return error_set(error, "%.200s: %s", path, strerror(errno));
    bool ok = load_open(path, fd, keymap, option, context, error);
    (void)close(fd);
    return ok;
}

bool config_bool(const char *value, bool *result)
{
    static const char *const WORDS[] = {"no", "yes", "false", "true", "off", "on"};
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (strcasecmp(value, WORDS[i]) == 0) {
            *result = i % 2 == 1;
            return true;
        }
    return false;
}
