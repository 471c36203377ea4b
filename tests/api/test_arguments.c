/* No public function crashes on an argument that is missing or out of range: each row of arguments.def is a call. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "networks.h"

static bool is_text(const char *found, const char *expected)
{
    return found != NULL && strcmp(found, expected) == 0;
}

static clmlp_status frees(clmlp_status status, clmlp_gradcheck_result *result)
{
    clmlp_free(result->layers);
    return status;
}

static clmlp_status frees_points(clmlp_status status, clmlp_find_rate_result *result)
{
    clmlp_free(result->points);
    return status;
}

/* What the rows name. */
static const double numbers[] = {0.25, 1.0, 0.0, 1.0, 0.5, 0.0, 1.0, 0.75};
static const size_t starts[] = {0, 1, 2};
static const uint32_t row_columns[] = {0, 1};
static const char *const names[] = {"no", "yes"}, *const hole[] = {"no", NULL};
static const char *const three_names[] = {"a", "b", "c"};
static const double *const pointers[] = {numbers, numbers}, *const no_pointers[] = {numbers, NULL};
static const unsigned labels[] = {0, 1, 1, 0};
static size_t counts[2];
static double taken[2];
static const size_t sizes[] = {2, 3};
static const char scratch[] = TEST_SCRATCH_DIR "/arguments.out";
static const clmlp_finding finding = {.equation = "forward"};
static double room[64];
static char letters[64];
static clmlp_dataset *data, *wide, *data_out, *rest_out;
static clmlp_columns *two_columns, *three_columns, *columns_out;
static clmlp_model *model, *regression, *model_out;
static clmlp_model_place *place, *place_out;
static clmlp_tensorboard *board;
static clmlp_text_place *text_place, *text_place_out;
static clmlp_file_kind file_kind;
static clmlp_description *described, *described_out;
static clmlp_column_summary column_summary = {.size = sizeof column_summary};
static clmlp_data_finding data_finding = {.size = sizeof data_finding};
static clmlp_model_file *model_file_out;
static clmlp_device *device, *device_out, *device_again;
static clmlp_trainer *trainer, *trainer_out;
static clmlp_score score;
static clmlp_session *session, *session_out;
static clmlp_inspector *inspector, *inspector_out;
static clmlp_ranks *ranks_out;
static clmlp_status status_out;
static clmlp_precision precision;
static clmlp_script script;
static clmlp_activation activation;
static clmlp_output output;
static clmlp_scale scale;
static clmlp_initialisation initialisation;
static clmlp_engine engine;
static clmlp_optimizer optimizer;
static clmlp_minimiser minimiser;
static clmlp_on_mismatch on_mismatch;
static size_t count;
static bool other;
static char *text;
static clmlp_device_info *infos;
static clmlp_kernel_time *times;
static clmlp_evaluation *evaluation, *evaluated;
static clmlp_metric metric;
static clmlp_bench_op *ops;
static clmlp_load_options bad_kind, bad_header, bad_delimiter, bad_decimal, bad_missing, bad_names, no_names;
static clmlp_load_options bad_outputs, no_outputs;
static clmlp_load_options bad_format, bad_base, bad_model_base;
static clmlp_load_options bad_columns, bad_values, bad_unseen, no_categories;
static clmlp_model_hints bad_activation, bad_output;
static clmlp_onnx_options bad_onnx;
static clmlp_script_options bad_script_kind, bad_script_precision, bad_script_optimizer;
static clmlp_c_options bad_c_precision, bad_c_name, no_c_name;
static clmlp_device_options on_cpu, bad_engine, bad_precision, nowhere;
static clmlp_train_config training, bad_optimizer, bad_schedule;
static clmlp_train_result trained = {.size = sizeof trained};
static clmlp_bench_config benching, bad_benching;
static clmlp_bench_step_result step = {.size = sizeof step};
static clmlp_bench_gemm_result gemm = {.size = sizeof gemm};
static clmlp_bench_peak_result peak = {.size = sizeof peak};
static clmlp_bench_link_result sums = {.size = sizeof sums};
static clmlp_bench_shares shares = {.size = sizeof shares};
static const clmlp_bench_shares some_shares = {.size = sizeof some_shares, .count = 1, .M = {1}, .alone = {1.0},
                                               .shared = {1.0}};
static clmlp_bench_setting setting, no_model_setting, no_shares_setting, bad_type_setting, bad_way_setting;
static clmlp_bench_setting bad_link_setting, bad_bucket_setting;
static clmlp_bench_prediction prediction = {.size = sizeof prediction};
static clmlp_tune_config no_tuning, bad_tuning;
static clmlp_tune_result *tuned;
static clmlp_find_rate_result swept = {.size = sizeof swept};
static clmlp_gradcheck_result gradients = {.size = sizeof gradients};
static clmlp_qualify_config no_time;
static clmlp_qualify_result card = {.size = sizeof card};
static clmlp_verify_config verifying, bad_verifying, bad_plan, bad_method;
static clmlp_verify_result verified = {.size = sizeof verified};
static clmlp_determinism_result same = {.size = sizeof same};
static clmlp_replay_result *replayed;
static clmlp_bundle_info bundle = {.size = sizeof bundle};
static clmlp_vote_result *vote;
static clmlp_self_check_config checking, bad_check;
static clmlp_startup startup = {.size = sizeof startup};
static clmlp_self_check_result checked = {.size = sizeof checked};

