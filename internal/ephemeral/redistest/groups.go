package redistest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// masterName is what the Sentinels call the master.
const masterName = "passerelle"

// Sentinel is a master with one replica, watched by three Sentinels.
type Sentinel struct {
	// Master is the server that was the master at the beginning.
	Master, Replica *Server
	Watchers        []*Server

	papers *Papers
}

// StartSentinel starts the five processes and waits until the Sentinels know of the replica and of each other.
func StartSentinel(t testing.TB) *Sentinel {
	t.Helper()
	return startSentinel(t, nil)
}

// StartSentinelTLS is StartSentinel with TLS everywhere: to the servers, to the Sentinels, and between all of them.
func StartSentinelTLS(t testing.TB, papers *Papers) *Sentinel {
	t.Helper()
	return startSentinel(t, papers)
}

func startSentinel(t testing.TB, papers *Papers) *Sentinel {
	t.Helper()
	g := &Sentinel{Master: start(t, papers), papers: papers}
	host, port, _ := net.SplitHostPort(g.Master.Host)
	g.Replica = start(t, papers, "--replicaof", host+" "+port)
	for range 3 {
		file := filepath.Join(t.TempDir(), "sentinel.conf")
		text := fmt.Sprintf("sentinel monitor %[1]s %[2]s %[3]s 2\nsentinel down-after-milliseconds %[1]s 400\nsentinel failover-timeout %[1]s 3000\n", masterName, host, port)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		g.Watchers = append(g.Watchers, startWatcher(t, file, papers))
	}
	for _, w := range g.Watchers {
		Eventually(t, "the Sentinels know each other", func() bool {
			about := fmt.Sprint(w.Do("SENTINEL", "MASTER", masterName))
			return strings.Contains(about, "num-slaves 1") && strings.Contains(about, "num-other-sentinels 2")
		})
	}
	return g
}

func startWatcher(t testing.TB, file string, papers *Papers) *Server {
	t.Helper()
	port := FreePort(t)
	s := &Server{Host: "127.0.0.1:" + port, t: t, papers: papers}
	s.args = append([]string{file, "--sentinel", "--bind", "127.0.0.1", "--dir", filepath.Dir(file)}, s.listen(port)...)
	s.run("+monitor master")
	t.Cleanup(s.Kill)
	return s
}

// URL is the address of the group.
func (g *Sentinel) URL() string {
	hosts := make([]string, 0, len(g.Watchers))
	for _, w := range g.Watchers {
		hosts = append(hosts, w.Host)
	}
	return address("redis+sentinel", strings.Join(hosts, ",")+"/"+masterName, g.papers)
}

// Now is the server that is the master now.
func (g *Sentinel) Now() *Server {
	if answer := fmt.Sprint(g.Watchers[0].Do("SENTINEL", "GET-MASTER-ADDR-BY-NAME", masterName)); strings.Contains(answer, port(g.Replica)) {
		return g.Replica
	}
	return g.Master
}

func port(s *Server) string {
	_, p, _ := net.SplitHostPort(s.Host)
	return p
}

// Cluster is three masters that share the slots.
type Cluster struct {
	Nodes []*Server

	papers *Papers
}

// slots are all that a cluster has.
const slots = 16384

// StartCluster starts the nodes, gives them their slots and waits until each takes the whole for well.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	return startCluster(t, nil)
}

// StartClusterTLS is StartCluster with TLS everywhere: to the nodes, and between them.
func StartClusterTLS(t testing.TB, papers *Papers) *Cluster {
	t.Helper()
	return startCluster(t, papers)
}

func startCluster(t testing.TB, papers *Papers) *Cluster {
	t.Helper()
	g := &Cluster{papers: papers}
	buses := make([]string, 3)
	for i := range buses {
		buses[i] = FreePort(t)
		g.Nodes = append(g.Nodes, start(t, papers, "--cluster-enabled", "yes", "--cluster-port", buses[i], "--cluster-node-timeout", "2000"))
	}
	for i, n := range g.Nodes {
		n.Do("CLUSTER", "ADDSLOTSRANGE", i*slots/3, (i+1)*slots/3-1)
		n.Do("CLUSTER", "SET-CONFIG-EPOCH", i+1)
	}
	for i, n := range g.Nodes[1:] {
		host, port, _ := net.SplitHostPort(n.Host)
		g.Nodes[0].Do("CLUSTER", "MEET", host, port, buses[i+1])
	}
	for _, n := range g.Nodes {
		Eventually(t, "the cluster is whole", func() bool {
			info := fmt.Sprint(n.Do("CLUSTER", "INFO"))
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3")
		})
	}
	return g
}

// URL is the address of the cluster.
func (g *Cluster) URL() string {
	hosts := make([]string, 0, len(g.Nodes))
	for _, n := range g.Nodes {
		hosts = append(hosts, n.Host)
	}
	return address("redis+cluster", strings.Join(hosts, ","), g.papers)
}

// Flush empties servers.
func Flush(ctx context.Context, t testing.TB, servers ...*Server) {
	t.Helper()
	for _, s := range servers {
		c := s.client()
		if err := c.FlushAll(ctx).Err(); err != nil {
			t.Fatalf("empty Redis: %v", err)
		}
		_ = c.Close()
	}
}
