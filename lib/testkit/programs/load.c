/* A load whose truth is known: it does what its words say, in their order,
 * prints "done" and stays until SIGTERM.
 *
 *   load [memory=MIB] [spike=MIB] [cache=MIB] [reread=MIB] [direct=MIB]
 *        [burn=MS] [processes=N] [datagrams=N] [wait=MS] [end]
 *
 * memory     holds so much anonymous memory from then on
 * spike      holds so much for 50 ms
 * cache      writes so large a file below /data and syncs it: page cache
 * reread     reads so much of that file's beginning 200 times: page cache that
 *            is needed
 * direct     writes so much below /data past the page cache (O_DIRECT)
 * burn       spends so much CPU time, by the clock of its own process
 * processes  starts N children that do nothing
 * datagrams  sends N UDP datagrams of 1,000 bytes to the gateway
 * wait       does nothing for so long
 * end        exits instead of staying */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MIB = 1 << 20, DATAGRAM = 1000 };

static void fail(const char *what)
{
    perror(what);
    exit(99);
}

/* Anonymous memory, every page of it written. */
static char *hold(long mib)
{
    char *memory = mmap(NULL, mib * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("mmap");
    madvise(memory, mib * MIB, MADV_NOHUGEPAGE);
    memset(memory, 1, mib * MIB);
    return memory;
}

static void pass(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&time, &time) != 0)
        ;
}

static void spike(long mib)
{
    char *memory = hold(mib);
    pass(50);
    munmap(memory, mib * MIB);
}

static void write_file(const char *path, long mib, int flags)
{
    void *block;
    if (posix_memalign(&block, 4096, MIB) != 0)
        fail("posix_memalign");
    memset(block, 1, MIB);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | flags, 0666);
    if (file < 0)
        fail(path);
    for (long at = 0; at < mib; at++)
        if (write(file, block, MIB) != MIB)
            fail(path);
    if (fsync(file) != 0)
        fail(path);
    close(file);
    free(block);
}

static void burn(long ms)
{
    struct timespec now, begin;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < ms);
}

static void start(long count)
{
    for (long at = 0; at < count; at++) {
        pid_t child = fork();
        if (child < 0)
            fail("fork");
        if (child == 0) {
            signal(SIGTERM, SIG_DFL);
            for (;;)
                pause();
        }
    }
}

/* The gateway of the default route, as the kernel lists it. */
static struct in_addr gateway(void)
{
    char line[256];
    unsigned to, by;
    FILE *routes = fopen("/proc/net/route", "r");
    while (routes && fgets(line, sizeof line, routes))
        if (sscanf(line, "%*s %x %x", &to, &by) == 2 && to == 0) {
            fclose(routes);
            return (struct in_addr){by};
        }
    fputs("no gateway\n", stderr);
    exit(98);
}

static void send_datagrams(long count)
{
    static char text[DATAGRAM];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = gateway()};
    int out = socket(AF_INET, SOCK_DGRAM, 0);
    for (long at = 0; at < count; at++)
        if (sendto(out, text, DATAGRAM, 0, (struct sockaddr *)&to, sizeof to) != DATAGRAM)
            fail("sendto");
    close(out);
}

static void write_cached(long mib)
{
    write_file("/data/cache", mib, 0);
}

static void reread(long mib)
{
    static char block[MIB];
    int file = open("/data/cache", O_RDONLY);
    if (file < 0)
        fail("/data/cache");
    for (int time = 0; time < 200; time++)
        for (long at = 0; at < mib; at++)
            if (pread(file, block, MIB, at * MIB) != MIB)
                fail("/data/cache");
    close(file);
}

static void write_direct(long mib)
{
    write_file("/data/direct", mib, O_DIRECT);
}

static void keep(long mib)
{
    (void)hold(mib);
}

static const struct {
    const char *name;
    void (*act)(long);
} acts[] = {
    {"memory=", keep},
    {"spike=", spike},
    {"cache=", write_cached},
    {"reread=", reread},
    {"direct=", write_direct},
    {"burn=", burn},
    {"processes=", start},
    {"datagrams=", send_datagrams},
    {"wait=", pass},
};

static void act(const char *word)
{
    for (size_t at = 0; at < sizeof acts / sizeof *acts; at++) {
        size_t length = strlen(acts[at].name);
        if (strncmp(word, acts[at].name, length) == 0) {
            acts[at].act(atol(word + length));
            return;
        }
    }
    if (strcmp(word, "end") == 0)
        exit(0);
    fprintf(stderr, "unknown word: %s\n", word);
    exit(97);
}

static void end(int signal)
{
    (void)signal;
    _exit(0);
}

int main(int count, char **words)
{
    signal(SIGTERM, end);
    for (int at = 1; at < count; at++)
        act(words[at]);
    puts("done");
    fflush(stdout);
    for (;;)
        pause();
}
