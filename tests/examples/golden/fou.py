"""Writes fou.json: the first updates of the trainings in trainax's FOU notebook, in float64 and in float32.

The losses before each update and the weights after the last one, for R = 1, 2, 3, 4, as
docs/examples/FOU_one_step_learning_is_convex.ipynb of trainax has them.
Made with Python 3.11, trainax 0.0.2, equinox 0.13.8, optax 0.2.8, jax 0.10.2.

    python tests/examples/golden/fou.py
"""

import json
import pathlib

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
import trainax as tx

NUM_POINTS, NUM_STEPS, DT, SPEED, NUM_UPDATES = 40, 100, 0.1, -0.1, 60


def train(dtype, num_rollout_steps):
    grid = jnp.linspace(0.0, 1.0, NUM_POINTS + 2, dtype=dtype)[1:-1]
    dx = grid[1] - grid[0]

    def step_fou(u):
        u_right = jnp.pad(u, (0, 1), mode="constant")[1:]
        return u - SPEED * DT / dx * (u_right - u)

    states = [jnp.sin(jnp.pi * grid)]
    for _ in range(NUM_STEPS):
        states.append(step_fou(states[-1]))
    learner = eqx.nn.Conv1d(1, 1, 2, padding=((0, 1),), use_bias=False, key=jax.random.PRNGKey(0))
    learner = eqx.tree_at(lambda leaf: leaf.weight, learner, jnp.array([[[0.4, 0.5]]], dtype))
    trainer = tx.trainer.SupervisedTrainer(
        jnp.stack(states)[None, :, None, :],
        optimizer=optax.adam(1e-2),
        num_training_steps=NUM_UPDATES,
        batch_size=200,
        num_rollout_steps=num_rollout_steps,
    )
    trained, losses = trainer(learner, jax.random.PRNGKey(0))
    assert trained.weight.dtype == dtype
    return {"weights": trained.weight.ravel().tolist(), "losses": [float(loss) for loss in losses]}


def trainings(dtype):
    return {str(r): train(dtype, r) for r in (1, 2, 3, 4)}


jax.config.update("jax_enable_x64", True)
golden = {"float64": trainings(jnp.float64)}
jax.config.update("jax_enable_x64", False)
golden["float32"] = trainings(jnp.float32)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=2) + "\n")
