package powens

import (
	"net/http"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/web/respond"

	"passerelle/web/params"
)

const (
	// mostAccounts is how many accounts one request changes.
	mostAccounts = 200
	// mostOwnName caps a client application's own name for an account, in characters.
	mostOwnName = 200
	// consentDays is how long a consent given by the API holds unless the client application wants less (RTS art. 10a).
	consentDays = 180
)

// accountChange is POST and PUT /users/{id|me}/accounts/{aid}, and the same below a connection; several ids are separated by
// commas. Enabling an account is the end user's consent, which the client application vouches for here. All of it happens or
// nothing.
func (h *Handler) accountChange(q *request) error {
	ctx := q.Request().Context()
	c := bank.ChangeAccounts{UserID: q.userID, ClientID: q.caller.ClientID, Now: h.now()}
	var err error
	if c.All, err = q.QueryFlag("all"); err != nil {
		return err
	}
	if c.ConnectionID, err = scopeConnection(q); err != nil {
		return err
	}
	if c.IDs, err = q.accountIDs(); err != nil {
		return err
	}
	if c.Change, err = q.accountChange(); err != nil {
		return err
	}
	if c.Until, err = h.consentEnd(q, c.Now); err != nil {
		return err
	}
	accounts, err := h.Writer.ChangeAccounts(ctx, c)
	if err != nil {
		return absent(err)
	}
	if !strings.Contains(q.Param("account"), ",") && len(accounts) == 1 {
		return respond.JSON(q, http.StatusOK, newAccount(&accounts[0]))
	}
	return respond.JSON(q, http.StatusOK, newAccountList(accounts))
}

// accountIDs reads the ids in the path.
func (q *request) accountIDs() ([]int64, error) {
	parts := strings.Split(q.Param("account"), ",")
	if len(parts) > mostAccounts {
		return nil, params.ErrValue("id_account", "must name at most 200 accounts")
	}
	ids := make([]int64, 0, len(parts))
	for _, part := range parts {
		id, err := pathID(strings.TrimSpace(part), "id_account")
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// accountChange reads what is to change. Null leaves display and bookmarked as they are; in disabled it means what it means in
// answers, that the account is shared. A name or usage of null brings the bank's back.
func (q *request) accountChange() (bank.AccountChange, error) {
	var c bank.AccountChange
	var err error
	for name, to := range map[string]**bool{"display": &c.Display, "bookmarked": &c.Bookmarked} {
		if *to, err = q.OptionalFlag(name); err != nil {
			return c, err
		}
	}
	if c.Disabled, err = q.disabled(); err != nil {
		return c, err
	}
	if c.Name, err = q.OptionalText("name", mostOwnName); err != nil {
		return c, err
	}
	if c.Name != nil {
		clean := bank.CleanText(*c.Name, mostOwnName)
		c.Name = &clean
	}
	usage, err := q.OptionalText("usage", mostOwnName)
	if err != nil || usage == nil {
		return c, err
	}
	u := bank.Usage(strings.ToUpper(*usage))
	if u != "" && !u.Known() {
		return c, params.ErrValue("usage", "must be PRIV, ORGA or ASSO")
	}
	c.Usage = &u
	return c, nil
}

// consentEnd is when a consent given now ends at the latest.
func (h *Handler) consentEnd(q *request, now time.Time) (time.Time, error) {
	days := consentDays
	if q.caller.ClientID != 0 {
		client, err := h.Grants.DomainClient(q.Request().Context(), q.caller.Domain, q.caller.ClientID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return now, err
		}
		if wanted := client.Options.ConsentDays; wanted > 0 && wanted < days {
			days = wanted
		}
	}
	return now.AddDate(0, 0, days), nil
}
