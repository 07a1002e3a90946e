import { assert, assertEquals } from "@std/assert";
// @ts-types="npm:wgsl_reflect@1.6.0/types/index.d.ts"
import { WgslReflect } from "wgsl_reflect";
import { FRAMES_ACTION } from "../../shaders/bundle.ts";
import { bindingsOf } from "../../src/wgsl/kernel.ts";
import { link } from "../../src/wgsl/link.ts";
import { RecordLayout, type RecordValues } from "../../src/wgsl/record.ts";
import { gpu } from "../ops/device.ts";

/** Each member with how many numbers it holds, in the order of the struct. */
const MEMBERS = {
  Action: {
    inputs: 4,
    inputBars: 4,
    inputBarsAdd: 4,
    times: 2,
    output: 1,
    outputBar: 1,
    activations: 1,
    parametersAdd: 1,
    term: 1,
    weight: 1,
  },
  Update: {
    batch: 1,
    members: 1,
    live: 1,
    groups: 1,
    terms: 1,
    parameters: 1,
    windows: 1,
    schedule: 1,
    history: 1,
    number: 1,
  },
} as const;

/** Different numbers for all members; `weight` is the one float. */
function valuesOf(name: "Action" | "Update"): Record<string, number | number[]> {
  let next = 10;
  return Object.fromEntries(
    Object.entries(MEMBERS[name]).map(([member, length]) => {
      if (member === "weight") return [member, -0.375];
      const list = Array.from({ length }, () => next++);
      return [member, length === 1 ? list[0]! : list];
    }),
  );
}

function bytesOf(name: "Action" | "Update", at: number, values: RecordValues): DataView<ArrayBuffer> {
  const layout = new RecordLayout(name);
  const view = new DataView(new ArrayBuffer(at + layout.size + 8));
  for (let i = 0; i < view.byteLength; i++) view.setUint8(i, 0xab);
  layout.write(view, at, values);
  return view;
}

Deno.test("records have the members that the host writes", () => {
  for (const name of ["Action", "Update"] as const) {
    const { members } = new WgslReflect(FRAMES_ACTION).structs.find((s) => s.name === name)!;
    assertEquals(members.map((m) => m.name), Object.keys(MEMBERS[name]));
  }
});

Deno.test("records are packed as WGSL lays them out, little-endian, and touch nothing around", () => {
  assertEquals([new RecordLayout("Action").size, new RecordLayout("Update").size], [80, 40]);
  for (const name of ["Action", "Update"] as const) {
    const view = bytesOf(name, 16, valuesOf(name));
    const words = Array.from(
      { length: 4 + new RecordLayout(name).size / 4 + 2 },
      (_, i) => view.getUint32(4 * i, true),
    );
    const inside = Object.values(valuesOf(name)).flat().map((x) => x === -0.375 ? 0xbec00000 : x);
    const around = 0xabababab;
    assertEquals(words, [around, around, around, around, ...inside, around, around]);
  }
});

Deno.test("members that are not given become 0, short vectors keep their rest 0", () => {
  const view = bytesOf("Action", 0, { inputBars: [7, 8], term: 9 });
  const words = Array.from({ length: 20 }, (_, i) => view.getUint32(4 * i, true));
  assertEquals(words, [0, 0, 0, 0, 7, 8, ...Array(12).fill(0), 9, 0]);
});

Deno.test("a record is written into a part of a larger buffer", () => {
  const buffer = new ArrayBuffer(96);
  new RecordLayout("Update").write(new DataView(buffer, 32), 8, { batch: 5 });
  assertEquals(new Uint32Array(buffer).findIndex((x) => x === 5), 10);
});

Deno.test("a kernel reads back every member, behind another record", async () => {
  const lists = Object.entries(MEMBERS).map(([name, members]) =>
    Object.entries(members).flatMap(([member, length]) => {
      const path = `${name.toLowerCase()}.${member}`;
      if (member === "weight") return [`bitcast<u32>(${path})`];
      return length === 1 ? [path] : Array.from({ length }, (_, i) => `${path}[${i}]`);
    })
  );
  const text = await link("kernel", {
    action: FRAMES_ACTION,
    main: `
      import package::action::{Action, Update};
      @group(0) @binding(0) var<uniform> action: Action;
      @group(0) @binding(1) var<uniform> update: Update;
      @group(0) @binding(2) var<storage, read_write> words: array<u32>;
      @compute @workgroup_size(1) fn main() {
        ${lists.flat().map((path, i) => `words[${i}] = ${path};`).join("\n        ")}
      }
    `,
  });
  const pipeline = await gpu.pipeline({ label: "read records", text, bindings: bindingsOf(text.code) });
  using action = gpu.allocate("action", 2 * gpu.alignment, "record");
  using update = gpu.allocate("update", 3 * gpu.alignment, "record");
  using words = gpu.allocate("words", 4 * 30);
  assert(gpu.alignment >= 80);
  gpu.write(action, bytesOf("Action", gpu.alignment, valuesOf("Action")));
  gpu.write(update, bytesOf("Update", 2 * gpu.alignment, valuesOf("Update")));
  const bindGroup = gpu.bind(pipeline, {
    action: { memory: action, bytes: 80 },
    update: { memory: update, bytes: 40 },
    words: { memory: words },
  });
  gpu.submit("read records", (pass) => {
    pass.launch({ pipeline, bindGroup, grid: [1, 1] }, [gpu.alignment, 2 * gpu.alignment]);
  });
  const [bytes] = await gpu.read([{ memory: words, bytes: 4 * 30 }]);
  const expected = [...Object.values(valuesOf("Action")), ...Object.values(valuesOf("Update"))].flat()
    .map((x) => x === -0.375 ? 0xbec00000 : x);
  assertEquals([...new Uint32Array(bytes!)], expected);
});
