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

// claimsVersion is the first byte of the plaintext, so that a later layout can tell an old cookie.
const claimsVersion = 1

// maxCookie is what every browser keeps of one cookie (RFC 6265 §6.1).
const maxCookie = 4096

// cookieAD binds a sealed cookie to its name: one cookie cannot be passed off as another.
func cookieAD(name string) seal.AD { return seal.AD{Table: "cookie", Column: "attempts", Row: name} }

// sealClaims makes a cookie value: version, then for each claim the attempt's id (16 bytes), its end (unix seconds), and the
// secret behind its length.
func sealClaims(ring Sealer, name string, claims []namedClaim) (string, error) {
	plain := []byte{claimsVersion}
	for _, c := range claims {
		id, err := uuid.Parse(c.attempt)
		if err != nil {
			return "", fmt.Errorf("claim: %w", err)
		}
		secret := c.Secret.Reveal()
		if len(secret) == 0 || len(secret) > 255 {
			return "", errors.New("claim: a secret has 1 to 255 bytes")
		}
		plain = append(plain, id[:]...)
		plain = binary.BigEndian.AppendUint64(plain, uint64(c.Until.Unix()))
		plain = append(plain, byte(len(secret)))
		plain = append(plain, secret...)
	}
	sealed, err := ring.Seal(plain, cookieAD(name))
	if err != nil {
		return "", fmt.Errorf("claims: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// openClaims reads a cookie value. Anything that sealClaims did not make here is not ok.
func openClaims(ring Sealer, name, value string) (map[string]claim, bool) {
	if len(value) > maxCookie {
		return nil, false
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil {
		return nil, false
	}
	plain, err := ring.Open(sealed, cookieAD(name))
	if err != nil || len(plain) == 0 || plain[0] != claimsVersion {
		return nil, false
	}
	out := make(map[string]claim)
	for rest := plain[1:]; len(rest) > 0; {
		const fixed = 16 + 8 + 1
		if len(rest) < fixed || len(rest) < fixed+int(rest[fixed-1]) {
			return nil, false
		}
		id, n := uuid.UUID(rest[:16]), int(rest[fixed-1])
		out[id.String()] = claim{
			Until:  time.Unix(int64(binary.BigEndian.Uint64(rest[16:24])), 0),
			Secret: bank.NewSecret(string(rest[fixed : fixed+n])),
		}
		rest = rest[fixed+n:]
	}
	return out, true
}
