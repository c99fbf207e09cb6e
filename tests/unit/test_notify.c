#include "api/notify.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the service manager hears. */
struct manager {
    char folder[64];
    char name[96]; /* as in NOTIFY_SOCKET */
    int fd;
    char heard[2048];
};

static struct manager manager;
static struct notify notify;
static struct error error;

static void listen_at(bool abstract)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(manager.folder, sizeof manager.folder, "/tmp/bridgetop-notify-XXXXXX");
    cr_assert_not_null(mkdtemp(manager.folder));
    (void)snprintf(manager.name, sizeof manager.name, "%s%s/socket", abstract ? "@" : "",
                   manager.folder);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", manager.name);
    if (abstract)
        address.sun_path[0] = '\0';
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(manager.name));
    manager.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    cr_assert_eq(bind(manager.fd, (struct sockaddr *)&address, length), 0);
}

static void tear_down(void)
{
    char path[128];
    notify_close(&notify);
    (void)close(manager.fd);
    (void)snprintf(path, sizeof path, "%s/socket", manager.folder);
    (void)unlink(path);
    (void)rmdir(manager.folder);
}

TestSuite(notify, .fini = tear_down, .timeout = 30);

static const char *hear(void)
{
    ssize_t length = recv(manager.fd, manager.heard, sizeof manager.heard - 1, 0);
    manager.heard[length > 0 ? length : 0] = '\0';
    return manager.heard;
}

static void open_with(const char *watchdog_usec, const char *watchdog_pid)
{
    struct notify_environment environment = {.socket = manager.name,
                                             .watchdog_usec = watchdog_usec,
                                             .watchdog_pid = watchdog_pid,
                                             .pid = 1234};
    cr_assert(notify_open(&notify, &environment, &error), "%s", error.message);
}

static void expect_everything(void)
{
    open_with(NULL, NULL);
    cr_expect(notify_ready(&notify, "listening"));
    cr_expect_str_eq(hear(), "READY=1\nSTATUS=listening\n");
    cr_expect(notify_ready(&notify, NULL));
    cr_expect_str_eq(hear(), "READY=1\n");
    cr_expect(notify_reloading(&notify, 123456789));
    cr_expect_str_eq(hear(), "RELOADING=1\nMONOTONIC_USEC=123456789\n");
    cr_expect(notify_status(&notify, "not storing"));
    cr_expect_str_eq(hear(), "STATUS=not storing\n");
    cr_expect(notify_alive(&notify));
    cr_expect_str_eq(hear(), "WATCHDOG=1\n");
    cr_expect(notify_stopping(&notify));
    cr_expect_str_eq(hear(), "STOPPING=1\n");
    cr_expect_str_eq(hear(), "", "and nothing else");
}

Test(notify, a_socket_with_a_path_hears_each_state)
{
    listen_at(false);
    expect_everything();
}

Test(notify, an_abstract_socket_hears_each_state)
{
    listen_at(true);
    expect_everything();
}

Test(notify, a_status_is_one_line_of_bounded_length)
{
    listen_at(false);
    open_with(NULL, NULL);
    char status[4 * NOTIFY_STATUS_MAX];
    memset(status, 'x', sizeof status - 1);
    status[sizeof status - 1] = '\0';
    status[3] = '\n';
    cr_expect(notify_status(&notify, status));
    cr_expect_eq(strncmp(hear(), "STATUS=xxx xxx", 14), 0, "%s", manager.heard);
    cr_expect_eq(strlen(manager.heard), sizeof "STATUS=" - 1 + NOTIFY_STATUS_MAX + 1);
    cr_expect_eq(strchr(manager.heard, '\n') - manager.heard, (ptrdiff_t)strlen(manager.heard) - 1);
}

Test(notify, without_a_socket_nobody_is_told_and_nothing_fails)
{
    static const char *const NONE[] = {NULL, ""};
    listen_at(false);
    for (size_t i = 0; i < 2; i++) {
        struct notify_environment environment = {.socket = NONE[i], .watchdog_usec = "1000000"};
        cr_expect(notify_open(&notify, &environment, &error));
        cr_expect(notify_ready(&notify, "x"));
        cr_expect_eq(notify_alive_every_ms(&notify), 0);
    }
    cr_expect_str_eq(hear(), "");
}

Test(notify, what_is_no_socket_is_refused_with_a_line)
{
    static const char *const BAD[] = {"relative/path", "vsock:2:1234", "@", "/"};
    char longer[256];
    listen_at(false);
    memset(longer, 'a', sizeof longer - 1);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    for (size_t i = 0; i <= sizeof BAD / sizeof BAD[0]; i++) {
        const char *name = i < sizeof BAD / sizeof BAD[0] ? BAD[i] : longer;
        struct notify_environment environment = {.socket = name};
        cr_expect_not(notify_open(&notify, &environment, &error), "%s", name);
        cr_expect(strstr(error.message, "NOTIFY_SOCKET") != NULL, "%s", error.message);
        cr_expect(notify_ready(&notify, NULL), "and the rest does nothing");
    }
}

Test(notify, a_manager_that_has_gone_or_reads_nothing_does_not_hold_anyone_up)
{
    listen_at(false);
    open_with(NULL, NULL);
    int told = 0;
    while (told < 100000 && notify_alive(&notify))
        told++;
    cr_expect_lt(told, 100000, "its queue is full at some time, and this returned");
    (void)close(manager.fd);
    cr_expect_not(notify_alive(&notify));
}

Test(notify, the_watchdog_is_told_at_half_its_pause)
{
    static const struct {
        const char *usec, *pid;
        uint64_t every_ms;
    } CASES[] = {{"30000000", NULL, 15000},
                 {"30000000", "1234", 15000},
                 {"30000000", "1", 0},
                 {"1", NULL, 1},
                 {"0", NULL, 0},
                 {"soon", NULL, 0},
                 {"-5", NULL, 0},
                 {"", NULL, 0},
                 {"30000000", "x", 0},
                 {NULL, "1234", 0},
                 {"5x", NULL, 0}};
    listen_at(false);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        open_with(CASES[i].usec, CASES[i].pid);
        cr_expect_eq(notify_alive_every_ms(&notify), CASES[i].every_ms, "%zu", i);
        notify_close(&notify);
    }
}
