package linxo

import (
	"encoding/json"
	"strconv"
	"time"

	"passerelle/internal/grant"
	"passerelle/web/params"
)

// mostProfileText is the longest text of a profile, in characters.
const mostProfileText = 200

// userObject is a user as both versions know it. What is not known is absent.
type userObject struct {
	ID           string `json:"id"`
	Email        string `json:"email,omitempty"`
	FirstName    string `json:"first_name,omitempty"`
	LastName     string `json:"last_name,omitempty"`
	CreationDate int64  `json:"creation_date"`
	// Professional is what the person said in the widget's entry point professional-account, where they are told that it is served here.
	Professional *grant.Professional `json:"professional,omitempty"`
	*userDetails
}

// userDetails are what version 2.1 tells beside it.
type userDetails struct {
	Gender        string            `json:"gender,omitempty"`
	EmailVerified bool              `json:"email_verified"`
	Birthdate     json.RawMessage   `json:"birthdate,omitempty"`
	Address       map[string]string `json:"address,omitempty"`
}

func (v Version) user(p grant.Person) userObject {
	o := userObject{
		ID: strconv.FormatInt(p.ID, 10), Email: p.Email, FirstName: p.Profile.FirstName, LastName: p.Profile.LastName,
		CreationDate: p.Created.Unix(), // of version 3 too: it is the one date there that is no text
		Professional: p.Profile.Professional,
	}
	if v == V21 {
		o.userDetails = &userDetails{
			Gender: p.Profile.Gender, EmailVerified: false, // nothing is ever sent there
			Birthdate: v.dayText(p.Profile.Birthdate), Address: p.Profile.Address,
		}
	}
	return o
}

// readBirthdate reads a day: epoch seconds, of which the day in Paris is taken, or YYYY-MM-DD.
func readBirthdate(p *params.Params) (string, error) {
	v := p.Body["birthdate"]
	switch v.Kind {
	case params.KindNull:
		return "", nil
	case params.KindNumber, params.KindText:
		if v.Text == "" {
			return "", nil
		}
		if seconds, err := strconv.ParseInt(v.Text, 10, 64); err == nil && seconds > -1<<36 && seconds < 1<<36 {
			return time.Unix(seconds, 0).In(paris).Format(time.DateOnly), nil
		}
		if _, err := time.Parse(time.DateOnly, v.Text); err == nil {
			return v.Text, nil
		}
	case params.KindBool, params.KindNested:
	}
	return "", params.ErrValue("birthdate", "must be a day: epoch seconds or YYYY-MM-DD")
}

// readAddress reads an object of texts.
func readAddress(p *params.Params) (map[string]string, error) {
	members, err := p.Nested("address")
	if err != nil || len(members) == 0 {
		return nil, err
	}
	out := map[string]string{}
	for name, raw := range members {
		var text *string
		if json.Unmarshal(raw, &text) != nil {
			return nil, params.ErrValue("address", "must be an object of texts, such as postcode and city")
		}
		if text != nil && *text != "" {
			out[name] = *text
		}
	}
	return out, nil
}
