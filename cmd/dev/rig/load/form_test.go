package load

import "testing"

func TestFindForm(t *testing.T) {
	t.Parallel()
	const page = `<form method="get" action="/en/attempt/1"><input name="q"></form>
		<form method="post" action="/en/attempt/1/accounts?a=1&amp;b=2"><input type="hidden" name="csrf" value="x&#43;y">
		<input type="checkbox" name="account" value="1" checked> <input type="checkbox" name="account" value="2">
		<input type="password" name="field.password" value=""><select name="field.site"><option value="par"></select></form>
		<p><a href="http://bank.example/oauth/authorize?x=1&amp;y=2">on</a>`
	f, ok := findForm(page, "/accounts")
	if !ok || f.action != "/en/attempt/1/accounts?a=1&b=2" {
		t.Fatalf("findForm = %+v, %v", f, ok)
	}
	if got := f.values.Encode(); got != "account=1&csrf=x%2By" {
		t.Errorf("sent by itself: %s", got)
	}
	if !f.has["field.password"] || !f.has["field.site"] || f.has["account"] {
		t.Errorf("to be filled in: %v", f.has)
	}
	if _, ok := findForm(page, "/retry"); ok {
		t.Error("found a form that is not there")
	}
	if got := linkWith(page, "/oauth/authorize"); got != "http://bank.example/oauth/authorize?x=1&y=2" {
		t.Errorf("link %q", got)
	}
}

func TestCodeID(t *testing.T) {
	t.Parallel()
	if got := CodeID("pwl_code_01a20454f66d7d5e864faf7986ae2992.secret"); got != "01a20454-f66d-7d5e-864f-af7986ae2992" {
		t.Errorf("CodeID = %q", got)
	}
	if got := CodeID("short"); got != "" {
		t.Errorf("CodeID of no code = %q", got)
	}
}
