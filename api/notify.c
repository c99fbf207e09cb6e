#include "api/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_number(const char *text, uint64_t *number)
{
    char *end;
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

static void read_watchdog(struct notify *notify, const struct notify_environment *environment)
{
    uint64_t us;
    uint64_t pid;
    bool ours = environment->watchdog_pid == NULL ||
                (read_number(environment->watchdog_pid, &pid) && pid == (uint64_t)environment->pid);
    if (ours && read_number(environment->watchdog_usec, &us))
        notify->watchdog_us = us;
}

/* An abstract name has a NUL first, none at its end, and its length says where it ends (unix(7)).
 */
static bool read_address(struct notify *notify, const char *name)
{
    size_t length = strlen(name);
    bool abstract = name[0] == '@';
    if ((!abstract && name[0] != '/') || length < 2 ||
        length >= sizeof notify->address.sun_path + (abstract ? 1 : 0))
        return false;
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, name, length);
    if (abstract)
        notify->address.sun_path[0] = '\0';
    notify->address_length =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (abstract ? 0 : 1));
    return true;
}

bool notify_open(struct notify *notify, const struct notify_environment *environment,
                 struct error *error)
{
    *notify = (struct notify){.fd = -1};
    if (environment->socket == NULL || environment->socket[0] == '\0')
        return true;
    if (!read_address(notify, environment->socket))
        return error_set(error, "NOTIFY_SOCKET names no socket that can be used: %s",
                         environment->socket);
    notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (notify->fd < 0)
        return error_set(error, "cannot tell the service manager anything: %s", strerror(errno));
    read_watchdog(notify, environment);
    return true;
}

void notify_close(struct notify *notify)
{
    if (notify->fd >= 0)
        (void)close(notify->fd);
    *notify = (struct notify){.fd = -1};
}

static bool tell(const struct notify *notify, const char *text, size_t length)
{
    ssize_t sent;
    if (notify->fd < 0)
        return true;
    do
        sent = sendto(notify->fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL,
                      (const struct sockaddr *)&notify->address, notify->address_length);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)length;
}

/* A line end within the status would begin another assignment. */
static bool tell_status(const struct notify *notify, const char *before, const char *status)
{
    char text[NOTIFY_STATUS_MAX + 64];
    int at = snprintf(text, sizeof text, "%s", before);
    if (status != NULL)
        at += snprintf(text + at, sizeof text - (size_t)at, "STATUS=%.*s\n", NOTIFY_STATUS_MAX,
                       status);
    size_t length = (size_t)at;
    for (char *c = text + strlen(before); c < text + length - 1; c++)
        if (*c == '\n')
            *c = ' ';
    return tell(notify, text, length);
}

bool notify_ready(const struct notify *notify, const char *status)
{
    return tell_status(notify, "READY=1\n", status);
}

bool notify_reloading(const struct notify *notify, uint64_t monotonic_us)
{
    char text[64];
    int length =
        snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\n", monotonic_us);
    return tell(notify, text, (size_t)length);
}

bool notify_status(const struct notify *notify, const char *status)
{
    return tell_status(notify, "", status);
}

bool notify_alive(const struct notify *notify)
{
    static const char TEXT[] = "WATCHDOG=1\n";
    return tell(notify, TEXT, sizeof TEXT - 1);
}

bool notify_stopping(const struct notify *notify)
{
    static const char TEXT[] = "STOPPING=1\n";
    return tell(notify, TEXT, sizeof TEXT - 1);
}

uint64_t notify_alive_every_ms(const struct notify *notify)
{
    uint64_t half_ms = notify->watchdog_us / 2000;
    return notify->watchdog_us == 0 ? 0 : half_ms > 0 ? half_ms : 1;
}
