/**
 * Fusion: a sum joins the op that makes one of its summands, whose writer then adds the other, and an activation joins
 * the op before it, whose writer then stores `activate(x)`.
 *
 * @module
 */
import { adjointOf } from "../wgsl/op_text.ts";
import type { OpDefinition } from "./op.ts";
import type { Node, Trace } from "./trace.ts";

/** The activation that a writer applies. */
export interface Epilogue {
  /** The activation op, whose text has `activate` and `slope`. */
  readonly op: OpDefinition;
  /** Its constants. */
  readonly constants: Readonly<Record<string, number>>;
}

/** What a writer adds before it applies the activation. */
export interface Residual {
  /** The variable that is added. */
  readonly id: number;
  /** Its name among the inputs of the sum. */
  readonly input: string;
  /** The sum, with the variable that is written now: its rule gives the cotangent of what is added. */
  readonly sum: FusedNode;
}

/** A node, with what its writer does beside. */
export interface FusedNode extends Node {
  /** What it adds, or null. */
  readonly residual: Residual | null;
  /** The activation that it applies, or null. */
  readonly epilogue: Epilogue | null;
}

/** The variables that a node reads. */
export function inputsOf({ inputs, residual }: FusedNode): number[] {
  return [...Object.values(inputs), ...residual ? [residual.id] : []];
}

const isActivation = ({ text }: OpDefinition): boolean =>
  text.functions.has("activate") && text.functions.has("slope");

const adjointReadsOutput = ({ text, blocked }: OpDefinition): boolean =>
  [text, ...blocked.map((form) => form.text)].flatMap(({ functions }) => [...functions.values()])
    .some(({ name, reaches }) => name.startsWith("adjoint") && (reaches.has("v") || reaches.has("v4")));

const isSum = ({ text, inputs }: OpDefinition): boolean =>
  inputs.length === 2 && text.functions.get("forward")!.isSum &&
  inputs.every((input) => text.functions.get(adjointOf(input))?.handsOn);

/** Fuses what can be fused, of a traced function. */
export function fuse(trace: Trace): FusedNode[] {
  return fuseSums(trace, fuseActivations(trace));
}

const usesOf = ({ nodes }: Trace, id: number): number =>
  nodes.flatMap((n) => Object.values(n.inputs)).filter((x) => x === id).length;

/**
 * Fuses each sum with the op that makes one of its summands, if nothing else uses that one, and the other one is there
 * before.
 */
function fuseSums(trace: Trace, activated: readonly FusedNode[]): FusedNode[] {
  const nodes = [...activated];
  const makerOf = (id: number) => nodes.findIndex(({ output }) => output === id);
  for (const sum of activated) {
    const [a, b] = Object.entries(sum.inputs);
    if (!isSum(sum.op) || !a || !b) continue;
    const order = ([[a, b], [b, a]] as const).find(([[, made], [, added]]) => {
      const maker = nodes[makerOf(made)];
      return maker && !maker.epilogue && !maker.residual && usesOf(trace, made) === 1 &&
        !adjointReadsOutput(maker.op) && makerOf(added) < makerOf(made);
    });
    if (!order) continue;
    const [[, made], [input, id]] = order;
    const at = makerOf(made);
    const { output, epilogue } = sum;
    nodes[at] = { ...nodes[at]!, output, epilogue, residual: { id, input, sum: { ...sum, epilogue: null } } };
    nodes.splice(nodes.indexOf(sum), 1);
  }
  return nodes;
}

/**
 * Fuses each activation whose input is the result of one op and used nowhere else. The result of the function
 * itself is never fused: its cotangent is summed outside of the graph.
 *
 * @param trace the traced function
 */
function fuseActivations(trace: Trace): FusedNode[] {
  const fused = new Map<number, Node>();
  const gone = new Set<Node>();
  for (const node of trace.nodes) {
    const [input, ...others] = Object.values(node.inputs);
    const before = trace.nodes.find((n) => n.output === input);
    if (
      isActivation(node.op) && others.length === 0 && before && !gone.has(before) &&
      usesOf(trace, before.output) === 1 &&
      node.output !== trace.output && !adjointReadsOutput(before.op)
    ) {
      fused.set(before.output, node);
      gone.add(node);
    }
  }
  return trace.nodes.filter((node) => !gone.has(node)).map((node) => {
    const activation = fused.get(node.output);
    return activation
      ? {
        ...node,
        output: activation.output,
        residual: null,
        epilogue: { op: activation.op, constants: activation.constants },
      }
      : { ...node, residual: null, epilogue: null };
  });
}
