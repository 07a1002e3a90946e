import { add } from "../../src/ops/elementwise.ts";
import { add as twin } from "../twins/add.ts";
import { testBinary } from "./arithmetic.ts";

testBinary("add", add, twin);
