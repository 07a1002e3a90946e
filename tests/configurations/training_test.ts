import { assertAlmostEquals } from "@std/assert";
import { programFor } from "../tape/parts.ts";
import { interpret } from "../twins/interpreter.ts";
import { benchOf } from "./problem.ts";
import { batchesFor, CONFIGURATIONS, GOLDEN, NUM_UPDATES } from "./reference.ts";

/** One of each kind; the gradients of the others are met in reference_test.ts, and the way to the weights is the same. */
const NAMES = ["sup1", "sup5_cut2", "div5_1_both", "div5_2_weights", "mix3_2_cut1", "res5_cutnext"];

/** Adam in float64 with trainax's batches (optax: `adam(1e-2)`). */
function train(name: string): Float64Array {
  const program = programFor(CONFIGURATIONS[name]!, "recompute");
  const batches = batchesFor(name);
  const weights = Float64Array.from(GOLDEN._w0);
  const [first, second] = [new Float64Array(2), new Float64Array(2)];
  for (let i = 0; i < NUM_UPDATES; i++) {
    const { gradient } = interpret(program, benchOf(batches.batch(i), weights));
    gradient.forEach((g, p) => {
      first[p] = 0.9 * first[p]! + 0.1 * g;
      second[p] = 0.999 * second[p]! + 0.001 * g * g;
      const mean = first[p]! / (1 - 0.9 ** (i + 1));
      const scale = Math.sqrt(second[p]! / (1 - 0.999 ** (i + 1))) + 1e-8;
      weights[p]! -= 1e-2 * mean / scale;
    });
  }
  return weights;
}

for (const name of NAMES) {
  Deno.test(`${name} has the reference weights after ${NUM_UPDATES} updates`, () => {
    train(name).forEach((w, p) => assertAlmostEquals(w, GOLDEN[name]!.w1000[p]!, 1e-8));
  });
}
