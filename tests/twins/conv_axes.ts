/**
 * conv over any number of axes in float64, one sample: over an array that is padded first, axis by axis.
 *
 * @module
 */

/** Tensors by name, flat, last axis fastest. */
type Tensors = Readonly<Record<string, Float64Array>>;

/** Sizes of one use: u [cIn, ...n], w [cOut, cIn, ...k], b [cOut], v [cOut, ...ceil(n / stride)]. */
export interface AxesSizes {
  readonly cIn: number;
  readonly cOut: number;
  readonly n: readonly number[];
  readonly k: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly boundary: "periodic" | "zeros" | "reflect";
}

/** For each position of one padded axis, the point that stands there; null for a zero. */
export function paddedAxis(
  n: number,
  k: number,
  dilation: number,
  boundary: AxesSizes["boundary"],
): (number | null)[] {
  const left = Math.floor((k - 1) / 2) * dilation;
  const right = (k - 1) * dilation - left;
  const axis = Array.from({ length: n }, (_, m) => m);
  switch (boundary) {
    case "periodic":
      return [...axis.slice(n - left), ...axis, ...axis.slice(0, right)];
    case "zeros":
      return [...Array(left).fill(null), ...axis, ...Array(right).fill(null)];
    case "reflect":
      return [...axis.slice(1, left + 1).reverse(), ...axis, ...axis.slice(n - 1 - right, n - 1).reverse()];
  }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** All index tuples of a shape, last axis fastest. */
function tuplesOf(shape: readonly number[]): number[][] {
  const [length, ...rest] = shape;
  if (length === undefined) return [[]];
  return Array.from({ length }, (_, i) => tuplesOf(rest).map((tuple) => [i, ...tuple])).flat();
}

const flat = (tuple: readonly number[], shape: readonly number[]): number =>
  tuple.reduce((at, i, axis) => at * shape[axis]! + i, 0);

/** conv of these sizes. */
export function conv({ cIn, cOut, n, k, stride, dilation, boundary }: AxesSizes) {
  const axes = n.map((points, axis) => paddedAxis(points, k[axis]!, dilation[axis]!, boundary));
  const paddedShape = axes.map((axis) => axis.length);
  const outShape = paddedShape.map((length, axis) =>
    Math.floor((length - (k[axis]! - 1) * dilation[axis]! - 1) / stride[axis]!) + 1
  );
  const [points, padded, out, taps] = [n, paddedShape, outShape, k].map(sizeOf) as [
    number,
    number,
    number,
    number,
  ];
  /** The point at each padded position; null for a zero. */
  const home = tuplesOf(paddedShape).map((tuple) => {
    const point = tuple.map((q, axis) => axes[axis]![q]!);
    return point.includes(null as never) ? null : flat(point, n);
  });
  /** The padded position that each output position meets by each tap. */
  const meets = tuplesOf(outShape).map((at) =>
    tuplesOf(k).map((tap) =>
      flat(at.map((p, axis) => p * stride[axis]! + tap[axis]! * dilation[axis]!), paddedShape)
    )
  );

  const pad = (u: Float64Array): Float64Array[] =>
    Array.from(
      { length: cIn },
      (_, c) => Float64Array.from(home, (m) => m === null ? 0 : u[c * points + m]!),
    );

  /** Calls back for each product: v element, w element, channel in, padded position. */
  const each = (product: (v: number, w: number, c: number, q: number) => void): void => {
    for (let o = 0; o < cOut; o++) {
      for (let c = 0; c < cIn; c++) {
        meets.forEach((row, at) =>
          row.forEach((q, tap) => product(o * out + at, (o * cIn + c) * taps + tap, c, q))
        );
      }
    }
  };

  const correlate = (w: Float64Array, u: Float64Array, v: Float64Array): void => {
    const rows = pad(u);
    each((i, j, c, q) => v[i]! += w[j]! * rows[c]![q]!);
  };

  const addBias = (b: Float64Array | undefined, v: Float64Array): void => {
    b?.forEach((bias, o) => v.subarray(o * out, (o + 1) * out).forEach((x, at, row) => row[at] = x + bias));
  };

  return {
    /** The shape of v. */
    shape: [cOut, ...outShape],
    forward({ u, w, b }: Tensors): Float64Array {
      const v = new Float64Array(cOut * out);
      correlate(w!, u!, v);
      addBias(b, v);
      return v;
    },
    /** Spreads each vBar over the padded axes, then sends every padded position home. */
    adjointU({ w }: Tensors, vBar: Float64Array): Float64Array {
      const spread = Array.from({ length: cIn }, () => new Float64Array(padded));
      each((i, j, c, q) => spread[c]![q]! += w![j]! * vBar[i]!);
      const uBar = new Float64Array(cIn * points);
      spread.forEach((row, c) => home.forEach((m, q) => m === null ? 0 : uBar[c * points + m]! += row[q]!));
      return uBar;
    },
    adjointW({ u }: Tensors, vBar: Float64Array): Float64Array {
      const rows = pad(u!);
      const wBar = new Float64Array(cOut * cIn * taps);
      each((i, j, c, q) => wBar[j]! += vBar[i]! * rows[c]![q]!);
      return wBar;
    },
    adjointB(_: Tensors, vBar: Float64Array): Float64Array {
      return Float64Array.from(
        { length: cOut },
        (_, o) => vBar.subarray(o * out, (o + 1) * out).reduce((sum, x) => sum + x, 0),
      );
    },
    /** J x' for a change of any of the inputs. */
    tangent({ u, w }: Tensors, change: Tensors): Float64Array {
      const v = new Float64Array(cOut * out);
      if (change.u) correlate(w!, change.u, v);
      if (change.w) correlate(change.w, u!, v);
      addBias(change.b, v);
      return v;
    },
  };
}
