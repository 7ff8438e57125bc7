package store

import (
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/directory"
	"passerelle/internal/grant"
	"passerelle/internal/repeat"
	"passerelle/internal/syncer"
)

// exercise calls every verb, so that its statements are in the caches; what they answer is the conformance suite's matter.
func exercise(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	a := saved(t, s)
	id := a.ConnectionID
	list, err := s.SaveAccounts(ctx, id, []bank.Account{{Key: "a"}, {Key: "b"}}, now)
	if err != nil || len(list) != 2 {
		t.Fatalf("got %v, %v", list, err)
	}
	f := connect.FinishSelection{Attempt: a, FromStep: a.Step, Enable: []int64{list[0].ID, list[1].ID}, Now: now}
	_ = s.FinishSelection(ctx, f)
	_, _ = s.SaveTransactions(ctx, list[0].ID, []bank.Transaction{{Key: "t", Date: now}}, now)
	f.FromStep, f.Enable = a.Step, f.Enable[:1]
	_ = s.FinishSelection(ctx, f)
	_, _ = s.SaveAccounts(ctx, id, []bank.Account{{Key: "a"}}, now)
	_ = s.FinishSync(ctx, id, syncer.SyncEnd{Now: now, NextTry: &now})
	_, _ = s.DueConnections(ctx, now, time.Minute, 10)
	_ = s.RotateSession(ctx, id, []byte("x"), nil)
	_, _, _ = s.ConnectionSession(ctx, id)
	_ = s.MoveAttempt(ctx, a, a.Step, &connect.CallbackState{Hash: []byte("h"), AttemptID: a.ID, ExpiresAt: now.Add(time.Hour)})
	_, _, _ = s.AttemptByCallback(ctx, []byte("h"), now)
	_, _ = s.SpendCallback(ctx, []byte("h"), now)
	_, _ = s.LeaseAttempt(ctx, a.ID, a.Step, now, now)
	_, _ = s.RenewLease(ctx, a.ID, a.Step, now)
	_ = s.PromoteBind(ctx, a.ID, []byte("x"))
	_, _ = s.ExpireAttempts(ctx, now.Add(48*time.Hour), 10)
	_ = s.CountNotListed(ctx, 1, "x", now)

	u := temporaryUser(t, s)
	c := codeFor(u, 1)
	_ = s.InsertCode(ctx, c)
	_, _ = s.AttemptOpenedBy(ctx, c.ID)
	_, _ = s.Redeem(ctx, redemption(c))
	_, _ = s.Redeem(ctx, redemption(c))
	_, _ = s.CodeByID(ctx, c.ID)
	token := redemption(c).Token
	token.UserID = u.ID
	_ = s.RenewToken(ctx, token, true)
	_, _ = s.RevokeToken(ctx, token.ID, now)
	_, _ = s.TokenByID(ctx, token.ID)
	_ = s.CreateClient(ctx, grant.Client{ID: 1, Created: now, RedirectURIs: []string{"https://a.example/"}})
	_ = s.RotateClientSecret(ctx, 1, grant.ClientSecret{Hash: []byte("h"), Created: now})
	_ = s.RemoveRedirectURI(ctx, 1, "https://a.example/")
	_ = s.SetClientOptions(ctx, 1, grant.Options{})
	_, _ = s.Clients(ctx)
	_, _ = s.Client(ctx, 1)

	_, _ = s.Connections(ctx, a.UserID)
	_, _ = s.Connection(ctx, a.UserID, id)
	_, _ = s.UserAccounts(ctx, a.UserID, 0, false)
	_, _ = s.UserAccounts(ctx, a.UserID, id, true)
	_, _ = s.Account(ctx, a.UserID, list[0].ID, true)
	_, _ = s.Transaction(ctx, a.UserID, 1)
	cursor := &bank.TransactionCursor{Date: now, ID: 1}
	for _, filter := range []bank.TransactionFilter{
		{Limit: 10},
		{AccountID: list[0].ID, Limit: 10},
		{After: cursor, Limit: 10},
		{Before: cursor, Limit: 10},
		{AccountID: list[0].ID, After: cursor, MinDate: &now, MaxDate: &now, Limit: 10},
		{AccountID: list[0].ID, Before: cursor, Limit: 10},
		{ConnectionID: id, Limit: 10},
	} {
		filter.UserID = a.UserID
		_, _ = s.Transactions(ctx, filter)
	}
	_, _ = s.Users(ctx, grant.DefaultDomain, 0, 10)
	_, _ = s.ReadEvents(ctx, 0, 10)
	_ = s.UpsertConnectors(ctx, []bank.Connector{{UUID: "c"}})
	_, _ = s.Connectors(ctx)
	_, _ = s.CatalogVersion(ctx)
	kept, _, _ := s.ClaimRepeat(ctx, repeat.Claim{Name: []byte("n"), Request: []byte("r"), Now: now, Until: now, Over: now})
	_ = s.KeepAnswer(ctx, kept.ID, []byte("answer"))
	_, _, _ = s.ClaimRepeat(ctx, repeat.Claim{Name: []byte("n"), Request: []byte("r"), Now: now, Until: now, Over: now.Add(-time.Hour)})
	_ = s.DropRepeat(ctx, kept.ID)
	_ = s.SetConnectorSettings(ctx, []directory.Setting{{Kind: "k", Name: "n", Value: bank.NewSecret("v")}}, now)
	_, _ = s.ConnectorSettings(ctx)
	_, _ = s.UnsetConnectorSettings(ctx, "k", "", []string{"other"})
	_ = s.DeleteConnection(ctx, a.UserID, id, now)
	_, _ = s.DeleteExpiredUsers(ctx, now, 10)
	_ = s.DeleteUser(ctx, a.UserID, now)
}
