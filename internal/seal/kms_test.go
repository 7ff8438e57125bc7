package seal_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/seal"
)

const (
	kmsVariable = "SEAL_TEST_KMS_TOKEN"
	kmsKey      = "passerelle"
)

// serveKMS plays a key management service in a process of its own: Vault's transit engine, as far as its documentation says, with
// one key that goes with the process. It prints its address.
func serveKMS(token string) error {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return err
	}
	type body struct {
		Plaintext      *string `json:"plaintext,omitempty"`
		Ciphertext     *string `json:"ciphertext,omitempty"`
		AssociatedData string  `json:"associated_data,omitempty"`
	}
	answer := func(w http.ResponseWriter, r *http.Request, do func(in body, ad []byte) (body, error)) {
		if r.Header.Get("X-Vault-Token") != token {
			http.Error(w, `{"errors":["permission denied"]}`, http.StatusForbidden)
			return
		}
		var in body
		ad, adErr := []byte(nil), error(nil)
		err := json.NewDecoder(r.Body).Decode(&in)
		if err == nil {
			ad, adErr = base64.StdEncoding.DecodeString(in.AssociatedData)
		}
		out, doErr := body{}, error(nil)
		if err == nil && adErr == nil {
			out, doErr = do(in, ad)
		}
		if err != nil || adErr != nil || doErr != nil {
			http.Error(w, `{"errors":["cipher: message authentication failed"]}`, http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"request_id": "1", "data": out})
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/transit/encrypt/"+kmsKey, func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, func(in body, ad []byte) (body, error) {
			plain, err := base64.StdEncoding.DecodeString(*in.Plaintext)
			sealed := "vault:v1:" + base64.StdEncoding.EncodeToString(gcm.Seal(nil, nil, plain, ad))
			return body{Ciphertext: &sealed}, err
		})
	})
	mux.HandleFunc("POST /v1/transit/decrypt/"+kmsKey, func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, func(in body, ad []byte) (body, error) {
			sealed, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(*in.Ciphertext, "vault:v1:"))
			if err != nil {
				return body{}, err
			}
			plain, err := gcm.Open(nil, nil, sealed, ad)
			text := base64.StdEncoding.EncodeToString(plain)
			return body{Plaintext: &text}, err
		})
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return (&http.Server{Handler: mux, ReadHeaderTimeout: time.Second}).Serve(l)
}

// kms starts the service and gives its address and what ends it.
func kms(t *testing.T, token string) (address string, stop func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), kmsVariable+"="+token)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the service did not start: %v", err)
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	t.Cleanup(stop)
	return strings.TrimSpace(line), stop
}

