// Package wire is one request to a bank and its answer, the same for every kind: bodies are capped, times and networks fail as a bank
// that is unavailable, links are held to hosts that the institution's settings name, and nothing that a bank wrote reaches an error
// of ours unless the end user may read it.
package wire
