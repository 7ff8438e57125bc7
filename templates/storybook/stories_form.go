package storybook

import (
	"encoding/base64"
	"time"

	"github.com/a-h/templ"

	"passerelle/templates/page"
)

func login(b page.Base) page.Credentials {
	return page.Credentials{Base: b, Connector: bank, Fields: []page.Field{
		{
			Name: "login", Label: "Customer number", Help: "8 digits, printed on your card", Kind: page.KindText, Required: true,
			Pattern: "[0-9]{8}", MaxLength: 8, Numeric: true, Autocomplete: "username",
		},
		{Name: "password", Label: "Password", Kind: page.KindPassword, Required: true, Secret: true},
	}}
}

func everyField(b page.Base) page.Credentials {
	return page.Credentials{Base: b, Connector: yellow, Fields: []page.Field{
		{Name: "login", Label: "Login", Kind: page.KindText, Required: true, Autocomplete: "username", Placeholder: "anna.example"},
		{Name: "password", Label: "Password", Kind: page.KindPassword, Required: true, Secret: true, Value: "never shown"},
		{Name: "region", Label: "Region", Kind: page.KindList, Required: true, Options: []page.Option{{Value: "n", Label: "North"}, {Value: "s", Label: "South"}}},
		{Name: "birthday", Label: "Date of birth", Kind: page.KindDate, Required: true, Value: "1984-02-29"},
		{Name: "branch", Label: "Branch", Kind: page.KindNumber, Value: "00427", Help: "Keep the leading zeros"},
		{Name: "email", Label: "Email", Kind: page.KindEmail, Autocomplete: "email"},
		{Name: "phone", Label: "Phone", Kind: page.KindPhone, Autocomplete: "tel"},
		{Name: "company", Label: "This is a business login", Kind: page.KindCheckbox, Value: "true"},
		{Name: "segment", Label: "Kind of customer", Kind: page.KindChoice, Required: true, Value: "p", Options: []page.Option{{Value: "p", Label: "Private"}, {Value: "b", Label: "Business"}}},
		{Name: "device", Kind: page.KindHidden, Value: "d-1"},
		{Name: "memo", Label: "Something new", Kind: "hologram", MaxLength: 80},
	}}
}

func wrongFields(b page.Base) page.Credentials {
	p := everyField(b)
	for i, e := range []page.Text{
		page.Plain("This looks like an email address; your bank uses 8 digits."), page.ErrorRequired, page.ErrorOption, page.ErrorDate,
		page.ErrorNumber, page.ErrorEmail, page.ErrorPhone, page.ErrorRequired, page.ErrorOption,
		{},
		page.ErrorTooLong(80),
	} {
		p.Fields[i].Error = e
	}
	p.Fields[0].Value, p.Fields[5].Value = "anna@example.org", "anna.example.org"
	return p
}

func code(b page.Base, m page.Medium, f page.Field) page.Challenge {
	return page.Challenge{Base: b, Connector: bank, Medium: m, Fields: []page.Field{f}}
}

func otp() page.Field {
	return page.Field{Name: "otp", Label: "Code", Kind: page.KindOTP, Required: true, Numeric: true, MaxLength: 6}
}

// puzzle is a picture of a few bytes: what it shows does not matter here.
func puzzle() []byte {
	png, err := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAgAAAAIAQAAAADsdIMmAAAAFUlEQVR42mNgYGD4z8DAwPCfgYEBAA3+AgDcZ2YpAAAAAElFTkSuQmCC")
	if err != nil {
		panic(err) // a constant
	}
	return png
}

