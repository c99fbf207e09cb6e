/* The configuration file: text in, keys and options out, or one line that says where it is wrong.
 */
#include "tui/config.h"
#include "tui/key.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct keymap keymap;
static struct error error;
static char taken[512]; /* "name=value;" */

static bool take(void *context, const char *name, const char *value, struct error *why)
{
    (void)context;
    if (strcmp(name, "wrong") == 0)
        return error_set(why, "wrong is never right");
    size_t used = strlen(taken);
    (void)snprintf(taken + used, sizeof taken - used, "%s=%s;", name, value);
    return true;
}

static bool parse_bytes(const char *text, size_t length)
{
    keymap_init(&keymap);
    taken[0] = error.message[0] = '\0';
    return config_parse("config", text, length, &keymap, take, NULL, &error);
}

static bool parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static const char *name_of(enum place place, char32_t key)
{
    const struct binding *binding = keymap_find(&keymap, place, key);
    return binding != NULL ? binding->name : "nothing";
}

/* --- what it says -------------------------------------------------------------------- */

Test(config, keys_take_the_place_of_the_tables)
{
    cr_assert(parse("# mine\n\n[keys]\nenable = A Ctrl-E F5 ; three\n  refresh = none\n"
                    "inspector.down = J\ndown = n\nnext-event = N\nnext-match = none\n"
                    "previous-match=none\n"),
              "%s", error.message);
    cr_expect_str_eq(name_of(PLACE_ENDPOINTS, 'A'), "enable");
    cr_expect_str_eq(name_of(PLACE_LIVE, KEYS_CTRL('E')), "enable");
    cr_expect_str_eq(name_of(PLACE_LIVE, KEYS_F1 + 4), "enable");
    cr_expect_str_eq(name_of(PLACE_ENDPOINTS, 'e'), "nothing");
    cr_expect_str_eq(name_of(PLACE_ENDPOINTS, 'R'), "nothing");
    cr_expect_str_eq(name_of(PLACE_ENDPOINTS, 'n'), "down");
    cr_expect_str_eq(name_of(PLACE_DETAIL, 'J'), "down", "the one of a place counts more");
    cr_expect_str_eq(name_of(PLACE_DETAIL, 'n'), "nothing");
    cr_expect_str_eq(name_of(PLACE_DETAIL, 'N'), "next-event");
    char label[KEYMAP_LABEL_SIZE];
    (void)keymap_label(&keymap, keymap_binding(ACTION_REFRESH, PLACE_LIVE), PLACE_LIVE, label);
    cr_expect_str_eq(label, ":refresh");
}

/* What the README shows can be copied as it stands. */
Test(config, the_readmes_example_is_taken)
{
    char text[65536];
    FILE *file = fopen("README.md", "r");
    cr_assert_not_null(file, "tests run in the top level");
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    cr_assert(fclose(file) == 0);
    char *begin = strstr(text, "\n[keys] ");
    cr_assert_not_null(begin);
    char *end = strstr(begin, "\n```");
    cr_assert_not_null(end);
    cr_assert(parse_bytes(begin, (size_t)(end - begin)), "%s", error.message);
    cr_expect_str_eq(taken, "theme=light;");
    cr_expect_str_eq(name_of(PLACE_DETAIL, KEYS_F1 + 10), "zoom");
}

Test(config, two_keys_can_be_exchanged)
{
    cr_assert(parse("[keys]\nenable=E\ndisable=e\n"), "%s", error.message);
    cr_expect_str_eq(name_of(PLACE_LIVE, 'e'), "disable");
    cr_expect_str_eq(name_of(PLACE_LIVE, 'E'), "enable");
}

Test(config, options_are_handed_on)
{
    cr_assert(parse("\xEF\xBB\xBF[options]\r\ntheme = light\r\npoll=10\n"), "%s", error.message);
    cr_expect_str_eq(taken, "theme=light;poll=10;");
    cr_expect(parse(""));
    cr_expect(parse("; nothing\n\n# at all"));
    cr_expect(parse("[keys]\n[options]\n"));
}

/* --- what it refuses ------------------------------------------------------------------- */

