package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/failpoint"
	"passerelle/internal/grant"
	"passerelle/internal/locale"
	"passerelle/internal/repeat"
	"passerelle/internal/webhook"
	"passerelle/static"
	"passerelle/templates"
	"passerelle/templates/page"
	"passerelle/web"
	"passerelle/web/linxo"
	"passerelle/web/middleware"
	"passerelle/web/oauth"
	"passerelle/web/powens"
	"passerelle/web/simplefin"
	"passerelle/web/webview"
)

// historyDays is how far back transactions are read: what the pages promise the end user, and what the reading keeps to. A
// year is what budgeting and scoring need; a bank that gives less gives less.
const historyDays = 365

// wireWeb joins the pages and the API with what answers them.
func (a *app) wireWeb(_ context.Context, c *serveCommand) error {
	words, err := locale.Load(templates.Messages)
	if err != nil {
		return err
	}
	languages := make([]page.Language, 0, len(words.Languages()))
	for _, l := range words.Languages() {
		languages = append(languages, page.Language{Tag: l.Tag, Name: l.Name})
	}
	https := a.base.Scheme == "https"
	pages, err := webview.New(webview.Deps{
		Visits: a.visits, Grants: a.grants, Connectors: a.catalog, Widgets: a.grants, Queues: a.queues, CodeSpent: a.codeSpent, ConnectionOf: a.db.Connection, ConnectionsOf: a.db.Connections,
		Translator: func(lang string) page.Translator { return words.Translator(lang) },
		Negotiate:  func(accept string) string { return words.Negotiate(accept) },
		Languages:  languages, Assets: static.URL, PublicURL: a.base, Operator: c.Operator,
		TermsURL: c.TermsURL, PrivacyURL: c.PrivacyURL, HistoryDays: a.history(),
		Browser: a.browser(https), CSRF: middleware.NewCSRF(a.ring), Ring: a.ring,
		Limits: a.limits, Draining: a.draining, Registry: a.registry, Clock: failpoint.Now, Log: a.log,
	})
	if err != nil {
		return err
	}
	key, err := a.ring.Derive("cursor", []byte("powens"), cursorKey)
	if err != nil {
		return err
	}
	repeatKey, err := a.ring.Derive("repeat", nil, cursorKey)
	if err != nil {
		return err
	}
	repeats := &middleware.Repeats{Service: &repeat.Service{Store: a.db, Clock: failpoint.Now}, MAC: mac(repeatKey)}
	api := powens.New(powens.Deps{
		Grants: a.grants, Reader: a.db, Writer: a.db, Directory: a.catalog, Choices: a.db, Connections: a.sync, Exports: a.db, Direct: a.direct, Logs: a.db, PublicURL: a.url(), Clock: failpoint.Now, MAC: mac(key),
		Limits: a.limits, HistoryMonths: a.history() / 30, Webhooks: a.webhooks.Of(webhook.Dialect), Repeats: repeats,
	})
	a.db.SetRenderer(api.Payloads())
	connections := linxo.New(linxo.Deps{
		Grants: a.grants, Reader: a.db, Writer: a.db, Directory: a.catalog, Connections: a.sync, PublicURL: a.url(), Clock: failpoint.Now,
		People: a.grants, Direct: a.direct, Changes: a.sync, Widgets: a.grants,
		Queues: a.queues, Limits: a.limits, Repeats: repeats,
	})
	a.db.SetDialect(webhook.DialectLinxo, connections.Payloads())
	tokens := oauth.New(oauth.Deps{Grants: a.grants, PublicURL: a.url(), Limits: a.limits})
	programs := simplefin.New(simplefin.Deps{
		Grants: grant.SimpleFIN{Service: a.grants, Kept: a.db}, Reader: a.db, PublicURL: a.url(), Limits: a.limits, Clock: failpoint.Now,
	})
	signIn, err := a.signInPage(c, words, languages)
	if err != nil {
		return err
	}
	a.server, err = web.New(web.Deps{
		PublicURL: a.base,
		Areas:     []web.Area{pages, web.Group(powens.Prefix, api, powens.ShowError), connections, tokens, programs, signIn},
		Pages:     pages, Static: static.Handler(), Favicon: static.Favicon(), Ready: a.db.Ping, Parts: a.shared.parts(),
		TrustedProxies: c.Proxies(), Registry: a.registry, MetricsOnMain: c.MetricsOnMain(), DrainTimeout: c.ShutdownTimeout, Log: a.log,
	})
	return err
}

// codeSpent says whether a callback code has been exchanged. The code comes from the visit that it ended, so that its public
// part alone (see grant's credential shapes) finds the row.
func (a *app) codeSpent(ctx context.Context, code bank.Secret) (bool, error) {
	public, _, _ := strings.Cut(strings.TrimPrefix(code.Reveal(), grant.PrefixCallback), ".")
	id, err := uuid.Parse(public)
	if err != nil {
		return false, errors.New("the callback code has no id")
	}
	stored, err := a.db.CodeByID(ctx, id.String())
	if err != nil {
		return false, fmt.Errorf("read the callback code: %w", err)
	}
	return stored.ConsumedAt != nil, nil
}
