"""Writes networks.json: initial parameters, steps, losses and gradients of the networks of Equinox and pdequinox.

Made with Python 3.11, trainax 0.0.2, pdequinox 0.1.2, equinox 0.13.8, jax 0.10.2, jaxlib 0.10.2, numpy 2.4.6 on a CPU
with fused multiply-add.

    python tests/golden/networks.py

Initial parameters are float32 and stand as hashes of their bytes. Everything else is computed in float64 from these
parameters, and stands as base64 of the float32 nearest to it, beside the distance of JAX's own float32 result. Data
and the parameters of norms (whose initial ones and zeros would hide mistakes) are drawn by `jax.random` in float32.
Seeds are such that no input of an activation with a kink lies within MARGIN of it: there float32 and float64 differ.
"""

import base64
import json
import pathlib
from hashlib import sha256

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pdequinox as pdeqx
import trainax as tx

MARGIN = 2e-5
ACTIVATIONS = {
    "relu": jax.nn.relu,
    "leakyRelu": jax.nn.leaky_relu,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "silu": jax.nn.silu,
    "gelu": jax.nn.gelu,
    "softplus": jax.nn.softplus,
}
KINKED = ("relu", "leakyRelu")

field = dict(spatialDims=1, inChannels=1, outChannels=1)


def of_vector(stepper, shape, configuration, **options):
    return stepper, options, shape, configuration


def of_field(stepper, points, configuration, channels=1, **options):
    given = dict(spatialDims=len(points), inChannels=channels, outChannels=channels, **options)
    return stepper, given, points, configuration


NETWORKS = [
    of_vector("mlp", [7], dict(steps=4), inSize=7, outSize=7, widthSize=9, depth=2),
    of_field(
        "mlp", [5], dict(steps=8, cut=3, weights=[1, 0.5, 0, 2, 1, 1, 0.25, -1]),
        channels=2, numPoints=5, widthSize=11, depth=3, activation="tanh", useBias=False,
    ),
    of_field(
        "mlp", [3, 3], dict(steps=2, cut=1),
        numPoints=3, widthSize=10, depth=2, activation="silu", finalActivation="tanh", useFinalBias=False,
    ),
    of_field("mlp", [2, 2, 2], dict(steps=1), numPoints=2, widthSize=9, activation="gelu"),
    of_field("convNet", [11], dict(steps=5), hiddenChannels=8, depth=2),
    of_field(
        "convNet", [11], dict(steps=8, cut=3, weights=[1, 0, 0.5, 2, 1, 1, 0.25, 3]),
        hiddenChannels=9, depth=2, kernelSize=5, activation="tanh", boundaryMode="dirichlet", zeroBiasInit=True,
    ),
    of_field(
        "convNet", [9], dict(steps=3),
        hiddenChannels=8, depth=3, kernelSize=4, activation="gelu", boundaryMode="neumann", useBias=False,
    ),
    of_field(
        "convNet", [5, 7], dict(steps=3, cut=2),
        channels=2, hiddenChannels=8, depth=2, activation="silu", finalActivation="tanh",
    ),
    of_field(
        "convNet", [6, 5], dict(steps=2, cut=1),
        hiddenChannels=9, depth=2, kernelSize=[3, 2], boundaryMode="dirichlet", useFinalBias=False,
    ),
    of_field(
        "convNet", [5, 6], dict(steps=4, weights=[0, 1, 2, 0.5]),
        hiddenChannels=8, depth=2, activation="leakyRelu", boundaryMode="neumann",
    ),
    of_field("convNet", [3, 5, 6], dict(steps=2), hiddenChannels=8, depth=2),
    of_field(
        "convNet", [5, 3, 4], dict(steps=1),
        hiddenChannels=8, depth=2, activation="softplus", boundaryMode="dirichlet",
    ),
    of_field(
        "convNet", [3, 5, 3], dict(steps=3, cut=2),
        hiddenChannels=8, depth=2, activation="sigmoid", boundaryMode="neumann",
    ),
    of_field("classicResNet", [13], dict(steps=6), hiddenChannels=8, numBlocks=2),
    of_field(
        "classicResNet", [10], dict(steps=4, cut=1),
        hiddenChannels=9, numBlocks=2, useNorm=True, activation="tanh", boundaryMode="neumann",
    ),
    of_field(
        "classicResNet", [9], dict(steps=7, weights=[1, 1, 0, 0, 0.5, 0, 2]),
        channels=2, hiddenChannels=8, numBlocks=1, useNorm=True, boundaryMode="dirichlet",
    ),
    of_field("classicResNet", [5, 7], dict(steps=2), hiddenChannels=8, numBlocks=1, useNorm=True, activation="gelu"),
    of_field(
        "classicResNet", [5, 6], dict(steps=3, cut=2, weights=[2, 1, 0.5]),
        hiddenChannels=8, numBlocks=2, activation="silu", boundaryMode="dirichlet",
    ),
    of_field("classicResNet", [6, 5], dict(steps=5), hiddenChannels=8, numBlocks=1, boundaryMode="neumann"),
    of_field("classicResNet", [3, 5, 6], dict(steps=2), hiddenChannels=8, numBlocks=1),
    of_field(
        "classicResNet", [5, 3, 4], dict(steps=2, cut=1),
        hiddenChannels=8, numBlocks=1, useNorm=True, boundaryMode="dirichlet",
    ),
    of_field(
        "classicResNet", [3, 5, 3], dict(steps=1),
        hiddenChannels=8, numBlocks=1, useNorm=True, activation="tanh", boundaryMode="neumann",
    ),
]
INITIAL = [
    ("conv", dict(field, kernelSize=2, useBias=False)),
    ("conv", dict(field, spatialDims=2, inChannels=3, outChannels=3, kernelSize=[2, 3], dilation=2)),
    ("conv", dict(field, spatialDims=3, inChannels=2, outChannels=2, kernelSize=3)),
    ("mlp", dict(inSize=3, outSize=3, widthSize=32, depth=0, useFinalBias=False)),
    ("mlp", dict(field, numPoints=30)),
    ("convNet", dict(field, hiddenChannels=34, depth=10)),
    ("convNet", dict(field, depth=0, kernelSize=2)),
    ("convNet", dict(field, spatialDims=3, zeroBiasInit=True, depth=3)),
    ("classicResNet", dict(field, hiddenChannels=26, numBlocks=8)),
    ("classicResNet", dict(field, spatialDims=2, inChannels=2, outChannels=2, useNorm=True)),
]
CONVOLUTIONS = [
    # in, out channels, points, taps, strides, dilations
    (2, 3, [7], [3], [2], [1]),
    (1, 2, [11], [4], [3], [2]),
    (2, 1, [6, 9], [2, 3], [1, 2], [1, 3]),
    (1, 2, [5, 4, 7], [3, 2, 3], [2, 1, 3], [1, 2, 1]),
]


