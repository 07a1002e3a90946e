/**
 * The shaders as texts. Generated from `shaders/**.wgsl` by `deno task bundle`.
 *
 * @module
 */

/** The text of `shaders/add.wgsl`. */
export const ADD = `// add, element by element.
//
//   forward  v[i] = a[i] + b[i]        adjointA  aBar[i] = vBar[i]        adjointB  bBar[i] = vBar[i]
import super::io::{a, b, setV, vBar, setABar, setBBar};

fn forward(i: u32) { setV(i, a(i) + b(i)); }

fn adjointA(i: u32) { setABar(i, vBar(i)); }

fn adjointB(i: u32) { setBBar(i, vBar(i)); }
`;

/** The text of `shaders/conv.wgsl`. */
export const CONV = `// conv, one sample, one axis, as many positions out as in (SAME), cross-correlation.
//
//   forward   v[o,n]      = b[o] + sum_c sum_k w[o,c,k] u[c, source(n + k - PAD)]
//   adjointU  uBar[c,m]   = sum_o sum_k w[o,c,k] sum of vBar[o,n] over the n with source(n + k - PAD) = m
//   adjointW  wBar[o,c,k] = sum_n vBar[o,n] u[c, source(n + k - PAD)]
//   adjointB  bBar[o]     = sum_n vBar[o,n]
//
// source(q), the element that stands at position q of the padded axis:
//   PERIODIC  q mod N        ZEROS  none beyond the ends        REFLECT  mirrored at the end points, which are not repeated
//
// Shapes  u, uBar: [C_IN, N], v, vBar: [C_OUT, N], N fastest.  w, wBar: [C_OUT, C_IN, K], K <= N.  b, bBar: [C_OUT].
import super::io::{C_IN, C_OUT, N, K, PAD, BOUNDARY, u, w, b, setV, vBar, setUBar};

const PERIODIC = 0;
const REFLECT = 2;
const NONE = -1;

fn source(q: i32) -> i32 {
  if (BOUNDARY == PERIODIC) { return (q + N) % N; }
  if (BOUNDARY == REFLECT) { return (N - 1) - abs((N - 1) - abs(q)); }
  return select(NONE, q, q >= 0 && q < N);
}

// The positions n with source(n + k - PAD) = m: up to three, counted by \`image\`; NONE where there is none.
fn reader(m: i32, k: i32, image: i32) -> i32 {
  if (BOUNDARY == PERIODIC) { return select(NONE, (m - k + PAD + N) % N, image == 0); }
  var q = m;
  if (image == 1) { q = select(NONE - PAD, -m, BOUNDARY == REFLECT && m > 0); }
  if (image == 2) { q = select(NONE - PAD, 2 * (N - 1) - m, BOUNDARY == REFLECT && m < N - 1); }
  let n = q - k + PAD;
  return select(NONE, n, n >= 0 && n < N);
}

fn forward(i: u32) {
  let o = i / N;
  let n = i % N;
  var sum = b(o);
  for (var c = 0u; c < C_IN; c++) {
    for (var k = 0u; k < K; k++) {
      let m = source(i32(n + k) - PAD);
      if (m != NONE) { sum += w((o * C_IN + c) * K + k) * u(c * N + u32(m)); }
    }
  }
  setV(i, sum);
}

fn adjointU(i: u32) {
  let c = i / N;
  let m = i % N;
  var sum = 0.0;
  for (var o = 0u; o < C_OUT; o++) {
    for (var k = 0u; k < K; k++) {
      let weight = w((o * C_IN + c) * K + k);
      for (var image = 0; image < select(1, 3, BOUNDARY == REFLECT); image++) {
        let n = reader(i32(m), i32(k), image);
        if (n != NONE) { sum += weight * vBar(o * N + u32(n)); }
      }
    }
  }
  setUBar(i, sum);
}

fn adjointW(i: u32, n: u32) -> f32 {
  let o = i / (C_IN * K);
  let c = i / K % C_IN;
  let m = source(i32(n + i % K) - PAD);
  if (m == NONE) { return 0.0; }
  return vBar(o * N + n) * u(c * N + u32(m));
}

fn adjointB(o: u32, n: u32) -> f32 {
  return vBar(o * N + n);
}
`;

