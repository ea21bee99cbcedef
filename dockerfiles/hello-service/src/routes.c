#include "routes.h"

#include <string.h>

typedef void handler(const struct service *service, struct response *response);

static void answer_hello(const struct service *service,
                         struct response *response)
{
    response_set(response, 200, "hello\nrequests %lu\nuptime %lld s\n",
                 service->requests, service->uptime_seconds);
}

static void answer_health(const struct service *service,
                          struct response *response)
{
    (void)service;
    response_set(response, 200, "ok\n");
}

static const struct {
    const char *path;
    handler *answer;
} routes[] = {
    {"/", answer_hello},
    {"/health", answer_health},
};

static handler *find_route(const char *path)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (strcmp(routes[i].path, path) == 0)
            return routes[i].answer;
    return NULL;
}

void routes_answer(const struct request *request, const struct service *service,
                   struct response *response)
{
    handler *answer = find_route(request->path);
    response->head_only = request->method == METHOD_HEAD;
    /* A body would have to be read before the next request can begin. */
    response->keep_alive = request->keep_alive && !request->has_body;
    if (answer == NULL)
        response_set(response, 404, "no such page: %s\n", request->path);
    else if (request->method == METHOD_OTHER)
        response_set(response, 405, "only GET and HEAD\n");
    else if (request->has_body)
        response_set(response, 413, "no request bodies here\n");
    else
        answer(service, response);
}

void routes_refuse(enum parse_result why, struct response *response)
{
    response->head_only = false;
    response->keep_alive = false;
    if (why == PARSE_TOO_LONG)
        response_set(response, 431, "request head too long\n");
    else
        response_set(response, 400, "not a request\n");
}
