package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// walk is the bare walk: the requests of a Passerelle flow one by one, with the same pages, the same question to the same test
// bank (one sign-in, one list of accounts), and a durable commit wherever the walk must not forget: the visit, the connection
// with its accounts, the consent with its code, the exchange. Where the end user stands is in the address: nothing checks it.
type walk struct {
	*flow

	pages *pages
	bank  string
	http  *http.Client
	read1 *sql.Stmt
}

const walkSchema = `
CREATE TABLE IF NOT EXISTS visits (id TEXT PRIMARY KEY, request TEXT NOT NULL, connection_id TEXT, code TEXT, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS consents (id INTEGER PRIMARY KEY, connection_id TEXT NOT NULL, account_id INTEGER NOT NULL, given INTEGER NOT NULL);`

func newWalk(f *flow, p *pages, bank string) (*walk, error) {
	ctx := context.Background()
	w := &walk{flow: f, pages: p, bank: bank, http: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 10 * time.Second,
	}}
	if err := f.w.do(func(ctx context.Context, tx *sql.Tx) error { _, err := tx.ExecContext(ctx, walkSchema); return err }); err != nil {
		return nil, err
	}
	var err error
	w.read1, err = f.read.PrepareContext(ctx, `SELECT request, coalesce(connection_id, ''), coalesce(code, '') FROM visits WHERE id = $1`)
	return w, err
}

func (w *walk) mount(e *echo.Echo) {
	e.GET("/walk", w.begin)
	e.GET("/walk/:id", w.look)
	e.POST("/walk/:id/terms", func(c echo.Context) error { return w.on(c, "source") })
	e.POST("/walk/:id/source", func(c echo.Context) error { return w.on(c, "credentials") })
	e.POST("/walk/:id/credentials", w.connect)
	e.POST("/walk/:id/accounts", w.share)
}

// begin stores the visit and binds it to the browser.
func (w *walk) begin(c echo.Context) error {
	id := uuid.Must(uuid.NewV7()).String()
	query := c.Request().URL.RawQuery
	err := w.w.do(func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO visits (id, request, created) VALUES ($1, $2, $3)`, id, query, time.Now().Unix())
		return err
	})
	if err != nil {
		return err
	}
	c.SetCookie(&http.Cookie{Name: "visit", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return w.lead(c, id, "terms")
}

// on reads the form and leads to the next page.
func (w *walk) on(c echo.Context, page string) error {
	if _, err := c.FormParams(); err != nil {
		return err
	}
	return w.lead(c, c.Param("id"), page)
}

func (w *walk) lead(c echo.Context, id, page string) error {
	return c.Redirect(http.StatusSeeOther, "/walk/"+id+"?page="+page)
}

// look reads the visit and shows the page that the address names.
func (w *walk) look(c echo.Context) error {
	id := c.Param("id")
	var request, connection, code string
	if err := w.read1.QueryRowContext(c.Request().Context(), id).Scan(&request, &connection, &code); err != nil {
		return err
	}
	switch c.QueryParam("page") {
	case "terms":
		return show(c, w.pages.terms(id))
	case "source":
		return show(c, w.pages.source(id))
	case "credentials":
		return show(c, w.pages.credentials(id))
	case "accounts":
		list, err := w.accountsOf(c.Request().Context(), connection)
		if err != nil {
			return err
		}
		return show(c, w.pages.accounts(id, list))
	}
	return c.Redirect(http.StatusSeeOther, "https://app.example/callback?code="+url.QueryEscape(code)+"&state=s")
}

// connect asks the bank and keeps what it says, sealed, in one durable commit.
func (w *walk) connect(c echo.Context) error {
	login, password := c.FormValue("field.login"), c.FormValue("field.password")
	list, err := w.askBank(c.Request().Context(), login, password, c.FormValue("field.directaccesswebsite"))
	if err != nil {
		return err
	}
	id, connection := c.Param("id"), uuid.Must(uuid.NewV7()).String()
	sealed := w.aead.Seal(nil, nil, []byte(login+"\x00"+password), []byte(connection))
	err = w.w.do(func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO connections VALUES ($1, $2, $3)`, connection, sealed, time.Now().Unix()); err != nil {
			return err
		}
		for _, a := range list {
			if _, err := tx.ExecContext(ctx, `INSERT INTO accounts (connection_id, name, iban, balance) VALUES ($1, $2, $3, $4)`,
				connection, a.Name, a.IBAN, a.Balance); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE visits SET connection_id = $1 WHERE id = $2`, connection, id)
		return err
	})
	if err != nil {
		return err
	}
	return w.lead(c, id, "accounts")
}

// share keeps the consent and the code in one durable commit.
func (w *walk) share(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return err
	}
	id := c.Param("id")
	var request, connection, none string
	if err := w.read1.QueryRowContext(c.Request().Context(), id).Scan(&request, &connection, &none); err != nil {
		return err
	}
	codeID, text, hash := pair()
	now := time.Now()
	err = w.w.do(func(ctx context.Context, tx *sql.Tx) error {
		for _, a := range form["account"] {
			n, err := strconv.ParseInt(a, 10, 64)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO consents (connection_id, account_id, given) VALUES ($1, $2, $3)`, connection, n, now.Unix()); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO codes VALUES ($1, $2, $3, $4, NULL)`, codeID, hash[:], connection, now.Add(5*time.Minute).Unix()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE visits SET code = $1 WHERE id = $2`, text, id)
		return err
	})
	if err != nil {
		return err
	}
	return w.lead(c, id, "done")
}

// askBank signs in at the test bank's website and lists the accounts.
func (w *walk) askBank(ctx context.Context, login, password, website string) ([]account, error) {
	cookie, _, err := w.call(ctx, http.MethodPost, "/website/login", "", url.Values{"login": {login}, "password": {password}, "website": {website}})
	if err != nil {
		return nil, err
	}
	_, body, err := w.call(ctx, http.MethodGet, "/website/accounts", cookie, nil)
	if err != nil {
		return nil, err
	}
	var got struct {
		Accounts []struct{ Name, IBAN, Balance string }
	}
	if err := json.Unmarshal(body, &got); err != nil || len(got.Accounts) == 0 {
		return nil, fmt.Errorf("the bank lists no accounts: %w", err)
	}
	out := make([]account, len(got.Accounts))
	for i, a := range got.Accounts {
		out[i] = account{Name: a.Name, IBAN: a.IBAN, Balance: a.Balance}
	}
	return out, nil
}

func (w *walk) call(ctx context.Context, method, path, cookie string, form url.Values) (string, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, w.bank+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", nil, err
	}
	req.Header.Set("Accept", "application/json")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	resp, err := w.http.Do(req) //nolint:gosec // the address is the benchmark's own
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	var body bytes.Buffer
	if _, err := io.Copy(&body, resp.Body); err != nil {
		return "", nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return "", nil, fmt.Errorf("the bank answered %d to %s", resp.StatusCode, path)
	}
	set, _, _ := strings.Cut(resp.Header.Get("Set-Cookie"), ";")
	return set, body.Bytes(), nil
}
