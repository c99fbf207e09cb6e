#include "tui/form.h"

#include "tui/key.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const char ENDPOINT_FORM_UNADDED[] = "the category that is typed is not added yet";

static void add_category(struct endpoint_form *form, const char *name, bool ticked)
{
    for (size_t i = 0; i < form->category_count; i++) {
        if (strcmp(form->categories[i], name) == 0) {
            form->ticked[i] = form->ticked_before[i] = ticked;
            return;
        }
    }
    if (form->category_count == ENDPOINT_FORM_CATEGORIES ||
        strlen(name) >= ENDPOINT_FORM_CATEGORY_SIZE) {
        form->incomplete = true;
        return;
    }
    size_t i = form->category_count++;
    memcpy(form->categories[i], name, strlen(name) + 1);
    form->ticked[i] = form->ticked_before[i] = ticked;
}

static void add_documented(struct endpoint_form *form)
{
    for (size_t i = 0; CONTRACT_CATEGORIES[i] != NULL; i++)
        add_category(form, CONTRACT_CATEGORIES[i], false);
}

void endpoint_form_create(struct endpoint_form *form)
{
    *form = (struct endpoint_form){.creating = true};
    add_documented(form);
}

void endpoint_form_change(struct endpoint_form *form, const struct webhook *webhook)
{
    *form = (struct endpoint_form){.was_active = webhook->status == WEBHOOK_ACTIVE};
    (void)snprintf(form->webhook_id, sizeof form->webhook_id, "%s", webhook->id);
    line_edit_set(&form->url, webhook->url != NULL ? webhook->url : "");
    memcpy(form->old_url, form->url.text, form->url.length + 1);
    add_documented(form);
    for (size_t i = 0; i < webhook->categories.count; i++)
        add_category(form, webhook->categories.items[i], true);
}

static void add_typed(struct endpoint_form *form, const char *name)
{
    line_edit_set(&form->other, name);
    (void)endpoint_form_add_other(form);
}

void endpoint_form_retype(struct endpoint_form *form, const struct endpoint_form *typed)
{
    line_edit_set(&form->url, typed->url.text);
    form->from_beginning = typed->from_beginning;
    for (size_t i = 0; i < typed->category_count; i++) {
        size_t at = 0;
        while (at < form->category_count && strcmp(form->categories[at], typed->categories[i]) != 0)
            at++;
        if (at < form->category_count)
            form->ticked[at] = typed->ticked[i];
        else if (typed->ticked[i])
            add_typed(form, typed->categories[i]);
    }
    line_edit_set(&form->other, typed->other.text);
    form->judged[FORM_URL] = true;
}

/* --- moving ---------------------------------------------------------------------- */

struct line_edit *endpoint_form_line(struct endpoint_form *form)
{
    if (form->field == FORM_URL)
        return &form->url;
    return form->field == FORM_OTHER ? &form->other : NULL;
}

static void go_to(struct endpoint_form *form, enum endpoint_field field)
{
    if (field == form->field)
        return;
    form->judged[form->field] = true;
    if (form->field == FORM_OTHER)
        (void)endpoint_form_add_other(form);
    form->field = field;
}

/* The field before or behind, round. */
static enum endpoint_field neighbour(const struct endpoint_form *form, int by)
{
    enum endpoint_field field = form->field;
    do
        field = (enum endpoint_field)(((int)field + by + FORM_FIELDS) % FORM_FIELDS);
    while (field == FORM_EPOCH && !form->creating);
    return field;
}

void endpoint_form_next(struct endpoint_form *form)
{
    go_to(form, neighbour(form, 1));
}

void endpoint_form_previous(struct endpoint_form *form)
{
    go_to(form, neighbour(form, -1));
}

int endpoint_form_columns(int width)
{
    enum { TWO_FROM = 56 };
    return width >= TWO_FROM ? 2 : 1;
}

static size_t lines_of(const struct endpoint_form *form, int columns)
{
    return (form->category_count + (size_t)columns - 1) / (size_t)columns;
}

static bool in_list(const struct endpoint_form *form)
{
    return form->field == FORM_CATEGORIES;
}

