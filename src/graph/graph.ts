/**
 * The graph: one application of a function and its adjoint, as lists of calls. Knows nothing of batch, members or time.
 *
 * @module
 */
import type { Shape } from "../ndarray.ts";
import { type OpForm, opForm, packedName } from "./op_form.ts";
import { adjointOf, setterOf } from "../wgsl/op_text.ts";
import { prune } from "../wgsl/prune.ts";
import { type Epilogue, fuse, type FusedNode, inputsOf } from "./fuse.ts";
import { isFrozen, type StateFunction } from "./stepper.ts";
import { type Trace, traceStateFunction } from "./trace.ts";
import type { VarInfo } from "./var.ts";

/** One function of one op, applied. */
export interface Call {
  /** The node whose op it is. */
  readonly node: FusedNode;
  /** The function: `forward` or the rule for an input. */
  readonly fn: string;
  /** What is written: the op's value, or the cotangent of this input of it. */
  readonly writes: "value" | { readonly cotangentOf: string };
  /** The variable whose value or cotangent is written. */
  readonly target: number;
  /** For a cotangent: whether an earlier call of this application has contributed to it. */
  readonly adds: boolean;
  /** For the last contribution to the cotangent of a fused result: the activation whose slope multiplies the sum. */
  readonly slope: Epilogue | null;
}

/** One application of a function. */
export interface Graph {
  /** The name of the function. */
  readonly name: string;
  /** All variables, by their numbers. */
  readonly vars: readonly VarInfo[];
  /** The ops, with their activations fused, in order. */
  readonly nodes: readonly FusedNode[];
  /** The variable returned. */
  readonly output: number;
  /** Variables that depend on trained parameters, these included. */
  readonly trains: ReadonlySet<number>;
}

/**
 * The graph of a function.
 *
 * @param f a stepper, or a function of variables
 * @param shapes the shapes of its states
 * @param trained whether cotangents of its parameters are wanted
 */
export function graphOf(f: StateFunction, shapes: readonly Shape[], trained: boolean): Graph {
  const isTrained = (path: string) => trained && !(typeof f !== "function" && isFrozen(f, path));
  return graphOfTrace(traceStateFunction(f, shapes), isTrained);
}

/**
 * The graph of a traced function.
 *
 * @param trace what was traced
 * @param isTrained whether the cotangent of the parameter at a path is wanted
 */
export function graphOfTrace(trace: Trace, isTrained: (path: string) => boolean): Graph {
  const nodes = fuse(trace);
  const trains = dependents(
    trace.vars,
    nodes,
    (v) => v.source.kind === "parameter" && isTrained(v.source.path),
  );
  return { name: trace.name, vars: trace.vars, nodes, output: trace.output, trains };
}

/** The variables that depend on those that a test picks, these included. */
function dependents(
  vars: readonly VarInfo[],
  nodes: readonly FusedNode[],
  picks: (v: VarInfo) => boolean,
): Set<number> {
  const found = new Set(vars.filter(picks).map((v) => v.id));
  for (const node of nodes) {
    if (inputsOf(node).some((id) => found.has(id))) found.add(node.output);
  }
  return found;
}

/** Whether the result of a graph depends on its state k. */
export function dependsOn(graph: Graph, k: number): boolean {
  const state = graph.vars.find(({ source }) => source.kind === "state" && source.index === k);
  return state !== undefined && graph.nodes.some((node) => inputsOf(node).includes(state.id));
}

/** The calls of one application, in order. */
export function forwardCalls(graph: Graph): Call[] {
  return graph.nodes.map((node) => (
    { node, fn: "forward", writes: "value", target: node.output, adds: false, slope: null }
  ));
}

/**
 * The calls of the adjoint, in order. A smaller want gives a part of the calls of a larger one, unchanged.
 *
 * @param graph the graph
 * @param wants for each state, whether its cotangent is wanted
 * @throws {TypeError} when an op has no rule for an input on the way
 */
export function adjointCalls(graph: Graph, wants: readonly boolean[]): Call[] {
  const { nodes } = graph;
  const active = dependents(
    graph.vars,
    nodes,
    (v) => graph.trains.has(v.id) || (v.source.kind === "state" && wants[v.source.index] === true),
  );
  const calls: Call[] = [];
  for (const node of nodes.toReversed()) {
    if (!active.has(node.output)) continue;
    const { residual } = node;
    const rules = Object.entries(node.inputs).map(([name, id]) => ({ node, name, id }));
    if (residual) rules.unshift({ node: residual.sum, name: residual.input, id: residual.id });
    for (const { node, name, id } of rules) {
      if (!active.has(id)) continue;
      const fn = adjointOf(name);
      if (!node.op.text.functions.has(fn)) {
        throw new TypeError(
          `Cannot differentiate ${graph.name} as op ${node.op.name} must have a rule ${fn}: ` +
            `current functions are ${[...node.op.text.functions.keys()].join(", ")}`,
        );
      }
      const adds = calls.some((call) => call.target === id);
      calls.push({ node, fn, writes: { cotangentOf: name }, target: id, adds, slope: null });
    }
  }
  return calls.map((call, i) => {
    const epilogue = nodes.find((n) => n.output === call.target)?.epilogue ?? null;
    return epilogue && !calls.slice(i + 1).some((c) => c.target === call.target)
      ? { ...call, slope: epilogue }
      : call;
  });
}

