package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"passerelle/internal/store"
)

// keyListCommand lists the keys.
type keyListCommand struct{ dataFlags }

// keysView is the answer of key list.
type keysView struct {
	Keyset string    `json:"keyset"`
	KMS    string    `json:"kms,omitempty"`
	Keys   []keyView `json:"keys"`
}

// Run implements the command.
func (c *keyListCommand) Run(ctx context.Context, s streams) error {
	return withKeys(ctx, &c.Data, s, false, func(k *keyring) error {
		v, err := k.list(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, v)
		}
		return printKeys(s.out, v)
	})
}

func (k *keyring) list(ctx context.Context) (keysView, error) {
	v := keysView{Keyset: k.file.Path}
	if k.file.Wrap != nil {
		v.KMS = k.file.Wrap.String()
	}
	var err error
	v.Keys, err = k.views(ctx)
	return v, err
}

func printKeys(w io.Writer, v keysView) error {
	wrapped := "in clear, for its owner alone"
	if v.KMS != "" {
		wrapped = "wrapped by " + v.KMS
	}
	if err := printf(w, "keyset  %s (%s)\n", v.Keyset, wrapped); err != nil {
		return err
	}
	for _, k := range v.Keys {
		since := ""
		if k.AddedAt != nil {
			since = "  since " + k.AddedAt.Format(time.DateTime) + " UTC"
		}
		if err := printf(w, "key     %-10d  %s%s\n", k.ID, k.State, since); err != nil {
			return err
		}
	}
	return nil
}

// keyStatusCommand counts what is sealed with which key.
type keyStatusCommand struct{ dataFlags }

// keyStatusView is the answer of key status.
type keyStatusView struct {
	keysView

	Sealed    []sealedView  `json:"sealed"`
	Processes []processView `json:"processes"`
}

type sealedView struct {
	Column string `json:"column"`
	Key    uint32 `json:"key"`
	Values int64  `json:"values"`
}

type processView struct {
	Process string    `json:"process"`
	Host    string    `json:"host"`
	Sealing uint32    `json:"sealing"`
	Holds   []uint32  `json:"holds"`
	SeenAt  time.Time `json:"seen_at"`
}

// Run implements the command.
func (c *keyStatusCommand) Run(ctx context.Context, s streams) error {
	return withKeys(ctx, &c.Data, s, false, func(k *keyring) error {
		list, err := k.list(ctx)
		if err != nil {
			return err
		}
		v := keyStatusView{keysView: list, Sealed: []sealedView{}, Processes: []processView{}}
		counts, err := k.db.SealedCounts(ctx)
		if err != nil {
			return err
		}
		for _, n := range counts {
			v.Sealed = append(v.Sealed, sealedView{Column: n.Table + "." + n.Column, Key: n.Key, Values: n.Values})
		}
		rings, err := k.db.Rings(ctx)
		if err != nil {
			return err
		}
		for _, r := range rings {
			v.Processes = append(v.Processes, processView{r.Process, r.Host, r.Sealing, r.Held, r.Seen.Truncate(time.Second)})
		}
		if c.JSON {
			return printJSON(s.out, v)
		}
		return printKeyStatus(s.out, v)
	})
}

func printKeyStatus(w io.Writer, v keyStatusView) error {
	if err := printKeys(w, v.keysView); err != nil {
		return err
	}
	for _, n := range v.Sealed {
		if err := printf(w, "sealed  %-10d  %d values of %s\n", n.Key, n.Values, n.Column); err != nil {
			return err
		}
	}
	for _, p := range v.Processes {
		holds := strings.Trim(fmt.Sprint(p.Holds), "[]")
		if err := printf(w, "serves  %s on %s seals with %d, holds %s\n", p.Process, p.Host, p.Sealing, holds); err != nil {
			return err
		}
	}
	return nil
}

// total counts the values that are not sealed with a key.
func total(counts []store.SealedCount, but uint32) (n int64) {
	for _, c := range counts {
		if c.Key != but {
			n += c.Values
		}
	}
	return n
}

// jsonLine writes one object on one line.
func jsonLine(w io.Writer, v any) error {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}
