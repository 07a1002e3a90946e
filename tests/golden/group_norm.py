"""Writes group_norm.json: Equinox's GroupNorm with one group, and its cotangents, in float64 and float32.

Made with Python 3.11, equinox 0.13.8, jax 0.10.2, jaxlib 0.10.2, numpy 2.4.6.

    python tests/golden/group_norm.py

The inputs are float32, so both precisions see the same numbers. `offset` is added to u: the variance must be found
around the mean, not as a difference of squares.
"""

import json
import pathlib

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

CASES = [
    dict(shape=(1, 5), affine=True, eps=1e-5, offset=0.0, factor=1.0),
    dict(shape=(3, 7), affine=True, eps=1e-5, offset=0.5, factor=1.0),
    dict(shape=(3, 7), affine=False, eps=1e-5, offset=-0.5, factor=2.0),
    dict(shape=(5, 33), affine=True, eps=1e-5, offset=100.0, factor=1.0),
    dict(shape=(2, 3, 5), affine=True, eps=1e-2, offset=0.0, factor=1e-2),
    dict(shape=(3, 3, 5, 7), affine=True, eps=1e-5, offset=0.0, factor=3.0),
]


def evaluate(case, x, dtype):
    x = {k: jnp.asarray(v, dtype) for k, v in x.items()}
    channels = case["shape"][0]
    norm = eqx.nn.GroupNorm(1, channels, eps=case["eps"], channelwise_affine=case["affine"], dtype=dtype)

    def call(u, w, b):
        if not case["affine"]:
            return norm(u)
        return eqx.tree_at(lambda n: (n.weight, n.bias), norm, (w, b))(u)

    v, pull = jax.vjp(call, x["u"], x["w"], x["b"])
    bars = pull(x["vBar"])
    assert v.dtype == dtype
    return {k: np.asarray(a, np.float64).ravel() for k, a in zip(("v", "uBar", "wBar", "bBar"), (v, *bars))}


def main():
    random = np.random.default_rng(0)
    cases = []
    for case in CASES:
        shape = case["shape"]
        draw = lambda *s: random.normal(size=s).astype(np.float32)
        x = {
            "u": (case["offset"] + case["factor"] * draw(*shape)).astype(np.float32),
            "w": draw(shape[0]),
            "b": draw(shape[0]),
            "vBar": draw(*shape),
        }
        exact = evaluate(case, x, jnp.float64)
        single = evaluate(case, x, jnp.float32)
        names = ["v", "uBar"] + (["wBar", "bBar"] if case["affine"] else [])
        gap = {k: float(np.linalg.norm(single[k] - exact[k]) / np.linalg.norm(exact[k])) for k in names}
        cases.append(
            {
                "shape": list(shape),
                "affine": case["affine"],
                "eps": case["eps"],
                "inputs": {k: [float(y) for y in v.ravel()] for k, v in x.items()},
                "float64": {k: [float(f"{y:.12g}") for y in exact[k]] for k in names},
                "float32Gap": gap,
            }
        )
        print(shape, gap)
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"cases": cases}, separators=(",", ":")) + "\n")


main()
