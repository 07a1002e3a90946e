// conv, one sample: the weights' and biases' adjoints in blocks of registers, the sums of conv.wgsl in another order.
//
// A call of adjointW adds, over all n, 8 channels of v by FED of u, up to 4, by TAPS taps of the x axis: three, or one where
// there is no other or that axis has a stride or a dilation. Those of the first channels of u and one tap also add vBar
// itself, for the biases. A call of adjointB adds a channel of vBar.
//
// Shapes  as in conv.wgsl.
import super::io::{
  C_IN, C_OUT, FED, TAPS, BOUNDARY, N_Z, N_Y, N_X, OUT_Z, OUT_Y, OUT_X, K_Z, K_Y, K_X, PAD_Z, PAD_Y, PAD_X,
  STRIDE_Z, STRIDE_Y, STRIDE_X, DILATION_Z, DILATION_Y, DILATION_X,
  u, u4, vBar, vBar4, setWBar, setWBar4, setBBar, setBBar4,
};

const PERIODIC = 0;
const REFLECT = 2;
const NONE = -1;

const ROWS = 8;                             // channels of v in a call of adjointW
const N_PLANE = N_Y * N_X;
const N = N_Z * N_PLANE;
const OUT = OUT_Z * OUT_Y * OUT_X;
const K = K_Z * K_Y * K_X;
const AHEAD = (TAPS - 1) / 2 * 5;           // how far the points of u are read ahead
const FED_BLOCKS = (C_IN + FED - 1) / FED;
const TAP_BLOCKS = (K_X + TAPS - 1) / TAPS;

// The element at position q of a padded axis of that many points; NONE where there is none.
fn within(points: i32, q: i32) -> i32 {
  if (BOUNDARY == PERIODIC) { return select(select(q, q - points, q >= points), q + points, q < 0); }
  if (BOUNDARY == REFLECT) { return points - 1 - abs(points - 1 - abs(q)); }
  return select(NONE, q, q >= 0 && q < points);
}

// The start of the row of u at positions z and y, NONE where there is none.
fn uRow(z: i32, y: i32) -> i32 {
  let inZ = within(N_Z, z);
  let inY = within(N_Y, y);
  return select(inZ * N_PLANE + inY * N_X, NONE, min(inZ, inY) == NONE);
}

fn uAt(row: u32, q: i32) -> f32 {
  let x = within(N_X, q);
  return select(u(row + u32(clamp(x, 0, N_X - 1))), 0.0, x == NONE);
}

// What four neighbouring points of v read through a tap, the first one at q.
fn uRun(row: u32, q: i32) -> vec4f {
  return vec4f(uAt(row, q), uAt(row, q + STRIDE_X), uAt(row, q + 2 * STRIDE_X), uAt(row, q + 3 * STRIDE_X));
}

// For one channel of u and up to 3 taps the sums over n for 8 channels of v, 4 and 4; and the points of u that the first two
// taps read, `last` and then `x`.
struct Sums { low0: vec4f, low1: vec4f, low2: vec4f, high0: vec4f, high1: vec4f, high2: vec4f, last: f32, x: vec4f }

// Whether what `uNext` gives begins at a multiple of 4.
const ARE_FOURS = STRIDE_X == 1 && N_X % 4 == 0 && BOUNDARY != REFLECT &&
  ((TAPS == 3 && K_X == 3) || (TAPS == 1 && (K_X == 1 || DILATION_X % 4 == 0)));

// The same, from memory by fours where it can be.
fn uNext(row: u32, q: i32) -> vec4f {
  if (!ARE_FOURS) { return uRun(row, q); }
  let x = within(N_X, q);
  return select(u4(row + u32(max(x, 0))), vec4f(), x == NONE);
}

fn begin(sums: ptr<function, Sums>, row: u32, first: i32) {
  (*sums).last = uAt(row, first);
  (*sums).x = uNext(row, first + 1);
}

