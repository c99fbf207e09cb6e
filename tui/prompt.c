#include "tui/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- words -------------------------------------------------------------------- */

static const char BLANKS[] = " \t";

struct word {
    const char *text;
    size_t length;
};

/* The next word at or behind `at`; empty at the end. */
static struct word next_word(const char *at)
{
    at += strspn(at, BLANKS);
    return (struct word){at, strcspn(at, BLANKS)};
}

static const char *end_of(struct word word)
{
    return word.text + word.length;
}

static bool is_name(struct word word, const char *name)
{
    return strlen(name) == word.length && strncasecmp(name, word.text, word.length) == 0;
}

/* --- the argument that an action takes ------------------------------------------ */

/* What an argument's word may be, as the table writes it: `a|b` one of these, in capitals anything;
   in brackets where it may be left out. */
static struct word argument_word(const struct binding *binding, size_t index)
{
    struct word word = {"", 0};
    const char *at = keymap_argument(binding);
    for (size_t i = 0; i <= index; i++) {
        word = next_word(at);
        at = end_of(word);
    }
    if (word.length > 0 && word.text[0] == '[')
        word = (struct word){word.text + 1, word.length - 1};
    if (word.length > 0 && word.text[word.length - 1] == ']')
        word.length--;
    return word;
}

static bool has_choices(struct word choices)
{
    return memchr(choices.text, '|', choices.length) != NULL;
}

/* The choice that begins at *at, which moves behind it. Empty at the end. */
static struct word next_choice(struct word choices, size_t *at)
{
    struct word choice = {choices.text + *at, 0};
    while (*at + choice.length < choices.length && choice.text[choice.length] != '|')
        choice.length++;
    *at += choice.length + 1;
    return choice;
}

/* A choice in capitals is anything. */
static bool is_one_of(struct word choices, struct word given)
{
    for (size_t at = 0; at < choices.length;) {
        struct word choice = next_choice(choices, &at);
        if (choice.text[0] >= 'A' && choice.text[0] <= 'Z')
            return true;
        if (choice.length == given.length && memcmp(choice.text, given.text, given.length) == 0)
            return true;
    }
    return false;
}

/* --- finding commands ------------------------------------------------------------- */

/* How well a name fits what was typed; the lower the better. */
enum rank { RANK_EXACT, RANK_PREFIX, RANK_WORD, RANK_SCATTERED, RANK_HELP, RANK_NONE };

static bool begins_a_word(const char *name, struct word typed)
{
    for (const char *at = strchr(name, '-'); at != NULL; at = strchr(at + 1, '-'))
        if (strncasecmp(at + 1, typed.text, typed.length) == 0)
            return true;
    return false;
}

/* Whether the name has the characters typed, in their order. */
static bool is_scattered_in(const char *name, struct word typed)
{
    size_t found = 0;
    for (const char *at = name; *at != '\0' && found < typed.length; at++)
        if (strncasecmp(at, typed.text + found, 1) == 0)
            found++;
    return found == typed.length;
}

static bool help_has(const char *help, struct word typed)
{
    enum { WORTH_LOOKING = 3 };
    if (typed.length < WORTH_LOOKING)
        return false;
    for (; *help != '\0'; help++)
        if (strncasecmp(help, typed.text, typed.length) == 0)
            return true;
    return false;
}

static enum rank rank_of(const struct binding *binding, struct word typed)
{
    const char *alias = keymap_alias(binding);
    if (is_name(typed, binding->name) || is_name(typed, alias))
        return RANK_EXACT;
    if (strncasecmp(binding->name, typed.text, typed.length) == 0 ||
        (typed.length > 0 && strncasecmp(alias, typed.text, typed.length) == 0))
        return RANK_PREFIX;
    if (begins_a_word(binding->name, typed))
        return RANK_WORD;
    if (is_scattered_in(binding->name, typed))
        return RANK_SCATTERED;
    return help_has(binding->help, typed) ? RANK_HELP : RANK_NONE;
}

static bool holds(const struct binding *binding, enum place from)
{
    return (binding->places & (unsigned)from) != 0;
}

/* One name may be two rows in two places: the one that holds speaks for both, else the first. */
static bool speaks_for_its_name(const struct binding *binding, enum place from)
{
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        const struct binding *other = &KEYMAP[i];
        if (other == binding || strcmp(other->name, binding->name) != 0)
            continue;
        if (holds(other, from) || (other < binding && !holds(binding, from)))
            return false;
    }
    return true;
}

