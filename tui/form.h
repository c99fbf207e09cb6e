/*
 * The form of an endpoint.
 *
 * Pure: keys in, fields out. Nothing here draws or sends.
 */
#ifndef BRIDGETOP_TUI_FORM_H
#define BRIDGETOP_TUI_FORM_H

#include "api/contract.h"
#include "tui/line_edit.h"

#include <stdbool.h>
#include <stddef.h>

/* --- the endpoint form ---------------------------------------------------- */

enum {
    ENDPOINT_FORM_CATEGORIES = 64, /* documented ones, and others that the endpoint has */
    ENDPOINT_FORM_CATEGORY_SIZE = 96,
};

struct endpoint_form {
    bool creating; /* else: changing `webhook_id` */
    char webhook_id[CONTRACT_ID_MAX + 1];
    bool was_active;
    char old_url[LINE_EDIT_MAX + 1];

    struct line_edit url;
    bool from_beginning; /* epoch: beginning_of_time rather than webhook_creation */
    char categories[ENDPOINT_FORM_CATEGORIES][ENDPOINT_FORM_CATEGORY_SIZE];
    bool ticked[ENDPOINT_FORM_CATEGORIES];
    bool ticked_before[ENDPOINT_FORM_CATEGORIES];
    size_t category_count;
    bool incomplete; /* the endpoint has categories that do not fit: they must not be lost */

    struct line_edit other; /* a category that is not in the list, being typed */

    /* 0 is the URL; then, when creating, the epoch; then the categories; last the other one */
    size_t field;
};

void endpoint_form_create(struct endpoint_form *form);
void endpoint_form_change(struct endpoint_form *form, const struct webhook *webhook);

size_t endpoint_form_fields(const struct endpoint_form *form);
void endpoint_form_move(struct endpoint_form *form, int by); /* wraps around */

/* Whether the field in focus is the URL, the epoch, or a category (then *index is which). */
bool endpoint_form_on_url(const struct endpoint_form *form);
bool endpoint_form_on_epoch(const struct endpoint_form *form);
bool endpoint_form_on_category(const struct endpoint_form *form, size_t *index);

bool endpoint_form_on_other(const struct endpoint_form *form);

/* Space: ticks a category, flips the epoch, or adds the category that is typed. */
void endpoint_form_toggle(struct endpoint_form *form);

/* Adds the category that is typed, ticked; one that is in the list already is ticked. False when
   nothing is typed, or when it cannot be added: endpoint_form_problem() says why. */
bool endpoint_form_add_other(struct endpoint_form *form);

/* What is wrong with the form, in a few words, or NULL: it can be sent. */
const char *endpoint_form_problem(const struct endpoint_form *form);

bool endpoint_form_url_changed(const struct endpoint_form *form);
bool endpoint_form_categories_changed(const struct endpoint_form *form);

/* The ticked categories, to be cleared by the caller. */
bool endpoint_form_ticked(const struct endpoint_form *form, struct string_list *list);

#endif
