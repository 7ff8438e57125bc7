package berlingroup

import (
	"context"
	"net/http"
	"time"

	"passerelle/internal/connector"
)

// reader reads accounts and movements of one session.
type reader struct {
	*talk
	in  connector.PullInput
	out connector.Sink
}

// pull reads. A rotated session is given back whatever happens after the rotation.
func (c *Connector) pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	var result connector.PullResult
	s, err := connector.Decode[session](in.Session)
	if err != nil {
		return result, err
	}
	t, err := c.talk(ctx, in.Institution, in.PSU, in.Now)
	if err != nil {
		return result, err
	}
	r := reader{talk: t, in: in, out: out}
	t.consent = s.Consent
	rotate := func() error {
		fresh, err := t.refresh(ctx, s.Tokens)
		if err != nil {
			return err
		}
		s.Tokens, t.bearer = fresh, fresh.Access
		result.Session, err = connector.Encode(s)
		return err
	}
	if s.Tokens != nil {
		t.bearer = s.Tokens.Access
		if s.Tokens.ended(in.Now) {
			if err := rotate(); err != nil {
				return result, err
			}
		}
	}
	accounts, err := t.accounts(ctx)
	if err != nil && s.Tokens != nil && s.Tokens.Refresh != "" && result.Session == nil && status(err) == http.StatusUnauthorized && !said(err, "CONSENT_EXPIRED", "CONSENT_INVALID", "CONSENT_UNKNOWN") {
		// The bank ended the access token early: once, the refresh token may help.
		if err := rotate(); err != nil {
			return result, err
		}
		accounts, err = t.accounts(ctx)
	}
	if err == nil {
		err = r.read(ctx, accounts)
	}
	return result, t.explain(ctx, err)
}

// explain asks the bank what became of the consent when it refuses to be read without saying why: revoked and expired are different
// things to tell a person.
func (t *talk) explain(ctx context.Context, err error) error {
	if err == nil || t.consent == "" || saidBy(err) == nil || code(err) != connector.CodeNeedsUser || said(err, "TOKEN_UNKNOWN", "TOKEN_INVALID", "TOKEN_EXPIRED") {
		return err
	}
	id := t.consent
	t.consent = ""
	r, failed := t.consentStatus(ctx, id)
	t.consent = id
	if failed != nil {
		if c := code(failed); c == connector.CodeConsentRevoked || c == connector.CodeConsentExpired {
			return failed
		}
		return err
	}
	if why := consentError(r.ConsentStatus); why != nil {
		return why
	}
	return err
}

// read gives the accounts, then the movements of those that are wanted.
func (r reader) read(ctx context.Context, accounts []found) error {
	byKey := make(map[string]found, len(accounts))
	for _, f := range accounts {
		if !f.balanced {
			if err := r.readBalance(ctx, &f); err != nil {
				return err
			}
		}
		byKey[f.Key] = f
		if err := r.out.Account(ctx, f.Account); err != nil {
			return err
		}
	}
	if r.cfg.Consent == consentList {
		// The model is accounts and balances: no bank gives movements under it.
		return nil
	}
	for _, key := range r.in.Transactions {
		// An account that the bank no longer lists has nothing to read; the host sees that it is missing.
		if f, ok := byKey[key]; ok {
			if err := r.movements(ctx, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// mostHistory is how far back movements are asked for, whatever the host wants: two years (the contract's HistoryDays).
const mostHistory = 730

// usualChunk is the range that banks give at once where they refuse more (RTS, article 10: 90 days).
const usualChunk = 90

// movements reads an account's movements, newest range first. Where the bank refuses a long range it is asked for 90 days at a time, and
// where it refuses to go further back, history begins there.
func (r reader) movements(ctx context.Context, f found) error {
	today := r.in.Now.UTC().Truncate(24 * time.Hour)
	since := r.in.Since.UTC().Truncate(24 * time.Hour)
	if first := today.AddDate(0, 0, -mostHistory); since.Before(first) {
		since = first
	}
	k := newKeeper(r, f)
	days := r.cfg.ChunkDays
	for to := today; !to.Before(since); {
		from := since
		if first := to.AddDate(0, 0, -days+1); days > 0 && from.Before(first) {
			from = first
		}
		err := k.span(ctx, from, to, to.Equal(today))
		long := to.Sub(from) > usualChunk*24*time.Hour
		switch {
		case err == nil:
		case long && refusedRange(err) && !k.began:
			days = usualChunk
			continue
		case refusedRange(err) && to.Before(today):
			return nil
		case said(err, "RESOURCE_UNKNOWN"):
			// The list has it and its movements are not to be had: a consent without them. The account stays, and so does the rest.
			return nil
		default:
			return err
		}
		to = from.AddDate(0, 0, -1)
	}
	return nil
}

// refusedRange says whether a bank refuses how far back it was asked. The codes for it differ; what they have in common is that nothing
// else about the request could be wrong. 401 and 403 are banks that want the end user there for what is older than 90 days.
func refusedRange(err error) bool {
	switch {
	case said(err, "PERIOD_INVALID"):
		return true
	case said(err, "CONSENT_EXPIRED", "CONSENT_UNKNOWN", "ACCESS_EXCEEDED", "RESOURCE_UNKNOWN", "TOKEN_EXPIRED", "TOKEN_INVALID", "TOKEN_UNKNOWN"):
		return false
	}
	switch status(err) {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity:
		return true
	}
	return false
}
