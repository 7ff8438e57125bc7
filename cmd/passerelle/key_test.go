package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/internal/bank"
	"passerelle/internal/config"
	"passerelle/internal/seal"
	"passerelle/internal/store/pgtest"
	"passerelle/internal/webhook"
)

// serverOfTests is where tests find PostgreSQL; read before TestMain takes all that is configured away.
var serverOfTests = os.Getenv(pgtest.URLVar)

var keyKills = flag.Int("key-kills", 6, "how often TestRotationsKilled kills a rotation, on each engine")

// postgresDatabase gives a test an empty database of its own.
func postgresDatabase(t *testing.T) string {
	t.Helper()
	if serverOfTests != "" {
		if err := os.Setenv(pgtest.URLVar, serverOfTests); err != nil {
			t.Fatal(err)
		}
	}
	return pgtest.Empty(t)
}

// sealedWorld is an install with sealed values, and what they should be.
type sealedWorld struct {
	t    *testing.T
	data config.Data
	want map[int64]string
}

// newSealedWorld makes one with n values on a database.
func newSealedWorld(t *testing.T, database string, n int) *sealedWorld {
	t.Helper()
	w := &sealedWorld{t: t, data: config.Data{DataDir: dataDir(t), DatabaseURL: database}, want: make(map[int64]string)}
	w.add(n)
	return w
}

// args are those of a command on it.
func (w *sealedWorld) args(args ...string) []string {
	args = append(args, "--data-dir", w.data.DataDir)
	if w.data.DatabaseURL != "" {
		args = append(args, "--database-url", w.data.DatabaseURL)
	}
	return args
}

// add seals n more values with the key of the moment.
func (w *sealedWorld) add(n int) {
	w.t.Helper()
	db, _, err := openData(w.t.Context(), &w.data, slog.New(slog.DiscardHandler))
	if err != nil {
		w.t.Fatal(err)
	}
	for range n {
		i := len(w.want)
		a, err := db.InsertAuth(w.t.Context(), webhook.Auth{
			Domain: "d", Type: webhook.AuthHMAC, Name: fmt.Sprint(i), Created: time.Unix(int64(i), 0),
			Config: webhook.AuthConfig{SecretKey: bank.NewSecret(fmt.Sprintf("secret %d", i))},
		})
		if err != nil {
			w.t.Fatal(err)
		}
		w.want[a.ID] = fmt.Sprintf("secret %d", i)
	}
	if err := db.Close(); err != nil {
		w.t.Error(err)
	}
}

// check reads every value with the keyset as it is in the file, and gives its keys.
func (w *sealedWorld) check() seal.Keys {
	w.t.Helper()
	db, ring, err := openData(w.t.Context(), &w.data, slog.New(slog.DiscardHandler))
	if err != nil {
		w.t.Fatalf("open what was rotated: %v", err)
	}
	defer func() { _ = db.Close() }()
	list, err := db.ListAuths(w.t.Context(), "d")
	if err != nil || len(list) != len(w.want) {
		w.t.Fatalf("%d values, %v, want %d", len(list), err, len(w.want))
	}
	for _, a := range list {
		if got := a.Config.SecretKey.Reveal(); got != w.want[a.ID] {
			w.t.Fatalf("value %d is %q, want %q", a.ID, got, w.want[a.ID])
		}
	}
	return ring.Keys()
}

// onDatabases runs a test on each engine.
func onDatabases(t *testing.T, run func(t *testing.T, database string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); run(t, "") })
	t.Run("postgres", func(t *testing.T) { run(t, postgresDatabase(t)) })
}

