package testbank

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

type wireAccount struct {
	ID       string     `json:"id"`
	Type     string     `json:"type"`
	Name     string     `json:"name"`
	Number   string     `json:"number"`
	IBAN     string     `json:"iban"`
	Currency string     `json:"currency"`
	Balance  string     `json:"balance"`
	Coming   string     `json:"coming"`
	Usage    string     `json:"usage"`
	Owner    string     `json:"owner"`
	Loan     *bank.Loan `json:"loan"`
	// UID is set where the bank vouches for it: numbers and IBANs of a configuration file change, its uids say what is the same.
	UID string `json:"uid"`
}

type wireTransaction struct {
	ID           string `json:"id"`
	Date         string `json:"date"`
	ValueDate    string `json:"value_date"`
	Amount       string `json:"amount"`
	Currency     string `json:"currency"`
	Label        string `json:"label"`
	Memo         string `json:"memo"`
	Reference    string `json:"reference"`
	Type         string `json:"type"`
	Counterparty string `json:"counterparty"`
	Status       string `json:"status"`
}

// pullOpenAPI reads through the API. A rotated session is given back whatever happens after the rotation.
func (c *Connector) pullOpenAPI(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	s, err := connector.Decode[openSession](in.Session)
	if err != nil {
		return connector.PullResult{}, err
	}
	var result connector.PullResult
	rotate := func() error {
		fresh, err := c.refresh(ctx, s, in.Now)
		if err != nil {
			return err
		}
		s = fresh
		result.ConsentUntil = s.Until
		result.Session, err = connector.Encode(s)
		return err
	}
	const spare = 30 * time.Second
	if in.Now.Add(spare).After(s.Expiry) {
		if err := rotate(); err != nil {
			return result, err
		}
	}
	w := c.wire(in.PSU)
	w.bearer = s.Access
	r := reader{wire: w, root: c.base.JoinPath("api"), in: in, out: out}
	accounts, err := r.list(ctx)
	if is(err, connector.CodeNeedsUser) && result.Session == nil {
		// The bank ended the access token early: once, the refresh token may help.
		if err := rotate(); err != nil {
			return result, err
		}
		w.bearer = s.Access
		accounts, err = r.list(ctx)
	}
	if err != nil {
		return result, err
	}
	return result, r.read(ctx, accounts)
}

// pullDirect reads the website: in the visit that the end user has just confirmed while it lives, else in one of its own. The
// first reading of transactions ends that visit; one of the accounts alone does not, since the end user still chooses.
func (c *Connector) pullDirect(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	s, err := connector.Decode[directSession](in.Session)
	if err != nil {
		return connector.PullResult{}, err
	}
	w := c.wire(in.PSU)
	if w.bank, err = brandOf(in.Institution); err != nil {
		return connector.PullResult{}, err
	}
	r := reader{wire: w, root: c.base.JoinPath("website"), in: in, out: out}
	if s.Visit == "" {
		return connector.PullResult{}, c.pullAnew(ctx, r, s)
	}
	w.cookie = s.Visit
	accounts, err := r.list(ctx)
	over := is(err, connector.CodeChallengeExpired)
	if err == nil {
		if err = r.read(ctx, accounts); err == nil && len(in.Transactions) > 0 {
			c.signOut(ctx, w)
		}
	}
	if w.cookie != "" && !over {
		return connector.PullResult{}, err
	}
	w.cookie, s.Visit = "", ""
	session, failed := connector.Encode(s)
	if failed != nil {
		return connector.PullResult{}, failed
	}
	if over {
		err = c.pullAnew(ctx, r, s)
	}
	return connector.PullResult{Session: session}, err
}

// pullAnew signs in and reads. Nobody is asked anything: a challenge means that the end user is needed.
func (c *Connector) pullAnew(ctx context.Context, r reader, s directSession) error {
	status, err := c.signIn(ctx, r.wire, s, false)
	if err != nil {
		return err
	}
	defer c.signOut(ctx, r.wire)
	if status.Challenge != nil {
		return needsUser(errors.New("the website asks for a " + word(status.Challenge.Kind)))
	}
	accounts, err := r.list(ctx)
	if err != nil {
		return err
	}
	return r.read(ctx, accounts)
}

// reader reads accounts and movements; the two sources differ in the root and in who we are to the bank.
type reader struct {
	wire *wire
	root *url.URL
	in   connector.PullInput
	out  connector.Sink
}

