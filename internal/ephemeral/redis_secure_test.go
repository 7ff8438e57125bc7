package ephemeral_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/ephemeral"
	"passerelle/internal/ephemeral/redistest"
	"passerelle/internal/store/storetest"
)

// A server that speaks TLS alone, wants a certificate of its clients, and lets a user do no more than the README says.
func TestRedisTLSAndACL(t *testing.T) {
	t.Parallel()
	papers := redistest.NewPapers(t)
	plain := redistest.Start(t, "--tls-auth-clients", "yes", "--tls-port", "0", "--tls-ca-cert-file", papers.CA, "--tls-cert-file", papers.Cert, "--tls-key-file", papers.Key)
	rules := []any{"ACL", "SETUSER", "passerelle", "on", ">hunter2"}
	for _, rule := range strings.Fields(ephemeral.LeastRights) {
		rules = append(rules, rule)
	}
	plain.Do(rules...)
	_, port, _ := net.SplitHostPort(plain.Host)
	secure := redistest.FreePort(t)
	plain.Do("CONFIG", "SET", "tls-port", secure)
	words := papers.Query().Encode()
	r := up(t, open(t, "rediss://passerelle:hunter2@127.0.0.1:"+secure+"/0?"+words, nil))
	if n, err := add(t, r, "a"); n != 1 || err != nil {
		t.Errorf("Add = %d, %v", n, err)
	}
	if err := r.Set(t.Context(), "a", []byte("x"), time.Minute); err != nil {
		t.Errorf("Set: %v", err)
	}
	if got, found, err := r.Get(t.Context(), "a"); string(got) != "x" || !found || err != nil {
		t.Errorf("Get = %q, %v, %v", got, found, err)
	}
	if err := r.Delete(t.Context(), "a"); err != nil {
		t.Errorf("Delete: %v", err)
	}
	for name, c := range map[string]struct {
		address string
		why     ephemeral.Why
	}{
		"a wrong password":     {"redis://passerelle:hunter3@127.0.0.1:" + port, ephemeral.WhyPassword},
		"an unknown user":      {"redis://somebody:hunter2@127.0.0.1:" + port, ephemeral.WhyPassword},
		"TLS to a plain port":  {"rediss://passerelle:hunter2@127.0.0.1:" + port + "?" + words, ephemeral.WhySilent},
		"an unknown authority": {"rediss://passerelle:hunter2@127.0.0.1:" + secure + "?server_name=redis.test", ephemeral.WhyTrust},
		"another name":         {"rediss://passerelle:hunter2@127.0.0.1:" + secure + "?" + strings.Replace(words, "redis.test", "other.test", 1), ephemeral.WhyTrust},
		"no certificate":       {"rediss://passerelle:hunter2@127.0.0.1:" + secure + "?ca=" + url.QueryEscape(papers.CA) + "&server_name=redis.test", ephemeral.WhyTrust},
		"another's prefix":     {"redis://passerelle:hunter2@127.0.0.1:" + port + "?prefix=other", ephemeral.WhyRights},
		"no TLS to its port":   {"redis://passerelle:hunter2@127.0.0.1:" + secure, ephemeral.WhyLost},
		"nobody there":         {"redis://passerelle:hunter2@127.0.0.1:" + redistest.FreePort(t), ephemeral.WhyRefused},
		"no such host":         {"redis://passerelle:hunter2@nowhere.invalid:" + port, ephemeral.WhyName},
	} {
		refused(t, name, c.address, c.why, port, secure)
	}
}

