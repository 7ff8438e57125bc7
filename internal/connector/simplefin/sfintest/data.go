package sfintest

import (
	"fmt"
	"time"
)

// facts are what a bank knows of an account.
type facts struct {
	id, name, conn, org, domain, currency, balance string
}

var accounts = []facts{
	{"ACT-1", "Everyday Checking", "CON-1", "My Bank", "mybank.example", "USD", "100.23"},
	{"ACT-2", "My Bank Savings", "CON-1", "My Bank", "mybank.example", "USD", "2500"},
	{"ACT-1", "Rewards Card 4242", "CON-2", "Other Bank", "www.otherbank.example", "CAD", "-310.07"},
	{"ACT-9", "Frequent flyer", "CON-2", "Other Bank", "www.otherbank.example", "https://air.example/currency/flight-miles", "12000"},
}

// set is the answer to a read.
func (s *Server) set(behaviour string, bare, pending bool, from, to time.Time) map[string]any {
	old := behaviour == Old || behaviour == OldAuth
	list := []any{}
	for _, f := range accounts {
		if behaviour == OldAuth || behaviour == Auth && f.conn == "CON-2" {
			continue
		}
		a := map[string]any{
			"id": f.id, "name": f.name, "currency": f.currency, "balance": f.balance, "available-balance": f.balance,
			"balance-date": s.now().Unix(), "transactions": []any{}, "extra": map[string]any{"account-open-date": 978360153},
		}
		if !bare {
			a["transactions"] = s.movements(f, pending, from, to)
		}
		if old {
			a["org"] = map[string]string{"domain": f.domain, "name": f.org, "sfin-url": "https://sfin." + f.domain}
		} else {
			a["conn_id"] = f.conn
		}
		list = append(list, a)
	}
	if old {
		errors := []string{}
		if behaviour == OldAuth {
			errors = append(errors, "You must reauthenticate.")
		}
		return map[string]any{"errors": errors, "accounts": list}
	}
	errlist := []any{}
	switch behaviour {
	case Auth:
		errlist = append(errlist, map[string]string{"code": "con.auth", "msg": "Sign in to Other Bank again.", "conn_id": "CON-2"})
	case Partly:
		errlist = append(errlist, map[string]string{"code": "act.failed", "msg": "No movements today.", "account_id": "ACT-2"})
	}
	connections := []any{}
	for id, f := range map[string]facts{"CON-1": accounts[0], "CON-2": accounts[2]} {
		connections = append(connections, map[string]string{
			"conn_id": id, "name": f.org + " - Jo", "org_id": "INST-" + id, "org_name": f.org, "org_url": "https://" + f.domain, "sfin_url": "https://sfin." + f.domain,
		})
	}
	return map[string]any{"errlist": errlist, "connections": connections, "accounts": list}
}

// movements are an account's between two times, one every second day, with one that is pending.
func (s *Server) movements(f facts, pending bool, from, to time.Time) []any {
	out := []any{}
	noon := s.now().UTC().Truncate(24 * time.Hour).Add(12 * time.Hour)
	for n := 1; ; n++ {
		at := noon.AddDate(0, 0, -2*n)
		if at.Before(from) {
			break
		}
		if !at.Before(to) {
			continue
		}
		t := map[string]any{
			"id": fmt.Sprintf("TRN-%d", at.Unix()), "posted": at.Unix(), "amount": fmt.Sprintf("-%d.%02d", 1+n%50, n%100), "description": fmt.Sprintf("Uncle Frank's Bait Shop %d", n),
		}
		if n%7 == 0 {
			t["amount"], t["transacted_at"], t["payee"] = "1200.00", at.AddDate(0, 0, -1).Unix(), "Employer Inc"
		}
		out = append(out, t)
	}
	if pending && to.After(s.now()) {
		out = append(out, map[string]any{"id": "PND-1", "posted": 0, "amount": "-4.50", "description": "COFFEE", "pending": true, "transacted_at": s.now().Unix()})
	}
	return out
}
