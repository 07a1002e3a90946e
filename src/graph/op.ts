/**
 * Ops: the math of one sample, in one WGSL file, with its adjoints.
 *
 * @module
 */
import { ShapeError } from "../errors.ts";
import { type Shape, showShape } from "../ndarray.ts";
import { type OpText, scanOp } from "../wgsl/op_text.ts";
import { blockedForms, type OpForm, type Packed } from "./op_form.ts";
import { Var } from "./var.ts";

/** The shapes of the tensors of a use, by name; the output is `v`. */
export type Shapes = Readonly<Record<string, Shape>>;

/** What {@linkcode defineOp} takes. */
export interface OpOptions<In extends string, Opt extends string, O> {
  /** The op's name; also its label on the device. */
  readonly name: string;
  /** The inputs that must be given, in the order in which messages name them. */
  readonly inputs: readonly In[];
  /** The inputs that may be left out; in WGSL they then read as 0. */
  readonly optional?: readonly Opt[];
  /** The math of one sample. */
  readonly wgsl: string;
  /**
   * The shape of the result; throws a {@linkcode ShapeError} where the inputs do not fit.
   *
   * @param inputs shapes of the inputs given, without batch
   * @param options the options of this use
   */
  shape(inputs: Record<In, Shape> & Partial<Record<Opt, Shape>>, options: O): Shape;
  /**
   * The constants that the WGSL imports from `io`.
   *
   * @param shapes shapes of the inputs given and of the result `v`
   * @param options the options of this use
   */
  constants?(
    shapes: Record<In | "v", Shape> & Partial<Record<Opt, Shape>>,
    options: O,
  ): Record<string, number>;
  /**
   * For each function that returns summands, how many there are: the range of its second argument.
   *
   * @param shapes shapes of the inputs given and of the result `v`
   * @param options the options of this use
   */
  summands?(
    shapes: Record<In | "v", Shape> & Partial<Record<Opt, Shape>>,
    options: O,
  ): Record<string, number>;
  /** A second form, for sizes at which a lane had better compute many elements. */
  readonly blocked?: BlockedForm<In, Opt, O>;
}

/**
 * A second form of an op, with the same inputs and constants, whose functions write blocks of elements. They may read
 * and write four elements at once, `u4(i)` and `setV4(i, x)` with i a multiple of 4.
 */
