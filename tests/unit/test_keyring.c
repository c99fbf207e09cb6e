#include "api/keyring.h"

#include "api/signature.h"
#include "api/signing.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *pem_of(uint64_t seed)
{
    static char pems[3][1024];
    cr_assert_lt(seed, 3);
    if (pems[seed][0] == '\0') {
        struct signing_key *key = signing_key_from_seed(seed, NULL);
        cr_assert_not_null(key);
        (void)snprintf(pems[seed], sizeof pems[seed], "%s", signing_key_public_pem(key));
        signing_key_free(key);
    }
    return pems[seed];
}

static void add(struct keyring *keyring, const char *id, const char *url)
{
    struct error error = {0};
    cr_assert(keyring_add(keyring, id, url, pem_of(0), &error), "%s", error.message);
}

/* The ids of the candidates as one line: "wep_1 - wep_2", - for a key given by hand. */
static const char *candidates(const struct keyring *keyring, const char *target,
                              const char **path_webhook_id)
{
    static char line[1024];
    static struct keyring_match match;
    memset(&match, 0xFF, sizeof match);
    keyring_match(keyring, target, &match);
    size_t used = 0;
    line[0] = '\0';
    for (size_t i = 0; i < match.count; i++) {
        cr_assert_not_null(match.keys[i]);
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%s", i ? " " : "",
                                 match.webhook_ids[i] ? match.webhook_ids[i] : "-");
    }
    if (path_webhook_id != NULL)
        *path_webhook_id = match.path_webhook_id;
    return line;
}

static void assert_path(const char *url, const char *expected)
{
    char path[64];
    keyring_path(url, path, sizeof path);
    cr_assert_str_eq(path, expected, "%s: %s", url, path);
}

Test(keyring, paths_are_compared_without_what_does_not_count)
{
    assert_path("https://example.com", "/");
    assert_path("https://example.com/", "/");
    assert_path("https://example.com//", "/");
    assert_path("https://example.com?a=/b", "/");
    assert_path("https://example.com#/b", "/");
    assert_path("https://example.com:8443/hook", "/hook");
    assert_path("https://user:pw@example.com/hook/", "/hook");
    assert_path("https://example.com/a/b/?c=/d/#e", "/a/b");
    assert_path("/a/b?u=https://example.com/x", "/a/b");
    assert_path("/hook?", "/hook");
    assert_path("/?a", "/");
    assert_path("/", "/");
    assert_path("", "/");
    assert_path("?a", "/");
    assert_path("http://127.0.0.1:8787/hook", "/hook");
    assert_path("/Hook", "/Hook");
    assert_path("/a%2Fb", "/a%2Fb");
    assert_path("*", "*");
}

Test(keyring, a_path_is_cut_to_fit)
{
    char path[6];
    keyring_path("https://example.com/longer", path, sizeof path);
    cr_assert_str_eq(path, "/long");
}

Test(keyring, the_path_chooses_the_endpoint)
{
    struct keyring *keyring = keyring_new();
    const char *id = NULL;
    add(keyring, "wep_1", "https://a.example.com/one");
    add(keyring, "wep_2", "https://b.example.com/two/");
    add(keyring, "wep_3", "https://c.example.com/one?x=1");
    cr_assert_eq(keyring_count(keyring), 3);
    cr_assert_str_eq(candidates(keyring, "/one", &id), "wep_1 wep_3");
    cr_assert_str_eq(id, "wep_1");
    cr_assert_str_eq(candidates(keyring, "/two?y=2", &id), "wep_2");
    cr_assert_str_eq(id, "wep_2");
    keyring_unref(keyring);
}

Test(keyring, an_unknown_path_gets_every_key)
{
    struct keyring *keyring = keyring_new();
    const char *id = "";
    add(keyring, "wep_1", "https://a.example.com/one");
    add(keyring, "wep_2", "https://a.example.com/two");
    add(keyring, NULL, NULL);
    static const char *const TARGETS[] = {"/", "/on", "/one/more", "/ONE", "*", ""};
    for (size_t i = 0; i < sizeof TARGETS / sizeof *TARGETS; i++) {
        cr_assert_str_eq(candidates(keyring, TARGETS[i], &id), "wep_1 wep_2 -", "%s", TARGETS[i]);
        cr_assert_null(id);
    }
    keyring_unref(keyring);
}

