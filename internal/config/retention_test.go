package config

import (
	"strings"
	"testing"
	"time"
)

func TestRetention(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		r    Retention
		want string // in the error; empty for none
	}{
		"left out":              {Retention{}, ""},
		"all chosen":            {Retention{KeepEventsDays: 7, KeepLogsDays: 2, KeepTransactionsDays: 30}, ""},
		"events too short":      {Retention{KeepEventsDays: 6}, "--keep-events-days (PASSERELLE_KEEP_EVENTS_DAYS)"},
		"logs below a day":      {Retention{KeepLogsDays: 1}, "--keep-logs-days"},
		"transactions too long": {Retention{KeepTransactionsDays: 3651}, "between 30 and 3650"},
		"below nothing":         {Retention{KeepEventsDays: -1}, "--keep-events-days"},
	} {
		err := tt.r.Validate()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
	r := Retention{KeepLogsDays: 3}
	if r.Events() != 90*24*time.Hour || r.Logs() != 72*time.Hour || r.Transactions() != 0 {
		t.Errorf("got %v, %v, %v, want the usual, the chosen and none", r.Events(), r.Logs(), r.Transactions())
	}
}
