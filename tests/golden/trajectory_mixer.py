"""Writes trajectory_mixer.json: batches of windows of trainax, and the edges of its PermutationMixer.

Made with Python 3.11, trainax 0.0.2, jax 0.10.2, jaxlib 0.10.2, numpy 2.4.6.

    python tests/golden/trajectory_mixer.py && deno fmt tests/golden/trajectory_mixer.json

The data are the numbers 0, 1, 2, ... in the given shape, so that a batch shows where its snapshots lay.
"""

import json
import pathlib

import jax
import numpy as np
from trainax._mixer import PermutationMixer, TrajectoryMixer, TrajectorySubStacker


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def batches(shape, seed, **options):
    data = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    mixer = TrajectoryMixer(data, **options, shuffle_key=jax.random.PRNGKey(seed))
    found = []
    for i in range(options["num_minibatches"]):
        batch, (epoch, place) = mixer(i, return_info=True)
        found.append(
            {
                "info": {"epoch": epoch, "batch": place},
                "shape": list(batch.shape),
                "data": np.asarray(batch).reshape(-1).tolist(),
            }
        )
    return {
        "shape": shape,
        "seed": seed,
        "options": {camel(name): value for name, value in options.items()},
        "batches": found,
    }


def stacked(shape, sub_trajectory_len, **options):
    data = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    found = np.asarray(TrajectorySubStacker(data, sub_trajectory_len, **options).data_sub_trajectories)
    return {
        "dataShape": shape,
        "options": {"subTrajectoryLen": sub_trajectory_len, **{camel(n): v for n, v in options.items()}},
        "shape": list(found.shape),
        "data": found.reshape(-1).tolist(),
    }


def order(seed, num_total_samples, num_minibatches, batch_size):
    mixer = PermutationMixer(num_total_samples, num_minibatches, batch_size, jax.random.PRNGKey(seed))
    return {
        "seed": seed,
        "options": {
            "numTotalSamples": num_total_samples,
            "numMinibatches": num_minibatches,
            "batchSize": batch_size,
        },
        "batchSize": mixer.batch_size,
        "numMinibatchesPerEpoch": mixer.num_minibatches_per_epoch,
        "numEpochs": mixer.num_epochs,
        "batches": [np.asarray(mixer(i)).tolist() for i in range(num_minibatches)],
    }


golden = {
    "mixers": [
        batches([2, 5, 3], 0, sub_trajectory_len=3, num_minibatches=4, batch_size=4),
        batches([2, 4, 1, 3], 1, sub_trajectory_len=2, num_minibatches=3, batch_size=5, only_store_ic=True),
        batches([3, 4, 2], 2, sub_trajectory_len=2, num_minibatches=3, batch_size=2, do_sub_stacking=False),
        batches([3, 3], 3, sub_trajectory_len=3, num_minibatches=2, batch_size=8, only_store_ic=True),
    ],
    "stackers": [
        stacked([1, 6], 3),
        stacked([1, 6], 6),
        stacked([1, 6, 1, 5], 3),
        stacked([2, 4, 3], 2, only_store_ic=True),
        stacked([2, 4, 3], 2, do_sub_stacking=False),
        stacked([2, 4, 3], 2, do_sub_stacking=False, only_store_ic=True),
    ],
    "orders": [
        order(0, 1, 3, 1),
        order(0, 1, 3, 7),
        order(1, 5, 4, 4),
        order(2, 5, 6, 1),
        order(3, 4, 3, 100),
        order(4, 9, 1, 3),
    ],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden) + "\n")
