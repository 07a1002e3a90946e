/**
 * The errors of the library. Every message is one sentence of the form
 * `Cannot <do> <what> as <what must hold>: current <what> is <value>`.
 *
 * @module
 */

/** What a {@linkcode ShapeError} knows about the mismatch. */
export interface ShapeErrorDetails {
  /** The op or function that met the shape. */
  readonly op: string;
  /** The axis that does not fit, by its name. */
  readonly axis: string;
  /** What the axis or shape must be. */
  readonly expected: string | number;
  /** What it is. */
  readonly actual: string | number;
}

/** A tensor has a shape that the op cannot take. */
export class ShapeError extends RangeError {
  /** `"ShapeError"`. */
  override readonly name = "ShapeError";
  /** The op or function that met the shape. */
  readonly op: string;
  /** The axis that does not fit, by its name. */
  readonly axis: string;
  /** What the axis or shape must be. */
  readonly expected: string | number;
  /** What it is. */
  readonly actual: string | number;

  /**
   * Keeps the details beside the sentence.
   *
   * @param message the whole sentence
   * @param details op, axis, expected and actual value
   */
  constructor(message: string, details: ShapeErrorDetails) {
    super(message);
    this.op = details.op;
    this.axis = details.axis;
    this.expected = details.expected;
    this.actual = details.actual;
  }
}

/** One option that cannot be taken. */
export interface Fault {
  /** The option, by its path (`timeLevelWeights.2`). */
  readonly path: string;
  /** What must hold, as the end of a sentence. */
  readonly rule: string;
  /** The value as it was given. */
  readonly value: unknown;
}

/** Options that cannot be taken; lists every fault at once. */
export class OptionsError extends RangeError {
  /** `"OptionsError"`. */
  override readonly name = "OptionsError";
  /** Every fault found. */
  readonly faults: readonly Fault[];

  /**
   * Makes the sentence from the faults.
   *
   * @param what what was to be done, for example `create Supervised`
   * @param faults at least one fault
   */
  constructor(what: string, faults: readonly Fault[]) {
    const sentence = (f: Fault) => `${f.path} must be ${f.rule}: current ${f.path} is ${show(f.value)}`;
    super(
      faults.length === 1
        ? `Cannot ${what} as ${sentence(faults[0]!)}`
        : `Cannot ${what} as ${faults.length} options do not hold:\n${
          faults.map((f) => `- ${sentence(f)}`).join("\n")
        }`,
    );
    this.faults = faults;
  }
}

/** Which numbers a {@linkcode DataError} is about. */
export interface DataErrorOptions extends ErrorOptions {
  /** The trajectory. */
  readonly sample: number;
  /** The snapshot of it, or the first of those that were asked for. */
  readonly snapshot: number;
}

/** A source of trajectories failed, or gave something else than it must. Keeps the place and the cause. */
export class DataError extends Error {
  /** `"DataError"`. */
  override readonly name: string = "DataError";
  /** The trajectory. */
  readonly sample: number;
  /** The snapshot of it, or the first of those that were asked for. */
  readonly snapshot: number;

  /**
   * Keeps the details beside the sentence.
   *
   * @param message the whole sentence
   * @param options the place, and the cause where there is one
   */
  constructor(message: string, options: DataErrorOptions) {
    super(message, options);
    this.sample = options.sample;
    this.snapshot = options.snapshot;
  }
}

/** An object was used after it had been disposed. */
export class DisposedError extends Error {
  /** `"DisposedError"`. */
  override readonly name = "DisposedError";

  /**
   * Makes the sentence.
   *
   * @param action what was to be done, for example `evaluate`
   * @param what the disposed object, by the name of its class
   */
  constructor(action: string, what: string) {
    super(`Cannot ${action} ${what} as it must not be disposed: current state is disposed`);
  }
}

/** What a {@linkcode GpuError} keeps. */
export interface GpuErrorOptions extends ErrorOptions {
  /** The label of the buffer, pipeline or pass concerned. */
  readonly label: string;
}

/** The device refused, failed or was lost. Keeps the label of what failed and the cause. */
export class GpuError extends Error {
  /** `"GpuError"`. */
  override readonly name = "GpuError";
  /** The label of the buffer, pipeline or pass concerned. */
  readonly label: string;

  /**
   * Keeps the details beside the sentence.
   *
   * @param message the whole sentence
   * @param options the label, and the cause where there is one
   */
  constructor(message: string, options: GpuErrorOptions) {
    super(message, options);
    this.label = options.label;
  }
}

/** A value as it stands in a message: short, and unambiguous about its kind. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return `a function${value.name ? ` ${value.name}` : ""}`;
  if (Array.isArray(value)) {
    const head = value.slice(0, 8).map(show).join(", ");
    return value.length > 8 ? `[${head}, ... ${value.length} in all]` : `[${head}]`;
  }
  if (typeof value === "object" && value !== null) {
    return `an object (${value.constructor?.name ?? "null prototype"})`;
  }
  return String(value);
}
