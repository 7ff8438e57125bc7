//go:build linux || darwin

package external

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"passerelle/internal/connector"
)

// handshakes are programs that go wrong before they are asked anything.
var handshakes = map[string]func(nonce string){ //nolint:gochecknoglobals // a table
	"other nonce":     func(string) { fmt.Println(`{"protocol":1,"id":"toy","nonce":"x"}`); sleep() },
	"other id":        func(n string) { fmt.Printf(`{"protocol":1,"id":"other","nonce":%q}`+"\n", n); sleep() },
	"other version":   func(n string) { fmt.Printf(`{"protocol":2,"id":"toy","nonce":%q}`+"\n", n); sleep() },
	"greets people":   func(string) { fmt.Println("Welcome to my connector!"); sleep() },
	"dies at once":    func(string) { os.Exit(3) },
	"no handshake":    func(string) { sleep() },
	"endless line":    func(string) { flood([]byte(strings.Repeat("x", 4096))) },
	"endless newline": func(string) { flood([]byte(strings.Repeat("\n", 4096))) },
}

func sleep() { time.Sleep(time.Hour) }

func flood(with []byte) {
	for {
		if _, err := os.Stdout.Write(with); err != nil {
			os.Exit(1)
		}
	}
}

func fails(code string) func(int64, json.RawMessage) {
	return func(id int64, _ json.RawMessage) {
		fmt.Printf(`{"jsonrpc":"2.0","id":%d,"error":{"code":-32000,"message":"m","data":{"code":%q,"user_text":"the \u202ebank says","retry_after":60}}}`+"\n", id, code)
	}
}

func answers(result string) func(int64, json.RawMessage) {
	return func(id int64, _ json.RawMessage) { say(id, result) }
}