// Adds the products at four points: a column of `low` or `high` is a channel of vBar there. The next points of u stand
// from position q of the row on; with TAPS = 1 those that are read now.
fn advance(sums: ptr<function, Sums>, row: u32, q: i32, low: mat4x4f, high: mat4x4f) {
  let next = uNext(row, q);
  if (TAPS == 1) {
    (*sums).low0 += next * low;
    if (C_OUT > 4) { (*sums).high0 += next * high; }
    return;
  }
  let x1 = (*sums).x;
  let x0 = vec4f((*sums).last, x1.xyz);
  let x2 = vec4f(x1.yzw, next.x);
  (*sums).low0 += x0 * low;
  (*sums).low1 += x1 * low;
  (*sums).low2 += x2 * low;
  if (C_OUT > 4) {
    (*sums).high0 += x0 * high;
    (*sums).high1 += x1 * high;
    (*sums).high2 += x2 * high;
  }
  (*sums).last = x1.w;
  (*sums).x = next;
}

// Four points of the row of vBar that starts at `first`, for one of the channels from there on; 0 beyond the row's end and
// where no block has that channel.
fn vBarRun(first: u32, channel: u32, n: i32) -> vec4f {
  if (channel >= C_OUT) { return vec4f(); }
  let row = first + channel * OUT;
  if (OUT_X % 4 == 0) { return vBar4(row + u32(n)); }
  let at = vec4i(n, n + 1, n + 2, n + 3);
  let inside = min(at, vec4i(OUT_X - 1));
  let x = vec4f(vBar(row + u32(inside.x)), vBar(row + u32(inside.y)), vBar(row + u32(inside.z)), vBar(row + u32(inside.w)));
  return select(vec4f(), x, at == inside);
}

fn vBarRuns(first: u32, channel: u32, n: i32) -> mat4x4f {
  return mat4x4f(
    vBarRun(first, channel, n), vBarRun(first, channel + 1, n),
    vBarRun(first, channel + 2, n), vBarRun(first, channel + 3, n),
  );
}

// The sums over n of vBar for 8 channels of v.
struct Biases { low: vec4f, high: vec4f }

// Adds the products over a row of vBar, which starts at v, and the row of u at `plane`. Rows beyond the last channel give
// sums that are not stored.
fn addRow(
  s0: ptr<function, Sums>, s1: ptr<function, Sums>, s2: ptr<function, Sums>, s3: ptr<function, Sums>,
  biases: ptr<function, Biases>, v: u32, row0: u32, first: i32,
) {
  let row1 = row0 + N;
  let row2 = row0 + 2 * N;
  let row3 = row0 + 3 * N;
  if (TAPS > 1) { begin(s0, row0, first); }
  if (TAPS > 1 && FED > 1) { begin(s1, row1, first); }
  if (TAPS > 1 && FED > 2) { begin(s2, row2, first); }
  if (TAPS > 1 && FED > 3) { begin(s3, row3, first); }
  for (var n = 0; n < OUT_X; n += 4) {
    let x = vBarRuns(v, 0, n);
    let y = vBarRuns(v, 4, n);
    (*biases).low += vec4f(1) * x;
    (*biases).high += vec4f(1) * y;
    let q = first + n * STRIDE_X + AHEAD;
    advance(s0, row0, q, x, y);
    if (FED > 1) { advance(s1, row1, q, x, y); }
    if (FED > 2) { advance(s2, row2, q, x, y); }
    if (FED > 3) { advance(s3, row3, q, x, y); }
  }
}

