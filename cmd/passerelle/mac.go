package main

import (
	"crypto/hmac"
	"crypto/sha256"
)

// cursorKey is the length in bytes of the key that authenticates cursors.
const cursorKey = 32

// loginsKey is that of the key that logins are counted by.
const loginsKey = 32

// mac makes a keyed hash of a message: HMAC-SHA-256.
func mac(key []byte) func(message []byte) []byte {
	return func(message []byte) []byte {
		h := hmac.New(sha256.New, key)
		_, _ = h.Write(message)
		return h.Sum(nil)
	}
}