/* By its name, or by its other one where what is called so does not hold. */
static const struct binding *find_name(struct word name, enum place from)
{
    const struct binding *found = NULL;
    for (size_t i = 0; i < KEYMAP_COUNT; i++)
        if (is_name(name, KEYMAP[i].name) && speaks_for_its_name(&KEYMAP[i], from))
            found = &KEYMAP[i];
    for (size_t i = 0; i < KEYMAP_COUNT && (found == NULL || !holds(found, from)); i++)
        if (is_name(name, keymap_alias(&KEYMAP[i])) && holds(&KEYMAP[i], from))
            found = &KEYMAP[i];
    return found;
}

static void add_commands(struct prompt *prompt, struct word typed, bool that_hold)
{
    for (enum rank rank = RANK_EXACT; rank < RANK_NONE; rank++)
        for (size_t i = 0; i < KEYMAP_COUNT; i++)
            if (holds(&KEYMAP[i], prompt->from) == that_hold &&
                rank_of(&KEYMAP[i], typed) == rank && speaks_for_its_name(&KEYMAP[i], prompt->from))
                prompt->matches[prompt->match_count++] =
                    (struct prompt_match){.binding = &KEYMAP[i], .holds = that_hold};
}

static void add_choices(struct prompt *prompt, const struct binding *binding, struct word choices,
                        struct word typed)
{
    for (size_t at = 0; at < choices.length && prompt->match_count < KEYMAP_ROWS_MAX;) {
        struct word choice = next_choice(choices, &at);
        if (choice.length >= typed.length &&
            strncasecmp(choice.text, typed.text, typed.length) == 0)
            prompt->matches[prompt->match_count++] =
                (struct prompt_match){.binding = binding,
                                      .choice = choice.text,
                                      .choice_length = choice.length,
                                      .holds = holds(binding, prompt->from)};
    }
}

/* What an order for answers may go on with (api/answer_order.h takes more). */
static struct word order_words(struct word before, size_t index)
{
    static const char FIRST[] = "500|503|429|400|200|normal";
    static const char DELAYS[] = "1s|2s|5s|10s|30s|60s";
    static const char REST[] = "x1|x2|x3|x5|x10|after";
    if (index == 0)
        return (struct word){FIRST, sizeof FIRST - 1};
    return is_name(before, "after") ? (struct word){DELAYS, sizeof DELAYS - 1}
                                    : (struct word){REST, sizeof REST - 1};
}

/* The last word of an argument, of which the first is number 0. */
static void find_argument(struct prompt *prompt, struct word name)
{
    const struct binding *binding = find_name(name, prompt->from);
    if (binding == NULL)
        return;
    struct word word = next_word(end_of(name));
    struct word before = name;
    size_t index = 0;
    while (*end_of(word) != '\0') {
        before = word;
        word = next_word(end_of(word));
        index++;
    }
    prompt->word = (size_t)(word.text - prompt->line.text);
    struct word choices = argument_word(binding, index);
    if (binding->action == ACTION_ANSWER)
        choices = order_words(before, index);
    if (binding->action == ACTION_SORT && index == 0) {
        bool reversed = word.length > 0 && word.text[0] == '-';
        choices = (struct word){prompt->columns, strlen(prompt->columns)};
        word = (struct word){word.text + reversed, word.length - reversed};
        prompt->word += reversed;
    }
    if (has_choices(choices))
        add_choices(prompt, binding, choices, word);
    else
        prompt->matches[prompt->match_count++] =
            (struct prompt_match){.binding = binding, .holds = holds(binding, prompt->from)};
}

static size_t least(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* How many characters have to be put in, taken out, replaced or swapped with the next one to make
   one word of the other (optimal string alignment). */
static size_t distance(struct word one, const char *other)
{
    enum { LONGEST = 40 };
    size_t rows[3][LONGEST + 1]; /* of y - 2, y - 1 and y, in turn */
    size_t width = strlen(other);
    if (width > LONGEST || one.length > LONGEST)
        return SIZE_MAX;
    for (size_t x = 0; x <= width; x++)
        rows[0][x] = x;
    for (size_t y = 1; y <= one.length; y++) {
        size_t *now = rows[y % 3];
        const size_t *above = rows[(y + 2) % 3];
        const size_t *before = rows[(y + 1) % 3];
        now[0] = y;
        for (size_t x = 1; x <= width; x++) {
            now[x] = least(above[x - 1] + (one.text[y - 1] != other[x - 1]),
                           least(above[x], now[x - 1]) + 1);
            if (y > 1 && x > 1 && one.text[y - 1] == other[x - 2] &&
                one.text[y - 2] == other[x - 1])
                now[x] = least(now[x], before[x - 2] + 1);
        }
    }
    return rows[one.length % 3][width];
}

/* What was probably meant, or NULL: of two that are as near, the one that holds. */
static const struct binding *nearest(struct word typed, enum place from)
{
    size_t best = least(2 + typed.length / 3, typed.length); /* nearer than this */
    const struct binding *found = NULL;
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        size_t far = distance(typed, KEYMAP[i].name);
        bool better = far < best || (far == best && found != NULL && !holds(found, from) &&
                                     holds(&KEYMAP[i], from));
        if (!better || !speaks_for_its_name(&KEYMAP[i], from))
            continue;
        best = far;
        found = &KEYMAP[i];
    }
    return found;
}

