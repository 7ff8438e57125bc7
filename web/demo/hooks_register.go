package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// events are what the demo wants to hear of, with the last part of the address of each.
var events = []struct{ name, path string }{
	{"USER_CREATED", "user-created"},
	{"CONNECTION_SYNCED", "connection-synced"},
	{"CONNECTION_DELETED", "connection-deleted"},
	{"ACCOUNT_ENABLED", "account-enabled"},
	{"ACCOUNT_DISABLED", "account-disabled"},
}

// authName is what the key of the signatures is called at the service.
const authName = "demobudget"

// Register registers the demo's receivers, with a config token that the operator of the service gave it. What an earlier run on
// this machine left is taken away first: its key is known to nobody any more.
func (a *App) Register(ctx context.Context) error {
	if a.cfg.ConfigToken == "" {
		return errors.New("registering webhooks takes a config token")
	}
	if err := a.tidyHooks(ctx); err != nil {
		return err
	}
	var auth struct {
		ID     int64 `json:"id"`
		Config struct {
			SecretKey string `json:"secret_key"`
		} `json:"config"`
	}
	err := a.call(withRecord(ctx, a.setup, stepHookAuth), http.MethodPost, "/2.0/webhooks/auth", a.cfg.ConfigToken,
		map[string]string{"type": "hmac_signature", "name": authName}, &auth)
	if err == nil && auth.Config.SecretKey == "" {
		err = errors.New("the service gave no key")
	}
	if err != nil {
		return fmt.Errorf("make the key of the signatures: %w", err)
	}
	a.hooks.setKey(auth.Config.SecretKey)
	for _, e := range events {
		err := a.call(withRecord(ctx, a.setup, stepHookRegister), http.MethodPost, "/2.0/webhooks", a.cfg.ConfigToken,
			map[string]any{"event": e.name, "url": a.cfg.Self + hooksPath + e.path, "id_auth": auth.ID}, nil)
		if err != nil {
			return fmt.Errorf("register for %s: %w", e.name, err)
		}
	}
	return nil
}

// tidyHooks deletes the receivers of earlier runs, and their keys.
func (a *App) tidyHooks(ctx context.Context) error {
	var known struct {
		Webhooks []struct {
			ID  int64  `json:"id"`
			URL string `json:"url"`
		} `json:"webhooks"`
	}
	if err := a.call(ctx, http.MethodGet, "/2.0/webhooks", a.cfg.ConfigToken, nil, &known); err != nil {
		return fmt.Errorf("list the webhooks: %w", err)
	}
	for _, w := range known.Webhooks {
		if !a.ours(w.URL) {
			continue
		}
		if err := a.call(ctx, http.MethodDelete, "/2.0/webhooks/"+strconv.FormatInt(w.ID, 10), a.cfg.ConfigToken, nil, nil); err != nil {
			return fmt.Errorf("delete the webhook of an earlier run: %w", err)
		}
	}
	var keys struct {
		Providers []struct {
			ID   int64  `json:"id"`
			Name string `json:"name"`
		} `json:"authproviders"`
	}
	if err := a.call(ctx, http.MethodGet, "/2.0/webhooks/auth", a.cfg.ConfigToken, nil, &keys); err != nil {
		return fmt.Errorf("list the keys: %w", err)
	}
	for _, k := range keys.Providers {
		if k.Name != authName {
			continue
		}
		if err := a.call(ctx, http.MethodDelete, "/2.0/webhooks/auth/"+strconv.FormatInt(k.ID, 10), a.cfg.ConfigToken, nil, nil); err != nil {
			return fmt.Errorf("delete the key of an earlier run: %w", err)
		}
	}
	return nil
}

// ours says whether a receiver is a demo's on this machine, whatever its port was.
func (a *App) ours(address string) bool {
	u, err := url.Parse(address)
	self, _ := url.Parse(a.cfg.Self)
	return err == nil && u.Hostname() == self.Hostname() && strings.HasPrefix(u.Path, hooksPath)
}
