// Command bare is the yardstick of the benchmark: the least that a connection flow can consist of, on the same libraries as
// Passerelle (echo, templ, SQLite with synchronous=FULL and group commit) and on nothing else. Page, sealed credentials, a
// durable code, its exchange, the accounts. What Passerelle adds (sessions, CSRF, state machine, headers, logs, metrics, jobs,
// a real connector) shows as the ratio to it. It also answers /hello with bare echo and /page with echo and templ,
// and holds the bare walk (walk.go), which takes as many requests as Passerelle's flow.
//
// It is no part of the product, and is unsafe to use as anything else.
package main
