package external

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"time"

	"passerelle/internal/connector"
)

const (
	// grace is how long a program may take to end after its answer.
	grace = time.Second
	// mostLog caps what is kept of a call's standard error, in bytes.
	mostLog = 64 << 10
	// mostBlank is how many blank lines are passed over.
	mostBlank = 1000
)

// call is one call of a program, from its start to its end.
type call struct {
	config *Config
	method string
	params any
	veil   *veil
	// notice takes a notification; nil where there may be none. Its error ends the call and is given back as it is.
	notice func(method string, params json.RawMessage) error

	id    int64
	nonce string
	lines *bufio.Reader
	// read and notices count against the caps.
	read, notices, blank int
}

// errSink wraps what notice gave back where that is not the program's fault.
type errSink struct{ error }

// Unwrap gives the error.
func (e errSink) Unwrap() error { return e.error }

// do starts the program, asks it and ends it. The result is the answer's. Every error is a *connector.Error, but for those of a sink.
func (c *call) do(ctx context.Context) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Limits.Within)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return nil, c.slow(ctx)
	}
	c.nonce = rand.Text()
	var b [4]byte
	_, _ = rand.Read(b[:])
	c.id = int64(binary.BigEndian.Uint32(b[:]) >> 1)
	// The program ends with the thread that started it: this one, which stays until it has ended.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p, err := start(c.config)
	if err != nil {
		return nil, c.fail(connector.CodeMisconfigured, err.Error())
	}
	stop := context.AfterFunc(ctx, func() { p.kill(); p.giveUp(time.Now()) })
	defer stop()
	logged := make(chan []byte, 1)
	go func() { logged <- capped(p.err) }()

	result, err := c.talk(p)
	if err == nil {
		p.giveUp(time.Now().Add(grace))
		err = c.nothingMore()
	}
	p.kill()
	p.giveUp(time.Now().Add(grace)) // whoever left its group may hold its pipes
	said := <-logged
	exit := p.wait()
	c.veil.addOpaque(opaques(result))
	c.config.logLines(ctx, c.method, c.veil, said)
	switch sink := (errSink{}); {
	case errors.As(err, &sink):
		return nil, sink.error
	case err != nil && ctx.Err() != nil:
		return nil, c.slow(ctx)
	case errors.Is(err, errDied):
		how, ours := ended(exit)
		if ours {
			return nil, c.fail(connector.CodeMisconfigured, how)
		}
		return nil, c.fail(connector.CodeBug, how+" before it answered")
	case err != nil:
		return nil, err
	}
	return result, nil
}

// errDied is an output that ended before the answer.
var errDied = errors.New("the output ended")

// talk plays the host's part, to the answer.
func (c *call) talk(p *process) (json.RawMessage, error) {
	c.lines = bufio.NewReader(p.out)
	// What cannot be written is found out when nothing comes back.
	_ = writeLine(p.in, hello{Protocol: protocolVersion, Nonce: c.nonce})
	if err := c.shake(); err != nil {
		return nil, err
	}
	if c.config.stalled {
		_, err := c.line()
		return nil, err
	}
	_ = writeLine(p.in, request{JSONRPC: "2.0", ID: c.id, Method: c.method, Params: c.params})
	_ = p.in.Close() // nothing else will come, and a program that reads on learns so
	for {
		r, err := c.reply()
		if err != nil {
			return nil, err
		}
		if r.Method == "" {
			return c.answer(r)
		}
		if err := c.noticed(r); err != nil {
			return nil, err
		}
	}
}

func (c *call) shake() error {
	line, err := c.line()
	if err != nil {
		return err
	}
	var h handshake
	switch err := strictly(line, &h); {
	case err != nil:
		return c.wrong("its first line is not the handshake: " + err.Error())
	case h.Protocol != protocolVersion:
		return c.wrong(fmt.Sprintf("it speaks version %d of the protocol, not %d", h.Protocol, protocolVersion))
	case h.Nonce != c.nonce:
		return c.wrong("its handshake does not give back the nonce")
	case h.ID != c.config.Name:
		return c.wrong("its handshake gives another id than the name it is configured with")
	}
	return nil
}

func (c *call) reply() (reply, error) {
	var r reply
	line, err := c.line()
	if err != nil {
		return r, err
	}
	if err := strictly(line, &r); err != nil {
		return r, c.wrong("a line of its output is no message (what is meant to be read by people goes to standard error): " + err.Error())
	}
	if r.JSONRPC != "2.0" {
		return r, c.wrong(`a message has no "jsonrpc":"2.0"`)
	}
	return r, nil
}

func (c *call) noticed(r reply) error {
	c.notices++
	switch {
	case c.notice == nil, r.ID != nil, r.Result != nil, r.Error != nil:
		return c.wrong("it asks, or notifies, where only an answer may come")
	case c.notices > c.config.Limits.Messages:
		return c.wrong("it sends more than " + strconv.Itoa(c.config.Limits.Messages) + " notifications")
	}
	return c.notice(r.Method, r.Params)
}

func (c *call) answer(r reply) (json.RawMessage, error) {
	switch {
	case string(r.ID) != strconv.FormatInt(c.id, 10):
		return nil, c.wrong("its answer has another id than the request")
	case (r.Result == nil) == (r.Error == nil):
		return nil, c.wrong("its answer has not exactly one of result and error")
	case r.Error != nil:
		return nil, c.refused(r.Error)
	case r.Params != nil:
		return nil, c.wrong("its answer has params")
	}
	return r.Result, nil
}

// nothingMore reads to the end of the output, which comes with the program's or with the grace.
func (c *call) nothingMore() error {
	line, err := c.line()
	if err == nil && len(line) > 0 {
		return c.wrong("it goes on after its answer")
	}
	return nil
}

// line reads one line. Blank ones are passed over.
func (c *call) line() ([]byte, error) {
	most := c.config.Limits
	var out []byte
	for {
		part, err := c.lines.ReadSlice('\n')
		out = append(out, part...)
		c.read += len(part)
		switch {
		case len(out) > most.Line:
			return nil, c.wrong("a line of its output is longer than " + strconv.Itoa(most.Line) + " bytes")
		case c.read > most.Total:
			return nil, c.wrong("its output is longer than " + strconv.Itoa(most.Total) + " bytes")
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		}
		out = bytes.TrimSpace(out)
		switch {
		case len(out) > 0:
			return out, nil // a last line without its end counts
		case err != nil:
			return nil, errDied
		}
		if c.blank++; c.blank > mostBlank {
			return nil, c.wrong("its output has nothing but blank lines")
		}
	}
}

func writeLine(to io.Writer, v any) error {
	raw, err := json.Marshal(v)
	if err == nil {
		_, err = to.Write(append(raw, '\n'))
	}
	return err //nolint:wrapcheck // found out by what comes back
}

// capped reads all of a program's standard error and keeps the beginning.
func capped(from io.Reader) []byte {
	var kept bytes.Buffer
	_, _ = io.CopyN(&kept, from, mostLog)
	_, _ = io.Copy(io.Discard, from)
	return kept.Bytes()
}

// opaques gives what a result holds of states, which may be new secrets.
func opaques(result json.RawMessage) []byte {
	var r struct {
		State []byte `json:"state"`
		Done  *struct {
			Session []byte `json:"session"`
		} `json:"done"`
		Session []byte `json:"session"`
	}
	if json.Unmarshal(result, &r) != nil {
		return nil
	}
	if r.Done != nil {
		return r.Done.Session
	}
	if len(r.Session) > 0 {
		return r.Session
	}
	return r.State
}
