//go:build linux || darwin

package external

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestSchemaAgainstAnother holds messages against the published schema by a validator that is not ours: what the host writes, what it
// takes, and what it refuses for its shape.
func TestSchemaAgainstAnother(t *testing.T) {
	t.Parallel()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	validator := func(part string) func(line string) error {
		s, err := compiler.Compile("schema.json#/$defs/" + part)
		if err != nil {
			t.Fatal(err)
		}
		return func(line string) error {
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
			if err != nil {
				return err
			}
			return s.Validate(v)
		}
	}
	fromHost, fromConnector := validator("fromHost"), validator("fromConnector")
	now := stamp(time.Now())
	none := map[string]string{}
	for _, params := range []struct {
		method string
		params any
	}{
		{methodDescribe, describeParams{}},
		{methodBegin, beginParams{Mode: "connect", Source: "openapi", Values: map[string]string{"a": "b"}, Previous: []byte("x"), Callback: callback{"https://x", "s"}, PSU: psu{Present: true, IP: "::1"}, Want: want{ValidUntil: now}, Settings: none, Now: now}},
		{methodBegin, beginParams{Mode: "background", Source: "directaccess", Values: none, Settings: none, Now: now}},
		{methodAdvance, advanceParams{State: []byte("x"), Event: event{Kind: "callback", Callback: map[string][]string{"code": {"a"}}}, Settings: none, Now: now}},
		{methodPull, pullParams{Session: []byte("x"), Transactions: []string{}, Since: now, Settings: none, Now: now}},
		{methodRevoke, revokeParams{Session: []byte("x"), Settings: none, Now: now}},
	} {
		raw, err := json.Marshal(request{JSONRPC: "2.0", ID: 7, Method: params.method, Params: params.params})
		if err != nil {
			t.Fatal(err)
		}
		if err := fromHost(string(raw)); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
	const head = `{"jsonrpc":"2.0","id":7,"result":`
	for _, line := range []string{
		`{"protocol":1,"id":"toy","nonce":"x"}`, head + toyDescription + `}`, head + toyDone + `}`, head + `{}}`, head + `{"session":"eA=="}}`,
		head + `{"state":"eA==","wait":{"poll_after":5}}}`, `{"jsonrpc":"2.0","method":"account","params":` + toyAccount("12345678") + `}`,
		`{"jsonrpc":"2.0","method":"transaction","params":` + toyTransaction("12345678", "-3.00") + `}`,
		`{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"m","data":{"code":"bad_credentials","retry_after":60}}}`,
	} {
		if err := fromConnector(line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, line := range []string{
		`{"protocol":1,"id":"toy"}`, head + `{"done":{"sesion":"eA==","owner":"a"}}}`, head + `[]}`, `{"jsonrpc":"1.0","id":7,"result":{}}`,
		`{"jsonrpc":"2.0","id":"7","result":{}}`, `{"jsonrpc":"2.0","method":"balance","params":{}}`, `{"jsonrpc":"2.0","id":7}`,
		`{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"m","data":{"code":"made_up"}}}`,
		`{"jsonrpc":"2.0","method":"account","params":{"key":"12345678","name":"A","balance":1,"currency":"EUR"}}`,
	} {
		if fromConnector(line) == nil {
			t.Errorf("the schema takes %s", line)
		}
	}
}