/* Where no name, and no word of one, begins as was typed, a slip is more likely than what happens
   to have these letters somewhere. */
static void add_meant(struct prompt *prompt, struct word typed)
{
    const struct binding *meant = nearest(typed, prompt->from);
    for (size_t i = 0; i < prompt->match_count; i++)
        if (prompt->matches[i].binding == meant ||
            rank_of(prompt->matches[i].binding, typed) <= RANK_WORD)
            return;
    if (meant == NULL || prompt->match_count == KEYMAP_ROWS_MAX)
        return;
    memmove(prompt->matches + 1, prompt->matches, prompt->match_count * sizeof *prompt->matches);
    prompt->matches[0] =
        (struct prompt_match){.binding = meant, .holds = holds(meant, prompt->from)};
    prompt->match_count++;
}

static void find_matches(struct prompt *prompt)
{
    struct word name = next_word(prompt->line.text);
    prompt->match_count = prompt->chosen = 0;
    prompt->completing = false;
    prompt->word = (size_t)(name.text - prompt->line.text);
    if (*end_of(name) != '\0') {
        find_argument(prompt, name);
        return;
    }
    add_commands(prompt, name, true);
    add_commands(prompt, name, false);
    add_meant(prompt, name);
}

/* --- the line ----------------------------------------------------------------------- */

void prompt_open(struct prompt *prompt, enum place from, const char *text)
{
    prompt->open = true;
    prompt->from = from;
    prompt->recalled = prompt->history_count;
    line_edit_set(&prompt->line, text);
    find_matches(prompt);
}

void prompt_close(struct prompt *prompt)
{
    prompt->open = false;
}

void prompt_clear(struct prompt *prompt)
{
    for (size_t i = 0; i < prompt->history_count; i++)
        free(prompt->history[i]);
    prompt->history_count = 0;
    prompt->open = false;
}

void prompt_typed(struct prompt *prompt)
{
    prompt->recalled = prompt->history_count;
    find_matches(prompt);
}

/* Whether completing has anything to put there: a command in whose argument one is already is
   shown for its help alone. */
static bool completes(const struct prompt *prompt, const struct prompt_match *match)
{
    return match->choice != NULL || prompt->word == strspn(prompt->line.text, BLANKS);
}

/* Whether a match is the only one that can be meant here, and something goes on behind it. (An
   order for answers may end with any word.) */
static bool leads_on(const struct prompt *prompt, const struct prompt_match *match)
{
    struct word typed = next_word(prompt->line.text + prompt->word);
    if (match->choice != NULL) {
        size_t index = 0;
        struct word word = next_word(prompt->line.text);
        while (word.text < prompt->line.text + prompt->word) {
            word = next_word(end_of(word));
            index++;
        }
        return prompt->match_count == 1 && match->binding->action != ACTION_ANSWER &&
               argument_word(match->binding, index).length > 0;
    }
    const struct prompt_match *second = prompt->match_count > 1 ? match + 1 : NULL;
    return match->holds && rank_of(match->binding, typed) <= RANK_PREFIX &&
           (second == NULL || !second->holds || rank_of(second->binding, typed) > RANK_PREFIX) &&
           keymap_argument(match->binding)[0] != '\0';
}

void prompt_complete(struct prompt *prompt, int by)
{
    size_t count = prompt->match_count;
    if (count == 0 || !completes(prompt, &prompt->matches[0]))
        return;
    if (prompt->completing)
        prompt->chosen = (prompt->chosen + count + (size_t)by) % count;
    else
        prompt->chosen = by > 0 ? 0 : count - 1;
    const struct prompt_match *match = &prompt->matches[prompt->chosen];
    bool on = !prompt->completing && by > 0 && leads_on(prompt, match);
    prompt->completing = true;

    char line[LINE_EDIT_MAX + 1];
    int kept = (int)prompt->word;
    const char *behind = on ? " " : "";
    if (match->choice != NULL)
        (void)snprintf(line, sizeof line, "%.*s%.*s%s", kept, prompt->line.text,
                       (int)match->choice_length, match->choice, behind);
    else
        (void)snprintf(line, sizeof line, "%.*s%s%s", kept, prompt->line.text, match->binding->name,
                       behind);
    line_edit_set(&prompt->line, line);
    if (on)
        find_matches(prompt);
}

/* --- history -------------------------------------------------------------------------- */

