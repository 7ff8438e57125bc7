package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"passerelle/templates/storybook"
)

type flags struct {
	Listen   string `default:"127.0.0.1:8090" help:"Address to serve on."`
	Out      string `type:"path" placeholder:"DIR" help:"Write a picture of every story in every view to this folder, and end."`
	Lang     string `placeholder:"LANGUAGE" help:"Language of the pictures."`
	Chromium string `env:"PASSERELLE_TEST_CHROMIUM" help:"Path of Chromium, for the pictures."`
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("storybook"), kong.Description("Every page in every state."))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	err := f.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "storybook:", err)
		os.Exit(1)
	}
}

func (f flags) run(ctx context.Context) error {
	listen := f.Listen
	if f.Out != "" {
		listen = "127.0.0.1:0"
	}
	address, wait, err := serve(ctx, listen)
	if err != nil {
		return err
	}
	if f.Out != "" {
		return f.pictures(ctx, address)
	}
	fmt.Printf("every page in every state: %s\n", address)
	return wait()
}

// serve serves the storybook until the context ends, and returns its address
// at once; wait returns when it has ended.
func serve(ctx context.Context, listen string) (address string, wait func() error, err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", listen)
	if err != nil {
		return "", nil, fmt.Errorf("serve the storybook: %w", err)
	}
	server := &http.Server{Handler: storybook.Handler(), ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	wait = func() error {
		select {
		case err := <-ended:
			return fmt.Errorf("serve the storybook: %w", err)
		case <-ctx.Done():
			// A waiting page's question may be open for long: nobody waits for it.
			if err := server.Close(); err != nil && !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("stop the storybook: %w", err)
			}
			return nil
		}
	}
	return "http://" + listener.Addr().String(), wait, nil
}
