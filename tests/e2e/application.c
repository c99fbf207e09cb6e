#include "tests/e2e/application.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct application {
    int listening;
    int stop;
    pthread_t thread;
    char url[64];

    pthread_mutex_t lock;
    int status;
    char body[256];
    size_t count;
    char last[APPLICATION_REQUEST_MAX];
};

/* False at the end of the connection, or when the application ends. */
static bool is_readable(const struct application *application, int fd)
{
    struct pollfd ends[] = {{.fd = fd, .events = POLLIN},
                            {.fd = application->stop, .events = POLLIN}};
    return poll(ends, 2, -1) > 0 && (ends[1].revents & POLLIN) == 0;
}

static bool read_request(struct application *application, int fd, char *request)
{
    size_t length = 0;
    for (;;) {
        request[length] = '\0';
        const char *end = strstr(request, "\r\n\r\n");
        const char *header = end != NULL ? strcasestr(request, "\r\nContent-Length:") : NULL;
        if (header != NULL &&
            length >= (size_t)(end - request) + 4 + strtoul(header + 17, NULL, 10))
            return true;
        ssize_t got = is_readable(application, fd)
                          ? recv(fd, request + length, APPLICATION_REQUEST_MAX - 1 - length, 0)
                          : 0;
        if (got <= 0)
            return false;
        length += (size_t)got;
    }
}

static void serve(struct application *application, int fd)
{
    char request[APPLICATION_REQUEST_MAX], answer[512];
    while (read_request(application, fd, request)) {
        (void)pthread_mutex_lock(&application->lock);
        application->count++;
        memcpy(application->last, request, strlen(request) + 1);
        int length = snprintf(answer, sizeof answer,
                              "HTTP/1.1 %d Told\r\nContent-Type: text/plain\r\n"
                              "Content-Length: %zu\r\n\r\n%s",
                              application->status, strlen(application->body), application->body);
        (void)pthread_mutex_unlock(&application->lock);
        if (send(fd, answer, (size_t)length, MSG_NOSIGNAL) != length)
            return;
    }
}

static void *run(void *context)
{
    struct application *application = context;
    while (is_readable(application, application->listening)) {
        int fd = accept4(application->listening, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        serve(application, fd);
        (void)close(fd);
    }
    return NULL;
}

static bool bind_it(struct application *application)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    application->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    application->stop = eventfd(0, EFD_CLOEXEC);
    bool bound = application->listening >= 0 && application->stop >= 0 &&
                 bind(application->listening, (struct sockaddr *)&address, size) == 0 &&
                 listen(application->listening, 16) == 0 &&
                 getsockname(application->listening, (struct sockaddr *)&address, &size) == 0;
    (void)snprintf(application->url, sizeof application->url, "http://127.0.0.1:%u",
                   (unsigned)ntohs(address.sin_port));
    return bound;
}

struct application *application_new(void)
{
    struct application *application = calloc(1, sizeof *application);
    if (application == NULL)
        return NULL;
    application->status = 200;
    if (bind_it(application) && pthread_mutex_init(&application->lock, NULL) == 0 &&
        pthread_create(&application->thread, NULL, run, application) == 0)
        return application;
    free(application);
    return NULL;
}

void application_free(struct application *application)
{
    if (application == NULL)
        return;
    if (eventfd_write(application->stop, 1) == 0)
        (void)pthread_join(application->thread, NULL);
    (void)close(application->listening);
    (void)close(application->stop);
    (void)pthread_mutex_destroy(&application->lock);
    free(application);
}

const char *application_url(const struct application *application)
{
    return application->url;
}

void application_answer(struct application *application, int status, const char *body)
{
    (void)pthread_mutex_lock(&application->lock);
    application->status = status;
    (void)snprintf(application->body, sizeof application->body, "%s", body);
    (void)pthread_mutex_unlock(&application->lock);
}

size_t application_count(struct application *application)
{
    (void)pthread_mutex_lock(&application->lock);
    size_t count = application->count;
    (void)pthread_mutex_unlock(&application->lock);
    return count;
}

void application_last(struct application *application, char request[APPLICATION_REQUEST_MAX])
{
    (void)pthread_mutex_lock(&application->lock);
    memcpy(request, application->last, sizeof application->last);
    (void)pthread_mutex_unlock(&application->lock);
}
