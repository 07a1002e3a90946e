/**
 * conv in float64, one sample: over an array that is padded first, by a table of where each padded position is read.
 *
 * @module
 */

/** Tensors by name, flat, last axis fastest. */
type Tensors = Readonly<Record<string, Float64Array>>;

/** Sizes of one use: u [cIn, n], w [cOut, cIn, k], b [cOut], v [cOut, n]. */
export interface ConvSizes {
  readonly cIn: number;
  readonly cOut: number;
  readonly n: number;
  readonly k: number;
  readonly boundary: "periodic" | "zeros" | "reflect";
}

/** For each position of the padded axis, the point that stands there; null for a zero. */
export function paddedAxis({ n, k, boundary }: ConvSizes): (number | null)[] {
  const left = Math.floor((k - 1) / 2);
  const right = k - 1 - left;
  const axis = Array.from({ length: n }, (_, m) => m);
  switch (boundary) {
    case "periodic":
      return [...axis.slice(n - left), ...axis, ...axis.slice(0, right)];
    case "zeros":
      return [...Array(left).fill(null), ...axis, ...Array(right).fill(null)];
    case "reflect":
      return [
        ...axis.slice(1, left + 1).reverse(),
        ...axis,
        ...axis.slice(n - 1 - right, n - 1).reverse(),
      ];
  }
}

/** conv of these sizes. */
export function conv(sizes: ConvSizes) {
  const { cIn, cOut, n, k } = sizes;
  const axis = paddedAxis(sizes);

  const pad = (u: Float64Array): number[][] =>
    Array.from({ length: cIn }, (_, c) => axis.map((m) => m === null ? 0 : u[c * n + m]!));

  const correlate = (w: Float64Array, padded: number[][], v: Float64Array): void => {
    for (let o = 0; o < cOut; o++) {
      padded.forEach((row, c) => {
        const taps = w.subarray((o * cIn + c) * k, (o * cIn + c + 1) * k);
        for (let at = 0; at < n; at++) taps.forEach((tap, t) => v[o * n + at]! += tap * row[at + t]!);
      });
    }
  };

  const addBias = (b: Float64Array | undefined, v: Float64Array): void => {
    b?.forEach((bias, o) => v.subarray(o * n, (o + 1) * n).forEach((x, at, row) => row[at] = x + bias));
  };

  return {
    forward({ u, w, b }: Tensors): Float64Array {
      const v = new Float64Array(cOut * n);
      correlate(w!, pad(u!), v);
      addBias(b, v);
      return v;
    },
    /** Spreads each vBar over the padded axis, then sends every padded position home. */
    adjointU({ w }: Tensors, vBar: Float64Array): Float64Array {
      const uBar = new Float64Array(cIn * n);
      for (let c = 0; c < cIn; c++) {
        const spread = new Float64Array(axis.length);
        for (let o = 0; o < cOut; o++) {
          for (let at = 0; at < n; at++) {
            for (let t = 0; t < k; t++) spread[at + t]! += vBar[o * n + at]! * w![(o * cIn + c) * k + t]!;
          }
        }
        axis.forEach((m, q) => m === null ? 0 : uBar[c * n + m]! += spread[q]!);
      }
      return uBar;
    },
    adjointW({ u }: Tensors, vBar: Float64Array): Float64Array {
      const padded = pad(u!);
      const taps: number[] = [];
      for (let o = 0; o < cOut; o++) {
        const row = vBar.subarray(o * n, (o + 1) * n);
        for (let c = 0; c < cIn; c++) {
          for (let t = 0; t < k; t++) taps.push(row.reduce((sum, x, at) => sum + x * padded[c]![at + t]!, 0));
        }
      }
      return Float64Array.from(taps);
    },
    adjointB(_: Tensors, vBar: Float64Array): Float64Array {
      return Float64Array.from(
        { length: cOut },
        (_, o) => vBar.subarray(o * n, (o + 1) * n).reduce((sum, x) => sum + x, 0),
      );
    },
    /** J x' for a change of any of the inputs. */
    tangent({ u, w }: Tensors, change: Tensors): Float64Array {
      const v = new Float64Array(cOut * n);
      if (change.u) correlate(w!, pad(change.u), v);
      if (change.w) correlate(change.w, pad(u!), v);
      addBias(change.b, v);
      return v;
    },
  };
}
