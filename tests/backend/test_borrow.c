/* test_borrow.c - matrices in the host's hands: what it finds there, what becomes of its changes, and the order of that
 * and of what is enqueued before and after. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "backend/opencl/borrow.h"
#include "backend/probe/probe.h"
#include "base/clock.h"
#include "networks.h"
#include "reference.h"

/* s_out, and s_in: 1, and around vectors, tiles and panels */
static const size_t sides[] = {1, 2, 31, 32, 33, 63, 64, 65, 257};
enum { SIDES = sizeof sides / sizeof *sides };

/* How the matrices come to the host. */
typedef enum way { USUAL, PINNED, PLAIN_MEMORY, WAYS } way;

static const struct {
    const char *spec, *family;
} places[] = {{"cpu", NULL}, {"opencl+native", "cpu"}, {"opencl+native", "gpu"}, {"opencl+clblast", NULL}};
enum { PLACES = sizeof places / sizeof *places };

typedef struct subject {
    clmlp_device *device;
    clmlp_backend *backend;
    const clmlp_backend_ops *ops;
    way how;
    char name[64];
} subject;

/* The layer that lets a device say that it has memory of its own is there, in a test of its own. */
static bool pretends(void)
{
    return getenv("CLMLP_TEST_PRETENDS") != NULL;
}

/* False: it is no place to test at, here. */
static bool open_place(subject *s, size_t place, clmlp_precision precision, way how)
{
    const char *const family = places[place].family, *const tiles = getenv("CLMLP_NATIVE_TILES");
    const bool opencl = place > 0;
    if ((how != USUAL) != pretends() || (pretends() && !opencl)) return false;
    if (tiles != NULL && tiles[0] != '\0') { /* of one family, which the environment names, too */
        if (family == NULL || strcmp(family, getenv("CLMLP_NATIVE_FAMILY")) != 0) return false;
    } else {
        cr_assert_eq(family != NULL ? setenv("CLMLP_NATIVE_FAMILY", family, 1) : unsetenv("CLMLP_NATIVE_FAMILY"), 0);
    }
    if (pretends()) cr_assert_eq(setenv("CLMLP_PRETEND", "unified=0", 1), 0);
    s->device = open_device(places[place].spec, precision, 0);
    OK(clmlp_backend_choose(s->device->backend, NULL, error));
    s->backend = s->device->backend;
    s->ops = s->backend->ops;
    s->how = how;
    if (s->ops->probes != NULL) s->ops->probes->guard(s->backend, true);
    (void)snprintf(s->name, sizeof s->name, "%s %s %s, way %d", places[place].spec, family != NULL ? family : "",
                   clmlp_precision_name(precision), (int)how);
    return true;
}

/* No byte around the matrices was written to. */
static void close_place(subject *s)
{
    char where[256] = "";
    bool broken = false;
    if (s->ops->probes != NULL) {
        OK(s->ops->probes->guards_broken(s->backend, &broken, where, sizeof where, error));
        s->ops->probes->guard(s->backend, false);
    }
    cr_assert(!broken, "%s: %s", s->name, where);
    clmlp_device_close(s->device);
}

/* For each place, precision and way. */
#define FOR_SUBJECTS(s)                                                                               \
    for (size_t p_ = 0; p_ < PLACES * CLMLP_PRECISION_COUNT * WAYS; p_++)                               \
        for (bool once_ = open_place(&(s), p_ % PLACES, (clmlp_precision)(p_ / PLACES % 2),             \
                                     (way)(p_ / PLACES / CLMLP_PRECISION_COUNT));                       \
             once_; close_place(&(s)), once_ = false)

/* Numbers of the backend's precision. */
static void set_number(const subject *s, void *values, size_t i, double value)
{
    if (s->backend->precision == CLMLP_F64) ((double *)values)[i] = value;
    else ((float *)values)[i] = (float)value;
}

