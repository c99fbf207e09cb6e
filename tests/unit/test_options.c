#include "tui/options.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct options_environment WITH_KEY = {
    .xdg_state_home = "/state", .home = "/home/me", .api_key = "sk-test"};
static const struct options_environment NO_KEY = {.xdg_state_home = "/state", .home = "/home/me"};

static struct options options;
static struct error error;

/* Words are separated by blanks. */
static bool parse(const char *line, const struct options_environment *environment)
{
    static char words[1024];
    static char *argv[32];
    int argc = 0;
    (void)snprintf(words, sizeof words, "bridgetop %s", line);
    char *rest = words;
    for (char *word = strtok_r(words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    argv[argc] = NULL;
    error.message[0] = '\0';
    return options_parse(&options, argc, argv, environment, &error);
}

static void expect_refused(const char *line, const char *says)
{
    cr_expect_not(parse(line, &WITH_KEY), "%s", line);
    cr_expect(strstr(error.message, says) != NULL, "%s: '%s' lacks '%s'", line, error.message,
              says);
}

Test(options, defaults)
{
    cr_assert(parse("", &WITH_KEY), "%s", error.message);
    cr_expect_eq(options.environment, ENVIRONMENT_PRODUCTION);
    cr_expect_str_eq(options.base_url, "https://api.bridge.xyz/v0");
    cr_expect(options.listen);
    cr_expect_str_eq(options.listen_address, "127.0.0.1");
    cr_expect_eq(options.listen_port, 8787);
    cr_expect_str_eq(options.store_path, "/state/bridgetop/production.db");
    cr_expect_eq(options.poll_ms, 5000);
    cr_expect_not(options.read_only);
    cr_expect_not(options.unmasked);
    options_clear(&options);
}

Test(options, a_session_can_start_unmasked)
{
    cr_assert(parse("--unmask --sandbox", &WITH_KEY));
    cr_expect(options.unmasked);
    options_clear(&options);
}

Test(options, each_environment_has_its_own_store)
{
    cr_assert(parse("--sandbox", &WITH_KEY));
    cr_expect_str_eq(options.base_url, "https://api.sandbox.bridge.xyz/v0");
    cr_expect_str_eq(options.store_path, "/state/bridgetop/sandbox.db");
    cr_assert(parse("--api-url http://127.0.0.1:9000/v0/", &WITH_KEY));
    cr_expect_eq(options.environment, ENVIRONMENT_CUSTOM);
    cr_expect_str_eq(options.base_url, "http://127.0.0.1:9000/v0");
    cr_expect_str_eq(options.api_host, "127.0.0.1:9000");
    cr_expect_str_eq(options.store_path, "/state/bridgetop/127.0.0.1_9000.db");
    cr_assert(parse("--api-url https://x.example/a --db /tmp/own.db", &WITH_KEY));
    cr_expect_str_eq(options.store_path, "/tmp/own.db");
}

Test(options, store_falls_back_to_home)
{
    struct options_environment environment = {.home = "/home/me", .api_key = "sk-test"};
    cr_assert(parse("", &environment));
    cr_expect_str_eq(options.store_path, "/home/me/.local/state/bridgetop/production.db");
    environment.xdg_state_home = "relative";
    cr_assert(parse("", &environment));
    cr_expect_str_eq(options.store_path, "/home/me/.local/state/bridgetop/production.db");
    environment.home = NULL;
    cr_expect_not(parse("", &environment));
    cr_expect(strstr(error.message, "--db") != NULL);
    cr_expect(parse("--db x.db", &environment));
}

Test(options, the_demo_needs_nothing)
{
    struct options_environment nothing = {0};
    cr_assert(parse("--demo", &nothing), "%s", error.message);
    cr_expect_eq(options.environment, ENVIRONMENT_DEMO);
    cr_expect_eq(options.listen_port, 0, "any free port, to run beside a real one");
    cr_expect_str_eq(options.store_path, "");
    cr_assert(parse("--demo --listen 127.0.0.1:9999", &nothing));
    cr_expect_eq(options.listen_port, 9999);
}

Test(options, without_a_key_all_ways_on_are_named)
{
    static const char *const ways[] = {"BRIDGE_API_KEY", "--sandbox", "--public-key", "--demo"};
    cr_expect_not(parse("", &NO_KEY));
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        cr_expect(strstr(error.message, ways[i]) != NULL, "%s", ways[i]);
}

Test(options, a_key_that_can_be_none_is_refused_and_not_quoted)
{
    static const char *const keys[] = {"sk-secret\n", "sk-secret second", "sk-\x1bsecret"};
    struct options_environment environment = WITH_KEY;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        environment.api_key = keys[i];
        cr_expect_not(parse("", &environment), "%zu", i);
        cr_expect(strstr(error.message, "BRIDGE_API_KEY holds a ") != NULL, "%s", error.message);
        cr_expect(strstr(error.message, "sk-") == NULL, "%s", error.message);
        cr_expect(strstr(error.message, "sec") == NULL, "%s", error.message);
        cr_expect_not(parse("--public-key tests/vectors/vendor-public-key.pem", &environment));
        cr_expect_null(options.public_key);
        cr_expect(parse("--demo", &environment), "no key is used there");
    }
}

Test(options, with_a_public_key_no_api_key_is_needed)
{
    cr_assert(parse("--public-key tests/vectors/vendor-public-key.pem", &NO_KEY), "%s",
              error.message);
    cr_expect_eq(options.environment, ENVIRONMENT_NONE);
    cr_expect_not_null(options.public_key);
    cr_expect_str_eq(options.store_path, "/state/bridgetop/production.db");
    options_clear(&options);
    cr_expect_null(options.public_key);
    cr_assert(parse("--public-key tests/vectors/vendor-public-key.pem", &WITH_KEY));
    cr_expect_eq(options.environment, ENVIRONMENT_PRODUCTION);
    options_clear(&options);
}

Test(options, listen_addresses)
{
    cr_assert(parse("--listen [::1]:1234", &WITH_KEY));
    cr_expect_str_eq(options.listen_address, "::1");
    cr_expect_eq(options.listen_port, 1234);
    cr_assert(parse("--listen localhost:0", &WITH_KEY));
    cr_expect_eq(options.listen_port, 0);
    cr_assert(parse("--listen none", &WITH_KEY));
    cr_expect_not(options.listen);
    expect_refused("--listen 8787", "ADDR:PORT");
    expect_refused("--listen :8787", "ADDR:PORT");
    expect_refused("--listen ::1:8787", "brackets");
    expect_refused("--listen 127.0.0.1:65536", "0 to 65535");
    expect_refused("--listen 127.0.0.1:", "0 to 65535");
    expect_refused("--listen 127.0.0.1:-1", "0 to 65535");
    expect_refused("--listen 127.0.0.1:80x", "0 to 65535");
}

Test(options, refuses_what_it_does_not_know)
{
    expect_refused("--colour", "--colour");
    expect_refused("-x", "-x");
    expect_refused("--db", "wants a value");
    expect_refused("dashboard", "'dashboard' is not a command");
    expect_refused("--demo --sandbox", "exclude each other");
    expect_refused("--sandbox --api-url https://a.example", "exclude each other");
    expect_refused("--poll 0", "1 to 3600");
    expect_refused("--poll ten", "1 to 3600");
    expect_refused("--poll nan", "1 to 3600");
    expect_refused("--public-key /nowhere/key.pem", "No such file");
    expect_refused("--public-key Makefile", "--public-key Makefile");
}

Test(options, the_key_goes_nowhere_in_the_clear)
{
    expect_refused("--api-url http://api.example.com/v0", "http");
    expect_refused("--api-url ftp://127.0.0.1/", "ftp");
    expect_refused("--api-url https://user:secret@a.example/", "");
    cr_expect(strstr(error.message, "no API key") == NULL);
    cr_expect(parse("--api-url http://localhost:1/", &WITH_KEY));
    cr_expect(parse("--api-url http://[::1]:1/", &WITH_KEY));
}

Test(options, poll_takes_fractions)
{
    cr_assert(parse("--poll 2.5", &WITH_KEY));
    cr_expect_eq(options.poll_ms, 2500);
}

Test(options, themes_have_names)
{
    cr_assert(parse("", &WITH_KEY));
    cr_expect_eq(options.theme, THEME_AUTO);
    cr_assert(parse("--theme light", &WITH_KEY));
    cr_expect_eq(options.theme, THEME_LIGHT);
    cr_assert(parse("--demo --theme mono", &NO_KEY));
    cr_expect_eq(options.theme, THEME_MONO);
    cr_assert(parse("--theme light --theme auto", &WITH_KEY));
    cr_expect_eq(options.theme, THEME_AUTO);
    expect_refused("--theme", "wants a value");
    expect_refused("--theme blue", "--theme 'blue': auto, dark, light, contrast or mono");
}

Test(options, help_names_every_option)
{
    static const char *const names[] = {
        "--demo",      "--sandbox",      "--api-url",    "--listen", "--db",    "--poll",
        "--read-only", "--unmask",       "--public-key", "verify",   "sandbox", "--help",
        "--version",   "BRIDGE_API_KEY", "--signature",  "--tunnel", "--seed",  "--theme"};
    cr_assert(parse("--help", &NO_KEY));
    cr_expect(options.help);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cr_expect(strstr(OPTIONS_HELP, names[i]) != NULL, "%s", names[i]);
}

/* --- the configuration file ------------------------------------------------------ */

static const char *write_config(const char *text)
{
    static char folder[64];
    static char path[96];
    (void)snprintf(folder, sizeof folder, "/tmp/bridgetop-options-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/bridgetop", folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/bridgetop/config", folder);
    FILE *file = fopen(path, "we");
    cr_assert_not_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    return folder;
}

static void remove_config(const char *folder)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/bridgetop/config", folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/bridgetop", folder);
    (void)rmdir(path);
    (void)rmdir(folder);
}