var challenges = []Story{
	{"challenge-sms", "Challenge: code by text message", func(b page.Base) templ.Component {
		p := code(b, page.MediumSMS, otp())
		p.Target, p.Timed, p.Left, p.CanResend = "•• 42", true, 4*time.Minute+5*time.Second, true
		p.Until = time.Date(2026, time.May, 3, 10, 42, 0, 0, time.UTC)
		return p.View()
	}},
	{"challenge-sms-wrong", "Challenge: wrong code, time over, sent again", func(b page.Base) templ.Component {
		b.Notice = page.NoticeResent
		f := otp()
		f.Error = page.ErrorWrongCode
		p := code(b, page.MediumSMS, f)
		p.Target, p.Timed, p.TriesLeft, p.CanResend = "•• 42", true, 2, true
		return p.View()
	}},
	{"challenge-email", "Challenge: code by email, expired", func(b page.Base) templ.Component {
		p := code(b, page.MediumEmail, otp())
		p.Target, p.Error = "a•••@example.org", page.ErrorExpiredCode
		return p.View()
	}},
	{"challenge-app", "Challenge: code from the app", func(b page.Base) templ.Component { return code(b, page.MediumApp, otp()).View() }},
	{"challenge-device", "Challenge: code from a device", func(b page.Base) templ.Component {
		p := code(b, page.MediumDevice, page.Field{Name: "tan", Label: "TAN", Kind: page.KindOTP, Required: true, MaxLength: 8})
		p.Message = page.Plain("Put your card into the reader.\nType start code 4711.")
		return p.View()
	}},
	{"challenge-image", "Challenge: code in an image", func(b page.Base) templ.Component {
		p := code(b, page.MediumImage, otp())
		p.Image, p.ImageAlt = puzzle(), "photoTAN: scan it with the app of your bank"
		return p.View()
	}},
	{"challenge-choice", "Challenge: choice among methods", func(b page.Base) templ.Component { return choice(b).View() }},
	{"challenge-choice-none", "Challenge: no method chosen", func(b page.Base) templ.Component {
		p := choice(b)
		p.Fields[0].Error = page.ErrorNoMethod
		return p.View()
	}},
	{"challenge-unknown", "Challenge: one that nobody foresaw", func(b page.Base) templ.Component {
		p := code(b, "dance", page.Field{Name: "answer", Label: "What is the third letter of your pet's name?", Required: true, Error: page.ErrorTooShort(1)})
		p.Message = page.Plain("A security question <script>alert(1)</script>")
		return p.View()
	}},
}

func choice(b page.Base) page.Challenge {
	p := code(b, page.MediumChoice, page.Field{Name: "method", Label: "Method", Kind: page.KindChoice, Required: true, Options: []page.Option{
		{Value: "sms", Label: "Text message to •• 42"}, {Value: "app", Label: "Approval in the app on Pixel 8"}, {Value: "reader", Label: "Card reader"},
	}})
	p.Timed, p.Left = true, 5*time.Minute // a bank may give a time for the choice: the page does not count it
	return p
}

func wait(b page.Base, k page.WaitKind) page.Waiting {
	return page.Waiting{Base: b, Connector: bank, Kind: k, Elapsed: 40 * time.Second, Refresh: 5}
}

var waits = []Story{
	{"waiting-approval", "Waiting: approval in the app", func(b page.Base) templ.Component {
		p := wait(b, page.WaitApproval)
		p.Device, p.Timed, p.Left = "Pixel 8", true, 4*time.Minute+20*time.Second
		return p.View()
	}},
	{"waiting-approval-over", "Waiting: the bank's time is over", func(b page.Base) templ.Component {
		p := wait(b, page.WaitApproval)
		p.Elapsed, p.Timed, p.CanRestart, p.Message = 7*time.Minute, true, true, page.Plain("Please confirm the login of 09:41.")
		return p.View()
	}},
	{"waiting-bank", "Waiting: the bank is working", func(b page.Base) templ.Component { return wait(b, page.WaitBank).View() }},
	{"waiting-accounts", "Waiting: accounts are fetched", func(b page.Base) templ.Component { return wait(b, page.WaitAccounts).View() }},
	{"waiting-return", "Waiting: a later yes still counts", func(b page.Base) templ.Component {
		b.Notice = page.NoticeOtherTab
		return wait(b, page.WaitReturn).View()
	}},
}