static double number(const subject *s, const void *values, size_t i)
{
    return s->backend->precision == CLMLP_F64 ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

static void put(const subject *s, clmlp_tensor *tensor, const matrix *m)
{
    double *const values = calloc(m->rows * m->columns, sizeof *values);
    for (size_t i = 0; i < m->rows * m->columns; i++) set_number(s, values, i, m->values[i]);
    OK(s->ops->tensor_write(s->backend, tensor, 0, m->rows, values, error));
    free(values);
}

static clmlp_tensor *make(const subject *s, clmlp_tensor_kind kind, const matrix *m)
{
    clmlp_tensor *tensor = NULL;
    OK(clmlp_tensor_create(s->backend, kind, m->rows, m->columns, "a test", &tensor, error));
    put(s, tensor, m);
    return tensor;
}

static matrix random_matrix(const subject *s, size_t rows, size_t columns, unsigned stream)
{
    matrix m = matrix_create(rows, columns);
    matrix_randomize(&m, 11, stream, 1.0, s->backend->precision);
    return m;
}

static void check_read(const subject *s, const clmlp_tensor *tensor, const matrix *right, const char *what)
{
    double *const found = calloc(right->rows * right->columns, sizeof *found);
    OK(s->ops->tensor_read(s->backend, tensor, 0, right->rows, found, error));
    for (size_t i = 0; i < right->rows * right->columns; i++) {
        cr_assert_eq(number(s, found, i), right->values[i], "%s, %zu x %zu, %s: element %zu is %.17g, not %.17g",
                     s->name, right->rows, right->columns, what, i, number(s, found, i), right->values[i]);
    }
    free(found);
}

/* Where a loan says that element (j, i) is. */
static size_t place_of(const clmlp_loan *loan, size_t columns, size_t j, size_t i)
{
    const size_t row = !loan->bias_last ? i : i == 0 ? columns - 1 : i - 1;
    return j / loan->width * loan->panel + row * loan->row + j % loan->width;
}

/* All elements are where the loan says, and the rest is 0. */
static void check_loan(const subject *s, const clmlp_loan *loan, const matrix *right, clmlp_view view)
{
    const size_t columns = right->columns;
    bool *const used = calloc(loan->count, sizeof *used);
    if (view == CLMLP_VIEW_DENSE) {
        cr_assert(loan->count == right->rows * columns && loan->width == 1 && loan->panel == columns &&
                  loan->row == 1 && !loan->bias_last, "%s", s->name);
    }
    for (size_t j = 0; j < right->rows; j++) {
        for (size_t i = 0; i < columns; i++) {
            const size_t at = place_of(loan, columns, j, i);
            cr_assert(at < loan->count && !used[at], "%s, %zu x %zu: (%zu, %zu) at %zu of %zu", s->name, right->rows,
                      columns, j, i, at, loan->count);
            used[at] = true;
            cr_assert_eq(number(s, loan->values, at), right->values[j * columns + i],
                         "%s, %zu x %zu, view %d: (%zu, %zu) is %.17g, not %.17g", s->name, right->rows, columns,
                         (int)view, j, i, number(s, loan->values, at), right->values[j * columns + i]);
        }
    }
    for (size_t at = 0; at < loan->count; at++) {
        cr_assert(used[at] || number(s, loan->values, at) == 0.0, "%s, %zu x %zu: padding at %zu is %g", s->name,
                  right->rows, columns, at, number(s, loan->values, at));
    }
    free(used);
}

static clmlp_loan borrow(const subject *s, clmlp_tensor *tensor, clmlp_view view)
{
    clmlp_loan loan = {.values = NULL};
    const uint64_t largest = s->backend->largest_buffer;
    if (s->how == PLAIN_MEMORY) s->backend->largest_buffer = 0; /* no pinned memory is that small */
    OK(s->ops->borrow_begin(s->backend, tensor, error));
    s->backend->largest_buffer = largest;
    OK(s->ops->borrow_wait(s->backend, tensor, view, &loan, error));
    return loan;
}

/* Put other numbers there, by the loan's own word. */
static void change(const subject *s, const clmlp_loan *loan, const matrix *to)
{
    for (size_t j = 0; j < to->rows; j++) {
        for (size_t i = 0; i < to->columns; i++) {
            set_number(s, loan->values, place_of(loan, to->columns, j, i), to->values[j * to->columns + i]);
        }
    }
}

/* In memory of the caller, where the device shares that: written, lent and changed there, and left alone afterwards. */
Test(borrow, a_matrix_lies_where_it_is_placed)
{
    enum { LARGE = 1 << 16 };
    subject s;
    FOR_SUBJECTS(s) {
        matrix first = random_matrix(&s, 65, 33, 40), second = random_matrix(&s, 65, 33, 41);
        clmlp_tensor *tensor = NULL;
        /* guarded matrices stay between their zones */
        if (s.ops->probes != NULL) s.ops->probes->guard(s.backend, false);
        tensor = make(&s, CLMLP_TENSOR_THETA_ONE_WAY, &first);
        const size_t bytes = (tensor->bytes + LARGE - 1) / LARGE * LARGE;
        unsigned char *const memory = aligned_alloc(LARGE, bytes + LARGE);
        cr_assert_not_null(memory);
        memset(memory, 0, bytes);
        memset(memory + tensor->bytes, 77, bytes + LARGE - tensor->bytes);
        const bool placed = s.ops->tensor_place(s.backend, tensor, memory);
        cr_assert_eq(placed, !pretends(), "%s", s.name);
        if (placed) put(&s, tensor, &second);
        check_read(&s, tensor, placed ? &second : &first, "where it is placed");
        clmlp_loan loan = borrow(&s, tensor, CLMLP_VIEW_AS_IT_LIES);
        if (placed) cr_assert(loan.values == memory, "%s: it is lent elsewhere", s.name);
        check_loan(&s, &loan, placed ? &second : &first, CLMLP_VIEW_AS_IT_LIES);
        change(&s, &loan, &first);
        OK(s.ops->borrow_end(s.backend, tensor, true, error));
        check_read(&s, tensor, &first, "changed where it is placed");
        const size_t end = tensor->bytes;
        clmlp_tensor_destroy(s.backend, tensor);
        for (size_t i = end; i < bytes + LARGE; i++) cr_assert_eq(memory[i], 77, "%s: byte %zu", s.name, i);
        free(memory);
        matrix_free(&first), matrix_free(&second);
    }
}

/* to := from, enqueued. */
static void enqueue_copy(const subject *s, const clmlp_tensor *from, clmlp_tensor *to)
{
    const clmlp_combine_args args = {.a = {1.0, NO_SUM}, .x = from, .result = to};
    OK(s->ops->combine(s->backend, &args, error));
}

/* delta theta without column 0, with a linear layer: what a copy of theta is for. */
static void check_passes_back(const subject *s, const clmlp_tensor *theta, const clmlp_tensor *written)
{
    enum { M = 3 };
    const size_t s_out = theta->rows, s_in = theta->columns - 1;
    matrix deltas = random_matrix(s, M, s_out, 30), a = matrix_create(M, s_in), out = matrix_create(M, s_in);
    clmlp_tensor *const next = make(s, CLMLP_TENSOR_MATRIX, &deltas), *const layer = make(s, CLMLP_TENSOR_LAYER, &a);
    clmlp_tensor *const delta = make(s, CLMLP_TENSOR_MATRIX, &out);
    clmlp_hidden_args hidden = {.M = M, .s_in = s_in, .s_out = s_out, .delta_next = next, .theta = written, .a = layer,
                                .delta = delta, .activation = CLMLP_LINEAR};
    double *const values = calloc(M * s_in, sizeof *values);
    OK(s->ops->hidden_delta(s->backend, &hidden, error));
    OK(s->ops->tensor_read(s->backend, delta, 0, M, values, error));
    for (size_t i = 0; i < M * s_in; i++) out.values[i] = number(s, values, i);
    hidden.theta = theta;
    OK(s->ops->hidden_delta(s->backend, &hidden, error));
    check_read(s, delta, &out, "a delta that was passed back");
    free(values);
    clmlp_tensor_destroy(s->backend, next), clmlp_tensor_destroy(s->backend, layer);
    clmlp_tensor_destroy(s->backend, delta);
    matrix_free(&deltas), matrix_free(&a), matrix_free(&out);
}

/* One matrix, lent twice: unchanged, and changed. */
static void check_lent(subject *s, clmlp_tensor_kind kind, size_t rows, size_t columns, clmlp_view view)
{
    matrix first = random_matrix(s, rows, columns, 1), second = random_matrix(s, rows, columns, 2);
    clmlp_tensor *const theta = make(s, kind, &first), *const other = make(s, kind, &first);
    clmlp_loan loan = borrow(s, theta, view), again = loan;
    check_loan(s, &loan, &first, view);
    OK(s->ops->borrow_end(s->backend, theta, false, error));
    check_read(s, theta, &first, "after a loan");
    loan = borrow(s, theta, view);
    change(s, &loan, &second);
    OK(s->ops->borrow_wait(s->backend, theta, view, &again, error));
    cr_assert(again.values == loan.values && again.count == loan.count, "%s: another loan", s->name);
    OK(s->ops->borrow_end(s->backend, theta, true, error));
    enqueue_copy(s, theta, other); /* what is enqueued behind the end sees what was changed */
    check_read(s, other, &second, "behind a change");
    check_read(s, theta, &second, "after a change");
    if (kind == CLMLP_TENSOR_THETA && columns > 1) {
        put(s, other, &second);
        check_passes_back(s, theta, other);
    }
    loan = borrow(s, theta, view);
    check_loan(s, &loan, &second, view);
    OK(s->ops->borrow_end(s->backend, theta, false, error));
    clmlp_tensor_destroy(s->backend, theta), clmlp_tensor_destroy(s->backend, other);
    matrix_free(&first), matrix_free(&second);
}

Test(borrow, lends_what_is_there_and_takes_what_was_changed, .timeout = 600)
{
    subject s;
    FOR_SUBJECTS(s) {
        for (size_t i = 0; i < SIDES * SIDES; i++) {
            const size_t rows = sides[i / SIDES], columns = sides[i % SIDES] + 1;
            const clmlp_view view = i % 2 == 0 ? CLMLP_VIEW_DENSE : CLMLP_VIEW_AS_IT_LIES;
            check_lent(&s, CLMLP_TENSOR_THETA_ONE_WAY, rows, columns, view);
            check_lent(&s, CLMLP_TENSOR_THETA, rows, columns, (clmlp_view)(1 - (int)view));
        }
    }
}

/* Gradients as the equation leaves them, in both views. */
Test(borrow, lends_gradients)
{
    enum { M = 7 };
    subject s;
    FOR_SUBJECTS(s) {
        for (size_t i = 0; i < SIDES; i++) {
            const size_t s_out = sides[i], s_in = sides[SIDES - 1 - i], count = s_out * (s_in + 1);
            matrix deltas = random_matrix(&s, M, s_out, 1), units = random_matrix(&s, M, s_in, 2);
            matrix weights = random_matrix(&s, s_out, s_in + 1, 3), found = matrix_create(s_out, s_in + 1);
            clmlp_tensor *const delta = make(&s, CLMLP_TENSOR_MATRIX, &deltas);
            clmlp_tensor *const a = make(&s, CLMLP_TENSOR_LAYER, &units);
            clmlp_tensor *const theta = make(&s, CLMLP_TENSOR_THETA, &weights);
            clmlp_tensor *const gradient = make(&s, CLMLP_TENSOR_THETA_ONE_WAY, &weights);
            const clmlp_gradient_args args = {.M = M, .divisor = M, .s_in = s_in, .s_out = s_out, .delta = delta,
                                              .a = a, .theta = theta, .decay = 0.125, .gradient = gradient};
            double *const values = calloc(count, sizeof *values);
            OK(s.ops->gradient(s.backend, &args, error));
            OK(s.ops->tensor_read(s.backend, gradient, 0, s_out, values, error));
            for (size_t k = 0; k < count; k++) found.values[k] = number(&s, values, k);
            for (int view = 0; view < 2; view++) {
                const clmlp_loan loan = borrow(&s, gradient, (clmlp_view)view);
                check_loan(&s, &loan, &found, (clmlp_view)view);
                OK(s.ops->borrow_end(s.backend, gradient, false, error));
            }
            free(values);
            clmlp_tensor_destroy(s.backend, delta), clmlp_tensor_destroy(s.backend, a);
            clmlp_tensor_destroy(s.backend, theta), clmlp_tensor_destroy(s.backend, gradient);
            matrix_free(&deltas), matrix_free(&units), matrix_free(&weights), matrix_free(&found);
        }
    }
}

/* --- order, with gates in the queue of the computation ------------------------------------------------------------ */

enum { ROWS = 33, COLUMNS = 18 };

static cl_event close_gate(const subject *s)
{
    cl_int code = CL_SUCCESS;
    clmlp_opencl *const opencl = (clmlp_opencl *)s->backend;
    const cl_event gate = clCreateUserEvent(opencl->context, &code);
    cr_assert_eq(code, CL_SUCCESS);
    cr_assert_eq(clEnqueueBarrierWithWaitList(opencl->queue, 1, &gate, NULL), CL_SUCCESS);
    return gate;
}

static void open_gate(cl_event gate)
{
    cr_assert_eq(clSetUserEventStatus(gate, CL_COMPLETE), CL_SUCCESS);
    cr_assert_eq(clReleaseEvent(gate), CL_SUCCESS);
}

/* Whether a command is done within the time that it takes without order, many times over. */
static bool is_done_early(cl_event event)
{
    cl_int state = CL_QUEUED;
    for (const double began = clmlp_seconds(); state != CL_COMPLETE && clmlp_seconds() - began < 0.05;) {
        cr_assert_eq(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL), CL_SUCCESS);
    }
    return state == CL_COMPLETE;
}

