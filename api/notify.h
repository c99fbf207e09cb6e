/*
 * Telling the service manager how it goes: the datagrams of sd_notify(3), without its library.
 *
 * systemd gives a service of Type=notify a socket in $NOTIFY_SOCKET, and with WatchdogSec= asks in
 * $WATCHDOG_USEC to be told that often that the service lives. Where there is none, everything here
 * does nothing and succeeds. Nothing blocks: what the socket does not take at once is not sent.
 */
#ifndef BRIDGETOP_API_NOTIFY_H
#define BRIDGETOP_API_NOTIFY_H

#include "api/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

struct notify {
    int fd; /* -1: nobody is told */
    struct sockaddr_un address;
    socklen_t address_length;
    uint64_t
        watchdog_us; /* the pause after which the service counts as dead; 0: it is not watched */
};

/* The values of the environment's variables; NULL where there is none. */
struct notify_environment {
    const char *socket;        /* NOTIFY_SOCKET: a path, or "@" and a name for an abstract one */
    const char *watchdog_usec; /* WATCHDOG_USEC */
    const char *watchdog_pid;  /* WATCHDOG_PID: whom the watchdog is for; NULL: whoever it is */
    pid_t pid;                 /* this process */
};

/* False with a line when there is a socket that cannot be used: the rest then does nothing. A
   watchdog's variables that are no numbers, or are for another process, are none. */
bool notify_open(struct notify *notify, const struct notify_environment *environment,
                 struct error *error);
void notify_close(struct notify *notify);

/* Each returns whether it was sent, or there is nobody to tell. `status` is a line for a person
   (systemctl status), without line ends, cut at NOTIFY_STATUS_MAX bytes; NULL leaves it out. */
enum { NOTIFY_STATUS_MAX = 512 };
bool notify_ready(const struct notify *notify, const char *status);
bool notify_reloading(const struct notify *notify, uint64_t monotonic_us); /* then notify_ready() */
bool notify_status(const struct notify *notify, const char *status);
bool notify_alive(const struct notify *notify);
bool notify_stopping(const struct notify *notify);

/* How often notify_alive() is to be called: at half of what the watchdog allows, as sd_notify(3)
   recommends, and at least 1. 0: never. */
uint64_t notify_alive_every_ms(const struct notify *notify);

#endif
