/* test_vote.c - votes: who is wrong, and for which product. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "model/model.h"
#include "networks.h"
#include "verify/vote/vote.h"

/* --- the verdict from votes -------------------------------------------------------------------------------------- */

enum { MANY = 32 }; /* voters at the most */

/* One letter a voter: r right, w wrong, n no vote. Devices one after the other, native and clblast of each; the CPU
 * path first. */
static clmlp_vote_result election(const char *votes)
{
    static clmlp_voter voters[MANY];
    clmlp_vote_result result = {.voters = voters};
    memset(voters, 0, sizeof voters);
    for (size_t i = 0; votes[i] != '\0'; i++) {
        clmlp_voter *const voter = &result.voters[result.count++];
        const size_t device = (i + 1) / 2;
        (void)snprintf(voter->device.spec, sizeof voter->device.spec, i == 0 ? "cpu" : "opencl:%zu.0", device);
        (void)snprintf(voter->device.name, sizeof voter->device.name, i == 0 ? "Host" : "Device %c",
                       (char)('A' + device - 1));
        (void)snprintf(voter->device.type, sizeof voter->device.type, i == 0 ? "host" : "GPU");
        voter->engine = i == 0 ? CLMLP_ENGINE_AUTO : i % 2 == 1 ? CLMLP_ENGINE_NATIVE : CLMLP_ENGINE_CLBLAST;
        voter->opened = votes[i] != 'n';
        voter->passed = votes[i] == 'r';
    }
    clmlp_vote_conclude(&result);
    return result;
}

typedef struct verdict {
    const char *votes;
    clmlp_blame blame;
    const char *words; /* in the verdict */
} verdict;

static const verdict verdicts[] = {
    {"rrr", CLMLP_BLAME_NOTHING, "all agree: 2 votes of 1 OpenCL device, and the CPU path"},
    {"rrrrr", CLMLP_BLAME_NOTHING, "4 votes of 2 OpenCL devices"},
    {"r", CLMLP_BLAME_NOTHING, "0 votes of 0 OpenCL devices"},
    {"rnn", CLMLP_BLAME_NOTHING, "0 votes of 0 OpenCL devices"},
    {"rwr", CLMLP_BLAME_KERNEL, "wrong Device A with native"},
    {"rrw", CLMLP_BLAME_KERNEL, "(only one OpenCL device voted): wrong Device A with clblast"},
    {"rww", CLMLP_BLAME_DEVICE, "wrong Device A with native, Device A with clblast"},
    {"rwn", CLMLP_BLAME_BOTH, "wrong Device A with native"},
    {"rwrwr", CLMLP_BLAME_KERNEL, "wrong Device A with native, Device B with native"},
    {"rrwrw", CLMLP_BLAME_KERNEL, "wrong Device A with clblast, Device B with clblast"},
    {"rwwww", CLMLP_BLAME_KERNEL, "on every device"},
    {"rwwrr", CLMLP_BLAME_DEVICE, "wrong Device A with native, Device A with clblast"},
    {"rrrww", CLMLP_BLAME_DEVICE, "wrong Device B with native, Device B with clblast"},
    {"rwrrr", CLMLP_BLAME_BOTH, "wrong Device A with native"},
    {"rrrrw", CLMLP_BLAME_BOTH, "wrong Device B with clblast"},
    {"rwwwr", CLMLP_BLAME_BOTH, "wrong Device A with native, Device A with clblast, Device B with native"},
    {"rwrwn", CLMLP_BLAME_KERNEL, "wrong Device A with native, Device B with native"},
    {"rwrnn", CLMLP_BLAME_KERNEL, "wrong Device A with native"},
    {"rwnwn", CLMLP_BLAME_KERNEL, "on every device"},
    {"rwwrrrr", CLMLP_BLAME_DEVICE, "wrong Device A"},
    {"rwwrrww", CLMLP_BLAME_DEVICE, "wrong Device A with native, Device A with clblast, Device C with native"},
    {"wrr", CLMLP_BLAME_DEVICE, "the CPU path in this precision"},
    {"wrw", CLMLP_BLAME_DEVICE, "wrong Host with cblas, Device A with clblast"},
};

