package powens

import (
	"time"
	// A container without time zones must render the same hours.
	_ "time/tzdata"
)

// What Powens' public documents leave open or say twice, and what we do. One line a question; the reason stands beside it.
//
//	bookkeeping timestamps   naive Europe/Paris: clients of the live service saw that and read them so. Transaction
//	(created, last_update,   *datetime fields are documented as UTC and stay UTC (we know none yet: null).
//	disabled, signin, …)
//	application_date, rdate  the booking date: banks give us no other, and clients expect both to be present.
//	filter                   both values sort and cut by the booking date, for the same reason.
//	first_date, last_date    the oldest and newest date in the scope, whatever the other filters; result_min_date and
//	                         result_max_date are those of the page.
//	noAccount                409 (reference page; the OpenAPI file says 400).
//	unsupported filters      400: a list that ignores a filter would be read as filtered. (income, wording, min_value,
//	                         max_value, search, value, last_update)
//	disabled accounts        shown with ?all, with id, names, type and usage alone: their owner has not agreed to more.
//	connection expire        null: sources disagree on its meaning; the consent's end is in the source's access_expire.
//	connection fields        null: what a bank asks next is asked by the webview, never by this API.
//	disabled sources         left out of a connector's sources: nobody can use them, and since when is not kept.
//	connection source id     the connection's own id: each connection has one source.
//	id_type                  our own numbers (accountTypeIDs); type is the name to rely on.
//	unknown or spent code    400 with code invalid_grant, and the members of RFC 6749 §5.2 beside the envelope.
//	wrong client secret      401 invalid_client.
//	no access token          401 unauthorized everywhere (one client saw 403 on auth/token/code).
//	auth_token of auth/init  without credentials it is a standard temporary code: it reads for 30 minutes and can be
//	                         exchanged like any code. Once exchanged it reads no more.
//	and the webview          a code of nobody's user opens no visit: its maker would read what somebody else shares there
//	                         in a client application's name.
//	single codes             open one visit; they are no bearer.
//	codes asked for with a   end with it at the latest.
//	temporary code
//	manage tokens            the users token lists users and makes permanent ones; it reads nobody's data.
//	repeated, bracketed      400: two readers might take different ones (RFC 6749 §3.1).
//	parameter names

// paris is the zone of bookkeeping timestamps.
var paris = func() *time.Location {
	l, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		// The zone is in the binary (time/tzdata), so this is a broken build.
		panic(err)
	}
	return l
}()

const (
	stampLayout = "2006-01-02 15:04:05"
	dateLayout  = time.DateOnly
)

// stamp renders a bookkeeping time.
func stamp(t time.Time) string { return t.In(paris).Format(stampLayout) }

// optionalStamp is stamp, with null for nil.
func optionalStamp(t *time.Time) *string {
	if t == nil {
		return nil
	}
	s := stamp(*t)
	return &s
}

// date renders a day. Days are kept as UTC midnights.
func date(t time.Time) string { return t.UTC().Format(dateLayout) }

func optionalDate(t *time.Time) *string {
	if t == nil {
		return nil
	}
	s := date(*t)
	return &s
}

// text renders an optional text: null when empty.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
