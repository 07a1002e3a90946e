/**
 * The layout: everything that can be known about a plan without a device.
 *
 * @module
 */
import type { AnyStepper, StateFunction } from "../graph/stepper.ts";
import { allocatedBytes } from "../gpu/memory.ts";
import { NdArray, type Tree } from "../ndarray.ts";
import type { Slots } from "../tape/slots.ts";
import type { RecordValues } from "../wgsl/record.ts";
import { type ActionCalls, callsOf } from "./actions.ts";
import { FlatLayout } from "./flat.ts";
import { mirrorBuffers, Mirrors } from "./mirrors.ts";
import type { Model, Unit } from "./model.ts";
import { dataBuffers, type Placement, WHOLE } from "./placement.ts";
import { type Layouts, layoutsOf, packedBuffers, type PackedSource, packedSources } from "./packed.ts";
import {
  buffersOf,
  type BufferSpec,
  constantPath,
  functionName,
  lossName,
  type Sizes,
  slotsOf,
} from "./resources.ts";
import type { ResidentLayout } from "./resident_layout.ts";
import { residentLayoutOf, SPAN_UPDATES } from "./resident_layout.ts";
import type { RunnerKind } from "./runner_choice.ts";
import type { Trajectories } from "./trajectories.ts";

/** What a plan is made for. */
export interface PlanOptions extends Sizes {
  /** The stepper that is trained. */
  readonly stepper: AnyStepper;
  /** The trajectories that windows are read from. */
  readonly trajectories: Trajectories;
  /** Where they lie; default: whole, where kernels read them. */
  readonly placement?: Placement;
  /** How many updates the tables hold. */
  readonly updates: number;
  /** What interprets the program. */
  readonly runner: RunnerKind;
  /** Whether the resident kernel reads snapshots from a texture, where the device is quicker with one; default false. */
  readonly hasSnapshotTexels?: boolean;
}

/** A function or loss of a plan. */
export interface PlannedUnit {
  /** Its name among the buffers. */
  readonly name: string;
  /** The unit. */
  readonly unit: Unit;
  /** Whether its parameters are the trained ones. */
  readonly isTrained: boolean;
  /** Where its constants lie: fixed numbers, and parameters that are not trained. */
  readonly constants: FlatLayout;
  /** The values of its constants. */
  readonly values: Tree<NdArray>;
}

function plannedUnit(name: string, unit: Unit, f: StateFunction | null, trained: AnyStepper): PlannedUnit {
  const isTrained = f === trained;
  const own = f !== null && !isTrained && typeof f !== "function" ? f.parameters : {};
  const values = constantsOf(unit, own);
  return { name, unit, isTrained, constants: new FlatLayout(values), values };
}

/** The functions and losses of a model, each with its constants. */
export function plannedUnits(model: Model, stepper: AnyStepper): PlannedUnit[] {
  return [
    ...model.functions.map((unit, f) =>
      plannedUnit(functionName(f), unit, model.program.functions[f]!, stepper)
    ),
    ...model.losses.map((unit, l) => plannedUnit(lossName(l), unit, null, stepper)),
  ];
}

/** What a layout depends on of the device. */
export interface DeviceTraits {
  /** The alignment of records, in bytes. */
  readonly alignment: number;
  /** How many lanes a workgroup should have at most in which each carries samples of its own. */
  readonly maxLanes: number;
  /** How many rows a texture may have that kernels read. */
  readonly maxTextureRows: number;
  /** How often the loops of a lane may turn in a launch. */
  readonly maxLoopTurns: number;
}

