package store

import (
	"path/filepath"
	"sync/atomic"
	"testing"

	"passerelle/internal/grant"
)

// BenchmarkInsertCode stores codes from many goroutines: the cost of one durable write when commits are shared.
func BenchmarkInsertCode(b *testing.B) {
	s := openTest(b)
	u := temporaryUser(b, s)
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.InsertCode(b.Context(), codeFor(u, 10000001)); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(s.Stats().Writes)/float64(s.Stats().Batches), "writes/commit")
}

// BenchmarkRedeem exchanges codes from many goroutines: a spent code, a token and a permanent user, durable.
func BenchmarkRedeem(b *testing.B) {
	s := openTest(b)
	u := temporaryUser(b, s)
	codes := make([]grant.Code, b.N)
	b.SetParallelism(32)
	for i := range codes {
		codes[i] = codeFor(u, 10000001)
	}
	insertAll(b, s, codes)
	var next atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			got, err := s.Redeem(b.Context(), redemption(codes[next.Add(1)-1]))
			if err != nil || got.Outcome != grant.Redeemed {
				b.Errorf("got %+v, %v", got, err)
			}
		}
	})
}

func insertAll(b *testing.B, s *Store, codes []grant.Code) {
	b.Helper()
	var next atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.InsertCode(b.Context(), codes[next.Add(1)-1]); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkRedeemAlone exchanges codes one after the other: the latency of one caller, its own fsync included.
func BenchmarkRedeemAlone(b *testing.B) {
	s := openTest(b)
	u := temporaryUser(b, s)
	for b.Loop() {
		c := codeFor(u, 10000001)
		if err := s.InsertCode(b.Context(), c); err != nil {
			b.Fatal(err)
		}
		if got, err := s.Redeem(b.Context(), redemption(c)); err != nil || got.Outcome != grant.Redeemed {
			b.Fatalf("got %+v, %v", got, err)
		}
	}
}

// BenchmarkTokenByID reads a token, as every request of a client backend does.
func BenchmarkTokenByID(b *testing.B) {
	s := openTest(b)
	t := redemption(codeFor(temporaryUser(b, s), 10000001)).Token
	if err := s.InsertToken(b.Context(), t, false); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.TokenByID(b.Context(), t.ID); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen opens a database that is up to date: the store's part of a start.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "passerelle.db")
	openAt(b, path)
	for b.Loop() {
		s, err := Open(b.Context(), Options{Path: path, Sealer: place{}})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFirstOpen makes a database.
func BenchmarkFirstOpen(b *testing.B) {
	for b.Loop() {
		s, err := Open(b.Context(), Options{Path: filepath.Join(b.TempDir(), "passerelle.db"), Sealer: place{}})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