Test(vote, blames_the_kernel_or_the_device_or_both)
{
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        const clmlp_vote_result result = election(verdicts[i].votes);
        cr_assert_eq(result.blame, verdicts[i].blame, "%s: %d, %s", verdicts[i].votes, (int)result.blame,
                     result.verdict);
        cr_assert_not_null(strstr(result.verdict, verdicts[i].words), "%s: %s", verdicts[i].votes, result.verdict);
    }
}

Test(vote, cuts_a_verdict_that_is_too_long)
{
    char votes[MANY + 1] = "r";
    memset(votes + 1, 'w', MANY - 1);
    const clmlp_vote_result result = election(votes);
    cr_assert_eq(result.count, MANY);
    cr_assert_lt(strlen(result.verdict), sizeof result.verdict);
}

/* What no product computes, on a device that is not there: nobody is to ask it. */
Test(vote, asks_for_no_product_where_a_finding_is_about_none)
{
    clmlp_dataset *const data = random_data(5, 3, 2, CLMLP_OUTPUT_SIGMOID, 3);
    clmlp_model *const model = model_for(data, (size_t[]){4}, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 5);
    size_t looked_at = 0;
    for (int quantity = 0; quantity < CLMLP_QUANTITY_COUNT; quantity++) {
        for (size_t layer = 2; layer <= model->L; layer++) {
            const bool is_product = quantity == CLMLP_QUANTITY_Z || quantity == CLMLP_QUANTITY_GRADIENT ||
                                    quantity == CLMLP_QUANTITY_THETA ||
                                    (quantity == CLMLP_QUANTITY_DELTA && layer < model->L);
            clmlp_voter voter = {.failure = {.quantity = (clmlp_quantity)quantity, .layer = layer}};
            if (is_product) continue;
            OK(clmlp_vote_narrow(&voter, NULL, model, 5, error));
            cr_assert(voter.gemm_m == 0 && voter.gemm_n == 0 && voter.gemm_k == 0);
            looked_at++;
        }
    }
    cr_assert_gt(looked_at, 4);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* --- on the devices there are ------------------------------------------------------------------------------------ */

static const clmlp_vote_result *hold(clmlp_precision precision, size_t M)
{
    const size_t hidden[] = {11};
    clmlp_dataset *data = random_data(M, 9, 5, CLMLP_OUTPUT_SIGMOID, 3);
    clmlp_model *model = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_verify_config config = clmlp_verify_config_default();
    clmlp_vote_result *result = NULL;
    config.steps = 2;
    config.batch = 0;
    config.lambda = 0.25;
    OK(clmlp_verify_vote(model, data, precision, &config, &result, error));
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    return result;
}

static const clmlp_voter *voter_of(const clmlp_vote_result *result, const char *type_or_platform, clmlp_engine engine)
{
    for (size_t i = 0; i < result->count; i++) {
        const clmlp_voter *const voter = &result->voters[i];
        if (voter->engine == engine && (strcmp(voter->device.type, type_or_platform) == 0 ||
                                        strstr(voter->device.platform, type_or_platform) != NULL)) {
            return voter;
        }
    }
    cr_assert_fail("there is no %s with %s", type_or_platform, clmlp_engine_name(engine));
    return NULL;
}

Test(vote, finds_everybody_agreed)
{
    for (int precision = 0; precision < 2; precision++) {
        const clmlp_vote_result *result = hold(precision ? CLMLP_F64 : CLMLP_F32, 33);
        cr_assert_eq(result->blame, CLMLP_BLAME_NOTHING, "%s", result->verdict);
        cr_assert_geq(result->count, 3);
        for (size_t i = 0; i < result->count; i++) {
            const clmlp_voter *const voter = &result->voters[i];
            cr_assert(voter->opened, "%s %s: %s", voter->device.spec, clmlp_engine_name(voter->engine), voter->why);
            cr_assert(voter->passed);
        }
        cr_assert_str_eq(result->voters[0].device.spec, "cpu");
    }
}

/* The smallest product: of one row, one column, and two terms, of which the last, the bias, is left out; and where rows
 * from the ninth on are not computed, of as many rows as make another tile. */
Test(vote, narrows_a_wrong_kernel_down_to_the_smallest_product)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    plant_fault("vote", "native_cpu/output.cl", "size_t left = args->s_in;", "size_t left = args->s_in - 1;");
    const clmlp_vote_result *result = hold(CLMLP_F32, 33);
    const clmlp_voter *voter = voter_of(result, "CPU", CLMLP_ENGINE_NATIVE);
    cr_assert_eq(result->blame, CLMLP_BLAME_KERNEL, "%s", result->verdict);
    cr_assert_not(voter->passed);
    cr_assert(voter_of(result, "CPU", CLMLP_ENGINE_CLBLAST)->passed);
    cr_assert_eq(voter->failure.quantity, CLMLP_QUANTITY_Z);
    cr_assert_eq(voter->failure.layer, 3); /* a(1) is read in another way */
    cr_assert(voter->gemm_m == 1 && voter->gemm_n == 1 && voter->gemm_k == 2, "%zu x %zu x %zu", voter->gemm_m,
              voter->gemm_n, voter->gemm_k);
    cr_assert_not_null(strstr(result->verdict, "(product of M 1, N 1, K 2)"), "%s", result->verdict);

    plant_fault("vote", "native_cpu/layers.cl", "EACH_STEP(2, k, 0, K,", "EACH_STEP(2, k, 0, (K) - 1,");
    result = hold(CLMLP_F32, 33);
    voter = voter_of(result, "CPU", CLMLP_ENGINE_NATIVE);
    cr_assert_eq(voter->failure.layer, 2);
    cr_assert(voter->gemm_m == 1 && voter->gemm_n == 1 && voter->gemm_k == 2, "%zu x %zu x %zu", voter->gemm_m,
              voter->gemm_n, voter->gemm_k);

    plant_fault("vote", "native_cpu/layers.cl",
                "if (m >= args->M) return;\n    __global const REAL *theta_at = IN_NR_PANEL(args->theta_t",
                "if (m >= args->M || m > 8) return;\n    __global const REAL *theta_at = IN_NR_PANEL(args->theta_t");
    result = hold(CLMLP_F32, 33);
    voter = voter_of(result, "CPU", CLMLP_ENGINE_NATIVE);
    cr_assert_not(voter->passed);
    cr_assert(voter->gemm_m > 9 && voter->gemm_m <= 17, "M %zu", voter->gemm_m);
    cr_assert(voter->gemm_n == 1 && voter->gemm_k == 2, "N %zu, K %zu", voter->gemm_n, voter->gemm_k);

    plant_fault("vote", "native_cpu/descend.cl", "sum * SPLAT(args->scale)", "sum");
    result = hold(CLMLP_F32, 33);
    voter = voter_of(result, "CPU", CLMLP_ENGINE_NATIVE);
    cr_assert_eq(voter->failure.quantity, CLMLP_QUANTITY_GRADIENT);
    /* without 1/M a batch of 1 is right */
    cr_assert(voter->gemm_m == 1 && voter->gemm_n == 2 && voter->gemm_k == 2, "%zu x %zu x %zu", voter->gemm_m,
              voter->gemm_n, voter->gemm_k);
}

