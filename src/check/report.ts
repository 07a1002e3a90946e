/**
 * What a check of adjoints found.
 *
 * @module
 */
import { type Shape, showShape } from "../ndarray.ts";

/** What cotangents were compared with. */
export type AdjointReference =
  | "tangent of the twin"
  | "differences of the twin"
  | "differences on the device";

/** An element that was compared. */
export interface ComparedElement {
  /** Its index, one number for each axis. */
  readonly index: readonly number[];
  /** What the device gives. */
  readonly actual: number;
  /** What it should give. */
  readonly expected: number;
  /** How far apart they are. */
  readonly error: number;
  /** How far apart they may be. */
  readonly tolerance: number;
}

/** A tensor that was compared. */
export interface TensorReport {
  /** Whether all that was compared agrees. */
  readonly ok: boolean;
  /** Its shape. */
  readonly shape: Shape;
  /** How many elements were compared. */
  readonly numCompared: number;
  /** The largest error; NaN where the device gives no number. */
  readonly maxError: number;
  /** The largest error as a fraction of the largest magnitude that is expected. */
  readonly maxRelativeError: number;
  /** The element that is off most, measured by its tolerance; null where none was compared. */
  readonly worst: ComparedElement | null;
}

/** The cotangent of an input that was compared. */
export interface InputReport extends TensorReport {
  /** How the input lay on the device at the worst element: as a state or as a parameter. */
  readonly role: "state" | "parameter";
  /** Elements for which differences say nothing, such as those at a kink. */
  readonly numUnresolved: number;
  /** <xBar, x'> for a random x', which should be <vBar, J x'>. */
  readonly innerProduct: Omit<ComparedElement, "index">;
}

/** What {@linkcode checkAdjoint} found. */
export class AdjointReport {
  /** The name of the op. */
  readonly name: string;
  /** What cotangents were compared with. */
  readonly reference: AdjointReference;
  /** The result, compared with that of the twin; null without a twin. */
  readonly forward: TensorReport | null;
  /** The cotangents, by the names of the inputs. */
  readonly inputs: Readonly<Record<string, InputReport>>;

  /**
   * Made by {@linkcode checkAdjoint}.
   *
   * @param name the name of the op
   * @param reference what cotangents were compared with
   * @param forward the result, compared with that of the twin
   * @param inputs the cotangents, by the names of the inputs
   */
  constructor(
    name: string,
    reference: AdjointReference,
    forward: TensorReport | null,
    inputs: Readonly<Record<string, InputReport>>,
  ) {
    this.name = name;
    this.reference = reference;
    this.forward = forward;
    this.inputs = inputs;
  }

  /** Whether the result and all cotangents agree. */
  get ok(): boolean {
    return (this.forward?.ok ?? true) && Object.values(this.inputs).every(({ ok }) => ok);
  }

  /** What was found, in a few lines. */
  toString(): string {
    const lines = [`${this.name} is ${this.ok ? "right" : "wrong"}, compared with ${this.reference}`];
    if (this.forward) lines.push(`  v ${tensor(this.forward)}`);
    for (const [name, report] of Object.entries(this.inputs)) {
      const unresolved = report.numUnresolved > 0 ? `, ${report.numUnresolved} unresolved` : "";
      lines.push(`  ${name}Bar ${tensor(report)}, as a ${report.role}${unresolved}`);
      const { actual, expected, tolerance } = report.innerProduct;
      lines.push(
        `    <${name}Bar, ${name}'> is ${show(actual)}, <vBar, J ${name}'> is ${show(expected)}, ` +
          `allowed are ${show(tolerance)}`,
      );
    }
    return lines.join("\n");
  }
}

const show = (x: number): string =>
  x !== 0 && Math.abs(x) < 1e-3 ? x.toExponential(2) : String(Number(x.toPrecision(6)));

function tensor({ ok, shape, numCompared, maxError, maxRelativeError, worst }: TensorReport): string {
  const head = `${showShape(shape)} is ${ok ? "right" : "wrong"}`;
  if (worst === null) return `${head}: no element of it could be compared`;
  const { index, actual, expected, tolerance } = worst;
  return `${head}: ${numCompared} compared, off by at most ${show(maxError)} ` +
    `(${show(maxRelativeError)} of the largest); worst at ${showShape(index)}, ` +
    `${show(actual)} instead of ${show(expected)}, allowed are ${show(tolerance)}`;
}
