package webhook

// MACForTest is HMAC-SHA256 as the tests write it out, in base64.
func MACForTest(key, message string) string { return mac(key, message) }
