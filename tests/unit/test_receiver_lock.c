#include "api/receiver_lock.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static char store[96];
static char file[128];
static struct receiver_holder holder;
static struct receiver_lock *lock;
static struct error error;

static void set_up(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/bridgetop-lock-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(store, sizeof store, "%s/store.db", folder);
    (void)snprintf(file, sizeof file, "%s/store.db.receiver", folder);
}

static void tear_down(void)
{
    receiver_lock_release(lock);
    (void)unlink(file);
    (void)unlink(store);
    (void)rmdir(folder);
}

TestSuite(receiver_lock, .init = set_up, .fini = tear_down, .timeout = 30);

static enum receiver_lock_result take(enum receiver_kind kind, struct receiver_lock **taken)
{
    return receiver_lock_take(store, kind, taken, &holder, &error);
}

static void write_file(const void *bytes, size_t length)
{
    FILE *out = fopen(file, "we");
    cr_assert_not_null(out);
    cr_assert_eq(fwrite(bytes, 1, length, out), length);
    cr_assert_eq(fclose(out), 0);
}

Test(receiver_lock, one_has_it_and_the_next_is_told_who)
{
    struct receiver_lock *second = NULL;
    struct stat status;
    cr_assert_eq(take(RECEIVER_LISTEN, &lock), RECEIVER_LOCK_TAKEN, "%s", error.message);
    cr_assert_eq(stat(file, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    cr_expect_eq(take(RECEIVER_DASHBOARD, &second), RECEIVER_LOCK_HELD);
    cr_expect_null(second);
    cr_expect_eq(holder.pid, getpid());
    cr_expect_eq(holder.kind, RECEIVER_LISTEN);
    cr_expect_str_eq(holder.address, "", "not known yet");
    receiver_lock_set_address(lock, "https://[::1]:8787");
    cr_expect_eq(take(RECEIVER_DASHBOARD, &second), RECEIVER_LOCK_HELD);
    cr_expect_str_eq(holder.address, "https://[::1]:8787");
    cr_expect_eq(receiver_lock_look(store, &holder), RECEIVER_LOCK_IS_HELD);
    cr_expect_eq(holder.pid, getpid());
    cr_expect_str_eq(holder.address, "https://[::1]:8787");
}

Test(receiver_lock, who_left_in_order_is_known_by_kind_alone)
{
    cr_expect_eq(receiver_lock_look(store, &holder), RECEIVER_LOCK_IS_FREE);
    cr_expect_eq(holder.kind, RECEIVER_UNKNOWN, "nobody ever had it");
    cr_expect_neq(access(file, F_OK), 0, "and looking makes no file");
    cr_assert_eq(take(RECEIVER_DASHBOARD, &lock), RECEIVER_LOCK_TAKEN);
    receiver_lock_set_address(lock, "127.0.0.1:1");
    receiver_lock_release(lock);
    lock = NULL;
    cr_expect_eq(receiver_lock_look(store, &holder), RECEIVER_LOCK_IS_FREE);
    cr_expect_eq(holder.kind, RECEIVER_DASHBOARD);
    cr_expect_eq(holder.pid, 0);
    cr_expect_str_eq(holder.address, "");
    cr_expect_eq(take(RECEIVER_LISTEN, &lock), RECEIVER_LOCK_TAKEN);
}

/* Takes it in a child that is then killed. */
static void leave_a_stale_one(void)
{
    int ready[2];
    char byte;
    cr_assert_eq(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        bool taken = take(RECEIVER_DASHBOARD, &lock) == RECEIVER_LOCK_TAKEN;
        if (taken)
            receiver_lock_set_address(lock, "127.0.0.1:8787");
        if (!taken || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    (void)close(ready[1]);
    cr_assert_eq(read(ready[0], &byte, 1), 1, "the child has it");
    (void)close(ready[0]);
    cr_expect_eq(take(RECEIVER_LISTEN, &lock), RECEIVER_LOCK_HELD);
    cr_expect_eq(holder.pid, pid);
    (void)kill(pid, SIGKILL);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

Test(receiver_lock, a_killed_process_leaves_nothing_in_the_way)
{
    leave_a_stale_one();
    cr_expect_eq(receiver_lock_look(store, &holder), RECEIVER_LOCK_IS_FREE);
    cr_expect_eq(holder.kind, RECEIVER_DASHBOARD, "who it was is still known");
    cr_expect_eq(holder.pid, 0, "but it is not there any more");
    cr_assert_eq(take(RECEIVER_LISTEN, &lock), RECEIVER_LOCK_TAKEN);
    cr_expect_eq(receiver_lock_look(store, &holder), RECEIVER_LOCK_IS_HELD);
    cr_expect_eq(holder.pid, getpid());
    cr_expect_str_eq(holder.address, "", "nothing of the line before remains");
}

Test(receiver_lock, a_child_that_inherits_nothing_keeps_nothing)
{
    cr_assert_eq(take(RECEIVER_LISTEN, &lock), RECEIVER_LOCK_TAKEN);
    int ends[2];
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)execl("/bin/sleep", "sleep", "30", (char *)NULL);
        _exit(1);
    }
    (void)close(ends[1]);
    char nothing;
    cr_assert_eq(read(ends[0], &nothing, 1), 0); /* until it has become the other program */
    (void)close(ends[0]);
    receiver_lock_release(lock);
    lock = NULL;
    cr_expect_eq(receiver_lock_look(store, &holder), RECEIVER_LOCK_IS_FREE);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

Test(receiver_lock, all_names_of_a_store_have_one_lock)
{
    char other[128];
    struct receiver_lock *second = NULL;
    (void)snprintf(other, sizeof other, "%s/other.db", folder);
    cr_assert_eq(mknod(store, S_IFREG | 0600, 0), 0);
    cr_assert_eq(symlink(store, other), 0);
    cr_assert_eq(take(RECEIVER_LISTEN, &lock), RECEIVER_LOCK_TAKEN);
    cr_expect_eq(receiver_lock_take(other, RECEIVER_LISTEN, &second, &holder, &error),
                 RECEIVER_LOCK_HELD);
    (void)unlink(other);
}

Test(receiver_lock, a_deleted_file_is_not_what_is_locked)
{
    cr_assert_eq(take(RECEIVER_LISTEN, &lock), RECEIVER_LOCK_TAKEN);
    receiver_lock_release(lock);
    cr_assert_eq(unlink(file), 0);
    cr_assert_eq(take(RECEIVER_LISTEN, &lock), RECEIVER_LOCK_TAKEN);
    cr_expect_eq(access(file, F_OK), 0);
}

Test(receiver_lock, folders_are_made_and_links_are_not_followed)
{
    char deep[128];
    char made[128];
    (void)snprintf(deep, sizeof deep, "%s/a/b.db", folder);
    cr_assert_eq(receiver_lock_take(deep, RECEIVER_LISTEN, &lock, &holder, &error),
                 RECEIVER_LOCK_TAKEN, "%s", error.message);
    (void)snprintf(made, sizeof made, "%s/a/b.db.receiver", folder);
    cr_expect_eq(unlink(made), 0);
    (void)snprintf(made, sizeof made, "%s/a", folder);
    cr_expect_eq(rmdir(made), 0);

    struct receiver_lock *second = NULL;
    cr_assert_eq(symlink("/tmp/nowhere", file), 0);
    cr_expect_eq(take(RECEIVER_LISTEN, &second), RECEIVER_LOCK_FAILED);
    cr_expect(strstr(error.message, "store.db.receiver") != NULL, "%s", error.message);
}

Test(receiver_lock, whatever_the_line_says_is_read_with_care)
{
    static const struct {
        const char *line;
        pid_t pid;
        enum receiver_kind kind;
        const char *address;
    } CASES[] = {
        {"", 0, RECEIVER_UNKNOWN, ""},
        {"17 listen 127.0.0.1:1\n", 17, RECEIVER_LISTEN, "127.0.0.1:1"},
        {"17 dashboard", 17, RECEIVER_DASHBOARD, ""},
        {"-1 listen a", 0, RECEIVER_LISTEN, "a"},
        {"99999999999999999999 listen a", 0, RECEIVER_LISTEN, "a"},
        {"9999999999 listen a", 0, RECEIVER_LISTEN, "a"},
        {"17x LISTEN \x1b[2J", 0, RECEIVER_UNKNOWN, ""},
        {"17 listen \xE2\x80\xAE", 17, RECEIVER_LISTEN, ""},
        {"\n\n\n", 0, RECEIVER_UNKNOWN, ""},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct receiver_lock *second = NULL;
        write_file(CASES[i].line, strlen(CASES[i].line));
        int fd = open(file, O_RDWR | O_CLOEXEC);
        struct flock taken = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        cr_assert_eq(fcntl(fd, F_OFD_SETLK, &taken), 0);
        cr_expect_eq(take(RECEIVER_LISTEN, &second), RECEIVER_LOCK_HELD);
        cr_expect_eq(holder.pid, CASES[i].pid, "%zu", i);
        cr_expect_eq(holder.kind, CASES[i].kind, "%zu", i);
        cr_expect_str_eq(holder.address, CASES[i].address, "%zu", i);
        (void)close(fd);
    }
    char noise[4096];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(i * 7);
    write_file(noise, sizeof noise);
    cr_expect_eq(receiver_lock_look(store, &holder), RECEIVER_LOCK_IS_FREE);
}
