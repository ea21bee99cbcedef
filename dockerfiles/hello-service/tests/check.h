#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* Ends the test with the place and the condition that did not hold. */
#define CHECK(condition)                                                    \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__,    \
                    #condition);                                            \
            exit(1);                                                        \
        }                                                                   \
    } while (0)

#endif
