/**
 * The losses of trainax, from `tests/golden/losses.py`.
 *
 * @module
 */
import { assert } from "@std/assert";
import {
  type BatchReduction,
  Configuration,
  constant,
  defineStepper,
  DivertedChain,
  type Loss,
  NdArray,
  Objective,
  ops,
  type Parts,
  Residuum,
  Supervised,
  type Tape,
  type Var,
} from "../../mod.ts";
import { lp } from "../../src/losses/lp.ts";
import { composite, mae, mse, normalizedMae, normalizedMse, rmse } from "../../src/losses/mod.ts";
import golden from "../golden/losses.json" with { type: "json" };
import { gpu } from "../ops/device.ts";
import type { Twin } from "../ops/twin.ts";
import { lp as lpTwin } from "../twins/lp.ts";
import { mae as maeTwin } from "../twins/mae.ts";
import { mse as mseTwin } from "../twins/mse.ts";
import {
  normalizedMae as normalizedMaeTwin,
  normalizedMse as normalizedMseTwin,
} from "../twins/normalized.ts";

/** Each loss of the file, with its twin where it has one of its own. */
const LOSSES: Readonly<Record<string, readonly [(batchReduction: BatchReduction) => Loss, Twin | null]>> = {
  mse: [(batchReduction) => mse({ batchReduction }), mseTwin],
  mae: [(batchReduction) => mae({ batchReduction }), maeTwin],
  normalizedMse: [(batchReduction) => normalizedMse({ batchReduction }), normalizedMseTwin],
  normalizedMae: [(batchReduction) => normalizedMae({ batchReduction }), normalizedMaeTwin],
  rmse: [(batchReduction) => rmse({ batchReduction }), lpTwin(2)],
  lp1: [(batchReduction) => lp({ p: 1, batchReduction }), lpTwin(1)],
  "lp2.5": [(batchReduction) => lp({ p: 2.5, batchReduction }), lpTwin(2.5)],
  lp4: [(batchReduction) => lp({ p: 4, batchReduction }), lpTwin(4)],
  composite: [
    (batchReduction) =>
      composite(
        [mse({ batchReduction }), normalizedMae({ batchReduction }), rmse({ batchReduction })],
        [0.5, -2, 0.25],
      ),
    null,
  ],
};

/** What a loss of a batch gives. */
interface Result {
  readonly value: number;
  readonly grads: readonly (readonly number[])[];
}

/** Asserts that value and gradients are within a relative error, gradients in their norms. */
function assertMeets(title: string, actual: Result, expected: Result, allowed: number): void {
  const norm = (x: readonly number[]) => Math.hypot(...x);
  const close = (what: string, off: number) => assert(off <= allowed, `${title}: ${what} is off by ${off}`);
  close("the value", Math.abs(actual.value / expected.value - 1));
  expected.grads.forEach((grad, k) =>
    close(`gradient ${k}`, norm(grad.map((g, i) => g - actual.grads[k]![i]!)) / norm(grad))
  );
}

const tolerance = (gap: number) => Math.max(1e-5, 4 * gap);

/** The result of a batch from those of its samples. */
function reduce(samples: readonly Result[], reduction: string): Result {
  const factor = reduction === "mean" ? 1 / samples.length : 1;
  return {
    value: samples.reduce((sum, { value }) => sum + factor * value, 0),
    grads: samples[0]!.grads.map((_, k) => samples.flatMap(({ grads }) => grads[k]!.map((g) => factor * g))),
  };
}

/** A loss between a state that is all parameters and a snapshot, or zero. */
class Compare extends Configuration {
  readonly name = "Compare";
  readonly numSnapshots = 2;
  readonly #loss: Loss;
  readonly #side: "prediction" | "target" | "alone";

  constructor(loss: Loss, side: "prediction" | "target" | "alone") {
    super();
    this.#loss = loss;
    this.#side = side;
  }

