/**
 * Uses of the ops with their twins.
 *
 * @module
 */
import type { Var } from "../../src/graph/var.ts";
import { type Shape, sizeOf } from "../../src/ndarray.ts";
import { conv, dense } from "../../src/ops/mod.ts";
import { conv as convTwin, type ConvSizes } from "../twins/conv.ts";
import { type AxesSizes, conv as axesTwin } from "../twins/conv_axes.ts";
import { dense as denseTwin, type DenseSizes } from "../twins/dense.ts";
import type { Case } from "./check.ts";
import type { Role } from "./use.ts";
import type { Twin } from "./twin.ts";

/** Options of the cases with weights. */
export interface WeightOptions {
  /** Who owns w and b; default: they are trained parameters. */
  readonly owner?: Role;
  /** Whether there is a b; default true. */
  readonly hasBias?: boolean;
}

/** conv of a state. */
export function convCase(
  sizes: ConvSizes,
  { owner = "parameter", hasBias = true }: WeightOptions = {},
): Case {
  const { cIn, cOut, n, k, boundary } = sizes;
  return {
    use: {
      name: `conv ${cIn}->${cOut}, N=${n}, K=${k}, ${boundary}, w is a ${owner}${hasBias ? "" : ", no b"}`,
      inputs: {
        u: { role: "state", shape: [cIn, n] },
        w: { role: owner, shape: [cOut, cIn, k] },
        ...(hasBias ? { b: { role: owner, shape: [cOut] } } : {}),
      },
      call: ({ u, w, b }) => conv({ u: u!, w: w!, b }, { boundary }),
    },
    twin: convTwin(sizes),
    // Up to three positions read an element of u where the ends mirror.
    terms: { v: cIn * k + 1, u: cOut * k * (boundary === "reflect" ? 3 : 1), w: n, b: n },
  };
}

/** Sizes of a convolution over several axes; strides and dilations are 1 where they are not given. */
export type GivenSizes =
  & Omit<AxesSizes, "boundary" | "stride" | "dilation">
  & Partial<Pick<AxesSizes, "stride" | "dilation">>;

/** conv of a state over several axes. */
export function axesCase(given: GivenSizes, boundary: AxesSizes["boundary"]): Case {
  const ones = given.n.map(() => 1);
  const sizes: AxesSizes = { stride: ones, dilation: ones, ...given, boundary };
  const { cIn, cOut, n, k, stride, dilation } = sizes;
  const taps = sizeOf(k);
  const t = axesTwin(sizes);
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
      call: ({ u, w, b }) => conv({ u: u!, w: w!, b }, { boundary, stride, dilation }),
    },
    twin: t,
    terms: { v: cIn * taps + 1, u: cOut * taps * readers, w: positions, b: positions },
  };
}

/** dense of a state. */
export function denseCase(
  sizes: DenseSizes,
  { owner = "parameter", hasBias = true }: WeightOptions = {},
): Case {
  const { dIn, dOut } = sizes;
  return {
    use: {
      name: `dense ${dIn}->${dOut}, w is a ${owner}${hasBias ? "" : ", no b"}`,
      inputs: {
        u: { role: "state", shape: [dIn] },
        w: { role: owner, shape: [dOut, dIn] },
        ...(hasBias ? { b: { role: owner, shape: [dOut] } } : {}),
      },
      call: ({ u, w, b }) => dense({ u: u!, w: w!, b }),
    },
    twin: denseTwin(sizes),
    terms: { v: dIn + 1, u: dOut, w: 1, b: 1 },
  };
}

/** An op of one state. */
export function unaryCase(
  name: string,
  shape: Shape,
  op: (x: { u: Var }) => Var,
  twin: Twin,
  terms: Case["terms"],
): Case {
  return {
    use: {
      name: `${name} ${sizeOf(shape)}`,
      inputs: { u: { role: "state", shape } },
      call: ({ u }) => op({ u: u! }),
    },
    twin,
    terms,
  };
}