/** The text of `shaders/dense.wgsl`. */
export const DENSE = `// dense, one sample: an affine map of a vector.
//
//   forward   v[o]    = b[o] + sum_d w[o,d] u[d]
//   adjointU  uBar[d] = sum_o w[o,d] vBar[o]
//   adjointW  wBar[o,d] = vBar[o] u[d]        adjointB  bBar[o] = vBar[o]
//
// Shapes  u, uBar: [D_IN], v, vBar: [D_OUT].  w, wBar: [D_OUT, D_IN].  b, bBar: [D_OUT].
import super::io::{D_IN, D_OUT, u, w, b, setV, vBar, setUBar, setWBar, setBBar};

fn forward(o: u32) {
  var sum = b(o);
  for (var d = 0u; d < D_IN; d++) { sum += w(o * D_IN + d) * u(d); }
  setV(o, sum);
}

fn adjointU(d: u32) {
  var sum = 0.0;
  for (var o = 0u; o < D_OUT; o++) { sum += w(o * D_IN + d) * vBar(o); }
  setUBar(d, sum);
}

fn adjointW(i: u32) { setWBar(i, vBar(i / D_IN) * u(i % D_IN)); }

fn adjointB(o: u32) { setBBar(o, vBar(o)); }
`;

/** The text of `shaders/frames/action.wgsl`. */
export const FRAMES_ACTION = `// What varies by action and by update. The host writes both records by their layouts in the linked text.

// One action of the program. Slots count samples' places in a pool of equally large tensors.
struct Action {
  inputs: vec4u,       // slots of the states read
  inputBars: vec4u,    // slots of their cotangents
  inputBarsAdd: vec4u, // 1 where the contribution adds to an earlier one
  times: vec2u,        // time levels of the snapshots read
  output: u32,         // slot of the state written
  outputBar: u32,      // slot of its cotangent
  activations: u32,    // slot of the kept activations
  parametersAdd: u32,  // 1 where parameter cotangents add to those of an earlier action
  term: u32,           // which loss
  weight: f32,         // its factor
}

// One update: a batch of \`batch\` rows for each of \`members\` members, of which the first \`live\` rows are samples.
struct Update {
  batch: u32,
  members: u32,
  live: u32,
  groups: u32,    // lanes that share the samples of a parameter cotangent
  terms: u32,     // losses of the objective
  parameters: u32, // floats of one member's parameters
  windows: u32,   // where the update's windows start in their table
  schedule: u32,  // where its optimizer scalars start in their table
  history: u32,   // where its losses go in the loss history
  number: u32,    // which update of the training, from 1
}
`;

/** The text of `shaders/frames/batch_sum.wgsl`. */
export const FRAMES_BATCH_SUM = `// One lane for each element of a parameter and group of samples: adds over the samples of the group, in order.
import package::main::{update, sample, member};
import package::call::{ELEMENTS, call, store};

fn run(lane: u32) {
  let i = lane % ELEMENTS;
  let group = lane / ELEMENTS % update.groups;
  member = lane / (ELEMENTS * update.groups);
  if (member >= update.members) { return; }
  var sum = 0.0;
  for (sample = group; sample < update.live; sample += update.groups) { sum += call(i); }
  store(group, i, sum);
}
`;

/** The text of `shaders/frames/element.wgsl`. */
export const FRAMES_ELEMENT = `// One lane for each element of each live sample: calls a function that writes one element.
import package::main::{update, sample, member};
import package::call::{ELEMENTS, call};

fn run(lane: u32) {
  let row = lane / ELEMENTS;
  member = row / update.batch;
  sample = row % update.batch;
  if (member >= update.members || sample >= update.live) { return; }
  call(lane % ELEMENTS);
}
`;

/** The text of `shaders/frames/initial_state.wgsl`. */
export const FRAMES_INITIAL_STATE = `// Copies a snapshot of each window into a state slot, an element a lane.
import super::io::{snapshot, setState};

fn forward(i: u32) { setState(i, snapshot(i)); }
`;