void endpoint_form_down(struct endpoint_form *form, int columns)
{
    size_t lines = lines_of(form, columns);
    size_t next = form->category + 1;
    if (in_list(form) && next < form->category_count && next % lines != 0) {
        form->category = next;
        return;
    }
    endpoint_form_next(form);
    if (in_list(form))
        form->category = 0;
}

void endpoint_form_up(struct endpoint_form *form, int columns)
{
    size_t lines = lines_of(form, columns);
    if (in_list(form) && form->category % lines != 0) {
        form->category--;
        return;
    }
    endpoint_form_previous(form);
    if (in_list(form))
        form->category = lines - 1;
}

static void change_column(struct endpoint_form *form, int by, int columns)
{
    size_t lines = lines_of(form, columns);
    size_t last = form->category_count - 1;
    if (by < 0 && form->category >= lines)
        form->category -= lines;
    else if (by > 0 && form->category / lines < last / lines)
        form->category = form->category + lines < last ? form->category + lines : last;
}

void endpoint_form_aside(struct endpoint_form *form, int by, int columns)
{
    struct line_edit *line = endpoint_form_line(form);
    if (line != NULL)
        (void)line_edit_key(line, by < 0 ? KEYS_LEFT : KEYS_RIGHT);
    else if (in_list(form))
        change_column(form, by, columns);
    else
        form->from_beginning = !form->from_beginning;
}

void endpoint_form_point(struct endpoint_form *form, enum endpoint_field field, size_t option,
                         size_t byte)
{
    go_to(form, field);
    struct line_edit *line = endpoint_form_line(form);
    if (line != NULL && byte <= line->length) {
        line->cursor = byte;
    } else if (field == FORM_EPOCH) {
        form->from_beginning = option > 0;
    } else if (in_list(form) && option < form->category_count) {
        form->category = option;
        form->ticked[option] = !form->ticked[option];
    }
}

bool endpoint_form_toggle(struct endpoint_form *form)
{
    switch (form->field) {
    case FORM_EPOCH:
        form->from_beginning = !form->from_beginning;
        return true;
    case FORM_CATEGORIES:
        form->ticked[form->category] = !form->ticked[form->category];
        return true;
    case FORM_OTHER:
        form->judged[FORM_OTHER] = !endpoint_form_add_other(form);
        return true;
    case FORM_URL:
    case FORM_FIELDS:
        break;
    }
    return false;
}

/* --- what is wrong ---------------------------------------------------------------- */

static const char *other_problem(const struct endpoint_form *form)
{
    const char *name = form->other.text;
    for (const char *c = name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr("_-.", *c) == NULL)
            return "a category is letters, digits, _ - and . alone";
    if (form->other.length >= ENDPOINT_FORM_CATEGORY_SIZE)
        return "a category is not as long as that";
    if (form->category_count == ENDPOINT_FORM_CATEGORIES)
        return "there is no room for one more category";
    return NULL;
}

bool endpoint_form_add_other(struct endpoint_form *form)
{
    if (form->other.length == 0 || other_problem(form) != NULL)
        return false;
    size_t i = 0;
    while (i < form->category_count && strcmp(form->categories[i], form->other.text) != 0)
        i++;
    if (i == form->category_count)
        add_category(form, form->other.text, false);
    form->ticked[i] = true;
    line_edit_set(&form->other, "");
    form->judged[FORM_OTHER] = false; /* another one is not typed yet */
    return true;
}

static const char *url_problem(const char *url)
{
    static const char scheme[] = "https://";
    if (strncasecmp(url, scheme, sizeof scheme - 1) != 0)
        return "must begin with https://";
    const char *host = url + sizeof scheme - 1;
    if (*host == '\0' || strchr("/:?#@", *host) != NULL)
        return "a host is missing after https://";
    const char *again = strstr(host, "://");
    if (again != NULL && again < host + strcspn(host, "/?#"))
        return "https:// stands there twice";
    for (const char *c = url; *c != '\0'; c++)
        if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7F || strchr("\"<>\\^`{|}", *c))
            return "a character that URLs do not have: percent-encode it";
    return NULL;
}