void prompt_recall(struct prompt *prompt, int by)
{
    size_t count = prompt->history_count;
    if ((by < 0 && prompt->recalled == 0) || (by > 0 && prompt->recalled >= count))
        return;
    if (prompt->recalled == count)
        memcpy(prompt->draft, prompt->line.text, prompt->line.length + 1);
    prompt->recalled = by < 0 ? prompt->recalled - 1 : prompt->recalled + 1;
    bool is_draft = prompt->recalled == count;
    line_edit_set(&prompt->line, is_draft ? prompt->draft : prompt->history[prompt->recalled]);
    find_matches(prompt);
}

static void forget(struct prompt *prompt, size_t index)
{
    free(prompt->history[index]);
    prompt->history_count--;
    memmove(&prompt->history[index], &prompt->history[index + 1],
            (prompt->history_count - index) * sizeof prompt->history[0]);
}

void prompt_remember(struct prompt *prompt, const char *line)
{
    for (size_t i = 0; i < prompt->history_count; i++)
        if (strcmp(prompt->history[i], line) == 0) {
            forget(prompt, i);
            break;
        }
    if (prompt->history_count == PROMPT_HISTORY_MAX)
        forget(prompt, 0);
    char *copy = strdup(line);
    if (copy != NULL)
        prompt->history[prompt->history_count++] = copy;
}

/* --- what is asked for ------------------------------------------------------------------ */

/* The names that hold and begin so: the only one, or NULL and how many there are. */
static const struct binding *find_shortened(struct word typed, enum place from, size_t *count,
                                            char *names, size_t size)
{
    const struct binding *found = NULL;
    size_t at = 0;
    *count = 0;
    names[0] = '\0';
    for (size_t i = 0; i < KEYMAP_COUNT; i++) {
        if (!holds(&KEYMAP[i], from) || rank_of(&KEYMAP[i], typed) > RANK_PREFIX)
            continue;
        found = &KEYMAP[i];
        int length = snprintf(names + at, size - at, "%s%s", *count > 0 ? ", " : "", found->name);
        at = at + (size_t)length < size ? at + (size_t)length : size - 1;
        (*count)++;
    }
    return *count == 1 ? found : NULL;
}

static const struct binding *resolve(struct word name, enum place from, struct error *error)
{
    const struct binding *binding = find_name(name, from);
    if (binding != NULL)
        return binding;
    char names[ERROR_MAX / 2];
    size_t count;
    binding = find_shortened(name, from, &count, names, sizeof names);
    if (binding != NULL)
        return binding;
    const struct binding *meant = nearest(name, from);
    int length = name.length < 80 ? (int)name.length : 80;
    if (count > 1)
        (void)error_set(error, "':%.*s' may be %s", length, name.text, names);
    else if (meant != NULL)
        (void)error_set(error, "no command ':%.*s': did you mean ':%s'?", length, name.text,
                        meant->name);
    else
        (void)error_set(error, "no command ':%.*s': ':help' lists what there is", length,
                        name.text);
    return NULL;
}

static bool check_place(const struct binding *binding, enum place from, struct error *error)
{
    char where[KEYMAP_WHERE_SIZE];
    if (holds(binding, from))
        return true;
    return error_set(error, "':%s' holds only in %s", binding->name,
                     keymap_where(binding->places, where));
}

/* Panes have numbers, too. */
static bool is_pane_number(const struct binding *binding, struct word given)
{
    return binding->action == ACTION_PANE && given.length == 1 && given.text[0] >= '1' &&
           given.text[0] <= '5';
}

static bool check_argument(const struct binding *binding, const char *argument, struct error *error)
{
    if (argument == NULL)
        return true; /* app_act() asks for it */
    if (keymap_argument(binding)[0] == '\0')
        return error_set(error, "':%s' takes nothing behind it", binding->name);
    struct word choices = argument_word(binding, 0);
    struct word given = next_word(argument);
    if (has_choices(choices) && !is_one_of(choices, given) && !is_pane_number(binding, given))
        return error_set(error, "':%s %.*s': it takes %.*s", binding->name,
                         given.length < 80 ? (int)given.length : 80, given.text,
                         (int)choices.length, choices.text);
    return true;
}

bool prompt_parse(const char *line, enum place from, struct prompt_command *command,
                  struct error *error)
{
    *command = (struct prompt_command){0};
    struct word name = next_word(line);
    if (name.length == 0)
        return true;
    const struct binding *binding = resolve(name, from, error);
    if (binding == NULL)
        return false;
    const char *argument = end_of(name) + strspn(end_of(name), BLANKS);
    command->binding = binding;
    command->argument = *argument != '\0' ? argument : NULL;
    return check_place(binding, from, error) && check_argument(binding, command->argument, error);
}
