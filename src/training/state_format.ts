/**
 * Training states as bytes.
 *
 * @module
 */
import * as z from "zod";
import { OptionsError } from "../errors.ts";
import type { Stepper } from "../graph/stepper.ts";
import { isNdArray, leavesOf, mapTree, NdArray, showShape, type Tree } from "../ndarray.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import type { TrainingState } from "./training_state.ts";

/** The version of the format; a file of another version is refused. */
const FORMAT = "unroll-state-1";

const METADATA = z.object({
  format: z.literal(FORMAT),
  stepper: z.string(),
  sha256: z.string(),
  state: z.string(),
});

const word32 = z.number().check(z.nonnegative(), z.lt(2 ** 32));
const STATE = z.object({
  update: z.number().check(z.nonnegative()),
  key: z.object({ words: z.tuple([word32, word32]), partitionable: z.boolean() }),
  moments: z.array(z.string()),
  settings: z.object({
    configuration: z.string(),
    optimizer: z.string(),
    batchSize: z.number(),
    numTotalSamples: z.number(),
    recordLossEvery: z.number(),
    runner: z.string(),
  }),
});

async function digest(text: string, tensors: ReadonlyMap<string, NdArray>): Promise<string> {
  const parts: BlobPart[] = [...tensors].flatMap(([name, { data }]) => [
    new TextEncoder().encode(`${name} ${data.length}\n`),
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
  const hash = await crypto.subtle.digest("SHA-256", await new Blob([text, ...parts]).arrayBuffer());
  return new Uint8Array(hash).toHex();
}

/**
 * A state as a safetensors file: parameters as `parameters.<path>`, moments as `moments.<name>.<path>`, the loss
 * history, and the rest as text. Works in browsers.
 *
 * @param state the state
 */
export async function encodeState<P extends Tree<NdArray>>(
  state: TrainingState<P>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { update, key, stepper, moments, lossHistory, settings } = state;
  const named = (prefix: string, tree: P) =>
    leavesOf(tree, isNdArray).map(({ path, value }) => [join(prefix, path), value] as const);
  const tensors = new Map([
    ...named("parameters", stepper.parameters),
    ...Object.entries(moments).flatMap(([name, tree]) => named(`moments.${name}`, tree)),
    ["lossHistory", new NdArray(lossHistory)] as const,
  ]);
  const text = JSON.stringify({ update, key, moments: Object.keys(moments), settings });
  return encodeSafetensors({
    tensors,
    metadata: { format: FORMAT, stepper: stepper.name, sha256: await digest(text, tensors), state: text },
  });
}

const join = (prefix: string, path: string) => path === "" ? prefix : `${prefix}.${path}`;

/**
 * The state in the bytes of a file.
 *
 * @param bytes the file
 * @param stepper a stepper of the same structure and shapes; its parameters are replaced
 * @param what what the file was read for, for messages
 * @throws {RangeError} when the file is truncated, damaged, or of another format or stepper
 */
export async function decodeState<P extends Tree<NdArray>>(
  bytes: Uint8Array,
  stepper: Stepper<P>,
  what = "decode state",
): Promise<TrainingState<P>> {
  const { tensors, metadata } = decodeSafetensors(bytes, what);
  const head = z.safeParse(METADATA, metadata);
  if (!head.success) {
    const { format = "none" } = metadata;
    throw new RangeError(
      format === FORMAT
        ? `Cannot ${what} as its header must have the texts stepper, sha256 and state: ` +
          `current header lacks ${head.error.issues.map((issue) => issue.path.join(".")).join(", ")}`
        : `Cannot ${what} as it must be a training state of format ${FORMAT}: current format is ${format}`,
    );
  }
  const found = await digest(head.data.state, tensors);
  const parsed = z.safeParse(STATE, parseJson(head.data.state));
  if (found !== head.data.sha256) {
    throw new RangeError(
      `Cannot ${what} as its numbers must have the checksum that was saved with them, ${
        head.data.sha256.slice(0, 8)
      }: ` +
        `current checksum is ${found.slice(0, 8)} (the file is damaged)`,
    );
  }
  if (!parsed.success) {
    throw new RangeError(
      `Cannot ${what} as its state must have all its parts: ` +
        `current state fails at ${parsed.error.issues.map((issue) => issue.path.join(".")).join(", ")}`,
    );
  }
  if (head.data.stepper !== stepper.name) {
    throw new OptionsError(what, [{
      path: "stepper.name",
      rule: JSON.stringify(head.data.stepper),
      value: stepper.name,
    }]);
  }
  const { update, key, settings } = parsed.data;
  const read = (prefix: string): P =>
    mapTree(stepper.parameters as Tree<NdArray>, isNdArray, (path, { shape }) => {
      const name = join(prefix, path);
      const tensor = tensors.get(name);
      if (tensor && showShape(tensor.shape) === showShape(shape)) return tensor;
      throw new OptionsError(what, [{
        path: name,
        rule: `in the file with shape ${showShape(shape)}`,
        value: tensor ? `shape ${showShape(tensor.shape)}` : "absent",
      }]);
    }) as P;
  return {
    update,
    key: Object.freeze({ ...key, words: Object.freeze(key.words) }),
    stepper: stepper.with(read("parameters")),
    moments: Object.fromEntries(parsed.data.moments.map((name) => [name, read(`moments.${name}`)])),
    lossHistory: tensors.get("lossHistory")?.data ?? new Float32Array(),
    settings,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
