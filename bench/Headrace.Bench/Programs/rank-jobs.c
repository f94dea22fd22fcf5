/* A warm rank group for measurements: a job keeps a core busy for a millisecond for each byte of its body. With an
   argument, the program does nothing and ends, as a program for each job does. */
#include "group.h"
#include <time.h>

static size_t work(const char *body, size_t size, char *result) {
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < (long)size);
    return 0;
}

int main(int argc, char **argv) {
    MPI_Init(&argc, &argv);
    if (argc == 1)
        group_serve(work);
    MPI_Finalize();
    return 0;
}
