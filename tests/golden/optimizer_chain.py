"""Writes optimizer_chain.json: trainings by trainax through optimizers and chains of optax, and values of schedules.

Made with Python 3.11, trainax 0.0.2, optax 0.2.8, equinox 0.13.8, jax 0.10.2, jaxlib 0.10.2, numpy 2.4.6, in float64.

    python tests/golden/optimizer_chain.py

Each training has 50 updates of a network with three layers on random trajectories. `gap` is the largest relative
difference, in the norm of the loss history and of each leaf, to the same training in float32.
"""

import json
import pathlib

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import trainax as tx

jax.config.update("jax_enable_x64", True)

UPDATES = 50
BATCH = 5
draw = np.random.default_rng(4)
DATA = draw.uniform(-1, 1, (3, 8, 1, 7)).cumsum(axis=1).astype(np.float32) / 3
START = {
    "lift": {
        "weight": draw.uniform(-0.6, 0.6, (3, 1, 3)).astype(np.float32),
        "bias": draw.uniform(-0.6, 0.6, (3,)).astype(np.float32),
    },
    "middle": {
        "weight": draw.uniform(-0.6, 0.6, (3, 3, 3)).astype(np.float32),
        "bias": draw.uniform(-0.6, 0.6, (3,)).astype(np.float32),
    },
    "last": {"weight": draw.uniform(-0.6, 0.6, (1, 3, 1)).astype(np.float32)},
}


def conv(u, w):
    """Periodic, w [C_OUT, C_IN, K] with K odd."""
    half = w.shape[-1] // 2
    taps = jnp.stack([jnp.roll(u, half - k, axis=-1) for k in range(w.shape[-1])], axis=1)
    return jnp.einsum("ock,ckn->on", w, taps)


class Net(eqx.Module):
    parameters: dict

    def __call__(self, u):
        p = self.parameters
        x = jnp.tanh(conv(u, p["lift"]["weight"]) + p["lift"]["bias"][:, None])
        x = jnp.tanh(conv(x, p["middle"]["weight"]) + p["middle"]["bias"][:, None])
        return u + conv(x, p["last"]["weight"])


def leaves(frozen):
    """A function that gives a tree like the network of whether each leaf is not frozen."""
    def mark(net):
        paths, tree = jax.tree_util.tree_flatten_with_path(net)
        names = [".".join(str(k.key) for k in path if hasattr(k, "key")) for path, _ in paths]
        return jax.tree_util.tree_unflatten(tree, [not frozen(name) for name in names])
    return mark


def without(frozen, optimizer):
    """The optimizer for the leaves that are not frozen; the others stay."""
    labels = lambda net: jax.tree.map(lambda t: "trained" if t else "frozen", leaves(frozen)(net))
    return optax.multi_transform({"trained": optimizer, "frozen": optax.set_to_zero()}, labels)


bias = lambda name: name.endswith("bias")
cosine = optax.cosine_decay_schedule(0.02, 40, 0.1, 1.5)
warmup = optax.warmup_cosine_decay_schedule(0.0, 0.03, 10, 40, 0.001)

OPTIMIZERS = {
    "adamw": optax.adamw(0.01, weight_decay=0.3),
    "adamw defaults": optax.adamw(0.01),
    "adamw mask": optax.adamw(0.02, b1=0.8, b2=0.99, eps=1e-6, weight_decay=0.5, mask=leaves(bias)),
    "adamw weightDecay schedule": optax.chain(
        optax.scale_by_adam(),
        optax.add_decayed_weights(optax.linear_schedule(1.0, 0.0, 30)),
        optax.scale_by_learning_rate(0.01),
    ),
    "adamw frozen": without(lambda name: name.startswith("middle"), optax.adamw(0.01, weight_decay=0.3)),
    "lion": optax.lion(0.002, weight_decay=0.5),
    "lion mask": optax.lion(cosine, b1=0.8, b2=0.9, weight_decay=1.0, mask=leaves(bias)),
    "clip adam": optax.chain(optax.clip_by_global_norm(0.05), optax.adam(0.01)),
    "clip sgd": optax.chain(optax.clip_by_global_norm(0.3), optax.sgd(0.05, momentum=0.9)),
    "clip frozen": without(bias, optax.chain(optax.clip_by_global_norm(0.2), optax.sgd(0.3))),
    "adam clip": optax.chain(
        optax.scale_by_adam(), optax.clip_by_global_norm(2.0), optax.scale_by_learning_rate(0.02)
    ),
    "trace decay clip": optax.chain(
        optax.trace(0.9, nesterov=True),
        optax.add_decayed_weights(0.05, mask=leaves(bias)),
        optax.clip_by_global_norm(0.4),
        optax.scale_by_learning_rate(warmup),
    ),
    "clip adam clip": optax.chain(
        optax.clip_by_global_norm(0.5), optax.adam(cosine), optax.clip_by_global_norm(0.03)
    ),
    "decay sgd": optax.chain(
        optax.add_decayed_weights(0.1),
        optax.sgd(optax.piecewise_constant_schedule(0.03, {10: 0.5, 30: 0.1}), momentum=0.8, nesterov=True),
    ),
}


