import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { trace } from "../../src/graph/trace.ts";
import type { Shape } from "../../src/ndarray.ts";
import { conv, type ConvOptions } from "../../src/ops/mod.ts";
import type { AxesSizes } from "../twins/conv_axes.ts";
import { axesCase, type GivenSizes } from "./cases.ts";
import { check } from "./check.ts";
import { run } from "./harness.ts";

/** The functions of a use of conv that are taken from its blocked form, and their calls. */
function blockedCalls(u: Shape, w: Shape, options: ConvOptions = {}): Readonly<Record<string, number>> {
  const traced = trace("f", [u], (tracer, [u]) => {
    const weights = tracer.source(w, { kind: "parameter", path: "w" });
    return conv({ u: u!, w: weights }, options);
  });
  return traced.nodes[0]!.blockedCalls;
}

Deno.test("conv takes blocks of up to 8 channels by 16 points where samples are small, and of 8 by 4 channels by 3 taps", () => {
  assertEquals(blockedCalls([32, 64], [32, 32, 3]), {
    forward: 16,
    adjointU: 16,
    adjointW: 32,
    adjointB: 32,
  });
  assertEquals(blockedCalls([9, 33], [17, 9, 4]), { forward: 9, adjointU: 6, adjointW: 18, adjointB: 17 });
  assertEquals(blockedCalls([34, 16], [35, 34, 3]), { forward: 5, adjointU: 5, adjointW: 45, adjointB: 35 });
  assertEquals(blockedCalls([16, 4, 32], [8, 16, 3, 5]), {
    forward: 8,
    adjointU: 16,
    adjointW: 24,
    adjointB: 8,
  });
  assertEquals(blockedCalls([8, 2, 3, 16], [8, 8, 2, 3, 1]), {
    forward: 6,
    adjointU: 6,
    adjointW: 12,
    adjointB: 8,
  });
});

Deno.test("conv takes up to 16 channels where samples are large", () => {
  const blocks = (cIn: number, cOut: number) => {
    const { forward, adjointU } = blockedCalls([cIn, 64, 64], [cOut, cIn, 3, 3]);
    return [forward! / 256, adjointU! / 256];
  };
  assertEquals(blocks(16, 16), [1, 1]);
  assertEquals(blocks(8, 16), [1, 1]);
  assertEquals(blocks(12, 20), [2, 1]);
  assertEquals(blocks(32, 24), [2, 2]);
  assertEquals(blocks(4, 8), [1, 1]);
  const rows = (n: number) => blockedCalls([32, n], [32, 32, 3]).forward! / (n / 16);
  assertEquals([rows(80), rows(96)], [4, 2]);
});

Deno.test("conv computes element by element where blocks would stay empty", () => {
  assertEquals(blockedCalls([1, 30], [1, 1, 2]), {});
  assertEquals(blockedCalls([2, 3, 3], [2, 2, 3, 3]), {});
  assertEquals(blockedCalls([4, 20], [1, 4, 3]), { adjointU: 2 });
});

Deno.test("conv takes a tap at a time where the x axis has a stride or a dilation", () => {
  const single = { forward: 1, adjointU: 2, adjointW: 6, adjointB: 8 };
  assertEquals(blockedCalls([8, 32], [8, 8, 3], { stride: 2 }), single);
  assertEquals(blockedCalls([8, 32], [8, 8, 3], { dilation: 2 }), { ...single, forward: 2 });
  assertEquals(blockedCalls([8, 4, 32], [8, 8, 3, 3], { stride: [2, 1] }), {
    forward: 4,
    adjointU: 8,
    adjointW: 6,
    adjointB: 8,
  });
  assertEquals(
    blockedCalls([8, 5, 32], [8, 8, 3, 3], { stride: [1, 2], dilation: [2, 1], boundary: "zeros" }),
    {
      forward: 5,
      adjointU: 10,
      adjointW: 18,
      adjointB: 8,
    },
  );
});

Deno.test("conv computes the cotangent of u element by element where strides leave a rest on a periodic axis", () => {
  const { adjointU, ...others } = blockedCalls([8, 32], [8, 8, 3], { stride: 3 });
  assertEquals([adjointU, others], [undefined, { forward: 1, adjointW: 6, adjointB: 8 }]);
  assertEquals(blockedCalls([8, 32], [8, 8, 3], { stride: 3, boundary: "zeros" }).adjointU, 2);
});

Deno.test("conv computes the cotangent of a mirrored u element by element", () => {
  for (const boundary of ["reflect", "neumann"] as const) {
    assertEquals(blockedCalls([8, 32], [8, 8, 3], { boundary }), { forward: 2, adjointW: 2, adjointB: 8 });
  }
});

