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

/* What a byte can be part of. A payload has a million of them: one look says all. */
enum {
    DIGIT = 1 << 0,
    LETTER = 1 << 1,
    WORD = 1 << 2,  /* digits, letters, `_` */
    JOINS = 1 << 3, /* parts of an id, a decimal or a date */
    LOCAL = 1 << 4, /* the local part of a mail address */
    ALIEN = 1 << 5, /* beyond ASCII */
};

static const unsigned char CLASSES[256] = {
    ['0' ... '9'] = DIGIT | WORD | LOCAL,
    ['A' ... 'Z'] = LETTER | WORD | LOCAL,
    ['a' ... 'z'] = LETTER | WORD | LOCAL,
    ['_'] = WORD | LOCAL,
    ['-'] = JOINS | LOCAL,
    ['.'] = JOINS | LOCAL,
    ['%'] = LOCAL,
    ['+'] = LOCAL,
    ['\''] = LOCAL,
    [0x80 ... 0xFF] = LOCAL | ALIEN,
};

static bool is_at(struct text text, size_t i, unsigned classes)
{
    return i < text.length && (CLASSES[(unsigned char)text.bytes[i]] & classes) != 0;
}

static bool digit_at(struct text text, size_t i)
{
    return is_at(text, i, DIGIT);
}

static bool letter_at(struct text text, size_t i)
{
    return is_at(text, i, LETTER);
}

static bool word_at(struct text text, size_t i)
{
    return is_at(text, i, WORD);
}

/* Whether something of its own begins at `i`: no part of a longer word, nor of an id, a decimal
   or a date whose parts are joined. */
static bool begins(struct text text, size_t i)
{
    if (i == 0)
        return true;
    if (word_at(text, i - 1))
        return false;
    return !(is_at(text, i - 1, JOINS) && i >= 2 && word_at(text, i - 2));
}