func transit(t *testing.T, address, token string) seal.Wrapper {
	t.Helper()
	w, err := seal.KMS{
		URI:    "hcvault+http://" + address + "/transit/keys/" + kmsKey,
		Client: &http.Client{Timeout: 10 * time.Second},
		Token:  func() (bank.Secret, error) { return bank.NewSecret(token), nil },
	}.Wrapper()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestWrappedByTransit keeps a keyset wrapped by a service through a whole rotation.
func TestWrappedByTransit(t *testing.T) {
	t.Parallel()
	address, stop := kms(t, "t0ken")
	f := seal.File{Path: filepath.Join(t.TempDir(), "keyset.json"), Wrap: transit(t, address, "t0ken")}
	ring, created, err := f.OpenOrCreate(t.Context())
	if err != nil || !created {
		t.Fatalf("OpenOrCreate = %v, %v", created, err)
	}
	sealed := sealedBy(t, ring, "secret")
	content, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(content, []byte(`"aead"`)) || bytes.Contains(content, []byte("keyData")) || !bytes.Contains(content, []byte("hcvault")) {
		t.Errorf("the file holds keys in clear, or does not say what wraps it: %s", content)
	}
	id, err := f.Add(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Promote(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	wantOpen(t, ring, sealedBy(t, opened(t, f), "new"), "new")
	for name, tt := range map[string]struct {
		file seal.File
		want string
	}{
		"without the service":  {seal.File{Path: f.Path}, "keyset-kms-uri"},
		"with another token":   {seal.File{Path: f.Path, Wrap: transit(t, address, "other")}, "403"},
		"in clear but wrapped": {seal.File{Path: keyset(t).Path, Wrap: f.Wrap}, "key wrap"},
	} {
		if _, err := tt.file.Open(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.file.Path) {
			t.Errorf("%s: %v, want it to say %q", name, err, tt.want)
		}
	}
	// Another service has another key; one that is gone has none: a start is refused, the ring that runs goes on.
	second, _ := kms(t, "t0ken")
	if _, err := (seal.File{Path: f.Path, Wrap: transit(t, second, "t0ken")}).Open(t.Context()); err == nil || !strings.Contains(err.Error(), "400") {
		t.Errorf("another service's key: %v", err)
	}
	if err := f.Rewrap(t.Context(), transit(t, second, "t0ken")); err != nil {
		t.Fatal(err)
	}
	wantOpen(t, opened(t, seal.File{Path: f.Path, Wrap: transit(t, second, "t0ken")}), sealed, "secret")
	stop()
	if _, err := f.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "reachable") {
		t.Errorf("the service is gone: %v", err)
	}
	wantOpen(t, ring, sealed, "secret")
}

// script writes a program for exec:.
func script(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a shell is needed")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "wrap.sh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWrappedByProgram speaks the protocol of exec: with a shell.
func TestWrappedByProgram(t *testing.T) {
	t.Setenv("PASSERELLE_SECRET_OF_OURS", "CANARY")
	path := script(t, `case "$1" in
wrap) printf 'W:%s:' "$PASSERELLE_ASSOCIATED_DATA"; printf '%s:' "$PASSERELLE_SECRET_OF_OURS"; exec base64 ;;
unwrap) exec sed 's/^W:[^ ]*:://' | base64 -d ;;
*) exit 64 ;;
esac`, 0o700)
	w, err := seal.KMS{URI: "exec:" + path}.Wrapper()
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := w.Wrap(t.Context(), []byte("the keys"), []byte("place"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(wrapped); !strings.HasPrefix(got, "W:place::") || strings.Contains(got, "CANARY") {
		t.Errorf("the program saw %q: want the associated data, and none of our variables", got)
	}
	if got, err := w.Unwrap(t.Context(), wrapped, []byte("place")); err != nil || string(got) != "the keys" {
		t.Errorf("Unwrap = %q, %v", got, err)
	}
	for name, tt := range map[string]struct{ text, want string }{
		"fails":        {"echo SECRET-ON-STDERR >&2; exit 7", "exit code 7"},
		"says nothing": {"cat > /dev/null", "wrote nothing"},
		"floods":       {"exec yes", "wrote too much"},
	} {
		w, err := seal.KMS{URI: "exec:" + script(t, tt.text, 0o700)}.Wrapper()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Unwrap(t.Context(), []byte("x"), nil); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", name, err)
		} else if name != "floods" && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want it to say %q", name, err, tt.want)
		}
	}
}

// TestProgramHangs: one that does not end is ended in its time, whatever the caller's, and with it what it waits for.
func TestProgramHangs(t *testing.T) {
	t.Parallel()
	left := filepath.Join(t.TempDir(), "left")
	hangs, err := seal.KMS{URI: "exec:" + script(t, "sleep 3600 & echo $! > "+left+"\nwait", 0o700), Within: 300 * time.Millisecond}.Wrapper()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hangs.Unwrap(t.Context(), []byte("x"), nil); err == nil || !strings.Contains(err.Error(), "in time") {
		t.Errorf("a program that hangs: %v", err)
	}
	wantEnded(t, left)
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	patient, err := seal.KMS{URI: "exec:" + script(t, "exec sleep 60", 0o700)}.Wrapper()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := patient.Unwrap(short, []byte("x"), nil); err == nil || !strings.Contains(err.Error(), "in time") {
		t.Errorf("a program that hangs, and a caller that does not wait: %v", err)
	}
}

// TestProgramLeavesSomebody: what a program that ended leaves behind with its pipes is ended too.
func TestProgramLeavesSomebody(t *testing.T) {
	t.Parallel()
	left := filepath.Join(t.TempDir(), "left")
	w, err := seal.KMS{URI: "exec:" + script(t, "sleep 3600 & echo $! > "+left+"\ncat", 0o700)}.Wrapper()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Unwrap(t.Context(), []byte("x"), nil); err == nil {
		t.Error("a program that leaves somebody behind with its pipes was taken")
	}
	wantEnded(t, left)
}

// wantEnded waits until the process whose number is in a file is gone, or dead and not yet taken off the list.
func wantEnded(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid := strings.TrimSpace(string(text))
	for until := time.Now().Add(20 * time.Second); ; {
		out, err := exec.CommandContext(t.Context(), "ps", "-o", "stat=", "-p", pid).Output() //nolint:gosec // a number
		if state := strings.TrimSpace(string(out)); err != nil || strings.HasPrefix(state, "Z") {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("the process %s of the program goes on", pid)
		}
		time.Sleep(10 * time.Millisecond) //nolint:forbidigo // a process that is not our child tells nobody of its end
	}
}

// TestProgramFolder: one that others could replace is refused.
func TestProgramFolder(t *testing.T) {
	t.Parallel()
	for mode, want := range map[os.FileMode]string{
		0o700: "", 0o755: "", 0o777: "chmod go-w", 0o775: "chmod go-w", 0o777 | os.ModeSticky: "",
	} {
		path := script(t, "cat", 0o700)
		dir := filepath.Dir(path)
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		// The link's own folder is in order.
		link := filepath.Join(filepath.Dir(script(t, "", 0o700)), "link")
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{path, link} {
			_, err := seal.KMS{URI: "exec:" + p}.Wrapper()
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want+" "+dir)) {
				t.Errorf("a folder with mode %v: %v, want %q", mode, err, want)
			}
		}
	}
	if os.Geteuid() != 0 {
		return // who is not root gives nothing away
	}
	path := script(t, "cat", 0o755)
	for _, what := range []string{path, filepath.Dir(path)} {
		if err := os.Chown(what, 4711, -1); err != nil {
			t.Fatal(err)
		}
		if _, err := (seal.KMS{URI: "exec:" + path}).Wrapper(); err == nil || !strings.Contains(err.Error(), "user 4711") {
			t.Errorf("%s of another user: %v", what, err)
		}
		if err := os.Chown(what, 0, -1); err != nil {
			t.Fatal(err)
		}
	}
}

func TestKMSAddresses(t *testing.T) {
	t.Parallel()
	writable, plain := script(t, "", 0o722), script(t, "", 0o600)
	for uri, want := range map[string]string{
		"hcvault://vault.example:8200/transit/keys/p":      "",
		"hcvault+http://127.0.0.1:8200/transit/keys/p":     "",
		"hcvault+http://vault.example/transit/keys/p":      "plain http",
		"hcvault://vault.example/transit/p":                "no address of a key",
		"hcvault://user:pw@vault.example/transit/keys/p":   "no address of a key",
		"hcvault://vault.example/transit/keys/p?token=abc": "no address of a key",
		"aws-kms://arn:aws:kms:eu-west-1:1:key/1":          "",
		"gcp-kms://projects/p/locations/l":                 "not built in",
		"https://vault.example/transit/keys/p":             "begins neither",
		"exec:wrap.sh":                                     "whole path",
		"exec:/no/such/program":                            "not there",
		"exec:" + writable:                                 "chmod go-w",
		"exec:" + plain:                                    "chmod u+x",
	} {
		_, err := seal.KMS{URI: uri}.Wrapper()
		if strings.HasPrefix(uri, "aws-kms") {
			if err == nil {
				t.Errorf("%s was taken", uri)
			}
			continue
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", uri, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "pw") {
			t.Errorf("%s: the refusal quotes the password: %v", uri, err)
		}
	}
}
