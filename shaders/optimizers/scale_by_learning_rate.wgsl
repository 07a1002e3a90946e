// scale_by_learning_rate, one parameter: a step against the gradient; optax's `scale_by_learning_rate`.
//
//   result = SIGN learningRate g, where SIGN is -1 unless asked otherwise
import super::io::{SIGN, learningRate};

fn transform(g: f32, i: u32) -> f32 {
  return SIGN * learningRate() * g;
}
