/* qualify.c - clmlp qualify: test a device, or every device there is. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <clmlp/clmlp.h>

#include "commands/commands.h"
#include "message.h"
#include "options/options.h"
#include "reports/qualify_line.h"
#include "reports/startup.h"
#include "reports/report.h"
#include "options/shared.h"

static const char COMMAND[] = "qualify";

typedef struct qualify_options {
    clmlp_qualify_config config;
    clmlp_device_options device;
    bool json, quiet;
} qualify_options;

static bool parse(qualify_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Device:", NULL, NULL},
        {"device", &clmlp_cli_text, &o->device.spec, "SPEC",
         "what to qualify: auto, cpu, opencl, opencl:P.D (platform and device as 'clmlp devices' counts them), "
         "opencl:NAME (part of its name), or all: every device of every platform, and the CPU path", NULL, NULL},
        CLMLP_CLI_PRECISION_ROW(o->device),
        {NULL, NULL, NULL, NULL, "Extent:", NULL, NULL},
        {"seconds", &clmlp_cli_positive, &o->config.seconds, "S", "about how long to take for a device, in seconds",
         NULL, NULL},
        {"seed", &clmlp_cli_seed, &o->config.seed, "N", "of random arguments", NULL, NULL},
        {"quick", NULL, &o->config.quick, NULL, "small sizes only, for simulators", NULL, NULL},
        {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},
        CLMLP_CLI_CARD_ROWS(*o),
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "",
        "Puts a device and its driver through what training needs of them: functions in\n"
        "ulps against the OpenCL specification, products of awkward sizes of both engines\n"
        "against derived error bounds, with guard zones around every buffer, sums,\n"
        "barriers, the order of launches, copies to the byte, and training that must give\n"
        "the same bits every time and with other settings. Prints a card with everything\n"
        "that a bug report needs; attach it, with --json, to yours.\n"
        "Exit status 3: a part failed.\n\n"
        "  clmlp qualify --device opencl\n"
        "  clmlp qualify --device all --json > card.json\n",
        options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status)) return false;
    clmlp_cli_set_quiet(o->quiet);
    return true;
}

typedef struct qualify_progress {
    int last; /* group */
    clmlp_cli_qualify_line line;
} qualify_progress;

/* A note for every group as it begins, and for every failed part as it comes; on a terminal how far it is instead. */
static void show_progress(const clmlp_qualify_part *part, void *context)
{
    qualify_progress *const progress = context;
    const bool failed = !part->passed && !part->skipped;
    if ((int)part->group != progress->last && !progress->line.terminal) {
        clmlp_cli_note("%s ...", clmlp_qualify_group_name(part->group));
    }
    progress->last = (int)part->group;
    if (failed) clmlp_cli_qualify_clear(&progress->line);
    if (failed) clmlp_cli_note("FAILED %s: %s", part->name, part->detail);
    clmlp_cli_qualify_draw(&progress->line, part->group);
}

/* One device. An error that has no card is in `card->error`. */
static void qualify_one(const qualify_options *o, const char *spec, clmlp_cli_card *card)
{
    const char *const term = getenv("TERM");
    const bool terminal = !o->quiet && isatty(STDERR_FILENO) && (term == NULL || strcmp(term, "dumb") != 0);
    qualify_progress progress = {.last = -1, .line = {.terminal = terminal, .began = clmlp_cli_seconds(),
                                                      .about = o->config.quick ? 0.0 : o->config.seconds}};
    clmlp_device_options device = o->device;
    clmlp_qualify_config config = o->config;
    device.spec = spec;
    config.on_part = (clmlp_on_part){show_progress, &progress};
    card->result.size = sizeof card->result;
    card->status = clmlp_qualify(&device, &config, &card->result, &card->error);
    clmlp_cli_qualify_clear(&progress.line);
    if (card->status != CLMLP_OK) card->result.passed = false;
}

static int verdict_of(const clmlp_cli_card *cards, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!cards[i].left_out && !cards[i].result.passed) return CLMLP_CLI_MISMATCH;
    }
    return CLMLP_CLI_DONE;
}

static int report(const qualify_options *o, const clmlp_cli_card *cards, size_t count, bool all)
{
    const int status = verdict_of(cards, count);
    if (o->json) return clmlp_cli_report_qualify_json(cards, count, all, status);
    clmlp_cli_report_qualify(cards, count);
    return clmlp_cli_finish_output(status);
}

static int qualify_all(qualify_options *o)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_device_info *list = NULL;
    size_t count = 0;
    if (clmlp_device_list(&list, &count, &error) != CLMLP_OK) return clmlp_cli_fail(&error, true);
    clmlp_cli_card *const cards = calloc(count, sizeof *cards);
    int status = CLMLP_CLI_FAILED;
    if (cards == NULL) {
        clmlp_cli_error("not enough memory for the cards");
        clmlp_free(list);
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        clmlp_cli_note("device %s: %s", list[i].spec, list[i].name);
        cards[i].result.device = list[i];
        cards[i].left_out = o->device.precision == CLMLP_F64 && !list[i].fp64;
        if (!cards[i].left_out) qualify_one(o, list[i].spec, &cards[i]);
    }
    status = report(o, cards, count, true);
    for (size_t i = 0; i < count; i++) clmlp_free(cards[i].result.parts);
    free(cards);
    clmlp_free(list);
    return status;
}

static int qualify(qualify_options *o)
{
    clmlp_cli_card *const card = calloc(1, sizeof *card);
    if (card == NULL) {
        clmlp_cli_error("not enough memory for the card");
        return CLMLP_CLI_FAILED;
    }
    qualify_one(o, o->device.spec, card);
    const int status =
        card->status != CLMLP_OK ? clmlp_cli_fail(&card->error, true) : report(o, card, 1, false);
    clmlp_free(card->result.parts);
    free(card);
    return status;
}

int clmlp_cli_qualify(int argc, char **argv)
{
    int status;
    clmlp_cli_arguments arguments;
    qualify_options options = {.config = clmlp_qualify_config_default(), .device = clmlp_device_options_default()};
    if (parse(&options, &arguments, argc, argv, &status)) {
        const bool all = strcmp(options.device.spec, "all") == 0;
        status = all ? qualify_all(&options) : qualify(&options);
    }
    clmlp_cli_arguments_free(&arguments);
    return status;
}
