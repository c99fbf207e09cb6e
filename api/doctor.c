#include "api/doctor.h"

#include "api/contract.h"
#include "api/doctor_private.h"
#include "api/duration.h"
#include "api/keyring.h"
#include "api/sha256.h"

#include <ctype.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PATH_SIZE = 2048 };

const char *doctor_kind_name(enum doctor_kind kind)
{
    static const char *const NAMES[DOCTOR_KINDS] = {
        [DOCTOR_NOTHING_WRONG] = "nothing_wrong",
        [DOCTOR_UNEXPLAINED] = "unexplained",
        [DOCTOR_NO_HEADER] = "no_header",
        [DOCTOR_RENAMED_HEADER] = "renamed_header",
        [DOCTOR_DOUBLED_HEADER] = "doubled_header",
        [DOCTOR_MALFORMED_HEADER] = "malformed_header",
        [DOCTOR_LOOSE_BASE64] = "loose_base64",
        [DOCTOR_SECONDS] = "t_in_seconds",
        [DOCTOR_STALE] = "stale",
        [DOCTOR_FUTURE] = "future",
        [DOCTOR_CLOCK] = "clock",
        [DOCTOR_NO_KEY] = "no_key",
        [DOCTOR_OTHER_KEY] = "other_endpoints_key",
        [DOCTOR_OLD_KEY] = "old_key",
        [DOCTOR_KEY_SIZE] = "key_size",
        [DOCTOR_SINGLE_HASH] = "single_hash",
        [DOCTOR_HEX_DIGEST] = "hex_digest",
        [DOCTOR_BODY_ALONE] = "body_alone",
        [DOCTOR_NEWLINE_ADDED] = "newline_added",
        [DOCTOR_NEWLINE_TAKEN] = "newline_taken",
        [DOCTOR_LINE_ENDS] = "line_ends",
        [DOCTOR_BOM_ADDED] = "bom_added",
        [DOCTOR_BOM_TAKEN] = "bom_taken",
        [DOCTOR_BLANKS_ADDED] = "blanks_added",
        [DOCTOR_REENCODED] = "reencoded",
        [DOCTOR_CHARSET] = "charset",
        [DOCTOR_COMPRESSED] = "compressed",
        [DOCTOR_TRUNCATED] = "truncated",
        [DOCTOR_EMPTY_BODY] = "empty_body",
        [DOCTOR_NOT_JSON] = "not_json",
    };
    return (unsigned)kind < DOCTOR_KINDS ? NAMES[kind] : "unknown";
}

void doctor_add(struct doctor_report *report, enum doctor_kind kind, bool shown, const char *remedy,
                const char *what, ...)
{
    if (report->count == DOCTOR_FINDINGS_MAX)
        return;
    struct doctor_finding *finding = &report->findings[report->count++];
    va_list arguments;
    *finding = (struct doctor_finding){.kind = kind, .shown = shown};
    va_start(arguments, what);
    (void)vsnprintf(finding->what, sizeof finding->what, what, arguments);
    va_end(arguments);
    (void)snprintf(finding->remedy, sizeof finding->remedy, "%s", remedy);
}

/* --- keys ----------------------------------------------------------------------- */

/* As the inbox chooses: keys of endpoints with that path, and those given by hand; where no
   endpoint has the path, all that are in use. */
static bool is_expected(const struct doctor_case *patient, const struct doctor_key *key,
                        bool path_known)
{
    char path[PATH_SIZE], own[PATH_SIZE];
    if (key->retired)
        return false;
    if (key->webhook_id == NULL || !path_known)
        return true;
    keyring_path(patient->target, path, sizeof path);
    keyring_path(key->url != NULL ? key->url : "", own, sizeof own);
    return strcmp(path, own) == 0;
}

static bool has_path(const struct doctor_case *patient)
{
    for (size_t i = 0; patient->target != NULL && i < patient->key_count; i++)
        if (patient->keys[i].webhook_id != NULL && is_expected(patient, &patient->keys[i], true))
            return true;
    return false;
}

static void add_keys(struct doctor_trial *trial, bool expected, bool path_known)
{
    const struct doctor_case *patient = trial->patient;
    for (size_t i = 0; i < patient->key_count && trial->count < DOCTOR_KEYS_MAX; i++) {
        const struct doctor_key *key = &patient->keys[i];
        if (is_expected(patient, key, path_known) != expected)
            continue;
        trial->keys[trial->count++] = key;
        if (public_key_signature_length(key->key) > trial->largest)
            trial->largest = public_key_signature_length(key->key);
    }
}

