package connect_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strconv"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
)

const lie = "pay\u202egnp\x1b[31m\u2066\x07"

// asks walks to what a connector asks, whatever it is.
func asks(t *testing.T, step connector.Step) *connect.View {
	t.Helper()
	w := newWorld(t)
	step.State = connector.Opaque("s")
	w.script.begin = func(connector.BeginInput) (connector.Step, error) { return step, nil }
	v := w.toCredentials(connect.Request{})
	v.submit()
	return v.look()
}

func TestHostileTextsAreCleaned(t *testing.T) {
	t.Parallel()
	long := bank.Plain(strings.Repeat("é", 3000) + lie)
	view := asks(t, connector.Step{Ask: &connector.Ask{
		Message: bank.Plain(lie), Medium: lie, Target: lie + strings.Repeat("T", 3000), ImageAlt: lie, Image: picture(t, "png"),
		Fields: []bank.Field{{Name: "code", Label: long, Help: bank.Plain(lie), Type: bank.FieldList, MinLen: 9, MaxLen: -5, Options: []bank.Option{{Value: "a", Label: long}}}},
		Error:  &connector.Error{Code: connector.CodeChallengeFailed, Field: lie, UserText: lie},
	}})
	if view.Page != connect.PageChallenge {
		t.Fatalf("on page %s (%+v)", view.Page, view.Attempt.Public.Error)
	}
	f, said := view.Fields[0], view.Attempt.Public.Error
	for what, got := range map[string]string{
		"message": view.Ask.Message.In("en"), "medium": view.Ask.Medium, "image": view.Ask.ImageAlt, "help": f.Help.In("en"),
		"error": said.BankText, "error's field": said.Field,
	} {
		if got != "paygnp[31m" {
			t.Errorf("%s: %q", what, got)
		}
	}
	for what, got := range map[string]int{"label": len(f.Label.In("en")), "option": len(f.Options[0].Label.In("en"))} {
		if got != 120*len("é") {
			t.Errorf("%s has %d bytes, want 120 characters", what, got)
		}
	}
	if target := view.Ask.Target; len(target) != 64 || strings.ContainsRune(target, '\u202e') {
		t.Errorf("target %q", target)
	}
	if f.MaxLen != 0 || len(view.Ask.Image) == 0 {
		t.Errorf("field %+v, %d bytes of image", f, len(view.Ask.Image))
	}
}

func TestHostileWaitAndPickAreCleaned(t *testing.T) {
	t.Parallel()
	view := asks(t, connector.Step{Wait: &connector.Wait{Message: bank.Plain(lie), Medium: "app"}})
	if view.Page != connect.PageWaiting || view.Wait.Message.In("en") != "paygnp[31m" {
		t.Errorf("page %s, says %+v", view.Page, view.Wait)
	}
	view = asks(t, connector.Step{Pick: &connector.Pick{Accounts: []bank.Account{{Key: "1", Name: lie, Type: "evil"}}}})
	if view.Page != connect.PagePick || view.Accounts[0].Account.Name != "paygnp[31m" || view.Accounts[0].Account.Type != bank.AccountUnknown {
		t.Errorf("page %s, accounts %+v", view.Page, view.Accounts)
	}
}

func TestWhatCannotBeShownIsRefused(t *testing.T) {
	t.Parallel()
	field := func(change func(*bank.Field)) *connector.Ask {
		f := bank.Field{Name: "code", Type: bank.FieldText}
		change(&f)
		return &connector.Ask{Fields: []bank.Field{f}}
	}
	shows := func(b []byte) *connector.Ask {
		return &connector.Ask{Image: b, ImageAlt: "digits", Fields: []bank.Field{{Name: "code"}}}
	}
	many := func(n int) []bank.Option {
		out := make([]bank.Option, n)
		for i := range out {
			out[i] = bank.Option{Value: strconv.Itoa(i), Label: bank.Plain("x")}
		}
		return out
	}
	for name, c := range map[string]struct {
		ask  *connector.Ask
		want connect.Page
	}{
		"png":                {shows(picture(t, "png")), connect.PageChallenge},
		"jpeg":               {shows(picture(t, "jpeg")), connect.PageChallenge},
		"gif":                {shows(picture(t, "gif")), connect.PageFailed},
		"svg":                {shows([]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)), connect.PageFailed},
		"900 million dots":   {shows(resized(picture(t, "png"), 30_000, 30_000)), connect.PageFailed},
		"4 million dots":     {shows(resized(picture(t, "png"), 2000, 2000)), connect.PageChallenge},
		"300 KiB":            {shows(append(picture(t, "png"), make([]byte, 300<<10)...)), connect.PageFailed},
		"50 options":         {field(func(f *bank.Field) { f.Type, f.Options = bank.FieldList, many(50) }), connect.PageChallenge},
		"51 options":         {field(func(f *bank.Field) { f.Type, f.Options = bank.FieldList, many(51) }), connect.PageFailed},
		"option of controls": {field(func(f *bank.Field) { f.Options = []bank.Option{{Value: lie}} }), connect.PageFailed},
		"odd name":           {field(func(f *bank.Field) { f.Name = lie }), connect.PageFailed},
		"no name":            {field(func(f *bank.Field) { f.Name = "" }), connect.PageFailed},
		"odd default":        {field(func(f *bank.Field) { f.Default = lie }), connect.PageFailed},
		"endless pattern":    {field(func(f *bank.Field) { f.Pattern = strings.Repeat("a?", 5000) }), connect.PageFailed},
		"21 fields": {func() *connector.Ask {
			a := &connector.Ask{}
			for i := range 21 {
				a.Fields = append(a.Fields, bank.Field{Name: "f" + strconv.Itoa(i)})
			}
			return a
		}(), connect.PageFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			view := asks(t, connector.Step{Ask: c.ask})
			if view.Page != c.want {
				t.Fatalf("on page %s, want %s (%+v)", view.Page, c.want, view.Attempt.Public.Error)
			}
			if e := view.Attempt.Public.Error; c.want == connect.PageFailed && (e == nil || e.Code != connector.CodeProtocol) {
				t.Errorf("said to be %+v, want %s", e, connector.CodeProtocol)
			}
		})
	}
}

// picture is a small image of a kind.
func picture(t *testing.T, kind string) []byte {
	t.Helper()
	img, out := image.NewGray(image.Rect(0, 0, 8, 8)), &bytes.Buffer{}
	var err error
	switch kind {
	case "png":
		err = png.Encode(out, img)
	case "jpeg":
		err = jpeg.Encode(out, img, nil)
	case "gif":
		err = gif.Encode(out, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// resized makes a PNG claim other measures: the head of a picture that unpacks to gigabytes.
func resized(b []byte, width, height uint32) []byte {
	b = bytes.Clone(b)
	head := b[12:29] // type and data of IHDR, behind the signature and its length
	binary.BigEndian.PutUint32(head[4:], width)
	binary.BigEndian.PutUint32(head[8:], height)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(head))
	return b
}
