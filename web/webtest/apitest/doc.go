// Package apitest is what the test worlds of the JSON areas begin with: a server with their area alone, requests to it, the data of a
// user, and what is asked of every description. Only tests import it.
//
// It owns no expectation of any one dialect: each area says in its own tests what an answer looks like. The store below is
// internal/store/storetest's.
package apitest
