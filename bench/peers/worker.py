"""What the workers in Python share: a line of JSON in, a line out; and the clock."""
import json
import statistics
import sys

JAX_KINDS = ("weights [in x out]", "weights [out x in]")  # how they lie; the faster one takes part
BLOCK_SECONDS = 0.01  # a block of steps is timed as one, so that the clock costs nothing


def serve(answers):
    """answers: {what to do: function of the request's other fields that returns the answer}."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = answers[request.pop("do")](**request)
        except Exception as error:  # whatever it was, the others go on without this one
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
        print(json.dumps(answer), flush=True)


def measure(block, seconds):
    """Median and least milliseconds of a step over blocks of steps; block(count): seconds that so many take."""
    block(3)
    count = 1
    while block(count) < BLOCK_SECONDS:
        count *= 2
    blocks, spent = [], 0.0
    while len(blocks) < 3 or spent < seconds:
        took = block(count)
        blocks.append(took / count)
        spent += took
    return {"milliseconds": 1e3 * statistics.median(blocks), "least": 1e3 * min(blocks), "steps": count * len(blocks)}
