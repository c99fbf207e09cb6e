#include "tui/form.h"

#include "tui/key.h"
#include "tui/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- a line of text ------------------------------------------------------- */

static bool continues(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

static size_t before(const struct line_edit *line, size_t at)
{
    if (at > 0)
        at--;
    while (at > 0 && continues(line->text[at]))
        at--;
    return at;
}

static size_t after(const struct line_edit *line, size_t at)
{
    if (at < line->length)
        at++;
    while (at < line->length && continues(line->text[at]))
        at++;
    return at;
}

static void erase(struct line_edit *line, size_t from, size_t to)
{
    memmove(line->text + from, line->text + to, line->length - to + 1);
    line->length -= to - from;
    line->cursor = from;
}

static bool insert(struct line_edit *line, const char *bytes, size_t length)
{
    if (length > LINE_EDIT_MAX - line->length)
        return false;
    memmove(line->text + line->cursor + length, line->text + line->cursor,
            line->length - line->cursor + 1);
    memcpy(line->text + line->cursor, bytes, length);
    line->length += length;
    line->cursor += length;
    return true;
}

void line_edit_set(struct line_edit *line, const char *text)
{
    *line = (struct line_edit){0};
    line_edit_paste(line, text, strlen(text));
}

static size_t word_start(const struct line_edit *line)
{
    size_t at = line->cursor;
    while (at > 0 && isspace((unsigned char)line->text[at - 1]))
        at--;
    while (at > 0 && !isspace((unsigned char)line->text[at - 1]))
        at--;
    return at;
}

bool line_edit_key(struct line_edit *line, char32_t key)
{
    switch (key) {
    case KEYS_LEFT:
        line->cursor = before(line, line->cursor);
        return true;
    case KEYS_RIGHT:
        line->cursor = after(line, line->cursor);
        return true;
    case KEYS_HOME:
    case KEYS_CTRL('A'):
        line->cursor = 0;
        return true;
    case KEYS_END:
    case KEYS_CTRL('E'):
        line->cursor = line->length;
        return true;
    case KEYS_BACKSPACE:
        erase(line, before(line, line->cursor), line->cursor);
        return true;
    case KEYS_DELETE:
        erase(line, line->cursor, after(line, line->cursor));
        return true;
    case KEYS_CTRL('U'):
        erase(line, 0, line->length);
        return true;
    case KEYS_CTRL('W'):
        erase(line, word_start(line), line->cursor);
        return true;
    default:
        break;
    }
    if (key < 0x20 || key == 0x7F || key >= KEYS_SPECIAL)
        return false;
    char bytes[4];
    (void)insert(line, bytes, text_encode(key, bytes));
    return true;
}

void line_edit_paste(struct line_edit *line, const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t end = at + 1;
        while (end < length && continues(text[end]))
            end++;
        bool control = (unsigned char)text[at] < 0x20 || text[at] == 0x7F;
        if (!control && !insert(line, text + at, end - at))
            return;
        at = end;
    }
}

/* --- the endpoint form ---------------------------------------------------- */

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

static size_t first_category(const struct endpoint_form *form)
{
    return form->creating ? 2 : 1;
}

size_t endpoint_form_fields(const struct endpoint_form *form)
{
    return first_category(form) + form->category_count;
}

void endpoint_form_move(struct endpoint_form *form, int by)
{
    size_t fields = endpoint_form_fields(form);
    size_t step = by < 0 ? fields - 1 : 1;
    form->field = (form->field + step) % fields;
}

bool endpoint_form_on_url(const struct endpoint_form *form)
{
    return form->field == 0;
}

bool endpoint_form_on_epoch(const struct endpoint_form *form)
{
    return form->creating && form->field == 1;
}

bool endpoint_form_on_category(const struct endpoint_form *form, size_t *index)
{
    if (form->field < first_category(form))
        return false;
    *index = form->field - first_category(form);
    return true;
}

void endpoint_form_toggle(struct endpoint_form *form)
{
    size_t index;
    if (endpoint_form_on_epoch(form))
        form->from_beginning = !form->from_beginning;
    else if (endpoint_form_on_category(form, &index))
        form->ticked[index] = !form->ticked[index];
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

const char *endpoint_form_problem(const struct endpoint_form *form)
{
    bool new_url = form->creating || endpoint_form_url_changed(form);
    bool new_categories = endpoint_form_categories_changed(form);
    if (new_url && url_problem(form->url.text) != NULL)
        return url_problem(form->url.text);
    if (!new_url && !new_categories)
        return "nothing is changed yet";
    if (form->incomplete && new_categories)
        return "it has categories that this form cannot hold: leave them";
    return NULL;
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
