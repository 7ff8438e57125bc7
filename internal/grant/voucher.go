package grant

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// A voucher is a signed word that whoever holds it is not held up by what strangers try at the sign-in page: its tries are counted for
// itself, as few as anybody's, and not by network or e-mail address ("device cookies", OWASP's protocol against slow guessing). There are
// two kinds. A device gets one when somebody signs in with it, so that guesses from all over keep nobody from signing in where they always
// did, whatever network they are in. A client application that knows an end user by its own means asks for one, and hands it over where only
// that person reads it: the way in from a new device in a new network, which whoever guesses does not have.
//
// [INF] A voucher is no row: it is good for few tries, ends by itself, and opens nothing without the password. It names nobody; address
// and client application are in the keyed hash alone.
const (
	// DeviceLifetime is how long a device is known after somebody signed in with it.
	DeviceLifetime = 180 * 24 * time.Hour
	// VoucherLifetime is how long the voucher lasts that a client application asks for: long enough for a letter to be found and read.
	VoucherLifetime = time.Hour
	// mostDevices is how many people's vouchers a device keeps; the eldest goes first.
	mostDevices = 4
	// voucherWindow and mostVouchers bound what a client application that hands vouchers out blindly would let be guessed at one address.
	voucherWindow = time.Hour
	mostVouchers  = 30
)

// A voucher is 8 bytes of when it ends (seconds since 1970), 16 that make it the only one of its kind, and 16 of the keyed hash.
const (
	voucherEnds = 8
	voucherName = voucherEnds + 16
	voucherSize = voucherName + 16
)

// Voucher is what a client application is given for one e-mail address.
type Voucher struct {
	Value     bank.Secret
	ExpiresIn time.Duration
}

// NewVoucher makes the voucher of an e-mail address for a client application, whether anybody has that address or not. More than
// mostVouchers of one address in an hour are fault.Limited.
func (s *Service) NewVoucher(ctx context.Context, c Client, email string) (Voucher, error) {
	if email == "" || len(email) > mostEmail {
		return Voucher{}, fault.New(fault.Invalid, "The parameter email must be the user's e-mail address, of at most %d bytes.", mostEmail).
			WithField("email").WithCode("invalid_request")
	}
	counter := fmt.Sprintf("grant:voucher:%x", s.mac(fmt.Appendf(nil, "voucher of\x00%d\x00%s", c.ID, foldEmail(email)))[:16])
	if err := s.limit(ctx, counter, voucherWindow, 1, mostVouchers); err != nil {
		return Voucher{}, err
	}
	value, err := s.newVoucher(c.ID, email, VoucherLifetime)
	return Voucher{Value: value, ExpiresIn: VoucherLifetime}, err
}

// KnowDevice makes the vouchers that a device keeps from now on, in which somebody signed in: theirs first, then those of others that
// it had and that still last.
func (s *Service) KnowDevice(r SignInRequest) ([]bank.Secret, error) {
	own, err := s.newVoucher(r.ClientID, r.Email, DeviceLifetime)
	if err != nil {
		return nil, err
	}
	out := []bank.Secret{own}
	for _, v := range r.Vouchers {
		raw, ok := s.lasting(v)
		if ok && len(out) < mostDevices && !s.isOf(raw, r.ClientID, r.Email) {
			out = append(out, v)
		}
	}
	return out, nil
}

func (s *Service) newVoucher(clientID int64, email string, lifetime time.Duration) (bank.Secret, error) {
	raw := make([]byte, voucherName, voucherSize)
	binary.BigEndian.PutUint64(raw, uint64(s.now().Add(lifetime).Unix())) //nolint:gosec // after 1970
	if _, err := io.ReadFull(s.random(), raw[voucherEnds:]); err != nil {
		return bank.Secret{}, fmt.Errorf("read random bytes: %w", err)
	}
	raw = append(raw, s.voucherSum(raw, clientID, email)...)
	return bank.NewSecret(base64.RawURLEncoding.EncodeToString(raw)), nil
}

func (s *Service) voucherSum(head []byte, clientID int64, email string) []byte {
	return s.mac(fmt.Appendf(nil, "voucher\x00%x\x00%d\x00%s", head, clientID, foldEmail(email)))[:voucherSize-voucherName]
}

// lasting reads a voucher that has not ended.
func (s *Service) lasting(v bank.Secret) (raw []byte, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(v.Reveal())
	if err != nil || len(raw) != voucherSize {
		return nil, false
	}
	return raw, binary.BigEndian.Uint64(raw) > uint64(s.now().Unix()) //nolint:gosec // after 1970
}

func (s *Service) isOf(raw []byte, clientID int64, email string) bool {
	return subtle.ConstantTimeCompare(raw[voucherName:], s.voucherSum(raw[:voucherName], clientID, email)) == 1
}

// vouched is the name of the first voucher among a request's that is its address's own; nil for none.
func (s *Service) vouched(r SignInRequest) []byte {
	if len(r.Email) > mostEmail {
		return nil
	}
	for _, v := range r.Vouchers[:min(len(r.Vouchers), mostDevices+1)] {
		if raw, ok := s.lasting(v); ok && s.isOf(raw, r.ClientID, r.Email) {
			return raw[voucherEnds:voucherName]
		}
	}
	return nil
}
