package ephemeral

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Figures of the pool. Values are small, and a call that waits for a connection counts against its deadline.
const (
	poolSize   = 32
	mostIdle   = 8
	idleFor    = 5 * time.Minute
	bufferSize = 8 << 10
)

// silence keeps go-redis from writing addresses to standard error. Its logger is one for the process.
var silence = sync.OnceFunc(func() { redis.SetLogger(noLog{}) })

type noLog struct{}

// Printf implements go-redis' logger.
func (noLog) Printf(context.Context, string, ...any) {}

// connect makes a client of the layout. It dials nothing yet.
//
// No call is tried twice by the client: the deadline is for one answer, and whoever asks has another way. Set-up commands are few
// (DisableIdentity): a time-out among them once left answers in the wrong order (CVE-2025-29923).
func (a *redisAddress) connect() redis.UniversalClient {
	silence()
	o := &redis.UniversalOptions{
		Addrs: a.hosts, MasterName: a.master, DB: a.db, Username: a.user, Password: a.password,
		SentinelUsername: a.sentinelUser, SentinelPassword: a.sentinelPassword, Dialer: a.dial, Protocol: 2, MaxRetries: -1,
		DialTimeout: deadline, DialerRetries: 1, ReadTimeout: deadline, WriteTimeout: deadline, ContextTimeoutEnabled: true,
		PoolSize: poolSize, PoolTimeout: deadline, MaxIdleConns: mostIdle, ConnMaxIdleTime: idleFor,
		ReadBufferSize: bufferSize, WriteBufferSize: bufferSize, PipelinePoolSize: -1, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	switch a.layout {
	case layoutSentinel:
		return redis.NewFailoverClient(o.Failover())
	case layoutCluster:
		return redis.NewClusterClient(o.Cluster())
	default:
		return redis.NewClient(o.Simple())
	}
}

// dial opens a connection within the context and the deadline, the handshake of TLS included.
func (a *redisAddress) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{Timeout: deadline, KeepAlive: 30 * time.Second}
	if a.tls == nil || a.sentinelWithoutTLS && slices.Contains(a.hosts, address) {
		return d.DialContext(ctx, network, address)
	}
	return (&tls.Dialer{NetDialer: d, Config: a.tls}).DialContext(ctx, network, address)
}
