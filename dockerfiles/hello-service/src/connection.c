#include "connection.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void connection_open(struct connection *connection, int socket,
                     long long now_ms)
{
    memset(connection, 0, sizeof *connection);
    connection->socket = socket;
    connection->active_ms = now_ms;
}

void connection_close(struct connection *connection)
{
    close(connection->socket);
    connection->socket = -1;
}

short connection_wants(const struct connection *connection)
{
    return connection->out_sent < connection->out_size ? POLLOUT : POLLIN;
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Sends what is in out; false if the client is gone. */
static bool flush(struct connection *connection)
{
    while (connection->out_sent < connection->out_size) {
        ssize_t sent = send(connection->socket,
                            connection->out + connection->out_sent,
                            connection->out_size - connection->out_sent,
                            MSG_NOSIGNAL);
        if (sent < 0)
            return would_block();
        connection->out_sent += (size_t)sent;
    }
    return !connection->closing;
}

/* Answers the request at the beginning of in, if it has come wholly. */
static bool answer_next(struct connection *connection, struct service *service)
{
    struct request request;
    struct response response = {0};
    size_t used = connection->in_size;
    enum parse_result result = request_parse(
        connection->in, connection->in_size, &request, &used);
    if (result == PARSE_MORE)
        return false;
    service->requests++;
    if (result == PARSE_DONE)
        routes_answer(&request, service, &response);
    else
        routes_refuse(result, &response);
    connection->in_size -= used;
    memmove(connection->in, connection->in + used, connection->in_size);
    connection->closing = !response.keep_alive;
    connection->out_sent = 0;
    connection->out_size = response_write(&response, connection->out,
                                          sizeof connection->out);
    return true;
}

/* False at the end of the stream or on an error. */
static bool receive(struct connection *connection)
{
    ssize_t size = recv(connection->socket,
                        connection->in + connection->in_size,
                        sizeof connection->in - connection->in_size, 0);
    if (size < 0)
        return would_block();
    connection->in_size += (size_t)size;
    return size > 0;
}

bool connection_serve(struct connection *connection, struct service *service,
                      long long now_ms)
{
    connection->active_ms = now_ms;
    if (connection_wants(connection) == POLLIN && !receive(connection))
        return false;
    if (!flush(connection))
        return false;
    /* Pipelined requests: the next answer when this one has left. */
    while (connection->out_sent == connection->out_size &&
           answer_next(connection, service))
        if (!flush(connection))
            return false;
    return true;
}
