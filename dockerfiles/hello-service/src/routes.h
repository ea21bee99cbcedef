#ifndef ROUTES_H
#define ROUTES_H

#include "request.h"
#include "response.h"

/* What the service tells about itself. */
struct service {
    unsigned long requests;
    long long uptime_seconds;
};

/* Answers a request whose head was read well. */
void routes_answer(const struct request *request, const struct service *service,
                   struct response *response);

/* Answers what is no request; the connection ends after that. */
void routes_refuse(enum parse_result why, struct response *response);

#endif
