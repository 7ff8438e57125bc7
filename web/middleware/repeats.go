package middleware

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"passerelle/internal/repeat"
)

// Repeats gives a request that is sent again, with the same Idempotency-Key, the answer that the first one had. The nil Repeats takes each
// for a new one.
type Repeats struct {
	Service *repeat.Service
	// MAC is a keyed hash: what is asked for holds passwords, which a plain hash would let be guessed.
	MAC func(message []byte) []byte
}

// Repeatable is a request that makes something.
type Repeatable struct {
	// Key is its Idempotency-Key; empty for none.
	Key string
	// Who stands for the caller: the same for one caller at all times, and for no other.
	Who string
	// Sent stands for all that is asked for.
	Sent []byte
	// UserID is whose it is, where it is a user's.
	UserID int64
}

// repeated is an answer as it is kept.
type repeated struct {
	Status   int    `json:"status"`
	Type     string `json:"type"`
	Location string `json:"location,omitempty"`
	Body     []byte `json:"body"`
}

// headerReplayed says that an answer is that of an earlier request (as Stripe has it; the draft names none).
const headerReplayed = "Idempotent-Replayed"

// Do lets the first request of its key go on, and answers the others. The answer is kept before a byte of it is sent.
func (r *Repeats) Do(c echo.Context, q Repeatable, handle func() error) error {
	if r == nil || q.Key == "" {
		return handle()
	}
	ctx := c.Request().Context()
	name := r.MAC(fmt.Appendf(nil, "repeat\x00name\x00%q\x00%q\x00%q\x00%q", q.Who, c.Request().Method, c.Request().URL.Path, q.Key))
	id, answer, err := r.Service.Begin(ctx, name, r.MAC(append([]byte("repeat\x00request\x00"), q.Sent...)), q.UserID)
	if err != nil {
		return err
	}
	if answer != nil {
		return again(c, answer)
	}
	out := c.Response()
	caught := &catching{ResponseWriter: out.Writer}
	out.Writer = caught
	err = handle()
	out.Writer = caught.ResponseWriter
	if err != nil {
		_ = r.Service.End(ctx, id, nil, err) // the error is what the caller is told; the key stays taken
		return err
	}
	kept, err := json.Marshal(repeated{
		Status: caught.status, Type: out.Header().Get(echo.HeaderContentType), Location: out.Header().Get(echo.HeaderLocation), Body: caught.body.Bytes(),
	})
	if err != nil {
		return fmt.Errorf("keep the answer: %w", err)
	}
	_ = r.Service.End(ctx, id, kept, nil) // it is the caller's already; who repeats the request is told to look
	caught.ResponseWriter.WriteHeader(caught.status)
	_, err = caught.ResponseWriter.Write(caught.body.Bytes())
	return ignoreGone(err)
}

// again gives a kept answer.
func again(c echo.Context, answer []byte) error {
	var a repeated
	if err := json.Unmarshal(answer, &a); err != nil {
		return fmt.Errorf("read the answer that is kept: %w", err)
	}
	h := c.Response().Header()
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Set(headerReplayed, "true")
	if a.Location != "" {
		h.Set(echo.HeaderLocation, a.Location)
	}
	return ignoreGone(c.Blob(a.Status, a.Type, a.Body))
}

// catching holds an answer back.
type catching struct {
	http.ResponseWriter

	status int
	body   bytes.Buffer
}

// WriteHeader implements http.ResponseWriter.
func (w *catching) WriteHeader(status int) { w.status = status }

// Write implements http.ResponseWriter.
func (w *catching) Write(b []byte) (int, error) { return w.body.Write(b) }
