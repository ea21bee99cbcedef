#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum { REQUEST_MAX_HEAD = 4096, REQUEST_MAX_PATH = 255 };

enum method { METHOD_GET, METHOD_HEAD, METHOD_OTHER };

/* The head of one HTTP/1.x request, as far as this service cares. */
struct request {
    enum method method;
    char path[REQUEST_MAX_PATH + 1]; /* without the query */
    bool keep_alive;
    bool has_body;
};

enum parse_result {
    PARSE_DONE,    /* the head is complete: *used bytes of data */
    PARSE_MORE,    /* so far fine, but not yet complete */
    PARSE_BAD,     /* never becomes a request */
    PARSE_TOO_LONG /* longer than REQUEST_MAX_HEAD or REQUEST_MAX_PATH */
};

/* Reads the request head at the beginning of data. Any bytes may be given. */
enum parse_result request_parse(const char *data, size_t size,
                                struct request *request, size_t *used);

#endif
