#!/usr/bin/env python3
"""Train a clmlp model with PyTorch or NumPy in float64, and dump every tensor as `clmlp verify --dump` does.

    make_dump.py model.safetensors train.csv tensors --steps 5 --batch 32 --rate 0.5 --lambda 0.1
    clmlp verify train.csv --model model.safetensors --against tensors

The features are scaled as the model says; theta and scaled features are then rounded to float32 (--precision f32), so
that a device that computes in f32 begins with the same numbers. Batches are taken in the order of the file.
Exit status: 0 done; 77 PyTorch or NumPy is not there.
"""
import argparse
import sys

import peers
from peers import np


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="safetensors file of clmlp train")
    parser.add_argument("data", help="CSV or NPY; the target is the last column unless --labels")
    parser.add_argument("folder", help="where to write STEP-LAYER-NAME.npy")
    parser.add_argument("--labels", help="targets in a file of their own")
    parser.add_argument("--with", dest="peer", choices=sorted(peers.STEPS), default="torch")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=0.5)
    parser.add_argument("--lambda", dest="strength", type=float, default=0.0)
    parser.add_argument("--activation", help="of a model file that does not say it")
    parser.add_argument("--output", help="of a model file that does not say it")
    parser.add_argument("--precision", choices=["f32", "f64"], default="f32")
    o = parser.parse_args()
    if o.peer == "torch" and not peers.HAS_TORCH:
        print("skipped: PyTorch is not installed")
        return 77
    metadata, theta = peers.read_model(o.model)
    activation = metadata.get("clmlp.activation", o.activation or "sigmoid")
    output = metadata.get("clmlp.output", o.output or "sigmoid")
    x, y = peers.read_data(o.data, o.labels, metadata, theta[0].shape[1] - 1, len(theta[-1]))
    if o.precision == "f32":
        x, y = x.astype(np.float32).astype(np.float64), y.astype(np.float32).astype(np.float64)
        theta = [matrix.astype(np.float32).astype(np.float64) for matrix in theta]
    decay = o.strength / len(x)
    step = peers.make_dump(o.folder, peers.STEPS[o.peer], theta, x, y, activation, output, o.steps,
                           min(o.batch, len(x)), o.rate, decay)
    M = min(o.batch, len(x))
    print(f"{o.folder}: {o.steps} steps by {o.peer}, J of the first batch {peers.J_of(step, theta, M, decay):.17g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
