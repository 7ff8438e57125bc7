// Package bench measures Passerelle beside yardsticks built from the same tree and run in the same run (cmd/dev/bench/bare): the
// bare walk, which takes the same requests, asks the same bank and commits what a visit must not forget; the bare flow, the
// least that a flow can consist of; bare echo, and bare echo with templ. Machines differ and are noisy; the ratios say more than
// the figures, and nothing fails for being slow. It drives the real binary over HTTP, with the test bank as a process of its
// own, and reads what the service costs from the kernel (CPU per request) and from its own metrics (allocations and SQL
// statements per page, writes and commits per flow).
package bench