/* The numbers are those of the work before begin, however late the device does it. */
Test(borrow, begins_after_what_was_enqueued_before)
{
    subject s;
    FOR_SUBJECTS(s) {
        if (p_ % PLACES == 0) continue;
        matrix old = random_matrix(&s, ROWS, COLUMNS, 1), new = random_matrix(&s, ROWS, COLUMNS, 2);
        clmlp_tensor *const theta = make(&s, CLMLP_TENSOR_THETA_ONE_WAY, &old);
        clmlp_tensor *const from = make(&s, CLMLP_TENSOR_THETA_ONE_WAY, &new);
        clmlp_loan loan = {.values = NULL};
        const cl_event gate = close_gate(&s);
        enqueue_copy(&s, from, theta);
        OK(s.ops->borrow_begin(s.backend, theta, error));
        cr_assert(!is_done_early(((const clmlp_opencl_tensor *)theta)->loan->moved), "%s: too early", s.name);
        open_gate(gate);
        OK(s.ops->borrow_wait(s.backend, theta, CLMLP_VIEW_DENSE, &loan, error));
        check_loan(&s, &loan, &new, CLMLP_VIEW_DENSE);
        OK(s.ops->borrow_end(s.backend, theta, false, error));
        clmlp_tensor_destroy(s.backend, theta), clmlp_tensor_destroy(s.backend, from);
        matrix_free(&old), matrix_free(&new);
    }
}

