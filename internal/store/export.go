package store

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/fault"
)

// ExportFormat names the shape of an export.
const ExportFormat = "passerelle-user-export/1"

// exportPage is how many rows are read at a time: an export of years of transactions takes no memory to speak of.
const exportPage = 500

// section is one list of an export: the rows of a table that tell of a user. where has $1 for the user's id. Rows are read in the order of
// key, each page from behind the last row of the page before: what comes and goes meanwhile moves none of the others, and the last page
// costs as much as the first. Columns are written name:kind, kinds being i (a number), t (a time), b (a switch), s (a text), j (JSON as it is), x (a value that is
// sealed or hashed, of which the export says only whether it is there).
type section struct{ name, table, key, where, columns string }

const ofTheUser = "user_id = $1"

// exported is everything that is stored about a user. A test compares it with the schema, so that no column is forgotten.
var exported = []section{ //nolint:gochecknoglobals // a table
	{"person", "people", "user_id:i", ofTheUser, "client_id:i email:s email_key:s password:x profile:j terms_hash:s terms_at:t updated:t"},
	{
		"connections", "connections", "id:i", ofTheUser, "id:i connector_uuid:s connector_id:i connector_name:s source:s owner_key:s state:s " +
			"error_message:s session:x pending:x pending_at:t asked:j asked_until:t consent_until:t consent_notice:t last_update:t next_try:t active:b " +
			"paused_at:t forced_at:t last_push:t tries:i tried_at:t expire_at:t by_api:b group_id:i consent_all:b manual:b created:t",
	},
	{"readings", "connection_logs", "id:i", "connection_id IN (SELECT id FROM connections WHERE user_id = $1)", "id:i connection_id:i source:s state:s error_message:s attended:b has_read:b started:t finished:t next_try:t"},
	{
		"accounts", "accounts", "id:i", ofTheUser, "id:i connection_id:i key:s source:s number:s iban:s name:s original_name:s custom_name:s type:s usage:s " +
			"custom_usage:s owner:s balance:s currency:s coming:s loan:j display:b bookmarked:b disabled_at:t deleted_at:t closed_at:t removed_at:t last_update:t created:t",
	},
	{
		"transactions", "transactions", "id:i", ofTheUser, "id:i account_id:i key:s date:t application_date:t value_date:t real_date:t value:s currency:s original_value:s original_currency:s type:s " +
			"original_wording:s wording:s custom_wording:s counterparty:s comment:s categories:s coming:b active:b deleted_at:t last_update:t created:t revision:i",
	},
	{"consents", "consents", "id:i", ofTheUser, "id:i client_id:i attempt_id:s connection_id:i account_id:i purpose:s text_hash:s lang:s given_at:t until:t withdrawn_at:t withdrawn_in:s"},
	{
		"visits", "attempts", "id:s", ofTheUser, "id:s domain:s client_id:i request:j hints:x private:x public:j bind_hash:x next_bind_hash:x phase:s step:i user_given:b " +
			"connector_uuid:s source:s connection_id:i connection_ids:j lease_until:t created:t updated:t expires_at:t wiped_at:t",
	},
	{"events", "events", "id:i", ofTheUser, "id:i domain:s name:s connection_id:i account_id:i payload:j created:t"},
	{"deliveries", "deliveries", "id:i", ofTheUser, "id:i webhook_id:i event_id:i event:s connection_id:i body:s state:s tries:i since:t next_try:t lease_until:t created:t ended:t"},
	{
		"delivery_tries", "delivery_logs", "id:i", "delivery_id IN (SELECT id FROM deliveries WHERE user_id = $1)",
		"id:i delivery_id:i webhook_id:i sent:t answered:t status:i problem:s answer:s next_try:t",
	},
	{"receivers", "webhooks", "id:i", ofTheUser, "id:i domain:s dialect:s event:s url:s service_id:i auth_id:i client_id:i params:j disabled:s failing:t failures:i retry_at:t created:t updated:t deleted_at:t"},
	{"codes", "codes", "id:s", ofTheUser, "id:s hash:x kind:s client_id:i domain:s attempt_id:s redirect_uri:s challenge:x scope:s parent:s label:s created:t expires_at:t opened_at:t consumed_at:t consumed_by:i replay_key:x replay:x"},
	{"tokens", "tokens", "id:s", ofTheUser, "id:s hash:x kind:s domain:s client_id:i code_id:s scope:s label:s created:t expires_at:t revoked_at:t last_used:t"},
	{"refresh_tokens", "refresh_tokens", "id:s", ofTheUser, "id:s hash:x family:s client_id:i domain:s code_id:s scope:s token_id:s created:t expires_at:t spent_at:t revoked_at:t replay_key:x replay:x"},
	{"widget_sessions", "widget_sessions", "id:s", ofTheUser, "id:s hash:x domain:s client_id:i token_id:s options:j bind_hash:x bound_at:t agent:x created:t expires_at:t"},
	{"queues", "queues", "id:s", ofTheUser, "id:s domain:s client_id:i session_id:s events:i created:t expires_at:t"},
	{
		"queue_events", "queue_events", "queue_id:s seq:i", "queue_id IN (SELECT id FROM queues WHERE user_id = $1)",
		"queue_id:s seq:i name:s attempt_id:s connector_uuid:s source:s connection_id:i group_id:i details:j created:t",
	},
	{"repeats", "repeats", "id:i", ofTheUser, "id:i name:x request:x answer:x created:t lease_until:t"},
	{"refused_connections", "creation_tries", "connector_uuid:s", ofTheUser, "connector_uuid:s tries:i refused:i tried_at:t"},
}

