"""Writes trainax_suite.json: losses and gradients of all parametrisations of trainax's own tests, and of what they lack.

Made with Python 3.11, trainax 0.0.2, equinox 0.13.8, optax 0.2.8, jax 0.10.2, jaxlib 0.10.2, numpy 2.4.6.

    python tests/golden/trainax_suite.py && deno fmt tests/golden/trainax_suite.json

The problem is that of trainax's tests/test_loss_and_gradients.py/_utils.py: networks of 10 dofs drawn in float32, data
from a reference network (rolled out in float64 and rounded to float32 once). Everything is evaluated in float64 and in
float32; `lossGap` and `gradGap` are the relative distances of the two. A gradient stands as the products of each leaf
with 4 normal vectors, whose error is that of the whole leaf.

trainax hands batches to a residuum_fn; those of its tests compare samples only after jax.vmap, and so it is done here.
"""

import json
import pathlib

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import trainax as tx

NUM_DOF = 10
NUM_SAMPLES = 5
NUM_STEPS = 20
NUM_PRODUCTS = 4
NUM_UPDATES = 40


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def network(seed):
    return eqx.nn.MLP(
        in_size=NUM_DOF,
        out_size=NUM_DOF,
        width_size=16,
        depth=3,
        activation=jax.nn.relu,
        dtype=jnp.float32,
        key=jax.random.PRNGKey(seed),
    )


def cast(tree, dtype):
    return jax.tree.map(lambda x: jnp.asarray(x, dtype) if eqx.is_array(x) else x, tree)


def leaves(tree):
    return [np.asarray(x, np.float64).reshape(-1) for x in jax.tree.leaves(eqx.filter(tree, eqx.is_array))]


NETWORKS = {name: network(seed) for name, seed in dict(stepper=11, ref=27, next=31, prev=77).items()}
INITIAL = jax.random.normal(jax.random.PRNGKey(0), (NUM_SAMPLES, NUM_DOF))
VECTORS = [
    np.asarray(jax.random.normal(jax.random.PRNGKey(100 + i), (NUM_PRODUCTS, leaf.size)), np.float64)
    for i, leaf in enumerate(leaves(NETWORKS["stepper"]))
]


def products(tree):
    return [vectors @ leaf for vectors, leaf in zip(VECTORS, leaves(tree))]


def gap(single, double):
    distance = np.linalg.norm(np.subtract(single, double))
    return float(distance / (np.linalg.norm(double) or 1.0))


def digits(x):
    return [float(f"{v:.10g}") for v in np.ravel(x)]


class Problem:
    """The networks and data in one precision."""

    def __init__(self, dtype, data):
        jax.config.update("jax_enable_x64", dtype == jnp.float64)
        nets = {name: cast(net, dtype) for name, net in NETWORKS.items()}
        self.stepper = nets["stepper"]
        self.ref_stepper = nets["ref"]
        self.residuum_fn = lambda next, prev: jax.vmap(nets["next"])(next) - jax.vmap(nets["prev"])(prev)
        self.data = jnp.asarray(data, dtype)
        self.parts = dict(ref_stepper=self.ref_stepper, residuum_fn=self.residuum_fn)

    def evaluate(self, configuration):
        return eqx.filter_value_and_grad(configuration)(self.stepper, self.data, **self.parts)


def trajectories():
    problem = Problem(jnp.float64, np.zeros(1))
    states = [jnp.asarray(INITIAL, jnp.float64)]
    for _ in range(NUM_STEPS):
        states.append(jax.vmap(problem.ref_stepper)(states[-1]))
    return np.stack([np.asarray(s) for s in states], axis=1).astype(np.float32)


DATA = trajectories()
PRECISIONS = (jnp.float32, jnp.float64)


def configuration_of(description):
    name, options = description
    if name == "Composite":
        return tx.configuration.Composite([configuration_of(c) for c in options[0]], options[1])
    arrays = {k: jnp.asarray(v) if k.endswith("weights") else v for k, v in options.items()}
    return getattr(tx.configuration, name)(**arrays)


def described(description):
    name, options = description
    if name == "Composite":
        return {"name": name, "configurations": [described(c) for c in options[0]], "weights": options[1]}
    return {"name": name, "options": {camel(k): v for k, v in options.items()}}


def case(test, description, against=None):
    (loss32, grad32), (loss64, grad64) = (
        Problem(dtype, DATA).evaluate(configuration_of(description)) for dtype in PRECISIONS
    )
    single, double = products(grad32), products(grad64)
    return {
        "test": test,
        "configuration": described(description),
        **({"against": described(against)} if against else {}),
        "loss": float(f"{float(loss64):.12g}"),
        "lossGap": float(f"{gap(float(loss32), float(loss64)):.2g}"),
        "grad": [digits(p) for p in double],
        "gradGap": [float(f"{gap(s, d):.2g}") for s, d in zip(single, double)],
    }


