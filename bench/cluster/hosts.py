"""Hosts on one machine: network namespaces joined by a switch, with rate and delay of each host's port."""
import os
import pathlib
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
NETWORK = "10.77.0"
MTU = 9000
QUEUE = 32 << 20  # bytes that wait in a port before any is lost: losses are no part of the model


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def has_netem():
    """Whether this kernel can delay packets by itself."""
    done = subprocess.run(["unshare", "-n", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"],
                          capture_output=True)
    return done.returncode == 0


class Hosts:
    """`count` hosts, 10.77.0.1 and so on, each with a port of `megabits` a second and, on the way out, a delay of
    `delay` milliseconds. With a delay and a kernel without netem a program of ours (delay.c) is the switch."""

    def __init__(self, count, megabits, delay, folder):
        self.count, self.megabits, self.delay, self.folder = count, megabits, delay, folder
        self.prefix = f"clmlp{os.getpid()}"
        self.switch = None
        self.method = "tbf"
        self.environment = dict(os.environ, CLMLP_CLUSTER=self.prefix)

    def name(self, i):
        return f"{self.prefix}-h{i}"

    def address(self, i):
        return f"{NETWORK}.{i}"

    def inside(self, i, *command):
        return run("ip", "netns", "exec", self.name(i), *command)

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_):
        self.down()

    def up(self):
        for i in range(1, self.count + 1):
            run("ip", "netns", "add", self.name(i))
        netem = self.delay > 0 and has_netem()
        if self.delay > 0 and not netem:
            self.start_switch()
        else:
            self.make_bridge()
        for i in range(1, self.count + 1):
            self.inside(i, "ip", "link", "set", "lo", "up")
            self.inside(i, "ip", "link", "set", "eth0", "mtu", str(MTU), "txqueuelen", "10000", "up")
            self.inside(i, "ip", "address", "add", f"{self.address(i)}/24", "dev", "eth0")
            self.shape(i, netem)

    def shape(self, i, netem):
        burst = max(2 * MTU, int(self.megabits * 1e6 / 8 * 5e-4))  # what passes in half a millisecond
        tbf = ["tbf", "rate", f"{self.megabits}mbit", "burst", str(burst), "limit", str(QUEUE)]
        if netem:
            self.method = "netem and tbf"
            self.inside(i, "tc", "qdisc", "add", "dev", "eth0", "root", "handle", "1:", "netem", "delay",
                        f"{round(1000 * self.delay)}us", "limit", "100000")
            self.inside(i, "tc", "qdisc", "add", "dev", "eth0", "parent", "1:1", "handle", "10:", *tbf)
        else:
            self.inside(i, "tc", "qdisc", "add", "dev", "eth0", "root", *tbf)

    def make_bridge(self):
        """In a namespace of its own, too, so that nothing of the machine's network is touched."""
        switch = f"{self.prefix}-switch"
        run("ip", "netns", "add", switch)
        run("ip", "-n", switch, "link", "add", "bridge0", "type", "bridge")
        run("ip", "-n", switch, "link", "set", "bridge0", "up")
        for i in range(1, self.count + 1):
            run("ip", "-n", switch, "link", "add", f"port{i}", "type", "veth", "peer", "name", "eth0", "netns",
                self.name(i))
            run("ip", "-n", switch, "link", "set", f"port{i}", "master", "bridge0", "mtu", str(MTU), "up")

    def start_switch(self):
        program = os.path.join(self.folder, "delay")
        run("cc", "-O2", "-std=gnu11", "-Wall", "-Wextra", "-o", program, str(HERE / "delay.c"))
        names = [self.name(i) for i in range(1, self.count + 1)]
        self.method = "tbf, and delay.c, as the kernel has no netem"
        self.switch = subprocess.Popen([program, str(round(1000 * self.delay)), str(MTU), *names],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.switch.stdout.readline() != "ready\n":
            raise RuntimeError("delay.c does not begin")

    def down(self):
        """What still runs on the hosts ends first: with a namespace that is in use, its devices would stay."""
        for i in range(1, self.count + 1):
            listed = subprocess.run(["ip", "netns", "pids", self.name(i)], capture_output=True, text=True).stdout
            for process in listed.split():
                try:
                    os.kill(int(process), signal.SIGKILL)
                except ProcessLookupError:
                    pass
        if self.switch is not None:
            self.switch.stdin.close()
            self.switch.wait()
        for name in [self.name(i) for i in range(1, self.count + 1)] + [f"{self.prefix}-switch"]:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)

    def mpirun(self, ranks, command, variables, timeout):
        """Run a command as `ranks` ranks, one on each host, by Open MPI over TCP; what rank 0 prints."""
        line = ["mpirun.openmpi"] + (["--allow-run-as-root"] if os.geteuid() == 0 else [])
        line += ["--host", ",".join(f"{self.address(i)}:1" for i in range(1, ranks + 1)), "--map-by", "node",
                 "--bind-to", "none", "--mca", "plm_rsh_agent", str(HERE / "agent.sh"),
                 "--mca", "plm_rsh_no_tree_spawn", "1", "--mca", "pml", "ob1", "--mca", "btl", "tcp,self",
                 "--mca", "btl_tcp_if_include", "eth0", "--mca", "oob_tcp_if_include", "eth0"]
        for name, value in variables.items():
            line += ["-x", f"{name}={value}"]
        line += ["-n", str(ranks), *command]
        began = time.perf_counter()
        process = subprocess.Popen([str(HERE / "agent.sh"), self.address(1), "exec", *map(quote, line)],
                                   env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise RuntimeError(f"no end after {timeout} s: {' '.join(line)}") from None
        if process.returncode != 0:
            raise RuntimeError(f"exit status {process.returncode} of {' '.join(line)}:\n{err[-3000:]}")
        print(f"{ranks} ranks, {time.perf_counter() - began:.1f} s: {' '.join(command[1:3])}", file=sys.stderr)
        return out


def quote(word):
    return "'" + word.replace("'", "'\\''") + "'"
