/*
 * The options of whoever receives deliveries, the dashboard and `bridgetop listen`: certificate,
 * who may connect, what is kept, keys given by hand, whom deliveries are handed on to. By their
 * names, for the command line ("--allow VALUE") and the configuration file ("allow = VALUE VALUE")
 * alike.
 */
#ifndef BRIDGETOP_TUI_OPTIONS_RECEIVE_H
#define BRIDGETOP_TUI_OPTIONS_RECEIVE_H

#include "api/cidr.h"
#include "api/error.h"
#include "api/keep.h"
#include "api/receiver.h"

#include <stdbool.h>
#include <stddef.h>

enum { ANSWER_LIMIT_MS = 10 * 1000, ANSWER_LIMIT_MAX_S = 60 };

/* Zeroed, it is empty. */
struct receive_options {
    char *tls_certificate; /* files; both or neither */
    char *tls_key;
    struct cidr_list allow;
    struct cidr_list trust_proxy;
    struct store_keep keep;
    char *keep_export; /* a folder, or NULL */
    char *key_files[RECEIVER_KEY_FILES_MAX];
    size_t key_file_count;
    struct forward_to *forward; /* NULL: nothing is handed on */
    bool forward_all;           /* what is not genuine, too */
    bool answer_app;            /* the application's answers go back */
    int64_t answer_limit_ms;    /* within that; 0: nothing was said */
    unsigned
        from_file; /* which of them a configuration file said: the command line replaces them */
};

enum receive_source { RECEIVE_COMMAND_LINE, RECEIVE_FILE };

bool receive_options_have(const char *name);

/* Takes one option: "tls-cert", "tls-key", "allow", "trust-proxy", "keep", "keep-export",
   "public-key", "forward", "forward-when", "answer", "answer-limit". Those that may be given
   several times add up; in a file their values may also stand beside each other. A key file is
   read, to see that it is one. On failure a line about the value, without the option's name. */
bool receive_options_take(struct receive_options *options, const char *name, const char *value,
                          enum receive_source source, struct error *error);

/* What can only be judged when all have been taken. */
bool receive_options_check(const struct receive_options *options, struct error *error);

/* Says to the receiver what they say. It borrows from the options, and keeps its other fields. */
void receive_options_apply(const struct receive_options *options, struct receiver_config *config);

void receive_options_clear(struct receive_options *options);

#endif
