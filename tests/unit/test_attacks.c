/* Requests that try to pass, or to get around, the check of the signature, at the whole receiver.
 */
#include "tests/unit/inbox_driver.h"

#include "api/contract.h"
#include "api/signature.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(attacks, .init = house_set_up, .fini = house_tear_down, .timeout = 120);

#define SIGNED CONTRACT_SIGNATURE_HEADER ": "

/* What stands for the parts of a genuine header, and for what is none. */
struct parts {
    char *genuine;       /* {V}: all of it */
    char time[40];       /* {T}: "t=…" */
    char signature[512]; /* {S}: the base64 */
    char bare[512];      /* {U}: without its padding */
    char zeros[512];     /* {X}: a signature's length of zeros */
};

static struct parts parts_new(const char *body)
{
    static const unsigned char zeros[256];
    struct parts parts = {.genuine = signer_sign(&house.signer, NOW_MS, body, strlen(body), false)};
    const char *v0 = strstr(parts.genuine, ",v0=");
    cr_assert_not_null(v0);
    (void)snprintf(parts.time, sizeof parts.time, "%.*s", (int)(v0 - parts.genuine), parts.genuine);
    (void)snprintf(parts.signature, sizeof parts.signature, "%s", v0 + strlen(",v0="));
    (void)snprintf(parts.bare, sizeof parts.bare, "%s", parts.signature);
    parts.bare[strcspn(parts.bare, "=")] = '\0';
    (void)EVP_EncodeBlock((unsigned char *)parts.zeros, zeros, sizeof zeros);
    return parts;
}

static const char *part_of(const struct parts *parts, char letter)
{
    switch (letter) {
    case 'V':
        return parts->genuine;
    case 'T':
        return parts->time;
    case 'S':
        return parts->signature;
    case 'U':
        return parts->bare;
    default:
        return parts->zeros;
    }
}

/* The pattern with its parts put in. */
static char *put_in(const struct parts *parts, const char *pattern)
{
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    cr_assert_not_null(to);
    for (const char *at = pattern; *at != '\0'; at++) {
        if (at[0] == '{' && at[1] != '\0' && at[2] == '}') {
            (void)fputs(part_of(parts, at[1]), to);
            at += 2;
        } else {
            (void)fputc(*at, to);
        }
    }
    (void)fclose(to);
    return text;
}

/* --- a request as bytes ------------------------------------------------------------------- */

struct answer {
    char text[ANSWER_MAX]; /* all of it, NUL-terminated */
    size_t length;
    bool ended;
};

static bool take(int fd, struct answer *answer)
{
    ssize_t got = recv(fd, answer->text + answer->length, sizeof answer->text - 1 - answer->length,
                       MSG_DONTWAIT);
    answer->length += got > 0 ? (size_t)got : 0;
    answer->text[answer->length] = '\0';
    answer->ended = got == 0 || (got < 0 && errno != EAGAIN);
    return answer->ended;
}

/* The status of the last answer on a connection of its own, which the receiver closes. */
static int ask(const char *request, size_t length, struct answer *answer)
{
    *answer = (struct answer){.ended = false};
    int fd = house_connect(listener_port(house.listener));
    cr_assert_geq(fd, 0);
    cr_assert_eq(send(fd, request, length, MSG_NOSIGNAL), (ssize_t)length);
    RUN_UNTIL(take(fd, answer));
    (void)close(fd);
    const char *last = answer->text;
    for (const char *next; (next = strstr(last + 1, "HTTP/1.1 ")) != NULL;)
        last = next;
    return (int)strtol(last + strlen("HTTP/1.1 "), NULL, 10);
}

/* Without the Date line, which is the only one that may differ, and without a 100 before it. */
static char *comparable(const struct answer *answer)
{
    const char *from = answer->text;
    if (strncmp(from, "HTTP/1.1 100 ", strlen("HTTP/1.1 100 ")) == 0)
        from = strstr(from, "\r\n\r\n") + 4;
    char *copy = strdup(from);
    char *date = strcasestr(copy, "\r\nDate:");
    if (date != NULL) {
        char *rest = strstr(date + 2, "\r\n");
        memmove(date, rest, strlen(rest) + 1);
    }
    return copy;
}

/* --- the tricks ----------------------------------------------------------------------------- */

enum { NOT_STORED = -1 };

