// conv, one sample, in blocks of registers: the sums of conv.wgsl in another order.
//
// A call of forward computes BLOCK_OUT channels of v, up to 16, at 16 neighbouring points of the x axis. With TAPS = 3
// it takes three taps of that axis at a time, for which it reads 18 points of u; with TAPS = 1, where there is only one
// or the axis has a stride or a dilation, one, for which it reads 16. adjointU is the same with the taps in reverse, for
// periodic axes and zeros. Each reads the weights in an order of its own, `packed` in src/ops/conv_block.ts. Registers are
// copied in each turn of a loop around them, so there are as few loops as can be.
//
// Shapes  as in conv.wgsl. adjointU with strides: on periodic axes N must be a multiple of them.
import super::io::{
  C_IN, C_OUT, BLOCK_IN, BLOCK_OUT, TAPS, BOUNDARY, N_Z, N_Y, N_X, OUT_Z, OUT_Y, OUT_X, K_Z, K_Y, K_X,
  PAD_Z, PAD_Y, PAD_X, STRIDE_Z, STRIDE_Y, STRIDE_X, DILATION_Z, DILATION_Y, DILATION_X,
  u, u4, wPacked4, b, setV, setV4, vBar, vBar4, setUBar, setUBar4,
};

const PERIODIC = 0;
const REFLECT = 2;
const NONE = -1;

const POINTS = 16;
const ROWS = 8;                             // channels in a Block; a call has one or two
const N_PLANE = N_Y * N_X;
const N = N_Z * N_PLANE;
const OUT_PLANE = OUT_Y * OUT_X;
const OUT = OUT_Z * OUT_PLANE;
const IS_LINE = N_Z * N_Y * K_Z * K_Y == 1; // whether there is only one row, which every tap sees
const GROUPS_OUT = (BLOCK_OUT + 3) / 4;     // fours of channels that a call computes
const GROUPS_IN = (BLOCK_IN + 3) / 4;
const ALL_TAPS = (K_X + TAPS - 1) / TAPS * TAPS;
const FOURS_OUT = ALL_TAPS * GROUPS_OUT;    // fours of weights for a row of u
const FOURS_IN = ALL_TAPS * GROUPS_IN;
const BLOCKS = (OUT_X + POINTS - 1) / POINTS; // of a row of v
const U_BLOCKS = (N_X + POINTS - 1) / POINTS; // of a row of u
const IS_RAGGED = OUT_X % POINTS != 0;
const IS_U_RAGGED = N_X % POINTS != 0;
const LEFT_X = (K_X - 1) * DILATION_X - PAD_X; // what stands before a point in adjointU
// Whether four neighbours that a single tap sees begin at a multiple of 4.
const ARE_FOURS = STRIDE_X == 1 && (K_X == 1 || DILATION_X % 4 == 0) && N_X % 4 == 0 && BOUNDARY != REFLECT;

// The element at position q of a padded axis of that many points; NONE where there is none.
fn within(points: i32, q: i32) -> i32 {
  if (BOUNDARY == PERIODIC) { return select(select(q, q - points, q >= points), q + points, q < 0); }
  if (BOUNDARY == REFLECT) { return points - 1 - abs(points - 1 - abs(q)); }
  return select(NONE, q, q >= 0 && q < points);
}

// The point of v whose reads begin at position q of an axis of u; NONE where there is none.
fn reader(points: i32, stride: i32, q: i32) -> i32 {
  if (STRIDE_Z * STRIDE_Y * STRIDE_X == 1) { return within(points, q); }
  let fromStart = q + stride * points; // >= 0
  return select(NONE, within(points, fromStart / stride - points), fromStart % stride == 0);
}

// The start of the row of u at positions z and y, NONE where there is none.
fn uRow(z: i32, y: i32) -> i32 {
  let inZ = within(N_Z, z);
  let inY = within(N_Y, y);
  return select(inZ * N_PLANE + inY * N_X, NONE, min(inZ, inY) == NONE);
}

// The start of the row of v whose reads begin at positions z and y, NONE where there is none.
fn vRow(z: i32, y: i32) -> i32 {
  let inZ = reader(OUT_Z, STRIDE_Z, z);
  let inY = reader(OUT_Y, STRIDE_Y, y);
  return select(inZ * OUT_PLANE + inY * OUT_X, NONE, min(inZ, inY) == NONE);
}

fn uAt(row: u32, q: i32) -> f32 {
  let x = within(N_X, q);
  return select(u(row + u32(max(x, 0))), 0.0, x == NONE);
}

