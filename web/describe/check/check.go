package check

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"passerelle/web/describe"
)

// Response is an answer, read to its end.
type Response struct {
	// Method and Path are those of the request; the path has no query.
	Method, Path string
	Status       int
	Header       http.Header
	Body         []byte
}

// Answer says what is wrong with an answer, nil when it is as described, and keeps that it was seen. What stands below none of the
// description's prefixes is not described, and so nothing is wrong with it.
func (c *Checker) Answer(r Response) error {
	at, inside := c.below(r.Path)
	if !inside {
		return nil
	}
	var err error
	if r.Body, err = unpacked(r); err != nil {
		return fmt.Errorf("%s %s: %w", r.Method, r.Path, err)
	}
	if r.Method == http.MethodOptions && r.Status == http.StatusNoContent && len(r.Body) == 0 {
		return nil // a browser asks which origins may ask (CORS)
	}
	o, known := c.find(r.Method, at)
	if !known {
		return c.unknown(r, at)
	}
	if err := c.answer(o, r); err != nil {
		return fmt.Errorf("%s %s (%s) answered %d: %w\n%s", r.Method, r.Path, o.Path, r.Status, err, short(r.Body))
	}
	return nil
}

func (c *Checker) answer(o describe.Operation, r Response) error {
	i := slices.IndexFunc(o.Answers, func(a describe.Answer) bool { return a.Status == r.Status })
	// What no page sees, such as too long a request, is refused below a version's prefix as everything is there.
	early := o.Pages && r.Status >= http.StatusBadRequest && isJSON(r.Header)
	if i >= 0 && !early {
		c.keep(o, r.Status, "")
		return c.success(o, o.Answers[i], r)
	}
	if o.Pages && !isJSON(r.Header) {
		return errors.New("a page of this status is not described")
	}
	if r.Method == http.MethodHead {
		return nil // which refusal it is stands in a body, and HEAD has none
	}
	code, err := c.refusal(r, o)
	if err != nil {
		return err
	}
	if !o.Answered(r.Status, code) && !c.general(r.Status, code) {
		return fmt.Errorf("the refusal %d %s is not described", r.Status, code)
	}
	c.keep(o, r.Status, code)
	return nil
}

func (c *Checker) success(o describe.Operation, a describe.Answer, r Response) error {
	switch {
	case r.Method == http.MethodHead:
		return nil
	case a.Type == "":
		if len(r.Body) > 0 {
			return fmt.Errorf("a body of %d bytes, and none is described", len(r.Body))
		}
		return nil
	case strings.Contains(a.Type, "/"):
		if media := media(r.Header); media != a.Type {
			return fmt.Errorf("the type is %s, and %s is described", media, a.Type)
		}
		return nil
	case !isJSON(r.Header):
		return fmt.Errorf("the type is %q, not JSON", r.Header.Get("Content-Type"))
	}
	return c.validate(pointer(o, statusText(r.Status)), r.Body)
}

// refusal reads the envelope of an error and gives its code.
func (c *Checker) refusal(r Response, o describe.Operation) (string, error) {
	if !isJSON(r.Header) {
		return "", fmt.Errorf("an error of the type %q, not JSON", r.Header.Get("Content-Type"))
	}
	if err := c.validate(schemaPath+c.api.Envelope(o), r.Body); err != nil {
		return "", err
	}
	var members map[string]any
	err := decode(r.Body, &members)
	code, _ := members[c.api.Code].(string)
	return code, err
}

var errUndescribed = errors.New("nothing is described there")

// unknown is an answer at an address that is not described: it must be a general refusal.
func (c *Checker) unknown(r Response, at place) error {
	fail := func(err error) error {
		return fmt.Errorf("%s %s answered %d: %w\n%s", r.Method, r.Path, r.Status, err, short(r.Body))
	}
	if r.Status < http.StatusBadRequest {
		return fail(errUndescribed)
	}
	if r.Method == http.MethodHead {
		return nil
	}
	if media(r.Header) == "text/html" && c.page(at) {
		return nil // a person's browser is told on a page, and the forms of pages are no part of the API
	}
	// The path says which envelope, whatever the method.
	code, err := c.refusal(r, describe.Operation{Path: at.path})
	if err == nil && !c.general(r.Status, code) {
		err = errUndescribed
	}
	if err != nil {
		return fail(err)
	}
	c.keep(describe.Operation{}, r.Status, code)
	return nil
}

func (c *Checker) general(status int, code string) bool {
	return slices.ContainsFunc(slices.Concat(c.api.General, c.api.AtRoot), func(r describe.Refusal) bool {
		return r.Status == status && slices.Contains(r.Codes, code)
	})
}

// unpacked is the body as a client reads it.
func unpacked(r Response) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" || len(r.Body) == 0 {
		return r.Body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return io.ReadAll(z)
}

func media(h http.Header) string {
	m, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return "unreadable"
	}
	return m
}

func isJSON(h http.Header) bool { return media(h) == "application/json" }

// validate reads a body against a schema of the description.
func (c *Checker) validate(at string, body []byte) error {
	schema, err := c.compiled(at)
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return schema.Validate(v)
}

func statusText(status int) string { return strconv.Itoa(status) }

// short cuts what is shown of a body.
func short(body []byte) string {
	const most = 2000
	if len(body) > most {
		return string(body[:most]) + "…"
	}
	return string(body)
}
