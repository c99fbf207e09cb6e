/*
 * Handing events on to the application once more: what is selected, marked or inspected.
 *
 * Bridge alone has its key, so what came earlier has the signature of then; a replay may be signed
 * anew with a key of this machine's own. Either is said where it is asked.
 */
#include "tui/app_private.h"
#include "tui/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- whom to --------------------------------------------------------------------- */

static bool has_target(struct app *app)
{
    const struct receiving *receiving = &app->receiving;
    if (receiving->how == RECEIVING_NOBODY || receiving->how == RECEIVING_NOT) {
        app_say(app, TONE_WARN,
                "nobody receives now, and who receives with --forward URL is who "
                "hands on");
        return false;
    }
    if (app->forwarding.name[0] != '\0')
        return true;
    if (receiving->how == RECEIVING_THERE)
        app_say(app, TONE_WARN,
                "the process that receives hands nothing on: start it with "
                "--forward URL, the application's");
    else
        app_say(app, TONE_WARN,
                "there is no application to hand on to: start with --forward URL, as in "
                "--forward http://127.0.0.1:3000");
    return false;
}

/* --- which ------------------------------------------------------------------------- */

/* `came_ms`: when it came last, as far as is known: that signature is the one that goes. */
static void take(struct app *app, const struct delivery *delivery, int64_t came_ms)
{
    struct replay_state *replay = &app->replay;
    if (replay->count == SEND_QUEUE_MAX || delivery->id == 0)
        return;
    if (replay->count == 0 || came_ms < replay->oldest_ms)
        replay->oldest_ms = came_ms;
    if (replay->count == 0)
        (void)snprintf(replay->named, sizeof replay->named, "%.60s%s%.80s%s",
                       delivery->event_id != NULL ? delivery->event_id : "a delivery",
                       delivery->event_type != NULL ? " (" : "",
                       delivery->event_type != NULL ? delivery->event_type : "",
                       delivery->event_type != NULL ? ")" : "");
    replay->genuine += delivery->verdict == VERDICT_GENUINE;
    replay->ids[replay->count++] = delivery->id;
}

static void take_row(struct app *app, const struct live_row *row)
{
    take(app, &row->delivery, row->again_ms > 0 ? row->again_ms : row->delivery.received_ms);
}

static void take_shown(struct app *app, const struct delivery *delivery)
{
    const struct attempt_list *repeats = &delivery->repeats;
    take(app, delivery,
         repeats->count > 0 ? repeats->items[repeats->count - 1].received_ms
                            : delivery->received_ms);
}

static void name_rest(struct replay_state *replay)
{
    size_t at = strlen(replay->named);
    if (replay->count > 1)
        (void)snprintf(replay->named + at, sizeof replay->named - at, " and %zu more",
                       replay->count - 1);
}

/* What the inspector shows, else the marked rows, else the one under the cursor. False, and said,
   where there is none. */
static bool choose(struct app *app)
{
    struct replay_state *replay = &app->replay;
    const struct inspector *inspector = &app->inspector;
    size_t marked = list_mark_count(app, PANE_LIVE);
    replay->count = replay->genuine = 0;
    if (inspector->kind == INSPECTOR_DELIVERY) {
        take_shown(app, &inspector->delivery);
    } else if (inspector->kind != INSPECTOR_NONE) {
        app_say(app, TONE_INFO, "only what arrived here can be replayed: pane 4");
        return false;
    } else if (marked > SEND_QUEUE_MAX) {
        app_say(app, TONE_WARN, "%zu rows are marked: at most %d go at once", marked,
                SEND_QUEUE_MAX);
        return false;
    } else if (marked > 0) {
        for (size_t i = 0; list_mark_next(app, PANE_LIVE, &i); i++)
            take_row(app, state_live_row(app, i));
    } else if (state_selected_live(app) != NULL) {
        take_row(app, state_selected_live(app));
    }
    name_rest(replay);
    if (replay->count == 0)
        app_say(app, TONE_INFO, "no delivery is selected to be replayed");
    return replay->count > 0;
}

/* --- asking --------------------------------------------------------------------------- */

/* Nothing where all are genuine. */
static const char *explain_not_genuine(const struct replay_state *replay)
{
    bool several = replay->count > 1, resigned = replay->kind == FORWARD_RESIGNED;
    if (replay->genuine == replay->count)
        return "";
    if (resigned)
        return several ? "Not all of them are genuine: what Bridge may never have sent will have a "
                         "signature that holds. "
                       : "It is not genuine: what Bridge may never have sent will have a signature "
                         "that holds. ";
    return several ? "Not all of them are genuine; each goes as it came."
                   : "It is not genuine, and goes as it came.";
}

/* What an old signature means, and what helps. */
static void explain_age(struct app *app, char *text, size_t size)
{
    char age[24], window[24], key[KEYMAP_LABEL_SIZE];
    int64_t age_ms = app->now_ms - app->replay.oldest_ms;
    bool several = app->replay.count > 1;
    if (app->replay.genuine < app->replay.count) {
        (void)snprintf(text, size, "%s", explain_not_genuine(&app->replay));
        return;
    }
    rows_format_age(age, sizeof age, age_ms > 0 ? age_ms : 0);
    rows_format_age(window, sizeof window, SIGNATURE_WINDOW_MS);
    if (age_ms <= SIGNATURE_WINDOW_MS)
        (void)snprintf(text, size,
                       "%s signed by Bridge %s ago, which is still good for an application that "
                       "refuses what is older than %s.",
                       several ? "The oldest was" : "It was", age, window);
    else
        (void)snprintf(
            text, size,
            "%s signed by Bridge %s ago: an application that checks the time refuses "
            "what is older than %s. For one of now, %s in pane 4 has Bridge send it again "
            "first, and then this; or :replay --resign signs it here, with a key of "
            "this machine's own.",
            several ? "The oldest was" : "It was", age, window,
            keymap_key_label(&app->keymap, ACTION_SEND, PLACE_LIVE, key));
}

