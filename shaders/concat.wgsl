// concat, one sample: the channels of a, then those of b.
//
//   forward  v[i] = a[i] for i < SIZE_A, else b[i - SIZE_A]
//   adjointA  aBar[i] = vBar[i]        adjointB  bBar[i] = vBar[SIZE_A + i]
//
// Shapes  a, aBar: [C_A, ...N], SIZE_A elements.  b, bBar: [C_B, ...N].  v, vBar: [C_A + C_B, ...N].
import super::io::{SIZE_A, a, b, setV, vBar, setABar, setBBar};

fn forward(i: u32) {
  if (i < SIZE_A) { setV(i, a(i)); } else { setV(i, b(i - SIZE_A)); }
}

fn adjointA(i: u32) { setABar(i, vBar(i)); }

fn adjointB(i: u32) { setBBar(i, vBar(SIZE_A + i)); }
