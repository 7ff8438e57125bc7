// Package bench measures Passerelle beside a yardstick built from the same tree and run in the same run: the bare flow of
// cmd/dev/bench/bare, bare echo, and bare echo with templ. Machines differ and are noisy; the ratios say more than the
// figures. It drives the real binary over HTTP, with the test bank as a process of its own, and reads what the service costs
// from the kernel (CPU per request) and from its own metrics (allocations and SQL statements per page).
package bench
