// dense, one sample, in blocks of registers, for D_IN a multiple of 4: the sums of dense.wgsl in another order.
//
// A call of forward computes 8 numbers of v, one of adjointU 16 of uBar, one of adjointW 8 rows by 4 columns of wBar.
//
// Shapes  as in dense.wgsl.
import super::io::{D_IN, D_OUT, u4, w4, b, setV, vBar, setUBar4, setWBar4};

const ROWS = 8;
const COLUMNS = 16;

fn row(o: u32) -> u32 { return min(o, D_OUT - 1) * D_IN; }

fn forward(i: u32) {
  let o = i * ROWS;
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  var s4 = vec4f();
  var s5 = vec4f();
  var s6 = vec4f();
  var s7 = vec4f();
  for (var d = 0u; d < D_IN; d += 4) {
    let x = u4(d);
    s0 += w4(row(o) + d) * x;
    s1 += w4(row(o + 1) + d) * x;
    s2 += w4(row(o + 2) + d) * x;
    s3 += w4(row(o + 3) + d) * x;
    s4 += w4(row(o + 4) + d) * x;
    s5 += w4(row(o + 5) + d) * x;
    s6 += w4(row(o + 6) + d) * x;
    s7 += w4(row(o + 7) + d) * x;
  }
  put(o, s0);
  put(o + 1, s1);
  put(o + 2, s2);
  put(o + 3, s3);
  put(o + 4, s4);
  put(o + 5, s5);
  put(o + 6, s6);
  put(o + 7, s7);
}

fn put(o: u32, sums: vec4f) {
  if (o < D_OUT) { setV(o, b(o) + ((sums.x + sums.y) + (sums.z + sums.w))); }
}

fn adjointU(i: u32) {
  let d = i * COLUMNS;
  var sums = mat4x4f();
  for (var o = 0u; o < D_OUT; o++) {
    let at = o * D_IN + d;
    sums += vBar(o) * mat4x4f(w4(at), w4(at + 4), w4(at + 8), w4(at + 12));
  }
  setUBar4(d, sums[0]);
  if (d + 4 < D_IN) { setUBar4(d + 4, sums[1]); }
  if (d + 8 < D_IN) { setUBar4(d + 8, sums[2]); }
  if (d + 12 < D_IN) { setUBar4(d + 12, sums[3]); }
}

fn adjointW(i: u32) {
  let d = i % (D_IN / 4) * 4;
  let first = i / (D_IN / 4) * ROWS;
  let x = u4(d);
  for (var row = 0u; row < ROWS && first + row < D_OUT; row++) {
    setWBar4((first + row) * D_IN + d, vBar(first + row) * x);
  }
}
