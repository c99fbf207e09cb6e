#include "tests/bench/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMITS = 2000, COMMIT_BYTES = 160, LIMIT_MS = 20000, FIRST_S = 1700000000 };

static bool run(const struct child_home *home, char *const *argv, const char *input,
                struct error *error)
{
    struct child_run child;
    char **environment = child_environment(home, NULL, NULL);
    bool ran = environment != NULL &&
               child_run(argv, home, environment, input, strlen(input), LIMIT_MS, &child, error);
    if (ran && child.code != 0)
        (void)error_set(error, "%s: %s", argv[0], child.err);
    bool ok = ran && child.code == 0;
    if (ran)
        child_run_clear(&child);
    child_environment_free(environment);
    return ok;
}

/* What git fast-import reads. */
static char *write_script(void)
{
    char *script = malloc((size_t)COMMITS * COMMIT_BYTES + 1);
    size_t length = 0;
    for (int i = 0; script != NULL && i < COMMITS; i++)
        length += (size_t)snprintf(script + length, COMMIT_BYTES,
                                   "commit refs/heads/main\ncommitter A Person <a@example.com> %d "
                                   "+0000\ndata 28\nChange number %05d of it\n\n\n\n",
                                   FIRST_S + i * 60, i);
    return script;
}

bool history_make(const struct child_home *home, struct error *error)
{
    char *const init[] = {(char *)"git",  (char *)"init",    (char *)"-q", (char *)"-b",
                          (char *)"main", (char *)"history", NULL};
    char *const import[] = {(char *)"git",         (char *)"-C",      (char *)"history",
                            (char *)"fast-import", (char *)"--quiet", NULL};
    char *script = write_script();
    bool made = script != NULL ? run(home, init, "", error) && run(home, import, script, error)
                               : error_set(error, "out of memory");
    free(script);
    return made;
}
