// Package sfintest is a stand-in for a SimpleFIN server: a program of its own, with state, for the tests of the connector kind. It is
// written from the protocol's drafts (versions 1 and 2) and knows nothing of the kind. It is strict where they are: a token is spent
// once, by a POST without a body; accounts come for the right name and password alone; unknown parameters, an end that is not after the
// start and a time longer than 90 days are refused. What people and banks there are it makes up.
package sfintest