export interface BlockedForm<In extends string, Opt extends string, O> {
  /**
   * The same math, summed in another order: texts with some of the functions each. A function that writes the cotangent
   * of an input may write those of others beside it, `setBBar(i, x)`: where both are parameters, the rule of the other
   * one is then not called.
   */
  readonly wgsl: readonly string[];
  /**
   * For each function that is taken from these texts, how many calls write the whole tensor; `i` counts them. The others
   * are taken from the op's own text.
   *
   * @param shapes shapes of the inputs given and of the result `v`
   * @param options the options of this use
   */
  calls(
    shapes: Record<In | "v", Shape> & Partial<Record<Opt, Shape>>,
    options: O,
  ): Record<string, number>;
  /**
   * For functions that read an input in an order of their own, four numbers at a time, `wPacked4(i)`: that order. They are
   * taken from these texts only where all samples share the input, a parameter or a constant.
   */
  readonly packed?: Readonly<Record<string, Packed<In | Opt>>>;
  /**
   * For functions that load elements of a tensor many times, by fours or one by one, how many loads they make of it for a
   * sample. Where it is much, software adapters get them a copy that they load sooner.
   *
   * @param constants the constants of the use
   */
  loads?(
    constants: Readonly<Record<string, number>>,
  ): Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** An op without the types of its inputs, as graphs keep it. */
export interface OpDefinition extends OpForm {
  /** The texts of its second form, for blocks of elements. */
  readonly blocked: readonly OpForm[];
  /** The orders in which functions of those read an input. */
  readonly packed: Readonly<Record<string, Packed>>;
  /** The loads that functions of those make for a sample, by function and tensor. */
  loadsOf(
    constants: Readonly<Record<string, number>>,
  ): Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** All inputs, the optional ones last. */
  readonly inputs: readonly string[];
  /** The constants of a use. */
  constantsOf(shapes: Shapes, options: unknown): Record<string, number>;
  /** The numbers of summands of a use. */
  summandsOf(shapes: Shapes, options: unknown): Record<string, number>;
  /** The functions of a use that are taken from the second form, and how many calls each takes. */
  blockedCallsOf(shapes: Shapes, options: unknown): Record<string, number>;
}

/** An op, called inside a traced function with its inputs by name. */
export interface Op<In extends string, Opt extends string = never, O = Record<never, never>>
  extends OpDefinition {
  /**
   * Applies the op.
   *
   * @param inputs the variables, by name
   * @param options the options of this use
   */
  (inputs: Record<In, Var> & { readonly [K in Opt]?: Var | undefined }, options?: O): Var;
}

/**
 * An op of one's own: one WGSL text for one sample, with the adjoints beside the forward function.
 *
 * The text imports from `super::io` the constants, a reader for each tensor (`u(i)`), a writer for each result
 * (`setV(i, x)`, `setUBar(i, x)`). Functions: `forward(i)` writes element i of v, or `forward(i, j)` returns the
 * summand j of it; `adjointX(i)` writes element i of the cotangent of x, or `adjointX(i, j)` returns its summand j.
 * A function that returns summands needs their number in `summands`. Where a cotangent is wanted through an input without
 * a rule, differentiating throws. An op whose text has `activate(x)` and `slope(v)`, the derivative by its result, is an
 * activation and may be fused into the op before it; one whose `forward` is `setV(i, a(i) + b(i));`, and whose rules hand
 * on `vBar(i)`, is a sum and may be fused into the op that makes a summand.
 *
 * @param definition name, inputs, text, shapes
 * @throws {SyntaxError} when the text has no `forward`, or a local bears a name imported from `io`
 *
 * @example v = u^2
 * ```ts
 * import { defineOp } from "@unroll/unroll";
 *
 * const square = defineOp({
 *   name: "square",
 *   inputs: ["u"],
 *   wgsl: `
 *     import super::io::{u, setV, vBar, setUBar};
 *     fn forward(i: u32) { setV(i, u(i) * u(i)); }
 *     fn adjointU(i: u32) { setUBar(i, 2.0 * u(i) * vBar(i)); }
 *   `,
 *   shape: ({ u }) => u,
 * });
 * ```
 */
export function defineOp<In extends string, Opt extends string = never, O = Record<never, never>>(
  definition: OpOptions<In, Opt, O>,
): Op<In, Opt, O> {
  const { name, wgsl, blocked } = definition;
  const inputs: readonly string[] = [...definition.inputs, ...(definition.optional ?? [])];
  checkNames(name, inputs);
  const call = (given: Record<In, Var> & { readonly [K in Opt]?: Var | undefined }, options?: O): Var => {
    const present = Object.fromEntries(
      Object.entries<Var | undefined>(given).filter(([, x]) => x !== undefined),
    );
    for (const input of definition.inputs) {
      if (!(present[input] instanceof Var)) {
        throw new TypeError(
          `Cannot apply ${name} as its input ${input} must be a Var: current ${input} is ${
            String(present[input])
          }`,
        );
      }
    }
    return (present[inputs[0]!] as Var).tracer.apply(op, definition, present as Record<string, Var>, options);
  };
  const op = Object.assign(call, {
    wgsl,
    inputs,
    text: requireForward(name, scanOp(name, wgsl)),
    blocked: blockedForms(name, inputs, blocked?.wgsl ?? [], blocked?.packed ?? {}),
    packed: blocked?.packed ?? {},
    loadsOf: (constants: Readonly<Record<string, number>>) => blocked?.loads?.(constants) ?? {},
    constantsOf: (shapes: Shapes, options: unknown) =>
      definition.constants?.(shapes as never, options as O) ?? {},
    summandsOf: (shapes: Shapes, options: unknown) =>
      definition.summands?.(shapes as never, options as O) ?? {},
    blockedCallsOf: (shapes: Shapes, options: unknown) => blocked?.calls(shapes as never, options as O) ?? {},
  });
  return Object.defineProperty(op, "name", { value: name }) as Op<In, Opt, O>;
}

function requireForward(name: string, text: OpText): OpText {
  if (text.functions.has("forward")) return text;
  throw new SyntaxError(
    `Cannot define op ${name} as its WGSL must have a function forward: ` +
      `current functions are ${[...text.functions.keys()].join(", ") || "none"}`,
  );
}

/** Names that a kernel has for itself. */
const TAKEN =
  /^(v|io|action|update|windows|sample|member|group|select|activate|slope|residual|part|result|fetch|write|put)$|Bar$|Packed$|4$|^set[A-Z]/;

/** Throws unless an op and its inputs have names that the linker can use, and that a kernel does not have for itself. */
function checkNames(op: string, inputs: readonly string[]): void {
  if (!/^[A-Za-z]\w*$/.test(op) || op === "io") {
    throw new SyntaxError(
      `Cannot define op as its name must be an identifier other than io: current name is "${op}"`,
    );
  }
  const bad = inputs.find((name, i) =>
    !/^[a-z]\w*$/.test(name) || TAKEN.test(name) || inputs.indexOf(name) < i
  );
  if (bad === undefined && inputs.length > 0) return;
  throw new SyntaxError(
    `Cannot define op ${op} as each input must have an identifier of its own that begins with a small letter and that ` +
      `kernels do not use (v, io, sample, ..., names in Bar, Packed, 4 or set): current inputs are ${
        inputs.join(", ") || "none"
      }`,
  );
}

/**
 * Throws unless two shapes are the same.
 *
 * @param op the op's name
 * @param shapes two shapes by the names of their tensors
 * @throws {ShapeError} naming both
 */
export function requireSameShape(op: string, shapes: Shapes): void {
  const [[nameA, a], [nameB, b]] = Object.entries(shapes) as [[string, Shape], [string, Shape]];
  if (showShape(a) === showShape(b)) return;
  throw new ShapeError(
    `Cannot apply ${op} as ${nameB} must have the shape ${showShape(a)} of ${nameA}: ` +
      `current shape of ${nameB} is ${showShape(b)}`,
    { op, axis: nameB, expected: showShape(a), actual: showShape(b) },
  );
}