struct trick {
    const char *name;
    const char *method; /* NULL: POST */
    const char *target; /* NULL: /hooks/one */
    const char *headers;
    int status;
    int verdict; /* NOT_STORED: it was none of the inbox's */
};

static const struct trick TRICKS[] = {
    /* Odd, and genuine all the same. */
    {"as it should be", NULL, NULL, SIGNED "{V}\r\n", 200, VERDICT_GENUINE},
    {"in another case", NULL, NULL, "x-wEBHOOK-sIGNATURE: {V}\r\n", 200, VERDICT_GENUINE},
    {"an unknown v1 behind", NULL, NULL, SIGNED "{V},v1=abc\r\n", 200, VERDICT_GENUINE},
    {"an unknown v1 before", NULL, NULL, SIGNED "v1={S},{V}\r\n", 200, VERDICT_GENUINE},
    {"an absolute target", NULL, "http://example.com/hooks/one", SIGNED "{V}\r\n", 200,
     VERDICT_GENUINE},
    {"an expectation", NULL, NULL, SIGNED "{V}\r\nExpect: 100-continue\r\n", 200, VERDICT_GENUINE},
    {"a coding it does not have", NULL, NULL, SIGNED "{V}\r\nContent-Encoding: gzip\r\n", 200,
     VERDICT_GENUINE},
    {"another method in a header", NULL, NULL, SIGNED "{V}\r\nX-HTTP-Method-Override: GET\r\n", 200,
     VERDICT_GENUINE},

    /* None. */
    {"none", NULL, NULL, "", 400, VERDICT_NO_HEADER},
    {"none, by an absolute target", NULL, "http://example.com/hooks/one", "", 400,
     VERDICT_NO_HEADER},
    {"none, by an absolute target of another host", NULL, "http://127.0.0.1/hooks/one", "", 400,
     VERDICT_NO_HEADER},
    {"none, with an expectation", NULL, NULL, "Expect: 100-continue\r\n", 400, VERDICT_NO_HEADER},
    {"none, with a coding", NULL, NULL, "Content-Encoding: identity\r\n", 400, VERDICT_NO_HEADER},
    {"a name with underscores", NULL, NULL, "X_Webhook_Signature: {V}\r\n", 400, VERDICT_NO_HEADER},
    {"a longer name", NULL, NULL, "X-Webhook-Signature-2: {V}\r\n", 400, VERDICT_NO_HEADER},
    {"a shorter name", NULL, NULL, "Webhook-Signature: {V}\r\n", 400, VERDICT_NO_HEADER},
    {"as a query", NULL, "/hooks/one?X-Webhook-Signature={V}", "", 400, VERDICT_NO_HEADER},
    {"as a cookie", NULL, NULL, "Cookie: X-Webhook-Signature={V}\r\n", 400, VERDICT_NO_HEADER},

    /* Doubled. */
    {"doubled", NULL, NULL, SIGNED "{V}\r\n" SIGNED "{V}\r\n", 400, VERDICT_BAD_HEADER},
    {"doubled, in another case", NULL, NULL, SIGNED "{V}\r\nx-webhook-signature: {V}\r\n", 400,
     VERDICT_BAD_HEADER},
    {"a false one behind", NULL, NULL, SIGNED "{V}\r\n" SIGNED "{T},v0={X}\r\n", 400,
     VERDICT_BAD_HEADER},
    {"a false one before", NULL, NULL, SIGNED "{T},v0={X}\r\n" SIGNED "{V}\r\n", 400,
     VERDICT_BAD_HEADER},
    {"an empty one before", NULL, NULL, SIGNED "\r\n" SIGNED "{V}\r\n", 400, VERDICT_BAD_HEADER},
    {"an empty one behind", NULL, NULL, SIGNED "{V}\r\n" SIGNED "\r\n", 400, VERDICT_BAD_HEADER},
    {"two in one line", NULL, NULL, SIGNED "{V}, {V}\r\n", 400, VERDICT_BAD_HEADER},
    {"two in one line, closely", NULL, NULL, SIGNED "{V},{V}\r\n", 400, VERDICT_BAD_HEADER},
    {"two v0, the false one behind", NULL, NULL, SIGNED "{V},v0={X}\r\n", 400, VERDICT_BAD_HEADER},
    {"two v0, the false one before", NULL, NULL, SIGNED "{T},v0={X},v0={S}\r\n", 400,
     VERDICT_BAD_HEADER},
    {"two v0, both right", NULL, NULL, SIGNED "{V},v0={S}\r\n", 400, VERDICT_BAD_HEADER},
    {"two v0, an empty one", NULL, NULL, SIGNED "{V},v0=\r\n", 400, VERDICT_BAD_HEADER},
    {"two t", NULL, NULL, SIGNED "{T},{V}\r\n", 400, VERDICT_BAD_HEADER},

    /* Not of its form. */
    {"empty", NULL, NULL, SIGNED "\r\n", 400, VERDICT_BAD_HEADER},
    {"blanks", NULL, NULL, SIGNED " \t \r\n", 400, VERDICT_BAD_HEADER},
    {"v1 alone", NULL, NULL, SIGNED "{T},v1={S}\r\n", 400, VERDICT_BAD_HEADER},
    {"V0", NULL, NULL, SIGNED "{T},V0={S}\r\n", 400, VERDICT_BAD_HEADER},
    {"no t", NULL, NULL, SIGNED "v0={S}\r\n", 400, VERDICT_BAD_HEADER},
    {"empty v0", NULL, NULL, SIGNED "{T},v0=\r\n", 400, VERDICT_BAD_HEADER},
    {"quoted", NULL, NULL, SIGNED "\"{V}\"\r\n", 400, VERDICT_BAD_HEADER},
    {"no padding", NULL, NULL, SIGNED "{T},v0={U}\r\n", 400, VERDICT_BAD_HEADER},
    {"half of its padding", NULL, NULL, SIGNED "{T},v0={U}=\r\n", 400, VERDICT_BAD_HEADER},
    {"more padding", NULL, NULL, SIGNED "{V}=\r\n", 400, VERDICT_BAD_HEADER},
    {"twice its padding", NULL, NULL, SIGNED "{V}==\r\n", 400, VERDICT_BAD_HEADER},
    {"padding in per cent", NULL, NULL, SIGNED "{T},v0={U}%3D%3D\r\n", 400, VERDICT_BAD_HEADER},
    {"more behind its padding", NULL, NULL, SIGNED "{V}AAAA\r\n", 400, VERDICT_BAD_HEADER},
    {"a blank inside", NULL, NULL, SIGNED "{T}, v0={S}\r\n", 400, VERDICT_BAD_HEADER},

    /* Of its form, and false. */
    {"zeros", NULL, NULL, SIGNED "{T},v0={X}\r\n", 400, VERDICT_WRONG_SIGNATURE},
    {"zeros beside a right v1", NULL, NULL, SIGNED "{T},v0={X},v1={S}\r\n", 400,
     VERDICT_WRONG_SIGNATURE},
    {"a t with a zero before", NULL, NULL, SIGNED "t=01700000000000,v0={S}\r\n", 400,
     VERDICT_WRONG_SIGNATURE},
    {"another t", NULL, NULL, SIGNED "t=1700000000001,v0={S}\r\n", 400, VERDICT_WRONG_SIGNATURE},

    /* No HTTP that can be read in one way. */
    {"folded", NULL, NULL, SIGNED "{T},\r\n v0={S}\r\n", 400, NOT_STORED},
    {"folded behind the name", NULL, NULL, SIGNED "\r\n\t{V}\r\n", 400, NOT_STORED},
    {"a blank before the colon", NULL, NULL, "X-Webhook-Signature : {V}\r\n", 400, NOT_STORED},

    /* No delivery. */
    {"PUT", "PUT", NULL, SIGNED "{V}\r\n", 405, NOT_STORED},
    {"PATCH", "PATCH", NULL, SIGNED "{V}\r\n", 405, NOT_STORED},
    {"DELETE", "DELETE", NULL, SIGNED "{V}\r\n", 405, NOT_STORED},
    {"post in lower case", "post", NULL, SIGNED "{V}\r\n", 405, NOT_STORED},
    {"GET", "GET", NULL, SIGNED "{V}\r\n", 200, NOT_STORED},
    {"GET that is to be a POST", "GET", NULL, "X-HTTP-Method-Override: POST\r\n", 200, NOT_STORED},
};

