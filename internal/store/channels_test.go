package store

import (
	"strings"
	"testing"
	"time"

	"passerelle/internal/syncer"
)

// TestChannelsByIndex: what is listed with each page is found along indexes, the live jobs of a connection along one of ours.
func TestChannelsByIndex(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	for name, q := range map[string]string{"channels": channelQuery + " ORDER BY group_id, id", "accounts": channelAccountQuery + " ORDER BY id"} {
		rs, err := s.writeDB.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+q, 1)
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for rs.Next() {
			var id, parent, unused int
			var detail string
			if err := rs.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, detail)
			if strings.HasPrefix(detail, "SCAN") || strings.Contains(detail, "TEMP B-TREE") {
				t.Errorf("%s: %s", name, detail)
			}
		}
		if err := rs.Close(); err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(plan, "\n"); name == "channels" && !strings.Contains(text, "USING INDEX passerelle_live_jobs") {
			t.Errorf("the live jobs are found by %s", text)
		}
	}
}

// TestReadingEnds: a reading ends with its own end, and not with that of the job, which River writes a little later. One that an older
// end is known of goes on, and so does one that is queued again.
func TestReadingEnds(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	connection := savedFor(t, s)
	var user int64
	if err := s.read.queryRow(t.Context(), "SELECT user_id FROM connections WHERE id = $1", connection).Scan(&user); err != nil {
		t.Fatal(err)
	}
	reading := func() bool {
		t.Helper()
		list, err := s.Channels(t.Context(), user, 0)
		if err != nil {
			t.Fatal(err)
		}
		return list[0].Reading
	}
	want := func(what string, want bool) {
		t.Helper()
		if got := reading(); got != want {
			t.Errorf("%s: reading is %v, want %v", what, got, want)
		}
	}
	end := func(started time.Time) {
		t.Helper()
		if err := s.FinishSync(t.Context(), connection, syncer.SyncEnd{Started: started, Now: started.Add(time.Second)}); err != nil {
			t.Fatal(err)
		}
	}
	execIn(t, s, "DELETE FROM river_job")
	want("nothing is queued", false)
	if err := s.QueueSyncs(t.Context(), []int64{connection + 1}, false); err != nil {
		t.Fatal(err)
	}
	want("another's is queued", false)
	if err := s.QueueSyncs(t.Context(), []int64{connection}, true); err != nil {
		t.Fatal(err)
	}
	want("queued", true)
	end(now)
	want("queued, after one that ended", true)
	execIn(t, s, "UPDATE river_job SET state = 'running', attempted_at = '2026-03-01 13:00:00.5'")
	want("under way", true)
	end(time.Date(2026, 3, 1, 13, 0, 1, 0, time.UTC))
	want("ended, before River knows", false)
	if err := s.QueueSyncs(t.Context(), []int64{connection}, false); err != nil {
		t.Fatal(err)
	}
	want("queued again", true)
	for _, over := range []string{"completed", "discarded", "cancelled"} {
		execIn(t, s, "UPDATE river_job SET state = '"+over+"', finalized_at = '2026-03-01 13:00:02'")
		want(over, false)
	}
}

// BenchmarkChannels reads the two ways into a login beside a queue that holds many readings of others, live ones and ended ones.
func BenchmarkChannels(b *testing.B) {
	for name, live := range map[string]int64{"idle": 0, "a thousand queued": 1000, "ten thousand queued": 10_000} {
		b.Run(name, func(b *testing.B) {
			s := openTest(b)
			connection := savedFor(b, s)
			var user int64
			if err := s.read.queryRow(b.Context(), "SELECT user_id FROM connections WHERE id = $1", connection).Scan(&user); err != nil {
				b.Fatal(err)
			}
			ids := make([]int64, 20_000)
			for i := range ids {
				ids[i] = int64(i) + 1000
			}
			if err := s.QueueSyncs(b.Context(), ids, true); err != nil {
				b.Fatal(err)
			}
			_, err := s.writeDB.ExecContext(b.Context(), "UPDATE river_job SET state = 'completed', finalized_at = scheduled_at WHERE id > $1", live)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if list, err := s.Channels(b.Context(), user, 0); err != nil || len(list) != 1 {
					b.Fatal(len(list), err)
				}
			}
		})
	}
}