static void order_keys(struct doctor_trial *trial)
{
    bool path_known = has_path(trial->patient);
    add_keys(trial, true, path_known);
    trial->expected = trial->count;
    add_keys(trial, false, path_known);
    if (trial->count < trial->patient->key_count)
        trial->report->exhausted = true;
}

static bool may_go_on(struct doctor_trial *trial, size_t bytes)
{
    if (trial->hashed + bytes > DOCTOR_HASHED_MAX || trial->report->checks >= DOCTOR_CHECKS_MAX) {
        trial->report->exhausted = true;
        return false;
    }
    trial->hashed += bytes;
    return true;
}

static const struct doctor_key *hash_signer(struct doctor_trial *trial,
                                            const unsigned char hash[SIGNATURE_DIGEST_BYTES],
                                            size_t limit)
{
    for (size_t i = 0; i < trial->count && i < limit; i++) {
        if (public_key_signature_length(trial->keys[i]->key) != trial->signature.length)
            continue;
        if (!may_go_on(trial, 0))
            return NULL;
        trial->report->checks++;
        if (signature_matches_hash(&trial->signature, hash, trial->keys[i]->key))
            return trial->keys[i];
    }
    return NULL;
}

const struct doctor_key *doctor_signer(struct doctor_trial *trial, const void *body, size_t length,
                                       size_t limit)
{
    unsigned char digest[SIGNATURE_DIGEST_BYTES], hash[SIGNATURE_DIGEST_BYTES];
    if (!may_go_on(trial, length) ||
        !signature_digest(trial->signature.t_text, body, length, digest) ||
        !sha256(digest, sizeof digest, hash))
        return NULL;
    return hash_signer(trial, hash, limit);
}

static const struct doctor_key *signer_as_sent(struct doctor_trial *trial)
{
    return doctor_signer(trial, trial->patient->body, trial->patient->body_length, SIZE_MAX);
}

/* --- time ------------------------------------------------------------------------- */

static void add_clock(struct doctor_trial *trial, int64_t age_ms)
{
    const struct doctor_case *patient = trial->patient;
    char off[DURATION_SIZE];
    int64_t ahead = patient->clock_ahead_ms;
    int64_t true_age = age_ms - ahead;
    bool explains = true_age <= patient->window_ms && true_age >= -patient->window_ms;
    if (!patient->clock_known || !explains)
        return;
    duration_format(ahead < 0 ? -ahead : ahead, off);
    doctor_add(trial->report, DOCTOR_CLOCK, true,
               "Set this machine's clock (timedatectl set-ntp true); the next delivery verifies.",
               "This machine's clock is %s %s Bridge's, and that is why t is outside the window.",
               off, ahead < 0 ? "behind" : "ahead of");
}

/* From 2001 on; as milliseconds a day in January 1970. */
static bool looks_like_seconds(int64_t t)
{
    enum { SECONDS_OF_2001 = 978307200 };
    return t >= SECONDS_OF_2001 && t < INT64_C(100) * SECONDS_OF_2001;
}

/* The last digits of the header's t were left out on the way, or by who wrote it: it was signed as
   milliseconds of that second. */
static bool try_cut_time(struct doctor_trial *trial)
{
    enum { MS = 1000, KEYS = 2, BODY_MAX = 16 * 1024 };
    const struct doctor_case *patient = trial->patient;
    struct doctor_trial other = *trial; /* counts for itself, but into the same report */
    if (!looks_like_seconds(trial->signature.t_ms) || patient->body_length > BODY_MAX)
        return false;
    for (int ms = 0; ms < MS; ms++) {
        (void)snprintf(other.signature.t_text, sizeof other.signature.t_text, "%.17s%03d",
                       trial->signature.t_text, ms);
        if (doctor_signer(&other, patient->body, patient->body_length, KEYS) == NULL)
            continue;
        doctor_add(trial->report, DOCTOR_SECONDS, true,
                   "Whatever writes the header must leave t in milliseconds, as it was signed.",
                   "t is in seconds, but %s was signed: its last three digits are missing.",
                   other.signature.t_text);
        return true;
    }
    return false;
}

