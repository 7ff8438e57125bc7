package ephemeral

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Layouts of a Redis.
const (
	layoutSingle   = "redis"
	layoutSentinel = "redis+sentinel"
	layoutCluster  = "redis+cluster"
)

// DefaultPrefix begins every key and the channel of an install that names no other.
const DefaultPrefix = "passerelle"

// redisAddress is what an address of a Redis says. It holds passwords: it is never printed, and neither is a part of it.
type redisAddress struct {
	layout             string
	hosts              []string
	master             string
	user, password     string
	sentinelUser       string
	sentinelPassword   string
	db                 int
	prefix             string
	tls                *tls.Config
	sentinelWithoutTLS bool
}

// redisForm is told where an address has no known beginning.
const redisForm = "write it as redis://HOST:PORT/DB, rediss:// (TLS), redis+sentinel://HOST,HOST/MASTER or redis+cluster://HOST,HOST"

// CheckAddress says whether an address of a Redis can be read, and the files that it names. The error quotes nothing of it.
func CheckAddress(address string) error {
	_, err := parseAddress(address)
	return err
}

// parseAddress reads redis://[USER[:PASSWORD]@]HOST[:PORT][/DB][?…], redis+sentinel://…@HOST,HOST/MASTER[?db=…] and
// redis+cluster://…@HOST,HOST; rediss… is the same over TLS. The query knows db, prefix, password_file, ca, cert, key (PEM files),
// server_name, sentinel_user, sentinel_password, sentinel_password_file and sentinel_tls=off. An unknown word is refused: a
// misspelt one would be a protection that is not there.
func parseAddress(address string) (*redisAddress, error) {
	scheme, rest, found := strings.Cut(address, "://")
	if !found {
		return nil, errors.New("has no scheme; " + redisForm)
	}
	a := &redisAddress{prefix: DefaultPrefix}
	secure := strings.HasPrefix(scheme, "rediss")
	if a.layout = strings.Replace(scheme, "rediss", "redis", 1); !slices.Contains([]string{layoutSingle, layoutSentinel, layoutCluster}, a.layout) {
		return nil, errors.New("has an unknown scheme; " + redisForm)
	}
	rest, query, _ := strings.Cut(rest, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, errors.New("has a query that cannot be read; percent-encode what is no letter or digit")
	}
	authority, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		if err := a.readUser(authority[:at]); err != nil {
			return nil, err
		}
		authority = authority[at+1:]
	}
	if err := a.readHosts(authority); err != nil {
		return nil, err
	}
	if err := a.readPath(path, &values); err != nil {
		return nil, err
	}
	if err := a.readQuery(values); err != nil {
		return nil, err
	}
	if err := a.readTLS(secure, values); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *redisAddress) readUser(s string) error {
	user, password, both := strings.Cut(s, ":")
	var errUser, errPassword error
	a.user, errUser = url.PathUnescape(user)
	a.password, errPassword = url.PathUnescape(password)
	if errUser != nil || errPassword != nil {
		return errors.New("has a user or password that cannot be read; percent-encode what is no letter or digit")
	}
	if !both && a.user != "" {
		return errors.New("has a user without a password; write USER:PASSWORD@, or :PASSWORD@ for the default user")
	}
	return nil
}

func (a *redisAddress) readHosts(s string) error {
	standard := "6379"
	if a.layout == layoutSentinel {
		standard = "26379"
	}
	for _, h := range strings.Split(s, ",") {
		host, port, err := net.SplitHostPort(h)
		if err != nil {
			host, port = strings.Trim(h, "[]"), standard
		}
		if n, err := strconv.ParseUint(port, 10, 16); host == "" || strings.ContainsAny(host, " /@") || err != nil || n == 0 {
			return errors.New("names a host that is not HOST or HOST:PORT; " + redisForm)
		}
		a.hosts = append(a.hosts, net.JoinHostPort(host, port))
	}
	if a.layout == layoutSingle && len(a.hosts) > 1 {
		return errors.New("names several hosts; begin it with redis+sentinel:// or redis+cluster://")
	}
	return nil
}

// readPath takes the database or the master's name, which may stand in the query as well.
func (a *redisAddress) readPath(path string, values *url.Values) error {
	switch {
	case a.layout == layoutSentinel:
		if a.master = path; a.master == "" {
			return errors.New("names no master; write redis+sentinel://HOST,HOST/MASTER, as the sentinels' configuration calls it")
		}
	case a.layout == layoutCluster && path != "":
		return errors.New("names a database, and a cluster has one; remove what follows the hosts")
	case path != "":
		if values.Has("db") {
			return errors.New("names the database twice; keep /DB or db=DB")
		}
		values.Set("db", path)
	}
	return nil
}

func (a *redisAddress) readQuery(values url.Values) error {
	known := []string{
		"db", "prefix", "password_file", "ca", "cert", "key", "server_name", "sentinel_user", "sentinel_password",
		"sentinel_password_file", "sentinel_tls",
	}
	for name, v := range values {
		if !slices.Contains(known, name) || len(v) != 1 {
			return fmt.Errorf("has an unknown or repeated word in its query; known are %s", strings.Join(known, ", "))
		}
		if strings.HasPrefix(name, "sentinel_") && a.layout != layoutSentinel || name == "db" && a.layout == layoutCluster {
			return fmt.Errorf("has %s, which this kind of Redis has not; remove it", name)
		}
	}
	if db := values.Get("db"); db != "" {
		n, err := strconv.ParseUint(db, 10, 16)
		if err != nil {
			return errors.New("names a database that is no number; write /0")
		}
		a.db = int(n)
	}
	if p := values.Get("prefix"); p != "" {
		if len(p) > 32 || strings.Trim(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") != "" {
			return errors.New("has a prefix that is not 1 to 32 letters, digits, or one of - _ : and the full stop")
		}
		a.prefix = p
	}
	a.sentinelUser, a.sentinelPassword = values.Get("sentinel_user"), values.Get("sentinel_password")
	for word, to := range map[string]*string{"password_file": &a.password, "sentinel_password_file": &a.sentinelPassword} {
		if !values.Has(word) {
			continue
		}
		b, err := os.ReadFile(values.Get(word))
		if err != nil || *to != "" {
			return fmt.Errorf("has a %s that cannot be read, or a password beside it; name a file that holds the password alone", word)
		}
		*to = strings.TrimRight(string(b), "\r\n")
	}
	return nil
}

func (a *redisAddress) readTLS(secure bool, values url.Values) error {
	switch v := values.Get("sentinel_tls"); {
	case v != "" && (v != "off" || !secure):
		return errors.New("has a sentinel_tls that is not off, or is not rediss+sentinel://")
	case v == "off":
		a.sentinelWithoutTLS = true
	}
	if !secure {
		if values.Has("ca") || values.Has("cert") || values.Has("key") || values.Has("server_name") {
			return errors.New("has words of TLS in its query without TLS; begin it with rediss")
		}
		return nil
	}
	a.tls = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: values.Get("server_name")}
	if file := values.Get("ca"); file != "" {
		pem, err := os.ReadFile(file)
		if a.tls.RootCAs = x509.NewCertPool(); err != nil || !a.tls.RootCAs.AppendCertsFromPEM(pem) {
			return errors.New("has a ca that holds no certificate in PEM form, or cannot be read")
		}
	}
	if cert, key := values.Get("cert"), values.Get("key"); cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return errors.New("has a cert and a key that are no pair in PEM form, or cannot be read; give both")
		}
		a.tls.Certificates = []tls.Certificate{pair}
	}
	return nil
}
