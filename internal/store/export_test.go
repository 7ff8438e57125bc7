package store

import (
	"bytes"
	"context"
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
	fillTransactions(t, s, more)
	var out bytes.Buffer
	if err := s.ExportUser(t.Context(), theirID, &out); err != nil {
		t.Fatal(err)
	}
	if ids := exportedTransactions(t, out.Bytes()); len(ids) != more+1 || !slices.IsSorted(ids) || len(slices.Compact(ids)) != more+1 {
		t.Errorf("got %d transactions, want %d, each once and in order", len(ids), more+1)
	}
}

// fillTransactions gives the person so many more.
func fillTransactions(t *testing.T, s *Store, n int) {
	t.Helper()
	err := s.write(t.Context(), "test", func(ctx context.Context, tx *writeTx) error {
		for i := range n {
			if _, err := tx.exec(ctx, `INSERT INTO transactions (user_id, account_id, key, date, value, currency, type, original_wording, wording, counterparty, coming,
				last_update, created, revision) VALUES ($1, $1, $2, $3, '1', 'EUR', '', '', '', '', 0, 0, 0, 0)`, theirID, newID(), i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func exportedTransactions(t *testing.T, export []byte) []int64 {
	t.Helper()
	var doc struct {
		Transactions []struct {
			ID int64 `json:"id"`
		} `json:"transactions"`
	}
	if err := json.Unmarshal(export, &doc); err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for _, tr := range doc.Transactions {
		ids = append(ids, tr.ID)
	}
	return ids
}

// meddling does something once, when what it looks for has gone through it.
type meddling struct {
	bytes.Buffer

	word string
	act  func()
}

func (m *meddling) Write(b []byte) (int, error) {
	n, err := m.Buffer.Write(b)
	if m.act != nil && bytes.Contains(m.Bytes(), []byte(m.word)) {
		act := m.act
		m.act = nil
		act()
	}
	return n, err
}

// TestExportBesideASync: movements that go while an export is read take no other out of it, and none comes twice.
func TestExportBesideASync(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store, _ string) {
		fillPerson(t, s)
		const more = exportPage + 50
		fillTransactions(t, s, more)
		var before []int64
		out := &meddling{word: `"transactions": [`, act: func() {
			rs, err := s.read.query(t.Context(), "SELECT id FROM transactions WHERE user_id = $1 ORDER BY id", theirID)
			if before, err = collect(rs, err, scanID); err != nil {
				t.Fatal(err)
			}
			for _, id := range before[1:8] { // they stand on the page that is written just now
				execArgs(t, s, "DELETE FROM transactions WHERE id = $1", id)
			}
			fillTransactions(t, s, 3)
		}}
		if err := s.ExportUser(t.Context(), theirID, out); err != nil {
			t.Fatal(err)
		}
		got := exportedTransactions(t, out.Bytes())
		for _, id := range before {
			if !slices.Contains(got, id) {
				t.Fatalf("transaction %d is lost, of the %d that there were at first", id, len(before))
			}
		}
		if !slices.IsSorted(got) || len(slices.Compact(got)) != len(before)+3 {
			t.Errorf("got %d transactions, want %d, each once and in order", len(got), len(before)+3)
		}
	})
}

// TestExportWalksAnIndex: the pages of the long list are read from where the page before ended, without a sort of the whole.
func TestExportWalksAnIndex(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	i := slices.IndexFunc(exported, func(sec section) bool { return sec.name == "transactions" })
	plan := explained(t, s, exported[i].query(false), theirID, 7)
	if len(plan) != 1 || !strings.HasPrefix(plan[0], "SEARCH transactions USING INDEX transactions_user_id (user_id=? AND id>?") {
		t.Errorf("a page is read by %q", plan)
	}
}