/** Everything that can be known about a plan without a device. */
export class Layout {
  /** The model. */
  readonly model: Model;
  /** What the plan is made for. */
  readonly options: PlanOptions;
  /** Where the trained parameters lie. */
  readonly parameters: FlatLayout;
  /** The functions and losses. */
  readonly units: readonly PlannedUnit[];
  /** Where the leaves of each of them lie, for launches. */
  readonly layouts: readonly Layouts[];
  /** What the calls of each of them read from mirrors, for launches. */
  readonly mirrors: readonly Mirrors[];
  /** The flat buffers of which something is packed, for launches. */
  readonly packs: readonly PackedSource[];
  /** The slots of the states. */
  readonly slots: Slots;
  /** What is launched for each action that launches something, and which record it reads. */
  readonly actions: readonly { readonly calls: ActionCalls; readonly record: number }[];
  /** The records of the actions; equal ones are one. */
  readonly records: readonly RecordValues[];
  /** What the resident runner needs; null for launches. */
  readonly resident: ResidentLayout | null;
  /** The buffers. */
  readonly buffers: readonly BufferSpec[];

  /**
   * @param model the model
   * @param options what the plan is made for
   * @param device what it depends on of the device
   * @param extra buffers that whoever makes the plan needs beside its own, given the layout of the parameters
   */
  constructor(
    model: Model,
    options: PlanOptions,
    device: DeviceTraits,
    extra: (parameters: FlatLayout) => readonly BufferSpec[] = () => [],
  ) {
    const { alignment, maxTextureRows } = device;
    const { stepper, trajectories, placement = WHOLE, updates, batch, members } = options;
    this.model = model;
    this.options = options;
    this.slots = slotsOf(model);
    this.parameters = new FlatLayout(stepper.parameters);
    this.units = plannedUnits(model, stepper);
    const launched = options.runner === "launches" ? this.units : [];
    this.layouts = layoutsOf(launched, this.parameters);
    this.packs = packedSources(launched.map(({ name }, i) => ({ name, layouts: this.layouts[i]! })), members);
    this.mirrors = launched.map(({ unit }) => new Mirrors(unit, batch * members, maxTextureRows));
    const terms = model.lossOfTerm.length;
    const table = (key: string, bytes: number): BufferSpec => ({ key, kind: "tables", bytes });
    this.resident = options.runner === "resident" ? residentLayoutOf(this, device) : null;
    const { actions, records } = options.runner === "launches" ? recordsOf(model, this.slots) : NO_RECORDS;
    this.actions = actions;
    this.records = records;
    const buffers: BufferSpec[] = [
      ...dataBuffers(trajectories, placement),
      ...(this.resident?.buffers ?? [
        ...buffersOf(
          model,
          this.slots,
          this.parameters,
          new Map(this.units.map(({ name, constants }) => [name, constants])),
          options,
        ),
        ...this.packs.flatMap((source) => packedBuffers(source, maxTextureRows)),
        ...mirrorBuffers(this.mirrors),
        table("action", records.length * alignment),
        table("isMean", terms * 4),
      ]),
      table("update", (updates + (this.resident ? SPAN_UPDATES - 1 : 0)) * alignment),
      table("windows", updates * members * batch * 4),
      table("history", updates * members * terms * 4),
      table("stops", members * 4),
      ...extra(this.parameters).filter(({ bytes }) => bytes > 0),
    ];
    this.buffers = buffers.map((spec) => ({ ...spec, bytes: allocatedBytes(spec.bytes) }));
  }
}

/** What each action launches, and the records that they share. */
interface ActionRecords {
  readonly actions: readonly { readonly calls: ActionCalls; readonly record: number }[];
  readonly records: readonly RecordValues[];
}

const NO_RECORDS: ActionRecords = { actions: [], records: [] };

function recordsOf(model: Model, slots: Slots): ActionRecords {
  const records = new Map<string, number>();
  const actions = model.program.actions.flatMap((action) => {
    const calls = callsOf(model, slots, action);
    if (calls === null) return [];
    const key = JSON.stringify(calls.record);
    const record = records.get(key) ?? records.size;
    records.set(key, record);
    return [{ calls, record }];
  });
  return { actions, records: [...records.keys()].map((key) => JSON.parse(key)) };
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
