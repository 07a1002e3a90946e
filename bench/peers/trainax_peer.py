"""trainax and JAX as peers: `python trainax_peer.py trainax | jit | scan`. Reads the folders of workloads.ts.

trainax  its own SupervisedTrainer on Equinox or pdequinox networks, no progress bar
jit      one hand-written jitted update: gather, loss, gradient, Adam
scan     the same update inside one `lax.scan` over all updates
"""

import json
import pathlib
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

MARK = "@peer "
MOST_TRAINAX_UPDATES = 4000
WARM_UPDATES = 5


class Problem:
    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.__dict__.update(json.loads((folder / "problem.json").read_text()))
        self.data = np.load(folder / "data.npy")
        flat = np.load(folder / "weights.npy")
        sizes = [int(np.prod(leaf["shape"])) for leaf in self.leaves]
        pieces = np.split(flat, np.cumsum(sizes)[:-1])
        self.parameters = [piece.reshape(leaf["shape"]) for piece, leaf in zip(pieces, self.leaves)]
        self.has_bias = any(leaf["path"].endswith("bias") for leaf in self.leaves)


def flat_of(parameters):
    return np.concatenate([np.ravel(p) for p in parameters]).tolist()


def seconds_of(function):
    start = time.perf_counter()
    jax.block_until_ready(function())
    return time.perf_counter() - start


class Stop(Exception):
    """Ends a run of trainax's trainer from its callback."""


