/* Values that are known by what they look like, whatever name they stand under.
 *
 * Each finder looks at what begins at one place and no further than a fixed number of bytes, so a
 * text is searched in linear time. */
#include "api/redact_private.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

struct text {
    const char *bytes;
    size_t length;
};

static bool digit_at(struct text text, size_t i)
{
    return i < text.length && text.bytes[i] >= '0' && text.bytes[i] <= '9';
}

static bool letter_at(struct text text, size_t i)
{
    return i < text.length && ((text.bytes[i] >= 'a' && text.bytes[i] <= 'z') ||
                               (text.bytes[i] >= 'A' && text.bytes[i] <= 'Z'));
}

static bool word_at(struct text text, size_t i)
{
    return digit_at(text, i) || letter_at(text, i) || (i < text.length && text.bytes[i] == '_');
}

static bool joins_at(struct text text, size_t i)
{
    return i < text.length && (text.bytes[i] == '-' || text.bytes[i] == '.');
}

/* Whether something of its own begins at `i`: no part of a longer word, nor of an id, a decimal
   or a date whose parts are joined. */
static bool begins(struct text text, size_t i)
{
    if (i == 0)
        return true;
    if (word_at(text, i - 1))
        return false;
    return !(joins_at(text, i - 1) && i >= 2 && word_at(text, i - 2));
}

static bool ends(struct text text, size_t i)
{
    return !word_at(text, i) && !(joins_at(text, i) && word_at(text, i + 1));
}

/* --- digits ----------------------------------------------------------------------- */

/* US social security numbers: 3-2-4, and only areas, groups and serials that are given out. */
static size_t ssn_length(struct text text, size_t at)
{
    enum { LENGTH = 11, AREA = 3, GROUP = 6 };
    if (text.length - at < LENGTH)
        return 0;
    const char *s = text.bytes + at;
    for (size_t i = 0; i < LENGTH; i++)
        if (i == AREA || i == GROUP ? s[i] != '-' : !digit_at(text, at + i))
            return 0;
    bool given = memcmp(s, "000", 3) != 0 && memcmp(s, "666", 3) != 0 && s[0] != '9' &&
                 memcmp(s + 4, "00", 2) != 0 && memcmp(s + 7, "0000", 4) != 0;
    return given && ends(text, at + LENGTH) ? LENGTH : 0;
}

enum { CARD_MIN = 13, CARD_MAX = 19, CARD_GROUP = 4 };

static bool luhn(const unsigned char *digits, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = digits[count - 1 - i];
        if (i % 2 == 1)
            digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
        sum += digit;
    }
    return sum % 10 == 0;
}

/* Whether a card is written in such groups: fours, the last one shorter, or 4-6-5 and 4-6-4. */
static bool card_groups(const size_t *groups, size_t count)
{
    if (count == 1)
        return true;
    if (count == 3 && groups[0] == 4 && groups[1] == 6 && (groups[2] == 5 || groups[2] == 4))
        return true;
    for (size_t i = 0; i < count; i++)
        if (groups[i] > CARD_GROUP || (groups[i] < CARD_GROUP && i + 1 < count))
            return false;
    return true;
}

/* ISO/IEC 7812: the first digit of payment cards is 2 to 6, the last one a check digit. */
static size_t card_length(struct text text, size_t at)
{
    enum { GROUPS_MAX = 6 };
    unsigned char digits[CARD_MAX];
    size_t groups[GROUPS_MAX] = {0};
    size_t count = 0;
    size_t group = 0;
    char separator = '\0';
    size_t i = at;
    if (text.bytes[at] < '2' || text.bytes[at] > '6')
        return 0;
    for (; i < text.length; i++) {
        char c = text.bytes[i];
        if (digit_at(text, i)) {
            if (count == CARD_MAX)
                return 0;
            digits[count++] = (unsigned char)(c - '0');
            groups[group]++;
        } else if ((c == ' ' || c == '-') && (separator == '\0' || separator == c) &&
                   digit_at(text, i + 1) && group + 1 < GROUPS_MAX && groups[group] >= CARD_GROUP) {
            separator = c;
            group++;
        } else {
            break;
        }
    }
    bool card = count >= CARD_MIN && card_groups(groups, group + 1) && luhn(digits, count);
    return card && ends(text, i) ? i - at : 0;
}

/* E.164 with its plus, and the separators people put in. */
static size_t phone_length(struct text text, size_t at)
{
    enum { DIGITS_MIN = 8, DIGITS_MAX = 15 };
    size_t digits = 0;
    size_t end = at;
    size_t points = 0;
    size_t gap = 0;
    for (size_t i = at + 1; i < text.length && gap <= 2; i++) {
        if (digit_at(text, i)) {
            if (++digits > DIGITS_MAX)
                return 0;
            end = i + 1;
            gap = 0;
        } else if (digits > 0 && strchr(" -().", text.bytes[i]) != NULL && text.bytes[i] != '\0') {
            points += text.bytes[i] == '.' && digit_at(text, i + 1);
            gap++;
        } else {
            break;
        }
    }
    bool decimal = points == 1; /* +12345678.90 is an amount */
    return digits >= DIGITS_MIN && !decimal && !word_at(text, end) ? end - at : 0;
}

/* --- letters and digits --------------------------------------------------------------- */

/* ISO 13616: how long an IBAN of a country is. */
static const struct {
    char country[3];
    unsigned char length;
} IBANS[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24}, {"DE", 22},
    {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18}, {"FO", 18}, {"FR", 27},
    {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27}, {"GT", 28}, {"HR", 21}, {"HU", 28},
    {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20},
    {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27},
    {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NL", 18}, {"NO", 15},
    {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"SA", 24},
    {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"ST", 25}, {"SV", 28},
    {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20},
};

