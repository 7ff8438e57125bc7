package demo

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// hooksPath is where webhooks come in, one address an event: no body says which it is.
const hooksPath = "/hooks/"

// Limits of what comes in and of what is kept.
const (
	mostHooks = 50
	// mostRefused of them may be ones that anybody could have sent: they must not push out those that are real.
	mostRefused = 10
	mostHook    = 8 << 20
	// mostSkew is how old or early a signature may be: an old one was recorded and sent again by somebody.
	mostSkew = 5 * time.Minute
)

// hook is one delivery as it came in. Of one that nobody vouches for, its verdict alone is kept.
type hook struct {
	At        time.Time
	Event, ID string
	Verified  bool
	// Verdict says so in words; Again that it came before.
	Verdict string
	Again   bool
	Size    int
	Body    string
}

// hooks holds the deliveries that came last. Its key is what they are signed with; empty until it is known.
type hooks struct {
	mu   sync.Mutex
	key  string
	list []hook
	// seen are the ids of those that were verified: a delivery is sent again until its answer arrives.
	seen map[string]bool
}

func (h *hooks) setKey(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.key = key
}

func (h *hooks) currentKey() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.key
}

// keep puts a delivery on top.
func (h *hooks) keep(in hook) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen == nil {
		h.seen = make(map[string]bool)
	}
	in.Again = in.Verified && h.seen[in.ID]
	if in.Verified {
		h.seen[in.ID] = true
	}
	h.list = append([]hook{in}, h.list...)
	refused := 0
	h.list = slices.DeleteFunc(h.list, func(k hook) bool {
		if !k.Verified {
			refused++
		}
		return !k.Verified && refused > mostRefused
	})
	if len(h.list) > mostHooks {
		delete(h.seen, h.list[mostHooks].ID)
		h.list = h.list[:mostHooks]
	}
}

func (h *hooks) received() []hook {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]hook(nil), h.list...)
}

// receive takes a delivery. Any 2xx says that it arrived; anything else has it sent again later. It is answered at once: what is to be
// done about it comes after.
func (a *App) receive(w http.ResponseWriter, r *http.Request) {
	key := a.hooks.currentKey()
	if key == "" {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	in := hook{At: a.cfg.Clock(), Event: knownEvent(r.PathValue("event")), Size: len(body)}
	if err := verify(r, body, key, in.At); err != nil {
		in.Verdict = err.Error()
		a.hooks.keep(in)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	in.Verified, in.Verdict = true, "the signature is good"
	in.ID = hookID(body)
	in.Body = shortenBody(r.Header.Get("Content-Type"), body)
	a.hooks.keep(in)
	request := requestText(r, body, "BI-Signature", "BI-Signature-Date")
	a.setup.note(stepHook, exchange{Request: request, Answer: "HTTP/1.1 204 No Content\n"})
	w.WriteHeader(http.StatusNoContent)
}

// knownEvent keeps what is shown of an address to what was registered.
func knownEvent(path string) string {
	for _, e := range events {
		if e.path == path {
			return path
		}
	}
	return "unknown"
}

// What can be wrong about a signature, in words for the page.
var (
	errUnsigned  = errors.New("not signed")
	errStale     = errors.New("the signature is too old or too early")
	errSignature = errors.New("the signature does not fit")
)

// verify checks the signature of a delivery: BI-Signature is the Base64 of HMAC-SHA256 over METHOD.path.date.body, the exact bytes that
// came, with the key that was shown when it was made.
func verify(r *http.Request, body []byte, key string, now time.Time) error {
	date, signature := r.Header.Get("BI-Signature-Date"), r.Header.Get("BI-Signature")
	if date == "" || signature == "" {
		return errUnsigned
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(r.Method + "." + r.URL.EscapedPath() + "." + date + "."))
	mac.Write(body)
	theirs, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || !hmac.Equal(mac.Sum(nil), theirs) {
		return errSignature
	}
	at, err := time.Parse(time.RFC3339, date)
	if err != nil || at.Sub(now).Abs() > mostSkew {
		return errStale
	}
	return nil
}

// hookID is what tells a repetition.
func hookID(body []byte) string {
	var head struct {
		ID json.Number `json:"id_webhook_data"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	_ = d.Decode(&head)
	return head.ID.String()
}

// hooksView is the page of what came in.
type hooksView struct {
	Hooks []hook
	Base  string
}

// refresh looks again by itself while nothing has come: later it would close what somebody is reading.
func (v hooksView) refresh() int {
	if len(v.Hooks) == 0 {
		return againAfter
	}
	return 0
}

func (a *App) showHooks(w http.ResponseWriter, r *http.Request) {
	a.render(w, r, http.StatusOK, "hooks", "Webhooks received", hooksView{Hooks: a.hooks.received(), Base: a.cfg.Self + hooksPath})
}
