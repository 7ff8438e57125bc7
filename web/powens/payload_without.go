package powens

import (
	"encoding/json"
	"fmt"
	"slices"

	"passerelle/internal/webhook"
)

// Without implements webhook.Renderer. Accounts are taken out where they stand in a list; a payload that is about one of them
// alone has nothing left to say.
func (payloads) Without(name, body string, accounts []int64) (string, bool, error) {
	switch name {
	case webhook.ConnectionSynced, webhook.AccountsFetched:
		rest, err := edited(body, func(o map[string]json.RawMessage) error { return inside(o, "connection", accounts) })
		return rest, true, err
	case webhook.UserSynced:
		rest, err := edited(body, func(o map[string]json.RawMessage) error {
			var list []map[string]json.RawMessage
			if err := json.Unmarshal(o["connections"], &list); err != nil {
				return err
			}
			for _, c := range list {
				if err := filter(c, accounts); err != nil {
					return err
				}
			}
			return put(o, "connections", list)
		})
		return rest, true, err
	case webhook.AccountSynced, webhook.AccountEnabled, webhook.AccountCategorized:
		var about struct {
			ID        int64 `json:"id"`
			IDAccount int64 `json:"id_account"`
		}
		if err := json.Unmarshal([]byte(body), &about); err != nil {
			return "", false, errPayload(err)
		}
		if slices.Contains(accounts, about.ID) && about.IDAccount == 0 || slices.Contains(accounts, about.IDAccount) {
			return "", false, nil
		}
	}
	return body, true, nil
}

func edited(body string, edit func(o map[string]json.RawMessage) error) (string, error) {
	var o map[string]json.RawMessage
	err := json.Unmarshal([]byte(body), &o)
	if err == nil {
		err = edit(o)
	}
	if err != nil {
		return "", errPayload(err)
	}
	out, err := encoded(o)
	if err != nil {
		return "", err
	}
	return out[0], nil
}

func errPayload(err error) error {
	return fmt.Errorf("a stored payload is not what was rendered: %w", err)
}

// inside filters the accounts of the object under a key.
func inside(o map[string]json.RawMessage, key string, accounts []int64) error {
	var c map[string]json.RawMessage
	if err := json.Unmarshal(o[key], &c); err != nil {
		return err
	}
	if err := filter(c, accounts); err != nil {
		return err
	}
	return put(o, key, c)
}

// filter takes accounts out of a connection.
func filter(c map[string]json.RawMessage, accounts []int64) error {
	var list []json.RawMessage
	if err := json.Unmarshal(c["accounts"], &list); err != nil {
		return err
	}
	kept := make([]json.RawMessage, 0, len(list))
	for _, raw := range list {
		var a struct {
			ID int64 `json:"id"`
		}
		if err := json.Unmarshal(raw, &a); err != nil {
			return err
		}
		if !slices.Contains(accounts, a.ID) {
			kept = append(kept, raw)
		}
	}
	return put(c, "accounts", kept)
}

func put(o map[string]json.RawMessage, key string, v any) error {
	out, err := encoded(v)
	if err == nil {
		o[key] = json.RawMessage(out[0])
	}
	return err
}