enum { IBAN_MAX = 34, IBAN_HEAD = 4 };

static size_t iban_digits(struct text text, size_t at)
{
    for (size_t i = 0; i < sizeof IBANS / sizeof IBANS[0]; i++)
        if (strncasecmp(IBANS[i].country, text.bytes + at, 2) == 0)
            return IBANS[i].length;
    return 0;
}

/* ISO 7064: letters count from 10, the head stands at the end, the remainder by 97 is 1. */
static bool iban_checks(const char *iban, size_t length)
{
    unsigned remainder = 0;
    for (size_t i = 0; i < length; i++) {
        char c = iban[(i + IBAN_HEAD) % length];
        if (c >= '0' && c <= '9')
            remainder = (remainder * 10 + (unsigned)(c - '0')) % 97;
        else
            remainder = (remainder * 100 + (unsigned)(toupper((unsigned char)c) - 'A' + 10)) % 97;
    }
    return remainder == 1;
}

static size_t iban_length(struct text text, size_t at)
{
    char iban[IBAN_MAX];
    if (!letter_at(text, at) || !letter_at(text, at + 1) || !digit_at(text, at + 2) ||
        !digit_at(text, at + 3))
        return 0;
    size_t wanted = iban_digits(text, at);
    size_t count = 0;
    size_t i = at;
    for (; i < text.length && count < wanted; i++) {
        if (digit_at(text, i) || letter_at(text, i))
            iban[count++] = text.bytes[i];
        else if (text.bytes[i] != ' ' || i == at || text.bytes[i - 1] == ' ')
            break;
    }
    return wanted > 0 && count == wanted && !word_at(text, i) && iban_checks(iban, count) ? i - at
                                                                                          : 0;
}

/* An account on an EVM chain: 0x and 40 hexadecimal digits; 64 are a transaction's hash. */
static size_t wallet_length(struct text text, size_t at)
{
    enum { LENGTH = 42 };
    if (text.length - at < LENGTH || text.bytes[at] != '0' || text.bytes[at + 1] != 'x')
        return 0;
    for (size_t i = 2; i < LENGTH; i++)
        if (!isxdigit((unsigned char)text.bytes[at + i]))
            return 0;
    return word_at(text, at + LENGTH) ? 0 : LENGTH;
}

/* --- e-mail --------------------------------------------------------------------------- */

static bool beyond_ascii(struct text text, size_t i)
{
    return i < text.length && (unsigned char)text.bytes[i] >= 0x80;
}

static bool local_at(struct text text, size_t i)
{
    return word_at(text, i) || beyond_ascii(text, i) ||
           (i < text.length && text.bytes[i] != '\0' && strchr(".%+-'", text.bytes[i]) != NULL);
}

/* How long the domain behind the @ is; it has a dot, and at least two letters behind the last. */
static size_t domain_length(struct text text, size_t at)
{
    size_t end = at;
    size_t label = 0;
    bool dotted = false;
    bool lettered = false;
    size_t length = 0;
    for (; end < text.length; end++) {
        bool letter = letter_at(text, end) || beyond_ascii(text, end);
        if (letter || digit_at(text, end) || (text.bytes[end] == '-' && label > 0)) {
            lettered = letter && (label == 0 || lettered);
            label++;
            if (dotted && lettered && label >= 2)
                length = end + 1 - at;
        } else if (text.bytes[end] == '.' && label > 0) {
            dotted = true;
            label = 0;
        } else {
            break;
        }
    }
    /* A last label with digits behind its letters: all of it, or a tail would stay to read. */
    return length > 0 && dotted && label > 0 ? end - at : length;
}

/* --- all of them ------------------------------------------------------------------------ */

static bool found(struct redact_span *span, size_t start, size_t length, enum redact_kind kind)
{
    *span = (struct redact_span){.start = start, .length = length, .kind = kind};
    return length > 0;
}

static bool shape_at(struct text text, size_t i, bool careful, struct redact_span *span)
{
    char c = text.bytes[i];
    if (c == '+')
        return !careful && (i == 0 || !word_at(text, i - 1)) &&
               found(span, i, phone_length(text, i), REDACT_PHONE);
    if (digit_at(text, i))
        return found(span, i, wallet_length(text, i), REDACT_ACCOUNT) ||
               found(span, i, ssn_length(text, i), REDACT_TAX) ||
               (!careful && found(span, i, card_length(text, i), REDACT_ACCOUNT));
    return letter_at(text, i) && found(span, i, iban_length(text, i), REDACT_ACCOUNT);
}

bool redact_shape_next(const char *bytes, size_t length, size_t from, bool careful,
                       struct redact_span *span)
{
    struct text text = {bytes, length};
    size_t local = from; /* where the local part of an address would begin */
    for (size_t i = from; i < length; i++) {
        if (text.bytes[i] == '@') {
            while (local < i && strchr(".'", text.bytes[local]) != NULL)
                local++;
            size_t domain = i > local ? domain_length(text, i + 1) : 0;
            if (domain > 0)
                return found(span, local, i + 1 + domain - local, REDACT_EMAIL);
        }
        if (!local_at(text, i))
            local = i + 1;
        bool candidate = text.bytes[i] == '+' || digit_at(text, i) || letter_at(text, i);
        if (candidate && (text.bytes[i] == '+' || begins(text, i)) &&
            shape_at(text, i, careful, span))
            return true;
    }
    return false;
}
