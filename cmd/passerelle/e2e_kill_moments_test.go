package main

import (
	"net/http"
	"slices"

	"passerelle/internal/bank"
)

// Who an errand's end user is to the client application when it is over.
const (
	// staysShared: the accounts are shared, as before; endsUnshared: none is; endsRemoved: the connection is gone.
	staysShared  = "shared"
	endsUnshared = "unshared"
	endsRemoved  = "removed"
)

// undertaking is a kind of errand and the moments that it is killed at.
type undertaking struct {
	name            string
	source, website string
	// kept says that the entry URL alone signs in, with what is kept.
	kept bool
	// fresh begins without a connection; revoked with one whose consent was withdrawn at the bank.
	fresh, revoked bool
	// entry is the flow's path, with the parameters that are its own; empty for calls of a client backend alone. one names the
	// connection in it.
	entry, more string
	one         bool
	goal, ends  string
	// signsIn says that the bank says yes once more.
	signsIn bool
	moments []cut
}

// webauthEntry stands for the address that GET /webauth-url gives.
const webauthEntry = "webauth"

// onPage makes the moments of a page: shown, and with the answer to it lost in both ways.
func onPage(forms ...string) (out []cut) {
	for _, f := range forms {
		out = append(out, cut{f, whileShown, ""}, cut{f, answerLost, ""}, cut{f, sentAgain, ""})
	}
	return out
}

// asked makes the moments of a step by which the bank is asked.
func asked(at string, paths ...string) (out []cut) {
	for _, p := range paths {
		out = append(out, cut{at, beforeBank, p}, cut{at, afterBank, p})
	}
	return out
}

func at(how string, steps ...string) (out []cut) {
	for _, s := range steps {
		out = append(out, cut{s, how, ""})
	}
	return out
}

func undertakings() []undertaking {
	const signIn, question, reading, token, fetched, consent = "/website/login", "/website/challenge", "/website/accounts", "/oauth/token",
		"/api/accounts", "/api/consent"
	direct, open := bank.SourceDirectAccess, bank.SourceOpenAPI
	throughBank := slices.Concat(at(whileShown, "/login", "/consent"), at(callbackLost, "/consent"), at(callbackSpent, "/consent"),
		asked("/consent", token, fetched))
	return []undertaking{
		{
			name: "reconnect by form", source: direct, website: codeByText, entry: "reconnect", more: "&reset_credentials=true", one: true,
			ends: staysShared, signsIn: true, moments: slices.Concat(onPage("/credentials", "/challenge"), asked("/credentials", signIn),
				asked("/challenge", question, reading), at(whileShown, theEnd)),
		},
		{
			name: "reconnect with what is kept", source: direct, website: allGoesWell, kept: true, entry: "reconnect", one: true,
			ends: staysShared, signsIn: true, moments: slices.Concat(at(answerLost, theEntry), asked(theEntry, signIn, reading)),
		},
		{
			name: "reconnect at the bank", source: open, website: allGoesWell, revoked: true, entry: "reconnect", one: true, ends: staysShared,
			signsIn: true, moments: slices.Concat(at(answerLost, theEntry), at(whileShown, theWay), throughBank, at(whileShown, theEnd)),
		},
		{
			name: "repair", source: direct, website: allGoesWell, entry: "manage", goal: toRepair, ends: staysShared, signsIn: true,
			moments: slices.Concat(onPage("/inspect", toRepair, "/credentials", "/close"), asked("/credentials", signIn, reading)),
		},
		{
			name: "renew", source: open, website: allGoesWell, entry: "manage", one: true, goal: toRenew, ends: staysShared, signsIn: true,
			moments: slices.Concat(onPage(toRenew), at(whileShown, theWay), throughBank, onPage("/accounts"), at(answerLost, "/close")),
		},
		{
			name: "withdraw", source: direct, website: allGoesWell, entry: "manage", one: true, goal: toShares, ends: endsUnshared,
			moments: slices.Concat(onPage(toShares, "/accounts"), at(answerLost, "/close"), []cut{{"/accounts", whileRead, reading + "/"}}),
		},
		{
			name: "remove", source: open, website: allGoesWell, entry: "manage", goal: toRemove, ends: endsRemoved,
			moments: slices.Concat(onPage(toRemove, "/remove"), asked("/remove", consent), at(answerLost, "/close")),
		},
		{
			name: "remove the one", source: direct, website: allGoesWell, entry: "manage", one: true, goal: toRemove, ends: endsRemoved,
			moments: slices.Concat(onPage("/remove"), at(whileShown, theEnd)),
		},
		{
			name: "webauth", source: open, website: allGoesWell, fresh: true, entry: webauthEntry, ends: staysShared, signsIn: true,
			moments: slices.Concat(throughBank, at(whileShown, theEnd)),
		},
		{
			name: "webauth again", source: open, website: allGoesWell, revoked: true, entry: webauthEntry, ends: staysShared, signsIn: true,
			moments: slices.Concat(throughBank, at(whileShown, theEnd)),
		},
		{
			name: "by API", source: direct, website: codeByText, fresh: true, ends: staysShared, signsIn: true,
			moments: slices.Concat(at(whileShown, toCreate, toAnswer, toAgree, theEnd), at(answerLost, toCreate, toAnswer, toAgree),
				asked(toCreate, signIn), asked(toAnswer, question, reading)),
		},
	}
}

// path is the entry URL's, without what only a user's code and connection add.
func (p undertaking) path(w *world) string {
	return "/en/" + p.entry + "?domain=d&client_id=" + w.clientID + "&redirect_uri=" + callbackURI + "&state=st-1" + p.more
}

// removedStatus is what a connection that is gone is answered with.
const removedStatus = http.StatusNotFound
