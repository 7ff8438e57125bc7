// Package bench measures Passerelle beside yardsticks built from the same tree and run in the same run (cmd/dev/bench/bare): the
// bare walk, which takes the same requests, asks the same bank and commits what a visit must not forget; the bare flow, the
// least that a flow can consist of; bare echo, and bare echo with templ. Machines differ and are noisy; the ratios say more than
// the figures, and nothing fails for being slow. It drives the real binary over HTTP, with the test bank as a process of its
// own, and reads what the service costs from the kernel (CPU per request) and from its own metrics (allocations and SQL
// statements per page, writes and commits per flow).
//
// The goal for flows, 0.35 of a bare durable flow, stands beside the bare walk. It was first set beside the bare flow of four
// requests; but a visit has twelve and asks a bank, and the bare walk, which does just that and nothing else, itself reaches
// less than a third of the bare flow: no service could meet the goal there. Both ratios are printed, so that nobody need take
// this on trust.
package bench
