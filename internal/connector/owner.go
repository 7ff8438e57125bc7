package connector

import "slices"

// Owner is whose accounts a session reads. Most protocols have no word for the person: it is the accounts that tell.
type Owner struct {
	// Key is what OwnerKey is made of; Accounts are what the accounts were known by when it was made.
	Key      string   `json:"key"`
	Accounts []string `json:"accounts,omitempty"`
}

// OwnerOf says whose accounts these are: whoever had one of them before, so that a person who shares an account more or less stays the
// same, else the one that key names. Before may be nil. Accounts are sorted, each once.
func OwnerOf(key string, accounts []string, before *Owner) Owner {
	o := Owner{Key: key, Accounts: slices.Compact(slices.Sorted(slices.Values(accounts)))}
	if before != nil && before.Key != "" && slices.ContainsFunc(before.Accounts, func(a string) bool { return slices.Contains(o.Accounts, a) }) {
		o.Key = before.Key
	}
	return o
}
