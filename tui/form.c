#include "tui/form.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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
    return first_category(form) + form->category_count + 1;
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
    if (form->field < first_category(form) || endpoint_form_on_other(form))
        return false;
    *index = form->field - first_category(form);
    return true;
}

bool endpoint_form_on_other(const struct endpoint_form *form)
{
    return form->field == endpoint_form_fields(form) - 1;
}

void endpoint_form_toggle(struct endpoint_form *form)
{
    size_t index;
    if (endpoint_form_on_epoch(form))
        form->from_beginning = !form->from_beginning;
    else if (endpoint_form_on_category(form, &index))
        form->ticked[index] = !form->ticked[index];
    else if (endpoint_form_on_other(form))
        (void)endpoint_form_add_other(form);
}

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
    form->field = endpoint_form_fields(form) - 1; /* there is one category more before it */
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

const char *endpoint_form_problem(const struct endpoint_form *form)
{
    bool new_url = form->creating || endpoint_form_url_changed(form);
    bool new_categories = endpoint_form_categories_changed(form);
    if (new_url && url_problem(form->url.text) != NULL)
        return url_problem(form->url.text);
    if (form->other.length > 0)
        return other_problem(form) != NULL ? other_problem(form)
                                           : "Enter adds the category that is typed";
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
