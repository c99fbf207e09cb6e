#include "tests/bench/load.h"

#include "tests/bench/cores.h"
#include "tests/bench/figures.h"
#include "tests/e2e/child.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ANSWER_MAX = 2048,
    EVENTS_MAX = 256,
    CONNECTIONS_AN_ADDRESS = 128,
    ONE_LIMIT_MS = 20 * 1000,
    NS_A_S = 1000000000,
    WAIT_NS = NS_A_S / 10,
};

/* Written by the generator, read here. The latencies, in microseconds, follow. */
struct shared {
    atomic_llong sent, stored, refused;
    _Atomic int64_t first_ns, last_ns;
    uint32_t latency_us[];
};

struct load {
    const struct corpus *corpus;
    size_t next; /* of the corpus */
    struct shared *shared;
    size_t shared_size;
    int64_t wanted; /* by the plan under way */
    pid_t pid;      /* 0: none */
};

struct load *load_new(const struct corpus *corpus, struct error *error)
{
    struct load *load = calloc(1, sizeof *load);
    if (load == NULL) {
        (void)error_set(error, "cannot make a load: out of memory");
        return NULL;
    }
    load->corpus = corpus;
    load->shared_size =
        sizeof *load->shared + corpus_count(corpus) * sizeof load->shared->latency_us[0];
    void *shared =
        mmap(NULL, load->shared_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        free(load);
        (void)error_set(error, "cannot make a load: out of memory");
        return NULL;
    }
    load->shared = shared;
    return load;
}

void load_free(struct load *load)
{
    if (load == NULL)
        return;
    (void)load_stop(load);
    (void)munmap(load->shared, load->shared_size);
    free(load);
}

void load_rewind(struct load *load)
{
    load->next = 0;
}

size_t load_left(const struct load *load)
{
    return corpus_count(load->corpus) - load->next;
}

/* --- one connection -------------------------------------------------------------- */

enum phase { PHASE_CLOSED, PHASE_IDLE, PHASE_OPENING, PHASE_WRITING, PHASE_READING };

struct connection {
    enum phase phase;
    int fd;
    SSL *tls;
    const char *request;
    size_t request_length;
    size_t written;
    int64_t due_ns;
    char answer[ANSWER_MAX];
    size_t answer_length;
};

struct generator {
    struct load *load;
    const struct load_plan *plan;
    SSL_CTX *tls; /* NULL: plain */
    int epoll;    /* -1: the connection is waited for by itself */
    size_t first, next, end;
    int64_t start_ns;
    struct connection connections[LOAD_CONNECTIONS_MAX];
};

/* A reset, so that no port is left in TIME_WAIT: thousands of connections a second would use all
   of them up. */
static void close_connection(struct connection *connection)
{
    static const struct linger NO_WAIT = {1, 0};
    SSL_free(connection->tls);
    if (connection->fd >= 0) {
        (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &NO_WAIT, sizeof NO_WAIT);
        (void)close(connection->fd);
    }
    connection->tls = NULL;
    connection->fd = -1;
    connection->phase = PHASE_CLOSED;
}

static bool begin_tls(struct generator *generator, struct connection *connection)
{
    connection->tls = SSL_new(generator->tls);
    if (connection->tls == NULL || SSL_set_fd(connection->tls, connection->fd) != 1)
        return false;
    SSL_set_connect_state(connection->tls);
    return true;
}

/* A receiver lets an address have so many connections; those of a generator that has just ended may
   be among them. */
static bool choose_address(const struct generator *generator, const struct connection *connection)
{
    size_t number = (size_t)(connection - generator->connections);
    const int later = 1; /* connect() chooses the port */
    const struct sockaddr_in from = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(number / CONNECTIONS_AN_ADDRESS))};
    return number < CONNECTIONS_AN_ADDRESS ||
           (setsockopt(connection->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &later, sizeof later) ==
                0 &&
            bind(connection->fd, (const struct sockaddr *)&from, sizeof from) == 0);
}

static bool open_connection(struct generator *generator, struct connection *connection)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(generator->plan->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int one = 1;
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0)
        return false;
    (void)setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (!choose_address(generator, connection))
        return false;
    if (connect(connection->fd, (const struct sockaddr *)&to, sizeof to) != 0 &&
        errno != EINPROGRESS)
        return false;
    if (generator->tls != NULL && !begin_tls(generator, connection))
        return false;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.ptr = connection};
    connection->phase = PHASE_OPENING;
    return generator->epoll < 0 ||
           epoll_ctl(generator->epoll, EPOLL_CTL_ADD, connection->fd, &event) == 0;
}

