package enablebanking

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// The token's fixed words, as the API's description has them.
const (
	tokenIssuer   = "enablebanking.com"
	tokenAudience = "api.enablebanking.com"
	// tokenLife is far below the day that is allowed: a token is made for each call of the contract.
	tokenLife = 10 * time.Minute
	leastKey  = 2048
)

// tokenOf makes the application's token: a JWT signed by RS256 (RFC 7515, RFC 7518 section 3.3), the application id as its kid.
func tokenOf(s connector.Settings, now time.Time) (bank.Secret, error) {
	application := s.Get(settingApplication)
	if application == "" {
		return bank.Secret{}, misconfigured(fmt.Errorf("the setting %s is missing", settingApplication))
	}
	key, err := keyOf(s.Get(settingKey))
	if err != nil {
		return bank.Secret{}, misconfigured(fmt.Errorf("the setting %s: %w", settingKey, err))
	}
	head, err := part(map[string]string{"typ": "JWT", "alg": "RS256", "kid": application})
	if err != nil {
		return bank.Secret{}, err
	}
	body, err := part(map[string]any{
		"iss": tokenIssuer, "aud": tokenAudience, "iat": now.Unix(), "exp": now.Add(tokenLife).Unix(),
	})
	if err != nil {
		return bank.Secret{}, err
	}
	signed := head + "." + body
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return bank.Secret{}, misconfigured(errors.New("the private key cannot sign"))
	}
	return bank.NewSecret(signed + "." + base64.RawURLEncoding.EncodeToString(signature)), nil
}

// part is one part of a token.
func part(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", bug(fmt.Errorf("encode the token: %w", err))
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// keyOf reads an RSA key in PEM, PKCS #8 or PKCS #1. What is wrong is said in words that an operator can act on, and without the key.
func keyOf(text string) (*rsa.PrivateKey, error) {
	if text == "" {
		return nil, errors.New("is missing")
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("is no PEM; it begins with -----BEGIN PRIVATE KEY-----")
	}
	var key *rsa.PrivateKey
	if k, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		var ok bool
		if key, ok = k.(*rsa.PrivateKey); !ok {
			return nil, errors.New("is no RSA key, and only RS256 is taken")
		}
	} else if key, err = x509.ParsePKCS1PrivateKey(block.Bytes); err != nil {
		return nil, fmt.Errorf("holds a %q that is no unencrypted RSA private key", bank.CleanText(block.Type, 40))
	}
	if bits := key.N.BitLen(); bits < leastKey {
		return nil, fmt.Errorf("has %d bits, at least %d are wanted", bits, leastKey)
	}
	return key, nil
}
