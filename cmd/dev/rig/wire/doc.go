// Package wire is the network between two programs of a test, with faults: a TCP proxy that can be told, while connections are
// open, to be slow, to carry nothing without saying so (a black hole), to break connections, to hand bytes over in small pieces,
// to be narrow, to refuse newcomers, or to end a connection after so many bytes. It knows no protocol.
package wire
