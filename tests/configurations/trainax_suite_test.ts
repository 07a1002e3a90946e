/**
 * All parametrisations of trainax's own tests with the same set-up, and what these lack, from WGSL against the real
 * trainax in float64. The tests of its windows (`test_substack_trjs.py`) are in `tests/data/trajectory_mixer_test.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Objective, type ObjectiveGradient, random } from "../../mod.ts";
import { gpu } from "../ops/device.ts";
import {
  assertNear,
  configurationOf,
  DATA,
  type Description,
  distance,
  GOLDEN,
  PARTS,
  products,
  show,
  STEPPER,
} from "./trainax_suite.ts";

/** Parametrisations in trainax's four files of tests of losses and gradients. */
const NUM_OWN = { one_step_supervised: 1, supervised_rollout: 23, branch_one: 28, diverted_chain: 55 };

type Gradient = ObjectiveGradient<typeof STEPPER.parameters>;
const evaluated = new Map<string, Gradient>();

async function evaluate(description: Description): Promise<Gradient> {
  const name = show(description);
  const known = evaluated.get(name);
  if (known) return known;
  using objective = new Objective(gpu, configurationOf(description), {
    stepper: STEPPER,
    data: DATA,
    ...PARTS,
  });
  const result = await objective.valueAndGrad();
  evaluated.set(name, result);
  return result;
}

Deno.test("trainax suite has its networks and data", () => {
  products(STEPPER.parameters).forEach((p, i) => assert(distance(p, GOLDEN.initial[i]!) < 1e-9));
  for (const { sample, step, state } of GOLDEN.picks) {
    assert(distance([...DATA.row(sample).row(step).data], state) < 1e-6, `snapshot ${step} of ${sample}`);
  }
});

Deno.test("trainax suite has every parametrisation and weights of trainax's own key", () => {
  const count = (prefix: string) => GOLDEN.own.filter(({ test }) => test.startsWith(prefix)).length;
  assertEquals({
    one_step_supervised: count("one_step_supervised"),
    supervised_rollout: count("supervised_rollout"),
    branch_one: count("diverted_chain_branch_one_rollout"),
    diverted_chain: count("against"),
  }, NUM_OWN);
  for (const { test, configuration: { options } } of GOLDEN.own) {
    if (test !== "supervised_rollout_time_level_weights") continue;
    const { numRolloutSteps } = options;
    assertEquals(options.timeLevelWeights, [...random.normal(random.key(0), [numRolloutSteps]).data]);
  }
});

for (
  const { test, configuration, against, loss, lossGap, grad, gradGap } of [
    ...GOLDEN.own,
    ...GOLDEN.more,
  ] as readonly Case[]
) {
  Deno.test(`trainax suite ${test}: ${show(configuration)}`, async () => {
    const actual = await evaluate(configuration);
    assertNear("loss", [actual.loss], [loss], lossGap);
    products(actual.grad).forEach((p, i) => assertNear(`gradient of leaf ${i}`, p, grad[i]!, gradGap[i]!));
    if (!against) return;
    const other = await evaluate(against);
    assert(Math.abs(actual.loss - other.loss) < 1e-6, `${actual.loss} and ${other.loss}`);
    actual.grad.layers.forEach((layer, i) => {
      for (const name of ["weight", "bias"] as const) {
        const b = other.grad.layers[i]![name].data;
        layer[name].data.forEach((x, j) => assert(Math.abs(x - b[j]!) < 1e-6, `${x} and ${b[j]}`));
      }
    });
  });
}

interface Case {
  readonly test: string;
  readonly configuration: Description;
  readonly against?: Description;
  readonly loss: number;
  readonly lossGap: number;
  readonly grad: readonly (readonly number[])[];
  readonly gradGap: readonly number[];
}
