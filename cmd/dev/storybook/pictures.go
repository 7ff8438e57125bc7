package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"

	"passerelle/cmd/dev/browser"
	"passerelle/templates/storybook"
)

// perPage is how long one page may take to show.
const perPage = 30 * time.Second

// pictures writes <story>.<view>.png for every story and view.
func (f flags) pictures(ctx context.Context, address string) error {
	if f.Chromium == "" {
		return errors.New("name Chromium with --chromium or PASSERELLE_TEST_CHROMIUM")
	}
	if err := os.MkdirAll(f.Out, 0o755); err != nil {
		return fmt.Errorf("write the pictures: %w", err)
	}
	chromium, err := browser.Open(ctx, f.Chromium)
	if err != nil {
		return err
	}
	defer chromium.Close()
	stories := storybook.Stories()
	for _, view := range browser.Views {
		tab, end, err := chromium.Tab(view)
		if err != nil {
			return err
		}
		for _, s := range stories {
			page := address + "/story/" + s.ID + "?" + url.Values{"lang": {f.Lang}}.Encode()
			file := filepath.Join(f.Out, s.ID+"."+view.Name+".png")
			if err := picture(tab, page, file); err != nil {
				end()
				return err
			}
		}
		end()
	}
	fmt.Printf("%d pictures in %s\n", len(stories)*len(browser.Views), f.Out)
	return nil
}

func picture(tab context.Context, page, file string) error {
	tab, cancel := context.WithTimeout(tab, perPage)
	defer cancel()
	if err := chromedp.Do(tab, chromedp.Navigate(page)); err != nil {
		return fmt.Errorf("open %s: %w", page, err)
	}
	const lossless = 100 // chromedp writes PNG at this quality, JPEG below
	image, err := chromedp.Run(tab, chromedp.FullScreenshot(lossless))
	if err != nil {
		return fmt.Errorf("take a picture of %s: %w", page, err)
	}
	if err := os.WriteFile(file, image, 0o644); err != nil {
		return fmt.Errorf("write a picture: %w", err)
	}
	return nil
}
