package store

import (
	"context"
	"strconv"
	"strings"
)

// mostRows is how many rows one statement inserts. Few sizes mean few statements to keep.
const mostRows = 8

// insertRows inserts a list with as few statements as there may be: a statement costs more than a row. head ends with VALUES.
func insertRows[T any](ctx context.Context, tx *writeTx, head string, list []T, values func(T) []any) error {
	for len(list) > 0 {
		part := list[:min(mostRows, len(list))]
		list = list[len(part):]
		var args []any
		for _, v := range part {
			args = append(args, values(v)...)
		}
		if _, err := tx.exec(ctx, head+tuples(len(part), len(args)/len(part)), args...); err != nil {
			return err
		}
	}
	return nil
}

// tuples are rows of placeholders: ($1, $2), ($3, $4).
func tuples(rows, columns int) string {
	var q strings.Builder
	for r := range rows {
		if r > 0 {
			q.WriteString(", ")
		}
		q.WriteString("(" + placeholders(r*columns+1, columns) + ")")
	}
	return q.String()
}

// placeholders are n of them from a number on: $3, $4, $5.
func placeholders(from, n int) string {
	var q strings.Builder
	for i := range n {
		if i > 0 {
			q.WriteString(", ")
		}
		q.WriteString("$" + strconv.Itoa(from+i))
	}
	return q.String()
}