/* What is enqueued behind begin is not waited for; behind end it waits for what was changed. */
Test(borrow, runs_beside_what_is_enqueued_behind)
{
    subject s;
    FOR_SUBJECTS(s) {
        if (p_ % PLACES == 0) continue;
        matrix old = random_matrix(&s, ROWS, COLUMNS, 1), new = random_matrix(&s, ROWS, COLUMNS, 2);
        clmlp_tensor *const theta = make(&s, CLMLP_TENSOR_THETA, &old);
        clmlp_tensor *const copy = make(&s, CLMLP_TENSOR_THETA_ONE_WAY, &old);
        clmlp_tensor *const other = make(&s, CLMLP_TENSOR_THETA_ONE_WAY, &new);
        clmlp_loan loan = {.values = NULL};
        OK(s.ops->borrow_begin(s.backend, theta, error));
        const cl_event gate = close_gate(&s);
        enqueue_copy(&s, copy, other);
        OK(s.ops->borrow_wait(s.backend, theta, CLMLP_VIEW_DENSE, &loan, error)); /* it hangs where it waits for more */
        check_loan(&s, &loan, &old, CLMLP_VIEW_DENSE);
        change(&s, &loan, &new);
        OK(s.ops->borrow_end(s.backend, theta, true, error));
        enqueue_copy(&s, theta, copy);
        /* the next loan is of what comes between */
        enqueue_copy(&s, other, theta);
        OK(s.ops->borrow_begin(s.backend, theta, error));
        open_gate(gate);
        OK(s.ops->borrow_wait(s.backend, theta, CLMLP_VIEW_DENSE, &loan, error));
        check_loan(&s, &loan, &old, CLMLP_VIEW_DENSE);
        OK(s.ops->borrow_end(s.backend, theta, false, error));
        check_read(&s, copy, &new, "behind a change");
        clmlp_tensor_destroy(s.backend, theta), clmlp_tensor_destroy(s.backend, copy);
        clmlp_tensor_destroy(s.backend, other);
        matrix_free(&old), matrix_free(&new);
    }
}

