package statement

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"strings"

	"passerelle/internal/protocol/wire"
)

// Caps of what is read. A bank that sends more is sending something else.
const (
	// mostEntries caps the movements of one file, mostStatements its statements.
	mostEntries    = 100_000
	mostStatements = 1_000
	// mostDetails caps the parts of one movement.
	mostDetails = 10_000
)

// errTooMuch is a file with more in it than a bank has to say.
var errTooMuch = errors.New("the bank's statement holds more than can be one customer's")

// Parse reads a bank's statement in whatever of the known forms it is: camt by its root element, MT940 by its first field. The content
// type, as the bank named it, decides only where the text itself leaves it open. The error is a *connector.Error with CodeProtocol; it
// repeats nothing of the text.
func Parse(contentType string, body []byte) ([]Statement, error) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	var out []Statement
	var err error
	switch text := bytes.TrimSpace(body); {
	case len(text) == 0:
		return nil, nil // a bank that has nothing to tell
	case text[0] == '<':
		out, err = parseCamt(text)
	case bytes.HasPrefix(text, []byte("{1:")), bytes.HasPrefix(text, []byte(":20:")), bytes.Contains(head(text), []byte("\n:20:")), IsMT940(contentType):
		out, err = parseMT940(text)
	default:
		err = errors.New("the bank's statement is neither camt.052, camt.053 nor MT940")
	}
	if err != nil {
		return nil, wire.Protocol(fmt.Errorf("statement: %w", err))
	}
	return out, nil
}

// head is where a file says what it is.
func head(text []byte) []byte { return text[:min(len(text), 1024)] }

// IsCamt says whether a content type can be camt's: XML.
func IsCamt(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (t == "application/xml" || t == "text/xml" || strings.HasSuffix(t, "+xml"))
}

// IsMT940 says whether a content type can be MT940's: plain text, or the type that some banks made up for it.
func IsMT940(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (t == "text/plain" || strings.Contains(t, "mt940") || strings.Contains(t, "swift"))
}
