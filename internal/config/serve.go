package config

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// Data says where an install keeps what must last. Commands that only touch the store embed it alone.
type Data struct {
	DataDir     string `help:"Folder of the database and the keyset; made on first start." default:"passerelle-data" env:"PASSERELLE_DATA_DIR" placeholder:"DIR"`
	DatabaseURL string `help:"Database: sqlite:FILE (default: passerelle.db in the data folder) or postgres://USER@HOST/NAME." env:"PASSERELLE_DATABASE_URL" placeholder:"URL"`
	Keyset      string `help:"File of the keys that seal credentials (default: keyset.json in the data folder)." env:"PASSERELLE_KEYSET" placeholder:"FILE"`

	KeysetKMSURI       string `help:"What wraps the keyset file: hcvault://HOST:8200/transit/keys/NAME, or exec:/PATH of a program (default: nothing, the file is in clear)." name:"keyset-kms-uri" env:"PASSERELLE_KEYSET_KMS_URI" placeholder:"URI"`
	KeysetKMSTokenFile string `help:"File with the token for --keyset-kms-uri; it is read again for each call." name:"keyset-kms-token-file" env:"PASSERELLE_KEYSET_KMS_TOKEN_FILE" placeholder:"FILE"`
}

// databaseName is the SQLite database in the data folder.
const databaseName = "passerelle.db"

// Engine says which database keeps what must last.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Database gives the engine and where it is: the file of a SQLite database, or the address of a PostgreSQL one as pgx reads it
// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS). It is meant for a Data that passed Validate.
func (d *Data) Database() (engine Engine, place string) {
	switch file, isFile := strings.CutPrefix(d.DatabaseURL, "sqlite:"); {
	case d.DatabaseURL == "":
		return SQLite, filepath.Join(d.DataDir, databaseName)
	case isFile:
		// sqlite:///srv/p.db, as other programs write it, is the same file as sqlite:/srv/p.db.
		if rest, ok := strings.CutPrefix(file, "//"); ok {
			file = rest
		}
		return SQLite, file
	default:
		return Postgres, d.DatabaseURL
	}
}

// The roles of a process.
const (
	RoleWeb    = "web"
	RoleWorker = "worker"
	RoleAll    = "all"
)

// Web says whether this process answers end users and client backends, Worker whether it works the jobs.
func (s *Serve) Web() bool { return s.Role != RoleWorker }

// Worker says whether this process works the jobs.
func (s *Serve) Worker() bool { return s.Role != RoleWeb }

// OneOfSeveral says whether this process was given a part of the work, so that others do the rest.
func (s *Serve) OneOfSeveral() bool { return s.Role == RoleWeb || s.Role == RoleWorker }

// DefaultLease is how long a process may be silent when nothing is said.
const DefaultLease = 8 * time.Second

// LeaseTime is Lease with its default filled in.
func (s *Serve) LeaseTime() time.Duration { return cmp.Or(s.Lease, DefaultLease) }

// KeysetPath is the keyset file, with its default filled in.
func (d *Data) KeysetPath() string {
	if d.Keyset != "" {
		return d.Keyset
	}
	return filepath.Join(d.DataDir, "keyset.json")
}

// Log says what is logged and in which shape, on standard error.
type Log struct {
	LogLevel  string `help:"Least severe log line written: debug, info, warn or error." default:"info" env:"PASSERELLE_LOG_LEVEL" placeholder:"LEVEL"`
	LogFormat string `help:"Shape of log lines: json or text." default:"json" env:"PASSERELLE_LOG_FORMAT" placeholder:"FORMAT"`
}

