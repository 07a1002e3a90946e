"""Writes random_numbers.json: keys, words and numbers of jax.random in both layouts of threefry2x32.

Made with Python 3.11, jax 0.10.2, jaxlib 0.10.2, numpy 2.4.6 on a CPU with fused multiply-add, float32.

    python tests/golden/random_numbers.py

Floats stand as the uint32 of their bits, long lists as a head and a sum or a hash (see `digest`).
The file must not be called random.py: it would hide the module of that name from every script beside it.
"""

import json
import pathlib

import jax
import numpy as np

SEEDS = [0, 42, 73, 2**32 - 1, 2**32 + 5, -1, -(2**53), 2**53]
SIZES = [0, 1, 2, 3, 7, 1000, 10001]
HEAD = 12


def words(x):
    return [int(w) for w in np.asarray(x).reshape(-1).view(np.uint32)]


def digest(x):
    """Size, first and last elements, and a hash in which every element and its place count."""
    w = words(x)
    total = 0
    for word in w:
        total = (total * 31 + word) % 2**32
    return {"size": len(w), "head": w[:HEAD], "tail": w[-3:], "hash": total}


def layout(partitionable):
    jax.config.update("jax_threefry_partitionable", partitionable)
    key = jax.random.PRNGKey
    ranges = [(0.0, 1.0), (-1.0, 1.0), (-(0.5**0.5), 0.5**0.5), (0.1, 0.9), (-100.0, -99.9)]
    return {
        "split": [
            {"seed": seed, "num": num, "words": words(jax.random.split(key(seed), num))}
            for seed in SEEDS
            for num in (0, 1, 2, 3, 5)
        ],
        "bits": [
            {"seed": seed, "size": size, **digest(jax.random.bits(key(seed), (size,)))}
            for seed in (0, 42, -1)
            for size in SIZES
        ],
        "bitsScalar": words(jax.random.bits(key(42), ())),
        "bitsMatrix": words(jax.random.bits(key(42), (3, 5))),
        "uniform": [
            {
                "seed": seed,
                "minval": low,
                "maxval": high,
                **digest(jax.random.uniform(key(seed), (10001,), minval=low, maxval=high)),
            }
            for seed in (0, 73)
            for low, high in ranges
        ],
        "normal": [
            {"seed": seed, "size": size, **digest(jax.random.normal(key(seed), (size,)))}
            for seed in (0, 73)
            for size in (1, 3, 10001, 1000000)
        ],
        "permutation": [
            {"seed": seed, "n": n, **digest(np.asarray(jax.random.permutation(key(seed), n), np.uint32))}
            for seed in (0, 42)
            for n in (0, 1, 2, 7, 1625, 1626, 1980, 100000)
        ],
    }


golden = {
    "keys": [{"seed": seed, "words": words(jax.random.PRNGKey(seed))} for seed in SEEDS],
    "partitionable": layout(True),
    "original": layout(False),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, indent=2) + "\n")
