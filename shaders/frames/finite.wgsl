// Whether a number is neither infinite nor NaN: by its bits, since WGSL may assume that there are no such numbers.

fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
