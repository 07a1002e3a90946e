/**
 * Optimizers: chains of gradient transforms, linked into one kernel over all parameters.
 *
 * @module
 */
import { OPTIMIZERS_SCALE_BY_LEARNING_RATE } from "../../shaders/bundle.ts";
import { OptionsError } from "../errors.ts";
import { constantsText } from "../wgsl/io.ts";
import { setterOf } from "../wgsl/op_text.ts";
import type { Schedule } from "./schedules.ts";

/** One gradient transform (optax: `GradientTransformation`). */
export interface Transform {
  /** Its name, that of its WGSL file. */
  readonly name: string;
  /** WGSL with `transform(g: f32, i: u32) -> f32`. */
  readonly wgsl: string;
  /** Fixed numbers that the WGSL imports from `io`. */
  readonly constants: Readonly<Record<string, number>>;
  /** What it keeps for each parameter from update to update, 0 at the start. */
  readonly moments: readonly string[];
  /** Numbers that vary by update, by name: functions of the update, counted from 0. */
  readonly scalars: Readonly<Record<string, (count: number) => number>>;
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
  const [first, ...others] = optimizers.map(({ transforms }) =>
    JSON.stringify(transforms.map(({ name, constants }) => [name, constants]))
  );
  const faults = others.flatMap((other, i) =>
    other === first
      ? []
      : [{ path: `optimizers.${i + 1}`, rule: `${first}, as the first, apart from schedules`, value: other }]
  );
  if (faults.length > 0) throw new OptionsError(what, faults);
}

/** The names of all moments of an optimizer: the transform's place in the chain and its own name, `0.mu`. */
export function momentsOf({ transforms }: Optimizer): string[] {
  return transforms.flatMap(({ moments }, k) => moments.map((name) => `${k}.${name}`));
}

/** The scalars of an optimizer at an update counted from 0, in the order of the chain. */
export function scalarsOf({ transforms }: Optimizer, count: number): number[] {
  return transforms.flatMap(({ scalars }) => Object.values(scalars).map((value) => value(count)));
}

/** The modules of an optimizer's chain, by path. */
export function chainModules(optimizer: Optimizer): Record<string, string> {
  const modules: Record<string, string> = {};
  const numScalars = scalarsOf(optimizer, 0).length;
  let [moment, scalar] = [0, 0];
  optimizer.transforms.forEach(({ name, wgsl, constants, moments, scalars }, k) => {
    const lines = moments.flatMap((m) => {
      const at = `moments[${moment++}u * update.members * update.parameters + i]`;
      return [
        `fn ${m}(i: u32) -> f32 { return ${at}; }`,
        `fn ${setterOf(m)}(i: u32, x: f32) { ${at} = x; }`,
      ];
    });
    const rates = Object.keys(scalars).map((s) =>
      `fn ${s}() -> f32 { return schedule[update.schedule + member * ${numScalars}u + ${scalar++}u]; }`
    );
    modules[`t${k}/${name}`] = wgsl;
    modules[`t${k}/io`] = [
      "import package::main::{moments, schedule, update, member};",
      constantsText(constants),
      ...lines,
      ...rates,
    ].join("\n");
  });
  const calls = optimizer.transforms.reduce((x, _, k) => `t${k}(${x}, i)`, "g");
  modules.chain = [
    ...optimizer.transforms.map(({ name }, k) => `import package::t${k}::${name}::transform as t${k};`),
    `fn transform(g: f32, i: u32) -> f32 { return ${calls}; }`,
  ].join("\n");
  return modules;
}

/** The step against the gradient (optax: `scale_by_learning_rate`). */
export function scaleByLearningRate(schedule: Schedule): Transform {
  return {
    name: "scale_by_learning_rate",
    wgsl: OPTIMIZERS_SCALE_BY_LEARNING_RATE,
    constants: {},
    moments: [],
    scalars: { learningRate: schedule },
  };
}

/**
 * A learning rate as a schedule.
 *
 * @param optimizer its name, for messages
 * @param rate a finite number >= 0, or a schedule
 * @throws {OptionsError} when it is neither
 */
export function scheduleOf(optimizer: string, rate: number | Schedule): Schedule {
  if (typeof rate === "function") return rate;
  if (Number.isFinite(rate) && rate >= 0) return () => rate;
  throw new OptionsError(`create ${optimizer}`, [
    { path: "learningRate", rule: "a finite number >= 0 or a schedule", value: rate },
  ]);
}

/** A learning rate as it stands in the name of an optimizer. */
export function rateName(rate: number | Schedule): string {
  return typeof rate === "function" ? "schedule" : String(rate);
}
