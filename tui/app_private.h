/*
 * How the parts of app_update() talk to each other; for tui/app*.c only.
 */
#ifndef BRIDGETOP_TUI_APP_PRIVATE_H
#define BRIDGETOP_TUI_APP_PRIVATE_H

#include "tui/app.h"
#include "tui/keymap.h"

/* --- app_common.c ------------------------------------------------------------------ */

struct effect *app_effect(struct effects *effects, enum effect_kind kind);
void app_say(struct app *app, enum tone tone, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Computes the layout again: after a resize, another focus, another number of endpoints. */
void app_lay_out(struct app *app);

/* --- app_lists.c ------------------------------------------------------------ */

/* Applies the filter again and puts the cursor back on the row it was on, or near. */
void list_sync(struct app *app, enum pane pane);

/* The same for a row that was added at the end, without looking at the others. */
void list_appended(struct app *app, enum pane pane);

/* Looks again how wide the columns have to be. */
void list_measure(struct app *app, enum pane pane);

/* Moves the cursor by rows, or to one; pauses or resumes following. */
void list_move(struct app *app, enum pane pane, int64_t by);
void list_move_to_end(struct app *app, enum pane pane);
void list_select_key(struct app *app, enum pane pane, const char *key);
void list_follow(struct app *app, enum pane pane);

/* Marks the row under the cursor, or unmarks it, and moves on; marks all that pass the filter, or
   unmarks them when all are marked. */
void list_mark(struct app *app, enum pane pane);
void list_mark_all(struct app *app, enum pane pane);

/* Sorts by the next column (after the last: in the order of the data again), turns the order round,
   or sorts by the column whose name begins so, in any case; "-size" is reversed. False: there is no
   such column (see rows_column_name()). A log that is sorted does not follow. */
void list_sort_next(struct app *app, enum pane pane);
void list_sort_reverse(struct app *app, enum pane pane);
bool list_sort_by(struct app *app, enum pane pane, const char *name);

/* Keeps the cursor in view. */
void list_scroll_into_view(struct app *app, enum pane pane);
void list_clear(struct list *list);

/* Pane 1's cursor is on another endpoint: panes 2 and 3 show its rows, from the start. */
void app_endpoint_selected(struct app *app, struct effects *effects);

/* --- app_seen.c: what has been seen, and failures ------------------------------- */

void seen_all(struct app *app, enum pane pane);
void seen_arrived(struct app *app, enum pane pane); /* a row came: seen if it is being watched */
void seen_to_cursor(struct app *app, enum pane pane);

/* Something failed that nobody may have noticed; a key says that somebody is there. */
void alert_failure(struct app *app);
void alert_seen(struct app *app);

/* An alert now and then, while there are failures. */
void alert_tell(struct app *app, struct effects *effects);
/* --- app_find.c: filters ---------------------------------------------------- */

/* `/` and `f`: the line of the pane in focus has the keys. */
void find_open_filter(struct app *app);
void find_open_query(struct app *app);

/* The same with the text given: kept at once. */
void find_filter(struct app *app, const char *text, struct effects *effects);
void find_query(struct app *app, const char *text, struct effects *effects);

/* Keys of the two lines; and what they hold has changed. */
void find_act(struct app *app, enum place place, enum action action, struct effects *effects);
void find_typed(struct app *app, enum place place, struct effects *effects);

/* Takes the filter of the pane in focus away, or else its query. False: it has neither. */
bool find_back(struct app *app, struct effects *effects);

/* Whether a row passes the filter and the query of its pane; find_read() before. */
bool find_passes(const struct app *app, enum pane pane, size_t index);

/* Reads the query of a pane again: spans count back from now. */
void find_read(struct app *app, enum pane pane);

/* Something came into the store; results of a search of it. */
void find_arrived(struct app *app, struct effects *effects);
void find_found(struct app *app, const struct message *message, struct effects *effects);
void find_clear(struct app *app);

/* --- app_data.c: what comes from outside ------------------------------------ */

void data_webhooks(struct app *app, const struct webhook_list *webhooks, bool as_stored,
                   struct effects *effects);
void data_upcoming(struct app *app, const char *webhook_id, const struct event_list *events);
void data_logs(struct app *app, const char *webhook_id, const struct log_list *logs,
               struct effects *effects);
void data_learned(struct app *app, const struct event_list *events);
void data_failed(struct app *app, enum api_call call, const char *webhook_id, const char *text);
void data_delivery(struct app *app, const struct delivery *delivery, bool live,
                   struct effects *effects);
void data_put_webhook(struct app *app, const struct webhook *webhook, struct effects *effects);
void data_drop_webhook(struct app *app, const char *webhook_id, struct effects *effects);
void endpoint_clear(struct endpoint *endpoint);

/* --- app_keys.c ------------------------------------------------------------- */

/* Does what a key of this place would do: for the keys, the mouse, the help, the prompt. `argument`
   is what was typed behind the action's name, NULL for nothing. False: it does not hold in the
   place that has the keys now. */
bool app_act(struct app *app, enum action action, const char *argument, struct effects *effects);

void keys_press(struct app *app, char32_t key, struct effects *effects);
void keys_paste(struct app *app, const char *text, size_t length, struct effects *effects);

/* --- app_plans.c: questions, and actions at Bridge --------------------------- */

void plans_act(struct app *app, enum action action);
void plans_submit_form(struct app *app);
void plans_confirmed(struct app *app, struct effects *effects);
void plans_declined(struct app *app);
void plans_result(struct app *app, uint64_t id, const struct api_result *result,
                  struct effects *effects);
void plans_retrying(struct app *app, uint64_t id, const char *text);
void plan_clear(struct plan *plan);

struct plan plan_for(enum plan_kind kind, const struct endpoint *endpoint);
void plan_add_step(struct plan *plan, struct step step);

/* Asks; takes the plan over. */
void plan_ask(struct app *app, struct plan plan, const char *title, const char *verb,
              const char *text);

/* Makes the first call; takes the plan over. False, with a line that says so, when there are as
   many under way as may be. */
bool plan_start(struct app *app, struct plan plan, struct effects *effects);

/* --- app_send.c: sending events, one or the marked ones ------------------------ */

/* Where `s` would send to now, or NULL. */
struct endpoint *send_endpoint(const struct app *app);
void send_ask(struct app *app, const struct endpoint *endpoint);
void send_ask_marked(struct app *app);
void send_start(struct app *app, struct effects *effects);
void send_result(struct app *app, const struct api_result *result, struct effects *effects);

/* What is not sent yet stays. False when nothing is being sent. */
bool send_stop(struct app *app);

/* --- app_inspector.c, app_inspector_act.c ------------------------------------------ */

void app_inspector_open(struct app *app, struct effects *effects);
void app_inspector_close(struct app *app);

/* The two marked events side by side; of the pane in focus, else of panes 2 and 4. */
void app_inspector_compare(struct app *app, struct effects *effects);
void app_inspector_loaded(struct app *app, int64_t id, const struct delivery *delivery,
                          const char *text);
void app_inspector_lay_out(struct app *app); /* for the layout's size */
void app_inspector_tell(struct app *app);    /* builds its sections, and lays them out */

/* Says all again: times or masking changed. Folds and the cursor stay. */
void app_inspector_retell(struct app *app);
void app_inspector_act(struct app *app, enum action action, struct effects *effects);

/* Enter and Esc of the line in which a search is typed. */
void app_inspector_found(struct app *app, enum action action);

/* --- app_copy.c: the copy menu --------------------------------------------------- */

/* Opens the menu, or copies what is named: "body". */
void copy_begin(struct app *app, const char *what, struct effects *effects);
void copy_act(struct app *app, enum action action, struct effects *effects);
void copy_loaded(struct app *app, int64_t id, const struct delivery *delivery, const char *text,
                 struct effects *effects);
void copy_done(struct app *app, const char *path, const char *error);

/* --- app_help.c: the key table, as a menu -------------------------------------- */

void help_open(struct app *app);
void help_act(struct app *app, enum action action, struct effects *effects);
void help_typed(struct app *app);       /* its filter has changed */
void help_show_cursor(struct app *app); /* scrolls to it */

/* --- app_mouse.c ---------------------------------------------------------------- */

void mouse_act(struct app *app, const struct mouse *mouse, const struct hit *hit,
               struct effects *effects);

/* --- app_export.c: writing events to a file --------------------------------------- */

void export_open(struct app *app);

/* What is typed behind the action's name: "har events.har", a format alone, or NULL. */
void export_argument(struct app *app, const char *argument, struct effects *effects);

/* Without the dialog: what the inspector shows, the marked rows, or else all that are shown. */
void export_command(struct app *app, enum export_format format, const char *path,
                    struct effects *effects);
void export_act(struct app *app, enum action action, struct effects *effects);
void export_typed(struct app *app); /* the path has changed */
void export_completed(struct app *app, const struct path_names *names);
void export_reported(struct app *app, const struct export_report *report);

/* The question whether a file is to be replaced. */
void export_confirmed(struct app *app, struct effects *effects);
void export_declined(struct app *app);

/* False when nothing is being exported. */
bool export_stop(struct app *app, struct effects *effects);

/* --- app_prompt.c ---------------------------------------------------------------- */

/* Opens the command prompt over the present place, with a line to go on from. */
void command_open(struct app *app, const char *line);
void command_act(struct app *app, enum action action, struct effects *effects);

#endif