Test(config, one_line_tells_what_is_wrong_and_where)
{
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"[keys]\nenbale = a\n", "config:2: there is no action 'enbale'"},
        {"[keys]\n\n  \nenable = Alt-x\n", "config:4: key 1 has a name that is not known"},
        {"[keys]\nenable = a b c d\n", "config:2: more than 3 keys"},
        {"[keys]\nenable =\n", "config:2: no key; 'none'"},
        {"[keys]\nenable = ; all\n", "config:2: no key"},
        {"[keys]\nenable\n", "config:2: neither a [section] nor name = value"},
        {"[options]\n = a\n", "config:2: neither a [section] nor name = value"},
        {"[keys\nenable = a\n", "config:1: neither a [section]"},
        {"enable = a\n", "config:1: '' is no section"},
        {"[kyes]\nenable = a\n", "config:2: 'kyes' is no section"},
        {"[keys]\nnowhere.enable = a\n", "config:2: there is no place 'nowhere'"},
        {"[keys]\nform.enable = a\n", "config:2: 'enable' holds nowhere in 'form'"},
        {"[keys]\nenable = a\nenable = b\n", "config:3: 'enable' has its keys in line 2 already"},
        {"[keys]\nenable = E\n", "config:2: E is bound to enable and disable in pane 1"},
        {"[keys]\nlive.enable = z\nlive.disable = z\n",
         "config:3: z is bound to enable and disable in pane 4"},
        {"[keys]\nenable = Ctrl-C\n", "config:2: Ctrl-C always quits"},
        {"[keys]\nquit-now = Ctrl-X\n", "config:2: Ctrl-C always quits"},
        {"[keys]\nquit-now = none\n", "config:2: Ctrl-C always quits"},
        {"[keys]\nyes = Enter\n", "config:2: Enter cannot be yes"},
        {"[keys]\nyes = Space\n", "config:2: Space cannot be yes"},
        {"[keys]\nyes = F1\n", "config:2: F1 cannot be yes"},
        {"[keys]\nyes = n\n", "config:2: n is bound to yes and no in a question"},
        {"[keys]\nconfirm-delete = x\n", "'x' is text in a question that wants typing"},
        {"[keys]\nrun = x\n", "'x' is text in the command prompt"},
        {"[keys]\nrepaint = r\n", "config:2: 'r' is text in"},
        {"[keys]\nback = none\n", "config:2: 'back' is a way out"},
        {"[keys]\nno = none\n", "config:2: 'no' is a way out"},
        {"[options]\nwrong = 1\n", "config:2: wrong is never right"},
        {"[options]\napi-key = sk-live-1\n", "config:2: an API key does not belong"},
        {"[options]\nBRIDGE_API_KEY = sk-live-1\n", "config:2: an API key does not belong"},
        {"API_KEY = sk-live-1\n", "config:1: an API key does not belong"},
        {"[keys]\nenable = \x01\n", "config:2: a control character"},
        {"[keys]\nenable = \x1b[31m\n", "config:2: a control character"},
        {"[keys]\nenable = \xff\n", "config:2: not UTF-8"},
        {"[keys]\nenable = \xc2\x9b\n", "config:2: key 1 has a name"},
        {"[options]\nwrong = 1\n[keys\n", "config:2: wrong is never right"},
        {"[options\nwrong = 1\n", "config:1: neither"},
        {"\xff\xfe[\x00", "config:1: not UTF-8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_not(parse(rows[i].text), "%s", rows[i].text);
        cr_expect_not_null(strstr(error.message, rows[i].says), "'%s': %s", rows[i].text,
                           error.message);
        cr_expect_null(strstr(error.message, "sk-live"), "%s", error.message);
        cr_expect_null(strchr(error.message, '\n'), "%s", error.message);
    }
}

