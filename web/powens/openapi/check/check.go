package check

import (
	"encoding/json"
	"fmt"
	"sync"

	"passerelle/web/describe/check"
	"passerelle/web/powens/openapi"
)

// Response is an answer, read to its end.
type Response = check.Response

var checker = sync.OnceValue(func() *check.Checker { return check.New(openapi.API(), openapi.Raw()) })

// Answer says what is wrong with an answer, nil when it is as described or none of the API's.
func Answer(r Response) error { return checker().Answer(r) }

// Described says whether an operation is described for a request.
func Described(method, path string) bool { return checker().Described(method, path) }

// Missing lists the described answers and refusals of these operations that were never seen.
func Missing(operations []openapi.Operation) []string { return checker().Missing(operations) }

// Delivery says what is wrong with the body of an event, nil when it is as described. The body may be that of the store, which
// has no id_webhook_data yet.
func Delivery(event string, body []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return fmt.Errorf("the body of %s is no JSON object: %w", event, err)
	}
	if _, has := members["id_webhook_data"]; !has {
		members["id_webhook_data"] = json.RawMessage("1")
	}
	whole, err := json.Marshal(members)
	if err != nil {
		return fmt.Errorf("the body of %s: %w", event, err)
	}
	return checker().Body(openapi.Payload(event), whole)
}