/* The refusals of signatures are alike byte for byte; *first is the first of them. */
static void expect_alike(const char *name, const struct answer *answer, char **first)
{
    char *text = comparable(answer);
    if (*first == NULL) {
        *first = text;
        return;
    }
    cr_expect_str_eq(text, *first, "%s", name);
    free(text);
}

static void expect_verdict(const char *name, int verdict, size_t seen_before)
{
    if (verdict == NOT_STORED) {
        cr_expect_eq(house.seen_count, seen_before, "%s: stored", name);
        return;
    }
    RUN_UNTIL(house.seen_count > seen_before);
    cr_expect_eq((int)house_last_seen()->verdict, verdict, "%s: %s", name,
                 verdict_name(house_last_seen()->verdict));
}

Test(attacks, no_trick_passes_the_check)
{
    struct parts parts = parts_new(EVENT);
    char *first = NULL;
    for (size_t i = 0; i < sizeof TRICKS / sizeof TRICKS[0]; i++) {
        const struct trick *trick = &TRICKS[i];
        struct answer answer;
        char *pattern = NULL;
        cr_assert(asprintf(&pattern,
                           "%s %s HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n"
                           "Content-Length: %zu\r\n%s\r\n",
                           trick->method != NULL ? trick->method : "POST",
                           trick->target != NULL ? trick->target : "/hooks/one", strlen(EVENT),
                           trick->headers) > 0);
        char *head = put_in(&parts, pattern);
        char *request = NULL;
        cr_assert(asprintf(&request, "%s" EVENT, head) > 0);
        size_t before = house.seen_count;
        int status = ask(request, strlen(request), &answer);
        cr_expect_eq(status, trick->status, "%s: %d", trick->name, status);
        expect_verdict(trick->name, trick->verdict, before);
        if (trick->verdict > VERDICT_GENUINE)
            expect_alike(trick->name, &answer, &first);
        free(request);
        free(head);
        free(pattern);
    }
    cr_expect_not_null(first);
    free(first);
    free(parts.genuine);
}

