"""The networks whose steps are timed, and how many examples lie beside each."""

# layers, batch, how many times faster a step of sgd is to be than the fastest peer's
NETWORKS = [([64, 25, 10], 1437, 2.0), ([784, 128, 10], 32, 2.0), ([784, 512, 10], 128, 1.5),
            ([784, 1024, 1024, 10], 1024, 1.15)]
SGD_NETWORKS = [NETWORKS[0], ([64, 25, 10], 32, 2.0), *NETWORKS[1:]]
EXAMPLE_BYTES, LEAST_BATCHES, MOST_BATCHES = 32 << 20, 2, 512  # as clmlp bench step makes its examples


def name_of(layers, batch):
    return f"{'-'.join(map(str, layers))}, batch {batch:,}"


def is_full_batch(batch):
    """The digits are trained on as the article does it, all at once; the others in mini-batches."""
    return batch == NETWORKS[0][1]


def resident_examples(layers, batch):
    if is_full_batch(batch):
        return batch
    return batch * int(min(max(EXAMPLE_BYTES / (layers[0] * batch * 4), LEAST_BATCHES), MOST_BATCHES))