// ExportUser writes everything that is stored about a user as one JSON object: who they are, then a list for each of the tables above.
// Credentials, codes and tokens are never in it: true stands for one that there is. It reads page by page beside whatever is written
// meanwhile. An absent user is fault.NotFound, and nothing is written then.
func (s *Store) ExportUser(ctx context.Context, userID int64, out io.Writer) error {
	u, err := s.User(ctx, userID)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	head := struct {
		ID        int64      `json:"id"`
		Domain    string     `json:"domain"`
		Created   time.Time  `json:"created"`
		ExpiresAt *time.Time `json:"expires_at"`
	}{u.ID, u.Domain, u.Created, u.ExpiresAt}
	text, err := json.Marshal(head)
	if err != nil {
		return fmt.Errorf("store: export: %w", err)
	}
	fmt.Fprintf(w, "{\n\"format\": %q,\n\"exported_at\": %q,\n\"user\": %s", ExportFormat, s.now().UTC().Format(time.RFC3339), text)
	for _, sec := range exported {
		fmt.Fprintf(w, ",\n%q: [", sec.name)
		if err := s.exportSection(ctx, w, sec, userID); err != nil {
			return translate(sec.name, err)
		}
		fmt.Fprint(w, "]")
	}
	fmt.Fprint(w, "\n}\n")
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	return nil
}

// exportSection writes the rows of a section, between the brackets.
func (s *Store) exportSection(ctx context.Context, w *bufio.Writer, sec section, userID int64) error {
	columns, args := strings.Fields(sec.columns), []any{userID}
	for first := true; ; first = false {
		rs, err := s.read.query(ctx, sec.query(first), args...)
		list, err := collect(rs, err, func(r row) (exportedRow, error) { return exportRow(r, columns, sec.keys()) })
		if err != nil {
			return err
		}
		for i, one := range list {
			if !first || i > 0 {
				_ = w.WriteByte(',') // a failure stays with the writer, and is Flush's
			}
			_ = w.WriteByte('\n')
			_, _ = w.Write(one.text)
		}
		if len(list) < exportPage {
			return nil
		}
		args = append([]any{userID}, list[len(list)-1].at...)
	}
}

// keys are the columns of the order, each with its kind: i or s.
func (sec section) keys() []string { return strings.Fields(sec.key) }

// query reads a page: the first one, or one from behind a place, which $2 and on are.
func (sec section) query(first bool) string {
	var names, order, places []string
	for _, c := range strings.Fields(sec.columns) {
		name, kind, _ := strings.Cut(c, ":")
		if kind == "x" {
			name = "CASE WHEN " + name + " IS NULL THEN 0 ELSE 1 END"
		}
		names = append(names, name)
	}
	for i, c := range sec.keys() {
		name, _, _ := strings.Cut(c, ":")
		order, places = append(order, name), append(places, "$"+strconv.Itoa(i+2))
	}
	key, behind := strings.Join(order, ", "), ""
	if !first {
		behind = fmt.Sprintf(" AND (%s) > (%s)", key, strings.Join(places, ", "))
	}
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s%s ORDER BY %s LIMIT %d", strings.Join(append(names, order...), ", "), sec.table, sec.where, behind, key, exportPage)
}

// exportedRow is a row as it is written, and its place in the order.
type exportedRow struct {
	text json.RawMessage
	at   []any
}

// exportRow renders a row in the order of its columns; behind them come those of its key.
func exportRow(r row, columns, keys []string) (out exportedRow, err error) {
	all := slices.Concat(columns, keys)
	texts, numbers, dest := make([]sql.NullString, len(all)), make([]sql.NullInt64, len(all)), make([]any, len(all))
	for i, c := range all {
		if dest[i] = &numbers[i]; isText(c) {
			dest[i] = &texts[i]
		}
	}
	if err := r.Scan(dest...); err != nil {
		return out, err
	}
	out.text = json.RawMessage{'{'}
	for i, c := range columns {
		name, kind, _ := strings.Cut(c, ":")
		value, err := exportValue(kind, texts[i], numbers[i])
		if err != nil {
			return out, fmt.Errorf("%s: %w", name, err)
		}
		if i > 0 {
			out.text = append(out.text, ',')
		}
		out.text = append(fmt.Appendf(out.text, "%q:", name), value...)
	}
	out.text = append(out.text, '}')
	for i, c := range keys {
		if n := len(columns) + i; isText(c) {
			out.at = append(out.at, texts[n].String)
		} else {
			out.at = append(out.at, numbers[n].Int64)
		}
	}
	return out, nil
}

func isText(column string) bool {
	return strings.HasSuffix(column, ":s") || strings.HasSuffix(column, ":j")
}

func exportValue(kind string, text sql.NullString, number sql.NullInt64) (json.RawMessage, error) {
	switch kind {
	case "s", "j":
		switch {
		case !text.Valid, kind == "j" && text.String == "":
			return json.RawMessage("null"), nil
		case kind == "j" && json.Valid([]byte(text.String)):
			return json.RawMessage(text.String), nil
		}
		return json.Marshal(text.String)
	case "b", "x":
		return json.Marshal(number.Int64 != 0)
	case "t":
		if !number.Valid {
			return json.RawMessage("null"), nil
		}
		return json.Marshal(fromMicros(number.Int64))
	case "i":
		if !number.Valid {
			return json.RawMessage("null"), nil
		}
		return json.Marshal(number.Int64)
	}
	return nil, fault.New(fault.Internal, "An export has a column of an unknown kind.")
}