// TestKeyCommands goes through a whole rotation as an operator would.
func TestKeyCommands(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, database string) {
		w := newSealedWorld(t, database, 100)
		first := w.check().Sealing
		list := object(t, w.args("key", "list", "--json")...)
		if keys := objects(list["keys"]); len(keys) != 1 || keys[0]["state"] != keySeals || fmt.Sprint(keys[0]["id"]) != fmt.Sprint(first) {
			t.Errorf("before: %v", list)
		}
		if a := command(t, w.args("key", "retire")...); a.code != exitOK || !strings.Contains(a.out, "nothing to take away") {
			t.Errorf("retire with one key: %+v", a)
		}
		a := command(t, w.args("key", "rotate", "--json")...)
		if a.code != exitOK {
			t.Fatalf("rotate: %+v", a)
		}
		rotated := decode(t, a.out)
		next := fmt.Sprint(rotated["key"])
		if fmt.Sprint(rotated["resealed"]) != "100" || next == fmt.Sprint(first) || fmt.Sprint(rotated["old_keys"]) != fmt.Sprintf("[%d]", first) {
			t.Errorf("rotate: %v", rotated)
		}
		var steps []string
		for lines := bufio.NewScanner(strings.NewReader(a.err)); lines.Scan(); {
			var n news
			if err := json.Unmarshal(lines.Bytes(), &n); err != nil {
				t.Errorf("progress %q: %v", lines.Text(), err)
			}
			steps = append(steps, n.Step)
		}
		if got := strings.Join(steps, " "); got != "added promoted resealed" {
			t.Errorf("progress: %s", got)
		}
		if keys := w.check(); fmt.Sprint(keys.Sealing) != next || len(keys.Held) != 2 {
			t.Errorf("after: %+v", keys)
		}
		status := object(t, w.args("key", "status", "--json")...)
		for _, n := range objects(status["sealed"]) {
			if fmt.Sprint(n["key"]) != next {
				t.Errorf("still sealed with another key: %v", n)
			}
		}
		if a := command(t, w.args("key", "retire")...); a.code != exitFailed || !strings.Contains(a.err, "--grace") {
			t.Errorf("retire at once: %+v", a)
		}
		if a := command(t, w.args("key", "retire", "--grace", "0s")...); a.code != exitOK || !strings.Contains(a.out, fmt.Sprint(first)) {
			t.Errorf("retire: %+v", a)
		}
		if keys := w.check(); len(keys.Held) != 1 || fmt.Sprint(keys.Sealing) != next {
			t.Errorf("after retiring: %+v", keys)
		}
		w.add(1)
		if a := command(t, w.args("key", "status")...); a.code != exitOK || !strings.Contains(a.out, "retired") || !strings.Contains(a.out, keySeals) {
			t.Errorf("status: %+v", a)
		}
	})
}

// TestRotateBesideService: a process that serves takes the new key up by itself, before anything is sealed with it, and lets the old one
// go without a restart.
func TestRotateBesideService(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t, "", 5)
	first := w.check().Sealing
	p := launch(t, nil, w.args("serve", "--listen", "127.0.0.1:0", "--test-bank", "off")...)
	p.line("listening on")
	rotated := object(t, w.args("key", "rotate", "--json")...)
	processes := objects(object(t, w.args("key", "status", "--json")...)["processes"])
	if len(processes) != 1 || fmt.Sprint(processes[0]["sealing"]) != fmt.Sprint(rotated["key"]) {
		t.Errorf("the serving process says %v, want it to seal with %v", processes, rotated["key"])
	}
	if said := p.err.String(); !strings.Contains(said, "the keyset was read again") || strings.Contains(said, "ERROR") {
		t.Errorf("the service said: %s", said)
	}
	a := command(t, w.args("key", "retire", "--grace", "0s", "--json")...)
	if a.code != exitOK || !strings.Contains(a.out, fmt.Sprint(first)) {
		t.Errorf("retire: %+v", a)
	}
	if code := p.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
	if processes := objects(object(t, w.args("key", "status", "--json")...)["processes"]); len(processes) != 0 {
		t.Errorf("after the stop: %v", processes)
	}
	if keys := w.check(); len(keys.Held) != 1 {
		t.Errorf("keys: %+v", keys)
	}
}

