/* An MPI program as it is: computes pi by the midpoint rule, each rank a part of the steps. Rank 0 prints the result. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    long steps = argc > 1 ? atol(argv[1]) : 1000000;
    double part = 0, pi = 0;
    for (long i = rank; i < steps; i += size) {
        double x = (i + 0.5) / steps;
        part += 4 / (1 + x * x);
    }
    MPI_Reduce(&part, &pi, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
    if (rank == 0)
        printf("%.9f\n", pi / steps);
    MPI_Finalize();
    return 0;
}
