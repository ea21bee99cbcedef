#include "response.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *reason_of(int status)
{
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Content Too Large";
    case 431: return "Request Header Fields Too Large";
    default: return "Internal Server Error";
    }
}

void response_set(struct response *response, int status, const char *format,
                  ...)
{
    va_list arguments;
    response->status = status;
    va_start(arguments, format);
    vsnprintf(response->body, sizeof response->body, format, arguments);
    va_end(arguments);
}

size_t response_write(const struct response *response, char *out, size_t size)
{
    int length = snprintf(out, size,
                          "HTTP/1.1 %d %s\r\n"
                          "Content-Type: text/plain; charset=utf-8\r\n"
                          "Content-Length: %zu\r\n"
                          "%s"
                          "Connection: %s\r\n"
                          "\r\n"
                          "%s",
                          response->status, reason_of(response->status),
                          strlen(response->body),
                          response->status == 405 ? "Allow: GET, HEAD\r\n" : "",
                          response->keep_alive ? "keep-alive" : "close",
                          response->head_only ? "" : response->body);
    return length < 0 || (size_t)length >= size ? 0 : (size_t)length;
}
