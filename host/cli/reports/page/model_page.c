/* model_page.c - pages of a history and of a model. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "options/shared.h"
#include "reports/page/chart.h"
#include "reports/page/json_pages.h"
#include "reports/page/judged.h"

enum { COLUMNS = 20 };

void clmlp_cli_page_of_history(clmlp_cli_page *page, const clmlp_cli_epochs *epochs, const char *name)
{
    char title[512], text[CLMLP_CLI_NUMBER_LENGTH];
    const size_t last = epochs->count - 1;
    (void)snprintf(title, sizeof title, "History: %.400s", name);
    clmlp_cli_page_begin(page, title);
    clmlp_cli_page_put(page, "<div class=\"tiles\">\n");
    clmlp_cli_page_tile(page, clmlp_cli_page_number(epochs->columns[CLMLP_CLI_EPOCH][last], text), "epochs");
    clmlp_cli_page_tile(page, clmlp_cli_page_number(epochs->columns[CLMLP_CLI_COST][last], text), "last cost J");
    clmlp_cli_page_tile(page, clmlp_cli_page_number(epochs->columns[CLMLP_CLI_SECONDS][last], text), "seconds");
    clmlp_cli_page_put(page, "</div>\n");
    if (epochs->best_epoch > 0) {
        clmlp_cli_page_put(page, "<p class=\"soft\">The best epoch is that with the smallest cost of the validation "
                           "data: a history does not say which one was kept.</p>\n");
    }
    clmlp_cli_page_curves(page, epochs);
    clmlp_cli_page_end(page);
}

static void put_layers(clmlp_cli_page *page, const clmlp_model *model)
{
    clmlp_cli_page_section(page, "layers", "Layers");
    clmlp_cli_page_put(page, "<div class=\"wide\"><table class=\"layers\"><thead><tr><th>\xCE\xB8</th><th class=\"n\">"
                       "units in</th><th class=\"n\">units out</th><th class=\"n\">parameters</th><th class=\"n\">least"
                       "</th><th class=\"n\">largest</th><th class=\"n\">root mean square</th></tr></thead><tbody>\n");
    for (size_t l = 1; l < clmlp_model_layers(model); l++) {
        const size_t in = clmlp_model_units(model, l), out = clmlp_model_units(model, l + 1), count = out * (in + 1);
        const double *const theta = clmlp_model_theta_const(model, l);
        double least = HUGE_VAL, largest = -HUGE_VAL, squares = 0.0;
        for (size_t i = 0; i < count; i++) {
            least = fmin(least, theta[i]);
            largest = fmax(largest, theta[i]);
            squares += theta[i] * theta[i];
        }
        clmlp_cli_page_put(page, "<tr><td>\xCE\xB8(%zu)</td>", l);
        clmlp_cli_page_cell_number(page, (double)in);
        clmlp_cli_page_cell_number(page, (double)out);
        clmlp_cli_page_cell_number(page, (double)count);
        clmlp_cli_page_cell_number(page, least);
        clmlp_cli_page_cell_number(page, largest);
        clmlp_cli_page_cell_number(page, sqrt(squares / (double)count));
        clmlp_cli_page_put(page, "</tr>\n");
    }
    clmlp_cli_page_put(page, "</tbody></table></div>\n<div class=\"grid\">\n");
    for (size_t l = 1; l < clmlp_model_layers(model) && l <= 4; l++) {
        char title[64];
        (void)snprintf(title, sizeof title, "Numbers of \xCE\xB8(%zu)", l);
        clmlp_cli_histogram_draw(page, title, "weights and biases", clmlp_model_theta_const(model, l),
                                 clmlp_model_units(model, l + 1) * (clmlp_model_units(model, l) + 1));
    }
    clmlp_cli_page_put(page, "</div>\n</section>\n");
}

static void put_columns(clmlp_cli_page *page, const clmlp_columns *columns)
{
    const size_t count = clmlp_columns_count(columns);
    if (columns == NULL) return;
    clmlp_cli_page_section(page, "columns", "Columns");
    clmlp_cli_page_put(page, "<div class=\"wide\"><table class=\"columns\"><thead><tr><th>column</th><th>kind</th><th "
                       "class=\"n\">features</th></tr></thead><tbody>\n");
    for (size_t j = 0; j < count && j < 200; j++) {
        clmlp_cli_page_put(page, "<tr>");
        clmlp_cli_page_cell_text(page, clmlp_columns_name(columns, j));
        clmlp_cli_page_cell_text(page, clmlp_column_kind_name(clmlp_columns_kind(columns, j)));
        clmlp_cli_page_cell_number(page, (double)clmlp_columns_features(columns, j));
        clmlp_cli_page_put(page, "</tr>\n");
    }
    clmlp_cli_page_put(page, "</tbody></table></div>\n");
    if (count > 200) clmlp_cli_page_put(page, "<p class=\"soft\">The first 200 of %zu.</p>\n", count);
    clmlp_cli_page_put(page, "</section>\n");
}

static void put_outputs(clmlp_cli_page *page, const clmlp_model *model)
{
    const size_t K = clmlp_model_units(model, clmlp_model_layers(model));
    if (clmlp_model_output_name(model, 0) == NULL) return;
    clmlp_cli_page_section(page, "outputs", clmlp_model_class_names(model) != NULL ? "Names of the classes"
                                                                                  : "Outputs");
    clmlp_cli_page_put(page, "<p>");
    for (size_t k = 0; k < K && k < 300; k++) {
        if (k > 0) clmlp_cli_page_put(page, ", ");
        clmlp_cli_page_text(page, clmlp_model_output_name(model, k));
    }
    clmlp_cli_page_put(page, "%s</p>\n</section>\n", K > 300 ? ", \xE2\x80\xA6" : "");
}

void clmlp_cli_page_of_model(clmlp_cli_page *page, const clmlp_model *model, const char *name,
                             const clmlp_cli_judged *judged)
{
    char title[1024], text[CLMLP_CLI_NUMBER_LENGTH], layers[512];
    const char *const data = judged != NULL ? judged->path : "", *const slash = strrchr(data, '/');
    (void)snprintf(title, sizeof title, "Model: %.400s%s%.400s", name, judged != NULL ? ", on " : "",
                   slash != NULL ? slash + 1 : data);
    clmlp_cli_topology(model, layers, sizeof layers);
    clmlp_cli_page_begin(page, title);
    clmlp_cli_page_put(page, "<div class=\"tiles\">\n");
    if (judged != NULL) clmlp_cli_page_score_tiles(page, judged);
    clmlp_cli_page_tile(page, layers, "units of the layers");
    clmlp_cli_page_tile(page, clmlp_cli_page_number((double)clmlp_model_parameters(model), text), "parameters");
    clmlp_cli_page_tile(page, clmlp_activation_name(clmlp_model_activation(model)), "hidden activation");
    clmlp_cli_page_tile(page, clmlp_output_name(clmlp_model_output(model)), "output");
    clmlp_cli_page_tile(page, clmlp_scale_name(clmlp_model_scale(model)), "scaling of the features");
    if (clmlp_model_members(model) > 1) {
        clmlp_cli_page_tile(page, clmlp_cli_page_number((double)clmlp_model_members(model), text),
                            "members; the weights below are those of the first");
    }
    clmlp_cli_page_put(page, "</div>\n");
    if (judged != NULL) clmlp_cli_page_metrics(page, judged);
    if (judged != NULL) clmlp_cli_page_judged(page, judged);
    put_outputs(page, model);
    put_columns(page, clmlp_model_columns(model));
    clmlp_cli_page_weights(page, model);
    put_layers(page, model);
    clmlp_cli_page_end(page);
}
