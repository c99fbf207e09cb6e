/* What is found at an endpoint's URL: asked on the loop, one at a time. */
#include "tui/runtime_private.h"

static void on_checked(const struct url_report *report, void *context)
{
    struct runtime *runtime = context;
    runtime->look_handle = 0;
    runtime_post(runtime, &(struct message){.kind = MESSAGE_CHECKED,
                                            .check = runtime->look_id,
                                            .url_report = report});
    runtime->urgent = true; /* a person waits for it */
}

/* Without memory the question says nothing more of the URL. */
void runtime_look(struct runtime *runtime, uint64_t id, const char *url)
{
    if (runtime->checker == NULL && !runtime->quitting)
        runtime->checker = url_checker_new(&runtime->loop, &runtime->ambient, NULL);
    if (runtime->checker == NULL)
        return;
    url_checker_cancel(runtime->checker, runtime->look_handle);
    runtime->look_id = id;
    runtime->look_handle = url_checker_ask(runtime->checker, url, on_checked, runtime);
}

void runtime_look_close(struct runtime *runtime)
{
    if (runtime->checker != NULL)
        url_checker_close(runtime->checker, NULL, NULL);
    runtime->checker = NULL;
}
