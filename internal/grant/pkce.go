package grant

import (
	"crypto/sha256"
	"encoding/base64"

	"passerelle/internal/fault"
	"passerelle/internal/seeded"
)

// MethodS256 is the one code challenge method (RFC 7636 §4.2). "plain" is refused: it hides nothing from whoever reads the
// entry address (RFC 9700 §2.1.1).
const MethodS256 = "S256"

// S256 makes the code challenge of a verifier (RFC 7636 §4.2). A verifier that is not 43 to 128 unreserved characters
// (§4.1) gives false.
func S256(verifier string) (string, bool) {
	const least, most = 43, 128
	if len(verifier) < least || len(verifier) > most {
		return "", false
	}
	for i := 0; i < len(verifier); i++ {
		switch b := verifier[i]; {
		case b >= '0' && b <= '9', b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b == '-', b == '.', b == '_', b == '~':
		default:
			return "", false
		}
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:]), true
}

// CheckChallenge checks the PKCE parameters of a visit. An absent challenge is good unless required. A challenge must be
// what S256 makes, 43 base64url characters for 32 bytes, and its method must be said, since the default of RFC 7636 §4.3 is
// plain. The error is a fault.Invalid with code invalid_request, meant for the client application.
func CheckChallenge(challenge, method string, required bool) error {
	refuse := func(field, message string) error {
		return fault.New(fault.Invalid, "%s", message).WithCode("invalid_request").WithField(field)
	}
	if challenge == "" {
		switch {
		case method != "":
			return refuse("code_challenge", "code_challenge_method was given without a code_challenge.")
		case required:
			return refuse("code_challenge", "This client application must send a code_challenge (PKCE, RFC 7636) with method S256.")
		}
		return nil
	}
	if method != MethodS256 && !seeded.PlainChallenge {
		return refuse("code_challenge_method", "code_challenge_method must be S256; plain is not accepted.")
	}
	// Strict refuses a last character that no encoder writes: two texts must not stand for one challenge.
	if b, err := base64.RawURLEncoding.Strict().DecodeString(challenge); err != nil || len(b) != sha256.Size {
		return refuse("code_challenge", "code_challenge must be the 43 base64url characters of a SHA-256 hash, without padding.")
	}
	return nil
}
