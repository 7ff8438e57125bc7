// Package conformance plays every legal and illegal sequence of the connector contract against a kind. A kind's test hands
// over a Subject and calls Run; what the kind must keep is then checked the same way for all of them:
//
//   - every step has exactly one form and is fit to show; every error is a *connector.Error without a secret in it;
//   - nothing is kept between calls: each call is made on an instance of its own, and the state is carried as bytes;
//   - each script of a bank's behaviour ends as it says, through the steps it says;
//   - cancelling is possible at each step, an event that does not answer the step ends nowhere good, and a state that is
//     empty, cut, foreign or broken is refused without a panic;
//   - a callback that is delivered twice (which the host never does) harms nothing but itself;
//   - in the background nobody is asked anything;
//   - a reconnect takes what is left out from the session, or names it, and ends with the same owner;
//   - pulls are stable and give what was asked for alone, sink errors come back as they are, sessions that rotate go on
//     working, and what was revoked cannot be read;
//   - a context that has ended, and a bank that never answers, end the call in time.
//
// It imports the contract and the vocabulary, no kind and no bank.
package conformance
