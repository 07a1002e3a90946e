/**
 * Tracing: a function of states, run once on variables, becomes a list of ops.
 *
 * @module
 */
import { ShapeError } from "../errors.ts";
import { isNdArray, mapTree, type NdArray, type Shape, showShape, type Tree } from "../ndarray.ts";
import type { OpDefinition, OpOptions, Shapes } from "./op.ts";
import type { StateFunction } from "./stepper.ts";
import { Var, type VarInfo, type VarSource } from "./var.ts";

/** One op call as it was traced. */
export interface Node {
  /** The op. */
  readonly op: OpDefinition;
  /** The variables given, by the names of the op's inputs. */
  readonly inputs: Readonly<Record<string, number>>;
  /** The variable written. */
  readonly output: number;
  /** The constants of this use. */
  readonly constants: Readonly<Record<string, number>>;
  /** The numbers of summands of this use. */
  readonly summands: Readonly<Record<string, number>>;
  /** The functions of this use that are taken from the op's second text, and how many calls each takes. */
  readonly blockedCalls: Readonly<Record<string, number>>;
}

/** What a trace found: every variable, every call, the result. */
export interface Trace {
  /** The name of the traced function. */
  readonly name: string;
  /** All variables, by their numbers. */
  readonly vars: readonly VarInfo[];
  /** The op calls that the result depends on, in order. */
  readonly nodes: readonly Node[];
  /** The variable returned. */
  readonly output: number;
}

/** Collects the op calls of one traced function. */
export class Tracer {
  readonly vars: VarInfo[] = [];
  readonly nodes: Node[] = [];
  readonly #name: string;

  /** @param name the traced function, for messages */
  constructor(name: string) {
    this.#name = name;
  }

  /** A variable that no op has made. */
  source(shape: Shape, source: VarSource): Var {
    const id = this.vars.push({ id: this.vars.length, shape, source }) - 1;
    return new Var(this, id, shape);
  }

  /** Records one op call. */
  apply<In extends string, Opt extends string, O>(
    op: OpDefinition,
    definition: OpOptions<In, Opt, O>,
    inputs: Readonly<Record<string, Var>>,
    options: O | undefined,
  ): Var {
    for (const [name, v] of Object.entries(inputs)) {
      if (!op.inputs.includes(name)) {
        throw new TypeError(
          `Cannot apply ${op.name} as its inputs are ${op.inputs.join(", ")}: current inputs have ${name}`,
        );
      }
      if (v.tracer !== this) {
        throw new TypeError(
          `Cannot apply ${op.name} as all inputs must belong to ${this.#name}: current ${name} belongs to another function`,
        );
      }
    }
    const shapes = Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, v.shape]));
    const given = options ?? {} as O;
    const isShared = (name: string) => name in inputs && SHARED.has(this.vars[inputs[name]!.id]!.source.kind);
    const v = this.source(definition.shape(shapes as never, given), { kind: "result" });
    const all: Shapes = { ...shapes, v: v.shape };
    this.nodes.push({
      op,
      inputs: Object.fromEntries(Object.entries(inputs).map(([k, x]) => [k, x.id])),
      output: v.id,
      constants: constantsOf(op, all, given),
      summands: summandsOf(op, all, given),
      blockedCalls: blockedCallsOf(op, all, given, isShared),
    });
    return v;
  }
}

/** The constants of a use, checked. */
function constantsOf(op: OpDefinition, shapes: Shapes, options: unknown): Record<string, number> {
  const values = op.constantsOf(shapes, options);
  const bad = Object.entries(values).find(([name, x]) =>
    !/^[A-Z][A-Z0-9_]*$/.test(name) || !Number.isFinite(x)
  );
  if (bad === undefined) return values;
  throw new TypeError(
    `Cannot apply ${op.name} as its constants must be finite numbers with names in capitals: ` +
      `current constant is ${bad.join(" = ")}`,
  );
}

/** The numbers of summands of a use, checked: one for each function that returns them. */
function summandsOf(op: OpDefinition, shapes: Shapes, options: unknown): Record<string, number> {
  const numbers = op.summandsOf(shapes, options);
  const returning = [...op.text.functions.values()].filter((f) =>
    f.returns && /^(forward$|adjoint)/.test(f.name)
  );
  const bad = returning.find((f) => !(Number.isSafeInteger(numbers[f.name]) && numbers[f.name]! >= 1));
  if (bad === undefined) return numbers;
  throw new TypeError(
    `Cannot apply ${op.name} as ${bad.name} returns summands, and summands must say how many: ` +
      `current summands.${bad.name} is ${numbers[bad.name]}`,
  );
}

