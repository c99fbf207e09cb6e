/*
 * The terminal as a device of the kernel: a descriptor, its modes, its size, and whose turn it is
 * to use it.
 *
 * It is either the shell's or ours. While it is ours its modes are raw, so that all keys arrive as
 * keys, and a fatal signal gives it back before it kills. There is one per process. What is sent
 * through it is none of its business.
 */
#ifndef BRIDGETOP_TUI_TTY_H
#define BRIDGETOP_TUI_TTY_H

#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Opens the terminal once, under a descriptor of its own: non-blocking there does not make 0, 1 and
   2 non-blocking, too. It stays open for the process's life. */
bool tty_open(struct error *error);
int tty_fd(void);

/* What the kernel says; 0 where it does not know. */
void tty_size(int *width, int *height);

/* Ours from here on: keeps the shell's modes, sets raw ones. */
void tty_take(void);
bool tty_is_taken(void);

/* Raw modes again, whatever has happened to them. */
void tty_set_raw(void);

/* The shell's again, with its modes; not from the background, where it is the shell's already.
   SIGTTOU must be blocked. */
void tty_give_back(void);

/* Whether the process's group is the one that may use the terminal. */
bool tty_is_in_foreground(void);

/* Between the two, a fatal signal (SEGV, ABRT, BUS, FPE, ILL, QUIT) that comes while the terminal
   is ours sends the farewell and sets the shell's modes; then it kills as it would have. */
void tty_catch_signals(void);
void tty_release_signals(void);

/* At most TTY_FAREWELL_MAX bytes are kept. */
enum { TTY_FAREWELL_MAX = 512 };
void tty_set_farewell(const char *bytes, size_t length);

/* Stops the process group as Ctrl-Z does in a shell: `leave` is called before, and `enter` once
   continued in the foreground. Continued in the background it stops again, as touching the terminal
   would make it (SIGTTOU), unless SIGTERM, SIGHUP or SIGINT came meanwhile: `enter` is not called
   then, and the signal goes to its handler. (A shell's `kill %1` sends SIGTERM and SIGCONT to a
   stopped job: it is to end, and the screen is the shell's.) */
void tty_suspend(void (*leave)(void), void (*enter)(void));

#endif
