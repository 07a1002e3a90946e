import { assertEquals } from "@std/assert";
import { texelCopy } from "../../src/gpu/pass.ts";

Deno.test("a copy to a texture takes whole rows while the buffer goes on, else what is left of one by itself", () => {
  const texture = { width: 256 };
  const regions = (size: number, offset: number, texels: number) =>
    texelCopy({ buffer: { size } } as never, offset, { texture } as never, texels).map((
      { source, target, size },
    ) => [
      source.offset,
      (target.origin as { y: number } | undefined)?.y ?? 0,
      size,
    ]);
  assertEquals(regions(8192, 0, 512), [[0, 0, { width: 256, height: 2 }]]);
  assertEquals(regions(12288, 4096, 300), [[4096, 0, { width: 256, height: 2 }]]);
  assertEquals(regions(12272, 4096, 300), [
    [4096, 0, { width: 256, height: 1 }],
    [8192, 1, { width: 44 }],
  ]);
  assertEquals(regions(160, 16, 9), [[16, 0, { width: 9 }]]);
});
