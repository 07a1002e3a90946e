/**
 * Training states as files. Needs permission to read and write; everything else of the library needs none.
 *
 * @module
 */
import type { Stepper } from "../graph/stepper.ts";
import type { NdArray, Tree } from "../ndarray.ts";
import { decodeState, encodeState } from "../training/state_format.ts";
import type { TrainingState } from "../training/training_state.ts";
import { replaceFile } from "./replace_file.ts";

/**
 * Writes a state as a safetensors file. The file is written beside its place and then moved there, so that at any
 * moment the path holds the whole old file or the whole new one.
 *
 * @param path where to
 * @param state the state
 * @throws {Deno.errors.NotCapable} without permission to write
 */
export async function saveState<P extends Tree<NdArray>>(
  path: string,
  state: TrainingState<P>,
): Promise<void> {
  await replaceFile(path, await encodeState(state));
}

/**
 * Reads a state that {@linkcode saveState} wrote.
 *
 * @param path where from
 * @param stepper a stepper of the same structure and shapes; its parameters are replaced
 * @throws {RangeError} when the file is truncated, damaged, or of another format or stepper
 * @throws {Deno.errors.NotFound} when there is no such file
 */
export async function loadState<P extends Tree<NdArray>>(
  path: string,
  stepper: Stepper<P>,
): Promise<TrainingState<P>> {
  return await decodeState(await Deno.readFile(path), stepper, `load state ${path}`);
}