// refused opens a Redis that cannot be used, and wants the service to go on without, figures and a log that say why, and nothing of
// the address in either.
func refused(t *testing.T, name, address string, why ephemeral.Why, hidden ...string) {
	t.Helper()
	var log storetest.Log
	r, err := ephemeral.Open(t.Context(), address, ephemeral.RedisOptions{Secret: secret, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Errorf("%s: Open: %v; the service is to go on without", name, err)
		return
	}
	_, err = add(t, r, "a")
	redistest.Eventually(t, name+" is told", func() bool {
		return strings.Contains(log.String(), fmt.Sprintf("why=%q", why)) && r.Stats().Why == why
	})
	if s := r.Stats(); err == nil || s.Up {
		t.Errorf("%s: %v, %+v", name, err, s)
	}
	text := log.String()
	if !strings.Contains(text, "remedy=") {
		t.Errorf("%s: the log names no remedy: %s", name, text)
	}
	for _, word := range append(hidden, "hunter") {
		if strings.Contains(text, word) {
			t.Errorf("%s: %q is in the log: %s", name, word, text)
		}
	}
	if err := r.Close(); err != nil {
		t.Errorf("%s: close: %v", name, err)
	}
}

// Rights that are missing for a part of what is done are told as well: calls that would fail later, and news that are never heard.
func TestRedisRightsMissing(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	_, port, _ := net.SplitHostPort(s.Host)
	user := func(name string, more ...string) string {
		rules := []any{"ACL", "SETUSER", name, "on", ">hunter2"}
		for _, rule := range append(strings.Fields(ephemeral.LeastRights), more...) {
			rules = append(rules, rule)
		}
		s.Do(rules...)
		return "redis://" + name + ":hunter2@" + s.Host
	}
	for _, command := range []string{"-set", "-get", "-publish", "-evalsha", "-incrby"} {
		refused(t, command, user("without", command), ephemeral.WhyRights, port)
	}
	var log storetest.Log
	r, err := ephemeral.Open(t.Context(), user("deaf", "-subscribe"), ephemeral.RedisOptions{Secret: secret, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	redistest.Eventually(t, "it is told that no news are heard", func() bool { return r.Stats().Why == ephemeral.WhyRights })
	if n, err := add(t, r, "a"); n != 1 || err != nil || !r.Stats().Up || r.Stats().Listening {
		t.Errorf("Add = %d, %v, %+v", n, err, r.Stats())
	}
	redistest.Eventually(t, "the log says so", func() bool { return strings.Contains(log.String(), "not heard") })
	s.Do("ACL", "SETUSER", "deaf", "+subscribe")
	redistest.Eventually(t, "news are heard", func() bool { s := r.Stats(); return s.Listening && s.Why == "" })
}

// Sentinels that know no master of that name answer, but nobody has been asked: that is no answer of Redis, and no count is 0 for it.
func TestSentinelAddress(t *testing.T) {
	t.Parallel()
	g := redistest.StartSentinel(t)
	refused(t, "another master", strings.Replace(g.URL(), "/passerelle", "/other", 1), ephemeral.WhyMaster)
	for _, s := range []*redistest.Server{g.Master, g.Replica} {
		s.Do("ACL", "SETUSER", "passerelle", "on", ">hunter2", "+@all", "allkeys", "allchannels")
	}
	withUser := strings.Replace(g.URL(), "redis+sentinel://", "redis+sentinel://passerelle:hunter3@", 1)
	refused(t, "a wrong password", withUser, ephemeral.WhyPassword)
	for _, w := range g.Watchers {
		w.Do("ACL", "SETUSER", "watcher", "on", ">hunter2", "+@all", "allkeys", "allchannels")
	}
	refused(t, "a wrong password of the Sentinels", g.URL()+"?sentinel_user=watcher&sentinel_password=hunter3", ephemeral.WhyPassword)
}

// Sentinels, and the servers that they name, all speak TLS with papers of a private authority: it is used, its master may die, and
// without the authority, or with another's, nothing is.
func TestSentinelTLS(t *testing.T) {
	t.Parallel()
	g := redistest.StartSentinelTLS(t, redistest.NewPapers(t))
	r := up(t, open(t, g.URL(), nil))
	if n, err := add(t, r, "a"); n != 1 || err != nil {
		t.Errorf("Add = %d, %v", n, err)
	}
	distrust(t, g.URL())
	g.Master.Kill()
	redistest.Eventually(t, "the replica is the master", func() bool {
		_, err := add(t, r, "b")
		return err == nil && g.Now() == g.Replica
	})
	redistest.Eventually(t, "news are heard of it", func() bool { s := r.Stats(); return s.Up && s.Listening })
}

// The nodes of a Cluster speak TLS with papers of a private authority: keys of each of them are counted, values kept and news heard.
func TestClusterTLS(t *testing.T) {
	t.Parallel()
	g := redistest.StartClusterTLS(t, redistest.NewPapers(t))
	r := up(t, open(t, g.URL(), nil))
	for i := range 30 {
		key := fmt.Sprint("key ", i)
		if n, err := add(t, r, key); n != 1 || err != nil {
			t.Errorf("Add(%q) = %d, %v", key, n, err)
		}
		if err := r.Set(t.Context(), key, []byte(key), time.Minute); err != nil {
			t.Errorf("Set(%q): %v", key, err)
		}
		if got, found, err := r.Get(t.Context(), key); string(got) != key || !found || err != nil {
			t.Errorf("Get(%q) = %q, %v, %v", key, got, found, err)
		}
	}
	for _, n := range g.Nodes {
		if keys, _ := n.Do("DBSIZE").(int64); keys == 0 {
			t.Errorf("%s keeps nothing: not every node was used", n.Host)
		}
	}
	distrust(t, g.URL())
}

// distrust opens an address over TLS without its authority, with another's, under another name, and without a certificate.
func distrust(t *testing.T, address string) {
	t.Helper()
	base, query, _ := strings.Cut(address, "?")
	other := redistest.NewPapers(t)
	for name, change := range map[string]func(url.Values){
		"no authority":          func(q url.Values) { q.Del("ca") },
		"another authority":     func(q url.Values) { q.Set("ca", other.CA) },
		"another name":          func(q url.Values) { q.Set("server_name", "other.test") },
		"no certificate":        func(q url.Values) { q.Del("cert"); q.Del("key") },
		"another's certificate": func(q url.Values) { q.Set("cert", other.Cert); q.Set("key", other.Key) },
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		change(q)
		refused(t, name, base+"?"+q.Encode(), ephemeral.WhyTrust)
	}
}
