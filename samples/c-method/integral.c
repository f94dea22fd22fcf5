/* Integrates a polynomial numerically: integral FROM TO STEPS reads the coefficients from standard input, the constant
   one first, and prints the integral from FROM to TO by Simpson's rule. */
#include <stdio.h>
#include <stdlib.h>

#define MAX_COEFFICIENTS 64
#define INVALID_INPUT 65 /* EX_DATAERR of sysexits.h; the manifest rejects the job */

static double coefficients[MAX_COEFFICIENTS];
static int count;

static double value(double x) {
    double sum = 0;
    for (int i = count - 1; i >= 0; i--)
        sum = sum * x + coefficients[i];
    return sum;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: integral FROM TO STEPS\n");
        return INVALID_INPUT;
    }
    double from = atof(argv[1]), to = atof(argv[2]);
    long steps = 2 * atol(argv[3]);
    while (count < MAX_COEFFICIENTS && scanf("%lf", &coefficients[count]) == 1)
        count++;
    if (count == 0 || !feof(stdin)) {
        fprintf(stderr, "expected 1 to %d coefficients, separated by spaces\n", MAX_COEFFICIENTS);
        return INVALID_INPUT;
    }
    double width = (to - from) / steps, sum = value(from) + value(to);
    for (long i = 1; i < steps; i++)
        sum += (i % 2 ? 4 : 2) * value(from + i * width);
    printf("%.10g\n", sum * width / 3);
    return 0;
}
