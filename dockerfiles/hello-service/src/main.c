/* hello-service [PORT]: answers / and /health until SIGTERM or SIGINT. */
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* The first process of a container gets no signal that it does not handle.
   Both stay blocked but while the server waits, so that none is missed. */
static sigset_t handle_signals(void)
{
    sigset_t blocked, before;
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigdelset(&before, SIGTERM);
    sigdelset(&before, SIGINT);
    return before;
}

/* A port number, or 0 if it is none. */
static unsigned short parse_port(const char *text)
{
    char *end;
    errno = 0;
    long port = strtol(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text || port < 1 || port > 65535)
        return 0;
    return (unsigned short)port;
}

int main(int argc, char **argv)
{
    unsigned short port = argc > 1 ? parse_port(argv[1]) : 8080;
    if (argc > 2 || port == 0) {
        fprintf(stderr, "usage: hello-service [PORT]\n");
        return 2;
    }
    sigset_t wait_mask = handle_signals();
    int listener = server_listen(port);
    if (listener < 0) {
        fprintf(stderr, "hello-service: cannot listen on port %d: %s\n", port,
                strerror(errno));
        return 1;
    }
    printf("listening on port %d\n", port);
    fflush(stdout);
    if (server_run(listener, &wait_mask, &stop) < 0) {
        fprintf(stderr, "hello-service: %s\n", strerror(errno));
        return 1;
    }
    close(listener);
    printf("stopped\n");
    return 0;
}
