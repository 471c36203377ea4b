/* pictures.c - images of pixels, and weights as images, as SVG: one path for each grey, of runs along the rows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "reports/page/judged.h"

enum { SMALLEST = 8, LARGEST = 40, GREYS = 7, STEPS = 4, UNITS = 24 };

size_t clmlp_cli_image_side(const clmlp_model *model)
{
    const size_t n = clmlp_model_units(model, 1);
    const size_t side = (size_t)(sqrt((double)n) + 0.5);
    if (clmlp_model_scale(model) != CLMLP_SCALE_PIXEL || side * side != n) return 0;
    return side >= SMALLEST && side <= LARGEST ? side : 0;
}

/* Runs of equal levels; level 0 is the ground. */
static void put_level(clmlp_cli_page *page, const int *levels, size_t side, int level, const char *kind)
{
    bool begun = false;
    for (size_t y = 0; y < side; y++) {
        for (size_t x = 0; x < side;) {
            const size_t first = x;
            while (x < side && levels[y * side + x] == level) x++;
            if (x == first) {
                x++;
                continue;
            }
            if (!begun) clmlp_cli_page_put(page, "<path class=\"%s%d\" d=\"", kind, abs(level));
            begun = true;
            clmlp_cli_page_put(page, "M%zu %zu.5h%zu", first, y, x - first);
        }
    }
    if (begun) clmlp_cli_page_put(page, "\"/>");
}

static void begin(clmlp_cli_page *page, size_t side, const char *title)
{
    clmlp_cli_page_put(page, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %zu %zu\" "
                       "shape-rendering=\"crispEdges\"><title>", side, side);
    clmlp_cli_page_text(page, title);
    clmlp_cli_page_put(page, "</title>");
}

void clmlp_cli_page_image(clmlp_cli_page *page, const double *pixels, size_t side, const char *title)
{
    int levels[LARGEST * LARGEST];
    for (size_t i = 0; i < side * side; i++) {
        levels[i] = (int)(fmin(fmax(pixels[i], 0.0), 255.0) / 255.0 * GREYS + 0.5);
    }
    begin(page, side, title);
    for (int level = 1; level <= GREYS; level++) put_level(page, levels, side, level, "p");
    clmlp_cli_page_put(page, "</svg>");
}

/* Weights of one unit, each as a part of the largest of them. */
static void put_unit(clmlp_cli_page *page, const double *weights, size_t side, const char *title)
{
    int levels[LARGEST * LARGEST];
    double largest = 0.0;
    for (size_t i = 0; i < side * side; i++) largest = fmax(largest, fabs(weights[i]));
    for (size_t i = 0; i < side * side; i++) {
        const double part = largest > 0.0 && isfinite(largest) ? weights[i] / largest : 0.0;
        levels[i] = (int)lround(part * STEPS);
    }
    begin(page, side, title);
    for (int level = 1; level <= STEPS; level++) {
        put_level(page, levels, side, level, "w");
        put_level(page, levels, side, -level, "v");
    }
    clmlp_cli_page_put(page, "</svg>");
}

void clmlp_cli_page_weights(clmlp_cli_page *page, const clmlp_model *model)
{
    const size_t side = clmlp_cli_image_side(model), units = clmlp_model_units(model, 2);
    const size_t shown = units < UNITS ? units : UNITS, columns = side * side + 1;
    const double *const theta = clmlp_model_theta_const(model, 1);
    if (side == 0 || theta == NULL) return;
    clmlp_cli_page_section(page, "weights", "Weights of the first layer");
    clmlp_cli_page_put(page, "<p class=\"soft\">\xCE\xB8(1) of %s%zu unit%s, a picture each: blue is positive, orange "
                       "negative, the strongest colour the largest weight of that unit.</p>\n<div "
                       "class=\"pictures\">\n", shown < units ? "the first " : "", shown, shown == 1 ? "" : "s");
    for (size_t j = 0; j < shown; j++) {
        char title[48];
        (void)snprintf(title, sizeof title, "unit %zu", j + 1);
        clmlp_cli_page_put(page, "<figure>");
        put_unit(page, theta + j * columns + 1, side, title);
        clmlp_cli_page_put(page, "<span>%s</span></figure>\n", title);
    }
    clmlp_cli_page_put(page, "</div>\n</section>\n");
}
