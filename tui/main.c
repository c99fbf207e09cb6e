/* bridgetop: arguments, wiring, exit codes. */
#include "api/ambient.h"
#include "api/heap.h"
#include "api/listener.h"
#include "tui/cmd_doctor.h"
#include "tui/cmd_drill.h"
#include "tui/cmd_listen.h"
#include "tui/cmd_sandbox.h"
#include "tui/cmd_verify.h"
#include "tui/command.h"
#include "tui/options.h"
#include "tui/runtime.h"
#include "tui/text.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static void print_gated(const char *prefix, const char *text, size_t length)
{
    bool ascii = command_is_ascii();
    char line[2 * ERROR_MAX];
    (void)text_gate_string(line, sizeof line, text, length, ascii);
    (void)fprintf(stderr, "%s%s\n", prefix, line);
}

/* One line, which may quote arguments and files: what they have of newlines is gated, too. */
static void complain(const char *message)
{
    print_gated("bridgetop: ", message, strlen(message));
}

/* Words of the program's own, in lines. */
static void explain(const char *message)
{
    const char *prefix = "bridgetop: ";
    while (*message != '\0') {
        size_t length = strcspn(message, "\n");
        print_gated(prefix, message, length);
        prefix = "";
        message += length + (message[length] == '\n');
    }
}

/* The key leaves the environment, where other programs of this user could read it, and no core
   dump shall hold it. A sanitizer's leak check has to trace the process, so it stays dumpable
   there. */
static char *take_api_key(void)
{
#if !defined(__SANITIZE_ADDRESS__)
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    char *value = getenv("BRIDGE_API_KEY");
    if (value == NULL || value[0] == '\0')
        return NULL;
    char *key = strdup(value);
    explicit_bzero(value, strlen(value));
    (void)unsetenv("BRIDGE_API_KEY");
    return key;
}

static void forget_api_key(char *key)
{
    if (key != NULL)
        explicit_bzero(key, strlen(key));
    free(key);
}

static enum exit_code dashboard(int argc, char **argv,
                                const struct options_environment *environment)
{
    struct error error = {""};
    struct options options;
    if (!options_parse(&options, argc, argv, environment, &error)) {
        if (options.key_missing)
            explain(error.message);
        else
            complain(error.message);
        return EXIT_CODE_USAGE;
    }
    enum exit_code code = EXIT_CODE_OK;
    if (options.help) {
        (void)fputs(OPTIONS_HELP, stdout);
    } else if (options.version) {
        (void)puts("bridgetop " BRIDGETOP_VERSION);
    } else {
        struct ambient ambient = ambient_system();
        heap_share(); /* its threads are seldom busy at once */
        code = runtime_run(&options, environment->api_key, &ambient, &error);
        if (code != EXIT_CODE_OK)
            complain(error.message);
    }
    options_clear(&options);
    return code;
}

/* Started without one of them, what it opens first would get its number, and what is said. */
static void open_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", O_RDWR); /* NOLINT(android-cloexec-open): as they are */
}

int main(int argc, char **argv)
{
    open_standard_descriptors();
    (void)setlocale(LC_CTYPE, "");
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a disk that is full */
    (void)listener_raise_limit();   /* with fewer descriptors it takes fewer connections */
    char *api_key = take_api_key();
    struct options_environment environment = {
        .xdg_state_home = getenv("XDG_STATE_HOME"),
        .xdg_config_home = getenv("XDG_CONFIG_HOME"),
        .home = getenv("HOME"),
        .api_key = api_key,
    };
    int code;
    if (argc > 1 && strcmp(argv[1], "verify") == 0)
        code = cmd_verify(argc - 1, argv + 1);
    else if (argc > 1 && strcmp(argv[1], "drill") == 0)
        code = cmd_drill(argc - 1, argv + 1, &environment);
    else if (argc > 1 && strcmp(argv[1], "sandbox") == 0)
        code = cmd_sandbox(argc - 1, argv + 1);
    else if (argc > 1 && strcmp(argv[1], "doctor") == 0)
        code = cmd_doctor(argc - 1, argv + 1, &environment);
    else if (argc > 1 && strcmp(argv[1], "listen") == 0)
        code = (int)cmd_listen(argc - 1, argv + 1, &environment);
    else
        code = (int)dashboard(argc, argv, &environment);
    forget_api_key(api_key);
    return code;
}