Test(config, hostile_bytes_are_refused)
{
    static const char NUL[] = "[keys]\nenable = a\0b\n";
    cr_expect_not(parse_bytes(NUL, sizeof NUL - 1));
    cr_expect_not_null(strstr(error.message, "config:2: a control character"), "%s", error.message);

    static char line[CONFIG_LINE_MAX + 64];
    int length = snprintf(line, sizeof line, "[options]\nname = %0*d\n", CONFIG_LINE_MAX - 7, 1);
    cr_expect(parse_bytes(line, (size_t)length), "%s", error.message);
    cr_expect_gt(strlen(taken), (size_t)CONFIG_LINE_MAX - 10, "it was not cut");
    length = snprintf(line, sizeof line, "[options]\nname = %0*d\n", CONFIG_LINE_MAX - 6, 1);
    cr_expect_not(parse_bytes(line, (size_t)length));
    cr_expect_not_null(strstr(error.message, "config:2: longer than"), "%s", error.message);
}

/* An indented line is one of its own, and no rest of the value above. */
Test(config, what_nobody_sees_is_written_out)
{
    cr_expect_not(parse("[oti\xEF\xBB\xBFons]\na = b\n"));
    cr_expect_str_eq(error.message, "config:2: 'oti<U+FEFF>ons' is no section: there are [keys] "
                                    "and [options]");
    cr_expect_not(parse("[keys]\nen\xE2\x80\xAE\xC2\x9B"
                        "able = e\n"));
    cr_expect_str_eq(error.message, "config:2: there is no action 'en<U+202E><U+009B>able' (the "
                                    "help tells their names)");
}

Test(config, indentation_means_nothing)
{
    cr_assert(parse("[options]\n  theme = light\n    poll = 3\n"), "%s", error.message);
    cr_expect_str_eq(taken, "theme=light;poll=3;");
    cr_expect_not(parse("[options]\ntheme = light\n  dark\n"));
}

/* Whatever is cut or changed on the way: an answer, and no other one for the same bytes. */
Test(config, every_beginning_of_a_file_is_survived)
{
    static const char TEXT[] = "\xEF\xBB\xBF# x\n[keys]\nenable = a é F5\ninspector.down = J\n"
                               "[options]\ntheme = light ; so\n";
    for (size_t length = 0; length < sizeof TEXT; length++) {
        (void)parse_bytes(TEXT, length);
        for (int byte = 0; byte < 256; byte += 5) {
            char changed[sizeof TEXT];
            memcpy(changed, TEXT, sizeof TEXT);
            changed[length] = (char)byte;
            (void)parse_bytes(changed, sizeof TEXT - 1);
        }
    }
}

/* --- files --------------------------------------------------------------------------------- */

static bool load(const char *path, bool required)
{
    keymap_init(&keymap);
    error.message[0] = '\0';
    return config_load(path, required, &keymap, take, NULL, &error);
}

Test(config, only_regular_files_of_a_size_are_read)
{
    char folder[] = "/tmp/bridgetop-config-XXXXXX";
    char path[64];
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/config", folder);
    cr_expect(load(path, false), "there need not be one");
    cr_expect_not(load(path, true));
    cr_expect_not_null(strstr(error.message, "No such file"), "%s", error.message);
    cr_expect_not(load(folder, false));
    cr_expect_not_null(strstr(error.message, "not a regular file"), "%s", error.message);
    cr_expect_not(load("/dev/null", true));
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_not(load(path, true), "a pipe that nobody writes to");
    (void)unlink(path);

    FILE *file = fopen(path, "we");
    cr_assert_not_null(file);
    for (int i = 0; i <= CONFIG_BYTES_MAX; i++)
        (void)fputc('\n', file);
    (void)fclose(file);
    cr_expect_not(load(path, true));
    cr_expect_not_null(strstr(error.message, "larger than"), "%s", error.message);
    cr_assert_eq(truncate(path, CONFIG_BYTES_MAX), 0);
    cr_expect(load(path, true), "%s", error.message);
    (void)unlink(path);
    (void)rmdir(folder);
}

Test(config, words_for_yes_and_no)
{
    bool value = false;
    cr_expect(config_bool("yes", &value) && value);
    cr_expect(config_bool("OFF", &value) && !value);
    cr_expect(config_bool("true", &value) && value);
    cr_expect_not(config_bool("1", &value));
    cr_expect_not(config_bool("", &value));
}
