package respond_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"passerelle/internal/fault"
	"passerelle/web/respond"
)

// TestLinxo: each kind has its status and its code in the Linxo-shaped API, and finer names their own.
func TestLinxo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind   fault.Kind
		code   string
		status int
		want   string
	}{
		{fault.Invalid, "", 400, "BAD_PARAMETER"},
		{fault.Invalid, "missingParameter", 400, "PARAMETER_MISSING"},
		{fault.Invalid, "someOtherDialects", 400, "BAD_PARAMETER"},
		{fault.Unauthenticated, "", 401, "invalid_token"},
		{fault.Unauthenticated, "invalid_token", 401, "invalid_token"},
		{fault.Unauthenticated, "invalid_client", 401, "invalid_client"},
		{fault.Forbidden, "", 403, "FORBIDDEN"},
		{fault.Forbidden, "insufficient_scope", 403, "insufficient_scope"},
		{fault.NotFound, "", 404, "RESOURCE_UNKNOWN"},
		{fault.MethodNotAllowed, "", 405, "METHOD_NOT_ALLOWED"},
		{fault.Timeout, "", 408, "TIMEOUT"},
		{fault.Conflict, "", 409, "CONFLICT"},
		{fault.Conflict, "USER_ACTION_REQUIRED", 409, "USER_ACTION_REQUIRED"},
		{fault.Gone, "", 410, "RESOURCE_UNKNOWN"},
		{fault.TooLarge, "", 413, "TOO_LARGE"},
		{fault.Unsupported, "", 415, "UNSUPPORTED_MEDIA_TYPE"},
		{fault.Misdirected, "", 421, "MISDIRECTED"},
		{fault.Limited, "", 429, "TOO_MANY_REQUESTS"},
		{fault.Limited, "tooManySync", 429, "TOO_MANY_SYNCHRONIZATIONS"},
		{fault.Unavailable, "", 503, "UNAVAILABLE"},
		{fault.Internal, "", 500, "INTERNAL_ERROR"},
		{fault.Kind("new"), "", 500, "INTERNAL_ERROR"},
	} {
		what := string(tt.kind) + " " + tt.code
		err := fmt.Errorf("while doing: %w", fault.New(tt.kind, "Dis « ça ».").WithCode(tt.code).WithField("a_field").WithCause(errors.New("inside")))
		rec := shown(t, respond.Linxo, err, "")
		wantHead(t, tt.kind, rec, tt.status)
		wantMembers(t, what, rec, map[string]any{"error": tt.want, "error_description": "a_field: Dis « ça »."})
	}
	rec := shown(t, respond.Linxo, errors.New("relation secret_table does not exist"), "")
	wantMembers(t, "no fault", rec, map[string]any{"error": "INTERNAL_ERROR", "error_description": "Something went wrong on our side."})
	if rec.Code != http.StatusInternalServerError {
		t.Errorf("no fault: %d", rec.Code)
	}
}
