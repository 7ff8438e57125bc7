package store

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/fault"
)

// unexported are the columns of personal tables that an export leaves out, and why.
var unexported = map[string]string{
	"users":         "stands at the head",
	"callbacks":     "a hash, and the visit that it belongs to",
	"widget_visits": "which visit a widget session has under way: the visit is exported",
}

// TestExportKnowsTheSchema: every column of every table that can tell of a person is exported, under its own name.
func TestExportKnowsTheSchema(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	known := map[string]bool{}
	for _, sec := range exported {
		for _, c := range strings.Fields(sec.columns) {
			name, _, _ := strings.Cut(c, ":")
			known[sec.table+"."+name] = true
		}
	}
	for _, c := range schemaOf(t, s) {
		if !isPersonal(t, c.table) || unexported[c.table] != "" || c.name == "user_id" || c.name == "held_by" {
			continue
		}
		if !known[c.table+"."+c.name] {
			t.Errorf("%s.%s is not exported", c.table, c.name)
		}
	}
}

// TestExportUser exports a person who stands in every table, and looks for what must be in it and what must not.
func TestExportUser(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store, _ string) {
		fillPerson(t, s)
		if err := s.write(t.Context(), "test", withSecrets); err != nil {
			t.Fatal(err)
		}
		other := saved(t, s)
		var out bytes.Buffer
		if err := s.ExportUser(t.Context(), theirID, &out); err != nil {
			t.Fatal(err)
		}
		var doc map[string]json.RawMessage
		if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
			t.Fatalf("the export is no JSON: %v\n%s", err, out.String())
		}
		for _, sec := range exported {
			var list []map[string]any
			if err := json.Unmarshal(doc[sec.name], &list); err != nil || len(list) != 1 {
				t.Errorf("%s: got %d entries, %v, want the person's one", sec.name, len(list), err)
			}
		}
		var connections []map[string]any
		if err := json.Unmarshal(doc["connections"], &connections); err != nil || connections[0]["session"] != true || connections[0]["created"] != "2026-03-01T12:00:00.123456Z" {
			t.Errorf("got connections %v (%v), want to know that there is a session, and times as such", connections, err)
		}
		for _, secret := range []string{"secret-session", "secret-password", "secret-hash"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("the export holds the %s", secret)
			}
		}
		if strings.Contains(out.String(), other.ID) {
			t.Error("the export tells of somebody else")
		}
		if err := s.ExportUser(t.Context(), 4711, &out); !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v, want nobody to be there", err)
		}
	})
}

// TestExportPages exports more transactions than fit one page, each once and in their order.
func TestExportPages(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	fillPerson(t, s)
	const more = 2*exportPage + 3
	for i := range more {
		execArgs(t, s, `INSERT INTO transactions (user_id, account_id, key, date, value, currency, type, original_wording, wording, counterparty, coming,
			last_update, created, revision) VALUES ($1, $1, $2, $3, '1', 'EUR', '', '', '', '', 0, 0, 0, 0)`, theirID, newID(), i)
	}
	var out bytes.Buffer
	if err := s.ExportUser(t.Context(), theirID, &out); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Transactions []struct {
			ID int64 `json:"id"`
		} `json:"transactions"`
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	ids := make([]int64, 0, more)
	for _, tr := range doc.Transactions {
		ids = append(ids, tr.ID)
	}
	if len(ids) != more+1 || !slices.IsSorted(ids) || len(slices.Compact(ids)) != more+1 {
		t.Errorf("got %d transactions, want %d, each once and in order", len(ids), more+1)
	}
}
