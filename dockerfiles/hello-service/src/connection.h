#ifndef CONNECTION_H
#define CONNECTION_H

#include "request.h"
#include "response.h"
#include "routes.h"

/* One client. Its socket never blocks. */
struct connection {
    int socket;
    long long active_ms; /* when something was last read or written */
    char in[REQUEST_MAX_HEAD];
    size_t in_size;
    char out[RESPONSE_MAX_SIZE];
    size_t out_size, out_sent;
    bool closing; /* after what is in out */
};

void connection_open(struct connection *connection, int socket,
                     long long now_ms);

void connection_close(struct connection *connection);

/* The poll events to wait for. */
short connection_wants(const struct connection *connection);

/* Reads, answers and writes as far as it goes without waiting.
   Returns false if the connection has ended. */
bool connection_serve(struct connection *connection, struct service *service,
                      long long now_ms);

#endif
