package connect

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // the two kinds of image that the contract names
	_ "image/png"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// Caps on what a connector may put on a page of ours: texts in characters, images in bytes and pixels. What it gives is the
// bank's, and a bank can be anybody.
const (
	mostBankText   = 500
	mostTarget     = 64
	mostLabel      = 120
	mostHelp       = 300
	mostMedium     = 16
	mostFieldName  = 64
	mostFields     = 20
	mostOptions    = 50
	mostPattern    = 500
	mostPickable   = 1000
	mostImage      = 256 << 10
	mostImageDots  = 4_000_000
	mostOptionSize = 200
)

// cleanAsk makes a connector's question fit to be shown. Texts are cleaned and cut; what cannot be cut without changing what
// is asked (names, values, images, too many fields) is refused.
func cleanAsk(ask *connector.Ask) (*askState, error) {
	if len(ask.Fields) > mostFields {
		return nil, notUnderstood("a question with %d fields", len(ask.Fields))
	}
	if err := checkImage(ask.Image); err != nil {
		return nil, err
	}
	out := &askState{
		Message: ask.Message.Clean(mostBankText), Medium: bank.CleanText(ask.Medium, mostMedium),
		Target: bank.CleanText(ask.Target, mostTarget), Image: ask.Image, ImageAlt: bank.CleanText(ask.ImageAlt, mostLabel),
		Fields: make([]bank.Field, 0, len(ask.Fields)),
	}
	for _, f := range ask.Fields {
		f, err := cleanField(f)
		if err != nil {
			return nil, err
		}
		out.Fields = append(out.Fields, f)
	}
	return out, nil
}

func cleanField(f bank.Field) (bank.Field, error) {
	switch {
	case f.Name == "" || f.Name != bank.CleanText(f.Name, mostFieldName):
		return f, notUnderstood("a field without a plain name")
	case len(f.Options) > mostOptions:
		return f, notUnderstood("a field with %d options", len(f.Options))
	case len(f.Pattern) > mostPattern, len(f.Default) > mostValue, f.Default != bank.CleanText(f.Default, mostValue):
		return f, notUnderstood("a field whose pattern or default is odd")
	}
	f.Label, f.Help = f.Label.Clean(mostLabel), f.Help.Clean(mostHelp)
	f.Autocomplete = bank.CleanText(f.Autocomplete, mostLabel)
	// Lengths that nothing could have would make a form that nobody can send.
	f.MaxLen = min(max(f.MaxLen, 0), mostValue)
	f.MinLen = min(max(f.MinLen, 0), mostValue)
	if f.MaxLen > 0 {
		f.MinLen = min(f.MinLen, f.MaxLen)
	}
	options := make([]bank.Option, 0, len(f.Options))
	for _, o := range f.Options {
		if o.Value != bank.CleanText(o.Value, mostOptionSize) {
			return f, notUnderstood("an option without a plain value")
		}
		options = append(options, bank.Option{Value: o.Value, Label: o.Label.Clean(mostLabel)})
	}
	f.Options = options
	return f, nil
}

// checkImage wants a PNG or a JPEG, by its bytes, of a size that a phone can unpack: a few bytes can be a picture of 30,000
// by 30,000.
func checkImage(b []byte) error {
	switch {
	case len(b) == 0:
		return nil
	case len(b) > mostImage:
		return notUnderstood("an image of %d bytes", len(b))
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(b))
	switch {
	case err != nil:
		return notUnderstood("an image that is no PNG or JPEG: %w", err)
	case format != "png" && format != "jpeg":
		return notUnderstood("an image that is a %s", format)
	case c.Width < 1 || c.Height < 1 || c.Width > mostImageDots/c.Height:
		return notUnderstood("an image of %d by %d", c.Width, c.Height)
	}
	return nil
}

func cleanPick(pick *connector.Pick) ([]bank.Account, error) {
	if len(pick.Accounts) > mostPickable {
		return nil, notUnderstood("a choice among %d accounts", len(pick.Accounts))
	}
	out := make([]bank.Account, 0, len(pick.Accounts))
	for _, a := range pick.Accounts {
		out = append(out, a.Clean())
	}
	return out, nil
}

// notUnderstood is the error of a connector that gave what the contract does not allow.
func notUnderstood(format string, args ...any) error {
	return &connector.Error{Code: connector.CodeProtocol, Cause: fmt.Errorf("the connector gave "+format, args...)}
}
