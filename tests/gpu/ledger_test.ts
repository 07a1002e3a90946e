import { assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../src/errors.ts";
import { Ledger } from "../../src/gpu/memory.ts";

/** A device that hands out buffers and remembers them. */
function stub(maxBufferSize: number) {
  const made: { label: string; size: number; usage: number; isDestroyed: boolean }[] = [];
  const device = {
    limits: { maxBufferSize },
    createBuffer(descriptor: { label: string; size: number; usage: number }) {
      const buffer = { ...descriptor, isDestroyed: false, destroy: () => buffer.isDestroyed = true };
      made.push(buffer);
      return buffer;
    },
  };
  return { device: device as unknown as GPUDevice, made };
}

Deno.test("the ledger knows what lives, and forgets what is freed", () => {
  const { device, made } = stub(1000);
  const ledger = new Ledger(device, Infinity);
  assertEquals([ledger.bytes, ledger.entries()], [0, []]);
  const a = ledger.allocate("a", 1, "storage");
  const b = ledger.allocate("b", 33, "record");
  const c = ledger.allocate("c", 16, "staging");
  assertEquals(ledger.entries(), [{ label: "a", bytes: 16 }, { label: "b", bytes: 48 }]); // c lies with the host
  assertEquals([ledger.bytes, a.bytes, b.bytes, c.bytes], [64, 16, 48, 16]);
  assertEquals([a.label, a.buffer], ["a", made[0] as unknown as GPUBuffer]);
  b[Symbol.dispose]();
  b[Symbol.dispose]();
  assertEquals([ledger.bytes, made.map((x) => x.isDestroyed)], [16, [false, true, false]]);
  ledger.clear();
  assertEquals([ledger.bytes, made.map((x) => x.isDestroyed)], [0, [true, true, true]]);
});

Deno.test("the ledger gives each kind of buffer its usage, and none is empty", () => {
  const { device, made } = stub(1000);
  const ledger = new Ledger(device, Infinity);
  ledger.allocate("a", 0, "storage");
  ledger.allocate("b", 17, "record");
  ledger.allocate("c", 32, "staging");
  const { STORAGE, UNIFORM, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
  assertEquals(made.map(({ label, size, usage }) => [label, size, usage]), [
    ["a", 16, STORAGE | UNIFORM | COPY_DST | COPY_SRC],
    ["b", 32, UNIFORM | COPY_DST],
    ["c", 32, MAP_READ | COPY_DST],
  ]);
});

Deno.test("the ledger refuses what the device cannot have", () => {
  const { device, made } = stub(1000);
  const error = assertThrows(
    () => new Ledger(device, Infinity).allocate("states 8", 1001, "storage"),
    GpuError,
  );
  assertEquals(
    error.message,
    "Cannot allocate buffer states 8 as it must fit in maxBufferSize=1000: current size is 1008 bytes",
  );
  assertEquals([error.label, made.length], ["states 8", 0]);
});

Deno.test("the ledger keeps all buffers together under maxBytes, to the byte", () => {
  const { device, made } = stub(1000);
  const ledger = new Ledger(device, 96);
  using _first = ledger.allocate("first", 64, "storage");
  const error = assertThrows(() => ledger.allocate("second", 40, "storage"), GpuError);
  assertEquals(
    error.message,
    "Cannot allocate buffer second as all buffers together must fit in maxBytes=96: " +
      "current sum is 64 bytes, and 48 more are asked for",
  );
  assertEquals([error.label, made.length, ledger.bytes], ["second", 1, 64]);
  ledger.allocate("third", 32, "storage")[Symbol.dispose]();
  ledger.allocate("fourth", 32, "storage");
  assertEquals(ledger.bytes, 96);
});