Test(options, the_file_gives_defaults_and_the_command_line_wins)
{
    const char *folder =
        write_config("[options]\ntheme = light\npoll = 20\nlisten = 127.0.0.1:9999\n"
                     "time = utc\nmouse = yes\nread-only = yes\n[keys]\nenable = a\n");
    struct options_environment environment = WITH_KEY;
    environment.xdg_config_home = folder;
    cr_assert(parse("--poll 7", &environment), "%s", error.message);
    cr_expect_eq(options.theme, THEME_LIGHT);
    cr_expect_eq(options.poll_ms, 7000);
    cr_expect_eq(options.listen_port, 9999);
    cr_expect_eq(options.times, TIMES_UTC);
    cr_expect(options.mouse);
    cr_expect(options.read_only);
    cr_expect_not_null(keymap_find(&options.keymap, PLACE_LIVE, 'a'));
    options_clear(&options);

    cr_assert(parse("--demo --theme mono", &environment));
    cr_expect_eq(options.theme, THEME_MONO);
    cr_expect_eq(options.listen_port, 0, "a demo runs beside a real one");
    options_clear(&options);

    cr_assert(parse("--config none", &environment));
    cr_expect_eq(options.theme, THEME_AUTO);
    cr_expect_not_null(keymap_find(&options.keymap, PLACE_LIVE, 'e'));
    options_clear(&options);
    remove_config(folder);
}