fn vBarAt(row: u32, q: i32) -> f32 {
  let x = reader(OUT_X, STRIDE_X, q);
  return select(vBar(row + u32(max(x, 0))), 0.0, x == NONE);
}

// What four neighbouring points of v read through a tap, the first one at q.
fn uRun(row: u32, q: i32) -> vec4f {
  if (TAPS == 1 && ARE_FOURS) {
    let x = within(N_X, q);
    return select(u4(row + u32(max(x, 0))), vec4f(), x == NONE);
  }
  return vec4f(uAt(row, q), uAt(row, q + STRIDE_X), uAt(row, q + 2 * STRIDE_X), uAt(row, q + 3 * STRIDE_X));
}

fn vBarRun(row: u32, q: i32) -> vec4f {
  if (TAPS == 1 && ARE_FOURS) {
    let x = within(OUT_X, q);
    return select(vBar4(row + u32(max(x, 0))), vec4f(), x == NONE);
  }
  return vec4f(vBarAt(row, q), vBarAt(row, q + 1), vBarAt(row, q + 2), vBarAt(row, q + 3));
}

// What three taps read of a row: 16 points each, one further on than those of the tap before. With TAPS = 1 only the first
// one counts.
struct Windows { x0: mat4x4f, x1: mat4x4f, x2: mat4x4f }

fn toLeft(m: mat4x4f, x: f32) -> mat4x4f {
  return mat4x4f(vec4f(m[0].yzw, m[1].x), vec4f(m[1].yzw, m[2].x), vec4f(m[2].yzw, m[3].x), vec4f(m[3].yzw, x));
}

fn toRight(m: mat4x4f, x: f32) -> mat4x4f {
  return mat4x4f(vec4f(x, m[0].xyz), vec4f(m[0].w, m[1].xyz), vec4f(m[1].w, m[2].xyz), vec4f(m[2].w, m[3].xyz));
}

fn after(x0: mat4x4f, next: vec2f) -> Windows {
  let x1 = toLeft(x0, next.x);
  return Windows(x0, x1, toLeft(x1, next.y));
}

fn around(left: f32, middle: mat4x4f, right: f32) -> Windows {
  return Windows(toRight(middle, left), middle, toLeft(middle, right));
}

// Of the taps from k on, at the points from n on.
fn uWindows(row: u32, n: i32, k: i32) -> Windows {
  if (TAPS == 3 && K_X == 3 && !IS_RAGGED) {
    let at = row + u32(n);
    return around(uAt(row, n - 1), mat4x4f(u4(at), u4(at + 4), u4(at + 8), u4(at + 12)), uAt(row, n + POINTS));
  }
  let q = n * STRIDE_X + k * DILATION_X - PAD_X;
  let by = 4 * STRIDE_X;
  let x0 = mat4x4f(uRun(row, q), uRun(row, q + by), uRun(row, q + 2 * by), uRun(row, q + 3 * by));
  if (TAPS == 1) { return Windows(x0, x0, x0); }
  return after(x0, vec2f(uAt(row, q + POINTS), uAt(row, q + POINTS + 1)));
}

fn vBarWindows(row: u32, n: i32, k: i32) -> Windows {
  if (TAPS == 3 && K_X == 3 && !IS_RAGGED) {
    let at = row + u32(n);
    let middle = mat4x4f(vBar4(at), vBar4(at + 4), vBar4(at + 8), vBar4(at + 12));
    return around(vBarAt(row, n - 1), middle, vBarAt(row, n + POINTS));
  }
  let q = n + k * DILATION_X - LEFT_X;
  let x0 = mat4x4f(vBarRun(row, q), vBarRun(row, q + 4), vBarRun(row, q + 8), vBarRun(row, q + 12));
  if (TAPS == 1) { return Windows(x0, x0, x0); }
  return after(x0, vec2f(vBarAt(row, q + POINTS), vBarAt(row, q + POINTS + 1)));
}

struct Block { a0: mat4x4f, a1: mat4x4f, a2: mat4x4f, a3: mat4x4f, a4: mat4x4f, a5: mat4x4f, a6: mat4x4f, a7: mat4x4f }

// The weights of four channels for three taps; with TAPS = 1 only the first one counts.
struct Weights { k0: vec4f, k1: vec4f, k2: vec4f }

// Those of the four at `first` in the order of the function, in which the next tap is `groups` fours further on.
fn weights(first: i32, groups: i32) -> Weights {
  let k0 = wPacked4(u32(first));
  if (TAPS == 1 || K_X == 1) { return Weights(k0, vec4f(), vec4f()); }
  let k1 = wPacked4(u32(first + groups));
  if (K_X == 2) { return Weights(k0, k1, vec4f()); }
  return Weights(k0, k1, wPacked4(u32(first + 2 * groups)));
}

