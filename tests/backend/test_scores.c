/* test_scores.c - room for the costs of an epoch on a device: what is left where there is none. */
#include <criterion/criterion.h>
#include <stdint.h>

#include "backend/backend.h"
#include "backend/opencl/opencl.h"
#include "networks.h"

#ifdef __SANITIZE_ADDRESS__
/* More than there is gives NULL, as without the sanitizer, and does not end the program. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}
#endif

/* Nothing is counted twice, and nothing that was released is kept to be released again. */
Test(scores, room_that_cannot_be_made_leaves_none)
{
    clmlp_device *const device = open_device("opencl", CLMLP_F32, 0);
    clmlp_backend *const backend = device->backend;
    const clmlp_opencl *const opencl = (const clmlp_opencl *)backend;
    const size_t before = backend->memory_used;
    OK(backend->ops->scores_reserve(backend, 4, 8, 32, error));
    cr_assert_gt(backend->memory_used, before);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(backend->ops->scores_reserve(backend, SIZE_MAX / 16, 8, 32, NULL), CLMLP_OUT_OF_MEMORY);
        cr_assert_eq(backend->memory_used, before, "%zu bytes, %zu before", backend->memory_used, before);
        cr_assert(opencl->scores == NULL && opencl->rights == NULL && opencl->row_cost == NULL);
    }
    OK(backend->ops->scores_reserve(backend, 4, 8, 32, error));
    clmlp_device_close(device);
}
