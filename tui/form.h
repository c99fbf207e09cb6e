/*
 * The form of an endpoint.
 *
 * Pure: keys in, fields out. Nothing here draws or sends.
 *
 * A field is judged once it was left, or once the form was to be sent: nobody is told that what he
 * has not typed yet is wrong. From then on it is judged with every key.
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
    ENDPOINT_FORM_SAYS_SIZE = 120,
};

enum endpoint_field {
    FORM_URL,
    FORM_EPOCH, /* when creating alone */
    FORM_CATEGORIES,
    FORM_OTHER, /* a category that is not in the list, being typed */
    FORM_FIELDS
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
    struct line_edit other;

    enum endpoint_field field; /* the one in focus */
    size_t category;           /* in the checklist: under its cursor */
    bool judged[FORM_FIELDS];
    bool submitted; /* and was not ready */
};

void endpoint_form_create(struct endpoint_form *form);
void endpoint_form_change(struct endpoint_form *form, const struct webhook *webhook);

/* Types again what was typed in another form, which may have begun with other values. */
void endpoint_form_retype(struct endpoint_form *form, const struct endpoint_form *typed);

/* To the next field or the one before, round. The list of categories is one field. A category that
   is typed is added when its field is left. */
void endpoint_form_next(struct endpoint_form *form);
void endpoint_form_previous(struct endpoint_form *form);

/* One line down or up, through the list of categories, which stand in so many columns, one below
   the other. */
void endpoint_form_down(struct endpoint_form *form, int columns);
void endpoint_form_up(struct endpoint_form *form, int columns);

/* To the right or the left: in a line the cursor, in the list the column, else the other choice. */
void endpoint_form_aside(struct endpoint_form *form, int by, int columns);

/* In how many columns a screen so wide has the categories. */
int endpoint_form_columns(int width);

/* Goes to a field and does what a click means there: puts the cursor before a byte of its line,
   ticks the category `option`, or takes the choice `option` (0: from now on). */
void endpoint_form_point(struct endpoint_form *form, enum endpoint_field field, size_t option,
                         size_t byte);

/* The line that typing goes to, or NULL. */
struct line_edit *endpoint_form_line(struct endpoint_form *form);

/* Space: ticks a category, flips the epoch, or adds the category that is typed. False: it has no
   meaning here, for no URL has a blank. */
bool endpoint_form_toggle(struct endpoint_form *form);

/* Adds the category that is typed, ticked; one that is in the list already is ticked. False when
   nothing is typed, or when it cannot be added: endpoint_form_says() tells why. */
bool endpoint_form_add_other(struct endpoint_form *form);

/* Whether it can be sent. If not, all of it is judged, and the first field that is wrong has the
   focus. */
bool endpoint_form_submit(struct endpoint_form *form);

/* What is wrong with the form, in a few words, or NULL: it can be sent. ENDPOINT_FORM_UNADDED where
   one key mends it. */
extern const char ENDPOINT_FORM_UNADDED[];
const char *endpoint_form_problem(const struct endpoint_form *form);

/* Whether a field was judged, and is wrong. */
bool endpoint_form_wrong(const struct endpoint_form *form, enum endpoint_field field);

enum endpoint_form_tone {
    ENDPOINT_FORM_HINT,
    ENDPOINT_FORM_ADDS,  /* one key adds the category that is typed */
    ENDPOINT_FORM_READY, /* text "": it can be sent */
    ENDPOINT_FORM_WRONG,
};

/* What there is to say now. */
enum endpoint_form_tone endpoint_form_says(const struct endpoint_form *form,
                                           char text[ENDPOINT_FORM_SAYS_SIZE]);

/* Whether something would be lost without it. */
bool endpoint_form_typed(const struct endpoint_form *form);

bool endpoint_form_url_changed(const struct endpoint_form *form);
bool endpoint_form_categories_changed(const struct endpoint_form *form);

/* The ticked categories, to be cleared by the caller. */
bool endpoint_form_ticked(const struct endpoint_form *form, struct string_list *list);

#endif
