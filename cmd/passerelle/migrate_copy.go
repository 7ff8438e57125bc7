package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"passerelle/internal/config"
	"passerelle/internal/seal"
	"passerelle/internal/store"
)

// migrateCopyCommand copies a database into another one.
type migrateCopyCommand struct {
	config.Data `embed:""`

	From string `help:"Where everything is: sqlite:FILE or postgres://USER@HOST/NAME. Nothing may serve from it meanwhile." env:"PASSERELLE_COPY_FROM" required:"" placeholder:"URL"`
	To   string `help:"Where everything is to go, an empty database: postgres://USER@HOST/NAME or sqlite:FILE." env:"PASSERELLE_COPY_TO" required:"" placeholder:"URL"`
	JSON bool   `help:"Print one JSON object with stable keys, for scripts." name:"json"`
}

// copyView is what a copy says with --json.
type copyView struct {
	Rows     int64   `json:"rows"`
	Jobs     int64   `json:"jobs"`
	Resumed  bool    `json:"resumed"`
	Verified bool    `json:"verified"`
	Seconds  float64 `json:"seconds"`
}

// Run implements the command.
func (c *migrateCopyCommand) Run(ctx context.Context, s streams) (err error) {
	if c.DatabaseURL != "" {
		// Set for the service in the environment, it would name one of the two.
		c.DatabaseURL = ""
	}
	source, target := config.Data{DataDir: c.DataDir, DatabaseURL: c.From}, config.Data{DataDir: c.DataDir, DatabaseURL: c.To}
	for flag, data := range map[string]*config.Data{"from": &source, "to": &target} {
		if err := data.Validate(); err != nil || data.DatabaseURL == "" {
			return fmt.Errorf("--%s: is neither sqlite:FILE nor postgres://USER@HOST/NAME", flag)
		}
	}
	if c.From == c.To {
		return errors.New("--to: is the same database as --from; name an empty one")
	}
	log := newLog(s.err, slog.LevelWarn, formatText)
	missing, err := noDatabase(ctx, &source)
	if err != nil {
		return atFlag("--from (PASSERELLE_COPY_FROM)", err)
	}
	engine, place := source.Database()
	if missing {
		return fmt.Errorf("--from: there is nothing of Passerelle's in %s", shown(engine, place))
	}
	if engine == config.SQLite {
		unlock, err := store.LockDataDir(filepath.Dir(place))
		if err != nil {
			return fmt.Errorf("--from: %w", err)
		}
		defer func() { err = errors.Join(err, unlock()) }()
	}
	keyset, err := keysetFile(c.besides(engine, place))
	if err != nil {
		return err
	}
	ring, err := openKeyset(ctx, keyset, ofSource, false, log)
	if err != nil {
		return err
	}
	from, err := openCopied(ctx, "from", &source, ring, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := openCopied(ctx, "to", &target, ring, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	begun, bar := time.Now(), newProgressBar(s.err)
	report, err := from.CopyTo(ctx, to, bar.tell)
	bar.end()
	switch {
	case errors.Is(err, store.ErrNotEmpty):
		return fmt.Errorf("--to: nothing was changed: %w", err)
	case errors.Is(err, store.ErrCopyChanged):
		return fmt.Errorf("%w\nThe copy in --to is of no use: empty that database, or name a new one", err)
	case err != nil:
		return fmt.Errorf("%w\nThe source is as it was. The same command goes on where this one stopped", err)
	case c.JSON:
		return printJSON(s.out, copyView{report.Rows, report.Jobs, report.Resumed, true, time.Since(begun).Seconds()})
	}
	return printf(s.out, "copied     %d rows and %d jobs, each row compared on both sides\nnext       start every process with --database-url and the same keyset (%s)\n",
		report.Rows, report.Jobs, keyset.Path)
}

// besides says where the keyset is: where the flags say, else beside the database that is copied.
func (c *migrateCopyCommand) besides(engine config.Engine, place string) *config.Data {
	data := c.Data
	if data.Keyset == "" && engine == config.SQLite {
		data.DataDir = filepath.Dir(place)
	}
	return &data
}

// openCopied opens one side of a copy.
func openCopied(ctx context.Context, flag string, d *config.Data, ring *seal.Keyring, log *slog.Logger) (*store.Store, error) {
	o := store.Options{Sealer: sealer{ring}, Log: quiet(log), Copying: flag == "to"}
	engine, place := d.Database()
	if engine == config.Postgres {
		o.Postgres = place
	} else {
		o.Path = place
	}
	db, err := store.Open(ctx, o)
	if errors.Is(err, store.ErrOtherKeys) {
		return nil, fmt.Errorf("--%s: %s was sealed with another keyset, so nothing was changed; name the one that belongs to it with --keyset: %w",
			flag, shown(engine, place), err)
	}
	if err != nil {
		if errors.Is(err, store.ErrUnreachable) {
			return nil, atFlag("--"+flag+" (PASSERELLE_COPY_"+strings.ToUpper(flag)+")", err)
		}
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	return db, nil
}

// progressBar shows on standard error how far a long command is: one line that is written over on a terminal, one a table elsewhere.
type progressBar struct {
	out      io.Writer
	terminal bool
	last     string
	shown    time.Time
}

func newProgressBar(out io.Writer) *progressBar {
	f, ok := out.(*os.File)
	b := &progressBar{out: out}
	if ok {
		info, err := f.Stat()
		b.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return b
}

// barWidth is the width of a whole bar in characters.
const barWidth = 30

// tell shows a moment of a copy.
func (b *progressBar) tell(p store.CopyProgress) {
	what := "copying"
	if p.Verifying {
		what = "comparing"
	}
	if !b.terminal {
		if line := what + " " + p.Table; line != b.last && p.Table != "" {
			b.last = line
			_, _ = fmt.Fprintf(b.out, "%s (%d of %d rows)\n", line, p.Rows, p.Total)
		}
		return
	}
	// Ten times a second is as often as anybody looks.
	now := time.Now()
	if now.Sub(b.shown) < 100*time.Millisecond && p.Rows < p.Total {
		return
	}
	b.shown = now
	full := barWidth
	if p.Total > 0 {
		full = int(p.Rows * barWidth / p.Total)
	}
	_, _ = fmt.Fprintf(b.out, "\r\033[K%-9s [%s%s] %d of %d rows  %s", what, strings.Repeat("#", full), strings.Repeat(".", barWidth-full), p.Rows, p.Total, p.Table)
	b.last = "shown"
}

// end leaves the line.
func (b *progressBar) end() {
	if b.terminal && b.last != "" {
		_, _ = fmt.Fprintln(b.out)
	}
}