/* What comes behind the body in chunks is no header. */
Test(attacks, a_signature_in_a_trailer_is_none)
{
    static const char HEAD[] = "POST /hooks/one HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                               "Transfer-Encoding: chunked\r\nTrailer: X-Webhook-Signature\r\n";
    struct parts parts = parts_new("x");
    struct answer answer;
    char request[2048];
    int length = snprintf(request, sizeof request, "%s\r\n1\r\nx\r\n0\r\n" SIGNED "%s\r\n\r\n",
                          HEAD, parts.genuine);
    cr_expect_eq(ask(request, (size_t)length, &answer), 400);
    expect_verdict("in a trailer", VERDICT_NO_HEADER, 0);
    length = snprintf(request, sizeof request, "%s" SIGNED "%s\r\n\r\n1\r\nx\r\n0\r\n\r\n", HEAD,
                      parts.genuine);
    cr_expect_eq(ask(request, (size_t)length, &answer), 200, "the same before it: %s", answer.text);
    free(parts.genuine);
}

/* The bytes that came are what is judged, not what they would be unpacked. */
Test(attacks, what_is_packed_is_judged_as_it_came)
{
    /* "x", by gzip, in a block that is not compressed. */
    static const unsigned char PACKED[] = {0x1f, 0x8b, 8,    0,    0, 0,    0,    0,
                                           0,    3,    1,    1,    0, 0xfe, 0xff, 'x',
                                           0x83, 0x16, 0xdc, 0x8c, 1, 0,    0,    0};
    char *value = signer_sign(&house.signer, NOW_MS, "x", 1, false);
    for (int own = 0; own < 2; own++) {
        char *lines = NULL;
        char *of_it =
            signer_sign(&house.signer, NOW_MS, (const char *)PACKED, sizeof PACKED, false);
        cr_assert(asprintf(&lines, SIGNED "%s\r\nContent-Encoding: gzip\r\n", own ? of_it : value) >
                  0);
        struct caller *caller =
            caller_start("POST", "/hooks/one", lines, (const char *)PACKED, sizeof PACKED, false);
        cr_expect_eq(caller_finish_status(caller), own ? 200 : 400);
        free(lines);
        free(of_it);
    }
    cr_expect_eq(house.seen[0].verdict, VERDICT_WRONG_SIGNATURE);
    cr_expect_eq(house.seen[1].verdict, VERDICT_GENUINE);
    free(value);
}

