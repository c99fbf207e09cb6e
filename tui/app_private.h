/*
 * How the parts of app_update() talk to each other; for tui/app*.c only.
 */
#ifndef BRIDGETOP_TUI_APP_PRIVATE_H
#define BRIDGETOP_TUI_APP_PRIVATE_H

#include "tui/app.h"
#include "tui/keymap.h"
#include "tui/told.h"

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

/* A row has become another: its columns are measured, its place stays. */
void list_changed(struct app *app, enum pane pane, size_t index);

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

/* By that column; when it is already, the other way round. */
void list_sort_column(struct app *app, enum pane pane, size_t column);

/* The keys go to another pane, whose lines of `/` and `f` are closed and kept; what the one that is
   left shows has been seen. */
void list_focus(struct app *app, enum pane pane);

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
void find_answered(struct app *app, const struct message *message, struct effects *effects);
void find_found(struct app *app, const struct message *message, struct effects *effects);
void find_clear(struct app *app);

/* --- app_data.c: what comes from outside ------------------------------------ */

void data_webhooks(struct app *app, const struct webhook_list *webhooks, bool as_stored,
                   struct effects *effects);
void data_upcoming(struct app *app, const char *webhook_id, const struct event_list *events,
                   struct effects *effects);
void data_logs(struct app *app, const char *webhook_id, const struct log_list *logs,
               struct effects *effects);
void data_learned(struct app *app, const struct event_list *events);
void data_failed(struct app *app, enum api_call call, const char *webhook_id, const char *text);
void data_answered(struct app *app, const struct message *message, struct effects *effects);
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

/* The line that typing goes to now, or NULL. */
struct line_edit *keys_line(struct app *app);

void keys_press(struct app *app, char32_t key, struct effects *effects);
void keys_paste(struct app *app, const char *text, size_t length, struct effects *effects);

/* --- app_plans.c: questions, and actions at Bridge --------------------------- */

void plans_act(struct app *app, enum action action, struct effects *effects);
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

/* Adds to the question each request of its plan, as it would be sent. */
void plan_add_preview(struct question *question);

/* --- app_look.c: before an endpoint is enabled ---------------------------------------- */

/* The open question is about that endpoint: its URL is looked at meanwhile. */
void look_begin(struct app *app, const struct endpoint *endpoint, struct effects *effects);
void look_checked(struct app *app, uint64_t id, const struct url_report *report);

/* --- app_form.c: the endpoint form --------------------------------------------------- */

/* For a new endpoint (NULL), or to change one. Where the last one of its kind was sent and refused,
   it has what was typed. */
void form_open(struct app *app, const struct webhook *webhook);
void form_act(struct app *app, enum action action);
void form_point(struct app *app, enum endpoint_field field, size_t option, size_t byte);
void form_close(struct app *app);

/* The plan that began last does what the form asks for: it closes. */
void form_sent(struct app *app);

/* A plan has failed: "; c has what was typed" where it was the form's, else "". Returns `text`. */
enum { FORM_OFFER_SIZE = KEYMAP_LABEL_SIZE + 40 };
const char *form_offer(struct app *app, const struct plan *plan, char text[FORM_OFFER_SIZE]);

/* --- app_send.c: sending events, one or the marked ones ------------------------ */

/* Where `s` would send to now, or NULL. */
struct endpoint *send_endpoint(const struct app *app);
void send_ask(struct app *app, const struct endpoint *endpoint);
void send_ask_marked(struct app *app);
void send_start(struct app *app, struct effects *effects);
void send_result(struct app *app, const struct api_result *result, struct effects *effects);

/* What is not sent yet stays. False when nothing is being sent. */
bool send_stop(struct app *app);

/* --- app_inspector.c, app_inspector_open.c, app_inspector_act.c ---------------------------- */

enum { INSPECTOR_FOLDED_AT_FIRST = 1 << SECTION_EVENT | 1 << SECTION_RAW };

/* Opens what the list in focus is on, without showing it yet. False: there is nothing. */
bool app_inspector_open_selected(struct app *app, struct effects *effects);

/* Asks the store for all of a delivery. */
bool app_inspector_load(int64_t delivery_id, struct effects *effects);

/* What lies below is shown again, as it was. */
void app_inspector_show_below(struct app *app, struct effects *effects);

void app_inspector_open(struct app *app, struct effects *effects);
void app_inspector_close(struct app *app);

/* The two marked events side by side; of the pane in focus, else of panes 2 and 4. */
void app_inspector_compare(struct app *app, struct effects *effects);
void app_inspector_loaded(struct app *app, int64_t id, const struct delivery *delivery,
                          const char *text);

/* The attempt under the cursor, where its body is another one than the first's, beside that: false
   where there is none. */
