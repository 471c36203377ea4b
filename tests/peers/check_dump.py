#!/usr/bin/env python3
"""Train with clmlp, go on from its model with PyTorch and NumPy (make_dump.py), and hold clmlp's steps against theirs.

    check_dump.py PROGRAM DATA FOLDER
"""
import json
import os
import subprocess
import sys

import peers

HERE = os.path.dirname(os.path.abspath(__file__))


def main(arguments):
    if len(arguments) != 3:
        return __doc__
    if not peers.HAS_TORCH:
        print("skipped: PyTorch is not installed")
        return 77
    program, data, folder = arguments
    os.makedirs(folder, exist_ok=True)
    model = os.path.join(folder, "model.safetensors")
    subprocess.run([program, "train", data, "--device", "cpu", "--epochs", "2", "--hidden", "30,20", "--activation",
                    "tanh", "--model", model, "--quiet", "--json"], check=True, stdout=subprocess.DEVNULL)
    failed = 0
    for peer, precision in (("torch", "f32"), ("numpy", "f64")):
        dump = os.path.join(folder, f"{peer}-{precision}")
        subprocess.run([sys.executable, os.path.join(HERE, "make_dump.py"), model, data, dump, "--with", peer,
                        "--precision", precision, "--lambda", "0.1", "--steps", "3", "--batch", "100"], check=True)
        done = subprocess.run([program, "verify", data, "--model", model, "--against", dump, "--device", "cpu",
                               "--precision", precision, "--json", "--quiet"], check=False, capture_output=True,
                              text=True)
        found = json.loads(done.stdout or "{}")
        passed = done.returncode == 0 and found["steps"] == 3 and len(found["tensors"]) == 3 * 16
        failed += not passed
        print(f"{'ok  ' if passed else 'FAIL'} {peer} {precision}: exit status {done.returncode}, largest "
              f"difference {found.get('max_of_bound')} of its bound {done.stderr}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
