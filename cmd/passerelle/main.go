package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"passerelle/internal/config"
	"passerelle/internal/connector/external"
	"passerelle/internal/fault"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == external.SandboxCommand {
		// Not a command: what becomes an external connector, once it has taken its limits upon itself.
		os.Exit(external.Sandbox(os.Args[2:], os.Stderr))
	}
	ctx, stop := signals()
	code := run(ctx, os.Args[1:], streams{out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}

// streams are where a command writes: answers for scripts to out, messages and logs to err.
type streams struct{ out, err io.Writer }

// Exit codes.
const (
	exitOK = iota
	exitFailed
	exitUsage
)

// signals gives a context that the first SIGTERM or SIGINT ends, for an orderly stop; the second one ends the process at once.
func signals() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, syscall.SIGTERM, os.Interrupt)
	go func() {
		select {
		case <-ch:
		case <-ctx.Done():
			return
		}
		cancel()
		<-ch
		const killed = 130
		os.Exit(killed)
	}()
	return ctx, cancel
}

// run parses the arguments, runs the command and gives the exit code. Everything that goes wrong is one message on standard
// error.
func run(ctx context.Context, args []string, s streams) int {
	command, err := parse(args, s)
	var done helpShown
	switch {
	case errors.As(err, &done):
		return exitOK
	case err != nil:
		_, _ = fmt.Fprintf(s.err, "passerelle: %v\nRun `passerelle --help`, or `passerelle COMMAND --help`, to see what can be given.\n", withExample(err))
		return exitUsage
	}
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(s); err != nil {
		_, _ = fmt.Fprintf(s.err, "passerelle: %s\n", message(err))
		return exitFailed
	}
	return exitOK
}

// withExample adds to a refusal of the parser how such a value is written, where the parser says only what it is not.
func withExample(err error) error {
	if strings.Contains(err.Error(), "expected duration") {
		return fmt.Errorf("%w; write something like 10s or 2m", err)
	}
	if text := err.Error(); strings.Contains(text, notWhole) {
		kind := "a whole number"
		if strings.Contains(text, "id>") {
			kind = "an id, a whole number"
		}
		return errors.New(strings.Replace(text, notWhole, kind, 1))
	}
	return err
}

// notWhole is what the parser wants where a letter stands in a number.
const notWhole = "a valid 64 bit int"

// helpShown ends the parsing when the help was asked for: kong would end the process.
type helpShown struct{ code int }

// Error implements error.
func (h helpShown) Error() string { return fmt.Sprintf("exit %d", h.code) }

// parse reads the arguments, the environment and the files that it names.
func parse(args []string, s streams) (command *kong.Context, err error) {
	parser, err := kong.New(&cli{},
		kong.Name("passerelle"),
		kong.Description("A self-hosted webview that connects an end user's bank to your application.\n\n"+
			"Try it: passerelle demo"),
		kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { panic(helpShown{code}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: false}),
		kong.ValueFormatter(withDefault),
		kong.Resolvers(config.Files()),
	)
	if err != nil {
		return nil, fmt.Errorf("the command line's own definition: %w", err)
	}
	defer func() {
		if v := recover(); v != nil {
			shown, ok := v.(helpShown)
			if !ok {
				panic(v)
			}
			err = shown
		}
	}()
	return parser.Parse(args)
}

// withDefault is how the help shows a flag: with its default, beside its variable.
func withDefault(v *kong.Value) string {
	text := kong.DefaultHelpValueFormatter(v)
	if v.Default != "" {
		text += " Default: " + v.Default + "."
	}
	return text
}

// message puts an error into words for the operator: a fault's own message, and its cause where the message alone does not
// say what to mend.
func message(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err.Error()
	}
	text := f.Message
	if f.Field != "" {
		text = f.Field + ": " + text
	}
	if f.Cause != nil && (f.Kind == fault.Internal || f.Kind == fault.Unavailable) {
		text += " (" + f.Cause.Error() + ")"
	}
	return text
}