Test(options, a_wrong_file_is_refused_but_help_is_not)
{
    const char *folder = write_config("[options]\ntheme = blue\n");
    struct options_environment environment = WITH_KEY;
    environment.xdg_config_home = folder;
    cr_expect_not(parse("", &environment));
    cr_expect_not_null(strstr(error.message, "/bridgetop/config:2: theme is auto"), "%s",
                       error.message);
    cr_expect(parse("--help", &environment));
    cr_expect(parse("--config none", &environment));
    options_clear(&options);
    remove_config(folder);
    static const char *const WRONG[] = {"poll = 0",   "listen = x",        "time = gmt",
                                        "mouse = 1",  "read-only = maybe", "sandbox = yes",
                                        "db = /tmp/x"};
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        char text[80];
        (void)snprintf(text, sizeof text, "[options]\n%s\n", WRONG[i]);
        folder = write_config(text);
        environment.xdg_config_home = folder;
        cr_expect_not(parse("", &environment), "%s", WRONG[i]);
        remove_config(folder);
    }
    expect_refused("--config /nowhere/config", "/nowhere/config: No such file");
}

Test(options, mouse_is_off_unless_asked_for)
{
    cr_assert(parse("", &WITH_KEY));
    cr_expect_not(options.mouse);
    options_clear(&options);
    cr_assert(parse("--mouse", &WITH_KEY));
    cr_expect(options.mouse);
    options_clear(&options);
}
