//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFullDisk (F12) gives the service a disk of a few megabytes and fills it: what cannot be stored is refused with a time to retry, what
// is read is answered, readiness says so; with room again everything works that was acknowledged, and the database is whole.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Fatal("the small disk that this needs can be mounted by root alone: run the tests as root, as in a container")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		if errors.Is(err, syscall.EPERM) {
			t.Fatalf("this machine lets nobody mount the small disk that this needs: in a container, allow it (CAP_SYS_ADMIN): %v", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	data := filepath.Join(dir, "data")
	made := object(t, "client", "create", "--name", "Budget", "--redirect-uri", callbackURI, "--json", "--data-dir", data)
	p, address := serve(t, data)
	init := fmt.Sprintf(`{"client_id":"%v","client_secret":"%v"}`, made["client_id"], made["client_secret"])
	user := func() (int, string) {
		status, body := fetch(t, http.MethodPost, address+"/2.0/auth/init", strings.NewReader(init), "Content-Type", "application/json")
		return status, body
	}
	var tokens []string
	take := func(body string) {
		token, _ := decode(t, body)["auth_token"].(string)
		tokens = append(tokens, token)
	}
	for range 20 {
		status, body := user()
		if status != http.StatusOK {
			t.Fatalf("with room: %d %s", status, body)
		}
		take(body)
	}
	fill(t, filepath.Join(dir, "filler"))
	refused := 0
	for range 3000 {
		status, body := user()
		if status == http.StatusOK {
			take(body)
			continue
		}
		if status != http.StatusServiceUnavailable {
			t.Fatalf("on a full disk: %d %s", status, body)
		}
		if refused++; refused == 5 {
			break
		}
	}
	if refused < 5 {
		t.Fatalf("%d users were stored on a full disk", len(tokens))
	}
	if status, body := fetch(t, http.MethodGet, address+"/2.0/users/me", nil, "Authorization", "Bearer "+tokens[0]); status != http.StatusOK {
		t.Errorf("a read on a full disk: %d %s", status, body)
	}
	if status, body := fetch(t, http.MethodGet, address+"/readyz", nil); status != http.StatusServiceUnavailable || !strings.Contains(body, "store") {
		t.Errorf("readiness on a full disk: %d %s", status, body)
	}
	if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
		t.Fatal(err)
	}
	if status, body := fetch(t, http.MethodGet, address+"/readyz", nil); status != http.StatusOK {
		t.Errorf("readiness with room again: %d %s", status, body)
	}
	for i, token := range tokens {
		if status, body := fetch(t, http.MethodGet, address+"/2.0/users/me", nil, "Authorization", "Bearer "+token); status != http.StatusOK {
			t.Errorf("acknowledged user %d of %d is lost: %d %s", i, len(tokens), status, body)
		}
	}
	if status, body := user(); status != http.StatusOK {
		t.Errorf("a write with room again: %d %s", status, body)
	}
	t.Logf("%d users were acknowledged, %d refused", len(tokens), refused)
	if code := p.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
	w := &world{t: t, dir: data}
	if got := column(t, w.database(), "PRAGMA integrity_check"); len(got) != 1 || got[0] != "ok" {
		t.Errorf("integrity: %v", got)
	}
}

// fill writes a file until the disk is full.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for block := make([]byte, 64<<10); len(block) > 0; {
		if _, err = f.Write(block); err != nil {
			block = block[:len(block)/2]
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
}

// TestNoFilesLeft takes the service's open files away while it serves (F32): it goes on answering whom it knows, spends nothing on
// waiting, and takes newcomers again once it may.
func TestNoFilesLeft(t *testing.T) {
	t.Parallel()
	prlimit, err := exec.LookPath("prlimit")
	if err != nil {
		t.Fatal("prlimit, which takes open files away from a process, is not installed (Debian: apt-get install util-linux)")
	}
	p, address := serve(t, dataDir(t))
	pid := strconv.Itoa(p.cmd.Process.Pid)
	known := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}, Timeout: patience}
	ask := func() int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/readyz", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := known.Do(req)
		if err != nil {
			t.Errorf("the connection that was there: %v", err)
			return 0
		}
		defer func() { _ = res.Body.Close() }()
		var rest [4096]byte
		for err == nil {
			_, err = res.Body.Read(rest[:])
		}
		return res.StatusCode
	}
	if got := ask(); got != http.StatusOK {
		t.Fatalf("before: got %d", got)
	}
	open, err := os.ReadDir("/proc/" + pid + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	set := func(files int) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), prlimit, "--pid", pid, fmt.Sprintf("--nofile=%d:", files)).CombinedOutput(); err != nil {
			t.Fatalf("prlimit: %v: %s", err, out)
		}
	}
	set(len(open))
	before := cpu(t, pid)
	var newcomers []net.Conn
	for range 20 {
		c, err := net.DialTimeout("tcp", strings.TrimPrefix(address, "http://"), patience) // the system's queue takes it
		if err != nil {
			t.Fatal(err)
		}
		newcomers = append(newcomers, c)
	}
	began := time.Now()
	for ask() != http.StatusServiceUnavailable {
		if time.Since(began) > patience {
			t.Fatal("readiness does not say that no connection can be taken")
		}
	}
	set(4096)
	for began = time.Now(); ask() != http.StatusOK; {
		if time.Since(began) > patience {
			t.Fatal("readiness does not come back")
		}
	}
	if status, body := fetch(t, http.MethodGet, address+"/healthz", nil); status != http.StatusOK {
		t.Errorf("a newcomer with files again: %d %s", status, body)
	}
	t.Logf("%v of processor time meanwhile", cpu(t, pid)-before)
	for _, c := range newcomers {
		_ = c.Close()
	}
	if code := p.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
}

// cpu is the processor time that a process has used.
func cpu(t *testing.T, pid string) time.Duration {
	t.Helper()
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