/* Above 0: bytes. 0: it must be waited for. Below: broken, or ended by the other side. */
static ssize_t read_or_write(struct connection *connection, void *bytes, size_t length, bool write)
{
    if (connection->tls != NULL) {
        int done = write ? SSL_write(connection->tls, bytes, (int)length)
                         : SSL_read(connection->tls, bytes, (int)length);
        if (done > 0)
            return done;
        int why = SSL_get_error(connection->tls, done);
        return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    ssize_t done = write ? send(connection->fd, bytes, length, MSG_NOSIGNAL)
                         : recv(connection->fd, bytes, length, 0);
    if (done > 0)
        return done;
    bool later = done < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN);
    return later ? 0 : -1;
}

/* Whether all of an answer is there: its head, and as many bytes as it says. *close: it is the
   connection's last. */
static bool is_whole(const struct connection *connection, bool *close)
{
    static const char LENGTH[] = "\r\ncontent-length:", CLOSE[] = "\r\nconnection: close\r\n";
    const char *end = strstr(connection->answer, "\r\n\r\n");
    if (end == NULL)
        return false;
    const char *length = strcasestr(connection->answer, LENGTH);
    const char *last = strcasestr(connection->answer, CLOSE);
    size_t head = (size_t)(end - connection->answer) + 4;
    size_t body =
        length != NULL && length < end ? strtoul(length + sizeof LENGTH - 1, NULL, 10) : 0;
    *close = last != NULL && last < end;
    return connection->answer_length >= head + body;
}

/* --- one delivery ---------------------------------------------------------------- */

static void begin(struct generator *generator, struct connection *connection, int64_t due_ns)
{
    connection->request =
        corpus_request(generator->load->corpus, generator->next++, &connection->request_length);
    connection->written = connection->answer_length = 0;
    connection->due_ns = due_ns;
    atomic_fetch_add(&generator->load->shared->sent, 1);
    if (connection->phase == PHASE_IDLE)
        connection->phase = PHASE_WRITING;
    else if (!open_connection(generator, connection))
        connection->phase = PHASE_OPENING; /* without a descriptor: writing fails, and it is lost */
}

static void end(struct generator *generator, struct connection *connection, bool stored, bool close)
{
    struct shared *shared = generator->load->shared;
    int64_t now_ns = child_clock_ns();
    if (stored) {
        int64_t us = (now_ns - connection->due_ns) / 1000;
        shared->latency_us[atomic_load(&shared->stored)] =
            us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
        atomic_fetch_add(&shared->stored, 1);
    } else {
        atomic_fetch_add(&shared->refused, 1);
    }
    atomic_store(&shared->last_ns, now_ns);
    if (generator->plan->keep_alive && !close)
        connection->phase = PHASE_IDLE;
    else
        close_connection(connection);
}

/* Goes on until the socket has nothing more or takes no more. */
static void advance(struct generator *generator, struct connection *connection)
{
    while (connection->phase == PHASE_OPENING || connection->phase == PHASE_WRITING) {
        ssize_t done = read_or_write(connection, (char *)connection->request + connection->written,
                                     connection->request_length - connection->written, true);
        if (done < 0)
            end(generator, connection, false, true);
        if (done <= 0)
            return;
        connection->written += (size_t)done;
        connection->phase =
            connection->written == connection->request_length ? PHASE_READING : PHASE_WRITING;
    }
    while (connection->phase == PHASE_READING) {
        ssize_t done = read_or_write(connection, connection->answer + connection->answer_length,
                                     ANSWER_MAX - 1 - connection->answer_length, false);
        if (done < 0)
            end(generator, connection, false, true);
        if (done <= 0)
            return;
        connection->answer_length += (size_t)done;
        connection->answer[connection->answer_length] = '\0';
        bool close = true;
        if (is_whole(connection, &close))
            end(generator, connection, strncmp(connection->answer, "HTTP/1.1 200", 12) == 0, close);
    }
}

/* --- the generator --------------------------------------------------------------- */

static bool is_free(const struct connection *connection)
{
    return connection->phase == PHASE_CLOSED || connection->phase == PHASE_IDLE;
}

/* When the next delivery goes out; with no rate, at once. */
static int64_t due_ns(const struct generator *generator)
{
    int rate = generator->plan->rate;
    return rate > 0 ? generator->start_ns +
                          (int64_t)(generator->next - generator->first) * NS_A_S / (int64_t)rate
                    : child_clock_ns();
}

/* Sends over a free connection for as long as something is due: a delivery that fails at once
   leaves it free. */
static void use(struct generator *generator, struct connection *connection)
{
    while (is_free(connection) && generator->next < generator->end) {
        int64_t due = due_ns(generator);
        if (generator->plan->rate > 0 && due > child_clock_ns())
            return;
        begin(generator, connection, due);
        advance(generator, connection);
    }
}

static void use_all(struct generator *generator)
{
    for (int i = 0; i < generator->plan->connections; i++)
        use(generator, &generator->connections[i]);
}

static bool all_ended(const struct load *load)
{
    return atomic_load(&load->shared->stored) + atomic_load(&load->shared->refused) >= load->wanted;
}

