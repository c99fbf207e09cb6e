#include "tui/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { SIGNAL_GRACE_MS = 50 };

static struct {
    int fd;
    struct termios shell_modes;
    struct termios our_modes;
    char farewell[TTY_FAREWELL_MAX];
    size_t farewell_length;
} tty = {.fd = -1};

static volatile sig_atomic_t taken; /* a signal handler asks and answers it */

/* --- the device ------------------------------------------------------------------------ */

/* /dev/tty opens the terminal anew, with flags of its own. A process without a controlling terminal
   still has the one on its standard input. */
bool tty_open(struct error *error)
{
    static const char *const PATHS[] = {"/dev/tty", "/proc/self/fd/0"};
    for (size_t i = 0; tty.fd < 0 && i < sizeof PATHS / sizeof *PATHS; i++)
        tty.fd = open(PATHS[i], O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (tty.fd < 0)
        return error_set(error, "cannot open the terminal (%s)", strerror(errno));
    if (tcgetattr(tty.fd, &tty.shell_modes) < 0)
        return error_set(error, "cannot read the terminal's modes (%s)", strerror(errno));
    return true;
}

int tty_fd(void)
{
    return tty.fd;
}

void tty_size(int *width, int *height)
{
    struct winsize size = {0};
    (void)ioctl(tty.fd, TIOCGWINSZ, &size);
    *width = size.ws_col;
    *height = size.ws_row;
}

/* --- modes ----------------------------------------------------------------------------- */

/* At once: waiting for the output first might take for ever. */
static void set_modes(const struct termios *modes)
{
    while (tcsetattr(tty.fd, TCSANOW, modes) < 0 && errno == EINTR)
        ;
}

void tty_set_raw(void)
{
    set_modes(&tty.our_modes);
}

void tty_take(void)
{
    (void)tcgetattr(tty.fd, &tty.shell_modes);
    tty.our_modes = tty.shell_modes;
    cfmakeraw(&tty.our_modes);
    tty.our_modes.c_cc[VMIN] = 1;
    tty.our_modes.c_cc[VTIME] = 0;
    taken = 1;
    tty_set_raw();
}

bool tty_is_taken(void)
{
    return taken != 0;
}

bool tty_is_in_foreground(void)
{
    pid_t foreground = tcgetpgrp(tty.fd);
    return foreground < 0 || foreground == getpgrp();
}

void tty_give_back(void)
{
    if (tty_is_in_foreground())
        set_modes(&tty.shell_modes);
    taken = 0;
}

/* --- the way back from a fatal signal -------------------------------------------------- */

static const int FATAL_SIGNALS[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT};
enum { FATAL_COUNT = sizeof FATAL_SIGNALS / sizeof *FATAL_SIGNALS };

static struct sigaction fatal_before[FATAL_COUNT];

void tty_set_farewell(const char *bytes, size_t length)
{
    tty.farewell_length = length < sizeof tty.farewell ? length : sizeof tty.farewell;
    memcpy(tty.farewell, bytes, tty.farewell_length);
}

static void on_fatal_signal(int number)
{
    if (taken) {
        taken = 0;
        ssize_t ignored = write(tty.fd, tty.farewell, tty.farewell_length);
        (void)ignored;
        (void)tcsetattr(tty.fd, TCSANOW, &tty.shell_modes);
    }
    for (size_t i = 0; i < FATAL_COUNT; i++)
        if (FATAL_SIGNALS[i] == number)
            (void)sigaction(number, &fatal_before[i], NULL);
    (void)raise(number);
}

void tty_catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_fatal_signal, .sa_flags = SA_NODEFER};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < FATAL_COUNT; i++)
        (void)sigaction(FATAL_SIGNALS[i], &action, &fatal_before[i]);
}

void tty_release_signals(void)
{
    for (size_t i = 0; i < FATAL_COUNT; i++)
        (void)sigaction(FATAL_SIGNALS[i], &fatal_before[i], NULL);
}

/* --- Ctrl-Z ---------------------------------------------------------------------------- */

/* The others of the process group first (a make, a shell script), ourselves last: raise() stops
   this process before it returns, so nothing is drawn on the shell's screen. */
static void stop_process_group(void)
{
    struct sigaction before;
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTSTP, &action, &before);
    (void)kill(0, SIGTSTP);
    action.sa_handler = SIG_DFL;
    (void)sigaction(SIGTSTP, &action, NULL);
    (void)raise(SIGTSTP);
    (void)sigaction(SIGTSTP, &before, NULL);
}

static const int ENDINGS[] = {SIGTERM, SIGHUP, SIGINT};
enum { ENDING_COUNT = sizeof ENDINGS / sizeof *ENDINGS };

static volatile sig_atomic_t asked_to_end;

static void note_ending(int number)
{
    asked_to_end = number;
}

static void watch_endings(struct sigaction before[ENDING_COUNT])
{
    asked_to_end = 0;
    struct sigaction action = {.sa_handler = note_ending};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < ENDING_COUNT; i++)
        (void)sigaction(ENDINGS[i], &action, &before[i]);
}

/* What was noted goes to whoever owns it. */
static void hand_endings_on(const struct sigaction before[ENDING_COUNT])
{
    for (size_t i = 0; i < ENDING_COUNT; i++)
        (void)sigaction(ENDINGS[i], &before[i], NULL);
    if (asked_to_end != 0)
        (void)raise(asked_to_end);
}

/* The signal may run on any thread: it gets a moment. */
static bool is_asked_to_end(void)
{
    if (asked_to_end == 0)
        (void)poll(NULL, 0, SIGNAL_GRACE_MS);
    return asked_to_end != 0;
}

void tty_suspend(void (*leave)(void), void (*enter)(void))
{
    struct sigaction before[ENDING_COUNT];
    watch_endings(before);
    leave();
    do {
        stop_process_group();
    } while (!tty_is_in_foreground() && !is_asked_to_end());
    if (asked_to_end == 0)
        enter();
    hand_endings_on(before);
}
