/* test_concurrent.c - runs side by side: from one cold cache, and into one file. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "mortal.h"
#include "run.h"

static int shell(const char *folder, const char *command)
{
    char line[4096];
    (void)snprintf(line, sizeof line, "cd '%s' && P='%s' && %s", folder, CLMLP_PROGRAM, command);
    const int status = mortal_shell(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* CLMLP_TEST_RUNS: how many; by night more. */
Test(cli_concurrent, runs_that_share_a_cold_cache_write_the_same_model, .timeout = 3600)
{
    char *const folder = cli_data_folder("concurrent-cache");
    const int status = shell(folder,
        "rm -rf cold && mkdir -m 700 cold cold/clmlp cold/pocl && "
        "export CLMLP_CACHE_DIR=$PWD/cold/clmlp POCL_CACHE_DIR=$PWD/cold/pocl && pids= && "
        "for i in $(seq ${CLMLP_TEST_RUNS:-2}); do \"$P\" train points.csv --hidden 5 --epochs 2 --rate 0.01 "
        "--device opencl --engine native --quiet --model m$i.safetensors >out$i.txt 2>err$i.txt & "
        "pids=\"$pids $!\"; done; for p in $pids; do wait $p || exit 3; done; "
        "for i in $(seq ${CLMLP_TEST_RUNS:-2}); do cmp m1.safetensors m$i.safetensors || exit 4; done");
    cr_expect_eq(status, 0, "exit status %d (3: a run failed, 4: models differ)", status);
    free(folder);
}

Test(cli_concurrent, of_two_runs_into_one_file_one_is_there_whole)
{
    char *const folder = cli_data_folder("concurrent-model");
    const int status = shell(folder,
        "train() { \"$P\" train points.csv --hidden 5 --epochs 20 --rate 0.01 --device cpu --quiet --seed $1 "
        "--model $2 >>out.txt 2>>err.txt; } && mkdir -p one && train 1 a.safetensors && train 2 b.safetensors && "
        "for i in 1 2 3 4 5; do train 1 one/m.safetensors & p=$!; train 2 one/m.safetensors || exit 3; "
        "wait $p || exit 3; "
        "cmp -s one/m.safetensors a.safetensors || cmp -s one/m.safetensors b.safetensors || exit 4; "
        "test $(ls -A one | wc -l) = 1 || exit 5; done");
    cr_expect_eq(status, 0, "exit status %d (3: a run failed, 4: neither model, 5: files are left)", status);
    free(folder);
}

/* Who comes second is told, before it trains. The first is started without a function, so that $! is it, and not a
 * shell; SIGINT it would ignore, for it is in the background. */
Test(cli_concurrent, of_two_runs_into_one_history_one_has_it_alone)
{
    char *const folder = cli_data_folder("concurrent-history");
    const int status = shell(folder,
        "O='train points.csv --hidden 5 --rate 0.01 --device cpu --quiet --history h.jsonl'; "
        "\"$P\" $O --epochs 100000 --model a.safetensors >a.out 2>a.err & p=$!; "
        "until test -s h.jsonl; do kill -0 $p || exit 3; sleep 0.02; done; "
        "\"$P\" $O --epochs 2 --seed 2 --model b.safetensors >b.out 2>b.err; s=$?; "
        "kill -TERM $p; wait $p; test $s = 2 || exit 4; test ! -e b.safetensors || exit 5; "
        "grep -q 'h.jsonl: is being written by another run' b.err || exit 6; "
        "awk -F '[:,]' '{ if ($2 != NR) exit 1 }' h.jsonl || exit 7; "
        "\"$P\" $O --epochs 3 --model a.safetensors && test $(wc -l <h.jsonl) = 3 || exit 8");
    cr_expect_eq(status, 0, "exit status %d (3: no history, 4: the second run did not fail, 5: it trained, 6: its "
                 "message, 7: lines of both, 8: nobody may write it any more)", status);
    free(folder);
}

