package webview

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/seal"
)

// A ticket lets a framed visit open its bank's page in a tab of its own. That tab has none of the frame's cookies, which is what
// partitioning is for, so the form that opens it carries what the tab needs, sealed: the attempt, the step, and the browser's secret.
// It travels in the body of a form of ours, never in an address, is good for ticketLifetime in the browser that it was made for,
// and is spent by the move that asks for its step.
type ticket struct {
	attempt string
	step    int
	secret  bank.Secret
}

// ticketLifetime is how long a ticket is good. The page that holds it is made anew as often as needed.
const ticketLifetime = 2 * time.Minute

// ticketVersion is the first byte of the plaintext.
const ticketVersion = 1

// fixedTicket is what stands before the secret: version, attempt (16 bytes), step and end (8 bytes each, unix seconds), and the
// hash of what the browser calls itself (8 bytes).
const fixedTicket = 1 + 16 + 8 + 8 + agentSize

const agentSize = 8

var ticketAD = seal.AD{Table: "ticket", Column: "leave", Row: "frame"}

// agent is a short hash of what the browser calls itself: a ticket that got into another one is most likely not good there.
func agent(r *http.Request) []byte {
	sum := sha256.Sum256([]byte(r.UserAgent()))
	return sum[:agentSize]
}

func (h *Handler) sealTicket(r *http.Request, t ticket) (string, error) {
	id, err := uuid.Parse(t.attempt)
	if err != nil {
		return "", err
	}
	plain := append([]byte{ticketVersion}, id[:]...)
	plain = binary.BigEndian.AppendUint64(plain, uint64(t.step))
	plain = binary.BigEndian.AppendUint64(plain, uint64(h.Clock().Add(ticketLifetime).Unix()))
	plain = append(plain, agent(r)...)
	sealed, err := h.Ring.Seal(append(plain, t.secret.Reveal()...), ticketAD)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// mostTicket caps the text of a ticket.
const mostTicket = 1024

// openTicket reads a ticket. One that is forged, altered, over, or of another browser or attempt is none.
func (h *Handler) openTicket(r *http.Request, text, attempt string) (t ticket, ok bool) {
	if len(text) > mostTicket {
		return t, false
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return t, false
	}
	plain, err := h.Ring.Open(sealed, ticketAD)
	if err != nil || len(plain) <= fixedTicket || plain[0] != ticketVersion {
		return t, false
	}
	t = ticket{
		attempt: uuid.UUID(plain[1:17]).String(), step: int(binary.BigEndian.Uint64(plain[17:25])),
		secret: bank.NewSecret(string(plain[fixedTicket:])),
	}
	until := time.Unix(int64(binary.BigEndian.Uint64(plain[25:33])), 0)
	return t, t.attempt == attempt && h.Clock().Before(until) && string(plain[33:fixedTicket]) == string(agent(r))
}