// behaviours are answers to begin.
var behaviours = map[string]func(id int64, params json.RawMessage){ //nolint:gochecknoglobals // a table
	"good":            answers(toyDone),
	"bad_credentials": fails("bad_credentials"),
	"no such code":    fails("made_up"),
	"other id later":  func(id int64, _ json.RawMessage) { say(id+1, toyDone) },
	"id as text": func(id int64, _ json.RawMessage) {
		fmt.Printf(`{"jsonrpc":"2.0","id":"%d","result":%s}`+"\n", id, toyDone)
	},
	"twice": func(id int64, _ json.RawMessage) { say(id, toyDone); say(id, toyDone) },
	"both": func(id int64, _ json.RawMessage) {
		fmt.Printf(`{"jsonrpc":"2.0","id":%d,"result":{},"error":{"code":1,"message":""}}`+"\n", id)
	},
	"neither":          func(id int64, _ json.RawMessage) { fmt.Printf(`{"jsonrpc":"2.0","id":%d}`+"\n", id) },
	"not JSON-RPC":     func(id int64, _ json.RawMessage) { fmt.Printf(`{"id":%d,"result":%s}`+"\n", id, toyDone) },
	"not JSON":         func(int64, json.RawMessage) { fmt.Println("Traceback (most recent call last):") },
	"deep":             func(int64, json.RawMessage) { fmt.Println(strings.Repeat("[", 200_000)) },
	"notifies":         func(id int64, _ json.RawMessage) { notify(noticeAccount, toyAccount("12345678")); say(id, toyDone) },
	"dies":             func(int64, json.RawMessage) { os.Exit(7) },
	"is killed":        func(int64, json.RawMessage) { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) },
	"says nothing":     func(int64, json.RawMessage) {},
	"hangs":            func(int64, json.RawMessage) { sleep() },
	"lingers":          func(id int64, _ json.RawMessage) { say(id, toyDone); sleep() },
	"floods":           func(int64, json.RawMessage) { flood([]byte(strings.Repeat("x", 1<<16))) },
	"floods in lines":  func(int64, json.RawMessage) { flood([]byte(strings.Repeat("\n", 1<<16))) },
	"misspelt":         answers(`{"done":{"sesion":"eA==","owner":"a"}}`),
	"two forms":        answers(`{"state":"eA==","wait":{},"redirect":{"url":"https://bank.example/"}}`),
	"no form":          answers(`{"state":"eA=="}`),
	"null":             answers(`null`),
	"a list":           answers(`[]`),
	"no state":         answers(`{"wait":{}}`),
	"huge state":       answers(`{"state":"` + strings.Repeat("AAAA", 30_000) + `","wait":{}}`),
	"no base64":        answers(`{"state":"***","wait":{}}`),
	"plain http":       answers(`{"state":"eA==","redirect":{"url":"http://bank.example/"}}`),
	"script address":   answers(`{"state":"eA==","redirect":{"url":"javascript:alert(1)"}}`),
	"user in address":  answers(`{"state":"eA==","redirect":{"url":"https://a:b@bank.example/"}}`),
	"svg image":        answers(`{"state":"eA==","ask":{"fields":[{"name":"c","label":{"en":"C"},"type":"otp"}],"image":"PHN2Zz48L3N2Zz4=","image_alt":"x"}}`),
	"asks nothing":     answers(`{"state":"eA==","ask":{"fields":[]}}`),
	"bad pattern":      answers(`{"state":"eA==","ask":{"fields":[{"name":"c","label":{"en":"C"},"type":"text","pattern":"("}]}}`),
	"no label":         answers(`{"state":"eA==","ask":{"fields":[{"name":"c","label":{},"type":"text"}]}}`),
	"empty pick":       answers(`{"state":"eA==","pick":{"accounts":[]}}`),
	"done without":     answers(`{"done":{"session":"","owner":""}}`),
	"no time":          answers(`{"state":"eA==","deadline":"tomorrow","wait":{}}`),
	"polls at once":    answers(`{"state":"eA==","wait":{"poll_after":0}}`),
	"polls never":      answers(`{"state":"eA==","wait":{"poll_after":2000000000}}`),
	"code that stays":  answers(`{"state":"eA==","ask":{"fields":[{"name":"c","label":{"en":"C"},"type":"otp"}],"message":"hello\u0000\u202e <b>"}}`),
	"tells everything": tells,
	"looks around":     looksAround,
	"leaves children":  leavesChildren,
	"nests folders":    nestsFolders,
	"eats memory":      eatsMemory,
	"one account": func(id int64, _ json.RawMessage) {
		notify(noticeAccount, toyAccount("12345678"))
		notify(noticeTransaction, toyTransaction("12345678", "-3.00"))
		notify(noticeTransaction, toyTransaction("12345678", "-3.00"))
		say(id, `{}`)
	},
	"account twice": func(id int64, _ json.RawMessage) {
		notify(noticeAccount, toyAccount("12345678"))
		notify(noticeAccount, toyAccount("12345678"))
		say(id, `{}`)
	},
	"no account": func(id int64, _ json.RawMessage) {
		notify(noticeTransaction, toyTransaction("12345678", "-3.00"))
		say(id, `{}`)
	},
	"unwanted": func(id int64, _ json.RawMessage) {
		notify(noticeAccount, toyAccount("87654321"))
		notify(noticeTransaction, toyTransaction("87654321", "-3.00"))
		say(id, `{}`)
	},
	"exponent": func(id int64, _ json.RawMessage) {
		notify(noticeAccount, toyAccount("12345678"))
		notify(noticeTransaction, toyTransaction("12345678", "1e300"))
		say(id, `{}`)
	},
	"odd key": func(id int64, _ json.RawMessage) { notify(noticeAccount, toyAccount("../../etc")); say(id, `{}`) },
	"endless accounts": func(int64, json.RawMessage) {
		for n := 0; ; n++ {
			notify(noticeAccount, toyAccount(fmt.Sprintf("key-%08d", n)))
		}
	},
	"other notice": func(id int64, _ json.RawMessage) { notify("balance", `{}`); say(id, `{}`) },
}

// tells writes everything that it knows to its standard error, in every shape.
func tells(id int64, params json.RawMessage) {
	var p beginParams
	_ = json.Unmarshal(params, &p)
	secret := p.Values["password"]
	fmt.Fprintf(os.Stderr, "password=%s %q %x\n%s\nprevious %s\n", secret, secret, "x", params, p.Previous)
	for n := range 100 {
		fmt.Fprintf(os.Stderr, "line %d %s\n", n, strings.Repeat("y", 1000))
	}
	fmt.Printf(`{"jsonrpc":"2.0","id":%d,"error":{"code":-32000,"message":%q,"data":{"code":"bad_credentials","field":%q,"user_text":%q}}}`+"\n", id, secret, secret, "wrong: "+secret)
}

// looksAround reports what it can see, as the bank's text.
func looksAround(id int64, _ json.RawMessage) {
	var seen []string
	seen = append(seen, os.Environ()...)
	here, _ := os.Getwd()
	list, _ := os.ReadDir(".")
	seen = append(seen, fmt.Sprintf("folder=%s files=%d", here, len(list)))
	for fd := 3; fd < 64; fd++ {
		if name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd)); err == nil && !strings.Contains(name, "anon_inode") {
			seen = append(seen, "fd="+name)
		}
	}
	var l syscall.Rlimit
	_ = syscall.Getrlimit(syscall.RLIMIT_CORE, &l)
	seen = append(seen, fmt.Sprintf("core=%d", l.Cur))
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "NoNewPrivs") || strings.HasPrefix(line, "CapEff") || strings.HasPrefix(line, "CapPrm") || strings.HasPrefix(line, "CapAmb") {
			seen = append(seen, strings.Join(strings.Fields(line), ""))
		}
	}
	if stat, err := os.ReadFile("/proc/self/stat"); err == nil {
		// Behind the name: state, parent, group, session, terminal (proc(5)).
		_, rest, _ := strings.Cut(string(stat), ") ")
		if f := strings.Fields(rest); len(f) > 4 {
			seen = append(seen, fmt.Sprintf("leads=%v terminal=%s", f[3] == strconv.Itoa(os.Getpid()), f[4]))
		}
	}
	fmt.Fprintln(os.Stderr, strings.Join(seen, "\n"))
	say(id, toyDone)
}

