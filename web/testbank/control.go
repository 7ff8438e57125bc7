package testbank

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	bank "passerelle/internal/testbank"
)

// The control API. GET /control/state shows the bank's time, what waits on phones, the codes of open challenges and the logins
// that were changed. POST /control/state changes things (bank.Change), such as
//
//	{"reset": true}   {"down": true}   {"slow_ms": 500}
//	{"login": "dev", "scenario": "wrong_password"}   and "" to leave it to the sign-in again
//	{"login": "dev", "password": "another"}          and "" to bring the first one back
//	{"login": "dev", "revoke_consent": true}         likewise expire_consent, add_account, close_account, accept_terms, unlock,
//	                                                 approve, refuse
//
// POST /control/clock sets how far the bank's clock is ahead: {"skew_seconds":3600}.

func (s *Server) showState(c echo.Context) error { return c.JSON(http.StatusOK, s.bank.Snapshot()) }

func (s *Server) changeState(c echo.Context) error {
	var change bank.Change
	if err := decodeJSON(c, &change); err != nil {
		return err
	}
	if err := s.bank.Apply(change); err != nil {
		return err
	}
	return s.showState(c)
}

// clock is the body of POST /control/clock.
type clock struct {
	SkewSeconds int64 `json:"skew_seconds"`
}

func (s *Server) setClock(c echo.Context) error {
	var in clock
	if err := decodeJSON(c, &in); err != nil {
		return err
	}
	const most = 20 * 366 * 24 * 3600
	if in.SkewSeconds < -most || in.SkewSeconds > most {
		return &bank.Refusal{Code: bank.CodeInvalidRequest, Message: "skew_seconds is at most twenty years either way."}
	}
	s.bank.Skew(time.Duration(in.SkewSeconds) * time.Second)
	return c.JSON(http.StatusOK, map[string]string{"now": s.bank.Now().Format(time.RFC3339)})
}
