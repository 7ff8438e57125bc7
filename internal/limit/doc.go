// Package limit owns how much of something anybody may do in a while: the rules, how a network is told from its address, the
// Limiter that counts by them, and the Guard that keeps the forms for bank passwords from being an oracle for stolen ones.
//
// A Rule is so many in a window, and the window slides: what was counted in the window before weighs as much of it as is still
// within reach, so that nobody gets twice as much at an edge. Counts are kept in this process and told to a Counter that all
// processes share, in steps of a fiftieth of the rule and at least once a second: a rule of many is exact to that step for each
// process, a rule of few is exact, and a request under no pressure costs no round trip. What is counted by goes to the Counter as
// a keyed hash: no address and no login can be read there. A Counter that does not answer refuses nobody: each process then holds
// everybody to half of each rule by itself. Keys are bounded; under a flood of new ones the oldest are read anew from the Counter.
//
// Sliding counts the same way by the Counter alone, exactly and each time: for what is rare, such as wrong passwords (internal/grant).
//
// Nothing here decides alone about a bank password: that at most five are sent in a row for one login is decided by the store
// (internal/connect, TakeTries). The Guard is about many logins.
//
// It does not own what a request is counted by (web/middleware), nor the counters themselves (internal/ephemeral).
package limit
