/*
 * What doctor.c (header, time, keys, hashes) and doctor_body.c (forms of the body) share.
 */
#ifndef BRIDGETOP_API_DOCTOR_PRIVATE_H
#define BRIDGETOP_API_DOCTOR_PRIVATE_H

#include "api/doctor.h"

enum { DOCTOR_FORM_KEYS_MAX = 8 }; /* keys that each form of the body is tried with */

struct doctor_trial {
    const struct doctor_case *patient;
    struct doctor_report *report;
    struct signature signature;
    const struct doctor_key *keys[DOCTOR_KEYS_MAX]; /* those that were expected first */
    size_t count;
    size_t expected;
    size_t hashed;  /* bytes */
    size_t largest; /* of the keys' signatures */
};

/* The first of the first `limit` keys that made the signature over these bytes in the official
   form, or NULL, also when a limit is reached. */
const struct doctor_key *doctor_signer(struct doctor_trial *trial, const void *body, size_t length,
                                       size_t limit);

/* Adds a finding while there is room. */
void doctor_add(struct doctor_report *report, enum doctor_kind kind, bool shown, const char *remedy,
                const char *what, ...) __attribute__((format(printf, 5, 6)));

/* Whether a form of the body fits: adds the finding. */
bool doctor_try_bodies(struct doctor_trial *trial);

/* What may be seen in a body that nothing fits. */
void doctor_look_at_body(struct doctor_trial *trial);

#endif
