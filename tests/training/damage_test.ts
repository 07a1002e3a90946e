/**
 * Damaged and truncated files of training states: every byte counts.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { decodeState, encodeState, random, type TrainingState } from "../../mod.ts";
import { headerLength, headerOf, withHeader, withHeaderBytes } from "./file_parts.ts";
import { LINEAR, rejection } from "./problem.ts";

const STATE: TrainingState<typeof LINEAR.parameters> = {
  update: 4,
  key: random.key(42),
  stepper: LINEAR,
  moments: { "0.momentum": LINEAR.parameters },
  lossHistory: Float32Array.of(1, 0.5, 0.25, 0.125),
  settings: {
    configuration: "Supervised",
    optimizer: "sgd",
    batchSize: 5,
    numTotalSamples: 18,
    recordLossEvery: 1,
    runner: "launches",
  },
};
const BYTES = await encodeState(STATE);
const DATA_START = 8 + headerLength(BYTES);
/** The first digits of the checksum in the file. */
const CHECKSUM = headerOf(BYTES).__metadata__.sha256!.slice(0, 8);

const refusal = (bytes: Uint8Array) => rejection(decodeState(bytes, LINEAR, "load run"));

function changed(at: number, change: (byte: number) => number): Uint8Array {
  const bytes = BYTES.slice();
  bytes[at] = change(bytes[at]!);
  return bytes;
}

/** What a message about damage may be, whole. */
const MESSAGES = [
  /^RangeError: Cannot load run as a safetensors file must hold its whole header of \d+ bytes: current size is \d+ bytes$/,
  /^RangeError: Cannot load run as its header must be JSON: current header is not$/,
  /^RangeError: Cannot load run as its header must be that of a safetensors file: current header fails at \S.*$/s,
  /^RangeError: Cannot load run as its header promises \d+ bytes: current size is \d+ bytes$/,
  /^RangeError: Cannot load run as tensor \S.* must be F32 with [\d.]+ bytes: current tensor is .* with -?[\d.]+ bytes$/s,
  /^RangeError: Cannot load run as it must be a training state of format (\S+): current format is .*$/s,
  /^RangeError: Cannot load run as its numbers must have the checksum that was saved with them, .{1,8}: current checksum is [0-9a-f]{8} \(the file is damaged\)$/s,
  /^RangeError: Cannot load run as its header must have the texts stepper, sha256 and state: current header lacks \w+$/,
  /^OptionsError: Cannot load run as stepper\.name must be (".*"): current stepper\.name is ".*"$/s,
];

/** Whether a message is one of those, and does not ask for what it says is there. */
function explains(message: string): boolean {
  const [, rule, value] =
    message.match(/must be (?:a training state of format )?(.*): current .* is (.*)$/s) ?? [];
  return MESSAGES.some((m) => m.test(message)) && (rule === undefined || rule !== value);
}

Deno.test("a file that ends early or late is refused, wherever it ends", async () => {
  for (let size = 0; size < BYTES.length; size++) {
    const message = await refusal(BYTES.subarray(0, size));
    const expected = size < 8
      ? `a safetensors file must hold its whole header: current size is ${size} bytes`
      : size < DATA_START
      ? `a safetensors file must hold its whole header of ${
        DATA_START - 8
      } bytes: current size is ${size} bytes`
      : `its header promises ${BYTES.length} bytes: current size is ${size} bytes`;
    assertEquals(message, `RangeError: Cannot load run as ${expected}`);
  }
  assertEquals(
    await refusal(new Uint8Array([...BYTES, 0])),
    `RangeError: Cannot load run as its header promises ${BYTES.length} bytes: ` +
      `current size is ${BYTES.length + 1} bytes`,
  );
});

Deno.test("a changed byte of the data is refused", async () => {
  for (let at = DATA_START; at < BYTES.length; at++) {
    for (const mask of [1 << at % 8, 0xff]) {
      const message = await refusal(changed(at, (byte) => byte ^ mask));
      const [, found] = message.match(/current checksum is ([0-9a-f]{8}) /) ?? [];
      assert(found !== CHECKSUM);
      assertEquals(
        message,
        "RangeError: Cannot load run as its numbers must have the checksum that was saved with them, " +
          `${CHECKSUM}: current checksum is ${found} (the file is damaged)`,
      );
    }
  }
});

