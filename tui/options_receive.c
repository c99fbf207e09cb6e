#include "tui/options_receive.h"

#include "api/key_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void clear_paths(char **paths, size_t *count)
{
    for (size_t i = 0; i < *count; i++) {
        free(paths[i]);
        paths[i] = NULL;
    }
    *count = 0;
}

/* --- one value ------------------------------------------------------------------ */

static bool take_path(char **path, const char *value, struct error *error)
{
    if (value[0] == '\0')
        return error_set(error, "a file's name");
    free(*path);
    *path = strdup(value);
    return *path != NULL || error_set(error, "out of memory");
}

static bool take_certificate(struct receive_options *options, const char *value,
                             struct error *error)
{
    return take_path(&options->tls_certificate, value, error);
}

static bool take_tls_key(struct receive_options *options, const char *value, struct error *error)
{
    return take_path(&options->tls_key, value, error);
}

static bool take_allow(struct receive_options *options, const char *value, struct error *error)
{
    return cidr_list_add(&options->allow, value, error);
}

static bool take_trust_proxy(struct receive_options *options, const char *value,
                             struct error *error)
{
    return cidr_list_add(&options->trust_proxy, value, error);
}

static bool take_keep(struct receive_options *options, const char *value, struct error *error)
{
    return keep_add(&options->keep, value, error);
}

static bool take_keep_export(struct receive_options *options, const char *value,
                             struct error *error)
{
    struct stat status;
    if (stat(value, &status) != 0 || !S_ISDIR(status.st_mode))
        return error_set(error, "'%s' is not a folder", value);
    return take_path(&options->keep_export, value, error);
}

static bool take_public_key(struct receive_options *options, const char *value, struct error *error)
{
    char *pem = key_file_read(value, error);
    if (pem == NULL)
        return false;
    free(pem);
    if (options->key_file_count == RECEIVER_KEY_FILES_MAX)
        return error_set(error, "more than %d files", RECEIVER_KEY_FILES_MAX);
    char *path = strdup(value);
    if (path == NULL)
        return error_set(error, "out of memory");
    options->key_files[options->key_file_count++] = path;
    return true;
}

static bool take_forward(struct receive_options *options, const char *value, struct error *error)
{
    struct forward_to to;
    bool none = strcmp(value, "none") == 0;
    if (!none && !forward_to_read(value, &to, error))
        return error_prefix(error, "'%.200s'", value);
    free(options->forward);
    options->forward = none ? NULL : malloc(sizeof to);
    if (options->forward == NULL)
        return none || error_set(error, "out of memory");
    *options->forward = to;
    return true;
}

static bool take_forward_when(struct receive_options *options, const char *value,
                              struct error *error)
{
    options->forward_all = strcmp(value, "all") == 0;
    return options->forward_all || strcmp(value, "genuine") == 0 ||
           error_set(error, "'%.100s': genuine or all", value);
}

static bool take_answer(struct receive_options *options, const char *value, struct error *error)
{
    options->answer_app = strcmp(value, "app") == 0;
    return options->answer_app || strcmp(value, "store") == 0 ||
           error_set(error, "'%.100s': store or app", value);
}

static bool take_answer_limit(struct receive_options *options, const char *value,
                              struct error *error)
{
    char *rest;
    errno = 0;
    double seconds = strtod(value, &rest);
    if (rest == value || *rest != '\0' || errno != 0 ||
        !(seconds >= 0.1 && seconds <= ANSWER_LIMIT_MAX_S))
        return error_set(error, "'%.100s': a number of seconds from 0.1 to %d", value,
                         ANSWER_LIMIT_MAX_S);
    options->answer_limit_ms = (int64_t)(seconds * 1000);
    return true;
}

/* --- taking one back: the command line replaces what a file said ------------------ */

static void drop_nothing(struct receive_options *options)
{
    (void)options;
}

static void drop_allow(struct receive_options *options)
{
    cidr_list_clear(&options->allow);
}

static void drop_trust_proxy(struct receive_options *options)
{
    cidr_list_clear(&options->trust_proxy);
}

static void drop_keep(struct receive_options *options)
{
    options->keep = (struct store_keep){0};
}

static void drop_public_keys(struct receive_options *options)
{
    clear_paths(options->key_files, &options->key_file_count);
}

