package ephemeral

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// counting adds to a key and gives its total and how many milliseconds its window has left, all in one step on the server: two
// commands could leave a count without an end. It answers with the key and a word of the caller's, by which the caller knows that
// the answer is its own. A total beyond what a number holds stays at the most that one does.
var counting = redis.NewScript(`
local total, left
if ARGV[1] ~= '0' then
  local added = redis.pcall('INCRBY', KEYS[1], ARGV[1])
  if type(added) == 'table' then
    if not string.find(added['err'], 'overflow') then return added end
    added = 9007199254740991
  end
  total = added
  left = redis.call('PTTL', KEYS[1])
  if left < 0 then
    left = tonumber(ARGV[2])
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
  end
else
  total = tonumber(redis.call('GET', KEYS[1]) or '0')
  left = redis.call('PTTL', KEYS[1])
  if left < 0 then left = tonumber(ARGV[2]) end
end
return {ARGV[3] .. KEYS[1], total, left}
`)

// Add implements Counter.
func (r *Redis) Add(ctx context.Context, key string, window time.Duration, n int) (total int, reset time.Time, err error) {
	if err := firstError(r.local.usable(ctx), CheckKey(key), CheckCount(window, n)); err != nil {
		return 0, time.Time{}, err
	}
	n = min(n, mostCounted)
	name := r.names.key(kindCount, key)
	err = r.do(ctx, func(ctx context.Context, c redis.UniversalClient) error {
		var err error
		total, reset, err = r.count(ctx, c, name, window, n)
		return err
	})
	if err != nil {
		return 0, time.Time{}, err
	}
	return total, reset, nil
}

func (r *Redis) count(ctx context.Context, c redis.UniversalClient, name string, window time.Duration, n int) (int, time.Time, error) {
	word := rand.Text()
	answer, err := counting.Run(ctx, c, []string{name}, n, window.Milliseconds(), word).Slice()
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("count: %w", err)
	}
	if len(answer) != 3 || answer[0] != word+name {
		r.mixedUp(ctx)
		return 0, time.Time{}, errMixedUp
	}
	total, isTotal := answer[1].(int64)
	left, isLeft := answer[2].(int64)
	if !isTotal || !isLeft || total < 0 || left < 0 {
		r.mixedUp(ctx)
		return 0, time.Time{}, errMixedUp
	}
	return int(total), r.now().Add(time.Duration(left) * time.Millisecond), nil
}
