// Package redistest starts real Redis servers for tests, alone, as a master with replicas and Sentinels, and as a Cluster, and puts a
// proxy in front of one that does to its traffic what bad networks do. Everything listens on loopback, on free ports, keeps nothing
// on disk but what Redis insists on, and ends with the test.
//
// Only tests import it. It knows nothing of what is kept in a Redis: that is internal/ephemeral's.
package redistest
