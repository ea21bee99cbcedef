/* A server whose moments are known: it stamps what it does into /stamps/log.
 *
 *   truth [listen=MS] [answer=MS] [each=MS] [port=N] [say=TEXT] [die=MS] [exit=CODE] [deaf]
 *
 * It listens MS after main(), answers MS after that, and says TEXT then. With
 * each every answer takes MS, one after the other. With die it ends MS after
 * its first answer; with exit it ends at once; deaf ignores SIGTERM. A stamp is
 * taken just before the deed: whoever saw the deed saw it after the stamp. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int stamps = -1;

/* `WORD REALTIME_NANOSECONDS`. Without the folder nothing is stamped. */
static void stamp(const char *word)
{
    struct timespec now;
    char line[64];
    clock_gettime(CLOCK_REALTIME, &now);
    int length = snprintf(line, sizeof line, "%s %lld%09ld\n", word, (long long)now.tv_sec, now.tv_nsec);
    if (stamps >= 0 && write(stamps, line, length) != length)
        _exit(99);
}

static void pass(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&time, &time) != 0)
        ;
}

static void end(int signal)
{
    (void)signal;
    _exit(0);
}

static long number(int count, char **words, const char *name, long otherwise)
{
    size_t length = strlen(name);
    for (int at = 1; at < count; at++)
        if (strncmp(words[at], name, length) == 0 && words[at][length] == '=')
            return atol(words[at] + length + 1);
    return otherwise;
}

static const char *text(int count, char **words, const char *name)
{
    size_t length = strlen(name);
    for (int at = 1; at < count; at++)
        if (strncmp(words[at], name, length) == 0 && words[at][length] == '=')
            return words[at] + length + 1;
    return NULL;
}

static int listening(int port)
{
    int one = 1, server = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(server, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("bind");
        exit(98);
    }
    stamp("listen");
    if (listen(server, 64) != 0)
        exit(97);
    return server;
}

/* One request, one answer after MS. Answers whether something was asked. */
static int serve(int server, int first, long each)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    char request[4096];
    int client = accept(server, NULL, NULL);
    if (client < 0)
        return 0;
    int asked = read(client, request, sizeof request) > 0;
    if (asked) {
        pass(each);
        if (first)
            stamp("answer");
        if (write(client, reply, sizeof reply - 1) < 0)
            asked = 0;
    }
    close(client);
    return asked;
}

int main(int count, char **words)
{
    int deaf = 0;
    for (int at = 1; at < count; at++)
        deaf |= strcmp(words[at], "deaf") == 0;
    signal(SIGTERM, deaf ? SIG_IGN : end);
    signal(SIGPIPE, SIG_IGN);
    stamps = open("/stamps/log", O_WRONLY | O_APPEND | O_CREAT, 0666);
    stamp("main");
    const char *say = text(count, words, "say");
    if (text(count, words, "exit")) {
        if (say)
            printf("%s\n", say);
        return number(count, words, "exit", 0);
    }
    pass(number(count, words, "listen", 0));
    int server = listening(number(count, words, "port", 8080));
    pass(number(count, words, "answer", 0));
    if (say) {
        stamp("say");
        printf("%s\n", say);
        fflush(stdout);
    }
    long each = number(count, words, "each", 0);
    for (int first = 1;;) {
        if (serve(server, first, each)) {
            if (first && text(count, words, "die")) {
                pass(number(count, words, "die", 0));
                return 1;
            }
            first = 0;
        }
    }
}