/** Kinds of variables that are the same for all samples. */
const SHARED: ReadonlySet<VarSource["kind"]> = new Set(["parameter", "constant"]);

/**
 * The blocked calls of a use, checked: of functions that the second text has. Those that read an input in another order
 * are left out where samples do not share it.
 */
function blockedCallsOf(
  op: OpDefinition,
  shapes: Shapes,
  options: unknown,
  isShared: (input: string) => boolean,
): Record<string, number> {
  const numbers = op.blockedCallsOf(shapes, options);
  const bad = Object.entries(numbers).find(([fn, calls]) =>
    !op.blocked.some(({ text }) => text.functions.has(fn)) || !(Number.isSafeInteger(calls) && calls >= 1)
  );
  if (bad === undefined) {
    const canBe = (fn: string) => !(fn in op.packed) || isShared(op.packed[fn]!.input);
    return Object.fromEntries(Object.entries(numbers).filter(([fn]) => canBe(fn)));
  }
  throw new TypeError(
    `Cannot apply ${op.name} as calls must say for functions of its blocked text how many there are: ` +
      `current calls.${bad[0]} is ${bad[1]}`,
  );
}

/** The trace whose function is running; constants join it. */
let running: Tracer | null = null;

/**
 * Fixed numbers inside a traced function, such as a stencil of a residuum.
 *
 * @param value the numbers, for one sample
 * @throws {TypeError} outside of a traced function
 *
 * @example
 * ```ts
 * import { constant, NdArray, ops, type Var } from "@unroll/unroll";
 *
 * const stencil = new NdArray([0.25, 0.75], [1, 1, 2]);
 * const physics = (u: Var): Var => ops.conv({ u, w: constant(stencil) });
 * ```
 */
export function constant(value: NdArray): Var {
  if (running === null) {
    throw new TypeError(
      "Cannot create constant as it must be inside a traced function: current function is none",
    );
  }
  const known = running.vars.find(({ source }) => source.kind === "constant" && source.value === value);
  return known
    ? new Var(running, known.id, known.shape)
    : running.source(value.shape, { kind: "constant", value });
}

/**
 * Runs a function once on variables.
 *
 * @param name its name, for messages
 * @param shapes the shapes of its states
 * @param call the function
 * @throws {TypeError} when its result is not the result of an op
 */
export function trace(
  name: string,
  shapes: readonly Shape[],
  call: (tracer: Tracer, states: Var[]) => Var,
): Trace {
  const tracer = new Tracer(name);
  const states = shapes.map((shape, index) => tracer.source(shape, { kind: "state", index }));
  const outer = running;
  running = tracer;
  let result: Var;
  try {
    result = call(tracer, states);
  } finally {
    running = outer;
  }
  const made = result instanceof Var && result.tracer === tracer
    ? tracer.vars[result.id]!.source.kind
    : "nothing";
  if (made !== "result") {
    throw new TypeError(
      `Cannot trace ${name} as it must return the result of an op: current result is a ${made}`,
    );
  }
  const used = new Set([result.id]);
  const nodes = tracer.nodes.toReversed().filter((node) => {
    if (!used.has(node.output)) return false;
    Object.values(node.inputs).forEach((id) => used.add(id));
    return true;
  }).reverse();
  return { name, vars: tracer.vars, nodes, output: result.id };
}

/**
 * Runs a state function once on variables.
 *
 * @param f a stepper, or a function of variables
 * @param shapes the shapes of its states
 * @throws {ShapeError} when a stepper gives another shape than it takes
 */
export function traceStateFunction(f: StateFunction, shapes: readonly Shape[]): Trace {
  if (typeof f === "function") return trace(f.name || "function", shapes, (_, states) => f(...states));
  const traced = trace(f.name, shapes, (tracer, [u]) => {
    const p = mapTree(
      f.parameters as Tree<NdArray>,
      isNdArray,
      (path, value) => tracer.source(value.shape, { kind: "parameter", path }),
    );
    return f.forward(u!, p as never);
  });
  const [before, after] = [showShape(shapes[0]!), showShape(traced.vars[traced.output]!.shape)];
  if (before !== after) {
    throw new ShapeError(
      `Cannot unroll ${f.name} as a stepper must return the shape it takes, ${before}: current shape returned is ${after}`,
      { op: f.name, axis: "state", expected: before, actual: after },
    );
  }
  return traced;
}
