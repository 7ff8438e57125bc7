package testbank

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	bank "passerelle/internal/testbank"
)

const (
	// fileTime is how long a configuration file may take, redirects included.
	fileTime = 10 * time.Second
	// fileHops is how many redirects are followed, each checked like the first address.
	fileHops = 3
	// filesAtOnce bounds the reads under way: whoever signs in makes the bank read an address.
	filesAtOnce = 8
)

// signIn signs in, with what the customer's configuration file holds now where they have one.
func (s *Server) signIn(ctx context.Context, in bank.SignIn) (bank.Visit, error) {
	if in.Brand != bank.BrandIntegration || strings.TrimSpace(in.File) == "" {
		in.File = ""
		return s.bank.SignIn(in)
	}
	u, err := bank.ReadAddress(in.File)
	if err != nil {
		return bank.Visit{}, err
	}
	in.File = u.String()
	if in.Book, err = s.book(ctx, s.bank.Address(in.Who(), true)); err != nil {
		return bank.Visit{}, err
	}
	return s.bank.SignIn(in)
}

// rereadVisit reads a visit's configuration file again before its accounts are listed.
func (s *Server) rereadVisit(ctx context.Context, visitID string) error {
	who, ok, err := s.bank.VisitWho(visitID)
	if err != nil || !ok {
		return err
	}
	book, err := s.book(ctx, s.bank.Address(who, false))
	if err != nil {
		return err
	}
	return s.bank.VisitReread(visitID, book)
}

// rereadConsent does so for the consent of an access token.
func (s *Server) rereadConsent(ctx context.Context, token string) error {
	who, ok, err := s.bank.ConsentWho(token)
	if err != nil || !ok {
		return err
	}
	book, err := s.book(ctx, s.bank.Address(who, false))
	if err != nil {
		return err
	}
	return s.bank.ConsentReread(token, book)
}

// book reads a configuration file. Errors are *bank.Refusal in words for who wrote it, or the context's.
func (s *Server) book(ctx context.Context, address string) (*bank.Book, error) {
	raw, err := s.fetch(ctx, address)
	if err != nil {
		return nil, err
	}
	book, err := bank.ParseBook(raw)
	var wrong *bank.BookError
	if errors.As(err, &wrong) {
		return nil, wrong.Refusal()
	}
	return book, err
}

// unusable refuses a configuration file that cannot be had.
func unusable(says string) error {
	return &bank.Refusal{Code: bank.CodeBadConfiguration, Message: says}
}

// unreachable is the one sentence for an address that the bank may not read and for one where nobody answers: whoever signs in is not to
// learn from it which names there are in the bank's own network. The log says which of the two it was.
const unreachable = "The configuration file cannot be read from here: its server is unknown, does not answer, or is in a network that this bank " +
	"does not read. Give an address that begins with https:// and that everybody on the internet can open."

// fetch gets the file. It follows redirects by itself, since each address must be judged before it is asked.
func (s *Server) fetch(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fileTime)
	defer cancel()
	select {
	case s.reads <- struct{}{}:
		defer func() { <-s.reads }()
	case <-ctx.Done():
		return nil, unusable("The configuration file was not read: too many others are being read. Try again in a moment.")
	}
	u, err := bank.ReadAddress(address)
	if err != nil {
		return nil, err
	}
	for range fileHops + 1 {
		if strings.EqualFold(u.Host, s.public.Host) {
			return s.ownFile(u)
		}
		raw, next, err := s.get(ctx, u)
		if err != nil || next == nil {
			return raw, err
		}
		u = next
	}
	return nil, unusable("The address of the configuration file redirects more than three times: give the last address itself.")
}

// ownFile gives a file that the bank hands out itself. Nothing else of the bank is read through this door.
func (s *Server) ownFile(u *url.URL) ([]byte, error) {
	raw, ok := bank.Files()[strings.TrimPrefix(u.Path, "/files/")]
	if !ok {
		return nil, unusable("There is no such configuration file at the bank itself: it has /files/dev.txt and /files/example.txt.")
	}
	return raw, nil
}

// get asks one address: the file, or where it redirects to.
func (s *Server) get(ctx context.Context, u *url.URL) (raw []byte, next *url.URL, err error) {
	if s.files == nil {
		return nil, nil, unusable("This test bank reads no configuration files: it was started without a way out. Leave the address empty.")
	}
	if s.judge != nil {
		if why := s.judge(ctx, u); why != "" {
			s.log.InfoContext(ctx, "a customer's configuration file is not read: its address "+why, "host", u.Host)
			return nil, nil, unusable(unreachable)
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, unusable("The address of the configuration file cannot be used: write it as a browser shows it.")
	}
	req.Header.Set("Accept", "text/plain, */*;q=0.5")
	req.Header.Set("User-Agent", "test-bank/1")
	resp, err := s.files.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil, unusable("The configuration file did not come within ten seconds. Is its server running?")
		}
		s.log.InfoContext(ctx, "a customer's configuration file is not read: its server cannot be reached", "host", u.Host)
		return nil, nil, unusable(unreachable)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode/100 == 3 && resp.Header.Get("Location") != "" {
		to, err := u.Parse(resp.Header.Get("Location"))
		if err == nil {
			to, err = bank.ReadAddress(to.String())
		}
		if err != nil {
			return nil, nil, unusable("The address of the configuration file redirects to something that is no address of a file.")
		}
		return nil, to, nil
	}
	if resp.StatusCode != http.StatusOK {
		return nil, nil, unusable("The configuration file cannot be read: its server answers " + resp.Status[:min(len(resp.Status), 3)] + ". Open the address in a browser to see why.")
	}
	raw, err = io.ReadAll(io.LimitReader(resp.Body, bank.MostBook+1))
	if err != nil {
		return nil, nil, unusable("The configuration file broke off while it was read. Try again.")
	}
	return raw, nil, nil
}