// nestsFolders leaves folders in folders that nobody may read, deeper than the service has descriptors.
func nestsFolders(id int64, _ json.RawMessage) {
	for range 1200 {
		if os.Mkdir("d", 0o700) != nil || os.WriteFile("f", []byte("x"), 0o400) != nil || os.Chdir("d") != nil {
			break
		}
	}
	_ = os.Mkdir("shut", 0o700)
	_ = os.WriteFile("shut/f", nil, 0o000)
	_ = os.Symlink("/etc", "shut/link")
	_ = os.Chmod("shut", 0)
	say(id, toyDone)
}

// leavesChildren starts a process that holds on to the pipes and to a listener, and dies.
func leavesChildren(_ int64, params json.RawMessage) {
	var p beginParams
	_ = json.Unmarshal(params, &p)
	child := exec.Command("/bin/sleep", "3600") //nolint:noctx // meant to stay
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil { //nolint:noctx // likewise
		defer func() { _ = l.Close() }()
	}
	_ = child.Start()
	fmt.Fprintf(os.Stderr, "child=%d\n", child.Process.Pid)
	os.Exit(1)
}

func eatsMemory(id int64, _ json.RawMessage) {
	var all [][]byte
	for range 64 {
		b := make([]byte, 64<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		all = append(all, b)
	}
	say(id, fmt.Sprintf(`{"done":{"session":"eA==","owner":"%d"}}`, len(all)))
}

// TestHostile wants each program to end as an error with its code, in time, and the host to go on.
func TestHostile(t *testing.T) {
	t.Parallel()
	for behaviour, want := range map[string]connector.Code{
		"other nonce": connector.CodeProtocol, "other id": connector.CodeProtocol, "other version": connector.CodeProtocol, "greets people": connector.CodeProtocol,
		"dies at once": connector.CodeBug, "endless line": connector.CodeProtocol, "endless newline": connector.CodeProtocol,
		"bad_credentials": connector.CodeBadCredentials, "no such code": connector.CodeProtocol, "other id later": connector.CodeProtocol,
		"id as text": connector.CodeProtocol, "twice": connector.CodeProtocol, "both": connector.CodeProtocol, "neither": connector.CodeProtocol,
		"not JSON-RPC": connector.CodeProtocol, "not JSON": connector.CodeProtocol, "deep": connector.CodeProtocol, "notifies": connector.CodeProtocol,
		"dies": connector.CodeBug, "is killed": connector.CodeBug, "says nothing": connector.CodeBug, "floods": connector.CodeProtocol,
		"floods in lines": connector.CodeProtocol, "misspelt": connector.CodeProtocol, "two forms": connector.CodeProtocol, "no form": connector.CodeProtocol,
		"null": connector.CodeProtocol, "a list": connector.CodeProtocol, "no state": connector.CodeProtocol, "huge state": connector.CodeProtocol,
		"no base64": connector.CodeProtocol, "plain http": connector.CodeProtocol, "script address": connector.CodeProtocol,
		"user in address": connector.CodeProtocol, "svg image": connector.CodeProtocol, "asks nothing": connector.CodeProtocol,
		"bad pattern": connector.CodeProtocol, "no label": connector.CodeProtocol, "empty pick": connector.CodeProtocol,
		"done without": connector.CodeProtocol, "no time": connector.CodeProtocol, "eats memory": connector.CodeBug,
		"leaves children": connector.CodeBug, "tells everything": connector.CodeBadCredentials,
	} {
		t.Run(behaviour, func(t *testing.T) {
			t.Parallel()
			c, out := acting(t, "'"+behaviour+"'")
			_, err := c.begun(t.Context(), connector.ModeConnect, nil)
			var e *connector.Error
			if !errors.As(err, &e) || e.Code != want {
				t.Fatalf("got %v, want %s; it said:\n%s", err, want, out)
			}
			has(t, err.Error(), toySecret)
			has(t, e.UserText+e.Field, toySecret)
			has(t, e.UserText, "\u202e")
		})
	}
}
