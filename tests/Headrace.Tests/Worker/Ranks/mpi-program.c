/* Ranks that perform the action named by their first argument, for tests. Works with every implementation of MPI. */
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int rank, size;

/* Writes the process id of this rank to FOLDER/NAME.RANK, complete with its line break. */
static void publish(const char *folder) {
    char path[4096], moved[4096];
    snprintf(path, sizeof path, "%s/.rank.%d", folder, rank);
    snprintf(moved, sizeof moved, "%s/rank.%d", folder, rank);
    FILE *file = fopen(path, "w");
    fprintf(file, "%d\n", getpid());
    fclose(file);
    rename(path, moved);
}

int main(int argc, char **argv) {
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const char *what = argc > 1 ? argv[1] : "sum", *folder = argc > 2 ? argv[2] : ".";
    if (strcmp(what, "sum") == 0) { /* Rank 0 prints the number of ranks and the sum of their numbers. */
        int sum = 0;
        MPI_Reduce(&rank, &sum, 1, MPI_INT, MPI_SUM, 0, MPI_COMM_WORLD);
        if (rank == 0)
            printf("%d %d\n", size, sum);
    } else if (strcmp(what, "print") == 0) { /* Every rank prints to both streams; rank 0 without a line break. */
        printf(rank == 0 ? "result" : "output of %d\n", rank);
        fprintf(stderr, "error of %d\nsecond line of %d\n", rank, rank);
    } else if (strcmp(what, "trace") == 0) { /* Every rank prints the trace context of the job. */
        fprintf(stderr, "%s\n", getenv("TRACEPARENT"));
    } else if (strcmp(what, "echo") == 0 && rank == 0) { /* Returns the body. */
        for (int c; (c = getchar()) != EOF;)
            putchar(c);
    } else if (strcmp(what, "exit") == 0) { /* The last rank fails. */
        if (rank == size - 1) {
            fprintf(stderr, "bad input\n");
            exit(3);
        }
        MPI_Barrier(MPI_COMM_WORLD);
    } else if (strcmp(what, "silent") == 0) { /* The last rank fails without a word. */
        if (rank == size - 1)
            exit(3);
        MPI_Barrier(MPI_COMM_WORLD);
    } else if (strcmp(what, "abort") == 0) { /* The last rank fails as programs should. */
        if (rank == size - 1) {
            fprintf(stderr, "bad input\n==========\n\n");
            MPI_Abort(MPI_COMM_WORLD, 3);
        }
        MPI_Barrier(MPI_COMM_WORLD);
    } else if (strcmp(what, "crash") == 0) {
        if (rank == size - 1)
            raise(SIGSEGV);
        MPI_Barrier(MPI_COMM_WORLD);
    } else if (strcmp(what, "hang") == 0) { /* The last rank never ends, although the others do. */
        publish(folder);
        MPI_Finalize();
        if (rank == size - 1)
            for (;;)
                pause();
        return 0;
    } else if (strcmp(what, "wait") == 0) { /* Every rank waits forever. */
        publish(folder);
        for (;;)
            pause();
    } else if (strcmp(what, "file") == 0 && rank == 0) {
        FILE *file = fopen(folder, "w");
        fprintf(file, "written by rank 0 of %d", size);
        fclose(file);
    }
    MPI_Finalize();
    return 0;
}
