#include "tui/output.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A pipe takes what a terminal takes: some kilobytes, then nothing until it is read. */
struct line {
    int reader;
    int writer;
    struct output output;
};

static struct line connect_line(void)
{
    int ends[2];
    cr_assert_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    struct line line = {.reader = ends[0], .writer = ends[1]};
    struct error error;
    cr_assert(output_open(&line.output, line.writer, &error), "%s", error.message);
    return line;
}

static void disconnect(struct line *line)
{
    output_close(&line->output);
    output_close(&line->output);
    close(line->reader);
    close(line->writer);
}

/* As ncurses does: write(), not stdio. */
static void draw(struct line *line, const char *bytes, size_t length)
{
    cr_assert_eq(write(fileno(line->output.sink), bytes, length), (ssize_t)length);
}

static void check_received(struct line *line, const char *expected)
{
    char received[256];
    ssize_t count = read(line->reader, received, sizeof received - 1);
    received[count > 0 ? count : 0] = '\0';
    cr_expect_str_eq(received, expected);
}

Test(output, what_was_drawn_is_sent_once)
{
    struct line line = connect_line();
    draw(&line, "first frame", 11);
    cr_assert(output_collect(&line.output, NULL));
    cr_expect(output_send(&line.output));
    check_received(&line, "first frame");
    draw(&line, "2nd", 3); /* shorter: nothing of the first may come again */
    cr_assert(output_collect(&line.output, NULL));
    output_append(&line.output, "!");
    cr_expect(output_send(&line.output));
    check_received(&line, "2nd!");
    cr_assert(output_collect(&line.output, NULL));
    cr_expect(output_send(&line.output));
    check_received(&line, "");
    disconnect(&line);
}

Test(output, discarded_frames_are_not_sent)
{
    struct line line = connect_line();
    draw(&line, "gone", 4);
    output_discard(&line.output);
    draw(&line, "in", 2);
    cr_assert(output_collect(&line.output, NULL));
    cr_expect(output_send(&line.output));
    check_received(&line, "in");
    disconnect(&line);
}

static size_t drain(struct line *line, unsigned char *expected)
{
    unsigned char block[4096];
    size_t total = 0;
    ssize_t count;
    while ((count = read(line->reader, block, sizeof block)) > 0)
        for (ssize_t i = 0; i < count; i++, total++)
            cr_assert_eq(block[i], (*expected)++);
    return total;
}

Test(output, busy_terminal_gets_every_byte_in_order)
{
    enum { SIZE = 512 * 1024 };
    struct line line = connect_line();
    char *frame = malloc(SIZE);
    cr_assert_not_null(frame);
    for (size_t i = 0; i < SIZE; i++)
        frame[i] = (char)(unsigned char)i;
    draw(&line, frame, SIZE);
    cr_assert(output_collect(&line.output, NULL));
    cr_expect_not(output_send(&line.output));
    cr_expect_not(output_send(&line.output));
    unsigned char expected = 0;
    size_t received = 0;
    bool done = false;
    while (!done) {
        size_t count = drain(&line, &expected);
        cr_assert_gt(count, 0);
        received += count;
        done = output_send(&line.output);
    }
    received += drain(&line, &expected);
    cr_expect_eq(received, SIZE);
    free(frame);
    disconnect(&line);
}

Test(output, stalled_terminal_holds_nothing_up)
{
    alarm(10);
    enum { SIZE = 512 * 1024 };
    struct line line = connect_line();
    char *frame = calloc(1, SIZE);
    cr_assert_not_null(frame);
    draw(&line, frame, SIZE);
    cr_assert(output_collect(&line.output, NULL));
    output_send_and_drop(&line.output);
    cr_expect(output_send(&line.output)); /* nothing is left */
    free(frame);
    disconnect(&line);
}

Test(output, terminal_that_is_gone_takes_everything)
{
    (void)signal(SIGPIPE, SIG_IGN);
    struct line line = connect_line();
    close(line.reader);
    output_append(&line.output, "x");
    cr_expect(output_send(&line.output));
    line.reader = open("/dev/null", O_RDONLY | O_CLOEXEC);
    disconnect(&line);
}

Test(output, too_much_is_dropped_whole)
{
    struct line line = connect_line();
    cr_assert_eq(ftruncate(fileno(line.output.sink), OUTPUT_MAX + 1), 0);
    cr_assert_eq(lseek(fileno(line.output.sink), 0, SEEK_END), OUTPUT_MAX + 1);
    cr_expect_not(output_collect(&line.output, NULL));
    cr_expect(output_send(&line.output));
    check_received(&line, "");
    draw(&line, "next", 4);
    cr_assert(output_collect(&line.output, NULL));
    cr_expect(output_send(&line.output));
    check_received(&line, "next");
    disconnect(&line);
}
