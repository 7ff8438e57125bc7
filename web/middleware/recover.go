package middleware

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/labstack/echo/v4"
)

// Recover turns a panic into an error, so that it is answered like any other fault of ours: 500 with a reference. The log
// gets the stack and the kind of the value, not its text: a panic may carry a secret (R47). A runtime error's text is made by
// Go itself and is kept.
func Recover() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			defer func() {
				v := recover()
				if v == nil {
					return
				}
				if e, ok := v.(error); ok && errors.Is(e, http.ErrAbortHandler) {
					panic(v) // net/http's own signal to drop the connection
				}
				err = panicked(v)
			}()
			return next(c)
		}
	}
}

func panicked(v any) error {
	return &PanicError{What: PanicText(v), Stack: string(debug.Stack())}
}

// PanicText says what a panic was without its text, unless Go itself made that.
func PanicText(v any) string {
	what := fmt.Sprintf("a value of type %T", v)
	var r runtime.Error
	if e, ok := v.(error); ok && errors.As(e, &r) {
		what = r.Error()
	}
	return what
}

// PanicError is a panic that was caught.
type PanicError struct{ What, Stack string }

// Error implements error.
func (e *PanicError) Error() string { return "panic: " + e.What }
