/**
 * The layout: everything that can be known about a plan without a device.
 *
 * @module
 */
import type { AnyStepper } from "../graph/stepper.ts";
import { allocatedBytes } from "../gpu/memory.ts";
import { NdArray, type Tree } from "../ndarray.ts";
import type { Slots } from "../tape/slots.ts";
import type { RecordValues } from "../wgsl/record.ts";
import { type ActionCalls, callsOf } from "./actions.ts";
import { FlatLayout } from "./flat.ts";
import type { Model, Unit } from "./model.ts";
import { constantPath } from "./places.ts";
import { buffersOf, type BufferSpec, functionName, lossName, type Sizes, slotsOf } from "./resources.ts";
import type { Trajectories } from "./trajectories.ts";

/** What a plan is made for. */
export interface PlanOptions extends Sizes {
  /** The stepper that is trained. */
  readonly stepper: AnyStepper;
  /** The trajectories that windows are read from. */
  readonly trajectories: Trajectories;
  /** How many updates the tables hold. */
  readonly updates: number;
}

/** Everything that can be known about a plan without a device. */
export class Layout {
  /** The model. */
  readonly model: Model;
  /** What the plan is made for. */
  readonly options: PlanOptions;
  /** Where the trained parameters lie. */
  readonly parameters: FlatLayout;
  /** Where the constants of each unit lie, and their values. */
  readonly constants: ReadonlyMap<string, { readonly layout: FlatLayout; readonly tree: Tree<NdArray> }>;
  /** The slots of the states. */
  readonly slots: Slots;
  /** What is launched for each action that launches something, and which record it reads. */
  readonly actions: readonly { readonly calls: ActionCalls; readonly record: number }[];
  /** The records of the actions; equal ones are one. */
  readonly records: readonly RecordValues[];
  /** The buffers. */
  readonly buffers: readonly BufferSpec[];

  /**
   * @param model the model
   * @param options what the plan is made for
   * @param alignment the alignment of records, in bytes
   * @param extra buffers that whoever makes the plan needs beside its own, given the layout of the parameters
   */
  constructor(
    model: Model,
    options: PlanOptions,
    alignment: number,
    extra: (parameters: FlatLayout) => readonly BufferSpec[] = () => [],
  ) {
    const { stepper, trajectories, updates, batch, members } = options;
    this.model = model;
    this.options = options;
    this.slots = slotsOf(model);
    this.parameters = new FlatLayout(stepper.parameters);
    this.constants = new Map(
      [
        ...model.functions.map((unit, f) => [functionName(f), unit, model.program.functions[f]!] as const),
        ...model.losses.map((unit, l) => [lossName(l), unit, null] as const),
      ].map(([name, unit, f]) => {
        const own = f !== null && f !== stepper && typeof f !== "function" ? f.parameters : {};
        const tree = constantsOf(unit, own);
        return [name, { tree, layout: new FlatLayout(tree) }];
      }),
    );
    const table = (key: string, bytes: number): BufferSpec => ({ key, kind: "tables", bytes });
    const records = new Map<string, number>();
    this.actions = model.program.actions.flatMap((action) => {
      const calls = callsOf(model, this.slots, action);
      if (calls === null) return [];
      const key = JSON.stringify(calls.record);
      const record = records.get(key) ?? records.size;
      records.set(key, record);
      return [{ calls, record }];
    });
    this.records = [...records.keys()].map((key) => JSON.parse(key));
    const terms = model.lossOfTerm.length;
    const buffers: BufferSpec[] = [
      { key: "data", kind: "data", bytes: trajectories.bytes },
      ...buffersOf(
        model,
        this.slots,
        this.parameters,
        new Map([...this.constants].map(([name, { layout }]) => [name, layout])),
        options,
      ),
      table("action", records.size * alignment),
      table("update", updates * alignment),
      table("windows", updates * members * batch * 4),
      table("history", updates * members * terms * 4),
      table("isMean", terms * 4),
      table("stops", members * 4),
      ...extra(this.parameters).filter(({ bytes }) => bytes > 0),
    ];
    this.buffers = buffers.map((spec) => ({ ...spec, bytes: allocatedBytes(spec.bytes) }));
  }
}

/** The constants of a unit as a tree: its fixed numbers, and parameters that are not trained by their paths. */
function constantsOf({ graph }: Unit, parameters: Tree<NdArray>): Tree<NdArray> {
  const fixed = graph.vars.flatMap(({ id, source }) =>
    source.kind === "constant" ? [[constantPath(id), source.value] as const] : []
  );
  return parameters instanceof NdArray ? { "": parameters, ...Object.fromEntries(fixed) } : {
    ...parameters as Record<string, Tree<NdArray>>,
    ...Object.fromEntries(fixed),
  };
}
