/**
 * Weighted sums of losses.
 *
 * @module
 */
import { WEIGHTED_SUM } from "../../shaders/bundle.ts";
import { type Fault, OptionsError } from "../errors.ts";
import type { Loss } from "../graph/loss.ts";
import { defineOp, type Op, requireSameShape } from "../graph/op.ts";
import type { Var } from "../graph/var.ts";
import { lengthFault } from "../options.ts";

interface Weights {
  readonly a: number;
  readonly b: number;
}

/** A weighted sum of two tensors of the same shape. Math: `shaders/weighted_sum.wgsl`. */
export const weightedSumOp: Op<"a", "b", Weights> = defineOp({
  name: "weighted_sum",
  inputs: ["a"],
  optional: ["b"],
  wgsl: WEIGHTED_SUM,
  shape: ({ a, b }) => {
    if (b) requireSameShape("composite", { "the first loss": a, "a later loss": b });
    return a;
  },
  constants: (_, { a, b }: Weights) => ({ WEIGHT_A: a, WEIGHT_B: b }),
});

/** Every fault of the parts of a composite. */
function faultsOf(losses: readonly Loss[], weights: readonly number[]): Fault[] {
  if (!Array.isArray(losses) || losses.length === 0) {
    return [{ path: "losses", rule: "a list of at least one loss", value: losses }];
  }
  if (!Array.isArray(weights)) return [{ path: "weights", rule: "a list of finite numbers", value: weights }];
  const { batchReduction } = losses[0]!;
  return [
    ...losses.flatMap((loss, i): Fault[] => {
      if (typeof loss?.forward !== "function") return [{ path: `losses.${i}`, rule: "a loss", value: loss }];
      if (loss.batchReduction === batchReduction) return [];
      const rule = `${JSON.stringify(batchReduction)}, as of losses.0`;
      return [{ path: `losses.${i}.batchReduction`, rule, value: loss.batchReduction }];
    }),
    ...lengthFault("weights", weights, losses.length),
    ...weights.flatMap((value, i) =>
      Number.isFinite(value) ? [] : [{ path: `weights.${i}`, rule: "a finite number", value }]
    ),
  ];
}

/**
 * A weighted sum of losses between the same two states, l = sum_k weights[k] losses[k](p, r), reduced over the batch by
 * the rule that its parts share. trainax names it and leaves it open; for sums of whole objectives see
 * {@linkcode Composite}.
 *
 * @param losses at least one loss, all with the same `batchReduction`
 * @param weights a finite factor for each; default ones
 * @throws {OptionsError} naming every fault
 *
 * @example
 * ```ts
 * import { losses, Supervised } from "@unroll/unroll";
 *
 * const loss = losses.composite([losses.mse(), losses.mae()], [1, 0.1]);
 * new Supervised({ numRolloutSteps: 5, timeLevelLoss: loss });
 * ```
 */
export function composite(
  losses: readonly Loss[],
  weights: readonly number[] = losses?.map?.(() => 1),
): Loss {
  const faults = faultsOf(losses, weights);
  if (faults.length > 0) throw new OptionsError("create composite", faults);
  const [parts, factors] = [[...losses], [...weights]];
  return {
    name: `composite(${parts.map(({ name }, k) => `${factors[k]} ${name}`).join(", ")})`,
    batchReduction: parts[0]!.batchReduction,
    forward(p: Var, r?: Var): Var {
      const [a, b, ...rest] = parts.map((loss) => loss.forward(p, r));
      const sum = weightedSumOp({ a: a!, b }, { a: factors[0]!, b: factors[1] ?? 0 });
      return rest.reduce((sum, c, k) => weightedSumOp({ a: sum, b: c }, { a: 1, b: factors[k + 2]! }), sum);
    },
  };
}
