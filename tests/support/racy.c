/* racy.c - two threads that change one number without a lock: what the thread sanitizer must report. */
#include <pthread.h>
#include <stdio.h>

static int number;

static void *increment(void *unused)
{
    number++;
    return unused;
}

int main(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, increment, NULL) != 0) return 1;
    (void)increment(NULL);
    (void)pthread_join(thread, NULL);
    printf("%d\n", number);
    return 0;
}
