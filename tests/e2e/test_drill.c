/* `bridgetop drill` against the one handler that is known to be right, `bridgetop listen`, and
   against others that are not. */
#include "tests/e2e/child.h"
#include "tests/e2e/listen_child.h"
#include "tests/e2e/screen.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 8, FITS = 0, DOES_NOT = 1, USAGE = 2 };

static struct child_home home;
static struct child_run run;
static struct listen_child *child;
static struct error error;

static void set_up(void)
{
    cr_assert(child_home_make(&home, &error), "%s", error.message);
}

static void tear_down(void)
{
    listen_child_free(child);
    child_run_clear(&run);
    child_home_remove(&home);
}

TestSuite(drill, .init = set_up, .fini = tear_down, .timeout = 120);

static void run_program(const char *const *arguments)
{
    const char *argv[ARGUMENTS_MAX + 2] = {child_program(), "drill"};
    for (size_t i = 0; arguments[i] != NULL && i < ARGUMENTS_MAX - 1; i++)
        argv[i + 2] = arguments[i];
    char **all = child_environment(&home, "xterm-256color", NULL);
    child_run_clear(&run);
    cr_assert(
        child_run((char *const *)argv, &home, all, NULL, 0, 2 * SCREEN_LIMIT_MS, &run, &error),
        "%s", error.message);
    child_environment_free(all);
}

#define DRILL(...) run_program((const char *const[]){__VA_ARGS__, NULL})

/* Listens with the key that --show-key prints. */
static const char *start_handler(const char *key_file)
{
    static char url[64];
    child = listen_child_start(&home, NULL,
                               (const char *const[]){"--json", "--public-key", key_file, NULL});
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/hooks", listen_child_port(child));
    return url;
}

static void make_key(void)
{
    DRILL("--key", "drill.pem", "--show-key");
    cr_assert_eq(run.code, FITS, "%s", run.err);
    cr_assert_eq(strncmp(run.out, "-----BEGIN PUBLIC KEY-----\n", 27), 0, "%s", run.out);
    cr_assert(child_home_write(&home, "public.pem", run.out, run.out_length, &error));
}

Test(drill, a_right_handler_fits)
{
    make_key();
    DRILL("--key", "drill.pem", start_handler("public.pem"));
    cr_expect_eq(run.code, FITS, "%s%s", run.out, run.err);
    cr_expect(strstr(run.out, "\n13 of 13 fit\n") != NULL, "%s", run.out);
    cr_expect(strstr(run.out, "FAIL") == NULL, "%s", run.out);
    cr_expect_not_null(listen_child_line(child, "\"repeat\""), "the duplicate came");
}

Test(drill, a_handler_without_the_key_does_not)
{
    make_key();
    char other[4096];
    (void)snprintf(other, sizeof other, "%s", run.out);
    DRILL("--key", "other.pem", "--show-key");
    cr_expect_str_neq(run.out, other);
    DRILL("--key", "other.pem", start_handler("public.pem"));
    cr_expect_eq(run.code, DOES_NOT, "%s", run.err);
    cr_expect(strstr(run.out, "FAIL  genuine ") != NULL, "%s", run.out);
    cr_expect(strstr(run.out, "has it the key that --show-key prints") != NULL, "%s", run.out);
    cr_expect(strstr(run.out, "ok    single hash ") != NULL, "%s", run.out);
}

Test(drill, where_nobody_can_be_reached_one_line_says_so)
{
    make_key();
    DRILL("--key", "drill.pem", "http://127.0.0.1:9/");
    cr_expect_eq(run.code, DOES_NOT);
    cr_expect_str_eq(run.out, "");
    cr_expect(strstr(run.err, "nothing was tested, for nobody could be reached at "
                              "http://127.0.0.1:9/: ") != NULL,
              "%s", run.err);
    cr_expect_eq(strchr(run.err, '\n'), run.err + run.err_length - 1, "%s", run.err);
}

