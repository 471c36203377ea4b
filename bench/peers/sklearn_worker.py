"""The same training in scikit-learn's MLPClassifier, asked for over standard input: one JSON object a line in, one out.

Plain gradient descent: solver sgd, no momentum, constant rate, alpha 0, logistic units. Its output layer for more than
two classes is softmax with cross-entropy, so it is compared with clmlp --output softmax.
"""
import time
import warnings

import numpy as np
import scipy.sparse
import sklearn
import threadpoolctl
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from worker import serve

warnings.simplefilter("ignore", ConvergenceWarning)


def classifier(layers, batch, rate, epochs, shuffle):
    return MLPClassifier(hidden_layer_sizes=tuple(layers[1:-1]), activation="logistic", solver="sgd", momentum=0.0,
                         nesterovs_momentum=False, alpha=0.0, batch_size=batch, learning_rate="constant",
                         learning_rate_init=rate, max_iter=epochs, shuffle=shuffle, early_stopping=False, tol=0.0,
                         n_iter_no_change=epochs + 1, random_state=1)


def about():
    pools = [f"{pool['internal_api']} {pool['version']}, {pool['num_threads']} threads"
             for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    return {"scikit-learn": sklearn.__version__, "scikit-learn's BLAS": "; ".join(pools)}


def cost(network, x, y):
    """J of softmax and cross-entropy over all examples."""
    h = network.predict_proba(x).astype(np.float64)
    return -np.log(h[np.arange(len(y)), y.argmax(1)]).mean()


def train(layers, batch, rate, epochs, x, y, theta):
    """`epochs` epochs in the order of the file from given theta: J after them."""
    x, y = np.load(x), np.load(y)
    network = classifier(layers, batch, rate, 1, shuffle=False)
    # the first call creates the weights; momentum is 0, so nothing else of it is left when they are replaced
    network.partial_fit(x[:batch], y[:batch].argmax(1), classes=np.arange(layers[-1]))
    arrays = [array for pair in zip(network.coefs_, network.intercepts_) for array in pair]
    for array, values in zip(arrays, np.load(theta).values()):
        array[...] = values.T
    for _ in range(epochs):
        network.partial_fit(x, y.argmax(1))
    return {"cost": cost(network, x, y), "accuracy": network.score(x, y.argmax(1)), "dtype": str(arrays[0].dtype)}


def epoch(layers, batch, rate, x, y, seconds, form):
    """Milliseconds of an epoch: one fit of as many epochs as the time allows, divided by their number. form: of x,
    "dense" or "CSR", without its zeros."""
    x, classes = np.load(x), np.load(y).argmax(1)
    if form == "CSR":
        x = scipy.sparse.csr_matrix(x)

    def fit(epochs):
        start = time.perf_counter()
        classifier(layers, batch, rate, epochs, shuffle=True).fit(x, classes)
        return time.perf_counter() - start

    epochs = max(1, round(seconds / fit(1)))
    return {"milliseconds": 1e3 * fit(epochs) / epochs, "epochs": epochs}


if __name__ == "__main__":
    serve({"about": about, "train": train, "epoch": epoch})