Test(cli_concurrent, of_two_searches_into_one_log_one_has_it_alone)
{
    char *const folder = cli_data_folder("concurrent-log");
    const int status = shell(folder,
        "O='search points.csv --rate 0.01:0.1:log --hidden 5 --epochs 20 --device cpu --quiet --log l.jsonl'; "
        "\"$P\" $O --trials 500 >a.out 2>a.err & p=$!; "
        "until test -s l.jsonl; do kill -0 $p || exit 3; sleep 0.02; done; "
        "\"$P\" $O --trials 2 >b.out 2>b.err; s=$?; kill -TERM $p; wait $p; test $s = 2 || exit 4; "
        "grep -q \"'l.jsonl': another search is writing it\" b.err || exit 5");
    cr_expect_eq(status, 0, "exit status %d (3: no log, 4: the second search did not fail, 5: its message)", status);
    free(folder);
}

/* What a run writes again and again is always whole, and can be gone on from. */
Test(cli_concurrent, of_two_runs_into_one_checkpoint_one_is_there_whole)
{
    char *const folder = cli_data_folder("concurrent-checkpoint");
    const int status = shell(folder,
        "mkdir one && train() { \"$P\" train points.csv --hidden 5 --epochs 30 --rate 0.01 --device cpu --quiet "
        "--checkpoint-every 1 --overwrite --checkpoint one/c --seed $1 --model m$1.safetensors >>out.txt "
        "2>>err.txt; }; "
        "for i in 1 2 3; do train 1 & p=$!; train 2 || exit 3; wait $p || exit 3; "
        "\"$P\" inspect one/c >>out.txt || exit 4; "
        "\"$P\" train points.csv --resume one/c --epochs 31 --device cpu --quiet --model r.safetensors >>out.txt "
        "2>>err.txt || exit 5; test $(ls -A one | wc -l) = 1 || exit 6; done");
    cr_expect_eq(status, 0, "exit status %d (3: a run failed, 4: no checkpoint, 5: it cannot be gone on from, 6: files "
                 "are left)", status);
    free(folder);
}

/* What compiles many kernels is left to the night; bundles and the cache are written as models are. */
static void need_night(void)
{
    if (getenv("CLMLP_TEST_RUNS") == NULL) cr_skip_test("by night");
}

/* Both train wrongly, and save the same step. */
Test(cli_concurrent, of_two_runs_into_one_bundle_one_is_there_whole, .timeout = 3600)
{
    need_night();
    char *const folder = cli_data_folder("concurrent-bundle");
    cli_break_kernels(folder, TEST_KERNEL_DIR);
    const int status = shell(folder,
        "mkdir one && O='verify points.csv --hidden 5 --device opencl --engine native --steps 3 --bundle one/b'; "
        "\"$P\" $O --seed 1 >a.out 2>a.err & p=$!; \"$P\" $O --seed 2 >b.out 2>b.err; s=$?; wait $p; "
        "test $? = 3 || exit 3; test $s = 3 || exit 3; \"$P\" inspect one/b >c.out 2>c.err || exit 4; "
        "\"$P\" verify --replay one/b >d.out 2>d.err; test $? = 3 || exit 5; test $(ls -A one | wc -l) = 1 || exit 6");
    cr_expect_eq(status, 0, "exit status %d (3: a run did not find the fault, 4: no bundle, 5: it cannot be replayed, "
                 "6: files are left)", status);
    free(folder);
}

Test(cli_concurrent, of_two_tunings_one_result_is_kept_and_taken, .timeout = 3600)
{
    need_night();
    char *const folder = cli_folder("concurrent-tune");
    const int status = shell(folder,
        "mkdir -m 700 cold && export CLMLP_CACHE_DIR=$PWD/cold CLMLP_NATIVE_FAMILY=cpu && "
        "O='tune --device opencl --engine native --layers 20,12,3 --batch 8 --seconds 0.001 --risk 1'; "
        "\"$P\" $O >a.out 2>a.err & p=$!; \"$P\" $O >b.out 2>b.err || exit 3; wait $p || exit 3; "
        "test $(ls -A cold | wc -l) = $(ls -A cold | grep -c '^tuning-') || exit 4; "
        "\"$P\" bench step --device opencl --layers 20,12,3 --batch 8 --seconds 0.01 --no-kernels --no-peak --quiet "
        "--json | tr -d '[:space:]' | grep -q '\"tuned\":true' || exit 5");
    cr_expect_eq(status, 0, "exit status %d (3: a tuning failed, 4: the cache has something else, 5: nothing was kept)",
                 status);
    free(folder);
}
