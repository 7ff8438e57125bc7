package check

import (
	"encoding/json"
	"fmt"

	"passerelle/web/powens/openapi"
)

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
	if err := validate(schemaPath+openapi.Payload(event), whole); err != nil {
		return fmt.Errorf("the body of %s: %w\n%s", event, err, short(body))
	}
	return nil
}
