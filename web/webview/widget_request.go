package webview

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
)

// widgetRequest makes the attempt's request. Its errors name the parameter at fault.
func (h *Handler) widgetRequest(ctx context.Context, e *widgetVisit) (connect.Request, error) {
	q := e.query
	r := connect.Request{
		Dialect: dialectLinxo, Flow: e.flow, Lang: e.lang, State: q.state, Reset: e.reset, FrameOrigins: e.frames,
		Widget: &connect.Widget{Session: e.session.ID, Action: e.action, Theme: readTheme(q)},
	}
	if len(q.state) > maxState {
		return r, refuse("state", "state is longer than %d bytes: send a shorter one.", maxState)
	}
	if err := h.widgetAddresses(ctx, e, &r); err != nil {
		return r, err
	}
	if err := q.switches(e, r.Widget); err != nil {
		return r, err
	}
	if err := h.widgetConnector(e, &r); err != nil {
		return r, err
	}
	if err := q.widgetConnection(e, &r); err != nil {
		return r, err
	}
	if err := q.widgetCountries(&r); err != nil {
		return r, err
	}
	return r, q.expectedAccounts(&r)
}

// dialectLinxo is the door that these visits come through.
const dialectLinxo = "linxo"

// widgetAddresses reads the addresses that the visit may lead to. Each must be a registered redirect URI: whoever holds a link can
// put parameters behind it. None for the return means that the visit ends here.
func (h *Handler) widgetAddresses(ctx context.Context, e *widgetVisit, r *connect.Request) error {
	back, err := e.query.oneOf("redirect_url", "redirect_uri")
	if err != nil {
		return err
	}
	for _, a := range []struct {
		name, given string
		into        *string
	}{
		{"redirect_url", back, &r.RedirectURI},
		{"cancel_url", e.query.values.Get("cancel_url"), &r.Widget.CancelURL},
		{"aspsp_callback_uri", e.query.values.Get("aspsp_callback_uri"), &r.Widget.BankReturnURL},
	} {
		if a.given == "" {
			continue
		}
		_, *a.into, err = h.Grants.CheckRedirectURI(ctx, e.client.ID, a.given)
		if fault.Is(err, fault.Invalid) {
			if !e.query.values.Has(a.name) {
				a.name = "redirect_uri"
			}
			return fault.New(fault.Invalid, "%s is not registered.", a.name).WithCode(codeRedirect).WithField(a.name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// switches reads how the visit is to go.
func (q *startQuery) switches(e *widgetVisit, w *connect.Widget) error {
	on := func(name string, absent bool) (bool, error) {
		if !q.values.Has(name) {
			return absent, nil
		}
		return q.flag(name)
	}
	captive, err := on("captive_mode", true)
	if err != nil {
		return err
	}
	if w.WaitSyncEnd, err = on("wait_sync_end", captive); err != nil {
		return err
	}
	// What the client backend said when it made the session is not for a link to change.
	if said := e.session.Options.CaptiveMode; said != nil {
		w.WaitSyncEnd = *said
	}
	auto, err := on("auto_sync", true)
	if err != nil {
		return err
	}
	w.NoAutoSync = !auto
	each, err := on("consent_per_account", false)
	if err != nil {
		return err
	}
	pick, err := on("select_accounts", false)
	w.ConsentPerAccount = each || pick
	return err
}

// The two digits behind a provider's number that make one of its channels' numbers, and our sources.
var channelSources = map[string]string{"00": "directaccess", "01": "openapi"}

// widgetConnector reads which provider, and which of its channels, is meant.
func (h *Handler) widgetConnector(e *widgetVisit, r *connect.Request) error {
	named := func(name, given string) (*bank.Connector, error) {
		id, ok := clientID(given)
		if ok {
			if con, known := h.Connectors.ByID(id); known {
				return con, nil
			}
		}
		return nil, refuse(name, "%s names none that there is: GET /providers lists them.", name)
	}
	var con *bank.Connector
	var err error
	if given := e.query.values.Get("provider_id"); given != "" {
		if con, err = named("provider_id", given); err != nil {
			return err
		}
	}
	if given := e.query.values.Get("channel_definition_id"); given != "" {
		const name = "channel_definition_id"
		cut := max(0, len(given)-2)
		source, known := channelSources[given[cut:]]
		if !known {
			return refuse(name, "%s must end with 00 or 01.", name)
		}
		of, err := named(name, given[:cut])
		switch {
		case err != nil:
			return err
		case con != nil && con != of:
			return refuse(name, "%s is a channel of another provider than provider_id.", name)
		case !slices.ContainsFunc(of.EnabledSources(), func(s bank.Source) bool { return s.Name == source }):
			return refuse(name, "%s names a channel that this provider does not have.", name)
		}
		con, r.Sources = of, []string{source}
	}
	if con != nil && e.flow == connect.FlowConnect {
		r.ConnectorIDs = []int64{con.ID}
	}
	return nil
}

// widgetConnection reads which connection the visit is about. Whose it is the visit finds out.
func (q *startQuery) widgetConnection(e *widgetVisit, r *connect.Request) error {
	const name = "connection_id"
	given := q.values.Get(name)
	switch {
	case given == "" && e.about:
		return refuse(name, "%s is missing: name the connection.", name)
	case given == "" || !e.on:
		return nil
	}
	id, ok := clientID(given)
	if !ok {
		return refuse(name, "%s must be the number of a connection.", name)
	}
	r.ConnectionID = id
	return nil
}

// widgetCountries reads the countries whose banks are offered.
func (q *startQuery) widgetCountries(r *connect.Request) error {
	const name, most = "countries", 60
	list := q.list(name)
	if len(list) > most {
		return refuse(name, "%s names more than %d countries.", name, most)
	}
	for _, c := range list {
		c = strings.ToLower(c)
		if len(c) != 2 || !letters(c) {
			return refuse(name, "%s must be a comma-separated list of two-letter country codes (ISO 3166-1 alpha-2).", name)
		}
		r.Widget.Countries = append(r.Widget.Countries, c)
	}
	return nil
}

// expectedTypes says which of our types of account each of the dialect's four is; SAVINGS are all the others.
var expectedTypes = map[string][]bank.AccountType{
	"CHECKINGS": {bank.AccountChecking, bank.AccountJoint}, "CREDIT_CARD": {bank.AccountCard}, "LOAN": {bank.AccountLoan},
}

// expectedAccounts reads which accounts may be shared.
func (q *startQuery) expectedAccounts(r *connect.Request) error {
	const name = "expected_account_type"
	for _, t := range q.list(name) {
		t = strings.ToUpper(t)
		types, known := expectedTypes[t]
		switch {
		case t == "SAVINGS":
			for _, other := range bank.AccountTypes {
				if !slices.ContainsFunc(slices.Concat(expectedTypes["CHECKINGS"], expectedTypes["CREDIT_CARD"], expectedTypes["LOAN"]),
					func(taken bank.AccountType) bool { return taken == other }) {
					types = append(types, other)
				}
			}
		case !known:
			return refuse(name, "%s must be CHECKINGS, SAVINGS, LOAN, CREDIT_CARD, or several of them with commas between.", name)
		}
		for _, add := range types {
			if !slices.Contains(r.AccountTypes, add) {
				r.AccountTypes = append(r.AccountTypes, add)
			}
		}
	}
	return nil
}

// idText is an id as the dialect writes them; empty for none.
func idText(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}
