/*
 * A page of messages with their times, newest last: of what was said in the status line, or of what
 * was done to the endpoints (its numbers are then indexes of the state's activity).
 *
 * A message takes as many lines as it needs, so that what the status line cut can be read whole.
 * Where the page begins follows from what is selected: nothing has to be put right when the screen
 * changes its size, or the oldest message goes.
 */
#ifndef BRIDGETOP_TUI_MESSAGES_H
#define BRIDGETOP_TUI_MESSAGES_H

#include "tui/grid.h"
#include "tui/state.h"

enum { MESSAGES_TEXT_MAX = 3 * ACTIVITY_SIDE_MAX };

/* The numbers of the page that is open: from the first to before the end. */
uint64_t messages_first(const struct app *app);
uint64_t messages_end(const struct app *app);

/* The page's filter: a message passes that has each of its words, the case of ASCII letters aside;
   one of the activity also in what is before and after. The first that passes from a number on, and
   the last before a number; messages_end() where there is none. */
bool messages_pass(const struct app *app, uint64_t number);
uint64_t messages_next(const struct app *app, uint64_t from);
uint64_t messages_previous(const struct app *app, uint64_t before);

/* A message's words, as the page shows them; not gated. */
void messages_text(const struct app *app, uint64_t number, char text[MESSAGES_TEXT_MAX]);

/* How a tone looks. */
enum role messages_role(enum tone tone);

/* Lines of the page, and those that the message of a number takes in it. */
int messages_page(const struct app *app);
int messages_height(const struct app *app, uint64_t number);

void messages_draw(const struct app *app, struct grid *grid);

/* The message on a line of the screen; false where there is none. */
bool messages_at(const struct app *app, int y, uint64_t *number);

#endif
