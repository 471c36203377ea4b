/* planted.c - faults that memcheck.sh has to find, each by its name, so that its silence says something. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *volatile lost;

int main(int argc, char **argv)
{
    const char *const fault = argc == 2 ? argv[1] : "";
    double *volatile numbers = malloc(3 * sizeof *numbers);
    if (numbers == NULL) return 1;
    if (strcmp(fault, "uninitialised") == 0 && numbers[1] > 0.5) (void)puts("more than a half");
    if (strcmp(fault, "past") == 0) {
        const volatile double behind = numbers[3];
        (void)behind;
    }
    if (strcmp(fault, "freed") == 0) {
        free(numbers);
        numbers[0] = 1.0;
        return 0;
    }
    free(numbers);
    if (strcmp(fault, "leak") == 0) {
        lost = malloc(1);
        lost = NULL;
    }
    return 0;
}