class Trainax:
    def load(self, folder):
        import equinox as eqx
        import optax
        import pdequinox as pdeqx
        import trainax as tx

        p = self.problem = Problem(folder)
        dims = p.data.ndim - 3
        key = jax.random.key(0)
        widths = dict(hidden_channels=p.parameters[0].shape[0], activation=jax.nn.relu, key=key)
        if len(p.parameters) == 1:
            stepper = eqx.nn.Conv(
                dims, 1, 1, p.parameters[0].shape[-1], padding="SAME", padding_mode="CIRCULAR", use_bias=False, key=key
            )
        elif p.architecture == "chain":
            depth = len(p.parameters) // 2 - 1
            stepper = pdeqx.arch.ConvNet(dims, 1, 1, depth=depth, boundary_mode="periodic", **widths)
        else:
            blocks = (len(p.parameters) // 2 - 2) // 2
            stepper = pdeqx.arch.ClassicResNet(
                dims, 1, 1, num_blocks=blocks, use_norm=False, boundary_mode="periodic", **widths
            )
        dynamic, static = eqx.partition(stepper, eqx.is_array)
        leaves, tree = jax.tree.flatten(dynamic)
        weights = [jnp.asarray(new).reshape(old.shape) for new, old in zip(p.parameters, leaves, strict=True)]
        self.stepper = eqx.combine(jax.tree.unflatten(tree, weights), static)
        self.weights_of = lambda module: flat_of(jax.tree.leaves(eqx.filter(module, eqx.is_array)))
        self.block = lambda module: jax.block_until_ready(eqx.filter(module, eqx.is_array))
        self.trainer_of = lambda updates, callback=None: tx.trainer.SupervisedTrainer(
            jnp.asarray(p.data),
            num_rollout_steps=p.numRolloutSteps,
            optimizer=optax.adam(p.learningRate),
            num_training_steps=updates,
            batch_size=p.batchSize,
            callback_fn=callback,
        )
        self.timed_trainer = None

    def train(self, trainer):
        return trainer(self.stepper, jax.random.key(self.problem.shuffleSeed), spawn_tqdm=False)

    def check(self, updates, limit):
        start = time.perf_counter()
        stepper, losses = self.train(self.trainer_of(updates))
        return dict(
            losses=losses.tolist(),
            weights=self.weights_of(stepper),
            secondsPerUpdate=self.time(1)["seconds"],
            launches=None,
            gpuBytes=None,
        )

    def time(self, updates):
        """Between two looks of a callback inside one long run; the device has done everything before each."""
        if self.timed_trainer is None:  # once: another number of updates would compile again
            self.timed_trainer = self.trainer_of(MOST_TRAINAX_UPDATES, lambda *args: self.look(*args))
        updates = min(updates, MOST_TRAINAX_UPDATES - WARM_UPDATES - 1)
        times = []

        def look(update, stepper, _):
            if update in (WARM_UPDATES, WARM_UPDATES + updates):
                self.block(stepper)
                times.append(time.perf_counter())
            if len(times) == 2:
                raise Stop

        self.look = look
        try:
            self.train(self.timed_trainer)
        except Stop:
            pass
        return dict(updates=updates, seconds=times[1] - times[0])

    def first(self):
        return seconds_of(lambda: self.train(self.trainer_of(1)))


class Jax:
    """A hand-written update, alone or in a scan."""

    def __init__(self, scans):
        self.scans = scans

    def load(self, folder):
        p = self.problem = Problem(folder)
        self.data = jnp.asarray(p.data)
        self.windows = jnp.asarray(p.batches)
        self.step = jax.jit(self.scan_of if self.scans else self.update)

    def start(self):
        parameters = [jnp.asarray(x) for x in self.problem.parameters]
        zeros = [jnp.zeros_like(x) for x in parameters]
        return parameters, zeros, zeros, jnp.zeros(())

    def apply(self, parameters, u):
        has_bias = self.problem.has_bias
        layers = list(zip(parameters[::2], parameters[1::2])) if has_bias else [(w, None) for w in parameters]

        def conv(x, layer):
            weight, bias = layer
            taps = weight.shape[2:]
            pads = [(0, 0), (0, 0)] + [((k - 1) // 2, k // 2) for k in taps]
            x = jnp.pad(x, pads, mode="wrap")
            x = jax.lax.conv_general_dilated(x, weight, [1] * len(taps), "VALID")
            return x if bias is None else x + bias.reshape(-1, *(1 for _ in taps))

        x = conv(u, layers[0])
        if self.problem.architecture == "chain":
            for layer in layers[1:]:
                x = conv(jax.nn.relu(x), layer)
            return x
        for first, second in zip(layers[1:-1:2], layers[2:-1:2]):
            x = jax.nn.relu(conv(jax.nn.relu(conv(x, first)), second) + x)
        return conv(x, layers[-1])

    def loss(self, parameters, windows):
        steps = self.problem.numRolloutSteps
        times = windows[:, 1, None] + jnp.arange(steps + 1)
        batch = self.data[windows[:, 0, None], times]
        u, total = batch[:, 0], 0.0
        for t in range(steps):
            u = self.apply(parameters, u)
            total = total + jnp.mean((u - batch[:, t + 1]) ** 2)
        return total

    def update(self, state, windows):
        parameters, mus, nus, count = state
        loss, grads = jax.value_and_grad(self.loss)(parameters, windows)
        count = count + 1
        mus = [0.9 * m + 0.1 * g for m, g in zip(mus, grads)]
        nus = [0.999 * v + 0.001 * g * g for v, g in zip(nus, grads)]
        first, second = 1 - 0.9**count, 1 - 0.999**count
        rate = self.problem.learningRate
        steps = [rate * (m / first) / (jnp.sqrt(v / second) + 1e-8) for m, v in zip(mus, nus)]
        return ([p - s for p, s in zip(parameters, steps)], mus, nus, count), loss

    def scan_of(self, state, windows):
        return jax.lax.scan(self.update, state, windows)

    def run(self, updates):
        """The state after some updates, and their losses; a scan makes as many as its windows are."""
        state, losses = self.start(), []
        for i in range(updates):
            state, loss = self.step(state, self.windows[i % len(self.windows)])
            losses.append(loss)
        return state, losses

    def check(self, updates, limit):
        jax.block_until_ready(self.run(1) if not self.scans else self.step(self.start(), self.windows[:updates]))
        start = time.perf_counter()
        state, losses = self.step(self.start(), self.windows[:updates]) if self.scans else self.run(updates)
        jax.block_until_ready(state)
        return dict(
            losses=np.asarray(losses).tolist(),
            weights=flat_of(state[0]),
            secondsPerUpdate=(time.perf_counter() - start) / updates,
            launches=None,
            gpuBytes=None,
        )

    def time(self, updates):
        if not self.scans:
            return dict(updates=updates, seconds=seconds_of(lambda: self.run(updates)))
        length = self.problem.scanUpdates
        windows = jnp.tile(self.windows, (-(-length // len(self.windows)), 1, 1))[:length]
        calls = max(1, round(updates / length))
        state = self.start()
        if length != len(self.windows):
            jax.block_until_ready(self.step(state, windows))  # compiles at most once

        def run():
            result = state
            for _ in range(calls):
                result, losses = self.step(result, windows)
            return result, losses

        return dict(updates=calls * length, seconds=seconds_of(run))

    def first(self):
        windows = self.windows[:1] if self.scans else self.windows[0]
        return seconds_of(lambda: self.step(self.start(), windows))


def main():
    kind = sys.argv[1]
    runner = Trainax() if kind == "trainax" else Jax(scans=kind == "scan")
    if kind == "trainax":
        import trainax

        library = f"trainax on JAX {jax.__version__}"
    else:
        library = f"JAX {jax.__version__}"

    def say(reply):
        print(MARK + json.dumps(reply), flush=True)

    answers = dict(
        load=lambda request: runner.load(request["folder"]),
        check=lambda request: runner.check(request["updates"], request["limitSeconds"]),
        time=lambda request: runner.time(request["updates"]),
        first=lambda request: runner.first(),
    )
    say(dict(ok=dict(library=library, adapter=None)))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            say(dict(ok=answers[request["do"]](request)))
        except Exception as error:  # the parent decides what a failure means
            say(dict(error=f"{type(error).__name__}: {error}"))


main()
