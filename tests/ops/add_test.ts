import { add } from "../../src/ops/arithmetic.ts";
import { add as twin } from "../twins/add.ts";
import { testBinary } from "./arithmetic.ts";

testBinary("add", add, twin);
