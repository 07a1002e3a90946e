/**
 * Counts calls of the device on its own prototypes, whatever the library counts.
 *
 * @module
 */

/** How often each of some methods was called. */
export interface DeviceCalls {
  /** Buffers mapped: each makes the host wait. */
  mapAsync: number;
  /** Submits. */
  submit: number;
  /** Dispatches encoded. */
  dispatch: number;
  /** Buffers created. */
  createBuffer: number;
}

/** Runs something and counts what it asks of any device. */
export async function countCalls(run: (calls: DeviceCalls) => unknown): Promise<DeviceCalls> {
  const calls: DeviceCalls = { mapAsync: 0, submit: 0, dispatch: 0, createBuffer: 0 };
  const restore: (() => void)[] = [];
  const count = <K extends string>(
    type: { prototype: Record<K, unknown> },
    name: K,
    key: keyof DeviceCalls,
  ) => {
    const original = type.prototype[name] as (...args: unknown[]) => unknown;
    type.prototype[name] = function (this: unknown, ...args: unknown[]) {
      calls[key]++;
      return original.apply(this, args);
    };
    restore.push(() => type.prototype[name] = original);
  };
  count(GPUBuffer as never, "mapAsync", "mapAsync");
  count(GPUQueue as never, "submit", "submit");
  count(GPUComputePassEncoder as never, "dispatchWorkgroups", "dispatch");
  count(GPUDevice as never, "createBuffer", "createBuffer");
  try {
    await run(calls);
    return calls;
  } finally {
    restore.forEach((undo) => undo());
  }
}
