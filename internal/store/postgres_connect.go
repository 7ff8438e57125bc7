package store

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"passerelle/internal/fault"
)

// ErrUnreachable is in what is answered where no connection to PostgreSQL comes about: whoever asked knows which flag gave the address.
var ErrUnreachable = errors.New("connect to PostgreSQL")

// unreachable says why there is no connection, on one line. pgx's own words name the user, the database and the host, and never the password.
// What only the operator can mend is not told as a thing of the moment.
func unreachable(err error) error {
	cause := fmt.Errorf("%w: %s", ErrUnreachable, eachOnce(err))
	if remedy := connectRemedy(err); remedy != "" {
		return fmt.Errorf("%s (%w)", remedy, cause)
	}
	return fault.New(fault.Unavailable, "The database cannot be reached just now. Try again in a moment.").WithRetry(retryAfter).
		WithCause(fmt.Errorf("%w; check the address, and that the server runs and lets this program in", cause))
}

// eachOnce says what the attempts gave, one for each address of the server, with and without TLS: alike, they are told once.
func eachOnce(err error) string {
	var told []string
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "failed to connect to `") {
			// It says whose connection, which is told once.
			_, line, _ = strings.Cut(line, "`: ")
		}
		if line != "" && !slices.Contains(told, line) {
			told = append(told, line)
		}
	}
	return strings.Join(told, "; ")
}

// connectRemedy is what to do about a refusal that does not go by itself; "" where there is none.
func connectRemedy(err error) string {
	user, database := "USER", "NAME"
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) && connect.Config != nil {
		user, database = pgx.Identifier{connect.Config.User}.Sanitize(), pgx.Identifier{connect.Config.Database}.Sanitize()
	}
	switch pgCode(err) {
	case "28P01":
		return "the server refuses the user " + user + " or the password: mend them in the address"
	case "28000":
		return "the server does not let the user " + user + " in like this: look at the user, at sslmode in the address, and at the server's pg_hba.conf"
	case "3D000":
		return "there is no such database: make it with CREATE DATABASE " + database + " OWNER " + user
	case "42704":
		return "the server does not know a setting that the address has behind its question mark: mend or remove it"
	}
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		return "the server's certificate is not trusted: name its authority with sslrootcert=FILE in the address, and the host that it was made out for"
	case strings.Contains(err.Error(), "server refused TLS connection"):
		return "the server speaks no TLS: let it, or write sslmode=disable in the address where nobody can listen on the way"
	}
	return ""
}