def snake(name):
    name = "numSpatialDims" if name == "spatialDims" else name
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def build(stepper, options, seed):
    given = {snake(k): tuple(v) if isinstance(v, list) else v for k, v in options.items()}
    for name in ("activation", "final_activation"):
        if name in given:
            given[name] = ACTIVATIONS[given[name]]
    key = jax.random.PRNGKey(seed)
    if stepper == "conv":
        return eqx.nn.Conv(**given, padding="SAME", padding_mode="CIRCULAR", key=key)
    if stepper == "mlp" and "in_size" in given:
        return eqx.nn.MLP(**given, key=key)
    return dict(mlp=pdeqx.arch.MLP, convNet=pdeqx.arch.ConvNet, classicResNet=pdeqx.arch.ClassicResNet)[stepper](
        **given, key=key
    )


def leaves(tree):
    """Paths as the library writes them, and the arrays."""
    found, _ = jax.tree_util.tree_flatten_with_path(eqx.filter(tree, eqx.is_array))
    name = lambda p: getattr(p, "name", None) or str(getattr(p, "idx", ""))
    return [(".".join(map(name, path)).removeprefix("flat_mlp."), leaf) for path, leaf in found]


def with_norms(net):
    """Draws the parameters of norms."""
    arrays, rest = eqx.partition(net, eqx.is_array)
    _, structure = jax.tree_util.tree_flatten(arrays)
    drawn, count = [], 0
    for path, x in leaves(net):
        if "norm" in path:
            middle = 1.0 if "weight" in path else 0.0
            key = jax.random.PRNGKey(1000 + count)
            x = jax.random.uniform(key, x.shape, minval=middle - 0.5, maxval=middle + 0.5)
            count += 1
        drawn.append(x)
    return eqx.combine(jax.tree_util.tree_unflatten(structure, drawn), rest)


def packed(x):
    return base64.b64encode(np.asarray(x).astype("<f4").tobytes()).decode()


def gap(a, b):
    a, b = np.asarray(a, np.float64).ravel(), np.asarray(b, np.float64).ravel()
    return float(f"{np.linalg.norm(a - b) / np.linalg.norm(b):.3g}")


def cast(tree, dtype):
    return jax.tree_util.tree_map(lambda x: jnp.asarray(np.asarray(x), dtype) if eqx.is_array(x) else x, tree)