Test(keyring, a_key_given_by_hand_counts_on_every_path)
{
    struct keyring *keyring = keyring_new();
    add(keyring, NULL, NULL);
    cr_assert_str_eq(candidates(keyring, "/any", NULL), "-");
    add(keyring, "wep_1", "https://a.example.com/one");
    add(keyring, "wep_2", "https://a.example.com/two");
    cr_assert_str_eq(candidates(keyring, "/two", NULL), "- wep_2");
    keyring_unref(keyring);
}

Test(keyring, an_empty_one_has_no_candidates)
{
    struct keyring *keyring = keyring_new();
    const char *id = "";
    cr_assert_str_eq(candidates(keyring, "/", &id), "");
    cr_assert_null(id);
    keyring_unref(keyring);
    keyring_unref(NULL);
}

Test(keyring, what_is_no_key_is_refused)
{
    struct keyring *keyring = keyring_new();
    struct error error = {0};
    cr_assert_not(keyring_add(keyring, "wep_1", "https://a.example.com/", "nonsense", &error));
    cr_assert_not_null(strstr(error.message, "not PEM"), "%s", error.message);
    cr_assert_eq(keyring_count(keyring), 0);
    keyring_unref(keyring);
}

Test(keyring, strings_are_copied)
{
    struct keyring *keyring = keyring_new();
    char id[] = "wep_1";
    char url[] = "https://a.example.com/one";
    add(keyring, id, url);
    memset(id, 'x', sizeof id - 1);
    memset(url, 'x', sizeof url - 1);
    const char *path_id = NULL;
    cr_assert_str_eq(candidates(keyring, "/one", &path_id), "wep_1");
    cr_assert_str_eq(path_id, "wep_1");
    keyring_unref(keyring);
}

Test(keyring, is_full_at_its_maximum)
{
    struct keyring *keyring = keyring_new();
    struct error error = {0};
    char id[16];
    for (size_t i = 0; i < KEYRING_MAX; i++) {
        (void)snprintf(id, sizeof id, "wep_%zu", i);
        add(keyring, id, "https://a.example.com/");
    }
    cr_assert_not(keyring_add(keyring, "one more", NULL, pem_of(0), &error));
    cr_assert_str_eq(error.message, "there are 1000 keys already");
    static struct keyring_match match;
    keyring_match(keyring, "/", &match);
    cr_assert_eq(match.count, KEYRING_MAX);
    cr_assert_str_eq(match.webhook_ids[KEYRING_MAX - 1], "wep_999");
    keyring_unref(keyring);
}

Test(keyring, the_candidates_verify)
{
    static const int64_t T = 1705854411204;
    struct keyring *keyring = keyring_new();
    cr_assert(keyring_add(keyring, "wep_1", "https://a.example.com/one", pem_of(1), NULL));
    cr_assert(keyring_add(keyring, "wep_2", "https://a.example.com/two", pem_of(2), NULL));
    struct signing_key *signing = signing_key_from_seed(2, NULL);
    char *header = signing_key_sign(signing, T, "{}", 2);
    static struct keyring_match match;
    int index = -1;

    keyring_match(keyring, "/elsewhere", &match);
    cr_assert_eq(signature_verify(header, 1, "{}", 2, match.keys, match.count, T,
                                  SIGNATURE_WINDOW_MS, &index, NULL),
                 VERDICT_GENUINE);
    cr_assert_str_eq(match.webhook_ids[index], "wep_2");

    keyring_match(keyring, "/one", &match);
    cr_assert_eq(signature_verify(header, 1, "{}", 2, match.keys, match.count, T,
                                  SIGNATURE_WINDOW_MS, &index, NULL),
                 VERDICT_WRONG_SIGNATURE, "another endpoint's key does not count on this path");
    free(header);
    signing_key_free(signing);
    keyring_unref(keyring);
}

static void *hold_and_let_go(void *context)
{
    struct keyring *keyring = context;
    for (int i = 0; i < 10000; i++)
        keyring_unref(keyring_ref(keyring));
    keyring_unref(keyring);
    return NULL;
}

/* Freed too early, the sanitizer sees it; never freed, too. */
Test(keyring, the_last_holder_frees_it)
{
    struct keyring *keyring = keyring_new();
    add(keyring, "wep_1", "https://a.example.com/");
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, hold_and_let_go, keyring_ref(keyring)), 0);
    cr_assert_eq(keyring_count(keyring), 1);
    keyring_unref(keyring);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}
