package openapi

// verification is what the page shows to check BI-Signature with: Python 3, nothing but its standard library. A test runs it.
const verification = `import base64, hashlib, hmac

def genuine(secret_key, path, headers, body):
    """body is bytes, as it was received; path is that of your receiver's address."""
    signed = f"POST.{path}.{headers['BI-Signature-Date']}.".encode() + body
    want = base64.b64encode(hmac.new(secret_key.encode(), signed, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(want, headers['BI-Signature'])`
