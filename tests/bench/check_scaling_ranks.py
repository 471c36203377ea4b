"""check_scaling_ranks.py PROGRAM MPIRUN MODULE: clmlp bench scaling over two ranks; 77 where there is no such MPI."""
import json
import os
import shutil
import subprocess
import sys

# MPI keeps what it has until the process ends: leaks are looked for without it
os.environ["ASAN_OPTIONS"] = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "detect_leaks=0")))

RANKS = 2
LINE = ["bench", "scaling", "--layers", "20,12,3", "--batch", "64", "--seconds", "0.5", "--links", "1"]
ON_CPU = ["--device", "cpu"]


def mpirun(launcher, program, *more):
    """Root may, in a container; two ranks on one processor, too. MPICH 4.0.2 hangs in MPI_Finalize, now and then, where
    UCX has connections over TCP, which one host does not need."""
    environment = dict(os.environ, CLMLP_CPU_THREADS="1", OMPI_ALLOW_RUN_AS_ROOT="1",
                       OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_rmaps_base_oversubscribe="1",
                       OMPI_MCA_hwloc_base_binding_policy="none", UCX_TLS="posix,sysv,self")
    return subprocess.run([launcher, "-n", str(RANKS), program, *LINE, *more], env=environment, capture_output=True,
                          text=True, timeout=300)


def check_json(done):
    assert done.returncode == 0, done
    found = json.loads(done.stdout)  # one object: rank 0 alone prints
    assert found["ranks"] == RANKS and found["mpi"], found["mpi"]
    measured = found["measured"]
    assert measured["alpha_microseconds"] >= measured["overhead_microseconds"] >= 0, measured
    assert measured["step_milliseconds"] > 0 and measured["predicted_step_milliseconds"] > 0, measured
    assert 0 <= measured["residual_percent"] <= measured["worst_percent"], measured
    sums = measured["sums"]
    assert sums[0]["bytes"] == 4 and all(a["bytes"] * 4 == b["bytes"] for a, b in zip(sums, sums[1:])), sums
    assert all(row["milliseconds"] > 0 for row in sums), sums
    links = found["links"]
    assert [link["measured"] for link in links] == [True, False], links
    assert links[0]["alpha_microseconds"] == measured["alpha_microseconds"]
    # what is predicted for the ranks at hand is the row of as many devices
    row = next(row for row in links[0]["predictions"] if row["devices"] == RANKS)
    difference = row["ordered"]["milliseconds"] - measured["predicted_step_milliseconds"]
    assert abs(difference) <= 1e-9 * row["ordered"]["milliseconds"], row


def check_table(done):
    assert done.returncode == 0, done
    for text in ("steps of 20-12-3, batches of 64", f"sums over {RANKS} ranks, ", "a step on these ranks: ",
                 "\nmeasured: ", "\nby name: 1 GB/s"):
        assert done.stdout.count(text) == 1, (text, done.stdout)
    assert done.stderr.count("device cpu") == 1, done.stderr


def check_error(done):
    """A device that is not there: all ranks end, and one says why."""
    assert done.returncode not in (0, 77), done
    assert done.stdout == "", done.stdout
    assert done.stderr.count("clmlp: there is no device 'opencl:9.9'") == 1, done.stderr


def main():
    program, launcher, module = sys.argv[1:]
    if shutil.which(launcher) is None or not os.path.exists(module):
        print(f"skipped: {launcher} or {module} is not here")
        sys.exit(77)
    check_json(mpirun(launcher, program, *ON_CPU, "--json"))
    check_table(mpirun(launcher, program, *ON_CPU))
    check_error(mpirun(launcher, program, "--device", "opencl:9.9", "--quiet"))


if __name__ == "__main__":
    main()
