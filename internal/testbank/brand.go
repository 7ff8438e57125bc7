package testbank

import (
	"fmt"
	"net/url"
	"strings"
)

// Brand is one of the banks that this program plays. They differ in who may sign in and in what that person has; the website,
// the API, the scenarios and the control are the same.
type Brand string

// The brands.
const (
	// BrandTest is the bank of the JSON file.
	BrandTest Brand = ""
	// BrandIntegration is the bank whose customers bring a configuration file of their own (see Book).
	BrandIntegration Brand = "integration"
	// BrandSimulator is the bank whose one customer picks a profile (see Profiles).
	BrandSimulator Brand = "simulator"
)

// brandNames are what the brands beside the file's own call themselves.
var brandNames = map[Brand]string{BrandIntegration: "Integration test bank", BrandSimulator: "Bank simulator"}

// Known says whether the program plays such a bank.
func (b Brand) Known() bool { return b == BrandTest || brandNames[b] != "" }

// Brand is what a brand is called: the bank's identity with the brand's own name.
func (b *Bank) Brand(brand Brand) Identity {
	id := b.file.Bank
	if name := brandNames[brand]; name != "" {
		id.Name = name
	}
	return id
}

// Who says which customer of which brand somebody is.
type Who struct {
	Brand Brand
	Login string
	// File is the address of the configuration file as it was typed, of the integration brand; empty is the built-in one.
	File string
	// Profile is the simulator's.
	Profile string
}

// maxFile bounds the address of a configuration file in bytes; maxLogin bounds a login's.
const maxAddress = 1024

// String names a customer across the brands. The state is kept by it, the control knows customers by it, and a program gets it as
// the stable name of who signed in:
//
//	dev                              of the test bank
//	dev@integration                  of the built-in configuration file
//	dev@https://example.com/a.txt    of that configuration file
//	linxo simulator@simulator/wealthdemo.json
func (w Who) String() string {
	switch {
	case w.Brand == BrandIntegration && w.File != "":
		return w.Login + "@" + w.File
	case w.Brand == BrandIntegration:
		return w.Login + "@" + string(BrandIntegration)
	case w.Brand == BrandSimulator:
		return w.Login + "@" + string(BrandSimulator) + "/" + w.Profile
	}
	return w.Login
}

// ReadWho reads what String writes.
func ReadWho(s string) Who {
	if login, ok := strings.CutSuffix(s, "@"+string(BrandIntegration)); ok {
		return Who{Brand: BrandIntegration, Login: login}
	}
	if login, profile, ok := strings.Cut(s, "@"+string(BrandSimulator)+"/"); ok {
		return Who{Brand: BrandSimulator, Login: login, Profile: profile}
	}
	for _, scheme := range []string{"@https://", "@http://"} {
		if login, rest, ok := strings.Cut(s, scheme); ok {
			return Who{Brand: BrandIntegration, Login: login, File: scheme[1:] + rest}
		}
	}
	return Who{Login: s}
}

// valid says whether the name can be kept: not too long, and read back as what it is, so that no login of one brand takes the name
// of another's customer.
func (w Who) valid() bool {
	return w.Login != "" && len(w.Login) <= maxLogin && len(w.File) <= maxAddress && w.Brand.Known() && ReadWho(w.String()) == w
}

// ReadAddress reads the address of a configuration file as people type it and gives the form that it is known by. It checks the
// form alone: where it leads is the fetcher's to judge. Errors are *Refusal.
func ReadAddress(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	u, err := url.Parse(raw)
	switch {
	case len(raw) > maxAddress:
		return nil, badFile("The address of the configuration file is longer than %d characters: give a shorter one.", maxAddress)
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, badFile("The address of the configuration file must begin with https:// and name a host.")
	case u.User != nil:
		return nil, badFile("The address of the configuration file must not hold a name and password: make the file readable without.")
	}
	u.Scheme, u.Host, u.Fragment = strings.ToLower(u.Scheme), strings.ToLower(u.Host), ""
	return u, nil
}

// badFile refuses a configuration file with what is wrong and what helps.
func badFile(format string, args ...any) *Refusal {
	return &Refusal{Code: CodeBadConfiguration, Message: fmt.Sprintf(format, args...)}
}
