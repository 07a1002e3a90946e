import { assertEquals } from "@std/assert";
import { trace } from "../../src/graph/trace.ts";
import { sizeOf } from "../../src/ndarray.ts";
import { conv as op } from "../../src/ops/conv.ts";
import { type AxesSizes, conv as twin, paddedAxis } from "../twins/conv_axes.ts";
import { type Case, check } from "./check.ts";
import { assertTwin } from "./twin.ts";

const BOUNDARIES = ["periodic", "zeros", "reflect"] as const;

type Sizes =
  & Omit<AxesSizes, "boundary" | "stride" | "dilation">
  & Partial<Pick<AxesSizes, "stride" | "dilation">>;

/**
 * N off 4 and 64, axes of different lengths; K = N with odd and even K; one tap on an axis; one point on an axis;
 * strides of which N is no multiple; dilated kernels as long as the domain.
 */
const SIZES: readonly Sizes[] = [
  { cIn: 2, cOut: 3, n: [7], k: [3], stride: [2] },
  { cIn: 1, cOut: 2, n: [10], k: [4], stride: [3] },
  { cIn: 2, cOut: 1, n: [5], k: [1], stride: [2] },
  { cIn: 2, cOut: 2, n: [9], k: [5], dilation: [2] },
  { cIn: 1, cOut: 2, n: [8], k: [2], dilation: [3], stride: [2] },
  { cIn: 2, cOut: 3, n: [5, 7], k: [3, 3] },
  { cIn: 3, cOut: 1, n: [4, 3], k: [4, 3] },
  { cIn: 1, cOut: 2, n: [6, 5], k: [2, 1], stride: [1, 2] },
  { cIn: 2, cOut: 1, n: [11, 6], k: [3, 2], stride: [3, 2], dilation: [1, 2] },
  { cIn: 1, cOut: 2, n: [1, 9], k: [1, 3] },
  { cIn: 2, cOut: 2, n: [3, 4, 5], k: [3, 3, 3] },
  { cIn: 1, cOut: 2, n: [5, 2, 3], k: [2, 2, 1], stride: [2, 1, 2], dilation: [2, 1, 1] },
];

/** The rows of conv tests in one axis that `conv_test.ts` has are not repeated here. */
function axesCase(given: Sizes, boundary: AxesSizes["boundary"]): Case {
  const ones = given.n.map(() => 1);
  const sizes: AxesSizes = { stride: ones, dilation: ones, ...given, boundary };
  const { cIn, cOut, n, k, stride, dilation } = sizes;
  const taps = sizeOf(k);
  const t = twin(sizes);
  const positions = sizeOf(t.shape.slice(1));
  // An even mirror: on each axis up to three positions read an element of u.
  const readers = boundary === "reflect" ? 3 ** n.length : 1;
  return {
    use: {
      name:
        `conv ${cIn}->${cOut}, N=[${n}], K=[${k}], stride [${stride}], dilation [${dilation}], ${boundary}`,
      inputs: {
        u: { role: "state", shape: [cIn, ...n] },
        w: { role: "parameter", shape: [cOut, cIn, ...k] },
        b: { role: "parameter", shape: [cOut, ...ones] },
      },
      call: ({ u, w, b }) => op({ u: u!, w: w!, b }, { boundary, stride, dilation }),
    },
    twin: t,
    terms: { v: cIn * taps + 1, u: cOut * taps * readers, w: positions, b: positions },
  };
}

Deno.test("conv twin of axes pads by the dilated taps, the odd one behind", () => {
  assertEquals(paddedAxis(5, 4, 1, "zeros"), [null, 0, 1, 2, 3, 4, null, null]);
  assertEquals(paddedAxis(5, 2, 3, "periodic"), [0, 1, 2, 3, 4, 0, 1, 2]);
  assertEquals(paddedAxis(5, 3, 2, "reflect"), [2, 1, 0, 1, 2, 3, 4, 3, 2]);
});

Deno.test("conv twin of axes has the tangent of differences and its transpose", () => {
  for (const boundary of BOUNDARIES) {
    for (const sizes of SIZES) {
      const { use, twin } = axesCase(sizes, boundary);
      const { u, w, b } = use.inputs;
      assertTwin(use.name, twin, { u: sizeOf(u!.shape), w: sizeOf(w!.shape), b: sizeOf(b!.shape) });
    }
  }
});

for (const boundary of BOUNDARIES) {
  for (const sizes of SIZES) {
    const c = axesCase(sizes, boundary);
    Deno.test(`${c.use.name} agrees with its twin`, async () => {
      await check(c, { batch: 35, live: 33, members: 2 });
      await check(c, { batch: 3, members: 2, accumulates: true });
    });
  }
}

Deno.test("conv takes one stride and dilation for all axes, and pdequinox's words for boundaries", () => {
  const traced = (call: Parameters<typeof op>[1]) => {
    const { nodes, vars, output } = trace(
      "f",
      [[2, 9, 8], [3, 2, 3, 3]],
      (_, [u, w]) => op({ u: u!, w: w! }, call),
    );
    return { constants: nodes[0]!.constants, shape: vars[output]!.shape };
  };
  assertEquals(traced({ stride: 2, dilation: 3 }), traced({ stride: [2, 2], dilation: [3, 3] }));
  assertEquals(traced({ stride: [2, 3] }).shape, [3, 5, 3]);
  assertEquals(traced({ boundary: "dirichlet" }), traced({ boundary: "zeros" }));
  assertEquals(traced({ boundary: "neumann" }), traced({ boundary: "reflect" }));
  assertEquals(traced({}), traced({ boundary: "periodic", stride: 1, dilation: [1, 1] }));
});
