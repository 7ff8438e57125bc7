package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"passerelle/internal/config"
	"passerelle/internal/connect"
	apiconnect "passerelle/internal/connect/direct"
	"passerelle/internal/connector"
	"passerelle/internal/directory"
	"passerelle/internal/failpoint"
	"passerelle/internal/grant"
	"passerelle/internal/outbound"
	"passerelle/internal/process"
	"passerelle/internal/queue"
	"passerelle/internal/seal"
	"passerelle/internal/store"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
	"passerelle/web"
	"passerelle/web/middleware"
)

// app is the service, wired: everything is opened and bound, nothing runs yet. This file and wire_web.go are the only place
// where an interface meets what implements it.
type app struct {
	cfg  config.Serve
	log  *slog.Logger
	base *url.URL

	db      *store.Store
	ring    *seal.Keyring
	grants  *grant.Service
	catalog *directory.Catalog
	kinds   *connector.Registry
	// bankKinds lends kinds what they need and knows what they lack.
	bankKinds *kindSet
	sync      *syncer.Service
	visits    *connect.Service
	direct    *apiconnect.Service
	webhooks  *webhook.Service
	queues    *queue.Service
	shared    sharing
	limits    *middleware.RateLimit
	jobs      *jobs
	process   *process.Keeper
	server    *web.Server
	registry  *prometheus.Registry
	testBank  *testBank
	sandbox   *sandboxBank

	listener, ops net.Listener
	// draining is closed when a stop begins.
	draining chan struct{}
	// closers undo what newApp opened, last first; once is for a stop that is asked for twice.
	closers []func() error
	once    sync.Once
	closed  error
}

// Timings of visits.
const (
	// settle is how long an action waits for a bank before the page says that it takes longer.
	settle = 1500 * time.Millisecond
	// bankDeadline caps one call to a connector while an end user waits.
	bankDeadline = 60 * time.Second
	// catalogEvery is the pause between looks whether another process changed the catalogue: one small read.
	catalogEvery = 3 * time.Second
)

// newApp opens and binds everything that the configuration names. On failure nothing stays open.
func newApp(ctx context.Context, c *serveCommand, log *slog.Logger) (a *app, err error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	a = &app{cfg: c.Serve, log: log, draining: make(chan struct{}), registry: newRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	for _, step := range []func(context.Context, *serveCommand) error{
		a.bind, a.openTestBank, a.openSandboxBank, a.openData, a.wireCore, a.wireWebhooks, a.wireJobs, a.wireProcess, a.wireWeb,
	} {
		if err := step(ctx, c); err != nil {
			return a, err
		}
	}
	return a, nil
}

// openData opens keyset and database. A SQLite file serves one process, which takes the folder for itself.
func (a *app) openData(ctx context.Context, c *serveCommand) (err error) {
	if engine, file := c.Database(); engine == config.SQLite {
		unlock, err := store.LockDataDir(filepath.Dir(file))
		if err != nil {
			return err
		}
		a.closers = append(a.closers, unlock)
	}
	if a.db, a.ring, err = openData(ctx, &c.Data, a.log); err != nil {
		return err
	}
	a.closers = append(a.closers, a.db.Close)
	keys, err := newKeyWatch(ctx, a.db, a.ring, a.log)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, keys.start())
	return errors.Join(a.registry.Register(storeMetrics{a.db}), a.registry.Register(keys))
}

// bind takes the addresses before anything is made or wired: a start that fails here leaves no keyset and no database behind, and
// with port 0 the public address is known only then.
func (a *app) bind(ctx context.Context, c *serveCommand) error {
	var err error
	var bound net.Addr
	// A worker has no pages: where it has an address of the operator's, it needs no other.
	if c.Web() || c.OpsListen == "" {
		if a.listener, err = listen(ctx, c.Listen, "listen"); err != nil {
			return err
		}
		a.closers = append(a.closers, ignoreClosed(a.listener))
		bound = a.listener.Addr()
	}
	if c.OpsListen != "" {
		if a.ops, err = listen(ctx, c.OpsListen, "ops-listen"); err != nil {
			return err
		}
		a.closers = append(a.closers, ignoreClosed(a.ops))
	}
	a.base = c.Base(bound)
	return nil
}

// openTestBank starts or names the test bank, if one is to be offered.
func (a *app) openTestBank(ctx context.Context, c *serveCommand) error {
	on, why := c.TestBankEnabled(a.base)
	if on && c.TestBank == "auto" && c.OneOfSeveral() && !c.TestBankElsewhere {
		// Its customers' tokens live in the process that runs it: the others would ask a bank that knows nobody.
		on, why = false, "--role "+c.Role+" is one of several processes, and each would start a test bank of its own: "+
			"run passerelle testbank, and name it to all with --test-bank-elsewhere --test-bank-url"
	}
	if !on {
		a.log.InfoContext(ctx, "the test bank is not offered", "why", why)
		return nil
	}
	var err error
	if a.testBank, err = newTestBank(ctx, c, a.base, a.log); err != nil {
		return err
	}
	a.closers = append(a.closers, a.testBank.close)
	a.log.InfoContext(ctx, "the test bank is offered", "address", a.testBank.url, "why", why)
	return nil
}

