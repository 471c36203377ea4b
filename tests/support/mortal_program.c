/* mortal_program.c - mortal PARENT PROGRAM argument...: a program that dies with the process PARENT, its parent. A
 * shell passes on nothing of mortal() to what it starts. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mortal.h"

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)fprintf(stderr, "usage: mortal PARENT PROGRAM argument...\n");
        return 2;
    }
    mortal((pid_t)strtol(argv[1], NULL, 10));
    (void)execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 127;
}
