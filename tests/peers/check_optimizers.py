#!/usr/bin/env python3
"""Check theta after 100 steps of clmlp's update rules against torch.optim in float64.

    check_optimizers.py PROGRAM FOLDER [SPEC:ENGINE[:FAMILY] ...]      default: cpu:auto

Both begin with the same theta and take the same batches: all rows at once, and batches in the order of the rows. Every
theta(l) has to be within 1e-10 of its largest number, while the rules themselves are more than 1e-3 apart. Exit status:
0 all agree; 1 not; 77 PyTorch or NumPy is not there.
"""
import sys

import trainings
from peers import np
from trainings import STEPS, largest_difference

# name: (options of clmlp, factor of the network's rate, make the optimizer of torch). make(torch.optim, groups): each
# group has "params", "lr", "weight_decay" (lambda / m; of biases 0) and "decoupled" (what --weight-decay is for it).
RULES = {
    "sgd": (["--optimizer", "sgd"], 1.0, lambda optim, groups: optim.SGD(groups)),
    "momentum": (["--optimizer", "momentum", "--momentum", "0.9"], 1.0,
                 lambda optim, groups: optim.SGD(groups, momentum=0.9)),
    "nesterov": (["--optimizer", "nesterov", "--momentum", "0.8"], 1.0,
                 lambda optim, groups: optim.SGD(groups, momentum=0.8, nesterov=True)),
    "rmsprop": (["--optimizer", "rmsprop"], 0.1, lambda optim, groups: optim.RMSprop(groups)),
    "rmsprop, other numbers": (["--optimizer", "rmsprop", "--beta2", "0.9", "--epsilon", "1e-3"], 0.1,
                               lambda optim, groups: optim.RMSprop(groups, alpha=0.9, eps=1e-3)),
    "adam": (["--optimizer", "adam"], 0.1, lambda optim, groups: optim.Adam(groups)),
    "adam, other numbers": (["--optimizer", "adam", "--beta1", "0.8", "--beta2", "0.95", "--epsilon", "1e-4"], 0.1,
                            lambda optim, groups: optim.Adam(groups, betas=(0.8, 0.95), eps=1e-4)),
    "adamw": (["--optimizer", "adamw", "--weight-decay", "0.3"], 0.1, lambda optim, groups: decoupled(optim, groups)),
    "momentum, clipped": (["--optimizer", "momentum", "--momentum", "0.9", "--clip-norm", "LIMIT"], 1.0,
                          lambda optim, groups: optim.SGD(groups, momentum=0.9)),
    "adam, clipped": (["--optimizer", "adam", "--clip-norm", "LIMIT"], 0.1, lambda optim, groups: optim.Adam(groups)),
    "momentum, scaled": (["--optimizer", "momentum", "--momentum", "0.9", "--input-scale-rate", "6"], 0.3,
                         lambda optim, groups: optim.SGD(groups, momentum=0.9)),
    "momentum, scaled, clipped": (["--optimizer", "momentum", "--momentum", "0.9", "--input-scale-rate", "6",
                                   "--clip-norm", "LIMIT"], 0.3, lambda optim, groups: optim.SGD(groups, momentum=0.9)),
}
DECAY = 0.3
# gradients are clipped to the middle norm of those of the same run without clipping: now and then
CLIPPED = ", clipped"
# the inputs have a scale s, a parameter as others, with 6 times the rate: theta(1) is that of the weights times s
SCALED, SCALE_RATE = ", scaled", 6.0
# factors of the rates: options of clmlp, and of theta(l) and its bias in torch
FACTORS = {
    "": ([], lambda l, sizes: 1.0, 1.0),
    "bias rate": (["--bias-rate", "0.1"], lambda l, sizes: 1.0, 0.1),
    "layer rates": (["--layer-rates", "LIST", "--bias-rate", "2"], lambda l, sizes: 1.0 / (l + 1.0), 2.0),
    "fan-in": (["--layer-rates", "fan-in"], lambda l, sizes: sizes[l - 1] ** -0.5, 1.0),
}
# activation, output, sizes, examples, batch, rate, lambda; STEPS steps are a whole number of epochs
NETWORKS = [
    ("sigmoid", "sigmoid", [13, 9, 4], 61, 61, 0.5, 0.0),
    ("tanh", "softmax", [21, 17, 33, 5], 160, 32, 0.05, 0.7),
    ("relu", "linear", [8, 31, 3], 120, 30, 0.01, 0.3),
    ("tanh", "softmax", [40, 3], 50, 1, 0.01, 0.1),
    ("swish", "softmax", [17, 19, 6, 4], 96, 24, 0.05, 0.2),
]


