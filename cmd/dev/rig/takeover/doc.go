// Package takeover is the tests of several processes at one PostgreSQL: of one that is killed in the middle of talks with the bank, of
// one that is stopped and comes back after others have taken its work over, of a worker that is killed while it reads, and of a restart
// of all, one after the other, under load and behind a balancer, of which no request may notice anything (fault matrix F2, F29, F30,
// F32).
//
// It owns nothing else: package rig starts and kills, package load drives and holds the ledger against what is there afterwards.
package takeover