/* A signature that fits, over the bytes as sent, by a key that was expected. */
static void judge_time(struct doctor_trial *trial)
{
    const struct doctor_case *patient = trial->patient;
    int64_t t = trial->signature.t_ms, age, window = patient->window_ms;
    char beyond[DURATION_SIZE], limit[DURATION_SIZE];
    if (__builtin_sub_overflow(patient->received_ms, t, &age))
        age = t < 0 ? INT64_MAX : -INT64_MAX;
    if (window < 0 || (age <= window && age >= -window)) {
        doctor_add(trial->report, DOCTOR_NOTHING_WRONG, true, "", "The signature is genuine.");
        return;
    }
    if (looks_like_seconds(t)) {
        doctor_add(trial->report, DOCTOR_SECONDS, true,
                   "The sender must write milliseconds; Bridge does.",
                   "t is in seconds: %s would be %s000. It is signed like that.",
                   trial->signature.t_text, trial->signature.t_text);
        return;
    }
    add_clock(trial, age);
    duration_format(age < 0 ? -age - window : age - window, beyond);
    duration_format(window, limit);
    if (age > 0)
        doctor_add(
            trial->report, DOCTOR_STALE, true,
            "Bridge sends it again with a fresh t; sending the event by hand has that at once. If "
            "many are stale, look what holds them up on the way, and at this machine's clock.",
            "It is signed, but t is %s beyond the %s that a delivery may be old: a replay, or "
            "one that was held up.",
            beyond, limit);
    else
        doctor_add(trial->report, DOCTOR_FUTURE, true,
                   "Compare this machine's clock with another (date -u).",
                   "It is signed, but t is %s beyond the %s that it may be ahead of this machine's "
                   "clock.",
                   beyond, limit);
}

/* --- whose key ---------------------------------------------------------------------- */

static bool is_expected_key(const struct doctor_trial *trial, const struct doctor_key *key)
{
    for (size_t i = 0; i < trial->expected; i++)
        if (trial->keys[i] == key)
            return true;
    return false;
}

static void judge_key(struct doctor_trial *trial, const struct doctor_key *signer)
{
    enum { SHORT = 100 };
    char path[SHORT] = "another's path";
    char url[SHORT + 16] = "";
    const char *id = signer->webhook_id != NULL ? signer->webhook_id : "a key given by hand";
    if (trial->patient->target != NULL)
        keyring_path(trial->patient->target, path, sizeof path);
    if (signer->url != NULL)
        (void)snprintf(url, sizeof url, ", %.*s%s,", SHORT, signer->url,
                       strlen(signer->url) > SHORT ? "…" : "");
    if (is_expected_key(trial, signer))
        judge_time(trial);
    else if (signer->retired)
        doctor_add(
            trial->report, DOCTOR_OLD_KEY, true,
            "If the endpoint was deleted and made again, it has a new key: Bridge signs what "
            "it sends from now on with that.",
            "This is the signature of %s, an endpoint that is no longer there.", id);
    else
        doctor_add(trial->report, DOCTOR_OTHER_KEY, true,
                   "See that what stands between (a proxy, a tunnel) leaves the path as it is, or "
                   "correct the URL of one of the endpoints.",
                   "This is %s's signature, though it came to %s: its URL%s points here too.", id,
                   path, url);
}

/* --- what was hashed -------------------------------------------------------------- */

static bool try_single_hash(struct doctor_trial *trial, const unsigned char *digest)
{
    if (hash_signer(trial, digest, SIZE_MAX) == NULL)
        return false;
    doctor_add(trial->report, DOCTOR_SINGLE_HASH, true,
               "The sender is not Bridge, or an imitation: it must sign the SHA-256 digest as the "
               "message, which hashes it once more.",
               "It is signed over one SHA-256 of t, a dot and the body; Bridge hashes twice.");
    return true;
}

