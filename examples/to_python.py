"""The other half of to_python.ts: python examples/to_python.py FOLDER

Reads the parameters that Unroll trained into the Equinox network of the same shape, applies it, trains it by one
step, and writes what Unroll reads back. Needs jax, equinox and numpy.
"""

import json
import pathlib
import sys

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np


def load_safetensors(path):
    """The tensors of a file, by name, and its metadata; `safetensors.numpy.load_file` does the same."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        assert entry["dtype"] == "F32"
        tensors[name] = np.frombuffer(content[start + begin : start + end], "<f4").reshape(entry["shape"])
    return tensors, metadata


folder = pathlib.Path(sys.argv[1])
tensors, metadata = load_safetensors(folder / "state.safetensors")
weight, bias = tensors["parameters.weight"], tensors["parameters.bias"]

# The same network: periodic, as many points out as in. Its own initial parameters are replaced.
out_channels, in_channels, kernel_size = weight.shape
network = eqx.nn.Conv1d(
    in_channels, out_channels, kernel_size, padding="SAME", padding_mode="CIRCULAR", key=jax.random.key(0)
)
network = eqx.tree_at(lambda conv: (conv.weight, conv.bias), network, (jnp.asarray(weight), jnp.asarray(bias)))

data = jnp.asarray(np.load(folder / "data.npy"))  # [S, T, C, N]
before, after = data[:, 0], data[:, 1]
np.save(folder / "prediction.npy", jax.vmap(network)(before))


def loss(network):
    return jnp.mean((jax.vmap(network)(before) - after) ** 2)


# And back: one step of gradient descent, from which Unroll can go on.
gradient = eqx.filter_grad(loss)(network)
trained = eqx.apply_updates(network, jax.tree.map(lambda g: -0.1 * g, gradient))
np.save(folder / "weight.npy", trained.weight)
np.save(folder / "bias.npy", trained.bias)
print(f"equinox: {metadata['stepper']} with weight {weight.shape} and bias {bias.shape}, loss {loss(network):.6g}")
