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
        cr_expect_eq(options.receive.key_file_count, 0);
        cr_expect(parse("--demo", &environment), "no key is used there");
    }
}

Test(options, with_a_public_key_no_api_key_is_needed)
{
    cr_assert(parse("--public-key tests/vectors/vendor-public-key.pem", &NO_KEY), "%s",
              error.message);
    cr_expect_eq(options.environment, ENVIRONMENT_NONE);
    cr_assert_eq(options.receive.key_file_count, 1);
    cr_expect_str_eq(options.receive.key_files[0], "tests/vectors/vendor-public-key.pem");
    cr_expect_str_eq(options.store_path, "/state/bridgetop/production.db");
    options_clear(&options);
    cr_expect_eq(options.receive.key_file_count, 0);
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
    const char *folder = write_config(
        "[options]\ntheme = light\npoll = 20\nlisten = 127.0.0.1:9999\n"
        "time = utc\nmouse = yes\nread-only = yes\nunmask = yes\n[keys]\nenable = Z\n");
    struct options_environment environment = WITH_KEY;
    environment.xdg_config_home = folder;
    cr_assert(parse("--poll 7", &environment), "%s", error.message);
    cr_expect_eq(options.theme, THEME_LIGHT);
    cr_expect_eq(options.poll_ms, 7000);
    cr_expect_eq(options.listen_port, 9999);
    cr_expect_eq(options.times, TIMES_UTC);
    cr_expect(options.mouse);
    cr_expect(options.read_only);
    cr_expect(options.unmasked);
    cr_expect_not_null(keymap_find(&options.keymap, PLACE_LIVE, 'Z'));
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
    static const char *const WRONG[] = {"poll = 0",    "listen = x",        "time = gmt",
                                        "mouse = 1",   "read-only = maybe", "sandbox = yes",
                                        "db = /tmp/x", "unmask = maybe"};
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

/* --- whoever receives ----------------------------------------------------------------- */

static bool parse_listen(const char *line, const struct options_environment *environment)
{
    static char words[1024];
    static char *argv[32];
    int argc = 0;
    (void)snprintf(words, sizeof words, "listen %s", line);
    char *rest = words;
    for (char *word = strtok_r(words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    argv[argc] = NULL;
    error.message[0] = '\0';
    return options_parse_listen(&options, argc, argv, environment, &error);
}

static bool parse_doctor(const char *line, const struct options_environment *environment)
{
    static char words[1024];
    static char *argv[32];
    int argc = 0;
    (void)snprintf(words, sizeof words, "doctor %s", line);
    char *rest = words;
    for (char *word = strtok_r(words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    argv[argc] = NULL;
    error.message[0] = '\0';
    return options_parse_doctor(&options, argc, argv, environment, &error);
}

Test(options, a_receiver_takes_what_may_be_given_several_times)
{
    cr_assert(parse("--allow 10.0.0.0/8 --allow ::1 --trust-proxy 192.0.2.1 --keep 30d --keep 2GB "
                    "--tls-cert a.pem --tls-key b.pem "
                    "--public-key tests/vectors/vendor-public-key.pem "
                    "--public-key tests/vectors/vendor-public-key.pem",
                    &WITH_KEY),
              "%s", error.message);
    const struct receive_options *receive = &options.receive;
    cr_expect_eq(receive->allow.count, 2);
    cr_expect_eq(receive->trust_proxy.count, 1);
    cr_expect_eq(receive->keep.age_ms, INT64_C(30) * 24 * 3600 * 1000);
    cr_expect_eq(receive->keep.bytes, 2000000000);
    cr_expect_eq(receive->keep.count, 0);
    cr_expect_str_eq(receive->tls_certificate, "a.pem");
    cr_expect_str_eq(receive->tls_key, "b.pem");
    cr_expect_eq(receive->key_file_count, 2);
    options_clear(&options);
    cr_expect_eq(options.receive.allow.count, 0);
    cr_expect_null(options.receive.tls_key);
}

Test(options, an_application_is_named_for_what_arrives)
{
    cr_assert(parse("--forward http://127.0.0.1:3000 --forward-when all", &WITH_KEY), "%s",
              error.message);
    cr_assert_not_null(options.receive.forward);
    cr_expect_str_eq(options.receive.forward->name, "127.0.0.1:3000");
    cr_expect(options.receive.forward_all);
    options_clear(&options);
    cr_assert(parse("--forward http://127.0.0.1:3000 --forward none", &WITH_KEY), "%s",
              error.message);
    cr_expect_null(options.receive.forward);
    expect_refused("--forward 127.0.0.1:3000", "--forward: '127.0.0.1:3000': it must be an http");
    expect_refused("--forward-when always --forward http://a", "'always': genuine or all");
    expect_refused("--forward-when all", "--forward-when all wants a --forward");
    expect_refused("--forward http://127.0.0.1:8787/x", "to bridgetop itself");
    expect_refused("--forward http://localhost:9000 --listen 0.0.0.0:9000", "to bridgetop itself");
    cr_assert(parse("--forward http://127.0.0.1:8787 --listen 127.0.0.1:9000", &WITH_KEY));
    options_clear(&options);
    cr_assert(parse("--forward http://app.example.com:8787", &WITH_KEY));
    options_clear(&options);
    cr_assert(parse("--forward http://a --answer app --answer-limit 2.5", &WITH_KEY), "%s",
              error.message);
    cr_expect(options.receive.answer_app);
    cr_expect_eq(options.receive.answer_limit_ms, 2500);
    options_clear(&options);
    expect_refused("--answer app", "--answer app wants a --forward");
    expect_refused("--answer later", "'later': store or app");
    expect_refused("--forward http://a --answer app --answer-limit 61", "from 0.1 to 60");
    expect_refused("--forward http://a --answer-limit 2", "--answer-limit is for --answer app");
}

Test(options, what_a_receiver_cannot_use_is_refused_by_name)
{
    expect_refused("--tls-cert a.pem", "--tls-cert and --tls-key go together");
    expect_refused("--tls-key a.pem", "--tls-cert and --tls-key go together");
    expect_refused("--allow 10.0.0.1/8", "--allow");
    expect_refused("--trust-proxy proxy.example.com", "--trust-proxy");
    expect_refused("--keep 30d --keep 40d", "--keep");
    expect_refused("--keep-export /tmp", "wants a --keep");
    expect_refused("--keep 1d --keep-export /nowhere", "'/nowhere' is not a folder");
    expect_refused("--json", "--json is of 'bridgetop listen'");
}

Test(options, listen_needs_no_api_key_and_has_no_screen)
{
    static const char *const OF_THE_DASHBOARD[] = {"--demo",  "--read-only", "--theme dark",
                                                   "--mouse", "--bell",      "--title"};
    cr_assert(parse_listen("--json --sandbox", &NO_KEY), "%s", error.message);
    cr_expect(options.json);
    cr_expect_eq(options.environment, ENVIRONMENT_NONE);
    cr_expect_str_eq(options.store_path, "/state/bridgetop/sandbox.db");
    cr_expect_eq(options.poll_ms, 0, "its own default");
    options_clear(&options);
    cr_assert(parse_listen("--unmask --poll 30", &WITH_KEY), "%s", error.message);
    cr_expect(options.unmasked);
    cr_expect_eq(options.poll_ms, 30000);
    cr_expect_eq(options.environment, ENVIRONMENT_PRODUCTION);
    options_clear(&options);
    for (size_t i = 0; i < sizeof OF_THE_DASHBOARD / sizeof OF_THE_DASHBOARD[0]; i++) {
        cr_expect_not(parse_listen(OF_THE_DASHBOARD[i], &NO_KEY));
        cr_expect(strstr(error.message, "the dashboard's") != NULL, "%s", error.message);
    }
    cr_expect_not(parse_listen("--listen none", &NO_KEY));
    cr_expect_not(parse_listen("more", &NO_KEY));
    cr_expect(strstr(error.message, "'more'") != NULL);
}

Test(options, a_file_unmasks_the_dashboard_alone)
{
    const char *folder = write_config("[options]\nunmask = yes\n");
    struct options_environment environment = WITH_KEY;
    environment.xdg_config_home = folder;
    cr_assert(parse("", &environment), "%s", error.message);
    cr_expect(options.unmasked);
    options_clear(&options);
    cr_assert(parse_listen("", &environment), "%s", error.message);
    cr_expect_not(options.unmasked);
    options_clear(&options);
    cr_assert(parse_listen("--unmask", &environment), "%s", error.message);
    cr_expect(options.unmasked);
    options_clear(&options);
    remove_config(folder);
}

Test(options, the_command_line_replaces_what_a_file_says_of_a_receiver)
{
    char path[] = "/tmp/bridgetop-options-XXXXXX";
    char line[256];
    static const char TEXT[] = "[options]\nallow = 10.0.0.0/8 192.0.2.0/24\nallow = ::1\n"
                               "keep = 30d 100000\ntrust-proxy = 127.0.0.1\n"
                               "public-key = tests/vectors/vendor-public-key.pem\n";
    int fd = mkstemp(path);
    cr_assert_eq(write(fd, TEXT, sizeof TEXT - 1), (ssize_t)sizeof TEXT - 1);
    (void)close(fd);
    (void)snprintf(line, sizeof line, "--config %s", path);
    cr_assert(parse_listen(line, &NO_KEY), "%s", error.message);
    cr_expect_eq(options.receive.allow.count, 3);
    cr_expect_eq(options.receive.keep.count, 100000);
    cr_expect_eq(options.receive.key_file_count, 1);
    options_clear(&options);
    (void)snprintf(line, sizeof line, "--config %s --allow 127.0.0.1 --allow 127.0.0.2 --keep 5d",
                   path);
    cr_assert(parse_listen(line, &NO_KEY), "%s", error.message);
    cr_expect_eq(options.receive.allow.count, 2);
    cr_expect_eq(options.receive.keep.count, 0);
    cr_expect_eq(options.receive.keep.age_ms, INT64_C(5) * 24 * 3600 * 1000);
    cr_expect_eq(options.receive.trust_proxy.count, 1, "what is not given stays");
    options_clear(&options);
    (void)unlink(path);
}

/* --- of the doctor --------------------------------------------------------------------- */

static void expect_not_looked_at(const char *line, const char *says)
{
    cr_expect_not(parse_doctor(line, &WITH_KEY), "%s", line);
    cr_expect_not_null(strstr(error.message, says), "%s: %s", line, error.message);
}

Test(options, the_doctor_looks_at_what_the_dashboard_would_use)
{
    cr_assert(parse_doctor("--sandbox --listen 127.0.0.1:9999 --db /x/y.db --json", &WITH_KEY),
              "%s", error.message);
    cr_expect_eq(options.environment, ENVIRONMENT_SANDBOX);
    cr_expect_eq(options.listen_port, 9999);
    cr_expect_str_eq(options.store_path, "/x/y.db");
    cr_expect(options.json);
    options_clear(&options);
    cr_assert(parse_doctor("", &NO_KEY), "without a key, too: %s", error.message);
    cr_expect_str_eq(options.store_path, "/state/bridgetop/production.db");
    options_clear(&options);
    cr_assert(parse_doctor("--help", &NO_KEY));
    cr_expect(options.help);
    options_clear(&options);
    expect_not_looked_at("--demo", "nothing that 'doctor' looks at");
    expect_not_looked_at("--theme dark", "nothing that 'doctor' looks at");
    expect_not_looked_at("--answer-next 500", "nothing that 'doctor' looks at");
    expect_not_looked_at("--poll 5", "nothing that 'doctor' looks at");
    expect_not_looked_at("now", "unexpected argument 'now'");
    expect_not_looked_at("--tls-cert a", "go together");
}

Test(options, answers_to_the_first_deliveries_are_ordered_in_words)
{
    cr_assert(parse("--answer-next 429", &WITH_KEY), "%s", error.message);
    cr_expect_eq(options.answer_next.status, 429);
    cr_expect_eq(options.answer_next.left, 1);
    cr_assert(parse_listen("--answer-next 503", &NO_KEY), "%s", error.message);
    cr_expect_eq(options.answer_next.status, 503);
    options_clear(&options);
    expect_refused("--answer-next 99", "--answer-next: '99': a status is 200 to 599");
    expect_refused("--answer-next", "wants a value");
}
