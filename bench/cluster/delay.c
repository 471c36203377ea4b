/* delay.c - joins network namespaces and holds each packet for a time: for kernels without netem.
 *
 *     delay MICROSECONDS MTU NAMESPACE...
 *
 * Makes a TUN device eth0 in each namespace, says "ready" on standard output, and hands packets on by the last byte of
 * their IPv4 address: to namespace number 1, 2, ... of the command line. Ends when standard input is closed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { HOSTS = 64, PACKETS = 1 << 16, DESTINATION = 16 };

typedef struct packet {
    unsigned char *bytes;
    size_t length;
    int to;
    double due;
} packet;

static packet line[PACKETS]; /* all are held equally long: first in, first out */
static size_t first, held;
static int devices[HOSTS], hosts;

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int fail(const char *what)
{
    (void)fprintf(stderr, "delay: %s: %s\n", what, strerror(errno));
    return EXIT_FAILURE;
}

/* A device belongs to the namespace in which it is made, its descriptor to whoever has it. */
static int make_device(const char *namespace)
{
    char path[256];
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    (void)snprintf(path, sizeof path, "/run/netns/%s", namespace);
    const int place = open(path, O_RDONLY | O_CLOEXEC);
    if (place < 0 || setns(place, CLONE_NEWNET) != 0) return -1;
    (void)close(place);
    const int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    (void)snprintf(request.ifr_name, sizeof request.ifr_name, "eth0");
    if (device < 0 || ioctl(device, TUNSETIFF, &request) != 0) return -1;
    return device;
}

/* All that a device has, into the line; what does not fit is lost, as in a switch. */
static void take(int device, size_t mtu, double delay)
{
    while (held < PACKETS) {
        packet *const next = &line[(first + held) % PACKETS];
        if (next->bytes == NULL) next->bytes = malloc(mtu);
        if (next->bytes == NULL) return;
        const ssize_t length = read(device, next->bytes, mtu);
        if (length <= 0) return;
        const int to = length > DESTINATION + 3 && next->bytes[0] >> 4 == 4 ? next->bytes[DESTINATION + 3] - 1 : -1;
        if (to < 0 || to >= hosts) continue;
        next->length = (size_t)length;
        next->to = to;
        next->due = seconds() + delay;
        held++;
    }
}

static void give(void)
{
    while (held > 0 && line[first].due <= seconds()) {
        const packet *const next = &line[first];
        if (write(devices[next->to], next->bytes, next->length) < 0 && errno == EAGAIN) return;
        first = (first + 1) % PACKETS;
        held--;
    }
}

static void run(size_t mtu, double delay)
{
    struct pollfd waiting[HOSTS + 1];
    for (int i = 0; i < hosts; i++) waiting[i] = (struct pollfd){.fd = devices[i], .events = POLLIN};
    waiting[hosts] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    for (;;) {
        const double left = held > 0 ? line[first].due - seconds() : 1.0, wait = left > 0.0 ? left : 0.0;
        const struct timespec limit = {(time_t)wait, (long)(1e9 * (wait - (double)(time_t)wait))};
        (void)ppoll(waiting, (nfds_t)hosts + 1, &limit, NULL);
        if (waiting[hosts].revents != 0) return;
        for (int i = 0; i < hosts; i++) {
            if (waiting[i].revents != 0) take(devices[i], mtu, delay);
        }
        give();
    }
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc - 3 > HOSTS) {
        (void)fprintf(stderr, "delay: expected MICROSECONDS MTU and 1 to %d namespaces\n", HOSTS);
        return 2;
    }
    const double delay = 1e-6 * atof(argv[1]);
    const size_t mtu = (size_t)atol(argv[2]) + 64;
    for (hosts = 0; hosts < argc - 3; hosts++) {
        devices[hosts] = make_device(argv[hosts + 3]);
        if (devices[hosts] < 0) return fail(argv[hosts + 3]);
    }
    (void)prctl(PR_SET_TIMERSLACK, 1UL); /* Linux would wake up 50 us late */
    (void)puts("ready");
    (void)fflush(stdout);
    run(mtu, delay);
    return EXIT_SUCCESS;
}
