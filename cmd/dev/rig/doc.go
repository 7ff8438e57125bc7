// Package rig puts the service together as an operator would who has outgrown one machine, out of real programs: processes of
// the real binary with the roles web and worker behind a real haproxy, on a real PostgreSQL and a real Redis watched by three
// Sentinels, with a test bank of its own and a receiver of webhooks. On SQLite it is one process behind the same haproxy.
//
// It owns starting, killing (SIGKILL), stopping (SIGSTOP), continuing and starting again each of them by itself, and the end of
// all of them whatever happens: they die with the program that started them. Durability is left on, other than in package
// engine, since it is what is looked at here. Package wire, below, is the network between any two of them, with faults; package
// load drives end users through the service and keeps the ledger of what was acknowledged. Which faults come when is decided
// by who uses the rig: `dev soak`, `dev race` and the tests of package faults.
package rig