/** The text of `shaders/frames/optimizer.wgsl`. */
export const FRAMES_OPTIMIZER = `// One update of the parameters: the chain of transforms turns each gradient into a step. A lane for each parameter
// and member. Once a member has stopped, all keep their parameters and moments: they stop at the same update.
import package::action::Update;
import package::chain::transform;

@group(0) @binding(1) var<uniform> update: Update;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;         // [members, parameters]
@group(0) @binding(3) var<storage, read_write> parameters: array<f32>; // [members, parameters]
@group(0) @binding(4) var<storage, read_write> moments: array<f32>;    // [moments, members, parameters]
@group(0) @binding(5) var<storage, read> schedule: array<f32>;         // [updates, members, scalars]
@group(0) @binding(6) var<storage, read> stops: array<u32>;            // [members]

const LANES = 64u;

var<private> member: u32;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = (at.x + at.y * grid.x) * LANES + id.x;
  if (lane >= update.members * update.parameters) { return; }
  member = lane / update.parameters;
  for (var m = 0u; m < update.members; m++) {
    if (stops[m] <= update.number) { return; }
  }
  parameters[lane] += transform(gradient[lane], lane);
}
`;

/** The text of `shaders/frames/sum_losses.wgsl`. */
export const FRAMES_SUM_LOSSES = `// The loss of each term and member: its samples' numbers, added in a fixed tree, divided where the mean is asked for.
// One workgroup for each. A member with a loss that is not finite stops at this update.
import package::action::Update;

@group(0) @binding(1) var<uniform> update: Update;
@group(0) @binding(2) var<storage, read> losses: array<f32>;            // [terms, members, batch]
@group(0) @binding(3) var<storage, read> isMean: array<u32>;            // [terms]
@group(0) @binding(4) var<storage, read_write> history: array<f32>;     // [updates, members, terms]
@group(0) @binding(5) var<storage, read_write> stops: array<atomic<u32>>; // [members]

const LANES = 64u;

var<workgroup> partial: array<f32, LANES>;

fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let group = at.x + at.y * grid.x;
  let member = group / update.terms;
  let term = group % update.terms;
  if (member >= update.members) { return; }
  let row = (term * update.members + member) * update.batch;
  var sum = 0.0;
  for (var i = id.x; i < update.live; i += LANES) { sum += losses[row + i]; }
  partial[id.x] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (id.x < half) { partial[id.x] += partial[id.x + half]; }
    workgroupBarrier();
  }
  if (id.x > 0u) { return; }
  let loss = select(partial[0], partial[0] / f32(update.live), isMean[term] != 0u);
  history[update.history + group] = loss;
  if (!isFinite(loss)) { atomicMin(&stops[member], update.number); }
}
`;

/** The text of `shaders/frames/sum_partials.wgsl`. */
export const FRAMES_SUM_PARTIALS = `// The gradient: for each parameter and member the partial sums of the groups, added in order. A lane for each.
// A member with a cotangent that is not finite stops at this update.
import package::action::Update;

@group(0) @binding(1) var<uniform> update: Update;
@group(0) @binding(2) var<storage, read> partials: array<f32>;            // [groups, members, parameters]
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;      // [members, parameters]
@group(0) @binding(4) var<storage, read_write> stops: array<atomic<u32>>; // [members]

const LANES = 64u;

fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) at: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let lane = (at.x + at.y * grid.x) * LANES + id.x;
  let size = update.members * update.parameters;
  if (lane >= size) { return; }
  var sum = 0.0;
  for (var group = 0u; group < update.groups; group++) { sum += partials[group * size + lane]; }
  gradient[lane] = sum;
  if (!isFinite(sum)) { atomicMin(&stops[lane / update.parameters], update.number); }
}
`;

/** The text of `shaders/frames/workgroup_sum.wgsl`. */
export const FRAMES_WORKGROUP_SUM = `// One workgroup for each element of each live sample: adds returned summands in a fixed tree.
import package::main::{update, sample, member};
import package::call::{ELEMENTS, SUMMANDS, call, store};

const LANES = 64u;

var<workgroup> partial: array<f32, LANES>;

fn run(group: u32, lane: u32) {
  let row = group / ELEMENTS;
  if (row >= update.batch * update.members || row % update.batch >= update.live) { return; }
  member = row / update.batch;
  sample = row % update.batch;
  var sum = 0.0;
  for (var j = lane; j < SUMMANDS; j += LANES) { sum += call(group % ELEMENTS, j); }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) { store(group % ELEMENTS, partial[0]); }
}
`;

