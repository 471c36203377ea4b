/* training.c - the page of a training: what came out, what it was made of, and the sections. */
#include "reports/page/training.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "options/shared.h"
#include "reports/ranks.h"

static void tile_number(clmlp_cli_page *page, double value, const char *what)
{
    char text[CLMLP_CLI_NUMBER_LENGTH];
    clmlp_cli_page_tile(page, clmlp_cli_page_number(value, text), what);
}

static void put_outcome(clmlp_cli_page *page, const clmlp_cli_train_report *report)
{
    const clmlp_train_result *const result = report->result;
    clmlp_cli_page_put(page, "<p>");
    if (report->status == CLMLP_OK) {
        clmlp_cli_page_put(page, "<span class=\"good\">Done.</span> ");
    } else if (report->status == CLMLP_DIVERGED) {
        clmlp_cli_page_put(page, "<span class=\"bad\">Diverged in epoch %zu, step %zu.</span> ",
                           result->diverged_epoch, result->diverged_step);
    } else if (report->status == CLMLP_INTERRUPTED) {
        clmlp_cli_page_put(page, "<span class=\"bad\">Interrupted after %zu of %zu epochs.</span> ", result->epochs,
                           report->config->epochs);
    } else {
        clmlp_cli_page_put(page, "<span class=\"bad\">Failed: ");
        clmlp_cli_page_text(page, clmlp_status_text(report->status));
        clmlp_cli_page_put(page, ".</span> ");
    }
    if (result->best_epoch > 0 && report->members == 1) {
        clmlp_cli_page_put(page, "The model is that of epoch %zu of %zu, the best by the ", result->best_epoch,
                           result->epochs);
        clmlp_cli_page_text(page, report->config->monitor != NULL ? report->config->monitor : "cost");
        clmlp_cli_page_put(page, " of the validation data%s. ",
                           result->stopped_early ? ", where training stopped early" : "");
    }
    if (report->model_path != NULL) {
        clmlp_cli_page_put(page, "Written to ");
        clmlp_cli_page_text(page, report->model_path);
        clmlp_cli_page_put(page, ".");
    }
    clmlp_cli_page_put(page, "</p>\n");
}

/* What a training that went wrong leaves, and what to do about it. */
static void put_failure(clmlp_cli_page *page, const clmlp_cli_train_report *report)
{
    const clmlp_train_result *const result = report->result;
    if (report->status == CLMLP_OK || report->status == CLMLP_INTERRUPTED) return;
    clmlp_cli_page_put(page, "<p>What was found: ");
    clmlp_cli_page_text(page, report->failure != NULL ? report->failure : clmlp_status_text(report->status));
    clmlp_cli_page_put(page, ".</p>\n<p>");
    if (result->good_epochs == 0) clmlp_cli_page_put(page, "Not one epoch was good, so that no model was written. ");
    else clmlp_cli_page_put(page, "The model has %zu good epoch%s behind it, and is not scored. ",
                            result->good_epochs, result->good_epochs == 1 ? "" : "s");
    if (result->epochs == 0) clmlp_cli_page_put(page, "Not one came to its end, so that there are no curves. ");
    if (report->status == CLMLP_DIVERGED && (result->diverged_epoch > 1 || result->diverged_step > 1)) {
        clmlp_cli_page_put(page, "A smaller --rate may help: it was %.6g.", report->config->rate);
    }
    clmlp_cli_page_put(page, "</p>\n");
}

/* What the folds came to, which their networks did not know. */
static clmlp_metric metric_of(const clmlp_cli_cross_validation *cv)
{
    static const clmlp_metric usual[] = {CLMLP_METRIC_ACCURACY, CLMLP_METRIC_R2, CLMLP_METRIC_EXACT_MATCH};
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        if (cv->has[usual[i]]) return usual[i];
    }
    return CLMLP_METRIC_COUNT;
}

static bool has_folds(const clmlp_cli_cross_validation *cv)
{
    return cv != NULL && cv->values != NULL && cv->folds > 0 && metric_of(cv) != CLMLP_METRIC_COUNT;
}

static void put_folds(clmlp_cli_page *page, const clmlp_cli_cross_validation *cv)
{
    char text[2 * CLMLP_CLI_NUMBER_LENGTH], what[96];
    const clmlp_metric metric = metric_of(cv);
    const double mean = clmlp_cli_cross_validation_mean(cv, metric);
    const double std = clmlp_cli_cross_validation_std(cv, metric);
    if (isnan(mean)) (void)snprintf(text, sizeof text, "undefined");
    else if (metric == CLMLP_METRIC_R2) (void)snprintf(text, sizeof text, "%.4g \xC2\xB1 %.2g", mean, std);
    else (void)snprintf(text, sizeof text, "%.2f \xC2\xB1 %.2f %%", 100.0 * mean, 100.0 * std);
    (void)snprintf(what, sizeof what, "%s, %zu folds: mean \xC2\xB1 standard deviation",
                   metric == CLMLP_METRIC_R2         ? "R\xC2\xB2"
                   : metric == CLMLP_METRIC_ACCURACY ? "accuracy"
                                                     : "exact match", cv->folds);
    clmlp_cli_page_tile(page, text, what);
}

