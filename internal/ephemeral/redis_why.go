package ephemeral

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/redis/go-redis/v9"
)

// Why is why a Redis cannot be used, in one of a few words of ours that hold nothing of its address: good for a log, a figure's label
// and an answer of readiness. What go-redis says may name hosts and users.
type Why string

// All reasons there are.
const (
	WhyPassword  Why = "user or password refused"
	WhyRights    Why = "rights missing"
	WhyTrust     Why = "TLS failed"
	WhyName      Why = "host unknown"
	WhyRefused   Why = "connection refused"
	WhyLost      Why = "connection lost"
	WhySilent    Why = "no answer in time"
	WhyReplica   Why = "is a replica"
	WhyFull      Why = "full"
	WhyStarting  Why = "starting"
	WhyCluster   Why = "cluster not whole"
	WhyMaster    Why = "no such master"
	WhyCrowded   Why = "takes no more connections"
	WhyMixedUp   Why = "an answer belongs to another question"
	WhyRefusing  Why = "command refused"
	WhyElsewhere Why = "connection failed"
)

// remedies are what an operator can do; the rest ends by itself.
var remedies = map[Why]string{
	WhyPassword: "give the user and password of --redis-url (PASSERELLE_REDIS_URL) that Redis knows; behind Sentinels sentinel_user and sentinel_password, too",
	WhyRights:   "give the user the rights that the README lists, for the prefix of --redis-url (PASSERELLE_REDIS_URL)",
	WhyTrust:    "begin --redis-url (PASSERELLE_REDIS_URL) with rediss where Redis speaks TLS, with redis where not; name its authority (ca), its name (server_name), and a certificate (cert, key) if it asks for one",
	WhyName:     "correct the host in --redis-url (PASSERELLE_REDIS_URL), or the names that this machine resolves",
	WhySilent:   "look at the network and at the load of Redis, and whether --redis-url (PASSERELLE_REDIS_URL) begins with rediss although Redis speaks no TLS",
	WhyLost:     "look at the network, and whether --redis-url (PASSERELLE_REDIS_URL) begins with redis although Redis speaks TLS",
	WhyRefused:  "start Redis, or correct the host and port in --redis-url (PASSERELLE_REDIS_URL)",
	WhyReplica:  "name the master in --redis-url (PASSERELLE_REDIS_URL), or its Sentinels",
	WhyFull:     "give Redis more memory (maxmemory), or let it drop what is old (maxmemory-policy)",
	WhyMaster:   "name in --redis-url (PASSERELLE_REDIS_URL) the master as the Sentinels' configuration does",
	WhyCrowded:  "raise maxclients of Redis",
}

func (w Why) remedy() string { return remedies[w] }

// lastWhy is the last reason noted.
type lastWhy struct{ v atomic.Value }

// note keeps a reason, and says whether it is another than before.
func (l *lastWhy) note(w Why) bool {
	old, _ := l.v.Swap(w).(Why)
	return old != w
}

func (l *lastWhy) last() Why {
	w, _ := l.v.Load().(Why)
	return w
}

// whyOf finds the reason of a failed call. What Redis said comes first: with several hosts, an error holds what each of them met.
func whyOf(err error) Why {
	for _, w := range []func(error) Why{whyAnswer, whyTrust, whyNetwork} {
		if why := w(err); why != "" {
			return why
		}
	}
	return WhyElsewhere
}

// whyAnswer reads what Redis, or a Sentinel, answered. A script tells of missing rights in its own words.
func whyAnswer(err error) Why {
	var server redis.Error
	said := errors.As(err, &server)
	switch {
	case errors.Is(err, errMixedUp):
		return WhyMixedUp
	case redis.IsAuthError(err), said && strings.HasPrefix(server.Error(), "ERR AUTH"):
		return WhyPassword
	case redis.IsPermissionError(err), said && (strings.Contains(server.Error(), "ACL failure") || strings.Contains(server.Error(), "user executing the script can't")):
		return WhyRights
	case redis.IsReadOnlyError(err), redis.IsNoReplicasError(err):
		return WhyReplica
	case redis.IsOOMError(err):
		return WhyFull
	case redis.IsLoadingError(err), redis.IsMasterDownError(err):
		return WhyStarting
	case redis.IsClusterDownError(err):
		return WhyCluster
	case redis.IsMaxClientsError(err):
		return WhyCrowded
	case errors.Is(err, redis.Nil):
		return WhyMaster
	case errors.Is(err, redis.ErrClosed), errors.Is(err, redis.ErrPoolTimeout), !said:
		return ""
	}
	return WhyRefusing
}

// whyTrust knows the failures of TLS: of ours to trust them, of theirs to trust us, and of one side that does not speak it.
func whyTrust(err error) Why {
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	if errors.As(err, &certificate) || errors.As(err, &authority) || errors.As(err, &name) || errors.As(err, &alert) || errors.As(err, &record) ||
		err != nil && strings.Contains(err.Error(), "remote error: tls:") {
		return WhyTrust
	}
	return ""
}

// whyNetwork knows the failures below.
func whyNetwork(err error) Why {
	var timeout net.Error
	var name *net.DNSError
	switch {
	case errors.As(err, &name) && !name.IsTimeout:
		return WhyName
	case err == nil, errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, redis.ErrPoolTimeout):
		return WhySilent
	case errors.Is(err, syscall.ECONNREFUSED):
		return WhyRefused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, net.ErrClosed), errors.Is(err, redis.ErrClosed):
		return WhyLost
	}
	return ""
}
