/**
 * Kernels: one function of one use of an op inside a frame.
 *
 * @module
 */
import {
  FRAMES_ACTION,
  FRAMES_BATCH_SUM,
  FRAMES_BATCH_WRITE,
  FRAMES_ELEMENT,
  FRAMES_SAMPLE_WRITE,
  FRAMES_WORKGROUP_SUM,
} from "../../shaders/bundle.ts";
import { combined, declarationsOf, FRAME_NAMES, ioModules } from "./io.ts";
import { link, type LinkedText } from "./link.ts";
import { setterOf } from "./op_text.ts";
import { loopTurns, turnsOf } from "./turns.ts";
import type { Use } from "./use.ts";

/** The lanes of a workgroup. */
export const WORKGROUP_SIZE = 64;
/** The least lanes of a workgroup where a call writes a block: there are few, with much to do, for all cores to share. */
export const MIN_BLOCK_LANES = 16;

/** Which frame calls the function. */
export type FrameKind = "element" | "batch_sum" | "batch_write" | "sample_write" | "workgroup_sum";

/** What one binding of a kernel is. */
export interface KernelBinding {
  /** Its name in the text. */
  readonly name: string;
  /** Its number in group 0. */
  readonly binding: number;
  /**
   * A record with a dynamic offset, a buffer in uniform memory, one that is read, or read and written, or a texture that is
   * read, or written.
   */
  readonly kind: "record" | "uniform" | "read" | "read_write" | "texture_read" | "texture_write";
}

/** A linked kernel, and how it is launched. */
export interface Kernel {
  /** The op's name and the function, `conv.adjointW`. */
  readonly label: string;
  /** The linked text. */
  readonly text: LinkedText;
  /** The bindings that the text uses. */
  readonly bindings: readonly KernelBinding[];
  /** Which frame it has. */
  readonly frame: FrameKind;
  /** How many calls there are for each sample, or for each parameter and group of samples. */
  readonly calls: number;
  /** The lanes of a workgroup. */
  readonly lanes: number;
}

/** What one kernel does. */
export interface KernelOptions {
  /** The use of the op. */
  readonly use: Use;
  /** The function that is called. */
  readonly fn: string;
  /** How many calls there are: one for each element, for each four, or for each block of elements. */
  readonly calls: number;
  /** How many summands the function returns for each; 0 when it writes. */
  readonly summands: number;
  /** Whether the written tensor has no batch: a parameter's cotangent, summed over the samples. */
  readonly overBatch: boolean;
  /** Whether a call writes a block of elements. */
  readonly isBlocked?: boolean;
  /** The lanes of a workgroup whose calls write blocks; default {@linkcode MIN_BLOCK_LANES}. */
  readonly blockLanes?: number;
  /** For a parameter's cotangent: whether each sample is a group of its own; default false. */
  readonly isGroupASample?: boolean;
}

const FRAMES: Record<FrameKind, string> = {
  element: FRAMES_ELEMENT,
  batch_sum: FRAMES_BATCH_SUM,
  batch_write: FRAMES_BATCH_WRITE,
  sample_write: FRAMES_SAMPLE_WRITE,
  workgroup_sum: FRAMES_WORKGROUP_SUM,
};

/** The frame for a function: summands without a batch are added by lanes, others by a workgroup. */
function frameOf({ summands, overBatch, isGroupASample }: KernelOptions): FrameKind {
  if (!overBatch) return summands > 0 ? "workgroup_sum" : "element";
  if (summands > 0) return "batch_sum";
  return isGroupASample ? "sample_write" : "batch_write";
}

/** Calls a function for four neighbouring elements. */
const CALL_BY_FOURS = `fn call(i: u32) {
  let first = 4 * i;
  fetch4(first);
${[0, 1, 2, 3].map((k) => `  part4 = ${k}u; rule(first + ${k});`).join("\n")}
  put4(first);
}`;

/** The module between frame and op: what the frame calls and how it stores. */
function callModule(options: KernelOptions): string {
  const { use, fn, calls, summands } = options;
  const { place, mode, tensor } = use.write;
  const imports = [`import package::use::${use.op.name}::${fn} as rule;`];
  const declarations = [`const CALLS = ${calls}u;`];
  if (summands > 0) declarations.push(`const SUMMANDS = ${summands}u;`);
  switch (frameOf(options)) {
    case "element":
    case "batch_write":
    case "sample_write":
      if (use.fetchesFour) imports.push("import package::use::io::{fetch4, part4, put4};");
      declarations.push(use.fetchesFour ? CALL_BY_FOURS : "fn call(i: u32) { rule(i); }");
      break;
    case "workgroup_sum":
      imports.push(`import package::use::io::${setterOf(tensor)} as put;`);
      declarations.push(
        "fn call(i: u32, j: u32) -> f32 { return rule(i, j); }",
        "fn store(i: u32, x: f32) { put(i, x); }",
      );
      break;
    case "batch_sum": {
      const at = `${place.binding}[${place.base} + i]`;
      imports.push(`import package::main::{${FRAME_NAMES}, ${place.binding}};`);
      declarations.push(
        "fn call(i: u32) -> f32 { var sum = 0.0; for (var j = 0u; j < SUMMANDS; j++) { sum += rule(i, j); } return sum; }",
        `fn store(i: u32, x: f32) { ${at} = ${combined(at, mode, "x")}; }`,
      );
    }
  }
  return [...imports, ...declarations].join("\n");
}

