/*
 * The server's side of TLS: one certificate with its key, and the streams that use it.
 *
 * A `struct tls` is loaded once, checked, and never changed again; a renewed certificate is a new
 * one. It is counted by reference: each stream holds one, so that the owner can go over to the new
 * one at once while connections that are open end with the old.
 *
 * TLS 1.2 and 1.3 (RFC 9325), ciphers with forward secrecy and authenticated encryption, no
 * renegotiation, no compression, resumption by tickets alone, so that nothing is kept for a
 * client that has gone.
 *
 * References may be taken and given back on any thread. A stream belongs to one.
 */
#ifndef BRIDGETOP_API_TLS_H
#define BRIDGETOP_API_TLS_H

#include "api/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TLS_FILE_MAX = 256 * 1024, /* bytes of a certificate or key file */
    TLS_CHAIN_MAX = 10,        /* certificates */
    TLS_RSA_BITS_MIN = 2048,
    TLS_NAMES_MAX = 256, /* bytes of tls_names() */
};

struct tls;
struct tls_stream;

/* Reads both files (PEM; they may be the same) and checks them: the first certificate is the
   server's and the key is its, each further one has signed the one before it, all are valid
   at `now_ms` (milliseconds since 1970), keys are RSA of at least 2,048 bits or elliptic curves.
   NULL with one line that names the file and what is wrong with it. Reads regular files only, of
   at most TLS_FILE_MAX bytes. Holds one reference, the caller's. */
struct tls *tls_load(const char *certificate_path, const char *key_path, int64_t now_ms,
                     struct error *error);

struct tls *tls_ref(struct tls *tls);
void tls_unref(struct tls *tls); /* NULL is fine */

/* When the first of its certificates ends, in milliseconds since 1970. */
int64_t tls_expires_ms(const struct tls *tls);

/* Whole days until then; negative once it is past. */
int tls_days_left(const struct tls *tls, int64_t now_ms);

/* The names and addresses it is for, "hooks.example.com, *.example.net", cut to fit. It comes from
   a file, so it passes the text gate before it reaches a terminal. */
const char *tls_names(const struct tls *tls);

/* Something a person should know though it works here: "it is signed by itself: …". Or NULL. */
const char *tls_warning(const struct tls *tls);

/* --- streams ------------------------------------------------------------------------- */

enum tls_result {
    TLS_DONE,       /* it was done, or some of it */
    TLS_WANT_READ,  /* again when the socket is readable */
    TLS_WANT_WRITE, /* again when it is writable */
    TLS_ENDED,      /* the peer has ended the stream in order */
    TLS_FAILED,     /* nothing more can come of it */
    TLS_NOT_TLS,    /* the peer speaks plain HTTP: it may be told so in plain */
};

/* On a connected, non-blocking socket, which stays the caller's. NULL when memory is out. */
struct tls_stream *tls_stream_new(struct tls *tls, int fd);
void tls_stream_free(struct tls_stream *stream); /* NULL is fine */

/* To be called until it gives TLS_DONE; then the other two may be. */
enum tls_result tls_stream_handshake(struct tls_stream *stream);

/* With TLS_DONE, `got` or `sent` is at least 1. A write that could not be done must be tried again
   with the same bytes, or more of them. */
enum tls_result tls_stream_read(struct tls_stream *stream, void *bytes, size_t size, size_t *got);
enum tls_result tls_stream_write(struct tls_stream *stream, const void *bytes, size_t length,
                                 size_t *sent);

/* Whether bytes wait in the stream that the socket will not announce. */
bool tls_stream_pending(const struct tls_stream *stream);

/* Says that nothing more will be written. Best effort: it does not wait. */
void tls_stream_end(struct tls_stream *stream);

#endif