bool app_inspector_open_attempt(struct app *app, struct effects *effects);
void app_inspector_attempt_loaded(struct app *app, const struct message *message);
void app_inspector_diagnosed(struct app *app, int64_t id, const struct doctor_report *diagnosis);

/* Of what came about an endpoint (NULL: about any): one that is inspected is shown as it is now. */
void app_inspector_follow_endpoint(struct app *app, const char *webhook_id,
                                   const struct effects *effects);
void app_inspector_lay_out(struct app *app); /* for the layout's size */
void app_inspector_tell(struct app *app);    /* builds its sections, and lays them out */

/* Says all again: times or masking changed. Folds and the cursor stay. */
void app_inspector_retell(struct app *app);
void app_inspector_act(struct app *app, enum action action, struct effects *effects);

/* Enter and Esc of the line in which a search is typed. */
void app_inspector_found(struct app *app, enum action action);

/* Makes room for something that is opened from what is shown now, or from the list: empty. False,
   with a line, when memory is out. Then show it. */
bool app_inspector_begin(struct app *app);
void app_inspector_show(struct app *app);

/* Opens a copy of one from what is shown now; a delivery's body is read. */
bool app_inspector_open_event(struct app *app, const struct event *event);
bool app_inspector_open_log(struct app *app, const struct log_entry *entry);
bool app_inspector_open_delivery(struct app *app, const struct delivery *summary,
                                 struct effects *effects);

/* --- app_trace.c, app_trace_tell.c: an event's whole way --------------------------- */

/* The event that is selected or shown; NULL: none that has an id. */
const char *told_event(const struct app *app);

/* Asks Bridge for its newest events, at most every TOLD_LEARN_MS. */
bool told_ask_bridge(struct app *app, struct effects *effects);

/* Has the store read: what of is to be put into the effect. NULL: it is not; where one reading is
   under way, another follows it. */
struct effect *told_look_up(struct app *app, struct told_reading *reading, uint64_t delay_ms,
                            struct effects *effects);

void app_trace_open(struct app *app, struct effects *effects);
void app_trace_refresh(struct app *app, struct effects *effects); /* it is on top again */
void app_trace_read(struct app *app, const struct message *message, struct effects *effects);
void app_trace_arrived(struct app *app, const struct delivery *delivery, struct effects *effects);

/* Something of that row has changed; Bridge has told something of endpoints, or of events. */
void app_trace_changed(struct app *app, int64_t delivery_id, struct effects *effects);
void app_trace_bridge_told(struct app *app, struct effects *effects);
void app_trace_learned(struct app *app, const struct event_list *events);
void app_trace_tell(struct app *app);
bool app_trace_open_selected(struct app *app, struct effects *effects);

/* --- app_object.c: all events of an object ------------------------------------------- */

void app_object_open(struct app *app, struct effects *effects);
void app_object_refresh(struct app *app, struct effects *effects);
void app_object_read(struct app *app, const struct message *message, struct effects *effects);
void app_object_arrived(struct app *app, const struct delivery *delivery, struct effects *effects);
void app_object_bridge_told(struct app *app, const struct event_list *events,
                            struct effects *effects);
void app_object_tell(struct app *app);
bool app_object_open_selected(struct app *app, struct effects *effects);

/* The event of the line under the cursor, or NULL, and its id; and what stands for an event's
 * lines.
 */
struct object_event;
const struct object_event *object_selected(const struct app *app);
const char *object_selected_event(const struct app *app);
uint64_t object_event_mark(const char *event_id);

/* --- app_forward.c: what is handed on to an application ---------------------------- */

void forward_changed(struct app *app, const struct forwarder_state *state);
void forward_tried(struct app *app, const struct message *message, struct effects *effects);

/* It waits to be handed on; its row says so. */
void forward_queued(struct app *app, int64_t delivery_id);

/* What became of a delivery: of the one that is inspected it is shown. The list is copied. */
void forward_listed(struct app *app, int64_t delivery_id, const struct forward_list *list);

/* Adds the section to the inspector, where there is something to say. */
void forward_say(struct app *app);

/* --- app_replay.c: handing on once more --------------------------------------------- */

/* `argument` is "--resign", "--show-key", or NULL. */
void replay_act(struct app *app, const char *argument, struct effects *effects);
void replay_key_read(struct app *app, const char *pem, const char *error);
void replay_confirmed(struct app *app, struct effects *effects);
void replay_queued(struct app *app, size_t count, const char *error);

/* A try of a replay has ended: whoever asked for it waits for that. */
void replay_tried(struct app *app, const struct forward_report *report);

/* --- app_copy.c: the copy menu --------------------------------------------------- */

/* Opens the menu, or copies what is named: "body". */
void copy_begin(struct app *app, const char *what, struct effects *effects);
void copy_act(struct app *app, enum action action, struct effects *effects);
void copy_loaded(struct app *app, int64_t id, const struct delivery *delivery, const char *text,
                 struct effects *effects);
