#include "api/thread_signals.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdbool.h>

struct masks {
    sigset_t before;
    sigset_t blocked;
};

static void *block(void *context)
{
    struct masks *masks = context;
    thread_signals_block(&masks->before);
    (void)pthread_sigmask(SIG_BLOCK, NULL, &masks->blocked);
    return NULL;
}

Test(thread_signals, blocks_what_is_the_main_threads_and_no_fault)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
    static const int others[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGWINCH,
                                 SIGTSTP, SIGCONT, SIGPIPE, SIGALRM, SIGUSR1};
    sigset_t usual;
    struct masks masks;
    pthread_t thread;
    (void)pthread_sigmask(SIG_BLOCK, NULL, &usual);
    cr_assert_eq(pthread_create(&thread, NULL, block, &masks), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        cr_expect(!sigismember(&masks.blocked, faults[i]), "signal %d", faults[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        cr_expect(sigismember(&masks.blocked, others[i]), "signal %d", others[i]);
        cr_expect_eq(sigismember(&masks.before, others[i]), sigismember(&usual, others[i]));
    }
}
