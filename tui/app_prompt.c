/* The command prompt in the state: opened over a place, and run there. */
#include "tui/app_private.h"
#include "tui/rows.h"

#include <string.h>

void command_open(struct app *app, const char *line)
{
    rows_column_words(app->focus, app->prompt.columns, sizeof app->prompt.columns);
    prompt_open(&app->prompt, state_place(app), line);
}

static void copy_trimmed(const struct line_edit *line, char text[LINE_EDIT_MAX + 1])
{
    size_t from = strspn(line->text, " \t");
    size_t length = line->length;
    while (length > from && (line->text[length - 1] == ' ' || line->text[length - 1] == '\t'))
        length--;
    memcpy(text, line->text + from, length - from);
    text[length - from] = '\0';
}

static void run(struct app *app, struct effects *effects)
{
    char line[LINE_EDIT_MAX + 1];
    struct error error = {""};
    struct prompt_command command;
    copy_trimmed(&app->prompt.line, line);
    prompt_close(&app->prompt);
    if (line[0] == '\0')
        return;
    prompt_remember(&app->prompt, line);
    if (!prompt_parse(line, state_place(app), &command, &error))
        app_say(app, TONE_WARN, "%s", error.message);
    else
        (void)app_act(app, command.binding->action, command.argument, effects);
}

void command_act(struct app *app, enum action action, struct effects *effects)
{
    switch (action) {
    case ACTION_SUBMIT:
        run(app, effects);
        break;
    case ACTION_COMPLETE:
        prompt_complete(&app->prompt, 1);
        break;
    case ACTION_COMPLETE_BACK:
        prompt_complete(&app->prompt, -1);
        break;
    case ACTION_OLDER:
        prompt_recall(&app->prompt, -1);
        break;
    case ACTION_NEWER:
        prompt_recall(&app->prompt, 1);
        break;
    case ACTION_DECLINE:
        prompt_close(&app->prompt);
        break;
    default:
        break;
    }
}
