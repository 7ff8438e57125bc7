package connect

import "testing"

// TestDigits: a number is left out of what is counted, whatever digits it is typed with.
func TestDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"": 0, "Banque du Coin": 0, "Bank 24": 2, "FR76 3000 6000": 10, "٣٠٠٠٦٠٠٠": 8, "３０００６０００": 8, "३०००६०००": 8, "①②③④⑤⑥⑦⑧": 8,
	} {
		if got := digits(text); got != want {
			t.Errorf("%q: got %d digits, want %d", text, got, want)
		}
	}
}
