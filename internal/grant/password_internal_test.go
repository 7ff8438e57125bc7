package grant

import (
	"context"
	"encoding/hex"
	"runtime"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// TestHashingWaits: no more passwords are hashed at once than there are cores, and whoever waits gives up with the context.
func TestHashingWaits(t *testing.T) {
	t.Parallel()
	s := &Service{PasswordCost: PasswordCost{Memory: 64, Time: 1, Threads: 1}}
	password := bank.NewSecret("p")
	if _, err := s.hashPassword(t.Context(), atClient, password); err != nil {
		t.Fatal(err)
	}
	if got, want := cap(s.hashing.slots), max(2, runtime.NumCPU()); got != want {
		t.Errorf("got %d at once, want %d", got, want)
	}
	for range cap(s.hashing.slots) {
		s.hashing.slots <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.hashPassword(ctx, atClient, password); !fault.Is(err, fault.Unavailable) {
		t.Errorf("with all cores busy: got %v, want it to be tried again later", err)
	}
	<-s.hashing.slots
	if _, err := s.hashPassword(t.Context(), atClient, password); err != nil {
		t.Errorf("with a free core: %v", err)
	}
	if _, err := s.hashPassword(ctx, atClient, password); err == nil {
		t.Error("nobody waits for it, and it was hashed")
	}
}

// TestArgon2id holds what is stored against the vectors of the reference implementation (phc-winner-argon2, src/test.c, version 0x13).
func TestArgon2id(t *testing.T) {
	t.Parallel()
	s := new(Service)
	for _, tt := range []struct {
		cost PasswordCost
		want string
	}{
		{PasswordCost{Memory: 1 << 8, Time: 2, Threads: 1}, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"},
		{PasswordCost{Memory: 1 << 8, Time: 2, Threads: 2}, "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"},
	} {
		got, err := s.derive(t.Context(), atClient, bank.NewSecret("password"), []byte("somesalt"), tt.cost)
		if err != nil || hex.EncodeToString(got) != tt.want {
			t.Errorf("%+v: %x, %v, want %s", tt.cost, got, err, tt.want)
		}
	}
}

func TestPHC(t *testing.T) {
	t.Parallel()
	s := &Service{PasswordCost: PasswordCost{Memory: 64, Time: 1, Threads: 1}}
	good, err := s.hashPassword(t.Context(), atClient, bank.NewSecret("right"))
	if err != nil {
		t.Fatal(err)
	}
	if same, old, err := s.samePassword(t.Context(), atClient, bank.NewSecret("right"), good); err != nil || !same || old {
		t.Errorf("got same %v, old %v, %v", same, old, err)
	}
	if again, _ := s.hashPassword(t.Context(), atClient, bank.NewSecret("right")); again == good {
		t.Error("two hashes of one password are alike: there is no salt")
	}
	for name, bad := range map[string]string{
		"nothing":          "",
		"another function": strings.Replace(good, "argon2id", "argon2i", 1),
		"another version":  strings.Replace(good, "v=19", "v=16", 1),
		"no passes":        strings.Replace(good, "t=1", "t=0", 1),
		"no lanes":         strings.Replace(good, "p=1", "p=0", 1),
		"no memory":        strings.Replace(good, "m=64", "m=0", 1),
		"all the memory":   strings.Replace(good, "m=64", "m=4194304", 1),
		"for ever":         strings.Replace(good, "t=1", "t=100000", 1),
		"cut off":          good[:len(good)-4],
		"one part more":    good + "$x",
	} {
		if _, _, err := s.samePassword(t.Context(), atClient, bank.NewSecret("right"), bad); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	if same, _, err := s.samePassword(t.Context(), atClient, bank.NewSecret("x"), s.cost().noPassword()); same || err != nil {
		t.Errorf("nobody's hash: got %v, %v", same, err)
	}
}

func TestTurns(t *testing.T) {
	t.Parallel()
	var turns turns
	first, err := turns.take(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	other, err := turns.take(t.Context(), "b")
	if err != nil {
		t.Fatal("another key had to wait")
	}
	other()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if _, err := turns.take(ctx, "a"); err == nil {
		t.Fatal("two had a turn at once")
	}
	next := make(chan func())
	go func() {
		release, _ := turns.take(t.Context(), "a")
		next <- release
	}()
	first()
	(<-next)()
	if n := len(turns.held); n != 0 {
		t.Errorf("%d keys are kept", n)
	}
}
