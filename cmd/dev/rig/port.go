package rig

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// given are the ports given away by this process: two programs that are both down would get the same one.
var given = struct {
	sync.Mutex
	ports map[int]bool
}{ports: make(map[int]bool)}

// freePort finds a free port that a program can be started on again and again. It lies below those that the system gives to
// outgoing connections: one of them could take it while the program is down.
func freePort() (string, error) {
	given.Lock()
	defer given.Unlock()
	for range 500 {
		port := 12000 + rand.IntN(18000) //nolint:gosec // not a secret
		if given.ports[port] {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)) //nolint:noctx // binds and closes, waits for nothing
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			continue
		}
		given.ports[port] = true
		return fmt.Sprint(port), nil
	}
	return "", errors.New("rig: no free port")
}
