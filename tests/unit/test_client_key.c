/* Where the API key may go, and what may be one. */
#include "api/client.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* --- where it may go --------------------------------------------------------------------- */

Test(client_url, https_to_anywhere_and_http_to_this_machine)
{
    const char *const good[] = {
        "https://api.bridge.xyz/v0",  "https://api.sandbox.bridge.xyz/v0",
        "https://10.0.0.1:8443",      "http://localhost:8080/v0",
        "http://127.0.0.1:1",         "http://127.9.8.7/v0",
        "http://[::1]:8080/v0",       "https://[2001:db8::1]/v0",
        "HTTPS://API.BRIDGE.XYZ/v0/",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct error error = {0};
        cr_assert(client_url_acceptable(good[i], &error), "%s: %s", good[i], error.message);
    }
}

Test(client_url, nothing_else)
{
    const char *const bad[] = {
        NULL,
        "",
        "api.bridge.xyz/v0",
        "http://api.bridge.xyz/v0",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://[::2]/",
        "http://128.0.0.1/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https://",
        "https:///v0",
        "https://user@api.bridge.xyz/v0",
        "https://user:secret@api.bridge.xyz/v0",
        "https://@api.bridge.xyz/v0",
        "https://api.bridge.xyz/v0?x=secret",
        "https://api.bridge.xyz/v0?",
        "https://api.bridge.xyz/v0#secret",
        "https://api.bridge.xyz/v0\r\nX: y",
        "https://api bridge.xyz/",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct error error = {0};
        cr_assert(!client_url_acceptable(bad[i], &error), "%s", bad[i]);
        cr_assert_neq(error.message[0], '\0');
        cr_assert_null(strstr(error.message, "secret"), "%s", error.message);
    }
}

/* --- what may be a key -------------------------------------------------------------------- */

static void expect_bad_key(const char *key, const char *says)
{
    struct error error = {0};
    cr_expect_not(client_key_acceptable(key, &error));
    cr_expect_not_null(strstr(error.message, says), "'%s' lacks '%s'", error.message, says);
    cr_expect_null(strstr(error.message, "secret"), "%s", error.message);
}

Test(client_key, what_no_header_may_hold_is_refused)
{
    expect_bad_key(NULL, "BRIDGE_API_KEY is not set");
    expect_bad_key("", "BRIDGE_API_KEY is not set");
    static const char *const pasted[] = {"sk-secret\n", "sk-secret\r", "sk-secret\r\nX: y",
                                         "sk secret",   " sk-secret",  "\tsk-secret"};
    for (size_t i = 0; i < sizeof pasted / sizeof *pasted; i++)
        expect_bad_key(pasted[i], "BRIDGE_API_KEY holds a line break or a blank: ");
    static const char *const odd[] = {"sk-secret\x7f", "\x1b[1msk-secret", "sk-\x01secret"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        expect_bad_key(odd[i], "BRIDGE_API_KEY holds a control character: ");
}

Test(client_key, the_longest_is_taken_and_one_more_is_not)
{
    struct error error = {0};
    char *key = calloc(1, CLIENT_KEY_MAX + 2);
    cr_assert_not_null(key);
    memset(key, 'k', CLIENT_KEY_MAX);
    cr_expect(client_key_acceptable(key, &error), "%s", error.message);
    key[CLIENT_KEY_MAX] = 'k';
    expect_bad_key(key, "longer than 4096 bytes");
    free(key);
}
