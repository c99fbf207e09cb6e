/*
 * What is measured as a receiver: `bridgetop listen --json`, or Node with peer.js, as a process of
 * its own on this machine.
 *
 * Its files lie in a folder of its own below a given one, and are removed with it. What it prints
 * goes to /dev/null.
 */
#ifndef BRIDGETOP_TESTS_BENCH_SERVER_H
#define BRIDGETOP_TESTS_BENCH_SERVER_H

#include "api/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum server_kind {
    SERVER_BRIDGETOP,
    SERVER_NODE,      /* stores nothing */
    SERVER_NODE_FILE, /* appends to a file, with a grouped fdatasync */
    SERVER_KINDS
};

/* Absolute paths. */
struct server_plan {
    enum server_kind kind;
    const char *program;     /* of bridgetop */
    const char *peer;        /* peer.js */
    const char *public_key;  /* PEM */
    const char *certificate; /* PEM; NULL: plain */
    const char *certificate_key;
    const char *store; /* of bridgetop; NULL: a new one */
    int core;          /* to run on; -1: any */
};

struct server;

/* Returns once it takes connections. */
struct server *server_start(const struct server_plan *plan, struct error *error);
pid_t server_pid(const struct server *server);
uint16_t server_port(const struct server *server);

/* Ends it with SIGTERM. *bytes (may be NULL) is what a store of its own takes on disk then. False
   when it did not end well. */
bool server_stop(struct server *server, int64_t *bytes);

/* Whether there is a `node`. */
bool server_has_node(void);

#endif