/* A change has the queue of the computation wait even where it arrives late. */
Test(borrow, changes_come_before_what_is_enqueued_behind)
{
    subject s;
    FOR_SUBJECTS(s) {
        if (p_ % PLACES == 0) continue;
        clmlp_opencl *const opencl = (clmlp_opencl *)s.backend;
        matrix old = random_matrix(&s, ROWS, COLUMNS, 1), new = random_matrix(&s, ROWS, COLUMNS, 2);
        clmlp_tensor *const theta = make(&s, CLMLP_TENSOR_THETA_ONE_WAY, &old);
        clmlp_tensor *const copy = make(&s, CLMLP_TENSOR_THETA_ONE_WAY, &old);
        cl_int code = CL_SUCCESS;
        const clmlp_loan loan = borrow(&s, theta, CLMLP_VIEW_AS_IT_LIES);
        change(&s, &loan, &new);
        const cl_event gate = clCreateUserEvent(opencl->context, &code);
        cr_assert_eq(code, CL_SUCCESS);
        cr_assert_eq(clEnqueueBarrierWithWaitList(opencl->transfer, 1, &gate, NULL), CL_SUCCESS);
        OK(s.ops->borrow_end(s.backend, theta, true, error));
        enqueue_copy(&s, theta, copy);
        OK(s.ops->flush(s.backend, error));
        cl_event copied = NULL;
        cr_assert_eq(clEnqueueMarkerWithWaitList(opencl->queue, 0, NULL, &copied), CL_SUCCESS);
        cr_assert_eq(clFlush(opencl->queue), CL_SUCCESS);
        cr_assert(!is_done_early(copied), "%s: the change was not waited for", s.name);
        cr_assert_eq(clReleaseEvent(copied), CL_SUCCESS);
        open_gate(gate);
        check_read(&s, copy, &new, "behind a change");
        clmlp_tensor_destroy(s.backend, theta), clmlp_tensor_destroy(s.backend, copy);
        matrix_free(&old), matrix_free(&new);
    }
}