void copy_done(struct app *app, const char *path, const char *error);

/* A message of the log, as it shows. */
void copy_message(struct app *app, const char *text, struct effects *effects);

/* --- app_help.c: the key table, as a menu -------------------------------------- */

void help_open(struct app *app);
void help_act(struct app *app, enum action action, struct effects *effects);
void help_typed(struct app *app);       /* its filter has changed */
void help_show_cursor(struct app *app); /* scrolls to it */

/* --- app_messages.c: the log of what was said ------------------------------------ */

/* Keeps a message; app_say() does. */
void messages_add(struct app *app, enum tone tone, const char *text);

/* The same of what fails, unless it is what the newest says: many may fail for one reason. */
void messages_add_trouble(struct app *app, const char *text);
void messages_open(struct app *app);
void messages_open_page(struct messages *page); /* without a filter */
void messages_act(struct app *app, enum action action, struct effects *effects);
void messages_typed(struct app *app, struct effects *effects); /* the filter is another */
void messages_filter_act(struct app *app, enum action action, struct effects *effects);

/* The message of that number, or the newest; of the page that is open. */
void messages_select(struct app *app, uint64_t number);
void messages_select_in(struct messages *page, uint64_t number);

/* --- app_gaps.c: what is missing ------------------------------------------------------- */

/* Takes what was found over; what was not compared anew says only whether that failed, or until
   when the last comparison holds. False where nothing changed that shows. */
bool gaps_found(struct app *app, struct gaps *gaps);

/* Something has come: it is not missing any more. */
void gaps_arrived(struct app *app, const struct delivery *delivery);

/* --- app_activity.c: what was done to the endpoints ------------------------------------ */

/* A step of a plan begins, or has ended: it is noted. */
void activity_begin(struct app *app, const struct plan *plan, struct effects *effects);
void activity_end(struct app *app, const struct plan *plan, const struct api_result *result,
                  struct effects *effects);
void activity_forget_notes(struct app *app); /* they were of the update before */

/* Rows of the store. What others did is told. False where nothing is new. */
bool activity_read(struct app *app, const struct message *message, struct effects *effects);
void activity_ask_older(struct app *app, struct effects *effects); /* where a page is not full */
void activity_open(struct app *app, struct effects *effects);
void activity_act(struct app *app, enum action action, struct effects *effects);
void activity_free(struct app *app);

/* --- app_mouse.c ---------------------------------------------------------------- */

void mouse_act(struct app *app, const struct mouse *mouse, const struct hit *hit,
               struct effects *effects);

/* --- app_export_request.c: what is exported ------------------------------------------ */

/* How many there are of each that can be taken from here. */
void export_count(const struct app *app, struct export_dialog *dialog);

/* False where memory is out; the caller clears the request. */
bool export_fill(const struct app *app, struct export_request *request, enum export_what what);

/* The id of the row under the cursor as part of a file's name, "" where it is none that could be.
 */
const char *export_this_id(const struct app *app);

/* --- app_export.c: the export under way ------------------------------------------------- */

/* True, and said, when one is being written already. */
bool export_busy(struct app *app);
bool export_start(struct app *app, enum export_what what, enum export_format format,
                  const char *path, struct effects *effects);
void export_reported(struct app *app, const struct export_report *report);

/* The question whether a file is to be replaced. */
void export_confirmed(struct app *app, struct effects *effects);
void export_declined(struct app *app);

/* False when nothing is being exported. */
bool export_stop(struct app *app, struct effects *effects);

/* --- app_export_dialog.c: what, as what, where to ------------------------------------------ */

void export_open(struct app *app);

/* What is typed behind the action's name: "har events.har", a format alone, or NULL. With a path it
   needs no dialog: what the inspector shows, the marked rows, or else all that are shown. */
void export_argument(struct app *app, const char *argument, struct effects *effects);
void export_act(struct app *app, enum action action, struct effects *effects);
void export_typed(struct app *app); /* the path has changed */

/* The path, to be typed from any field: a name that was only suggested gives way. */
struct line_edit *export_path(struct app *app);
void export_completed(struct app *app, const struct path_names *names);

/* A click on a field: a choice of it, or a byte of the path. */
void export_point(struct app *app, enum export_field field, size_t value, size_t byte);

/* What it asked for was not written: it comes back, and says why. */
void export_come_back(struct app *app, const char *why);

/* --- app_answer.c ---------------------------------------------------------------- */

/* What is typed behind `:answer`. */
void answer_act(struct app *app, const char *argument, struct effects *effects);

/* --- app_prompt.c ---------------------------------------------------------------- */

/* Opens the command prompt over the present place, with a line to go on from. */
void command_open(struct app *app, const char *line);
void command_act(struct app *app, enum action action, struct effects *effects);

#endif
