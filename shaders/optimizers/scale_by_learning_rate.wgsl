// scale_by_learning_rate, one parameter: a step against the gradient; optax's `scale_by_learning_rate`.
//
//   result = -learningRate g
import super::io::{learningRate};

fn transform(g: f32, i: u32) -> f32 {
  return -learningRate() * g;
}
