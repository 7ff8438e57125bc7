package redirect_test

import (
	"strings"
	"testing"

	"passerelle/internal/grant/redirect"
)

// TestSchemes: reverse domain names and words of an application's own are registered, what others answer to is not (RFC 8252
// §7.1).
func TestSchemes(t *testing.T) {
	t.Parallel()
	for _, own := range []string{
		"com.example.app", "fr.banquier", "banquier", "powens-12345678", "powens-1", "myapp", "my-app2", "budgetinsight", "shop", "app",
		"io.example.my-app",
	} {
		if err := redirect.Validate(own + "://callback"); err != nil {
			t.Errorf("%s: %v, want it accepted", own, err)
		}
	}
	for _, others := range []string{
		// browsers
		"javascript", "data", "vbscript", "file", "filesystem", "blob", "about", "view-source", "jar", "resource", "chrome",
		"chrome-extension", "chrome-untrusted", "moz-extension", "safari-web-extension", "edge", "microsoft-edge", "intent", "feed",
		"web", "web+pay", "view-something",
		// systems
		"shell", "search", "search-ms", "ms-msdt", "ms-settings", "ms-officecmd", "ms-word", "ms-appinstaller", "microsoft.windows.camera",
		"hcp", "help", "itms-services", "itms-apps", "x-apple.systempreferences", "prefs", "app-settings", "android-app", "content",
		"market", "apt", "com.apple.tv", "c", "d",
		// transports and programs
		"ssh", "telnet", "smb", "ldap", "git+ssh", "mailto", "tel", "sms", "vscode", "vscode-insiders", "jetbrains-gateway", "steam",
		"slack", "zoommtg", "tg", "whatsapp", "teamviewer", "odopen", "bitcoin", "openid4vp", "magnet", "ftp", "ws",
		// no names
		"com.example.", "com..example",
	} {
		for _, rest := range []string{"://callback", ":/callback"} {
			if err := redirect.Validate(others + rest); err == nil {
				t.Errorf("%s was accepted", others+rest)
			} else if !strings.Contains(err.Error(), others) {
				t.Errorf("%s: %v, want the scheme named", others+rest, err)
			}
		}
	}
}
