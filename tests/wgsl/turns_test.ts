/**
 * How often the loops of an op's functions turn.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { CONV, CONV_BLOCK, CONV_WEIGHTS_BLOCK, DENSE, DENSE_BLOCK } from "../../shaders/bundle.ts";
import { loopTurnsOf } from "../../src/wgsl/kernel.ts";
import { prune } from "../../src/wgsl/prune.ts";
import { turnsOf } from "../../src/wgsl/turns.ts";

const turns = (wgsl: string, constants: Record<string, number>, fn = "forward") =>
  turnsOf({ name: "some", wgsl: prune(wgsl, constants) }, constants, fn);

const CASES: Readonly<Record<string, readonly [string, number]>> = {
  "none": ["setV(i, u(i));", 0],
  "a loop over a constant": ["for (var k = 0u; k < N; k++) { x(k); }", 7 + 1],
  "one that starts later and takes steps": ["for (var k = 2; k < i32(N) * 2; k += 3) { x(k); }", 4 + 1],
  "a loop in a loop": [
    "for (var k = 0; k < 3; k++) { for (var j = 0; j < 5; j++) { x(j); } }",
    (3 + 1) * (1 + 5 + 1),
  ],
  "loops one after another": [
    "for (var k = 0; k < 3; k++) { } for (var k = 0; k < 5; k++) { }",
    3 + 1 + 5 + 1,
  ],
  "one with another condition": ["for (var k = 0u; k < 4 && first + k < N; k++) { x(k); }", 4 + 1],
  "halvings": ["for (var k = N; k > 0u; k >>= 1u) { } for (var k = N; k > 0u; k /= 2u) { }", 2 * (32 + 1)],
  "what a function called does": ["for (var k = 0; k < 3; k++) { helped(k); }", (3 + 1) * (1 + 7 + 1)],
  "loops whose end is not known": [
    "for (var k = 0u; k < u32(u(i)); k++) { } while (a) { } loop { break; }",
    3,
  ],
  "loops that are pruned": ["if (N == 7u) { x(i); } else { for (var k = 0; k < 9; k++) { } }", 0],
};

for (const [name, [body, expected]] of Object.entries(CASES)) {
  Deno.test(`loop turns: ${name}`, () => {
    const text = `const FROM = 0u;
      fn helped(i: u32) { for (var k = FROM; k < N; k++) { /* for (;;) { } */ } }
      fn forward(i: u32) { ${body} }`;
    assertEquals(turns(text, { N: 7 }), expected);
  });
}

const FIELD = { N_Z: 1, N_Y: 64, N_X: 48, OUT_Z: 1, OUT_Y: 64, OUT_X: 48, K_Z: 1, K_Y: 3, K_X: 3 };
const AXES = { PAD_Z: 0, PAD_Y: 1, PAD_X: 1, STRIDE_Z: 1, STRIDE_Y: 1, STRIDE_X: 1 };
const DILATIONS = { DILATION_Z: 1, DILATION_Y: 1, DILATION_X: 1 };
const SIZES = { C_IN: 16, C_OUT: 32, BOUNDARY: 0, IMAGES: 1, TAPS: 3, FED: 4, BLOCK_OUT: 16, BLOCK_IN: 16 };
const CONV_2D = { ...FIELD, ...AXES, ...DILATIONS, ...SIZES };

/** The turns of a loop whose block is run so often, with those inside of it. */
const loop = (rounds: number, inner = 0) => (rounds + 1) * (1 + inner);

Deno.test("loop turns of convolutions are those of channels, taps and positions", () => {
  assertEquals(turns(CONV, CONV_2D), loop(1, loop(16, loop(9))));
  assertEquals(turns(CONV, CONV_2D, "adjointU"), loop(1, loop(1, loop(32, loop(9)))));
  const [rowsOfTaps, channelsOfBlock] = [3, 16];
  assertEquals(turns(CONV_BLOCK, CONV_2D), loop(rowsOfTaps, loop(16)) + loop(channelsOfBlock));
  const [channels, fed] = [8, 4];
  assertEquals(
    turns(CONV_WEIGHTS_BLOCK, CONV_2D, "adjointW"),
    loop(64, loop(48 / 4)) + loop(channels, loop(fed)),
  );
  assertEquals(turns(CONV_WEIGHTS_BLOCK, CONV_2D, "adjointB"), loop(64 * 48 / 4));
});

Deno.test("loop turns of dense layers are those of their rows and columns", () => {
  const sizes = { D_IN: 64, D_OUT: 40 };
  assertEquals(turns(DENSE, sizes), loop(64));
  assertEquals(turns(DENSE_BLOCK, sizes), loop(64 / 4));
  assertEquals(turns(DENSE_BLOCK, sizes, "adjointU"), loop(40));
  assertEquals(turns(DENSE_BLOCK, sizes, "adjointW"), loop(8));
});

Deno.test("loop turns of a kernel are those of its calls, over samples and summands", () => {
  const wgsl = "fn f(i: u32) { for (var k = 0; k < 5; k++) { } }";
  const of = (
    options: { summands: number; overBatch: boolean; fetchesFour?: boolean; isGroupASample?: boolean },
  ) =>
    loopTurnsOf(
      {
        ...options,
        use: { op: { name: "some", wgsl }, constants: {}, fetchesFour: options.fetchesFour } as never,
        fn: "f",
        calls: 3,
      },
      64,
      { batch: 100, members: 2, groups: 32 },
    );
  const call = loop(5);
  assertEquals(of({ summands: 0, overBatch: false }), call);
  assertEquals(of({ summands: 0, overBatch: false, fetchesFour: true }), 4 * call);
  assertEquals(of({ summands: 0, overBatch: true, isGroupASample: true }), call);
  assertEquals(of({ summands: 0, overBatch: true }), loop(4, call));
  assertEquals(of({ summands: 10, overBatch: true }), loop(4, loop(10, call)));
  assertEquals(of({ summands: 130, overBatch: false }), loop(3, call) + loop(6));
});