/* A NUL does not end the value before what is false in it. */
Test(attacks, a_nul_in_the_signature_is_no_end_of_it)
{
    struct parts parts = parts_new("x");
    char request[2048];
    struct answer answer;
    int head = snprintf(request, sizeof request,
                        "POST /hooks/one HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                        "Content-Length: 1\r\n" SIGNED "%s",
                        parts.genuine);
    static const char REST[] = "\0,v0=x\r\n\r\nx";
    memcpy(request + head, REST, sizeof REST - 1);
    cr_expect_eq(ask(request, (size_t)head + sizeof REST - 1, &answer), 400);
    cr_expect_eq(house.seen_count, 0);
    free(parts.genuine);
}

/* --- a key with exponent 3 ------------------------------------------------------------------- */

/* What says, before a digest, which it is: 19 bytes. */
#define OF_SHA256 "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"

/* The PKCS#1 padding with a SHA-256 that a verifier who does not look to the end takes. */
static size_t begin_of_padding(const char *body, unsigned char begin[64])
{
    unsigned char digest[SIGNATURE_DIGEST_BYTES];
    char t[24];
    (void)snprintf(t, sizeof t, "%lld", (long long)NOW_MS);
    cr_assert(signature_digest(t, body, strlen(body), digest));
    size_t length = 0;
    begin[length++] = 0;
    begin[length++] = 1;
    for (int i = 0; i < 8; i++)
        begin[length++] = 0xff;
    begin[length++] = 0;
    memcpy(begin + length, OF_SHA256, 19);
    length += 19;
    (void)SHA256(digest, sizeof digest, begin + length);
    return length + SHA256_DIGEST_LENGTH;
}

/* The least number whose cube is not below `of`. */
static BIGNUM *cube_root(const BIGNUM *of, BN_CTX *context)
{
    BIGNUM *root = BN_new(), *cube = BN_new();
    for (int bit = BN_num_bits(of) / 3 + 1; bit >= 0; bit--) {
        BN_set_bit(root, bit);
        BN_sqr(cube, root, context);
        BN_mul(cube, cube, root, context);
        if (BN_cmp(cube, of) >= 0)
            BN_clear_bit(root, bit);
    }
    BN_add_word(root, 1);
    BN_free(cube);
    return root;
}

/* No key is needed for it: its cube is below any modulus of 2048 bits. */
static void forge(const char *body, unsigned char forged[256])
{
    unsigned char wanted[256] = {0}, cubed[256];
    size_t length = begin_of_padding(body, wanted);
    BN_CTX *context = BN_CTX_new();
    BIGNUM *number = BN_bin2bn(wanted, sizeof wanted, NULL);
    BIGNUM *root = cube_root(number, context);
    BN_sqr(number, root, context);
    BN_mul(number, number, root, context);
    cr_assert_eq(BN_bn2binpad(number, cubed, sizeof cubed), (int)sizeof cubed);
    cr_assert_eq(memcmp(cubed, wanted, length), 0, "a forgery that is worth refusing");
    cr_assert_eq(BN_bn2binpad(root, forged, 256), 256);
    BN_free(root);
    BN_free(number);
    BN_CTX_free(context);
}

static char *public_pem(EVP_PKEY *key)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    cr_assert_eq(PEM_write_bio_PUBKEY(memory, key), 1);
    long length = BIO_get_mem_data(memory, &bytes);
    char *pem = strndup(bytes, (size_t)length);
    BIO_free(memory);
    return pem;
}