fn adjointW(i: u32) {
  let k = i % TAP_BLOCKS * TAPS;
  let kzy = i / TAP_BLOCKS % (K_Z * K_Y);
  let c = i / (TAP_BLOCKS * K_Z * K_Y) % FED_BLOCKS * FED;
  let o = i / (TAP_BLOCKS * K_Z * K_Y) / FED_BLOCKS * ROWS;
  let first = i32(k) * DILATION_X - PAD_X;
  // Of the taps that see a row of u for each row of v.
  let addsBiases = c == 0 && k == 0 && kzy == PAD_Z / DILATION_Z * K_Y + PAD_Y / DILATION_Y;
  var s0 = Sums();
  var s1 = Sums();
  var s2 = Sums();
  var s3 = Sums();
  var biases = Biases();
  if (N_Z * N_Y == 1) {
    addRow(&s0, &s1, &s2, &s3, &biases, o * OUT, c * N, first);
  } else {
    for (var zy = 0; zy < OUT_Z * OUT_Y; zy++) {
      let plane = uRow(
        zy / OUT_Y * STRIDE_Z + i32(kzy / K_Y) * DILATION_Z - PAD_Z,
        zy % OUT_Y * STRIDE_Y + i32(kzy % K_Y) * DILATION_Y - PAD_Y,
      );
      if (plane == NONE) { continue; }
      addRow(&s0, &s1, &s2, &s3, &biases, o * OUT + u32(zy * OUT_X), c * N + u32(plane), first);
    }
  }
  for (var row = 0u; row < ROWS && o + row < C_OUT; row++) {
    putWeights(((o + row) * C_IN + c) * K + kzy * K_X + k, c, k, array(front(s0), front(s1), front(s2), front(s3)));
    pullSums(&s0);
    pullSums(&s1);
    pullSums(&s2);
    pullSums(&s3);
  }
  if (addsBiases) { putBiases(o, biases); }
}

fn putBiases(o: u32, biases: Biases) {
  if (C_OUT % 4 == 0) {
    setBBar4(o, biases.low);
    if (o + 4 < C_OUT) { setBBar4(o + 4, biases.high); }
  } else {
    var rest = biases;
    for (var row = 0u; row < ROWS && o + row < C_OUT; row++) {
      setBBar(o + row, rest.low.x);
      rest = Biases(vec4f(rest.low.yzw, rest.high.x), rest.high.yzwx);
    }
  }
}

// The sums of up to three taps for the channel of v that stands in front.
fn front(sums: Sums) -> vec3f { return vec3f(sums.low0.x, sums.low1.x, sums.low2.x); }

// Adds the front of each channel of u from c on; the weight of the first one and tap k is at `first`.
fn putWeights(first: u32, c: u32, k: u32, sums: array<vec3f, 4>) {
  if (TAPS == 3 && K_X == 3 && K == 3 && FED == 4 && C_IN % FED == 0) {
    // The weights of four channels of u lie one behind the other.
    setWBar4(first, vec4f(sums[0], sums[1].x));
    setWBar4(first + 4, vec4f(sums[1].yz, sums[2].xy));
    setWBar4(first + 8, vec4f(sums[2].z, sums[3]));
  } else {
    var taps = sums;
    for (var fed = 0u; fed < FED && c + fed < C_IN; fed++) {
      let at = first + fed * K;
      setWBar(at, taps[0].x);
      if (TAPS > 1) {
        if (k + 1 < K_X) { setWBar(at + 1, taps[0].y); }
        if (k + 2 < K_X) { setWBar(at + 2, taps[0].z); }
      }
      taps = array(taps[1], taps[2], taps[3], taps[3]);
    }
  }
}

// Moves each channel of v into the one before, so that its sums can be stored from the front in a loop.
fn pullSums(sums: ptr<function, Sums>) {
  (*sums).low0 = vec4f((*sums).low0.yzw, (*sums).high0.x);
  (*sums).low1 = vec4f((*sums).low1.yzw, (*sums).high1.x);
  (*sums).low2 = vec4f((*sums).low2.yzw, (*sums).high2.x);
  (*sums).high0 = (*sums).high0.yzwx;
  (*sums).high1 = (*sums).high1.yzwx;
  (*sums).high2 = (*sums).high2.yzwx;
}

fn adjointB(o: u32) {
  if (OUT % 4 == 0) {
    var sum = vec4f();
    for (var n = 0u; n < OUT; n += 4) { sum += vBar4(o * OUT + n); }
    setBBar(o, (sum.x + sum.y) + (sum.z + sum.w));
  } else {
    var sum = 0.0;
    for (var n = 0u; n < OUT; n++) { sum += vBar(o * OUT + n); }
    setBBar(o, sum);
  }
}
