//go:build unix

package directory_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

// cpu is the processor time of this process so far: unlike the clock, it tells the same on a busy machine.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// keystrokes are the queries of people who type names letter by letter to 14 letters, a third of them with a slip.
func keystrokes(connectors []bank.Connector, names int) []string {
	random := rand.New(rand.NewPCG(5, 11))
	var out []string
	for i := range names {
		name := []rune(connectors[random.IntN(len(connectors))].Name)
		if len(name) > 14 {
			name = name[:14]
		}
		if i%3 == 0 && len(name) > 4 {
			name = []rune(mistype(random, string(name)))
		}
		for n := 1; n <= len(name); n++ {
			out = append(out, string(name[:n]))
		}
	}
	return out
}

func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			connectors := generate(n)
			c := load(b, connectors)
			queries := keystrokes(connectors, 200)
			took := make([]time.Duration, 0, len(queries))
			for _, q := range queries { // median of three each, as scheduling noise is not the search's
				var three [3]time.Duration
				for i := range three {
					start := time.Now()
					c.Search(q, directory.Filter{}, 20)
					three[i] = time.Since(start)
				}
				slices.Sort(three[:])
				took = append(took, three[1])
			}
			slices.Sort(took)
			b.ReportAllocs()
			i, start := 0, cpu()
			for b.Loop() {
				c.Search(queries[i%len(queries)], directory.Filter{}, 20)
				i++
			}
			b.ReportMetric(float64((cpu()-start).Nanoseconds())/1e3/float64(b.N), "cpu-µs/op")
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-µs")
			b.ReportMetric(float64(took[len(took)-1].Nanoseconds())/1e3, "max-µs")
		})
	}
}

func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			connectors := generate(n)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			c := load(b, connectors)
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportAllocs()
			start := cpu()
			for b.Loop() {
				load(b, connectors)
			}
			b.ReportMetric(float64((cpu()-start).Microseconds())/1e3/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "index-MiB")
			runtime.KeepAlive(c)
			runtime.KeepAlive(connectors)
		})
	}
}

func BenchmarkTop(b *testing.B) {
	c := load(b, generate(10_000))
	b.ReportAllocs()
	for b.Loop() {
		c.Top(directory.Filter{}, 40)
	}
}
