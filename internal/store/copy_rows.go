package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// batch reads the rows of a table behind a key, in the key's order, which is the same on every engine.
func (s *Store) batch(ctx context.Context, t copied, last []any) ([][]any, error) {
	q := "SELECT " + t.names() + " FROM " + t.name
	key := t.keyNames()
	if last != nil {
		q += " WHERE (" + key + ") > (" + placeholders(1, len(last)) + ")"
	}
	rs, err := s.read.query(ctx, q+" ORDER BY "+key+" LIMIT "+strconv.Itoa(copyBatch), last...)
	list, err := collect(rs, err, func(r row) ([]any, error) { return scanCopied(r, t.columns) })
	return list, translate(t.name, err)
}

func scanCopied(r row, columns []copyColumn) ([]any, error) {
	dest := make([]any, len(columns))
	for i, c := range columns {
		switch c.kind {
		case kindInteger:
			dest[i] = new(sql.NullInt64)
		case kindText:
			dest[i] = new(sql.NullString)
		default:
			dest[i] = new([]byte)
		}
	}
	if err := r.Scan(dest...); err != nil {
		return nil, err
	}
	values := make([]any, len(columns))
	for i, d := range dest {
		switch v := d.(type) {
		case *sql.NullInt64:
			if v.Valid {
				values[i] = v.Int64
			}
		case *sql.NullString:
			if v.Valid {
				values[i] = v.String
			}
		case *[]byte:
			// A driver may give nothing for what is there and empty.
			if *v != nil {
				values[i] = bytes.Clone(*v)
			} else if columns[i].notNull {
				values[i] = []byte{}
			}
		}
	}
	return values, nil
}

// insertBatch writes rows as they are.
func insertBatch(ctx context.Context, tx *writeTx, t copied, batch [][]any) error {
	if p, ok := tx.on.(pgStatements); ok {
		bound := make([][]any, len(batch))
		for i, values := range batch {
			var err error
			if bound[i], err = pgBind(values); err != nil {
				return err
			}
		}
		columns := make([]string, len(t.columns))
		for i, c := range t.columns {
			columns[i] = c.name
		}
		count(ctx)
		_, err := p.tx.CopyFrom(ctx, pgx.Identifier{t.name}, columns, pgx.CopyFromRows(bound))
		return err
	}
	return insertRows(ctx, tx, "INSERT INTO "+t.name+" ("+t.names()+") VALUES ", batch, func(values []any) []any { return values })
}

// sameRows says which row differs first, by its key alone: values may be anybody's data.
func sameRows(t copied, want, got [][]any) error {
	for i, w := range want {
		if i >= len(got) {
			return fmt.Errorf("%s: the row %v of the source is not in the target", t.name, shownKey(t, w))
		}
		bound, err := pgBind(w)
		if err != nil {
			return err
		}
		for j, c := range t.columns {
			if !sameValue(w[j], got[i][j]) && !sameValue(bound[j], got[i][j]) {
				return fmt.Errorf("%s: the column %s of row %v is not the same in the target", t.name, c.name, shownKey(t, w))
			}
		}
	}
	if len(got) > len(want) {
		return fmt.Errorf("%s: the target has rows that the source has not", t.name)
	}
	return nil
}

func sameValue(a, b any) bool {
	x, isBytes := a.([]byte)
	y, areBytes := b.([]byte)
	if isBytes || areBytes {
		return isBytes == areBytes && bytes.Equal(x, y)
	}
	return a == b
}

// shownKey is a row's key where it is a number, which is nobody's secret.
func shownKey(t copied, values []any) string {
	var out []string
	for _, i := range t.key {
		if n, ok := values[i].(int64); ok {
			out = append(out, strconv.FormatInt(n, 10))
		} else {
			out = append(out, "…")
		}
	}
	return strings.Join(out, ", ")
}

func keyOf(t copied, values []any) []any {
	key := make([]any, len(t.key))
	for i, at := range t.key {
		key[i] = values[at]
	}
	return key
}

func (t copied) names() string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

func (t copied) keyNames() string {
	names := make([]string, len(t.key))
	for i, at := range t.key {
		names[i] = t.columns[at].name
	}
	return strings.Join(names, ", ")
}

// encodedKey is a value of a key: one of the three.
type encodedKey struct {
	N *int64  `json:"n,omitempty"`
	T *string `json:"t,omitempty"`
	B []byte  `json:"b,omitempty"`
}

func encodeKey(key []any) (string, error) {
	out := make([]encodedKey, len(key))
	for i, v := range key {
		switch v := v.(type) {
		case int64:
			out[i].N = &v
		case string:
			out[i].T = &v
		case []byte:
			out[i].B = v
		default:
			return "", fmt.Errorf("a %T in a primary key", v)
		}
	}
	return toJSON(out)
}

// copyPlace says how far the copy of a table is.
func (s *Store) copyPlace(ctx context.Context, table string) (last []any, done int64, err error) {
	var text string
	err = s.read.queryRow(ctx, "SELECT last, copied FROM copy_progress WHERE name = $1", table).Scan(&text, &done)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, translate("copy", err)
	}
	var key []encodedKey
	if err := json.Unmarshal([]byte(text), &key); err != nil {
		return nil, 0, errors.New("the note of how far the copy is cannot be read")
	}
	for _, k := range key {
		switch {
		case k.N != nil:
			last = append(last, *k.N)
		case k.T != nil:
			last = append(last, *k.T)
		default:
			last = append(last, slices.Clip(k.B))
		}
	}
	return last, done, nil
}
