import { assertEquals } from "@std/assert";
import { decodeNpy, encodeNpy } from "../../src/data/npy.ts";
import { NdArray } from "../../src/ndarray.ts";
import golden from "../golden/npy.json" with { type: "json" };
import { throwsExactly } from "../random/throws.ts";

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

for (const { dtype, version, shape, data, file } of golden.read) {
  Deno.test(`decodeNpy reads ${dtype} of numpy, version ${version}: ${data.slice(0, 2)} ...`, () => {
    assertEquals(decodeNpy(fromBase64(file)), new NdArray(data, shape));
  });
}

for (const { shape, data, file } of golden.written) {
  Deno.test(`encodeNpy writes the bytes of numpy for shape [${shape}]`, () => {
    const array = new NdArray(data, shape);
    assertEquals(encodeNpy(array), fromBase64(file));
    assertEquals(decodeNpy(encodeNpy(array)), array);
  });
}

Deno.test("decodeNpy rounds float64, and keeps infinities and NaN", () => {
  const { data } = decodeNpy(fromBase64(golden.extremes));
  assertEquals([...data], [3.4028234663852886e38, -3.4028234663852886e38, Infinity, -Infinity, NaN, 0]);
});

Deno.test("decodeNpy reads a part of a larger buffer", () => {
  const bytes = encodeNpy(new NdArray([1, 2, 3]));
  const larger = new Uint8Array(bytes.length + 7);
  larger.set(bytes, 3);
  assertEquals([...decodeNpy(larger.subarray(3, 3 + bytes.length)).data], [1, 2, 3]);
});

Deno.test("decodeNpy refuses a number beyond float32, and names it", () => {
  throwsExactly(
    () => decodeNpy(fromBase64(golden.overflow), "load npy data.npy"),
    RangeError,
    "Cannot load npy data.npy as numbers must lie within float32, whose largest is 3.4028235e38: " +
      "current number at [1, 1] is -1e+39",
  );
});

Deno.test("decodeNpy refuses Fortran order", () => {
  throwsExactly(
    () => decodeNpy(fromBase64(golden.fortran)),
    RangeError,
    "Cannot decode npy as its elements must be in C order, last axis fastest: current fortran_order is True; " +
      "save it by numpy.save(path, numpy.ascontiguousarray(array))",
  );
});

for (
  const [file, dtype] of [
    [golden.complex, "<c8"],
    [golden.text, "<U2"],
    [golden.record, "[('a', '<f4'), ('b', '<i4')]"],
  ] as const
) {
  Deno.test(`decodeNpy refuses dtype ${dtype}`, () => {
    throwsExactly(
      () => decodeNpy(fromBase64(file)),
      RangeError,
      "Cannot decode npy as its dtype must be one of b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8: " +
        `current dtype is ${dtype}; convert it by array.astype("float32")`,
    );
  });
}

Deno.test("decodeNpy refuses what is no npy file", () => {
  for (
    const [bytes, shown] of [
      [[], "none"],
      [[0x50, 0x4b, 3, 4, 20, 0, 0], "50 4b 03 04 14 00"],
      [[0x93, 0x4e, 0x55], "93 4e 55"],
    ] as const
  ) {
    throwsExactly(
      () => decodeNpy(Uint8Array.from(bytes)),
      RangeError,
      `Cannot decode npy as a npy file must begin with \\x93NUMPY: current first bytes are ${shown}`,
    );
  }
});

Deno.test("decodeNpy refuses other versions", () => {
  for (const version of [0, 4]) {
    const bytes = encodeNpy(new NdArray([1]));
    bytes[6] = version;
    throwsExactly(
      () => decodeNpy(bytes),
      RangeError,
      `Cannot decode npy as its version must be 1, 2 or 3: current version is ${version}`,
    );
  }
});

Deno.test("decodeNpy refuses truncated files and files with something behind", () => {
  const bytes = encodeNpy(new NdArray([1, 2, 3]));
  assertEquals(bytes.length, 140);
  for (const length of [100, 127]) {
    throwsExactly(
      () => decodeNpy(bytes.subarray(0, length)),
      RangeError,
      `Cannot decode npy as a npy file must hold its whole header of 128 bytes: current size is ${length} bytes`,
    );
  }
  for (const other of [bytes.subarray(0, 139), Uint8Array.of(...bytes, 0)]) {
    throwsExactly(
      () => decodeNpy(other),
      RangeError,
      "Cannot decode npy as shape [3] of dtype <f4 must take 140 bytes with its header: " +
        `current size is ${other.length} bytes`,
    );
  }
  for (const length of [6, 8, 9]) {
    assertEquals(
      (throwsUnknown(() => decodeNpy(bytes.subarray(0, length))) as Error).name,
      "RangeError",
    );
  }
});

Deno.test("decodeNpy refuses headers without a field", () => {
  const withHeader = (text: string) => {
    const bytes = new Uint8Array(10 + text.length);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0]);
    bytes.set(new TextEncoder().encode(text), 10);
    return bytes;
  };
  for (
    const [text, name] of [
      ["{}", "descr"],
      ["{'descr': '<f4'}", "fortran_order"],
      ["{'descr': '<f4', 'fortran_order': False}", "shape"],
      ["{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "shape"],
      ["{'descr': 4, 'fortran_order': False, 'shape': ()}", "descr"],
    ] as const
  ) {
    throwsExactly(
      () => decodeNpy(withHeader(text)),
      RangeError,
      `Cannot decode npy as its header must have ${name}, a dtype of plain numbers and a shape: current header is ${text}`,
    );
  }
  // Another writer's spacing, quotes and order of the fields.
  const other = withHeader('{"shape":(0 , 2),"fortran_order":False,"descr":"=f4"}');
  assertEquals(decodeNpy(other), NdArray.zeros([0, 2]));
});

function throwsUnknown(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}