// openSandboxBank starts the sandbox bank, where one is wanted.
func (a *app) openSandboxBank(ctx context.Context, c *serveCommand) (err error) {
	if c.SandboxBankListen == "" {
		return nil
	}
	if a.sandbox, err = newSandboxBank(ctx, c.SandboxBankListen, []string{a.base.JoinPath("callback").String() + "/"}, a.log); err != nil {
		return err
	}
	a.closers = append(a.closers, a.sandbox.close)
	return nil
}

// wireCore joins the rooms that decide.
func (a *app) wireCore(ctx context.Context, c *serveCommand) error {
	signIns, err := a.ring.Derive("logins", []byte("sign-ins"), loginsKey)
	if err != nil {
		return err
	}
	if err := a.openEphemeral(ctx, c); err != nil {
		return err
	}
	a.wireQueues(ctx, a.shared.news)
	a.grants = &grant.Service{Store: a.db, Clock: failpoint.Now, Counter: a.shared.counter, MAC: mac(signIns)}
	a.kinds = connector.NewRegistry()
	reach := a.reach(c)
	client, err := outbound.New(reach)
	if err != nil {
		return err
	}
	settings := directory.NewSettings(a.db)
	settings.Log = a.log
	a.bankKinds = newKindSet(a.kinds, settings, reach, failpoint.Now)
	built, err := a.registerKinds(ctx, client)
	if err != nil {
		return err
	}
	a.catalog = directory.New(catalogue{Store: a.db, built: built, settings: settings}, a.kinds.Ready)
	if _, err := a.catalog.Refresh(ctx); err != nil {
		return err
	}
	a.sync = &syncer.Service{
		Store: a.db, Remover: a.db, Directory: a.catalog, Kinds: a.kinds, Clock: failpoint.Now, Jitter: jitter, Log: a.log,
		HistoryDays: a.history(),
	}
	logins, err := a.ring.Derive("logins", []byte("tries"), loginsKey)
	if err != nil {
		return err
	}
	a.direct = &apiconnect.Service{
		Store: a.db, Directory: a.catalog, Kinds: a.kinds, Reader: a.sync, CallbackURL: a.callbackURL, Clock: failpoint.Now, Log: a.log,
		Deadline: bankDeadline, MAC: mac(logins),
	}
	a.visits = &connect.Service{
		Store: a.db, Clients: &clientCache{store: a.db, clock: failpoint.Now}, Directory: a.catalog, Kinds: a.kinds, Codes: a.grants, Accounts: a.sync,
		Connections: connections{a.db, a.sync}, Programs: grant.SimpleFIN{Service: a.grants, Kept: a.db}, Notifier: a.shared.news, CallbackURL: a.callbackURL,
		Clock: failpoint.Now, Rand: rand.Reader, Log: a.log, Settle: settle, Deadline: bankDeadline, People: a.grants,
	}
	a.sync.Ended = a.visits.ReadingEnded
	return a.wireLimits(ctx, c)
}

// reach is how far the clients of connector kinds go.
func (a *app) reach(c *serveCommand) outbound.Options {
	o := outbound.Options{Networks: privateNetworks(c.AllowPrivateNetworks), PlainLoopback: c.AllowPrivateNetworks}
	if a.testBank != nil {
		o.Origins = append(o.Origins, a.testBank.url)
	}
	return o
}

// callbackURL is where the banks of a connector kind send browsers back to.
func (a *app) callbackURL(kind string) string { return a.base.JoinPath("callback", kind).String() }

// connections joins the reader and the one who ends connections.
type connections struct {
	*store.Store
	ender *syncer.Service
}

// RemoveConnection tells the bank and deletes.
func (c connections) RemoveConnection(ctx context.Context, userID, id int64) error {
	return c.ender.RemoveConnection(ctx, userID, id)
}

// RemoveGroup deletes all ways into a login and tells the banks.
func (c connections) RemoveGroup(ctx context.Context, userID, groupID int64) error {
	return c.ender.RemoveGroup(ctx, userID, groupID)
}

// url is the public address.
func (a *app) url() string { return a.base.String() }

// local is the address for programs on this machine: the public one when it leads here, else the one bound, which a reverse
// proxy or a health check speaks to.
func (a *app) local() string {
	if a.cfg.Web() && config.LoopbackHost(a.base.Hostname()) {
		return a.url()
	}
	return "http://" + a.address()
}

// close undoes newApp. After run it has been called already.
func (a *app) close() error {
	a.once.Do(func() {
		for i := len(a.closers) - 1; i >= 0; i-- {
			a.closed = errors.Join(a.closed, a.closers[i]())
		}
	})
	return a.closed
}

// listen binds an address; a failure names the flag and the remedy.
func listen(ctx context.Context, address, flag string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w; stop whatever uses the address, or give another one", flag, err)
	}
	return l, nil
}

// ignoreClosed closes a listener that its server may have closed already.
func ignoreClosed(l net.Listener) func() error {
	return func() error {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}
