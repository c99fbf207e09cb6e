#include "tests/bench/openssl.h"

#include "tests/bench/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_MS = 60 * 1000 };

static bool run_openssl(const struct child_home *home, char *const *argv, struct child_run *run,
                        struct error *error)
{
    char **environment = child_environment(home, NULL, NULL);
    bool ran = environment != NULL &&
               child_run(argv, home, environment, NULL, 0, LIMIT_MS, run, error) && run->code == 0;
    child_environment_free(environment);
    return ran;
}

/* "+F2:2:2048:SIGN:VERIFY", operations a second. */
double openssl_verify_speed(const struct child_home *home, int seconds)
{
    char limit[16];
    struct child_run run = {.code = -1};
    struct error error;
    double speed = FIGURE_NONE;
    (void)snprintf(limit, sizeof limit, "%d", seconds);
    char *argv[] = {(char *)"openssl",
                    (char *)"speed",
                    (char *)"-mr",
                    (char *)"-seconds",
                    limit,
                    (char *)"rsa2048",
                    NULL};
    if (run_openssl(home, argv, &run, &error)) {
        const char *line = strstr(run.out, "+F2:");
        const char *last = line != NULL ? memchr(line, '\n', strlen(line)) : NULL;
        while (last != NULL && last > line && *last != ':')
            last--;
        if (last != NULL)
            speed = strtod(last + 1, NULL);
    }
    child_run_clear(&run);
    return speed;
}

bool openssl_certificate(const struct child_home *home, struct error *error)
{
    struct child_run run = {.code = -1};
    char *argv[] = {(char *)"openssl",
                    (char *)"req",
                    (char *)"-x509",
                    (char *)"-newkey",
                    (char *)"ec",
                    (char *)"-pkeyopt",
                    (char *)"ec_paramgen_curve:P-256",
                    (char *)"-nodes",
                    (char *)"-days",
                    (char *)"30",
                    (char *)"-subj",
                    (char *)"/CN=127.0.0.1",
                    (char *)"-addext",
                    (char *)"subjectAltName=IP:127.0.0.1",
                    (char *)"-keyout",
                    (char *)"cert-key.pem",
                    (char *)"-out",
                    (char *)"cert.pem",
                    NULL};
    bool made = run_openssl(home, argv, &run, error) ||
                error_set(error, "openssl made no certificate: %.200s",
                          run.err != NULL ? run.err : error->message);
    child_run_clear(&run);
    return made;
}
