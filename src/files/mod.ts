/**
 * Files: training states, and arrays of NumPy. Needs permission to read and write; everything else of the library needs
 * none.
 *
 * @example Train on data from NumPy
 * ```ts
 * import { loadNpy } from "@unroll/unroll/files";
 * import type { NdArray } from "@unroll/unroll";
 *
 * const load = (): Promise<NdArray> => loadNpy("trajectories.npy"); // [S, T, C, ...N]
 * ```
 *
 * @example Train on more than the memory holds
 * ```ts
 * import { type NpyTrajectories, openNpy } from "@unroll/unroll/files";
 *
 * const open = (): Promise<NpyTrajectories> => openNpy("trajectories.npy"); // a trainer reads what it needs
 * ```
 *
 * @module
 */
export { loadNpy, saveNpy } from "./npy_file.ts";
export { NpyTrajectories, openNpy } from "./npy_trajectories.ts";
export { loadState, saveState } from "./state_file.ts";
export { SaveNetwork, type SaveNetworkOptions } from "./save_network.ts";
