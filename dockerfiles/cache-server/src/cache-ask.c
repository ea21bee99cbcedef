/* Asks the server on this machine for its version, as a client would, and ends
 * with 0 only if it answers: cache-ask [PORT]. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int fail(const char *what)
{
    fprintf(stderr, "cache-ask: %s\n", what);
    return 1;
}

int main(int argc, char **argv)
{
    const char question[] = "version\r\n", start[] = "VERSION ";
    char answer[128];
    size_t got = 0;
    struct timeval limit = {.tv_sec = 2};
    struct sockaddr_in server = {.sin_family = AF_INET};
    long port = argc > 1 ? strtol(argv[1], NULL, 10) : 11211;

    if (port < 1 || port > 65535) {
        fprintf(stderr, "cache-ask: %s is no port (1 to 65535)\n", argv[1]);
        return 2;
    }
    server.sin_port = htons((unsigned short)port);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connection < 0)
        return fail("no socket can be had");
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(connection, (struct sockaddr *)&server, sizeof server) != 0)
        return fail("nothing listens there");
    if (write(connection, question, sizeof question - 1) != (ssize_t)(sizeof question - 1))
        return fail("the question is not taken");
    while (got < sizeof answer - 1 && memchr(answer, '\n', got) == NULL) {
        ssize_t more = read(connection, answer + got, sizeof answer - 1 - got);
        if (more <= 0)
            return fail("no answer came");
        got += (size_t)more;
    }
    answer[got] = '\0';
    if (strncmp(answer, start, sizeof start - 1) != 0)
        return fail("the answer is none of this server's");
    fputs(answer, stdout);
    return 0;
}
