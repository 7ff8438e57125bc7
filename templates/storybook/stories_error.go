package storybook

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"passerelle/templates/page"
)

// failures has one story for each reason, and one with all that a failure can carry.
var failures = append([]Story{{
	"failed", "Failed: with the bank's own words", func(b page.Base) templ.Component {
		b.Reference = "7F3K-92QD"
		return page.Failed{
			Base: b, Connector: bank, Reason: "rate_limited", BankSays: "Trop de connexions. Réessayez dans 10 minutes.",
			CanRetry: true, RetryAfter: 10 * time.Minute, CanChoose: true,
		}.View()
	},
}}, reasons()...)

func reasons() []Story {
	var out []Story
	for _, reason := range page.Reasons() {
		id := "failed-" + strings.ReplaceAll(reason, "_", "-")
		out = append(out, Story{id, "Failed: " + reason, func(b page.Base) templ.Component {
			b.Reference = "7F3K-92QD"
			return page.Failed{Base: b, Connector: bank, Reason: reason, CanRetry: reason != "not_supported", CanChoose: true}.View()
		}})
	}
	return out
}

func integrator(id, title string, p page.IntegratorError) Story {
	return Story{"integrator-" + id, "Integrator error: " + title, func(b page.Base) templ.Component {
		b.ClientName, b.CancelAction = "", ""
		p.Base = b
		return p.View()
	}}
}

var faults = append([]Story{
	integrator("client", "unknown client", page.IntegratorError{
		Problem: page.ProblemUnknownClient, Parameter: "client_id", Given: "31337", Remedy: page.RemedyUnknownClient,
	}),
	integrator("no-client", "no client", page.IntegratorError{Problem: page.ProblemMissingClient, Parameter: "client_id", Remedy: page.RemedyMissing}),
	integrator("domain", "unknown domain", page.IntegratorError{Problem: page.ProblemUnknownDomain, Parameter: "domain", Given: "nowhere"}),
	integrator("no-redirect", "no redirect URI", page.IntegratorError{Problem: page.ProblemMissingRedirect, Parameter: "redirect_uri", Remedy: page.RemedyMissing}),
	integrator("repeated", "repeated parameter", page.IntegratorError{Problem: page.ProblemRepeated, Parameter: "state", Remedy: page.RemedyRepeated}),
	integrator("redirect", "no such client application with this redirect URI", page.IntegratorError{
		Problem: page.ProblemRedirectURI, Parameter: "client_id, redirect_uri", Given: "31337, https://evil.example/callback?<script>", Remedy: page.RemedyRedirectURI,
		Detail: "Invalid 'redirect_uri', the parameter must match the constraints defined in the administration console.",
	}),
}, statuses()...)

func statuses() []Story {
	var out []Story
	for _, status := range []int{400, 403, 404, 405, 413, 418, 429, 500, 503} {
		code := strconv.Itoa(status)
		out = append(out, Story{"error-" + code, "Error page: " + code, func(b page.Base) templ.Component {
			b.ClientName, b.CancelAction = "", ""
			if status >= http.StatusInternalServerError { // as the pages are served
				b.Reference = "7F3K-92QD"
			}
			p := page.ErrorPage{Base: b, Status: status}
			if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
				p.RetryURL, p.RetryAfter = "https://connect.example.org/fr/connect?client_id=31337", 40*time.Second
			}
			return p.View()
		}})
	}
	return out
}
