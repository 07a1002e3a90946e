/**
 * Flat buffers: the leaves of a tree one after another, each at an offset that every device can bind at.
 *
 * @module
 */
import { isNdArray, leavesOf, mapTree, NdArray, type Tree } from "../ndarray.ts";

/** Leaves start at multiples of this many floats: 256 bytes. */
const LEAF_ALIGNMENT = 64;

/** Where each leaf lies in a flat buffer. */
export class FlatLayout {
  /** Elements in all, padding included. */
  readonly length: number;
  /** Where each leaf lies, by its path. */
  readonly leaves: ReadonlyMap<string, { readonly offset: number; readonly size: number }>;

  /** @param tree the tree whose leaves are laid out, in their order */
  constructor(tree: Tree<NdArray>) {
    let length = 0;
    const leaves = new Map<string, { offset: number; size: number }>();
    for (const { path, value } of leavesOf(tree, isNdArray)) {
      leaves.set(path, { offset: length, size: value.size });
      length += Math.ceil(value.size / LEAF_ALIGNMENT) * LEAF_ALIGNMENT;
    }
    this.leaves = leaves;
    this.length = length;
  }

  /** The first element of a leaf. */
  offsetOf(path: string): number {
    return this.leaves.get(path)!.offset;
  }

  /** The leaves of a tree, padded with zeros. */
  pack(tree: Tree<NdArray>): Float32Array<ArrayBuffer> {
    const flat = new Float32Array(this.length);
    for (const { path, value } of leavesOf(tree, isNdArray)) flat.set(value.data, this.offsetOf(path));
    return flat;
  }

  /**
   * A tree read from a flat buffer.
   *
   * @param flat the buffer
   * @param like a tree of the same structure and shapes
   */
  unpack<P extends Tree<NdArray>>(flat: Float32Array, like: P): P {
    return mapTree(like as Tree<NdArray>, isNdArray, (path, value) => {
      const at = this.offsetOf(path);
      return new NdArray(Float32Array.from(flat.subarray(at, at + value.size)), value.shape);
    }) as P;
  }
}
