package load

import (
	"context"
	"fmt"
	"strconv"
)

// workKinds are the jobs that a flow causes. Those that come round by the clock are never all done.
const workKinds = `'sync_connection', 'deliver_webhook', 'tell_bank'`

// checker looks for what no answer tells. It reads whole tables and compares here: a question for each flow would take longer than
// the flows.
type checker struct {
	db    *Database
	flows []*Flow
	v     *Verdict
}

// tokens holds that no code has more than one token (I2).
func (c *checker) tokens(ctx context.Context) error {
	rows, err := c.db.Rows(ctx, 2, "SELECT code_id, count(*) FROM tokens WHERE code_id IS NOT NULL GROUP BY code_id HAVING count(*) > 1")
	for _, r := range rows {
		c.v.Double = append(c.v.Double, fmt.Sprintf("code %s has %s tokens", r[0], r[1]))
	}
	return err
}

// visits holds that each connection whose accounts were shown is there, and each consent of a visit that was led back.
func (c *checker) visits(ctx context.Context) error {
	attempts, err := c.db.Rows(ctx, 2, "SELECT id, connection_id FROM attempts")
	if err != nil {
		return err
	}
	ids, err := c.db.Column(ctx, "SELECT id FROM connections")
	if err != nil {
		return err
	}
	consents, err := c.db.Rows(ctx, 3, "SELECT attempt_id, count(*), sum(CASE WHEN withdrawn_at IS NULL THEN 1 ELSE 0 END) FROM consents GROUP BY attempt_id")
	if err != nil {
		return err
	}
	of, there, given := make(map[string]string), make(map[string]bool), make(map[string][]string)
	for _, a := range attempts {
		of[a[0]] = a[1]
	}
	for _, id := range ids {
		there[id] = true
	}
	for _, r := range consents {
		given[r[0]] = r[1:]
	}
	for _, f := range c.flows {
		connection := f.Connection
		if connection == "" {
			connection = of[f.Attempt]
		}
		if f.Selected && !f.Removing && !there[connection] {
			c.lost("the connection of visit " + f.Attempt)
		}
		if f.Removed && there[connection] {
			c.lost("the removal of connection " + connection)
		}
		if f.Code == "" || f.Removing {
			continue
		}
		if n := given[f.Attempt]; len(n) == 0 || n[1] != strconv.Itoa(f.Accounts) {
			c.lost(fmt.Sprintf("consents of visit %s: %v, %d accounts were shared", f.Attempt, n, f.Accounts))
		}
	}
	return nil
}

func (c *checker) lost(what string) { c.v.Lost = append(c.v.Lost, what) }

// codes holds that each code that was handed out is there, and that none was spent without a token that arrived (I3).
func (c *checker) codes(ctx context.Context) error {
	rows, err := c.db.Rows(ctx, 2, "SELECT id, CASE WHEN consumed_at IS NULL THEN 0 ELSE 1 END FROM codes")
	if err != nil {
		return err
	}
	spent, delivered := make(map[string]string), make(map[string]bool)
	for _, r := range rows {
		spent[r[0]] = r[1]
	}
	for _, f := range c.flows {
		if f.Code == "" {
			continue
		}
		id := CodeID(f.Code)
		if spent[id] == "" {
			c.lost("the code of visit " + f.Attempt)
		}
		if f.Token != "" {
			delivered[id] = true
			if spent[id] == "0" {
				c.v.Double = append(c.v.Double, "code "+id+" gave a token and is not spent")
			}
		}
	}
	for id, s := range spent {
		if s == "1" && !delivered[id] {
			c.v.Dead = append(c.v.Dead, "code "+id+" is spent and no token came of it")
		}
	}
	return nil
}

// CodeID is the key of a code's row: the public part of its plaintext, with the hyphens of a UUID.
func CodeID(plain string) string {
	const prefix, length = 9, 32
	if len(plain) < prefix+length {
		return ""
	}
	h := plain[prefix : prefix+length]
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// events holds that each fact has exactly one event (I4).
func (c *checker) events(ctx context.Context) error {
	for what, query := range map[string]string{
		"connections without exactly one connection.saved": `SELECT c.id FROM connections c LEFT JOIN events e ON e.connection_id = c.id
			AND e.name = 'connection.saved' GROUP BY c.id HAVING count(e.id) <> 1 LIMIT 20`,
		"accounts shared without exactly one ACCOUNT_ENABLED": `SELECT s.account_id FROM (SELECT DISTINCT account_id FROM consents WHERE withdrawn_at IS NULL) s
			LEFT JOIN events e ON e.account_id = s.account_id AND e.name = 'ACCOUNT_ENABLED' GROUP BY s.account_id HAVING count(e.id) <> 1 LIMIT 20`,
		"transactions written twice": `SELECT account_id FROM transactions WHERE deleted_at IS NULL GROUP BY account_id, date, value, original_wording HAVING count(*) > 1 LIMIT 20`,
		"jobs given up":              `SELECT kind FROM river_job WHERE state = 'discarded' AND kind IN (` + workKinds + `) LIMIT 20`,
	} {
		found, err := c.db.Column(ctx, query)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			c.v.Wrong = append(c.v.Wrong, fmt.Sprintf("%s: %v", what, found))
		}
	}
	for _, f := range c.flows {
		if !f.Removed {
			continue
		}
		n, err := c.db.Column(ctx, "SELECT count(*) FROM events WHERE connection_id = $1 AND name = 'CONNECTION_DELETED'", number(f.Connection))
		if err != nil {
			return err
		}
		if n[0] != "1" {
			c.v.Wrong = append(c.v.Wrong, fmt.Sprintf("connection %s was removed, and there are %s events of it", f.Connection, n[0]))
		}
	}
	n, err := c.db.Column(ctx, "SELECT count(*) FROM events")
	if err == nil {
		c.v.Events, err = strconv.Atoi(n[0])
	}
	return err
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// deliveries holds that what there is a receiver for has one payload, and that it arrived.
func (c *checker) deliveries(ctx context.Context, in Inbox) error {
	for what, query := range map[string]string{
		"events without a delivery": `SELECT e.id FROM events e LEFT JOIN deliveries d ON d.event_id = e.id WHERE d.id IS NULL
			AND EXISTS (SELECT 1 FROM deliveries o WHERE o.event = e.name) LIMIT 20`,
		"deliveries of connections that are there, not delivered": `SELECT d.id FROM deliveries d WHERE d.state NOT IN ('delivered', 'held')
			AND EXISTS (SELECT 1 FROM connections c WHERE c.id = d.connection_id) LIMIT 20`,
		"events with more than one payload": "SELECT event_id FROM deliveries GROUP BY event_id, event, webhook_id HAVING count(*) > 1 LIMIT 20",
	} {
		found, err := c.db.Column(ctx, query)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			c.v.Wrong = append(c.v.Wrong, fmt.Sprintf("%s: %v", what, found))
		}
	}
	ids, err := c.db.Column(ctx, "SELECT id FROM deliveries WHERE state = 'delivered'")
	if err != nil {
		return err
	}
	missing := 0
	for _, id := range ids {
		if in.Taken(number(id)) == 0 {
			missing++
		}
	}
	if missing > 0 {
		c.v.Lost = append(c.v.Lost, fmt.Sprintf("%d payloads are called delivered and never arrived", missing))
	}
	c.v.Delivered, c.v.Again = in.Count()
	return nil
}