def weights_of(num_rollout_steps):
    """Those of trainax's own test."""
    return [float(w) for w in jax.random.normal(jax.random.PRNGKey(0), (num_rollout_steps,), jnp.float32)]


def own_tests():
    """Every parametrisation of trainax's tests: name of the test, configuration, what it is compared with there."""
    five, ten = range(1, 6), range(1, 11)
    cut, cut_div = dict(cut_bptt=True), dict(cut_div_chain=True)
    sparse = dict(cut_bptt=True, cut_bptt_every=3)
    yield "one_step_supervised", ("Supervised", dict(num_rollout_steps=1)), None
    for suffix, options, steps in (
        ("", {}, five),
        ("_cut_bptt", cut, five),
        ("_sparse_bptt", sparse, range(1, 9)),
    ):
        for r in steps:
            yield f"supervised_rollout{suffix}", ("Supervised", dict(num_rollout_steps=r, **options)), None
    for r in five:
        options = dict(num_rollout_steps=r, time_level_weights=weights_of(r))
        yield "supervised_rollout_time_level_weights", ("Supervised", options), None
    for suffix, options, steps in (
        ("", {}, five),
        ("_cut_bptt", cut, five),
        ("_cut_div_chain", cut_div, five),
        ("_cut_bptt_and_div_chain", cut | cut_div, five),
        ("_sparse_bptt", sparse, (1, 2, 3, 4, 5, 7, 8, 9)),
    ):
        for r in steps:
            configuration = ("DivertedChainBranchOne", dict(num_rollout_steps=r, **options))
            yield f"diverted_chain_branch_one_rollout{suffix}", configuration, None
    for suffix, options, steps in (
        ("", {}, five),
        ("_cut_bptt", cut, five),
        ("_cut_div_chain", cut_div, five),
        ("_cut_bptt_and_cut_div_chain", cut | cut_div, five),
        ("_sparse_bptt", sparse, ten),
    ):
        for r in steps:
            configuration = ("DivertedChain", dict(num_rollout_steps=r, num_branch_steps=1, **options))
            against = ("DivertedChainBranchOne", dict(num_rollout_steps=r, **options))
            yield f"against_branch_one{suffix}", configuration, against
    for suffix, options, other, steps in (
        ("", {}, {}, five),
        ("_cut_bptt", cut, cut, five),
        ("_cut_div_chain", cut_div, {}, five),
        ("_sparse_bptt", sparse, sparse, ten),
    ):
        for r in steps:
            configuration = ("DivertedChain", dict(num_rollout_steps=r, num_branch_steps=r, **options))
            against = ("Supervised", dict(num_rollout_steps=r, **other))
            yield f"against_supervised_rollout{suffix}", configuration, against


def more_tests():
    """What those tests lack."""
    cut, cut_div = dict(cut_bptt=True), dict(cut_div_chain=True)
    sparse = dict(cut_bptt=True, cut_bptt_every=2)
    for r in (1, 2, 3, 5, 8):
        for options in ({}, cut, sparse, dict(cut_prev=True), dict(cut_next=True), dict(cut_prev=True, **sparse)):
            yield "residuum", ("Residuum", dict(num_rollout_steps=r, **options))
    yield "residuum", ("Residuum", dict(num_rollout_steps=3, cut_prev=True, cut_next=True))
    yield "residuum", ("Residuum", dict(num_rollout_steps=4, time_level_weights=[0.5, -1.0, 2.0, 0.25]))
    for r, q in ((1, 0), (1, 1), (1, 3), (3, 1), (4, 2)):
        for options in ({}, cut, sparse):
            yield "mix_chain", ("MixChainPostPhysics", dict(num_rollout_steps=r, num_post_physics_steps=q, **options))
    weights = [1.0, -0.5, 2.0, 0.25, 3.0]
    options = dict(num_rollout_steps=3, num_post_physics_steps=2, time_level_weights=weights, **sparse)
    yield "mix_chain", ("MixChainPostPhysics", options)
    for r, b in ((3, 2), (4, 2), (5, 3), (5, 4), (7, 3)):
        for options in ({}, cut, sparse, cut_div, cut | cut_div, sparse | cut_div):
            configuration = ("DivertedChain", dict(num_rollout_steps=r, num_branch_steps=b, **options))
            yield "diverted_chain_between", configuration
    options = dict(num_rollout_steps=5, num_branch_steps=2, time_level_weights=weights, branch_level_weights=[2.0, -1.0])
    yield "diverted_chain_weights", ("DivertedChain", options)
    yield "diverted_chain_weights", ("DivertedChain", options | sparse)
    options = dict(num_rollout_steps=5, time_level_weights=weights)
    yield "branch_one_weights", ("DivertedChainBranchOne", options | cut_div)
    yield "branch_one_weights", ("DivertedChainBranchOne", options | sparse)
    parts = [
        ("Supervised", dict(num_rollout_steps=3)),
        ("Residuum", dict(num_rollout_steps=2, cut_prev=True)),
        ("DivertedChain", dict(num_rollout_steps=4, num_branch_steps=2, **sparse)),
    ]
    yield "composite", ("Composite", (parts, [1.0, 0.5, -0.25]))
    yield "composite", ("Composite", ([parts[0], ("Composite", (parts[1:], [2.0, 1.0]))], [0.5, 0.1]))