/**
 * Links the kernel of one use.
 *
 * @param options the use, the function, its numbers of elements and summands
 * @throws {Error} when the op reaches a name that its `io` lacks
 */
export async function linkKernel(options: KernelOptions): Promise<Kernel> {
  const { use, fn, calls, isBlocked = false, blockLanes = MIN_BLOCK_LANES } = options;
  const frame = frameOf(options);
  const lanes = isBlocked && frame !== "workgroup_sum" ? blockLanes : WORKGROUP_SIZE;
  const label = `${use.op.name}.${fn}`;
  const text = await link(label, {
    ...ioModules(use),
    [`use/${use.op.name}`]: use.op.wgsl,
    call: callModule(options),
    action: FRAMES_ACTION,
    [`frames/${frame}`]: FRAMES[frame],
    main: rootModule(frame, lanes, declarationsOf(use, 3)),
  });
  return { label, text, bindings: bindingsOf(text.code), frame, calls, lanes };
}

function rootModule(frame: FrameKind, lanes: number, buffers: readonly string[]): string {
  const run = frame === "workgroup_sum" ? "run(index, id.x);" : `run(index * ${lanes}u + id.x);`;
  return [
    "import package::action::{Action, Update};",
    `import package::frames::${frame}::run;`,
    "@group(0) @binding(0) var<uniform> action: Action;",
    "@group(0) @binding(1) var<uniform> update: Update;",
    "@group(0) @binding(2) var<storage, read> windows: array<u32>;",
    ...buffers,
    "var<private> sample: u32;",
    "var<private> member: u32;",
    "var<private> group: u32;",
    `@compute @workgroup_size(${lanes})`,
    "fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {",
    "  let index = at.x + at.y * grid.x;",
    `  ${run}`,
    "}",
  ].join("\n");
}

/**
 * The bindings of a linked text that something in it uses: those whose name stands somewhere beside their declaration,
 * not as a member of a struct.
 */
export function bindingsOf(code: string): KernelBinding[] {
  const declarations = code.matchAll(
    /@group\(0\)\s*@binding\((\d+)\)\s*var(?:<(\w+)(?:,\s*(\w+))?>)?\s*(\w+)\s*:\s*(\w+)(?:<rgba32float,\s*(\w+)>)?/g,
  );
  return [...declarations].filter(([, , , , name]) => new RegExp(`(?<![.\\w])${name}\\b(?!\\s*:)`).test(code))
    .map(([, binding, space, access, name, type, texels]) => ({
      name: name!,
      binding: Number(binding),
      kind: texels
        ? `texture_${texels}`
        : space === "storage"
        ? access
        : type === "array"
        ? "uniform"
        : "record",
    } as KernelBinding));
}

/** Sizes that a launch depends on. */
export interface LaunchSizes {
  /** Rows of a batch. */
  readonly batch: number;
  /** Members of the ensemble. */
  readonly members: number;
  /** Lanes that share the samples of a parameter cotangent. */
  readonly groups: number;
}

/** How many workgroups a kernel needs. */
export function workgroupsOf(kernel: Pick<Kernel, "frame" | "calls" | "lanes">, sizes: LaunchSizes): number {
  const { batch, members, groups } = sizes;
  switch (kernel.frame) {
    case "element":
      return Math.ceil(kernel.calls * batch * members / kernel.lanes);
    case "batch_sum":
    case "batch_write":
    case "sample_write":
      return Math.ceil(kernel.calls * groups * members / kernel.lanes);
    case "workgroup_sum":
      return kernel.calls * batch * members;
  }
}

/**
 * How often the loops of a lane turn in a launch, at most.
 *
 * @param options what the kernel does
 * @param lanes of its workgroups
 * @param sizes rows and groups
 */
export function loopTurnsOf(options: KernelOptions, lanes: number, { batch, groups }: LaunchSizes): number {
  const { use, fn, summands } = options;
  const call = (use.fetchesFour ? 4 : 1) * turnsOf(use.op, use.constants, fn);
  switch (frameOf(options)) {
    case "element":
    case "sample_write":
      return call;
    case "batch_write":
      return loopTurns(batch / groups, call);
    case "batch_sum":
      return loopTurns(batch / groups, loopTurns(summands, call));
    case "workgroup_sum":
      return loopTurns(summands / lanes, call) + loopTurns(Math.log2(lanes));
  }
}

/** A number of workgroups as a grid that keeps each axis within the limit. */
export function foldGrid(workgroups: number, limit: number): readonly [number, number] {
  const rows = Math.ceil(workgroups / limit);
  return [Math.ceil(workgroups / rows), rows];
}
