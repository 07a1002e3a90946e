/**
 * Ops that move elements, in float64: each tells for every element of v which element of its inputs it is.
 *
 * @module
 */

/** Tensors by name, flat. */
type Tensors = Readonly<Record<string, Float64Array>>;

/** An element of an input. */
type From = readonly [tensor: string, index: number];

/** The twin of a function that moves elements. */
function moves(size: number, from: (i: number) => From) {
  const origins = Array.from({ length: size }, (_, i) => from(i));
  const gather = (x: Tensors) => Float64Array.from(origins, ([tensor, index]) => x[tensor]?.[index] ?? 0);
  const scatter = (tensor: string, x: Tensors, vBar: Float64Array) => {
    const bar = new Float64Array(x[tensor]!.length);
    origins.forEach(([name, index], i) => {
      if (name === tensor) bar[index]! += vBar[i]!;
    });
    return bar;
  };
  return {
    forward: (x: Tensors): Float64Array => gather(x),
    adjointU: (x: Tensors, vBar: Float64Array): Float64Array => scatter("u", x, vBar),
    adjointA: (x: Tensors, vBar: Float64Array): Float64Array => scatter("a", x, vBar),
    adjointB: (x: Tensors, vBar: Float64Array): Float64Array => scatter("b", x, vBar),
    /** J x' for a change of any input. */
    tangent: (_: Tensors, change: Tensors): Float64Array => gather(change),
  };
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The indices of an element, one for each axis. */
function indicesOf(i: number, shape: readonly number[]): number[] {
  const indices: number[] = [];
  for (const n of shape.toReversed()) {
    indices.unshift(i % n);
    i = Math.floor(i / n);
  }
  return indices;
}

/** The place of an element. */
function placeOf(indices: readonly number[], shape: readonly number[]): number {
  return indices.reduce((place, index, axis) => place * shape[axis]! + index, 0);
}

/** A periodic shift along an axis >= 0. */
export function roll(shape: readonly number[], shift: number, axis: number) {
  const n = shape[axis]!;
  return moves(product(shape), (i) => {
    const indices = indicesOf(i, shape);
    let index = indices[axis]! - shift;
    while (index < 0) index += n;
    while (index >= n) index -= n;
    return ["u", placeOf(indices.with(axis, index), shape)];
  });
}

/** The same elements. */
export function reshape(size: number) {
  return moves(size, (i) => ["u", i]);
}

/** The elements of a, then those of b. */
export function concat(sizeA: number, sizeB: number) {
  return moves(sizeA + sizeB, (i) => i < sizeA ? ["a", i] : ["b", i - sizeA]);
}

/** Channels of u, from `start` to before `end`. */
export function slice(shape: readonly number[], start: number, end: number) {
  const channel = product(shape.slice(1));
  return moves((end - start) * channel, (i) => ["u", start * channel + i]);
}
