package middleware

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/seal"
)

// claimVersion is the first byte of the plaintext, so that a later layout can tell an old cookie.
const claimVersion = 3

// formerVersion is the layout before, without the client application; its cookies are good until their time.
const formerVersion = 2

// maxCookie is what every browser keeps of one cookie (RFC 6265 §6.1).
const maxCookie = 4096

// cookieAD binds a sealed cookie to its name: one cookie cannot be passed off as another.
func cookieAD(name string) seal.AD { return seal.AD{Table: "cookie", Column: "attempts", Row: name} }

// fixedClaim is what stands before the client application's id (8 bytes) and the secret: version, the attempt's id (16 bytes), the
// claim's end (unix seconds, 8 bytes).
const fixedClaim = 1 + 16 + 8

// sealClaim makes a cookie value.
func sealClaim(ring Sealer, name, attempt string, c claim) (string, error) {
	id, err := uuid.Parse(attempt)
	if err != nil {
		return "", fmt.Errorf("claim: %w", err)
	}
	secret := c.Secret.Reveal()
	if len(secret) == 0 || len(secret) > 255 {
		return "", errors.New("claim: a secret has 1 to 255 bytes")
	}
	plain := append([]byte{claimVersion}, id[:]...)
	plain = binary.BigEndian.AppendUint64(plain, uint64(c.Until.Unix()))
	plain = binary.BigEndian.AppendUint64(plain, uint64(c.Client))
	sealed, err := ring.Seal(append(plain, secret...), cookieAD(name))
	if err != nil {
		return "", fmt.Errorf("claim: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// openClaim reads a cookie value. Anything that sealClaim did not make here is not ok.
func openClaim(ring Sealer, name, value string) (attempt string, c claim, ok bool) {
	if len(value) > maxCookie {
		return "", claim{}, false
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil {
		return "", claim{}, false
	}
	plain, err := ring.Open(sealed, cookieAD(name))
	if err != nil || len(plain) <= fixedClaim || plain[0] != claimVersion && plain[0] != formerVersion {
		return "", claim{}, false
	}
	c.Until = time.Unix(int64(binary.BigEndian.Uint64(plain[17:fixedClaim])), 0)
	secret := plain[fixedClaim:]
	if plain[0] == claimVersion {
		if len(secret) <= 8 {
			return "", claim{}, false
		}
		c.Client, secret = int64(binary.BigEndian.Uint64(secret)), secret[8:]
	}
	c.Secret = bank.NewSecret(string(secret))
	return uuid.UUID(plain[1:17]).String(), c, true
}