/** The text of `shaders/mae.wgsl`. */
export const MAE = `// mae, one sample: the mean of absolute values of a difference, over all elements. The slope of |x| at 0 is 0.
//
//   forward   v[0]    = sum_j |p[j] - r[j]| / SIZE
//   adjointP  pBar[i] = vBar[0] sign(p[i] - r[i]) / SIZE        adjointR  rBar[i] = -pBar[i]
//
// Shapes  p, pBar, r, rBar: SIZE elements; r reads as 0 where it is left out.  v, vBar: [1].
import super::io::{SIZE, p, r, vBar, setPBar, setRBar};

fn forward(i: u32, j: u32) -> f32 { return abs(p(j) - r(j)) / SIZE; }

fn adjointP(i: u32) { setPBar(i, vBar(0u) * sign(p(i) - r(i)) / SIZE); }

fn adjointR(i: u32) { setRBar(i, vBar(0u) * sign(r(i) - p(i)) / SIZE); }
`;

/** The text of `shaders/mean_power.wgsl`. */
export const MEAN_POWER = `// mean_power, one sample: the mean of |p - r|^ORDER over all elements; ORDER = WHOLE + REST >= 1, with 0 <= REST < 1.
//
//   forward   v[0]    = sum_j |p[j] - r[j]|^ORDER / SIZE
//   adjointP  pBar[i] = vBar[0] ORDER sign(p[i] - r[i]) |p[i] - r[i]|^(ORDER - 1) / SIZE        adjointR  rBar[i] = -pBar[i]
//
// Shapes  p, pBar, r, rBar: SIZE elements; r reads as 0 where it is left out.  v, vBar: [1].
import super::io::{SIZE, ORDER, WHOLE, REST, p, r, vBar, setPBar, setRBar};

// x^(whole + REST) for x >= 0. The whole part by squaring: WGSL's pow loses digits as its exponent grows.
fn power(x: f32, whole: u32) -> f32 {
  var result = 1.0;
  var square = x;
  for (var k = whole; k > 0u; k >>= 1u) {
    if ((k & 1u) == 1u) { result *= square; }
    square *= square;
  }
  if (REST > 0.0) { result *= select(pow(x, REST), 0.0, x == 0.0); }
  return result;
}

fn slope(e: f32) -> f32 { return ORDER * sign(e) * power(abs(e), WHOLE - 1) / SIZE; }

fn forward(i: u32, j: u32) -> f32 { return power(abs(p(j) - r(j)), WHOLE) / SIZE; }

fn adjointP(i: u32) { setPBar(i, vBar(0u) * slope(p(i) - r(i))); }

fn adjointR(i: u32) { setRBar(i, vBar(0u) * slope(r(i) - p(i))); }
`;

/** The text of `shaders/mse.wgsl`. */
export const MSE = `// mse, one sample: the mean of squares of a difference, over all elements.
//
//   forward   v[0]    = sum_j (p[j] - r[j])^2 / SIZE
//   adjointP  pBar[i] = 2 vBar[0] (p[i] - r[i]) / SIZE        adjointR  rBar[i] = -pBar[i]
//
// Shapes  p, pBar, r, rBar: SIZE elements; r reads as 0 where it is left out.  v, vBar: [1].
import super::io::{SIZE, p, r, vBar, setPBar, setRBar};

fn forward(i: u32, j: u32) -> f32 {
  let e = p(j) - r(j);
  return e * e / SIZE;
}

fn adjointP(i: u32) { setPBar(i, 2.0 * vBar(0u) * (p(i) - r(i)) / SIZE); }

fn adjointR(i: u32) { setRBar(i, 2.0 * vBar(0u) * (r(i) - p(i)) / SIZE); }
`;

