/* One thread, one loop over all sockets. */
#include "server.h"

#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 64, IDLE_LIMIT_MS = 10000 };

struct server {
    int listener;
    long long started_ms;
    struct service service;
    struct connection connections[MAX_CONNECTIONS];
};

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int server_listen(unsigned short port)
{
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_ANY)};
    int listener =
        socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0)
        return -1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
        listen(listener, SOMAXCONN) == 0)
        return listener;
    int error = errno;
    close(listener);
    errno = error;
    return -1;
}

/* A free place; if there is none, that of the client silent for longest. */
static struct connection *find_place(struct server *server)
{
    struct connection *oldest = &server->connections[0];
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *connection = &server->connections[i];
        if (connection->socket < 0)
            return connection;
        if (connection->active_ms < oldest->active_ms)
            oldest = connection;
    }
    connection_close(oldest);
    return oldest;
}

static void accept_all(struct server *server)
{
    for (;;) {
        int socket = accept4(server->listener, NULL, NULL,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0)
            return;
        connection_open(find_place(server), socket, now_ms());
    }
}

/* Fills the poll list; a closed place has socket -1, which poll skips. */
static void prepare(const struct server *server, struct pollfd *polled)
{
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        polled[i].fd = server->connections[i].socket;
        polled[i].events = connection_wants(&server->connections[i]);
        polled[i].revents = 0;
    }
    polled[MAX_CONNECTIONS].fd = server->listener;
    polled[MAX_CONNECTIONS].events = POLLIN;
    polled[MAX_CONNECTIONS].revents = 0;
}

static void serve_ready(struct server *server, const struct pollfd *polled)
{
    long long now = now_ms();
    server->service.uptime_seconds = (now - server->started_ms) / 1000;
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *connection = &server->connections[i];
        if (connection->socket < 0)
            continue;
        bool open = polled[i].revents == 0
                        ? now - connection->active_ms < IDLE_LIMIT_MS
                        : connection_serve(connection, &server->service, now);
        if (!open)
            connection_close(connection);
    }
    if (polled[MAX_CONNECTIONS].revents != 0)
        accept_all(server);
}

int server_run(int listener, const sigset_t *wait_mask,
               const volatile sig_atomic_t *stop)
{
    static struct server server;
    struct pollfd polled[MAX_CONNECTIONS + 1];
    const struct timespec second = {.tv_sec = 1};

    server.listener = listener;
    server.started_ms = now_ms();
    for (int i = 0; i < MAX_CONNECTIONS; i++)
        server.connections[i].socket = -1;
    while (!*stop) {
        prepare(&server, polled);
        if (ppoll(polled, MAX_CONNECTIONS + 1, &second, wait_mask) >= 0)
            serve_ready(&server, polled);
        else if (errno != EINTR)
            return -1;
    }
    return 0;
}
