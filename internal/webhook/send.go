package webhook

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/seeded"
)

// problem is why there was no answer.
type problem struct {
	text    string
	timeout bool
}

// content is what is sent: the stored body with the id of its delivery as the first member, in the dialect's word for it. It is the
// same for each try.
func content(dialect string, d Delivery) ([]byte, error) {
	rest, ok := strings.CutPrefix(d.Body, "{")
	if !ok {
		return nil, fmt.Errorf("the body of delivery %d is not a JSON object", d.ID)
	}
	comma := ","
	if strings.TrimSpace(rest) == "}" {
		comma = ""
	}
	id := strconv.FormatInt(d.ID, 10)
	if dialect == DialectLinxo {
		return []byte(`{"id":"` + id + `"` + comma + rest), nil
	}
	return []byte(`{"id_webhook_data":` + id + comma + rest), nil
}

// request makes the request of one try.
func (s *Service) request(ctx context.Context, c Claim, now time.Time) (*http.Request, error) {
	body, err := content(c.Receiver.Dialect, c.Delivery)
	if err != nil {
		return nil, err
	}
	sent, encoding := body, ""
	compress := c.Compress
	if c.Receiver.Params.Compress != nil {
		compress = *c.Receiver.Params.Compress
	}
	if compress {
		if sent, err = zipped(body); err != nil {
			return nil, err
		}
		encoding = "gzip"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Receiver.URL, bytes.NewReader(sent))
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	h := req.Header
	h.Set("User-Agent", s.userAgent())
	h.Set("Content-Type", "application/json; charset=utf-8")
	if c.Receiver.Dialect != DialectLinxo { // which has a name of its own for the event, in the body
		h.Set("Passerelle-Event", c.Delivery.Event)
	}
	h.Set("Passerelle-Delivery", strconv.FormatInt(c.Delivery.ID, 10))
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	if seeded.SignedZipped {
		body = sent
	}
	return req, s.authenticate(ctx, req, c, now, body)
}

// authenticate proves to the receiver that the delivery is ours.
func (s *Service) authenticate(ctx context.Context, req *http.Request, c Claim, now time.Time, body []byte) error {
	if c.Auth == nil {
		token, err := s.userToken(ctx, c, now)
		if err == nil && !token.IsZero() {
			req.Header.Set("Authorization", "Bearer "+token.Reveal())
		}
		return err
	}
	switch c.Auth.Type {
	case AuthHMAC:
		signHMAC(req.Header, req.Method, req.URL, now, body, c.Auth.Config.SecretKey)
		return nil
	case AuthStandard:
		return signStandard(req.Header, standardID(c.Delivery.ID), now, body, c.Auth.Config.SecretKey, c.Auth.Config.Previous)
	case AuthOAuth:
		token, err := s.clientToken(ctx, c.Auth, now)
		if err == nil {
			req.Header.Set("Authorization", "Bearer "+token.Reveal())
		}
		return err
	}
	return fmt.Errorf("deliveries of type %q cannot be authenticated", c.Auth.Type)
}

// userToken gives the token of a user's event; none where the event is no user's or the user is gone, or the dialect has none.
func (s *Service) userToken(ctx context.Context, c Claim, now time.Time) (bank.Secret, error) {
	if c.Delivery.UserID == 0 || !c.HasUser || c.Receiver.Dialect == DialectLinxo {
		return bank.Secret{}, nil
	}
	return s.tokens.get(userKey(c.Delivery.UserID), now, func() (bank.Secret, time.Time, error) {
		token, err := s.Tokens.DeliveryToken(ctx, c.Receiver.Domain, c.Delivery.UserID)
		if err != nil {
			return token, now, fmt.Errorf("make the user's access token: %w", err)
		}
		return token, now.Add(tokenReuse), nil
	})
}

func zipped(body []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(body)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("compress the body: %w", err)
	}
	return out.Bytes(), nil
}

// send sends one request and says what came back. The answer is foreign text: little of it is read, and less kept.
func (s *Service) send(req *http.Request) (status int, header http.Header, answer string, failed problem) {
	res, err := s.Client.Do(req)
	if err != nil {
		return 0, nil, "", noAnswer(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(res.Body, mostRead))
	if err != nil && (res.StatusCode < 200 || res.StatusCode > 299) {
		failed = noAnswer(err) // the status counts all the same
	}
	return res.StatusCode, res.Header, kept(req.Header, b), failed
}
