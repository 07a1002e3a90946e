import { sub } from "../../src/ops/arithmetic.ts";
import { sub as twin } from "../twins/sub.ts";
import { testBinary } from "./arithmetic.ts";

testBinary("sub", sub, twin);
