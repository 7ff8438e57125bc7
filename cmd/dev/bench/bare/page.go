package main

import (
	"bytes"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"

	"passerelle/templates/storybook"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// page renders the picker with templ into a pooled buffer: the page alone, without session, CSRF, headers or compression.
func page(c echo.Context) error {
	b, _ := buffers.Get().(*bytes.Buffer)
	b.Reset()
	defer buffers.Put(b)
	if err := picker.Render(c.Request().Context(), b, storybook.Options{}); err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMETextHTMLCharsetUTF8, b.Bytes())
}

// picker is the first usable page.
var picker = func() storybook.Story {
	s, ok := storybook.Find("picker")
	if !ok {
		panic("bare: the storybook has no picker")
	}
	return s
}()
