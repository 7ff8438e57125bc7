package powens

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/internal/bank"

	"passerelle/web/params"
)

const (
	// mostOwnText caps a client application's own wording or comment, in characters.
	mostOwnText = 1000
	// mostCategories and mostCategory cap its own categories: how many, and how long a code is in bytes.
	mostCategories = 20
	mostCategory   = 100
)

// transactionChange is POST and PUT /users/{id|me}/transactions/{tid}. Null and the empty text bring the bank's own back.
func (h *Handler) transactionChange(q *request) error {
	id, err := pathID(q.Param("transaction"), "id_transaction")
	if err != nil {
		return err
	}
	expand, err := q.expand()
	if err != nil {
		return err
	}
	c, err := q.transactionChange()
	if err != nil {
		return err
	}
	t, err := h.Writer.ChangeTransaction(q.Request().Context(), q.userID, id, c, h.now())
	if err != nil {
		return absent(err)
	}
	return h.showTransaction(q, &t, expand)
}

func (q *request) transactionChange() (c bank.TransactionChange, err error) {
	for name, to := range map[string]**string{"wording": &c.Wording, "comment": &c.Comment} {
		if *to, err = q.OptionalText(name, mostOwnText); err != nil {
			return c, err
		}
	}
	if c.Active, err = q.OptionalFlag("active"); err != nil {
		return c, err
	}
	if c.Categories, err = q.categories(); err != nil {
		return c, err
	}
	day, err := q.OptionalText("application_date", mostOwnText)
	if err != nil || day == nil {
		return c, err
	}
	var at *time.Time
	if *day != "" {
		t, err := time.Parse(dateLayout, *day)
		if err != nil || t.Year() < 1 {
			return c, params.ErrValue("application_date", "must be a day such as 2026-01-31")
		}
		at = &t
	}
	c.ApplicationDate = &at
	return c, nil
}

// categories reads a list of {code, parent_code}, or of codes alone; in a form it is JSON text, or codes parted by commas.
func (q *request) categories() (*[]bank.Category, error) {
	const name = "categories"
	v := q.Body[name]
	var out []bank.Category
	switch {
	case v.Kind == 0:
		return nil, nil
	case v.Kind == params.KindNull:
	case v.Kind == params.KindNested || v.Kind == params.KindText && strings.HasPrefix(strings.TrimSpace(v.Text), "["):
		var ok bool
		if out, ok = readCategories(v.Text); !ok {
			return nil, params.ErrValue(name, "must be a list of objects with code and parent_code")
		}
	case v.Kind == params.KindText:
		for code := range strings.SplitSeq(v.Text, ",") {
			if code = strings.TrimSpace(code); code != "" {
				out = append(out, bank.Category{Code: code})
			}
		}
	default:
		return nil, params.ErrValue(name, "must be a list of objects with code and parent_code")
	}
	if len(out) > mostCategories {
		return nil, params.ErrValue(name, "must be at most 20")
	}
	for _, c := range out {
		for _, s := range []string{c.Code, c.ParentCode} {
			if len(s) > mostCategory || s != bank.CleanText(s, mostCategory) || !utf8.ValidString(s) {
				return nil, params.ErrValue(name, "must have codes of at most 100 plain characters")
			}
		}
		if c.Code == "" {
			return nil, params.ErrValue(name, "must each have a code")
		}
	}
	return &out, nil
}

func readCategories(text string) ([]bank.Category, bool) {
	var codes []string
	if json.Unmarshal([]byte(text), &codes) == nil {
		out := make([]bank.Category, 0, len(codes))
		for _, code := range codes {
			out = append(out, bank.Category{Code: code})
		}
		return out, true
	}
	var out []bank.Category
	err := json.Unmarshal([]byte(text), &out)
	return out, err == nil
}