def trainers():
    """Each trainer: a name, its options in trainax, and how trainax makes it."""
    weights = [1.0, 0.5, 0.25]
    sparse = dict(cut_bptt=True, cut_bptt_every=2)

    def general(name, sub_trajectory_len, only_store_ic):
        def make(data, *, do_sub_stacking=True, batch_size, optimizer, num_training_steps, parts, **options):
            stacker = tx.TrajectorySubStacker(
                data, sub_trajectory_len, do_sub_stacking=do_sub_stacking, only_store_ic=only_store_ic
            )
            configuration = configuration_of((name, options))
            rest = dict(optimizer=optimizer, num_minibatches=num_training_steps, batch_size=batch_size)
            return tx.GeneralTrainer(stacker, configuration, **parts, **rest)

        return make

    def own(name):
        def make(data, *, parts, **options):
            arrays = {k: jnp.asarray(v) if k.endswith("weights") else v for k, v in options.items()}
            return getattr(tx.trainer, name + "Trainer")(data, **parts, **arrays)

        return make

    yield "Supervised", dict(num_rollout_steps=3, batch_size=7, **sparse), own("Supervised")
    yield "Supervised", dict(num_rollout_steps=2, batch_size=3, do_sub_stacking=False), own("Supervised")
    options = dict(num_rollout_steps=3, batch_size=100, time_level_weights=weights)
    yield "DivertedChainBranchOne", options, own("DivertedChainBranchOne")
    options = dict(num_rollout_steps=2, batch_size=16, cut_div_chain=True)
    yield "DivertedChainBranchOne", options, own("DivertedChainBranchOne")
    yield "Residuum", dict(num_rollout_steps=3, batch_size=7, cut_prev=True), own("Residuum")
    options = dict(num_rollout_steps=4, num_branch_steps=2, batch_size=16, branch_level_weights=[1.0, 0.5])
    yield "DivertedChain", options, general("DivertedChain", 5, True)
    options = dict(num_rollout_steps=2, num_post_physics_steps=2, batch_size=7)
    yield "MixChainPostPhysics", options, general("MixChainPostPhysics", 5, False)


def training(name, options, make):
    runs = []
    for dtype in PRECISIONS:
        problem = Problem(dtype, DATA)
        trainer = make(
            problem.data,
            optimizer=optax.adam(1e-3),
            num_training_steps=NUM_UPDATES,
            parts=problem.parts,
            **options,
        )
        trained, losses = trainer(problem.stepper, jax.random.PRNGKey(42), spawn_tqdm=False)
        full = float(trainer.full_loss(trained))
        runs.append((np.asarray(losses, np.float64), products(trained), full, trainer.trajectory_sub_stacker))
    (losses32, weights32, _, _), (losses64, weights64, full, stacker) = runs
    return {
        "trainer": f"{name}Trainer",
        "options": {camel(k): v for k, v in options.items()},
        "numTotalSamples": stacker.num_total_samples,
        "lossHistory": digits(losses64),
        "lossGap": float(f"{gap(losses32, losses64):.2g}"),
        "weights": [digits(p) for p in weights64],
        "weightsGap": [float(f"{gap(s, d):.2g}") for s, d in zip(weights32, weights64)],
        "fullLoss": full,
    }


golden = {
    "initial": [digits(p) for p in products(NETWORKS["stepper"])],
    "picks": [
        {"sample": s, "step": t, "state": [float(v) for v in DATA[s, t]]} for s, t in ((0, 0), (1, 1), (4, 20))
    ],
    "own": [case(*c) for c in own_tests()],
    "more": [case(*c) for c in more_tests()],
    "trainings": [training(*t) for t in trainers()],
}
path = pathlib.Path(__file__).with_suffix(".json")
lists = (f'"{name}": [\n' + ",\n".join(map(json.dumps, entries)) + "\n]" for name, entries in golden.items())
path.write_text("{\n" + ",\n".join(lists) + "\n}\n")