/** The text of `shaders/normalized_mae.wgsl`. */
export const NORMALIZED_MAE = `// normalized_mae, one sample: the mean of absolute values of a difference over that of the target, which is given as
// s. The slope of |x| at 0 is 0.
//
//   forward   v[0]    = sum_j |p[j] - r[j]| / SIZE / s[0]
//   adjointP  pBar[i] = vBar[0] sign(p[i] - r[i]) / SIZE / s[0]        adjointR  rBar[i] = -pBar[i]
//   adjointS  sBar[0] = -vBar[0] v[0] / s[0]
//
// Shapes  p, pBar, r, rBar: SIZE elements.  s, sBar, v, vBar: [1].
import super::io::{SIZE, p, r, s, v, vBar, setPBar, setRBar, setSBar};

fn forward(i: u32, j: u32) -> f32 { return abs(p(j) - r(j)) / SIZE / s(0u); }

fn adjointP(i: u32) { setPBar(i, vBar(0u) * sign(p(i) - r(i)) / SIZE / s(0u)); }

fn adjointR(i: u32) { setRBar(i, vBar(0u) * sign(r(i) - p(i)) / SIZE / s(0u)); }

fn adjointS(i: u32) { setSBar(i, -vBar(0u) * v(0u) / s(0u)); }
`;

/** The text of `shaders/normalized_mse.wgsl`. */
export const NORMALIZED_MSE = `// normalized_mse, one sample: the mean of squares of a difference over that of the target, which is given as s.
//
//   forward   v[0]    = sum_j (p[j] - r[j])^2 / SIZE / s[0]
//   adjointP  pBar[i] = 2 vBar[0] (p[i] - r[i]) / SIZE / s[0]        adjointR  rBar[i] = -pBar[i]
//   adjointS  sBar[0] = -vBar[0] v[0] / s[0]
//
// Shapes  p, pBar, r, rBar: SIZE elements.  s, sBar, v, vBar: [1].
import super::io::{SIZE, p, r, s, v, vBar, setPBar, setRBar, setSBar};

fn forward(i: u32, j: u32) -> f32 {
  let e = p(j) - r(j);
  return e * e / SIZE / s(0u);
}

fn adjointP(i: u32) { setPBar(i, 2.0 * vBar(0u) * (p(i) - r(i)) / SIZE / s(0u)); }

fn adjointR(i: u32) { setRBar(i, 2.0 * vBar(0u) * (r(i) - p(i)) / SIZE / s(0u)); }

fn adjointS(i: u32) { setSBar(i, -vBar(0u) * v(0u) / s(0u)); }
`;

/** The text of `shaders/optimizers/scale_by_adam.wgsl`. */
export const OPTIMIZERS_SCALE_BY_ADAM = `// scale_by_adam, one parameter: the gradient over the root of its second moment, both without their initial bias.
// Kingma and Ba 2015, algorithm 1; optax's order of operations. At update t, counted from 1:
//
//   mu' = B1 mu + (1 - B1) g        nu' = B2 nu + (1 - B2) g^2
//   result = (mu' / (1 - B1^t)) / (sqrt(nu' / (1 - B2^t) + EPS_ROOT) + EPS)
import super::io::{B1, B2, EPS, EPS_ROOT, mu, setMu, nu, setNu, firstCorrection, secondCorrection};

fn transform(g: f32, i: u32) -> f32 {
  let first = (1.0 - B1) * g + B1 * mu(i);
  let second = (1.0 - B2) * (g * g) + B2 * nu(i);
  setMu(i, first);
  setNu(i, second);
  return first / firstCorrection() / (sqrt(second / secondCorrection() + EPS_ROOT) + EPS);
}
`;

/** The text of `shaders/optimizers/scale_by_learning_rate.wgsl`. */
export const OPTIMIZERS_SCALE_BY_LEARNING_RATE = `// scale_by_learning_rate, one parameter: a step against the gradient; optax's \`scale_by_learning_rate\`.
//
//   result = -learningRate g
import super::io::{learningRate};

fn transform(g: f32, i: u32) -> f32 {
  return -learningRate() * g;
}
`;

/** The text of `shaders/optimizers/trace.wgsl`. */
export const OPTIMIZERS_TRACE = `// trace, one parameter: the decaying sum of gradients that is called momentum; optax's \`trace\`.
//
//   m' = g + DECAY m        result = g + DECAY m' with Nesterov's look-ahead, else m'
import super::io::{DECAY, NESTEROV, momentum, setMomentum};

fn transform(g: f32, i: u32) -> f32 {
  let next = g + DECAY * momentum(i);
  setMomentum(i, next);
  return select(next, g + DECAY * next, NESTEROV == 1);
}
`;