static size_t count_in(const char *text, const char *words)
{
    size_t count = 0;
    while ((text = strstr(text, words)) != NULL) {
        text += strlen(words);
        count++;
    }
    return count;
}

/* Answers the first delivery, and is gone. */
static void *answer_once(void *context)
{
    static const char ANSWER[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    int listener = *(const int *)context;
    char request[65536];
    int fd = accept(listener, NULL, NULL);
    (void)close(listener);
    if (fd >= 0 && read(fd, request, sizeof request) > 0 &&
        write(fd, ANSWER, sizeof ANSWER - 1) > 0)
        (void)shutdown(fd, SHUT_WR);
    while (fd >= 0 && read(fd, request, sizeof request) > 0)
        ;
    (void)close(fd);
    return NULL;
}

Test(drill, a_handler_that_goes_away_is_said_to_once)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    pthread_t thread;
    char url[64];
    make_key();
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(listener, 1), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    cr_assert_eq(pthread_create(&thread, NULL, answer_once, &listener), 0);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", ntohs(address.sin_port));
    DRILL("--key", "drill.pem", url);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_expect_eq(run.code, DOES_NOT);
    cr_expect(strstr(run.out, "\n1 of 13 fit\n") != NULL, "%s%s", run.out, run.err);
    cr_expect_eq(count_in(run.out, "FAIL"), 12u, "%s", run.out);
    cr_expect_eq(count_in(run.out, "it did not answer: "), 1u, "%s", run.out);
}

Test(drill, without_a_name_the_key_is_one_of_the_programs_own)
{
    struct stat status;
    char path[256];
    DRILL("http://127.0.0.1:9/");
    cr_expect_eq(run.code, USAGE);
    cr_expect(strstr(run.err, "bridgetop drill --show-key makes one") != NULL, "%s", run.err);
    DRILL("--show-key");
    cr_assert_eq(run.code, FITS, "%s", run.err);
    cr_assert(child_home_write(&home, "public.pem", run.out, run.out_length, &error));
    (void)child_home_path(&home, ".local/state/bridgetop/drill-key.pem", path, sizeof path);
    cr_assert_eq(stat(path, &status), 0, "%s", path);
    cr_expect_eq(status.st_mode & 0777, 0600);
    DRILL(start_handler("public.pem"));
    cr_expect_eq(run.code, FITS, "%s%s", run.out, run.err);
}

Test(drill, the_key_is_its_owners_and_stays)
{
    struct stat status;
    char path[256], first[4096];
    make_key();
    (void)snprintf(first, sizeof first, "%s", run.out);
    cr_assert_eq(stat(child_home_path(&home, "drill.pem", path, sizeof path), &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    make_key();
    cr_expect_str_eq(run.out, first);
    cr_assert(child_home_write(&home, "no.pem", "hello\n", 6, &error));
    DRILL("--key", "no.pem", "--show-key");
    cr_expect_eq(run.code, USAGE);
    cr_expect(strstr(run.err, "no private RSA key of 2048 bits") != NULL, "%s", run.err);
}

Test(drill, what_cannot_be_used_is_a_line)
{
    static const struct {
        const char *arguments[4];
        const char *words;
    } CASES[] = {
        {{"--key", "", "http://127.0.0.1/"}, "--key takes a file's name"},
        {{"--key", "k.pem"}, "URL is missing"},
        {{"--key", "k.pem", "ftp://x/"}, "must begin with http:// or https://"},
        {{"--key", "k.pem", "http://127.0.0.1:9/"}, "there is no key at 'k.pem'"},
        {{"--key"}, "needs a value"},
        {{"--what"}, "unknown option '--what'"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const char *const arguments[] = {CASES[i].arguments[0], CASES[i].arguments[1],
                                         CASES[i].arguments[2], NULL};
        run_program(arguments);
        cr_expect_eq(run.code, USAGE);
        cr_expect_eq(run.out_length, 0U);
        cr_expect(strstr(run.err, CASES[i].words) != NULL, "%s", run.err);
    }
}
