import { assert, assertEquals, assertThrows } from "@std/assert";
import { OptionsError, ShapeError } from "../../src/errors.ts";
import { graphOf } from "../../src/graph/graph.ts";
import { defineStepper } from "../../src/graph/stepper.ts";
import type { Var } from "../../src/graph/var.ts";
import { NdArray, type Shape } from "../../src/ndarray.ts";
import * as ops from "../../src/ops/mod.ts";
import * as random from "../../src/random/mod.ts";
import {
  type Activation,
  classicResNet,
  conv,
  convNet,
  countParameters,
  describe,
  mlp,
  type NetworkStepper,
} from "../../src/steppers/mod.ts";

const key = random.key(0);
const FIELD = { spatialDims: 1, inChannels: 1, outChannels: 1, key } as const;

/** The ops of one step with the activations that joined them. */
const opsOf = (stepper: NetworkStepper<never>, shape: Shape): string[] =>
  graphOf(stepper, [shape], true).nodes.map(({ op, epilogue }) =>
    `${op.name}${epilogue ? ` ${epilogue.op.name}` : ""}`
  );

const message = (f: () => unknown) => assertThrows(f, OptionsError).message;

const ACTIVATIONS =
  'an op, a function of a variable, or one of "identity", "relu", "leakyRelu", "tanh", "sigmoid", "silu", "gelu", "softplus"';

Deno.test("options of networks are refused, all at once", () => {
  assertEquals(
    message(() =>
      convNet({ ...FIELD, spatialDims: 4, depth: -1, kernelSize: 0, activation: "mish" } as never)
    ),
    "Cannot create convNet as 4 options do not hold:\n" +
      "- spatialDims must be 1, 2 or 3: current spatialDims is 4\n" +
      "- depth must be an integer >= 0: current depth is -1\n" +
      `- activation must be ${ACTIVATIONS}: current activation is "mish"\n` +
      "- kernelSize must be an integer >= 1: current kernelSize is 0",
  );
  assertEquals(
    message(() =>
      convNet({ ...FIELD, spatialDims: 2, kernelSize: [3, 3, 3], boundaryMode: "open" as never })
    ),
    "Cannot create convNet as 2 options do not hold:\n" +
      '- boundaryMode must be one of "periodic", "dirichlet", "neumann", "zeros", "reflect": ' +
      'current boundaryMode is "open"\n' +
      "- kernelSize.length must be 2: current kernelSize.length is 3",
  );
  assertEquals(
    message(() => classicResNet({ ...FIELD, numBlocks: 0, useNorm: 1, kernelSize: 3 } as never)),
    "Cannot create classicResNet as 3 options do not hold:\n" +
      "- numBlocks must be an integer >= 1: current numBlocks is 0\n" +
      "- useNorm must be true or false: current useNorm is 1\n" +
      "- kernelSize must be left out, since it is unknown (options are spatialDims, inChannels, outChannels, " +
      "hiddenChannels, numBlocks, useNorm, activation, boundaryMode, key): current kernelSize is 3",
  );
  assertEquals(
    message(() => mlp({ inSize: 3, outSize: 0.5, numPoints: 4, key } as never)),
    "Cannot create mlp as 2 options do not hold:\n" +
      "- outSize must be an integer >= 1: current outSize is 0.5\n" +
      "- numPoints must be left out, since it is unknown (options are inSize, outSize, widthSize, depth, " +
      "activation, finalActivation, useBias, useFinalBias, key): current numPoints is 4",
  );
  assertEquals(
    message(() => mlp({ ...FIELD, numPoints: 0 })),
    "Cannot create mlp as numPoints must be an integer >= 1: current numPoints is 0",
  );
  assertEquals(
    message(() => conv({ ...FIELD, spatialDims: 2, kernelSize: [2], dilation: 0 })),
    "Cannot create conv as 2 options do not hold:\n" +
      "- dilation must be an integer >= 1: current dilation is 0\n" +
      "- kernelSize.length must be 2: current kernelSize.length is 1",
  );
});

Deno.test("a network with other channels out than in is a function, not a stepper", () => {
  const wide = convNet({ ...FIELD, outChannels: 2, depth: 1 });
  assertEquals(
    assertThrows(() => graphOf(wide, [[1, 9]], true), ShapeError).message,
    "Cannot unroll convNet as a stepper must return the shape it takes, [1, 9]: current shape returned is [2, 9]",
  );
  const part = defineStepper({
    name: "part",
    parameters: wide.parameters,
    forward: (u, p) => ops.conv({ u: wide.forward(u, p), w: p.layers[0]!.weight }),
  });
  assertThrows(() => graphOf(part, [[1, 9]], true), ShapeError);
});

