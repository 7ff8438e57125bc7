package simplefin

import (
	"strings"
	"testing"

	"passerelle/internal/bank"
)

// TestTrouble has words for each state but the good one, and none of the bank's.
func TestTrouble(t *testing.T) {
	t.Parallel()
	for state, want := range map[bank.ConnectionState]string{
		bank.StateOK: "", bank.StateSCARequired: codeConAuth, bank.StateWebauthRequired: codeConAuth, bank.StateAdditionalInfo: codeConAuth,
		bank.StateDecoupled: codeConAuth, bank.StateValidating: codeConAuth, bank.StateActionNeeded: codeConAuth, bank.StatePasswordExpired: codeConAuth,
		bank.StateWrongpass: codeConAuth, bank.StateRateLimiting: codeConn, bank.StateWebsiteUnavailable: codeConn, bank.StateBug: codeConn,
		bank.StateNotSupported: codeConn, "made up": codeConn,
	} {
		p, ok := troubleOf(&bank.Connection{ID: 3, ConnectorName: "Test Bank", State: state, ErrorMessage: "<b>own words</b>"})
		if p.Code != want || ok != (want != "") {
			t.Errorf("%q: got %+v, want %q", state, p, want)
		}
		if ok && (!strings.HasPrefix(p.Msg, "Test Bank ") || strings.Contains(p.Msg, "own words") || p.ConnID != "3") {
			t.Errorf("%q: got %+v", state, p)
		}
	}
}
