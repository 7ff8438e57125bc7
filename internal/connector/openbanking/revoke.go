package openbanking

import (
	"context"
	"errors"
)

// revoke ends the consent at the bank, and with it every token; a consent of before that nobody ended yet goes too.
func (b *theBank) revoke(ctx context.Context, s session) error {
	token, err := b.ours(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, id := range []string{s.Consent, s.Replaced} {
		if id != "" {
			failed = errors.Join(failed, b.endConsent(ctx, token, id))
		}
	}
	return failed
}
