/* A message between two ranks and back: ping-pong REPORT. Rank 0 writes a line for each size: the bytes, and the median
   time one way in microseconds. PingPongRank.cs and ping-pong.py do the same. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

#define BATCHES 101

static int ascending(const void *a, const void *b) {
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

int main(int count, char **arguments) {
    static const int sizes[] = {0, 8, 64, 512, 1024, 65536, 1048576};
    static const int trips[] = {100, 100, 100, 100, 100, 10, 2};
    int rank;
    char *buffer = calloc(1, 1048576);
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    FILE *report = rank == 0 && count > 1 ? fopen(arguments[1], "w") : NULL;
    for (int i = 0; i < 7; i++) {
        double times[BATCHES];
        for (int batch = -10; batch < BATCHES; batch++) { /* ten batches are not counted */
            double began = MPI_Wtime();
            for (int trip = 0; trip < trips[i]; trip++)
                if (rank == 0) {
                    MPI_Send(buffer, sizes[i], MPI_BYTE, 1, 0, MPI_COMM_WORLD);
                    MPI_Recv(buffer, sizes[i], MPI_BYTE, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
                } else {
                    MPI_Recv(buffer, sizes[i], MPI_BYTE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
                    MPI_Send(buffer, sizes[i], MPI_BYTE, 0, 0, MPI_COMM_WORLD);
                }
            if (batch >= 0)
                times[batch] = (MPI_Wtime() - began) / trips[i] / 2;
        }
        qsort(times, BATCHES, sizeof *times, ascending);
        if (report)
            fprintf(report, "%d %.4f\n", sizes[i], times[BATCHES / 2] * 1e6);
    }
    if (report)
        fclose(report);
    MPI_Finalize();
}