/* --- all of them ------------------------------------------------------------------- */

static const struct {
    const char *name;
    bool several; /* a file may have them beside each other */
    bool (*take)(struct receive_options *options, const char *value, struct error *error);
    void (*drop)(struct receive_options *options);
} OPTIONS[] = {
    {"tls-cert", false, take_certificate, drop_nothing},
    {"tls-key", false, take_tls_key, drop_nothing},
    {"allow", true, take_allow, drop_allow},
    {"trust-proxy", true, take_trust_proxy, drop_trust_proxy},
    {"keep", true, take_keep, drop_keep},
    {"keep-export", false, take_keep_export, drop_nothing},
    {"public-key", false, take_public_key, drop_public_keys},
    {"forward", false, take_forward, drop_nothing},
    {"forward-when", false, take_forward_when, drop_nothing},
    {"answer", false, take_answer, drop_nothing},
    {"answer-limit", false, take_answer_limit, drop_nothing},
};

enum { OPTION_COUNT = sizeof OPTIONS / sizeof OPTIONS[0] };

static size_t find(const char *name)
{
    size_t i = 0;
    while (i < OPTION_COUNT && strcmp(OPTIONS[i].name, name) != 0)
        i++;
    return i;
}

bool receive_options_have(const char *name)
{
    return find(name) < OPTION_COUNT;
}

static bool take_words(struct receive_options *options, size_t which, const char *value,
                       struct error *error)
{
    char *copy = strdup(value);
    char *rest = NULL;
    if (copy == NULL)
        return error_set(error, "out of memory");
    bool ok = true;
    for (const char *word = strtok_r(copy, " \t", &rest); ok && word != NULL;
         word = strtok_r(NULL, " \t", &rest))
        ok = OPTIONS[which].take(options, word, error);
    free(copy);
    return ok;
}

bool receive_options_take(struct receive_options *options, const char *name, const char *value,
                          enum receive_source source, struct error *error)
{
    size_t which = find(name);
    if (source == RECEIVE_FILE) {
        options->from_file |= 1U << which;
        return OPTIONS[which].several ? take_words(options, which, value, error)
                                      : OPTIONS[which].take(options, value, error);
    }
    if ((options->from_file & 1U << which) != 0)
        OPTIONS[which].drop(options);
    options->from_file &= ~(1U << which);
    return OPTIONS[which].take(options, value, error);
}

bool receive_options_check(const struct receive_options *options, struct error *error)
{
    if ((options->tls_certificate == NULL) != (options->tls_key == NULL))
        return error_set(error, "--tls-cert and --tls-key go together");
    if (options->keep_export != NULL && options->keep.age_ms == 0 && options->keep.count == 0 &&
        options->keep.bytes == 0)
        return error_set(error, "--keep-export wants a --keep, which says what goes there");
    if (options->forward_all && options->forward == NULL)
        return error_set(error, "--forward-when all wants a --forward, which says where to");
    if (options->answer_app && options->forward == NULL)
        return error_set(error, "--answer app wants a --forward: whose answer?");
    if (options->answer_limit_ms > 0 && !options->answer_app)
        return error_set(error, "--answer-limit is for --answer app");
    return true;
}

void receive_options_apply(const struct receive_options *options, struct receiver_config *config)
{
    config->tls_certificate = options->tls_certificate;
    config->tls_key = options->tls_key;
    config->key_files = (const char *const *)options->key_files;
    config->key_file_count = options->key_file_count;
    config->allow = &options->allow;
    config->trust_proxy = &options->trust_proxy;
    config->keep = options->keep;
    config->export_folder = options->keep_export;
    config->forward = options->forward;
    config->forward_all = options->forward_all;
    config->forward_answers = options->answer_app;
    config->forward_answer_ms =
        options->answer_limit_ms > 0 ? options->answer_limit_ms : ANSWER_LIMIT_MS;
}

void receive_options_clear(struct receive_options *options)
{
    free(options->tls_certificate);
    free(options->tls_key);
    free(options->keep_export);
    free(options->forward);
    cidr_list_clear(&options->allow);
    cidr_list_clear(&options->trust_proxy);
    clear_paths(options->key_files, &options->key_file_count);
    *options = (struct receive_options){0};
}
