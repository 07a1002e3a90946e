"""trainax on the ResNet of rollouts.ts: `python rollouts_peer.py R updates`. Prints seconds to the first update,
seconds of each later one, and the temporaries of XLA's program, as JSON."""

import io
import json
import sys
import time

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pdequinox as pdeqx
import trainax as tx

rollout_steps, updates = map(int, sys.argv[1:])
data = jnp.asarray(np.load(io.BytesIO(sys.stdin.buffer.read())))
stepper = pdeqx.arch.ClassicResNet(
    1, 1, 1, hidden_channels=32, num_blocks=4, use_norm=False, boundary_mode="periodic",
    activation=jax.nn.relu, key=jax.random.key(0),
)
configuration = tx.configuration.Supervised(num_rollout_steps=rollout_steps)
optimizer = optax.adam(1e-5)


@eqx.filter_jit
def update(stepper, state, data):
    loss, gradient = eqx.filter_value_and_grad(lambda s: configuration(s, data))(stepper)
    steps, state = optimizer.update(gradient, state, stepper)
    return eqx.apply_updates(stepper, steps), state, loss


state = optimizer.init(eqx.filter(stepper, eqx.is_array))
start = time.perf_counter()
compiled = update.lower(stepper, state, data).compile()
temporaries = compiled.compiled.memory_analysis().temp_size_in_bytes
seconds, losses = [], []
for _ in range(updates):
    stepper, state, loss = compiled(stepper, state, data)
    losses.append(float(loss))
    seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
print(json.dumps({"first": seconds[0], "later": seconds[1:], "bytes": temporaries, "loss": losses[0]}))
