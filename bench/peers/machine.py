"""What a run was made on, and whether something else was busy meanwhile."""
import os
import pathlib
import platform
import re
import subprocess

TICK = os.sysconf("SC_CLK_TCK")


def output_of(*command):
    """First line that a command prints; empty where it fails or is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else ""


def field(path, name):
    match = re.search(rf"^{name}\s*[:=]\s*\"?(.*?)\"?$", pathlib.Path(path).read_text(), re.MULTILINE)
    return match.group(1) if match else ""


def describe(threads):
    """No name or address of the machine in it: results are published."""
    return {"cpu": field("/proc/cpuinfo", "model name") or platform.machine(), "cores": os.cpu_count(),
            "threads_used": threads, "memory_gib": round(int(field("/proc/meminfo", "MemTotal").split()[0]) / 2**20, 1),
            "vector_units": [flag for flag in ("sse2", "avx", "avx2", "fma", "avx512f", "asimd", "sve")
                             if flag in cpu_flags()],
            "os": field("/etc/os-release", "PRETTY_NAME"), "kernel": platform.release().split("-")[0]}


def cpu_flags():
    return (field("/proc/cpuinfo", "flags") or field("/proc/cpuinfo", "Features")).split()


def name_of(machine):
    """For file names: 'amd-epyc-2-cores'."""
    cpu = re.sub(r"\((r|tm)\)|@.*|\bcpu\b|\bprocessor\b|\b\d+-core\b", " ", machine["cpu"].lower())
    return "-".join(re.findall(r"[a-z0-9]+", cpu)) + f"-{machine['cores']}-cores"


def package(name):
    return output_of("dpkg-query", "-W", "-f=${Version}\n", name) or "not from a package"


def load_average():
    return [round(value, 2) for value in os.getloadavg()]


def pin(threads):
    """Keeps this process, and all that it will start, on the first `threads` processors that it may use."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def busy_seconds():
    """Processor seconds that anyone used (or a hypervisor took away) on the processors of this process."""
    mine = {f"cpu{number}" for number in os.sched_getaffinity(0)}
    total = 0
    for line in pathlib.Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name in mine:
            user, nice, system, _, _, irq, softirq, steal = map(int, ticks[:8])
            total += user + nice + system + irq + softirq + steal
    return total / TICK


def process_seconds(pid):
    """Processor seconds of a process and of its children that have ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICK


class Watch:
    """How many processors others kept busy between start and stop."""

    def __init__(self, workers):
        self.workers = workers

    def now(self):
        ours = process_seconds("self") + sum(process_seconds(worker.pid) for worker in self.workers)
        return os.times().elapsed, busy_seconds(), ours

    def start(self):
        self.began = self.now()

    def stop(self):
        wall, busy, ours = (after - before for after, before in zip(self.now(), self.began))
        return max(0.0, (busy - ours) / wall) if wall > 0 else 0.0
