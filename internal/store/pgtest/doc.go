// Package pgtest gives tests PostgreSQL databases of their own, on the server that PASSERELLE_TEST_POSTGRES_URL names (`go run ./cmd/dev
// test` starts one). It knows nothing of the store: whoever asks says how a database is made ready, which is done once in a process and
// copied for each test.
package pgtest
