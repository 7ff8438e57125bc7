package page

import (
	"maps"
	"slices"
)

// Turn is who can do something about a failure.
type Turn string

// The turns.
const (
	TurnYou  Turn = "you"
	TurnBank Turn = "bank"
	TurnUs   Turn = "us"
)

// failure is what a reason says: message ids of the heading and of what to do now, and whose turn it is.
type failure struct {
	title, next string
	turn        Turn
}

// failures are keyed by the connector contract's error codes, and by a few reasons of the attempt's own. An unknown
// reason is shown as "bug": our turn.
var failures = map[string]failure{
	"bad_credentials":    {"failed.bad_credentials", "failed.bad_credentials_next", TurnYou},
	"too_many_tries":     {"failed.too_many_tries", "failed.too_many_tries_next", TurnYou},
	"under_way":          {"failed.under_way", "failed.under_way_next", TurnYou},
	"account_locked":     {"failed.account_locked", "failed.account_locked_next", TurnYou},
	"password_expired":   {"failed.password_expired", "failed.password_expired_next", TurnYou},
	"site_action_needed": {"failed.site_action", "failed.site_action_next", TurnYou},
	"challenge_failed":   {"failed.challenge", "failed.challenge_next", TurnYou},
	"challenge_expired":  {"failed.challenge_expired", "failed.challenge_expired_next", TurnYou},
	"approval_refused":   {"failed.refused", "failed.refused_next", TurnYou},
	"approval_expired":   {"failed.approval_expired", "failed.approval_expired_next", TurnYou},
	"cancelled_by_user":  {"failed.cancelled", "failed.cancelled_next", TurnYou},
	"consent_rejected":   {"failed.refused", "failed.refused_next", TurnYou},
	"consent_expired":    {"failed.consent_expired", "failed.again_next", TurnYou},
	"consent_revoked":    {"failed.consent_revoked", "failed.again_next", TurnYou},
	"needs_user":         {"failed.needs_user", "failed.again_next", TurnYou},
	"other_login":        {"failed.other_login", "failed.other_login_next", TurnYou},
	"connection_gone":    {title: "failed.gone", next: "failed.gone_next"}, // nobody's turn: there is nothing left to mend
	"no_accounts":        {"failed.no_accounts", "failed.no_accounts_next", TurnYou},
	"bank_unavailable":   {"failed.unavailable", "failed.unavailable_next", TurnBank},
	"bank_error":         {"failed.bank_error", "failed.unavailable_next", TurnBank},
	"rate_limited":       {"failed.rate_limited", "failed.rate_limited_next", TurnBank},
	"blocked":            {"failed.blocked", "failed.blocked_next", TurnBank},
	"not_supported":      {"failed.not_supported", "failed.not_supported_next", TurnUs},
	"tpp_misconfigured":  {"failed.misconfigured", "failed.us_next", TurnUs},
	"protocol":           {"failed.protocol", "failed.protocol_next", TurnBank},
	"bug":                {"failed.bug", "failed.us_next", TurnUs},
}

// Reasons are all reasons that a failure page has words for, sorted.
func Reasons() []string { return slices.Sorted(maps.Keys(failures)) }

// Reason says in one sentence what went wrong at an institution.
func Reason(reason, bank string) Text { return Msg(failureOf(reason).title, "Bank", bank) }

func failureOf(reason string) failure {
	if f, ok := failures[reason]; ok {
		return f
	}
	return failures["bug"]
}

// turnTexts are the message ids that say whose turn it is.
var turnTexts = map[Turn]string{TurnYou: "failed.turn_you", TurnBank: "failed.turn_bank", TurnUs: "failed.turn_us"}
