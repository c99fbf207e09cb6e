/*
 * The files a receiver was given by hand: certificate, private key, public keys. Private to the
 * receiver.
 */
#ifndef BRIDGETOP_API_RECEIVER_FILES_H
#define BRIDGETOP_API_RECEIVER_FILES_H

#include "api/receiver.h"
#include "api/tls.h"

/* What was read of them. Zeroed, it is empty. */
struct receiver_files {
    struct tls *tls; /* NULL: none, or it cannot be used */
    char *pems[RECEIVER_KEY_FILES_MAX];
    size_t pem_count;
    struct error tls_error;
    struct error key_error;
    bool keys_ok;
};

/* Reads all. Blocks: on a thread of its own, but for the beginning. */
void receiver_files_read(struct receiver_files *files, const struct receiver_config *config);
void receiver_files_clear(struct receiver_files *files);

/* A digest of what the files are: which, how long, changed when. It differs when one of them was
   written or replaced. Blocks no longer than stat(2). */
uint64_t receiver_files_digest(const struct receiver_config *config);

#endif
