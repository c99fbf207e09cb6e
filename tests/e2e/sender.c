#include "tests/e2e/sender.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEY_BITS = 2048, SIGNATURE_BYTES = KEY_BITS / 8, HOUR_MS = 60 * 60 * 1000 };

struct sender {
    EVP_PKEY *key;
    EVP_PKEY *other;
    char *pem;
};

static char *public_pem(EVP_PKEY *key)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *bytes, *pem = NULL;
    if (memory != NULL && PEM_write_bio_PUBKEY(memory, key) == 1) {
        long length = BIO_get_mem_data(memory, &bytes);
        pem = strndup(bytes, (size_t)length);
    }
    BIO_free(memory);
    return pem;
}

struct sender *sender_new(struct error *error)
{
    struct sender *sender = calloc(1, sizeof *sender);
    if (sender == NULL)
        goto failed;
    sender->key = EVP_RSA_gen(KEY_BITS);
    sender->other = EVP_RSA_gen(KEY_BITS);
    if (sender->key == NULL || sender->other == NULL)
        goto failed;
    sender->pem = public_pem(sender->key);
    if (sender->pem == NULL)
        goto failed;
    return sender;
failed:
    (void)error_set(error, "cannot make an RSA key");
    sender_free(sender);
    return NULL;
}

void sender_free(struct sender *sender)
{
    if (sender == NULL)
        return;
    EVP_PKEY_free(sender->key);
    EVP_PKEY_free(sender->other);
    free(sender->pem);
    free(sender);
}

const char *sender_public_pem(const struct sender *sender)
{
    return sender->pem;
}

/* What the signature is over: t, a dot, and the body. */
static unsigned char *signed_bytes(int64_t t_ms, const void *body, size_t length, size_t *total)
{
    char t[24];
    int t_length = snprintf(t, sizeof t, "%lld.", (long long)t_ms);
    *total = (size_t)t_length + length;
    unsigned char *bytes = malloc(*total + 1);
    if (bytes != NULL) {
        memcpy(bytes, t, (size_t)t_length);
        memcpy(bytes + t_length, body, length);
    }
    return bytes;
}

static bool rsa_sign(EVP_PKEY *key, const unsigned char *message, size_t length,
                     unsigned char signature[SIGNATURE_BYTES])
{
    size_t size = SIGNATURE_BYTES;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(context, signature, &size, message, length) == 1;
    EVP_MD_CTX_free(context);
    return ok;
}

char *sender_sign(const struct sender *sender, enum sender_way way, int64_t t_ms, const void *body,
                  size_t length)
{
    if (way == SENDER_NO_HEADER)
        return NULL;
    size_t total;
    unsigned char *message = signed_bytes(t_ms, body, length, &total);
    if (message == NULL)
        return NULL;
    unsigned char digest[SHA256_DIGEST_LENGTH], signature[SIGNATURE_BYTES];
    char base64[2 * SIGNATURE_BYTES];
    (void)SHA256(message, total, digest);
    EVP_PKEY *key = way == SENDER_WRONG_KEY ? sender->other : sender->key;
    bool ok = way == SENDER_SINGLE_HASH ? rsa_sign(key, message, total, signature)
                                        : rsa_sign(key, digest, sizeof digest, signature);
    free(message);
    char *header = NULL;
    (void)EVP_EncodeBlock((unsigned char *)base64, signature, SIGNATURE_BYTES);
    if (way == SENDER_BAD_HEADER)
        base64[7] = '!';
    if (!ok || asprintf(&header, "t=%lld,v0=%s", (long long)t_ms, base64) < 0)
        return NULL;
    return header;
}

static int64_t time_of(enum sender_way way)
{
    int64_t now = (int64_t)time(NULL) * 1000;
    return way == SENDER_STALE ? now - HOUR_MS : way == SENDER_FUTURE ? now + HOUR_MS : now;
}

bool sender_deliver(const struct sender *sender, enum sender_way way, uint16_t port,
                    const char *path, const char *body, struct http_answer *answer,
                    struct error *error)
{
    *answer = (struct http_answer){0};
    char url[256], header[1024];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u%s", (unsigned)port, path);
    char *sent = strdup(body);
    if (sent == NULL)
        return error_set(error, "out of memory");
    size_t length = strlen(sent);
    char *value = sender_sign(sender, way, time_of(way), body, length);
    (void)snprintf(header, sizeof header, "X-Webhook-Signature: %s", value == NULL ? "" : value);
    if (way == SENDER_TAMPERED && length > 0)
        sent[length / 2] ^= 1;
    const char *headers[] = {"Content-Type: application/json", value == NULL ? NULL : header,
                             way == SENDER_TWO_HEADERS ? header : NULL, NULL};
    struct http_request request = {
        .method = "POST", .url = url, .headers = headers, .body = sent, .body_length = length};
    bool ok = http_ask(&request, answer, error);
    free(value);
    free(sent);
    return ok;
}