/* The other figures of a cross-validation without other data. */
static void put_known(clmlp_cli_page *page, const clmlp_cli_training_page *training)
{
    const bool known = training->judged != NULL && strncmp(training->judged->role, "training", 8) == 0;
    if (!known || !has_folds(training->report->cross_validation)) return;
    clmlp_cli_page_put(page, "<p class=\"soft\">The folds were judged by networks that did not know them. All other "
                       "figures are of the training data, which the network knows.</p>\n");
}

/* The most honest score first. */
static void put_tiles(clmlp_cli_page *page, const clmlp_cli_training_page *training)
{
    const clmlp_train_result *const result = training->report->result;
    const bool folds = has_folds(training->report->cross_validation);
    clmlp_cli_page_put(page, "<div class=\"tiles\">\n");
    if (folds) put_folds(page, training->report->cross_validation);
    if (training->judged != NULL) clmlp_cli_page_score_tiles(page, training->judged);
    if (!(result->seconds > 0.0)) { /* there is no speed of what was not finished */
        tile_number(page, (double)result->epochs, "epochs");
        tile_number(page, (double)result->steps, "steps");
        tile_number(page, (double)clmlp_model_parameters(training->report->model), "parameters");
        clmlp_cli_page_put(page, "</div>\n");
        return;
    }
    tile_number(page, (double)result->epochs, training->report->members > 1 ? "epochs of the last member" : "epochs");
    tile_number(page, result->seconds, "seconds of training");
    tile_number(page, floor(result->samples_per_second + 0.5), "samples a second");
    tile_number(page, (double)clmlp_model_parameters(training->report->model), "parameters");
    clmlp_cli_page_put(page, "</div>\n");
}

static void put_score(clmlp_cli_page *page, const char *role, size_t samples, const clmlp_score *score, bool accuracy)
{
    clmlp_cli_page_put(page, "<tr><td>%s</td>", role);
    clmlp_cli_page_cell_number(page, (double)samples);
    clmlp_cli_page_cell_number(page, score->cost);
    if (!accuracy) clmlp_cli_page_put(page, "</tr>\n");
    else if (isnan(score->accuracy)) clmlp_cli_page_put(page, "<td class=\"n\">\xE2\x80\x93</td></tr>\n");
    else clmlp_cli_page_put(page, "<td class=\"n\">%.2f %%</td></tr>\n", 100.0 * score->accuracy);
}

static void put_scores(clmlp_cli_page *page, const clmlp_cli_train_report *report)
{
    const clmlp_train_result *const result = report->result;
    if (report->status != CLMLP_OK && report->status != CLMLP_INTERRUPTED) return; /* was put back, not scored */
    const bool accuracy = !isnan(result->train.accuracy);
    clmlp_cli_page_put(page, "<table class=\"scores\"><caption>The trained model</caption><thead><tr><th>data</th>"
                       "<th class=\"n\">samples</th><th class=\"n\">cost J</th>%s</tr></thead><tbody>\n",
                       accuracy ? "<th class=\"n\">accuracy</th>" : "");
    put_score(page, "training", report->samples, &result->train, accuracy);
    if (result->has_validation) {
        put_score(page, "validation", report->validation_samples, &result->validation, accuracy);
    }
    if (result->has_test) put_score(page, "test", report->test_samples, &result->test, accuracy);
    clmlp_cli_page_put(page, "</tbody></table>\n");
}

static void put_fact(clmlp_cli_page *page, const char *name, const char *value)
{
    clmlp_cli_page_put(page, "<tr>");
    clmlp_cli_page_cell_text(page, name);
    clmlp_cli_page_cell_text(page, value);
    clmlp_cli_page_put(page, "</tr>\n");
}

/* What the steps went by, whoever decided it: the line, a preset or a default. */
static void put_settings(clmlp_cli_page *page, const clmlp_cli_train_report *report)
{
    const clmlp_train_config *const config = report->config;
    char text[256], batch[32] = "full";
    if (config->batch != 0) (void)snprintf(batch, sizeof batch, "%zu", config->batch);
    (void)snprintf(text, sizeof text, "rate %.9g, lambda %.9g, batch %s, %zu epochs, seed %llu", config->rate,
                   config->lambda, batch, config->epochs, (unsigned long long)config->seed);
    put_fact(page, config->minimiser != CLMLP_NO_MINIMISER ? "settings (a minimiser has no rate)" : "settings", text);
    if (report->preset == NULL) return;
    put_fact(page, "preset", report->preset);
    put_fact(page, "", report->preset_options);
}

