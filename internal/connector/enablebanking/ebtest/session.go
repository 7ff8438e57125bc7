package ebtest

import (
	"net/http"
	"net/textproto"
	"slices"
	"time"
)

// session is an authorised session.
type session struct {
	id       string
	status   string
	auth     *authorization
	accounts []*account
	created  time.Time
}

// account is an account within a session.
type account struct {
	uid     string
	session *session
	Facts
}

const codeLife = 5 * time.Minute

func (c *call) authorize() {
	var in struct {
		Code string `json:"code"`
	}
	if !c.body(&in) {
		return
	}
	a := c.s.codes[in.Code]
	now := c.s.cfg.Now()
	switch {
	case a == nil:
		c.fail(http.StatusUnprocessableEntity, "WRONG_AUTHORIZATION_CODE")
		return
	case a.spent:
		c.fail(http.StatusUnprocessableEntity, "ALREADY_AUTHORIZED")
		return
	case now.After(a.issued.Add(codeLife)):
		c.fail(http.StatusUnprocessableEntity, "EXPIRED_AUTHORIZATION_CODE")
		return
	}
	a.spent = true
	v := &session{id: c.s.id(), status: "AUTHORIZED", auth: a, created: now}
	c.s.sessions[v.id] = v
	list := []any{}
	for _, f := range people(a.login) {
		acc := &account{uid: c.s.id(), session: v, Facts: f}
		v.accounts = append(v.accounts, acc)
		c.s.accounts[acc.uid] = acc
		list = append(list, acc.resource())
	}
	c.ok(map[string]any{
		"session_id": v.id, "accounts": list, "aspsp": map[string]string{"name": a.bank.Name, "country": a.bank.Country},
		"psu_type": a.psuType, "access": map[string]any{"valid_until": a.until.Format(time.RFC3339)},
	})
}

// stands gives a session's status by the clock.
func (s *Server) stands(v *session) string {
	now := s.cfg.Now()
	switch {
	case v.status != "AUTHORIZED":
		return v.status
	case !now.Before(v.auth.until):
		return "EXPIRED"
	case v.auth.login == "revoked_later" && !now.Before(v.created.Add(time.Minute)):
		return "REVOKED"
	}
	return v.status
}

func (c *call) session() {
	v := c.s.sessions[c.r.PathValue("id")]
	if v == nil {
		c.fail(http.StatusNotFound, "SESSION_DOES_NOT_EXIST")
		return
	}
	ids, data := []string{}, []any{}
	for _, a := range v.accounts {
		ids = append(ids, a.uid)
		data = append(data, map[string]any{"uid": a.uid, "identification_hash": a.Hash, "identification_hashes": []string{a.Hash}})
	}
	c.ok(map[string]any{
		"status": c.s.stands(v), "accounts": ids, "accounts_data": data, "psu_type": v.auth.psuType, "psu_id_hash": "hash",
		"aspsp":  map[string]string{"name": v.auth.bank.Name, "country": v.auth.bank.Country},
		"access": map[string]any{"valid_until": v.auth.until.Format(time.RFC3339)}, "created": v.created.Format(time.RFC3339),
	})
}

func (c *call) close() {
	v := c.s.sessions[c.r.PathValue("id")]
	switch {
	case v == nil:
		c.fail(http.StatusNotFound, "SESSION_DOES_NOT_EXIST")
	case c.s.stands(v) != "AUTHORIZED":
		c.ended(c.s.stands(v))
	default:
		v.status = "CLOSED"
		c.ok(map[string]string{"message": "OK"})
	}
}

func (c *call) ended(status string) {
	words := map[string]string{"CLOSED": "CLOSED_SESSION", "EXPIRED": "EXPIRED_SESSION", "REVOKED": "REVOKED_SESSION"}
	word, ok := words[status]
	if !ok {
		word = "WRONG_SESSION_STATUS"
	}
	c.fail(http.StatusUnauthorized, word)
}

// reading finds the account that is to be read, and says whether the end user is there.
func (c *call) reading() (a *account, attended, ok bool) {
	a = c.s.accounts[c.r.PathValue("id")]
	if a == nil {
		c.fail(http.StatusNotFound, "ACCOUNT_DOES_NOT_EXIST")
		return nil, false, false
	}
	if status := c.s.stands(a.session); status != "AUTHORIZED" {
		c.ended(status)
		return nil, false, false
	}
	var given []string
	for name := range c.r.Header {
		if len(name) > 4 && name[:4] == "Psu-" {
			given = append(given, name)
		}
	}
	for _, name := range a.session.auth.bank.PSUHeaders {
		if len(given) > 0 && !slices.Contains(given, textproto.CanonicalMIMEHeaderKey(name)) {
			c.fail(http.StatusUnprocessableEntity, "PSU_HEADER_NOT_PROVIDED")
			return nil, false, false
		}
	}
	switch login := a.session.auth.login; {
	case login == "rate_limited":
		c.w.Header().Set("Retry-After", "60")
		c.fail(http.StatusTooManyRequests, "ASPSP_RATE_LIMIT_EXCEEDED")
	case login == "down":
		c.fail(http.StatusBadRequest, "ASPSP_ERROR")
	case login == "action":
		c.fail(http.StatusBadRequest, "ASPSP_PSU_ACTION_REQUIRED")
	case login == "one_gone" && a.Number == "2":
		c.fail(http.StatusBadRequest, "ASPSP_ACCOUNT_NOT_ACCESSIBLE")
	case login == "nonsense":
		_, _ = c.w.Write([]byte(`{"balances": "none of your business", 1234`))
	default:
		return a, len(given) > 0, true
	}
	return nil, false, false
}
