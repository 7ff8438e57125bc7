package respond

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"passerelle/internal/seeded"
)

// keep is the largest buffer worth keeping for the next answer.
const keep = 256 << 10

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// JSON answers with a value as JSON that no cache keeps. It is rendered before the first byte is sent, so that a value that
// cannot be rendered is an error and not half an answer.
func JSON(c echo.Context, status int, v any) error {
	return write(c, status, echo.MIMEApplicationJSON, v)
}

func write(c echo.Context, status int, mime string, v any) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	if c.Request().Method == http.MethodHead {
		return c.NoContent(status)
	}
	b, _ := buffers.Get().(*bytes.Buffer)
	b.Reset()
	defer func() {
		if b.Cap() <= keep {
			buffers.Put(b)
		}
	}()
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("render the answer: %w", err)
	}
	if err := c.Blob(status, mime, b.Bytes()); err != nil {
		return fmt.Errorf("send the answer: %w", err)
	}
	return nil
}

// show sends the shape of an error. When even that fails the connection is gone or the shape is wrong; the status goes out
// alone, if it still can.
func show(c echo.Context, status int, mime string, v any) {
	if err := write(c, status, mime, v); err != nil && !c.Response().Committed {
		_ = c.NoContent(status)
	}
}

// Number renders a decimal as a JSON number with exactly its digits, never by way of a float.
func Number(d decimal.Decimal) json.Number {
	if seeded.MoneyByFloat {
		return json.Number(strconv.FormatFloat(d.InexactFloat64(), 'f', -1, 64))
	}
	return json.Number(d.String())
}

// OptionalNumber is Number, with null for nil.
func OptionalNumber(d *decimal.Decimal) *json.Number {
	if d == nil {
		return nil
	}
	n := Number(*d)
	return &n
}
