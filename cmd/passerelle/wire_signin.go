package main

import (
	"passerelle/internal/locale"
	"passerelle/static"
	"passerelle/templates/page"
	"passerelle/web/middleware"
	"passerelle/web/oauth"
)

// signInPage is the page of the authorization endpoint.
func (a *app) signInPage(c *serveCommand, words *locale.Catalog, languages []page.Language) (*oauth.SignIn, error) {
	return oauth.NewSignIn(oauth.SignInDeps{
		Grants: a.grants, PublicURL: a.base, Operator: c.Operator, Languages: languages,
		Translator: func(lang string) page.Translator { return words.Translator(lang) },
		Negotiate:  func(accept string) string { return words.Negotiate(accept) },
		Assets:     static.URL, CSRF: middleware.NewCSRF(a.ring), Limits: a.limits, Log: a.log,
	})
}
