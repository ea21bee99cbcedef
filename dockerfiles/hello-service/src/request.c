/* HTTP/1.x request heads (RFC 9112), strict where leniency is a risk. */
#include "request.h"

#include <string.h>
#include <strings.h>

/* A piece of the received bytes; they are not terminated by a NUL. */
struct span {
    const char *begin;
    size_t size;
};

static bool span_is(struct span span, const char *text)
{
    return span.size == strlen(text) &&
           strncasecmp(span.begin, text, span.size) == 0;
}

/* Cuts span behind the first separator; all of it if there is none. */
static struct span span_cut(struct span *rest, char separator)
{
    const char *at = memchr(rest->begin, separator, rest->size);
    struct span head = *rest;
    if (at == NULL) {
        rest->begin += rest->size;
        rest->size = 0;
        return head;
    }
    head.size = (size_t)(at - rest->begin);
    rest->begin += head.size + 1;
    rest->size -= head.size + 1;
    return head;
}

static struct span span_trim(struct span span)
{
    while (span.size > 0 && (*span.begin == ' ' || *span.begin == '\t')) {
        span.begin++;
        span.size--;
    }
    while (span.size > 0 && (span.begin[span.size - 1] == ' ' ||
                             span.begin[span.size - 1] == '\t'))
        span.size--;
    return span;
}

/* RFC 9110, 5.6.2: what methods and field names are made of. */
static bool is_token(struct span span)
{
    static const char punctuation[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < span.size; i++) {
        char c = span.begin[i];
        bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                            (c >= 'A' && c <= 'Z');
        if (!alphanumeric && (c == '\0' || strchr(punctuation, c) == NULL))
            return false;
    }
    return span.size > 0;
}

static enum method method_of(struct span name)
{
    if (name.size == 3 && memcmp(name.begin, "GET", 3) == 0)
        return METHOD_GET;
    if (name.size == 4 && memcmp(name.begin, "HEAD", 4) == 0)
        return METHOD_HEAD;
    return METHOD_OTHER;
}

static enum parse_result parse_target(struct span target,
                                      struct request *request)
{
    if (target.size == 0 || target.begin[0] != '/')
        return PARSE_BAD;
    for (size_t i = 0; i < target.size; i++)
        if (target.begin[i] <= ' ' || target.begin[i] == 0x7f)
            return PARSE_BAD;
    struct span path = span_cut(&target, '?');
    if (path.size > REQUEST_MAX_PATH)
        return PARSE_TOO_LONG;
    memcpy(request->path, path.begin, path.size);
    request->path[path.size] = '\0';
    return PARSE_DONE;
}

static enum parse_result parse_request_line(struct span line,
                                            struct request *request)
{
    struct span method = span_cut(&line, ' ');
    struct span target = span_cut(&line, ' ');
    if (!is_token(method))
        return PARSE_BAD;
    request->method = method_of(method);
    if (line.size != 8 || memcmp(line.begin, "HTTP/1.", 7) != 0)
        return PARSE_BAD;
    if (line.begin[7] != '0' && line.begin[7] != '1')
        return PARSE_BAD;
    request->keep_alive = line.begin[7] == '1';
    return parse_target(target, request);
}

/* One field line; *hosts counts the Host fields. */
static bool parse_field(struct span line, struct request *request, int *hosts)
{
    if (memchr(line.begin, ':', line.size) == NULL)
        return false;
    struct span name = span_cut(&line, ':');
    struct span value = span_trim(line);
    if (!is_token(name) || memchr(value.begin, '\0', value.size) != NULL)
        return false;
    if (span_is(name, "host"))
        ++*hosts;
    else if (span_is(name, "connection"))
        request->keep_alive = span_is(value, "close") ? false :
                              span_is(value, "keep-alive") ? true :
                              request->keep_alive;
    else if (span_is(name, "content-length"))
        request->has_body |= !span_is(value, "0");
    else if (span_is(name, "transfer-encoding"))
        request->has_body = true;
    return true;
}

/* The size of the head with its empty line, 0 if that has not come yet. */
static size_t head_size(const char *data, size_t size)
{
    const char *end = memmem(data, size, "\r\n\r\n", 4);
    return end == NULL ? 0 : (size_t)(end - data) + 4;
}

/* The next line of the head without its CRLF; a bare CR or LF is an error. */
static bool next_line(struct span *rest, struct span *line)
{
    *line = span_cut(rest, '\n');
    if (line->size == 0 || line->begin[line->size - 1] != '\r')
        return false;
    line->size--;
    return memchr(line->begin, '\r', line->size) == NULL;
}

enum parse_result request_parse(const char *data, size_t size,
                                struct request *request, size_t *used)
{
    size_t head = head_size(data, size);
    if (head == 0 && size < REQUEST_MAX_HEAD)
        return PARSE_MORE;
    if (head == 0 || head > REQUEST_MAX_HEAD)
        return PARSE_TOO_LONG;

    memset(request, 0, sizeof *request);
    struct span rest = {data, head - 2}, line;
    if (!next_line(&rest, &line))
        return PARSE_BAD;
    enum parse_result result = parse_request_line(line, request);
    if (result != PARSE_DONE)
        return result;
    bool needs_host = request->keep_alive; /* HTTP/1.1 so far */
    int hosts = 0;
    while (rest.size > 0)
        if (!next_line(&rest, &line) || !parse_field(line, request, &hosts))
            return PARSE_BAD;
    if (hosts > 1 || (needs_host && hosts == 0))
        return PARSE_BAD;
    *used = head;
    return PARSE_DONE;
}
