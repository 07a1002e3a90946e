"""Writes data.json: sample data, windows and batches of trainax in both layouts of threefry2x32.

Made with Python 3.11, trainax 0.0.2, jax 0.10.2, jaxlib 0.10.2, numpy 2.4.6, float32.

    python tests/golden/data.py

`exact` is a float64 evaluation of the Fourier sums by complex exponentials, with the float32 amplitudes of jax.
"""

import json
import pathlib

import jax
import numpy as np
import trainax as tx

PICKS = [(0, 0), (0, 1), (0, 99), (7, 50), (19, 0), (19, 99)]


def exact(key, num_points, num_samples, cfl, highest_init_mode, temporal_horizon):
    modes = np.arange(1, highest_init_mode + 1)
    x = np.arange(num_points)[None, :] - cfl * np.arange(temporal_horizon)[:, None]
    waves = np.exp(2j * np.pi / num_points * modes[:, None, None] * x)
    data = []
    for sample in jax.random.split(key, num_samples):
        sine, cosine, _ = jax.random.split(sample, 3)
        a, b = (
            np.asarray(jax.random.uniform(k, (highest_init_mode,), minval=-1.0, maxval=1.0), np.float64)
            for k in (sine, cosine)
        )
        data.append(np.einsum("m,mtn->tn", a, waves.imag) + np.einsum("m,mtn->tn", b, waves.real))
    return np.stack(data)[:, :, None, :]


def sums(x):
    """Float64 sums over all elements in which every place weighs differently."""
    x = np.asarray(x, np.float64).reshape(-1)
    return {"sum": x.sum(), "square": (x**2).sum(), "weighted": (x * np.cos(np.arange(x.size))).sum()}


def advection(seed, picks, **sizes):
    names = dict(num_points=30, num_samples=20, cfl=0.75, highest_init_mode=5, temporal_horizon=100)
    names.update(sizes)
    key = jax.random.PRNGKey(seed)
    trainax = np.asarray(tx.sample_data.advection_1d_periodic(**sizes, key=key))
    reference = exact(key, **names)
    assert trainax.shape == reference.shape
    return {
        "seed": seed,
        "options": {camel(name): value for name, value in sizes.items()},
        "shape": list(trainax.shape),
        "trainaxError": float(np.abs(trainax - reference).max()),
        "trainaxSums": sums(trainax),
        "exactSums": sums(reference),
        "picks": [
            {
                "sample": s,
                "step": t,
                "trainax": [float(v) for v in trainax[s, t, 0]],
                "exact": [float(f"{v:.9g}") for v in reference[s, t, 0]],
            }
            for s, t in picks
        ],
    }


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def mixer(seed, total, minibatches, batch_size, picks):
    m = tx.PermutationMixer(total, minibatches, batch_size, jax.random.PRNGKey(seed))
    batches = []
    for i in picks:
        indices, (epoch, batch) = m(i, return_info=True)
        batches.append({"i": i, "indices": np.asarray(indices).tolist(), "epoch": epoch, "batch": batch})
    return {
        "seed": seed,
        "options": {"numTotalSamples": total, "numMinibatches": minibatches, "batchSize": batch_size},
        "batchSize": m.batch_size,
        "numMinibatchesPerEpoch": m.num_minibatches_per_epoch,
        "numEpochs": m.num_epochs,
        "batches": batches,
    }


def windows(num_samples, trajectory_len, sub_trajectory_len, do_sub_stacking):
    # Snapshots that know where they stand show which window trainax put where.
    sample, step = np.meshgrid(np.arange(num_samples), np.arange(trajectory_len), indexing="ij")
    stacked = tx.TrajectorySubStacker(
        np.stack([sample, step], axis=-1), sub_trajectory_len, do_sub_stacking=do_sub_stacking
    )
    first = np.asarray(stacked.data_sub_trajectories)[:, 0]
    return {
        "options": {
            "numSamples": num_samples,
            "trajectoryLen": trajectory_len,
            "subTrajectoryLen": sub_trajectory_len,
            "doSubStacking": do_sub_stacking,
        },
        "numTotalSamples": stacked.num_total_samples,
        "pairs": first.reshape(-1).tolist(),
    }


def layout(partitionable):
    jax.config.update("jax_threefry_partitionable", partitionable)
    return {
        "advection": [
            advection(0, PICKS, cfl=-0.75),
            advection(
                5, [(2, 6)], num_points=11, num_samples=3, cfl=1.3, highest_init_mode=4, temporal_horizon=7
            ),
        ],
        "mixer": [
            mixer(42, 1980, 1000, 32, [0, 1, 61, 62, 500, 999]),
            mixer(3, 5, 4, 8, [0, 3]),
            mixer(3, 6, 5, 3, [0, 1, 2, 4]),
        ],
    }


golden = {
    "partitionable": layout(True),
    "original": layout(False),
    "windows": [windows(3, 5, 2, True), windows(3, 5, 5, True), windows(3, 5, 2, False), windows(4, 3, 1, True)],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, indent=2) + "\n")
