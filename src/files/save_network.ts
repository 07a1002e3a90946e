/**
 * Saving states on the way. Needs permission to write.
 *
 * @module
 */
import { Callback, type CallbackContext, type CallbackOptions } from "../training/callbacks/callback.ts";
import { saveState } from "./state_file.ts";

/** Options of {@linkcode SaveNetwork}. */
export interface SaveNetworkOptions extends CallbackOptions {
  /** The folder to write to. */
  readonly path: string;
  /** The start of each file's name. */
  readonly fileName: string;
}

/**
 * Writes the state to `<path>/<fileName>_<update>.safetensors` (trainax: `SaveNetwork`); in an ensemble the member's
 * number stands before the update. Its history holds the paths.
 *
 * @example
 * ```ts
 * import { SaveNetwork } from "@unroll/unroll/files";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new SaveNetwork({ every: 1000, path: "runs", fileName: "net" }).every, 1000);
 * ```
 */
export class SaveNetwork extends Callback<string> {
  readonly #options: SaveNetworkOptions;

  /**
   * Checks the options.
   *
   * @param options `every`, folder and name
   * @throws {OptionsError} when `every` is no integer >= 1
   */
  constructor(options: SaveNetworkOptions) {
    super(options);
    this.#options = options;
  }

  /** Writes a file, and gives its path. */
  protected async evaluate({ state, member, isEnsemble }: CallbackContext): Promise<string> {
    const { path, fileName } = this.#options;
    const file = `${path}/${fileName}_${isEnsemble ? `${member}_` : ""}${state.update}.safetensors`;
    await saveState(file, state);
    return file;
  }
}
