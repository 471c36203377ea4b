/* train_board.c - train --tensorboard: the numbers of each epoch into event files. */
#include "commands/train_board.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "message.h"

enum { MOST = 9 };

/* What an epoch has, under the tags of TensorBoard: a card for each name, a curve for each part of the data. */
typedef struct scalars {
    const char *tags[MOST];
    double values[MOST];
    size_t count;
} scalars;

static void add(scalars *s, const char *tag, double value)
{
    s->tags[s->count] = tag;
    s->values[s->count++] = value;
}

static void add_score(scalars *s, const char *cost, const char *accuracy, const clmlp_score *score)
{
    add(s, cost, score->cost);
    if (!isnan(score->accuracy)) add(s, accuracy, score->accuracy); /* numbers have none */
}

clmlp_status clmlp_cli_board_begin(clmlp_cli_board *board, const char *folder, clmlp_error *error)
{
    return folder != NULL ? clmlp_tensorboard_open(&board->board, folder, error) : CLMLP_OK;
}

static clmlp_status write_epoch(clmlp_cli_board *board, const clmlp_epoch *epoch, clmlp_error *error)
{
    char monitored[96];
    scalars s = {.count = 0};
    /* a run that goes on: what the one before wrote of this epoch and later ones is void */
    if (board->last == 0 && epoch->epoch > 1) {
        const clmlp_status status = clmlp_tensorboard_restart(board->board, (int64_t)epoch->epoch, error);
        if (status != CLMLP_OK) return status;
    }
    add_score(&s, "cost/train", "accuracy/train", &epoch->train);
    if (epoch->has_validation) add_score(&s, "cost/validation", "accuracy/validation", &epoch->validation);
    if (epoch->has_test) add_score(&s, "cost/test", "accuracy/test", &epoch->test);
    add(&s, "rate", epoch->rate);
    add(&s, "samples_per_second", epoch->samples_per_second);
    if (board->monitor != NULL && !isnan(epoch->monitored)) {
        (void)snprintf(monitored, sizeof monitored, "monitor/%.64s", board->monitor);
        add(&s, monitored, epoch->monitored);
    }
    return clmlp_tensorboard_add(board->board, (int64_t)epoch->epoch, s.tags, s.values, s.count, error);
}

void clmlp_cli_board_epoch(const clmlp_epoch *epoch, void *context)
{
    clmlp_cli_board *const board = context;
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_cli_progress_epoch(epoch, board->progress);
    /* of an ensemble the first member, as --history has it */
    if (board->board == NULL || epoch->epoch <= board->last) return;
    const clmlp_status status = write_epoch(board, epoch, &error);
    board->last = epoch->epoch;
    if (status == CLMLP_OK) return;
    clmlp_cli_progress_break(board->progress);
    (void)clmlp_cli_fail(&error, false);
    clmlp_cli_error("training goes on without --tensorboard");
    clmlp_cli_lose_output();
    clmlp_cli_board_end(board);
}

void clmlp_cli_board_end(clmlp_cli_board *board)
{
    clmlp_tensorboard_close(board->board);
    board->board = NULL;
}