Test(vote, names_no_product_where_it_is_none)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    plant_fault("vote-none", "native_cpu/layers.cl", "value = activation_v(args->code, acc[r][v])",
                "value = activation_v(args->code, acc[r][v]) * (REAL)1.001F");
    const clmlp_vote_result *result = hold(CLMLP_F32, 33);
    const clmlp_voter *const voter = voter_of(result, "CPU", CLMLP_ENGINE_NATIVE);
    cr_assert_not(voter->passed);
    cr_assert_eq(voter->failure.quantity, CLMLP_QUANTITY_A);
    cr_assert_eq(voter->gemm_m, 0);
}

Test(vote, leaves_out_who_cannot_take_part)
{
    plant_fault("vote-build", "native_cpu/layers.cl", "__kernel", "__kernel no such type");
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    const clmlp_vote_result *result = hold(CLMLP_F32, 7);
    const clmlp_voter *const voter = voter_of(result, "CPU", CLMLP_ENGINE_NATIVE);
    cr_assert_not(voter->opened);
    cr_assert_str_not_empty(voter->why);
    cr_assert_eq(result->blame, CLMLP_BLAME_NOTHING, "%s", result->verdict);
}

Test(vote, is_an_error_where_the_question_is)
{
    clmlp_dataset *data = random_data(9, 4, 2, CLMLP_OUTPUT_SIGMOID, 3);
    clmlp_model *model = model_for(data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_verify_config config = clmlp_verify_config_default();
    clmlp_vote_result *result = NULL;
    clmlp_error why = {.message = ""};
    config.batch = 10;
    cr_assert_eq(clmlp_verify_vote(model, data, CLMLP_F32, &config, &result, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, "10"), "%s", why.message);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* --- with two platforms: PoCL, and Oclgrind's simulated device ------------------------------------------------- */

/* Run by a test of its own, which has both drivers loaded. */
static void need_both(void)
{
    if (getenv("CLMLP_TEST_TWO_PLATFORMS") == NULL) cr_skip_test("with two platforms only");
}

Test(vote_of_two, finds_everybody_agreed)
{
    need_both();
    const clmlp_vote_result *result = hold(CLMLP_F32, 17);
    cr_assert_eq(result->blame, CLMLP_BLAME_NOTHING, "%s", result->verdict);
    cr_assert_not_null(strstr(result->verdict, "4 votes of 2 OpenCL devices"), "%s", result->verdict);
}

Test(vote_of_two, blames_an_engine_that_is_wrong_on_both)
{
    need_both();
    plant_fault("vote-engine", "plain/activation.cl", "*= derivative", "*= (REAL)1.001F * derivative");
    const clmlp_vote_result *result = hold(CLMLP_F32, 17);
    cr_assert_eq(result->blame, CLMLP_BLAME_KERNEL, "%s", result->verdict);
    cr_assert_not(voter_of(result, "Portable", CLMLP_ENGINE_CLBLAST)->passed);
    cr_assert_not(voter_of(result, "Oclgrind", CLMLP_ENGINE_CLBLAST)->passed);
    cr_assert(voter_of(result, "Portable", CLMLP_ENGINE_NATIVE)->passed);
    cr_assert(voter_of(result, "Oclgrind", CLMLP_ENGINE_NATIVE)->passed);
}

/* Only Oclgrind's compiler says that it is OpenCL 1.2. */
#define WRONG_TANH_ON_OCLGRIND "#if __OPENCL_VERSION__ < 130\n#define tanh(x) ((x) * (REAL)0.9F)\n#endif\n"

Test(vote_of_two, blames_a_device_that_is_wrong_with_both_engines)
{
    need_both();
    plant_fault("vote-device", "common/real.h", "#define ZERO", WRONG_TANH_ON_OCLGRIND "#define ZERO");
    const clmlp_vote_result *result = hold(CLMLP_F32, 17);
    cr_assert_eq(result->blame, CLMLP_BLAME_DEVICE, "%s", result->verdict);
    cr_assert_not(voter_of(result, "Oclgrind", CLMLP_ENGINE_NATIVE)->passed);
    cr_assert_not(voter_of(result, "Oclgrind", CLMLP_ENGINE_CLBLAST)->passed);
    cr_assert(voter_of(result, "Portable", CLMLP_ENGINE_NATIVE)->passed);
}

Test(vote_of_two, blames_both_where_one_engine_is_wrong_on_one_device)
{
    need_both();
    plant_fault("vote-both", "common/vector.h", "#define SPLAT", WRONG_TANH_ON_OCLGRIND "#define SPLAT");
    const clmlp_vote_result *result = hold(CLMLP_F32, 17);
    cr_assert_eq(result->blame, CLMLP_BLAME_BOTH, "%s", result->verdict);
    cr_assert_not(voter_of(result, "Oclgrind", CLMLP_ENGINE_NATIVE)->passed);
    cr_assert(voter_of(result, "Oclgrind", CLMLP_ENGINE_CLBLAST)->passed);
    cr_assert(voter_of(result, "Portable", CLMLP_ENGINE_NATIVE)->passed);
}
