package powens

import (
	"crypto/hmac"
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/seeded"
)

// A cursor is a position in a list and the way to go from it. It is authenticated and bound to the list: the caller's user,
// the scope and the filters. Forged page tokens were SQL elsewhere (R73; Hydra CVE-2026-33504), and one user's must say
// nothing to another.

// macLength is how much of the keyed hash a cursor carries: 128 bits.
const macLength = 16

// direction says on which side of its position a cursor goes on.
type direction byte

const (
	forward  direction = 'n'
	backward direction = 'p'
)

// cursorText is the text of a cursor on the wire.
func (h *Handler) cursorText(binding string, d direction, at bank.TransactionCursor) string {
	payload := fmt.Sprintf("%c.%s.%d", d, at.Date.UTC().Format(dateLayout), at.ID)
	return base64.RawURLEncoding.EncodeToString(append(h.cursorMAC(binding, payload), payload...))
}

// readCursor reads what cursorText wrote for the same list; anything else is refused.
func (h *Handler) readCursor(binding, text string) (direction, *bank.TransactionCursor, error) {
	refused := fault.New(fault.Invalid, "The parameter cursor does not belong to this list; follow the _links as they are, "+
		"or begin again without it.").WithField("cursor")
	// Strict, and written back for comparison: no second spelling of a cursor is one.
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) < macLength || base64.RawURLEncoding.EncodeToString(raw) != text {
		return 0, nil, refused
	}
	payload := string(raw[macLength:])
	if !seeded.CursorForgeable && !hmac.Equal(raw[:macLength], h.cursorMAC(binding, payload)) {
		return 0, nil, refused
	}
	parts := strings.Split(payload, ".")
	if len(parts) != 3 || len(parts[0]) != 1 {
		return 0, nil, refused
	}
	day, errDay := time.Parse(dateLayout, parts[1])
	id, errID := strconv.ParseInt(parts[2], 10, 64)
	if errDay != nil || errID != nil {
		return 0, nil, refused
	}
	return direction(parts[0][0]), &bank.TransactionCursor{Date: day, ID: id}, nil
}

func (h *Handler) cursorMAC(binding, payload string) []byte {
	return h.MAC([]byte("powens transactions cursor v1\x00" + binding + "\x00" + payload))[:macLength]
}

// farEnd is a position behind every transaction.
var farEnd = bank.TransactionCursor{Date: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), ID: math.MaxInt64}
