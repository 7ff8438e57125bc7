package importer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"passerelle/internal/bank"
)

// Bounds of a table.
const (
	// MostBytes is the largest table that is read.
	MostBytes = 64 << 20
	mostLine  = 1 << 20
)

// Row is a line of a table that is an institution.
type Row struct {
	// Line is the number of its line in the file, from 1.
	Line int
	// Own says that it brought an identity of its own; else it was made of the other columns.
	Own bool
	// Whole says that it says everything: what it leaves empty is empty. A line of a table says only what its columns hold.
	Whole     bool
	Connector bank.Connector
}

// Refusal is a line that was left out, or a part of one.
type Refusal struct {
	Line int `json:"line"`
	// Field is the column, empty where the whole line is meant.
	Field string `json:"field,omitempty"`
	// Why is what is wrong and what to do about it, in words.
	Why string `json:"why"`
}

// Table is what was read.
type Table struct {
	Rows    []Row
	Refused []Refusal
	// Repeated is how many lines name an institution that an earlier line named: branches, mostly. The first counts.
	Repeated int
	// Ignored are the names of columns that mean nothing here.
	Ignored []string
}

// Read reads a table: tab-separated where its first line has a tab, else comma-separated. kind is the connector kind of the lines that
// name none, and may be empty. An error means that nothing can be read at all.
func Read(in io.Reader, kind string) (Table, error) {
	raw, err := io.ReadAll(io.LimitReader(in, MostBytes+1))
	if err != nil {
		return Table{}, fmt.Errorf("read the table: %w", err)
	}
	if len(raw) > MostBytes {
		return Table{}, fmt.Errorf("the table is larger than %d MiB: part it", MostBytes>>20)
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	first, _, _ := bytes.Cut(raw, []byte("\n"))
	r := &reading{kind: kind, taken: map[string]int{}}
	if bytes.ContainsRune(first, '\t') {
		err = r.tabs(raw)
	} else {
		err = r.commas(raw, bytes.ContainsRune(first, ';') && !bytes.ContainsRune(first, ','))
	}
	return r.table, err
}

// reading is a table half read.
type reading struct {
	kind    string
	columns []string
	table   Table
	// taken are the identities so far, with their lines.
	taken map[string]int
}

func (r *reading) tabs(raw []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, mostLine)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Split(lines.Text(), "\t")
		if n == 1 {
			if err := r.header(fields); err != nil {
				return err
			}
			continue
		}
		if strings.TrimSpace(lines.Text()) != "" {
			r.line(n, fields)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("a line of the table is longer than %d bytes: %w", mostLine, err)
	}
	return r.begun()
}

func (r *reading) commas(raw []byte, semicolons bool) error {
	c := csv.NewReader(bytes.NewReader(raw))
	c.FieldsPerRecord = -1
	if semicolons {
		c.Comma = ';'
	}
	for {
		fields, err := c.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return r.begun()
		case errors.As(err, &broken) && r.columns != nil:
			r.refuse(broken.StartLine, "", "its quotes are not closed or stand in the wrong place: put \" around the whole field, and write \"\" for each inside")
			continue
		case err != nil:
			return fmt.Errorf("read the table's first line: %w", err)
		}
		if r.columns == nil {
			if err := r.header(fields); err != nil {
				return err
			}
			continue
		}
		n, _ := c.FieldPos(0)
		r.line(n, fields)
	}
}

// begun says whether there was a first line.
func (r *reading) begun() error {
	if r.columns == nil {
		return errors.New("the table is empty: its first line names the columns")
	}
	return nil
}

// same are other names of columns.
var same = map[string]string{"countries": "country", "bic8": "bic", "bank_code": "code", "colour": "color", "url": "website"}

var known = []string{"name", "country", "bic", "code", "website", "aliases", "color", "kind", "settings", "rank", "hidden", "uuid", "key"}

func (r *reading) header(fields []string) error {
	for _, f := range fields {
		name := strings.ToLower(strings.TrimSpace(f))
		if other, ok := same[name]; ok {
			name = other
		}
		if slices.Contains(r.columns, name) && slices.Contains(known, name) {
			return fmt.Errorf("the column %s is there twice", name)
		}
		if !slices.Contains(known, name) {
			r.table.Ignored = append(r.table.Ignored, clip(bank.CleanText(name, 100))) // it is shown in a terminal
		}
		r.columns = append(r.columns, name)
	}
	for _, needed := range []string{"name", "country"} {
		if !slices.Contains(r.columns, needed) {
			return fmt.Errorf("the first line names no column %s; the columns that are read are %s", needed, strings.Join(known, ", "))
		}
	}
	return nil
}

func (r *reading) refuse(line int, field, why string) {
	r.table.Refused = append(r.table.Refused, Refusal{Line: line, Field: field, Why: why})
}

// line reads one institution.
func (r *reading) line(n int, fields []string) {
	if len(fields) != len(r.columns) {
		r.refuse(n, "", fmt.Sprintf("it has %d fields and the first line names %d: a field may hold a line break or the sign that parts fields", len(fields), len(r.columns)))
		return
	}
	values := make(map[string]string, len(fields))
	for i, f := range fields {
		if !utf8.ValidString(f) {
			r.refuse(n, r.columns[i], "it is not UTF-8: save the file in that encoding")
			return
		}
		values[r.columns[i]] = strings.TrimSpace(f)
	}
	if values["kind"] == "" {
		values["kind"] = r.kind
	}
	row, field, why := parse(values)
	if why != "" {
		r.refuse(n, field, why)
		return
	}
	if other, ok := r.taken[row.Connector.UUID]; ok && row.Own {
		r.refuse(n, "", fmt.Sprintf("it has the identity of line %d: give each its own uuid or key", other))
		return
	} else if ok {
		r.table.Repeated++
		return
	}
	r.taken[row.Connector.UUID] = n
	row.Line = n
	r.table.Rows = append(r.table.Rows, row)
}

// clip keeps messages short whatever a file holds.
func clip(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
