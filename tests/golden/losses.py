"""Writes losses.json: losses of trainax, and those that it names without having them, with gradients to both sides.

Made with Python 3.11, trainax 0.0.2, jax 0.10.2, jaxlib 0.10.2, numpy 2.4.6, in float64.

    python tests/golden/losses.py

trainax has MSE, MAE and their normalized forms. RMSE and Lp are its TODOs; here they are `jnp.linalg.norm` of the
flattened difference over the p-th root of its size. `float32` is what trainax gives in that precision. The
objectives are those of trainax's configurations with a linear stepper of two taps.
"""

import json
import pathlib

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import trainax as tx

jax.config.update("jax_enable_x64", True)


class Norm(tx.loss.BaseLoss):
    p: float

    def __init__(self, p, **options):
        super().__init__(**options)
        self.p = p

    def single_batch(self, prediction, target=None):
        diff = (prediction if target is None else prediction - target).reshape(-1)
        return jnp.linalg.norm(diff, ord=self.p) / diff.size ** (1 / self.p)


class Sum(tx.loss.BaseLoss):
    """0.5 MSE - 2 normalized MAE + 0.25 RMSE."""

    def single_batch(self, prediction, target=None):
        parts = [(0.5, tx.loss.MSELoss()), (-2.0, tx.loss.Normalized_MAELoss()), (0.25, Norm(2))]
        return sum(w * loss.single_batch(prediction, target) for w, loss in parts)


LOSSES = {
    "mse": tx.loss.MSELoss,
    "mae": tx.loss.MAELoss,
    "normalizedMse": tx.loss.Normalized_MSELoss,
    "normalizedMae": tx.loss.Normalized_MAELoss,
    "rmse": lambda **o: Norm(2, **o),
    "lp1": lambda **o: Norm(1, **o),
    "lp2.5": lambda **o: Norm(2.5, **o),
    "lp4": lambda **o: Norm(4, **o),
    "composite": Sum,
}
ONE_SIDED = ("mse", "mae", "rmse", "lp1", "lp2.5", "lp4")
REDUCTIONS = {"mean": jnp.mean, "sum": jnp.sum}


def numbers(x):
    return [float(f"{v:.12g}") for v in np.asarray(x, np.float64).reshape(-1)]


def evaluate(f, *args):
    """Value and gradients by all arguments in float64; the value and its gradients in float32."""
    found = {}
    for name, dtype in (("", np.float64), ("float32", np.float32)):
        given = [jnp.asarray(a, dtype) for a in args]
        value, grads = jax.value_and_grad(f, argnums=tuple(range(len(args))))(*given)
        assert grads[0].dtype == dtype
        entry = {"value": float(value), "grads": [numbers(g) for g in grads]}
        found = {**found, **(entry if name == "" else {"gap": gap(found, entry)})}
    return found


def gap(a, b):
    """The largest relative difference, in the norm of each gradient."""
    off = [abs(a["value"] - b["value"]) / abs(a["value"])]
    for x, y in zip(a["grads"], b["grads"]):
        off.append(np.linalg.norm(np.subtract(x, y)) / np.linalg.norm(x))
    return float(max(off))


def sides(shape, seed):
    draw = np.random.default_rng(seed).uniform(-1, 1, (2, 3, *shape)).astype(np.float32)
    return draw[0], draw[1]


def states():
    cases = []
    for seed, shape in enumerate([(2, 7), (1, 5, 3), (9,)]):
        p, r = sides(shape, seed)
        entry = {"shape": shape, "p": numbers(p), "r": numbers(r), "losses": {}}
        for name, loss in LOSSES.items():
            for reduction, function in REDUCTIONS.items():
                both = evaluate(loss(batch_reduction=function), p, r)
                entry["losses"][f"{name} {reduction}"] = both
                if name in ONE_SIDED:
                    entry["losses"][f"{name} {reduction} alone"] = evaluate(loss(batch_reduction=function), p)
        cases.append(entry)
    return cases


class Taps(eqx.Module):
    w: jax.Array

    def __call__(self, u):
        return self.w[0] * u + self.w[1] * jnp.roll(u, -1, axis=-1)


def physics(u):
    return 0.25 * u + 0.75 * jnp.roll(u, 1, axis=-1)


def objectives():
    """Losses inside of configurations: targets that are snapshots, and that depend on the parameters."""
    data = np.random.default_rng(9).uniform(-1, 1, (4, 4, 1, 7)).astype(np.float32)
    w = np.float32([0.4, 0.5])
    entries = []
    for name, loss in LOSSES.items():
        for reduction, function in REDUCTIONS.items():
            level = loss(batch_reduction=function)
            configurations = {
                "supervised": tx.configuration.Supervised(num_rollout_steps=3, time_level_loss=level),
                "diverted": tx.configuration.DivertedChain(
                    num_rollout_steps=3, num_branch_steps=2, time_level_loss=level
                ),
            }
            if name in ONE_SIDED:
                configurations["residuum"] = tx.configuration.Residuum(num_rollout_steps=3, time_level_loss=level)
            for title, configuration in configurations.items():
                f = lambda w: configuration(
                    Taps(w), jnp.asarray(data, w.dtype), ref_stepper=physics,
                    residuum_fn=lambda after, before: after - physics(before),
                )
                entries.append(
                    {"configuration": title, "loss": name, "reduction": reduction, **evaluate(f, w)}
                )
    return {"shape": data.shape, "data": numbers(data), "weights": numbers(w), "entries": entries}


out = {"states": states(), "objectives": objectives()}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
