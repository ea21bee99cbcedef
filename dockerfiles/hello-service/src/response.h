#ifndef RESPONSE_H
#define RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

enum { RESPONSE_MAX_BODY = 512, RESPONSE_MAX_SIZE = 1024 };

struct response {
    int status;
    char body[RESPONSE_MAX_BODY];
    bool head_only; /* HEAD: the body's length, but not the body */
    bool keep_alive;
};

/* Sets the status and the text, cut at RESPONSE_MAX_BODY - 1 bytes. */
void response_set(struct response *response, int status, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));

/* Writes what goes over the wire; returns its size, 0 if it does not fit. */
size_t response_write(const struct response *response, char *out, size_t size);

#endif
