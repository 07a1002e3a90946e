/**
 * Arrays of float32 on the host, and trees of them.
 *
 * @module
 */
import { ShapeError } from "./errors.ts";

/** The lengths of the axes, last axis fastest. */
export type Shape = readonly number[];

/** The number of elements of a shape; 1 for the empty shape of a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** The index on each axis of element i of a shape. */
export function indexIn(shape: Shape, i: number): number[] {
  return shape.map((length, axis) => Math.floor(i / sizeOf(shape.slice(axis + 1))) % length);
}

/** A shape as it stands in messages, `[20, 100, 1, 30]`. */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/**
 * A dense array of float32, last axis fastest.
 *
 * @example
 * ```ts
 * import { NdArray } from "@unroll/unroll";
 * import { assertEquals } from "@std/assert";
 *
 * const a = new NdArray([1, 2, 3, 4, 5, 6], [2, 3]);
 * assertEquals(a.at(1, 0), 4);
 * ```
 */
export class NdArray {
  /** The elements, last axis fastest; length = product of the shape. */
  readonly data: Float32Array<ArrayBuffer>;
  /** The lengths of the axes. */
  readonly shape: Shape;

  /**
   * Gives numbers a shape.
   *
   * @param data the elements; a `Float32Array` is kept, not copied
   * @param shape the lengths of the axes; default: one axis as long as the data
   * @throws {ShapeError} when the product of the shape is not the number of elements
   */
  constructor(data: Float32Array<ArrayBuffer> | readonly number[], shape: Shape = [data.length]) {
    if (shape.some((n) => !Number.isInteger(n) || n < 0) || sizeOf(shape) !== data.length) {
      throw new ShapeError(
        `Cannot create NdArray as the product of shape ${showShape(shape)} must be the number of elements: ` +
          `current number of elements is ${data.length}`,
        { op: "NdArray", axis: "size", expected: sizeOf(shape), actual: data.length },
      );
    }
    this.data = data instanceof Float32Array ? data : Float32Array.from(data);
    this.shape = shape;
  }

  /** An array of zeros. */
  static zeros(shape: Shape): NdArray {
    return new NdArray(new Float32Array(sizeOf(shape)), shape);
  }

  /** The number of elements. */
  get size(): number {
    return this.data.length;
  }

  /**
   * The element at an index.
   *
   * @param index one integer for each axis
   * @throws {RangeError} when the index has another length than the shape or lies outside
   */
  at(...index: number[]): number {
    if (index.length !== this.shape.length || index.some((i, axis) => !(i >= 0 && i < this.shape[axis]!))) {
      throw new RangeError(
        `Cannot read NdArray as an index must lie inside shape ${showShape(this.shape)}: ` +
          `current index is ${showShape(index)}`,
      );
    }
    return this.data[index.reduce((flat, i, axis) => flat * this.shape[axis]! + i, 0)]!;
  }

  /**
   * The part of an array under one index of its first axis; shares the memory.
   *
   * @param i index on the first axis
   * @throws {RangeError} when there is no such index
   */
  row(i: number): NdArray {
    const [length, ...rest] = this.shape;
    if (length === undefined || !(Number.isInteger(i) && i >= 0 && i < length)) {
      throw new RangeError(
        `Cannot take row of NdArray as the index must be an integer in [0, ${
          length ?? 0
        }): current index is ${i}`,
      );
    }
    const size = sizeOf(rest);
    return new NdArray(this.data.subarray(i * size, (i + 1) * size), rest);
  }

  /**
   * A copy of the part of an array under one index of an axis (NumPy: `take`); `take(1, 0)` of trajectories
   * [S, T, C, N] are the initial states [S, C, N].
   *
   * @param axis which axis; it is gone in the result
   * @param index index on that axis
   * @throws {RangeError} when there is no such axis or index
   */
  take(axis: number, index: number): NdArray {
    const length = this.shape[axis];
    if (length === undefined || !(Number.isInteger(index) && index >= 0 && index < length)) {
      throw new RangeError(
        `Cannot take from NdArray as axis ${axis} of shape ${showShape(this.shape)} must have the index: ` +
          `current index is ${index}`,
      );
    }
    const inner = sizeOf(this.shape.slice(axis + 1));
    const result = NdArray.zeros(this.shape.toSpliced(axis, 1));
    for (let outer = 0; outer * inner < result.size; outer++) {
      const from = (outer * length + index) * inner;
      result.data.set(this.data.subarray(from, from + inner), outer * inner);
    }
    return result;
  }
}

/** A leaf, a list of trees or a record of trees. */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [name: string]: Tree<T> };

/** The same tree with other leaves. */
export type MapTree<P, From, To> = Tree<From> extends P ? Tree<To>
  : P extends From ? To
  : { readonly [K in keyof P]: MapTree<P[K], From, To> };

/** A leaf and the names that lead to it, joined by dots (`layers.0.weight`); empty for a bare leaf. */
export interface Leaf<T> {
  /** The names on the way, joined by dots. */
  readonly path: string;
  /** The leaf itself. */
  readonly value: T;
}

/**
 * The leaves of a tree in the order in which they were written down.
 *
 * @param tree the tree
 * @param isLeaf tells a leaf from a branch
 */
export function leavesOf<T>(tree: Tree<T>, isLeaf: (x: unknown) => x is T, path = ""): Leaf<T>[] {
  if (isLeaf(tree)) return [{ path, value: tree }];
  return Object.entries(tree as Record<string, Tree<T>>).flatMap(([name, child]) =>
    leavesOf(child, isLeaf, path === "" ? name : `${path}.${name}`)
  );
}

/**
 * The same tree with each leaf replaced.
 *
 * @param tree the tree
 * @param isLeaf tells a leaf from a branch
 * @param replace gives the new leaf for a path and the old leaf
 */
export function mapTree<T, U>(
  tree: Tree<T>,
  isLeaf: (x: unknown) => x is T,
  replace: (path: string, value: T) => U,
  path = "",
): Tree<U> {
  if (isLeaf(tree)) return replace(path, tree);
  const child = (name: string, value: Tree<T>) =>
    mapTree(value, isLeaf, replace, path === "" ? name : `${path}.${name}`);
  return Array.isArray(tree)
    ? tree.map((value, i) => child(String(i), value))
    : Object.fromEntries(Object.entries(tree as Record<string, Tree<T>>).map(([k, v]) => [k, child(k, v)]));
}

/** Tells an {@linkcode NdArray} from a branch of a tree. */
export function isNdArray(x: unknown): x is NdArray {
  return x instanceof NdArray;
}
