package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"passerelle/cmd/dev/proc"
	"passerelle/cmd/dev/rig/wire"
)

// RedirectURI is the client application's address. Nobody listens there: browsers stop at its door.
const RedirectURI = "https://app.example/cb"

// Password is what opens every login at the test bank. It is long enough to be looked for: nowhere outside of a sealed column may
// it ever be found.
const Password = "kanari-mot-de-passe-7f3a91"

// bankSecret is the service's client secret at the test bank.
const bankSecret = "kanari-secret-of-the-bank-55d1" //nolint:gosec // of a bank that does not exist

// smallBank keeps a reading cheap: what is shown here is not lost with a hundred movements more.
const smallBank = `{"bank": {"name": "Test bank", "country": "FR", "currency": "EUR"}, "history_days": 60, "any_login_password": "` + Password + `",
"any_login_person": "camille", "logins": [], "people": {"camille": {"name": "Camille Exemple", "accounts": [
{"id": "checking", "type": "checking", "name": "Compte courant", "balance": "120.00", "iban": "auto", "transactions": [
{"label": "CB BOULANGERIE", "amount": "-4.20", "type": "card", "every": "10d", "from": "2020-01-01"}]},
{"id": "joint", "type": "checking", "name": "Compte joint", "balance": "80.00", "iban": "auto", "transactions": [
{"label": "VIR LOYER", "amount": "-700.00", "type": "transfer", "every": "1m", "from": "2020-01-03"}]}]}}}`

// Client is the registered client application.
type Client struct {
	ID     int64  `json:"client_id"`
	Secret string `json:"client_secret"`
}

// Process is one process of the service.
type Process struct {
	*Daemon
	// Address is where it listens, URL the same as http://; Ops is where its metrics are.
	Address, URL, Ops string
}

// placeService finds addresses for balancer and processes, before anybody is told of them.
func (r *Rig) placeService(context.Context) error {
	web, workers := r.o.Web, r.o.Workers
	if r.o.Engine == SQLite {
		web, workers = 1, 0
	}
	place := func(name string, n int) ([]*Process, error) {
		var out []*Process
		for i := range n {
			p := &Process{Daemon: &Daemon{Name: fmt.Sprintf("%s%d", name, i+1), path: r.Binary, log: r.log, ready: "listening on "}}
			for _, to := range []*string{&p.Address, &p.Ops} {
				port, err := freePort()
				if err != nil {
					return nil, err
				}
				*to = "127.0.0.1:" + port
			}
			p.URL = "http://" + p.Address
			out = append(out, p)
		}
		return out, nil
	}
	var err error
	if r.Web, err = place("web", web); err != nil {
		return err
	}
	if r.Workers, err = place("worker", workers); err != nil {
		return err
	}
	addresses := make([]string, len(r.Web))
	for i, p := range r.Web {
		addresses[i] = p.Address
	}
	haproxy, err := find(r.log)
	if err != nil {
		return err
	}
	var address string
	if r.Balancer, address, err = newBalancer(haproxy, r.Dir, addresses, r.log); err != nil {
		return err
	}
	r.URL = "http://" + address
	return nil
}