Deno.test("an activation is a word, an op or a function", () => {
  const nodes = (activation: Activation) =>
    opsOf(convNet({ ...FIELD, depth: 1, activation }) as never, [1, 9]);
  for (const word of ["relu", "leakyRelu", "tanh", "sigmoid"] as const) {
    assertEquals(nodes(word), [`conv ${word}`, "conv"]);
    assertEquals(nodes(ops[word]), [`conv ${word}`, "conv"]);
  }
  for (const word of ["silu", "gelu", "softplus"] as const) assertEquals(nodes(word), ["conv", word, "conv"]);
  assertEquals(nodes("identity"), ["conv", "conv"]);
  assertEquals(nodes((u: Var) => ops.square({ u: ops.tanh({ u }) })), ["conv tanh", "square", "conv"]);
});

Deno.test("the last activation of mlp is left out without hidden layers, that of convNet is not", () => {
  const final = { finalActivation: "tanh", depth: 0 } as const;
  assertEquals(opsOf(mlp({ inSize: 3, outSize: 3, key, ...final }) as never, [3]), ["dense"]);
  assertEquals(opsOf(mlp({ inSize: 3, outSize: 3, key, ...final, depth: 1 }) as never, [3]), [
    "dense relu",
    "dense",
    "tanh",
  ]);
  assertEquals(opsOf(convNet({ ...FIELD, ...final }) as never, [1, 5]), ["conv", "tanh"]);
});

Deno.test("an mlp of a field flattens it; one of a vector does not", () => {
  const field = mlp({ ...FIELD, inChannels: 2, outChannels: 2, numPoints: 4, depth: 1 });
  assertEquals(opsOf(field as never, [2, 4]), ["reshape", "dense relu", "dense", "reshape"]);
  assertThrows(() => graphOf(field, [[2, 5]], true), ShapeError);
  assertEquals(opsOf(mlp({ inSize: 8, outSize: 8, depth: 1, key }) as never, [8]), ["dense relu", "dense"]);
  assertThrows(() => graphOf(mlp({ inSize: 8, outSize: 8, key }), [[2, 4]], true), ShapeError);
});

Deno.test("a network keeps its architecture with other parameters", () => {
  const net = classicResNet({ ...FIELD, hiddenChannels: 2, numBlocks: 1 });
  const other = net.with(
    classicResNet({ ...FIELD, hiddenChannels: 2, numBlocks: 1, key: random.key(1) }).parameters,
  );
  assertEquals([other.architecture, other.receptiveField], [net.architecture, [[2, 2]]]);
  assert(other.parameters !== net.parameters);
  assert(other.with(net.parameters).parameters === net.parameters);
  assertThrows(() => net.with({ ...net.parameters, blocks: [] }), OptionsError);
});

Deno.test("describe names architecture, layers, parameters and how far a step sees", () => {
  const lines = (stepper: Parameters<typeof describe>[0]) => describe(stepper).split("\n");
  assertEquals(
    lines(
      classicResNet({ ...FIELD, spatialDims: 2, hiddenChannels: 16, numBlocks: 1, useNorm: true }) as never,
    ),
    [
      "classicResNet: 1 block of 2 convolutions over 2 axes, kernel 3, group norm, 1 -> 16 -> 1 channels, relu, periodic",
      "  lifting          weight [16, 1, 1, 1], bias [16, 1, 1]      32",
      "  blocks.0.conv_1  weight [16, 16, 3, 3], bias [16, 1, 1]  2,320",
      "  blocks.0.norm_1  weight [16], bias [16]                     32",
      "  blocks.0.conv_2  weight [16, 16, 3, 3], bias [16, 1, 1]  2,320",
      "  blocks.0.norm_2  weight [16], bias [16]                     32",
      "  projection       weight [1, 16, 1, 1], bias [1, 1, 1]       17",
      "4,753 parameters",
      "sees 2 points before and 2 behind on each axis",
    ],
  );
  const dilated = conv({
    ...FIELD,
    spatialDims: 2,
    kernelSize: [4, 3],
    dilation: [2, 1],
    boundary: "dirichlet",
  });
  assertEquals(lines(dilated as never), [
    "conv: one convolution over 2 axes, kernel 4 x 3, dilation 2 x 1, 1 -> 1 channels, dirichlet",
    "  conv  weight [1, 1, 4, 3], bias [1, 1, 1]  13",
    "13 parameters",
    "sees 2 points before and 4 behind on axis 0, 1 point before and 1 behind on axis 1",
  ]);
  assertEquals(lines(mlp({ inSize: 3, outSize: 3, widthSize: 4, depth: 1, useBias: false, key }) as never), [
    "mlp: 2 dense layers, 3 -> 4 (1 hidden) -> 3 numbers, relu",
    "  layers.0  weight [4, 3]            12",
    "  layers.1  weight [3, 4], bias [3]  15",
    "27 parameters",
  ]);
  const own = defineStepper({
    name: "own",
    parameters: { a: NdArray.zeros([2]), net: { b: NdArray.zeros([1, 3]) } },
    frozen: ["net"],
    forward: (u) => ops.tanh({ u }),
  });
  assertEquals(lines(own as never), [
    "own",
    "  own  a [2]     2",
    "  net  b [1, 3]  3",
    "5 parameters, 3 of them frozen",
  ]);
  assertEquals(countParameters(own), 5);
});
