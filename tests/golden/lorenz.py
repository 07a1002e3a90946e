"""Writes lorenz.json: trajectories of trainax.sample_data.lorenz_rk4 in both layouts of threefry2x32.

Made with Python 3.11, trainax 0.0.2, jax 0.10.2, jaxlib 0.10.2, numpy 2.4.6.

    python tests/golden/lorenz.py && deno fmt tests/golden/lorenz.json

`float32` is what trainax gives. `float64` are trainax's own steps in float64 from the same float32 initial states.
"""

import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import trainax as tx

CASES = [
    dict(seed=0, options=dict(num_samples=3, temporal_horizon=101, num_warmup_steps=0), steps=[0, 1, 2, 50, 100]),
    dict(seed=0, options=dict(num_samples=2, temporal_horizon=51, num_warmup_steps=500), steps=[0, 1, 50]),
    dict(
        seed=7,
        options=dict(
            num_samples=4,
            temporal_horizon=41,
            num_warmup_steps=3,
            dt=0.05,
            sigma=9.5,
            rho=26.0,
            beta=2.5,
            init_std=3.3,
        ),
        steps=[0, 1, 40],
    ),
]
STEPPER = ("dt", "sigma", "rho", "beta")


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def exact(initial, options):
    jax.config.update("jax_enable_x64", True)
    step = jax.vmap(
        tx.sample_data.make_lorenz_stepper_rk4(**{n: v for n, v in options.items() if n in STEPPER})
    )
    state = jnp.asarray(initial, jnp.float64)
    states = []
    for _ in range(options["num_warmup_steps"] + options["temporal_horizon"]):
        states.append(np.asarray(state))
        state = step(state)
    jax.config.update("jax_enable_x64", False)
    return np.stack(states, axis=1)[:, options["num_warmup_steps"] :]


def case(seed, options, steps):
    key = jax.random.PRNGKey(seed)
    single = np.asarray(tx.sample_data.lorenz_rk4(**options, key=key))
    initial = np.asarray(
        tx.sample_data.lorenz_rk4(
            **{**options, "num_warmup_steps": 0, "temporal_horizon": 1}, key=key
        )
    )[:, 0]
    double = exact(initial, options)
    assert single.shape == double.shape
    return {
        "seed": seed,
        "options": {camel(name): value for name, value in options.items()},
        "shape": list(single.shape),
        "initial": [[float(v) for v in row] for row in initial],
        "trainaxError": float(np.abs(single - double).max()),
        "picks": [
            {
                "step": t,
                "float32": [[float(v) for v in row] for row in single[:, t]],
                "float64": [[float(f"{v:.10g}") for v in row] for row in double[:, t]],
            }
            for t in steps
        ],
    }


def layout(partitionable):
    jax.config.update("jax_threefry_partitionable", partitionable)
    return [case(**c) for c in CASES]


golden = {"partitionable": layout(True), "original": layout(False)}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, indent=1) + "\n")