fn tapped(x0: vec4f, x1: vec4f, x2: vec4f, k: vec3f) -> vec4f {
  if (TAPS == 1 || K_X == 1) { return k.x * x0; }
  if (K_X == 2) { return k.x * x0 + k.y * x1; }
  return k.x * x0 + k.y * x1 + k.z * x2;
}

fn added(sum: mat4x4f, x: Windows, k: vec3f) -> mat4x4f {
  return mat4x4f(
    sum[0] + tapped(x.x0[0], x.x1[0], x.x2[0], k), sum[1] + tapped(x.x0[1], x.x1[1], x.x2[1], k),
    sum[2] + tapped(x.x0[2], x.x1[2], x.x2[2], k), sum[3] + tapped(x.x0[3], x.x1[3], x.x2[3], k),
  );
}

// Adds the products for so many channels, up to 8, the first four of which have their weights at `first`.
fn gather(block: ptr<function, Block>, x: Windows, first: i32, groups: i32, channels: i32) {
  let low = weights(first, groups);
  (*block).a0 = added((*block).a0, x, vec3f(low.k0.x, low.k1.x, low.k2.x));
  if (channels > 1) { (*block).a1 = added((*block).a1, x, vec3f(low.k0.y, low.k1.y, low.k2.y)); }
  if (channels > 2) { (*block).a2 = added((*block).a2, x, vec3f(low.k0.z, low.k1.z, low.k2.z)); }
  if (channels > 3) { (*block).a3 = added((*block).a3, x, vec3f(low.k0.w, low.k1.w, low.k2.w)); }
  if (channels > 4) {
    let high = weights(first + 1, groups);
    (*block).a4 = added((*block).a4, x, vec3f(high.k0.x, high.k1.x, high.k2.x));
    if (channels > 5) { (*block).a5 = added((*block).a5, x, vec3f(high.k0.y, high.k1.y, high.k2.y)); }
    if (channels > 6) { (*block).a6 = added((*block).a6, x, vec3f(high.k0.z, high.k1.z, high.k2.z)); }
    if (channels > 7) { (*block).a7 = added((*block).a7, x, vec3f(high.k0.w, high.k1.w, high.k2.w)); }
  }
}

// Adds them for all channels of a call, those beyond 8 to the second block.
fn gatherAll(block: ptr<function, Block>, second: ptr<function, Block>, x: Windows, first: i32, channels: i32) {
  let groups = (channels + 3) / 4;
  gather(block, x, first, groups, channels);
  if (channels > ROWS) { gather(second, x, first + 2, groups, channels - ROWS); }
}

// Moves each row into the one before. Blocks are stored row by row in a loop that moves the next one to the front: text
// with a store for each element, or a loop over an array of registers, compiles for longer.
fn pull(block: ptr<function, Block>) {
  (*block).a0 = (*block).a1;
  (*block).a1 = (*block).a2;
  (*block).a2 = (*block).a3;
  (*block).a3 = (*block).a4;
  (*block).a4 = (*block).a5;
  (*block).a5 = (*block).a6;
  (*block).a6 = (*block).a7;
}

const ONES = mat4x4f(vec4f(1), vec4f(1), vec4f(1), vec4f(1));

fn biases(o: u32) -> Block {
  return Block(
    b(o) * ONES, b(o + 1) * ONES, b(o + 2) * ONES, b(o + 3) * ONES,
    b(o + 4) * ONES, b(o + 5) * ONES, b(o + 6) * ONES, b(o + 7) * ONES,
  );
}

// Adds the products with all channels of u at a row of taps, which sees the rows of u at `plane`.
fn addChannels(block: ptr<function, Block>, second: ptr<function, Block>, plane: i32, kzy: i32, n: i32, o: u32) {
  for (var c = 0; c < C_IN; c++) {
    let row = u32(c * N + plane);
    let at = (i32(o) / BLOCK_OUT * C_IN + c) * K_Z * K_Y + kzy;
    if (K_X <= TAPS) {
      gatherAll(block, second, uWindows(row, n, 0), at * FOURS_OUT, BLOCK_OUT);
    } else {
      for (var k = 0; k < K_X; k += TAPS) {
        gatherAll(block, second, uWindows(row, n, k), at * FOURS_OUT + k * GROUPS_OUT, BLOCK_OUT);
      }
    }
  }
}