static EVP_PKEY *key_with_exponent_3(void)
{
    EVP_PKEY *key = NULL;
    BIGNUM *three = BN_new();
    BN_set_word(three, 3);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    cr_assert_eq(EVP_PKEY_keygen_init(context), 1);
    cr_assert_eq(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048), 1);
    cr_assert_eq(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, three), 1);
    cr_assert_eq(EVP_PKEY_keygen(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    BN_free(three);
    return key;
}

/* The endpoint's key is one, as Bridge's list may have it: nothing is judged by it. */
Test(attacks, a_forged_padding_for_a_key_of_exponent_3_is_refused)
{
    unsigned char forged[256];
    char base64[512], value[600];
    EVP_PKEY *weak = key_with_exponent_3();
    char *pem = public_pem(weak);
    struct webhook webhook = {.id = "wep_3", .url = "https://a/hooks/three", .public_key = pem};
    inbox_remember_webhooks(house.inbox, &(struct webhook_list){.items = &webhook, .count = 1},
                            NULL);
    house_close();
    house_open(); /* with the keys that are remembered */
    forge("x", forged);
    (void)EVP_EncodeBlock((unsigned char *)base64, forged, sizeof forged);
    (void)snprintf(value, sizeof value, "t=%lld,v0=%s", (long long)NOW_MS, base64);
    char *line = caller_signature_line(value);
    cr_expect_eq(caller_finish_status(caller_start("POST", "/hooks/three", line, "x", 1, false)),
                 400);
    cr_expect_neq(house_last_seen()->verdict, VERDICT_GENUINE);
    free(line);

    /* Nor what that key did sign. */
    struct signer signer = {.key = weak, .pem = pem};
    char *signed_by_it = signer_sign(&signer, NOW_MS, "x", 1, false);
    line = caller_signature_line(signed_by_it);
    cr_expect_eq(caller_finish_status(caller_start("POST", "/hooks/three", line, "x", 1, false)),
                 400);
    cr_expect_neq(house_last_seen()->verdict, VERDICT_GENUINE);
    free(line);
    free(signed_by_it);
    signer_free(&signer);
}

/* --- paddings that a key's owner alone can make ------------------------------------------------
 */

struct padding {
    const char *name;
    const char *prefix; /* of the digest */
    size_t prefix_length;
    size_t ones; /* bytes of 0xff; 0: as many as fill it */
    unsigned char type;
    unsigned char zero; /* what ends them */
    bool genuine;
};

static const struct padding PADDINGS[] = {
    {"as it should be", OF_SHA256, 19, 0, 1, 0, true},
    {"bytes behind the digest", OF_SHA256, 19, 8, 1, 0, false},
    {"type 2", OF_SHA256, 19, 0, 2, 0, false},
    {"type 0", OF_SHA256, 19, 0, 0, 0, false},
    {"no zero", OF_SHA256, 19, 0, 1, 0xff, false},
    {"no parameters", "\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20", 17, 0,
     1, 0, false},
    {"parameters that say something",
     "\x30\x33\x30\x0f\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x02\x61\x62\x04\x20", 21, 0,
     1, 0, false},
    {"a length in two bytes",
     "\x30\x81\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20", 20, 0, 1,
     0, false},
    {"SHA-512/256", "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x06\x05\x00\x04\x20",
     19, 0, 1, 0, false},
    {"the digest alone", "", 0, 0, 1, 0, false},
};

static void pad(const struct padding *padding, const char *body, unsigned char padded[256])
{
    unsigned char begin[64];
    size_t digest_at = begin_of_padding(body, begin) - SHA256_DIGEST_LENGTH;
    size_t tail = padding->prefix_length + SHA256_DIGEST_LENGTH;
    size_t ones = padding->ones > 0 ? padding->ones : 256 - 3 - tail;
    memset(padded, 0, 256);
    padded[1] = padding->type;
    memset(padded + 2, 0xff, ones);
    padded[2 + ones] = padding->zero;
    memcpy(padded + 3 + ones, padding->prefix, padding->prefix_length);
    memcpy(padded + 3 + ones + padding->prefix_length, begin + digest_at, SHA256_DIGEST_LENGTH);
}

Test(attacks, a_padding_counts_to_the_byte)
{
    for (size_t i = 0; i < sizeof PADDINGS / sizeof PADDINGS[0]; i++) {
        unsigned char padded[256], made[256];
        char base64[512], value[600];
        size_t length = sizeof made;
        pad(&PADDINGS[i], "x", padded);
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(house.signer.key, NULL);
        cr_assert_eq(EVP_PKEY_sign_init(context), 1);
        cr_assert_eq(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING), 1);
        cr_assert_eq(EVP_PKEY_sign(context, made, &length, padded, sizeof padded), 1);
        EVP_PKEY_CTX_free(context);
        (void)EVP_EncodeBlock((unsigned char *)base64, made, (int)length);
        (void)snprintf(value, sizeof value, "t=%lld,v0=%s", (long long)NOW_MS, base64);
        char *line = caller_signature_line(value);
        cr_expect_eq(caller_post_with(line, "x"), PADDINGS[i].genuine ? 200 : 400, "%s",
                     PADDINGS[i].name);
        free(line);
    }
}
