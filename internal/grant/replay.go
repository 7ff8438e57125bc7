package grant

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"passerelle/internal/bank"
	"passerelle/internal/seeded"
)

// The answer of an exchange, of a code or of a refresh token, is kept for ReplayWindow so that a client backend that lost it can ask again. It is sealed under
// a key made from what was presented, which we keep only as a hash: the store alone cannot open it.

// replayLabel separates this key from anything else that might one day be made from a code.
const replayLabel = "passerelle exchange replay v1"

// replayKey is SHA-256 over the Idempotency-Key and everything that makes two exchanges the same one. Each part goes in with
// its length, so that no two requests share an input.
func replayKey(r ExchangeRequest, cred credential) []byte {
	h := sha256.New()
	part := func(s string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	part(replayLabel)
	part(r.IdempotencyKey)
	if !seeded.ReplayToOthers {
		part(fmt.Sprint(r.ClientID))
	}
	part(cred.id)
	part(string(cred.hash))
	part(r.RedirectURI)
	part(r.Verifier.Reveal())
	for _, extra := range r.extra {
		part(extra)
	}
	return h.Sum(nil)
}

func replayCipher(code bank.Secret, codeID string) (cipher.AEAD, error) {
	const keyLength = 32
	key, err := hkdf.Key(sha256.New, []byte(code.Reveal()), []byte(codeID), replayLabel, keyLength)
	if err != nil {
		return nil, fmt.Errorf("make the replay key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make the replay cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make the replay cipher: %w", err)
	}
	return aead, nil
}

// sealReplay seals an access token with AES-256-GCM. Each code has its own key and a fresh nonce each try.
func sealReplay(random io.Reader, code bank.Secret, codeID string, token bank.Secret) ([]byte, error) {
	aead, err := replayCipher(code, codeID)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("read random bytes: %w", err)
	}
	return aead.Seal(nonce, nonce, []byte(token.Reveal()), []byte(codeID)), nil
}

func openReplay(code bank.Secret, codeID string, sealed []byte) (bank.Secret, error) {
	aead, err := replayCipher(code, codeID)
	if err != nil {
		return bank.Secret{}, err
	}
	if len(sealed) < aead.NonceSize() {
		return bank.Secret{}, errors.New("the sealed answer is too short")
	}
	n := aead.NonceSize()
	plain, err := aead.Open(nil, sealed[:n], sealed[n:], []byte(codeID))
	if err != nil {
		return bank.Secret{}, fmt.Errorf("open the sealed answer: %w", err)
	}
	return bank.NewSecret(string(plain)), nil
}
