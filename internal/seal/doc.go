// Package seal owns the keys of an install: it seals credentials and connector state at rest, and derives the keys and tags
// that other rooms need (CSRF tokens, cookie keys) from a secret of its own.
//
// One JSON file holds two Tink keysets: an AEAD one (AES-256-GCM) that seals, and a PRF one (HKDF-SHA-256) that derives.
// They are apart so that a key is used for one thing (NIST SP 800-57 §5.2). Each ciphertext is bound to the place it is
// stored at, table:column:row, as associated data: a database administrator who swaps two rows gets an error, not somebody
// else's bank password. The file is kept in clear, for its owner alone, or wrapped by a key management service (Wrapper).
//
// The AEAD keyset may hold several keys. Each ciphertext begins with the id of its key, so that all of them open; one seals. A
// rotation adds a key (File.Add), lets it seal (File.Promote) and takes the one before away (File.Remove) once nothing is
// sealed with it. A Keyring that meets the id of a key that it does not hold looks whether its file has changed, so that
// processes beside a rotation need no restart. The PRF keyset is not rotated: what was derived must come out the same again
// (cursors, the tags of logins), and none of it opens anything.
//
// What it does not own: which values are sealed and where they are stored (internal/store calls Seal and Open, seals anew and
// knows which key every process uses), the order of a rotation's steps (cmd/passerelle), and what a derived value is for (the
// purpose string names it).
package seal
