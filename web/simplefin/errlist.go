package simplefin

import "passerelle/internal/bank"

// The codes of version 2's errlist that we have to say. What stands before the dot is whom it is about: the server, a connection, an
// account.
const (
	codeGeneral = "gen."
	codeAPI     = "gen.api"
	codeAuth    = "gen.auth"
	codeConn    = "con."
	codeConAuth = "con.auth"
	codeMissing = "act.missingdata"
)

// problem is one entry of the errlist. Msg is for the end user.
type problem struct {
	Code      string `json:"code"`
	Msg       string `json:"msg"`
	ConnID    string `json:"conn_id,omitempty"`
	AccountID string `json:"account_id,omitempty"`
}

// tell adds a problem, in both versions' words.
func (s *set) tell(p problem) {
	s.Errlist = append(s.Errlist, p)
	s.Errors = append(s.Errors, p.Msg)
}

// troubleOf says what keeps a connection from being read. The bank's own words are left out: programs show what they get.
func troubleOf(b *bank.Connection) (problem, bool) {
	p := problem{Code: codeConn, ConnID: number(b.ID)}
	switch b.State {
	case bank.StateOK:
		return problem{}, false
	case bank.StateSCARequired, bank.StateWebauthRequired, bank.StateAdditionalInfo, bank.StateDecoupled, bank.StateValidating:
		p.Code, p.Msg = codeConAuth, "needs you to prove who you are again. Reconnect it where you connected it."
	case bank.StateWrongpass, bank.StatePasswordExpired:
		p.Code, p.Msg = codeConAuth, "no longer accepts the password. Reconnect it where you connected it."
	case bank.StateActionNeeded:
		p.Code, p.Msg = codeConAuth, "wants something of you first: sign in on its own site."
	case bank.StateRateLimiting, bank.StateWebsiteUnavailable:
		p.Msg = "could not be read just now. It will be tried again."
	case bank.StateBug, bank.StateNotSupported:
		p.Msg = "cannot be read at the moment."
	default:
		p.Msg = "cannot be read at the moment."
	}
	p.Msg = b.ConnectorName + " " + p.Msg
	return p, true
}