static void set_configurations(void)
{
    bad_kind = bad_header = bad_names = no_names = clmlp_load_options_default();
    bad_delimiter = bad_decimal = bad_missing = bad_values = bad_unseen = no_categories = bad_kind;
    bad_format = bad_base = bad_model_base = bad_kind;
    bad_onnx = clmlp_onnx_options_default();
    bad_onnx.input = CLMLP_ONNX_INPUT_COUNT;
    bad_c_precision = bad_c_name = no_c_name = clmlp_c_options_default();
    bad_c_precision.precision = CLMLP_PRECISION_COUNT;
    bad_c_name.name = "a__b";
    no_c_name.name = NULL;
    bad_script_kind = bad_script_precision = bad_script_optimizer = clmlp_script_options_default();
    bad_script_kind.kind = CLMLP_SCRIPT_COUNT;
    bad_script_optimizer.optimizer = CLMLP_OPTIMIZER_COUNT;
    bad_script_precision.precision = CLMLP_PRECISION_COUNT;
    bad_format.format = CLMLP_FORMAT_COUNT;
    bad_base.index_base = (clmlp_index_base)-1;
    bad_model_base.model_index_base = CLMLP_INDEX_BASE_COUNT;
    bad_values.missing_values = CLMLP_MISSING_VALUES_COUNT;
    bad_unseen.unseen = (clmlp_unseen)-1;
    no_categories.categorical = "1"; /* a model says which they are */
    no_categories.expected_features = 2;
    bad_delimiter.delimiter = CLMLP_DELIMITER_COUNT;
    bad_decimal.decimal = (clmlp_decimal)-1;
    bad_missing.missing_targets = (clmlp_missing_targets)7;
    bad_kind.target_kind = (clmlp_target_kind)9;
    bad_header.header = (clmlp_header)-1;
    bad_outputs = no_outputs = bad_names;
    bad_outputs.output_names = hole;
    bad_outputs.output_count = 2;
    no_outputs.output_names = names;
    bad_names.class_names = hole;
    bad_names.class_count = 2;
    no_names.class_names = names;
    bad_columns = clmlp_load_options_default();
    bad_columns.columns = two_columns;
    bad_columns.expected_features = 3;
    bad_activation = bad_output = clmlp_model_hints_default();
    bad_activation.has_activation = bad_output.has_output = true;
    bad_activation.activation = CLMLP_ACTIVATION_COUNT;
    bad_output.output = (clmlp_output)-1;
    on_cpu = clmlp_device_options_default();
    on_cpu.spec = "cpu";
    bad_engine = bad_precision = nowhere = on_cpu;
    bad_engine.engine = (clmlp_engine)9;
    bad_precision.precision = (clmlp_precision)9;
    nowhere.spec = "opencl:no such device";
    training = clmlp_train_config_default();
    training.epochs = training.batch = 1;
    bad_optimizer = training;
    bad_optimizer.optimizer = (clmlp_optimizer)-1;
    bad_schedule = training;
    bad_schedule.schedule.kind = (clmlp_schedule)-1;
    benching = bad_benching = clmlp_bench_config_default();
    bad_benching.optimizer = (clmlp_optimizer)-1;
    benching.seconds = 0.01;
    no_tuning = bad_tuning = clmlp_tune_config_default();
    no_tuning.seconds = 0.0;
    bad_tuning.engine = CLMLP_ENGINE_COUNT;
    no_time = clmlp_qualify_config_default();
    no_time.seconds = 0.0;
    verifying = clmlp_verify_config_default();
    verifying.batch = 2;
    bad_verifying = verifying;
    bad_verifying.optimizer = (clmlp_optimizer)9;
    bad_plan = verifying;
    bad_plan.schedule.kind = CLMLP_SCHEDULE_COUNT;
    bad_method = verifying;
    bad_method.minimiser = CLMLP_MINIMISER_COUNT;
    checking = clmlp_self_check_config_default();
    checking.every = 1;
    bad_check = checking;
    bad_check.on_mismatch = (clmlp_on_mismatch)9;
}

/* Two columns, one of them of texts, above real targets; the first column says nothing. */
static void describe(void)
{
    static const char path[] = TEST_SCRATCH_DIR "/arguments.csv";
    FILE *const file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs("x,c,y\n1,a,0.5\n1,b,1.5\n", file), 0);
    cr_assert_eq(fclose(file), 0);
    OK(clmlp_describe(&described, path, NULL, NULL, error));
}

