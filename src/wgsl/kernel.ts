/**
 * Kernels: one function of one use of an op inside a frame.
 *
 * @module
 */
import {
  FRAMES_ACTION,
  FRAMES_BATCH_SUM,
  FRAMES_ELEMENT,
  FRAMES_WORKGROUP_SUM,
} from "../../shaders/bundle.ts";
import { combined, FRAME_NAMES, ioModules, type Use } from "./io.ts";
import { link, type LinkedText } from "./link.ts";
import { setterOf } from "./op_text.ts";

/** The lanes of a workgroup, in every frame. */
export const WORKGROUP_SIZE = 64;

/** Which frame calls the function. */
export type FrameKind = "element" | "batch_sum" | "workgroup_sum";

/** What one binding of a kernel is. */
export interface KernelBinding {
  /** Its name in the text. */
  readonly name: string;
  /** Its number in group 0. */
  readonly binding: number;
  /** A record with a dynamic offset, or a buffer that is read, or read and written. */
  readonly kind: "record" | "read" | "read_write";
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
  /** How many elements are written for each sample, or for each parameter. */
  readonly elements: number;
}

/** What one kernel does. */
export interface KernelOptions {
  /** The use of the op. */
  readonly use: Use;
  /** The function that is called. */
  readonly fn: string;
  /** How many elements are written. */
  readonly elements: number;
  /** How many summands the function returns for each; 0 when it writes. */
  readonly summands: number;
  /** Whether the written tensor has no batch: a parameter's cotangent, summed over the samples. */
  readonly overBatch: boolean;
}

const FRAMES: Record<FrameKind, string> = {
  element: FRAMES_ELEMENT,
  batch_sum: FRAMES_BATCH_SUM,
  workgroup_sum: FRAMES_WORKGROUP_SUM,
};

/** The frame for a function: summands without a batch are added by lanes, others by a workgroup. */
function frameOf({ summands, overBatch }: KernelOptions): FrameKind {
  if (overBatch) return "batch_sum";
  return summands > 0 ? "workgroup_sum" : "element";
}

/** The module between frame and op: what the frame calls and how it stores. */
function callModule(options: KernelOptions): string {
  const { use, fn, elements, summands } = options;
  const { place, mode, tensor } = use.write;
  const imports = [`import package::use::${use.op.name}::${fn} as rule;`];
  const declarations = [`const ELEMENTS = ${elements}u;`];
  if (summands > 0) declarations.push(`const SUMMANDS = ${summands}u;`);
  switch (frameOf(options)) {
    case "element":
      declarations.push("fn call(i: u32) { rule(i); }");
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
      if (summands === 0) imports.push("import package::use::io::written;");
      declarations.push(
        summands > 0
          ? "fn call(i: u32) -> f32 { var sum = 0.0; for (var j = 0u; j < SUMMANDS; j++) { sum += rule(i, j); } return sum; }"
          : "fn call(i: u32) -> f32 { rule(i); return written; }",
        `fn store(group: u32, i: u32, x: f32) { ${at} = ${combined(at, mode, "x")}; }`,
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
  const { use, fn, elements } = options;
  const frame = frameOf(options);
  const modules = ioModules(use, frame === "batch_sum" && options.summands === 0);
  const read = Object.values(use.reads).flatMap((at) => "binding" in at ? [at.binding] : []);
  const result = use.write.slope ? [use.write.slope.result.binding] : [];
  const written = use.write.place.binding;
  const buffers = [...new Set([...read, ...result, written])].map((name, i) =>
    `@group(0) @binding(${i + 3}) var<storage, ${
      name === written ? "read_write" : "read"
    }> ${name}: array<f32>;`
  );
  const label = `${use.op.name}.${fn}`;
  const text = await link(label, {
    ...modules,
    [`use/${use.op.name}`]: use.op.wgsl,
    call: callModule(options),
    action: FRAMES_ACTION,
    [`frames/${frame}`]: FRAMES[frame],
    main: rootModule(frame, buffers),
  });
  return { label, text, bindings: bindingsOf(text.code), frame, elements };
}

function rootModule(frame: FrameKind, buffers: readonly string[]): string {
  const run = frame === "workgroup_sum" ? "run(group, id.x);" : `run(group * ${WORKGROUP_SIZE}u + id.x);`;
  return [
    "import package::action::{Action, Update};",
    `import package::frames::${frame}::run;`,
    "@group(0) @binding(0) var<uniform> action: Action;",
    "@group(0) @binding(1) var<uniform> update: Update;",
    "@group(0) @binding(2) var<storage, read> windows: array<u32>;",
    ...buffers,
    "var<private> sample: u32;",
    "var<private> member: u32;",
    `@compute @workgroup_size(${WORKGROUP_SIZE})`,
    "fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {",
    "  let group = at.x + at.y * grid.x;",
    `  ${run}`,
    "}",
  ].join("\n");
}

/**
 * The bindings of a linked text that something in it uses: those whose name stands somewhere beside their declaration,
 * not as a member of a struct.
 */
export function bindingsOf(code: string): KernelBinding[] {
  const declarations = code.matchAll(/@group\(0\)\s*@binding\((\d+)\)\s*var<(\w+)(?:,\s*(\w+))?>\s*(\w+)/g);
  return [...declarations].filter(([, , , , name]) => new RegExp(`(?<![.\\w])${name}\\b(?!\\s*:)`).test(code))
    .map(([, binding, space, access, name]) => ({
      name: name!,
      binding: Number(binding),
      kind: space === "uniform" ? "record" : access as "read" | "read_write",
    }));
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
export function workgroupsOf(kernel: Pick<Kernel, "frame" | "elements">, sizes: LaunchSizes): number {
  const { batch, members, groups } = sizes;
  switch (kernel.frame) {
    case "element":
      return Math.ceil(kernel.elements * batch * members / WORKGROUP_SIZE);
    case "batch_sum":
      return Math.ceil(kernel.elements * groups * members / WORKGROUP_SIZE);
    case "workgroup_sum":
      return kernel.elements * batch * members;
  }
}

/** A number of workgroups as a grid that keeps each axis within the limit. */
export function foldGrid(workgroups: number, limit: number): readonly [number, number] {
  const rows = Math.ceil(workgroups / limit);
  return [Math.ceil(workgroups / rows), rows];
}