/* Until something happens, or the next delivery is due. */
static int wait_for(const struct generator *generator, struct epoll_event events[EVENTS_MAX])
{
    int64_t left_ns = WAIT_NS;
    if (generator->plan->rate > 0 && generator->next < generator->end) {
        left_ns = due_ns(generator) - child_clock_ns();
        left_ns = left_ns < 0 ? 0 : left_ns > WAIT_NS ? WAIT_NS : left_ns;
    }
    const struct timespec limit = {.tv_sec = left_ns / NS_A_S, .tv_nsec = left_ns % NS_A_S};
    return epoll_pwait2(generator->epoll, events, EVENTS_MAX, &limit, NULL);
}

static void generate(struct generator *generator)
{
    struct epoll_event events[EVENTS_MAX];
    generator->start_ns = child_clock_ns();
    atomic_store(&generator->load->shared->first_ns, generator->start_ns);
    for (int i = 0; i < generator->plan->connections; i++)
        generator->connections[i] = (struct connection){.fd = -1};
    use_all(generator);
    while (!all_ended(generator->load)) {
        int count = wait_for(generator, events);
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            if (connection->phase != PHASE_IDLE)
                advance(generator, connection);
            else if ((events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
                close_connection(connection); /* the other side ended it */
            use(generator, connection);
        }
        if (generator->plan->rate > 0)
            use_all(generator);
    }
}

static SSL_CTX *tls_client(void)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    if (tls != NULL) {
        SSL_CTX_set_verify(tls, SSL_VERIFY_NONE, NULL);
        (void)SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
        (void)SSL_CTX_set_mode(tls,
                               SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
    return tls;
}

static _Noreturn void run(struct load *load, const struct load_plan *plan)
{
    struct generator *generator = calloc(1, sizeof *generator);
    if (generator == NULL)
        _exit(EXIT_FAILURE);
    generator->load = load;
    generator->plan = plan;
    generator->first = generator->next = load->next;
    generator->end = load->next + (size_t)load->wanted;
    generator->tls = plan->tls ? tls_client() : NULL;
    generator->epoll = epoll_create1(EPOLL_CLOEXEC);
    cores_use(plan->cpu);
    (void)prctl(PR_SET_TIMERSLACK, 1UL);
    if (generator->epoll >= 0 && (generator->tls != NULL || !plan->tls))
        generate(generator);
    _exit(EXIT_SUCCESS);
}

static void prepare(struct load *load, size_t count)
{
    struct shared *shared = load->shared;
    atomic_store(&shared->sent, 0);
    atomic_store(&shared->stored, 0);
    atomic_store(&shared->refused, 0);
    atomic_store(&shared->first_ns, 0);
    atomic_store(&shared->last_ns, 0);
    load->wanted = (int64_t)(count < load_left(load) ? count : load_left(load));
}

bool load_start(struct load *load, const struct load_plan *plan, struct error *error)
{
    prepare(load, plan->count);
    pid_t parent = getpid();
    load->pid = fork();
    if (load->pid < 0) {
        load->pid = 0;
        return error_set(error, "no process: %s", strerror(errno));
    }
    if (load->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(EXIT_FAILURE);
        run(load, plan);
    }
    return true;
}

bool load_wait(const struct load *load, int limit_ms)
{
    int64_t until = child_clock_ms() + limit_ms;
    while (!all_ended(load) && child_clock_ms() < until)
        (void)usleep(1000);
    return all_ended(load);
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Of sorted latencies, by nearest rank. */
static double percentile_ms(const uint32_t *us, size_t count, double percent)
{
    if (count == 0)
        return FIGURE_NONE;
    size_t rank = (size_t)(percent / 100 * (double)count + 0.999999);
    return us[rank > 0 ? rank - 1 : 0] / 1000.0;
}

struct load_result load_stop(struct load *load)
{
    if (load->pid == 0)
        return (struct load_result){0};
    child_kill(load->pid);
    load->pid = 0;
    struct shared *shared = load->shared;
    load->next += (size_t)atomic_load(&shared->sent);
    size_t stored = (size_t)atomic_load(&shared->stored);
    qsort(shared->latency_us, stored, sizeof shared->latency_us[0], compare);
    return (struct load_result){
        .seconds = (double)(atomic_load(&shared->last_ns) - atomic_load(&shared->first_ns)) / 1e9,
        .sent = atomic_load(&shared->sent),
        .stored = (int64_t)stored,
        .refused = atomic_load(&shared->refused),
        .p50_ms = percentile_ms(shared->latency_us, stored, 50),
        .p99_ms = percentile_ms(shared->latency_us, stored, 99),
        .p999_ms = percentile_ms(shared->latency_us, stored, 99.9),
    };
}

bool load_one(struct load *load, uint16_t port)
{
    const struct load_plan plan = {.port = port, .connections = 1, .count = 1, .cpu = -1};
    struct error error;
    if (!load_start(load, &plan, &error))
        return false;
    (void)load_wait(load, ONE_LIMIT_MS);
    return load_stop(load).stored == 1;
}
