import { assertEquals, assertThrows } from "@std/assert";
import { OptionsError, ShapeError } from "../../src/errors.ts";
import { trace } from "../../src/graph/trace.ts";
import { type Shape, sizeOf } from "../../src/ndarray.ts";
import { conv as op, type ConvOptions } from "../../src/ops/mod.ts";
import { conv as twin, type ConvSizes, paddedAxis } from "../twins/conv.ts";
import { paddedAxis as paddedAxes } from "../twins/conv_axes.ts";
import { axesCase, convCase, type GivenSizes } from "./cases.ts";
import { check } from "./check.ts";
import { assertTwin } from "./twin.ts";

const BOUNDARIES = ["periodic", "zeros", "reflect"] as const;

/** One point; K = N, odd and even; even and odd K; N off 4 and 64; more rows than a workgroup has lanes. */
const SIZES: readonly Omit<ConvSizes, "boundary">[] = [
  { cIn: 1, cOut: 1, n: 1, k: 1 },
  { cIn: 2, cOut: 1, n: 3, k: 1 },
  { cIn: 1, cOut: 2, n: 2, k: 2 },
  { cIn: 2, cOut: 3, n: 5, k: 5 },
  { cIn: 3, cOut: 2, n: 30, k: 4 },
  { cIn: 1, cOut: 3, n: 65, k: 3 },
];

Deno.test("conv twin pads as the boundary says, the odd one on the right", () => {
  const axis = (n: number, k: number, boundary: ConvSizes["boundary"]) =>
    paddedAxis({ cIn: 1, cOut: 1, n, k, boundary });
  assertEquals(axis(5, 4, "periodic"), [4, 0, 1, 2, 3, 4, 0, 1]);
  assertEquals(axis(5, 4, "zeros"), [null, 0, 1, 2, 3, 4, null, null]);
  assertEquals(axis(5, 4, "reflect"), [1, 0, 1, 2, 3, 4, 3, 2]);
  assertEquals(axis(3, 3, "reflect"), [1, 0, 1, 2, 1]);
  assertEquals(axis(2, 2, "periodic"), [0, 1, 0]);
});

Deno.test("conv twin has the tangent of differences and its transpose", () => {
  for (const boundary of BOUNDARIES) {
    for (const sizes of SIZES.slice(0, 5)) {
      const { cIn, cOut, n, k } = sizes;
      assertTwin(`conv ${boundary}`, twin({ ...sizes, boundary }), {
        u: cIn * n,
        w: cOut * cIn * k,
        b: cOut,
      });
    }
  }
});

for (const boundary of BOUNDARIES) {
  for (const sizes of SIZES) {
    const c = convCase({ ...sizes, boundary });
    Deno.test(`${c.use.name} agrees with its twin`, async () => {
      await check(c, { batch: 37, live: 33, members: 2 });
      await check(c, { batch: 3, members: 2, accumulates: true });
      await check(c, { batch: 1 });
    });
  }
}

Deno.test("conv agrees with its twin for more samples than two rounds of groups", async () => {
  const c = convCase({ ...SIZES[3]!, boundary: "reflect" });
  await check(c, { batch: 70, live: 66 });
  await check(c, { batch: 70, live: 5, accumulates: true });
});

Deno.test("conv without b reads 0 for it and has no cotangent of it", async () => {
  const { numLaunches } = await check(convCase({ ...SIZES[4]!, boundary: "zeros" }, { hasBias: false }), {
    batch: 3,
  });
  assertEquals(numLaunches, 3);
});

Deno.test("conv with w and b as states adds their cotangents in every sample, N over a workgroup", async () => {
  for (const n of [6, 130]) {
    const c = convCase({ cIn: 2, cOut: 3, n, k: 3, boundary: "zeros" }, { owner: "state" });
    await check(c, { batch: 5, live: 4, members: 2 });
    await check(c, { batch: 2, accumulates: true });
  }
});

Deno.test("conv with constant w and b has the cotangent of u alone", async () => {
  const c = convCase({ ...SIZES[4]!, boundary: "periodic" }, { owner: "constant" });
  const { numLaunches } = await check(c, { batch: 5, live: 4, members: 2 });
  assertEquals(numLaunches, 2);
});

Deno.test("conv with parameters of another function reads them for all members alike", async () => {
  const c = convCase({ ...SIZES[4]!, boundary: "periodic" });
  const { numLaunches } = await check({ ...c, use: { ...c.use, isTrained: false } }, {
    batch: 5,
    members: 2,
  });
  assertEquals(numLaunches, 2);
});

/**
 * N off 4 and 64, axes of different lengths; K = N with odd and even K; one tap on an axis; one point on an axis;
 * strides of which N is no multiple; dilated kernels as long as the domain.
 */
