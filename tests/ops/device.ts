/**
 * One device for all tests of a file. No adapter is an error, never a skip.
 *
 * @module
 */
import { Gpu } from "../../src/gpu/gpu.ts";

/** The device. */
export const gpu: Gpu = await Gpu.request();

Deno.test.afterAll(() => gpu[Symbol.asyncDispose]());