  record(tape: Tape, { stepper }: Parts): void {
    const [state, other] = [tape.apply(stepper, tape.snapshot(0)), tape.snapshot(1)];
    if (this.#side === "alone") tape.loss(this.#loss, state);
    else if (this.#side === "prediction") tape.loss(this.#loss, state, other);
    else tape.loss(this.#loss, other, state);
  }
}

/** One sample on the device, as launches: the configurations below have the losses in the resident kernel. */
async function onDevice(
  loss: Loss,
  shape: readonly number[],
  p: number[],
  r: number[] | null,
): Promise<Result> {
  const values: number[] = [];
  const grads: number[][] = [];
  for (const side of r ? ["prediction", "target"] as const : ["alone"] as const) {
    const [state, other] = side === "target" ? [r!, p] : [p, r ?? p];
    const stepper = defineStepper({
      name: "state",
      parameters: { state: new NdArray(state, shape) },
      forward: (u, { state }) => ops.mul({ a: u, b: state }),
    });
    const data = new NdArray([...p.map(() => 1), ...other], [1, 2, ...shape]);
    using objective = new Objective(gpu, new Compare(loss, side), { stepper, data, runner: "launches" });
    const { loss: value, grad } = await objective.valueAndGrad();
    values.push(value);
    grads.push([...grad.state.data]);
  }
  assert(values.every((value) => value === values[0]), `${loss.name} is ${values}`);
  return { value: values[0]!, grads };
}

for (const { shape, p, r, losses } of golden.states) {
  const size = shape.reduce((a, b) => a * b, 1);
  const rows = (x: number[]) =>
    Array.from({ length: x.length / size }, (_, s) => x.slice(s * size, (s + 1) * size));
  for (const [name, [create, twin]] of Object.entries(LOSSES)) {
    Deno.test(`${name} of states [${shape}] has trainax's value and gradients to both sides`, async () => {
      for (const alone of [false, true]) {
        const titles = Object.keys(losses).filter((title) =>
          title.startsWith(`${name} `) && title.endsWith("alone") === alone
        );
        if (titles.length === 0) continue;
        const targets = alone ? null : rows(r);
        const fromTwin = twin && rows(p).map((p, s): Result => {
          const one = Float64Array.of(1);
          const x = { p: Float64Array.from(p), ...(targets ? { r: Float64Array.from(targets[s]!) } : {}) };
          const rBar = targets ? [[...twin.adjointR!(x, one)]] : [];
          return { value: twin.forward(x)[0]!, grads: [[...twin.adjointP!(x, one)], ...rBar] };
        });
        const samples: Result[] = [];
        for (const [s, sample] of rows(p).entries()) {
          samples.push(await onDevice(create("mean"), shape, sample, targets && targets[s]!));
        }
        for (const title of titles) {
          const expected = losses[title as keyof typeof losses] as Result & { readonly gap: number };
          const reduction = title.split(" ")[1]!;
          if (fromTwin) assertMeets(`${title}, twin`, reduce(fromTwin, reduction), expected, 1e-10);
          assertMeets(title, reduce(samples, reduction), expected, tolerance(expected.gap));
        }
      }
    });
  }
}

const { shape, data, weights, entries } = golden.objectives;
const DATA = new NdArray(data, shape);
const STEPPER = defineStepper({
  name: "taps",
  parameters: { weight: new NdArray(weights, [1, 1, 2]) },
  forward: (u, p) => ops.conv({ u, w: p.weight }),
});
const PHYSICS = new NdArray([0.75, 0.25, 0], [1, 1, 3]);
const refStepper = (u: Var): Var => ops.conv({ u, w: constant(PHYSICS) });
const residuum = (next: Var, previous: Var): Var => ops.sub({ a: next, b: refStepper(previous) });

const CONFIGURATIONS: Readonly<Record<string, (timeLevelLoss: Loss) => Configuration>> = {
  supervised: (timeLevelLoss) => new Supervised({ numRolloutSteps: 3, timeLevelLoss }),
  diverted: (timeLevelLoss) => new DivertedChain({ numRolloutSteps: 3, numBranchSteps: 2, timeLevelLoss }),
  residuum: (timeLevelLoss) => new Residuum({ numRolloutSteps: 3, timeLevelLoss }),
};

for (const configuration of Object.keys(CONFIGURATIONS)) {
  Deno.test(`${configuration} has trainax's loss and gradient with every loss`, async () => {
    for (const entry of entries.filter((e) => e.configuration === configuration)) {
      const loss = LOSSES[entry.loss]![0](entry.reduction as BatchReduction);
      using objective = new Objective(gpu, CONFIGURATIONS[configuration]!(loss), {
        stepper: STEPPER,
        data: DATA,
        refStepper,
        residuum,
        runner: entry.reduction === "mean" ? "resident" : "launches",
      });
      const { loss: value, grad } = await objective.valueAndGrad();
      const title = `${configuration}, ${entry.loss}, ${entry.reduction}`;
      assertMeets(title, { value, grads: [[...grad.weight.data]] }, entry, tolerance(entry.gap));
    }
  });
}
