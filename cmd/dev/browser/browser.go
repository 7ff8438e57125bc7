package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Variable names the environment variable that holds the path of Chromium.
const Variable = "PASSERELLE_TEST_CHROMIUM"

// patience is how long the browser may take to end by itself.
const patience = 10 * time.Second

// View is a way to look at a page.
type View struct {
	Name          string // fit for a file name
	Width, Height int64  // CSS pixels
	Scale         float64
	Mobile, Dark  bool
	NoScript      bool // JavaScript is off
}

// Views are the four in which every page must be right.
var Views = []View{
	{Name: "phone-light", Width: 390, Height: 844, Scale: 2, Mobile: true},
	{Name: "phone-dark", Width: 390, Height: 844, Scale: 2, Mobile: true, Dark: true},
	{Name: "desktop-light", Width: 1280, Height: 900, Scale: 1},
	{Name: "desktop-dark", Width: 1280, Height: 900, Scale: 1, Dark: true},
}

// Browser is a running Chromium.
type Browser struct {
	ctx context.Context //nolint:containedctx // chromedp keeps the browser itself in a context
	end context.CancelFunc
}

// Open starts the Chromium at path. It ends with the context, or with Close.
func Open(ctx context.Context, path string) (*Browser, error) {
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"),
	)
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to run as root otherwise
	}
	allocator, end := chromedp.NewExecAllocator(ctx, options...)
	first, _ := chromedp.NewContext(allocator) // Close ends it, by its context
	b := &Browser{ctx: first, end: end}
	if err := chromedp.Do(first); err != nil {
		b.Close()
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return b, nil
}

// Close asks the browser to end, so that it removes its files, and waits.
func (b *Browser) Close() {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	_ = chromedp.Cancel(ctx) // one that does not end by itself is killed next
	b.end()
}

// Tab opens a tab with cookies of its own that looks at pages in the view. The
// context is what chromedp.Do wants; end closes the tab.
func (b *Browser) Tab(v View) (tab context.Context, end context.CancelFunc, err error) {
	tab, end = chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	if err := chromedp.Do(tab, v.Apply()); err != nil {
		end()
		return nil, nil, fmt.Errorf("open a tab: %w", err)
	}
	return tab, end, nil
}

// Apply makes a tab look at pages in the view.
func (v View) Apply() chromedp.Action[chromedp.Void] {
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, size := cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: v.Width, Height: v.Height, DeviceScaleFactor: v.Scale, Mobile: v.Mobile,
		})
		_, touch := cdp.Call(ctx, t, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: v.Mobile})
		_, script := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.NoScript})
		_, media := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme},
			{Name: "prefers-reduced-motion", Value: "reduce"}, // a picture of a half-done fade helps nobody
		}})
		return errors.Join(size, touch, script, media)
	})
}
