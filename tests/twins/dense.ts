/**
 * dense in float64, one sample: rows of a matrix.
 *
 * @module
 */

/** Tensors by name, flat, last axis fastest. */
type Tensors = Readonly<Record<string, Float64Array>>;

/** Sizes of one use: u [dIn], w [dOut, dIn], b [dOut], v [dOut]. */
export interface DenseSizes {
  readonly dIn: number;
  readonly dOut: number;
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** dense of these sizes. */
export function dense({ dIn, dOut }: DenseSizes) {
  const rows = (w: Float64Array) =>
    Array.from({ length: dOut }, (_, o) => w.subarray(o * dIn, (o + 1) * dIn));
  const times = (w: Float64Array, u: Float64Array) => Float64Array.from(rows(w), (row) => dot(row, u));
  const plus = (x: Float64Array, y: Float64Array | undefined) => x.map((a, i) => a + (y ? y[i]! : 0));
  return {
    forward({ u, w, b }: Tensors): Float64Array {
      return plus(times(w!, u!), b);
    },
    adjointU({ w }: Tensors, vBar: Float64Array): Float64Array {
      const uBar = new Float64Array(dIn);
      rows(w!).forEach((row, o) => row.forEach((x, d) => uBar[d]! += x * vBar[o]!));
      return uBar;
    },
    adjointW({ u }: Tensors, vBar: Float64Array): Float64Array {
      return Float64Array.from([...vBar].flatMap((bar) => [...u!].map((x) => bar * x)));
    },
    adjointB(_: Tensors, vBar: Float64Array): Float64Array {
      return Float64Array.from(vBar);
    },
    /** J x' for a change of any of the inputs. */
    tangent({ u, w }: Tensors, change: Tensors): Float64Array {
      let v = new Float64Array(dOut);
      if (change.u) v = plus(v, times(w!, change.u));
      if (change.w) v = plus(v, times(change.w, u!));
      return plus(v, change.b);
    },
  };
}
