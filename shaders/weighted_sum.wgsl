// weighted_sum, element by element; b reads as 0 where it is left out.
//
//   forward  v[i] = WEIGHT_A a[i] + WEIGHT_B b[i]
//   adjointA  aBar[i] = WEIGHT_A vBar[i]        adjointB  bBar[i] = WEIGHT_B vBar[i]
import super::io::{WEIGHT_A, WEIGHT_B, a, b, setV, vBar, setABar, setBBar};

fn forward(i: u32) { setV(i, WEIGHT_A * a(i) + WEIGHT_B * b(i)); }

fn adjointA(i: u32) { setABar(i, WEIGHT_A * vBar(i)); }

fn adjointB(i: u32) { setBBar(i, WEIGHT_B * vBar(i)); }
