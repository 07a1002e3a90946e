import { assert, assertEquals, assertThrows } from "@std/assert";
import { OptionsError, ShapeError } from "../../src/errors.ts";
import { trace } from "../../src/graph/trace.ts";
import { type Shape, sizeOf } from "../../src/ndarray.ts";
import { groupNorm as op, relu, scale } from "../../src/ops/mod.ts";
import { groupNorm as twin } from "../twins/group_norm.ts";
import { relu as reluTwin } from "../twins/relu.ts";
import { scale as scaleTwin } from "../twins/scale.ts";
import { type Case, check } from "./check.ts";
import { gpu } from "./device.ts";
import { run } from "./harness.ts";
import type { Located } from "./memory.ts";
import { assertTwin, chain } from "./twin.ts";
import type { Use } from "./use.ts";

/** What `tests/golden/group_norm.py` writes. */
interface Golden {
  readonly shape: readonly number[];
  readonly affine: boolean;
  readonly eps: number;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly float64: Readonly<Record<string, readonly number[]>>;
  /** How far JAX's float32 is from its float64, in relative norm. */
  readonly float32Gap: Readonly<Record<string, number>>;
}

const GOLDEN: readonly Golden[] =
  JSON.parse(await Deno.readTextFile(new URL("../golden/group_norm.json", import.meta.url))).cases;

function useOf(shape: Shape, affine: boolean, eps?: number): Use {
  const channels = shape.slice(0, 1);
  return {
    name: `groupNorm of [${shape}]${affine ? "" : " without w and b"}`,
    inputs: {
      u: { role: "state", shape },
      ...(affine
        ? { w: { role: "parameter", shape: channels }, b: { role: "parameter", shape: channels } }
        : {}),
    },
    call: ({ u, w, b }) => op({ u: u!, w, b }, eps === undefined ? {} : { eps }),
  };
}

/** The default of eps, and how many roundings an element has: sums over all elements enter, each like its largest. */
function groupNormCase(shape: Shape, affine: boolean): Case {
  const n = sizeOf(shape.slice(1));
  return { use: useOf(shape, affine), twin: twin(n, 1e-5), terms: { v: 64, u: 128, w: 16 * n, b: n } };
}

Deno.test("groupNorm twin has the tangent of differences and its transpose", () => {
  assertTwin("groupNorm", twin(3, 1e-5), { u: 6, w: 2, b: 2 });
  assertTwin("groupNorm without w and b", twin(3, 1e-5), { u: 6 });
});

for (const shape of [[2], [1, 5], [3, 7], [2, 65], [3, 3, 5]]) {
  for (const affine of [true, false]) {
    const c = groupNormCase(shape, affine);
    Deno.test(`${c.use.name} agrees with its twin`, async () => {
      await check(c, {
        batch: 37,
        live: 33,
        members: 2,
        values: { u: [0.1, -0.7, 0.5, 0.9, -0.3, 0.2, -1] },
      });
      await check(c, { batch: 3, accumulates: true, values: { u: [0.8, -0.5, 0.3, -0.9, 0.6] } });
    });
  }
}

for (const { shape, affine, eps, inputs, float64, float32Gap } of GOLDEN) {
  const use = useOf(shape, affine, eps);
  const distance = (actual: ArrayLike<number>, expected: readonly number[]) => {
    const norm = (x: readonly number[]) => Math.hypot(...x);
    return norm(expected.map((y, i) => actual[i]! - y)) / norm(expected);
  };

  Deno.test(`${use.name} twin is Equinox's GroupNorm in float64`, () => {
    const x = Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, Float64Array.from(v)]));
    const { u, w, b, vBar } = x as Record<"u" | "w" | "b" | "vBar", Float64Array>;
    const given = affine ? { u, w, b } : { u };
    const n = sizeOf(shape.slice(1));
    const { forward, adjointU, adjointW, adjointB } = twin(n, eps);
    // The op rounds eps to float32.
    assert(distance(forward(given), float64.v!) < 1e-7);
    assert(distance(adjointU(given, vBar), float64.uBar!) < 1e-6);
    if (!affine) return;
    assert(distance(adjointW(given, vBar), float64.wBar!) < 1e-7);
    assert(distance(adjointB(given, vBar), float64.bBar!) < 1e-11);
  });

  Deno.test(`${use.name} is Equinox's GroupNorm, as near to float64 as JAX in float32`, async () => {
    const { u, w, b, vBar } = inputs as Record<"u" | "w" | "b" | "vBar", readonly number[]>;
    const values = { u, vBar, ...(affine ? { w, b } : {}) };
    const { memory, after } = await run(gpu, use, { batch: 1, values });
    const read = ({ key, at }: Located, size: number) => after.get(key)!.subarray(at, at + size);
    const found = {
      v: read(memory.outputAt(0, 0), u.length),
      ...Object.fromEntries(
        Object.keys(use.inputs).map((name) => [
          `${name}Bar`,
          read(memory.inputBarAt(name, 0, 0), sizeOf(use.inputs[name]!.shape)),
        ]),
      ),
    };
    for (const [name, actual] of Object.entries(found)) {
      const off = distance(actual, float64[name]!);
      const allowed = Math.max(1e-6, 4 * float32Gap[name]!);
      assert(off <= allowed, `${use.name}: ${name} is off by ${off}, allowed are ${allowed}`);
    }
  });
}

Deno.test("groupNorm of equal numbers is b, with finite cotangents", async () => {
  const shape = [2, 5];
  const { after, memory } = await run(gpu, useOf(shape, true), {
    batch: 1,
    values: { u: [3], w: [2, -1], b: [0.5, 0.25], vBar: [1] },
  });
  const { key, at } = memory.outputAt(0, 0);
  assertEquals([...after.get(key)!.subarray(at, at + 10)], [...Array(5).fill(0.5), ...Array(5).fill(0.25)]);
  const uBar = memory.inputBarAt("u", 0, 0) as Located;
  assert(after.get(uBar.key)!.subarray(uBar.at, uBar.at + 10).every(Number.isFinite));
});

Deno.test("groupNorm: a relu joins it", async () => {
  const c = groupNormCase([3, 7], true);
  const names = Object.keys(c.use.inputs);
  const { unit } = await check({
    use: {
      ...c.use,
      call: (x) => scale({ u: relu({ u: c.use.call(x) }) }, { factor: -0.75 }),
    },
    twin: chain(names, c.twin, reluTwin, scaleTwin(-0.75)),
    terms: c.terms,
  }, { batch: 5, live: 4, members: 2 });
  assertEquals(unit.graph.nodes.map((n) => [n.op.name, n.epilogue?.op.name]), [
    ["mean", undefined],
    ["variance", undefined],
    ["normalize", "relu"],
    ["scale", undefined],
  ]);
});

Deno.test("groupNorm refuses w and b of other lengths, and a negative eps", () => {
  const apply = (w: Shape, b: Shape, eps = 1e-5) => () =>
    trace("f", [[3, 5], w, b], (_, [u, w, b]) => op({ u: u!, w, b }, { eps }));
  assertEquals(
    assertThrows(apply([5], [3]), ShapeError).message,
    "Cannot apply groupNorm as w must have the shape [3] (from u of shape [3, 5]): current shape of w is [5]",
  );
  assertEquals(
    assertThrows(apply([3], [3, 1]), ShapeError).message,
    "Cannot apply groupNorm as b must have the shape [3] (from u of shape [3, 5]): current shape of b is [3, 1]",
  );
  assertEquals(
    assertThrows(apply([3], [3], -1), OptionsError).message,
    "Cannot apply groupNorm as eps must be a finite number >= 0: current eps is -1",
  );
});
