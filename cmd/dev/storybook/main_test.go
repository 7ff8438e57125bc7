package main

import (
	"bytes"
	"context"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"passerelle/cmd/dev/browser"
	"passerelle/templates/storybook"
)

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

func TestServesEveryStoryUntilStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	address, wait, err := serve(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if code, body := get(t, address+"/"); code != http.StatusOK || !strings.Contains(body, storybook.Stories()[0].ID) {
		t.Errorf("the index answered %d without the first story", code)
	}
	for _, s := range storybook.Stories() {
		if code, _ := get(t, address+"/story/"+s.ID); code != http.StatusOK {
			t.Errorf("story %s answered %d", s.ID, code)
		}
	}
	cancel()
	if err := wait(); err != nil {
		t.Errorf("wait after the stop = %v", err)
	}
}

func TestPicture(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short opens no browser")
	}
	path := os.Getenv(browser.Variable)
	if path == "" {
		t.Fatalf("%s is not set: run this test with `go run ./cmd/dev test`, or leave it out with -short", browser.Variable)
	}
	chromium, err := browser.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer chromium.Close()
	address, _, err := serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	view := browser.Views[0]
	tab, end, err := chromium.Tab(view)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	file := filepath.Join(t.TempDir(), "a.png")
	if err := picture(tab, address+"/story/"+storybook.Stories()[0].ID, file); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	size, err := png.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if want := int(view.Width) * int(view.Scale); size.Width != want {
		t.Errorf("the picture is %d wide, want %d", size.Width, want)
	}
	dark, err := chromedp.Run(tab, chromedp.Evaluate[bool](`matchMedia("(prefers-color-scheme: dark)").matches`))
	if err != nil || dark != view.Dark {
		t.Errorf("dark = %v, %v, want %v", dark, err, view.Dark)
	}
}