static void set_up(void)
{
    describe();
    OK(clmlp_columns_create(&two_columns, names, 2, error));
    OK(clmlp_columns_create(&three_columns, three_names, 3, error));
    set_configurations();
    OK(clmlp_dataset_create_classes(&data, 4, 2, numbers, 2, names, labels, error));
    OK(clmlp_model_create(&regression, 2, sizes, CLMLP_LINEAR, CLMLP_OUTPUT_LINEAR, 1, error));
    OK(clmlp_dataset_create(&wide, 2, 3, numbers, 1, numbers, error));
    OK(clmlp_model_create_for(&model, data, (size_t[]){3}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 1, error));
    setting = clmlp_bench_setting_default();
    setting.model = model;
    setting.shares = &some_shares;
    no_model_setting = no_shares_setting = bad_type_setting = bad_way_setting = setting;
    bad_link_setting = bad_bucket_setting = setting;
    no_model_setting.model = NULL;
    no_shares_setting.shares = NULL;
    bad_type_setting.precision = CLMLP_PRECISION_COUNT;
    bad_way_setting.way = (clmlp_summing)-1;
    bad_link_setting.link.beta = -1.0;
    bad_bucket_setting.bucket = (double)NAN;
    OK(clmlp_model_place_open(&place, model, 1, scratch, error));
    OK(clmlp_tensorboard_open(&board, TEST_SCRATCH_DIR "/arguments-board", error));
    OK(clmlp_text_place_open(&text_place, scratch, error));
    OK(clmlp_device_open(&device, &on_cpu, error));
    OK(clmlp_trainer_create(&trainer, model, device, data, NULL, &training, error));
    OK(clmlp_evaluate(model, device, data, 0.0, &evaluated, error));
    OK(clmlp_session_create(&session, model, device, 4, error));
    OK(clmlp_self_check_create(&inspector, &checking, error));
}

static void tear_down(void)
{
    clmlp_description_destroy(described);
    clmlp_inspector_destroy(inspector);
    clmlp_evaluation_destroy(evaluated);
    clmlp_session_destroy(session);
    clmlp_trainer_destroy(trainer);
    clmlp_device_close(device);
    clmlp_text_place_close(text_place);
    clmlp_model_place_close(place);
    clmlp_tensorboard_close(board);
    clmlp_model_destroy(regression);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(wide);
    clmlp_dataset_destroy(data);
    clmlp_columns_destroy(three_columns);
    clmlp_columns_destroy(two_columns);
}

TestSuite(arguments, .init = set_up, .fini = tear_down);

/* Functions, not macros of Criterion in each of hundreds of rows: those take the compiler half a minute. */
static void expect(bool holds, const char *function, const char *argument, const char *what, const char *message)
{
    cr_expect(holds, "%s, %s: %s (%s)", function, argument, what, message);
}

static void expect_refused(clmlp_status status, const clmlp_error *own, const char *function, const char *argument)
{
    cr_expect_eq(status, CLMLP_BAD_ARGUMENT, "%s, %s: status %d (%s)", function, argument, (int)status, own->message);
    cr_expect_eq(own->status, CLMLP_BAD_ARGUMENT, "%s, %s", function, argument);
    cr_expect(strstr(own->message, argument) != NULL, "%s, %s: \"%s\"", function, argument, own->message);
}

/* With an error to fill, and without one. */
#define REFUSES(function, argument, call)                                                                          \
    do {                                                                                                           \
        clmlp_error own = {.message = ""}, *error = &own;                                                          \
        expect_refused((call), &own, #function, argument);                                                         \
        error = NULL;                                                                                              \
        expect((call) == CLMLP_BAD_ARGUMENT, #function, argument, "without an error", "another status");           \
    } while (0);
#define GIVES(function, argument, condition) expect((condition), #function, argument, "not its neutral value", "");
#define TAKES(function, argument, call)
#define PLAIN(function)

Test(arguments, that_are_wrong_are_refused_by_name)
{
#include "arguments.def"
}

#undef REFUSES
#undef GIVES
#undef TAKES
#define REFUSES(function, argument, call)
#define GIVES(function, argument, condition)
/* Not refused for that argument; what else there is to say against the call may be said. */
#define TAKES(function, argument, call)                                                                            \
    do {                                                                                                           \
        clmlp_error own = {.message = ""}, *const error = &own;                                                    \
        (void)error;                                                                                               \
        (void)(call);                                                                                              \
        expect(strstr(own.message, "'" argument "'") == NULL, #function, argument, "refused", own.message);         \
    } while (0);

Test(arguments, that_may_be_missing_may)
{
#include "arguments.def"
    clmlp_device_close(device_out);
    clmlp_device_close(device_again);
}