// TestKeyOfAnotherCopy: a process that reads a copy of the keyset, as on another machine, holds a rotation up until the copy is brought
// up to date, and nothing is sealed with the new key before.
func TestKeyOfAnotherCopy(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t, "", 3)
	first := w.check().Sealing
	original := w.data.KeysetPath()
	copied := filepath.Join(t.TempDir(), "copy.json")
	hand := func() {
		t.Helper()
		content, err := os.ReadFile(original)
		if err == nil {
			err = os.WriteFile(copied+".new", content, 0o600)
		}
		if err == nil {
			err = os.Rename(copied+".new", copied)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	hand()
	p := launch(t, nil, w.args("serve", "--listen", "127.0.0.1:0", "--test-bank", "off", "--keyset", copied)...)
	p.line("listening on")
	rotation := launch(t, nil, w.args("key", "rotate", "--json")...)
	for until := time.Now().Add(patience); !strings.Contains(rotation.err.String(), "waiting_for"); {
		if time.Now().After(until) {
			t.Fatalf("the rotation does not wait: %s", rotation.err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if keys := w.check(); keys.Sealing != first || len(keys.Held) != 2 {
		t.Errorf("while it waits: %+v, want %d to seal", keys, first)
	}
	// It is killed, and the next one goes on with the same key.
	if err := rotation.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	rotation.exit()
	hand()
	v := object(t, w.args("key", "rotate", "--json")...)
	if keys := w.check(); len(keys.Held) != 2 || fmt.Sprint(keys.Sealing) != fmt.Sprint(v["key"]) {
		t.Errorf("after: %+v, want no third key", keys)
	}
	if code := p.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
	// The copy names the old key as the one that seals; what the database says counts.
	again := config.Data{DataDir: w.data.DataDir, Keyset: copied}
	db, ring, err := openData(t.Context(), &again, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	if got := ring.Keys().Sealing; fmt.Sprint(got) != fmt.Sprint(v["key"]) {
		t.Errorf("with the copy %d seals, want %v", got, v["key"])
	}
}

// TestRotationsKilled kills rotations and retirings at random moments (F19): afterwards every value opens with the keyset that is there,
// nothing was lost, and the next run goes on.
func TestRotationsKilled(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, database string) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		chance := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // moments of kills
		w := newSealedWorld(t, database, 400)
		killed, ended := 0, 0
		for i := range *keyKills {
			args := w.args("key", "rotate")
			if i%3 == 2 {
				args = w.args("key", "retire", "--grace", "0s")
			}
			p := launch(t, nil, args...)
			timer := time.NewTimer(time.Duration(60+chance.IntN(500)) * time.Millisecond)
			select {
			case <-p.exited:
				ended++
			case <-timer.C:
				_ = p.cmd.Process.Kill()
				killed++
			}
			timer.Stop()
			p.exit()
			w.check()
			w.add(1)
		}
		v := object(t, w.args("key", "rotate", "--json")...)
		if a := command(t, w.args("key", "retire", "--grace", "0s")...); a.code != exitOK {
			t.Fatalf("retire: %+v", a)
		}
		if keys := w.check(); len(keys.Held) != 1 || fmt.Sprint(keys.Sealing) != fmt.Sprint(v["key"]) {
			t.Errorf("in the end: %+v, want %v alone", keys, v["key"])
		}
		t.Logf("%d killed, %d ended by themselves, %d values open", killed, ended, len(w.want))
	})
}

// TestRotationsAtOnce: of two that are begun together one waits for the other, and no key is lost.
func TestRotationsAtOnce(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t, "", 50)
	var started []*program
	for range 3 {
		started = append(started, launch(t, nil, w.args("key", "rotate")...))
	}
	for _, p := range started {
		if code := p.exit(); code != exitOK {
			t.Errorf("exit %d: %s", code, p.err)
		}
	}
	if keys := w.check(); len(keys.Held) != 4 {
		t.Errorf("%+v, want the first key and three more", keys)
	}
}

// TestUnusableKeysets: whatever is wrong with a keyset, a start names the file and the remedy, and changes nothing.
func TestUnusableKeysets(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	onDatabases(t, func(t *testing.T, database string) {
		w := newSealedWorld(t, database, 2)
		file := w.data.KeysetPath()
		good, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		other := newSealedWorld(t, "", 0)
		otherKeys, err := os.ReadFile(other.data.KeysetPath())
		if err != nil {
			t.Fatal(err)
		}
		for name, tt := range map[string]struct {
			content []byte
			mode    os.FileMode
			says    string
		}{
			"gone":           {nil, 0, "restore"},
			"another":        {otherKeys, 0o600, "restore"},
			"empty":          {[]byte{}, 0o600, "restore"},
			"short":          {good[:len(good)-40], 0o600, "restore"},
			"world-readable": {good, 0o644, "chmod 600"},
		} {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if tt.content != nil {
				if err := os.WriteFile(file, tt.content, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(file, tt.mode); err != nil {
					t.Fatal(err)
				}
			}
			before := w.contents()
			for _, args := range [][]string{{"key", "rotate"}, {"serve", "--listen", "127.0.0.1:0", "--test-bank", "off"}} {
				a := command(t, w.args(args...)...)
				if a.code != exitFailed || !strings.Contains(a.err, file) || !strings.Contains(a.err, tt.says) {
					t.Errorf("%s, %v: exit %d, %q, want it to name %s and to say %q", name, args, a.code, a.err, file, tt.says)
				}
			}
			if after := w.contents(); after != before {
				t.Errorf("%s: what is stored was changed", name)
			}
			if tt.content == nil {
				if _, err := os.Stat(file); err == nil {
					t.Errorf("%s: a keyset was made", name)
				}
			} else if after, err := os.ReadFile(file); err != nil || !bytes.Equal(after, tt.content) {
				t.Errorf("%s: the keyset was changed (%v)", name, err)
			}
			if err := os.WriteFile(file, good, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		w.check()
	})
}

// TestWrappedKeyset wraps an install's keyset with a program, rotates it, and refuses a start without the program.
func TestWrappedKeyset(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a shell is needed")
	}
	w := newSealedWorld(t, "", 3)
	program := filepath.Join(t.TempDir(), "wrap.sh")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nif [ \"$1\" = wrap ]; then exec base64; fi\nexec base64 -d\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	uri := "exec:" + program
	if a := command(t, "key", "wrap", "--data-dir", w.data.DataDir); a.code != exitFailed || !strings.Contains(a.err, "--keyset-kms-uri") {
		t.Errorf("wrap with nothing: %+v", a)
	}
	if a := command(t, "key", "wrap", "--data-dir", w.data.DataDir, "--keyset-kms-uri", uri); a.code != exitOK {
		t.Fatalf("wrap: %+v", a)
	}
	if a := command(t, w.args("key", "list")...); a.code != exitFailed || !strings.Contains(a.err, "--keyset-kms-uri") {
		t.Errorf("without the address: %+v", a)
	}
	w.data.KeysetKMSURI = uri
	w.check()
	if a := command(t, w.args("key", "rotate", "--keyset-kms-uri", uri)...); a.code != exitOK {
		t.Fatalf("rotate: %+v", a)
	}
	if content, err := os.ReadFile(w.data.KeysetPath()); err != nil || bytes.Contains(content, []byte("keyData")) || !bytes.Contains(content, []byte(uri)) {
		t.Errorf("after a rotation the file is not wrapped (%v)", err)
	}
	if keys := w.check(); len(keys.Held) != 2 {
		t.Errorf("keys: %+v", keys)
	}
	if a := command(t, "key", "wrap", "--data-dir", w.data.DataDir, "--from", uri, "--in-clear"); a.code != exitOK {
		t.Fatalf("unwrap: %+v", a)
	}
	w.data.KeysetKMSURI = ""
	w.check()
}

// contents is everything that is stored, in one text.
func (w *sealedWorld) contents() string {
	w.t.Helper()
	if w.data.DatabaseURL != "" {
		return dumped(w.t, w.data.DatabaseURL)
	}
	var out strings.Builder
	for _, name := range []string{databaseName, databaseName + "-wal"} {
		f, err := os.Open(filepath.Join(w.data.DataDir, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			w.t.Fatal(err)
		}
		_, err = io.Copy(&out, f)
		if closing := f.Close(); err == nil {
			err = closing
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return out.String()
}

// dumped is every row of every table of a PostgreSQL database, in one text.
func dumped(t *testing.T, url string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(names) < 10 {
		t.Fatalf("tables: %v, %v", names, err)
	}
	var out strings.Builder
	for _, name := range names {
		var text string
		err := conn.QueryRow(ctx, fmt.Sprintf("SELECT coalesce(string_agg(t::text, '\n' ORDER BY t::text), '') FROM %s t", name)).Scan(&text)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s\n%s\n", name, text)
	}
	return out.String()
}
