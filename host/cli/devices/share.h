/* share.h - the devices of a host, shared out among its ranks: one rank, one device. */
#ifndef CLMLP_CLI_DEVICES_SHARE_H
#define CLMLP_CLI_DEVICES_SHARE_H

#include <stdbool.h>
#include <stddef.h>

#include <clmlp/device.h>

/* What a rank knows when it chooses. */
typedef struct clmlp_cli_share {
    const char *list;                 /* of --devices; NULL: not given */
    const char *device;               /* of --device, for all ranks; NULL: not given */
    size_t local_rank, local_count;   /* among the ranks of its host */
    const clmlp_device_info *devices; /* [count], of clmlp_device_list_auto; read where neither option is given */
    size_t count;
} clmlp_cli_share;

/* The device of the rank, as for --device, into spec [size]: that of --device; else item local_rank of the list; else
 * GPU local_rank modulo the number of GPUs; without a GPU "auto". Returns NULL, or what is wrong with the list, in
 * complaint [size of it]. */
const char *clmlp_cli_share_device(const clmlp_cli_share *share, char *spec, size_t size, char *complaint,
                                   size_t complaint_size);

/* What a rank took; a plain struct, as it is sent. */
typedef struct clmlp_cli_taken {
    char spec[CLMLP_NAME_LENGTH]; /* of the device that was opened, or as for --device */
    char type[16];                /* of its clmlp_device_info; "": not known */
    char name[CLMLP_NAME_LENGTH]; /* "": not known */
    bool settled;                 /* of a CPU: somebody has said which processors, or how many threads */
} clmlp_cli_taken;

/* The ranks in the order of their numbers, each with its host. */
typedef struct clmlp_cli_taken_list {
    const clmlp_cli_taken *taken; /* [count] */
    const char *const *hosts;     /* [count] */
    size_t count;
    const char *bind;             /* what gives each rank N cores of its own: "mpirun -bind-to core:N" */
} clmlp_cli_taken_list;

/* Of the host of rank `first`, its first one: "a: ranks 0-2 opencl:0.0 (NAME), rank 3 cpu (NAME)", into text [size]. */
void clmlp_cli_share_line(const clmlp_cli_taken_list *list, size_t first, char *text, size_t size);

/* What to say of ranks of that host that have one device together, into text [size]; "": nothing. */
void clmlp_cli_share_warning(const clmlp_cli_taken_list *list, size_t first, char *text, size_t size);

/* Whether no rank before has the same host. */
bool clmlp_cli_share_is_first(const clmlp_cli_taken_list *list, size_t rank);

#endif
