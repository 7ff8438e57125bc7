package grant

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"time"

	"passerelle/internal/bank"
)

// The shapes of what this package hands out, for secret scanners:
//
//	codes and tokens         prefix + 32 hexadecimal digits + "." + 43 base64url characters + 6 checksum characters
//	                         pwl_(code|tmp|user|mng|cli|ref|sfs|sfa)_[0-9a-f]{32}\.[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}
//	client secrets           pwl_secret_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}
//
// The hexadecimal part is the id, a UUIDv7, so that a store finds the row by key; the 43 characters are 256 random bits; the
// checksum is the CRC-32 (IEEE) of everything before it in base 62, so that a scanner and a typing slip need no store. A
// checksum proves nothing: the SHA-256 of the whole does.
const (
	// PrefixCallback begins the authorization code of a callback.
	PrefixCallback = "pwl_code_"
	// PrefixTemporary begins a temporary code, single or standard.
	PrefixTemporary = "pwl_tmp_"
	// PrefixUser begins a user access token.
	PrefixUser = "pwl_user_"
	// PrefixManage begins a manage access token.
	PrefixManage = "pwl_mng_"
	// PrefixClient begins the access token of a client application alone.
	PrefixClient = "pwl_cli_"
	// PrefixRefresh begins a refresh token.
	PrefixRefresh = "pwl_ref_"
	// PrefixClientSecret begins a client secret.
	PrefixClientSecret = "pwl_secret_"
)

const (
	idLength       = 32
	secretBytes    = 32
	secretLength   = 43
	checksumLength = 6
	bodyLength     = idLength + 1 + secretLength + checksumLength
)

// credential is a code or access token taken apart: the part that finds the row, and the hash that must equal the row's.
type credential struct {
	prefix string
	id     string
	hash   []byte
}

// code says whether it names a row of codes, refresh one of refresh tokens; else it is one of access tokens.
func (c credential) code() bool { return c.prefix == PrefixCallback || c.prefix == PrefixTemporary }

func (c credential) refresh() bool { return c.prefix == PrefixRefresh }

// mint makes a credential with fresh random bits and its plaintext.
func mint(random io.Reader, prefix, id string) (credential, bank.Secret, error) {
	secret, err := randomText(random)
	if err != nil {
		return credential{}, bank.Secret{}, err
	}
	plain := prefix + strings.ReplaceAll(id, "-", "") + "." + secret
	plain += checksum(plain)
	return credential{prefix: prefix, id: id, hash: digest(plain)}, bank.NewSecret(plain), nil
}

// parse takes a presented code or access token apart. It wants the exact length, alphabet and checksum before anything is
// looked up: a truncated token was once valid elsewhere (ZITADEL CVE-2026-27840), and a megabyte costs nothing to refuse.
func parse(plain string) (credential, bool) {
	for _, prefix := range [...]string{PrefixUser, PrefixCallback, PrefixTemporary, PrefixManage, PrefixClient, PrefixRefresh} {
		if strings.HasPrefix(plain, prefix) {
			return parseAs(prefix, plain)
		}
	}
	return credential{}, false
}

// parseAs is parse for one prefix, which parse need not know: what begins with such a one is taken nowhere else.
func parseAs(prefix, plain string) (credential, bool) {
	body, ok := strings.CutPrefix(plain, prefix)
	if !ok || len(body) != bodyLength || body[idLength] != '.' || !isHex(body[:idLength]) || !isBase64URL(body[idLength+1:]) {
		return credential{}, false
	}
	cut := len(plain) - checksumLength
	if checksum(plain[:cut]) != plain[cut:] {
		return credential{}, false
	}
	h := body[:idLength]
	id := h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	return credential{prefix: prefix, id: id, hash: digest(plain)}, true
}

// mintClientSecret makes a client secret and the hash to keep.
func mintClientSecret(random io.Reader) (bank.Secret, []byte, error) {
	secret, err := randomText(random)
	if err != nil {
		return bank.Secret{}, nil, err
	}
	plain := PrefixClientSecret + secret
	plain += checksum(plain)
	return bank.NewSecret(plain), digest(plain), nil
}

func randomText(random io.Reader) (string, error) {
	var b [secretBytes]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("read random bytes: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// digest is what the store keeps. SHA-256 is enough for 256 random bits; a slow hash would only slow us (ASVS 11.4.2 is
// about passwords).
func digest(plain string) []byte {
	sum := sha256.Sum256([]byte(plain))
	return sum[:]
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func checksum(s string) string {
	sum := crc32.ChecksumIEEE([]byte(s))
	var out [checksumLength]byte
	for i := checksumLength - 1; i >= 0; i-- {
		out[i] = base62[sum%62]
		sum /= 62
	}
	return string(out[:])
}

func isHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return true
}

func isBase64URL(s string) bool {
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b >= '0' && b <= '9', b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b == '-', b == '_':
		default:
			return false
		}
	}
	return true
}

// newID makes a UUIDv7 (RFC 9562 §5.7) from the given clock and random source, so that rows sort by time and tests can
// repeat a run.
func (s *Service) newID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(s.random(), b[6:]); err != nil {
		return "", fmt.Errorf("read random bytes: %w", err)
	}
	ms := uint64(s.now().UnixMilli()) //nolint:gosec // a clock before 1970 is not ours
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
}

// madeAfter reads the time in a UUIDv7 and says whether it is later than t.
func madeAfter(id string, t time.Time) bool {
	b, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	if err != nil || len(b) != idLength/2 {
		return true
	}
	var ms int64
	for _, v := range b[:6] {
		ms = ms<<8 | int64(v)
	}
	return ms > t.UnixMilli()
}
