package testbank

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// What a configuration file may hold at most.
const (
	MostBook           = 1 << 20
	mostBookAccounts   = 200
	mostBookMovements  = 50_000
	mostBookChallenges = 5
)

// Book is a configuration file: one customer of the integration brand, as an integrator wrote them. ParseBook makes it.
type Book struct {
	Login, Password string
	Person          *Person
	// NewURL is where the file is found from the next login on; empty when it stays.
	NewURL string

	scenario Scenario
	// acts is what the scenario was made of, to notice that the file says something else now.
	acts string
}

// BookError is what is wrong with a configuration file. Line counts from 1, 0 is the whole file; Column is empty when the
// line as a whole is meant.
type BookError struct {
	Line   int
	Column string
	Says   string
}

// Error implements error.
func (e *BookError) Error() string {
	switch {
	case e.Line == 0:
		return e.Says
	case e.Column == "":
		return fmt.Sprintf("line %d: %s", e.Line, e.Says)
	}
	return fmt.Sprintf("line %d, %s: %s", e.Line, e.Column, e.Says)
}

// Refusal says it to who gave the file.
func (e *BookError) Refusal() *Refusal {
	return badFile("The configuration file cannot be used: %s", e.Error())
}

// bookReader gathers what the lines say.
type bookReader struct {
	book Book
	// owner is who the accounts are of that name nobody else.
	owner     string
	account   *AccountSpec
	ids       map[string]int
	movements int
	counts    map[string]int
	seen      map[string]int
	state     string
	questions []question
	always    bool
}

// ParseBook reads a configuration file in the grammar of Grammar. Errors are *BookError; the first thing that is wrong is told.
func ParseBook(raw []byte) (*Book, error) {
	if len(raw) > MostBook {
		return nil, &BookError{Says: fmt.Sprintf("it is larger than %d bytes: take accounts or transactions out", MostBook)}
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	r := &bookReader{ids: map[string]int{}, seen: map[string]int{}, counts: map[string]int{}, book: Book{Person: &Person{}}}
	n := 0
	for line := range bytes.Lines(raw) {
		n++
		if !utf8.Valid(line) {
			return nil, &BookError{Line: n, Says: "this is not UTF-8: save the file as UTF-8 text"}
		}
		text := strings.TrimSpace(string(line))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if err := r.line(n, text); err != nil {
			return nil, err
		}
	}
	return r.finish()
}

// line reads one record.
func (r *bookReader) line(n int, text string) error {
	values := strings.Split(text, "|")
	name := strings.TrimSpace(values[0])
	at := slices.IndexFunc(grammar, func(g Record) bool { return g.Name == name })
	if at < 0 {
		// What stands here is not repeated: the address may lead to a page that is none of the integrator's.
		return &BookError{Line: n, Says: "a line begins with one of " + strings.Join(recordNames(), ", ") + ", in capitals, and a |"}
	}
	l := bookLine{n: n, record: &grammar[at], values: values[1:]}
	if err := l.check(); err != nil {
		return err
	}
	if first, ok := r.seen[name]; ok && l.record.Once {
		return l.wrong("", "there is a %s in line %d already: keep one of the two", name, first)
	}
	r.seen[name] = n
	return readers[name](r, l)
}

// finish puts the customer together.
func (r *bookReader) finish() (*Book, error) {
	if _, ok := r.seen[recordCredentials]; !ok {
		return nil, &BookError{Says: "it has no line CREDENTIALS|login|password: write who may sign in, first of all"}
	}
	b := &r.book
	if r.owner == "" {
		r.owner = b.Login
	}
	b.Person.Name, b.Person.About = r.owner, "what the configuration file says"
	for i := range b.Person.Accounts {
		sortMovements(b.Person.Accounts[i].fixed)
	}
	b.scenario = success()
	if r.state != "" {
		b.scenario, _ = Find(r.state)
	}
	if len(r.questions) > 0 {
		b.scenario.questions, b.scenario.everyTime = r.questions, r.always
	}
	b.acts = fmt.Sprintf("%s %t %q", b.scenario.Name, b.scenario.everyTime, r.questions)
	return b, nil
}

//go:embed files/dev.txt
var devFile []byte

//go:embed files/example.txt
var exampleFile []byte

// Files are the configuration files that the bank itself hands out, by name: the built-in one of dev/dev, and an example of
// everything to begin one's own from.
func Files() map[string][]byte {
	return map[string][]byte{"dev.txt": bytes.Clone(devFile), "example.txt": bytes.Clone(exampleFile)}
}

// builtIn is the book of who gives no configuration file, nil for an unknown login. A login that is the name of a scenario acts that scenario out.
func (b *Bank) builtIn(login string) *Book {
	if login == b.dev.Login {
		return b.dev
	}
	s, ok := Find(login)
	if !ok {
		return nil
	}
	book := *b.dev
	book.Login, book.scenario, book.acts = login, s, s.Name
	return &book
}
