#ifndef SERVER_H
#define SERVER_H

#include <signal.h>

/* A listening socket for all addresses, or -1 with errno. */
int server_listen(unsigned short port);

/* Serves until *stop is set by a signal that is blocked outside the wait
   (wait_mask is the mask while waiting). Returns 0, or -1 with errno. */
int server_run(int listener, const sigset_t *wait_mask,
               const volatile sig_atomic_t *stop);

#endif