def make_network(random, activation, output, sizes, m):
    theta = [random.normal(size=(s_out, s_in + 1)) / np.sqrt(s_in) for s_in, s_out in zip(sizes, sizes[1:])]
    x, K = random.normal(size=(m, sizes[0])), sizes[-1]
    if output == "softmax":
        y = np.eye(K)[random.integers(0, K, m)]
    else:
        y = random.integers(0, 2, (m, K)).astype(np.float64) if output == "sigmoid" else random.normal(size=(m, K))
    return theta, x, y


class WithLambda:
    """torch's AdamW, whose weight_decay is the decoupled one: the lambda term of J is put into the gradient here."""

    def __init__(self, optim, groups):
        self.strengths = [group.pop("weight_decay") for group in groups]
        self.inner = optim.AdamW([{**group, "weight_decay": group["decoupled"]} for group in groups])

    def zero_grad(self):
        self.inner.zero_grad()

    def step(self):
        for strength, group in zip(self.strengths, self.inner.param_groups):
            for theta in group["params"]:
                theta.grad.add_(theta.detach(), alpha=strength)
        self.inner.step()


def decoupled(optim, groups):
    return WithLambda(optim, groups)


def groups_of(weights, biases, rate, strength, sizes, factors):
    _, of_layer, of_bias = factors
    groups = []
    for l, (weight, bias) in enumerate(zip(weights, biases), 1):
        lr = rate * of_layer(l, sizes)
        groups.append({"params": [weight], "lr": lr, "weight_decay": strength, "decoupled": DECAY})
        groups.append({"params": [bias], "lr": lr * of_bias, "weight_decay": 0.0, "decoupled": 0.0})
    return groups


def torch_train(theta, x, y, activation, output, batch, rate, strength, rule, factors, limit=None):
    """theta after STEPS steps, and the norms of their gradients. J's lambda term is weight_decay = lambda / m on the
    weights, none on the biases; with a limit or a scale it is in the cost, as both count it."""
    import torch
    from torch.nn import functional as F

    torch.set_num_threads(1)
    g = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "swish": F.silu}[activation]
    cost = {"sigmoid": lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="sum"),
            "softmax": lambda z, y: F.cross_entropy(z, y, reduction="sum"),
            "linear": lambda z, y: F.mse_loss(z, y, reduction="sum") / 2}[output]
    weights = [torch.tensor(matrix[:, 1:], dtype=torch.float64, requires_grad=True) for matrix in theta]
    biases = [torch.tensor(matrix[:, 0], dtype=torch.float64, requires_grad=True) for matrix in theta]
    sizes = [weight.shape[1] for weight in weights]
    scale = torch.ones(sizes[0], dtype=torch.float64, requires_grad=SCALED in rule)
    in_cost = strength / len(x) if limit or SCALED in rule else 0.0
    groups = groups_of(weights, biases, rate * RULES[rule][1], strength / len(x) - in_cost, sizes, factors)
    if SCALED in rule:
        groups.append({"params": [scale], "lr": rate * RULES[rule][1] * SCALE_RATE})
    optimizer = RULES[rule][2](torch.optim, groups)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    norms = []

    def used():
        return [weights[0] * scale, *weights[1:]] if SCALED in rule else weights

    for step in range(STEPS):
        first = step * batch % len(x)
        a = x[first:first + batch]
        for l, (weight, bias) in enumerate(zip(used(), biases), 1):
            z = F.linear(a, weight, bias)
            a = g(z) if l < len(weights) else z
        optimizer.zero_grad()
        decay = in_cost / 2 * sum((weight * weight).sum() for weight in used())
        (cost(z, y[first:first + batch]) / len(z) + decay).backward()
        if limit:
            parameters = [parameter for group in groups for parameter in group["params"]]
            norms.append(float(torch.nn.utils.clip_grad_norm_(parameters, limit)))
        optimizer.step()
    return [np.column_stack([b.detach().numpy(), w.detach().numpy()]) for w, b in zip(used(), biases)], norms