static bool ends(struct text text, size_t i)
{
    return !word_at(text, i) && !(is_at(text, i, JOINS) && word_at(text, i + 1));
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

enum { CARD_MIN = 13, CARD_MAX = 19, CARD_GROUP = 4, CARD_GROUPS_MAX = 6 };

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

/* What has been read of a number that may be a card's. */
struct card {
    unsigned char digits[CARD_MAX];
    size_t count;
    size_t groups[CARD_GROUPS_MAX];
    size_t group;
};

static bool is_card(const struct card *card)
{
    return card->count >= CARD_MIN && card_groups(card->groups, card->group + 1) &&
           luhn(card->digits, card->count);
}

/* ISO/IEC 7812: the first digit of payment cards is 2 to 6, the last one a check digit. A group
   that follows may be no part of it: "4111 1111 1111 1111 12/27". */
static size_t card_length(struct text text, size_t at)
{
    struct card card = {0};
    char separator = '\0';
    size_t length = 0;
    size_t i = at;
    if (text.bytes[at] < '2' || text.bytes[at] > '6')
        return 0;
    for (; i < text.length; i++) {
        char c = text.bytes[i];
        if (digit_at(text, i)) {
            if (card.count == CARD_MAX)
                return length;
            card.digits[card.count++] = (unsigned char)(c - '0');
            card.groups[card.group]++;
        } else if ((c == ' ' || c == '-') && (separator == '\0' || separator == c) &&
                   digit_at(text, i + 1) && card.group + 1 < CARD_GROUPS_MAX &&
                   card.groups[card.group] >= CARD_GROUP) {
            if (ends(text, i) && is_card(&card))
                length = i - at;
            separator = c;
            card.group++;
        } else {
            break;
        }
    }
    return ends(text, i) && is_card(&card) ? i - at : length;
}

/* E.164 with its plus, and the separators people put in. Where there are more digits than that, up
   to the last separator. */
static size_t phone_length(struct text text, size_t at)
{
    enum { DIGITS_MIN = 8, DIGITS_MAX = 15 };
    size_t digits = 0;
    size_t end = at;
    size_t split = at; /* where digits ended before the last separator */
    size_t before = 0; /* and how many there were */
    size_t points = 0;
    size_t gap = 0;
    for (size_t i = at + 1; i < text.length && gap <= 2; i++) {
        if (digit_at(text, i)) {
            if (digits == DIGITS_MAX)
                return before >= DIGITS_MIN && points == 0 ? split - at : 0;
            digits++;
            end = i + 1;
            gap = 0;
        } else if (digits > 0 && strchr(" -().", text.bytes[i]) != NULL && text.bytes[i] != '\0') {
            points += text.bytes[i] == '.' && digit_at(text, i + 1);
            split = end;
            before = digits;
            gap++;
        } else {
            break;
        }
    }
    bool decimal = points == 1; /* +12345678.90 is an amount */
    return digits >= DIGITS_MIN && !decimal && !word_at(text, end) ? end - at : 0;
}

/* --- letters and digits --------------------------------------------------------------- */

/* ISO 13616: how long an IBAN of a country is, by the letters of the country; 0: there is none. */
#define LONG(first, second, length) [(first) - 'A'][(second) - 'A'] = (length)
static const unsigned char IBANS[26][26] = {
    LONG('A', 'D', 24), LONG('A', 'E', 23), LONG('A', 'L', 28), LONG('A', 'T', 20),
    LONG('A', 'Z', 28), LONG('B', 'A', 20), LONG('B', 'E', 16), LONG('B', 'G', 22),
    LONG('B', 'H', 22), LONG('B', 'R', 29), LONG('B', 'Y', 28), LONG('C', 'H', 21),
    LONG('C', 'R', 22), LONG('C', 'Y', 28), LONG('C', 'Z', 24), LONG('D', 'E', 22),
    LONG('D', 'K', 18), LONG('D', 'O', 28), LONG('E', 'E', 20), LONG('E', 'G', 29),
    LONG('E', 'S', 24), LONG('F', 'I', 18), LONG('F', 'O', 18), LONG('F', 'R', 27),
    LONG('G', 'B', 22), LONG('G', 'E', 22), LONG('G', 'I', 23), LONG('G', 'L', 18),
    LONG('G', 'R', 27), LONG('G', 'T', 28), LONG('H', 'R', 21), LONG('H', 'U', 28),
    LONG('I', 'E', 22), LONG('I', 'L', 23), LONG('I', 'Q', 23), LONG('I', 'S', 26),
    LONG('I', 'T', 27), LONG('J', 'O', 30), LONG('K', 'W', 30), LONG('K', 'Z', 20),
    LONG('L', 'B', 28), LONG('L', 'C', 32), LONG('L', 'I', 21), LONG('L', 'T', 20),
    LONG('L', 'U', 20), LONG('L', 'V', 21), LONG('L', 'Y', 25), LONG('M', 'C', 27),
    LONG('M', 'D', 24), LONG('M', 'E', 22), LONG('M', 'K', 19), LONG('M', 'R', 27),
    LONG('M', 'T', 31), LONG('M', 'U', 30), LONG('N', 'L', 18), LONG('N', 'O', 15),
    LONG('P', 'K', 24), LONG('P', 'L', 28), LONG('P', 'S', 29), LONG('P', 'T', 25),
    LONG('Q', 'A', 29), LONG('R', 'O', 24), LONG('R', 'S', 22), LONG('S', 'A', 24),
    LONG('S', 'C', 31), LONG('S', 'D', 18), LONG('S', 'E', 24), LONG('S', 'I', 19),
    LONG('S', 'K', 24), LONG('S', 'M', 27), LONG('S', 'T', 25), LONG('S', 'V', 28),
    LONG('T', 'L', 23), LONG('T', 'N', 24), LONG('T', 'R', 26), LONG('U', 'A', 29),
    LONG('V', 'A', 22), LONG('V', 'G', 24), LONG('X', 'K', 20),
};
#undef LONG

enum { IBAN_MAX = 34, IBAN_HEAD = 4 };

/* Of a country that two letters name. */
static size_t iban_digits(struct text text, size_t at)
{
    int first = toupper((unsigned char)text.bytes[at]) - 'A';
    int second = toupper((unsigned char)text.bytes[at + 1]) - 'A';
    return IBANS[first][second];
}

/* ISO 7064: letters count from 10, the head stands at the end, the remainder by 97 is 1. Divided
   only where the next letter might not fit: a long text may have a head in every fifth byte. */
static bool iban_checks(const char *iban, size_t length)
{
    enum { ROOM_FOR_ONE_MORE = 1000 };
    uint64_t remainder = 0;
    for (size_t i = 0; i < length; i++) {
        char c = iban[i + IBAN_HEAD < length ? i + IBAN_HEAD : i + IBAN_HEAD - length];
        if (remainder > UINT64_MAX / ROOM_FOR_ONE_MORE)
            remainder %= 97;
        if (c >= '0' && c <= '9')
            remainder = remainder * 10 + (uint64_t)(c - '0');
        else
            remainder = remainder * 100 + (uint64_t)((c | 0x20) - 'a' + 10);
    }
    return remainder % 97 == 1;
}

static size_t iban_length(struct text text, size_t at)
{
    char iban[IBAN_MAX] = {0};
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

/* How long the domain behind the @ is; it has a dot, and at least two letters behind the last. */
static size_t domain_length(struct text text, size_t at)
{
    size_t end = at;
    size_t label = 0;
    bool dotted = false;
    bool lettered = false;
    size_t length = 0;
    for (; end < text.length; end++) {
        bool letter = is_at(text, end, LETTER | ALIEN);
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

/* The @, or how a query writes it, also where a query stands in a query. */
static size_t at_sign_length(struct text text, size_t i)
{
    const char *at = text.bytes + i;
    size_t left = text.length - i;
    if (at[0] == '@')
        return 1;
    if (left >= 3 && memcmp(at, "%40", 3) == 0)
        return 3;
    return left >= 5 && memcmp(at, "%2540", 5) == 0 ? 5 : 0;
}

/* --- all of them ------------------------------------------------------------------------ */

static bool is_span(struct redact_span *span, size_t start, size_t length, enum redact_kind kind)
{
    *span = (struct redact_span){
        .start = (uint32_t)start,
        .length = (uint32_t)length,
        .kind = (uint8_t)kind,
    };
    return length > 0;
}

static bool shape_at(struct text text, size_t i, bool careful, struct redact_span *span)
{
    char c = text.bytes[i];
    if (c == '+')
        return !careful && (i == 0 || !word_at(text, i - 1)) &&
               is_span(span, i, phone_length(text, i), REDACT_PHONE);
    if (digit_at(text, i))
        return is_span(span, i, wallet_length(text, i), REDACT_ACCOUNT) ||
               is_span(span, i, ssn_length(text, i), REDACT_TAX) ||
               (!careful && is_span(span, i, card_length(text, i), REDACT_ACCOUNT));
    return letter_at(text, i) && is_span(span, i, iban_length(text, i), REDACT_ACCOUNT);
}

bool redact_shape_next(const char *bytes, size_t length, size_t from, bool careful,
                       struct redact_span *span)
{
    /* What stands before is hidden already: it is no part of what begins here. */
    struct text text = {bytes + from, length - from};
    size_t local = 0; /* where the local part of an address would begin */
    for (size_t i = 0; i < text.length; i++) {
        size_t sign = text.bytes[i] == '@' || text.bytes[i] == '%' ? at_sign_length(text, i) : 0;
        if (sign > 0) {
            while (local < i && (text.bytes[local] == '.' || text.bytes[local] == '\''))
                local++;
            size_t domain = i > local ? domain_length(text, i + sign) : 0;
            if (domain > 0)
                return is_span(span, from + local, i + sign + domain - local, REDACT_EMAIL);
        }
        if (!is_at(text, i, LOCAL))
            local = i + 1;
        bool candidate = text.bytes[i] == '+' || is_at(text, i, DIGIT | LETTER);
        if (candidate && (text.bytes[i] == '+' || begins(text, i)) &&
            shape_at(text, i, careful, span)) {
            span->start += (uint32_t)from;
            return true;
        }
    }
    return false;
}