Deno.test("a changed byte of the header is refused", async () => {
  const bad = new Map<string, string>();
  for (let at = 0; at < DATA_START; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const message = await refusal(changed(at, (byte) => byte ^ 1 << bit));
      if (!explains(message)) bad.set(message, `bit ${bit} of byte ${at}`);
    }
  }
  assertEquals(Object.fromEntries(bad), {});
});

Deno.test("a changed word of the state is refused, even where it is valid", async () => {
  const change = (text: string, from: string, to: string) => {
    const json = JSON.stringify(text);
    assert(json.includes(from), `${from} is not in ${json}`);
    return JSON.parse(json.replace(from, to));
  };
  for (
    const [from, to] of [['update\\":4', 'update\\":5'], ["[0,42]", "[1,42]"], ["batchSize", "batchsize"]]
  ) {
    const header = headerOf(BYTES);
    header.__metadata__.state = change(header.__metadata__.state!, from!, to!);
    const bytes = withHeaderBytes(
      new TextEncoder().encode(JSON.stringify(header)),
      BYTES.subarray(DATA_START),
    );
    const message = await refusal(bytes);
    assert(message.includes(`saved with them, ${CHECKSUM}: current checksum is `), message);
  }
});

Deno.test("a tensor of the right size and another shape is refused", async () => {
  const bytes = await withHeader(BYTES, (header) => header["parameters.weight"]!.shape = [3, 1, 1]);
  assertEquals(
    await refusal(bytes),
    "OptionsError: Cannot load run as parameters.weight must be in the file with shape [1, 1, 3]: " +
      'current parameters.weight is "shape [3, 1, 1]"',
  );
});

Deno.test("what is not a state is refused, however it is made", async () => {
  const data = BYTES.subarray(DATA_START);
  const json = (value: unknown) => withHeaderBytes(new TextEncoder().encode(JSON.stringify(value)), data);
  const header = headerOf(BYTES);
  const say = (rest: string) => `RangeError: Cannot load run as ${rest}`;
  const notOne = "its header must be that of a safetensors file: current header fails at";
  const entry = (change: object) => ({
    ...header,
    "parameters.weight": { ...header["parameters.weight"]!, ...change },
  });
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [withHeaderBytes(Uint8Array.of(0xff, 0xfe), data), "its header must be JSON: current header is not"],
    [withHeaderBytes(new TextEncoder().encode("{]"), data), "its header must be JSON: current header is not"],
    [json({ ...header, other: 3 }), `${notOne} other`],
    [json({ ...header, __metadata__: { format: 3 } }), `${notOne} __metadata__.format`],
    [json(entry({ shape: [-3] })), `${notOne} parameters.weight.shape.0`],
    [json(entry({ data_offsets: [12] })), `${notOne} parameters.weight.data_offsets`],
    [
      json(entry({ dtype: 1, shape: "3" })),
      `${notOne} parameters.weight.dtype, parameters.weight.shape`,
    ],
    [
      json(entry({ data_offsets: [12, 0] })),
      "tensor parameters.weight must be F32 with 12 bytes: current tensor is F32 with -12 bytes",
    ],
    [
      json(entry({ shape: [3, 2] })),
      "tensor parameters.weight must be F32 with 24 bytes: current tensor is F32 with 12 bytes",
    ],
  ];
  for (const [bytes, expected] of cases) assertEquals(await refusal(bytes), say(expected));
  for (const value of [null, 3, [], "x"]) {
    const message = await refusal(json(value));
    assert(message.startsWith(say("its header must be")), message);
  }
});

Deno.test("shapes and places that are no integers are refused", async () => {
  for (const change of [{ shape: [1, 1.5, 2] }, { shape: [2, 1.5] }, { data_offsets: [0.5, 12.5] }]) {
    const bytes = await withHeader(BYTES, (header) => Object.assign(header["parameters.weight"]!, change));
    const message = await refusal(bytes);
    assert(message.startsWith("RangeError: Cannot load run as "), message);
  }
});
