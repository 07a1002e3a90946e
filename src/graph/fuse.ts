/**
 * Fusion: an activation joins the op before it, whose writer then stores `activate(x)`.
 *
 * @module
 */
import type { OpDefinition } from "./op.ts";
import type { Node, Trace } from "./trace.ts";

/** The activation that a writer applies. */
export interface Epilogue {
  /** The activation op, whose text has `activate` and `slope`. */
  readonly op: OpDefinition;
  /** Its constants. */
  readonly constants: Readonly<Record<string, number>>;
}

/** A node, with the activation that its writer applies. */
export interface FusedNode extends Node {
  /** The activation, or null. */
  readonly epilogue: Epilogue | null;
}

const isActivation = ({ text }: OpDefinition): boolean =>
  text.functions.has("activate") && text.functions.has("slope");

const adjointReadsOutput = ({ text }: OpDefinition): boolean =>
  [...text.functions.values()].some((fn) => fn.name.startsWith("adjoint") && fn.reaches.has("v"));

/**
 * Fuses each activation whose input is the result of one op and used nowhere else. The result of the function
 * itself is never fused: its cotangent is summed outside of the graph.
 *
 * @param trace the traced function
 */
export function fuseActivations(trace: Trace): FusedNode[] {
  const uses = (id: number) =>
    trace.nodes.flatMap((n) => Object.values(n.inputs)).filter((x) => x === id).length;
  const fused = new Map<number, Node>();
  const gone = new Set<Node>();
  for (const node of trace.nodes) {
    const [input, ...others] = Object.values(node.inputs);
    const before = trace.nodes.find((n) => n.output === input);
    if (
      isActivation(node.op) && others.length === 0 && before && !gone.has(before) &&
      uses(before.output) === 1 &&
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
        epilogue: { op: activation.op, constants: activation.constants },
      }
      : { ...node, epilogue: null };
  });
}
