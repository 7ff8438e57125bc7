package grant

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/seeded"
)

// PasswordCost are the parameters of argon2id (RFC 9106 §3.1): memory in KiB, passes, lanes.
type PasswordCost struct {
	Memory, Time uint32
	Threads      uint8
}

// DefaultPasswordCost is OWASP's (Password Storage Cheat Sheet): 19 MiB, two passes, one lane. A password that was hashed with others
// is hashed again with these at the next sign-in.
var DefaultPasswordCost = PasswordCost{Memory: 19 << 10, Time: 2, Threads: 1}

const (
	// mostPassword bounds the work that a password can ask for, in bytes. There is no least length but one character: the documented
	// quick start takes any password, and a client application that makes its users' passwords decides their strength.
	mostPassword = 1024
	saltLength   = 16
	hashLength   = 32
	// The most that a stored hash may ask for. Only a damaged or forged row asks for more.
	mostMemory = 1 << 20
	mostTime   = 64
)

func checkPassword(p bank.Secret) error {
	switch n := len(p.Reveal()); {
	case n == 0:
		return fault.New(fault.Invalid, "The parameter password is missing: send the user's password.").
			WithField("password").WithCode("missingParameter")
	case n > mostPassword:
		return fault.New(fault.Invalid, "The parameter password must have at most %d bytes.", mostPassword).
			WithField("password").WithCode("invalid_request")
	}
	return nil
}

// cost is what passwords are hashed with now.
func (s *Service) cost() PasswordCost {
	if s.PasswordCost == (PasswordCost{}) {
		return DefaultPasswordCost
	}
	return s.PasswordCost
}

// hashPassword waits for its turn and makes the text that is stored. Where too many wait it is fault.Unavailable.
func (s *Service) hashPassword(ctx context.Context, at door, password bank.Secret) (string, error) {
	leave, err := s.hashing.enter(at)
	if err != nil {
		return "", err
	}
	defer leave()
	return s.hash(ctx, at, password)
}

// hash makes the text that is stored: a PHC string with the parameters and a salt in it.
func (s *Service) hash(ctx context.Context, at door, password bank.Secret) (string, error) {
	salt := make([]byte, saltLength)
	if _, err := io.ReadFull(s.random(), salt); err != nil {
		return "", fmt.Errorf("read random bytes: %w", err)
	}
	c := s.cost()
	sum, err := s.derive(ctx, at, password, salt, c)
	if err != nil {
		return "", err
	}
	return c.phc(salt, sum), nil
}

// derive is argon2id.
func (s *Service) derive(ctx context.Context, at door, password bank.Secret, salt []byte, c PasswordCost) ([]byte, error) {
	release, err := s.hashing.slot(ctx, at)
	if err != nil {
		return nil, err
	}
	defer release()
	if seeded.PasswordUnhashed {
		sum := sha256.Sum256(append(salt, password.Reveal()...))
		return sum[:], nil
	}
	return argon2.IDKey([]byte(password.Reveal()), salt, c.Time, c.Memory, c.Threads, hashLength), nil
}

// samePassword compares a password with a stored hash, and says whether that was made with other parameters than today's.
func (s *Service) samePassword(ctx context.Context, at door, password bank.Secret, stored string) (same, old bool, err error) {
	c, salt, want, err := parsePHC(stored)
	if err != nil {
		return false, false, err
	}
	got, err := s.derive(ctx, at, password, salt, c)
	if err != nil {
		return false, false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, c != s.cost(), nil
}

// noPassword is a hash that no password has: comparing with it takes as long as with somebody's, so that the time does not tell
// whether an address is known.
func (c PasswordCost) noPassword() string {
	return c.phc(make([]byte, saltLength), make([]byte, hashLength))
}

func (c PasswordCost) phc(salt, sum []byte) string {
	text := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, c.Threads, text(salt), text(sum))
}

var errPHC = errors.New("a stored password is not in a form that is known")

func parsePHC(s string) (c PasswordCost, salt, sum []byte, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, errPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Threads); err != nil {
		return c, nil, nil, errPHC
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	sum, errSum := base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errSum != nil || len(sum) != hashLength || c.Time == 0 || c.Time > mostTime || c.Threads == 0 ||
		c.Memory == 0 || c.Memory > mostMemory {
		return c, nil, nil, errPHC
	}
	return c, salt, sum, nil
}
