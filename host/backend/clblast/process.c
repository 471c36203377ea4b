/* process.c - CLBlast's parameters and programs, which are the whole process's, kept in order between threads. */
#include "backend/clblast/process.h"

#include <clblast_c.h>
#include <pthread.h>

#include "base/memory.h"

/* The only state of this library that outlives a device: it mirrors what CLBlast keeps. */
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static clmlp_clblast_choice *choices;

void clmlp_clblast_enter(void)
{
    (void)pthread_rwlock_rdlock(&lock);
}

void clmlp_clblast_leave(void)
{
    (void)pthread_rwlock_unlock(&lock);
}

void clmlp_clblast_lock(void)
{
    (void)pthread_rwlock_wrlock(&lock);
}

void clmlp_clblast_unlock(void)
{
    (void)pthread_rwlock_unlock(&lock);
}

clmlp_status clmlp_clblast_choice_of(cl_device_id device, clmlp_precision precision, clmlp_clblast_choice **out,
                                     clmlp_error *error)
{
    clmlp_clblast_choice *choice = choices;
    while (choice != NULL && (choice->device != device || choice->precision != precision)) choice = choice->next;
    if (choice == NULL) {
        TRY(clmlp_allocate(&choice, 1, sizeof *choice, "CLBlast's parameters", error));
        *choice = (clmlp_clblast_choice){.device = device, .precision = precision, .next = choices};
        choices = choice;
    }
    *out = choice;
    return CLMLP_OK;
}

void clmlp_clblast_release(clmlp_opencl *opencl)
{
    clmlp_clblast_lock();
    clmlp_clblast_choice *const choice = opencl->state;
    if (choice != NULL) choice->users--;
    opencl->state = NULL;
    /* CLBlast keeps the programs it built, and with them this context, until the process ends, and then releases them
     * after some runtimes have shut down (Oclgrind crashes) */
    (void)CLBlastClearCache();
    clmlp_clblast_unlock();
}