func (r reader) list(ctx context.Context) ([]wireAccount, error) {
	var answer struct {
		Accounts []wireAccount `json:"accounts"`
	}
	if err := r.wire.call(ctx, http.MethodGet, r.root.JoinPath("accounts"), nil, &answer); err != nil {
		return nil, err
	}
	return answer.Accounts, nil
}

func (r reader) read(ctx context.Context, accounts []wireAccount) error {
	ids := make(map[string]string, len(accounts))
	keys := connector.NewAccountKeys(r.in.Institution.UUID)
	for _, raw := range accounts {
		a, err := account(raw)
		if err != nil {
			return err
		}
		var fresh bool
		if a.Key, fresh = keys.Key(connector.AccountID{
			IBAN: raw.IBAN, Number: raw.Number, Owner: raw.Owner, Name: raw.Name, Own: "uid " + raw.UID, Vouched: raw.UID != "", Local: raw.ID,
			Currency: raw.Currency, Card: a.Type == bank.AccountCard,
		}); !fresh {
			continue
		}
		ids[a.Key] = raw.ID
		if err := r.out.Account(ctx, a); err != nil {
			return err
		}
	}
	for _, key := range r.in.Transactions {
		// An account that the bank no longer lists has nothing to read; the host sees that it is missing.
		if id, ok := ids[key]; ok {
			if err := r.transactions(ctx, key, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// mostPages ends a chain of links that leads in circles.
const mostPages = 1000

func (r reader) transactions(ctx context.Context, key, id string) error {
	at := r.root.JoinPath("accounts", id, "transactions")
	q := url.Values{"limit": {"200"}}
	if !r.in.Since.IsZero() {
		q.Set("since", r.in.Since.UTC().Format(time.DateOnly))
	}
	at.RawQuery = q.Encode()
	keys := connector.NewTransactionKeys()
	for range mostPages {
		var page struct {
			Transactions []wireTransaction `json:"transactions"`
			Links        struct {
				Next struct{ Href string } `json:"next"`
			} `json:"_links"`
		}
		if err := r.wire.call(ctx, http.MethodGet, at, nil, &page); err != nil {
			return err
		}
		for _, raw := range page.Transactions {
			t, err := transaction(raw)
			if err != nil {
				return err
			}
			t.Key = keys.Key(raw.ID, t)
			if err := r.out.Transaction(ctx, key, t); err != nil {
				return err
			}
		}
		if page.Links.Next.Href == "" {
			return nil
		}
		next, err := at.Parse(page.Links.Next.Href)
		if err != nil {
			return protocol(errors.New("the link to the next page is no address"))
		}
		at = next
	}
	return protocol(fmt.Errorf("more than %d pages of movements", mostPages))
}

func account(raw wireAccount) (bank.Account, error) {
	balance, err := bank.ParseMoney(raw.Balance, raw.Currency)
	if err != nil {
		return bank.Account{}, protocol(fmt.Errorf("balance: %w", err))
	}
	a := bank.Account{
		Number: raw.Number, IBAN: raw.IBAN,
		Name: raw.Name, OriginalName: raw.Name, Type: bank.AccountType(raw.Type), Usage: bank.Usage(raw.Usage),
		Owner: raw.Owner, Balance: balance, Loan: raw.Loan,
	}
	if raw.Coming != "" {
		coming, err := bank.ParseMoney(raw.Coming, raw.Currency)
		if err != nil {
			return bank.Account{}, protocol(fmt.Errorf("coming: %w", err))
		}
		if !coming.Amount.Equal(decimal.Zero) {
			a.Coming = &coming.Amount
		}
	}
	return a, nil
}

func transaction(raw wireTransaction) (bank.Transaction, error) {
	value, err := bank.ParseMoney(raw.Amount, raw.Currency)
	if err != nil {
		return bank.Transaction{}, protocol(fmt.Errorf("amount: %w", err))
	}
	date, err := time.Parse(time.DateOnly, raw.Date)
	if err != nil {
		return bank.Transaction{}, protocol(errors.New("a movement's date is not 2006-01-02"))
	}
	t := bank.Transaction{
		Date: date, Value: value, Type: bank.TransactionType(raw.Type), Wording: raw.Label,
		OriginalWording: strings.Join([]string{raw.Label, raw.Memo, raw.Reference}, "\n"),
		Counterparty:    raw.Counterparty, Coming: raw.Status == "pending",
	}
	if day, err := time.Parse(time.DateOnly, raw.ValueDate); err == nil {
		t.ValueDate = &day
	}
	return t, nil
}