def train(optimizer, dtype):
    cast = lambda tree: jax.tree.map(lambda x: jnp.asarray(x, dtype), tree)
    trainer = tx.trainer.SupervisedTrainer(
        cast(DATA), optimizer=optimizer, num_training_steps=UPDATES, batch_size=BATCH, num_rollout_steps=2
    )
    net, history = trainer(Net(cast(START)), jax.random.key(42), spawn_tqdm=False)
    assert history.dtype == dtype and net.parameters["lift"]["bias"].dtype == dtype
    return np.asarray(history, np.float64), jax.tree.map(lambda x: np.asarray(x, np.float64), net.parameters)


def numbers(x):
    return [float(f"{v:.12g}") for v in np.asarray(x, np.float64).reshape(-1)]


def run(name):
    history, parameters = train(OPTIMIZERS[name], np.float64)
    with jax.enable_x64(False):
        history32, parameters32 = train(OPTIMIZERS[name], np.float32)
    off = lambda a, b: float(np.linalg.norm(a - b) / np.linalg.norm(a))
    gaps = jax.tree.leaves(jax.tree.map(off, parameters, parameters32))
    print(name, history[0], history[-1], off(history, history32), max(gaps))
    return {
        "name": name,
        "lossHistory": numbers(history),
        "parameters": jax.tree.map(numbers, parameters),
        "gap": {"loss": off(history, history32), "weights": max(gaps)},
    }


SCHEDULES = {
    "linear": optax.linear_schedule(0.1, 0.01, 9, 3),
    "cosineDecay": optax.cosine_decay_schedule(0.1, 12),
    "cosineDecay alpha": optax.cosine_decay_schedule(0.1, 12, 0.2, 2.5),
    "warmupConstant": optax.warmup_constant_schedule(0.01, 0.1, 7),
    "warmupCosineDecay": optax.warmup_cosine_decay_schedule(0.01, 0.1, 5, 14),
    "warmupCosineDecay end": optax.warmup_cosine_decay_schedule(0.0, 0.1, 4, 15, 0.02, 2.0),
    "warmupCosineDecay without": optax.warmup_cosine_decay_schedule(0.01, 0.1, 0, 10, 0.02),
    "warmupCosineDecay zero": optax.warmup_cosine_decay_schedule(0.1, 0.0, 3, 8),
    "piecewiseConstant": optax.piecewise_constant_schedule(0.1, {4: 0.5, 9: 3.0, 0: 2.0}),
    "piecewiseConstant none": optax.piecewise_constant_schedule(0.1),
    "joinSchedules": optax.join_schedules(
        [optax.constant_schedule(0.3), optax.linear_schedule(0.1, 0.0, 5), optax.cosine_decay_schedule(0.2, 6)],
        [3, 9],
    ),
}

out = {
    "shape": DATA.shape,
    "data": numbers(DATA),
    "batchSize": BATCH,
    "updates": UPDATES,
    "start": jax.tree.map(lambda x: {"shape": x.shape, "data": numbers(x)}, START),
    "runs": [run(name) for name in OPTIMIZERS],
    "schedules": {
        name: [float(schedule(jnp.asarray(count, jnp.float64))) for count in range(20)]
        for name, schedule in SCHEDULES.items()
    },
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
