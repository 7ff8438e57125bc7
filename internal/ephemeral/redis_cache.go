package ephemeral

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Get implements Cache. A Redis that is gone has nothing. A value that does not open under its key is not there either, and an
// alarm: see mixedUp.
func (r *Redis) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	if err := firstError(r.local.usable(ctx), CheckKey(key)); err != nil {
		return nil, false, err
	}
	name := r.names.key(kindCache, key)
	err = r.do(ctx, func(ctx context.Context, c redis.UniversalClient) error {
		sealed, err := c.Get(ctx, name).Bytes()
		if err != nil {
			return err
		}
		if value, found = r.names.open(name, sealed); !found {
			value = nil
			r.mixedUp(ctx)
			return errMixedUp
		}
		return nil
	})
	if errors.Is(err, ErrUnavailable) {
		return nil, false, nil
	}
	return value, found, err
}

// Set implements Cache.
func (r *Redis) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := firstError(r.local.usable(ctx), CheckKey(key), CheckValue(value, ttl)); err != nil {
		return err
	}
	name := r.names.key(kindCache, key)
	return r.do(ctx, func(ctx context.Context, c redis.UniversalClient) error {
		return c.Set(ctx, name, r.names.seal(name, value), ttl).Err()
	})
}

// SetNew implements Cache.
func (r *Redis) SetNew(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := firstError(r.local.usable(ctx), CheckKey(key), CheckValue(value, ttl)); err != nil {
		return err
	}
	name := r.names.key(kindCache, key)
	return r.do(ctx, func(ctx context.Context, c redis.UniversalClient) error {
		return c.SetNX(ctx, name, r.names.seal(name, value), ttl).Err()
	})
}

// Delete implements Cache.
func (r *Redis) Delete(ctx context.Context, key string) error {
	if err := firstError(r.local.usable(ctx), CheckKey(key)); err != nil {
		return err
	}
	name := r.names.key(kindCache, key)
	return r.do(ctx, func(ctx context.Context, c redis.UniversalClient) error { return c.Del(ctx, name).Err() })
}
