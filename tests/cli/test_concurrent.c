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
