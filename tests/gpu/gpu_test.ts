import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DisposedError, GpuError, OptionsError } from "../../src/errors.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import type { GpuMemory } from "../../src/gpu/memory.ts";
import type { KernelSource } from "../../src/gpu/pipeline.ts";
import { bindingsOf } from "../../src/wgsl/kernel.ts";
import { link } from "../../src/wgsl/link.ts";
import { Calls, replaced } from "./spy.ts";

/** Copies a number from a record to a buffer. */
async function copyKernel(statement = "out[0] = record.a;"): Promise<KernelSource> {
  const text = await link("kernel", {
    main: `
      struct Record { a: u32 }
      @group(0) @binding(0) var<uniform> record: Record;
      @group(0) @binding(1) var<storage, read_write> out: array<u32>;
      @compute @workgroup_size(1) fn main(@builtin(workgroup_id) at: vec3u) { ${statement} }
    `,
  });
  return { label: "copy", text, bindings: bindingsOf(text.code) };
}

Deno.test("without an adapter, request says what is missing and how to get it", async () => {
  const message = "Cannot request Gpu as WebGPU must find an adapter: current adapter is none " +
    "(on Debian or Ubuntu, `apt-get install mesa-vulkan-drivers` installs a software one; in a browser, enable WebGPU)";
  {
    using _none = replaced(navigator.gpu, "requestAdapter", () => () => Promise.resolve(null));
    const error = await assertRejects(() => Gpu.request(), GpuError);
    assertEquals([error.message, error.label], [message, "adapter"]);
  }
  const { navigator: real } = globalThis;
  try {
    Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
    assertEquals((await assertRejects(() => Gpu.request(), GpuError)).message, message);
  } finally {
    Object.defineProperty(globalThis, "navigator", { value: real, configurable: true });
  }
});

Deno.test("request asks for the fastest adapter, and takes all its limits", async () => {
  const asked: unknown[] = [];
  using _seen = replaced(navigator.gpu, "requestAdapter", (original) =>
    function (options) {
      asked.push(options);
      return original.call(this, options);
    });
  await using gpu = await Gpu.request();
  assertEquals(asked, [{ powerPreference: "high-performance" }]);
  const { limits } = (await navigator.gpu.requestAdapter())!;
  assertEquals(gpu.maxBindingBytes, limits.maxStorageBufferBindingSize);
  assertEquals(gpu.maxGrid, limits.maxComputeWorkgroupsPerDimension);
  assert(gpu.name.length > 0 && gpu.maxBytes === Infinity && gpu.alignment >= 32);
});

Deno.test("request refuses options that do not hold", async () => {
  const message = async (options: object) =>
    (await assertRejects(() => Gpu.request(options), OptionsError)).message;
  assertEquals(
    await message({ maxBytes: 0 }),
    "Cannot request Gpu as maxBytes must be a finite number > 0: current maxBytes is 0",
  );
  assertEquals(
    await message({ maxByte: 5 }),
    "Cannot request Gpu as maxByte must be left out, since it is unknown (options are maxBytes, maxBindingBytes, profile): " +
      "current maxByte is 5",
  );
});

Deno.test("buffers start as zeros, are written at an offset and read back in stretches", async () => {
  await using gpu = await Gpu.request();
  const a = gpu.allocate("a", 32);
  const b = gpu.allocate("b", 16);
  gpu.write(a, Uint32Array.of(1, 2, 3, 4), 8);
  gpu.write(b, Uint32Array.of(9));
  const read = await gpu.read([{ memory: a }, { memory: b, bytes: 4 }, { memory: a, offset: 12, bytes: 8 }, {
    memory: a,
    offset: 20,
  }]);
  assertEquals(read.map((bytes) => [...new Uint32Array(bytes)]), [
    [0, 0, 1, 2, 3, 4, 0, 0],
    [9],
    [2, 3],
    [4, 0, 0],
  ]);
  assertEquals(gpu.buffers, [{ label: "a", bytes: 32 }, { label: "b", bytes: 16 }]); // the staging buffer is gone
  assertEquals(gpu.bytes, 48);
});

