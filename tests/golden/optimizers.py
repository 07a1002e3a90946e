"""Writes optimizers.json: what optax makes of prescribed gradients, and values of its schedules, in float64.

Made with Python 3.11, optax 0.2.8, jax 0.10.2, numpy 2.4.6.

    python tests/golden/optimizers.py
"""

import json
import pathlib

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import numpy as np
import optax

NUM_UPDATES = 20
SIZES = [1.0, 1e-3, 30.0, 1e-9, 0.2]


def gradients():
    """[20, 5]: of all sizes, float32 numbers, some zero and the last column always so at first."""
    g = np.random.default_rng(0).standard_normal((NUM_UPDATES, len(SIZES))) * SIZES
    g[3, :] = 0
    g[:6, 4] = 0
    return g.astype(np.float32)


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


DECAY = dict(init_value=0.05, transition_steps=7, decay_rate=0.5)


def run(name, options, schedule=None, learning_rate=None):
    rate = optax.exponential_decay(**schedule) if schedule else learning_rate
    optimizer = getattr(optax, name)(rate, **options)
    start = np.linspace(-1, 1, len(SIZES)).astype(np.float32)
    parameters = jnp.asarray(start, jnp.float64)
    state = optimizer.init(parameters)
    after = []
    for g in gradients():
        updates, state = optimizer.update(jnp.asarray(g, jnp.float64), state, parameters)
        parameters = optax.apply_updates(parameters, updates)
        after.append([float(p) for p in parameters])
    moments = state[0]
    kept = {"adam": ("mu", "nu"), "sgd": ("trace",)}[name] if name == "adam" or "momentum" in options else ()
    return {
        "optimizer": name,
        "learningRate": learning_rate,
        "schedule": {camel(k): v for k, v in schedule.items()} if schedule else None,
        "options": {camel(k): v for k, v in options.items()},
        "start": [float(p) for p in start],
        "after": after,
        "moments": [[float(m) for m in getattr(moments, field)] for field in kept],
    }


def values(**options):
    schedule = optax.exponential_decay(**options)
    return {
        "options": {camel(k): v for k, v in options.items()},
        "values": [float(schedule(count)) for count in range(40)],
    }


golden = {
    "gradients": gradients().tolist(),
    "runs": [
        run("adam", {}, learning_rate=0.01),
        run("adam", {"b1": 0.8, "b2": 0.95, "eps": 1e-3, "eps_root": 1e-4}, learning_rate=0.003),
        run("adam", {"b1": 0.0, "b2": 0.0, "eps": 0.1}, learning_rate=0.01),
        run("adam", {}, schedule=DECAY),
        run("sgd", {}, learning_rate=0.1),
        run("sgd", {"momentum": 0.9}, learning_rate=0.1),
        run("sgd", {"momentum": 0.7, "nesterov": True}, learning_rate=0.05),
        run("sgd", {"nesterov": True}, learning_rate=0.05),
        run("sgd", {"momentum": 0.9, "nesterov": True}, schedule=DECAY),
    ],
    "exponentialDecay": [
        values(**DECAY),
        values(**DECAY, transition_begin=5),
        values(**DECAY, staircase=True),
        values(**DECAY, transition_begin=3, staircase=True, end_value=0.02),
        values(**DECAY, end_value=0.02),
        values(init_value=0.05, transition_steps=7, decay_rate=1.5, end_value=0.2),
        values(init_value=0.05, transition_steps=1, decay_rate=1.0, end_value=0.03),
        values(init_value=0.01, transition_steps=7, decay_rate=0.5, end_value=0.02, transition_begin=4),
    ],
    "constant": [float(optax.constant_schedule(0.3)(count)) for count in (0, 1, 1000)],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, indent=2) + "\n")