static bool try_hex_digest(struct doctor_trial *trial, const unsigned char *digest)
{
    char hex[2 * SIGNATURE_DIGEST_BYTES + 1];
    unsigned char hash[SIGNATURE_DIGEST_BYTES];
    for (size_t i = 0; i < SIGNATURE_DIGEST_BYTES; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    if (!sha256(hex, sizeof hex - 1, hash) ||
        hash_signer(trial, hash, DOCTOR_FORM_KEYS_MAX) == NULL)
        return false;
    doctor_add(trial->report, DOCTOR_HEX_DIGEST, true,
               "The sender must sign the digest's 32 bytes, not their 64 hexadecimal digits.",
               "It is signed over the digest written in hexadecimal.");
    return true;
}

/* Once or twice hashed. */
static bool try_body_alone(struct doctor_trial *trial)
{
    const struct doctor_case *patient = trial->patient;
    unsigned char once[SIGNATURE_DIGEST_BYTES], twice[SIGNATURE_DIGEST_BYTES];
    if (!may_go_on(trial, patient->body_length) ||
        !sha256(patient->body, patient->body_length, once) || !sha256(once, sizeof once, twice) ||
        (hash_signer(trial, once, DOCTOR_FORM_KEYS_MAX) == NULL &&
         hash_signer(trial, twice, DOCTOR_FORM_KEYS_MAX) == NULL))
        return false;
    doctor_add(trial->report, DOCTOR_BODY_ALONE, true,
               "The sender must sign t, a dot and the body.",
               "It is signed over the body alone, without t and the dot.");
    return true;
}

static bool try_hashes(struct doctor_trial *trial)
{
    unsigned char digest[SIGNATURE_DIGEST_BYTES];
    return may_go_on(trial, trial->patient->body_length) &&
           signature_digest(trial->signature.t_text, trial->patient->body,
                            trial->patient->body_length, digest) &&
           (try_single_hash(trial, digest) || try_hex_digest(trial, digest) ||
            try_body_alone(trial));
}

/* --- a header that can be read ---------------------------------------------------- */

static bool has_key_of_its_size(const struct doctor_trial *trial)
{
    for (size_t i = 0; i < trial->count; i++)
        if (public_key_signature_length(trial->keys[i]->key) == trial->signature.length)
            return true;
    return false;
}

static void examine_signature(struct doctor_trial *trial)
{
    struct doctor_report *report = trial->report;
    if (trial->count == 0) {
        doctor_add(report, DOCTOR_NO_KEY, true,
                   "Give BRIDGE_API_KEY, so that Bridge is asked for its endpoints' keys, or "
                   "--public-key FILE.",
                   "No public key is known yet to check the signature with.");
        return;
    }
    const struct doctor_key *signer = signer_as_sent(trial);
    if (signer != NULL) {
        judge_key(trial, signer);
        return;
    }
    if (try_hashes(trial) || doctor_try_bodies(trial) || try_cut_time(trial))
        return;
    if (looks_like_seconds(trial->signature.t_ms))
        doctor_add(report, DOCTOR_SECONDS, false,
                   "The sender must write milliseconds; Bridge does.",
                   "t is in seconds, it seems: %s has %zu digits, and Bridge writes 13.",
                   trial->signature.t_text, strlen(trial->signature.t_text));
    if (!has_key_of_its_size(trial))
        doctor_add(report, DOCTOR_KEY_SIZE, false, "Ask whose key it is: no known endpoint's.",
                   "v0 is a signature of %zu bytes, and no known key makes such.",
                   trial->signature.length);
    doctor_look_at_body(trial);
}

/* --- a header that cannot ------------------------------------------------------------ */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent escapes undone; blanks, line ends and quotes left out. */
static size_t clean(const char *value, char *to, size_t size)
{
    size_t length = 0;
    for (const char *at = value; *at != '\0' && length + 1 < size; at++) {
        char c = *at;
        if (c == '%' && hex_value(at[1]) >= 0 && hex_value(at[2]) >= 0) {
            c = (char)(hex_value(at[1]) * 16 + hex_value(at[2]));
            at += 2;
        }
        if (strchr(" \t\r\n\"'<>", c) == NULL)
            to[length++] = c;
    }
    to[length] = '\0';
    return length;
}

/* The standard alphabet, padded anew; hexadecimal digits as base64. False when there is no room. */
static bool normalize(const char *text, size_t length, char *to, size_t size)
{
    enum { QUAD = 4 };
    unsigned char bytes[SIGNATURE_BYTES_MAX];
    while (length > 0 && text[length - 1] == '=')
        length--;
    if (length % 2 == 0 && length >= 2 * SIGNATURE_KEY_BITS_MIN / 8 && length <= 2 * sizeof bytes &&
        strspn(text, "0123456789abcdefABCDEF") >= length) {
        for (size_t i = 0; i < length / 2; i++)
            bytes[i] = (unsigned char)(hex_value(text[2 * i]) * 16 + hex_value(text[2 * i + 1]));
        if (length / 2 / 3 * QUAD + QUAD + 1 > size)
            return false;
        (void)EVP_EncodeBlock((unsigned char *)to, bytes, (int)(length / 2));
        return true;
    }
    if (length + QUAD >= size)
        return false;
    memcpy(to, text, length);
    for (size_t i = 0; i < length; i++) {
        if (to[i] == '-')
            to[i] = '+';
        else if (to[i] == '_')
            to[i] = '/';
    }
    while (length % QUAD != 0)
        to[length++] = '=';
    to[length] = '\0';
    return true;
}

/* Reads what a strict reader refuses: fields in any style, v0 under another version's name. */
static bool parse_loosely(const char *value, struct signature *signature)
{
    char text[SIGNATURE_HEADER_MAX + 1], base64[SIGNATURE_HEADER_MAX + 1];
    char strict[2 * SIGNATURE_HEADER_MAX];
    char *t = NULL, *v = NULL, *rest = NULL;
    if (strnlen(value, SIGNATURE_HEADER_MAX) == SIGNATURE_HEADER_MAX)
        return false;
    (void)clean(value, text, sizeof text);
    for (char *field = strtok_r(text, ",;", &rest); field != NULL;
         field = strtok_r(NULL, ",;", &rest)) {
        bool zero = strncasecmp(field, "v0=", 3) == 0;
        if (strncasecmp(field, "t=", 2) == 0 && t == NULL)
            t = field + 2;
        else if (zero || (v == NULL && (field[0] | 0x20) == 'v' &&
                          isdigit((unsigned char)field[1]) && field[2] == '='))
            v = field + 3;
    }
    if (t == NULL || v == NULL || !normalize(v, strlen(v), base64, sizeof base64))
        return false;
    (void)snprintf(strict, sizeof strict, "t=%s,v0=%s", t, base64);
    return signature_parse(strict, signature, NULL);
}

static void examine_malformed(struct doctor_trial *trial, const char *value, const char *place)
{
    if (parse_loosely(value, &trial->signature) && signer_as_sent(trial) != NULL)
        doctor_add(
            trial->report, DOCTOR_LOOSE_BASE64, true,
            "Something on the way writes the header anew: let it pass on unchanged. Only the "
            "exact form counts, or one signature would have many spellings.",
            "Read with allowances the header fits; strictly it does not: %s.", place);
    else
        doctor_add(
            trial->report, DOCTOR_MALFORMED_HEADER, true,
            "Bridge sends t=<milliseconds>,v0=<base64>: look at the header as it came, and at "
            "what is between Bridge and here.",
            "The X-Webhook-Signature header cannot be read: %s.", place);
}

/* --- how many headers ------------------------------------------------------------- */

/* t=…,v0=… under another name. */
static const struct header *find_renamed(const struct doctor_case *patient)
{
    struct signature signature;
    for (size_t i = 0; i < patient->headers->count; i++) {
        const struct header *header = &patient->headers->items[i];
        if (strcasecmp(header->name, CONTRACT_SIGNATURE_HEADER) != 0 &&
            parse_loosely(header->value, &signature))
            return header;
    }
    return NULL;
}

static void examine_without(struct doctor_trial *trial)
{
    const struct header *renamed = find_renamed(trial->patient);
    if (renamed == NULL) {
        doctor_add(trial->report, DOCTOR_NO_HEADER, true,
                   "It is not from Bridge, or a proxy drops headers that it does not know: let it "
                   "pass X-Webhook-Signature on.",
                   "There is no X-Webhook-Signature header.");
        return;
    }
    (void)parse_loosely(renamed->value, &trial->signature);
    bool fits = signer_as_sent(trial) != NULL;
    doctor_add(trial->report, DOCTOR_RENAMED_HEADER, fits,
               "Let whatever is between Bridge and here pass the header on under its own name.",
               "There is no X-Webhook-Signature header, but %.64s holds one%s.", renamed->name,
               fits ? ", and it fits" : "");
}

/* Several of what may be there once: how many of them fit, and the last that does. */
struct doubled {
    size_t number;
    size_t fitting;
    size_t which;
};

static void weigh(struct doctor_trial *trial, const char *value, struct doubled *doubled)
{
    doubled->number++;
    if (!signature_parse(value, &trial->signature, NULL) || signer_as_sent(trial) == NULL)
        return;
    doubled->fitting++;
    doubled->which = doubled->number;
}

static void tell_doubled(struct doctor_trial *trial, const struct doubled *doubled, const char *how)
{
    char fits[48];
    if (doubled->fitting == doubled->number)
        (void)snprintf(fits, sizeof fits, ", and each of them fits");
    else if (doubled->fitting > 0)
        (void)snprintf(fits, sizeof fits, "; number %zu of them fits", doubled->which);
    else
        (void)snprintf(fits, sizeof fits, ", and none of them fits");
    doctor_add(trial->report, DOCTOR_DOUBLED_HEADER, true,
               "A proxy that retries or joins requests adds one: it must come once. Which of them "
               "counts is not for a receiver to choose.",
               "The X-Webhook-Signature header %s%s.", how, fits);
}

static void examine_doubled(struct doctor_trial *trial, size_t count)
{
    const struct header_list *headers = trial->patient->headers;
    struct doubled doubled = {0};
    char how[48];
    for (size_t i = 0; i < headers->count; i++)
        if (strcasecmp(headers->items[i].name, CONTRACT_SIGNATURE_HEADER) == 0)
            weigh(trial, headers->items[i].value, &doubled);
    (void)snprintf(how, sizeof how, "comes %zu times", count);
    tell_doubled(trial, &doubled, how);
}

/* Where the next of several values begins that a proxy joined by commas (RFC 9110, 5.3): "t=" after
   a comma, and blanks. NULL: there is none. `end` is where the one before ends. */
static char *next_joined(char *text, char **end)
{
    for (char *comma = strchr(text, ','); comma != NULL; comma = strchr(comma + 1, ',')) {
        char *next = comma + 1 + strspn(comma + 1, " \t");
        *end = comma;
        if (strncmp(next, "t=", 2) == 0)
            return next;
    }
    return NULL;
}

/* False: it is no such header, or holds none that can be read. */
static bool examine_joined(struct doctor_trial *trial, const char *value)
{
    char text[SIGNATURE_HEADER_MAX + 1], how[64];
    struct doubled doubled = {0};
    size_t readable = 0;
    if (strnlen(value, sizeof text) >= sizeof text)
        return false;
    (void)snprintf(text, sizeof text, "%s", value);
    for (char *at = text, *next; at != NULL; at = next) {
        char *end;
        struct signature signature;
        next = next_joined(at, &end);
        if (next != NULL)
            *end = '\0';
        readable += signature_parse(at, &signature, NULL);
        weigh(trial, at, &doubled);
    }
    if (doubled.number < 2 || readable == 0)
        return false;
    (void)snprintf(how, sizeof how, "holds %zu signatures, joined by commas", doubled.number);
    tell_doubled(trial, &doubled, how);
    return true;
}

void doctor_examine(const struct doctor_case *patient, struct doctor_report *report)
{
    struct doctor_trial trial = {.patient = patient, .report = report};
    size_t count = header_list_count(patient->headers, CONTRACT_SIGNATURE_HEADER);
    const char *value = header_list_find(patient->headers, CONTRACT_SIGNATURE_HEADER);
    struct error place = {0};
    *report = (struct doctor_report){0};
    order_keys(&trial);
    if (count == 0)
        examine_without(&trial);
    else if (count > 1)
        examine_doubled(&trial, count);
    else if (signature_parse(value, &trial.signature, &place))
        examine_signature(&trial);
    else if (!examine_joined(&trial, value))
        examine_malformed(&trial, value, place.message);
}

/* The one is a sentence, the other a part of one. */
bool doctor_repeats(const struct doctor_finding *finding, const char *reason)
{
    const char *what = finding->what;
    size_t length = strlen(what);
    if (length > 0 && what[length - 1] == '.')
        length--;
    return reason != NULL && length > 0 && strlen(reason) == length &&
           tolower((unsigned char)what[0]) == tolower((unsigned char)reason[0]) &&
           memcmp(what + 1, reason + 1, length - 1) == 0;
}
