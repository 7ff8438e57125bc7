package sandboxbank

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

// ebStatuses are the API's words for how a session stands (SessionStatus). What a consent was before its session is no session yet.
var ebStatuses = map[sandboxbank.Status]string{
	sandboxbank.Valid: "AUTHORIZED", sandboxbank.Expired: "EXPIRED", sandboxbank.Revoked: "REVOKED", sandboxbank.Terminated: "CLOSED",
}

func ebStatus(k sandboxbank.Consent) string { return orElse(ebStatuses[k.Status], "INVALID") }

// ebEnded refuses what is asked of a session that has ended.
func ebEnded(k sandboxbank.Consent) error {
	word := map[string]string{"AUTHORIZED": "", "CLOSED": "CLOSED_SESSION", "EXPIRED": "EXPIRED_SESSION", "REVOKED": "REVOKED_SESSION", "INVALID": "WRONG_SESSION_STATUS"}[ebStatus(k)]
	if word == "" {
		return nil
	}
	return &fault{Status: http.StatusUnauthorized, Code: word, Text: "The session is not authorized any more."}
}

// ebOpen spends a code (AuthorizeSessionResponse).
func (s *Server) ebOpen(r *ebRequest) error {
	var in struct {
		Code string `json:"code"`
	}
	if err := r.ebBody(&in); err != nil {
		return err
	}
	v, err := s.bank.OpenSession(r.app.ID, in.Code)
	if err != nil {
		return err
	}
	if err := s.slowly(r, v.Consent.Slow); err != nil {
		return err
	}
	list := []any{}
	for _, a := range v.Accounts {
		list = append(list, ebAccount(a.UID, a.Account))
	}
	wish := ebWishOf(v)
	return r.JSON(http.StatusOK, map[string]any{
		"session_id": v.ID, "accounts": list, "aspsp": map[string]string{"name": wish.bank.Name, "country": wish.bank.Country},
		"psu_type": wish.psuType, "access": ebAccess(v),
	})
}

// ebWishOf is what a session is about: each has one, since nothing else makes codes of the aggregator's.
func ebWishOf(v sandboxbank.Session) ebWish {
	wish, _ := v.Consent.Body.(ebWish)
	return wish
}

func ebAccess(v sandboxbank.Session) map[string]any {
	return map[string]any{"valid_until": v.Consent.ValidUntil.Format(time.RFC3339), "balances": true, "transactions": true}
}

// ebSession tells how a session stands (GetSessionResponse).
func (s *Server) ebSession(r *ebRequest) error {
	v, err := s.bank.Session(r.Param("session"), r.app.ID)
	if err != nil {
		return err
	}
	ids, data := []string{}, []any{}
	for _, a := range v.Accounts {
		ids = append(ids, a.UID)
		data = append(data, map[string]any{"uid": a.UID, "identification_hash": ebHash(a.Account), "identification_hashes": []string{ebHash(a.Account)}})
	}
	wish := ebWishOf(v)
	return r.JSON(http.StatusOK, map[string]any{
		"status": ebStatus(v.Consent), "accounts": ids, "accounts_data": data, "psu_type": wish.psuType, "psu_id_hash": v.ID,
		"aspsp": map[string]string{"name": wish.bank.Name, "country": wish.bank.Country}, "access": ebAccess(v),
		"created": v.Created.Format(time.RFC3339), "authorized": v.Created.Format(time.RFC3339),
	})
}

// ebClose ends a session, and the customer's consent with it.
func (s *Server) ebClose(r *ebRequest) error {
	v, err := s.bank.Session(r.Param("session"), r.app.ID)
	if err != nil {
		return err
	}
	if err := ebEnded(v.Consent); err != nil {
		return err
	}
	if err := s.bank.Terminate(v.Consent.ID, r.app.ID); err != nil {
		return err
	}
	return r.JSON(http.StatusOK, map[string]string{"message": "OK"})
}

// ebIdentity is an account's number and the scheme that it is of.
func ebIdentity(a testbank.Account) (scheme, number string) {
	switch {
	case isCard(a):
		return "CPAN", sandboxbank.MaskedPAN(a)
	case a.IBAN != "":
		return "IBAN", a.IBAN
	}
	return "BBAN", a.Number
}

// ebHash is what an account is known by from session to session. Accounts of one number in several currencies have one.
func ebHash(a testbank.Account) string {
	scheme, number := ebIdentity(a)
	sum := sha256.Sum256([]byte(scheme + " " + number))
	return base64.StdEncoding.EncodeToString([]byte(`[["account","account_id"]]`)) + "." + base64.StdEncoding.EncodeToString(sum[:])
}

// ebAccount is an account under its name in a session (AccountResource).
func ebAccount(uid string, a testbank.Account) map[string]any {
	scheme, number := ebIdentity(a)
	id := map[string]any{"iban": number}
	all := []any{map[string]string{"identification": number, "scheme_name": scheme}}
	if scheme != "IBAN" {
		id = map[string]any{"other": all[0]}
	}
	return map[string]any{
		"uid": uid, "account_id": id, "all_account_ids": all, "name": cut(a.Owner, 140), "details": cut(a.Name, 140),
		"usage": a.Usage, "cash_account_type": orElse(cashTypes[a.Type], "CACC"), "currency": a.Currency,
		"identification_hash": ebHash(a), "identification_hashes": []string{ebHash(a)},
	}
}
