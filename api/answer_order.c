#include "api/answer_order.h"

#include "api/duration.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char BLANKS[] = " \t";
static const char TIMES[] = "×";

struct word {
    const char *text;
    size_t length;
};

/* The next word at or behind *at, which moves behind it; empty at the end. */
static struct word next_word(const char **at)
{
    const char *begin = *at + strspn(*at, BLANKS);
    struct word word = {begin, strcspn(begin, BLANKS)};
    *at = begin + word.length;
    return word;
}

static bool is(struct word word, const char *text)
{
    return strlen(text) == word.length && strncasecmp(word.text, text, word.length) == 0;
}

/* Behind this, no number is within any bound here. */
enum { NUMBER_MAX = 1000 * 1000 };

/* Digits, moving behind them. False where there are none. */
static bool take_number(struct word *word, int64_t *number)
{
    size_t at = 0;
    *number = 0;
    for (; at < word->length && word->text[at] >= '0' && word->text[at] <= '9'; at++)
        if (*number <= NUMBER_MAX)
            *number = 10 * *number + (word->text[at] - '0');
    word->text += at;
    word->length -= at;
    return at > 0;
}

static bool is_number(struct word word, int64_t *number)
{
    return take_number(&word, number) && word.length == 0;
}

static int shown(struct word word)
{
    enum { SHOWN_MAX = 40 };
    return word.length < SHOWN_MAX ? (int)word.length : SHOWN_MAX;
}

static bool take_status(struct word word, struct answer_order *order, struct error *error)
{
    int64_t status;
    if (!is_number(word, &status) || status < ANSWER_STATUS_MIN || status > ANSWER_STATUS_MAX)
        return error_set(error, "'%.*s': a status is %d to %d, or normal", shown(word), word.text,
                         ANSWER_STATUS_MIN, ANSWER_STATUS_MAX);
    order->status = (int)status;
    return true;
}

/* Of "x3", the 3. */
static bool cut_times(struct word *word)
{
    size_t sign = sizeof TIMES - 1;
    if (word->length > 0 && (word->text[0] == 'x' || word->text[0] == 'X'))
        sign = 1;
    else if (word->length < sign || memcmp(word->text, TIMES, sign) != 0)
        return false;
    word->text += sign;
    word->length -= sign;
    return true;
}

static bool take_count(struct word word, struct answer_order *order, struct error *error)
{
    struct word number = word;
    int64_t count;
    if (!cut_times(&number))
        return error_set(error, "'%.*s': after the status come xN and 'after DURATION'",
                         shown(word), word.text);
    if (!is_number(number, &count) || count < 1 || count > ANSWER_COUNT_MAX)
        return error_set(error, "'%.*s': it holds for x1 to x%d deliveries", shown(word), word.text,
                         ANSWER_COUNT_MAX);
    order->left = (unsigned)count;
    return true;
}

/* "2", "1.5", with what follows as the unit. */
static bool take_amount(struct word *word, int64_t *thousandths)
{
    enum { PART_DIGITS = 3 };
    int64_t whole, part = 0, scale = 1;
    if (!take_number(word, &whole))
        return false;
    if (word->length > 0 && word->text[0] == '.') {
        *word = (struct word){word->text + 1, word->length - 1};
        const char *digits = word->text;
        if (!take_number(word, &part) || word->text - digits > PART_DIGITS)
            return false;
        for (; digits < word->text; digits++)
            scale *= 10;
    }
    *thousandths = 1000 * whole + 1000 * part / scale;
    return true;
}

/* "2s", "1.5s", "500ms", "1m", and as they are told: "2 s". */
static bool take_delay(const char **at, struct answer_order *order, struct error *error)
{
    static const struct {
        const char *name;
        int64_t ms;
    } UNITS[] = {{"ms", 1}, {"s", 1000}, {"sec", 1000}, {"m", 60000}, {"min", 60000}};
    struct word word = next_word(at);
    struct word unit = word;
    int64_t thousandths;
    bool read = take_amount(&unit, &thousandths);
    if (read && unit.length == 0)
        unit = next_word(at);
    for (size_t i = 0; read && i < sizeof UNITS / sizeof UNITS[0]; i++) {
        if (!is(unit, UNITS[i].name))
            continue;
        int64_t ms = thousandths * UNITS[i].ms / 1000;
        if (ms > ANSWER_DELAY_MAX_MS)
            return error_set(error, "'%.*s': an answer waits for %d s at most", shown(word),
                             word.text, ANSWER_DELAY_MAX_MS / 1000);
        order->delay_ms = ms;
        return true;
    }
    return error_set(error, "'%.*s': after how long? 2s, 500ms, 1m", shown(word), word.text);
}

static bool take_rest(const char *at, struct answer_order *order, struct error *error)
{
    bool counted = false, delayed = false;
    for (struct word word = next_word(&at); word.length > 0; word = next_word(&at)) {
        bool delay = is(word, "after");
        if (delay ? delayed : counted)
            return error_set(error, "'%.*s' stands there twice", shown(word), word.text);
        if (delay ? !take_delay(&at, order, error) : !take_count(word, order, error))
            return false;
        delayed |= delay;
        counted |= !delay;
    }
    return true;
}

bool answer_order_parse(const char *text, struct answer_order *order, struct error *error)
{
    const char *at = text;
    struct word first = next_word(&at);
    struct answer_order made = {.left = 1};
    *order = (struct answer_order){0};
    if (is(first, "normal"))
        return at[strspn(at, BLANKS)] == '\0' ||
               error_set(error, "'normal' takes nothing behind it");
    if (!take_status(first, &made, error) || !take_rest(at, &made, error))
        return false;
    *order = made;
    return true;
}

const char *answer_order_text(const struct answer_order *order, char text[ANSWER_ORDER_SIZE])
{
    char delay[DURATION_SIZE];
    if (order->left == 0) {
        (void)snprintf(text, ANSWER_ORDER_SIZE, "normal");
        return text;
    }
    if (order->delay_ms >= 1000 && order->delay_ms % 1000 != 0)
        (void)snprintf(delay, sizeof delay, "%g s", (double)order->delay_ms / 1000.0);
    else
        duration_format(order->delay_ms, delay);
    (void)snprintf(text, ANSWER_ORDER_SIZE, "%d ×%u%s%s", order->status, order->left,
                   order->delay_ms > 0 ? " after " : "", order->delay_ms > 0 ? delay : "");
    return text;
}
