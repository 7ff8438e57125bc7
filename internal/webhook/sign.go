package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/seeded"
)

// What is signed is the JSON before it is compressed: that is what a receiver's framework hands to it, whether it or a proxy
// in front of it undid the compression.

// dateLayout is the date of BI-Signature-Date: UTC, ISO 8601 with microseconds.
const dateLayout = "2006-01-02T15:04:05.000000Z"

// signHMAC adds Powens' headers: BI-Signature is Base64(HMAC-SHA256(METHOD.path.date.payload)) under the secret key as it was
// handed out. The path is that of the receiver's URL as it stands in the request, without the query.
func signHMAC(h http.Header, method string, u *url.URL, at time.Time, body []byte, key bank.Secret) {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	date := at.UTC().Format(dateLayout)
	h.Set("BI-Signature-Date", date)
	h.Set("BI-Signature", base64.StdEncoding.EncodeToString(digest([]byte(key.Reveal()), method+"."+path+"."+date+".", body)))
}

func digest(key []byte, prefix string, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(prefix))
	if !seeded.SignatureLeftOut {
		m.Write(body)
	}
	return m.Sum(nil)
}

// standardPrefix begins the secrets of Standard Webhooks.
const standardPrefix = "whsec_"

// signStandard adds the headers of Standard Webhooks 1.0.0: webhook-id (the same for each try), webhook-timestamp (of this try)
// and a signature for each live secret, separated by spaces, so that a receiver may change over at its own pace (R78–R80).
func signStandard(h http.Header, id string, at time.Time, body []byte, keys ...bank.Secret) error {
	stamp := strconv.FormatInt(at.Unix(), 10)
	var signatures []string
	for _, key := range keys {
		if key.IsZero() {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(key.Reveal(), standardPrefix))
		if err != nil {
			// The cause would quote the key.
			return fmt.Errorf("a stored signing secret is not base64")
		}
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(digest(raw, id+"."+stamp+".", body)))
	}
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", stamp)
	h.Set("webhook-signature", strings.Join(signatures, " "))
	return nil
}

// standardID names a delivery in webhook-id. It holds no dot, which separates the parts of what is signed.
func standardID(deliveryID int64) string { return "msg_" + strconv.FormatInt(deliveryID, 10) }