static void ask(struct app *app, const char *how)
{
    const struct replay_state *replay = &app->replay;
    struct question *question = &app->question;
    bool several = replay->count > 1, resigned = replay->kind == FORWARD_RESIGNED;
    *question = (struct question){.open = true, .replaying = true};
    app->notice.tone = TONE_NONE;
    (void)snprintf(question->title, sizeof question->title, "Replay %s%s",
                   several ? "events" : "event", resigned ? ", signed anew" : "");
    if (several)
        (void)snprintf(question->verb, sizeof question->verb, "replay all %zu", replay->count);
    else
        (void)snprintf(question->verb, sizeof question->verb, "replay it");
    (void)snprintf(question->text, sizeof question->text,
                   "%s goes to %s once more, %s%s. At Bridge nothing changes.\n\n%s", replay->named,
                   app->forwarding.name,
                   resigned ? "its body byte for byte, its signature a new one" : "byte for byte",
                   several ? ", those of one object in their order" : "", how);
}

static void ask_resigned(struct app *app)
{
    char how[REPLAY_KEY_SIZE + 512];
    (void)snprintf(how, sizeof how,
                   "%sSigned now, with a key of this machine's own: the application takes it only "
                   "where it has this public key in place of Bridge's (:replay --show-key copies "
                   "it).\n\n%s",
                   explain_not_genuine(&app->replay), app->replay.key);
    ask(app, how);
}

static void show_key(struct app *app)
{
    struct question *question = &app->question;
    *question = (struct question){.open = true, .key_shown = true};
    app->notice.tone = TONE_NONE;
    (void)snprintf(question->title, sizeof question->title, "The key of replays signed anew");
    (void)snprintf(question->verb, sizeof question->verb, "copy it");
    (void)snprintf(question->no, sizeof question->no, "close");
    (void)snprintf(
        question->text, sizeof question->text,
        "For the application's configuration, in place of Bridge's public key while "
        "you test with :replay --resign. Its private half is on this machine alone, "
        "beside the store: whoever has it can sign what such an application takes.\n\n%s",
        app->replay.key);
}

void replay_act(struct app *app, const char *argument, struct effects *effects)
{
    bool resign = argument != NULL && strcmp(argument, "--resign") == 0;
    bool key_only = argument != NULL && strcmp(argument, "--show-key") == 0;
    if (argument != NULL && !resign && !key_only) {
        app_say(app, TONE_WARN, "'%.40s': --resign or --show-key", argument);
        return;
    }
    if (!key_only && (!has_target(app) || !choose(app)))
        return;
    if (!resign && !key_only) {
        char how[512];
        app->replay.kind = FORWARD_REPLAY;
        explain_age(app, how, sizeof how);
        ask(app, how);
        return;
    }
    app->replay.key_asked = app_effect(effects, EFFECT_REPLAY_KEY) != NULL;
    app->replay.key_only = key_only;
    app->replay.kind = FORWARD_RESIGNED;
}

/* Making it takes a moment: another question may be open by then. */
void replay_key_read(struct app *app, const char *pem, const char *error)
{
    struct replay_state *replay = &app->replay;
    bool wanted = replay->key_asked && !app->question.open && !app->form_open;
    replay->key_asked = false;
    if (pem == NULL) {
        app_say(app, TONE_BAD, "%s", error);
        return;
    }
    (void)snprintf(replay->key, sizeof replay->key, "%s", pem);
    if (!wanted)
        return;
    if (replay->key_only)
        show_key(app);
    else
        ask_resigned(app);
}

/* --- doing ------------------------------------------------------------------------------ */

void replay_confirmed(struct app *app, struct effects *effects)
{
    bool copies = app->question.key_shown;
    plans_declined(app);
    if (copies)
        copy_message(app, app->replay.key, effects);
    else
        (void)app_effect(effects, EFFECT_REPLAY);
}

void replay_queued(struct app *app, size_t count, const char *error)
{
    const char *name = app->forwarding.name;
    if (error != NULL)
        app_say(app, TONE_BAD, "could not be replayed: %s", error);
    else if (count < app->replay.count)
        app_say(app, TONE_WARN, "%zu of %zu go to %s: the others are not in the store any more",
                count, app->replay.count, name);
    else if (count > 1)
        app_say(app, TONE_INFO, "%zu events go to %s once more", count, name);
    else
        app_say(app, TONE_INFO, "%s goes to %s once more", app->replay.named, name);
    if (error != NULL)
        return;
    marks_clear(&app->lists[PANE_LIVE].marks);
    /* Where another process hands on, its tries may have been told before this. */
    bool ours = app->receiving.how == RECEIVING_HERE && count == app->replay.count;
    for (size_t i = 0; ours && i < count; i++)
        forward_queued(app, app->replay.ids[i]);
}

void replay_tried(struct app *app, const struct forward_report *report)
{
    const struct forward_try *attempt = report->attempt;
    char took[32];
    bool taken = report->state == FORWARD_DONE;
    if (report->kind == FORWARD_ARRIVAL || attempt->number > 1)
        return;
    rows_format_duration(took, sizeof took, attempt->took_us);
    if (attempt->status != 0)
        app_say(app, taken ? TONE_GOOD : TONE_WARN, "%s answered the replay with %d after %s%s",
                app->forwarding.name, attempt->status, took,
                report->state == FORWARD_WAITING ? "; it is tried again" : "");
    else
        app_say(app, TONE_WARN, "the replay: %.400s", attempt->error != NULL ? attempt->error : "");
}
