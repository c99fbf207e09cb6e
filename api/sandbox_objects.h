/*
 * What the sandbox's events are about: believable objects of each category.
 *
 * A cast is drawn once for a story: the person, the ids, the amounts. A scene is
 * one moment of it. The object of a scene depends on nothing else.
 */
#ifndef BRIDGETOP_API_SANDBOX_OBJECTS_H
#define BRIDGETOP_API_SANDBOX_OBJECTS_H

#include "api/buffer.h"
#include "api/sandbox_random.h"

#include <stddef.h>
#include <stdint.h>

struct sandbox_person {
    const char *first;
    const char *last;
    const char *email;
    const char *country;
};

struct sandbox_shop {
    const char *name;
    const char *city;
    const char *mcc; /* merchant category code, ISO 18245 */
};

enum { SANDBOX_OBJECT_KINDS = 15 };

struct sandbox_cast {
    const struct sandbox_person *person;
    const struct sandbox_shop *shop;
    const char *bank;
    const char *chain;
    const char *rail;
    int64_t cents;
    char ids[SANDBOX_OBJECT_KINDS][SANDBOX_UUID_SIZE]; /* one object of each category */
    char last_4[5];
    char account[13];
    char memo[11];
    char address[43]; /* "0x" and 40 hex digits */
    char hash[67];    /* "0x" and 64 hex digits */
};

struct sandbox_scene {
    const struct sandbox_cast *cast;
    const char *category;
    const char *status; /* NULL: the object has none */
    int64_t began_ms;   /* when the object came to be */
    int64_t now_ms;
};

void sandbox_cast_draw(struct sandbox_cast *cast, struct sandbox_random *random);

/* The id of this cast's object of a documented category. */
const char *sandbox_cast_id(const struct sandbox_cast *cast, const char *category);

/* What such an object calls its status: "state", "status", "kyc_status". */
const char *sandbox_object_status_name(const char *category);

/* Appends the object as JSON. */
void sandbox_object_write(struct buffer *out, const struct sandbox_scene *scene);

#endif
