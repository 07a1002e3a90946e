/**
 * A function of ops as tests describe it, traced and with its adjoint.
 *
 * @module
 */
import { adjointCalls, graphOfTrace, innerReads } from "../../src/graph/graph.ts";
import type { BatchReduction } from "../../src/graph/loss.ts";
import { constant, trace } from "../../src/graph/trace.ts";
import type { Var } from "../../src/graph/var.ts";
import { NdArray, type Shape, sizeOf } from "../../src/ndarray.ts";
import type { Unit } from "../../src/run/model.ts";
import { constantPath } from "../../src/run/resources.ts";

/** What an input is in a use: who owns its numbers. */
export type Role = "state" | "snapshot" | "parameter" | "constant";

/** One input of a function. */
export interface Input {
  readonly role: Role;
  readonly shape: Shape;
  /** Whether its cotangent is wanted, for a state or parameter; default true. */
  readonly wanted?: boolean;
}

/** A function of ops, as a stepper or a loss has it. */
export interface Use {
  /** Its name in messages. */
  readonly name: string;
  /** Its inputs by name, at most four states. */
  readonly inputs: Readonly<Record<string, Input>>;
  /** The ops. */
  call(x: Readonly<Record<string, Var>>): Var;
  /** For a loss: how the batch is reduced. */
  readonly reduction?: BatchReduction;
  /** Whether its parameters are the trained ones; default true. */
  readonly isTrained?: boolean;
  /** Whether ops have their blocked forms where they have one; default true. */
  readonly isBlocked?: boolean;
}

/** Random numbers in [-1, 1), all floats (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return Math.fround(((t ^ t >>> 14) >>> 0) / 2 ** 31 - 1);
  };
}

/** A traced use. */
export interface Prepared {
  readonly unit: Unit;
  /** The names of its states, in order. */
  readonly states: readonly string[];
  readonly isTrained: boolean;
  /** Parameters of the right shapes. */
  readonly parameters: Readonly<Record<string, NdArray>>;
  /** Constants by their paths. */
  readonly constants: Readonly<Record<string, NdArray>>;
  /** The path of a constant. */
  pathOf(name: string): string;
}

/** Traces a use. */
export function prepare(use: Use): Prepared {
  const random = numbers(2);
  const names = (...roles: Role[]) =>
    Object.keys(use.inputs).filter((n) => roles.includes(use.inputs[n]!.role));
  const states = names("state", "snapshot");
  const fixed = new Map(
    names("constant").map((name) => {
      const { shape } = use.inputs[name]!;
      return [name, new NdArray(Array.from({ length: sizeOf(shape) }, random), shape)];
    }),
  );
  const traced = trace(use.name, states.map((n) => use.inputs[n]!.shape), (tracer, vars) => {
    const x: Record<string, Var> = {};
    states.forEach((name, k) => x[name] = vars[k]!);
    for (const name of names("parameter")) {
      x[name] = tracer.source(use.inputs[name]!.shape, { kind: "parameter", path: name });
    }
    for (const [name, value] of fixed) x[name] = constant(value);
    return use.call(x);
  });
  const nodes = use.isBlocked ?? true
    ? traced.nodes
    : traced.nodes.map((node) => ({ ...node, blockedCalls: {} }));
  const isTrained = use.isTrained ?? true;
  const wanted = (name: string) =>
    use.inputs[name]!.role !== "snapshot" && (use.inputs[name]!.wanted ?? true);
  const graph = graphOfTrace({ ...traced, nodes }, (path) => isTrained && wanted(path));
  const adjoint = adjointCalls(graph, states.map(wanted));
  const unit: Unit = {
    graph,
    adjoint,
    kept: innerReads(graph, adjoint),
    stateKinds: states.map((name) => use.inputs[name]!.role as "state" | "snapshot"),
    batchReduction: use.reduction ?? null,
  };
  const parameters = Object.fromEntries(
    names("parameter").map((n) => [n, NdArray.zeros(use.inputs[n]!.shape)]),
  );
  const idOf = (name: string) =>
    traced.vars.find(({ source }) => source.kind === "constant" && source.value === fixed.get(name))!.id;
  const constants = Object.fromEntries([...fixed].map(([name, value]) => [constantPath(idOf(name)), value]));
  return {
    unit,
    states,
    isTrained,
    parameters,
    constants,
    pathOf: (name: string) => constantPath(idOf(name)),
  };
}
