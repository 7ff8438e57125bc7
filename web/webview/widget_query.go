package webview

import (
	"net/url"
	"slices"
	"strings"

	"passerelle/templates/page"
)

// The parameters of an entry point of the widget. Those that are about looks are in widgetLooks; unknown ones are ignored: what is
// read is listed here.
var widgetKnown = []string{
	"session_id", "redirect_uri", "redirect_url", "aspsp_callback_uri", "cancel_url", "state", "captive_mode", "wait_sync_end", "auto_sync",
	"consent_per_account", "select_accounts", "expected_account_type", "countries", "provider_id", "channel_definition_id", "connection_id",
	"locale", "lng",
}

var widgetLooks = []string{
	"font", "font_color", "background_color", "elements_color", "elements_font", "elements_font_color", "button_radius", "display_header",
}

// WidgetParameters lists the parameters that each entry point of the widget takes, by the last part of its address. The description
// of the API is held against it.
func WidgetParameters() map[string][]string {
	out := make(map[string][]string, len(widgetEntries))
	for _, e := range widgetEntries {
		out[e.path] = slices.Concat(widgetKnown, widgetLooks)
		if !e.on {
			out[e.path] = slices.DeleteFunc(out[e.path], func(name string) bool { return name == "connection_id" })
		}
	}
	return out
}

// readWidget reads the raw query of an entry point of the widget. A parameter that means something and stands there twice, or in a
// spelling that some readers make a list of, is refused, as in the other entry URLs (R6).
func readWidget(raw string) (*startQuery, *displayed) {
	values, err := url.ParseQuery(raw)
	if err != nil || len(raw) > mostEntry {
		return nil, &displayed{problem: problemUnreadable}
	}
	for name, v := range values {
		bare, _, indexed := strings.Cut(name, "[")
		switch {
		case !slices.Contains(widgetKnown, bare) && !slices.Contains(widgetLooks, bare):
			delete(values, name)
		case indexed, len(v) > 1:
			return nil, &displayed{problem: problemRepeated, parameter: clean(name)}
		case !utf8Text(v[0]):
			return nil, &displayed{problem: problemUnreadable, parameter: name}
		}
	}
	return &startQuery{values: values, state: values.Get("state")}, nil
}

// oneOf gives the value of a parameter that has two names; both may stand there if they say the same.
func (q *startQuery) oneOf(name, other string) (string, error) {
	a, b := q.values.Get(name), q.values.Get(other)
	if a == "" {
		return b, nil
	}
	if b != "" && a != b {
		return "", refuse(name, "%s and %s name different addresses: send one of them.", name, other)
	}
	return a, nil
}

// widgetLang is the language of a visit: what locale asks for (en_GB, fr), its older name lng, or what the browser asks for.
func (h *Handler) widgetLang(q *startQuery, accept string) string {
	for _, name := range []string{"locale", "lng"} {
		primary, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(q.values.Get(name), "_", "-")), "-")
		if h.knows(primary) {
			return primary
		}
	}
	return h.Negotiate(accept)
}

// problemSession says what is missing to somebody who opened an entry point by hand.
var problemSession = problem{
	page.Plain("This link names no widget session."),
	page.Plain("Make one with POST /widget/widget_session, and follow one of the links in the answer."),
}

// problemNoSession says the same of a session that was never made here, or whose user or client application is gone.
var problemNoSession = problem{
	page.Plain("There is no widget session with this session_id."),
	page.Plain("Take a link from the answer of POST /widget/widget_session as it is, and put further parameters behind it with &. A session that is over is told apart from this."),
}