fn forward(i: u32) {
  let n = i32(i % BLOCKS * POINTS);
  let y = i32(i / BLOCKS % OUT_Y);
  let z = i32(i / (BLOCKS * OUT_Y) % OUT_Z);
  let o = i / (BLOCKS * OUT_Y * OUT_Z) * BLOCK_OUT;
  var block = biases(o);
  var second = Block();
  if (BLOCK_OUT > ROWS) { second = biases(o + ROWS); }
  if (IS_LINE) {
    addChannels(&block, &second, 0, 0, n, o);
  } else {
    for (var kzy = 0; kzy < K_Z * K_Y; kzy++) {
      let plane = uRow(
        z * STRIDE_Z + kzy / K_Y * DILATION_Z - PAD_Z,
        y * STRIDE_Y + kzy % K_Y * DILATION_Y - PAD_Y,
      );
      if (plane != NONE) { addChannels(&block, &second, plane, kzy, n, o); }
    }
  }
  let position = u32(z * OUT_PLANE + y * OUT_X + n);
  for (var row = 0u; row < BLOCK_OUT && o + row < C_OUT; row++) {
    let at = (o + row) * OUT + position;
    putV4(at, n, block.a0[0]);
    putV4(at + 4, n + 4, block.a0[1]);
    putV4(at + 8, n + 8, block.a0[2]);
    putV4(at + 12, n + 12, block.a0[3]);
    pull(&block);
    if (BLOCK_OUT > ROWS) {
      block.a7 = second.a0;
      pull(&second);
    }
  }
}

fn putV4(at: u32, n: i32, x: vec4f) {
  if (!IS_RAGGED) {
    setV4(at, x);
  } else {
    if (n < OUT_X) { setV(at, x.x); }
    if (n + 1 < OUT_X) { setV(at + 1, x.y); }
    if (n + 2 < OUT_X) { setV(at + 2, x.z); }
    if (n + 3 < OUT_X) { setV(at + 3, x.w); }
  }
}

// Adds the products with the cotangents of all channels of v at a row of taps, which sees their rows at `plane`.
fn addCotangents(block: ptr<function, Block>, second: ptr<function, Block>, plane: i32, kzy: i32, m: i32, c: u32) {
  for (var o = 0; o < C_OUT; o++) {
    let row = u32(o * OUT + plane);
    let at = (i32(c) / BLOCK_IN * C_OUT + o) * K_Z * K_Y + kzy;
    if (K_X <= TAPS) {
      gatherAll(block, second, vBarWindows(row, m, 0), at * FOURS_IN, BLOCK_IN);
    } else {
      for (var k = 0; k < K_X; k += TAPS) {
        gatherAll(block, second, vBarWindows(row, m, k), at * FOURS_IN + k * GROUPS_IN, BLOCK_IN);
      }
    }
  }
}

fn adjointU(i: u32) {
  let m = i32(i % U_BLOCKS * POINTS);
  let y = i32(i / U_BLOCKS % N_Y);
  let z = i32(i / (U_BLOCKS * N_Y) % N_Z);
  let c = i / (U_BLOCKS * N_Y * N_Z) * BLOCK_IN;
  var block = Block();
  var second = Block();
  if (IS_LINE) {
    addCotangents(&block, &second, 0, 0, m, c);
  } else {
    for (var kzy = 0; kzy < K_Z * K_Y; kzy++) {
      let plane = vRow(z - kzy / K_Y * DILATION_Z + PAD_Z, y - kzy % K_Y * DILATION_Y + PAD_Y);
      if (plane != NONE) { addCotangents(&block, &second, plane, kzy, m, c); }
    }
  }
  let position = u32(z * N_PLANE + y * N_X + m);
  for (var row = 0u; row < BLOCK_IN && c + row < C_IN; row++) {
    let at = (c + row) * N + position;
    putUBar4(at, m, block.a0[0]);
    putUBar4(at + 4, m + 4, block.a0[1]);
    putUBar4(at + 8, m + 8, block.a0[2]);
    putUBar4(at + 12, m + 12, block.a0[3]);
    pull(&block);
    if (BLOCK_IN > ROWS) {
      block.a7 = second.a0;
      pull(&second);
    }
  }
}

fn putUBar4(at: u32, m: i32, x: vec4f) {
  if (!IS_U_RAGGED) {
    setUBar4(at, x);
  } else {
    if (m < N_X) { setUBar(at, x.x); }
    if (m + 1 < N_X) { setUBar(at + 1, x.y); }
    if (m + 2 < N_X) { setUBar(at + 2, x.z); }
    if (m + 3 < N_X) { setUBar(at + 3, x.w); }
  }
}