static bool sends_url(const struct endpoint_form *form)
{
    return form->creating || endpoint_form_url_changed(form);
}

/* Of a field by itself. */
static const char *problem_of(const struct endpoint_form *form, enum endpoint_field field)
{
    if (field == FORM_URL && sends_url(form))
        return url_problem(form->url.text);
    if (field == FORM_OTHER && form->other.length > 0)
        return other_problem(form);
    if (field == FORM_CATEGORIES && form->incomplete && endpoint_form_categories_changed(form))
        return "it has categories that this form cannot hold: leave them";
    return NULL;
}

/* Nothing that is typed behind it would put the URL right. */
static bool url_goes_wrong(const char *url)
{
    static const char scheme[] = "https://";
    size_t length = strlen(url);
    bool begins = length < sizeof scheme && strncasecmp(url, scheme, length) == 0;
    return !begins && url_problem(url) != NULL;
}

const char *endpoint_form_problem(const struct endpoint_form *form)
{
    for (enum endpoint_field field = 0; field < FORM_FIELDS; field++)
        if (problem_of(form, field) != NULL)
            return problem_of(form, field);
    if (form->other.length > 0)
        return ENDPOINT_FORM_UNADDED;
    if (!sends_url(form) && !endpoint_form_categories_changed(form))
        return "nothing is changed yet";
    return NULL;
}

bool endpoint_form_wrong(const struct endpoint_form *form, enum endpoint_field field)
{
    return form->judged[field] && problem_of(form, field) != NULL;
}

bool endpoint_form_submit(struct endpoint_form *form)
{
    (void)endpoint_form_add_other(form);
    form->submitted = endpoint_form_problem(form) != NULL;
    for (enum endpoint_field field = 0; field < FORM_FIELDS && form->submitted; field++)
        form->judged[field] = true;
    for (enum endpoint_field field = 0; field < FORM_FIELDS; field++) {
        if (!endpoint_form_wrong(form, field))
            continue;
        form->field = field;
        break;
    }
    return !form->submitted;
}

enum endpoint_form_tone endpoint_form_says(const struct endpoint_form *form,
                                           char text[ENDPOINT_FORM_SAYS_SIZE])
{
    const char *problem = endpoint_form_problem(form);
    for (enum endpoint_field field = 0; field < FORM_FIELDS; field++) {
        if (!endpoint_form_wrong(form, field))
            continue;
        (void)snprintf(text, ENDPOINT_FORM_SAYS_SIZE, "%s%s", field == FORM_URL ? "URL: " : "",
                       problem_of(form, field));
        return ENDPOINT_FORM_WRONG;
    }
    if (problem == NULL) {
        text[0] = '\0';
        return ENDPOINT_FORM_READY;
    }
    if (sends_url(form) && form->field == FORM_URL && !url_goes_wrong(form->url.text))
        problem = "where Bridge is to deliver: https://…";
    (void)snprintf(text, ENDPOINT_FORM_SAYS_SIZE, "%s", problem);
    if (problem == ENDPOINT_FORM_UNADDED)
        return ENDPOINT_FORM_ADDS;
    return form->submitted ? ENDPOINT_FORM_WRONG : ENDPOINT_FORM_HINT;
}

bool endpoint_form_typed(const struct endpoint_form *form)
{
    return endpoint_form_url_changed(form) || endpoint_form_categories_changed(form) ||
           form->other.length > 0 || form->from_beginning;
}

bool endpoint_form_url_changed(const struct endpoint_form *form)
{
    return strcmp(form->url.text, form->old_url) != 0;
}

bool endpoint_form_categories_changed(const struct endpoint_form *form)
{
    return memcmp(form->ticked, form->ticked_before, sizeof form->ticked) != 0;
}

bool endpoint_form_ticked(const struct endpoint_form *form, struct string_list *list)
{
    for (size_t i = 0; i < form->category_count; i++) {
        if (form->ticked[i] && !string_list_add(list, form->categories[i])) {
            string_list_clear(list);
            return false;
        }
    }
    return true;
}