// startBank starts the test bank, a program beside the service that is never killed.
func (r *Rig) startBank(ctx context.Context) error {
	file := r.o.Bank
	if file == "" {
		file = filepath.Join(r.Dir, "bank.json")
		if err := os.WriteFile(file, []byte(smallBank), 0o600); err != nil {
			return fmt.Errorf("rig: %w", err)
		}
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	address := "127.0.0.1:" + port
	r.BankURL = "http://" + address
	if r.o.Wires {
		if r.ToBank, err = wire.New(address); err != nil {
			return err
		}
		r.BankURL = "http://" + r.ToBank.Address()
	}
	r.Bank = &Daemon{
		Name: "testbank", path: r.Binary, env: []string{"PASSERELLE_TEST_BANK_SECRET=" + bankSecret}, log: r.log, ready: "listening on ",
		args: []string{"testbank", "--listen", address, "--public-url", r.BankURL, "--file", file, "--callback-prefix", r.URL + "/callback/", "--log-level", "warn"},
	}
	return r.Bank.Start(ctx)
}

// databaseURL is what the service is given as --database-url.
func (r *Rig) databaseURL() string {
	switch {
	case r.Postgres == nil:
		return "sqlite:" + filepath.Join(r.Data, "passerelle.db")
	case r.ToPostgres != nil:
		return r.Postgres.URL(r.ToPostgres.Address())
	}
	return r.Postgres.URL(r.Postgres.Address())
}

// redisURL is what the service is given as --redis-url.
func (r *Rig) redisURL() string {
	if r.ToRedis != nil {
		return "redis://" + r.ToRedis.Address() + "/0"
	}
	return r.Redis.URL()
}

// Command runs the binary on the service's data, and gives what it wrote to standard output.
func (r *Rig) Command(ctx context.Context, args ...string) (string, error) {
	return proc.Output(ctx, proc.Spec{Path: r.Binary, Args: append(args, r.dataArgs()...), Env: append(os.Environ(), r.o.Env...)})
}

func (r *Rig) dataArgs() []string { return r.dataArgsBy(r.databaseURL()) }

func (r *Rig) dataArgsBy(database string) []string {
	return []string{"--data-dir", r.Data, "--database-url", database}
}

// register makes the client application and the webhook of everything.
func (r *Rig) register(ctx context.Context) error {
	out, err := r.Command(ctx, "client", "create", "--name", "Budget", "--redirect-uri", RedirectURI, "--json")
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(out), &r.Client); err != nil {
		return fmt.Errorf("rig: the client application: %w", err)
	}
	if r.Receiver, err = NewReceiver(); err != nil {
		return err
	}
	_, err = r.Command(ctx, "webhook", "add", "*", r.Receiver.URL, "--allow-private-networks", "--json")
	return err
}

// startService starts all processes of the service.
func (r *Rig) startService(ctx context.Context) error {
	common := []string{
		"serve", "--public-url", r.URL, "--test-bank", "on", "--test-bank-elsewhere", "--test-bank-url", r.BankURL,
		"--allow-private-networks", "--trusted-proxies", "127.0.0.1/32", "--log-level", "warn",
	}
	if r.Redis != nil {
		common = append(common, "--redis-url", r.redisURL())
	}
	start := func(role string, all []*Process) error {
		for _, p := range all {
			database := r.databaseURL()
			if own := r.OwnWires[p.Name]; own != nil {
				database = r.Postgres.URL(own.Address())
			}
			p.args = slices.Concat(common, r.dataArgsBy(database), []string{"--role", role, "--listen", p.Address, "--ops-listen", p.Ops}, r.o.Args)
			p.env = append([]string{"PASSERELLE_TEST_BANK_SECRET=" + bankSecret, "PASSERELLE_REDIS_URL=", "PASSERELLE_DATABASE_URL="}, append(append([]string(nil), r.o.Env...), r.o.EnvOf[p.Name]...)...)
			if err := p.Start(ctx); err != nil {
				return err
			}
		}
		return nil
	}
	role := "web"
	if len(r.Workers) == 0 {
		role = "all"
	}
	return errors.Join(start(role, r.Web), start("worker", r.Workers))
}

// AwaitReady waits until the service is ready through the balancer.
func (r *Rig) AwaitReady(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		status, err := Status(ctx, r.URL+"/readyz")
		if err == nil && status == http.StatusOK {
			return nil
		}
		if pause(ctx, 10*time.Millisecond) != nil {
			return fmt.Errorf("rig: not ready within %s: %d, %v", within, status, err) //nolint:errorlint // nil where there was an answer
		}
	}
}

// asker is for single requests: no connection is kept, so that each goes to whatever process is there.
var asker = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       10 * time.Second,
}

// Status asks an address and gives the status of the answer.
func Status(ctx context.Context, address string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return 0, err
	}
	res, err := asker.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}