/** Channels off 8 and 4, N off 16 and 4, one tap and many, K = N, even K, fewer points than a block has. */
const CASES: readonly (readonly [AxesSizes["boundary"], GivenSizes])[] = [
  ["periodic", { cIn: 9, cOut: 11, n: [32], k: [3] }],
  ["zeros", { cIn: 4, cOut: 8, n: [32], k: [3] }],
  ["reflect", { cIn: 8, cOut: 7, n: [7], k: [7] }],
  ["periodic", { cIn: 5, cOut: 17, n: [20], k: [1] }],
  ["zeros", { cIn: 16, cOut: 2, n: [30], k: [6] }],
  ["periodic", { cIn: 8, cOut: 5, n: [32], k: [3] }],
  ["periodic", { cIn: 6, cOut: 9, n: [3, 18], k: [3, 2] }],
  ["reflect", { cIn: 8, cOut: 4, n: [5, 16], k: [2, 5] }],
  ["zeros", { cIn: 9, cOut: 4, n: [3, 2, 16], k: [3, 1, 3] }],
  ["periodic", { cIn: 8, cOut: 9, n: [16], k: [3] }],
  ["periodic", { cIn: 17, cOut: 10, n: [16], k: [3] }],
  ["periodic", { cIn: 8, cOut: 8, n: [8, 16], k: [3, 1] }],
  ["zeros", { cIn: 16, cOut: 9, n: [3, 5, 16], k: [1, 3, 1] }],
  ["periodic", { cIn: 8, cOut: 8, n: [9, 2], k: [1, 2] }],
  ["zeros", { cIn: 16, cOut: 1, n: [32], k: [3] }],
  ["periodic", { cIn: 1, cOut: 16, n: [32], k: [4] }],
  ["periodic", { cIn: 8, cOut: 9, n: [32], k: [3], stride: [2] }],
  ["periodic", { cIn: 8, cOut: 8, n: [33], k: [3], stride: [2] }],
  ["zeros", { cIn: 9, cOut: 16, n: [34], k: [4], stride: [3] }],
  ["reflect", { cIn: 8, cOut: 7, n: [20], k: [5], dilation: [2] }],
  ["periodic", { cIn: 8, cOut: 8, n: [32], k: [3], dilation: [4] }],
  ["zeros", { cIn: 16, cOut: 5, n: [48], k: [3], dilation: [8] }],
  ["zeros", { cIn: 8, cOut: 8, n: [16], k: [5], dilation: [3] }],
  ["periodic", { cIn: 8, cOut: 8, n: [32], k: [2], dilation: [3] }],
  ["periodic", { cIn: 8, cOut: 8, n: [6, 16], k: [3, 3], stride: [2, 1] }],
  ["zeros", { cIn: 8, cOut: 9, n: [7, 18], k: [3, 2], stride: [1, 2], dilation: [2, 1] }],
  ["periodic", { cIn: 9, cOut: 8, n: [4, 32], k: [2, 3], stride: [2, 2], dilation: [1, 4] }],
  ["zeros", { cIn: 8, cOut: 8, n: [5, 5, 16], k: [2, 3, 3], stride: [2, 1, 2], dilation: [1, 2, 1] }],
  ["reflect", { cIn: 8, cOut: 8, n: [7, 17], k: [3, 3], stride: [3, 2], dilation: [2, 2] }],
];

for (const [boundary, sizes] of CASES) {
  const c = axesCase(sizes, boundary);
  Deno.test(`blocked ${c.use.name} agrees with its twin`, async () => {
    await check(c, { batch: 35, live: 33, members: 2 });
    await check(c, { batch: 3, members: 2, accumulates: true });
  });
}

Deno.test("conv in blocks of more than 8 channels agrees with its twin", async () => {
  await check(axesCase({ cIn: 16, cOut: 16, n: [29, 32], k: [3, 3] }, "periodic"), { batch: 2 });
  await check(axesCase({ cIn: 34, cOut: 34, n: [80], k: [3] }, "periodic"), { batch: 3, live: 2 });
  await check(axesCase({ cIn: 16, cOut: 12, n: [110], k: [110] }, "zeros"), { batch: 3, live: 2 });
});

Deno.test("blocked conv and the packing of its weights keep to a folded grid", async () => {
  await check(axesCase({ cIn: 32, cOut: 32, n: [32], k: [3] }, "periodic"), {
    batch: 2,
    members: 2,
    maxGrid: 5,
  });
});

Deno.test("blocked conv whose w and b are parameters, states, constants, or that has no b, agrees with its twin", async () => {
  const c = axesCase(CASES[0]![1], "periodic");
  const { u, w, b } = c.use.inputs;
  const roles = ["parameter", "state", "constant"] as const;
  for (const roleW of roles) {
    for (const roleB of roles) {
      const inputs = { u: u!, w: { ...w!, role: roleW }, b: { ...b!, role: roleB } };
      await check({ ...c, use: { ...c.use, inputs } }, { batch: 5, live: 4, members: 2 });
    }
    const inputs = { u: u!, w: { ...w!, role: roleW } };
    await check({ ...c, use: { ...c.use, inputs } }, { batch: 5, live: 4, members: 2 });
  }
});

Deno.test("conv computes element by element what reads weights that samples do not share", () => {
  const { nodes } = trace("f", [[32, 64], [32, 32, 3]], (_, [u, w]) => conv({ u: u!, w: w! }));
  assertEquals(nodes[0]!.blockedCalls, { adjointW: 32, adjointB: 32 });
});

Deno.test("blocked conv reads its weights from a texture or from storage, to the same bits", async () => {
  const { use } = axesCase(CASES[0]![1], "periodic");
  await using gpu = await Gpu.request();
  const bitsWith = async (maxTextureRows: number) => {
    const { after } = await run(gpu, use, { batch: 3, members: 2, maxTextureRows });
    return new Map([...after].map(([key, floats]) => [key, new Uint32Array(floats.buffer).join()]));
  };
  const storage = await bitsWith(0);
  assert(storage.size > 3);
  for (const rows of [1, 2 ** 13]) {
    const texture = await bitsWith(rows);
    for (const [key, bits] of storage) assert(texture.get(key) === bits, key);
  }
});