/** The inner results that calls read: what must be kept, or computed again, for them. */
export function innerReads(graph: Graph, calls: readonly Call[]): Set<number> {
  const inner = (id: number) => graph.vars[id]!.source.kind === "result" && id !== graph.output;
  return new Set(calls.flatMap((call) => {
    const reads = readsOf(call).filter(({ bar, id }) => !bar && inner(id)).map(({ id }) => id);
    return call.slope ? [...reads, call.target] : reads;
  }));
}

/**
 * The calls of an application that make some of its inner results.
 *
 * @param graph the graph
 * @param wanted the inner results
 */
export function recomputeCalls(graph: Graph, wanted: ReadonlySet<number>): Call[] {
  const needed = new Set(wanted);
  return forwardCalls(graph).reverse().filter((call) => {
    if (!needed.has(call.target)) return false;
    inputsOf(call.node).forEach((id) => needed.add(id));
    return true;
  }).reverse();
}

/** A tensor that a call reads. */
export interface Read {
  /** Its name in the op's text; null for what the writer adds. */
  readonly name: string | null;
  /** Whether the cotangent of the variable is meant. */
  readonly bar: boolean;
  /** The variable. */
  readonly id: number;
  /** Whether the call reads it in an order of its own. */
  readonly isPacked?: boolean;
}

/** The tensors that a call reads. */
export function readsOf(call: Call): Read[] {
  const { node, fn, writes } = call;
  const { reaches } = formOf(call).text.functions.get(fn)!;
  const tensors = [
    ...Object.entries(node.inputs).flatMap(([name, id]) => [
      { name, bar: false, id },
      { name: packedName(name), bar: false, id, isPacked: true },
    ]),
    { name: "v", bar: false, id: node.output },
    { name: "vBar", bar: true, id: node.output },
  ];
  const reads: Read[] = tensors.filter(({ name }) => reaches.has(name) || reaches.has(`${name}4`));
  const { residual } = node;
  return writes === "value" && residual ? [...reads, { name: null, bar: false, id: residual.id }] : reads;
}

/**
 * The calls that the functions of others make along with their own: cotangents of parameters, written by a blocked
 * function that writes one of another parameter of its node. Each is made once, by a call that no other one makes.
 *
 * @param graph the graph
 * @param calls the calls of its adjoint
 */
export function besidesOf({ vars }: Graph, calls: readonly Call[]): Map<Call, Call[]> {
  const besides = new Map<Call, Call[]>();
  const made = new Set<Call>();
  const canJoin = ({ node, fn, target }: Call) =>
    vars[target]!.source.kind === "parameter" && !formOf({ node, fn }).text.functions.get(fn)!.returns &&
    calls.filter((call) => call.node === node && call.target === target).length === 1;
  for (const call of calls) {
    const { node, fn } = call;
    if (!(fn in node.blockedCalls) || made.has(call) || !canJoin(call)) continue;
    const { reaches } = formOf(call).text.functions.get(fn)!;
    const others = calls.filter((other) =>
      other !== call && other.node === node && !made.has(other) && !besides.get(other)?.length &&
      canJoin(other) && ["", "4"].some((by) => reaches.has(`${setterOf(tensorOf(other))}${by}`))
    );
    besides.set(call, others);
    others.forEach((other) => made.add(other));
  }
  return besides;
}

/** The name of what a call writes in the op's text. */
export function tensorOf({ writes }: Call): string {
  return writes === "value" ? "v" : `${writes.cotangentOf}Bar`;
}

const pruned = new WeakMap<FusedNode, Map<OpForm, OpForm>>();

/** The text that a call is made of, without the branches that are never taken. */
export function formOf({ node, fn }: Pick<Call, "node" | "fn">): OpForm {
  const { op, blockedCalls, constants } = node;
  const form = fn in blockedCalls ? op.blocked.find(({ text }) => text.functions.has(fn))! : op;
  const ofNode = pruned.get(node) ?? new Map<OpForm, OpForm>();
  const own = ofNode.get(form) ?? opForm(form.name, prune(form.wgsl, constants));
  pruned.set(node, ofNode.set(form, own));
  return own;
}
