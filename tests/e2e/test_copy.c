/* y in the real program: what the terminal is told, and the file where it has no clipboard. */
#include "tests/e2e/sender.h"
#include "tests/e2e/session.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BODY                                                                                       \
    "{\"event_id\":\"wh_copied\",\"event_type\":\"transfer.created\",\"memo\":\"it's \\u001b "     \
    "\\\"quoted\\\" $(id)\"}"

static struct session session;
static struct sender *sender;

static void tear_down(void)
{
    session_end(&session);
    sender_free(sender);
    sender = NULL;
}

TestSuite(copy, .fini = tear_down, .timeout = 100);

/* One delivery in pane 4, shown as it came. */
static void start(const char *term)
{
    static const char *const UNMASKED[] = {"--unmask", "--public-key", "key.pem", NULL};
    struct error error;
    struct http_answer answer;
    sender = sender_new(&error);
    cr_assert_not_null(sender, "%s", error.message);
    session_begin(&session, (struct session_options){.listening_only = true, .term = term});
    const char *pem = sender_public_pem(sender);
    cr_assert(child_home_write(&session.home, "key.pem", pem, strlen(pem), &error));
    session_open_away(&session, UNMASKED);
    cr_assert(session_shows(&session, "LISTENING ONLY"));
    cr_assert(sender_deliver(sender, SENDER_GENUINE, session.port, "/here", BODY, &answer, &error),
              "%s", error.message);
    http_answer_clear(&answer);
    cr_assert(session_shows(&session, "verified"));
}

Test(copy, goes_to_the_terminal)
{
    char encoded[sizeof BODY * 2], sequence[sizeof encoded + 16];
    start(NULL);
    cr_assert_not(screen_sent(session.screen, "\033]52;"));
    cr_assert(session_keys_show(&session, "4y", "copy what?"));
    cr_assert(session_keys_show(&session, "b", "body copied: "));
    (void)EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)BODY, sizeof BODY - 1);
    (void)snprintf(sequence, sizeof sequence, "\033]52;c;%s\a", encoded);
    cr_expect(screen_sent(session.screen, sequence));
    cr_assert(session_keys_show(&session, "yc", "curl command copied: "));
    session_quit(&session);
}

Test(copy, goes_to_a_file_where_there_is_no_clipboard)
{
    char pattern[256], content[sizeof BODY + 16] = "";
    glob_t found;
    struct stat status;
    start("linux");
    cr_assert(session_keys_show(&session, "4y", "copy what?"));
    cr_assert(session_keys_show(&session, "b", "body written to "));
    cr_expect_not(screen_sent(session.screen, "\033]52"));
    (void)child_home_path(&session.home, "copied-*", pattern, sizeof pattern);
    cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "%s", pattern);
    cr_assert_eq(found.gl_pathc, 1);
    cr_assert_eq(stat(found.gl_pathv[0], &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    FILE *file = fopen(found.gl_pathv[0], "r");
    cr_assert_not_null(file);
    size_t length = fread(content, 1, sizeof content - 1, file);
    (void)fclose(file);
    globfree(&found);
    cr_expect_eq(length, sizeof BODY - 1);
    cr_expect_str_eq(content, BODY);
    session_quit(&session);
}