const AXES_SIZES: readonly GivenSizes[] = [
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
  { cIn: 1, cOut: 1, n: [2, 3, 2], k: [2, 1, 2] },
  { cIn: 1, cOut: 2, n: [5, 2, 3], k: [2, 2, 1], stride: [2, 1, 2], dilation: [2, 1, 1] },
];

Deno.test("conv twin of axes pads by the dilated taps, the odd one behind", () => {
  assertEquals(paddedAxes(5, 4, 1, "zeros"), [null, 0, 1, 2, 3, 4, null, null]);
  assertEquals(paddedAxes(5, 2, 3, "periodic"), [0, 1, 2, 3, 4, 0, 1, 2]);
  assertEquals(paddedAxes(5, 3, 2, "reflect"), [2, 1, 0, 1, 2, 3, 4, 3, 2]);
});

Deno.test("conv twin of axes has the tangent of differences and its transpose", () => {
  for (const boundary of BOUNDARIES) {
    for (const sizes of AXES_SIZES) {
      const { use, twin } = axesCase(sizes, boundary);
      const { u, w, b } = use.inputs;
      assertTwin(use.name, twin, { u: sizeOf(u!.shape), w: sizeOf(w!.shape), b: sizeOf(b!.shape) });
    }
  }
});

for (const boundary of BOUNDARIES) {
  for (const sizes of AXES_SIZES) {
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

Deno.test("conv refuses shapes and options that do not fit", () => {
  const apply = (u: Shape, w: Shape, b?: Shape, options?: ConvOptions) => () =>
    trace("f", [u, w, ...(b ? [b] : [])], (_, [u, w, b]) => op({ u: u!, w: w!, b }, options));
  const message = (f: () => unknown) => assertThrows(f, ShapeError).message;
  assertEquals(
    message(apply([30], [1, 1, 2])),
    "Cannot apply conv as u must have the axes [C_IN, ...N] with one to three axes N: current shape of u is [30]",
  );
  assertEquals(
    message(apply([1, 2, 3, 4, 5], [1, 1, 1, 1, 1, 1])),
    "Cannot apply conv as u must have the axes [C_IN, ...N] with one to three axes N: " +
      "current shape of u is [1, 2, 3, 4, 5]",
  );
  assertEquals(
    message(apply([1, 30], [1, 2])),
    "Cannot apply conv as w must have the axes [C_OUT, C_IN, ...K] with as many axes K as u has axes N, 1: " +
      "current shape of w is [1, 2]",
  );
  assertEquals(
    message(apply([1, 30, 20], [1, 1, 2])),
    "Cannot apply conv as w must have the axes [C_OUT, C_IN, ...K] with as many axes K as u has axes N, 2: " +
      "current shape of w is [1, 1, 2]",
  );
  assertEquals(
    message(apply([2, 30], [4, 3, 2])),
    "Cannot apply conv as the channels of u must be 3 (from w of shape [4, 3, 2]): " +
      "current channels of u is 2 (shape [2, 30])",
  );
  assertEquals(
    message(apply([1, 3], [1, 1, 4])),
    "Cannot apply conv as the kernel must not be longer than the domain of u, N=3: current K is 4",
  );
  assertEquals(
    message(apply([1, 5, 4], [1, 1, 3, 3], undefined, { dilation: [1, 2] })),
    "Cannot apply conv as the kernel must not be longer than the domain of u, N=4 on axis 1: " +
      "current K is 3, over 5 points with dilation 2",
  );
  assertEquals(
    message(apply([1, 3], [4, 1, 2], [3])),
    "Cannot apply conv as the length of b must be 4 (from w of shape [4, 1, 2]): " +
      "current length of b is 3 (shape [3])",
  );
  const error = assertThrows(apply([1, 3], [1, 1, 4]), ShapeError);
  assertEquals([error.op, error.axis, error.expected, error.actual], ["conv", "K", 3, 4]);
  const refused = (options: Record<string, unknown>) =>
    assertThrows(apply([1, 4, 5], [1, 1, 2, 2], undefined, options as never), OptionsError).message;
  assertEquals(
    refused({ boundary: "mirror" }),
    'Cannot apply conv as boundary must be one of "periodic", "dirichlet", "neumann", "zeros", "reflect": ' +
      'current boundary is "mirror"',
  );
  for (const stride of [0, 1.5]) {
    assertEquals(
      refused({ stride }),
      `Cannot apply conv as stride must be an integer >= 1: current stride is ${stride}`,
    );
  }
  assertEquals(
    refused({ dilation: [1, 0] }),
    "Cannot apply conv as dilation must be a list of integers >= 1: current dilation is [1, 0]",
  );
  assertEquals(
    refused({ stride: [1, 1, 1], dilation: [2] }),
    "Cannot apply conv as 2 options do not hold:\n" +
      "- stride.length must be 2: current stride.length is 3\n" +
      "- dilation.length must be 2: current dilation.length is 1",
  );
});
