package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"
)

func main() {
	dir := flag.String("dir", "", "folder of the database")
	bank := flag.String("bank", "", "address of the test bank, for the bare walk")
	flag.Parse()
	if err := run(*dir, *bank); err != nil {
		fmt.Fprintln(os.Stderr, "bare:", err)
		os.Exit(1)
	}
}

// run serves on a free loopback port and prints the address, as passerelle serve does.
func run(dir, bank string) error {
	f, err := newFlow(dir + "/bare.db")
	if err != nil {
		return err
	}
	p, err := newPages()
	if err != nil {
		return err
	}
	w, err := newWalk(f, p, bank)
	if err != nil {
		return err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/hello", func(c echo.Context) error { return c.String(http.StatusOK, "hello") })
	e.GET("/page", func(c echo.Context) error { return show(c, p.picker("0")) })
	e.GET("/flow", func(c echo.Context) error { return show(c, p.picker("0")) })
	e.POST("/flow/credentials", f.credentials)
	e.POST("/flow/token", f.token)
	e.GET("/flow/accounts", f.accounts)
	w.mount(e)
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok") })
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", l.Addr())
	s := &http.Server{Handler: e, ReadHeaderTimeout: 5 * time.Second}
	return s.Serve(l)
}
