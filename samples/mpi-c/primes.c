/* A warm rank group: counts the primes from A to B - 1, where the body of a job is "A B". */
#include "group.h"

static size_t count_primes(const char *body, size_t size, char *result) {
    long from = 0, to = 0, primes = 0;
    if (sscanf(body, "%ld %ld", &from, &to) != 2)
        return group_fail(result, "The body must be two whole numbers, such as \"2 1000\".");
    for (long n = from < 2 ? 2 : from; n < to; n++) {
        int prime = 1;
        for (long d = 2; d * d <= n && prime; d++)
            prime = n % d != 0;
        primes += prime;
    }
    return sprintf(result, "%ld\n", primes);
}

int main(int argc, char **argv) {
    MPI_Init(&argc, &argv);
    group_serve(count_primes);
    MPI_Finalize();
    return 0;
}
