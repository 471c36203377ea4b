/* faults.h - kernels with a fault built in. */
#ifndef TEST_FAULTS_H
#define TEST_FAULTS_H

/* Copy the kernels into a new folder with `from` replaced by `to` wherever it is in one file, and have the
 * library read them there (CLMLP_KERNEL_DIR). Fails the test where `from` is not in it any more. */
void plant_fault(const char *name, const char *file, const char *from, const char *to);

/* The same with `head` in front of the file; NULL: nothing. */
void plant_fault_below(const char *name, const char *file, const char *head, const char *from, const char *to);

#endif
