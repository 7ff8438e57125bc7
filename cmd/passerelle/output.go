package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"passerelle/internal/grant"
)

// clientView is a client application as --json prints it. The keys are stable: other programs read them.
type clientView struct {
	ClientID int64 `json:"client_id"`
	// ClientSecret is there in the one moment it is known: after create and rotate-secret.
	ClientSecret string   `json:"client_secret,omitempty"`
	Name         string   `json:"name"`
	RedirectURIs []string `json:"redirect_uris"`
	// AllowedOrigins may frame the webview.
	AllowedOrigins []string `json:"allowed_origins"`
	// PasswordGrant says that it may exchange its users' passwords for tokens.
	PasswordGrant bool `json:"password_grant"`
	// RequestsPerMinute is its own limit, 0 for none at all; absent where the general one holds.
	RequestsPerMinute *int      `json:"requests_per_minute,omitempty"`
	CreatedAt         time.Time `json:"created_at"`
}

func viewOf(c grant.Client) clientView {
	return clientView{
		ClientID: c.ID, Name: c.Name, RedirectURIs: some(c.RedirectURIs), AllowedOrigins: some(c.Options.AllowedOrigins),
		PasswordGrant: !c.Options.NoPasswordGrant, RequestsPerMinute: c.Options.RequestsPerMinute, CreatedAt: c.Created.UTC().Truncate(time.Second),
	}
}

// some is a list that is [] in JSON where it is empty.
func some(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func issuedView(i grant.IssuedClient) clientView {
	v := viewOf(i.Client)
	v.ClientSecret = i.Secret.Reveal()
	return v
}

// clientsView is the answer of client list.
type clientsView struct {
	Clients []clientView `json:"clients"`
}

// tokenView is a manage token as --json prints it.
type tokenView struct {
	AccessToken string    `json:"access_token"`
	Kind        string    `json:"kind"`
	CreatedAt   time.Time `json:"created_at"`
}

// printJSON writes one object on lines of its own.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// printf writes an answer for people.
func printf(w io.Writer, format string, args ...any) error {
	if _, err := fmt.Fprintf(w, format, args...); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// printClient writes one client application for people.
func printClient(w io.Writer, v clientView) error {
	if err := printf(w, "client id       %d\n", v.ClientID); err != nil {
		return err
	}
	if v.ClientSecret != "" {
		if err := printf(w, "client secret   %s   (shown this once: keep it now)\n", v.ClientSecret); err != nil {
			return err
		}
	}
	if err := printf(w, "name            %s\n", v.Name); err != nil {
		return err
	}
	for _, uri := range v.RedirectURIs {
		if err := printf(w, "redirect URI    %s\n", uri); err != nil {
			return err
		}
	}
	for _, origin := range v.AllowedOrigins {
		if err := printf(w, "may frame it    %s\n", origin); err != nil {
			return err
		}
	}
	if n := v.RequestsPerMinute; n != nil {
		limit := strconv.Itoa(*n) + " requests a minute"
		if *n == 0 {
			limit = "off"
		}
		if err := printf(w, "limit           %s\n", limit); err != nil {
			return err
		}
	}
	if !v.PasswordGrant {
		return printf(w, "password grant  off\n")
	}
	return nil
}
