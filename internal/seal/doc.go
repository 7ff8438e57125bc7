// Package seal owns the keys of an install: it seals credentials and connector state at rest, and derives the keys and tags
// that other rooms need (CSRF tokens, cookie keys) from a secret of its own.
//
// One JSON file holds two Tink keysets: an AEAD one (AES-256-GCM) that seals, and a PRF one (HKDF-SHA-256) that derives.
// They are apart so that a key is used for one thing (NIST SP 800-57 §5.2). Each ciphertext is bound to the place it is
// stored at, table:column:row, as associated data: a database administrator who swaps two rows gets an error, not somebody
// else's bank password.
//
// What it does not own: which values are sealed and where they are stored (internal/store calls Seal and Open, and only
// sees bytes), what a derived value is for (the purpose string names it), and rotation by a key management service, which
// the design leaves for when one machine is outgrown. Ciphertexts carry their Tink key id, so a later keyset with a second
// key still opens what the first one sealed.
package seal
