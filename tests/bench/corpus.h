/*
 * Signed deliveries, each of another event, as whole HTTP requests.
 *
 * Made before a measurement begins, because signing costs forty times what verifying costs, on all
 * cores. They lie in memory that forked processes share. Signed with the time at which they were
 * made: a receiver takes them for SIGNATURE_WINDOW_MS.
 */
#ifndef BRIDGETOP_TESTS_BENCH_CORPUS_H
#define BRIDGETOP_TESTS_BENCH_CORPUS_H

#include "api/error.h"
#include "tests/e2e/sender.h"

#include <stddef.h>
#include <stdint.h>

struct corpus;

/* `count` deliveries to `path`; the seed decides which events they are of. */
struct corpus *corpus_new(const struct sender *sender, const char *path, size_t count,
                          uint64_t seed, struct error *error);
void corpus_free(struct corpus *corpus); /* NULL is fine */

size_t corpus_count(const struct corpus *corpus);

/* The bytes of one, owned by the corpus. */
const char *corpus_request(const struct corpus *corpus, size_t index, size_t *length);

#endif