// Serve is everything that `passerelle serve` can be told.
type Serve struct {
	Data          `embed:""`
	Log           `embed:""`
	Retention     `embed:""`
	RequestLimits `embed:""`

	Listen    string `help:"Address to listen on, HOST:PORT." default:"127.0.0.1:8080" env:"PASSERELLE_LISTEN" placeholder:"ADDR"`
	PublicURL string `help:"Address that browsers reach the service at, such as https://connect.example.com; required unless --listen is a loopback address." env:"PASSERELLE_PUBLIC_URL" placeholder:"URL"`
	OpsListen string `help:"Separate address for /metrics, /healthz and /readyz, HOST:PORT." env:"PASSERELLE_OPS_LISTEN" placeholder:"ADDR"`
	Role      string `help:"What this process does: web (pages and API), worker (jobs) or all." default:"all" env:"PASSERELLE_ROLE" placeholder:"ROLE"`
	RedisURL  string `help:"Redis for what may be lost (browser sessions, counters, notifications): redis://, rediss://, redis+sentinel:// or redis+cluster://; without it one process keeps them itself." env:"PASSERELLE_REDIS_URL" placeholder:"URL"`
	Operator  string `help:"Name of whoever runs the service, shown to end users." env:"PASSERELLE_OPERATOR" placeholder:"NAME"`

	TermsURL   string `help:"Address of the operator's terms, linked where the end user accepts them (default: what the page itself says is accepted)." env:"PASSERELLE_TERMS_URL" placeholder:"URL"`
	PrivacyURL string `help:"Address of the operator's privacy notice, linked beside the terms." env:"PASSERELLE_PRIVACY_URL" placeholder:"URL"`

	TestBank       string `help:"Offer the test bank: on, off, or auto (on when the public address is this machine and --role is all)." default:"auto" env:"PASSERELLE_TEST_BANK" placeholder:"MODE"`
	TestBankListen string `help:"Address that the test bank listens on, HOST:PORT." default:"127.0.0.1:8081" env:"PASSERELLE_TEST_BANK_LISTEN" placeholder:"ADDR"`
	TestBankURL    string `help:"Address that browsers reach the test bank at (default: http:// and --test-bank-listen)." env:"PASSERELLE_TEST_BANK_URL" placeholder:"URL"`

	ExternalConnectors    []string `help:"Programs that are connectors: NAME=/path/to/program; may be given several times, or comma-separated." name:"external-connector" sep:"," env:"PASSERELLE_EXTERNAL_CONNECTOR" placeholder:"NAME=PATH"`
	ExternalConnectorUser string   `help:"User that external connectors run as, UID:GID; needs the service to be root (default: the service's own)." env:"PASSERELLE_EXTERNAL_CONNECTOR_USER" placeholder:"UID:GID"`

	TrustedProxies       []string      `help:"Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or CIDR ranges, comma-separated." env:"PASSERELLE_TRUSTED_PROXIES" placeholder:"CIDR"`
	AllowPrivateNetworks bool          `help:"Let connectors call private and loopback addresses (needed when a bank's sandbox runs inside your network)." env:"PASSERELLE_ALLOW_PRIVATE_NETWORKS"`
	DrainDelay           time.Duration `help:"How long a stop goes on serving with readiness off, for load balancers to notice: longer than they take to." default:"0s" env:"PASSERELLE_DRAIN_DELAY" placeholder:"DURATION"`
	Lease                time.Duration `help:"How long a process may be silent before others on the same PostgreSQL take over what it has under way." default:"8s" env:"PASSERELLE_LEASE" placeholder:"DURATION"`
	ShutdownTimeout      time.Duration `help:"How long a stop waits for requests and jobs under way." default:"10s" env:"PASSERELLE_SHUTDOWN_TIMEOUT" placeholder:"DURATION"`
}

// Base is the public address: the configured one, normalised, or http:// and the address bound when none is configured (the
// port is only known then, if --listen asks for port 0). It is meant for a Serve that passed Validate.
func (s *Serve) Base(bound net.Addr) *url.URL {
	if u, err := ParsePublicURL(s.PublicURL); err == nil {
		return u
	}
	host := s.Listen
	if bound != nil {
		host = bound.String()
	}
	return &url.URL{Scheme: "http", Host: host}
}

// TestBankEnabled decides whether the test bank is offered, and says why in words for the log.
//
// Auto means on for an address that only this machine can reach: there it is what a developer wants to see first. Off for
// any other: its passwords are public, so a test bank on an open service lets anybody make connections and fill the store.
func (s *Serve) TestBankEnabled(base *url.URL) (on bool, reason string) {
	switch s.TestBank {
	case switchOn:
		return true, "--test-bank is on"
	case switchOff:
		return false, "--test-bank is off"
	}
	if LoopbackHost(base.Hostname()) {
		return true, "the public address is this machine, so this is development"
	}
	return false, "the public address is not this machine, and the test bank's passwords are public"
}

// TestBankBase is the address of the test bank for browsers: the configured one or http:// and the address bound.
func (s *Serve) TestBankBase(bound net.Addr) *url.URL {
	if u, err := ParsePublicURL(s.TestBankURL); err == nil {
		return u
	}
	host := s.TestBankListen
	if bound != nil {
		host = bound.String()
	}
	return &url.URL{Scheme: "http", Host: host}
}

// MetricsOnMain says whether /metrics may be served beside the pages: only while nobody but this machine can reach them. A
// loopback listener behind a reverse proxy is reachable by everyone, so the public address counts too.
func (s *Serve) MetricsOnMain() bool {
	if s.OpsListen != "" || len(s.TrustedProxies) > 0 || !loopbackAddress(s.Listen) {
		return false
	}
	return LoopbackHost(s.Base(nil).Hostname())
}

// Proxies are the trusted proxies as ranges; a single address is a range of one.
func (s *Serve) Proxies() []netip.Prefix {
	out := make([]netip.Prefix, 0, len(s.TrustedProxies))
	for _, p := range s.TrustedProxies {
		if prefix, err := parseProxy(p); err == nil {
			out = append(out, prefix)
		}
	}
	return out
}
