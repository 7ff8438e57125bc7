package ephemeral

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// Kinds of what lies in a Redis. A key is PREFIX:KIND:NAME.
const (
	kindCount = "n"
	kindCache = "c"
	kindProbe = "p"
)

// tagSize is the size of a name: 128 bits, so that no two keys meet.
const tagSize = 16

// names makes what a Redis sees of keys and values: neither can be read there. A key may be made of an address or a login, which a
// plain hash would give away to whoever tries them all, so it is hashed with a secret. A value is sealed with its key as associated
// data: one that was stored under, or answered for, another key does not open.
//
// Every command names one key, so that a cluster needs no hash tags, and a name has no braces that could make one.
type names struct {
	prefix string
	secret []byte
	aead   cipher.AEAD
}

// newNames derives what is needed from a secret that all processes of the install share.
func newNames(prefix string, secret []byte) (*names, error) {
	if len(secret) < 16 {
		return nil, errors.New("ephemeral: Redis needs a secret of 16 bytes or more")
	}
	hashing, err := hkdf.Key(sha256.New, secret, nil, "ephemeral names", 32)
	if err != nil {
		return nil, fmt.Errorf("ephemeral: %w", err)
	}
	sealing, err := hkdf.Key(sha256.New, secret, nil, "ephemeral values", 32)
	if err != nil {
		return nil, fmt.Errorf("ephemeral: %w", err)
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, fmt.Errorf("ephemeral: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("ephemeral: %w", err)
	}
	return &names{prefix: prefix, secret: hashing, aead: aead}, nil
}

// tag is a keyed hash of a key of one kind.
func (n *names) tag(kind, key string) []byte {
	h := hmac.New(sha256.New, n.secret)
	h.Write([]byte(kind + "|" + key))
	return h.Sum(nil)[:tagSize]
}

// key is where something lies.
func (n *names) key(kind, key string) string {
	return n.prefix + ":" + kind + ":" + base64.RawURLEncoding.EncodeToString(n.tag(kind, key))
}

// channel carries all news of an install.
func (n *names) channel() string { return n.prefix + ":news" }

func (n *names) seal(name string, value []byte) []byte {
	return n.aead.Seal(nil, nil, value, []byte(name))
}

func (n *names) open(name string, sealed []byte) ([]byte, bool) {
	value, err := n.aead.Open(nil, nil, sealed, []byte(name))
	if value == nil {
		value = []byte{}
	}
	return value, err == nil
}

// LeastRights are the rules of an ACL user (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/) that suffice
// with the default prefix: of one server, and of the servers behind Sentinels. The nodes of a cluster need +cluster|slots,
// +cluster|shards and +readonly besides.
const LeastRights = "resetkeys ~passerelle:* resetchannels &passerelle:news -@all +get +set +setnx +del +eval +evalsha +incrby +pttl " +
	"+pexpire +publish +subscribe +unsubscribe +ping +hello +auth +select"