Deno.test("stretches are copied one behind the other, after what was submitted before", async () => {
  await using gpu = await Gpu.request();
  const [a, b, target] = ["a", "b", "target"].map((label) => gpu.allocate(label, 32)) as [
    GpuMemory,
    GpuMemory,
    GpuMemory,
  ];
  gpu.write(a, Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  gpu.write(b, Uint32Array.of(11, 12, 13, 14));
  gpu.copyStretches("some", target, [{ memory: b, offset: 4, bytes: 8 }, { memory: a, bytes: 4 }, {
    memory: a,
    offset: 24,
  }]);
  const [bytes] = await gpu.read([{ memory: target }]);
  assertEquals([...new Uint32Array(bytes!)], [12, 13, 1, 7, 8, 0, 0, 0]);
});

Deno.test("maxBindingBytes only lowers what the device grants", async () => {
  await using less = await Gpu.request({ maxBindingBytes: 1000 });
  assertEquals(less.maxBindingBytes, 1000);
  await using more = await Gpu.request({ maxBindingBytes: 2 ** 50 });
  const { limits } = (await navigator.gpu.requestAdapter())!;
  assertEquals(more.maxBindingBytes, limits.maxStorageBufferBindingSize);
  const error = await assertRejects(() => Gpu.request({ maxBindingBytes: -1 }), OptionsError);
  assertEquals(
    error.message,
    "Cannot request Gpu as maxBindingBytes must be a finite number > 0: current maxBindingBytes is -1",
  );
});

Deno.test("maxBytes holds for the device; reading back needs none of it", async () => {
  await using gpu = await Gpu.request({ maxBytes: 40 });
  assertEquals(gpu.maxBytes, 40);
  const memory = gpu.allocate("a", 32);
  assertEquals((await gpu.read([{ memory }]))[0]!.byteLength, 32);
  const error = assertThrows(() => gpu.allocate("b", 16), GpuError);
  assertEquals(
    error.message,
    "Cannot allocate buffer b as all buffers together must fit in maxBytes=40: " +
      "current sum is 32 bytes, and 16 more are asked for",
  );
  memory[Symbol.dispose]();
  assertEquals(gpu.bytes, 0);
});

Deno.test("a pipeline is compiled once for each text", async () => {
  using calls = new Calls();
  await using gpu = await Gpu.request();
  const [a, b, c] = await Promise.all(
    [copyKernel(), copyKernel(), copyKernel("out[0] = record.a + 1u;")].map(async (k) =>
      gpu.pipeline(await k)
    ),
  );
  assertEquals([a === b, a === c], [true, false]);
  assertEquals([calls.count("createShaderModule"), calls.count("createComputePipeline")], [2, 2]);
  assertEquals(a!.label, "copy");
});

Deno.test("launches read their records at the offsets given and run over the whole grid, in order", async () => {
  await using gpu = await Gpu.request();
  const pipeline = await gpu.pipeline(await copyKernel("out[at.x + 2u * at.y] += record.a;"));
  const record = gpu.allocate("record", 2 * gpu.alignment, "record");
  const out = gpu.allocate("out", 16);
  gpu.write(record, Uint32Array.of(5));
  gpu.write(record, Uint32Array.of(70), gpu.alignment);
  const bindGroup = gpu.bind(pipeline, { record: { memory: record, bytes: 16 }, out: { memory: out } });
  gpu.submit("two launches", (pass) => {
    pass.launch({ pipeline, bindGroup, grid: [2, 2] }, [gpu.alignment]);
    pass.launch({ pipeline, bindGroup, grid: [1, 2] }, [0]);
  });
  const [bytes] = await gpu.read([{ memory: out }]);
  assertEquals([...new Uint32Array(bytes!)], [75, 70, 75, 70]);
});

Deno.test("launches that were encoded before see what was written until they are submitted", async () => {
  await using gpu = await Gpu.request();
  const pipeline = await gpu.pipeline(await copyKernel("out[at.x] = record.a;"));
  const record = gpu.allocate("record", gpu.alignment, "record");
  const out = gpu.allocate("out", 16);
  const bindGroup = gpu.bind(pipeline, { record: { memory: record, bytes: 16 }, out: { memory: out } });
  gpu.write(record, Uint32Array.of(5));
  const submit = gpu.prepare("later", (pass) => pass.launch({ pipeline, bindGroup, grid: [2, 1] }, [0]));
  gpu.write(record, Uint32Array.of(7));
  const [before] = await gpu.read([{ memory: out }]);
  submit();
  const [after] = await gpu.read([{ memory: out }]);
  assertEquals([before, after].map((bytes) => new Uint32Array(bytes!)[1]), [0, 7]);
});

Deno.test("WGSL that does not compile is refused with its module, line and column", async () => {
  await using gpu = await Gpu.request();
  const error = await assertRejects(async () => gpu.pipeline(await copyKernel("out[0] = 1.5f;")), GpuError);
  assertEquals(error.label, "copy");
  assert(error.cause !== undefined);
  assert(
    /^Cannot compile kernel copy as its WGSL must be valid: current error is main.wgsl:5:\d+: /.test(
      error.message,
    ),
    error.message,
  );
});

Deno.test("what a submit does wrong is thrown by the next read, and by all later calls", async () => {
  using calls = new Calls();
  await using gpu = await Gpu.request();
  const pipeline = await gpu.pipeline(await copyKernel());
  const record = gpu.allocate("record", gpu.alignment, "record");
  const out = gpu.allocate("out", 16);
  const bindGroup = gpu.bind(pipeline, { record: { memory: record, bytes: 16 }, out: { memory: out } });
  gpu.submit("beyond the end", (pass) => pass.launch({ pipeline, bindGroup, grid: [1, 1] }, [gpu.alignment]));
  const error = await assertRejects(() => gpu.read([{ memory: out }]), GpuError);
  const start = 'Cannot run beyond the end as the device must accept its commands: current error is "';
  assertEquals([error.message.slice(0, start.length), error.label], [start, "beyond the end"]);
  assert(error.cause !== undefined);
  assertEquals(await assertRejects(() => gpu.settled()), error);
  assertEquals(assertThrows(() => gpu.allocate("more", 16)), error);
  assertEquals(calls.errors, []);
});

Deno.test("settled waits and throws what has failed", async () => {
  await using gpu = await Gpu.request();
  await gpu.settled();
  const pipeline = await gpu.pipeline(await copyKernel());
  const record = gpu.allocate("record", gpu.alignment, "record");
  const bindGroup = gpu.bind(pipeline, {
    record: { memory: record, bytes: 16 },
    out: { memory: gpu.allocate("out", 16) },
  });
  gpu.submit("beyond the end", (pass) => pass.launch({ pipeline, bindGroup, grid: [1, 1] }, [gpu.alignment]));
  assertEquals((await assertRejects(() => gpu.settled(), GpuError)).label, "beyond the end");
});

Deno.test("a submit whose encoder throws closes what it has opened", async () => {
  using calls = new Calls();
  await using gpu = await Gpu.request();
  assertThrows(
    () =>
      gpu.submit("thrown", () => {
        throw new RangeError("no");
      }),
    RangeError,
    "no",
  );
  assertEquals(calls.count("popErrorScope"), calls.count("pushErrorScope"));
});

Deno.test("a write beyond the end of a buffer is reported", async () => {
  using calls = new Calls();
  await using gpu = await Gpu.request();
  const memory = gpu.allocate("small", 16);
  await assertRejects(async () => {
    gpu.write(memory, new Uint32Array(5));
    await gpu.read([{ memory }]);
  });
  assertEquals(calls.errors, []);
});

Deno.test("a binding beyond the end of a buffer is reported", async () => {
  using calls = new Calls();
  await using gpu = await Gpu.request();
  const pipeline = await gpu.pipeline(await copyKernel());
  const record = gpu.allocate("record", gpu.alignment, "record");
  const out = gpu.allocate("out", 16);
  await assertRejects(async () => {
    gpu.bind(pipeline, { record: { memory: record, bytes: 16 }, out: { memory: out, bytes: 64 } });
    await gpu.read([{ memory: out }]);
  });
  assertEquals(calls.errors, []);
});

Deno.test("a lost device is thrown by what comes next", async () => {
  let device: GPUDevice | undefined;
  using _seen = replaced(GPUAdapter.prototype, "requestDevice", (original) =>
    async function (...args) {
      return device = await original.apply(this, args) as GPUDevice;
    });
  await using gpu = await Gpu.request();
  const lost = device!.lost;
  device!.destroy();
  const { reason, message } = await lost;
  const error = assertThrows(() => gpu.allocate("a", 16), GpuError);
  assertEquals(
    error.message,
    `Cannot use Gpu as its device must be present: current device is lost (${reason}: ${message})`,
  );
  assertEquals(error.label, "device");
});

Deno.test("a disposed Gpu has freed everything and refuses whatever it is asked for", async () => {
  const gpu = await Gpu.request();
  const kernel = await copyKernel();
  const pipeline = await gpu.pipeline(kernel);
  const memory = gpu.allocate("a", 16);
  gpu[Symbol.dispose]();
  gpu[Symbol.dispose]();
  await gpu[Symbol.asyncDispose]();
  assertEquals([gpu.bytes, gpu.buffers], [0, []]);
  const refused: Record<string, () => unknown> = {
    "allocate on": () => gpu.allocate("b", 16),
    "write to": () => gpu.write(memory, new Uint32Array(1)),
    "compile on": () => gpu.pipeline(kernel),
    "bind on": () => gpu.bind(pipeline, {}),
    "submit to": () => gpu.submit("s", () => {}),
    "read from": () => gpu.read([{ memory }]),
    "wait for": () => gpu.settled(),
  };
  for (const [action, call] of Object.entries(refused)) {
    const error = await assertRejects(async () => await call(), DisposedError);
    assertEquals(error.message, `Cannot ${action} Gpu as it must not be disposed: current state is disposed`);
  }
});
