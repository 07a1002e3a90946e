/**
 * The schema of a key among the options of a public function.
 *
 * @module
 */
import * as z from "zod";
import { isKey, type Key } from "./key.ts";

/** A key of random numbers. */
export function keyOption(): z.ZodMiniType<Key> {
  return z.custom<Key>(isKey, { error: "a key made by random.key" });
}