def evaluate(net, data, steps, cut, weights):
    configuration = tx.configuration.Supervised(
        steps, cut_bptt=cut is not None, cut_bptt_every=cut or 1, time_level_weights=jnp.asarray(weights, data.dtype)
    )
    loss, grad = eqx.filter_jit(eqx.filter_value_and_grad(lambda n, d: configuration(n, d)))(net, data)
    step = eqx.filter_jit(lambda n, u: jax.vmap(n)(u))(net, data[:, 0])
    return step, loss, [g for _, g in leaves(grad)]


def margin(options, net, data, steps):
    """How far the inputs of activations with a kink are from it."""
    name = options.get("activation", "relu")
    if name not in KINKED:
        return np.inf
    kinked = ACTIVATIONS[name]
    smallest = [np.inf]

    def watched(x):
        jax.debug.callback(lambda m: smallest.append(float(np.min(m))), jnp.min(jnp.abs(x)))
        return kinked(x)

    @eqx.filter_jit
    def roll(net, u):
        for _ in range(steps):
            u = net(u)
        return u

    net = jax.tree_util.tree_map(lambda x: watched if x is kinked else x, net)
    for u in data[:, 0]:
        roll(net, u).block_until_ready()
    jax.effects_barrier()
    assert len(smallest) > 1, "the activation is not watched"
    return min(smallest)


def case(index, stepper, options, points, numbers):
    steps, cut = numbers["steps"], numbers.get("cut")
    weights = numbers.get("weights", [1] * steps)
    shape = (2, steps + 1, *([options["inChannels"]] if "inChannels" in options else []), *points)
    for seed in range(100 * index, 100 * index + 100):
        jax.config.update("jax_enable_x64", False)
        net = with_norms(build(stepper, options, seed))
        data = jax.random.normal(jax.random.PRNGKey(seed + 50), shape)
        low = evaluate(net, data, steps, cut, weights)
        jax.config.update("jax_enable_x64", True)
        net, data = cast(net, jnp.float64), cast(data, jnp.float64)
        if margin(options, net, data, steps) > MARGIN:
            break
    else:
        raise ValueError("no seed keeps its distance from the kinks")
    step, loss, grads = evaluate(net, data, steps, cut, weights)
    assert loss.dtype == step.dtype == jnp.float64
    return {
        "stepper": stepper,
        "options": options,
        "seed": seed,
        "dataShape": list(shape),
        "numRolloutSteps": steps,
        **({"cutBpttEvery": cut} if cut else {}),
        **({"timeLevelWeights": weights} if "weights" in numbers else {}),
        "step": {"values": packed(step), "gap": gap(low[0], step)},
        "loss": {"value": float(loss), "gap": gap(low[1], loss)},
        "grad": [
            {"path": path, "values": packed(g), "gap": gap(g32, g)}
            for (path, _), g, g32 in zip(leaves(net), grads, low[2])
        ],
    }


def initial(stepper, options, partitionable):
    jax.config.update("jax_enable_x64", False)
    jax.config.update("jax_threefry_partitionable", partitionable)
    net = build(stepper, options, 7)
    jax.config.update("jax_threefry_partitionable", True)
    seen = [[int(x) for x in axis] for axis in getattr(net, "receptive_field", ())]
    return {
        "stepper": stepper,
        "options": options,
        "partitionable": partitionable,
        "numParameters": pdeqx.count_parameters(net),
        **({"receptiveField": seen} if seen else {}),
        "leaves": [{"path": p, "shape": x.shape, "sha256": sha256(np.asarray(x)).hexdigest()} for p, x in leaves(net)],
    }


def convolution(c_in, c_out, points, taps, stride, dilation, boundary):
    """A convolution of pdequinox with numbers 1, 2, ... of which the remainder by 7 is taken."""
    jax.config.update("jax_enable_x64", True)
    numbers = lambda shape: jnp.arange(1.0, 1 + np.prod(shape)).reshape(shape) ** 2 % 7
    conv = pdeqx.conv.PhysicsConv(
        len(points), c_in, c_out, tuple(taps), stride=tuple(stride), dilation=tuple(dilation), use_bias=False,
        key=jax.random.PRNGKey(0), boundary_mode=boundary,
    )
    conv = eqx.tree_at(lambda c: c.weight, conv, numbers(conv.weight.shape))
    v = conv(numbers((c_in, *points)))
    return {
        "cIn": c_in, "cOut": c_out, "n": points, "k": taps, "stride": stride, "dilation": dilation,
        "boundary": boundary, "shape": list(v.shape), "v": packed(v),
        "receptiveField": [[int(x) for x in axis] for axis in conv.receptive_field],
    }


golden = {
    "initial": [initial(*net, layout) for net in INITIAL for layout in (True, False)],
    "convolutions": [convolution(*c, b) for c in CONVOLUTIONS for b in ("periodic", "dirichlet", "neumann")],
    "networks": [case(i, *net) for i, net in enumerate(NETWORKS)],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, indent=1) + "\n")
