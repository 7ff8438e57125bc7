package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// This file holds what a copy asks of an engine: its tables, columns and numbers.

// lastID is the largest number that a table ever gave.
type lastID struct {
	table string
	id    int64
}

// bigint declares a column of integers that is not null.
func (s *Store) bigint(name string) string {
	if s.pg != nil {
		return name + " BIGINT NOT NULL"
	}
	return name + " INTEGER NOT NULL"
}

// hasTable says whether there is a table.
func (s *Store) hasTable(ctx context.Context, name string) (bool, error) {
	q := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1"
	if s.pg != nil {
		q = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1"
	}
	var n int64
	err := s.read.queryRow(ctx, q, name).Scan(&n)
	return n > 0, err
}

// tableNames are the tables, each behind those that it refers to. The order in which they were made says nothing of that: pg_restore makes
// them by name.
func (s *Store) tableNames(ctx context.Context) ([]string, error) {
	q := "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
	references := `SELECT m.name, f."table" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`
	if s.pg != nil {
		q = "SELECT CAST(c.relname AS TEXT) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace " +
			"WHERE n.nspname = current_schema() AND c.relkind = 'r' ORDER BY c.relname"
		references = `SELECT CAST(c.relname AS TEXT), CAST(p.relname AS TEXT) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
			JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE k.contype = 'f' AND n.nspname = current_schema()`
	}
	rs, err := s.read.query(ctx, q)
	names, err := collect(rs, err, func(r row) (name string, err error) { return name, r.Scan(&name) })
	if err != nil {
		return nil, translate("schema", err)
	}
	rs, err = s.read.query(ctx, references)
	pairs, err := collect(rs, err, func(r row) (pair [2]string, err error) { return pair, r.Scan(&pair[0], &pair[1]) })
	if err != nil {
		return nil, translate("schema", err)
	}
	parents := make(map[string][]string, len(names))
	for _, p := range pairs {
		parents[p[0]] = append(parents[p[0]], p[1])
	}
	return parentsFirst(names, parents)
}

// parentsFirst puts tables behind those that they refer to, and by name where that leaves it open. A table may refer to itself; such that
// refer to each other in a circle cannot be filled one after the other.
func parentsFirst(names []string, parents map[string][]string) ([]string, error) {
	waiting := slices.Sorted(slices.Values(names))
	list := make([]string, 0, len(names))
	for len(waiting) > 0 {
		next := slices.IndexFunc(waiting, func(name string) bool {
			return !slices.ContainsFunc(parents[name], func(p string) bool { return p != name && slices.Contains(waiting, p) })
		})
		if next < 0 {
			return nil, fmt.Errorf("the tables %s refer to each other in a circle", strings.Join(waiting, ", "))
		}
		list = append(list, waiting[next])
		waiting = slices.Delete(waiting, next, next+1)
	}
	return list, nil
}

// tableColumns are the columns of a table in their order, and which of them are its primary key.
func (s *Store) tableColumns(ctx context.Context, table string) (columns []copyColumn, key []int, err error) {
	q := `SELECT name, type, "notnull", pk FROM pragma_table_info($1) ORDER BY cid`
	if s.pg != nil {
		q = `SELECT CAST(a.attname AS TEXT), format_type(a.atttypid, NULL), a.attnotnull,
			coalesce((SELECT array_position(CAST(CAST(i.indkey AS TEXT) AS TEXT)::int2vector::int2[], a.attnum) FROM pg_index i
				WHERE i.indrelid = a.attrelid AND i.indisprimary), -1) + 1
			FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = current_schema() AND c.relname = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`
	}
	type column struct {
		copyColumn
		pk int64
	}
	rs, err := s.read.query(ctx, q, table)
	list, err := collect(rs, err, func(r row) (c column, err error) {
		var kind string
		var notNull int64
		if err := r.Scan(&c.name, &kind, &notNull, &c.pk); err != nil {
			return c, err
		}
		c.notNull = notNull == 1
		switch kind {
		case "INTEGER", "bigint":
			c.kind = kindInteger
		case "TEXT", "text":
			c.kind = kindText
		case "BLOB", "bytea":
			c.kind = kindBytes
		default:
			return c, fmt.Errorf("the column %s.%s is of a kind that a copy does not know: %s", table, c.name, kind)
		}
		return c, nil
	})
	if err != nil {
		return nil, nil, translate("schema", err)
	}
	order := make([]int, 0, 2)
	for i, c := range list {
		columns = append(columns, c.copyColumn)
		if c.pk > 0 {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return int(list[a].pk - list[b].pk) })
	return columns, order, nil
}

// copyMark tells one source from another: a hash of the sealed mark of its keys, which no two databases share.
func (s *Store) copyMark(ctx context.Context) (string, error) {
	var sealed []byte
	err := s.read.queryRow(ctx, "SELECT sealed FROM seals WHERE name = $1", canaryName).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errors.New("the source was never opened by a service: there is nothing to copy")
	}
	if err != nil {
		return "", translate("seals", err)
	}
	sum := sha256.Sum256(sealed)
	return hex.EncodeToString(sum[:]), nil
}

// lastIDs are the numbers that the tables gave, deleted rows' among them.
func (s *Store) lastIDs(ctx context.Context) ([]lastID, error) {
	if s.pg == nil {
		rs, err := s.read.query(ctx, "SELECT name, seq FROM sqlite_sequence WHERE name NOT LIKE 'river%' ORDER BY name")
		return collect(rs, err, func(r row) (l lastID, err error) { return l, r.Scan(&l.table, &l.id) })
	}
	rs, err := s.read.query(ctx, `SELECT CAST(c.relname AS TEXT), coalesce(q.last_value, 0) FROM pg_sequences q
		JOIN pg_class sc ON sc.relname = q.sequencename JOIN pg_depend d ON d.objid = sc.oid AND d.deptype = 'i'
		JOIN pg_class c ON c.oid = d.refobjid WHERE q.schemaname = current_schema() AND c.relname NOT LIKE 'river%' ORDER BY c.relname`)
	return collect(rs, err, func(r row) (l lastID, err error) { return l, r.Scan(&l.table, &l.id) })
}

// setLastID has the next row of a table get a larger number.
func (s *Store) setLastID(ctx context.Context, tx *writeTx, of lastID) error {
	if of.id == 0 {
		return nil
	}
	if s.pg != nil {
		return tx.queryRow(ctx, "SELECT setval(pg_get_serial_sequence($1, 'id'), $2)", of.table, of.id).Scan(new(int64))
	}
	n, err := tx.exec(ctx, "UPDATE sqlite_sequence SET seq = $2 WHERE name = $1", of.table, of.id)
	if err == nil && n == 0 {
		_, err = tx.exec(ctx, "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)", of.table, of.id)
	}
	return err
}
