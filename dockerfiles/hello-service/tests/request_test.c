#include "check.h"
#include "request.h"

#include <stdint.h>
#include <string.h>

static const struct {
    const char *text;
    enum parse_result result;
    enum method method;
    const char *path;
    bool keep_alive, has_body;
} cases[] = {
    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", PARSE_DONE, METHOD_GET, "/", true, false},
    {"GET /health?x=1 HTTP/1.1\r\nhost:a\r\n\r\n", PARSE_DONE, METHOD_GET, "/health", true, false},
    {"HEAD /a/b HTTP/1.0\r\n\r\n", PARSE_DONE, METHOD_HEAD, "/a/b", false, false},
    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", PARSE_DONE, METHOD_GET, "/", true, false},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection:\tclose \r\n\r\n", PARSE_DONE, METHOD_GET, "/", false, false},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", PARSE_DONE, METHOD_OTHER, "/", true, true},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", PARSE_DONE, METHOD_GET, "/", true, false},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", PARSE_DONE, METHOD_GET, "/", true, true},
    {"get / HTTP/1.1\r\nHost: a\r\n\r\n", PARSE_DONE, METHOD_OTHER, "/", true, false},
    {"", PARSE_MORE, METHOD_GET, "", false, false},
    {"GET / HTTP/1.1\r\nHost: a\r\n", PARSE_MORE, METHOD_GET, "", false, false},
    {"GET / HTTP/1.1\r\n\r\n", PARSE_BAD, METHOD_GET, "", false, false},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", PARSE_BAD, METHOD_GET, "", false, false},
    {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", PARSE_BAD, METHOD_GET, "", false, false},
    {"GET a HTTP/1.1\r\nHost: a\r\n\r\n", PARSE_BAD, METHOD_GET, "", false, false},
    {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", PARSE_BAD, METHOD_GET, "", false, false},
    {"GET /\r\n\r\n", PARSE_BAD, METHOD_GET, "", false, false},
    {"GET / HTTP/1.1\nHost: a\r\n\r\n", PARSE_BAD, METHOD_GET, "", false, false},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", PARSE_BAD, METHOD_GET, "", false, false},
    {"GET / HTTP/1.1\r\nHost\r\n\r\n", PARSE_BAD, METHOD_GET, "", false, false},
    {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", PARSE_BAD, METHOD_GET, "", false, false},
    {"\r\n\r\n", PARSE_BAD, METHOD_GET, "", false, false},
};

enum { CASES = sizeof cases / sizeof *cases };

/* Parses a copy of exactly that size, so that a read beyond it is caught. */
static enum parse_result parse(const char *data, size_t size,
                               struct request *request, size_t *used)
{
    char *copy = malloc(size > 0 ? size : 1);
    CHECK(copy != NULL);
    memcpy(copy, data, size);
    enum parse_result result = request_parse(copy, size, request, used);
    free(copy);
    return result;
}

static void reads_each_case(void)
{
    for (int i = 0; i < CASES; i++) {
        struct request request;
        size_t used = 0;
        CHECK(parse(cases[i].text, strlen(cases[i].text), &request, &used) ==
              cases[i].result);
        if (cases[i].result != PARSE_DONE)
            continue;
        CHECK(request.method == cases[i].method);
        CHECK(strcmp(request.path, cases[i].path) == 0);
        CHECK(request.keep_alive == cases[i].keep_alive);
        CHECK(request.has_body == cases[i].has_body);
        CHECK(used == (size_t)(strstr(cases[i].text, "\r\n\r\n") + 4 -
                               cases[i].text));
    }
}

static void waits_for_every_byte_of_the_head(void)
{
    for (int i = 0; i < CASES; i++) {
        const char *end = strstr(cases[i].text, "\r\n\r\n");
        struct request request;
        size_t used;
        for (size_t size = 0; end && size < (size_t)(end - cases[i].text) + 4;
             size++)
            CHECK(parse(cases[i].text, size, &request, &used) == PARSE_MORE);
    }
}

static void bounds_the_head_and_the_path(void)
{
    static char text[2 * REQUEST_MAX_HEAD];
    struct request request;
    size_t used;
    memset(text, 'a', sizeof text);
    CHECK(parse(text, REQUEST_MAX_HEAD - 1, &request, &used) == PARSE_MORE);
    CHECK(parse(text, REQUEST_MAX_HEAD, &request, &used) == PARSE_TOO_LONG);
    memcpy(text, "GET /", 5);
    memcpy(text + 4 + REQUEST_MAX_PATH, " HTTP/1.0\r\n\r\n", 13);
    CHECK(parse(text, REQUEST_MAX_PATH + 17, &request, &used) == PARSE_DONE);
    CHECK(strlen(request.path) == REQUEST_MAX_PATH);
    memcpy(text + 4 + REQUEST_MAX_PATH, "a HTTP/1.0\r\n\r\n", 14);
    CHECK(parse(text, REQUEST_MAX_PATH + 18, &request, &used) ==
          PARSE_TOO_LONG);
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Whatever comes over the wire, a result is within its bounds. */
static void survives_damaged_requests(uint32_t rounds)
{
    static const char alphabet[] = "\r\n\r\n :/?aHG\t\0\x80\xff";
    uint32_t state = 2463534242u;
    for (uint32_t round = 0; round < rounds; round++) {
        const char *text = cases[next_random(&state) % CASES].text;
        char damaged[256];
        struct request request;
        size_t size = strlen(text), used = 0;
        memcpy(damaged, text, size);
        for (uint32_t n = next_random(&state) % 4; n > 0 && size > 0; n--)
            damaged[next_random(&state) % size] =
                alphabet[next_random(&state) % (sizeof alphabet - 1)];
        if (parse(damaged, size, &request, &used) != PARSE_DONE)
            continue;
        CHECK(used <= size && request.path[0] == '/');
        CHECK(memchr(request.path, '\0', sizeof request.path) != NULL);
    }
}

int main(void)
{
    reads_each_case();
    waits_for_every_byte_of_the_head();
    bounds_the_head_and_the_path();
    survives_damaged_requests(8000000);
    return 0;
}
