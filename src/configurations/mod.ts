/**
 * The configurations of trainax.
 *
 * @module
 */
export { ChainConfiguration, type ChainExtras, type ChainOptions } from "./chain.ts";
export { Composite } from "./composite.ts";
export { DivertedChain, type DivertedChainOptions } from "./diverted_chain.ts";
export { DivertedChainBranchOne, type DivertedChainBranchOneOptions } from "./diverted_chain_branch_one.ts";
export { MixChainPostPhysics, type MixChainPostPhysicsOptions } from "./mix_chain_post_physics.ts";
export { Residuum, type ResiduumOptions } from "./residuum.ts";
export { Supervised, type SupervisedOptions } from "./supervised.ts";
