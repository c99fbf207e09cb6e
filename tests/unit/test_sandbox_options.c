/* `bridgetop sandbox`: its arguments, and the exit codes that need no server. */
#include "tui/cmd_sandbox.h"
#include "tui/exit_code.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 64, ARGUMENT_SIZE = 128 };

/* The parser splits its arguments, so that they must be writable. */
static char words[ARGUMENTS_MAX][ARGUMENT_SIZE];
static char *argv[ARGUMENTS_MAX + 1];

static int arguments(const char *line)
{
    int argc = 0;
    while (*line != '\0') {
        size_t length = strcspn(line, " ");
        (void)snprintf(words[argc], ARGUMENT_SIZE, "%.*s", (int)length, line);
        argv[argc] = words[argc];
        argc++;
        line += length + (line[length] == ' ');
    }
    argv[argc] = NULL;
    return argc;
}

static bool parse(const char *line, struct sandbox_options *options, struct error *error)
{
    *error = (struct error){0};
    int argc = arguments(line);
    return sandbox_options_parse(argc, argv, options, error);
}

Test(sandbox_options, have_defaults)
{
    struct sandbox_options options;
    struct error error;
    cr_assert(parse("sandbox", &options, &error), "%s", error.message);
    cr_expect_eq(options.port, 8788);
    cr_expect_eq(options.seed, 1);
    cr_expect_eq(options.rate, 12);
    cr_expect_not(options.demo || options.quiet || options.help);
    cr_expect_eq(options.tunnel_count, 1);
    cr_expect_str_eq(options.tunnels[0].target, "http://127.0.0.1:8787");
    cr_assert(parse("sandbox --demo", &options, &error));
    cr_expect_eq(options.rate, SANDBOX_RATE_DEMO);
}

Test(sandbox_options, are_read)
{
    struct sandbox_options options;
    struct error error;
    cr_assert(parse("sandbox --port 0 --seed=18446744073709551615 --rate 0 --quiet --demo "
                    "--tunnel https://a.example=http://127.0.0.1:1 "
                    "--tunnel=https://b.example=http://127.0.0.1:2/x=y",
                    &options, &error),
              "%s", error.message);
    cr_expect_eq(options.port, 0);
    cr_expect_eq(options.seed, UINT64_MAX);
    cr_expect_eq(options.rate, 0);
    cr_expect(options.quiet && options.demo);
    cr_assert_eq(options.tunnel_count, 2);
    cr_expect_str_eq(options.tunnels[0].origin, "https://a.example");
    cr_expect_str_eq(options.tunnels[1].target, "http://127.0.0.1:2/x=y");
    cr_assert(parse("sandbox --help --nonsense", &options, &error));
    cr_expect(options.help);
}

Test(sandbox_options, that_cannot_be_used_are_named)
{
    static const struct {
        const char *line;
        const char *message;
    } cases[] = {
        {"sandbox --port 65536", "--port takes a number from 0 to 65535, not '65536'"},
        {"sandbox --port -1", "--port takes a number from 0 to 65535, not '-1'"},
        {"sandbox --port", "option '--port' needs a value"},
        {"sandbox --rate fast", "--rate takes 0 to 6000 events a minute, not 'fast'"},
        {"sandbox --rate nan", "--rate takes 0 to 6000 events a minute, not 'nan'"},
        {"sandbox --rate 6001", "--rate takes 0 to 6000 events a minute, not '6001'"},
        {"sandbox --seed 1x", "--seed takes a whole number, not '1x'"},
        {"sandbox --tunnel https://a.example",
         "--tunnel takes HTTPS-ORIGIN=HTTP-URL, not 'https://a.example'"},
        {"sandbox --tunnel http://a.example=http://127.0.0.1:1",
         "a tunnel's origin must begin with https://: http://a.example"},
        {"sandbox --nonsense", "unknown option '--nonsense'"},
        {"sandbox -x", "unknown option '-x'"},
        {"sandbox more", "unexpected argument 'more'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sandbox_options options;
        struct error error;
        cr_expect_not(parse(cases[i].line, &options, &error), "%s", cases[i].line);
        cr_expect_str_eq(error.message, cases[i].message);
    }
}

Test(sandbox_options, tunnels_are_bounded)
{
    char line[2048];
    size_t length = (size_t)snprintf(line, sizeof line, "sandbox");
    for (int i = 0; i <= SANDBOX_TUNNELS_MAX; i++)
        length += (size_t)snprintf(line + length, sizeof line - length,
                                   " --tunnel https://a.example=http://127.0.0.1:1");
    struct sandbox_options options;
    struct error error;
    cr_expect_not(parse(line, &options, &error));
    cr_expect_str_eq(error.message, "more than 16 tunnels");
}

Test(sandbox_command, ends_with_the_documented_codes)
{
    cr_redirect_stdout();
    cr_redirect_stderr();
    int argc = arguments("sandbox --nonsense");
    cr_expect_eq(cmd_sandbox(argc, argv), EXIT_CODE_USAGE);
    argc = arguments("sandbox --help");
    cr_expect_eq(cmd_sandbox(argc, argv), EXIT_CODE_OK);

    struct error error;
    struct sandbox_config config = {.ambient = ambient_system()};
    struct sandbox_thread *thread = sandbox_thread_start(&config, &error);
    char line[64];
    cr_assert_not_null(thread, "%s", error.message);
    (void)snprintf(line, sizeof line, "sandbox --port %u", sandbox_thread_port(thread));
    argc = arguments(line);
    cr_expect_eq(cmd_sandbox(argc, argv), EXIT_CODE_LISTEN);
    sandbox_thread_stop(thread);
}
