#include "check.h"
#include "routes.h"

#include <string.h>

static const struct service service = {.requests = 7, .uptime_seconds = 42};

/* The bytes on the wire for a request of that kind. */
static const char *answer(enum method method, const char *path, bool keep_alive,
                          bool has_body)
{
    static char wire[RESPONSE_MAX_SIZE];
    struct request request = {.method = method,
                              .keep_alive = keep_alive,
                              .has_body = has_body};
    struct response response = {0};
    strcpy(request.path, path);
    routes_answer(&request, &service, &response);
    CHECK(response_write(&response, wire, sizeof wire) == strlen(wire));
    return wire;
}

static void answers_its_pages(void)
{
    CHECK(strcmp(answer(METHOD_GET, "/health", true, false),
                 "HTTP/1.1 200 OK\r\n"
                 "Content-Type: text/plain; charset=utf-8\r\n"
                 "Content-Length: 3\r\n"
                 "Connection: keep-alive\r\n\r\nok\n") == 0);
    CHECK(strstr(answer(METHOD_GET, "/", false, false),
                 "Content-Length: 29\r\nConnection: close\r\n\r\n"
                 "hello\nrequests 7\nuptime 42 s\n") != NULL);
}

static void leaves_the_body_out_for_head(void)
{
    const char *wire = answer(METHOD_HEAD, "/health", true, false);
    CHECK(strstr(wire, "Content-Length: 3\r\n") != NULL);
    CHECK(strcmp(wire + strlen(wire) - 4, "\r\n\r\n") == 0);
}

static void refuses_what_it_does_not_do(void)
{
    CHECK(strstr(answer(METHOD_GET, "/x", true, false), " 404 Not Found"));
    CHECK(strstr(answer(METHOD_OTHER, "/", true, false), " 405 Method"));
    CHECK(strstr(answer(METHOD_OTHER, "/", true, false), "\r\nAllow: GET"));
    const char *wire = answer(METHOD_GET, "/", true, true);
    CHECK(strstr(wire, " 413 ") && strstr(wire, "Connection: close"));
}

static void ends_the_connection_after_garbage(void)
{
    struct response response = {.keep_alive = true};
    routes_refuse(PARSE_BAD, &response);
    CHECK(response.status == 400 && !response.keep_alive);
    routes_refuse(PARSE_TOO_LONG, &response);
    CHECK(response.status == 431 && !response.keep_alive);
}

static void cuts_long_texts_and_fits_the_longest_answer(void)
{
    char path[REQUEST_MAX_PATH + 1], wire[RESPONSE_MAX_SIZE];
    struct response response = {0};
    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    CHECK(strstr(answer(METHOD_GET, path, true, false), "Content-Length: 270"));
    response_set(&response, 405, "%1000s", "");
    CHECK(strlen(response.body) == RESPONSE_MAX_BODY - 1);
    CHECK(response_write(&response, wire, sizeof wire) > 0);
    CHECK(response_write(&response, wire, 100) == 0);
}

int main(void)
{
    answers_its_pages();
    leaves_the_body_out_for_head();
    refuses_what_it_does_not_do();
    ends_the_connection_after_garbage();
    cuts_long_texts_and_fits_the_longest_answer();
    return 0;
}
