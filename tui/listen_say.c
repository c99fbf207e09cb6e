#include "tui/listen_say.h"

#include "api/contract.h"
#include "api/json_write.h"
#include "tui/text.h"

#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void listen_complain(bool ascii, const char *message)
{
    char line[PIPE_BUF];
    static const char NAME[] = "bridgetop listen: ";
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    memcpy(line, NAME, sizeof NAME);
    size_t length = sizeof NAME - 1;
    length +=
        text_gate_string(line + length, sizeof line - length - 1, message, strlen(message), ascii);
    line[length++] = '\n';
    if (poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0 &&
        write(STDERR_FILENO, line, length) < 0)
        return; /* there is nobody left to tell */
}

void listen_begin_object(struct buffer *line, const struct listen_voice *voice, const char *kind)
{
    char at[CONTRACT_TIME_SIZE];
    buffer_init(line, LISTEN_LINE_SIZE);
    contract_time_format(ambient_wall_ms(&voice->ambient), at);
    buffer_printf(line, "{\"kind\":\"%s\",\"at\":\"%s\"", kind, at);
}

void listen_end_object(const struct listen_voice *voice, struct buffer *line)
{
    buffer_append_string(line, "}");
    if (!line->failed && voice->output != NULL)
        listen_output_line(voice->output, line->data);
    buffer_clear(line);
}

void listen_tell(const struct listen_voice *voice, const char *kind, const char *message)
{
    struct buffer line;
    listen_complain(voice->ascii, message);
    if (!voice->json)
        return;
    listen_begin_object(&line, voice, kind);
    buffer_append_string(&line, ",\"message\":");
    json_write_string(&line, message);
    listen_end_object(voice, &line);
}

static void write_ready(const struct listen_voice *voice, const struct listen_ready *ready)
{
    struct buffer line;
    listen_begin_object(&line, voice, "ready");
    buffer_append_string(&line, ",\"address\":");
    json_write_string(&line, ready->address);
    buffer_printf(&line, ",\"port\":%u,\"pid\":%d,\"store\":", (unsigned)ready->port,
                  (int)getpid());
    json_write_string(&line, ready->store_path);
    buffer_printf(&line, ",\"keys\":%zu", ready->keys);
    if (ready->tls)
        buffer_printf(&line, ",\"tls\":{\"days_left\":%d}", ready->tls_days);
    else
        buffer_append_string(&line, ",\"tls\":null");
    buffer_append_string(&line, ",\"forward\":");
    json_write_string(&line, ready->forward);
    listen_end_object(voice, &line);
}

void listen_say_ready(const struct listen_voice *voice, const struct listen_ready *ready)
{
    char line[LISTEN_LINE_SIZE];
    char gated[LISTEN_LINE_SIZE];
    if (voice->json) {
        write_ready(voice, ready);
        return;
    }
    (void)snprintf(line, sizeof line, "listening on %s, pid %d, store %s, %zu key%s%s%s",
                   ready->address, (int)getpid(), ready->store_path, ready->keys,
                   ready->keys == 1 ? "" : "s", ready->forward != NULL ? ", hands on to " : "",
                   ready->forward != NULL ? ready->forward : "");
    (void)text_gate_string(gated, sizeof gated, line, strlen(line), voice->ascii);
    listen_output_line(voice->output, gated);
}

void listen_say_stopped(const struct listen_voice *voice, const char *reason, int64_t received,
                        int64_t verified)
{
    struct buffer line;
    if (voice->json) {
        listen_begin_object(&line, voice, "stopped");
        buffer_printf(&line, ",\"reason\":\"%s\",\"received\":%" PRId64 ",\"verified\":%" PRId64,
                      reason, received, verified);
        listen_end_object(voice, &line);
        return;
    }
    char text[128];
    (void)snprintf(text, sizeof text, "stopped (%s): %" PRId64 " received, %" PRId64 " verified",
                   reason, received, verified);
    listen_output_line(voice->output, text);
}