static void put_run(clmlp_cli_page *page, const clmlp_cli_training_page *training)
{
    const clmlp_cli_train_report *const report = training->report;
    const clmlp_device_info *const device = clmlp_device_get_info(report->device);
    char text[1024], layers[512];
    clmlp_cli_page_section(page, "made", "How it was made");
    clmlp_cli_page_put(page, "<div class=\"wide\"><table class=\"facts\"><tbody>\n");
    put_fact(page, "device", device->name);
    (void)snprintf(text, sizeof text, "%s (%s), engine %s, precision %s", device->spec, device->type,
                   clmlp_device_engine(report->device), clmlp_precision_name(clmlp_device_precision(report->device)));
    put_fact(page, "", text);
    if (device->driver[0] != '\0') put_fact(page, "driver", device->driver);
    if (clmlp_cli_ranks_text(report->config, report->result, text, sizeof text)) put_fact(page, "processes", text);
    if (report->shares->last.count > 0) {
        clmlp_cli_shares_text(&report->shares->last, text, sizeof text);
        put_fact(page, report->shares->last.by_speed ? "examples of a batch, in the end" : "examples of a batch", text);
    }
    if (clmlp_cli_slow_rank_text(report->config, report->result, text, sizeof text)) put_fact(page, "slow", text);
    clmlp_cli_topology(report->model, layers, sizeof layers);
    (void)snprintf(text, sizeof text, "%s, %s, %s output", layers,
                   clmlp_activation_name(clmlp_model_activation(report->model)),
                   clmlp_output_name(clmlp_model_output(report->model)));
    put_fact(page, "network", text);
    (void)snprintf(text, sizeof text, "features %s, targets %s", clmlp_scale_name(clmlp_model_scale(report->model)),
                   clmlp_scale_name(clmlp_model_target_scale(report->model)));
    put_fact(page, "scaling", text);
    if (report->members > 1) {
        (void)snprintf(text, sizeof text, "%zu of %zu", clmlp_model_members(report->model), report->members);
        put_fact(page, "members", text);
    }
    put_fact(page, "data", report->data_path);
    if (report->validation_path != NULL) put_fact(page, "validation data", report->validation_path);
    if (report->test_path != NULL) put_fact(page, "test data", report->test_path);
    (void)snprintf(text, sizeof text, "%s, %zu steps", report->config->minimiser != CLMLP_NO_MINIMISER
                                                           ? clmlp_minimiser_name(report->config->minimiser)
                                                           : clmlp_optimizer_name(report->config->optimizer),
                   report->result->steps);
    put_fact(page, "optimizer", text);
    put_settings(page, report);
    put_fact(page, "clmlp", clmlp_version());
    clmlp_cli_page_put(page, "</tbody></table></div>\n");
    if (training->options != NULL) clmlp_cli_page_put(page, "%s", training->options);
    clmlp_cli_page_put(page, "</section>\n");
}

void clmlp_cli_page_training(clmlp_cli_page *page, const clmlp_cli_training_page *training)
{
    char title[4200];
    const char *const slash = strrchr(training->report->data_path, '/');
    (void)snprintf(title, sizeof title, "Training on %s", slash != NULL ? slash + 1 : training->report->data_path);
    clmlp_cli_page_begin(page, title);
    put_outcome(page, training->report);
    put_failure(page, training->report);
    put_tiles(page, training);
    put_known(page, training);
    clmlp_cli_page_put(page, "<div class=\"grid duo\">\n<div>");
    put_scores(page, training->report);
    clmlp_cli_page_put(page, "</div>\n<div>");
    if (training->judged != NULL) clmlp_cli_page_metrics(page, training->judged);
    clmlp_cli_page_put(page, "</div>\n</div>\n");
    if (training->why != NULL) {
        clmlp_cli_page_put(page, "<p class=\"bad\">");
        clmlp_cli_page_text(page, training->why);
        clmlp_cli_page_put(page, "</p>\n");
    }
    clmlp_cli_page_curves(page, training->epochs);
    clmlp_cli_page_folds(page, training->report->cross_validation);
    if (training->judged != NULL) clmlp_cli_page_judged(page, training->judged);
    clmlp_cli_page_weights(page, training->report->model);
    clmlp_cli_page_times(page, training);
    put_run(page, training);
    clmlp_cli_page_end(page);
}