/** The text of `shaders/relu.wgsl`. */
export const RELU = `// relu, element by element: v = max(u, 0), with slope 0 at 0. A NaN stays a NaN.
//
//   forward  v[i] = activate(u[i])        adjointU  uBar[i] = vBar[i] slope(v[i])
import super::io::{u, v, setV, vBar, setUBar};

fn activate(x: f32) -> f32 { return select(x, 0.0, x < 0.0); }

fn slope(y: f32) -> f32 { return select(0.0, 1.0, y > 0.0); }

fn forward(i: u32) { setV(i, activate(u(i))); }

fn adjointU(i: u32) { setUBar(i, vBar(i) * slope(v(i))); }
`;

/** The text of `shaders/root.wgsl`. */
export const ROOT = `// root, element by element, of numbers >= 0: v = u^(1 / ORDER). Its slope at 0, which is infinite, is taken as 0.
//
//   forward  v[i] = u[i]^(1 / ORDER)        adjointU  uBar[i] = vBar[i] v[i] / (ORDER u[i]), 0 where u[i] = 0
import super::io::{ORDER, u, v, setV, vBar, setUBar};

fn forward(i: u32) {
  let x = u(i);
  if (ORDER == 2) { setV(i, sqrt(x)); } else { setV(i, select(pow(x, 1.0 / ORDER), 0.0, x == 0.0)); }
}

fn adjointU(i: u32) {
  let x = u(i);
  setUBar(i, select(vBar(i) * v(i) / (ORDER * x), 0.0, x == 0.0));
}
`;

/** The text of `shaders/scale.wgsl`. */
export const SCALE = `// scale, element by element, by a constant.
//
//   forward  v[i] = FACTOR u[i]        adjointU  uBar[i] = FACTOR vBar[i]
import super::io::{FACTOR, u, setV, vBar, setUBar};

fn forward(i: u32) { setV(i, FACTOR * u(i)); }

fn adjointU(i: u32) { setUBar(i, FACTOR * vBar(i)); }
`;

/** The text of `shaders/sub.wgsl`. */
export const SUB = `// sub, element by element.
//
//   forward  v[i] = a[i] - b[i]        adjointA  aBar[i] = vBar[i]        adjointB  bBar[i] = -vBar[i]
import super::io::{a, b, setV, vBar, setABar, setBBar};

fn forward(i: u32) { setV(i, a(i) - b(i)); }

fn adjointA(i: u32) { setABar(i, vBar(i)); }

fn adjointB(i: u32) { setBBar(i, -vBar(i)); }
`;

/** The text of `shaders/tanh.wgsl`. */
export const TANH = `// tanh, element by element.
//
//   forward  v[i] = activate(u[i])        adjointU  uBar[i] = vBar[i] slope(v[i]),  slope(y) = 1 - y^2
import super::io::{u, v, setV, vBar, setUBar};

// Beyond 10 the result is 1 in float32; some drivers form exp(x) and overflow there.
fn activate(x: f32) -> f32 { return tanh(clamp(x, -10.0, 10.0)); }

fn slope(y: f32) -> f32 { return 1.0 - y * y; }

fn forward(i: u32) { setV(i, activate(u(i))); }

fn adjointU(i: u32) { setUBar(i, vBar(i) * slope(v(i))); }
`;

/** The text of `shaders/weighted_sum.wgsl`. */
export const WEIGHTED_SUM = `// weighted_sum, element by element; b reads as 0 where it is left out.
//
//   forward  v[i] = WEIGHT_A a[i] + WEIGHT_B b[i]
//   adjointA  aBar[i] = WEIGHT_A vBar[i]        adjointB  bBar[i] = WEIGHT_B vBar[i]
import super::io::{WEIGHT_A, WEIGHT_B, a, b, setV, vBar, setABar, setBBar};

fn forward(i: u32) { setV(i, WEIGHT_A * a(i) + WEIGHT_B * b(i)); }

fn adjointA(i: u32) { setABar(i, WEIGHT_A * vBar(i)); }

fn adjointB(i: u32) { setBBar(i, WEIGHT_B * vBar(i)); }
`;