/* --- calls in another order --------------------------------------------------------------------------------------- */

Test(borrow, refuses_what_makes_no_loan)
{
    subject s;
    FOR_SUBJECTS(s) {
        if (p_ % PLACES == 0) continue; /* the CPU path keeps no state */
        matrix values = random_matrix(&s, ROWS, COLUMNS, 1);
        clmlp_tensor *const theta = make(&s, CLMLP_TENSOR_THETA, &values);
        clmlp_error said = {.message = ""};
        clmlp_loan loan = {.values = NULL};
        cr_assert_eq(s.ops->borrow_wait(s.backend, theta, CLMLP_VIEW_DENSE, &loan, &said), CLMLP_BAD_ARGUMENT);
        cr_assert_not_null(strstr(said.message, "not lent"), "%s", said.message);
        OK(s.ops->borrow_end(s.backend, theta, true, error));
        OK(s.ops->borrow_begin(s.backend, theta, error));
        cr_assert_eq(s.ops->borrow_begin(s.backend, theta, &said), CLMLP_BAD_ARGUMENT);
        cr_assert_not_null(strstr(said.message, "lent already"), "%s", said.message);
        OK(s.ops->borrow_end(s.backend, theta, true, error)); /* nobody waited: nobody can have changed it */
        check_read(&s, theta, &values, "after a loan that nobody waited for");
        OK(s.ops->borrow_begin(s.backend, theta, error));
        clmlp_tensor_destroy(s.backend, theta);
        matrix_free(&values);
    }
}
