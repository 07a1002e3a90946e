/**
 * Optimizers: chains of gradient transforms.
 *
 * @module
 */
import { type Fault, OptionsError } from "../errors.ts";
import { type Mask, maskName } from "./mask.ts";

/** One gradient transform (optax: `GradientTransformation`). */
export interface Transform {
  /** Its name, that of its WGSL file. */
  readonly name: string;
  /** Its name and numbers, as saved states compare them. */
  readonly description: string;
  /**
   * WGSL with `transform(g: f32, i: u32) -> f32`. It imports from `super::io` its constants, a reader and a writer
   * for each moment (`mu(i)`, `setMu(i, x)`), a function for each scalar, and where it needs them `parameter(i)`,
   * `masked()` (whether the mask picks the parameter) and `globalNorm()` (of all that enters the transform).
   */
  readonly wgsl: string;
  /** Fixed numbers that the WGSL imports from `io`. */
  readonly constants: Readonly<Record<string, number>>;
  /** What it keeps for each parameter from update to update, 0 at the start. */
  readonly moments: readonly string[];
  /** Numbers that vary by update, by name: functions of the update, counted from 0. */
  readonly scalars: Readonly<Record<string, (count: number) => number>>;
  /** Which parameters `masked()` is true for; default all. */
  readonly mask?: Mask | undefined;
}

/** A chain of transforms; what leaves the last is added to the parameters. */
export interface Optimizer {
  /** Name and numbers, as saved states compare them. */
  readonly name: string;
  /** The transforms, in order. */
  readonly transforms: readonly Transform[];
}

/**
 * Throws unless optimizers differ in their scalars only, so that one kernel serves all.
 *
 * @param what what was to be done, for example `train Supervised`
 * @param optimizers the optimizers of an ensemble
 * @throws {OptionsError} naming each that differs
 */
export function requireSameChain(what: string, optimizers: readonly Optimizer[]): void {
  const textOf = ({ transforms }: Optimizer) =>
    JSON.stringify(
      transforms.map(({ name, constants, mask }) =>
        mask ? [name, constants, maskName(mask)] : [name, constants]
      ),
    );
  const [first, ...others] = optimizers;
  const faults = others.flatMap((other, i): Fault[] => {
    const path = `optimizers.${i + 1}`;
    const [expected, value] = [textOf(first!), textOf(other)];
    if (value !== expected) return [{ path, rule: `${expected}, as the first, apart from schedules`, value }];
    return other.transforms.flatMap(({ mask }, k) =>
      typeof mask !== "function" || mask === first!.transforms[k]!.mask ? [] : [{
        path: `${path}.transforms.${k}.mask`,
        rule: "the same function as of the first, one and the same object",
        value: mask,
      }]
    );
  });
  if (faults.length > 0) throw new OptionsError(what, faults);
}

/** The names of all moments of an optimizer: the transform's place in the chain and its own name, `0.mu`. */
export function momentsOf({ transforms }: Optimizer): string[] {
  return transforms.flatMap(({ moments }, k) => moments.map((name) => `${k}.${name}`));
}

/** The scalars of an optimizer, functions of the update counted from 0, in the order of the chain. */
export function scalarsOf({ transforms }: Optimizer): ((count: number) => number)[] {
  return transforms.flatMap(({ scalars }) => Object.values(scalars));
}