def train_clipped(*setting):
    """theta after STEPS steps, and what their gradients were clipped to."""
    norms = torch_train(*setting, limit=float("inf"))[1]
    limit = float(np.median(norms))
    return torch_train(*setting, limit=limit)[0], limit


def clmlp_train(program, folder, files, network, rule, factors, place, limit):
    """theta after STEPS steps, or what clmlp said."""
    activation, output, sizes, m, batch, rate, strength = network
    rates = ",".join(repr(factors[1](l, sizes)) for l in range(1, len(sizes)))
    values = {"LIST": rates, "LIMIT": repr(limit)}
    options = [values.get(word, word) for word in RULES[rule][0] + factors[0]]
    network = activation, output, sizes, m, batch, rate * RULES[rule][1], strength
    return trainings.clmlp(program, folder, files, network, place, *options)


def cases(places):
    """(network, rule, factors, place): every rule on every network at the first place; at each other place, where a
    start takes longer, on one network; the factors by turns."""
    for n in range(len(NETWORKS)):
        for r, rule in enumerate(RULES):
            factors = list(FACTORS)[(n + r) % len(FACTORS)]
            for p, place in enumerate(places):
                if p == 0 or (r + p) % len(NETWORKS) == n:
                    yield n, rule, factors, place


def check(program, folder, places):
    random = np.random.default_rng(1)
    checks = trainings.Checks()
    problems, answers = [], {}
    for number, network in enumerate(NETWORKS, 1):
        activation, output, sizes, m, batch, rate, strength = network
        theta, x, y = make_network(random, activation, output, sizes, m)
        files = trainings.write(folder, number, x, y, theta)
        problems.append((theta, x, y, files))

    def answer(n, rule, factors):
        if (n, rule, factors) not in answers:
            activation, output, _, _, batch, rate, strength = NETWORKS[n]
            theta, x, y, _ = problems[n]
            setting = (theta, x, y, activation, output, batch, rate, strength, rule, FACTORS[factors])
            clips = rule.endswith(CLIPPED)
            answers[n, rule, factors] = train_clipped(*setting) if clips else (torch_train(*setting)[0], None)
        return answers[n, rule, factors]

    for n, rule, factors, place in cases(places):
        activation, output, sizes, m, batch, rate, strength = NETWORKS[n]
        right, limit = answer(n, rule, factors)
        others = [answer(n, other, factors)[0] for other in RULES if other != rule]
        others += [answer(n, rule, other)[0] for other in FACTORS if other != factors]
        apart = min(largest_difference(other, right) for other in others)
        trained = clmlp_train(program, folder, problems[n][3], NETWORKS[n], rule, FACTORS[factors], place,
                              limit)
        checks.add(f"{rule:22} {factors or 'one rate':11} {':'.join(place):17} {'-'.join(map(str, sizes)):10} "
                   f"{activation:7} {output:7} lambda {strength:<3g} m {m:<3} batch {batch:<3}", trained, right,
                   "others", apart)
    return checks.end()


if __name__ == "__main__":
    sys.exit(trainings.main(sys.argv[1:], __doc__, check))
