package openbanking

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// consentRequest is OBReadConsent1. The end is left open where the profile says so.
type consentRequest struct {
	Data struct {
		Permissions []string `json:"Permissions"`
		Expiration  string   `json:"ExpirationDateTime,omitempty"`
		From        string   `json:"TransactionFromDateTime,omitempty"`
	} `json:"Data"`
	Risk struct{} `json:"Risk"`
}

// consentAnswer is OBReadConsentResponse1.
type consentAnswer struct {
	Data struct {
		ID         string `json:"ConsentId"`
		Status     string `json:"Status"`
		Expiration string `json:"ExpirationDateTime"`
	} `json:"Data"`
}

// standing is how a consent stands, whichever version's word said so.
type standing string

const (
	awaiting   standing = "awaiting"
	authorised standing = "authorised"
	rejected   standing = "rejected"
	expired    standing = "expired"
	withdrawn  standing = "withdrawn"
)

// standings reads the words of 3.1 (whole) and 4.0 (four letters); some banks write older drafts' words.
var standings = map[string]standing{
	"awaitingauthorisation": awaiting, "awau": awaiting,
	"authorised": authorised, "auth": authorised,
	"rejected": rejected, "rjct": rejected,
	"revoked": withdrawn, "canc": withdrawn, "cancelled": withdrawn,
	"expd": expired, "expired": expired,
}

// ours gets a token in our own name, which consents are kept with.
func (b *theBank) ours(ctx context.Context) (bank.Secret, error) {
	party, err := b.party(ctx)
	if err != nil {
		return bank.Secret{}, err
	}
	t, err := party.ClientCredentials(ctx, b.ClientScope)
	return t.Access, err
}

// newConsent makes a consent and gives its id and its end.
func (b *theBank) newConsent(ctx context.Context, token bank.Secret, want connector.Want) (id string, ends time.Time, err error) {
	var r consentRequest
	r.Data.Permissions = b.Permissions
	if b.Expires && want.ValidUntil.After(b.now) {
		r.Data.Expiration = moment(want.ValidUntil)
	}
	if from := b.oldest(want.HistoryFrom); !want.HistoryFrom.IsZero() {
		r.Data.From = moment(from)
	}
	var said consentAnswer
	_, err = b.call(ctx, http.MethodPost, at(b.base, "account-access-consents"), token, r, &said)
	switch {
	case status(err) == http.StatusBadRequest, status(err) == http.StatusUnauthorized, status(err) == http.StatusForbidden:
		// Nobody but us is in this: what we ask for, and who we say that we are, is what the operator set.
		return "", ends, misconfigured(err)
	case err != nil:
		return "", ends, err
	case said.Data.ID == "" || len(said.Data.ID) > 128:
		return "", ends, wire.Protocol(errors.New("the bank's consent has no ConsentId that can be used"))
	case standings[strings.ToLower(said.Data.Status)] == rejected:
		return "", ends, &connector.Error{Code: connector.CodeNotSupported, Cause: errors.New("the bank rejected the consent at once")}
	}
	return said.Data.ID, instant(said.Data.Expiration), nil
}

// look tells how a consent stands and when it ends.
func (b *theBank) look(ctx context.Context, token bank.Secret, id string) (standing, time.Time, error) {
	var said consentAnswer
	if _, err := b.call(ctx, http.MethodGet, at(b.base, "account-access-consents", id), token, nil, &said); err != nil {
		return "", time.Time{}, err
	}
	ends := instant(said.Data.Expiration)
	s, ok := standings[strings.ToLower(said.Data.Status)]
	if !ok {
		return "", ends, wire.Protocol(errors.New("the bank's consent has a status that is unknown"))
	}
	if s == authorised && !ends.IsZero() && !ends.After(b.now) {
		s = expired
	}
	return s, ends, nil
}

// endConsent deletes a consent. One that the bank does not know any more, or that has ended, is what was wanted.
func (b *theBank) endConsent(ctx context.Context, token bank.Secret, id string) error {
	_, err := b.call(ctx, http.MethodDelete, at(b.base, "account-access-consents", id), token, nil, nil)
	if slices.Contains([]int{http.StatusBadRequest, http.StatusNotFound, http.StatusGone}, status(err)) {
		return nil
	}
	return err
}

// why asks the consent itself what a refusal of the bank's means: codes differ from bank to bank, the consent's status does not. Where
// it cannot tell, the refusal stands.
func (b *theBank) why(ctx context.Context, s session, err error) error {
	refused := slices.Contains([]int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, status(err))
	if !refused && !is(err, connector.CodeNeedsUser, connector.CodeConsentRevoked, connector.CodeConsentExpired) {
		return err
	}
	code := connector.AsError(err).Code
	if !s.Ends.IsZero() && !s.Ends.After(b.now) {
		code = connector.CodeConsentExpired
	}
	if token, failed := b.ours(ctx); failed == nil {
		switch stands, _, failed := b.look(ctx, token, s.Consent); {
		case status(failed) == http.StatusNotFound, status(failed) == http.StatusBadRequest:
			// Consents that the bank does not know any more have been withdrawn, or their time is long over.
			if code != connector.CodeConsentExpired {
				code = connector.CodeConsentRevoked
			}
		case failed != nil:
		case stands == expired:
			code = connector.CodeConsentExpired
		case stands == withdrawn, stands == rejected:
			code = connector.CodeConsentRevoked
		case stands == awaiting, code == connector.CodeConsentRevoked:
			code = connector.CodeNeedsUser
		}
	}
	return &connector.Error{Code: code, Cause: err, RetryAfter: connector.AsError(err).RetryAfter}
}

// moment writes a time as the API's bodies have them, with its zone.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05+00:00") }

// instant reads a time of the API's; zero where there is none that can be read.
func instant(s string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04:05-0700", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
