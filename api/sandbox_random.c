#include "api/sandbox_random.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct sandbox_random sandbox_random_stream(uint64_t seed, uint64_t stream)
{
    struct sandbox_random mixer = {.state = seed};
    uint64_t mixed = sandbox_random_next(&mixer);
    struct sandbox_random random = {.state = mixed ^ (stream * UINT64_C(0xd1342543de82ef95))};
    (void)sandbox_random_next(&random);
    return random;
}

uint64_t sandbox_random_next(struct sandbox_random *random)
{
    uint64_t value = random->state += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

/* The bias of the remainder is below 2^-40 for the small limits of a story. */
uint64_t sandbox_random_below(struct sandbox_random *random, uint64_t limit)
{
    return sandbox_random_next(random) % limit;
}

double sandbox_random_unit(struct sandbox_random *random)
{
    return (double)(sandbox_random_next(random) >> 11) * 0x1p-53;
}

void sandbox_random_text(struct sandbox_random *random, const char *alphabet, char *text,
                         size_t digits)
{
    size_t letters = strlen(alphabet);
    for (size_t i = 0; i < digits; i++)
        text[i] = alphabet[sandbox_random_below(random, letters)];
    text[digits] = '\0';
}

void sandbox_random_id(struct sandbox_random *random, const char *prefix, char id[SANDBOX_ID_SIZE])
{
    enum { DIGITS = 22 };
    char digits[DIGITS + 1];
    sandbox_random_text(random, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                        digits, DIGITS);
    (void)snprintf(id, SANDBOX_ID_SIZE, "%.4s%s", prefix, digits);
}

void sandbox_random_uuid(struct sandbox_random *random, char uuid[SANDBOX_UUID_SIZE])
{
    uint64_t high = sandbox_random_next(random);
    uint64_t low = sandbox_random_next(random);
    (void)snprintf(uuid, SANDBOX_UUID_SIZE, "%08" PRIx32 "-%04x-4%03x-%04x-%012" PRIx64,
                   (uint32_t)(high >> 32), (unsigned)(high >> 16) & 0xFFFF, (unsigned)high & 0xFFF,
                   ((unsigned)(low >> 48) & 0x3FFF) | 0x8000, low & UINT64_C(0xFFFFFFFFFFFF));
}
